"""A clock that counts work instead of time, so that the effect of a budget does not depend on the load of the machine.

All code that works on a conjecture counts its work, in units of about a microsecond of one core of an idle machine; the
number of units of an operation is a constant, here or next to the operation. `now` is the work counted so far. A budget
of S seconds is ``S × SECOND`` units, on every machine. The real clock is only an upper limit: once it has run out,
every deadline has `passed`, and `Meter.struck` is set.
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
"""The real clock stops after this multiple of the budget, and not before this number of seconds."""


def latest(budget: float) -> float:
    """The number of real seconds after which work with this budget is stopped.

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
        When the real clock runs out, in the time of `time.monotonic`.
    struck
        Whether it has run out.
    """

    spent: float = 0.0
    latest: float = math.inf
    struck: bool = False

    @property
    def seconds(self) -> float:
        """The work done, in seconds of a budget."""
        return self.spent / SECOND

    def passed(self, deadline: float) -> bool:
        """Whether this much work is done, or the real clock has run out."""
        if not self.struck and time.monotonic() >= self.latest:
            self.struck = True
        return self.struck or self.seconds >= deadline


_meter: ContextVar[Meter] = ContextVar("meter", default=Meter())  # noqa: B039  # work outside `metered` is counted, too


@contextmanager
def metered(budget: float = math.inf) -> Iterator[Meter]:
    """Count the work done in the block, starting from 0, with the real clock as an upper limit.

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
    """Whether this much work is done, or the real clock has run out.

    Parameters
    ----------
    deadline
        As `now` counts.
    """
    return _meter.get().passed(deadline)
