"""Write the report: the drawings, then LaTeX and HTML through their templates, then the PDF."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from fa_theory.claims.result import ResultDocument
from fa_theory.errors import FATheoryError, InputError
from fa_theory.figures.verdicts import EXITS, attribution
from fa_theory.work.files import write

from .selection import select
from .view import View, report_view

if TYPE_CHECKING:
    from jinja2 import Environment
    from matplotlib.figure import Figure as Drawing

FORMATS = ("tex", "html", "pdf")


@dataclass(frozen=True)
class Rendered:
    """The files written, and what the user should know."""

    tex: Path | None
    html: Path | None
    pdf: Path | None
    notes: list[str] = field(default_factory=list)


def render(
    document: ResultDocument, out: Path, *, formats: Collection[str] = FORMATS, only: Collection[str] = ()
) -> Rendered:
    """Write the report on a result document; nothing is computed again.

    Parameters
    ----------
    document
        What a run found.
    out
        Folder for ``report.tex`` with ``figures/``, ``report.html`` and ``report.pdf``; made if need be. The same
        document gives the same bytes.
    formats
        Some of ``tex``, ``html``, ``pdf``. A PDF needs, and leaves, the LaTeX.
    only
        Ids, or beginnings of ids, of the claims to show; all if there is none.

    Returns
    -------
    Rendered
        The files, and notes: figures that could not be drawn, a TeX engine that is missing or stopped.

    Raises
    ------
    InputError
        If a format is not known, an id names no claim, or claims use each other in a circle.
    FATheoryError
        If the folder cannot be written.
    """
    wanted = {formats} if isinstance(formats, str) else set(formats)
    if unknown := sorted(wanted - set(FORMATS)):
        raise InputError(f"a report has no format {unknown[0]!r}; use {', '.join(FORMATS)}")
    chosen = select(document, [only] if isinstance(only, str) else only)
    left_out = frozenset(claim.id for claim in document.claims) - {claim.id for claim in chosen.claims}
    shown, notes = report_view(chosen, left_out), list[str]()
    tex = html = pdf = None
    try:
        out.mkdir(parents=True, exist_ok=True)
        drawings = _draw(shown, out, wanted, notes)
        if wanted & {"tex", "pdf"}:
            text = _latex(shown).get_template("report.tex.jinja").render(_names(shown, drawings))
            tex = write(out / "report.tex", text)
        if "html" in wanted:
            text = _html(shown).get_template("report.html.jinja").render(_names(shown, drawings))
            html = write(out / "report.html", text)
    except OSError as error:
        raise FATheoryError(f"cannot write the report to {out}: {error.strerror}; choose another folder") from None
    if tex is not None and "pdf" in wanted:
        from .pdf import typeset

        pdf, problems = typeset(tex)
        notes += problems
    return Rendered(tex, html, pdf, notes)


def _draw(shown: View, out: Path, wanted: set[str], notes: list[str]) -> dict[str, str]:
    """Draw everything; return the SVG of each drawing by file name, empty where only LaTeX is wanted."""
    from fa_theory.figures import draw as figures

    from . import graph

    (out / "figures").mkdir(exist_ok=True)
    for old in (out / "figures").glob("*.pdf"):
        if re.fullmatch(r"dependencies|\d{2,}-[\w-]+", old.stem):
            old.unlink()  # of another report; with other numbers it would stay for ever
    drawn: dict[str, str] = {}

    def keep(drawing: Drawing, file: str, caption: str) -> None:
        if wanted & {"tex", "pdf"}:
            write(out / "figures" / f"{file}.pdf", figures.pdf(drawing))
        drawn[file] = figures.svg(drawing, f"d{len(drawn)}", caption) if "html" in wanted else ""

    if any(claim.uses for claim in shown.document.claims):
        keep(graph.draw(shown.document.claims), "dependencies", "Which claims rest on which")
    for picture in shown.all_pictures:
        size = figures.LARGE if picture.large else figures.SMALL
        try:
            keep(figures.draw(picture.figure, size), picture.file, picture.figure.caption)
        except InputError as error:
            notes.append(f"figure {picture.number} was not drawn: {error}")
    return drawn


def _names(shown: View, drawings: dict[str, str]) -> dict[str, object]:
    return {
        "view": shown,
        "doc": shown.document,
        "drawings": drawings,
        "exits": EXITS,
        "attribution": attribution,
    }


def _environment(autoescape: bool, **delimiters: str) -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    from fa_theory.record import text

    folder = files("fa_theory.reports")
    environment = Environment(
        loader=FunctionLoader(lambda name: folder.joinpath(name).read_text("utf-8")),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        **delimiters,  # type: ignore[arg-type]
    )
    environment.filters |= {
        "cell": text.cell,
        "percent": text.percent,
        "sentence": text.sentence,
        "heading": text.heading,
    }
    environment.globals["interval"] = text.interval
    return environment


def _latex(shown: View) -> Environment:
    from . import latex

    environment = _environment(
        autoescape=False,
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
    )
    environment.filters |= {
        "text": latex.text,
        "plain": latex.escape,
        "latex": lambda source: latex.fragment(shown.resolved(source)),
        "statement": lambda source: latex.statement(shown.resolved(source)),
        "code": latex.code,
        "display": latex.display,
        "columns": latex.column_types,
    }
    return environment


def _html(shown: View) -> Environment:
    from markupsafe import Markup

    from . import markup

    environment = _environment(autoescape=True)
    environment.filters |= {
        "text": markup.text,
        "latex": lambda source: markup.fragment(shown.resolved(source), shown.links),
        "display": lambda source: markup.formula(source, display=True),
        "raw": Markup,
    }
    environment.globals["css"] = files("fa_theory.reports").joinpath("report.css").read_text("utf-8")
    return environment
