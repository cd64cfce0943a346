"""A review as a page: HTML, LaTeX and PDF, by the writers of the report."""

from __future__ import annotations

import shlex
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from fa_theory.report.pdf import typeset
from fa_theory.report.render import KEYWORDS, Rendered, ToDraw, content_of, draw_all, write_tree
from fa_theory.report.view import nothing

from .summary import ReviewDocument
from .words import drawings, extent, heading, rows, short

METHOD = (
    "Networks are independent; the steps of one network are not. So networks are counted. Intervals of counts are "
    "exact (Clopper & Pearson); those of means are Student's, within the range of the quantity.",
    "A step ascends if the loss of all samples is larger after it. It is obtuse if its cosine with the step of "
    "backpropagation (BP) from the same weights is negative, weight decay left out. Of each network one step is "
    "drawn at random, which makes independent trials.",
    "Changes that rounding may have caused are not decided, and not counted.",
    "B maps the errors of all samples to the signals of a hidden layer by the rule, J by backpropagation. In a linear "
    "network of two layers they are the feedback weights and the output weights. The least cosine of all networks and "
    "steps is exceeded by a new network, over its whole run, at least as often as stated.",
    "Alignment, cos(B, W), compares the feedback weights of a layer with the weights that they stand for.",
    "The factor of the error in a step is the geometric mean over the second half of the run, until rounding.",
    "A certificate of decay is a proof about one network, for all later steps.",
)
"""What the figures mean, a sentence or two each."""


@dataclass(frozen=True)
class ReviewHead:
    """What the templates of the report ask for about a document."""

    title: str
    abstract: str
    digest: str
    author: str = ""
    date: str = ""
    claims: tuple[()] = ()


def render_review(found: ReviewDocument, out: Path, *, command: str, formats: Collection[str]) -> Rendered:
    """Write the page of a review.

    Parameters
    ----------
    found
        The review.
    out
        Folder for ``review.html``, ``review.tex`` with ``figures/``, ``review.pdf``.
    command
        The command that made it.
    formats
        Some of ``tex``, ``html``, ``pdf``.
    """
    from fa_theory import __version__

    data = f" Data: {found.data}." if found.data else ""
    head = ReviewHead(
        f"Review of the learning rule {short(found.rule)}", f"{heading(found)}. {extent(found)}.{data}", command
    )
    figures, notes = drawings(found), list[str]()
    drawn = draw_all([ToDraw(one, one.name, f"figure {one.name}", large=True) for one in figures], out, formats, notes)
    tree = content_of(
        "review.xml.jinja",
        title=head.title,
        abstract=head.abstract,
        version=__version__,
        command=command,
        confidence=f"{100 * found.confidence:g} %",
        rows=rows(found),
        figures=[one for one in figures if one.name in drawn],
        method=METHOD,
        certificates=found.figures.decay.certificates,
    )
    names = {"view": head, "doc": {"versions": {"fa-theory": __version__}}, "keywords": KEYWORDS}
    tex, html = write_tree(tree, out / "review", formats, names, nothing(), drawn)
    pdf = None
    if tex is not None and "pdf" in formats:
        pdf, problems = typeset(tex)
        notes += problems
    return Rendered(tex, html, pdf, notes)


def command_line(arguments: Collection[str]) -> str:
    """A command as it can be given again.

    Examples
    --------
    >>> command_line(["--rule", "fa", "--layers", "100,100"])
    'fa-theory review --rule fa --layers 100,100'
    """
    return shlex.join(["fa-theory", "review", *arguments])
