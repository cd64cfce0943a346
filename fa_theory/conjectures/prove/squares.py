"""Squares that complete a goal: ``q (su ± w)² ≥ 0``, which includes ``2xy ≤ x²/c + cy²`` for ``c > 0``."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, permutations
from typing import NamedTuple

from .algebra import ONE, Algebra, Atom, Json, Mono, Poly, mono
from .signs import SignSearch
from .usable import Sign

MOST = 40
"""Squares for one goal."""


@dataclass(frozen=True, eq=False)
class SquareTerm:
    """``weight · base² ≥ 0``, and the same multiplied out."""

    weight: Sign | None
    base: Json
    poly: Poly


class _Half(NamedTuple):
    """A term ``c q u²`` of a goal, with ``c > 0``."""

    whole: Mono
    c: Fraction
    q: Mono
    u: Mono


class Squares:
    """Looks for such squares."""

    def __init__(self, algebra: Algebra, signs: SignSearch) -> None:
        self.algebra, self.signs = algebra, signs

    def of(self, goal: Poly) -> Iterator[SquareTerm]:
        """Squares that have two terms with the goal in common, or one and a product."""
        seen: set[frozenset[tuple[Mono, Fraction]]] = set()
        for q, base in islice(self._bases(goal), MOST):
            weight = self.signs.of(q) if q != ONE else None
            if q != ONE and weight is None:
                continue
            square = ["^", base, 2]
            poly = self.algebra.poly(square if weight is None else ["*", weight.term, square])
            scale = min(abs(c) for c in poly.values()) if poly else 1
            same = frozenset((m, c / scale) for m, c in poly.items())
            if same not in seen:
                seen.add(same)
                yield SquareTerm(weight, base, poly)

    def _bases(self, goal: Poly) -> Iterator[tuple[Mono, Json]]:
        halves = list(self._halves(goal))
        for one, other in permutations(halves, 2):
            w = self._partner(one.q, other.whole)
            if w is not None:
                product = self.cancelled(one.q * one.u * w)
                both = goal.get(product)
                s = _root(one.c / other.c) or Fraction(1)
                for sign in (1, -1) if both is None else (1 if both > 0 else -1,):
                    yield one.q, self._sum(s, one.u, Fraction(sign), self.algebra.mono_json(w))
        for one in halves:
            back = self._reciprocal(one.q)
            for m, c in goal.items() if back is not None else ():
                v = m.over(one.u)
                if v is not None and one.u != ONE and m != one.whole:
                    yield one.q, self._sum(Fraction(1), one.u, c / (2 * one.c), ["*", self.algebra.mono_json(v), back])

    def _sum(self, s: Fraction, u: Mono, c: Fraction, w: Json) -> Json:
        return ["+", ["*", str(s), self.algebra.mono_json(u)], ["*", str(c), w]]

    def _halves(self, goal: Poly) -> Iterator[_Half]:
        """Positive terms as ``c q u²``; a sum under a root in the goal also as the square of the root."""
        roots = list(self._roots(goal))
        for m, c in goal.items():
            if c <= 0 or m == ONE:
                continue
            forms = [(m, c)]
            for square, inside, k in roots:
                rest = m.over(inside)
                if rest is not None:
                    forms.append((rest * square, c / k))
            for form, factor in forms:
                q, u = _split(form)
                yield _Half(form, factor, q, u)

    def _roots(self, goal: Poly) -> Iterator[tuple[Mono, Mono, Fraction]]:
        """``√(kx)²``, x and k for the roots in the goal."""
        for atom in dict.fromkeys(atom for m in goal for atom, _ in m.atoms if not atom.bound):
            term = self.algebra.factor_json(atom.factors[0])
            if isinstance(term, list) and term[:2] == ["fn", "sqrt"]:
                inside = self.algebra.poly(term[2])
                if len(inside) == 1:
                    ((x, k),) = inside.items()
                    yield Mono((), ((atom, 2),)), x, k

    def _partner(self, q: Mono, whole: Mono) -> Mono | None:
        """w with ``q w²`` the whole, as far as ``x · 1/x = 1`` for what occurs."""
        rest = whole.over(q)
        if rest is not None:
            return half(rest)
        w, back = half(self.cancelled(whole * q)), self._reciprocals(q)
        return None if w is None or back is None else w * back

    def cancelled(self, m: Mono) -> Mono:
        """The same without products ``x · 1/x``."""
        for atom, _ in m.atoms:
            below = self.inverted(atom)
            while below is not None and (rest := m.over(Mono((), ((atom, 1),)) * below)) is not None:
                m = rest
        return m

    def inverted(self, atom: Atom) -> Mono | None:
        """x for 1/x, if it is a monomial."""
        x = self._below(atom)
        poly = {} if x is None else self.algebra.poly(x)
        return next(iter(poly)) if len(poly) == 1 and set(poly.values()) == {1} else None

    def _below(self, atom: Atom) -> Json | None:
        template = self.algebra.templates.get(atom.factors[0].head) if len(atom.factors) == 1 else None
        if template is None or template.json[:2] != ["fn", "inv"] or atom.factors[0].at:
            return None
        return template.json[2]

    def _reciprocal(self, q: Mono) -> Json | None:
        """1/q, if q is a product of sizes and of numbers 1/x."""
        parts: list[Json] = [["size", sort, str(-e)] for sort, e in q.sizes]
        for atom, count in q.atoms:
            x = self._below(atom)
            if x is None:
                return None
            parts.append(["^", x, count])
        return ["*", 1, *parts]

    def _reciprocals(self, q: Mono) -> Mono | None:
        """The same as a monomial."""
        back = self._reciprocal(q)
        poly = {} if back is None else self.algebra.poly(back)
        return next(iter(poly)) if set(poly.values()) == {1} and len(poly) == 1 else None


def half(m: Mono) -> Mono | None:
    """The square root of a monomial, if it is one."""
    q, u = _split(m)
    return u if q == ONE else None


def _split(m: Mono) -> tuple[Mono, Mono]:
    """``q u²``, where nothing in q is a square."""
    odd = {s: e % 1 for s, e in m.sizes}
    q = mono(odd, {a: k % 2 for a, k in m.atoms})
    return q, mono({s: (e - odd[s]) / 2 for s, e in m.sizes}, {a: k // 2 for a, k in m.atoms})


def _root(x: Fraction) -> Fraction | None:
    """The root of a rational square."""
    root = Fraction(math.isqrt(x.numerator), math.isqrt(x.denominator))
    return root if root * root == x else None


__all__ = ["SquareTerm", "Squares", "half"]
