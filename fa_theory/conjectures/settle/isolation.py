"""Conjectures checked side by side, each in a process of its own, so that none can take the others down."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

import msgspec

from fa_theory.errors import InputError

from .outcome import ConjectureOutcome, ConjectureVerdict
from .progress import CheckProgress
from .worker import LOADING_SECONDS, Request

GRACE_SECONDS = 30.0
"""How much longer than its budget a process may take before it is stopped."""
Notify = Callable[[str, CheckProgress], None]


def names(file: str) -> list[str]:
    """Names of the conjectures that a file declares, or that ``FILE::NAME`` names.

    Raises
    ------
    InputError
        If the file cannot be used; the message says where and why.
    """
    for kind, content in _conversation(Request(file, "list"), _Processes(), LOADING_SECONDS + GRACE_SECONDS):
        if kind == "names":
            return [str(name) for name in content]
        raise InputError(str(content))
    raise AssertionError("a conversation ends with an answer")


def run(
    targets: list[str], *, budget: float, seed: int, out: str, jobs: int, notify: Notify
) -> Generator[ConjectureOutcome, None, None]:
    """Check the conjectures ``FILE::NAME``, and yield their outcomes as they come.

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
    limit = request.budget + LOADING_SECONDS + GRACE_SECONDS
    why = ""
    for kind, content in _conversation(request, processes, limit):
        if kind == "progress":
            notify(request.target, msgspec.convert(content, CheckProgress))
        elif kind == "outcome":
            return msgspec.structs.replace(msgspec.convert(content, ConjectureOutcome), file=file)
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
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()
        self.stopped = False

    def start(self) -> subprocess.Popen[str]:
        environment = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        with self._lock:
            if self.stopped:
                raise InputError("stopped")
            process = subprocess.Popen(
                [sys.executable, "-m", "fa_theory.conjectures.settle.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                env=environment,
            )
            self._running.add(process)
        return process

    def ended(self, process: subprocess.Popen[str]) -> None:
        with self._lock:
            self._running.discard(process)

    def stop(self) -> None:
        with self._lock:
            self.stopped = True
            for process in self._running:
                process.kill()


def _conversation(request: Request, processes: _Processes, limit: float) -> Iterator[tuple[str, Any]]:
    """Answers of a process to a request; the last is an outcome, names or an error."""
    process = processes.start()
    assert process.stdin and process.stdout  # noqa: PT018
    spoken: list[str] = []
    listener = threading.Thread(target=lambda: spoken.extend(process.stderr or ()), daemon=True)
    listener.start()
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(limit, stop)
    timer.start()
    try:
        process.stdin.write(msgspec.json.encode(request).decode())
        process.stdin.close()
        for line in process.stdout:
            ((kind, content),) = msgspec.json.decode(line).items()
            yield kind, content
            if kind != "progress":
                return
        code = process.wait()
        listener.join(1)
        if late.is_set():
            yield "error", f"{request.target}: stopped after {limit:g} s without an answer; does it loop?"
        else:
            last = spoken[-1].strip() if spoken else ""
            memory = f"; it may have needed more than the {request.memory_mib} MiB it may use" if code < 0 else ""
            yield "error", f"{request.target}: its process ended with code {code}{f' ({last})' if last else ''}{memory}"
    finally:
        timer.cancel()
        process.kill()
        process.wait()
        process.stdout.close()
        processes.ended(process)
