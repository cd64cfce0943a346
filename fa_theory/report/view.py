"""What both templates show: the result document with numbers, pictures and links worked out."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count

from fa_theory.claims.result import ClaimResult, ResultDocument
from fa_theory.figures.verdicts import CHANGES, LOOKS, Look, look
from fa_theory.record.evidence import Artefact, Evidence, Method, Result
from fa_theory.record.figure import Figure

from .bibliography import Reference, references
from .symbols import Use, used

METHODS = {Method.SYMBOLIC: "derivation", Method.ENCLOSURE: "ball arithmetic", Method.SAMPLING: "random trials"}


@dataclass(frozen=True)
class Picture:
    """A figure with its number in the report and the name of its file."""

    figure: Figure
    number: int
    file: str
    large: bool


@dataclass(frozen=True)
class Files:
    """Artefacts of one kind, and the command that checks them all again."""

    kind: str
    found: list[Artefact]
    recheck: str


@dataclass(frozen=True)
class View:
    """A result document, ready for a template."""

    document: ResultDocument
    pictures: dict[tuple[str, str], list[Picture]] = field(default_factory=dict)
    """By claim id and procedure."""
    lead: dict[str, Picture] = field(default_factory=dict)
    """By claim id: the figure that stands with the claim."""
    left_out: frozenset[str] = frozenset()
    """Ids of claims of the run that the report does not show."""

    @cached_property
    def all_pictures(self) -> list[Picture]:
        """In the order of their numbers: first those that stand with the claims, then those in the details."""
        rest = [picture for found in self.pictures.values() for picture in found]
        return sorted([*self.lead.values(), *rest], key=lambda picture: picture.number)

    @cached_property
    def number(self) -> dict[str, int]:
        """Number of each claim; all kinds of statement share one counter."""
        return {claim.id: k for k, claim in enumerate(self.document.claims, 1)}

    @cached_property
    def links(self) -> dict[str, str]:
        """What a reference to a claim is printed as, by label."""
        return {f"claim:{c.id}": f"{c.kind.value} {self.number[c.id]}" for c in self.document.claims}

    @cached_property
    def references(self) -> list[Reference]:
        """The references cited."""
        return references(claim.source.key for claim in self.document.claims)

    @cached_property
    def labels(self) -> dict[str, str]:
        """Printed label of each reference, by BibTeX key."""
        return {reference.key: reference.label for reference in self.references}

    @property
    def tally(self) -> list[tuple[str, Look, int]]:
        """How many claims have each verdict, strongest first."""
        counts = Counter(claim.words for claim in self.document.claims)
        return [(word, each, counts[word]) for word, each in LOOKS.items() if counts[word]]

    @cached_property
    def symbols(self) -> list[Use]:
        """The index of symbols."""
        return used(self.document.claims)

    def look(self, words: str) -> Look:
        """How a verdict is shown."""
        return look(words)

    def settled_by(self, claim: ClaimResult) -> list[tuple[str, str]]:
        """The methods the verdict rests on, each with its N: one number for each procedure."""
        counts: dict[str, list[str]] = {}
        for evidence in claim.evidence:
            if evidence.settles:
                counts.setdefault(METHODS[evidence.method], []).append(str(evidence.n))
        return [(method, " + ".join(found)) for method, found in counts.items()]

    @property
    def has_absent(self) -> bool:
        """Whether a claim uses one that is not here."""
        return any(id not in self.number for claim in self.document.claims for id in claim.uses)

    def absent(self, id: str) -> str:
        """Why a claim that is referred to is not here."""
        return "not shown here" if id in self.left_out else "not part of this run"

    def resolved(self, latex: str) -> str:
        """LaTeX in which a reference to a claim that is not here is its id, and no link into the void."""

        def known(match: re.Match[str]) -> str:
            id = match[1]
            plain = id.replace("_", r"\_")
            return match[0] if id in self.number else rf"\texttt{{{plain}}} ({self.absent(id)})"

        return re.sub(r"\\[cC]?ref\{claim:([^}]*)\}", known, latex)

    def changes(self, claim: ClaimResult) -> str:
        """What would change the verdict, in one sentence."""
        if claim.verdict in (Result.UNDECIDED, Result.FALSIFIED) and any(not m.refuted for m in claim.mutants):
            return "a suite that refutes all mutants"
        words = list(dict.fromkeys(self.words(claim, e) for e in claim.evidence if e.settles))
        return "; ".join(CHANGES[word] for word in (words if claim.words in words else [claim.words]))

    def would_fall_with(self, claim: ClaimResult) -> list[str]:
        """The claims whose fall would make this one incomplete: all it uses, directly or not."""
        uses = {other.id: other.uses for other in self.document.claims}
        found: dict[str, None] = {}
        waiting = list(claim.uses)
        while waiting:
            id = waiting.pop(0)
            if id not in found:
                found[id] = None
                waiting += uses.get(id, ())
        return sorted(found, key=lambda id: (self.number.get(id, 0), id))

    def method(self, evidence: Evidence) -> str:
        """The method in words."""
        return METHODS[evidence.method]

    def words(self, claim: ClaimResult, evidence: Evidence) -> str:
        """The result of one procedure in words."""
        return claim.words_for(evidence.result)

    def used_by(self, claim: ClaimResult) -> list[str]:
        """The claims that rest on this one."""
        return [other.id for other in self.document.claims if claim.id in other.uses]

    def reruns(self, claim: ClaimResult) -> list[str]:
        """The commands that repeat the procedures of a claim, each once."""
        return list(dict.fromkeys(e.rerun for e in claim.evidence if e.rerun))

    def common_checks(self, evidence: Evidence) -> str:
        """What the checks said of every step of a derivation, if it is always the same."""
        said = {row.checks for row in evidence.derivation}
        return said.pop() if len(said) == 1 else ""

    def common_says(self, claim: ClaimResult) -> str:
        """What the mutants say, if all say the same and differ by their names."""
        said = {mutant.says for mutant in claim.mutants}
        return said.pop() if len(said) == 1 < len(claim.mutants) else ""

    def files(self, claim: ClaimResult, evidence: Evidence) -> list[Files]:
        """Artefacts by kind."""
        kinds = dict.fromkeys(a.kind for a in evidence.artefacts)
        by_kind = {kind: [a for a in evidence.artefacts if a.kind == kind] for kind in kinds}
        return [
            Files(
                kind,
                found,
                f"fa-theory recheck {found[0].path if len(found) == 1 else f'{kind}/{claim.id}-*.json'}",
            )
            for kind, found in by_kind.items()
        ]


def report_view(document: ResultDocument, left_out: frozenset[str] = frozenset()) -> View:
    """Number the figures in the order in which they appear."""
    made = View(document, left_out=left_out)
    numbers = count(1)
    leading: dict[str, Figure] = {}
    for claim in document.claims:
        found = [(e, f) for e in claim.evidence for f in e.figures]
        # What settles the claim convinces most, but a single abscissa convinces nobody.
        found.sort(key=lambda pair: (len({x for curve in pair[1].curves for x in curve.x}) < 2, not pair[0].settles))
        if found:
            first = found[0][1]
            leading[claim.id] = first
            made.lead[claim.id] = _picture(claim.id, first, next(numbers), large=True)
    for claim in document.claims:
        for evidence in claim.evidence:
            rest = [figure for figure in evidence.figures if figure is not leading.get(claim.id)]
            made.pictures[claim.id, evidence.procedure] = [
                _picture(claim.id, figure, next(numbers), large=bool(figure.x.names)) for figure in rest
            ]
    return made


def _picture(claim: str, figure: Figure, number: int, *, large: bool) -> Picture:
    name = re.sub(r"[^A-Za-z0-9]+", "-", f"{claim}-{figure.name}").strip("-")
    return Picture(figure, number, f"{number:02d}-{name}", large)
