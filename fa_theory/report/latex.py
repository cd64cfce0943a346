"""Plain text to LaTeX for any engine: ASCII, special characters escaped, long words breakable."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from fa_theory.record.table import Table
from fa_theory.record.text import cell, pieces

if TYPE_CHECKING:
    from pylatexenc.latexencode import UnicodeToLatexEncoder

_BREAK = "\u200b"
_ACCENTS = {
    "\u0302": "hat",
    "\u0303": "tilde",
    "\u0304": "bar",
    "\u0305": "bar",
    "\u0307": "dot",
    "\u0308": "ddot",
    "\u20d7": "vec",
}
_OWN = {
    _BREAK: r"\allowbreak{}",
    "·": r"\ensuremath{\cdot}",
    "×": r"\ensuremath{\times}",
    "→": r"\ensuremath{\to}",
    "−": r"\ensuremath{-}",
    "√": r"\ensuremath{\surd}",
    "★": r"\ensuremath{\star}",
    "☆": r"\ensuremath{\star}",
    "∎": r"\ensuremath{\blacksquare}",
    "⪰": r"\ensuremath{\succeq}",
    "\u2009": r"\,",
    "\u202f": r"\,",
    '"': r"\textquotedbl{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    "\u2018": "`",
    "\u2019": "'",
    "✔": r"\ding{52}",
    "✓": r"\ding{51}",
    "✘": r"\ding{56}",
    "✗": r"\ding{55}",
    "◆": r"\ding{117}",
    "●": r"\ding{108}",
    "\u200c": "{}",
    "ΐ": r"\ensuremath{\acute{\ddot{\iota}}}",
    "ɛ": r"\ensuremath{\varepsilon}",
    "ϒ": r"\ensuremath{\Upsilon}",
}
NEEDS_MORE = re.compile(
    r"\\(?:(?:cyr|CYR)[A-Za-z]+|[CU]|DownArrowUpArrow|VDash|allequal|approxnotequal|arrowwave(?:left|right)|clockoint"
    r"|clwintegral|dblarrowupdown|estimates|flat|forcesextra|hermitconjmatrix|homothetic|image|lazysinv|mathscr|natural"
    r"|not(?:greaterless|lessgreater)|nument|original|precedesnotsimilar|quarternote|recorder|rightangle(?:arc)?|sharp"
    r"|sqrint|starequal|surfintegral|text(?:frac|glotstop|hvlig|nrleg|phi|schwa|turnk)|tildetrpl|truestate|udots"
    r"|varperspcorrespond|verymuch(?:greater|less)|volintegral)(?![A-Za-z])|mathbb\{[a-jl-z]\}"
)
"""Commands of pylatexenc that the packages of the report do not define, and letters missing from all fonts."""


def escape(text: str) -> str:
    """Plain text as LaTeX; a character without a LaTeX equivalent is printed as its code point.

    Examples
    --------
    >>> escape("5% of λ_min")
    '5\\\\% of \\\\ensuremath{\\\\lambda}\\\\_min'
    """
    quoted = re.sub(r"(?<![\w'])'(?=\w)", "\u2018", _breakable(text))
    quoted = re.sub("-(?=-)", "-\u200c", quoted)  # two hyphens are not a dash
    return str(_encoder(only_unicode=False).unicode_to_latex(_clean(quoted)))


def text(text: str) -> str:
    """Plain text with formulas between dollars, as LaTeX."""
    return "".join(f"${fragment(p.text)}$" if p.is_math else escape(p.text) for p in pieces(text))


def fragment(latex: str) -> str:
    """LaTeX that may contain Greek letters and other symbols, as LaTeX in ASCII."""
    return str(_encoder(only_unicode=True).unicode_to_latex(_clean(latex)))


def math(latex: str) -> str:
    r"""A formula that may contain Greek letters and other symbols, as LaTeX in ASCII.

    Examples
    --------
    >>> print(math("ψ_λ"))
    \psi _\lambda
    """
    written = fragment(latex.strip())
    if re.search(r"\\(?:text|mbox)", written):  # there a symbol is in text mode and needs explicit math mode
        return written
    return re.sub(r"\\ensuremath\{(\\[A-Za-z]+)\}", r"\1 ", written).strip()


def display(latex: str) -> str:
    """A displayed formula as a box no wider than the line; several lines are aligned."""
    inner = re.sub(r"\\(begin|end)\{(align|split|gather|multline)\*?\}", r"\\\1{aligned}", math(latex))
    if re.search(r"(?<!\\)&|\\\\", inner) and r"\begin{" not in inner:
        inner = rf"\begin{{aligned}}{inner}\end{{aligned}}"
    return rf"\formula{{{inner}}}"


def step(latex: str) -> str:
    """The formula of a step: as `display`, or over several lines where it is much wider than one.

    Examples
    --------
    >>> print(step(r"a = \\left(b + c\\right)"))
    \\longformula{a = \\left(b + c\\right)}{a = \\bigl(b + c\\bigr)}
    """
    if display(latex) != rf"\formula{{{math(latex)}}}" or r"\begin{" in latex:
        return display(latex)
    loose = re.sub(r"\\(l)eft(?![A-Za-z])|\\(r)ight(?![A-Za-z])", lambda m: rf"\big{m[1] or m[2]}", math(latex))
    loose = loose.replace(r"\quad", r"\penalty0\quad").replace(r" \sum", r"\penalty300 \sum")
    return rf"\longformula{{{math(latex)}}}{{{loose}}}"


def code(text: str) -> str:
    """A command, path or hash in typewriter type, with sensible break points."""
    broken = re.sub(r"([/._=:,\-]+)(?=\w)", rf"\1{_BREAK}", text)
    broken = re.sub(rf"([^\s{_BREAK}]{{6}})(?=[^\s{_BREAK}]{{3}})", rf"\1{_BREAK}", broken)
    signs = {"'": r"\textquotesingle{}", "-": "-{}"}
    return rf"\texttt{{{''.join(signs.get(sign) or escape(sign) for sign in broken)}}}"


def column_types(table: Table) -> str:
    """Columns of a table: ``l`` or ``r`` if natural widths fit, else percentages of the line width."""
    cells = [[cell(value) for value in row] for row in table.rows]
    widths = [max(map(len, column)) for column in zip(table.columns, *cells, strict=True)]
    numeric = [all(isinstance(v, int | float | None) and not isinstance(v, bool) for v in c) for c in _columns(table)]
    line, gaps = 92, 2 * len(widths)
    if sum(widths) + gaps <= line:
        return " ".join("r" if is_number else "l" for is_number in numeric)
    narrow = [min(width, 10 if is_number else 8) for width, is_number in zip(widths, numeric, strict=True)]
    wide = [max(width - least, 0) ** 0.5 for width, least in zip(widths, narrow, strict=True)]
    spare = max(line - gaps - sum(narrow), 0) / (sum(wide) or 1)
    shares = [(least + spare * more) / line for least, more in zip(narrow, wide, strict=True)]
    scale = min(1.0, (1 - gaps / line) / sum(shares))
    return " ".join(
        f"{'r' if is_number else ''}{100 * scale * share:.1f}" for share, is_number in zip(shares, numeric, strict=True)
    )


def _columns(table: Table) -> list[Sequence[object]]:
    return list(zip(*table.rows, strict=True)) if table.rows else [[] for _ in table.columns]


def _breakable(text: str) -> str:
    """Long words (paths, hashes, identifiers) may break after punctuation, and very long ones anywhere."""

    def loosen(word: re.Match[str]) -> str:
        parts = re.sub(r"([/._=:,;()<>&|\-]+)(?=\w)", rf"\1{_BREAK}", word[0])
        return parts if len(word[0]) < 24 else re.sub(rf"([^{_BREAK}]{{6}})(?=[^{_BREAK}]{{3}})", rf"\1{_BREAK}", parts)

    return re.sub(r"\S{16,}", loosen, text)


def _clean(text: str) -> str:
    """Composed form, without control characters."""
    text = unicodedata.normalize("NFC", text)
    return "".join(sign for sign in text if sign in "\n\t" or unicodedata.category(sign) != "Cc")


@cache
def _encoder(*, only_unicode: bool) -> UnicodeToLatexEncoder:
    from pylatexenc.latexencode import (
        RULE_DICT,
        RULE_REGEX,
        UnicodeToLatexConversionRule,
        UnicodeToLatexEncoder,
        get_builtin_uni2latex_dict,
    )

    own = {ord(sign): latex for sign, latex in _OWN.items() if not (only_unicode and sign.isascii())}
    builtin = get_builtin_uni2latex_dict()
    others = {sign: latex for sign, latex in builtin.items() if not NEEDS_MORE.search(latex)}
    accents = re.compile(rf"(\w)([{''.join(_ACCENTS)}])")
    scripts = "".join(chr(c) for c in range(0x80, 0x2100) if _script(chr(c)))
    scripts += "".join(chr(c) for c in range(0x2C7C, 0x2C7E))
    rules = [
        UnicodeToLatexConversionRule(RULE_REGEX, [(accents, _accented), (re.compile(f"[{scripts}]+"), _scripted)]),
        UnicodeToLatexConversionRule(RULE_DICT, own),
        UnicodeToLatexConversionRule(RULE_DICT, others),
    ]
    return UnicodeToLatexEncoder(
        non_ascii_only=only_unicode,
        conversion_rules=rules,
        unknown_char_policy=_unknown,
        unknown_char_warning=False,
    )


def _accented(match: re.Match[str]) -> str:
    return rf"\ensuremath{{\{_ACCENTS[match[2]]}{{{_in_math(match[1])}}}}}"


def _script(sign: str) -> str:
    """``^`` or ``_`` if the sign is a superscript or subscript."""
    kind = unicodedata.decomposition(sign).partition(" ")[0]
    return {"<super>": "^", "<sub>": "_"}.get(kind, "") if sign not in "ªº™℠" else ""


def _scripted(match: re.Match[str]) -> str:
    signs = [(_script(sign), unicodedata.normalize("NFKC", sign)) for sign in match[0]]
    up, down = ("".join(sign for script, sign in signs if script == kind) for kind in "^_")
    parts = (f"{kind}{{{_in_math(part)}}}" for kind, part in (("^", up), ("_", down)) if part)
    return rf"\ensuremath{{{''.join(parts)}}}"


def _in_math(text: str) -> str:
    return fragment(text.replace("−", "-"))


def _unknown(sign: str) -> str:
    decomposed = unicodedata.normalize("NFD", sign)
    if len(decomposed) == 2 and decomposed[1] in _ACCENTS:
        return rf"\ensuremath{{\{_ACCENTS[decomposed[1]]}{{{_in_math(decomposed[0])}}}}}"
    compatible = unicodedata.normalize("NFKC", sign)
    if compatible != sign and compatible.isascii():
        return escape(compatible)
    return rf"{{\footnotesize[U+{ord(sign):04X}]}}\allowbreak{{}}"
