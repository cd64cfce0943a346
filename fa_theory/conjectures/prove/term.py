"""Terms of a multiplied-out formula, and the one text that names each of them."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import sympy

Expr = Any
"""A SymPy number."""

Label = tuple[str, str]
"""An index: the name of its range, and its name; the names of bound indices begin with ``#``."""
Factor = tuple[str, tuple[Label, ...]]
"""An entry: the name of its tensor, and its indices."""


@dataclass(frozen=True)
class SumTerm:
    """A coefficient times powers of scalars times indexed factors, summed over its bound indices."""

    coefficient: Fraction = Fraction(1)
    powers: Mapping[str, Expr] = field(default_factory=dict)
    factors: tuple[Factor, ...] = ()
    bound: tuple[Label, ...] = ()

    def __mul__(self, other: SumTerm) -> SumTerm:
        powers = dict(self.powers)
        for name, exponent in other.powers.items():
            powers[name] = powers.get(name, sympy.S.Zero) + exponent
        return SumTerm(
            self.coefficient * other.coefficient, powers, self.factors + other.factors, self.bound + other.bound
        )


def canonical(term: SumTerm) -> str:
    """One text for all ways to name the bound indices of a term: the first, in the order of texts."""
    factors, bound = _contract(term.factors, term.bound)
    powers = dict(term.powers)
    used = {label for _, labels in factors for label in labels}
    for range_name, _ in (label for label in bound if label not in used):
        powers[range_name] = powers.get(range_name, sympy.S.Zero) + 1
    scalars = [f"{name}^{powers[name]}" for name in sorted(powers) if powers[name] != 0]
    ranges: dict[str, list[Label]] = defaultdict(list)
    for label in bound:
        if label in used:
            ranges[label[0]].append(label)
    sums = [f"sum({','.join(f'{name}:{len(ranges[name])}' for name in sorted(ranges))})"] if ranges else []
    texts = (
        sorted(f"{name}[{','.join(f'{a}:{names.get((a, c), c)}' for a, c in labels)}]" for name, labels in factors)
        for names in _namings(ranges)
    )
    return " ".join(scalars + sums + min(texts))


def _namings(ranges: Mapping[str, list[Label]]) -> Iterator[dict[Label, str]]:
    orders = [itertools.permutations(ranges[name]) for name in sorted(ranges)]
    for choice in itertools.product(*orders):
        yield {label: f"#{m}" for order in choice for m, label in enumerate(order)}


def _contract(factors: tuple[Factor, ...], bound: tuple[Label, ...]) -> tuple[list[Factor], list[Label]]:
    """Use up Kronecker deltas: ``Σ_j δ_ij a_j = a_i``."""
    todo, rest = list(factors), list(bound)
    kept: list[Factor] = []
    while todo:
        name, labels = todo.pop()
        if name != "delta":
            kept.append((name, labels))
        elif labels[0] != labels[1]:
            gone, stays = labels if labels[0] in rest else labels[::-1]
            if gone in rest:
                rest.remove(gone)
                todo, kept = (
                    [(f, tuple(stays if label == gone else label for label in own)) for f, own in group]
                    for group in (todo, kept)
                )
            else:
                kept.append((name, tuple(sorted(labels, key=str))))
    return kept, rest
