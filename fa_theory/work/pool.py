"""Independent jobs on worker processes, with the same bits for any number of them."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from multiprocessing import active_children, get_context, parent_process
from threading import Thread
from typing import Any, TypeVar

from fa_theory.errors import FATheoryError

Job = TypeVar("Job")
Answer = TypeVar("Answer")


def perform(
    function: Callable[[Job], Answer], jobs: Sequence[Job], *, workers: int
) -> Generator[tuple[Job, Answer], None, None]:
    """Yield every job with ``function(job)``, in the order in which they finish.

    A worker gets its next job once the answer to its last one has been taken: whoever stores the answers loses at most
    one job of each worker when killed.

    Close the generator (`contextlib.closing`) to drop the jobs that have not begun when something goes wrong.

    Parameters
    ----------
    function
        Importable by name; must not raise.
    jobs
        Picklable.
    workers
        Number of processes; with 1, or one job, the work is done in this process.

    Raises
    ------
    FATheoryError
        If a worker process dies.
    """
    if workers == 1 or len(jobs) < 2:
        yield from _here(function, jobs)
        return
    others = active_children()
    # spawn, because a forked child inherits locked thread pools
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_prepare)
    waiting, pending = iter(jobs), {}

    def submit(count: int) -> None:
        with _interrupts_held_back():  # workers start when jobs are submitted
            pending.update({pool.submit(function, job): job for job in islice(waiting, count)})

    try:
        submit(workers)
        while pending:
            for future in wait(pending, return_when=FIRST_COMPLETED).done:
                yield pending.pop(future), future.result()
                submit(1)
    except BrokenProcessPool:
        raise FATheoryError(
            "a worker process died (out of memory?); what is finished is kept: run the same command to resume, "
            "with fewer --jobs if memory is short"
        ) from None
    except KeyboardInterrupt:
        # nobody waits for a long job to end; its answer would be lost anyway
        for worker in active_children():
            if worker not in others:
                worker.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _here(function: Callable[[Job], Answer], jobs: Sequence[Job]) -> Generator[tuple[Job, Answer], None, None]:
    with one_thread():
        for job in jobs:
            yield job, function(job)


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Workers that start here inherit this, so that an interrupt does not tear them apart before they can ignore it."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _prepare() -> None:
    # an interrupt is for the parent, which then stops its workers in order
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_die_with_parent, daemon=True).start()
    one_thread()


def _die_with_parent() -> None:
    """A parent that is killed outright must leave no workers behind."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def one_thread() -> AbstractContextManager[Any]:
    """Limit BLAS to one thread: the bits of its sums depend on the number of threads."""
    # a BLAS can be limited only once it is loaded, and SciPy brings one of its own
    import numpy  # noqa: F401
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[Any] = threadpool_limits(1)
    return limits
