"""``coqc`` in a process of its own, with limits on its time and memory."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fa_theory.work import child

SUPPORTED = "8.16"
"""The version of Coq for which the library is written; others rename lemmas of its libraries."""
LIBRARIES = ("mathcomp/ssreflect", "mathcomp/algebra_tactics", "mathcomp/analysis", "Coquelicot", "Interval")
"""Folders of the libraries that ours uses, below ``user-contrib``."""
PACKAGES = (
    "coq libcoq-mathcomp-analysis libcoq-mathcomp-algebra-tactics libcoq-coquelicot libcoq-interval"  # Debian's names
)


@dataclass(frozen=True)
class CoqLimits:
    """Time in seconds and address space in MiB."""

    seconds: float = 300.0
    mebibytes: int = 8192


@dataclass(frozen=True)
class Compilation:
    """How a compilation ended."""

    accepted: bool
    late: bool
    """Whether it exceeded its time."""
    exhausted: bool
    """Whether it exceeded its memory."""
    printed: str
    error: str
    """One line; empty if it was accepted."""
    seconds: float


@cache
def absence() -> str:
    """Why no kernel check can be made here; empty if one can.

    Examples
    --------
    >>> absence() == "" or "apt" in absence() or "Coq" in absence()
    True
    """
    install = f"on Debian 12: apt install {PACKAGES}"
    coqc = shutil.which("coqc")
    if coqc is None:
        return f"coqc is not on the path; {install}"
    version = _answer(coqc, "--print-version").split()[:1] or ["?"]
    if not f"{version[0]}.".startswith(f"{SUPPORTED}."):
        return f"this is Coq {version[0]}; the library needs Coq {SUPPORTED}"
    contributed = Path(_answer(coqc, "-where").strip()) / "user-contrib"
    missing = [name for name in LIBRARIES if not (contributed / name).is_dir()]
    return f"Coq has no library {missing[0]}; {install}" if missing else ""


def _answer(coqc: str, option: str) -> str:
    try:
        return subprocess.run([coqc, option], capture_output=True, text=True, timeout=30, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def compile_file(file: Path, theories: Path, limits: CoqLimits) -> Compilation:
    """Compile a file that uses the library in a folder.

    The process leads its own session and is killed with it when its time is over.
    """
    command = ["coqc", "-q", "-w", "none", "-Q", str(theories), "FA", file.name]
    memory = str(limits.mebibytes * 1024)
    start = time.monotonic()
    process = subprocess.Popen(
        ["/bin/sh", "-c", 'ulimit -v "$0" && exec "$@"', memory, *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=file.parent,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    late = False
    try:
        printed, errors = process.communicate(timeout=limits.seconds)
    except subprocess.TimeoutExpired:
        late = True
        child.kill(process.pid)
        printed, errors = process.communicate()
    except BaseException:
        child.kill(process.pid)
        process.communicate()
        raise
    accepted = process.returncode == 0 and not late
    exhausted = not accepted and not late and "out of memory" in errors.lower()
    error = "" if accepted else "out of memory" if exhausted else _reason(errors)
    return Compilation(accepted, late, exhausted, printed, error, time.monotonic() - start)


def _reason(errors: str) -> str:
    """The error without the place, on one line."""
    _, _, said = errors.rpartition("Error:")
    line = re.sub(r"\s+", " ", said).strip()
    return line[:300] or "coqc ended without an error message"
