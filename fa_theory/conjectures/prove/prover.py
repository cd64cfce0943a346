"""Proofs of inequalities between terms of one document: linear sums of facts, and what turns a goal into others.

Nothing here is trusted: every step is carried out by the kernel as it is written, and the finished document is
replayed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

from fa_theory.checker.proof.budget import Refused
from fa_theory.conjectures.language import effort
from fa_theory.symbolic.proof import Fact, ProofWriter, axiom, library

from .algebra import UNIT, Algebra, Mono
from .linear import Linear
from .signs import SignSearch
from .usable import UsableFact

Json = Any
DEPTH = 5
NORMS = [["fn", "sqrt"], ["fn", "op"]]


class Prover:
    """Proves formulas inside one document, with some equations put in from left to right."""

    def __init__(self, proof: ProofWriter, rules: Sequence[Fact], deadline: float) -> None:
        self.proof, self.deadline = proof, deadline
        self.algebra = Algebra(proof, rules)
        self.algebra.recognise()
        self.signs = SignSearch(self.algebra, self.combine)
        self.linear = Linear(self.algebra, self.signs)
        self.claims: list[UsableFact] = []
        self._names = itertools.count(1)
        self._said: set[object] = set()
        self._scalars: dict[str, Fact | None] = {}
        self.signs.scalar = self._scalar
        self.looked_at: list[Json] = []
        self.faults: list[str] = []
        self.level = 0
        """How hard to try: 0 without facts, 1 norms by norms of their parts, 2 with facts about what occurs, 3 also
        with those about new norms."""
        self.normwise = True
        """Whether norms are bounded by norms of their parts."""
        self.steps: list[dict[str, Json]] = []
        """Equations that write out a state by the one before."""

    def _scalar(self, term: Json) -> Fact | None:
        """A polynomial in numbers is ≥ 0."""
        known = repr(term)
        if known not in self._scalars:
            self._scalars[known] = None
            claims = [c for c in self.claims if not c.variables and self.signs.plain(self.linear.gap(c))]
            found = self.linear.items(self.algebra.poly(term), "<=", claims, self.deadline, 2)
            self._scalars[known] = None if found is None else self.combine(0, "<=", term, found[0])
        return self._scalars[known]

    def unfolded(self, entry: Json) -> Json | None:
        """An entry of a state by the state before, as the step says."""
        for step in self.steps:
            left, _, right = step["say"]
            if entry[0] != left[0] or len(entry) != len(left):
                continue
            put: dict[str, Json] = {}
            for pattern, at in zip(left[1:], entry[1:], strict=True):
                match pattern, at:
                    case [name, 1], [str() as t, int() as k] if k >= 1:
                        put[name] = [t, k - 1] if k > 1 else t
                    case [name, 1], int() if at >= 1:
                        put[name] = at - 1
                    case str(), _ if pattern in step.get("all", ()):
                        put[pattern] = at
                    case _ if pattern != at:
                        break
            else:
                return self.algebra.renamed(right, put)
        return None

    # --------------------------------------------------------------------------------------------------------- steps
    def name(self, what: str = "step") -> str:
        """A name for a step."""
        return f"{what} {len(self.proof.data['steps'])}.{next(self._names)}"

    def combine(
        self,
        left: Json,
        relation: str,
        right: Json,
        items: Sequence[dict[str, Json]],
        *,
        variables: Sequence[str] = (),
        premises: Sequence[Json] = (),
        reason: str = "",
        name: str = "",
    ) -> Fact:
        """A step of the kernel: the goal is the sum of the items, by multiplying out."""
        goal: dict[str, Json] = {"say": [left, relation, right]}
        goal |= ({"if": list(premises)} if premises else {}) | ({"all": list(variables)} if variables else {})
        plain = self.proof._unhidden(goal, frozenset(), {})
        made = [
            i | ({"times": self.proof._unhidden(i["times"], frozenset(), {})} if "times" in i else {}) for i in items
        ]
        before = self.proof.work.left
        rewrite = self.algebra.needed([plain["say"], *(i.get("times", 1) for i in made)], [i["use"] for i in made])
        fact = self.proof.step(name or self.name(), "combine", reason, goal=plain, rewrite=rewrite, items=made)
        effort.spend(UNIT * (before - self.proof.work.left))
        return fact

    def learn(self, *claims: UsableFact) -> None:
        """More facts to use."""
        for claim in claims:
            gap, said = self.linear.gap(claim), self.linear.said(claim)
            if said in self._said or not gap:
                continue
            self._said.add(said)
            self.claims.append(claim)
            self.signs.learn(claim, gap)

    def hypothesis(self, name: str, formula: dict[str, Json], why: str = "") -> UsableFact:
        """Assume a formula without premises, and use it as a fact."""
        self.proof.words[name] = name
        said = self.proof.data["hypotheses"][name] = self.proof._unhidden(formula, frozenset(), {})
        with self.proof._working():
            self.proof.live.hypothesis(name, said)
        left, relation, right = said["say"]
        return UsableFact(left, relation, right, lambda: Fact(name), why, tuple(said.get("all", ())))

    # --------------------------------------------------------------------------------------------------------- goals
    def prove(self, left: Json, relation: str, right: Json, depth: int = DEPTH) -> Fact | None:
        """A fact that says this, or None."""
        if effort.passed(self.deadline):
            return None
        found = self._linear(left, relation, right, rounds=0)
        if found is not None or depth == 0 or not self.level:
            return found
        from .facts import Facts

        found = self._normed(left, relation, right)
        if found is not None or self.level == 1:
            return found
        self.looked_at.append(["-", right, left])
        Facts(self).about(["-", right, left], 2 * (self.level - 1))
        found = self._linear(left, relation, right, rounds=self.level)
        if found is not None:
            return found
        if relation == "=":
            return self._both(left, right, depth)
        for tactic in (self._split, self._rooted, self._topped):
            found = tactic(left, relation, right, depth)
            if found is not None or effort.passed(self.deadline):
                return found
        return None

    def _normed(self, left: Json, relation: str, right: Json) -> Fact | None:
        """An upper bound of norms by norms of their parts, without a look at entries."""
        from .facts import Facts

        gap = self.algebra.gap(left, right)
        if relation == "=" or not self.normwise or any(atom.bound for m in gap for atom, _ in m.atoms):
            return None
        above, below = (
            [self.algebra.factor_json(f) for atom in dict.fromkeys(atoms) for f in atom.factors]
            for atoms in (
                [atom for m, c in gap.items() if c < 0 for atom, _ in m.atoms],
                [atom for m, c in gap.items() if c > 0 for atom, _ in m.atoms],
            )
        )
        norms, others = (
            [t for t in terms if isinstance(t, list) and t[:2] in known]
            for terms, known in ((above, NORMS), (below, [*NORMS, ["fn", "top"]]))
        )
        if not norms:
            return None
        plain = [c for c in self.claims if not c.variables and self.linear.plain(c)]
        return self._linear(left, relation, right, 8, [*Facts(self).above(norms, others), *plain])

    def _linear(
        self, left: Json, relation: str, right: Json, rounds: int = 3, only: Sequence[UsableFact] | None = None
    ) -> Fact | None:
        gap = self.algebra.gap(left, right)
        for _ in range(4):
            claims = self.claims if only is None else [c for c in only if not c.failed]
            try:
                found = self.linear.items(gap, relation, claims, self.deadline, rounds, upward=only is not None)
                break
            except Refused as reason:  # a claim that cannot be proved is a fault of ours, and is left alone
                self.faults.append(str(reason))
                self.claims = [c for c in self.claims if not c.failed]
                self.signs.forget()
        else:
            return None
        if found is None:
            return None
        return self.combine(left, relation, right, found[0], reason="; ".join(dict.fromkeys(found[1]))[:1900])

    def _both(self, left: Json, right: Json, depth: int) -> Fact | None:
        low = self.prove(left, "<=", right, depth - 1)
        high = self.prove(right, "<=", left, depth - 1) if low is not None else None
        if low is None or high is None:
            return None
        low, high = (
            self.combine(a, "<=", b, [{"use": f.ref}]) for a, b, f in ((left, right, low), (right, left, high))
        )
        return self.proof.use(library.equal_if_both())(left, right, given=[low, high])

    # ------------------------------------------------------------------------------------------------------- tactics
    def _split(self, left: Json, relation: str, right: Json, depth: int) -> Fact | None:
        """|x| and max(x, y) by cases."""
        for term in applications(["-", right, left]):
            match term:
                case ["fn", "abs", x]:
                    a, b = 0, x
                    low, high = (x, axiom("abs_up"), [x]), (["-", x], axiom("abs_down"), [x])
                case ["fn", "max", x, y]:
                    a, b = x, y
                    low, high = (y, axiom("max_right"), [x, y]), (x, axiom("max_left"), [x, y])
                case _:
                    continue
            if self._decided(a, b):
                continue
            kept = list(self.claims), set(self._said)
            facts = []
            for (other, known_as, at), p, rel, q in ((low, a, "<=", b), (high, b, "<", a)):
                name = self.name("case")
                case = self.hypothesis(name, {"say": [p, rel, q]}, "a case")
                weak = self.combine(p, "<=", q, [{"use": name}])
                value = UsableFact(term, "=", other, partial(known_as, *at, given=[weak]), "the value in this case")
                self.learn(case, value)
                sides = [replaced(side, term, other) for side in (left, right)]
                found = self.prove(sides[0], relation, sides[1], depth - 1)
                if found is not None:
                    known = proved(sides[0], relation, sides[1], found)
                    items = self.linear.items(self.algebra.gap(left, right), relation, [known, value], self.deadline, 2)
                    found = None if items is None else self.combine(left, relation, right, items[0])
                self.claims, self._said = list(kept[0]), set(kept[1])
                self.signs.forget(case)
                if found is None:
                    return None
                facts.append(found)
            split = [self.proof._unhidden(side, frozenset(), {}) for side in (a, b)]
            return self.proof.step(self.name(), "cases", split=split, low=facts[0].ref, high=facts[1].ref)
        return None

    def _decided(self, a: Json, b: Json) -> bool:
        """Whether a case is assumed already."""
        for claim in self.claims:
            if claim.why == "a case" and {repr(claim.left), repr(claim.right)} == {repr(a), repr(b)}:
                return True
        return False

    def _bounded(self, left: Json, right: Json, function: str) -> Iterator[tuple[Json, Fraction, Mono, Json]]:
        """Functions that the goal bounds from above: the term, its factor, and the bound."""
        gap = self.algebra.gap(left, right)
        for m, c in gap.items():
            if c >= 0 or len(m.atoms) != 1 or m.atoms[0][1] != 1 or m.atoms[0][0].bound:
                continue
            (factor,) = m.atoms[0][0].factors if len(m.atoms[0][0].factors) == 1 else (None,)
            if factor is None or sum(m.atoms[0] in other.atoms for other in gap) > 1:
                continue
            term = self.algebra.factor_json(factor)
            if not isinstance(term, list) or term[:2] != ["fn", function]:
                continue
            scale = Mono(m.sizes, ())
            back = self.algebra.mono_json(Mono(tuple((s, -e) for s, e in m.sizes), ()))
            rest = ["-", ["+", right, ["*", str(-c), self.algebra.mono_json(scale), term]], left]
            yield term, -c, scale, ["*", str(1 / -c), back, rest]

    def _finish(self, left: Json, relation: str, right: Json, fact: Fact, c: Fraction, scale: Mono) -> Fact:
        sign = self.signs.of(scale)
        assert sign is not None
        signed = self.linear._scaled(sign, c)
        item = {"use": fact.ref, "times": ["*", str(c), sign.term], "sign": signed}
        return self.combine(left, relation, right, [item])

    def _rooted(self, left: Json, relation: str, right: Json, depth: int) -> Fact | None:
        """``√x ≤ c`` from ``0 ≤ c`` and ``x ≤ c²``."""
        if relation != "<=":
            return None
        for term, c, scale, bound in self._bounded(left, right, "sqrt"):
            fact = self.root(term, bound, depth)
            if fact is not None:
                return self._finish(left, relation, right, fact, c, scale)
        return None

    def root(self, term: Json, bound: Json, depth: int = 2, sign: Fact | None = None) -> Fact | None:
        """``√x ≤ bound``."""
        inside = term[2]
        square = self.squared(inside)
        if square is None:
            return None
        self.learn(square)
        low = sign or self.prove(0, "<=", bound, depth - 1)
        high = self.prove(inside, "<=", ["^", bound, 2], depth - 1) if low is not None else None
        if low is None or high is None:
            return None
        weak = self.combine(0, "<=", bound, [{"use": low.ref}])
        squares = self.combine(["^", term, 2], "<=", ["^", bound, 2], [{"use": high.ref}, {"use": square.fact().ref}])
        return self.proof.use(library.root())(term, bound, given=[weak, squares])

    def squared(self, inside: Json, variables: Sequence[str] = ()) -> UsableFact | None:
        """``√x² = x`` where x has a sign."""
        sign = self.signs._written(inside) or self.signs.of_term(inside)
        term = ["fn", "sqrt", inside]

        def made() -> Fact:
            assert sign is not None
            weak = self.combine(0, "<=", inside, [{"use": sign.fact.ref}])
            fact = axiom("sqrt_square")(inside, given=[weak])
            return self.combine(["^", term, 2], "=", inside, [{"use": fact.ref}], variables=variables)

        return None if sign is None else UsableFact(["^", term, 2], "=", inside, made, "", tuple(variables))

    def _diagonal(self, v: str, sort: str, term: Json, bound: Json, depth: int) -> Fact | None:
        """``Σ_i v_i² x_i ≤ c Σ v²`` from ``x_i ≤ c`` for all i: the largest entry is at most what all are."""
        match term:
            case ["fn", "top", ["of", [i, j], ["*", ["delta", a, b], x]]] if [i, j] == [a, b]:
                k = self.algebra.fresh(sort)
                entry = self.algebra.renamed(x, {i: k, j: k})
                fact = self.prove(entry, "<=", bound, depth - 1)
                if fact is None:
                    return None
                square = self.proof.use(library.square())([v, k])
                item = {"use": fact.ref, "times": ["^", [v, k], 2], "over": [k], "sign": square.ref}
                form = ["sum", [i, j], ["*", [v, i], ["*", ["delta", i, j], x], [v, j]]]
                return self.combine(form, "<=", ["*", bound, ["sum", [i], ["^", [v, i], 2]]], [item])
            case _:
                return None

    def _topped(self, left: Json, relation: str, right: Json, depth: int) -> Fact | None:
        """``λ_max(M) ≤ c`` from ``vᵀMv ≤ c‖v‖²`` for all v."""
        if relation != "<=":
            return None
        for term, c, scale, bound in self._bounded(left, right, "top"):
            _, _, [_, (i, j), entry] = term
            sort = self.proof.data["indices"][i]
            v = f"v{sum(name.startswith('v') for name in self.proof.data['tensors']) + 1}"
            self.algebra.vector(v, sort)
            form = ["sum", [i, j], ["*", [v, i], entry, [v, j]]]
            limit = ["*", bound, ["sum", [i], ["^", [v, i], 2]]]
            here = self._diagonal(v, sort, term, bound, depth) or self.prove(form, "<=", limit, depth - 1)
            if here is None:
                continue
            every = self.combine(form, "<=", limit, [{"use": here.ref}], variables=[v])
            least = axiom("top_least", sort)(["of", [i, j], entry], bound, given=[every])
            return self._finish(left, relation, right, least, c, scale)
        return None


def proved(left: Json, relation: str, right: Json, fact: Fact) -> UsableFact:
    """A claim whose proof is there."""
    return UsableFact(left, relation, right, lambda: fact)


def replaced(term: Json, old: Json, new: Json) -> Json:
    """A term with another one in place of a part."""
    if term == old:
        return new
    return [replaced(part, old, new) for part in term] if isinstance(term, list) else term


def applications(term: Json) -> Iterator[Json]:
    """Functions in a term that stand under no binder, the outer ones first."""
    match term:
        case ["fn", _, *arguments]:
            yield term
            for argument in arguments:
                yield from applications(argument)
        case ["sum" | "of", *_]:
            return
        case list():
            for part in term[1:]:
                yield from applications(part)
