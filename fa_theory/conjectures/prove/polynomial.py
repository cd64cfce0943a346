"""Polynomials over named numbers (atoms), with rational coefficients and rational exponents."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from fa_theory.conjectures.language import effort

from .shapes import NotProvable

Monomial = tuple[tuple[str, Fraction], ...]
"""Atoms and their exponents, in the order of names."""
Poly = dict[Monomial, Fraction]
LARGEST = 400
TERM = 3.0
"""Units of work (`effort`) for every term of a product."""

UNIT: Monomial = ()


def number(c: Fraction) -> Poly:
    """A constant."""
    return {UNIT: c} if c else {}


def atom(name: str, exponent: Fraction = Fraction(1)) -> Poly:
    """A power of an atom."""
    return {((name, exponent),): Fraction(1)}


def plus(*parts: Poly) -> Poly:
    """Sum."""
    found: Poly = {}
    for part in parts:
        for m, c in part.items():
            found[m] = found.get(m, Fraction(0)) + c
    return {m: c for m, c in found.items() if c}


def scaled(x: Poly, by: Fraction, m: Monomial = UNIT) -> Poly:
    """Multiply by one term."""
    effort.spend(TERM * len(x))
    return {joined(own, m): c * by for own, c in x.items()} if by else {}


def minus(x: Poly, z: Poly) -> Poly:
    """Difference."""
    return plus(x, scaled(z, Fraction(-1)))


def times(*parts: Poly) -> Poly:
    """Product.

    Raises
    ------
    NotProvable
        If it has too many terms.
    """
    found = number(Fraction(1))
    for part in parts:
        if len(found) * len(part) > LARGEST:
            raise NotProvable(f"more than {LARGEST} terms")
        found = plus(*(scaled(found, c, m) for m, c in part.items()))
    return found


def joined(a: Monomial, b: Monomial) -> Monomial:
    """Product of two monomials."""
    powers = dict(a)
    for name, exponent in b:
        powers[name] = powers.get(name, Fraction(0)) + exponent
    return tuple(sorted((name, e) for name, e in powers.items() if e))


def power(m: Monomial, exponent: Fraction) -> Monomial:
    """Power of a monomial."""
    return tuple((name, e * exponent) for name, e in m)


def names(x: Poly) -> set[str]:
    """The atoms that occur."""
    return {name for m in x for name, _ in m}


def substituted(x: Poly, name: str, value: Poly) -> Poly:
    """Put a polynomial in place of an atom.

    Raises
    ------
    NotProvable
        If the atom has an exponent that is not a whole number ≥ 0.
    """
    found: Poly = {}
    for m, c in x.items():
        rest = tuple((own, e) for own, e in m if own != name)
        exponent = dict(m).get(name, Fraction(0))
        if exponent < 0 or exponent.denominator != 1:
            raise NotProvable(f"{name} has the exponent {exponent}")
        found = plus(found, scaled(times(*[value] * int(exponent)), c, rest))
    return found


def single(x: Poly) -> tuple[Monomial, Fraction] | None:
    """The only term of a polynomial, or None if it has none or several."""
    return next(iter(x.items())) if len(x) == 1 else None


def common(terms: Iterable[Monomial]) -> Monomial:
    """The greatest monomial that divides all of them, exponents possibly negative."""
    tables = [dict(m) for m in terms]
    shared = {name: min(t.get(name, Fraction(0)) for t in tables) for name in {n for t in tables for n in t}}
    return tuple(sorted((name, e) for name, e in shared.items() if e))
