"""BLAS on one thread: the bits of its sums depend on the number, and on small matrices more threads are slower."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any


def single_threaded() -> AbstractContextManager[Any]:
    """Limit BLAS to one thread within a ``with`` block."""
    limits: AbstractContextManager[Any] = _controller().limit(limits=1, user_api="blas")
    return limits


@cache
def _controller() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()  # looks for the libraries, which takes milliseconds
