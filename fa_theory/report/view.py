"""What both templates show: the result document with numbers, pictures and links worked out."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

from fa_theory.claims.evidence import Artefact, Evidence, Figure, Method, Result
from fa_theory.claims.result import ClaimResult, ResultDocument

from .bibliography import Reference, references
from .words import LOOKS, Look

_METHODS = {Method.SYMBOLIC: "derivation", Method.ENCLOSURE: "ball arithmetic", Method.SAMPLING: "random trials"}


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
    """By claim id: the figure that stands first."""

    @cached_property
    def all_pictures(self) -> list[Picture]:
        """In the order of their numbers."""
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
        return [(word, look, counts[word]) for word, look in LOOKS.items() if counts[word]]

    def look(self, words: str) -> Look:
        """How a verdict is shown."""
        return LOOKS[words]

    def settled_by(self, claim: ClaimResult) -> list[str]:
        """The methods the verdict rests on, each with its N."""
        return [f"{_METHODS[e.method]} (N\u00a0=\u00a0{e.n})" for e in claim.evidence if e.settles]

    def method(self, evidence: Evidence) -> str:
        """The method in words."""
        return _METHODS[evidence.method]

    def words(self, claim: ClaimResult, evidence: Evidence) -> str:
        """The result of one procedure in words."""
        refuted = evidence.result is Result.FALSIFIED and claim.erratum is not None
        return "falsified as stated" if refuted else evidence.result.value

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


def view(document: ResultDocument) -> View:
    """Number the figures in the order in which they appear."""
    made = View(document)
    count = 0
    for claim in document.claims:
        ordered = [(e, f) for e in sorted(claim.evidence, key=lambda e: not e.settles) for f in e.figures]
        leading = ordered[0][1] if ordered else None
        if leading is not None:
            count += 1
            made.lead[claim.id] = _picture(claim.id, leading, count, large=True)
        for evidence in claim.evidence:
            rest = [figure for figure in evidence.figures if figure is not leading]
            found = made.pictures[claim.id, evidence.procedure] = []
            for figure in rest:
                count += 1
                found.append(_picture(claim.id, figure, count, large=False))
    return made


def _picture(claim: str, figure: Figure, number: int, *, large: bool) -> Picture:
    name = re.sub(r"[^A-Za-z0-9]+", "-", f"{claim}-{figure.name}").strip("-")
    return Picture(figure, number, f"{number:02d}-{name}", large)
