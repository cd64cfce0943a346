"""One conjecture in a process of its own: ``python -m fa_theory.conjectures.settle.worker``.

The parent (`isolation`) sends one request, and this process answers with lines of JSON. Memory is limited by the
operating system, and loading by a timer, so that a file with an endless loop or excessive memory use ends with a
message that names its line.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from fa_theory.errors import FATheoryError, InputError
from fa_theory.work.isolation import receive

LOADING_SECONDS = 10.0


class Request(msgspec.Struct, frozen=True):
    """List the conjectures of a target, or check the one it names."""

    target: str
    job: str
    """``list`` or ``check``."""
    budget: float = 0.0
    seed: int = 0
    out: str = ""
    memory_mib: int = 4096


class TookTooLong(Exception):
    """Raised in code that took too long."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Interrupt Python code that runs longer, by `TookTooLong`."""
    if not hasattr(signal, "setitimer"):  # Windows: the parent's limit is left
        yield
        return

    def stop(*_: object) -> None:
        raise TookTooLong(f"took longer than {seconds:g} s; does it loop?")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _limit_memory(mib: int) -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (mib * 2**20, mib * 2**20))


def _answer(request: Request, answers: BinaryIO) -> None:
    from fa_theory.conjectures.language.load import conjectures, settled

    from .check import check, unfinished

    def say(kind: str, content: Any) -> None:
        line = memoryview(msgspec.json.encode({kind: content}) + b"\n")
        while line:
            line = line[answers.write(line) :]

    here = os.getcwd()
    try:
        if request.job == "list":
            with time_limit(LOADING_SECONDS):
                say("names", [c.name for c in conjectures(request.target)])
            return
        with time_limit(2 * LOADING_SECONDS):
            found = settled(request.target)
        os.chdir(here)  # the file may have left it
    except FATheoryError as error:
        say("error", str(error))
        return
    try:
        outcome = check(
            found,
            budget=request.budget,
            seed=request.seed,
            out=Path(request.out),
            notify=lambda progress: say("progress", progress),
        )
    except InputError as error:
        outcome = unfinished(found, str(error))
    except MemoryError:
        outcome = unfinished(found, f"exceeded its memory limit of {request.memory_mib} MiB; make the domain smaller")
    say("outcome", outcome)


def main() -> None:
    """Answer the request."""
    request, answers = receive()
    decoded = msgspec.json.decode(request, type=Request)
    _limit_memory(decoded.memory_mib)
    _answer(decoded, answers)


if __name__ == "__main__":
    main()
