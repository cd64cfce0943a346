"""Images for classification, for several papers: MNIST-style IDX files of the user, or scikit-learn's digits."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.ball import Array
from fa_theory.model.data import digits, idx
from fa_theory.model.data.table import SourceRows
from fa_theory.seeds import generator

MEAN, DEVIATION = 0.1307, 0.3081
"""Mean and standard deviation of the MNIST pixels scaled to [0, 1], which the paper normalises with."""
TEST_SHARE = 1 / 6
"""Share of test images when a set is split; in MNIST it is 1/7."""


@dataclass(frozen=True, eq=False)
class Images:
    """Training and test images with their labels.

    Attributes
    ----------
    X, X_test
        Normalised images as rows, ``(n, d)``.
    labels, labels_test
        Classes ``0 … classes − 1``, integers ``(n,)``.
    classes
        Number of classes.
    provenance
        One sentence: the source and the split.

    Raises
    ------
    InputError
        If shapes do not match or a set is empty.
    """

    X: Array
    labels: Array
    X_test: Array
    labels_test: Array
    classes: int
    provenance: str

    def __post_init__(self) -> None:
        for X, labels in ((self.X, self.labels), (self.X_test, self.labels_test)):
            if X.ndim != 2 or labels.shape != X.shape[:1] or not len(X) or X.shape[1] != self.X.shape[1]:
                raise InputError(f"images of shapes {self.X.shape}, {self.X_test.shape} do not match each other or "
                                 f"the labels of shapes {self.labels.shape}, {self.labels_test.shape}")  # fmt: skip


def split(X: Array, labels: Array, *, test: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Rows for training and for testing, a share ``test`` of them at random, each in increasing order.

    Raises
    ------
    InputError
        If either would be empty.
    """
    count = round(test * len(X))
    if not 0 < count < len(X):
        raise InputError(f"{len(X)} images cannot be split into training and test images; provide more images")
    order = rng.permutation(len(X))
    return np.sort(order[count:]), np.sort(order[:count])


@lru_cache(maxsize=1)
def images(folder: str) -> Images:
    """The images of a folder (`from_folder`), or for an empty name the digits (`from_digits`)."""
    return from_folder(folder) if folder else from_digits()


def from_folder(folder: str | Path) -> Images:
    """Read ``train-images*idx3*`` and ``t10k-images*idx3*`` with their labels, plain or gzip.

    If one of the two is missing, the other is split at random with a fixed seed, and `Images.provenance` states this.

    Raises
    ------
    InputError
        If there is no such folder or file, or a file is damaged or does not match the others; the message names it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(
            f"{folder} is not a folder; give the folder with train-images-idx3-ubyte and the other IDX files"
        )
    tables = {part: _table(folder, part) for part in ("train", "t10k")}
    there = {part: table for part, table in tables.items() if table is not None}
    if not there:
        raise InputError(
            f"{folder} has no images: expected train-images-idx3-ubyte or t10k-images-idx3-ubyte, plain or .gz"
        )
    if len({table.X.shape[1] for table in there.values()}) > 1:
        sizes = " and ".join(str(table.X.shape[1]) for table in there.values())
        raise InputError(
            f"{folder}: the training and test images have {sizes} pixels; these files do not belong together"
        )
    known = sorted({label for table in there.values() for label in table.labels or ()})
    if len(there) == 2:
        (X, labels), (X_test, labels_test) = (_normalised(table, known) for table in there.values())
        provenance = f"{len(X)} training and {len(X_test)} test images of {folder.name}"
        return Images(X, labels, X_test, labels_test, len(known), provenance)
    ((part, table),) = there.items()
    missing = "train" if part == "t10k" else "t10k"
    return _split(
        *_normalised(table, known), len(known), f"{folder.name} has no {missing} files, so its {part} images are split"
    )


def from_digits() -> Images:
    """The 1797 digits of 8×8 pixels included in scikit-learn, normalised to mean 0 and variance 1, and split."""
    table = digits.read(np.arange)
    X = ((table.X - table.X.mean()) / table.X.std()).astype(np.float32)
    assert table.y is not None
    return _split(X, table.y.astype(np.intp), 10, "scikit-learn's digits")


def digest(images: Images) -> str:
    """A hash of the images and labels."""
    found = hashlib.sha256()
    for A in (images.X, images.labels, images.X_test, images.labels_test):
        found.update(np.ascontiguousarray(A).tobytes())
    return found.hexdigest()


def _table(folder: Path, part: str) -> SourceRows | None:
    files = sorted(path for path in folder.glob(f"{part}-images*idx3*") if path.is_file())
    return idx.read(files[0], np.arange, None) if files else None


def _normalised(table: SourceRows, known: list[int]) -> tuple[Array, Array]:
    """Images in single precision, as in the paper, which halves the memory that 60000 take; and the classes, from 0."""
    assert table.y is not None
    X = table.X.astype(np.float32)
    X /= np.float32(255 * DEVIATION)
    X -= np.float32(MEAN / DEVIATION)
    return X, np.searchsorted(known, table.y).astype(np.intp)


def _split(X: Array, labels: Array, classes: int, provenance: str) -> Images:
    train, test = split(X, labels, test=TEST_SHARE, rng=generator(0, "split"))
    provenance = f"{provenance}: {len(train)} for training, {len(test)} for testing"
    return Images(X[train], labels[train], X[test], labels[test], classes, provenance)
