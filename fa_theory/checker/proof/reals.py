"""Real numbers of the second check: exact rationals where possible, balls elsewhere, and germs of functions of time.

What is not decided, too long or not a number of this kind raises `Unknown`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import cmp_to_key

from flint import arb, fmpq

from .germs import Exact, Germ, Unknown

Real = fmpq | arb | Germ
MAX_BITS = 20_000
"""Largest rational that is calculated with."""
EQUAL = arb(2) ** -80
"""Two balls that agree to this accuracy count as equal."""
NO_DEGREE_6 = (1, -6, 15, -20, 15, -6, 1)
FIRST, MIDDLE = (-137, 300, -300, 200, -75, 12, 0), (-1, 9, -45, 0, 45, -9, 1)
"""From seven values in steps of 1: what is 0 for a polynomial of degree ≤ 5, and 60 times its slope there."""


def exact(x: Real) -> Exact:
    """A number that is no function of time."""
    if isinstance(x, Germ):
        raise Unknown("a function of time")
    return x


def rational(value: Fraction) -> fmpq:
    """A fraction in the arithmetic that is used here."""
    return fmpq(value.numerator, value.denominator)


def shown(x: Exact) -> str:
    """A number in a message."""
    return str(x) if isinstance(x, fmpq) else x.str(6, radius=False)


def approximate(x: Real) -> float:
    """A float near a number."""
    near = float(arb(exact(x)))
    if not math.isfinite(near):
        raise Unknown("a number beyond all bounds")
    return near


def sign(x: Real) -> int | None:
    """-1, 0 or 1; None if a ball is too wide to decide."""
    if isinstance(x, Germ):
        return x.sign(sign)
    if x > 0:
        return 1
    if x < 0:
        return -1
    return 0 if -EQUAL < x < EQUAL else None


def certain_sign(x: Real) -> int:
    """-1, 0 or 1."""
    found = sign(x)
    if found is None:
        raise Unknown("a ball that is too wide")
    return found


def _bits(x: Real) -> int:
    return x.height_bits() if isinstance(x, fmpq) else 0


def times(x: Real, y: Real) -> Real:
    """A product; a factor that is 0 makes it exactly 0."""
    if x == 0 or y == 0:
        return fmpq(0)
    if _bits(x) + _bits(y) > MAX_BITS:
        raise Unknown("a number that is too long")
    return x * y


def power(x: Real, exponent: int) -> Real:
    """A power."""
    if _bits(x) * abs(exponent) > MAX_BITS:
        raise Unknown("a number that is too long")
    return x**exponent


def inverse(x: Real) -> Real:
    """One over a number; 0 for 0."""
    if not isinstance(x, Germ):
        return fmpq(0) if certain_sign(x) == 0 else 1 / x
    if certain_sign(x.terms[0]) == 0:
        raise Unknown("one over a function of time that is 0 at time 0")
    return x.inverse()


def root(x: Real) -> Real:
    """The square root; 0 for a negative number."""
    if isinstance(x, Germ):
        if certain_sign(x.terms[0]) != 1:
            raise Unknown("the root of a function of time that is not positive at time 0")
        return x.root(exact(root(x.terms[0])))
    if certain_sign(x) <= 0:
        return fmpq(0)
    if isinstance(x, fmpq):
        found = fmpq(math.isqrt(int(x.p)), math.isqrt(int(x.q)))
        return found if found * found == x else arb(x).sqrt()
    return x.sqrt()


def slope(values: Sequence[Real], *, first: bool) -> Real:
    """The derivative of a polynomial of degree ≤ 5 from its values at 0, 1, …, 6: at 0, or at 3."""
    if sign(_dot(NO_DEGREE_6, values)) != 0:
        raise Unknown("no polynomial in time")
    return _dot(FIRST if first else MIDDLE, values) / 60


def _dot(weights: Sequence[int], values: Sequence[Real]) -> Real:
    return sum((weight * value for weight, value in zip(weights, values, strict=True)), fmpq(0))


def normal(degree: int) -> list[tuple[Real, Real]]:
    """Points with weights that have the moments of a standard normal number up to a degree (Gauss and Hermite)."""
    squares: list[tuple[Exact, Exact]]
    if degree <= 5:
        middle, squares = fmpq(2, 3), [(fmpq(3), fmpq(1, 6))]
    elif degree <= 9:
        r = exact(root(fmpq(10)))
        middle, squares = fmpq(8, 15), [(5 - r, (7 + 2 * r) / 60), (5 + r, (7 - 2 * r) / 60)]
    else:
        raise Unknown("a moment of an order that is too high")
    return [(fmpq(0), middle), *((s * root(square), weight) for square, weight in squares for s in (1, -1))]


def largest_eigenvalue(symmetric: Sequence[Sequence[Real]]) -> Real:
    """In closed form for matrices of at most two rows, and for diagonal ones."""
    match symmetric:
        case [[a, b], [_, d]]:
            return (a + d + root(times(a - d, a - d) + 4 * times(b, b))) / 2
        case _ if all(certain_sign(x) == 0 for i, row in enumerate(symmetric) for k, x in enumerate(row) if i != k):
            diagonal = [row[i] for i, row in enumerate(symmetric)]
            return max(diagonal, key=cmp_to_key(_compared))
        case _:
            raise Unknown("an eigenvalue of a matrix with more than two rows")


def _compared(x: Real, y: Real) -> int:
    return certain_sign(x - y)


def semidefinite(lower: Sequence[Sequence[Exact]]) -> bool | None:
    """Whether a symmetric matrix, given by its lower half, is positive semidefinite; None where that is too close."""
    rest = [list(row) for row in lower]
    while rest:
        pivot, column = rest[0][0], [row[0] for row in rest[1:]]
        match sign(pivot):
            case None:
                return None
            case -1:
                return False
            case 0:
                signs = [sign(x) for x in column]
                if any(signs):
                    return False
                if None in signs:
                    return None
                rest = [row[1:] for row in rest[1:]]
            case _:
                rest = [
                    [x - column[k] * column[m] / pivot for m, x in enumerate(row[1:])] for k, row in enumerate(rest[1:])
                ]
    return True


__all__ = [
    "Real", "approximate", "certain_sign", "exact", "inverse", "largest_eigenvalue", "normal", "power", "rational",
    "root", "semidefinite", "shown", "sign", "slope", "times",
]  # fmt: skip
