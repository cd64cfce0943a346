"""Proportions with exact binomial confidence intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from fa_theory.checker.decimals import interval
from fa_theory.errors import InputError


def check_confidence(confidence: float) -> None:
    """Reject a confidence outside (0, 1)."""
    if not 0 < confidence < 1:
        raise InputError(f"expected a confidence strictly between 0 and 1, such as 0.99, but got {confidence!r}")


@dataclass(frozen=True, slots=True)
class Proportion:
    """``successes`` out of ``trials`` independent trials.

    Attributes
    ----------
    successes, trials
        Counts, ``0 ≤ successes ≤ trials``, ``trials ≥ 1``.
    confidence
        Confidence of every interval and bound, strictly between 0 and 1.

    Raises
    ------
    InputError
        If the counts or the confidence are not as above.

    Notes
    -----
    Clopper & Pearson (1934): exact, that is, the coverage is at least ``confidence`` for every true probability and
    every number of trials.

    Examples
    --------
    >>> print(Proportion(19, 20))
    19 of 20 (95.0 %), 99 % interval [0.682, 1.000]
    >>> Proportion(20, 20).contradicts(0.1), Proportion(10, 20).contradicts(0.1)
    (False, True)
    """

    successes: int
    trials: int
    confidence: float = 0.99

    def __post_init__(self) -> None:
        for name, count in (("successes", self.successes), ("trials", self.trials)):
            if isinstance(count, bool) or not isinstance(count, int | np.integer):
                raise InputError(f"expected a whole number of {name} but got {count!r}")
        if self.trials < 1:
            raise InputError(f"a proportion needs at least 1 trial but got trials = {self.trials}")
        if not 0 <= self.successes <= self.trials:
            raise InputError(f"expected 0 ≤ successes ≤ {self.trials} but got {self.successes}")
        check_confidence(self.confidence)

    def _bounds(self, count: int, alternative: Literal["two-sided", "greater", "less"]) -> tuple[float, float]:
        from scipy.stats import binomtest

        test = binomtest(int(count), int(self.trials), alternative=alternative)
        ends = test.proportion_ci(confidence_level=self.confidence, method="exact")
        return float(ends.low), float(ends.high)

    @property
    def estimate(self) -> float:
        """Observed fraction."""
        return self.successes / self.trials

    @property
    def interval(self) -> tuple[float, float]:
        """Two-sided interval of the success probability."""
        return self._bounds(self.successes, "two-sided")

    @property
    def lower(self) -> float:
        """One-sided lower bound on the success probability."""
        return self._bounds(self.successes, "greater")[0]

    @property
    def upper(self) -> float:
        """One-sided upper bound on the success probability."""
        return self._bounds(self.successes, "less")[1]

    def contradicts(self, delta: float) -> bool:
        """Whether the failures contradict "the failure probability is at most δ": its lower bound exceeds δ.

        If the statement is true, this happens with probability at most ``1 − confidence``.

        Raises
        ------
        InputError
            If ``delta`` is not in [0, 1].
        """
        if not 0 <= delta <= 1:
            raise InputError(f"expected a failure probability delta in [0, 1] but got {delta!r}")
        return self._bounds(self.trials - self.successes, "greater")[0] > delta

    def __str__(self) -> str:
        ends = interval(*self.interval, places=3)
        observed = f"{self.successes} of {self.trials} ({100 * self.estimate:.1f} %)"
        return f"{observed}, {100 * self.confidence:g} % interval {ends}"
