"""Expected values of monomials in random entries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import factorial
from typing import TypeVar

from .budget import need, spend
from .monomials import DELTA, Factor, Label, Monomial, Place, head, products
from .terms import Distribution

T = TypeVar("T")
Random = tuple[int, tuple[Place, ...]]
"""A tensor of the law, and a position in it."""


def expectation(monomial: Monomial, law: Distribution, mine: dict[str, int], names: frozenset[str]) -> list[Monomial]:
    """The mean of a monomial; ``mine`` maps heads to the random tensors, ``names`` are their bound names.

    Factors without random entries are constants. A random entry inside a function is rejected.
    """
    random = [(mine[f.head], f.at) for f in monomial.factors if f.head in mine]
    constant = tuple(f for f in monomial.factors if f.head not in mine)
    need(not any(f.head.tensors & names for f in constant), "a random entry stands inside a function")
    rest = monomial._replace(factors=constant)
    return _gauss(rest, random) if law.kind == "gauss" else _slices(rest, law, random)


def _gauss(rest: Monomial, random: list[Random]) -> list[Monomial]:
    """Isserlis: the sum over all pairings of products of covariances, δ for two entries of one tensor."""
    out = []
    for pairs in _pairings(random):
        spend(1 + len(rest.factors) + len(random))
        same = tuple(Factor(DELTA, (i, j)) for (_, a), (_, b) in pairs for i, j in zip(a, b, strict=True))
        out.append(rest._replace(factors=rest.factors + same))
    return out


def _slices(rest: Monomial, law: Distribution, random: list[Random]) -> list[Monomial]:
    """Independent slices: ``E[A_r B_u …] = Σ_partitions of {r, u, …} Π_blocks δ(block) · joint cumulant(block)``.

    Proof: for fixed values of r, u, … let π be the partition by equal values. The left side is the product over blocks
    of π of the joint moments, which is the sum of products of cumulants over all refinements of π; these are the
    partitions whose δ do not vanish. A cumulant is ``Σ_partitions (-1)^(m-1) (m-1)! Π moments``, m parts.
    """
    place = [axes.index(law.axis) for axes in law.axes]
    slices: dict[Label, list[Random]] = {}
    for k, at in random:
        slices.setdefault(at[place[k]][0], []).append((k, at[: place[k]] + at[place[k] + 1 :]))

    def moment(labels: list[Label]) -> Monomial:
        entries = sorted(entry for label in labels for entry in slices[label])
        groups = tuple((k, len(at)) for k, at in entries)
        what = head(("moment", law, groups), frozenset(), f"moment of {law.name}", groups)
        return Monomial(Fraction(1), {}, (Factor(what, tuple(p for _, at in entries for p in at)),), ())

    out: list[Monomial] = []
    for blocks in _partitions(list(slices)):
        terms = [rest]
        for block in blocks:
            same = tuple(Factor(DELTA, ((block[0], 0), (label, 0))) for label in block[1:])
            cumulant = []
            for parts in _partitions(block):
                sign = Fraction((-1) ** (len(parts) - 1) * factorial(len(parts) - 1))
                term = [Monomial(sign, {}, same, ())]
                for part in parts:
                    term = products(term, [moment(part)])
                cumulant += term
            terms = products(terms, cumulant)
        out += terms
    return out


def _pairings(items: Sequence[Random]) -> Iterator[list[tuple[Random, Random]]]:
    spend(1)
    if not items:
        yield []
    for m in range(1, len(items)):
        if items[m][0] == items[0][0]:
            for more in _pairings([*items[1:m], *items[m + 1 :]]):
                yield [(items[0], items[m]), *more]


def _partitions(items: Sequence[T]) -> Iterator[list[list[T]]]:
    spend(1)
    if not items:
        yield []
        return
    for more in _partitions(items[1:]):
        yield [[items[0]], *more]
        for m, block in enumerate(more):
            yield [*more[:m], [items[0], *block], *more[m + 1 :]]
