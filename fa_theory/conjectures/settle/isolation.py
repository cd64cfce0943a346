"""Conjectures checked in parallel, each in a process of its own, so that a crash does not affect the others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from typing import Any

import msgspec

from fa_theory.conjectures.language.effort import latest
from fa_theory.errors import InputError
from fa_theory.work.isolation import Isolated

from .outcome import ConjectureOutcome, ConjectureVerdict
from .progress import CheckProgress
from .worker import LOADING_SECONDS, Request

GRACE_SECONDS = 30.0
"""Time beyond the limit of the clock before a process is stopped."""
WORKER = "fa_theory.conjectures.settle.worker"
Notify = Callable[[str, CheckProgress], None]


def names(file: str) -> list[str]:
    """Names of the conjectures that a file declares, or the one of ``FILE::NAME``.

    Raises
    ------
    InputError
        If the file cannot be used; the message says where and why.
    """
    for kind, content in _conversation(Request(file, "list"), _Processes(), LOADING_SECONDS + GRACE_SECONDS):
        if kind == "names":
            return list(content)
        raise InputError(str(content))
    raise AssertionError("a conversation ends with an answer")


def run(
    targets: list[str], *, budget: float, seed: int, out: str, jobs: int, notify: Notify
) -> Generator[ConjectureOutcome, None, None]:
    """Check the conjectures ``FILE::NAME``, and yield their outcomes as they finish.

    Closing the iterator, or an interrupt, stops all processes at once.
    """
    processes = _Processes()
    with ThreadPoolExecutor(jobs) as pool:
        try:
            futures = [
                pool.submit(_one, Request(target, "check", budget, seed, out), processes, notify) for target in targets
            ]
            for future in as_completed(futures):
                yield future.result()
        finally:
            processes.stop()
            pool.shutdown(wait=True, cancel_futures=True)


def _one(request: Request, processes: _Processes, notify: Notify) -> ConjectureOutcome:
    file, _, name = request.target.partition("::")
    limit = latest(request.budget) + LOADING_SECONDS + GRACE_SECONDS
    why = ""
    for kind, content in _conversation(request, processes, limit):
        if kind == "progress":
            notify(request.target, content)
        elif kind == "outcome":
            outcome: ConjectureOutcome = msgspec.structs.replace(content, file=file)
            return outcome
        else:
            why = str(content)
    return ConjectureOutcome(
        name=name,
        title=name,
        file=file,
        line=0,
        verdict=ConjectureVerdict.ERROR,
        why=why,
        seed=request.seed,
        budget=request.budget,
    )


class _Processes:
    """The processes that are running, so that all can be stopped."""

    def __init__(self) -> None:
        self._running: set[Isolated] = set()
        self._lock = threading.Lock()
        self.stopped = False

    @contextmanager
    def started(self, request: Request, seconds: float) -> Iterator[Isolated]:
        """Start a process; it is gone when the block ends."""
        with self._lock:
            if self.stopped:
                raise InputError("stopped")
            process = Isolated(WORKER, msgspec.json.encode(request), seconds=seconds)
            self._running.add(process)
        try:
            with process:
                yield process
        finally:
            with self._lock:
                self._running.discard(process)

    def stop(self) -> None:
        with self._lock:
            self.stopped = True
            for process in self._running:
                process.kill()


_ANSWERS: dict[str, Any] = {"progress": CheckProgress, "outcome": ConjectureOutcome, "names": list[str], "error": str}


def _conversation(request: Request, processes: _Processes, limit: float) -> Iterator[tuple[str, Any]]:
    """Answers of a process to a request; the last is an outcome, names or an error."""
    with processes.started(request, limit) as process:
        for line in process.lines():
            try:
                ((kind, content),) = msgspec.json.decode(line).items()
                answer = msgspec.convert(content, _ANSWERS[kind])
            except (msgspec.MsgspecError, UnicodeDecodeError, AttributeError, ValueError, KeyError, RecursionError):
                wrote = line[:60].decode("utf-8", "replace")
                yield "error", f"{request.target}: unexpected output in place of its answer: {wrote!r}"
                return
            yield kind, answer
            if kind != "progress":
                return
        if process.late:
            yield "error", f"{request.target}: stopped after {limit:g} s without an answer; does it loop?"
        else:
            memory = f"; perhaps it exceeded its memory limit of {request.memory_mib} MiB" if process.killed else ""
            yield "error", f"{request.target}: its process ended with {process.ending}{memory}"
