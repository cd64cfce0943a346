"""Proofs for networks of every size, by identities and known inequalities."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.declare import Conjecture
from fa_theory.conjectures.language.expression import Expr, Statement, parts

from .bounds import EntryBounds
from .entries import Entries
from .flatten import Flatten
from .goals import Goal, goals
from .lemmas import Lemmas, PolynomialFact
from .order import Decomposition, Order
from .polynomial import Poly, names, scaled, substituted
from .proof import ConjectureProof, written
from .shapes import NotProvable, axes
from .signs import SCALARS
from .squares import Known, sum_of_squares
from .states import Resolve
from .term import Label, SumTerm, canonical
from .words import words

CASES = 16
ALL = ("", "t", "T")
MODES = ((ALL, False), (ALL, True), (("t",), False), ((), False))
"""Of which kinds states are written out, and whether errors are left as they are."""


def by_rules(conjecture: Conjecture, *, deadline: float, notify: Callable[[str], None]) -> ConjectureProof | None:
    """A proof for all networks of the domain, whatever their size; None if the rules do not reach that far.

    First with the states written out by the steps of the rule, then with more and more of them left arbitrary.
    """
    for unroll, opaque in MODES:
        now = effort.now()
        try:
            proof = _Attempt(conjecture, unroll, opaque, now + (deadline - now) / 2).proof()
        except (NotProvable, RecursionError) as reason:
            notify(f"no proof by rules: {reason}")
            continue
        if proof is not None:
            return proof
        if effort.passed(deadline):
            break
    return None


class _Attempt:
    def __init__(self, conjecture: Conjecture, unroll: tuple[str, ...], opaque: bool, deadline: float) -> None:
        self.conjecture = conjecture
        domain = conjecture.domain
        self.goals = [goal for statement in conjecture.statements for goal in goals(statement)]
        self.assumed = [
            (name, goal)
            for name, statements in conjecture.hypotheses.items()
            for statement in statements
            for goal in _understood(statement)
        ]
        formulas = [goal.x for goal in self.goals] + [goal.x for _, goal in self.assumed]
        self.resolve = Resolve(domain, formulas, unroll=unroll, opaque=opaque)
        self.entries = Entries(domain.activations)
        self.flatten = Flatten(EntryBounds(domain, self.entries), self.entries)
        self.known = Known()
        self.lemmas = Lemmas(self.flatten, self.resolve.path_length)
        self.order = Order(self.flatten, self.lemmas, deadline)
        self.checked: list[tuple[str, Poly, Decomposition | None]] = []

    def proof(self) -> ConjectureProof | None:
        # the hypotheses come first: what they divide by is not 0
        for name, goal in self.assumed:
            self.assume(name, goal)
        for goal in self.goals:
            if not self.shown(goal.relation, self.resolve(goal.x)):
                return None
        return self.written()

    def assume(self, name: str, goal: Goal) -> None:
        try:
            x = self.resolve(goal.x)
            at = tuple((axis, f"at{i}") for i, axis in enumerate(axes(x)))
            if goal.relation != "eq":
                self.flatten.bounds.assumed.append((x, goal.relation == "gt"))
                found = self.entries.normal(x, at)
                ((c, term),) = found.values() if len(found) == 1 else [(0, SumTerm())]
                # λ and T may be 0, so λ f ≥ 0 does not say f ≥ 0
                if c > 0 and not {"lam", "T"} & term.powers.keys():
                    bare = canonical(SumTerm(factors=term.factors, bound=term.bound))
                    (self.known.entries if x.rank else self.known.sums).add(bare)
            if x.rank:
                return
            poly = self.flatten(x)
        except NotProvable:
            return  # a hypothesis that is not used
        because = f"hypothesis “{name}”"
        self.lemmas.given.append(PolynomialFact(poly, because, goal.relation == "gt"))
        if goal.relation == "eq":
            self.lemmas.given.append(PolynomialFact(scaled(poly, Fraction(-1)), because))

    def shown(self, relation: str, x: Expr) -> bool:
        labels = tuple((name, f"at{m}") for m, name in enumerate(axes(x)))
        if relation != "gt" and self._vanishes(x, labels):
            self.checked.append(("eq", {}, None))
            return True
        if relation == "ge" and self._squares(x, labels):
            self.checked.append(("eq", {}, None))
            return True
        poly = self.flatten(x, labels)
        if relation == "eq":
            return self.nonnegative(poly, False) and self.nonnegative(scaled(poly, Fraction(-1)), False)
        return self.nonnegative(poly, relation == "gt")

    def _squares(self, x: Expr, labels: tuple[Label, ...]) -> bool:
        try:
            self.flatten(x, labels)
            return sum_of_squares(self.entries.normal(x, labels), self.known)
        except NotProvable:
            return False

    def _vanishes(self, x: Expr, labels: tuple[Label, ...]) -> bool:
        try:
            self.flatten(x, labels)  # notes where it is not defined
            return not self.entries.normal(x, labels)
        except NotProvable:
            return False

    def nonnegative(self, poly: Poly, strict: bool) -> bool:
        for cases in (False, True):
            polys = list(self.cases(poly)) if cases else [poly]
            if cases and (polys == [poly] or len(polys) > CASES):
                return False
            found = [self.order.prove(case, strict=strict) for case in polys]
            if all(found):
                self.checked += [("gt" if strict else "ge", c.goal, c) for c in found if c is not None]
                return True
        return False

    def cases(self, poly: Poly) -> Iterator[Poly]:
        """A smallest or largest entry is some entry; a maximum or minimum is one of its arguments."""
        choices: list[list[tuple[str, Poly]]] = []
        for m, name in enumerate(sorted(names(poly))):
            for x, labels in self.flatten.atoms[name].written[:1]:
                if self.flatten.atom(x, labels) != {((name, Fraction(1)),): Fraction(1)}:
                    continue
                if x.op in ("smallest", "largest"):
                    at = tuple((axis, f"some{m}.{i}") for i, axis in enumerate(axes(x.args[0])))
                    choices.append([(name, self.flatten(x.args[0], at))])
                elif x.op in ("max", "min"):
                    parts = [self.flatten(arg, labels[len(labels) - arg.rank :]) for arg in x.args]
                    choices.append([(name, part) for part in parts])
        for choice in itertools.islice(itertools.product(*choices), CASES + 1):
            case = poly
            for name, value in choice:
                case = substituted(case, name, value)
            yield case

    def written(self) -> ConjectureProof:
        used = {use[2].because: None for _, _, c in self.checked if c is not None for use in c.uses}
        own = words(self.conjecture)
        return ConjectureProof(
            method="rules",
            words=own[0],
            latex=own[1],
            conditions=tuple(self.flatten.conditions),
            lemmas=tuple(used),
            record=self.record(),
        )

    def record(self) -> dict[str, Any]:
        polys = [poly for _, poly, _ in self.checked]
        polys += [use[2].poly for _, _, c in self.checked if c is not None for use in c.uses]
        polys += [{use[0]: use[1]} for _, _, c in self.checked if c is not None for use in c.uses]
        known = sorted({name for poly in polys for name in names(poly)})
        short = {name: name if name in SCALARS else f"a{i}" for i, name in enumerate(known)}
        ends = {name: self.flatten.of(name) for name in known}
        return {
            "atoms": [
                [short[name], self.meaning(name), _end(r.low), _end(r.high), r.positive] for name, r in ends.items()
            ],
            "goals": [
                {
                    "relation": relation,
                    "goal": written(poly, short),
                    "uses": [
                        {
                            "multiplier": written({m: c}, short)[0],
                            "fact": written(fact.poly, short),
                            "because": fact.because,
                            "strict": fact.strict,
                        }
                        for m, c, fact in (certificate.uses if certificate is not None else ())
                    ],
                }
                for relation, poly, certificate in self.checked
            ],
        }

    def meaning(self, name: str) -> str:
        """What an atom is, multiplied out."""
        return name


def _understood(statement: Expr | Statement) -> list[Goal]:
    """A hypothesis as goals; one on every step says nothing of the last state, and is left out."""
    sides = (statement.left, statement.right) if isinstance(statement, Statement) else (statement,)
    if any(part.op == "least_over_time" and part.value for side in sides for part in parts(side)):
        return []
    try:
        return list(goals(statement))
    except NotProvable:
        return []


def _end(end: Fraction | None) -> str | None:
    return None if end is None else str(end)
