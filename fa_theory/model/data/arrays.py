"""NumPy archives ``.npz`` with the arrays ``X`` and ``y``."""

from __future__ import annotations

import pickle
import zipfile
import zlib
from pathlib import Path

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model import checks

from .table import Choose, SourceRows

_ARRAY = b"\x93NUMPY"
"""The first bytes of a file with a single array."""


def read(path: Path, choose: Choose, target: str | None) -> SourceRows:
    """Read ``X`` and the targets, the array named ``target`` (by default ``y``). Pickled objects are rejected."""
    name = target or "y"
    try:
        with path.open("rb") as file:
            if file.read(len(_ARRAY)) != _ARRAY and not zipfile.is_zipfile(file):
                raise InputError(
                    f"{path}: cannot be read: it is not a NumPy archive; write one with np.savez(path, X=X, y=y)"
                )
            file.seek(0)
            archive = np.load(file, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise InputError(f"{path}: is a single array; save both with np.savez(path, X=X, y=y)")
            missing = [each for each in ("X", name) if each not in archive.files]
            if missing:
                there = ", ".join(archive.files) or "nothing"
                raise InputError(
                    f"{path}: has no array {' and no '.join(missing)} but {there}; save with np.savez(path, X=X, y=y)"
                )
            X, y = checks.pair(archive["X"], archive[name], str(path))
    except InputError:
        raise
    except (
        OSError,
        EOFError,
        ValueError,
        pickle.UnpicklingError,
        zipfile.BadZipFile,
        zlib.error,
        MemoryError,
    ) as error:
        why = "it holds Python objects" if "pickle" in str(error) else error
        raise InputError(f"{path}: cannot be read as a NumPy archive of plain arrays ({why})") from None
    rows = choose(len(X))
    return SourceRows(X[rows], y[rows, 0] if y.shape[1:] == (1,) else y[rows], rows, len(X))
