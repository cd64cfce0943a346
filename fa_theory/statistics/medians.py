"""Exact confidence intervals of a median, from order statistics."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import comb, inf, isnan

from fa_theory.errors import InputError

from .binomial import check_confidence


def median_interval(values: Sequence[float], confidence: float = 0.99) -> tuple[float, float]:
    """Confidence interval of the median of a distribution on ``[0, ∞]``.

    Of n independent values at most k − 1 are below every median, or at most k − 1 above it, each with probability
    ``P(Bin(n, ½) < k)`` at most, whatever the distribution. So the k-th smallest and the k-th largest enclose it with
    at least the stated confidence, if k is the largest number for which twice that probability is at most the rest.

    Parameters
    ----------
    values
        Non-negative numbers; ``inf`` for what is never reached.
    confidence
        Strictly between 0 and 1.

    Returns
    -------
    (float, float)
        ``(0, inf)`` if there are too few values.

    Raises
    ------
    InputError
        If a value is negative or not a number, or the confidence is not as above.

    Examples
    --------
    >>> median_interval([float(x) for x in range(1, 21)], 0.95)
    (6.0, 15.0)
    >>> median_interval([1.0, 2.0, 3.0], 0.95)
    (0, inf)
    """
    check_confidence(confidence)
    for x in values:
        if isnan(x) or x < 0:
            raise InputError(f"expected non-negative numbers but got {x!r}")
    n, ordered, below, k = len(values), sorted(values), 0, 0
    rest = (1 - Fraction(confidence)) / 2
    while k < n and Fraction(below := below + comb(n, k), 2**n) <= rest:
        k += 1
    return (ordered[k - 1], ordered[n - k]) if k else (0, inf)
