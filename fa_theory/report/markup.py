"""Plain text and LaTeX fragments as HTML with MathML, for pages other than reports: notebooks and the documentation."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

from . import content, mathml

if TYPE_CHECKING:
    from markupsafe import Markup


def text(text: str) -> Markup:
    """Plain text with formulas, between dollars or in Unicode, as HTML."""
    return _html(content.text(text))


def formula(latex: str, *, display: bool = False) -> Markup:
    """A formula as MathML, or as its LaTeX source if it is not understood."""
    from markupsafe import Markup

    found = mathml.convert(latex, display=display) if mathml.known(latex) else None
    if found is None:
        tag = "div" if display else "span"
        return Markup(f'<{tag} class="tex"><code>{escape(latex)}</code></{tag}>')
    return Markup(f'<div class="formula">{found}</div>' if display else found)


def fragment(latex: str, references: Mapping[str, str]) -> Markup:
    """A LaTeX fragment (text with formulas, emphasis, lists, references) as HTML."""
    return _html(content.fragment(latex, references))


def _html(xml: str) -> Markup:
    from markupsafe import Markup

    from .html import HtmlWriter
    from .view import nothing

    return Markup(HtmlWriter(nothing(), {}).inside(content.parse(f"<p>{xml}</p>")))
