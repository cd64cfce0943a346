"""Executors of work items: processes on this machine, or the workers of a dask.distributed cluster.

Both submit a new item only when an earlier answer has been consumed, one for each worker: a sweep that is
killed has to repeat at most these. The bits of the answers do not depend on the worker or the order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from functools import partial

from fa_theory.errors import InputError
from fa_theory.work.pool import perform

from .cells import Item
from .cluster import on_cluster
from .work import Record, carry_out

Executor = Callable[[Sequence[Item]], Generator[tuple[Item, Record | str], None, None]]
"""From work items to the same items with their answers, in the order in which they finish."""

LOCAL = "local"


def executor(name: str, *, jobs: int) -> Executor:
    """The executor with a name: ``local``, or ``dask://HOST:PORT`` for the scheduler of a cluster.

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
