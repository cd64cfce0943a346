"""Proofs of inequalities: a polynomial written as non-negative multiples of known facts plus what is visibly ≥ 0.

``D = Σ_j μ_j F_j + R`` with facts ``F_j ≥ 0``, monomials ``μ_j ≥ 0`` and a remainder ``R ≥ 0`` shows ``D ≥ 0``. The
search cancels one term of D that may be negative after the other; how it finds the multiples does not matter, because
the sum is multiplied out again at the end (`Decomposition.check`).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from fa_theory.conjectures.language import effort

from .flatten import Flatten
from .lemmas import Lemmas, PolynomialFact
from .polynomial import Monomial, Poly, joined, minus, names, plus, power, scaled
from .ranges import above
from .signs import multiplies, of_monomial, visible

DEPTH = 7
NODES, NODE = 800, 30.0
"""Most nodes of a search, and the units of work (`effort`) for every term of one."""
WIDTH = 12
HALF = Fraction(1, 2)


@dataclass(frozen=True, eq=False)
class Decomposition:
    """``goal = Σ multiplier · fact + remainder``."""

    goal: Poly
    uses: tuple[tuple[Monomial, Fraction, PolynomialFact], ...]
    remainder: Poly

    def check(self, order: Order) -> bool:
        """Multiply out again, and check that multipliers and remainder are non-negative by their ranges."""
        parts = [scaled(fact.poly, c, m) for m, c, fact in self.uses]
        if minus(self.goal, plus(self.remainder, *parts)) or not visible(self.remainder, order.of).nonnegative:
            return False
        return all(c > 0 and multiplies(m, order.of) for m, c, _ in self.uses)


class Order:
    """Searches for certificates within a time."""

    def __init__(self, flatten: Flatten, lemmas: Lemmas, deadline: float) -> None:
        self.of = flatten.of
        self.lemmas = lemmas
        self.deadline = deadline
        self.nodes = 0

    def prove(self, goal: Poly, *, strict: bool) -> Decomposition | None:
        """A certificate of ``goal ≥ 0`` (``> 0``), or None."""
        self.nodes = NODES
        for depth in range(DEPTH + 1):
            found = self._search(goal, [], depth, strict, set())
            if found is not None:
                certificate = Decomposition(goal, *found)
                return certificate if certificate.check(self) else None
            if self.nodes <= 0:
                break
        return None

    def _search(
        self,
        x: Poly,
        uses: list[tuple[Monomial, Fraction, PolynomialFact]],
        depth: int,
        strict: bool,
        seen: set[object],
    ) -> tuple[tuple[tuple[Monomial, Fraction, PolynomialFact], ...], Poly] | None:
        effort.spend(NODE * (1 + len(x)))
        found = visible(x, self.of)
        if found.nonnegative and (not strict or found.positive or self._strictly(uses)):
            return tuple(uses), x
        self.nodes -= 1
        key = (frozenset(x.items()), self._strictly(uses))
        if depth == 0 or self.nodes <= 0 or key in seen or effort.passed(self.deadline):
            return None
        seen.add(key)
        bad = [(m, c) for m, c in sorted(x.items()) if not (of_monomial(m, self.of) * above(c, c)).nonnegative]
        # the terms that may be negative first; for a strict conclusion also the others
        for m, c in bad[:2] if bad else sorted(x.items()):
            for multiplier, factor, fact, rest in self._candidates(x, m, c):
                deeper = self._search(rest, [*uses, (multiplier, factor, fact)], depth - 1, strict, seen)
                if deeper is not None:
                    return deeper
        return None

    def _strictly(self, uses: list[tuple[Monomial, Fraction, PolynomialFact]]) -> bool:
        return any(fact.strict and of_monomial(m, self.of).positive for m, _, fact in uses)

    def _candidates(self, x: Poly, m: Monomial, c: Fraction) -> list[tuple[Monomial, Fraction, PolynomialFact, Poly]]:
        """Facts a non-negative multiple of which has just this term, and what is left; the most promising first."""
        found = []
        facts = {id(fact): fact for name in sorted(names(x)) for fact in self.lemmas.about(name)}
        for fact in [*self._squares(x, m, c), *facts.values()]:
            for own, coefficient in fact.poly.items():
                if coefficient * c < 0 or not {name for name, _ in own} & {name for name, _ in m}:
                    continue
                multiplier = joined(m, power(own, Fraction(-1)))
                if multiplies(multiplier, self.of):
                    rest = minus(x, scaled(fact.poly, c / coefficient, multiplier))
                    found.append((multiplier, c / coefficient, fact, rest))
        found.sort(key=lambda candidate: (self._loss(candidate[3]), len(candidate[3])))
        return found[:WIDTH]

    def _loss(self, x: Poly) -> int:
        return sum(1 for m, c in x.items() if not (of_monomial(m, self.of) * above(c, c)).nonnegative)

    def _squares(self, x: Poly, m: Monomial, c: Fraction) -> Iterator[PolynomialFact]:
        """``(s u ± v)² ≥ 0`` with u² and v² among the terms and u v this term."""
        terms = [
            (own, k)
            for own, k in sorted(x.items())
            if k > 0 and all(e % 2 == 0 or self.of(name).nonnegative for name, e in own)
        ]
        for (first, a), (second, b) in itertools.combinations(terms, 2):
            u, v = power(first, HALF), power(second, HALF)
            if joined(u, v) != m:
                continue
            ratio = a / b
            s = Fraction(math.isqrt(ratio.numerator), math.isqrt(ratio.denominator))
            s = s if s * s == ratio else Fraction(1)
            square = {first: s * s, second: Fraction(1), m: 2 * s * (1 if c > 0 else -1)}
            yield PolynomialFact(square, "a square is ≥ 0")
