"""The content of a report as LaTeX."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import pairwise
from xml.etree.ElementTree import Element

from fa_theory.figures.verdicts import GREEN, GREY, VERMILLION, look

from . import latex
from .graph import Graph
from .view import View

_LEVELS = {"h2": "section", "h3": "subsection", "h4": "subsubsection"}
_ROOM = {"h2": 9, "h3": 10, "h4": 6}
"""Lines that must be left on the page below a heading."""
_LARGE = 80.0
"""Height in millimetres above which a graph may move to the next page."""


class LatexWriter:
    """Writes content as LaTeX; figures are files next to the document."""

    def __init__(self, view: View, drawings: Collection[str]) -> None:
        self.view = view
        self.drawings = drawings

    def inside(self, node: Element) -> str:
        """The content of a node."""
        parts = [_words(node.text)]
        for child in node:
            parts += [self.write(child), _words(child.tail)]
        return "".join(parts)

    def write(self, node: Element) -> str:
        """A node with its content."""
        match node.tag:
            case "math":
                return rf"${latex.math(node.text or '')}$"
            case "display":
                return rf"\[{latex.display(node.text or '')}\]"
            case "br":
                return r"\newline{}"
            case "b":
                return rf"\textbf{{{self.inside(node)}}}"
            case "em":
                return rf"\emph{{{self.inside(node)}}}"
            case "sup":
                return rf"\textsuperscript{{{self.inside(node)}}}"
            case "code":
                return latex.code("".join(node.itertext()))
            case "a":
                return rf"\hyperref[{label(node.attrib['to'])}]{{{self.inside(node)}}}"
            case "url":
                return rf"\href{{{_address(node.attrib['to'])}}}{{{self.inside(node)}}}"
            case "verdict":
                shown = look(node.attrib["words"])
                return rf"\verdict{{{shown.colour[1:]}}}{{{shown.latex}}}{{{node.attrib['words']}}}"
            case "sign":
                shown = look(node.attrib["words"])
                return rf"\textcolor[HTML]{{{shown.colour[1:]}}}{{{shown.latex}}}"
            case "good" | "bad":
                colour, sign = (GREEN, 51) if node.tag == "good" else (VERMILLION, 55)
                return rf"\textcolor[HTML]{{{colour[1:]}}}{{\ding{{{sign}}}}}"
            case "reason":
                return rf"\reason{{{self.inside(node)}}}"
            case _:
                return f"\n{self.block(node)}\n"

    def block(self, node: Element) -> str:
        """A block node."""
        inside = "" if node.tag in ("table", "ul", "ol", "pre", "pair") else self.inside(node).strip()
        match node.tag:
            case "report":
                return inside
            case "title":
                return rf"{{\LARGE\raggedright {inside}\par}}"
            case "author" | "date":
                return rf"{{\large {inside}\par}}"
            case "abstract":
                return rf"\begin{{quotation}}\noindent\small\textbf{{Abstract.}} {inside}\end{{quotation}}"
            case "contents":
                return r"\tableofcontents"
            case "h2" | "h3" | "h4":
                number = f"{node.attrib['number']} " if "number" in node.attrib else ""
                text, plain = f"{number}{inside}", f"{number}{_bookmark(node)}"
                mark = label(node.attrib["id"]) if "id" in node.attrib else ""
                return rf"\heading{{{_LEVELS[node.tag]}}}{{{_ROOM[node.tag]}}}{{{text}}}{{{plain}}}{{{mark}}}"
            case "p":
                return rf"\muted{{{inside}}}\par" if "muted" in node.attrib else rf"{inside}\par"
            case "statement":
                return rf"\begin{{statement}}{inside}\end{{statement}}"
            case "pre":
                return rf"\commandline{{{latex.code(''.join(node.itertext()))}}}"
            case "ul" | "ol":
                return self.enumeration(node)
            case "references":
                return rf"\begin{{description}}[style=nextline,leftmargin=6mm]{inside}\end{{description}}"
            case "entry":
                mark = rf"\phantomsection\label{{{label(node.attrib['id'])}}}"
                return rf"\item[{{{latex.escape(node.attrib['label'])}}}]{mark} {inside}"
            case "table":
                return self.table(node)
            case "figure":
                return self.figure(node, inside)
            case "pair":
                return r"\par\noindent" + "".join(self.block(one) for one in node) + r"\par"
            case "drawing":
                shown = self.view.graphs[node.attrib["name"]]
                command = "largegraph" if shown.height > _LARGE else "dependencies"
                return rf"\{command}{{{tikz(shown, self.view, node.attrib['name'])}}}{{{inside}}}"
            case _:
                raise ValueError(f"LaTeX has no {node.tag!r}")

    def enumeration(self, node: Element) -> str:
        """A list; steps of a derivation have formulas in the line, with reasons at its end."""
        kind = "enumerate" if node.tag == "ol" else "itemize"
        start = f",start={node.attrib['start']}" if "start" in node.attrib else ""
        gap = "itemsep=1pt" if "steps" in node.attrib else "nosep"
        items = []
        for item in node.findall("li"):
            mark = rf"\phantomsection\label{{{label(item.attrib['id'])}}}" if "id" in item.attrib else ""
            shown = item.find("display")
            if "steps" in node.attrib and shown is not None:
                rest = "".join(self.write(child) for child in item if child is not shown)
                items.append(rf"\item {latex.step(shown.text or '')}{rest}")
            else:
                items.append(rf"\item {mark}{self.inside(item).strip()}")
        return "\n".join([rf"\begin{{{kind}}}[leftmargin=*,{gap}{start}]", *items, rf"\end{{{kind}}}"])

    def figure(self, node: Element, caption: str) -> str:
        """A picture with its caption, in place; two small ones are side by side."""
        file, mark = node.attrib["file"], label(node.attrib["id"])
        width = r"\linewidth" if "large" in node.attrib else r"0.48\linewidth"
        drawn = rf"\includegraphics[max width=\linewidth,max height=62mm]{{figures/{file}.pdf}}\\" if file else ""
        return rf"\drawn{{{width}}}{{{drawn}}}{{{caption}}}{{{mark}}}"

    def table(self, node: Element) -> str:
        """A table that may break over pages."""
        types = "".join(_column(column) for column in node.attrib["columns"].split())
        lines = [r"{\footnotesize\setlength{\tabcolsep}{0.45em}", rf"\begin{{longtable}}{{@{{}}{types}@{{}}}}"]
        lines += [rf"\caption*{{{self.inside(one).strip()}}}\\" for one in node.findall("caption")]
        heads = [self.row(one) for one in node.findall("thead/tr")]
        lines += [r"\toprule", *heads, *[r"\midrule"] * bool(heads), r"\endfirsthead"]
        lines += [r"\toprule", *heads, *[r"\midrule"] * bool(heads), r"\endhead", r"\bottomrule", r"\endlastfoot"]
        lines += [self.row(one) for one in node.findall("tr")]
        return "\n".join([*lines, r"\end{longtable}}"])

    def row(self, node: Element) -> str:
        """A row of a table."""
        return " & ".join(self.inside(cell).strip() for cell in node) + r" \\"


def label(id: str) -> str:
    """A label for an id that TeX can read."""
    return "x:" + re.sub(r"[^A-Za-z0-9.-]", lambda match: f"+{ord(match[0]):x}", id)


def tikz(graph: Graph, view: View, name: str) -> str:
    """A dependency graph for TikZ, in millimetres."""
    wide, high = graph.box
    parts = [r"\begin{tikzpicture}[x=1mm,y=-1mm]"]
    for arrow in graph.arrows:
        (x, y), path = arrow[0], ""
        path = f"({x + wide / 2:.2f},{y:.2f})"
        for (x, y), (x_next, y_next) in pairwise(arrow):
            start, stop = x + wide / 2, x_next - wide / 2
            middle = (start + stop) / 2
            path += f" .. controls ({middle:.2f},{y:.2f}) and ({middle:.2f},{y_next:.2f}) .. ({stop:.2f},{y_next:.2f})"
            if (x_next, y_next) != arrow[-1]:
                path += f" -- ({x_next + wide / 2:.2f},{y_next:.2f})"
        parts.append(rf"\draw[arrow] {path};")
    for box in graph.boxes:
        colour, _ = view.sign(box.id)
        size = rf"\fontsize{{{graph.size:g}}}{{{1.2 * graph.size:.2f}}}\selectfont{{}}"
        first, *rest = [latex.escape(line) for line in box.lines]
        text = r"\\".join([rf"{_mark(box.id, view)} {first}", *rest])
        if box.id in view.number:
            text = rf"\hyperref[{label(box.id)}]{{\shortstack[l]{{{text}}}}}"
        else:
            text = rf"\shortstack[l]{{{text}}}"
        dashes = "" if view.is_own(name, box.id) else ",dashed"
        parts.append(
            rf"\definecolor{{edge}}{{HTML}}{{{colour[1:]}}}\node[draw=edge{dashes},claim,minimum width={wide:.2f}mm,"
            rf"minimum height={high:.2f}mm,text width={wide - 2.4:.2f}mm] "
            rf"at ({box.x:.2f},{box.y:.2f}) {{{size}{text}}};"
        )
    return "\n".join([*parts, r"\end{tikzpicture}"])


def _mark(id: str, view: View) -> str:
    claim = view.by_id.get(id)
    shown = look(claim.words if claim else "not run")
    return rf"\textcolor[HTML]{{{(shown.colour if claim else GREY)[1:]}}}{{{shown.latex}}}"


def _words(text: str | None) -> str:
    return latex.escape(re.sub(r"\s+", " ", text)) if text else ""


def _address(url: str) -> str:
    return re.sub(r"[^A-Za-z0-9:/._~?=+-]", lambda match: rf"\%{ord(match[0]):02X}", url)


def _bookmark(node: Element) -> str:
    """Characters that any viewer can show in its outline."""
    text = "".join(node.itertext()).replace("\\", "")
    return re.sub(r"[^A-Za-z0-9 .,:;()/+=-]", "", " ".join(text.split()))


def _column(column: str) -> str:
    """``l``, ``r``, or the width of a paragraph in percent of the line, after ``r`` if aligned right."""
    if column in ("l", "r"):
        return column
    side = "raggedleft" if column.startswith("r") else "raggedright"
    return rf">{{\{side}\arraybackslash}}p{{{float(column.removeprefix('r')) / 100:.3f}\linewidth}}"
