"""What the bits of a result depend on besides its inputs: the code, the libraries and the machine."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import os
import platform
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import fa_theory

PACKAGES = ("fa-theory", "numpy", "scipy", "sympy", "python-flint")
"""What a result depends on."""


def run_key(*parts: Any) -> str:
    """The key of a run: inputs, code, versions and arithmetic.

    Records of a run are reused only by a run with the same key.

    Parameters
    ----------
    parts
        All inputs, as JSON.

    Examples
    --------
    >>> run_key("verify", 0) == run_key("verify", 0) != run_key("verify", 1)
    True
    """
    return hashlib.sha256(json.dumps([*parts, code_digest(), versions(), arithmetic()]).encode()).hexdigest()


@cache
def code_digest(*parts: str) -> str:
    """Digest of the code.

    Parameters
    ----------
    parts
        Folders and files of the package; without any, all code, with the proofs.
    """
    package = Path(fa_theory.__file__).parent
    proofs = importlib.util.find_spec("fa_theory.proofs")
    folders = [package, *map(Path, (proofs and proofs.submodule_search_locations) or ())]
    roots = [package / part for part in parts] if parts else folders
    found = hashlib.sha256()
    for root in roots:
        for file in sorted(root.rglob("*.py")) if root.is_dir() else [root]:
            content = file.read_bytes()
            found.update(f"{file.relative_to(root.parent).as_posix()}\0{len(content)}\0".encode() + content)
    return found.hexdigest()


def file_digest(path: str | Path) -> str:
    """Digest of a file, for the key of a run that depends on it."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def versions(packages: Sequence[str] = PACKAGES) -> dict[str, str]:
    """Versions of Python and of packages; ``none`` where one is not installed."""
    return {"python": platform.python_version(), **{name: _version(name) for name in packages}}


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "none"


@cache
def arithmetic() -> dict[str, str]:
    """What affects the rounding of float64 results: the last bits may differ if one of these does.

    Returns
    -------
    dict
        ``architecture`` of the processor; ``blas``, the matrix kernels that were chosen for it (by the environment
        variable ``OPENBLAS_CORETYPE``, if that is set); ``simd``, the instruction sets of NumPy's elementary functions;
        ``libm``, the C library with its mathematical functions.
    """
    return {
        "architecture": platform.machine(),
        "blas": ", ".join(_kernels()) or "unknown",
        "simd": ", ".join(_instruction_sets()) or "unknown",
        "libm": " ".join(filter(None, platform.libc_ver())) or platform.system(),
    }


def _kernels() -> list[str]:
    """Each loaded BLAS, with its version and target processor."""
    # a library can be inspected only after loading, and SciPy includes its own
    import numpy  # noqa: F401
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_info

    libraries = [library for library in threadpool_info() if library["user_api"] == "blas"]
    parts = ("internal_api", "version", "architecture")
    return sorted({" ".join(str(library[part]) for part in parts if library.get(part)) for library in libraries})


def _instruction_sets() -> list[str]:
    from numpy.lib.introspect import opt_func_info

    found = opt_func_info(func_name="^(exp|log|tanh|add|multiply)$", signature="float64")
    return sorted({kind["current"] for kinds in found.values() for kind in kinds.values() if kind["current"]})


def machine() -> dict[str, str]:
    """The kind of machine of a run, without anything that identifies it."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count() or "unknown"),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_implementation(),
        "arithmetic": "; ".join(arithmetic()[part] for part in ("blas", "simd", "libm")),
    }


def _processor() -> str:
    """Model of the processor; on Linux Python knows no more than the architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    models = [value.strip() for line in lines if (value := line.partition(":")[2]) and line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine() or "unknown"
