"""Write the report: the content as a tree, from it LaTeX and HTML, then the PDF."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from fa_theory.claims.result import ResultDocument
from fa_theory.coq.theorems import rests_on
from fa_theory.errors import FATheoryError, InputError
from fa_theory.figures.verdicts import attribution
from fa_theory.record.figure import Figure
from fa_theory.work.files import write

from . import folder, latex, setting
from .selection import select
from .symbols import renamed
from .view import View, report_view

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from jinja2 import Environment
    from markupsafe import Markup

FORMATS = ("tex", "html", "pdf")
KEYWORDS = ("feedback alignment", "neural networks", "verification", "interval arithmetic", "proofs")


@dataclass(frozen=True)
class Rendered:
    """The files written, and notes for the user."""

    tex: Path | None
    html: Path | None
    pdf: Path | None
    notes: list[str] = field(default_factory=list)


def render(
    document: ResultDocument,
    out: Path,
    *,
    formats: Collection[str] = FORMATS,
    only: Collection[str] = (),
    author: str = "",
    date: str = "",
) -> Rendered:
    """Write the report on a result document; nothing is recomputed.

    Parameters
    ----------
    document
        The results of a run.
    out
        Folder for ``report.tex`` with ``figures/``, ``report.html`` and ``report.pdf``; created if necessary. The same
        document gives the same bytes. Files of a report on another document, or on other claims, are removed.
    formats
        Some of ``tex``, ``html``, ``pdf``. A PDF also writes the LaTeX.
    only
        Ids, or prefixes of ids, of the claims to show; all if empty.
    author, date
        Authors and date of the report; omitted if empty.

    Returns
    -------
    Rendered
        The files, and notes: figures that could not be drawn, files of other reports that were removed, a TeX engine
        that is missing or stopped.

    Raises
    ------
    InputError
        If a format is unknown, an id matches no claim, or claims use each other in a cycle.
    FATheoryError
        If the folder cannot be written.
    """
    wanted = {formats} if isinstance(formats, str) else set(formats)
    if unknown := sorted(wanted - set(FORMATS)):
        raise InputError(f"unknown format {unknown[0]!r}; choose from {', '.join(FORMATS)}")
    chosen = select(document, [only] if isinstance(only, str) else only)
    left_out = frozenset(claim.id for claim in document.claims) - {claim.id for claim in chosen.claims}
    source = hashlib.sha256(msgspec.json.encode(document)).hexdigest()
    shown = report_view(chosen, left_out, author=author, date=date, source=source)
    notes = list[str]()
    tex = html = pdf = None
    try:
        out.mkdir(parents=True, exist_ok=True)
        notes += folder.clear(out, shown)
        pictures = [ToDraw(one.figure, one.file, f"figure {one.number}", one.large) for one in shown.all_pictures]
        drawings = draw_all(pictures, out, wanted, notes)
        names = {"view": shown, "doc": chosen, "keywords": KEYWORDS}
        tex, html = write_tree(_tree(shown, drawings), out / "report", wanted, names, shown, drawings)
    except OSError as error:
        raise FATheoryError(f"cannot write the report to {out}: {error.strerror}; choose another folder") from None
    if tex is not None and "pdf" in wanted:
        from .pdf import typeset

        pdf, problems = typeset(tex)
        notes += problems
    return Rendered(tex, html, pdf, notes)


@dataclass(frozen=True)
class ToDraw:
    """A figure to be drawn: the name of its file, how a note calls it, and its size."""

    figure: Figure
    file: str
    called: str
    large: bool


def draw_all(pictures: Iterable[ToDraw], out: Path, wanted: Collection[str], notes: list[str]) -> dict[str, str]:
    """Draw everything; return the SVG of each drawing by file name, empty if only LaTeX is wanted."""
    from fa_theory.figures import draw as figures

    (out / "figures").mkdir(parents=True, exist_ok=True)
    drawn: dict[str, str] = {}
    for picture in pictures:
        size = figures.LARGE if picture.large else figures.SMALL
        try:
            drawing = figures.draw(picture.figure, size)
        except InputError as error:
            notes.append(f"{picture.called} was not drawn: {error}")
            continue
        if "tex" in wanted or "pdf" in wanted:
            write(out / "figures" / f"{picture.file}.pdf", figures.pdf(drawing))
        svg = figures.svg(drawing, f"d{len(drawn)}", picture.figure.caption) if "html" in wanted else ""
        drawn[picture.file] = svg
    return drawn


def write_tree(
    tree: Element,
    stem: Path,
    wanted: Collection[str],
    names: Mapping[str, Any],
    view: View,
    drawings: Mapping[str, str],
) -> tuple[Path | None, Path | None]:
    """Write content as LaTeX and HTML.

    Parameters
    ----------
    tree
        The content.
    stem
        Path of the files without their suffix.
    wanted
        The formats.
    names
        ``view``, ``doc`` and ``keywords`` of the templates: the head of the document.
    view, drawings
        What the content refers to: claims and graphs, and the drawings by file name.
    """
    tex = html = None
    if "tex" in wanted or "pdf" in wanted:
        from .tex import LatexWriter

        body = LatexWriter(view, drawings).inside(tree)
        tex = write(stem.with_suffix(".tex"), _latex().get_template("report.tex.jinja").render(names, body=body))
    if "html" in wanted:
        from .html import HtmlWriter

        body = HtmlWriter(view, drawings).inside(tree)
        sections = [(node.attrib["id"], "".join(node.itertext())) for node in tree.iter("h2")]
        page = _html().get_template("report.html.jinja").render(names, body=body, sections=sections)
        html = write(stem.with_suffix(".html"), page)
    return tex, html


def content_of(template: str, **values: Any) -> Element:
    """Content from a template and plain values: text goes through the filter ``text``."""
    from . import content

    environment = _environment(autoescape=True)
    environment.filters["text"] = content.text
    return content.parse(environment.get_template(template).render(values))


def _tree(shown: View, drawings: Collection[str]) -> Element:
    """The content of the report, with its sections numbered."""
    from . import content

    environment = _environment(autoescape=True)
    environment.filters |= {
        "text": content.text,
        "latex": lambda source: content.fragment(shown.resolved(source), shown.links),
        "display": content.display,
        "columns": latex.column_types,
        "renamed": renamed,
        "raw": _raw,
    }
    template = environment.get_template("report.xml.jinja")
    tree = content.parse(
        template.render(
            view=shown, doc=shown.document, drawings=drawings, attribution=attribution, setting=setting.PARAGRAPHS
        )
    )
    for number, node in enumerate(tree.iter("h2"), 1):
        node.set("number", str(number))
    return tree


def _raw(text: str) -> Markup:
    from markupsafe import Markup

    return Markup(text)


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
        "rests_on": lambda axioms: rests_on(tuple(axioms)),
        "heading": text.heading,
    }
    environment.globals["interval"] = text.interval
    return environment


def _latex() -> Environment:
    environment = _environment(
        autoescape=False,
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
    )
    environment.filters["plain"] = latex.escape
    return environment


def _html() -> Environment:
    from . import markup

    environment = _environment(autoescape=True)
    environment.filters |= {"text": markup.text, "raw": _raw}
    environment.globals["css"] = files("fa_theory.reports").joinpath("report.css").read_text("utf-8")
    return environment
