"""Dual numbers a + bε with ε² = 0: differentiation that owes nothing to SymPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Dual:
    """``value + slope·ε``. Both parts are ints or Fractions.

    Examples
    --------
    >>> (Dual(3, 1) * Dual(3, 1) + 5).slope
    6
    """

    value: Any
    slope: Any = 0

    @staticmethod
    def of(number: Any) -> Dual:
        """A dual number; a constant has slope 0."""
        return number if isinstance(number, Dual) else Dual(number)

    def __add__(self, other: Any) -> Dual:
        other = Dual.of(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    def __mul__(self, other: Any) -> Dual:
        other = Dual.of(other)
        return Dual(self.value * other.value, self.value * other.slope + self.slope * other.value)

    def __pow__(self, exponent: int) -> Dual:
        if exponent == 0:
            return Dual(1)
        return Dual(self.value**exponent, exponent * self.value ** (exponent - 1) * self.slope)

    __radd__ = __add__
    __rmul__ = __mul__
