"""Intervals labelled 99 % cover with at least 99 %: exact coverage, computed from binomial probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta, binom

from fa_theory.conjectures.settle.constant import Constant
from fa_theory.conjectures.settle.probability import planned
from fa_theory.statistics.binomial import Proportion

CONFIDENCE = 0.99


def ends(trials: int, tail: float) -> tuple[np.ndarray, np.ndarray]:
    """Clopper–Pearson for every number of successes, with this probability at either end."""
    s = np.arange(trials + 1)
    with np.errstate(all="ignore"):
        low, high = beta.ppf(tail, s, trials - s + 1), beta.ppf(1 - tail, s + 1, trials - s)
    return np.where(s == 0, 0, low), np.where(s == trials, 1, high)


def coverage(true: float, at_least: float, stages: tuple[int, ...], tail: float) -> float:
    """Probability that the interval at which the draws stop contains the true probability."""
    waiting, before, covered = np.ones(1), 0, 0.0
    for j, trials in enumerate(stages):
        new = binom.pmf(np.arange(trials - before + 1), trials - before, true)
        waiting, before = np.convolve(waiting, new), trials
        low, high = ends(trials, tail)
        stops = (low >= at_least) | (high < at_least) | (j == len(stages) - 1)
        covered += waiting[stops & (low <= true) & (true <= high)].sum()
        waiting = np.where(stops, 0, waiting)
    return covered


@pytest.mark.parametrize("at_least", [0.5, 0.8])
def test_the_interval_of_a_probability_covers_whatever_stage_it_stops_at(at_least: float) -> None:
    stages = planned(at_least, confidence=CONFIDENCE)[:5]
    tail = (1 - CONFIDENCE) / 7 / 2
    true = [p for p in np.linspace(0.02, 0.98, 49) if abs(p - at_least) > 1e-9]
    assert min(coverage(p, at_least, stages, tail) for p in true) >= CONFIDENCE
    # and the program computes these ends
    low, high = Proportion(60, 69, 1 - (1 - CONFIDENCE) / 7).interval
    assert (low, high) == pytest.approx((ends(69, tail)[0][60], ends(69, tail)[1][60]), rel=1e-9)


def test_a_stage_supports_with_as_many_failures_as_planned() -> None:
    for at_least in (0.6, 0.9, 0.95):
        for trials, failures in zip(planned(at_least), (0, 3, 15, 63, 255, 1023, 4095), strict=True):
            each = 1 - (1 - CONFIDENCE) / 7
            assert Proportion(trials - failures, trials, each).interval[0] >= at_least
            assert Proportion(trials - failures - 1, trials, each).interval[0] < at_least


@pytest.mark.parametrize("draws", [30, 200])
def test_the_share_of_draws_above_a_constant_covers(draws: int) -> None:
    found = [Constant(None, None, 1.0, Proportion(s, draws, CONFIDENCE)).exceeded for s in range(draws + 1)]
    low, high = np.array(found).T
    for exceeds in np.linspace(0.001, 0.999, 97):
        covers = (low <= exceeds) & (exceeds <= high)
        within = 1 - exceeds
        assert binom.pmf(np.arange(draws + 1), draws, within)[covers].sum() >= CONFIDENCE


def test_two_one_sided_bounds_would_not_cover() -> None:
    """What was printed before: the test can fail."""
    draws = 200
    low, high = ends(draws, 1 - CONFIDENCE)
    s = np.arange(draws + 1)
    assert min(binom.pmf(s, draws, p)[(low <= p) & (p <= high)].sum() for p in np.linspace(0.2, 0.8, 601)) < CONFIDENCE
