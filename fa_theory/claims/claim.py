"""The declaration of a claim: written once, next to its proof; read by pytest, the command line and the report."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from fa_theory.errors import InputError
from fa_theory.shown import displayed_by

from .procedure import Context, Procedure

CHECKS = "checks"
"""Used instead of a procedure's name to address mutants, degenerate cases and witnesses."""

_ID = re.compile(r"[a-z0-9]+(\.[a-z0-9]+(-[a-z0-9]+)*)+")


class Kind(StrEnum):
    """What sort of statement a claim is."""

    DEFINITION = "definition"
    LEMMA = "lemma"
    THEOREM = "theorem"
    CONJECTURE = "conjecture"
    READING = "reading"
    """A published statement that leaves something unspecified, read literally by us."""
    VARIANT = "variant"
    """A published statement with a hypothesis changed or dropped by us."""

    @property
    def is_ours(self) -> bool:
        """Whether the authors of the source did not make this statement, so it must not be attributed to them."""
        return self in (Kind.READING, Kind.VARIANT)


class Bound(StrEnum):
    """What sort of assertion the claim makes; each kind has one rule of assertion."""

    IDENTITY = "identity"
    UPPER = "upper"
    LOWER = "lower"
    TIGHT = "tight"
    SCALING = "scaling"
    PROBABILITY = "probability"


class Fidelity(StrEnum):
    """How close the claim is to its source."""

    VERBATIM = "verbatim"
    ADAPTED = "adapted"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class Source:
    """The source of a claim: BibTeX key, place in the paper, and what was changed."""

    key: str
    locator: str
    fidelity: Fidelity
    changes: str = ""
    proved: bool = True
    """Whether the literature counts the statement as proved."""

    def __post_init__(self) -> None:
        if self.fidelity is Fidelity.ADAPTED and not self.changes:
            raise InputError(f"the source {self.key} ({self.locator}) is adapted; say in `changes` what was changed")


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A named hypothesis: its name in words and its statement in LaTeX."""

    name: str
    statement: str


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """The outcome of a `Check`: whether it holds, and the figures that show it."""

    holds: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Check:
    """A mutant, a degenerate case or a witness: a name, what it says, and how to run it.

    ``run`` receives the `Context` of the check, with the records of the claim's procedures. A mutant *holds* when the
    suite refutes it.
    """

    name: str
    says: str
    run: Callable[[Context], CheckOutcome] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Erratum:
    """A statement known to fail: what refutes it, and the claim that repairs it.

    It is a published statement quoted verbatim, or a `Kind.READING` or `Kind.VARIANT` of one. Then ``falsified`` is the
    expected verdict, and a run fails when the refutation no longer succeeds.
    """

    refuted_by: str
    repaired_by: str


@dataclass(frozen=True, slots=True)
class Formalised:
    """The theorem of ``proofs/coq`` that states a claim, or a part of it.

    Attributes
    ----------
    theorem
        A headline theorem of the library.
    says
        How to read it; of a part, which part it is.
    whole
        Whether it states the whole claim. Only then the verdict can be ``kernel-checked``.
    """

    theorem: str
    says: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement about feedback alignment, with everything needed to settle it.

    Attributes
    ----------
    id
        Stable dotted name, ``paper.statement``; never reused.
    title, statement, summary
        Title; the statement in LaTeX; the statement in one plain sentence (``summary``, shown in the terminal).
    procedures
        The procedures that settle the claim. At least one has ``settles=True``.
    mutants
        Wrong versions of the claim; each must be refuted.
    degenerate
        The degenerate cases (n=1, λ=0, b=0, …) and what happens there.
    witness
        Shows that the hypotheses can be satisfied.
    uses
        Ids of the claims that this one depends on.
    proof
        A proof in prose, as a LaTeX fragment, of what is not derived; it may explain the symbols of a derivation.
    probability
        The probability that a claim of bound ``probability`` states; the claim is complete when the trials show it.
    coq
        The theorem of ``proofs/coq`` that states the claim, if there is one.

    Raises
    ------
    InputError
        If the id is malformed, nothing settles the claim, a mutant or the witness is missing, a claim of bound
        ``probability`` states none, or an erratum, reading or variant is attributed to others.
    """

    id: str
    title: str
    kind: Kind
    bound: Bound
    statement: str
    summary: str
    source: Source
    procedures: tuple[Procedure, ...]
    mutants: tuple[Check, ...]
    degenerate: tuple[Check, ...]
    witness: Check
    hypotheses: tuple[Hypothesis, ...] = ()
    uses: tuple[str, ...] = ()
    erratum: Erratum | None = None
    proof: str = ""
    probability: float | None = None
    coq: Formalised | None = None

    _repr_html_ = displayed_by("claims.claim")
    _repr_latex_ = displayed_by("claims.latex")

    def __repr__(self) -> str:
        return f"Claim({self.id}, {self.kind.value}: {self.title})"

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise InputError(f"claim id {self.id!r} is not of the form 'paper.some-statement' (lower case, dotted)")
        names = [p.name for p in self.procedures]
        checks = [c.name for c in (*self.mutants, *self.degenerate, self.witness)]
        for what, found in (("procedure", names), ("check", checks)):
            twice = sorted({name for name in found if found.count(name) > 1})
            if twice:
                raise InputError(f"claim {self.id} has two {what}s named {twice[0]!r}; names must differ")
        if CHECKS in names:
            raise InputError(
                f"claim {self.id} has a procedure named {CHECKS!r}, which is reserved; choose another name"
            )
        if not any(p.settles for p in self.procedures):
            raise InputError(f"claim {self.id} has no procedure that settles it; mark one with settles=True")
        if not self.mutants:
            raise InputError(
                f"claim {self.id} has no mutant; a suite that cannot refute a wrong version proves nothing"
            )
        self._validate_probability()
        self._validate_attribution()

    def _validate_probability(self) -> None:
        bounds = self.bound is Bound.PROBABILITY
        if bounds and (self.probability is None or not 0 < self.probability < 1):
            raise InputError(
                f"claim {self.id} has bound probability but states {self.probability}; give probability=0.95"
            )
        if not bounds and self.probability is not None:
            raise InputError(
                f"claim {self.id} states the probability {self.probability:g} but has bound {self.bound.value}; "
                "use Bound.PROBABILITY"
            )

    def _validate_attribution(self) -> None:
        source = self.source
        if self.kind.is_ours and (source.proved or source.fidelity is Fidelity.VERBATIM):
            raise InputError(
                f"claim {self.id} is a {self.kind.value}, which {source.key} does not state; set "
                "proved=False and fidelity adapted or ours in its source"
            )
        if self.erratum and not self.kind.is_ours and source.fidelity is not Fidelity.VERBATIM:
            raise InputError(
                f"claim {self.id} has an erratum but is not quoted verbatim from {source.key}; a statement that its "
                "authors did not make is of kind reading or variant"
            )
