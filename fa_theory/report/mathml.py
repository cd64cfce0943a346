"""Formulas as MathML, and the formulas that a report accepts."""

from __future__ import annotations

import re
from functools import cache
from xml.etree import ElementTree

_TIGHT = frozenset("|‖/()[]{}⟨⟩")
_SIGNS = {"∞": "mi", "⊤": "mi", "±": "mo", "∓": "mo"}
_RELATIONS = frozenset("≤≥≠≈→⪰∈∝≪∼")
_LIMITS = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}
_COMMANDS = frozenset(
    [
        "Bigl",
        "Bigr",
        "Bigm",
        "Big",
        "bigl",
        "bigr",
        "bigm",
        "big",
        "Biggl",
        "Biggr",
        "biggl",
        "biggr",
        "bar",
        "begin",
        "end",
        "binom",
        "cos",
        "sin",
        "tan",
        "arcsin",
        "arccos",
        "arctan",
        "dots",
        "ldots",
        "cdots",
        "vdots",
        "ddots",
        "exp",
        "frac",
        "dfrac",
        "tfrac",
        "ge",
        "le",
        "ne",
        "hat",
        "lVert",
        "rVert",
        "lvert",
        "rvert",
        "left",
        "right",
        "middle",
        "log",
        "ln",
        "mathrm",
        "mathbf",
        "mathcal",
        "mathit",
        "mathsf",
        "mathbb",
        "max",
        "min",
        "qquad",
        "sup",
        "inf",
        "tanh",
        "cosh",
        "sinh",
        "tilde",
        "widetilde",
        "widehat",
        "to",
        "top",
        "operatorname",
        "text",
        "textbf",
        "textit",
        "limits",
        "nolimits",
        "det",
        "dim",
        "ker",
        "lim",
        "liminf",
        "limsup",
        "Pr",
        "arg",
        "deg",
        "gcd",
        "hom",
        "sec",
        "csc",
        "cot",
        "vec",
        "ddot",
        "overline",
        "underline",
        "overset",
        "underset",
        "stackrel",
        "substack",
        "nonumber",
        "notag",
        "label",
        "tag",
        "mid",
        "nmid",
        "lfloor",
        "rfloor",
        "lceil",
        "rceil",
        "langle",
        "rangle",
        "lbrace",
        "rbrace",
        "lbrack",
        "rbrack",
        "ast",
        "circ",
        "bullet",
        "star",
        "mapsto",
        "longrightarrow",
        "Longrightarrow",
        "Rightarrow",
        "Leftarrow",
        "leftarrow",
        "rightarrow",
        "iff",
        "implies",
        "forall",
        "exists",
        "neg",
        "land",
        "lor",
        "cup",
        "cap",
        "subset",
        "subseteq",
        "supset",
        "supseteq",
        "setminus",
        "emptyset",
        "varnothing",
        "prod",
        "int",
        "oint",
        "partial",
        "nabla",
        "displaystyle",
        "textstyle",
        "quad",
        "hbar",
        "prime",
        "boldsymbol",
        "mathring",
        "phantom",
        "bmod",
        "pmod",
        "mod",
        "imath",
        "jmath",
        "preceq",
        "prec",
        "succ",
        "ll",
        "gg",
        "perp",
        "parallel",
        "odot",
        "otimes",
        "oplus",
    ]
)
"""Commands other than single symbols that a formula may use; TeX never reads others."""
_ENVIRONMENTS = frozenset(
    ["aligned", "split", "gathered", "align", "gather", "multline", "cases", "matrix", "pmatrix", "bmatrix", "vmatrix"]
)


def known(latex: str) -> bool:
    r"""Whether a report accepts a formula, so that it can be typeset in every format.

    Examples
    --------
    >>> known(r"\frac{\eta}{\sqrt p} \le 1"), known(r"\input{/etc/passwd}"), known("a^^5cinput")
    (True, False, False)
    """
    commands = re.findall(r"\\([A-Za-z]+)", latex)
    environments = re.findall(r"\\(?:begin|end)\s*\{([^}]*)\}", latex)
    return (
        all(name in _COMMANDS or name in _letters() for name in commands)
        and all(name.rstrip("*") in _ENVIRONMENTS for name in environments)
        and commands.count("left") == commands.count("right")
        and _balanced(latex)
        and not re.search(r"\^\^|(?<!\\)[#%$]|\\\(|\\\)|\\\[|\\\]|\n\s*\n", latex)
        and convert(latex, display=True) is not None
    )


def _balanced(latex: str) -> bool:
    depth = 0
    for sign in re.sub(r"\\.", "", latex):
        depth += (sign == "{") - (sign == "}")
        if depth < 0:
            return False
    return depth == 0


@cache
def _letters() -> frozenset[str]:
    """Commands for single signs, as pylatexenc writes them."""
    from pylatexenc.latexencode import get_builtin_uni2latex_dict

    from .latex import NEEDS_MORE

    signs = [latex for latex in get_builtin_uni2latex_dict().values() if not NEEDS_MORE.search(latex)]
    return frozenset(name for latex in signs for name in re.findall(r"\\([A-Za-z]+)", latex))


@cache
def convert(latex: str, *, display: bool) -> str | None:
    """A formula as a ``<math>`` element, or None if the conversion fails."""
    from latex2mathml.converter import convert as converted

    source = re.sub(r"\\(label\{[^}]*\}|nonumber|notag)", "", latex)
    source = re.sub(r"\\[bB]igg?[lrm]?\s*(?=\\\|)", "", source)  # the converter knows sizes of single signs only
    source = re.sub(r"\\(begin|end)\{(aligned|split|gathered|align|gather|multline)\*?\}", r"\\\1{align*}", source)
    if re.search(r"(?<!\\)&|\\\\", source) and r"\begin{" not in source:
        source = rf"\begin{{align*}}{source}\end{{align*}}"
    try:
        tree = ElementTree.fromstring(converted(source, xmlns="", display="block" if display else "inline"))
    except Exception:  # the library raises many kinds; the source is always a legible answer
        return None
    if any("\\" in part or part == "&" for part in tree.itertext()):
        return None
    _adjust(tree, display)
    tree.set("alttext", " ".join(latex.split()))
    return ElementTree.tostring(tree, encoding="unicode")


def _adjust(tree: ElementTree.Element, display: bool) -> None:
    """Typeset bars, brackets, symbols and sums as TeX does."""
    for element in tree.iter():
        if element.text in _SIGNS:
            element.tag = _SIGNS[element.text]
        if element.tag == "mi" and element.text in _RELATIONS:
            element.tag = "mo"
        if element.tag == "mo" and element.text and set(element.text) <= _TIGHT:
            element.attrib |= {"lspace": "0", "rspace": "0"}
            if element.get("fence") != "true":
                element.set("stretchy", "false")
        if display and element.tag in _LIMITS and element[0].tag == "mo" and element[0].text in ("∑", "∏"):
            element.tag = _LIMITS[element.tag]
