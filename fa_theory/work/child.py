"""Child processes: they import nothing from the current folder and leave no processes behind.

Pools of jobs (`pool`) and processes for untrusted code (`isolation`) start their workers this way. loky and
pebble offer neither: their workers start with the current folder on the path, and processes started by a job
outlive a killed parent.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

SAFE_PATH = "PYTHONSAFEPATH"
"""With this in the environment, Python does not look for modules in the current folder."""
_WATCHDOG = "while read -r _; do :; done; kill -KILL 0"
"""A shell that waits for the end of its input, and then kills its process group, itself included."""


@contextmanager
def starting() -> Iterator[None]:
    """Children that start in this block have a safe path and are not interrupted from the keyboard."""
    before = os.environ.get(SAFE_PATH)
    os.environ[SAFE_PATH] = "1"
    try:
        with _interrupts_held_back():
            yield
    finally:
        if before is None:
            del os.environ[SAFE_PATH]
        else:
            os.environ[SAFE_PATH] = before


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Children inherit this, so that an interrupt cannot reach them before they can ignore it."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_with_parent(lifeline: int) -> None:
    """Called in a child: end it, with all processes it has started, when its parent ends or closes the lifeline.

    The watchdog is a separate process, so that it works while the child computes in C.

    Parameters
    ----------
    lifeline
        Descriptor of the reading end of a pipe whose writing end only the parent has.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is for the parent, which stops its workers in order
    if hasattr(os, "setsid"):
        with suppress(PermissionError):  # it leads a session already
            os.setsid()
        with suppress(OSError):
            # nobody waits for it: it ends last
            watchdog = subprocess.Popen(
                ["/bin/sh", "-c", _WATCHDOG], stdin=lifeline, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            watchdog.returncode = 0
            return
    Thread(target=_wait_for_end, args=(lifeline,), daemon=True).start()


def _wait_for_end(lifeline: int) -> None:
    with suppress(OSError):
        while os.read(lifeline, 4096):
            pass
    os._exit(1)


def kill(child: int) -> None:
    """Kill a child that has not been waited for, with all processes it has started.

    Parameters
    ----------
    child
        Its process id.
    """
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):  # it may not lead a group yet, or is a zombie
            os.killpg(child, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.kill(child, getattr(signal, "SIGKILL", signal.SIGTERM))
