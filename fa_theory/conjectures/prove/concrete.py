"""Proofs for domains of few small shapes: one document for each shape, about the entries of its networks.

The kernel has no words for slices, stacks, determinants, inverses and further arrays of networks of every size; for
one shape they are written out (`cells`).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from fa_theory.checker.proof import Refused, replay
from fa_theory.checker.proof.evaluate import evaluate
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.declare import Conjecture
from fa_theory.conjectures.language.expression import Expr, Statement
from fa_theory.conjectures.language.networks import Networks, NetworkShape
from fa_theory.seeds import generator
from fa_theory.symbolic.proof import Fact, ProofWriter, library

from .activations import ELEMENTARY, properties
from .algebra import Mono
from .along import Along
from .cells import Cells
from .goals import Goal, goals
from .proof import ConjectureProof
from .prover import Prover
from .rules import Attempt, Found
from .shapes import NotProvable
from .statement import Said, number
from .usable import UsableFact
from .words import words

Json = Any
SHAPES, DOCUMENTS = 40, 60
"""Most shapes, and most documents, of one proof."""
LEVELS = (0, 1, 2)
SQUARES = 24
"""Most squares that are tried besides those that the search finds."""
WITNESSES = 30
"""Networks drawn in search of one that satisfies the hypotheses of a document."""
RELATIONS = {"ge": "<=", "gt": "<", "eq": "="}


def by_entries(conjecture: Conjecture, *, deadline: float, notify: Callable[[str], None]) -> ConjectureProof | None:
    """A proof for each shape of the domain; None if there are too many shapes, or one has no proof."""
    shapes = _shapes(conjecture)
    if shapes is None:
        return None
    documents: list[dict[str, Json]] = []
    lemmas: dict[str, None] = {}
    conditions: dict[str, None] = {}
    seen: set[str] = set()
    try:
        todo = [(Entries(conjecture, shape), shape) for shape in shapes]
        for place, (said, shape) in enumerate(todo):
            until = effort.now() + (deadline - effort.now()) / (len(todo) - place) * min(3, len(todo) - place)
            for which, goal in enumerate(said.goals):
                same = repr((goal, said.relevant(goal), shape.activation if said.cells.functions else ""))
                if same in seen:
                    continue
                found = _proved(conjecture, shape, which, min(until, deadline), notify)
                if found is None or len(documents) == DOCUMENTS:
                    return None
                seen.add(same)
                documents.append(found.document)
                lemmas |= dict.fromkeys(found.lemmas)
                conditions |= dict.fromkeys(found.conditions)
    except (NotProvable, Refused, RecursionError) as reason:
        notify(f"no proof by entries: {reason}")
        return None
    text, tex = words(conjecture)
    return ConjectureProof("entries", text, tex, tuple(conditions), tuple(lemmas), tuple(documents))


def _shapes(conjecture: Conjecture) -> list[NetworkShape] | None:
    """All shapes of the domain, the largest first, where a failure is soonest seen; None if there are too many."""
    domain = conjecture.domain
    names = ("n", "d", "p", "steps", *(("k",) if domain.k is not None else ()))
    ranges = [domain.whole(name) for name in names]
    count = len(domain.activations)
    for low, high in ranges:
        count *= high - low + 1
    if count > SHAPES:
        return None
    made = [
        domain.shape(dict(zip(names, sizes, strict=True)), activation)
        for sizes in itertools.product(*(range(low, high + 1) for low, high in ranges))
        for activation in domain.activations
    ]
    return sorted((s for s in made if domain.contains_shape(s)), key=lambda s: -s.size)


def _proved(
    conjecture: Conjecture, shape: NetworkShape, which: int, deadline: float, notify: Callable[[str], None]
) -> Found | None:
    attempts: dict[tuple[str, ...], Concrete] = {}
    for level in LEVELS:
        for mode in (("step",), ()):
            if effort.passed(deadline):
                return None
            try:
                if mode not in attempts:
                    attempts[mode] = Concrete(conjecture, shape, which, mode, deadline)
                if mode == () and not attempts[mode].definitions:
                    continue
                found = attempts[mode].found(level, deadline)
            except (NotProvable, Refused, RecursionError) as reason:
                notify(f"no proof by entries: {reason}")
                continue
            if found is not None:
                return found
    return None


class Entries:
    """What a conjecture says of the networks of one shape."""

    def __init__(self, conjecture: Conjecture, shape: NetworkShape) -> None:
        self.cells = Cells(conjecture.domain, shape, conjecture.run)
        self.goals = [said for s in conjecture.statements for said in self._said(s)]
        self.assumed: list[tuple[str, Said]] = []
        for name, statements in conjecture.hypotheses.items():
            found: list[Said] = []
            for statement in statements:
                try:
                    found += self._said(statement, given=True)
                except NotProvable:  # what is left out is not assumed
                    continue
            self.assumed += [(f"{name} ({k})" if k else name, said) for k, said in enumerate(found)]
        free = set(self.cells.free)
        self.known = [
            (name, Said((), [], left, relation, right), why)
            for name, left, relation, right, why in self.cells.known()
            if _scalars([left, right]) & free
        ]
        self.definitions = [
            (f"STEP {name}", Said((), [], name, "=", term), "a step of the rule")
            for name, term in self.cells.definitions.items()
        ]

    def relevant(self, goal: Said) -> list[Said]:
        """What is assumed that shares names with a goal, directly or not."""
        names = _scalars([goal.left, goal.right])
        found: list[Said] = []
        before = -1
        others = [s for _, s in self.assumed] + [s for _, s, _ in (*self.known, *self.definitions)]
        defined = set(self.cells.definitions)
        while before != len(found):
            before = len(found)
            for said in others:
                own = _scalars([said.left, said.right])
                reached = said.left in names if isinstance(said.left, str) and said.left in defined else own & names
                if said not in found and (reached or said in [s for _, s in self.assumed]):
                    found.append(said)
                    names |= own
        return found

    def _said(self, statement: Expr | Statement, *, given: bool = False) -> Iterator[Said]:
        """What a statement says; of alternatives at least one of which is strict, no more than is known if given."""
        if isinstance(statement, Statement) and statement.relation == "or":
            yield from self._compared("gt" if statement.strict and not given else "ge", statement.right, ())
            return
        if isinstance(statement, Statement) and statement.right.op == "least_over_time":
            yield from self._compared("gt" if statement.strict else "ge", statement.right, ())
            return
        for goal in goals(statement):
            yield from self._opened(goal, ())

    def _opened(self, goal: Goal, t: tuple[int, ...]) -> Iterator[Said]:
        bound = any(part.time is not None and part.time.bound for part in _outside(goal.x))
        if bound or _clocked(goal.x):
            raise NotProvable("a statement about every time is not written out")
        yield from self._compared(goal.relation, goal.x, t)

    def _compared(self, relation: str, x: Expr, t: tuple[int, ...]) -> Iterator[Said]:
        """The entries of a formula are ≥ 0, > 0 or = 0."""
        while x.op == "named":
            x = x.args[0]
        if x.op == "least_over_time" and relation != "eq":
            for moment in self.cells.moments(x, t):
                yield from self._compared(relation, x.args[0], (*t, moment))
            return
        if x.op == "smallest" and relation != "eq":
            yield from self._compared(relation, x.args[0], t)
            return
        if x.op == "sub":
            low, high = np.broadcast_arrays(self.cells.value(x.args[1], t), self.cells.value(x.args[0], t))
            for left, right in zip(low.flat, high.flat, strict=True):
                yield Said((), [], left.json, RELATIONS[relation], right.json)
            return
        for cell in self.cells.value(x, t).flat:
            yield Said((), [], 0, RELATIONS[relation], cell.json)


def _outside(x: Expr) -> Iterator[Expr]:
    """The parts of a formula that are not under a time that is bound in it."""
    yield x
    if not x.op.endswith("_over_time"):
        for arg in x.args:
            yield from _outside(arg)


def _clocked(x: Expr) -> bool:
    return any(part.op == "clock" for part in _outside(x))


class Concrete(Attempt):
    """One conclusion for the networks of one shape."""

    def __init__(
        self, conjecture: Conjecture, shape: NetworkShape, which: int, mode: tuple[str, ...], deadline: float
    ) -> None:
        self.conjecture, self.shape, self.mode, self.deadline = conjecture, shape, mode, deadline
        said = self.said = Entries(conjecture, shape)
        self.goal, self.assumed = said.goals[which], said.assumed
        self.known = said.known
        needed = said.relevant(self.goal)
        self.definitions = [each for each in said.definitions if each[1] in needed]
        self.conditions = []
        self.proof = ProofWriter(conjecture.name)
        P = self.proof
        names = {*said.cells.free, *said.cells.definitions}
        P.data["tensors"] |= {name: [] for name in sorted(names)} | {"x": []}
        P.data["functions"] |= dict.fromkeys(sorted(said.cells.functions), 1)
        if "psi" in P.data["functions"] or "psi'" in P.data["functions"]:
            P.data["functions"] |= {"psi": 1, "psi'": 1}
        P._declared()
        self.claims = []
        self.prover = Prover(P, self._assumed(), deadline)
        self.relevant = []
        self.along = Along(self)
        self.meant = False
        self._taught()

    def _assumed(self) -> list[Fact]:
        for name, said, _ in (*self.known, *self.definitions):
            self._hypothesis(name, said)
        if "psi" in self.proof.data["functions"]:
            for name, formula, source in properties((self.shape.activation,)):
                self._cite(name, formula, source)
        for function in ("exp", "log", "sign"):
            if function in self.proof.data["functions"]:
                for name, formula, source in ELEMENTARY[function]:
                    self._cite(name, formula, source)
        for name, said in self.assumed:
            self._hypothesis(name, said)
            self.claims.append(self._claim(name, said, f"hypothesis “{name}”"))
        return [Fact(name) for name, _, _ in self.definitions] if "step" in self.mode else []

    def _taught(self) -> None:
        learn = self.prover.learn
        for name, said, why in self.known:
            learn(self._claim(name, said, why))
            if name.endswith("low") and isinstance(said.left, int | str) and Fraction(said.left) > 0:
                learn(self._positive(name, said))
        if "step" not in self.mode:
            learn(*(self._claim(name, said, why) for name, said, why in self.definitions))
        learn(*self.claims)
        for base in itertools.islice(self._differences(), SQUARES):
            made = partial(self.proof.use(library.square()), base)
            learn(UsableFact(0, "<=", ["^", base, 2], made, "a square is ≥ 0"))

    def _differences(self) -> Iterator[Json]:
        """``u − v`` and ``u + v`` for the products uv in the goal whose factors are different entries."""
        algebra = self.prover.algebra
        for m in algebra.gap(self.goal.left, self.goal.right):
            atoms = [atom for atom, count in m.atoms]
            if m.sizes or len(atoms) not in (2, 4) or any(count != 1 for _, count in m.atoms):
                continue
            for own in itertools.combinations(atoms[1:], len(atoms) // 2 - 1):
                u = algebra.mono_json(Mono((), tuple((a, 1) for a in atoms if a in (atoms[0], *own))))
                v = algebra.mono_json(Mono((), tuple((a, 1) for a in atoms if a not in (atoms[0], *own))))
                yield ["-", u, v]
                yield ["+", u, v]

    def found(self, level: int, deadline: float) -> Found | None:
        """The document, or None; at first by the sign of the goal as it is written."""
        goal, signs = self.goal, self.prover.signs
        if level == 0 and goal.left == 0 and goal.relation == "<=":
            sign = signs._written(goal.right)
            if sign is not None:
                if not self.meant:
                    self._conditions()
                    self.meant = True
                return self._finished(self.prover.combine(0, "<=", goal.right, [{"use": sign.fact.ref}]))
        return super().found(level, deadline)

    def _mentioned(self) -> Iterator[str]:
        """What is proved of states with other names holds of any numbers in their place."""
        yield from ()

    def _witnessed(self, document: dict[str, Json]) -> dict[str, Json]:
        """With numbers at which the checker sees the hypotheses hold, if random ones do not."""
        for witness in (None, *self._drawn(document.get("tensors", {}))):
            made = document if witness is None else document | {"witness": witness}
            proof = replay(made)
            hypotheses = tuple(proof.theorem.hypotheses.values())
            if evaluate(hypotheses, proof.theorem.formula, witness=proof.witness, points=1).met:
                return made
        return document

    def _drawn(self, declared: Collection[str]) -> Iterator[list[dict[str, Json]]]:
        """Networks drawn from the domain, in short decimals; rows of length 1 become unit vectors."""
        rng = generator(0, "witness", self.conjecture.name)
        domain = self.conjecture.domain
        for _ in range(WITNESSES):
            drawn = domain.sample(self.shape, rng, 1)
            values = dict(_numbers(drawn))
            if domain.inputs in ("sphere", "orthonormal") and "X" not in domain.data:
                turn = int(rng.integers(self.shape.d))
                for i, h in np.ndindex(self.shape.n, self.shape.d):
                    at = (
                        i + turn
                        if domain.inputs == "orthonormal"
                        else int(rng.integers(self.shape.d))
                        if h < 0
                        else turn
                    )
                    values[f"X.{i}.{h}"] = Fraction(int(h == at % self.shape.d))
            yield [{"say": [name, "=", number(x)]} for name, x in values.items() if name in declared]


def _numbers(drawn: Networks) -> Iterator[tuple[str, Fraction]]:
    parts = {name: getattr(drawn, name)[0] for name in ("X", "y", "W", "beta", "b", "eta", "lam")}
    parts |= {name: drawn.array(name)[0] for name in drawn.arrays}
    for name, array in parts.items():
        for at in np.ndindex(*np.shape(array)):
            x = float(np.asarray(array)[at])
            yield ".".join([name, *map(str, at)]), Fraction(round(x * 64), 64)


def _scalars(x: Json) -> set[str]:
    if isinstance(x, str):
        return {x}
    parts = x.values() if isinstance(x, dict) else x if isinstance(x, list) else ()
    return set().union(*map(_scalars, parts))


__all__ = ["by_entries"]
