"""Proofs for networks of every size: each is a document that the proof kernel replays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Any

from fa_theory.checker.proof import Refused, replay
from fa_theory.checker.proof.document import obligations
from fa_theory.checker.proof.normal import key
from fa_theory.checker.proof.terms import ZERO, Apply, Formula, Term, Variable
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.declare import Conjecture
from fa_theory.symbolic.proof import Fact, ProofWriter, library
from fa_theory.symbolic.proof.unparse import formula_json

from .activations import ELEMENTARY, properties
from .along import Along
from .facts import Facts
from .proof import ConjectureProof
from .prover import Prover
from .pruned import pruned
from .shapes import NotProvable
from .statement import POOLS, Said, Translation
from .usable import UsableFact
from .witnesses import add_witness
from .words import words

Json = Any
DEFINED = ("FEATURES", "SLOPES", "ERROR")
MODES = (("step", "define", "open"), ("step", "open"), ("define", "open"), ("open",), ())
"""Which equations are put in: steps of the rule; errors; features of linear and homogeneous networks."""
NAMES = 8
LEVELS = (0, 1, 2, 3)
SHARES = (1.0, 0.4, 0.7, 1.0)
"""Of the time left, for each level."""


def by_rules(conjecture: Conjecture, *, deadline: float, notify: Callable[[str], None]) -> ConjectureProof | None:
    """A proof for all networks of the domain, whatever their size; None if the rules do not reach that far."""
    try:
        count = len(list(Translation(conjecture).conclusions()))
    except (NotProvable, RecursionError) as reason:
        notify(f"no proof by rules: {reason}")
        return None
    documents: list[dict[str, Json]] = []
    lemmas: dict[str, None] = {}
    conditions: dict[str, None] = {}
    for which in range(count):
        found = _one(conjecture, which, deadline, notify)
        if found is None:
            return None
        documents.append(found.document)
        lemmas |= dict.fromkeys(found.lemmas)
        conditions |= dict.fromkeys(found.conditions)
    said, tex = words(conjecture)
    return ConjectureProof("rules", said, tex, tuple(conditions), tuple(lemmas), tuple(documents))


class Found:
    """One conclusion, proved."""

    def __init__(self, document: dict[str, Json], lemmas: Sequence[str], conditions: Sequence[str]) -> None:
        self.document, self.lemmas, self.conditions = document, lemmas, conditions


def _one(conjecture: Conjecture, which: int, deadline: float, notify: Callable[[str], None]) -> Found | None:
    """First without facts, whatever equations are put in, then with more and more of them."""
    attempts: list[Attempt] = []
    for level in LEVELS:
        for place, mode in enumerate(MODES):
            if effort.passed(deadline):
                return None
            try:
                if level == LEVELS[0]:
                    made = Attempt(conjecture, which, mode, deadline)
                    if made.relevant not in [other.relevant for other in attempts]:
                        attempts.append(made)
                    else:
                        continue
                elif place >= len(attempts):
                    break
                now = effort.now()
                share = SHARES[level] / (1 if level == LEVELS[0] else len(attempts) - place)
                found = attempts[-1 if level == LEVELS[0] else place].found(level, now + (deadline - now) * share)
            except (NotProvable, Refused, RecursionError) as reason:
                notify(f"no proof by rules: {reason}")
                continue
            for fault in attempts[-1 if level == LEVELS[0] else place].prover.faults:
                notify(f"a step was refused: {fault}")
            if found is not None:
                return found
    return None


class Attempt:
    """One conclusion of a conjecture, with some equations put in."""

    def __init__(self, conjecture: Conjecture, which: int, mode: Sequence[str], deadline: float) -> None:
        self.conjecture, self.mode, self.deadline = conjecture, mode, deadline
        self.translation = Translation(conjecture)
        self.goal = list(self.translation.conclusions())[which]
        self.assumed = list(self.translation.hypotheses())
        self.known = list(self.translation.known())
        self.definitions = list(self.translation.definitions())
        self.conditions: list[str] = []
        self.proof = ProofWriter(conjecture.name)
        self._declare()
        self.claims: list[UsableFact] = []
        self.prover = Prover(self.proof, self._assume(), deadline)
        said = [x for s in (self.goal, *(s for _, s in self.assumed)) for x in (s.left, s.right)]
        for time in ("T", "t"):
            said += [self.prover.algebra.renamed(x, {time: [time, 1]}) for x in said[: 2 + 2 * len(self.assumed)]]
        self.relevant = self.prover.algebra.needed(said, [])
        """The equations that change something in what is said."""
        self.prover.normwise = "ERROR" not in self.relevant
        self.along = Along(self)
        self.meant = False
        self.prover.steps = [said.json for name, said, _ in self.definitions if name.startswith("STEP")]
        self._learn()

    # --------------------------------------------------------------------------------------------------- declarations
    def _declare(self) -> None:
        P, translation = self.proof, self.translation
        P.data["sorts"] += ["n", "d", "p", *translation.outputs]
        for sort, letter in POOLS.items():
            if sort == "time" or sort in P.data["sorts"]:
                for k in range(1, NAMES + 1):
                    P.data["indices"][letter + (str(k) if k > 1 else "")] = sort
        P.data["indices"]["T"] = "time"
        formulas = [self.goal, *(s for _, s in self.assumed)]
        for name in {v for s in formulas for v in s.variables if "." in v}:
            P.data["indices"][name] = next(s for s, letter in POOLS.items() if letter == name.partition(".")[0])
        P.data["tensors"] |= {name: list(axes) for name, axes in translation.tensors.items()} | {"x": []}
        if not translation.linear:
            P.data["functions"] |= {"psi": 1, "psi'": 1}
        P.data["functions"] |= dict.fromkeys(sorted(translation.functions - {"psi", "psi'"}), 1)
        P._declared()

    def _assume(self) -> list[Fact]:
        """Hypotheses, axioms; gives the equations that are put in."""
        rules: list[Fact] = []
        for name, said, _ in (*self.known, *self.definitions):
            self._hypothesis(name, said)
            if name == "INPUTS" or said.relation != "=":
                continue
            steps = name.startswith(("STEP", "S1", "S2", "S3")) and "step" in self.mode
            error = name == "ERROR" and "define" in self.mode
            start = name in ("START_W", "START_B", "TARGETS") or (name == "FEEDBACK" and said.left[0] == "b")
            linear = name == "FEATURES" and self.translation.linear and "open" in self.mode
            if steps or error or start or linear:
                rules.append(Fact(name))
        if not self.translation.linear:
            for name, formula, source in properties(self.conjecture.domain.activations):
                self._cite(name, formula, source)
        for function in ("exp", "log", "sign"):
            if function in self.proof.data["functions"]:
                for name, formula, source in ELEMENTARY[function]:
                    self._cite(name, formula, source)
        if "ψ homogeneous" in self.proof.data["axioms"] and "open" in self.mode:
            rules.append(self._homogeneous())
        for name, said in self.assumed:
            if not said.loose:
                self._hypothesis(name, said)
                self.claims.append(self._claim(name, said, f"hypothesis “{name}”"))
        return rules

    def _hypothesis(self, name: str, said: Said) -> None:
        P = self.proof
        P.words[name] = name
        formula = P.data["hypotheses"][name] = P._unhidden(said.json, frozenset(), {})
        with P._working():
            P.live.hypothesis(name, formula)

    def _cite(self, name: str, formula: dict[str, Json], source: str) -> None:
        P = self.proof
        said = P.data["axioms"][name] = {"source": source, "statement": formula}
        with P._working():
            P.live.literature(name, said)

    def _homogeneous(self) -> Fact:
        """``Ψ = Z D``."""
        z = ["sum", ["h"], ["*", ["X", "i", "h"], ["W", "t", "r", "h"]]]
        items: list[dict[str, Json]] = [
            {"use": {"by": "FEATURES", "at": ["t", "i", "r"]}},
            {"use": {"by": "ψ homogeneous", "at": [z]}},
            {"use": {"by": "SLOPES", "at": ["t", "i", "r"]}, "times": ["*", -1, z]},
        ]
        goal = {"say": [["Psi", "t", "i", "r"], "=", ["*", z, ["D", "t", "i", "r"]]], "all": ["t", "i", "r"]}
        return self.proof.step("Ψ = ZD", "combine", "ψ(z) = zψ'(z)", goal=goal, rewrite=[], items=items)

    def _claim(self, name: str, said: Said, why: str) -> UsableFact:
        return UsableFact(said.left, said.relation, said.right, lambda: Fact(name), why, said.variables)

    # ----------------------------------------------------------------------------------------------------------- facts
    def _learn(self) -> None:
        """Facts of the domain and of the activations."""
        learn, domain = self.prover.learn, self.conjecture.domain
        for name, said, why in self.known:
            claim = self._claim(name, said, why if name.startswith(("INPUTS", "TARGETS", "FEEDBACK")) else "")
            learn(claim)
            if name == "FEEDBACK" and domain.feedback == "sign":
                learn(self._equal_at_most(name, said))
            if name.endswith("low") and said.left not in (0, "0"):
                learn(self._positive(name, said))
        if domain.inputs != "gaussian":
            square = ["^", ["X", "i", "h"], 2]
            learn(UsableFact(square, "<=", 1, self._input_entries, "an entry is at most the norm", ("i", "h")))
        if domain.targets == "bounded":
            o = tuple(POOLS[s] for s in self.translation.outputs)
            bounded = partial(self._bounded, ["y", "i", *o], ("i", *o), "TARGETS below", "TARGETS", 1)
            learn(UsableFact(["^", ["y", "i", *o], 2], "<=", 1, bounded, "", ("i", *o)))
        for name, said, why in self.definitions:
            if name not in [rule.ref for rule in self.prover.algebra.rules]:
                learn(self._claim(name, said, why))
        if not self.translation.linear:
            self._activated()
        if "sign" in self.proof.data["functions"]:
            learn(self._signed())
        learn(*self.claims)

    def _signed(self) -> UsableFact:
        """``β sign β ≥ 0``."""
        at = ("t", "r", *(POOLS[s] for s in self.translation.outputs))
        entry = ["beta", *at]
        goal = ["*", entry, ["fn", "sign", entry]]

        def made() -> Fact:
            known = Fact("x sign x ≥ 0")(entry)
            return self.prover.combine(0, "<=", goal, [{"use": known.ref}], variables=at)

        return UsableFact(0, "<=", goal, made, "β sign(β) ≥ 0", at)

    def _positive(self, name: str, said: Said) -> UsableFact:
        """``0 < η`` from a lower bound."""
        made = lambda: self.prover.combine(0, "<", said.right, [{"use": name}])  # noqa: E731
        return UsableFact(0, "<", said.right, made, "")

    def _input_entries(self) -> Fact:
        """``X_ih² ≤ Σ X² ≤ 1``."""
        P = self.prover
        square = self.proof.use(library.cauchy_schwarz_squared(), A="d")(
            ["of", ["h2"], ["delta", "h2", "h"]], ["of", ["h2"], ["X", "i", "h2"]]
        )
        items: list[dict[str, Json]] = [{"use": square.ref}]
        match self.conjecture.domain.inputs:
            case "orthonormal":
                items.append({"use": {"by": "INPUTS", "at": ["i", "i"]}})
            case _:
                items.append({"use": {"by": "INPUTS", "at": ["i"]}})
        return P.combine(["^", ["X", "i", "h"], 2], "<=", 1, items, variables=("i", "h"))

    def _bounded(self, term: Json, variables: Sequence[str], low: str, high: str, c: Json) -> Fact:
        """``x² ≤ c²`` from ``−c ≤ x ≤ c``."""
        P = self.prover
        at = list(variables)
        up = P.combine(0, "<=", ["-", c, term], [{"use": {"by": high, "at": at}}])
        down = P.combine(0, "<=", ["+", c, term], [{"use": {"by": low, "at": at}}])
        item = {"use": up.ref, "times": ["+", c, term], "sign": down.ref}
        return P.combine(["^", term, 2], "<=", ["^", c, 2], [item], variables=variables)

    def _equal_at_most(self, name: str, said: Said) -> UsableFact:
        """``x ≤ c`` from ``x = c``."""
        items: list[dict[str, Json]] = [{"use": {"by": name, "at": list(said.variables)}}]
        made = partial(self.prover.combine, said.left, "<=", said.right, items, variables=said.variables)
        return UsableFact(said.left, "<=", said.right, made, "", said.variables)

    def _activated(self) -> None:
        """What is known of ψ and ψ', of the entries of Ψ and D."""
        z = ["sum", ["h"], ["*", ["X", "i", "h"], ["W", "t", "r", "h"]]]
        at = ("t", "i", "r")
        axioms = self.proof.data["axioms"]
        for name, (tensor, definition) in {"ψ": ("Psi", "FEATURES"), "ψ'": ("D", "SLOPES")}.items():
            entry = [tensor, *at]
            for end in ("low", "high"):
                if f"{name} {end}" not in axioms:
                    continue
                left, relation, right = axioms[f"{name} {end}"]["statement"]["say"]
                left, right = (entry if isinstance(side, list) else side for side in (left, right))

                sign = 1 if end == "low" else -1
                made = partial(self._of_axiom, f"{name} {end}", definition, (left, relation, right), -sign)
                self.prover.learn(UsableFact(left, relation, right, made, "the range of " + name, at))
            if f"{name} low" in axioms and f"{name} high" in axioms:
                low = axioms[f"{name} low"]["statement"]["say"][0]
                high = axioms[f"{name} high"]["statement"]["say"][2]
                if high == 1 and low in (0, -1):
                    self.prover.learn(self._square_of(entry, at))
        if "ψ' is 0 or 1" in axioms:
            D = ["D", *at]
            factor = ["-", ["+", D, ["fn", "psi'", z]], 1]
            squares = partial(self._of_axiom, "ψ' is 0 or 1", "SLOPES", (["^", D, 2], "=", D), factor)
            self.prover.learn(UsableFact(["^", D, 2], "=", D, squares, "ψ' is 0 or 1", at))
        grown: list[tuple[str, tuple[Json, str, Json], str, Json]] = [
            ("ψ keeps signs", (0, "<=", ["*", z, ["Psi", *at]]), "z ψ(z) ≥ 0", ["*", -1, z]),
            ("ψ above identity", (z, "<=", ["Psi", *at]), "z ≤ ψ(z)", -1),
        ]
        if "ψ grows slowly" in axioms:
            steepest = axioms["ψ grows slowly"]["statement"]["say"][2][1]
            goal = (["^", ["Psi", *at], 2], "<=", ["*", steepest, ["^", z, 2]])
            both = ["+", ["Psi", *at], ["fn", "psi", z]]
            grown.append(("ψ grows slowly", goal, "|ψ(z)| ≤ L|z|", both))
        for name, goal, why, factor in grown:
            if name in axioms:
                made = partial(self._of_axiom, name, "FEATURES", goal, factor)
                self.prover.learn(UsableFact(goal[0], goal[1], goal[2], made, why, at))

    def _of_axiom(self, name: str, definition: str, goal: tuple[Json, str, Json], factor: Json) -> Fact:
        """What is known of ψ or ψ', for the entries of Ψ or D: the axiom, and the definition times a factor."""
        z, at = ["sum", ["h"], ["*", ["X", "i", "h"], ["W", "t", "r", "h"]]], ["t", "i", "r"]
        items = [{"use": {"by": name, "at": [z]}}, {"use": {"by": definition, "at": at}, "times": factor}]
        return self.prover.combine(goal[0], goal[1], goal[2], items, variables=at)

    def _square_of(self, entry: Json, at: tuple[str, ...]) -> UsableFact:
        """``x² ≤ 1`` for entries between −1 and 1."""

        def made() -> Fact:
            P = self.prover
            claims = [
                c
                for c in P.claims
                if c.variables == at and entry in (c.left, c.right) and c.why.startswith("the range")
            ]
            low = next(c for c in claims if c.right == entry).fact(at)
            high = next(c for c in claims if c.left == entry).fact(at)
            up = P.combine(0, "<=", ["-", 1, entry], [{"use": high.ref}])
            down = P.combine(0, "<=", ["+", 1, entry], [{"use": low.ref}])
            item = {"use": up.ref, "times": ["+", 1, entry], "sign": down.ref}
            return P.combine(["^", entry, 2], "<=", 1, [item], variables=at)

        return UsableFact(["^", entry, 2], "<=", 1, made, "the square of a number from −1 to 1", at)

    # ------------------------------------------------------------------------------------------------------- documents
    def found(self, level: int, deadline: float) -> Found | None:
        """The document, or None."""
        self.prover.level, self.prover.deadline = level, deadline
        if not self.meant:
            self._conditions()
            self.meant = True
        goal = self.goal
        for claim in self.claims if level > 1 else ():
            Facts(self.prover).about(["-", claim.left, claim.right], level - 2)
        fact = self.prover.prove(goal.left, goal.relation, goal.right)
        if fact is None and level and self.along.needed and "step" in self.mode:
            fact = self.along.induced()
        for time in ("T", "t"):
            if fact is None and level and time in goal.variables and not goal.premises and "step" in self.mode:
                fact = self._induced(time)
        return None if fact is None else self._finished(fact)

    def _induced(self, time: str) -> Fact | None:
        """By induction over the steps."""
        goal, prover = self.goal, self.prover
        others = tuple(v for v in goal.variables if v != time)

        def at(moment: Json) -> tuple[Json, Json]:
            put = {time: moment}
            return prover.algebra.renamed(goal.left, put), prover.algebra.renamed(goal.right, put)

        def every(sides: tuple[Json, Json], fact: Fact) -> Fact:
            return prover.combine(sides[0], goal.relation, sides[1], [{"use": fact.ref}], variables=others)

        start = prover.prove(at(0)[0], goal.relation, at(0)[1])
        if start is None:
            return None
        formula: dict[str, Json] = {"say": [goal.left, goal.relation, goal.right]} | (
            {"all": list(others)} if others else {}
        )
        name = f"before {len(self.proof.data['steps'])}"
        before = prover.hypothesis(name, formula, "the induction hypothesis")
        here = UsableFact(goal.left, goal.relation, goal.right, lambda: before.fact(others), before.why)
        said, known = set(prover._said), (before, here)
        prover.learn(*known)
        onward = prover.prove(at([time, 1])[0], goal.relation, at([time, 1])[1])
        prover.claims = [claim for claim in prover.claims if claim not in known]
        prover._said -= {prover.linear.said(claim) for claim in known} - said
        for claim in known:
            prover.signs.forget(claim)
        if onward is None:
            return None
        done = self.proof.step(
            prover.name(),
            "induction",
            "by induction over the steps",
            var=time,
            goals=[self.proof._unhidden(formula, frozenset(), {})],
            base=[every(at(0), start).ref],
            step=[every(at([time, 1]), onward).ref],
        )
        return done(time, *others)

    def _conditions(self) -> None:
        """What must be so for the statement to have a meaning: shown, or assumed and printed."""
        loose = [(name, said) for name, said in self.assumed if said.loose]
        for name, said in loose:
            self._local(name, said.assumed)
            if not said.until:
                variables = tuple(v for v in said.variables if v not in said.loose)
                free = replace(said, variables=variables)
                self.prover.learn(self._claim(name, free, f"hypothesis “{name}”"))
        self.goal.premises = [said.assumed for _, said in loose]
        inside = self.along.premise()
        if inside is not None:
            self._local("until", inside)
            self.goal.premises.append(inside)
        names = [v for _, said in loose for v in said.loose]
        self.goal.variables = tuple(dict.fromkeys([*names, *self.goal.variables]))
        self.along.start()
        self.shown: dict[str, Fact] = {}
        for _, said in self.assumed:
            if not said.loose:
                self._shown(said.json, closed=True)
        while self._shown(self.goal.json, closed=False):
            pass

    def _shown(self, formula: dict[str, Json], *, closed: bool) -> bool:
        """See to what a formula needs to be defined; whether something was found missing."""
        with self.proof._working():
            known = self.proof.live.names.formula(self.proof._unhidden(formula, frozenset(), {}))
            bare = (replace(c, premises=()) for c in chain(obligations(known), logarithms(known)))
            missing = next(((key(c), c) for c in bare if key(c) not in self.shown), None)
        if missing is not None:
            self.shown[missing[0]] = self._meant(formula_json(missing[1]), closed)
            if closed:
                self._shown(formula, closed=True)
        return missing is not None

    def _meant(self, condition: dict[str, Json], closed: bool) -> Fact:
        """A condition from the domain; else it becomes a hypothesis."""
        left, relation, right = condition["say"]
        sign = self.prover.signs.of_term(right) if relation in ("<", "<=") else None
        bound = [v for v in condition.get("all", ()) if v not in self.goal.variables]
        inside = right[1] if isinstance(right, list) and right[0] == "^" else right
        fact: Fact | None = None
        if sign is not None and (sign.strict or relation == "<="):
            fact = self.prover.combine(left, relation, right, [{"use": sign.fact.ref}])
        elif relation == "<=":
            level, self.prover.level = self.prover.level, 2
            fact = self.prover.prove(left, relation, right, 3)
            self.prover.level = level
        if fact is None:
            if relation == "<" and not self.prover.algebra.poly(right):
                raise NotProvable("the statement is nowhere defined")
            formula = {"say": condition["say"]} | ({"all": bound} if bound else {})
            name = f"where defined {len(self.conditions) + 1}" if self.conditions else "where defined"
            free = [v for v in condition.get("all", ()) if v in self.goal.variables]
            self._local(name, formula)
            if free and not closed:
                self.goal.premises.append(formula)
            self.conditions.append(self._said(formula))
            fact = Fact(name)
            claim = UsableFact(left, relation, right, lambda: Fact(name), "", tuple(bound))
            self.prover.learn(claim)
            if relation == "<":
                self.prover.signs.nonzero[frozenset(self.prover.algebra.poly(inside).items())] = claim
        elif relation == "<":
            made = fact
            self.prover.signs.nonzero[frozenset(self.prover.algebra.poly(inside).items())] = UsableFact(
                left, relation, right, lambda: made
            )
        return fact

    def _local(self, name: str, formula: dict[str, Json]) -> None:
        P = self.proof
        P.words[name] = name
        said = P.data["hypotheses"][name] = P._unhidden(formula, frozenset(), {})
        with P._working():
            P.live.hypothesis(name, said)

    def _said(self, formula: dict[str, Json]) -> str:
        with self.proof._working():
            return str(self.proof.live.names.formula(self.proof._unhidden(formula, frozenset(), {})))

    def _finished(self, fact: Fact) -> Found:
        goal, P = self.goal, self.proof
        items: list[dict[str, Json]] = [{"use": fact.ref}]
        for name in self._mentioned():
            said = P.data["hypotheses"][name]
            items.append({"use": {"by": name, "at": said["all"]} if "all" in said else name, "times": 0})
        items += [{"use": self._open(shown).ref, "times": 0} for shown in self.shown.values()]
        done = self.prover.combine(
            goal.left, goal.relation, goal.right, items, variables=goal.variables, premises=goal.premises
        )
        P.data["concludes"] = done.ref
        self._defined(done)
        document = self._witnessed(pruned(P.document))
        replay(document)
        reasons = [step["reason"] for step in document["steps"] if step.get("reason")]
        lemmas = [part for reason in reasons for part in reason.split("; ")]
        return Found(document, list(dict.fromkeys(lemmas)), self.conditions)

    def _witnessed(self, document: dict[str, Json]) -> dict[str, Json]:
        """With equations at which the checker sees the hypotheses hold, if some are needed and found."""
        return add_witness(document, self.conjecture.domain, self.translation.outputs)

    def _mentioned(self) -> Iterator[str]:
        """Definitions of what the conclusion names."""
        seen: set[str] = set()
        todo = [self.goal.left, self.goal.right, *(p["say"] for p in self.goal.premises)]
        table = {said.left[0]: (name, said) for name, said, _ in self.definitions if name in DEFINED}
        sums = {said.left[0]: name for name, said, _ in self.definitions if name.endswith(("starts", "grows"))}
        while todo:
            for name in _texts(todo.pop()):
                if name in table and name not in seen:
                    seen.add(name)
                    yield table[name][0]
                    todo.append(table[name][1].right)
                if name in sums and name not in seen:
                    seen.add(name)
                    for each, said, _ in self.definitions:
                        if said.left[0] == name:
                            yield each
                            todo.append(said.right)

    def _open(self, fact: Fact) -> Fact:
        """A fact for all indices at indices of their own names."""
        variables = self.prover.algebra.theorem(fact).formula.variables
        return fact(*(v.name for v in variables)) if variables else fact

    def _defined(self, done: Fact) -> None:
        """Facts which show that the statement is defined, in the form in which the kernel asks for them."""
        P = self.proof
        with P._working():
            theorem = P.live.theorem(done.ref)
            needed = {key(c): c for f in (theorem.formula, *theorem.hypotheses.values()) for c in obligations(f)}
        defined: list[Json] = []
        for condition in needed.values():
            formula = formula_json(condition)
            plain = P._unhidden(formula, frozenset(), {})
            with P._working():
                bare = key(replace(condition, premises=()))
            found = self.shown.get(bare) or self._meant({k: v for k, v in formula.items() if k != "if"}, closed=True)
            left, relation, right = plain["say"]
            for n, premise in enumerate(plain.get("if", ())):
                self._local(f"when {len(P.data['steps'])}.{n}", premise)
            item = {"use": self._open(found).ref}
            fact = self.prover.combine(
                left, relation, right, [item], variables=plain.get("all", ()), premises=plain.get("if", ())
            )
            defined.append(fact.ref)
        P.data["defined"] = defined


def logarithms(formula: Formula) -> Iterator[Formula]:
    """``0 < x`` for every logarithm of x in a formula: for the kernel, log is some function of all numbers."""

    def within(term: Term, bound: tuple[Variable, ...]) -> Iterator[Formula]:
        for own, part in term.parts():
            yield from within(part, (*bound, *own))
        match term:
            case Apply("log", (argument,)):
                used = tuple(v for v in bound if v in argument.body.free)
                yield Formula(used, (), ZERO, "<", argument.body)

    for side in (formula.left, formula.right):
        yield from within(side, formula.variables)


def _texts(x: Json) -> set[str]:
    if isinstance(x, str):
        return {x}
    return set().union(*map(_texts, x)) if isinstance(x, list) else set()


__all__ = ["Attempt", "by_rules"]
