"""The content of both templates: the result document with numbers, pictures and links."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import count, groupby

import msgspec

from fa_theory.claims.claim import Hypothesis, Kind
from fa_theory.claims.procedure import Budget
from fa_theory.claims.result import SCHEMA, ClaimResult, ResultDocument
from fa_theory.figures.verdicts import CHANGES, EXITS, GREY, LOOKS, Look, look
from fa_theory.record.evidence import (
    REFUTING,
    Artefact,
    CheckResult,
    DerivationRow,
    Evidence,
    Method,
    MutantResult,
    Result,
)
from fa_theory.record.figure import Figure
from fa_theory.record.text import cell

from . import graph, setting
from .bibliography import Reference, references
from .symbols import Use, used

METHODS = {
    Method.SYMBOLIC: "derivation",
    Method.KERNEL: "Coq",
    Method.ENCLOSURE: "ball arithmetic",
    Method.SAMPLING: "random trials",
}
COUNTED = {
    Method.SYMBOLIC: ("point", "points"),
    Method.KERNEL: ("theorem", "theorems"),
    Method.ENCLOSURE: ("instance", "instances"),
    Method.SAMPLING: ("network", "networks"),
}
"""What N counts: points at which formulas are evaluated, instances in balls, random networks."""
SAID = {
    "kernel-checked": "accepted by the kernel of Coq",
    "derived": "derived for all sizes",
    "enclosed": "proved in ball arithmetic for named instances",
    "supported": "supported by random trials",
    "falsified as stated": "falsified as stated and repaired by another claim",
    "variant refuted": "refuted as expected (readings or variants)",
    "proved": "proved",
    "falsified": "falsified",
    "contradicted": "contradicted by random trials",
    "undecided": "undecided",
    "vacuous": "vacuous",
    "not run": "without a result",
    "error": "without a result",
}
"""Verdicts in a sentence."""
CHECKED = {
    0: "Nothing was falsified or contradicted.",
    1: "A conjecture was falsified or contradicted.",
    2: "A conjecture could not be evaluated. Its results are missing below.",
    3: "Nothing was falsified or contradicted, but something is undecided or vacuous.",
}
"""The meaning of the exit codes of ``fa-theory check``."""
CLAIM, CONJECTURE = ("claim", "claims"), ("conjecture", "conjectures")
TITLE = "Feedback alignment: claims and their verification"


@dataclass(frozen=True)
class Paper:
    """The claims about one source: a paper of the bibliography, or a file of conjectures."""

    key: str
    title: str
    claims: list[ClaimResult]
    drawing: str
    """Name of the graph of its claims."""


@dataclass(frozen=True)
class Picture:
    """A figure with its number in the report and the name of its file."""

    figure: Figure
    number: int
    file: str
    large: bool


@dataclass(frozen=True)
class Files:
    """Artefacts of one kind, and the command that verifies all of them."""

    kind: str
    found: list[Artefact]
    recheck: str


@dataclass(frozen=True)
class Derivation:
    """The steps of a derivation that are printed, part by part and numbered, and what is left out."""

    parts: list[tuple[str, list[tuple[int, DerivationRow]]]]
    routine: int
    """How many steps go without saying."""
    repeated: int
    """How many stand with an earlier procedure of the claim."""
    given_with: str
    """The earlier procedure of the claim with the same definitions and hypotheses."""


@dataclass(frozen=True)
class View:
    """A result document, ready for a template."""

    document: ResultDocument
    pictures: dict[tuple[str, str], list[Picture]] = field(default_factory=dict)
    """By claim id and procedure."""
    lead: dict[str, Picture] = field(default_factory=dict)
    """By claim id: the figure shown with the claim."""
    left_out: frozenset[str] = frozenset()
    """Ids of claims of the run that the report does not show."""
    author: str = ""
    date: str = ""
    source: str = ""
    """SHA-256 of the result document of which this is a part."""

    @cached_property
    def all_pictures(self) -> list[Picture]:
        """In the order of their numbers: first those shown with the claims, then those in the details."""
        rest = [picture for found in self.pictures.values() for picture in found]
        return sorted([*self.lead.values(), *rest], key=lambda picture: picture.number)

    @property
    def is_check(self) -> bool:
        """Whether the document is about checked conjectures, not verified claims."""
        return self.document.seconds is not None

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the whole result document, which identifies the source of a report."""
        return self.source or hashlib.sha256(msgspec.json.encode(self.document)).hexdigest()

    @cached_property
    def noun(self) -> tuple[str, str]:
        """What the report contains: singular and plural."""
        return CONJECTURE if self.is_check else CLAIM

    @property
    def title(self) -> str:
        """Title of the report."""
        return "Conjectures about feedback alignment and their verdicts" if self.is_check else TITLE

    @cached_property
    def abstract(self) -> str:
        """The results in a few sentences computed from the verdicts."""
        return abstract(self)

    @cached_property
    def claims(self) -> list[ClaimResult]:
        """The claims in printed order: paper by paper."""
        return [claim for paper in self.papers for claim in paper.claims]

    @cached_property
    def papers(self) -> list[Paper]:
        """The claims by source, the earliest paper first, files after the papers."""
        by_key: dict[str, list[ClaimResult]] = {}
        for claim in self.document.claims:
            by_key.setdefault(claim.source.key, []).append(claim)
        order = sorted(by_key, key=lambda key: (self._entries[key].year if key in self._entries else "~", key))
        return [
            Paper(
                key,
                f"Claims about {self._entries[key].people} [{self._entries[key].label}]"
                if key in self._entries
                else f"{self.noun[1].capitalize()} of {key}",
                by_key[key],
                f"graph-{k}",
            )
            for k, key in enumerate(order, 1)
        ]

    @cached_property
    def _entries(self) -> dict[str, Reference]:
        return {reference.key: reference for reference in self.references}

    @cached_property
    def number(self) -> dict[str, int]:
        """Number of each claim; all kinds of statement share one counter."""
        return {claim.id: k for k, claim in enumerate(self.claims, 1)}

    def name(self, id: str) -> str:
        """Kind and number of a claim."""
        return self.links.get(f"claim:{id}", id)

    @cached_property
    def graphs(self) -> dict[str, graph.Graph]:
        """Layouts: of each paper with links, and of each claim that rests on others."""
        uses = {claim.id: list(claim.uses) for claim in self.claims}
        found = {}
        for paper in self.papers:
            if any(claim.uses for claim in paper.claims):
                found[paper.drawing] = self._graph({claim.id: uses[claim.id] for claim in paper.claims})
        for claim in self.claims:
            above = graph.ancestors(claim.id, uses)
            if above:
                found[f"ancestors-{claim.id}"] = self._graph({id: uses.get(id, []) for id in [claim.id, *above]})
        return found

    def _graph(self, uses: dict[str, list[str]]) -> graph.Graph:
        everything = {other: list[str]() for found in uses.values() for other in found} | uses
        return graph.layout(everything, {id: self._in_box(id) for id in everything})

    def _in_box(self, id: str) -> str:
        name = id.partition(".")[2] or id
        return f"{self.name(id).capitalize()}\n{name}" if id in self.number else name

    @cached_property
    def by_id(self) -> dict[str, ClaimResult]:
        """The claims by id."""
        return {claim.id: claim for claim in self.claims}

    @cached_property
    def shared(self) -> list[setting.Shared]:
        """The hypotheses that several claims share."""
        return setting.shared(self.claims)

    def hypotheses(self, claim: ClaimResult) -> list[tuple[Hypothesis, str | None]]:
        """The hypotheses of a claim, each with the place where the report defines it, if it is not here."""
        found = [(hypothesis, setting.place(hypothesis, self.shared)) for hypothesis in claim.hypotheses]
        return sorted(found, key=lambda pair: pair[1] is None)

    def tried(self, claim: ClaimResult, evidence: Evidence) -> str:
        """N with what it counts."""
        one, many = COUNTED[Method.SAMPLING if claim.kind is Kind.CONJECTURE and self.is_check else evidence.method]
        return f"{cell(evidence.n)} {one if evidence.n == 1 else many}"

    @property
    def settings(self) -> str:
        """Seed and budget as requested."""
        return f"seed {self.document.seed}, budget {self.document.asked}"

    @property
    def outcome(self) -> str:
        """What the exit code means, in one sentence."""
        words = CHECKED if self.is_check else EXITS
        code = self.document.exit_code
        if code not in words:
            return f"The exit code is {code}."
        return words[code]

    @cached_property
    def links(self) -> dict[str, str]:
        """The printed form of a reference to a claim, by label."""
        return {f"claim:{c.id}": f"{c.kind.value} {self.number[c.id]}" for c in self.claims}

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
        """The number of claims per verdict, strongest first."""
        counts = Counter(claim.words for claim in self.document.claims)
        return [(word, each, counts[word]) for word, each in LOOKS.items() if counts[word]]

    @property
    def has_derivations(self) -> bool:
        """Whether a proof is printed in index notation."""
        return not self.is_check and any(e.derivation for claim in self.claims for e in claim.evidence)

    @cached_property
    def symbols(self) -> list[Use]:
        """The index of symbols."""
        return used(self.claims)

    def sign(self, id: str) -> tuple[str, str]:
        """Colour and symbol of a claim in a graph; grey if nothing is known about it."""
        claim = self.by_id.get(id)
        shown = look(claim.words if claim else "not run")
        return (shown.colour if claim else GREY), shown.symbol

    def is_own(self, drawing: str, id: str) -> bool:
        """Whether a claim belongs to the paper of a graph, or to the report."""
        for paper in self.papers:
            if paper.drawing == drawing:
                return any(claim.id == id for claim in paper.claims)
        return id in self.number

    def meaning(self, words: str) -> str:
        """The meaning of a verdict; for a user's conjecture, without the request to investigate."""
        meaning = self.look(words).meaning
        return meaning.replace(" Needs investigation.", "") if self.is_check else meaning

    def outcomes(self, checks: Sequence[CheckResult | MutantResult]) -> list[tuple[CheckResult | MutantResult, bool]]:
        """Checks, each with whether it has the expected outcome."""
        return [(check, check.refuted if isinstance(check, MutantResult) else check.holds) for check in checks]

    def look(self, words: str) -> Look:
        """How a verdict is shown."""
        return look(words)

    def settled_by(self, claim: ClaimResult) -> list[tuple[str, str]]:
        """The methods the verdict rests on, each with what it was tried on: by procedure, in all if there are many."""
        by_method: dict[Method, list[Evidence]] = {}
        for evidence in claim.evidence:
            if evidence.settles:
                by_method.setdefault(evidence.method, []).append(evidence)
        return [(METHODS[method], self._tried_on(claim, found)) for method, found in by_method.items()]

    def _tried_on(self, claim: ClaimResult, found: Sequence[Evidence]) -> str:
        if len(found) <= 2:
            return " + ".join(self.tried(claim, evidence) for evidence in found)
        everything = msgspec.structs.replace(found[0], n=sum(evidence.n for evidence in found))
        return f"{self.tried(claim, everything)} in {len(found)} procedures"

    @property
    def has_absent(self) -> bool:
        """Whether a claim uses one that is not in the report."""
        return any(id not in self.number for claim in self.document.claims for id in claim.uses)

    def absent(self, id: str) -> str:
        """Why a referenced claim is not in the report."""
        return "not shown here" if id in self.left_out else "not part of this run"

    def resolved(self, latex: str) -> str:
        """LaTeX in which a reference to an absent claim is its id instead of a broken link."""

        def known(match: re.Match[str]) -> str:
            id = match[1]
            plain = id.replace("_", r"\_")
            return match[0] if id in self.number else rf"\texttt{{{plain}}} ({self.absent(id)})"

        return re.sub(r"\\[cC]?ref\{claim:([^}]*)\}", known, latex)

    def changes(self, claim: ClaimResult) -> str:
        """The evidence that would change the verdict, in one sentence."""
        if claim.verdict in (Result.UNDECIDED, *REFUTING) and any(not m.refuted for m in claim.mutants):
            return "a suite that refutes all mutants"
        words = list(dict.fromkeys(self.words(claim, e) for e in claim.evidence if e.settles))
        return "; ".join(CHANGES[word] for word in (words if claim.words in words else [claim.words]))

    def would_fall_with(self, claim: ClaimResult) -> list[str]:
        """The claims whose refutation would make this one incomplete: all it uses, directly or not."""
        found = graph.ancestors(claim.id, {other.id: other.uses for other in self.claims})
        return sorted(found, key=lambda id: (self.number.get(id, 0), id))

    def method(self, evidence: Evidence) -> str:
        """The method in words."""
        return METHODS[evidence.method]

    def words(self, claim: ClaimResult, evidence: Evidence) -> str:
        """The result of one procedure in words."""
        return claim.words_for(evidence.result)

    def used_by(self, claim: ClaimResult) -> list[str]:
        """The claims that use this one."""
        return [other.id for other in self.claims if claim.id in other.uses]

    def reruns(self, claim: ClaimResult) -> list[str]:
        """The commands that repeat the procedures of a claim, each once."""
        return list(dict.fromkeys(e.rerun for e in claim.evidence if e.rerun))

    def printed(self, claim: ClaimResult, evidence: Evidence) -> Derivation:
        """The steps of a derivation as they are printed: without the routine ones and those printed before it."""
        earlier = claim.evidence[: claim.evidence.index(evidence)]
        before = {row.latex for each in earlier for row in each.derivation if not row.routine}
        told = [row for row in evidence.derivation if not row.routine]
        new = [row for k, row in enumerate(told) if row.latex not in before or k == len(told) - 1]
        same = next((each.procedure for each in earlier if each.given and each.given == evidence.given), "")
        parts = [(part, list(rows)) for part, rows in groupby(enumerate(new, 1), key=lambda pair: pair[1].part)]
        return Derivation(parts, len(evidence.derivation) - len(told), len(told) - len(new), same)

    def common_checks(self, evidence: Evidence) -> str:
        """The check of every step of a derivation, if it is the same for all."""
        said = {row.checks for row in evidence.derivation}
        return said.pop() if len(said) == 1 else ""

    def common_says(self, claim: ClaimResult) -> str:
        """The statement of the mutants, if it is the same for all."""
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


def report_view(
    document: ResultDocument,
    left_out: frozenset[str] = frozenset(),
    *,
    author: str = "",
    date: str = "",
    source: str = "",
) -> View:
    """Number the figures in the order in which they appear."""
    made = View(document, left_out=left_out, author=author, date=date, source=source)
    numbers = count(1)
    leading: dict[str, Figure] = {}
    for claim in made.claims:
        # Only procedures that settle a claim have the sizes of its statement, and a single abscissa shows no trend.
        found = [figure for e in claim.evidence if e.settles for figure in e.figures]
        first = next((f for f in found if len({x for curve in f.curves for x in curve.x}) > 1), None)
        if first is not None:
            leading[claim.id] = first
            made.lead[claim.id] = _picture(claim.id, first, next(numbers), large=True)
    for claim in made.claims:
        for evidence in claim.evidence:
            rest = [figure for figure in evidence.figures if figure is not leading.get(claim.id)]
            made.pictures[claim.id, evidence.procedure] = [
                _picture(claim.id, figure, next(numbers), large=bool(figure.x.names)) for figure in rest
            ]
    return made


@cache
def nothing() -> View:
    """The view of an empty run, for text outside a report."""
    empty = ResultDocument(
        schema=SCHEMA, seed=0, budget=Budget.QUICK, command="", versions={}, claims=[], failures=[], exit_code=0
    )
    return View(empty)


def abstract(shown: View) -> str:
    """A summary of a report in a few sentences, computed from the verdicts."""
    claims, (one, many) = shown.claims, shown.noun
    if not claims:
        return f"The run contains no {many}."
    number = len(claims)
    papers = [paper for paper in shown.papers if paper.key in shown.labels]
    about = f" based on {_and([paper.title.removeprefix('Claims about ') for paper in papers])}" if papers else ""
    start = f"This report states {number} {one if number == 1 else many} about feedback alignment{about}"
    counts = [f"{count} {'is' if count == 1 else 'are'} {SAID[word]}" for word, _, count in shown.tally]
    sentences = [f"{start}, with the evidence for and against {'it' if number == 1 else 'them'}"]
    sentences.append(f"Of these {_and(counts)}" if number > 1 else f"It is {SAID[claims[0].words]}")
    mutants = [mutant for claim in claims for mutant in claim.mutants]
    if mutants:
        refuted = sum(mutant.refuted for mutant in mutants)
        sentences.append(
            f"Of {len(mutants)} deliberately wrong versions of the claims, {refuted} are refuted"
            if refuted < len(mutants)
            else f"All {len(mutants)} deliberately wrong versions of the claims are refuted"
        )
    sentences.append("Every verdict is computed from the evidence shown with it")
    return ". ".join(sentence[:1].upper() + sentence[1:] for sentence in sentences) + "."


def _and(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _picture(claim: str, figure: Figure, number: int, *, large: bool) -> Picture:
    name = re.sub(r"[^A-Za-z0-9]+", "-", f"{claim}-{figure.name}").strip("-")
    return Picture(figure, number, f"{number:02d}-{name}", large)
