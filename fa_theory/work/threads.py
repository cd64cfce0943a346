"""Threads: BLAS uses one, since the bits of its sums depend on their number; our threads work on separate blocks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import cache
from itertools import pairwise
from multiprocessing import parent_process
from typing import Any, TypeVar

S = TypeVar("S")
T = TypeVar("T")

_allowed: ContextVar[int] = ContextVar("threads", default=1)


@contextmanager
def taken_from_blas() -> Iterator[None]:
    """Within the block BLAS has one thread, and `allowed` returns how many it had (one in a worker process)."""
    controller = _controller()
    had = [library["num_threads"] for library in controller.info() if library["user_api"] == "blas"]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    token = _allowed.set(1 if parent_process() else max(1, min([*had, cores])))
    try:
        with controller.limit(limits=1, user_api="blas"):
            yield
    finally:
        _allowed.reset(token)


def one_thread() -> AbstractContextManager[Any]:
    """Limit all libraries to one thread: in a block, or for good if it is not used as a context."""
    limits: AbstractContextManager[Any] = _look().limit(limits=1)
    return limits


def allowed() -> int:
    """The number of threads that may be used."""
    return _allowed.get()


@contextmanager
def thread_map(size: int) -> Iterator[Callable[[Callable[[S], T], Iterable[S]], Iterable[T]]]:
    """A ``map`` that processes this many items at once."""
    if size == 1:
        yield map
    else:
        with ThreadPoolExecutor(size) as pool:
            yield pool.map


def shared_out(things: Sequence[S], shares: int) -> list[Sequence[S]]:
    """Cut a sequence into pieces of nearly the same length.

    Examples
    --------
    >>> shared_out("abcde", 2)
    ['abc', 'de']
    """
    shares = min(shares, len(things))
    size, more = divmod(len(things), shares)
    ends = [size * i + min(i, more) for i in range(shares + 1)]
    return [things[first:last] for first, last in pairwise(ends)]


@cache
def _controller() -> Any:
    return _look()  # which takes milliseconds


def _look() -> Any:
    """The loaded libraries; only loaded ones can be limited, and SciPy includes its own BLAS."""
    import numpy  # noqa: F401
    import scipy.linalg  # noqa: F401
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
