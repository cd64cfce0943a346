"""Independent jobs on worker processes, with bitwise identical results for any number of them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context, parent_process
from typing import TypeVar

from fa_theory.errors import FATheoryError

from . import child
from .threads import one_thread

Job = TypeVar("Job")
Answer = TypeVar("Answer")


def perform(
    function: Callable[[Job], Answer], jobs: Sequence[Job], *, workers: int
) -> Generator[tuple[Job, Answer], None, None]:
    """Yield every job with ``function(job)``, in the order in which they finish.

    A worker gets its next job once its last answer has been consumed: a caller that stores the answers loses at most
    one job of each worker when killed.

    Close the generator (`contextlib.closing`) to stop the workers immediately if an error occurs.

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
        with one_thread():
            for job in jobs:
                yield job, function(job)
        return
    # spawn, because a forked child inherits locked thread pools
    with child.starting():  # its queues start a process that looks after semaphores
        pool = ProcessPoolExecutor(min(workers, len(jobs)), mp_context=get_context("spawn"), initializer=_prepare)
    waiting, pending = iter(jobs), {}

    def submit(count: int) -> None:
        with child.starting():  # workers start when jobs are submitted
            pending.update({pool.submit(function, job): job for job in islice(waiting, count)})

    try:
        submit(workers)
        while pending:
            for future in wait(pending, return_when=FIRST_COMPLETED).done:
                yield pending.pop(future), future.result()
                submit(1)
    except BaseException as error:
        # do not wait for long jobs; their answers would be lost anyway
        for process in pool._processes or ():  # there is no public way before Python 3.14
            child.kill(process)
        if isinstance(error, BrokenProcessPool):
            raise FATheoryError(
                "a worker process died; if memory ran out, use fewer processes (--jobs) or smaller sizes"
            ) from None
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _prepare() -> None:
    parent = parent_process()
    assert parent is not None  # this runs in workers only
    child.end_with_parent(parent.sentinel)
    one_thread()
