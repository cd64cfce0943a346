"""IDX files, the format of MNIST: big-endian arrays after a short header, plain or gzip.

The header is ``0, 0, type, ndim`` and then ``ndim`` sizes as 32-bit integers (LeCun, Cortes & Burges).
"""

from __future__ import annotations

import gzip
import re
import struct
import zlib
from dataclasses import dataclass
from io import BufferedReader
from math import prod
from pathlib import Path

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model import checks
from fa_theory.model.checks import Floats, Rows

from .table import Choose, SourceRows

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_GZIP_RATIO = 1100  # gzip compresses at most 1032 bytes into one
_File = BufferedReader | gzip.GzipFile

GAUSSIAN = "gaussian"
"""Given instead of a labels file: targets N(0, 1) for the images."""


@dataclass(frozen=True, slots=True)
class _Header:
    dtype: np.dtype[np.generic]
    shape: tuple[int, ...]

    @property
    def length(self) -> int:
        """Bytes of the header."""
        return 4 + 4 * len(self.shape)

    @property
    def row(self) -> int:
        """Bytes of one row."""
        return self.dtype.itemsize * prod(self.shape[1:])


def _open(path: Path) -> _File:
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    return gzip.open(path) if zipped else path.open("rb")


def _exactly(file: _File, count: int) -> bytes:
    data = file.read(count)
    if len(data) < count:
        raise EOFError(f"the data end {count - len(data)} bytes early")
    return data


def _header(file: _File, path: Path) -> _Header:
    magic = _exactly(file, 4)
    code, ndim = magic[2], magic[3]
    if magic[:2] != b"\0\0" or code not in _TYPES or ndim == 0:
        raise InputError(f"{path}: begins with {magic.hex(' ')}, not with the 00 00 type ndim of an IDX file")
    shape = struct.unpack(f">{ndim}I", _exactly(file, 4 * ndim))
    if 0 in shape:
        raise InputError(f"{path}: announces the shape {shape}, which is empty")
    header = _Header(np.dtype(_TYPES[code]), shape)
    expected, found = header.length + header.row * shape[0], path.stat().st_size
    zipped = isinstance(file, gzip.GzipFile)
    if expected > _GZIP_RATIO * found if zipped else expected != found:
        raise InputError(
            f"{path}: announces {expected} bytes, shape {shape}, but has {found} bytes; download the file again"
        )
    return header


def _read(path: Path, choose: Choose, *, ndim: range, kinds: str, expected: str) -> tuple[Floats, Rows, int]:
    """Read only the chosen rows, as float64 ``(n, prod(shape[1:]))``."""
    try:
        with _open(path) as file:
            header = _header(file, path)
            if len(header.shape) not in ndim or header.dtype.kind not in kinds:
                raise InputError(f"{path}: holds {header.dtype.name} of shape {header.shape}; expected {expected}")
            rows = choose(header.shape[0])
            buffer = bytearray()
            for row in rows.tolist():
                file.seek(header.length + row * header.row)
                buffer += _exactly(file, header.row)
            # reading past the last row makes gzip verify its checksum
            if rows[-1] == header.shape[0] - 1 and file.read(1):
                raise InputError(f"{path}: has more bytes than its header announces, shape {header.shape}")
    except (OSError, EOFError, zlib.error, MemoryError, OverflowError) as error:
        raise InputError(f"{path}: cannot be read ({error}); download the file again") from None
    values = np.frombuffer(bytes(buffer), header.dtype).reshape(len(rows), -1)
    return checks.floats(values, f"{path}: the chosen rows"), rows, header.shape[0]


def _labels_beside(images: Path) -> Path:
    name = re.sub(r"idx\d", "idx1", images.name.replace("images", "labels"))
    plain = name.removesuffix(".gz")
    for candidate in (images.with_name(name), images.with_name(plain), images.with_name(plain + ".gz")):
        if candidate != images and candidate.is_file():
            return candidate
    raise InputError(
        f"{images}: no labels file {name} in the same folder; name one with target=PATH, "
        f"or use targets N(0, 1) with target={GAUSSIAN!r}"
    )


def read(path: Path, choose: Choose, target: str | Path | None) -> SourceRows:
    """Read images, one row each with the values as stored, and their labels.

    Parameters
    ----------
    path
        The images file.
    choose
        Which rows to take; only these are read.
    target
        The labels file; None: the file in the same folder with ``images → labels``, ``idx3 → idx1`` in its name;
        ``"gaussian"``: no labels.
    """
    X, rows, available = _read(
        path, choose, ndim=range(2, 256), kinds="uif", expected="images, at least 2 dimensions (is this a labels file?)"
    )
    if target == GAUSSIAN:
        return SourceRows(X, None, rows, available)
    source = _labels_beside(path) if target is None else Path(target)
    labels, _, count = _read(source, np.arange, ndim=range(1, 2), kinds="ui", expected="integer labels, 1 dimension")
    if count != available:
        raise InputError(
            f"{source}: has {count} labels but {path} has {available} images; these files do not belong together"
        )
    if labels.min() < 0:
        raise InputError(f"{source}: has the label {int(labels.min())}; expected labels 0, 1, 2, …")
    known = tuple(int(label) for label in np.unique(labels))
    return SourceRows(X, labels[rows, 0], rows, available, labels=known, target=source.name)
