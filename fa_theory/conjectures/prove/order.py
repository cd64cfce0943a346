"""Proofs of inequalities: a polynomial written as non-negative multiples of known facts plus what is visibly ≥ 0.

``D = Σ_j μ_j F_j + R`` with facts ``F_j ≥ 0``, monomials ``μ_j ≥ 0`` and a remainder ``R ≥ 0`` shows ``D ≥ 0``. The
search cancels one term of D that may be negative after the other; how it finds the multiples does not matter, because
the sum is multiplied out again at the end (`Certificate.check`).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from fractions import Fraction

from .flatten import Flatten
from .lemmas import Fact, Lemmas
from .polynomial import Monomial, Poly, joined, minus, plus, power, scaled
from .ranges import above
from .signs import multiplies, of_monomial, visible

DEPTH = 7
NODES = 1500


@dataclass(frozen=True, eq=False)
class Certificate:
    """``goal = Σ multiplier · fact + remainder``."""

    goal: Poly
    uses: tuple[tuple[Monomial, Fraction, Fact], ...]
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

    def prove(self, goal: Poly, *, strict: bool) -> Certificate | None:
        """A certificate of ``goal ≥ 0`` (``> 0``), or None."""
        self.nodes = NODES
        for depth in range(DEPTH + 1):
            found = self._search(goal, [], depth, strict, set())
            if found is not None:
                certificate = Certificate(goal, *found)
                return certificate if certificate.check(self) else None
            if self.nodes <= 0:
                break
        return None

    def _search(
        self, x: Poly, uses: list[tuple[Monomial, Fraction, Fact]], depth: int, strict: bool, seen: set[object]
    ) -> tuple[tuple[tuple[Monomial, Fraction, Fact], ...], Poly] | None:
        found = visible(x, self.of)
        if found.nonnegative and (not strict or found.positive or self._strictly(uses)):
            return tuple(uses), x
        self.nodes -= 1
        key = (frozenset(x.items()), self._strictly(uses))
        if depth == 0 or self.nodes <= 0 or key in seen or time.monotonic() > self.deadline:
            return None
        seen.add(key)
        bad = [(m, c) for m, c in sorted(x.items()) if not (of_monomial(m, self.of) * above(c, c)).nonnegative]
        # the terms that may be negative first; for a strict conclusion also the others
        for m, c in bad[:2] if bad else sorted(x.items()):
            for multiplier, factor, fact in self._useful(m, c):
                rest = minus(x, scaled(fact.poly, factor, multiplier))
                deeper = self._search(rest, [*uses, (multiplier, factor, fact)], depth - 1, strict, seen)
                if deeper is not None:
                    return deeper
        return None

    def _strictly(self, uses: list[tuple[Monomial, Fraction, Fact]]) -> bool:
        return any(fact.strict and of_monomial(m, self.of).positive for m, _, fact in uses)

    def _useful(self, m: Monomial, c: Fraction) -> list[tuple[Monomial, Fraction, Fact]]:
        """Facts a non-negative multiple of which has just this term."""
        found = []
        for name, _ in m:
            for fact in self.lemmas.about(name):
                for own, coefficient in fact.poly.items():
                    if coefficient * c < 0 or name not in dict(own):
                        continue
                    multiplier = joined(m, power(own, Fraction(-1)))
                    if multiplies(multiplier, self.of):
                        found.append((multiplier, c / coefficient, fact))
        return found
