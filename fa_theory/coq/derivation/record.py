"""A replay that keeps, for every theorem, the rule and the operands it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from fa_theory.checker.proof import axioms, rules
from fa_theory.checker.proof.budget import UNITS, Allowance, Refused, need, working
from fa_theory.checker.proof.document import Load, Proof, Replay, _Files
from fa_theory.checker.proof.language import a_list, a_text, an_integer, an_object, texts
from fa_theory.checker.proof.rules import Summand, Theorem
from fa_theory.checker.proof.terms import Formula, Index, Lambda, Term, Variable


@dataclass(frozen=True)
class Assumed:
    """A hypothesis."""


@dataclass(frozen=True)
class Known:
    """An axiom of the kernel."""

    name: str
    sorts: tuple[str, ...]
    exponent: Fraction | None


@dataclass(frozen=True)
class Instantiation:
    """Values for the variables of a theorem, and proofs of its premises."""

    base: Theorem
    values: tuple[Index | Lambda | None, ...]
    given: tuple[Theorem, ...]


@dataclass(frozen=True)
class Combination:
    """Sums and products of inequalities, after rewriting."""

    goal: Formula
    rewrite: tuple[Theorem, ...]
    items: tuple[Summand, ...]


@dataclass(frozen=True)
class Generalisation:
    """A theorem for all values of some variables."""

    base: Theorem
    variables: tuple[Variable, ...]


@dataclass(frozen=True)
class Discharge:
    """A hypothesis as a premise."""

    base: Theorem
    formula: Formula


@dataclass(frozen=True)
class Induction:
    """Several statements together, by induction over a time."""

    variable: Variable
    goals: tuple[Formula, ...]
    base: tuple[Theorem, ...]
    step: tuple[Theorem, ...]
    which: int


@dataclass(frozen=True)
class Cases:
    """A theorem from ``a ≤ b`` and from ``b < a``."""

    left: Term
    right: Term
    low: Theorem
    high: Theorem


@dataclass(frozen=True)
class Absurdity:
    """Anything from a false relation of numbers."""

    base: Theorem


@dataclass(frozen=True)
class Congruence:
    """A function of both sides of an equation."""

    function: str
    base: Theorem
    at: Index | None


@dataclass(frozen=True)
class Dropping:
    """A theorem without a definition, or without a recursion."""

    base: Theorem
    definitions: tuple[Formula, ...]


Origin = (
    Assumed
    | Known
    | Instantiation
    | Combination
    | Generalisation
    | Discharge
    | Induction
    | Cases
    | Absurdity
    | Congruence
    | Dropping
)


class Origins:
    """How theorems were made."""

    def __init__(self) -> None:
        self._by_id: dict[int, tuple[Theorem, Origin]] = {}

    def keep(self, theorem: Theorem, origin: Origin) -> Theorem:
        """Keep the origin of a theorem, and the theorem with it."""
        self._by_id[id(theorem)] = theorem, origin
        return theorem

    def of(self, theorem: Theorem) -> Origin:
        """The origin of a theorem that was kept."""
        return self._by_id[id(theorem)][1]


class Recorder(Replay):
    """The replay of one document; the rules are those of the kernel."""

    def __init__(self, data: Mapping[str, Any], files: RecordedFiles, sorts: Mapping[str, str] | None = None) -> None:
        self.origins = files.origins
        super().__init__(data, files, sorts)

    def add(self, name: str, theorem: Theorem) -> None:
        if id(theorem) not in self.origins._by_id:
            self.origins.keep(theorem, Assumed())
        super().add(name, theorem)

    def theorem(self, x: object) -> Theorem:
        match x:
            case ["ax", name, *rest]:
                sorts = [self.names.sort(s) for s in rest if isinstance(s, str) and s in self.names.sorts]
                other = [s for s in rest if not (isinstance(s, str) and s in self.names.sorts)]
                need(len(other) <= 1, "the axiom {}: a sort is unknown", name)
                exponent = self.names.rational(other[0]) if other else None
                known = Known(a_text(name, "axiom"), tuple(sorts), exponent)
                return self.origins.keep(axioms.use(known.name, sorts, exponent), known)
            case {"by": by}:
                parts = an_object(x, "instance", ["by"], ["at", "given"])
                base, at = self.theorem(by), a_list(parts.get("at", []), "values")
                variables = base.formula.variables
                need(len(at) == len(variables), "{} values for {} variables", len(at), len(variables))
                values = [self.names.value(value, v) for value, v in zip(at, variables, strict=True)]
                given = self.all(parts.get("given", []))
                made = rules.instance(base, values, given)
                return self.origins.keep(made, Instantiation(base, tuple(values), tuple(given)))
            case _:
                return super().theorem(x)

    def infer(self, rule: str, x: dict[str, object]) -> Theorem:
        names, keep = self.names, self.origins.keep
        match rule:
            case "combine":
                an_object(x, rule, ["goal"], ["rewrite", "items"])
                items = [self.item(one) for one in a_list(x.get("items", []), "items")]
                goal, rewrite = names.formula(x["goal"]), self.all(x.get("rewrite", []))
                return keep(rules.combine(goal, rewrite, items), Combination(goal, tuple(rewrite), tuple(items)))
            case "generalise":
                an_object(x, rule, ["use", "over"])
                base, over = self.theorem(x["use"]), [names.variable(v) for v in texts(x["over"], "over")]
                return keep(rules.generalise(base, over), Generalisation(base, tuple(over)))
            case "discharge":
                an_object(x, rule, ["use", "hyp"])
                base, formula = self.theorem(x["use"]), self.known(x["hyp"])
                return keep(rules.discharge(base, formula), Discharge(base, formula))
            case "induction":
                an_object(x, rule, ["var", "goals", "base", "step"], ["which"])
                goals = [names.formula(goal) for goal in a_list(x["goals"], "goals")]
                starts, step = self.all(x["base"]), self.all(x["step"])
                variable, which = names.index_variable(x["var"]), an_integer(x.get("which", 0), "which")
                origin = Induction(variable, tuple(goals), tuple(starts), tuple(step), which)
                return keep(rules.induction(variable, goals, starts, step, which), origin)
            case "cases":
                an_object(x, rule, ["split", "low", "high"])
                split = [names.term(side) for side in a_list(x["split"], "split")]
                need(len(split) == 2, "split: two terms, not {}", len(split))
                low, high = self.theorem(x["low"]), self.theorem(x["high"])
                return keep(rules.cases(split[0], split[1], low, high), Cases(split[0], split[1], low, high))
            case "absurd":
                an_object(x, rule, ["use", "goal"])
                base, formula = self.theorem(x["use"]), names.formula(x["goal"])
                return keep(rules.absurd(base, formula), Absurdity(base))
            case "congruence":
                an_object(x, rule, ["fn", "use"], ["at"])
                function, base = a_text(x["fn"], "function"), self.theorem(x["use"])
                made = self.congruence(function, base, x.get("at"))
                left = made.formula.left
                return keep(made, Congruence(function, base, left.at))  # type: ignore[attr-defined]
            case "drop":
                an_object(x, rule, ["use", "defs"])
                base, defs = self.theorem(x["use"]), [self.known(h) for h in a_list(x["defs"], "definitions")]
                need(len(defs) in (1, 2), "a definition, or start and step of one, not {}", len(defs))
                made = self.drop(base, defs[0]) if len(defs) == 1 else rules.drop_recursion(base, *defs)
                return keep(made, Dropping(base, tuple(defs)))
            case _:
                return super().infer(rule, x)


class RecordedFiles(_Files):
    """The documents of one recorded replay."""

    def __init__(self, load: Load | None = None) -> None:
        super().__init__(load)
        self.origins = Origins()

    def begin(self, data: Mapping[str, Any], sorts: Mapping[str, str] | None = None) -> Recorder:
        return Recorder(data, self, sorts)


def recorded(document: Mapping[str, Any] | str) -> tuple[Proof, Origins]:
    """Replay a document, and keep how its theorems were made.

    Raises
    ------
    Refused
        If the document is not a proof.
    """
    files = RecordedFiles()
    try:
        with working(Allowance(2 * UNITS)):
            return files.proof(document), files.origins
    except RecursionError:
        raise Refused("terms are nested too deeply") from None
