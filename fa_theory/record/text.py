"""Plain text with mathematics between dollars, and numbers as plain text; used by the LaTeX and HTML writers."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import NamedTuple

from .table import Cell

# As in Pandoc: no space just inside the dollars and no digit after them, so that "$5 and $6" is no formula.
_DOLLARS = re.compile(r"\$(?![\s$])((?:[^$\\]|\\.)+?)(?<!\s)\$(?!\d)", re.DOTALL)
_MINUS = re.compile(r"(?<![\w\-./])-(?=\d)")
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


class Piece(NamedTuple):
    """A part of a text, either plain or LaTeX mathematics."""

    text: str
    is_math: bool


def pieces(text: str) -> list[Piece]:
    """Split a text at its formulas; anything that is not certainly a formula stays plain, with real minus signs.

    Examples
    --------
    >>> [tuple(piece) for piece in pieces("slope $-\\\\frac12$ for $5")]
    [('slope ', False), ('-\\\\frac12', True), (' for $5', False)]
    """
    found: list[Piece] = []
    end = 0
    for match in _DOLLARS.finditer(text):
        if _is_formula(match[1]):
            found += [Piece(text[end : match.start()], False), Piece(match[1], True)]
            end = match.end()
    found.append(Piece(text[end:], False))
    return [p if p.is_math else Piece(_MINUS.sub("−", p.text), False) for p in found if p.text]


def _is_formula(latex: str) -> bool:
    """Whether TeX can read it without affecting the text that follows."""
    bare = re.sub(r"\\[^A-Za-z]", "", latex)
    depth = 0
    for sign in bare:
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if depth < 0:
            return False
    return depth == 0 and not re.search(r"[#%&~]|\^\^|[_^]\s*$", bare)


def number(value: float, digits: int = 4) -> str:
    """A number in typographic form.

    Examples
    --------
    >>> number(-1.5e-7), number(0.25), number(1e22)
    ('−1.5 × 10⁻⁷', '0.25', '10²²')
    """
    return _typeset(f"{value:.{digits}g}")


def below(value: float) -> str:
    """A lower bound with three digits, rounded down, so that the printed value is still a bound.

    Examples
    --------
    >>> below(0.67), below(0.90174), below(0.94999)
    ('0.67', '0.901', '0.949')
    """
    return _typeset(f"{Context(3, ROUND_FLOOR).create_decimal(Decimal(repr(value))):.3g}")


def interval(low: float, high: float) -> str:
    """An interval, rounded outwards, so that the printed interval is still valid.

    Examples
    --------
    >>> interval(0.831849, 1.0)
    '[0.8318, 1]'
    """
    ends = ((low, ROUND_FLOOR), (high, ROUND_CEILING))
    shown = (_typeset(f"{Context(4, rounding).create_decimal(Decimal(repr(end))):.4g}") for end, rounding in ends)
    return f"[{', '.join(shown)}]"


def cell(value: Cell) -> str:
    """An entry of a table as plain text."""
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case float():
            return number(value)
        case int():
            digits = f"{value:,}".replace(",", "\u202f") if abs(value) >= 10_000 else str(value)
            return digits.replace("-", "−")
        case str():
            return value


def count(number: int, noun: str) -> str:
    """A number with its noun in singular or plural.

    Examples
    --------
    >>> count(1, "claim"), count(3, "claim")
    ('1 claim', '3 claims')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def sentence(text: str) -> str:
    """A text that ends in exactly one full stop.

    Examples
    --------
    >>> sentence("all steps hold"), sentence("It holds.")
    ('all steps hold.', 'It holds.')
    """
    return text if text.rstrip().endswith((".", "!", "?")) else f"{text.rstrip()}."


def heading(text: str) -> str:
    """A text with a capital first letter, unless it begins with a symbol.

    Examples
    --------
    >>> heading("error of the run"), heading("p = 20"), heading("λ by width")
    ('Error of the run', 'p = 20', 'λ by width')
    """
    return text[:1].upper() + text[1:] if re.match(r"[a-z]{2,}\b", text) else text


def percent(fraction: float) -> str:
    """A confidence as a percentage.

    Examples
    --------
    >>> percent(0.99)
    '99 %'
    """
    return f"{100 * fraction:.6g} %"


def _typeset(decimal: str) -> str:
    mantissa, _, exponent = decimal.lower().partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    mantissa = mantissa.replace("-", "−")
    if not exponent:
        return mantissa
    power = f"10{str(int(exponent)).translate(_SUPERSCRIPT)}"
    return {"1": power, "−1": f"−{power}"}.get(mantissa, f"{mantissa} × {power}")
