"""Results about a claim, as plain data: the vocabulary of the result document."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from fa_theory.shown import displayed_by

from .figure import Figure
from .table import Table


class Method(StrEnum):
    """How evidence is obtained."""

    SYMBOLIC = "symbolic"
    """A proof or disproof from its assumptions: a document that the checker replays, or a conjecture's proof."""
    KERNEL = "kernel"
    """The kernel of Coq accepts a theorem of ``proofs/coq``, with the axioms that it names, or an exported proof."""
    ENCLOSURE = "enclosure"
    """Ball arithmetic on exact data: a theorem about the instances it names."""
    SAMPLING = "sampling"
    """Random trials in floating point: a statement about frequencies."""


class Result(StrEnum):
    """What evidence establishes, and thus the possible verdicts on a claim."""

    KERNEL_CHECKED = "kernel-checked"
    DERIVED = "derived"
    ENCLOSED = "enclosed"
    SUPPORTED = "supported"
    FALSIFIED = "falsified"
    """A document shows that it fails."""
    CONTRADICTED = "contradicted"
    """Trials disagree: the counterpart of supported, and no more certain."""
    UNDECIDED = "undecided"
    VACUOUS = "vacuous"
    """The hypotheses were never satisfied, so nothing is asserted."""
    NOT_RUN = "not run"


SHOWN = (Result.ENCLOSED, Result.DERIVED, Result.KERNEL_CHECKED, Result.FALSIFIED)
"""The results above supported: a document shows each of them, or a theorem of the Coq library."""
REFUTING = (Result.FALSIFIED, Result.CONTRADICTED)
_ALWAYS_POSSIBLE = {Result.UNDECIDED, Result.VACUOUS, Result.NOT_RUN}
_POSSIBLE = {
    Method.SYMBOLIC: {Result.DERIVED, Result.FALSIFIED, *_ALWAYS_POSSIBLE},
    Method.KERNEL: {Result.KERNEL_CHECKED, *_ALWAYS_POSSIBLE},
    Method.ENCLOSURE: {*Result} - {Result.DERIVED, Result.KERNEL_CHECKED},
    Method.SAMPLING: {Result.SUPPORTED, Result.CONTRADICTED, *_ALWAYS_POSSIBLE},
}


class DerivationRow(msgspec.Struct, frozen=True, kw_only=True):
    """A printed step of a derivation; steps of the same part form one chain."""

    part: str
    latex: str
    reason: str
    checks: str
    name: str = ""
    """What the step is called, in the document and where it is refused."""
    routine: bool = False
    """Whether it goes without saying, like the sign of a product: reports count such steps and leave them out."""


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A definition or hypothesis that a derivation starts from."""

    latex: str
    words: str


class Artefact(msgspec.Struct, frozen=True, kw_only=True):
    """A file written as evidence, relative to the output folder."""

    path: str
    sha256: str
    kind: str


class CoqStatement(msgspec.Struct, frozen=True, kw_only=True):
    """The theorem of ``proofs/coq`` that states a claim, or a part of it."""

    theorem: str
    statement: str
    """As Coq prints it, closed."""
    axioms: list[str]
    """What it rests on, besides the rules of Coq."""
    whole: bool
    """Whether it states the whole claim."""
    says: str
    """How to read it; of a part, which part it is."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one procedure.

    Raises
    ------
    ValueError
        If the method cannot establish the result (sampling cannot prove), a result above supported lacks the document
        that shows it, or a statistical result lacks its interval.
    """

    procedure: str
    method: Method
    result: Result
    settles: bool
    """Whether the verdict depends on this procedure; others can only contradict the claim."""
    says: str
    """The result in one sentence."""
    n: int
    """Number of trials, instances or evaluation points."""
    interval: tuple[float, float] | None = None
    confidence: float | None = None
    quantity: str = ""
    """What the interval encloses."""
    reached: float | None = None
    """The probability shown, where the claim states one: computed from the trials, at the confidence."""
    rerun: str = ""
    """The command that repeats this procedure; filled in by the runner."""
    tables: list[Table] = []
    figures: list[Figure] = []
    given: list[Given] = []
    derivation: list[DerivationRow] = []
    artefacts: list[Artefact] = []

    _repr_html_ = displayed_by("claims.evidence")

    def __post_init__(self) -> None:
        if self.result not in _POSSIBLE[self.method]:
            raise ValueError(f"{self.method.value} cannot establish {self.result.value!r} ({self.procedure})")
        if self.result in SHOWN and self.method is not Method.KERNEL and not self.artefacts:
            raise ValueError(f"{self.result.value} needs a document that the checker accepts ({self.procedure})")
        statistical = self.method is Method.SAMPLING and self.result in (Result.SUPPORTED, Result.CONTRADICTED)
        if statistical and (self.interval is None or self.confidence is None or not self.quantity):
            raise ValueError(f"a statistical result needs its interval, confidence and quantity ({self.procedure})")
        if self.reached is not None and not (self.method is Method.SAMPLING and 0 <= self.reached <= 1):
            raise ValueError(f"a probability must be sampled and in [0, 1], not {self.reached} ({self.procedure})")

    @property
    def recheck(self) -> str:
        """The command that checks the evidence again, in the output folder; empty if it is no document or theorem."""
        if not self.artefacts:
            return self.rerun if self.method is Method.KERNEL else ""
        command = "fa-theory recheck --coq" if self.method is Method.KERNEL else "fa-theory recheck"
        return " ".join([command, *(a.path for a in self.artefacts)])


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """Outcome of a mutant, a degenerate case or a non-vacuity witness."""

    name: str
    says: str
    holds: bool
    detail: str


class MutantResult(msgspec.Struct, frozen=True, kw_only=True):
    """Outcome of a mutant: a wrong version of the claim, which the suite must refute."""

    name: str
    says: str
    refuted: bool
    detail: str
