"""A data set by name or from a file."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model import checks
from fa_theory.model.checks import Floats
from fa_theory.model.network import Network
from fa_theory.seeds import as_generator

from . import arrays, csvfile, digits, idx
from .dataset import Dataset
from .normalise import normalise
from .synthetic import SYNTHETIC
from .table import Choose, SourceRows, chooser, label_targets

SOURCES = (*SYNTHETIC, "digits")


def dataset(
    source: str | Path,
    *,
    rng: int | np.random.Generator,
    n: int | None = None,
    d: int | None = None,
    k: int | None = None,
    normalisation: str | None = None,
    teacher: Network | None = None,
    target: str | Path | int | None = None,
) -> Dataset:
    """Draw a data set, or read one: all its rows, or ``n`` of them drawn at random.

    Parameters
    ----------
    source
        * ``"gaussian"``: ``x_i ~ N(0, I)``; ``"sphere"``: ``x_i`` uniform on the unit sphere; ``"isometric"``:
          ``XXᵀ = I``, for ``n ≤ d``; all with ``y ~ N(0, 1)``, independent of ``X``;
        * ``"teacher"``: ``x_i ~ N(0, I)``, ``y`` the output of the network ``teacher``;
        * ``"digits"``: scikit-learn's bundled 8×8 digits, labels 0…9 as targets;
        * a path: ``.npz`` (arrays ``X``, ``y``), ``.csv``, or an IDX images file (MNIST format, plain or gzip).

        A name takes precedence over a file of that name: write ``./digits`` or ``Path("digits")`` for the file.
    rng
        A seed, or the generator used for all draws.
    n, d
        Number of samples and input dimension. Drawn data need both (with a teacher, d is the teacher's). From a
        file or the digits, ``n`` rows are drawn without replacement and kept in their order (None: all rows), and
        ``d``, if given, must match.
    k
        Number of outputs; None: ``y`` of shape ``(n,)``. Class labels: None scales the label to mean 0 and variance
        1 under the uniform law on the classes; ``k`` = number of classes gives one-hot targets.
    normalisation
        See `fa_theory.model.data.normalise.normalise`. Default: ``"none"`` for drawn data, ``"unit-rows"`` for
        digits and files. It is applied to the chosen rows, before a teacher is evaluated on them.
    teacher
        The network that generates ``"teacher"`` data, independent of the one to be trained.
    target
        Where the targets are, if not in the usual place: the column of a ``.csv``, by its name or its number counted
        from 1 (default: the last), the array of an ``.npz`` (default: ``y``), the labels file of an IDX file (default:
        in the same folder) or ``"gaussian"``.

    Returns
    -------
    Dataset

    Raises
    ------
    InputError
        If a size is missing, impossible or contradicts the data; if a file is missing, damaged, of unknown type, or
        contains anything but finite numbers. The message names file, value and position, and says what to do.

    Examples
    --------
    >>> data = dataset("sphere", rng=np.random.default_rng(1), n=3, d=2)
    >>> data.X.shape, data.y.shape, data.normalisation
    ((3, 2), (3,), 'none')
    """
    if not isinstance(source, str | Path):
        raise InputError(f"expected the name of a source or a path but got {source!r:.60}")
    if isinstance(target, bool) or not isinstance(target, str | Path | int | None):
        raise InputError(f"expected a target column by name or number, or a path, but got {target!r:.60}")
    rng = as_generator(rng)
    n, d, k = (None if value is None else checks.size(name, value) for name, value in (("n", n), ("d", d), ("k", k)))
    if teacher is not None and source != "teacher":
        raise InputError(f"a teacher belongs to the data source 'teacher', not to {str(source)!r}")
    if source in SYNTHETIC:
        if target is not None:
            raise InputError(f"{source!r} data have their own targets; omit target={str(target)!r}")
        return _drawn(str(source), rng, n, d, k, normalisation or "none", teacher)
    return _chosen(source, rng, n, d, k, normalisation or "unit-rows", target)


def _drawn(
    name: str,
    rng: np.random.Generator,
    n: int | None,
    d: int | None,
    k: int | None,
    normalisation: str,
    teacher: Network | None,
) -> Dataset:
    if name == "teacher":
        if teacher is None:
            raise InputError("'teacher' data need a network: teacher=gaussian_network(rng, p, d, psi, k)")
        d = teacher.d if d is None else d
        outputs = None if teacher.single_output else teacher.beta.shape[-1]
        if (d, k) != (teacher.d, outputs):
            raise InputError(f"the teacher has d = {teacher.d}, k = {outputs} but d = {d}, k = {k} were requested")
    if n is None or d is None:
        raise InputError(f"{name!r} data need n and d but got n = {n}, d = {d}")
    X = normalise(SYNTHETIC[name](rng, n, d), normalisation, where=name)
    if teacher is None:
        return Dataset(X, _gaussian_targets(rng, n, k), name, normalisation, f"{name} inputs, targets N(0, 1)")
    provenance = f"gaussian inputs, targets from an independent {teacher.psi.name} network of width {teacher.p}"
    return Dataset(X, teacher.output(X), name, normalisation, provenance)


def _gaussian_targets(rng: np.random.Generator, n: int, k: int | None) -> Floats:
    return rng.standard_normal(n if k is None else (n, k))


def _chosen(
    source: str | Path,
    rng: np.random.Generator,
    n: int | None,
    d: int | None,
    k: int | None,
    normalisation: str,
    target: str | Path | int | None,
) -> Dataset:
    where = str(source)
    table = _table(source, chooser(rng, n, where), target)
    if d is not None and d != table.X.shape[1]:
        raise InputError(f"{where} has inputs of dimension {table.X.shape[1]} but d = {d} was requested; omit d")
    X = normalise(table.X, normalisation, where=where, rows=table.rows)
    if table.y is None:
        y, meaning = _gaussian_targets(rng, len(X), k), "N(0, 1), not from the data"
    elif table.labels is not None:
        y, meaning = label_targets(table.y, table.labels, k, where)
    else:
        y, meaning = table.y, "as in the file"
        outputs = y.shape[1] if y.ndim == 2 else None
        if k not in (None, outputs):
            raise InputError(f"{where} has targets of shape {y.shape} but k = {k} outputs were requested; omit k")
    name = "digits" if source == "digits" else Path(source).name
    title = "scikit-learn's bundled digits" if source == "digits" else name
    drawn = "" if len(table.rows) == table.available else ", drawn at random"
    rows = (
        f"{len(table.rows)} of {table.available} rows of {title}{drawn}"
        if drawn
        else f"all {table.available} rows of {title}"
    )
    place = f"{table.target}, " if table.target else ""
    return Dataset(X, y, name, normalisation, f"{rows}; targets: {place}{meaning}")


def _table(source: str | Path, choose: Choose, target: str | Path | int | None) -> SourceRows:
    if source == "digits":
        if target is not None:
            raise InputError(f"the digits have their own targets; omit target={str(target)!r}")
        return digits.read(choose)
    path = Path(source)
    if not os.path.isfile(path):  # unlike Path.is_file, never raises
        raise InputError(
            f"{str(source)!r} is neither a data source ({', '.join(SOURCES)}) nor a file; check the spelling"
        )
    match path.suffix.lower():
        case ".npz":
            return arrays.read(path, choose, None if target is None else str(target))
        case ".csv":
            return csvfile.read(path, choose, str(target) if isinstance(target, Path) else target)
    if "idx" in path.name.lower():
        return idx.read(path, choose, None if target is None else target if isinstance(target, Path) else str(target))
    raise InputError(
        f"{path}: unknown file type; expected .npz, .csv, or an IDX file with 'idx' in its name "
        "(such as train-images-idx3-ubyte.gz)"
    )
