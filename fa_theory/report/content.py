"""The content of a report as a small XML tree; the writers for LaTeX and HTML read the same tree.

The two formats therefore have the same content. Blocks: ``title``, ``author``, ``date``, ``abstract``, ``h2``,
``h3``, ``h4``, ``p``, ``pre``, ``ul`` and ``ol`` with ``li``, ``statement``, ``display``, ``table``, ``figure``,
``pair``, ``drawing``, ``references``. In a line: ``b``, ``em``, ``code``, ``sup``, ``muted``, ``math``, ``a``,
``url``, ``verdict``, ``sign``, ``br``. User text is inserted as text, never as markup.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape as _escaped

from . import mathml
from .mathematics import typeset

if TYPE_CHECKING:
    from markupsafe import Markup

_MATH_ENVIRONMENTS = re.compile(r"(equation|align|gather|multline|displaymath|math)\*?")
_STYLES = {"emph": "em", "textit": "em", "textbf": "b", "texttt": "code"}
_PLAIN = {"textsc", "textrm", "text", "mbox"}
_FILES = {"input", "include"}
"""Commands that read files; a report never does."""
_LISTS = {"itemize": "ul", "enumerate": "ol"}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def escape(text: str) -> Markup:
    """Text as XML; characters that XML cannot hold are omitted."""
    from markupsafe import Markup

    return Markup(_escaped(_NOT_XML.sub("", text), {'"': "&quot;"}))


def text(text: str) -> Markup:
    """Plain text with formulas, between dollars or in Unicode.

    Examples
    --------
    >>> print(text("p < n and λ < γ"))
    <math>p &lt; n</math> and <math>λ &lt; γ</math>
    """
    from markupsafe import Markup

    return Markup("").join(formula(p.text) if p.is_math else escape(p.text) for p in typeset(text))


def formula(latex: str) -> Markup:
    """An inline formula; its source as code if it is not understood or not allowed."""
    from markupsafe import Markup

    several = r"\begin{" not in latex and re.search(r"(?<!\\)&|\\\\", latex)  # lines belong into a display
    tag = "math" if mathml.known(latex) and not several else "code"

    return Markup("<{0}>{1}</{0}>").format(tag, escape(latex.strip()))


def display(latex: str) -> Markup:
    """A displayed formula."""
    from markupsafe import Markup

    if not mathml.known(latex):
        return Markup("<pre>{}</pre>").format(escape(latex.strip()))
    return Markup("<display>{}</display>").format(escape(latex.strip()))


def fragment(latex: str, references: Mapping[str, str]) -> Markup:
    """A LaTeX fragment: text with formulas, emphasis, lists and references; everything else is plain text.

    Parameters
    ----------
    latex
        The fragment.
    references
        Text of the link for each label a ``\\cref`` may name.
    """
    from markupsafe import Markup
    from pylatexenc.latexwalker import LatexWalker

    nodes = LatexWalker(_NOT_XML.sub("", latex), tolerant_parsing=True).get_latex_nodes()[0]
    return Markup(_Reader(references).all(nodes))


def parse(xml: str) -> ElementTree.Element:
    """The tree of a report."""
    return ElementTree.fromstring(xml)


class _Reader:
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

        return str(escape(LatexNodes2Text(keep_comments=False).nodelist_to_text([node])))

    def math(self, node: Any) -> str:
        body = "".join(n.latex_verbatim() for n in node.nodelist)
        return str(display(body) if node.displaytype == "display" else formula(body))

    def macro(self, node: Any) -> str:
        arguments = [a for a in (node.nodeargd.argnlist if node.nodeargd else []) or [] if a is not None]
        if node.macroname in _STYLES and arguments:
            tag = _STYLES[node.macroname]
            return f"<{tag}>{self.one(arguments[-1])}</{tag}>{escape(node.macro_post_space)}"
        if node.macroname in _PLAIN and arguments:
            return f"{self.one(arguments[-1])}{escape(node.macro_post_space)}"
        if node.macroname in ("cref", "Cref", "ref", "eqref") and arguments:
            label = "".join(n.latex_verbatim() for n in arguments[-1].nodelist)
            if label not in self.references:
                return str(escape(label))
            return f'<a to="{escape(label.removeprefix("claim:"))}">{escape(self.references[label])}</a>'
        if node.macroname in ("\\", "newline"):
            return "<br/>"
        said = "" if node.macroname in _FILES else self.plain(node)
        if not said.strip() and (arguments or node.macroname in _FILES):  # what would be lost is printed literally
            return f"<code>{escape(node.latex_verbatim())}</code>"
        return said + (" " if node.macroname == " " else "")

    def environment(self, node: Any) -> str:
        from pylatexenc.latexwalker import LatexMacroNode

        if _MATH_ENVIRONMENTS.fullmatch(node.environmentname):
            body = "".join(n.latex_verbatim() for n in node.nodelist)
            return str(display(body))
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
