"""What each paper states beside what settles it, and ``{claims}``: claims with their verdicts, in a page."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

from claim_pages import sign, title
from docutils import nodes
from docutils.statemachine import StringList
from generated import write
from settled import settled
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from fa_theory.claims.coverage import coverage
from fa_theory.claims.library import library


def methods(id: str) -> str:
    """How a claim was settled in the last run; as it is declared if there was none."""
    result, view = settled().results.get(id), settled().view
    if result is None or view is None:
        declared = [procedure.method.value for procedure in library()[id].claim.procedures if procedure.settles]
    else:
        declared = [view.method(e) for e in result.evidence if e.settles]
    return ", ".join(Counter(declared))


def cells(claims: tuple[str, ...]) -> list[str]:
    """Claims below each other, each with its verdict, if there is one, and its method."""
    return [
        f"       | {verdict(id, ': ')}:doc:`{id.partition('.')[2]} <../claims/{id}>` ({methods(id)})" for id in claims
    ]


def verdict(id: str, after: str) -> str:
    """The verdict of the last run and what stands behind it; nothing if there is none."""
    return sign(id) + after if id in settled().results else ""


def page() -> str:
    """A table for each paper."""
    rows = [statement for statements in coverage().values() for statement in statements]
    settled_rows = sum(statement.is_settled for statement in rows)
    lines = [
        "What is settled, paper by paper",
        "===============================",
        "",
        f"{settled_rows} of {len(rows)} statements are settled: each by claims of this suite, which may prove it, "
        "support it or refute it. The other rows say what is missing. The verdicts are explained "
        ":ref:`in the glossary <verdicts>`.",
        "",
    ]
    for paper, statements in sorted(coverage().items(), reverse=True):
        heading, work = title(paper)
        lines += [heading, "-" * len(heading), "", f"*{work}*", ""]
        lines += [".. list-table::", "   :widths: 42 58", "   :header-rows: 1", ""]
        lines += ["   * - The paper states", "     - What settles it"]
        for statement in statements:
            said = statement.says.replace("|", "\\|").replace("*", "\\*")
            below = cells(statement.claims)
            missing = [f"       | Open: {statement.unsettled}."] if statement.unsettled else []
            lines += [f"   * - {said}", "     -", "", *below, *missing]
        lines += [""]
    return "\n".join(lines)


class Claims(SphinxDirective):
    """Claims, one id in a line: verdict, link and summary of each."""

    has_content: ClassVar[bool] = True

    def run(self) -> list[nodes.Node]:
        """The list."""
        lines = []
        for id in self.content:
            summary = library()[id].claim.summary
            lines.append(f"- {verdict(id, ' ')}{{claim}}`{id}`: {summary.replace('*', chr(92) + '*')}")
        below = nodes.container()
        self.state.nested_parse(StringList(lines, source=self.get_source_info()[0]), self.content_offset, below)
        return [below]


def build(app: Sphinx) -> None:
    """Write the page."""
    write({"coverage/index.rst": page()})


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_directive("claims", Claims)
    app.connect("builder-inited", build)
    return {"parallel_read_safe": True}
