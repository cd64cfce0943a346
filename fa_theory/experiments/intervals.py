"""Means of a few networks, with their confidence intervals."""

from __future__ import annotations

from collections.abc import Sequence

from fa_theory.experiments.experiment import Record
from fa_theory.experiments.values import spread

CONFIDENCE = 0.95


def mean_within(values: Sequence[float | None]) -> Record:
    """Mean, half the width of Student's interval (None for a single value), and the number of values that are there.

    Examples
    --------
    >>> found = mean_within([0.0, 1.0, None])
    >>> found["mean"], round(found["half"], 2), found["count"]
    (0.5, 6.35, 2)
    """
    from scipy.special import stdtrit

    mean, sd, count = spread(values)
    half = None if sd is None else float(stdtrit(count - 1, (1 + CONFIDENCE) / 2)) * sd / count**0.5
    return {"mean": mean, "half": half, "count": count}


def cell(found: Record, digits: str = ".3f") -> str:
    """``mean ± half`` in a table.

    Examples
    --------
    >>> cell({"mean": 0.5, "half": 0.25, "count": 3}), cell({"mean": None, "half": None, "count": 0})
    ('0.500 ± 0.250', '')
    """
    if found["mean"] is None:
        return ""
    half = "" if found["half"] is None else f" ± {found['half']:{digits.lstrip('+')}}"
    return format(found["mean"], digits) + half
