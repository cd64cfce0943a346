"""Who carries out the work items: processes of this machine, or the workers of a dask.distributed cluster.

Both hand out a new item only when the answer to an earlier one has been taken, one for each worker: a sweep that is
killed has at most that much to repeat. The answers are the same bits wherever and in whatever order they are found.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from fa_theory.claims.pool import one_thread, perform
from fa_theory.errors import FATheoryError, InputError

from .cells import Item
from .work import Record, carry_out, environment

if TYPE_CHECKING:
    from distributed import Client

Answer = Record | str
Answers = Generator[tuple[Item, Answer], None, None]
Executor = Callable[[Sequence[Item]], Answers]

LOCAL = "local"
PATIENCE = 60
"""Seconds without a single worker after which a cluster is given up."""
KEPT = "what is finished is kept: run the same command to go on"


def executor(name: str, *, jobs: int) -> Executor:
    """The executor of a name: ``local``, or ``dask://HOST:PORT`` for the scheduler of a cluster.

    Raises
    ------
    InputError
        If it is neither.

    Examples
    --------
    >>> executor("dask://here", jobs=1)
    Traceback (most recent call last):
    ...
    fa_theory.errors.InputError: unknown executor 'dask://here'; expected local or dask://HOST:PORT
    """
    if name == LOCAL:
        return partial(perform, carry_out, workers=jobs)
    found = re.fullmatch(r"dask://(\S+:\d+)", name)
    if not found:
        raise InputError(f"unknown executor {name!r}; expected {LOCAL} or dask://HOST:PORT")
    return partial(on_cluster, address=f"tcp://{found[1]}")


def on_cluster(items: Sequence[Item], *, address: str) -> Answers:
    """Yield every item with its answer from the workers of a cluster.

    An item of a worker that dies is done again by another.

    Raises
    ------
    FATheoryError
        If the cluster cannot be reached, is lost or stays without workers; if a worker has other code or other
        versions than this process, since its values would have other bits.
    """
    try:
        from distributed import Client
    except ImportError:
        raise FATheoryError("a dask cluster needs dask.distributed: pip install 'fa-theory[dask]'") from None
    try:
        client = Client(address, timeout=10, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise FATheoryError(
            f"no dask scheduler answers at {address}: {_line(error)}; is `dask scheduler` running?"
        ) from None
    with client:
        _check_workers(client)
        yield from _hand_out(client, items)


def _hand_out(client: Client, items: Sequence[Item]) -> Answers:
    from concurrent.futures import CancelledError

    from distributed import wait

    waiting, pending = deque(items), dict[Any, Item]()
    alone = 0.0
    try:
        while waiting or pending:
            threads = sum(client.nthreads().values())  # type: ignore[no-untyped-call]
            while waiting and len(pending) < threads:
                item = waiting.popleft()
                pending[client.submit(_there, environment(), item, pure=False)] = item
            alone = 0.0 if threads else alone + 1
            if alone > PATIENCE:
                raise FATheoryError(f"the cluster has had no workers for {PATIENCE} seconds; {KEPT}")
            if not pending:
                time.sleep(1)
                continue
            try:
                done = wait(list(pending), 1, "FIRST_COMPLETED").done  # type: ignore[no-untyped-call]
            except TimeoutError:  # time to look whether workers came or went
                continue
            for future in done:
                yield pending.pop(future), _answer(future.result())
    except FATheoryError:
        raise
    except (Exception, CancelledError) as error:  # an item never raises, so this is the cluster
        raise FATheoryError(f"the dask cluster failed ({type(error).__name__}: {_line(error)}); {KEPT}") from None


class _Unlike(str):
    """What a worker of another kind says instead of an answer."""


def _there(here: dict[str, str], item: Item) -> Answer | _Unlike:
    """On a worker."""
    if environment() != here:  # it may have joined long after the others were asked
        return _Unlike(f"a worker {_unlike(here, environment())}")
    one_thread()
    return carry_out(item)


def _answer(answer: Answer | _Unlike) -> Answer:
    if isinstance(answer, _Unlike):
        raise FATheoryError(f"{answer}; install the same there, or take it out of the cluster. {KEPT}")
    return answer


def _check_workers(client: Client) -> None:
    """Ask all workers what they compute with."""

    def probe() -> Any:  # pickled with its code, since the module may be missing there
        try:
            from fa_theory.sweep.work import environment
        except ImportError as error:
            return str(error)
        return environment()

    for worker, found in sorted(client.run(probe).items()):
        if isinstance(found, str):
            raise FATheoryError(f"the worker {worker} cannot load fa-theory ({found}); install the same version there")
        if found != environment():
            unlike = _unlike(environment(), found)
            raise FATheoryError(f"the worker {worker} {unlike}; the bits could differ: install the same there")


def _unlike(here: dict[str, str], there: dict[str, str]) -> str:
    names = [name for name in here if there.get(name) != here[name]]
    return "has " + ", ".join(f"{name} {there.get(name)} (here: {here[name]})" for name in names)


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
