"""A proof as a document: replayed step by step, it gives a statement or a one-line reason for rejection."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVarTuple

from . import axioms, rules
from .budget import UNITS, Allowance, Refused, need, spend, working
from .language import Declarations, a_list, a_table, a_text, an_integer, an_object, shown, texts
from .normal import key
from .rules import Averaging, Summand, Theorem
from .show import ProvedStatement, symbols
from .terms import (
    BUILT_IN,
    ONE,
    REAL,
    TIME,
    ZERO,
    Add,
    Apply,
    Expectation,
    Formula,
    IndexVariable,
    Multiply,
    Number,
    Power,
    Size,
    Sum,
    Term,
    Variable,
)

FORMAT = "fa-theory-proof/1"
MAX_TEXT, MAX_STEPS, MAX_FILES = 8 * 2**20, 20_000, 200

DECLARING = ("sorts", "indices", "tensors", "functions", "laws")
OPTIONAL = (*DECLARING, "axioms", "hypotheses", "uses", "lemmas", "defined", "witness", "title")
Load = Callable[[str], "Mapping[str, Any] | str"]
Operands = TypeVarTuple("Operands")


@dataclass(frozen=True)
class ProofStep:
    """A completed step: its name, rule, the author's explanation, and the result."""

    name: str
    rule: str
    reason: str
    theorem: Theorem


@dataclass(frozen=True)
class Proof:
    """The result of a document.

    ``theorems`` has every sequent by name, ``steps`` the author's explanations, ``text`` the statement as printed;
    ``witness`` are formulas that define values for which the hypotheses hold; the proof does not depend on them.
    """

    statement: ProvedStatement
    theorem: Theorem
    theorems: Mapping[str, Theorem]
    steps: tuple[ProofStep, ...]
    witness: tuple[Formula, ...]

    @property
    def hypotheses(self) -> Mapping[str, Formula]:
        """The assumptions, by name."""
        return self.statement.hypotheses

    @property
    def axioms(self) -> Mapping[str, Formula]:
        """The axioms used without proof, by name."""
        return self.statement.axioms

    @property
    def sources(self) -> Mapping[str, str]:
        """The source of each axiom."""
        return self.statement.sources

    @property
    def text(self) -> str:
        """The statement as printed."""
        return str(self.statement)


def replay(document: Mapping[str, Any] | str, load: Load | None = None) -> Proof:
    """Replay a proof.

    Parameters
    ----------
    document
        The document, or its JSON text.
    load
        Returns the document for a file name in ``uses``. Self-contained documents do not need it.

    Raises
    ------
    Refused
        With one line, if the document is not a proof. Time and memory are bounded.

    Examples
    --------
    >>> proof = replay({
    ...     "format": "fa-theory-proof/1", "kind": "proof", "tensors": {"x": []},
    ...     "steps": [{"as": "fact", "rule": "combine", "goal": {"all": ["x"], "say": ["x", "<=", ["+", "x", 1]]}}],
    ...     "concludes": "fact",
    ... })
    >>> print(proof.text)
    then
      ∀ x:ℝ. x ≤ x + 1
    """
    try:
        with working(Allowance(UNITS)):
            return Documents(load).proof(document)
    except RecursionError:
        raise Refused("terms are nested too deeply") from None
    except MemoryError:
        raise Refused("the document needs too much memory") from None


# ---------------------------------------------------------------------------------------------------------- reading
def parse(document: Mapping[str, Any] | str) -> dict[str, Any]:
    """A document as plain JSON data without floats, duplicate keys or cycles."""

    def refuse(text: str) -> NoReturn:
        raise Refused(f"decimal {text[:40]}: write a fraction")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        need(len(dict(pairs)) == len(pairs), "an object has a key twice")
        return dict(pairs)

    try:
        text = document if isinstance(document, str) else json.dumps(document)
        need(len(text) <= MAX_TEXT, "the document is longer than {} characters", MAX_TEXT)
        data = json.loads(text, parse_float=refuse, parse_constant=refuse, object_pairs_hook=unique)
    except (ValueError, TypeError) as error:
        raise Refused(f"not JSON: {' '.join(str(error).split())[:100]}") from None
    need(isinstance(data, dict), "a document is an object, not {}", shown(data))
    return dict(data)


class Documents:
    """The documents of one replay: embedded lemmas and files, each replayed once for the sorts it is used with."""

    def __init__(self, load: Load | None) -> None:
        self.load = load
        self.lemmas: dict[str, Any] = {}
        self.done: dict[tuple[str, str, tuple[tuple[str, str], ...]], Proof] = {}
        self.trail: list[tuple[str, str]] = []

    def proof(self, document: Mapping[str, Any] | str) -> Proof:
        """Replay the outermost document."""
        data = parse(document)
        self.lemmas = a_table(data.get("lemmas", {}), "lemmas")
        return self.begin(data).finish()

    def begin(self, data: Mapping[str, Any], sorts: Mapping[str, str] | None = None) -> Replay:
        """The replay of one document."""
        return Replay(data, self, sorts)

    def used(self, kind: str, name: str, sorts: Mapping[str, str]) -> Proof:
        """The proof of a lemma of the outermost document, or of a file, for these sorts."""
        where = (kind, name, tuple(sorted(sorts.items())))
        if where not in self.done:
            need((kind, name) not in self.trail, "{} uses itself", name)
            need(len(self.done) < MAX_FILES, "more than {} documents are used", MAX_FILES)
            self.trail.append((kind, name))
            data = self.embedded(name) if kind == "lemma" else self.loaded(name)
            need("lemmas" not in data, "{}: lemmas stand in the outermost document", name)
            try:
                self.done[where] = self.begin(data, sorts).finish()
            except Refused as why:
                raise Refused(f"{name}: {why}") from None
            self.trail.pop()
        return self.done[where]

    def embedded(self, name: str) -> dict[str, Any]:
        """A lemma of the outermost document."""
        need(name in self.lemmas, "there is no lemma {}", shown(name))
        return a_table(self.lemmas[name], f"lemma {name}")

    def loaded(self, name: str) -> dict[str, Any]:
        """The document of a file."""
        if self.load is None:
            raise Refused(f"{shown(name)} is another file: put it in as a lemma")
        return parse(self.load(name))


# ----------------------------------------------------------------------------------------------------------- replay
class Replay:
    """Executes the steps of one document. A writer may use it step by step; only ``finish`` gives a proof."""

    def __init__(self, data: Mapping[str, Any], files: Documents, sorts: Mapping[str, str] | None = None) -> None:
        self.data = an_object(data, "document", ["format", "kind", "steps", "concludes"], OPTIONAL)
        need(data["format"] == FORMAT and data["kind"] == "proof", "expected a proof of format {}", FORMAT)
        self.names = Declarations(data, sorts)
        self.theorems: dict[str, Theorem] = {}
        self.assumed: dict[str, Formula] = {}
        self.called: dict[str, str] = {}
        self.sources: dict[str, tuple[str, str]] = {}
        self.steps: list[ProofStep] = []
        for name, said in a_table(data.get("hypotheses", {}), "hypotheses").items():
            self.hypothesis(name, said)
        for name, said in a_table(data.get("axioms", {}), "axioms").items():
            self.literature(name, said)
        for name, said in a_table(data.get("uses", {}), "uses").items():
            self.uses(name, said, files)

    def finish(self) -> Proof:
        """Execute all steps."""
        steps = a_list(self.data["steps"], "steps")
        need(len(steps) <= MAX_STEPS, "more than {} steps", MAX_STEPS)
        for step in steps:
            self.step(step)
        return self.concluded()

    def add(self, name: str, theorem: Theorem) -> None:
        """Store a theorem under a new name."""
        need(0 < len(name) <= 80 and name.isprintable() and ":" not in name, "{} is no name of a fact", shown(name))
        need(name not in self.theorems, "the name {} is taken", name)
        self.theorems[name] = theorem

    def hypothesis(self, name: str, said: object) -> None:
        """Assume a formula."""
        self.assumed[name] = self.named(name, said)
        self.called.setdefault(key(self.assumed[name]), name)
        self.add(name, self.apply(rules.assume, self.assumed[name]))

    def literature(self, name: str, said: object) -> None:
        """An axiom from the literature: closed, assumed like a hypothesis, and printed with its source."""
        parts = an_object(said, f"axiom {name}", ["source", "statement"])
        source = a_text(parts["source"], f"source of {name}")
        need(source.strip() and source.isprintable() and len(source) <= 300, "axiom {}: name its source", name)
        formula = self.named(name, parts["statement"])
        need(not formula.free, "axiom {}: {} are free; say for all", name, ", ".join(sorted(map(str, formula.free))))
        self.sources[key(formula)] = (name, source)
        self.add(name, self.apply(rules.assume, formula))

    def named(self, name: str, said: object) -> Formula:
        """Read a formula; error messages contain its name."""
        try:
            return self.names.formula(said)
        except Refused as why:
            raise Refused(f"{name}: {why}") from None

    def uses(self, name: str, said: object, files: Documents) -> None:
        """Replay a lemma or a file and store its conclusion."""
        parts = an_object(said, f"uses {name}", ["sorts"], ["lemma", "file"])
        need(("lemma" in parts) != ("file" in parts), "uses {}: name a lemma or a file", name)
        kind = "lemma" if "lemma" in parts else "file"
        sorts = {own: self.names.sort(here) for own, here in a_table(parts["sorts"], f"sorts of {name}").items()}
        need({TIME, REAL}.isdisjoint(sorts.values()), "uses {}: its sorts are finite", name)
        proof = files.used(kind, a_text(parts[kind], f"uses {name}"), sorts)
        for k, formula in proof.statement.axioms.items():
            self.sources.setdefault(key(formula), (k, proof.statement.sources[k]))
        self.add(name, proof.theorem)

    # ---------------------------------------------------------------------------------------------------- operands
    def theorem(self, x: object) -> Theorem:
        """A theorem: a name, ``["ax", axiom, sort…, exponent]``, or ``{"by": theorem, "at": […], "given": […]}``."""
        spend(1)
        match x:
            case str():
                need(x in self.theorems, "there is no {}", shown(x))
                return self.theorems[x]
            case ["ax", name, *rest]:
                sorts = [self.names.sort(s) for s in rest if isinstance(s, str) and s in self.names.sorts]
                other = [s for s in rest if not (isinstance(s, str) and s in self.names.sorts)]
                need(len(other) <= 1, "the axiom {}: {} is no sort", name, shown(other[-1:]))
                exponent = self.names.rational(other[0]) if other else None
                return self.apply(axioms.use, a_text(name, "axiom"), sorts, exponent)
            case dict():
                parts = an_object(x, "instance", ["by"], ["at", "given"])
                theorem, at = self.theorem(parts["by"]), a_list(parts.get("at", []), "values")
                variables = theorem.formula.variables
                need(
                    len(at) == len(variables),
                    "{} values for {}",
                    len(at),
                    ", ".join(map(str, variables)) or "no variable",
                )
                values = [self.names.value(value, v) for value, v in zip(at, variables, strict=True)]
                return self.apply(rules.instance, theorem, values, self.all(parts.get("given", [])))
            case _:
                raise Refused(f"expected the name of a fact but got {shown(x)}")

    def all(self, x: object) -> list[Theorem]:
        """Several theorems."""
        return [self.theorem(one) for one in a_list(x, "facts")]

    def known(self, x: object) -> Formula:
        """A hypothesis by name."""
        name = a_text(x, "hypothesis")
        need(name in self.assumed, "there is no hypothesis {}", shown(name))
        return self.assumed[name]

    def item(self, x: object) -> Summand:
        """An item of ``combine``."""
        parts = an_object(x, "item", ["use"], ["times", "over", "sign"])
        over: list[Any] = []
        for binder in a_list(parts.get("over", []), "over"):
            match binder:
                case ["mean", law, names]:
                    over.append(Averaging(*self.names.averaging(law, names)))
                case _:
                    over.append(self.names.index_variable(binder))
        sign = self.theorem(parts["sign"]) if "sign" in parts else None
        return Summand(tuple(over), self.names.term(parts.get("times", 1)), self.theorem(parts["use"]), sign)

    # ------------------------------------------------------------------------------------------------------- steps
    def step(self, x: object) -> Theorem:
        """Execute one step and store its theorem."""
        spend(1)
        if not isinstance(x, dict):
            raise Refused(f"step: expected an object but got {shown(x)}")
        name = a_text(x.get("as"), "name of a step")
        try:
            reason, rule = a_text(x.get("reason", ""), "reason"), a_text(x.get("rule"), "rule")
            need(reason.isprintable() and len(reason) <= 2000, "a reason is one line of text")
            theorem = self.infer(rule, {k: v for k, v in x.items() if k not in ("as", "reason", "rule")})
            self.add(name, theorem)
        except Refused as why:
            raise Refused(f"step {shown(name)}: {why}") from None
        self.steps.append(ProofStep(name, rule, reason, theorem))
        return theorem

    def apply(self, rule: Callable[[*Operands], Theorem], *operands: *Operands) -> Theorem:
        """Apply a rule of the kernel to what was read."""
        return rule(*operands)

    def infer(self, rule: str, x: dict[str, object]) -> Theorem:
        """Read the operands of a rule, and apply it."""
        names = self.names
        match rule:
            case "combine":
                an_object(x, rule, ["goal"], ["rewrite", "items"])
                items = [self.item(one) for one in a_list(x.get("items", []), "items")]
                return self.apply(rules.combine, names.formula(x["goal"]), self.all(x.get("rewrite", [])), items)
            case "instance":
                an_object(x, rule, ["use"])
                return self.theorem(x["use"])
            case "generalise":
                an_object(x, rule, ["use", "over"])
                base, over = self.theorem(x["use"]), [names.variable(v) for v in texts(x["over"], "over")]
                return self.apply(rules.generalise, base, over)
            case "discharge":
                an_object(x, rule, ["use", "hyp"])
                return self.apply(rules.discharge, self.theorem(x["use"]), self.known(x["hyp"]))
            case "induction":
                an_object(x, rule, ["var", "goals", "base", "step"], ["which"])
                goals = [names.formula(goal) for goal in a_list(x["goals"], "goals")]
                starts, step, which = self.all(x["base"]), self.all(x["step"]), an_integer(x.get("which", 0), "which")
                return self.apply(rules.induction, names.index_variable(x["var"]), goals, starts, step, which)
            case "cases":
                an_object(x, rule, ["split", "low", "high"])
                split = [names.term(side) for side in a_list(x["split"], "split")]
                need(len(split) == 2, "split: two terms, not {}", len(split))
                return self.apply(rules.cases, split[0], split[1], self.theorem(x["low"]), self.theorem(x["high"]))
            case "absurd":
                an_object(x, rule, ["use", "goal"])
                return self.apply(rules.absurd, self.theorem(x["use"]), names.formula(x["goal"]))
            case "congruence":
                an_object(x, rule, ["fn", "use"], ["at"])
                return self.congruence(a_text(x["fn"], "function"), self.theorem(x["use"]), x.get("at"))
            case "drop":
                an_object(x, rule, ["use", "defs"])
                theorem, defs = self.theorem(x["use"]), [self.known(h) for h in a_list(x["defs"], "definitions")]
                need(len(defs) in (1, 2), "a definition, or start and step of one, not {}", len(defs))
                if len(defs) == 1:
                    return self.drop(theorem, defs[0])
                return self.apply(rules.drop_recursion, theorem, defs[0], defs[1])
            case _:
                raise Refused(f"there is no rule {shown(rule)}")

    def drop(self, theorem: Theorem, definition: Formula) -> Theorem:
        """Drop a definition; hypotheses keep their names when it is substituted in them."""
        dropped = self.apply(rules.drop, theorem, definition)
        old = [k for k in theorem.hypotheses if k != key(definition)]
        if len(old) == len(dropped.hypotheses):
            for before, after in zip(old, dropped.hypotheses, strict=True):
                if before in self.called:
                    self.called.setdefault(after, self.called[before])
        return dropped

    def congruence(self, function: str, theorem: Theorem, at: object) -> Theorem:
        """Apply a function to both sides of an equation."""
        built_in = BUILT_IN.get(function)
        need(built_in or self.names.functions.get(function) == 1, "{} is no function of one argument", shown(function))
        sorts = built_in.at if built_in else ()
        place = None if at is None else self.names.index(at, sorts[0] if sorts else "")
        return self.apply(rules.congruence, function, theorem, place)

    # --------------------------------------------------------------------------------------------------- conclusion
    def concluded(self) -> Proof:
        """The final check, of the whole statement."""
        name = a_text(self.data["concludes"], "concludes")
        need(name in self.theorems, "there is no {} to conclude", shown(name))
        theorem = self.theorems[name]
        said = (theorem.formula, *theorem.hypotheses.values())
        declared = {*self.names.indices.values(), *self.names.tensors.values()}
        for formula in said:
            loose = sorted(str(v) for v in formula.free if v not in declared)
            need(not loose, "{} is not declared here, or with other axes", ", ".join(loose))
            indices = sorted(str(v) for v in formula.free if isinstance(v, IndexVariable))
            need(not indices, "the statement is about a fixed {}: say for all", ", ".join(indices))
            functions, laws = symbols(formula)
            other = sorted(f for f, count in functions if self.names.functions.get(f) != count)
            need(not other, "the function {} is not declared here, or with other arguments", ", ".join(other))
            strange = sorted(law.name for law in laws if self.names.laws.get(law.name) != law)
            need(not strange, "the law {} is not declared here, or is another one", ", ".join(strange))
        self.defined(theorem, said)
        witness = tuple(self.named("witness", f) for f in a_list(self.data.get("witness", []), "witness"))
        need(a_text(self.data.get("title", ""), "title").isprintable(), "a title is one line of text")
        return Proof(self.statement(theorem), theorem, dict(self.theorems), tuple(self.steps), witness)

    def defined(self, theorem: Theorem, said: Sequence[Formula]) -> None:
        """Check that every division, root and derivative in the statement is defined, from its hypotheses."""
        have = set()
        for x in a_list(self.data.get("defined", []), "defined"):
            got = self.theorem(x)
            need(got.hypotheses.keys() <= theorem.hypotheses.keys(), "{} assumes more than the statement", shown(x))
            have.add(key(got.formula))
        for formula in said:
            for condition in obligations(formula):
                need(key(condition) in have, "not shown to be defined: {}", condition)

    def statement(self, theorem: Theorem) -> ProvedStatement:
        """The final sequent with the names of its assumptions; hypotheses of lemmas have numbers."""
        hypotheses: dict[str, Formula] = {}
        from_literature: dict[str, Formula] = {}
        sources: dict[str, str] = {}
        order = {name: k for k, name in enumerate(self.assumed)}
        for k in sorted(theorem.hypotheses, key=lambda k: order.get(self.called.get(k, ""), len(order))):
            formula = theorem.hypotheses[k]
            if k in self.sources:
                name = _unused(self.sources[k][0], from_literature)
                from_literature[name], sources[name] = formula, self.sources[k][1]
            else:
                hypotheses[_unused(self.called.get(k) or f"({len(hypotheses) + 1})", hypotheses)] = formula
        return ProvedStatement(hypotheses, from_literature, sources, theorem.formula)


def _unused(name: str, table: Mapping[str, object]) -> str:
    """A new name, so that two formulas of the same name are both shown."""
    while name in table:
        name += "'"
    return name


# ------------------------------------------------------------------------------------------------------ definedness
def obligations(formula: Formula) -> Iterator[Formula]:
    """Conditions under which every division, root and derivative in a formula is defined."""
    for k, premise in enumerate(formula.premises):
        for condition in obligations(premise):
            yield _within(formula, formula.premises[:k], condition)
    for side in (formula.left, formula.right):
        for condition in _needed(side):
            yield _within(formula, formula.premises, condition)


def _within(x: Formula, premises: Sequence[Formula], condition: Formula) -> Formula:
    for premise in reversed(premises):
        condition = rules.implied(condition, premise)
    return _for_all(x.variables, condition)


def _needed(x: Term) -> Iterator[Formula]:
    for own, part in x.parts():
        for condition in _needed(part):
            yield _for_all(own, condition)
    match x:
        case Apply("inv", (argument,)):
            yield Formula((), (), ZERO, "<", Power(argument.body, 2))
        case Apply("sqrt", (argument,)) if not _visibly(argument.body):
            yield Formula((), (), ZERO, "<=", argument.body)
        case Apply("d", arguments, at):
            yield Formula((), (), Apply("differentiable", arguments, at), "=", ONE)
        case Apply("sup"):
            raise Refused("a supremum in a statement may be infinite: state a bound instead")
        case _:
            pass


def _for_all(variables: Sequence[Variable], condition: Formula) -> Formula:
    """Bind those that occur: no sort is empty, so the others say nothing."""
    return rules.for_all((v for v in variables if v in condition.free), condition)


def _visibly(x: Term) -> bool:
    """Whether a term is syntactically non-negative: sums and products of squares and sizes."""
    match x:
        case Size():
            return True
        case Number(value):
            return value >= 0
        case Power(base, exponent):
            return exponent % 2 == 0 or _visibly(base)
        case Sum(_, body) | Expectation(_, _, body):
            return _visibly(body)
        case Add(terms) | Multiply(terms):
            return all(map(_visibly, terms))
        case _:
            return False
