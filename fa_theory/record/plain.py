"""LaTeX as plain text in Unicode, for terminals."""

from __future__ import annotations

import re

from .text import pieces

_DOWN = dict(zip("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
_UP = dict(zip("0123456789+-=()abcdefghijklmnoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", strict=True))
_DOWN["−"], _UP["−"] = _DOWN["-"], _UP["-"]


def plain(latex: str) -> str:
    """LaTeX as text: formulas in Unicode where characters for them exist.

    Examples
    --------
    >>> plain(r"$\\|e(t)\\|_2 \\le q^t$ and $p^{-1/2}$")
    '‖e(t)‖₂ ≤ qᵗ and p^(−1/2)'
    """
    from pylatexenc.latex2text import LatexNodes2Text

    text = re.sub(r"\\(?:\||lVert(?![A-Za-z])\s*|rVert(?![A-Za-z]))", "‖", latex)
    text = re.sub(r"\\(?:[bB]ig+[lr]?|tfrac(?=\d\d))(?![A-Za-z])", lambda m: "\\frac" if "frac" in m[0] else "", text)
    text = re.sub(r"\\[td]?frac\s*(\d)(\d)", r"\1/\2", text)
    text = re.sub(r"(?<!\\)([_^])(?:\{([^{}\\]+)\}|([^\s{}\\]))", _moved, text)
    # without its braces, a long exponent or a fraction would lose its extent
    text = re.sub(r"([_^])\{([^{}]{2,})\}", r"\1{(\2)}", text)
    text = re.sub(r"\\[td]?frac\{([^{}]*)\}\{([^{}]*)\}", lambda m: f"{_factor(m[1])}/{_factor(m[2])}", text)
    shown = str(LatexNodes2Text(math_mode="text").latex_to_text(text)).strip()
    return re.sub(r"(?<= )-(?= )", "−", shown)


def in_unicode(text: str) -> str:
    """Text with formulas between dollars as plain text; everything else is unchanged.

    Examples
    --------
    >>> in_unicode(r"the mean of $\\cos\\angle(b, \\beta)$ at p_1 costs $5")
    'the mean of cos∠(b, β) at p_1 costs $5'
    """
    return "".join(plain(f"${piece.text}$") if piece.is_math else piece.text for piece in pieces(text))


def _moved(match: re.Match[str]) -> str:
    """A short index or exponent as Unicode superscripts or subscripts, if they exist for all of it."""
    signs, body = (_DOWN if match[1] == "_" else _UP), match[2] or match[3]
    if len(body) <= 3 and all(letter in signs for letter in body):
        return "".join(signs[letter] for letter in body)
    return match[0].replace("-", "−")


def _factor(latex: str) -> str:
    return latex if re.fullmatch(r"\\?\w+(\^.)?", latex) else f"({latex})"
