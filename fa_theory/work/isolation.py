"""Untrusted code in a separate process: it may loop, fork, crash, print, or change folders."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from threading import Thread
from types import TracebackType
from typing import IO, BinaryIO, Self

from . import child

LONGEST_LINE = 256 * 2**20
"""Bytes; a longer answer is rejected."""
_REMEMBERED = 8192
"""Bytes of the errors; the last line is shown to people."""
_PAUSE = 0.1
"""Seconds between two polls of a silent process."""
_PATIENCE = 20
"""Polls of a pipe that stays open after its process has ended because another process holds it."""


class Isolated:
    """A process that runs a module of this package, which runs user code; a context manager that ends it on exit.

    The process leads its own session. When the context or this process ends, it is killed with all processes that it
    has started, except those that have created their own session.

    Parameters
    ----------
    module
        Name of the module. It calls `receive` first.
    request
        One line of input.
    seconds
        Time after which the process is killed.

    Attributes
    ----------
    late
        Whether it was killed because it exceeded its time.
    """

    def __init__(self, module: str, request: bytes, *, seconds: float) -> None:
        self._deadline, self.late = time.monotonic() + seconds, False
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
            env=os.environ | threads,
        )
        self._heard: queue.Queue[bytes] = queue.Queue(maxsize=64)
        self._errors, self._closed = b"", False
        assert self._process.stdin and self._process.stdout and self._process.stderr  # noqa: PT018
        self._pipes = (self._process.stdin, self._process.stdout, self._process.stderr)
        # a pipe that is not emptied would block the process
        self._listeners = [
            Thread(target=self._listen, args=(self._process.stdout, self._hear), daemon=True),
            Thread(target=self._listen, args=(self._process.stderr, self._remember), daemon=True),
        ]
        for listener in self._listeners:
            listener.start()
        with suppress(BrokenPipeError):  # it has ended already; `lines` will notice
            self._process.stdin.write(request.rstrip(b"\n") + b"\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()
        self._process.wait()
        for listener in self._listeners:
            listener.join(1)
        self._closed = True
        for pipe in self._pipes:
            with suppress(OSError):
                pipe.close()

    def kill(self) -> None:
        """Kill the process and all that it has started; its lines end."""
        child.kill(self._process.pid)

    def lines(self) -> Iterator[bytes]:
        """Its answers, line by line, until it ends or exceeds its time."""
        begun, patience = b"", _PATIENCE
        while True:
            ended = self._process.poll() is not None
            try:
                begun += self._heard.get(timeout=_PAUSE)
            except queue.Empty:
                patience -= ended
                if ended and (not self._listeners[0].is_alive() or not patience):
                    break
            *whole, begun = begun.split(b"\n")
            yield from whole
            self.late = not ended and time.monotonic() > self._deadline
            if self.late or len(begun) > LONGEST_LINE:
                self.kill()
                break
        if begun:
            yield begun

    @property
    def ending(self) -> str:
        """How it ended: its exit code and the last line of standard error."""
        code = self._process.wait()
        self._listeners[1].join(_PAUSE)
        said = self._errors.decode("utf-8", "replace").strip().splitlines()
        last = "".join(x if x.isprintable() else "�" for x in said[-1].strip()[:400]) if said else ""
        return f"code {code}{f' ({last})' if last else ''}"

    @property
    def killed(self) -> bool:
        """Whether a signal ended it."""
        return self._process.wait() < 0

    def _listen(self, pipe: IO[bytes], take: object) -> None:
        assert callable(take)
        with suppress(OSError, ValueError):  # closed meanwhile
            while not self._closed and (data := pipe.read(65536)):
                take(data)

    def _hear(self, data: bytes) -> None:
        while not self._closed:
            with suppress(queue.Full):
                self._heard.put(data, timeout=_PAUSE)
                return

    def _remember(self, data: bytes) -> None:
        self._errors = (self._errors + data)[-_REMEMBERED:]


def receive() -> tuple[bytes, BinaryIO]:
    """Called in the process: the request, and a stream for the answers.

    From now on prints go to standard error, standard input is empty, and the process ends with its parent.
    """
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # prints must not mix with the answers
    sys.stdout = sys.stderr
    request = sys.stdin.buffer.readline()
    child.end_with_parent(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return request, answers
