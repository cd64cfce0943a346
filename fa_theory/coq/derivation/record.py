"""A replay that keeps, for every theorem, the rule and the operands it was made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from fa_theory.checker.proof import axioms, rules
from fa_theory.checker.proof.budget import UNITS, Allowance, Refused, working
from fa_theory.checker.proof.document import Documents, Load, Operands, Proof, Replay
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


def _listed(operand: object) -> object:
    return tuple(operand) if isinstance(operand, list) else operand


_MADE: dict[Callable[..., Theorem], Callable[..., Origin]] = {
    rules.assume: lambda formula: Assumed(),
    axioms.use: Known,
    rules.instance: Instantiation,
    rules.combine: Combination,
    rules.generalise: Generalisation,
    rules.discharge: Discharge,
    rules.induction: Induction,
    rules.cases: Cases,
    rules.absurd: lambda base, goal: Absurdity(base),
    rules.congruence: Congruence,
    rules.drop: lambda base, *definitions: Dropping(base, definitions),
    rules.drop_recursion: lambda base, *definitions: Dropping(base, definitions),
}
"""What is kept of the operands of each rule."""


class Recorder(Replay):
    """The replay of one document; the rules are those of the kernel."""

    def __init__(
        self, data: Mapping[str, Any], files: RecordedDocuments, sorts: Mapping[str, str] | None = None
    ) -> None:
        self.origins = files.origins
        super().__init__(data, files, sorts)

    def apply(self, rule: Callable[[*Operands], Theorem], *operands: *Operands) -> Theorem:
        made = super().apply(rule, *operands)
        return self.origins.keep(made, _MADE[rule](*map(_listed, operands)))


class RecordedDocuments(Documents):
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
    files = RecordedDocuments()
    try:
        with working(Allowance(2 * UNITS)):
            return files.proof(document), files.origins
    except RecursionError:
        raise Refused("terms are nested too deeply") from None
