"""The outcome of a conjecture as plain data: for the terminal, JSON, pytest and the report."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from fa_theory.record.evidence import Method
from fa_theory.record.figure import Figure
from fa_theory.record.table import Table
from fa_theory.shown import displayed_by


class ConjectureVerdict(StrEnum):
    """The verdict on a conjecture."""

    PROVED = "proved"
    """For all networks of its domain."""
    FALSIFIED = "falsified"
    """By a counterexample that the checker accepts."""
    CONTRADICTED = "contradicted"
    """By significantly many failures, or an exponent significantly off: trials alone."""
    SUPPORTED = "supported"
    """It survived an attack of the stated size; nothing is proved."""
    UNDECIDED = "undecided"
    """The evidence is insufficient."""
    VACUOUS = "vacuous"
    """No network drawn satisfies the hypotheses, so the conjecture was not tested."""
    ERROR = "error"
    """The conjecture could not be evaluated; the reason names file and line."""


class ConjectureOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """All results on one conjecture."""

    name: str
    title: str
    file: str
    line: int
    verdict: ConjectureVerdict
    why: str
    """The reason for the verdict, in one sentence."""
    method: Method = Method.SAMPLING
    """The evidence for the verdict."""
    statement: str = ""
    """Hypotheses and conclusion in LaTeX."""
    domain: str = ""
    quantifier: str = ""
    margin: float | None = None
    """Smallest margin seen; the conclusion fails where it is negative."""
    n_trials: int = 0
    """Networks evaluated, by all searches."""
    n_law: int = 0
    """Networks drawn from the distribution of the domain that satisfy the hypotheses: the N of the interval."""
    interval: tuple[float, float] | None = None
    """For the quantity named in ``quantity``, with confidence ``confidence``."""
    quantity: str = ""
    confidence: float | None = None
    acceptance: float | None = None
    """Fraction of the networks drawn that satisfy the hypotheses."""
    counterexample: str | None = None
    """Path of the counterexample that the checker accepts."""
    documents: list[str] = []
    """Paths of the documents of the proof, which the checker accepts: one for each conclusion."""
    formulas: list[str] = []
    """Its numbers in LaTeX."""
    snippet: str | None = None
    """Path of a Python script that reruns it."""
    shown: list[str] = []
    """The counterexample, or the proof, in lines for the terminal."""
    size: int | None = None
    """``n·d·p`` of the counterexample."""
    proof: list[tuple[str, str]] = []
    """Steps of a proof: formula in LaTeX, reason."""
    warnings: list[str] = []
    tables: list[Table] = []
    figures: list[Figure] = []
    seconds: float = 0.0
    """Real time."""
    work: float = 0.0
    """Work done, in seconds of a budget; unlike the times, it is the same on every machine."""
    first_violation_seconds: float | None = None
    seed: int = 0
    budget: float = 0.0

    _repr_html_ = displayed_by("conjectures.outcome")
    _repr_latex_ = displayed_by("conjectures.latex")

    def __repr__(self) -> str:
        why = self.why if len(self.why) <= 160 else f"{self.why[:160]}…"
        return f"ConjectureOutcome({self.name}: {self.verdict.value}, {why})"


class OutcomeDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The output of ``fa-theory check --json``."""

    conjectures: list[ConjectureOutcome]
    exit_code: int


def exit_code(outcomes: Iterable[ConjectureOutcome]) -> int:
    """0 nothing falsified; 1 falsified or contradicted; 2 something could not be evaluated; 3 something undecided.

    Examples
    --------
    >>> exit_code([])
    0
    """
    verdicts = {outcome.verdict for outcome in outcomes}
    if ConjectureVerdict.ERROR in verdicts:
        return 2
    if verdicts & {ConjectureVerdict.FALSIFIED, ConjectureVerdict.CONTRADICTED}:
        return 1
    return 3 if verdicts & {ConjectureVerdict.UNDECIDED, ConjectureVerdict.VACUOUS} else 0


def encode(outcomes: list[ConjectureOutcome]) -> bytes:
    """The JSON document, indented for readability."""
    document = OutcomeDocument(conjectures=outcomes, exit_code=exit_code(outcomes))
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"
