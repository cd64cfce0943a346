"""The building blocks of all displays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_CEILING, Context, Decimal
from typing import Any

from markupsafe import Markup

from fa_theory.figures import draw as figures
from fa_theory.figures.verdicts import look
from fa_theory.record import text
from fa_theory.record.figure import Figure
from fa_theory.record.table import Cell
from fa_theory.report import markup

STYLE = Markup(
    "<style>.fa-theory{max-width:52rem;line-height:1.45}.fa-theory table{border-collapse:collapse;margin:.4em 0}"
    ".fa-theory :is(th,td){text-align:left;vertical-align:top;padding:.15em 1em .15em 0;border:0}"
    ".fa-theory blockquote{border-left:3px solid #8888;margin:.5em 0;padding:.1em .9em;font-size:inherit}"
    ".fa-theory th{white-space:nowrap}.fa-theory p{margin:.4em 0}.fa-theory small{opacity:.75}"
    ".fa-theory .wide{overflow-x:auto;overflow-y:hidden}.fa-theory summary{cursor:pointer}"
    ".fa-theory li{margin:.3em 0}.fa-theory li math{margin:0;width:max-content}"
    ".fa-theory svg{max-width:100%;height:auto;background:#fff}"
    '.fa-theory mtd[columnalign="right"]{text-align:right}.fa-theory mtd[columnalign="left"]{text-align:left}</style>'
)
"""The style shared by all displays."""


def page(*parts: Markup | str) -> Markup:
    """Parts below each other, with the style that all displays share; strings are escaped."""
    return Markup('<div class="fa-theory">{}{}</div>').format(STYLE, Markup("\n").join(parts))


def paragraph(*parts: Markup | str) -> Markup:
    """Parts in one paragraph."""
    return Markup("<p>{}</p>").format(Markup(" ").join(parts))


def strong(words: str) -> Markup:
    """Text with formulas between dollars, in bold."""
    return Markup("<b>{}</b>").format(markup.text(words))


def small(words: str) -> Markup:
    """Text with formulas between dollars, in small print."""
    return Markup("<small>{}</small>").format(markup.text(words))


def code(words: str) -> Markup:
    """A name or a command."""
    return Markup("<code>{}</code>").format(words)


def fragment(latex: str) -> Markup:
    """Text in LaTeX; it may come from a user and need not be valid LaTeX."""
    return markup.fragment(latex, {})


def statement(latex: str) -> Markup:
    """A statement in LaTeX, set apart."""
    return Markup("<blockquote>{}</blockquote>").format(fragment(latex))


def formula(latex: str) -> Markup:
    """A displayed formula."""
    return Markup('<div class="wide">{}</div>').format(markup.formula(latex, display=True))


def steps(found: Iterable[tuple[str, str]]) -> Markup:
    """A list of formulas with their reasons; without a formula, only the reason."""
    items = (Markup("<li>{}{}</li>").format(formula(latex) if latex else "", small(reason)) for latex, reason in found)
    return Markup("<ol>{}</ol>").format(Markup("").join(items))


def verdict(word: str) -> Markup:
    """A verdict: symbol and word, in colour."""
    shown = look(word)
    return Markup('<b><span style="color:{}">{}</span> {}</b>').format(shown.colour, shown.symbol, word)


def facts(named: Mapping[str, Markup | str | None]) -> Markup:
    """Names and values; None is omitted, strings may contain formulas between dollars."""
    rows = [
        Markup('<tr><th scope="row">{}</th><td>{}</td></tr>').format(markup.text(name), _shown(value))
        for name, value in named.items()
        if value is not None
    ]
    return Markup('<div class="wide"><table>{}</table></div>').format(Markup("").join(rows))


def table(columns: Sequence[str], rows: Iterable[Sequence[Markup | Cell]], most: int = 40) -> Markup:
    """A table; a long one is truncated."""
    everything = [Markup("").join(Markup("<td>{}</td>").format(_shown(value)) for value in row) for row in rows]
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(markup.text(name)) for name in columns)
    body = Markup("").join(Markup("<tr>{}</tr>").format(row) for row in everything[:most])
    left = len(everything) - most
    more = small(f"… and {left} more rows") if left > 0 else Markup("")
    return Markup('<div class="wide"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>{}</div>').format(
        head, body, more
    )


def folded(title: str, *parts: Markup | str) -> Markup:
    """Parts that are folded until clicked."""
    return Markup("<details><summary>{}</summary>{}</details>").format(markup.text(title), Markup("\n").join(parts))


def plot(figure: Figure) -> Markup:
    """A figure as SVG; ids in it are named after the data, so that two plots in one notebook do not collide."""
    import hashlib

    import msgspec

    prefix = "fa" + hashlib.sha256(msgspec.json.encode(figure)).hexdigest()[:8]
    return Markup("<div>{}</div>").format(Markup(figures.svg(figures.draw(figure), prefix, figure.caption)))


def above(value: float, digits: int = 4) -> str:
    """An upper bound in LaTeX, rounded up, so that the printed value is still a bound.

    Examples
    --------
    >>> above(0.97635712), above(1.0), above(1.23456e-9)
    ('0.9764', '1', '1.235 \\\\cdot 10^{-9}')
    """
    rounded = Context(digits, ROUND_CEILING).create_decimal(Decimal(repr(value)))
    mantissa, _, exponent = f"{float(rounded):.{digits}g}".partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa


def _shown(value: Any) -> Markup:
    return value if isinstance(value, Markup) else markup.text(text.cell(value))
