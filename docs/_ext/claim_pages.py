"""A page for every claim, written from its declaration, and an overview with the graph of what rests on what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from graphlib import TopologicalSorter
from html import escape

from docutils import nodes
from generated import write
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx

from fa_theory.claims.claim import Check, Claim
from fa_theory.claims.library import library
from fa_theory.claims.procedures import Proved
from fa_theory.claims.procedures.proved import given, steps
from fa_theory.display import page as html
from fa_theory.display.derivations import rows
from fa_theory.figures.verdicts import attribution

PAPERS = {
    "song2021": (
        "Song, Xu & Lafferty (2021)",
        "Convergence and alignment of gradient descent with random backpropagation weights",
    ),
    "robertson2024": (
        "Robertson & Koyejo (2024)",
        "Implicit regularization in feedback alignment learning mechanisms for neural networks",
    ),
}
"""Authors and title."""
ROW, BOX, HIGH, GAP = 30, 190, 22, 40
"""Sizes of the graph, in pixels."""


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
            yield from raw(html.folded(f"All {len(chain)} steps, and what they start from", *rows(given(proof), chain)))


def claim_page(claim: Claim, users: list[str]) -> str:
    """The page of a claim."""
    source = claim.source
    title = claim.id
    procedures = [
        (html.strong(p.name), p.method.value, "settles the claim" if p.settles else "can only contradict")
        for p in claim.procedures
    ]
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
        f".. _claim-{claim.id}:",
        "",
        *(title, "=" * len(title), ""),
        *raw(html.STYLE + html.paragraph(html.strong(claim.title))),
        *raw(html.statement(claim.statement)),
        *raw(html.paragraph(claim.summary)),
        *raw(html.facts(facts)),
        *repaired,
        *section("Hypotheses", raw(html.facts(hypotheses)) if hypotheses else []),
        *section("Rests on", [*uses, *used]),
        *section("What settles it", raw(html.table(("procedure", "method", ""), procedures))),
        *(".. code-block:: console", "", f"   $ fa-theory verify {claim.id}", ""),
        *section("Derivation", derivation(claim)),
        *section(
            "Mutants", ["Wrong versions of the claim, each of which must be refuted.", "", *checks(claim.mutants)]
        ),
        *section("Degenerate cases", checks(claim.degenerate)),
        *section("Witness", raw(html.paragraph(claim.witness.says))),
    ]
    return "\n".join(lines)


def overview(claims: list[Claim]) -> str:
    """All claims by paper, and the graph."""
    lines = [
        *("Claims", "======", ""),
        "These pages are written from the declarations in ``proofs/`` when the site is built. They say what is claimed "
        "and what settles it. Verdicts are not among them: those are computed by ``fa-theory verify`` and printed by "
        "``fa-theory report``.",
        "",
        *raw(html.paragraph(f"{len(claims)} claims. A line leads from a claim to the right, to one that uses it.")),
        *raw(f'<div class="claim-graph">{graph(claims)}</div>'),
    ]
    for paper in sorted({claim.id.partition(".")[0] for claim in claims}, reverse=True):
        title, work = PAPERS.get(paper, (paper, ""))
        own = [claim for claim in claims if claim.id.partition(".")[0] == paper]
        lines += [
            title,
            "-" * len(title),
            "",
            f"*{work}*" if work else "",
            "",
            ".. list-table::",
            "   :widths: 35 65",
            "",
        ]
        for claim in own:
            lines += [
                f"   * - :doc:`{claim.id}`",
                f"     - {claim.summary.replace('|', chr(92) + '|').replace('*', chr(92) + '*')}",
            ]
        lines += ["", ".. toctree::", "   :hidden:", "", *(f"   {claim.id}" for claim in own), ""]
    return "\n".join(lines)


def graph(claims: list[Claim]) -> str:
    """Claims that are linked, each to the right of all it uses."""
    uses = {claim.id: claim.uses for claim in claims}
    used = {other for others in uses.values() for other in others}
    rank: dict[str, int] = {}
    for id in TopologicalSorter(uses).static_order():
        rank[id] = 1 + max((rank[other] for other in uses[id]), default=-1)
    linked = [id for id in rank if id in used or uses[id]]
    columns: list[list[str]] = [[] for _ in range(1 + max(rank[id] for id in linked))]
    place: dict[str, float] = {}
    for k, column in enumerate(columns):
        column += sorted(id for id in linked if rank[id] == k)
        column.sort(key=lambda id: sum(place[o] for o in uses[id]) / max(len(uses[id]), 1))
        place |= {id: (m + 0.5) / len(column) for m, id in enumerate(column)}
    height = ROW * max(map(len, columns))
    at = {id: (k * (BOX + GAP), place[id] * height - HIGH / 2) for k, column in enumerate(columns) for id in column}
    width = len(columns) * (BOX + GAP) - GAP
    drawn = []
    for id in linked:
        x, y = at[id]
        for other in uses[id]:
            x0, y0 = at[other][0] + BOX, at[other][1] + HIGH / 2
            y1, bend = y + HIGH / 2, (x - x0) / 2
            drawn.append(f'<path d="M{x0} {y0:.0f}C{x0 + bend:.0f} {y0:.0f} {x - bend:.0f} {y1:.0f} {x} {y1:.0f}"/>')
    for id, (x, y) in at.items():
        drawn.append(
            f'<a href="{escape(id)}.html"><rect x="{x}" y="{y:.0f}" width="{BOX}" height="{HIGH}" rx="4"/>'
            f'<text x="{x + 8}" y="{y + 15:.0f}">{escape(id.partition(".")[2])}</text></a>'
        )
    return (
        f'<svg viewBox="-2 -2 {width + 4} {height + 4}" role="img" aria-label="Which claims rest on '
        f'which">{"".join(drawn)}</svg>'
    )


def build(app: Sphinx) -> None:
    """Write the pages."""
    claims = [located.claim for located in library().values()]
    users = {claim.id: [c.id for c in claims if claim.id in c.uses] for claim in claims}
    write({"claims/index.rst": overview(claims)} | {f"claims/{c.id}.rst": claim_page(c, users[c.id]) for c in claims})


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
