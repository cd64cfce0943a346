"""The elements of normal forms: monomials with bound indices.

A monomial is ``coefficient · Π|s|^k · Σ_bound Π factors``. A factor is a head, which identifies it up to the names of
its free indices, with places. Heads are digests, so equal heads mean the same in every document, without a table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

from .budget import need, spend

MAX_BITS = 20_000
"""Largest number of bits in a coefficient."""

Label = tuple[str, str]
"""(sort, name); bound names start with ``#`` or ``@``, a numeral is named ``0``."""
Place = tuple[Label, int]
"""A label and an offset."""


class Head(str):
    """The digest of a factor. ``tensors`` occur in it; ``groups`` are the parts of a moment; ``shown`` is its printed
    form."""

    tensors: frozenset[str]
    groups: tuple[tuple[int, int], ...]
    shown: str


def head(content: object, tensors: frozenset[str], shown: str, groups: tuple[tuple[int, int], ...] = ()) -> Head:
    """The head of a factor."""
    new = Head(hashlib.sha256(repr(content).encode()).hexdigest())
    new.tensors, new.groups, new.shown = tensors, groups, shown
    return new


DELTA = head("delta", frozenset(), "δ")


class Factor(NamedTuple):
    """A head at places."""

    head: Head
    at: tuple[Place, ...]


class Monomial(NamedTuple):
    """``coefficient · Π|s|^sizes · Σ_bound Π factors``."""

    coefficient: Fraction
    sizes: Mapping[str, Fraction]
    factors: tuple[Factor, ...]
    bound: tuple[Label, ...]


ONE = Monomial(Fraction(1), {}, (), ())


def times(a: Monomial, b: Monomial) -> Monomial:
    """The product of two monomials with distinct bound names."""
    spend(1 + len(a.factors) + len(b.factors))
    coefficient = a.coefficient * b.coefficient
    need(coefficient.numerator.bit_length() + coefficient.denominator.bit_length() < MAX_BITS, "a number is too long")
    sizes = dict(a.sizes)
    for sort, exponent in b.sizes.items():
        sizes[sort] = sizes.get(sort, Fraction(0)) + exponent
    return Monomial(coefficient, sizes, a.factors + b.factors, a.bound + b.bound)


def products(left: Iterable[Monomial], right: Iterable[Monomial]) -> list[Monomial]:
    """All products of two lists."""
    right = list(right)
    return [times(a, b) for a in left for b in right]


def moved(factors: Iterable[Factor], names: Mapping[Label, Label]) -> list[Factor]:
    """The factors with renamed labels."""
    return [Factor(f.head, tuple((names.get(label, label), offset) for label, offset in f.at)) for f in factors]
