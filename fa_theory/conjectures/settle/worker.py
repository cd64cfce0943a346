"""One conjecture in a process of its own: ``python -m fa_theory.conjectures.settle.worker``.

The parent (`isolation`) writes one request as JSON to the standard input. This process answers with lines of JSON on
what was its standard output; whatever the file of the user prints goes to the standard error. Memory is limited by the
operating system, and loading by a timer, so that a file that loops or eats memory ends in a message with its line.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import msgspec

from fa_theory.errors import FATheoryError, InputError

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
    """Raised in the middle of what took too long."""


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


def _answer(request: Request, stream: TextIO) -> None:
    from fa_theory.conjectures.language.load import conjectures

    from .check import check, unfinished

    def say(kind: str, content: Any) -> None:
        stream.write(msgspec.json.encode({kind: content}).decode() + "\n")
        stream.flush()

    try:
        with time_limit(LOADING_SECONDS):
            found = conjectures(request.target)
        if request.job == "list":
            say("names", [c.name for c in found])
            return
        with time_limit(LOADING_SECONDS):
            found[0].build()
    except FATheoryError as error:
        say("error", str(error))
        return
    try:
        outcome = check(
            found[0],
            budget=request.budget,
            seed=request.seed,
            out=Path(request.out),
            notify=lambda progress: say("progress", progress),
        )
    except InputError as error:
        outcome = unfinished(found[0], str(error))
    except MemoryError:
        outcome = unfinished(
            found[0], f"needs more than the {request.memory_mib} MiB it may use; make the domain smaller"
        )
    say("outcome", outcome)


def main() -> None:
    """Answer the request on the standard input."""
    stream = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # prints of the user's file must not mix with the answers
    sys.stdout = sys.stderr
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is for the parent
    request = msgspec.json.decode(sys.stdin.read(), type=Request)
    _limit_memory(request.memory_mib)
    _answer(request, stream)


if __name__ == "__main__":
    main()
