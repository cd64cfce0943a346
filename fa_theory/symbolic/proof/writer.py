"""Writing a proof: each step is checked when it is added, and its multipliers and signs are found by search.

Nothing here is trusted: only ``checker.proof.replay`` of the resulting document is.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from fa_theory.checker.proof.budget import Allowance, Refused, working
from fa_theory.checker.proof.document import DECLARING, FORMAT, Documents, Proof, Replay, obligations, parse, replay
from fa_theory.checker.proof.normal import constant, key, normal
from fa_theory.checker.proof.rules import Averaging, Theorem, rewrite_rule
from fa_theory.checker.proof.terms import (
    Apply,
    Entry,
    Expectation,
    IndexVariable,
    Multiply,
    Number,
    Power,
    Size,
    Sum,
    Term,
    difference,
    number,
    opened,
)
from fa_theory.checker.proof.terms import Formula as Said
from fa_theory.checker.proof.terms import Index as Place
from fa_theory.shown import displayed_by

from .notation import Assertion, Expression, Function, IndexName, Json, Tensor, Value, json, name_of, term
from .unparse import formula_json

TIME, REAL = "time", "real"


@dataclass(frozen=True)
class Fact:
    """Something proved or assumed; calling it gives an instance."""

    ref: Json

    def __call__(self, *values: Any, given: Sequence[Fact | str] = ()) -> Fact:
        """The instance at these values (None leaves a variable bound), with theorems for the premises."""
        out: dict[str, Json] = {"by": self.ref, "at": [json(v) for v in values]}
        if given:
            out["given"] = [ref(g) for g in given]
        return Fact(out)

    def __mul__(self, factor: Value) -> Multiple:
        return Multiple(self) * factor


def ref(x: Fact | str) -> Json:
    """A reference to a fact in a document."""
    return x if isinstance(x, str) else x.ref


@dataclass(frozen=True)
class Multiple:
    """``factor × fact``, summed or averaged over; if no sign is given, one is searched for."""

    fact: Fact
    factor: Expression = field(default_factory=lambda: Expression(1))
    over: tuple[Json, ...] = ()
    sign: Fact | None = None

    def __mul__(self, factor: Value) -> Multiple:
        return Multiple(
            self.fact, term(factor) if self.factor.json == 1 else self.factor * factor, self.over, self.sign
        )


def item(fact: Fact | str, times: Value = 1, *, over: Sequence[Any] = (), sign: Fact | str | None = None) -> Multiple:
    """A fact times a factor, summed over indices (or averaged: ``mean(law, tensors)`` as a list)."""
    binders = tuple(x if isinstance(x, list) else name_of(x) for x in over)
    signed = Fact(sign) if isinstance(sign, str) else sign
    return Multiple(Fact(fact) if isinstance(fact, str) else fact, term(times), binders, signed)


def axiom(name: str, *sorts: str | Fraction) -> Fact:
    """An axiom of the kernel for these sorts (``size_sign`` also takes an exponent)."""
    return Fact(["ax", name, *(s if isinstance(s, str) else str(s) for s in sorts)])


@dataclass(frozen=True)
class Lemma:
    """A proved document with the lemmas it uses, for use in others."""

    name: str
    document: dict[str, Json]

    @property
    def parts(self) -> dict[str, Json]:
        """The document and the documents of the lemmas it uses, by name."""
        own = {k: v for k, v in self.document.items() if k != "lemmas"}
        return {**self.document.get("lemmas", {}), self.name: own}


@dataclass(frozen=True)
class WrongProof:
    """A mutant: the document with an error, the wrong conclusion if that is the error, and its own witness."""

    document: dict[str, Json]
    conclusion: Json | None
    witness: list[Json] | None


class ProofWriter:
    """Builds one document.

    Examples
    --------
    >>> proof = ProofWriter("x")
    >>> x = proof.scalar("x")
    >>> low = proof.assume("low", x >= 1)
    >>> done = proof.show("more", x >= 0, low, reason="1 is more than 0")
    >>> print(proof.conclude(done).text)
    for all x:ℝ
    if
      low: 1 ≤ x
    then
      0 ≤ x
    """

    _repr_html_ = displayed_by("derivations.proof")

    def __init__(self, title: str = "") -> None:
        self.data: dict[str, Any] = {"format": FORMAT, "kind": "proof", "title": title}
        self.data |= {"sorts": [], "indices": {}, "tensors": {}, "functions": {}, "laws": {}}
        self.data |= {"hypotheses": {}, "axioms": {}, "uses": {}, "lemmas": {}, "steps": []}
        self.files = Documents(None)
        self.files.lemmas = self.data["lemmas"]
        self.work = Allowance(10**12)
        self.live = Replay({**self.data, "lemmas": {}, "concludes": ""}, self.files)
        self.signs: dict[str, Fact] = {}
        self.words: dict[str, str] = {}
        self.finished: Proof | None = None
        self.mutants: dict[str, WrongProof] = {}

    # ------------------------------------------------------------------------------------------------ declarations
    def sorts(self, *names: str) -> tuple[str, ...]:
        """Finite sorts."""
        self.data["sorts"] += names
        self._declared()
        return names

    def indices(self, names: str, sort: str) -> tuple[IndexName, ...]:
        """Indices of a sort, ``time`` or ``real``: ``i, j = proof.indices("i j", "n")``."""
        self.data["indices"] |= dict.fromkeys(names.split(), sort)
        self._declared()
        return tuple(map(IndexName, names.split()))

    def index(self, name: str, sort: str) -> IndexName:
        """One index of a sort."""
        return self.indices(name, sort)[0]

    def tensor(self, name: str, *axes: str) -> Tensor:
        """A tensor with these axes."""
        self.data["tensors"][name] = list(axes)
        self._declared()
        return Tensor(name)

    def tensors(self, names: str, *axes: str) -> tuple[Tensor, ...]:
        """Tensors with the same axes, by their names."""
        return tuple(self.tensor(name, *axes) for name in names.split())

    def scalar(self, name: str) -> Expression:
        """A scalar."""
        return self.tensor(name)()

    def scalars(self, names: str) -> tuple[Expression, ...]:
        """Scalars, by their names."""
        return tuple(self.scalar(name) for name in names.split())

    def function(self, name: str, arguments: int = 1) -> Any:
        """An unknown function of real numbers."""
        self.data["functions"][name] = arguments
        self._declared()
        return lambda *values: Expression(["fn", name, *map(json, values)])

    def law(self, name: str, kind: str, *axes: Sequence[str], axis: str | None = None) -> str:
        """``gauss``, or ``iid`` along an axis."""
        self.data["laws"][name] = {"kind": kind, "axes": [list(a) for a in axes]} | ({"axis": axis} if axis else {})
        self._declared()
        return name

    def _declared(self) -> None:
        from fa_theory.checker.proof.language import Declarations

        self.live.names = Declarations({name: self.data[name] for name in DECLARING})

    # ----------------------------------------------------------------------------------------------------- assuming
    def assume(self, name: str, formula: Assertion, words: str = "") -> Fact:
        """A hypothesis; ``words`` explain it to a reader."""
        self.words[name] = words or name
        said = self.data["hypotheses"][name] = self.formula(formula)
        with self._working():
            self.live.hypothesis(name, said)
        return Fact(name)

    def cite(self, name: str, formula: Assertion, source: str) -> Fact:
        """A theorem from the literature, used without proof and printed with its source; it must be closed."""
        said = self.data["axioms"][name] = {"source": source, "statement": self.formula(formula)}
        with self._working():
            self.live.literature(name, said)
        return Fact(name)

    def use(self, lemma: Lemma, as_: str = "", **sorts: str) -> Fact:
        """A lemma for these sorts: ``proof.use(TRIANGLE, A="n")``."""
        for name, part in lemma.parts.items():
            if self.data["lemmas"].setdefault(name, part) != part:
                raise ValueError(f"two lemmas are named {name}")
        name = as_ or "·".join([lemma.name, *sorts.values()])
        if name in self.data["uses"]:
            return Fact(name)
        said = self.data["uses"][name] = {"lemma": lemma.name, "sorts": sorts}
        with self._working():
            self.live.uses(name, said, self.files)
        return Fact(name)

    # -------------------------------------------------------------------------------------------------------- steps
    def step(self, name: str, rule: str, reason: str = "", **operands: Json) -> Fact:
        """A step of the kernel."""
        step = {"as": name, "rule": rule, **({"reason": reason} if reason else {}), **operands}
        with self._working():
            self.live.step(step)
        self.data["steps"].append(step)
        return Fact(name)

    def show(
        self,
        name: str,
        goal: Assertion,
        *by: Fact | Multiple | str,
        rewrite: Sequence[Fact | str] = (),
        reason: str = "",
        factors: Sequence[Value] = (),
    ) -> Fact:
        """Derive a formula from facts; coefficients and signs of factors are found by search.

        Parameters
        ----------
        by
            Facts, or facts times a factor. A rational coefficient of each is found by linear arithmetic.
        rewrite
            Equations ``∀ indices. T[…] = term``, substituted from left to right.
        factors
            Facts are also tried times each of these and their products, where the sign is known.
        """
        items = [item(x) if not isinstance(x, Multiple) else x for x in by]
        for factor in factors:
            items += [x * factor for x in list(items)]
        with self._working():
            chosen = self._chosen(goal, items, [self.live.theorem(ref(r)) for r in rewrite], bool(factors))
        return self.step(
            *(name, "combine", reason),
            goal=self.formula(goal),
            rewrite=[ref(r) for r in rewrite],
            items=[self._item_json(x) for x in chosen],
        )

    def induct(
        self,
        name: str,
        t: IndexName,
        goals: Sequence[Assertion],
        base: Sequence[Fact],
        step: Sequence[Fact],
        which: int = 0,
        reason: str = "",
    ) -> Fact:
        """Joint induction over time."""
        return self.step(
            *(name, "induction", reason),
            var=t.name,
            goals=[self.formula(g) for g in goals],
            base=[ref(b) for b in base],
            step=[ref(b) for b in step],
            which=which,
        )

    def cases(self, name: str, low: Value, high: Value, at_most: Fact, above: Fact, reason: str = "") -> Fact:
        """From ``low ≤ high`` and from ``high < low``."""
        split = [self.term(low), self.term(high)]
        return self.step(name, "cases", reason, split=split, low=ref(at_most), high=ref(above))

    def generalise(self, name: str, fact: Fact | str, *variables: Any, reason: str = "") -> Fact:
        """For all values of variables."""
        return self.step(name, "generalise", reason, use=ref(fact), over=[name_of(v) for v in variables])

    def instance(self, name: str, fact: Fact, reason: str = "") -> Fact:
        """Give an instance a name."""
        return self.step(name, "instance", reason, use=ref(fact))

    def absurd(self, name: str, fact: Fact | str, goal: Assertion, reason: str = "") -> Fact:
        """Any formula from a false relation of numbers."""
        return self.step(name, "absurd", reason, use=ref(fact), goal=self.formula(goal))

    def congruence(
        self, name: str, function: str, fact: Fact | str, at: IndexName | None = None, reason: str = ""
    ) -> Fact:
        """A function of both sides of an equation."""
        return self.step(name, "congruence", reason, fn=function, use=ref(fact), **({"at": at.json} if at else {}))

    def discharge(self, name: str, fact: Fact | str, hypothesis: Fact | str, reason: str = "") -> Fact:
        """Make a hypothesis a premise."""
        return self.step(name, "discharge", reason, use=ref(fact), hyp=ref(hypothesis))

    def drop(self, name: str, fact: Fact | str, *definitions: Fact | str, reason: str = "") -> Fact:
        """Drop a definition, or start and step of a recursion."""
        return self.step(name, "drop", reason, use=ref(fact), defs=[ref(h) for h in definitions])

    def conclude(
        self, fact: Fact | str, *, defined: Sequence[Fact | str] = (), witness: Sequence[Assertion] = ()
    ) -> Proof:
        """Finish the document, and replay it separately.

        ``defined`` are facts which show that divisions, roots and derivatives in the statement are defined.
        """
        self.data["concludes"] = ref(fact)
        self.data["defined"] = [ref(x) for x in self._defined(fact, defined)]
        self.data["witness"] = [self.formula(f) for f in witness]
        self.finished = replay(self.document)
        return self.finished

    def _defined(self, fact: Fact | str, facts: Sequence[Fact | str]) -> list[Fact]:
        """The facts, in the form in which the statement needs them."""
        with self._working():
            theorem = self.live.theorem(ref(fact))
            conditions = {key(c): c for f in (theorem.formula, *theorem.hypotheses.values()) for c in obligations(f)}
            known = {key(t.formula): Fact(n) for n, t in self.live.theorems.items()}
        return [known.get(k) or self._condition(c, facts) for k, c in conditions.items()]

    def _condition(self, condition: Said, facts: Sequence[Fact | str]) -> Fact:
        """A condition of definedness from a fact that states it for the same variables, or from its own premises."""
        goal = self._unhidden(formula_json(condition), frozenset(), {})
        number_, tries = len(self.data["steps"]) + 1, []
        for k, premise in enumerate(goal.get("if", [])):
            name = f"when {number_}.{k + 1}"
            self.data["hypotheses"][name] = premise
            with self._working():
                self.live.hypothesis(name, premise)
            tries.append(Fact(name))
        for fact in [*tries, *(Fact(ref(x)) for x in facts)]:
            said = self.said(fact)
            given_ = [t for t in tries if len(said.premises) == len(tries)]
            here = fact(*(v.name for v in said.variables), given=given_) if said.variables else fact
            try:
                return self.step(f"defined {number_}", "combine", goal=goal, items=[{"use": here.ref}])
            except Refused:
                continue
        raise Refused(f"not shown to be defined: {condition}")

    def mutant(
        self,
        name: str,
        changes: dict[str, Assertion],
        *,
        conclusion: Assertion | None = None,
        witness: Sequence[Assertion] | None = None,
    ) -> None:
        """Keep a wrong version of the proof, with other hypotheses (by name) or another conclusion.

        The document of the wrong version has the same steps, so that the kernel must reject it. It must also be false
        at some point; ``witness`` helps to find one, by default that of the proof.
        """
        if self.finished is None:
            raise ValueError(f"mutant {name!r}: conclude the proof first")
        unknown = changes.keys() - self.finished.hypotheses.keys()
        if unknown or name in self.mutants:
            raise ValueError(
                f"mutant {name!r}: no hypothesis {sorted(unknown)}" if unknown else f"two mutants {name!r}"
            )
        wrong = parse(self.document)
        for hypothesis, formula in changes.items():
            wrong["hypotheses"][hypothesis] = self.formula(formula)
        goal = None if conclusion is None else self.formula(conclusion)
        if goal is not None:
            steps = {step["as"]: step for step in wrong["steps"]}
            last = steps[wrong["concludes"]]
            while last["rule"] == "drop" and isinstance(
                last["use"], str
            ):  # it has the same formula as the step before it
                last = steps[last["use"]]
            match last["rule"]:
                case "combine":
                    last["goal"] = goal
                case "induction":
                    last["goals"][last.get("which", 0)] = goal
                case rule:
                    raise ValueError(f"mutant {name!r}: the last step is {rule}, whose conclusion is not written")
        self.mutants[name] = WrongProof(wrong, goal, None if witness is None else [self.formula(f) for f in witness])

    @property
    def document(self) -> dict[str, Json]:
        """The document as JSON data, self-contained."""
        return {k: v for k, v in self.data.items() if v or k == "steps"}

    def lemma(self, name: str, fact: Fact | str, **more: Any) -> Lemma:
        """The finished document as a lemma."""
        self.conclude(fact, **more)
        return Lemma(name, self.document)

    def said(self, fact: Fact | str) -> Said:
        """The formula of a fact."""
        with self._working():
            return self.live.theorem(ref(fact)).formula

    # -------------------------------------------------------------------------------------------------------- JSON
    def formula(self, formula: Assertion) -> Json:
        """The JSON of a formula without shadowed binders."""
        return self._unhidden(formula.json, frozenset(), {})

    def term(self, x: Value) -> Json:
        """The JSON of a term without shadowed binders."""
        return self._unhidden(json(x), frozenset(), {})

    def _unhidden(self, x: Json, bound: frozenset[str], names: dict[str, str]) -> Json:
        """The same, with binders renamed that shadow another one."""

        def under(binders: Sequence[str], *parts: Json) -> tuple[list[str], list[Json]]:
            new, inner = [], {k: v for k, v in names.items() if k not in binders}
            for name in binders:
                fresh = name
                while fresh in bound or (fresh != name and _occurs(fresh, parts)):
                    fresh += "'"
                if fresh != name:
                    table = self.data["indices"] if name in self.data["indices"] else self.data["tensors"]
                    table.setdefault(fresh, table[name])
                    inner[name] = fresh
                    self._declared()
                new.append(fresh)
            return new, [self._unhidden(p, bound.union(new), inner) for p in parts]

        match x:
            case {"say": said}:
                binders, parts = under(x.get("all", []), *x.get("if", []), said[0], said[2])
                out: dict[str, Json] = {"say": [parts[-2], said[1], parts[-1]]}
                return out | ({"if": parts[:-2]} if parts[:-2] else {}) | ({"all": binders} if binders else {})
            case ["sum" | "of", binders, body]:
                binders, (body,) = under(binders, body)
                return [x[0], binders, body]
            case ["d" | "differentiable", name, body, at]:
                (name,), (body,) = under([name], body)
                return [x[0], name, body, self._unhidden(at, bound, names)]
            case ["mean", law, binders, body]:
                binders, (body,) = under(binders, body)
                return ["mean", law, binders, body]
            case ["size" | "fn", _, *rest] if x[0] == "size" or rest:
                return [x[0], x[1], *(rest if x[0] == "size" else (self._unhidden(a, bound, names) for a in rest))]
            case list():
                return [self._unhidden(a, bound, names) for a in x]
            case str():
                return names.get(x, x)
            case _:
                return x

    def _item_json(self, x: Multiple) -> Json:
        out: dict[str, Json] = {"use": ref(x.fact)}
        if x.factor.json != 1:
            out["times"] = self.term(x.factor)
        if x.over:
            out["over"] = list(x.over)
        if x.sign is not None:
            out["sign"] = ref(x.sign)
        return out

    # ------------------------------------------------------------------------------------------------------- search
    @contextmanager
    def _working(self) -> Iterator[None]:
        self.live.names.depth = 0
        with working(self.work):
            yield

    def _kernel(self, x: Value) -> Term:
        plain = self.term(x)  # may declare names
        return self.live.names.term(plain)

    def _chosen(self, goal: Assertion, items: list[Multiple], rewrite: list[Theorem], some: bool) -> list[Multiple]:
        """The items with the coefficients and signs that prove the goal."""
        from .search import multipliers

        rules = [rewrite_rule(theorem) for theorem in rewrite]
        plain = self.formula(goal)  # may declare names
        said = self.live.names.formula(plain)
        facts, usable = [], []
        for x in items:
            theorem = self.live.theorem(ref(x.fact))
            known = theorem.formula
            if not known.bare:
                raise Refused(f"{known} has variables or premises: give values")
            if known.relation != "=" and constant(normal(self._kernel(x.factor))) is None and x.sign is None:
                sign = self.sign(x.factor)
                if sign is None and some:
                    continue
                if sign is None:
                    raise Refused(f"the sign of {self._kernel(x.factor)} is not known: prove it first")
                x = Multiple(x.fact, x.factor, x.over, sign)
            gap: Term = Multiply((self._kernel(x.factor), difference(known.left, known.right)))
            for binder in reversed(x.over):
                if isinstance(binder, str):
                    gap = Sum(self.live.names.index_variable(binder), gap)
                else:
                    averaging = Averaging(*self.live.names.averaging(binder[1], binder[2]))
                    gap = Expectation(averaging.law, averaging.tensors, gap)
            facts.append((normal(gap, rules), known.relation))
            usable.append(x)
        found = multipliers(normal(difference(said.left, said.right), rules), facts, said.relation)
        if found is None:
            return usable  # the kernel reports the remainder
        pairs = zip(usable, found, facts, strict=True)
        return [self._scaled(x, c, relation) for x, c, (_, relation) in pairs if c]

    def _scaled(self, x: Multiple, c: Fraction, relation: str) -> Multiple:
        if c == 1:
            return x
        factor = term(c) if x.factor.json == 1 else c * x.factor
        if relation == "=" or x.factor.json == 1 or x.sign is None:
            return Multiple(x.fact, factor, x.over, None if x.sign is None else x.sign)
        return Multiple(x.fact, factor, x.over, self.sign(factor) or x.sign)

    def sign(self, x: Value) -> Fact | None:
        """A fact that a term is positive, or not negative; proved automatically in simple cases."""
        with self._working():
            return self._sign(self.term(x))

    def signed(self, x: Value) -> Fact:
        """The same, but an error if there is no such fact."""
        found = self.sign(x)
        if found is None:
            raise Refused(f"the sign of {self._kernel(x)} is not known: prove it first")
        return found

    def _sign(self, x: Json) -> Fact | None:
        known = self.live.names.term(x)
        for relation in ("<", "<="):
            found = self._stated(Said((), (), number(0), relation, known))
            if found is not None:
                return found
        return self._composed(x, known)

    def _stated(self, goal: Said) -> Fact | None:
        """A known fact, or an instance of one at indices of the goal, with this formula."""
        wanted = key(goal)
        if wanted in self.signs:
            return self.signs[wanted]
        tensors = {v for v in goal.free if not isinstance(v, IndexVariable)}
        for name, theorem in self.live.theorems.items():
            said = theorem.formula
            if said.relation != goal.relation or said.premises:
                continue
            if {v for v in said.free if not isinstance(v, IndexVariable)} - tensors:
                continue
            if not all(isinstance(v, IndexVariable) for v in said.variables) or len(said.variables) > 4:
                continue
            places = [self._places(goal, v.sort) for v in said.variables if isinstance(v, IndexVariable)]
            for at in itertools.product(*places):
                if key(opened(said, dict(zip(said.variables, at, strict=True)))) == wanted:
                    fact = Fact(name)
                    values = [i.offset if i.name == "0" else [i.name, i.offset] if i.offset else i.name for i in at]
                    self.signs[wanted] = fact(*values) if at else fact
                    return self.signs[wanted]
        return None

    @staticmethod
    def _places(goal: Said, sort: str) -> list[Place]:
        found: dict[Place, None] = {}
        stack: list[Term] = [goal.left, goal.right]
        while stack:
            x = stack.pop()
            at = x.at if isinstance(x, Entry) else (x.at,) if isinstance(x, Apply) and x.at else ()
            found.update(dict.fromkeys(i for i in at if i.sort == sort and i.free <= goal.free))
            stack.extend(part for _, part in x.parts())
        return list(found)

    def _composed(self, x: Json, known: Term) -> Fact | None:
        """Squares, roots, norms, sizes, and sums, products and powers of non-negative terms."""
        from . import library

        match x, known:
            case _, Number(value):
                return self._kept(x, [], strict=value > 0) if value >= 0 else None
            case ["size", sort, *exponent], Size():
                return axiom("size_sign", sort, exponent[0] if exponent else "1")
            case ["fn", "sqrt", inside], _:
                return axiom("sqrt_sign")(inside)
            case ["fn", "op", matrix], Apply(_, (argument,)):
                return axiom("op_sign", *argument.sorts)(matrix)
            case ["fn", "abs", inside], _:
                return self.use(library.abs_sign())(inside)
            case ["^", base, exponent], Power() if exponent % 2 == 0 and exponent:
                return self._square(x, ["^", base, exponent // 2])
            case ["^", base, exponent], _ if exponent and self._sign(base) is not None:
                rest = ["^", base, exponent - 1] if exponent > 2 else base
                return self._sign(base) if exponent == 1 else self._product(x, [base, rest])
            case ["^t", base, at], _ if self._sign(base) is not None:
                return self._power(base, at)
            case ["sum", names, body], _:
                sign = self._sign(body)
                return None if sign is None else self._kept(x, [{"use": sign.ref, "over": names}])
            case ["+", *parts], _:
                signs = [self._sign(p) for p in parts]
                return None if None in signs else self._kept(x, [{"use": s.ref} for s in signs if s is not None])
            case ["*", a, *rest], _ if rest:
                return self._product(x, [a, rest[0] if len(rest) == 1 else ["*", *rest]])
            case _:
                return None

    def _square(self, x: Json, root: Json) -> Fact:
        from . import library

        return self._kept(x, [{"use": self.use(library.square())(root).ref}]) or Fact("")

    def _product(self, x: Json, parts: list[Json]) -> Fact | None:
        scale = constant(normal(self.live.names.term(parts[0])))
        if scale is not None:
            sign = self._sign(parts[1]) if scale >= 0 else None
            strict = sign is not None and scale > 0 and self.live.theorem(sign.ref).formula.relation == "<"
            return None if sign is None else self._kept(x, [{"use": sign.ref, "times": parts[0]}], strict)
        signs = [self._sign(p) for p in parts]
        if signs[0] is None or signs[1] is None:
            return None
        both = [self.live.theorem(s.ref).formula.relation == "<" for s in signs if s is not None]
        return self._kept(x, [{"use": signs[0].ref, "times": parts[1], "sign": signs[1].ref}], strict=all(both))

    def _power(self, base: Json, at: Json) -> Fact | None:
        from . import library

        sign = self._sign(base)
        if sign is None:
            return None
        weak = sign
        if self.live.theorem(sign.ref).formula.relation == "<":
            weak = self._kept(base, [{"use": sign.ref}]) or sign
        return self.use(library.power_sign())(base, at, given=[weak])

    def _kept(self, x: Json, items: list[Json], strict: bool = False) -> Fact | None:
        name = f"sign {len(self.data['steps']) + 1}"
        goal = {"say": [0, "<" if strict else "<=", x]}
        fact = self.step(name, "combine", goal=goal, items=items)
        self.signs[key(self.live.theorems[name].formula)] = fact
        return fact


def _occurs(name: str, x: Json) -> bool:
    match x:
        case str():
            return x == name
        case dict():
            return any(_occurs(name, part) for part in x.values())
        case list() | tuple():
            return any(_occurs(name, part) for part in x)
        case _:
            return False


__all__ = ["Fact", "Function", "Lemma", "Multiple", "ProofWriter", "axiom", "item", "ref"]
