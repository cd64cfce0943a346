"""From plain text, and from LaTeX, to HTML with MathML."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from fa_theory.record.text import pieces

if TYPE_CHECKING:
    from markupsafe import Markup

_MATH_ENVIRONMENTS = re.compile(r"(equation|align|gather|multline|displaymath|math)\*?")
_TIGHT = frozenset("|‖/()[]{}⟨⟩")
_SIGNS = {"∞": "mi", "⊤": "mi", "±": "mo", "∓": "mo"}
_LIMITS = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}
_STYLES = {"emph": "em", "textit": "em", "textbf": "strong", "texttt": "code", "textsc": "span", "textrm": "span"}
_LISTS = {"itemize": "ul", "enumerate": "ol"}


def text(text: str) -> Markup:
    """Plain text with formulas between dollars, as HTML."""
    from markupsafe import Markup

    return Markup("".join(formula(p.text) if p.is_math else escape(p.text) for p in pieces(text)))


def formula(latex: str, *, display: bool = False) -> Markup:
    """A formula as MathML; as its LaTeX source where the conversion does not understand it."""
    from latex2mathml.converter import convert
    from markupsafe import Markup

    source = re.sub(r"\\(label\{[^}]*\}|nonumber|notag)", "", latex)
    source = re.sub(r"\\[bB]igg?[lrm]?\s*(?=\\\|)", "", source)  # the converter knows sizes of single signs only
    source = re.sub(r"\\(begin|end)\{(aligned|split|gathered|align|gather|multline)\*?\}", r"\\\1{align*}", source)
    if re.search(r"(?<!\\)&|\\\\", source) and r"\begin{" not in source:
        source = rf"\begin{{align*}}{source}\end{{align*}}"
    try:
        tree = ElementTree.fromstring(convert(source, xmlns="", display="block" if display else "inline"))
    except Exception:  # the library raises many kinds; the source is always a legible answer
        tree = None
    if tree is None or any("\\" in part or part == "&" for part in tree.itertext()):
        tag = "div" if display else "span"
        return Markup(f'<{tag} class="tex"><code>{escape(latex)}</code></{tag}>')
    _adjust(tree, display)
    mathml = ElementTree.tostring(tree, encoding="unicode")
    return Markup(f'<div class="formula">{mathml}</div>' if display else mathml)


def _adjust(tree: ElementTree.Element, display: bool) -> None:
    """Set bars, brackets, signs and sums as TeX does."""
    for element in tree.iter():
        if element.text in _SIGNS:
            element.tag = _SIGNS[element.text]
        if element.tag == "mo" and element.text and set(element.text) <= _TIGHT:
            element.attrib |= {"lspace": "0", "rspace": "0"}
            if element.get("fence") != "true":
                element.set("stretchy", "false")
        if display and element.tag in _LIMITS and element[0].tag == "mo" and element[0].text in ("∑", "∏"):
            element.tag = _LIMITS[element.tag]


def fragment(latex: str, references: Mapping[str, str]) -> Markup:
    """A LaTeX fragment (text with formulas, emphasis, lists, references) as HTML.

    Parameters
    ----------
    latex
        The fragment.
    references
        Text of the link for each label a ``\\cref`` may name.
    """
    from markupsafe import Markup
    from pylatexenc.latexwalker import LatexWalker

    nodes = LatexWalker(latex, tolerant_parsing=True).get_latex_nodes()[0]
    return Markup(_Writer(references).all(nodes))


class _Writer:
    def __init__(self, references: Mapping[str, str]) -> None:
        self.references = references

    def all(self, nodes: Iterable[Any]) -> str:
        return "".join(map(self.one, nodes))

    def one(self, node: Any) -> str:
        from pylatexenc import latexwalker as walker

        kinds: tuple[tuple[type, Callable[[Any], str]], ...] = (
            (walker.LatexMathNode, self.math),
            (walker.LatexMacroNode, self.macro),
            (walker.LatexEnvironmentNode, self.environment),
            (walker.LatexGroupNode, lambda group: self.all(group.nodelist)),
        )
        for kind, write in kinds:
            if isinstance(node, kind):
                return write(node)
        return self.plain(node)

    def plain(self, node: Any) -> str:
        from pylatexenc.latex2text import LatexNodes2Text

        return escape(LatexNodes2Text(keep_comments=False).nodelist_to_text([node]))

    def math(self, node: Any) -> str:
        return formula("".join(n.latex_verbatim() for n in node.nodelist), display=node.displaytype == "display")

    def macro(self, node: Any) -> str:
        arguments = [a for a in (node.nodeargd.argnlist if node.nodeargd else []) or [] if a is not None]
        if node.macroname in _STYLES and arguments:
            tag = _STYLES[node.macroname]
            return f"<{tag}>{self.one(arguments[-1])}</{tag}>" + escape(node.macro_post_space)
        if node.macroname in ("cref", "Cref", "ref", "eqref") and arguments:
            label = "".join(n.latex_verbatim() for n in arguments[-1].nodelist)
            return f'<a href="#{escape(label.removeprefix("claim:"))}">{escape(self.references.get(label, label))}</a>'
        if node.macroname in ("\\", "newline"):
            return "<br>"
        return self.plain(node) + (" " if node.macroname == " " else "")

    def environment(self, node: Any) -> str:
        from pylatexenc.latexwalker import LatexMacroNode

        if _MATH_ENVIRONMENTS.fullmatch(node.environmentname):
            body = "".join(n.latex_verbatim() for n in node.nodelist)
            return formula(body, display=True)
        if node.environmentname in _LISTS:
            items: list[list[Any]] = []
            for child in node.nodelist:
                if isinstance(child, LatexMacroNode) and child.macroname == "item":
                    items.append([])
                elif items:
                    items[-1].append(child)
            tag = _LISTS[node.environmentname]
            return f"<{tag}>{''.join(f'<li>{self.all(item)}</li>' for item in items)}</{tag}>"
        return self.all(node.nodelist)
