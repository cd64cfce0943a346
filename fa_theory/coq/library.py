"""The compiled library: built once, in the user's cache, under the digest of its sources and the version of Coq."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from fa_theory.errors import FATheoryError
from fa_theory.work.files import exclusive, write

from .compiler import SUPPORTED, CoqLimits, compile_file

BUILD = CoqLimits(seconds=600.0)
"""For one file of the library."""
Notify = Callable[[int, int, str], object]


class CoqError(FATheoryError):
    """The library does not compile, or its theorems are not those that are recorded."""


def source() -> Path:
    """The folder of the sources: ``proofs/coq``.

    Examples
    --------
    >>> (source() / "theories" / "core" / "Network.v").is_file()
    True
    """
    spec = find_spec("fa_theory.proofs")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(next(iter(spec.submodule_search_locations))) / "coq"


def modules() -> list[str]:
    """The files of the library, in an order in which they can be compiled.

    Examples
    --------
    >>> modules()[0]
    'theories/core/Network.v'
    """
    project = (source() / "_CoqProject").read_text("utf-8")
    return [line for line in project.splitlines() if line.endswith(".v")]


def folder() -> Path:
    """Where the compiled library is, or will be: its name contains the digest of all sources."""
    digest = hashlib.sha256(SUPPORTED.encode())
    for name in modules():
        digest.update(f"\0{name}\0".encode() + (source() / name).read_bytes())
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "fa-theory" / f"coq-{digest.hexdigest()[:16]}"


def is_built() -> bool:
    """Whether the library is compiled."""
    return folder().is_dir()


def built(notify: Notify = lambda done, of, what: None) -> Path:
    """Compile the library if necessary, and return the folder of its theories.

    Raises
    ------
    CoqError
        If a file does not compile.
    """
    target = folder()
    target.parent.mkdir(parents=True, exist_ok=True)
    with exclusive(target):
        if not target.is_dir():
            with tempfile.TemporaryDirectory(dir=target.parent) as temporary:
                work = Path(temporary) / "library"
                _compile(work, notify)
                work.rename(target)
    return target / "theories"


def _compile(work: Path, notify: Notify) -> None:
    names = modules()
    for done, name in enumerate(names):
        notify(done, len(names), name)
        write(work / name, (source() / name).read_bytes())
        found = compile_file(work / name, work / "theories", BUILD)
        if not found.accepted:
            raise CoqError(f"{name} of the Coq library: {'timeout' if found.late else found.error}")


def forget() -> None:
    """Remove the compiled library."""
    shutil.rmtree(folder(), ignore_errors=True)
