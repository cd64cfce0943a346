"""Ranges of polynomials from the ranges of their atoms."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from .polynomial import Monomial, Poly, common, joined, power
from .ranges import Range, above

Of = Callable[[str], Range]
"""From an atom to its range."""
SCALARS = frozenset(("eta", "lam", "n", "d", "p", "k", "T"))
NOTHING = Range(Fraction(0), Fraction(0))


def of_monomial(m: Monomial, of: Of) -> Range:
    """Range of a product of powers of atoms, where it is defined."""
    found = above(Fraction(1), Fraction(1))
    for name, exponent in m:
        found = found * of(name).raised(exponent)
    return found


def of_sum(x: Poly, of: Of) -> Range:
    """Range of a polynomial, term by term."""
    found = NOTHING
    for m, c in x.items():
        found = found + of_monomial(m, of) * above(c, c)
    return found


def visible(x: Poly, of: Of) -> Range:
    """Range of a polynomial whose terms are collected as monomials times polynomials in η, λ and sizes.

    From a polynomial in η, λ and sizes the shared factor is pulled out first: η − η²λ is η (1 − ηλ).
    """
    groups: dict[Monomial, Poly] = {}
    for m, c in x.items():
        outside = tuple((name, e) for name, e in m if name not in SCALARS)
        groups.setdefault(outside, {})[tuple((name, e) for name, e in m if name in SCALARS)] = c
    found = NOTHING
    for outside, inside in groups.items():
        shared = common(inside)
        rest = {joined(m, power(shared, Fraction(-1))): c for m, c in inside.items()}
        found = found + of_monomial(outside, of) * (of_monomial(shared, of) * of_sum(rest, of))
    return found


def multiplies(m: Monomial, of: Of) -> bool:
    """Whether a monomial is defined and ≥ 0 for every network: it divides only by what is never 0."""
    return of_monomial(m, of).nonnegative and all(e > 0 or of(name).positive for name, e in m)
