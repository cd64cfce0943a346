"""A clock that counts work instead of time, so that what a budget buys does not depend on what else the machine does.

Whoever works on a conjecture says how much it did, in units of about a microsecond of one core of a quiet machine; how
many units an operation counts is fixed here and where it is done, once and for all. `now` is what was counted so far.
A budget of S seconds is ``S × SECOND`` units, on every machine. The real clock is only an upper limit: once it strikes,
every deadline has `passed`, and `Meter.struck` says so.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

SECOND = 1e6
"""Units in a second of a budget."""
PATIENCE, LEAST = 5.0, 60.0
"""The real clock strikes after so many times the budget, and not before so many seconds."""


def latest(budget: float) -> float:
    """After how many real seconds a budget of so many seconds is stopped.

    Examples
    --------
    >>> latest(1), latest(20)
    (60.0, 100.0)
    """
    return max(LEAST, PATIENCE * budget)


@dataclass(eq=False)
class Meter:
    """Counts the work on one conjecture.

    Attributes
    ----------
    spent
        Units of work done.
    latest
        When the real clock strikes, in the time of `time.monotonic`.
    struck
        Whether it has.
    """

    spent: float = 0.0
    latest: float = math.inf
    struck: bool = False

    @property
    def seconds(self) -> float:
        """The work done, in seconds of a budget."""
        return self.spent / SECOND

    def passed(self, deadline: float) -> bool:
        """Whether so much work is done, or the real clock has struck."""
        if not self.struck and time.monotonic() >= self.latest:
            self.struck = True
        return self.struck or self.seconds >= deadline


_meter: ContextVar[Meter] = ContextVar("meter", default=Meter())  # noqa: B039  # what nobody asks for is counted, too


@contextmanager
def metered(budget: float = math.inf) -> Iterator[Meter]:
    """Count what is done inside from 0 on, with the real clock as an upper limit.

    Examples
    --------
    >>> with metered(budget=20) as meter:
    ...     spend(5e5)
    ...     now()
    0.5
    """
    meter = Meter(latest=time.monotonic() + latest(budget))
    token = _meter.set(meter)
    try:
        yield meter
    finally:
        _meter.reset(token)


def spend(units: float) -> None:
    """Count work."""
    _meter.get().spent += units


def now() -> float:
    """The work done so far, in seconds of a budget."""
    return _meter.get().seconds


def passed(deadline: float) -> bool:
    """Whether so much work is done, or the real clock has struck.

    Parameters
    ----------
    deadline
        As `now` counts.
    """
    return _meter.get().passed(deadline)
