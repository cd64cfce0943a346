"""LaTeX as plain text in Unicode, for terminals."""

from __future__ import annotations

import re

from .text import pieces

_DOWN = dict(zip("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
_UP = dict(zip("0123456789+-=()abcdefghijklmnoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", strict=True))
_ARGUMENT = r"\s*(?:\{([^{}]*)\}|(\\[A-Za-z]+|[^\s{}\\]))"
_FRACTION = re.compile(r"(\\(?:log|exp|cos|sin|max|min)\s*)?\\[td]?frac" + 2 * _ARGUMENT)
_BINOMIAL = re.compile(r"\\[td]?binom" + 2 * _ARGUMENT)
_JOINT = "\u2060"
"""No letter, and no width."""
_DOWN["−"], _UP["−"] = _DOWN["-"], _UP["-"]


def plain(latex: str) -> str:
    """LaTeX as text: formulas in Unicode where characters for them exist.

    Examples
    --------
    >>> plain(r"$\\|e(t)\\|_2 \\le q^t$ and $p^{-1/2}$")
    '‖e(t)‖₂ ≤ qᵗ and p^(−1/2)'
    >>> plain(r"$\\tfrac12 + \\frac a3 + \\log\\frac{pN}\\delta + \\frac{\\sqrt p}{2}$")
    '1/2 + a/3 + log(pN/δ) + (√(p))/2'
    >>> plain(r"$\\sum_r \\beta_r^+$")
    '∑ᵣ βᵣ⁺'
    >>> plain(r"$|\\psi''| \\le \\binom Nj$ by \\cref{claim:song2021.error-flow}")
    '|ψ″| ≤ C(N, j) by song2021.error-flow'
    """
    from pylatexenc.latex2text import LatexNodes2Text

    text = re.sub(r"\\(?:\||lVert(?![A-Za-z])\s*|rVert(?![A-Za-z]))", "‖", latex)
    text = re.sub(r"\\[cC]ref\{claim:([^{}]*)\}", r"\1", text)
    text = re.sub(r"(\\[A-Za-z]+)''", r"\1{″}", text)  # a double prime, not closing quotation marks
    text = _BINOMIAL.sub(lambda m: f"C({m[1] or m[2]}, {m[3] or m[4]})", text)
    text = re.sub(r"\\(?:[bB]ig+[lr]?|tfrac(?=\d\d))(?![A-Za-z])", lambda m: "\\frac" if "frac" in m[0] else "", text)
    text = re.sub(r"(\\[A-Za-z]+\s*)?(?<!\\)([_^])(?:\{([^{}\\]+)\}|([^\s{}\\]))", _moved, text)
    # without its braces, a long exponent or a fraction would lose its extent
    text = re.sub(r"([_^])\{([^{}]{2,})\}", r"\1{(\2)}", text)
    while (flat := _FRACTION.sub(_quotient, text)) != text:  # from the inside out
        text = flat
    shown = str(LatexNodes2Text(math_mode="text").latex_to_text(text)).strip()
    return re.sub(r"(?<= )-(?= )", "−", shown.replace(_JOINT, ""))


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
    command, signs, body = match[1] or "", (_DOWN if match[2] == "_" else _UP), match[3] or match[4]
    if len(body) <= 3 and all(letter in signs for letter in body):
        # a raised letter is a letter, and would become part of the name of the command
        return (command.rstrip() + _JOINT if command else "") + "".join(signs[letter] for letter in body)
    return command + match[0][len(command) :].replace("-", "−")


def _quotient(match: re.Match[str]) -> str:
    """A fraction in one line, in parentheses after a function."""
    above, below = ((match[k] or match[k + 1]).strip() for k in (2, 4))
    above = above if re.fullmatch(r"\\?\w+(\^.)?", above) else f"({above})"
    below = below if re.fullmatch(r"\d+|\\[A-Za-z]+|d?[^\W\d_](?:\^.|[⁰¹²³⁴⁵⁶⁷⁸⁹])?", below) else f"({below})"
    if match[1]:
        return f"{match[1]}({above}/{below})"
    ends = not match.string[match.end() : match.end() + 1].strip(" )]}.,;&")
    return f"{above}/{below}{'' if ends else ' '}"
