"""Which multiples of known facts add up to a goal: linear programming over normal forms.

A goal ``0 ≤ p`` follows if p is a sum of non-negative multiples of what is known to be ≥ 0. Multiples are tried whose
monomials occur already; a linear program in floats says which of them to take, and exact arithmetic how often.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from fa_theory.checker.proof.budget import Refused
from fa_theory.checker.proof.monomials import Factor, Label, Monomial
from fa_theory.checker.proof.normal import CONSTANT
from fa_theory.conjectures.language import effort
from fa_theory.symbolic.proof import library
from fa_theory.symbolic.proof.search import multipliers

from .algebra import ONE, Algebra, Json, Mono, Poly, mono
from .signs import SignSearch, matches, place_json
from .squares import Squares, SquareTerm
from .usable import Sign, UsableFact

ROUNDS, COLUMNS, MONOS = 3, 700, 400
ENTRY, MATCH = 1.5, 3.0
"""Units of work (`effort`) for every entry of a linear program, and for a monomial that is looked for in another."""


@dataclass(eq=False)
class Column:
    """A fact times a factor: its normal form, and the item of the step that uses it."""

    poly: Poly
    relation: str
    item: Callable[[Fraction], dict[str, Json]]
    why: str


class Linear:
    """Finds such sums."""

    def __init__(self, algebra: Algebra, signs: SignSearch) -> None:
        self.algebra, self.signs, self.squares = algebra, signs, Squares(algebra, signs)

    def gap(self, claim: UsableFact) -> Poly:
        """``right − left`` of a claim."""
        if claim.gap is None:
            claim.gap = self.algebra.gap(claim.left, claim.right)
        return claim.gap

    def said(self, claim: UsableFact) -> object:
        """What a claim says: the same for claims that differ in form only."""
        return frozenset(self.gap(claim).items()), claim.relation, claim.variables

    def plain(self, claim: UsableFact) -> bool:
        """Whether a claim is about norms, sizes and numbers only."""
        return not any(atom.bound for m in self.gap(claim) for atom, _ in m.atoms)

    def items(
        self,
        goal: Poly,
        relation: str,
        claims: Sequence[UsableFact],
        deadline: float,
        rounds: int = ROUNDS,
        *,
        upward: bool = False,
    ) -> tuple[list[dict[str, Json]], list[str]] | None:
        """Items of a step that proves ``goal relation 0``-wise, and reasons; None if none were found.

        If ``upward``, facts are only used where what they bound from above occurs.
        """
        columns: list[Column] = []
        frontier = dict.fromkeys(goal)
        seen: set[Any] = set()
        new = list(frontier)
        for depth in range(rounds + 1):
            if relation != "=":
                columns += self._sign_columns(new, seen)
            added: list[Mono] = []
            if depth == 1 and relation != "=":
                for square in self._squares(goal):
                    columns.append(square)
                    added += [m for m in square.poly if m not in frontier]
                    frontier |= dict.fromkeys(square.poly)
            for column in self._columns(new, claims, seen, deadline, relation, upward) if depth else ():
                columns.append(column)
                added += [m for m in column.poly if m not in frontier]
                frontier |= dict.fromkeys(column.poly)
                if len(columns) > COLUMNS:
                    break
            if depth:
                new = list(dict.fromkeys(added))
                if relation != "=":
                    columns += self._sign_columns(new, seen)
            chosen = self._solved(goal, relation, columns)
            if chosen is not None:
                return [c.item(x) for c, x in chosen], [c.why for c, _ in chosen if c.why]
            if effort.passed(deadline) or len(columns) > COLUMNS or not new or len(frontier) > MONOS:
                break
        return None

    def _columns(
        self,
        monos: Sequence[Mono],
        claims: Sequence[UsableFact],
        seen: set[Any],
        deadline: float,
        relation: str,
        upward: bool,
    ) -> Iterator[Column]:
        for claim in claims:
            if relation == "=" and claim.relation != "=":
                continue
            if effort.passed(deadline):
                return
            yield from self._multiples(claim, monos, seen, upward)

    def _sign_columns(self, monos: Sequence[Mono], seen: set[Any]) -> Iterator[Column]:
        for m in monos:
            if m == ONE or ("sign", m) in seen:
                continue
            seen.add(("sign", m))
            sign = self.signs.of(m)
            if sign is not None:
                yield Column({m: Fraction(1)}, "<" if sign.strict else "<=", partial(_plain, sign), "")

    def _squares(self, goal: Poly) -> Iterator[Column]:
        """Weighted squares that complete the goal."""
        for square in self.squares.of(goal):

            def item(c: Fraction, square: SquareTerm = square) -> dict[str, Json]:
                fact = self.signs.proof.use(library.square())(square.base)
                if square.weight is None:
                    return {"use": fact.ref, "times": str(c)}
                times = ["*", str(c), square.weight.term]
                return {"use": fact.ref, "times": times, "sign": self._scaled(square.weight, c)}

            yield Column(square.poly, "<=", item, "a square is ≥ 0")

    def _multiples(self, claim: UsableFact, monos: Sequence[Mono], seen: set[Any], upward: bool) -> Iterator[Column]:
        gap = self.gap(claim)
        if not claim.variables:
            bounded = {m: c for m, c in gap.items() if c < 0 or claim.relation == "="}
            for q in self._quotients(monos, bounded) if upward else [ONE, *self._quotients(monos, gap)]:
                if (id(claim), q) in seen:
                    continue
                seen.add((id(claim), q))
                column = self._times(claim, gap, q)
                if column is not None:
                    yield column
            return
        for m in monos:
            yield from self._inside(claim, gap, m, seen)

    def _quotients(self, monos: Sequence[Mono], gap: Poly) -> Iterator[Mono]:
        """What makes monomials of these out of those of a fact; also what clears its denominators."""
        for own in gap:
            plain, cleared = own, ONE
            for atom, count in own.atoms:
                below = self.squares.inverted(atom)
                if below is not None:
                    plain = mono(dict(plain.sizes), {a: k for a, k in plain.atoms if a != atom})
                    for _ in range(count):
                        cleared = cleared * below
            for m in monos if own.atoms else ():
                q = m.over(own)
                if q is not None:
                    yield q
                q = m.over(plain) if cleared != ONE and plain.atoms else None
                if q is not None:
                    yield q * cleared

    def _times(self, claim: UsableFact, gap: Poly, q: Mono) -> Column | None:
        poly = {m * q: c for m, c in gap.items()}
        if claim.relation == "=" or q == ONE:
            return Column(
                poly, claim.relation, lambda c: self._item(claim, (), self.algebra.mono_json(q), c), claim.why
            )
        sign = self.signs.of(q)
        if sign is None:
            return None
        relation = "<" if sign.strict and claim.relation == "<" else "<="
        return Column(
            poly,
            relation,
            lambda c: self._item(claim, (), sign.term, c) | {"sign": self._scaled(sign, c)},
            claim.why,
        )

    def _scaled(self, sign: Any, c: Fraction) -> Json:
        if c == 1:
            return sign.fact.ref
        term = ["*", str(c), sign.term]
        relation = "<" if sign.strict else "<="
        return self.signs.combine(0, relation, term, [{"use": sign.fact.ref, "times": str(c)}]).ref

    @staticmethod
    def _item(claim: UsableFact, values: Sequence[Json], factor: Json, c: Fraction) -> dict[str, Json]:
        times = str(c) if factor == 1 else factor if c == 1 else ["*", str(c), factor]
        return {"use": claim.fact(values).ref} | ({} if times == "1" else {"times": times})

    def _inside(self, claim: UsableFact, gap: Poly, m: Mono, seen: set[Any]) -> Iterator[Column]:
        """A claim for all indices, under the sums of a monomial."""
        variables = self.signs.variables(claim)
        factors, bound = self.algebra.raw(m)
        heads = {f.head for f in factors}
        effort.spend(MATCH * (1 + len(gap)))
        for own in gap:
            if not own.atoms:
                continue
            pattern, inner = self.algebra.raw(own, "pattern")
            if len(pattern) > len(factors) or any(f.head not in heads for f in pattern):
                continue
            for values, rest in matches(pattern, factors, variables | set(inner)):
                if not self._apart(values, inner, bound, rest, variables):
                    continue
                column = self._at(claim, gap, own, m, values, rest, bound, variables)
                if column is None:
                    continue
                name = (id(claim), frozenset(column.poly.items()))
                if name not in seen:
                    seen.add(name)
                    yield column

    @staticmethod
    def _apart(
        values: dict[Label, Any], inner: Sequence[Label], bound: Sequence[Label], rest: Sequence[Factor], variables: Any
    ) -> bool:
        """Whether the sums inside the claim are sums of the monomial over indices that occur nowhere else."""
        mapped = [values[label][0] for label in inner if label in values]
        others = {values[v][0] for v in variables if v in values} | {label for f in rest for label, _ in f.at}
        return len(mapped) == len(inner) == len(set(mapped)) and set(mapped) <= set(bound) and not others & set(mapped)

    def _at(
        self,
        claim: UsableFact,
        gap: Poly,
        own: Mono,
        m: Mono,
        values: dict[Label, Any],
        rest: Sequence[Factor],
        bound: Sequence[Label],
        variables: frozenset[Label],
    ) -> Column | None:
        if any(v not in values for v in variables):
            return None
        used = {values[v][0] for v in variables}
        over = [label for label in bound if label in used]
        inside = [label for label in bound if label not in used and any(label == x for f in rest for x, _ in f.at)]
        sizes = dict(m.sizes)
        for sort, e in own.sizes:
            sizes[sort] = sizes.get(sort, Fraction(0)) - e
        try:
            multiplier = self.algebra.collected(Monomial(Fraction(1), sizes, tuple(rest), tuple(inside)))
        except Refused:
            return None
        sign = None if claim.relation == "=" or multiplier == ONE else self.signs.of(multiplier)
        if claim.relation != "=" and multiplier != ONE and sign is None:
            return None
        at = [place_json(values[self._label(v)]) for v in claim.variables]
        places = {v: values[v] for v in variables}
        poly: Poly = {}
        for part, c in gap.items():
            pieces, own_bound = self.algebra.raw(part, "pattern")
            pieces = [Factor(f.head, tuple(_at_place(place, places) for place in f.at)) for f in pieces]
            both = dict(sizes)
            for sort, e in part.sizes:
                both[sort] = both.get(sort, Fraction(0)) + e
            # a sum over an index that occurs nowhere is the size of its sort
            whole = Monomial(Fraction(1), both, (*rest, *pieces), (*over, *inside, *own_bound))
            try:
                made = self.algebra.collected(whole)
            except Refused:  # too symmetric
                return None
            poly[made] = poly.get(made, Fraction(0)) + c
        poly = {x: c for x, c in poly.items() if c}
        strict = claim.relation == "<" and (sign is None or sign.strict)
        relation = "=" if claim.relation == "=" else "<" if strict else "<="
        names = [label[1] for label in over]

        def item(c: Fraction) -> dict[str, Json]:
            factor = sign.term if sign is not None else self.algebra.mono_json(multiplier)
            made = self._item(claim, at, factor, c) | ({"over": names} if names else {})
            return made | ({"sign": self._scaled(sign, c)} if sign is not None else {})

        return Column(poly, relation, item, claim.why)

    def _label(self, name: str) -> Label:
        return self.algebra.proof.data["indices"][name], name

    # ---------------------------------------------------------------------------------------------- linear programs
    @staticmethod
    def _solved(goal: Poly, relation: str, columns: Sequence[Column]) -> list[tuple[Column, Fraction]] | None:
        if relation == "=":
            columns = [c for c in columns if c.relation == "="]
        support = _guessed(goal, relation, columns)
        if support is None:
            return None
        rows: dict[Mono, Any] = {}

        def keyed(poly: Poly) -> Any:
            return tuple((CONSTANT if m == ONE else rows.setdefault(m, m), c) for m, c in poly.items())

        facts = [(keyed(columns[k].poly), columns[k].relation) for k in support]
        found = multipliers(keyed(goal), facts, relation)
        if found is None:
            return None
        return [(columns[k], c) for k, c in zip(support, found, strict=True) if c]


def _plain(sign: Sign, c: Fraction) -> dict[str, Json]:
    return {"use": sign.fact.ref, "times": str(c)}


def _at_place(place: Any, values: dict[Label, Any]) -> Any:
    label, offset = place
    if label not in values:
        return place
    new, k = values[label]
    return new, k + offset


def _guessed(goal: Poly, relation: str, columns: Sequence[Column]) -> list[int] | None:
    """Which columns a solution in floats uses."""
    rows = {m: k for k, m in enumerate(dict.fromkeys(m for c in columns for m in c.poly) | goal)}
    rows.pop(ONE, None)
    index = {m: k for k, m in enumerate(rows)}
    for m in goal:
        if m != ONE and m not in index:
            return None
    signed = [(k, s) for k, c in enumerate(columns) for s in ((1, -1) if c.relation == "=" else (1,))]
    free = float(goal.get(ONE, 0))
    if not signed or not index:
        left = [m for m in goal if m != ONE]
        good = free == 0 if relation == "=" else free > 0 if relation == "<" else free >= 0
        return [] if not left and good else None
    entries = [
        (index[m], j, s * float(c)) for j, (k, s) in enumerate(signed) for m, c in columns[k].poly.items() if m != ONE
    ]
    effort.spend(ENTRY * (1000 + 30 * len(entries)))
    constants = np.array([s * float(columns[k].poly.get(ONE, 0)) for k, s in signed])
    row, col, value = zip(*entries, strict=True) if entries else ((), (), ())
    A = coo_array((value, (row, col)), shape=(len(index), len(signed))).tocsr()
    b = np.zeros(len(index))
    for m, c in goal.items():
        if m != ONE:
            b[index[m]] = float(c)
    cost = np.array([1.0 + 0.01 * len(columns[k].poly) for k, _ in signed])
    options: dict[str, Any] = {"bounds": (0, None), "method": "highs"}
    solve: Any = linprog  # its stubs know no sparse matrices
    if relation == "=":
        both = np.vstack([A.toarray(), constants[None, :]])
        found = solve(cost, A_eq=both, b_eq=np.append(b, free), **options)
    elif relation == "<=":
        found = solve(cost, A_eq=A, b_eq=b, A_ub=constants[None, :], b_ub=[free], **options)
    else:
        strict = np.array([float(columns[k].relation == "<") for k, _ in signed])
        # what is left over and what is strict must be positive together
        found = solve(
            np.append(cost, [0.0, -1e-3]),
            A_eq=np.vstack([np.hstack([A.toarray(), np.zeros((len(index), 2))]), np.append(constants, [1.0, 0.0])]),
            b_eq=np.append(b, free),
            A_ub=np.append(-strict, [-1.0, 1.0])[None, :],
            b_ub=[0.0],
            bounds=[(0, None)] * (len(signed) + 1) + [(1e-6, 1.0)],
            method="highs",
        )
    if found.status != 0 or found.x is None:
        return None
    support = {signed[j][0] for j, x in enumerate(found.x[: len(signed)]) if x > 1e-9}
    return sorted(support)
