"""Germs: functions of time near time 0, as power series with the first terms known.

A solution of a differential equation has no formula in general, but its series at time 0 can be computed: the
evaluation of proofs along flows uses such series for values at times just after 0. Arithmetic is exact if the terms
are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import factorial

from flint import arb, fmpq

Exact = fmpq | arb


class Unknown(Exception):
    """The value cannot be found at this point: not determined, circular, or too expensive."""


@dataclass(frozen=True, eq=False)
class Germ:
    """``c_0 + c_1 ε + … + c_m ε^m + o(ε^m)`` for small times ε > 0.

    Examples
    --------
    >>> from flint import fmpq
    >>> t = Germ((fmpq(0), fmpq(1), fmpq(0)))
    >>> ((1 + t) * (1 - t)).terms
    (1, 0, -1)
    >>> (1 + t).inverse().terms
    (1, -1, 1)
    >>> (t**2 - t).sign(lambda x: (x > 0) - (x < 0))
    -1
    """

    terms: tuple[Exact, ...]

    def _with(self, other: Germ | Exact | int) -> tuple[tuple[Exact, ...], tuple[Exact, ...]]:
        if not isinstance(other, Germ):
            other = Germ((fmpq(0) + other, *(fmpq(0) for _ in self.terms[1:])))
        known = min(len(self.terms), len(other.terms))
        return self.terms[:known], other.terms[:known]

    def __add__(self, other: Germ | Exact | int) -> Germ:
        return Germ(tuple(x + y for x, y in zip(*self._with(other), strict=True)))

    def __sub__(self, other: Germ | Exact | int) -> Germ:
        return Germ(tuple(x - y for x, y in zip(*self._with(other), strict=True)))

    def __mul__(self, other: Germ | Exact | int) -> Germ:
        a, b = self._with(other)
        return Germ(tuple(sum((a[i] * b[k - i] for i in range(k + 1)), fmpq(0)) for k in range(len(a))))

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other: Exact | int) -> Germ:
        return -self + other

    def __neg__(self) -> Germ:
        return Germ(tuple(-x for x in self.terms))

    def __pow__(self, exponent: int) -> Germ:
        out = Germ((fmpq(1), *(fmpq(0) for _ in self.terms[1:])))
        for _ in range(exponent):
            out = out * self
        return out

    def __truediv__(self, other: Exact | int) -> Germ:
        return Germ(tuple(x / other for x in self.terms))

    def inverse(self) -> Germ:
        """One over a germ whose value at 0 is not 0."""
        first = 1 / self.terms[0]
        out: list[Exact] = [first]
        for k in range(1, len(self.terms)):
            out.append(-first * sum((self.terms[i] * out[k - i] for i in range(1, k + 1)), fmpq(0)))
        return Germ(tuple(out))

    def root(self, first: Exact) -> Germ:
        """The square root whose value at 0 is ``first``, which is not 0."""
        out: list[Exact] = [first]
        for k in range(1, len(self.terms)):
            mixed = sum((out[i] * out[k - i] for i in range(1, k)), fmpq(0))
            out.append((self.terms[k] - mixed) / (2 * first))
        return Germ(tuple(out))

    def through(self, derivatives: Sequence[Exact]) -> Germ:
        """A function of the germ, from its derivatives at the value at 0."""
        moved = Germ((fmpq(0), *self.terms[1:]))
        return sum((moved**k * (derivative / factorial(k)) for k, derivative in enumerate(derivatives)), moved - moved)

    def derivative(self) -> Germ:
        """The derivative, known to one term less."""
        return Germ(tuple(k * x for k, x in enumerate(self.terms))[1:])

    def sign(self, of: Callable[[Exact], int | None]) -> int | None:
        """The sign of the first non-zero term; 0 if all known terms are 0; None if undecided."""
        for term in self.terms:
            sign = of(term)
            if sign != 0:
                return sign
        return 0


__all__ = ["Exact", "Germ", "Unknown"]
