"""Intervals of medians from order statistics."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest

from fa_theory.errors import InputError
from fa_theory.statistics.medians import median_interval


@pytest.mark.parametrize(("n", "confidence"), [(5, 0.9), (12, 0.95), (30, 0.99)])
def test_intervals_cover_the_median_as_often_as_is_said(n: int, confidence: float) -> None:
    g = np.random.default_rng(n)
    missed = 0
    for _ in range(2000):
        low, high = median_interval([float(x) for x in g.exponential(size=n)], confidence)
        missed += not low <= np.log(2) <= high
    assert missed <= 2000 * (1 - confidence) * 1.25
    assert n == 5 or missed >= 2000 * (1 - confidence) * 0.2


def test_intervals_are_the_tightest_of_their_kind() -> None:
    """2·P(Bin(20, ½) < 6) = 0.0414 and 2·P(Bin(20, ½) < 7) = 0.1153."""
    values = [float(x) for x in range(20)]
    assert median_interval(values, 0.9586) == (5, 14)
    assert median_interval(values, 0.9585) == (5, 14)
    assert median_interval(values, 0.9587) == (4, 15)
    assert median_interval(values, 0.8846) == (6, 13)


def test_values_that_are_never_reached() -> None:
    assert median_interval([1.0] * 5 + [inf] * 15, 0.9) == (inf, inf)
    assert median_interval([1.0] * 9 + [inf] * 11, 0.9) == (1, inf)
    assert median_interval([], 0.9) == (0, inf)
    for value in (-1.0, float("nan")):
        with pytest.raises(InputError, match="expected non-negative numbers but got"):
            median_interval([1.0, value])
