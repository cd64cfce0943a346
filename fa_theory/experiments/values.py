"""Numbers from records, some of which may be missing because a network diverged."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence


def spread(values: Sequence[float | None]) -> tuple[float | None, float | None, int]:
    """Mean and standard deviation of the values present, and their number.

    Examples
    --------
    >>> spread([1.0, None, 3.0])
    (2.0, 1.4142135623730951, 2)
    """
    there = [value for value in values if value is not None]
    mean = statistics.fmean(there) if there else None
    return mean, statistics.stdev(there) if len(there) > 1 else None, len(there)


def finite(value: float) -> float | None:
    """The value, or None if JSON cannot represent it."""
    return float(value) if math.isfinite(value) else None


def shown(value: float | None, digits: str) -> str:
    """A number in a table, or nothing.

    Examples
    --------
    >>> shown(0.25, ".3f"), shown(None, ".3f")
    ('0.250', '')
    """
    return "" if value is None else format(value, digits)
