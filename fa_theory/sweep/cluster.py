"""Work items on the workers of a dask.distributed cluster."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any

from fa_theory.errors import FATheoryError
from fa_theory.work.threads import one_thread

from .cells import Item
from .work import Record, carry_out, environment

if TYPE_CHECKING:
    from distributed import Client

Answer = Record | str

PATIENCE = 60
"""Seconds without any worker after which a cluster is abandoned."""
KEPT = "finished work is kept: run the same command to resume"


def on_cluster(items: Sequence[Item], *, address: str) -> Generator[tuple[Item, Answer], None, None]:
    """Yield every item with its answer from the workers of a cluster.

    If a worker dies, another worker repeats its item.

    Raises
    ------
    FATheoryError
        If the cluster cannot be reached, is lost or stays without workers; if a worker has different code or
        versions, since its values would have different bits.
    """
    try:
        from distributed import Client
    except ImportError:
        raise FATheoryError("a dask cluster needs dask.distributed: pip install 'fa-theory[dask]'") from None
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # errors are reported below, without tracebacks
    try:
        client = Client(address, timeout=10)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise FATheoryError(
            f"no dask scheduler answers at {address}: {_line(error)}; is `dask scheduler` running?"
        ) from None
    with client:
        try:
            _check_workers(client)
            yield from _hand_out(client, items)
        except FATheoryError:
            raise
        except (Exception, CancelledError) as error:  # an item never raises, so this is the cluster
            raise FATheoryError(f"the dask cluster failed ({type(error).__name__}: {_line(error)}); {KEPT}") from None


def _hand_out(client: Client, items: Sequence[Item]) -> Generator[tuple[Item, Answer], None, None]:
    from distributed import wait

    waiting, pending = deque(items), dict[Any, Item]()
    alone = 0.0
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


class _Unlike(str):
    """The answer of a worker with a different environment."""


def _there(here: dict[str, str], item: Item) -> Answer | _Unlike:
    """On a worker."""
    if environment() != here:  # it may have joined after the check
        return _Unlike(f"a worker {_unlike(here, environment())}")
    one_thread()
    return carry_out(item)


def _answer(answer: Answer | _Unlike) -> Answer:
    if isinstance(answer, _Unlike):
        raise FATheoryError(f"{answer}; install the same versions there, or remove it from the cluster. {KEPT}")
    return answer


def _check_workers(client: Client) -> None:
    """Check the environment of all workers."""

    def probe() -> Any:  # pickled with its code, since the module may be missing there
        try:
            from .work import environment
        except ImportError as error:
            return str(error)
        return environment()

    # a worker that dies during the check is ignored
    for worker, found in sorted(client.run(probe, on_error="ignore").items()):
        if isinstance(found, str):
            raise FATheoryError(f"the worker {worker} cannot load fa-theory ({found}); install the same version there")
        if found != environment():
            unlike = _unlike(environment(), found)
            raise FATheoryError(f"the worker {worker} {unlike}; the bits could differ: install the same versions there")


def _unlike(here: dict[str, str], there: dict[str, str]) -> str:
    names = [name for name in here if there.get(name) != here[name]]
    return "has " + ", ".join(f"{name} {there.get(name)} (here: {here[name]})" for name in names)


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
