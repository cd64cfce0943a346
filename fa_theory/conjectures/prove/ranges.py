"""Ranges of real numbers with rational ends."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from fa_theory.conjectures.language import effort
from fa_theory.model.activations import Span

ZERO, ONE = Fraction(0), Fraction(1)
FINE = Fraction(1, 2**20)
PRODUCT = 10.0
"""Units of work (`effort`) for a product of ranges."""


@dataclass(frozen=True, slots=True)
class Range:
    """``low ≤ x ≤ high``, None where there is no bound; ``positive``: x > 0."""

    low: Fraction | None = None
    high: Fraction | None = None
    positive: bool = False

    @property
    def nonnegative(self) -> bool:
        """x ≥ 0."""
        return self.low is not None and self.low >= 0

    def __neg__(self) -> Range:
        return above(None if self.high is None else -self.high, None if self.low is None else -self.low)

    def __add__(self, other: Range) -> Range:
        low = None if self.low is None or other.low is None else self.low + other.low
        high = None if self.high is None or other.high is None else self.high + other.high
        both = self.nonnegative and other.nonnegative
        return above(low, high, both and (self.positive or other.positive))

    def __mul__(self, other: Range) -> Range:
        effort.spend(PRODUCT)
        positive = self.positive and other.positive
        if self.nonnegative and other.nonnegative:
            assert self.low is not None
            assert other.low is not None
            high = None if self.high is None or other.high is None else self.high * other.high
            return above(self.low * other.low, high, positive)
        if self.is_nonpositive and other.is_nonpositive:
            return (-self) * (-other)
        if self.is_nonpositive and other.nonnegative:
            return -((-self) * other)
        if self.nonnegative and other.is_nonpositive:
            return -(self * (-other))
        ends = (self.low, self.high, other.low, other.high)
        if any(end is None for end in ends):
            return Range()
        products = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]  # type: ignore[operator]
        return Range(min(products), max(products))

    @property
    def is_nonpositive(self) -> bool:
        """x ≤ 0."""
        return self.high is not None and self.high <= 0

    def __or__(self, other: Range) -> Range:
        low = None if self.low is None or other.low is None else min(self.low, other.low)
        high = None if self.high is None or other.high is None else max(self.high, other.high)
        return above(low, high, self.positive and other.positive)

    def absolute(self) -> Range:
        """Of |x|."""
        if self.nonnegative:
            return self
        high = None if self.low is None or self.high is None else max(-self.low, self.high)
        return Range(ZERO, high)

    def inverse(self) -> Range:
        """Of 1/x, where x is not 0."""
        if not self.nonnegative:
            return -(-self).inverse() if self.is_nonpositive else Range()
        return Range(1 / self.high if self.high else ZERO, 1 / self.low if self.low else None, True)

    def __pow__(self, exponent: int) -> Range:
        if exponent < 0:
            return (self**-exponent).inverse()
        base, found = self.absolute() if exponent % 2 == 0 else self, Range(ONE, ONE, True)
        for _ in range(exponent):
            found = found * base
        return found

    def raised(self, exponent: Fraction) -> Range:
        """Of ``x^exponent``, where it is defined; one that is not whole only occurs for x ≥ 0."""
        if exponent.denominator == 1:
            found: Range = self ** int(exponent)
            return found
        if exponent.denominator != 2:
            return Range(ZERO, None, self.positive or exponent < 0)
        root = above(_root(self.low or ZERO), None if self.high is None else _root(self.high) + FINE, self.positive)
        return root.raised(2 * exponent)


def _root(x: Fraction) -> Fraction:
    """At most √x, by less than `FINE`."""
    return Fraction(math.isqrt(math.floor(x / FINE**2))) * FINE if x > 0 else ZERO


def above(low: Fraction | None, high: Fraction | None, positive: bool = False) -> Range:
    """A range that is positive if ``low`` is, or if that is known otherwise."""
    return Range(low, high, positive or (low is not None and low > 0))


NONNEGATIVE, POSITIVE, UNIT = Range(ZERO), Range(ZERO, None, True), Range(-ONE, ONE)


def of_span(span: Span) -> Range:
    """What an activation declares of its values or slopes.

    Examples
    --------
    >>> of_span(Span(0, 1, strict_low=True))
    Range(low=Fraction(0, 1), high=Fraction(1, 1), positive=True)
    """
    low, high = (None if end is None else Fraction(end) for end in (span.low, span.high))
    return above(low, high, low == 0 and span.strict_low)
