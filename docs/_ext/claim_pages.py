"""A page for every claim, written from its declaration, and an overview with the graph of what rests on what."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path

from docutils import nodes
from generated import write
from pictures import element
from settled import OUT, settled
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx

from fa_theory.claims.claim import Check, Claim
from fa_theory.claims.library import library
from fa_theory.claims.procedures import Proved
from fa_theory.claims.procedures.proved import given, steps
from fa_theory.display import page as html
from fa_theory.display.derivations import rows
from fa_theory.figures.verdicts import GREY, attribution, look
from fa_theory.papers import PROOFS
from fa_theory.record.evidence import Artefact
from fa_theory.record.text import count, sentence
from fa_theory.report import graph, markup
from fa_theory.report.bibliography import references
from fa_theory.report.html import svg

OFFERED = ("proofs", "counterexamples")
"""Kinds of document that are small enough to lie on the site."""


def raw(content: object) -> list[str]:
    """HTML inside a page."""
    lines = ['<div class="fa-theory">', *str(content).splitlines(), "</div>"]
    return [".. raw:: html", "", *(f"   {line}" for line in lines), ""]


def section(title: str, lines: Iterable[str]) -> list[str]:
    """A heading with what is below it, if there is anything."""
    below = list(lines)
    return [title, "-" * len(title), "", *below, ""] if below else []


def checks(found: Iterable[Check]) -> list[str]:
    """Names and what they say."""
    listed = [(html.strong(check.name), check.says) for check in found]
    return raw(html.table(("", ""), listed, most=len(listed))) if listed else []


def links(ids: Iterable[str]) -> str:
    """Links to pages of claims."""
    return ", ".join(f":doc:`{id} <{id}>`" for id in ids)


def derivation(claim: Claim) -> Iterator[str]:
    """The steps of the proofs that settle a claim."""
    for procedure in claim.procedures:
        if isinstance(procedure, Proved):
            proof = procedure.proof()
            chain = steps(proof)
            yield from raw(html.paragraph(html.strong(f"{proof.data['title']}.")))
            yield from raw(html.formula(chain[-1].latex))
            yield from raw(
                html.folded(f"{count(len(chain), 'step')}, and what the proof starts from", *rows(given(proof), chain))
            )


def verdict(id: str) -> list[str]:
    """What the run found about a claim, or that there is no run."""
    result, view = settled().results.get(id), settled().view
    if result is None or view is None:
        return ["Not settled here: " + settled().missing + f". ``fa-theory verify {id}`` settles it.", ""]
    level = f" at {result.level}" if result.level else ""
    refuted = sum(mutant.refuted for mutant in result.mutants)
    found = [
        html.paragraph(
            html.verdict(view.words(result, e)),
            f"by {e.procedure}",
            html.small(f"({view.method(e)}, {view.tried(result, e)}{'' if e.settles else '; can only contradict'}):"),
            sentence(e.says),
        )
        for e in result.evidence
    ]
    methods = Counter(view.method(e) for e in result.evidence if e.settles)
    facts = {
        "method": ", ".join(f"{number} × {method}" for method, number in methods.items()),
        "mutants": f"{refuted} of {len(result.mutants)} refuted",
        "complete": "yes" if result.complete else "no: it, or something it uses, is not settled as stated",
        "run": html.code(result.provenance.command),
    }
    lead = view.lead.get(id)
    said = "" if lead is None else capital(lead.figure.caption)
    picture = [] if lead is None else [element(lead.figure, said), html.paragraph(markup.text(said))]
    return [
        *raw(html.paragraph(html.verdict(result.words) + level + ":", sentence(result.why))),
        *raw(html.facts(facts)),
        ":ref:`What the verdicts mean <verdicts>`",
        "",
        *raw(html.folded("What the procedures found", *found)),
        *(line for part in picture for line in raw(part)),
        *documents([artefact for e in result.evidence for artefact in e.artefacts]),
    ]


def capital(caption: str) -> str:
    """A caption as a sentence."""
    return sentence(caption[:1].upper() + caption[1:])


def documents(files: list[Artefact]) -> Iterator[str]:
    """The files that anybody can check again."""
    if not files:
        return
    yield from ["Documents", "~" * 9, ""]
    yield "``fa-theory-check FILE`` checks each of them again, alone. After the name stands its SHA-256."
    if any(artefact.kind not in OFFERED for artefact in files):
        yield "Certificates are large: the command below writes them to ``out/certificates/``."
    yield ""
    for artefact in files:
        name = Path(artefact.path).name
        here = artefact.kind in OFFERED and (OUT / artefact.path).is_file()
        shown = f":download:`{name} <../../../out/{artefact.path}>`" if here else f"``{name}``"
        yield f"* {shown} :digest:`{artefact.sha256}`"
    yield ""


def claim_page(claim: Claim, users: list[str]) -> str:
    """The page of a claim."""
    source = claim.source
    settling = [
        (html.strong(p.name), p.method.value, "settles the claim" if p.settles else "can only contradict")
        for p in claim.procedures
    ]
    procedures = [] if claim.id in settled().results else raw(html.table(("procedure", "method", ""), settling))
    facts = {
        "kind": f"{claim.kind.value}, {claim.bound.value}",
        "probability stated": None if claim.probability is None else f"{claim.probability:g}",
        "source": f"{source.key}, {source.locator}; {attribution(claim.kind.value, source.fidelity.value)}",
        "changed": source.changes or None,
        "in the literature": None if source.proved else "not proved",
        "refuted, as expected, by": claim.erratum.refuted_by if claim.erratum else None,
    }
    hypotheses = {h.name: html.fragment(h.statement) for h in claim.hypotheses}
    repaired = [f"Repaired by {links([claim.erratum.repaired_by])}.", ""] if claim.erratum else []
    uses = [f"Uses {links(claim.uses)}.", ""] if claim.uses else []
    used = [f"Used by {links(users)}.", ""] if users else []
    lines = [
        ".. role:: digest",
        "",
        f".. _claim-{claim.id}:",
        "",
        *(claim.id, "=" * len(claim.id), ""),
        *raw(html.STYLE + html.paragraph(html.strong(claim.title))),
        *raw(html.statement(claim.statement)),
        *raw(html.paragraph(claim.summary)),
        *raw(html.facts(facts)),
        *repaired,
        *section("Verdict", verdict(claim.id)),
        *section("Hypotheses", raw(html.facts(hypotheses)) if hypotheses else []),
        *section("Rests on", [*uses, *used]),
        *section("What settles it", [*procedures, ".. code-block:: console", "", f"   $ fa-theory verify {claim.id}"]),
        *section("Derivation", derivation(claim)),
        *section(
            "Mutants", ["Wrong versions of the claim, each of which must be refuted.", "", *checks(claim.mutants)]
        ),
        *section("Degenerate cases", checks(claim.degenerate)),
        *section("Witness", raw(html.paragraph(claim.witness.says))),
    ]
    return "\n".join(lines)


def title(paper: str) -> tuple[str, str]:
    """Authors with the year, and the title of the work; of what is in no work, what its folder says."""
    for reference in references([paper]):
        return f"{reference.people} ({reference.year})", reference.title
    says = (import_module(f"{PROOFS}.{paper}").__doc__ or "").partition("\n")[0]
    return "Found here", says.rstrip(".")


def overview(claims: list[Claim]) -> str:
    """All claims by paper, and the graph."""
    lines = [
        *("Claims", "======", ""),
        "These pages are written from the declarations in ``proofs/`` when the site is built. Their "
        ":ref:`verdicts <verdicts>` are those of the last ``fa-theory verify``, computed from its records. A line "
        "leads from a claim to the right, to one that uses it.",
        "",
        *([] if settled().results else [f"No verdicts are shown: {settled().missing}.", ""]),
    ]
    for paper in sorted({claim.id.partition(".")[0] for claim in claims}, reverse=True):
        heading, work = title(paper)
        own = [claim for claim in claims if claim.id.partition(".")[0] == paper]
        lines += [
            heading,
            "-" * len(heading),
            "",
            f"*{work}*",
            "",
            *raw(f'<div class="claim-graph">{drawn(own)}</div>'),
            ".. list-table::",
            "   :widths: 20 30 50",
            "",
        ]
        for claim in own:
            lines += [
                f"   * - {sign(claim.id)}",
                f"     - :doc:`{claim.id}`",
                f"     - {claim.summary.replace('|', chr(92) + '|').replace('*', chr(92) + '*')}",
            ]
        lines += ["", ".. toctree::", "   :hidden:", "", *(f"   {claim.id}" for claim in own), ""]
    return "\n".join(lines)


def gallery(claims: list[Claim]) -> dict[str, str]:
    """What the gallery shows of claims: of every kind of figure that stands with a claim one, and a graph."""
    lines, kinds = [], set[str]()
    every = [(id, f) for id, result in settled().results.items() for e in result.evidence for f in e.figures]
    for id, figure in every:
        kind = "rows" if figure.x.names else figure.name.partition("-")[0]
        several = len({x for each in figure.curves for x in each.x}) > 1
        if several and kind not in kinds:
            kinds.add(kind)
            lines += [
                "```{raw} html",
                element(figure, figure.caption),
                "```",
                "",
                f"{capital(figure.caption)} {{claim}}`{id}`",
                "",
                "```console",
                f"$ fa-theory verify {id}",
                f"$ fa-theory report --only {id}",
                "```",
                "",
            ]
    if not lines:
        lines = [f"There are none: {settled().missing}.", ""]
    first = [claim for claim in claims if claim.source.key == "song2021"]
    graph = ["```{raw} html", f'<div class="claim-graph">{drawn(first, "generated/claims/")}</div>', "```", ""]
    return {"gallery/figures.md": "\n".join(lines), "gallery/graph.md": "\n".join(graph)}


def sign(id: str) -> str:
    """Sign and word of a verdict."""
    result = settled().results.get(id)
    return f"{look(result.words).symbol} {result.words}" if result else "–"


class Signs:
    """What a graph asks for: which claims have a page, and how they are marked."""

    def __init__(self, claims: list[Claim]) -> None:
        self.number = {claim.id for claim in claims}

    def sign(self, id: str) -> tuple[str, str]:
        """Colour and symbol."""
        result = settled().results.get(id)
        return (look(result.words).colour, look(result.words).symbol) if result else (GREY, "–")

    def is_own(self, name: str, id: str) -> bool:
        """Whether a claim is one of those that the graph is about."""
        return id in self.number


def drawn(claims: list[Claim], folder: str = "") -> str:
    """The graph of some claims, by the drawer of the report; a box is a link to the page of its claim."""
    uses = {claim.id: list(claim.uses) for claim in claims}
    everything = {other: list[str]() for found in uses.values() for other in found} | uses
    laid_out = graph.layout(everything, {id: id.partition(".")[2] for id in everything})
    text = svg(laid_out, Signs(claims), f"graph-{claims[0].source.key}")  # type: ignore[arg-type]
    text = re.sub(r'href="#([a-z0-9.-]+)"', rf'href="{folder}\1.html"', text)
    return text.replace('fill="#fff"', 'class="box"').replace(" style=", " data-style=", 1)


def build(app: Sphinx) -> None:
    """Write the pages."""
    claims = [located.claim for located in library().values()]
    users = {claim.id: [c.id for c in claims if claim.id in c.uses] for claim in claims}
    pages = {f"claims/{c.id}.rst": claim_page(c, users[c.id]) for c in claims}
    write({"claims/index.rst": overview(claims)} | pages | gallery(claims))


def role(
    name: str, rawtext: str, text: str, lineno: int, inliner: object, options: object = None, content: object = None
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    """``{claim}`` in a page: a link to the page of a claim; an id that does not exist is a warning."""
    shown = nodes.literal(text, text)
    target = f"/generated/claims/{text}"
    link = pending_xref(rawtext, shown, refdomain="std", reftype="doc", reftarget=target, refexplicit=True)
    link["refwarn"] = True
    link["refdoc"] = "mathematics/index"
    return [link], []


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_role("claim", role)
    app.connect("builder-inited", build)
    return {"parallel_read_safe": True}
