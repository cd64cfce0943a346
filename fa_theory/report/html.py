"""The content of a report as HTML."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from itertools import pairwise
from xml.etree.ElementTree import Element

from fa_theory.figures.verdicts import GREEN, GREY, VERMILLION, look

from . import mathml
from .graph import Graph
from .view import View

_BLOCKS = frozenset({"display", "ul", "ol", "pre", "table", "figure", "pair"})
_CLOSING = (".", ",", ";", ":", ")", "]", "?")


class HtmlWriter:
    """Writes content as HTML; drawings are SVG by file name."""

    def __init__(self, view: View, drawings: Mapping[str, str]) -> None:
        self.view = view
        self.drawings = drawings

    def inside(self, node: Element) -> str:
        """The content of a node."""
        parts = [escape(node.text or "", quote=False)]
        for child in node:
            written, tail = self.write(child), child.tail or ""
            if child.tag == "math" and tail[:1] in _CLOSING:  # a browser would begin a line with it
                written, tail = f'<span class="keep">{written}{tail[0]}</span>', tail[1:]
            parts += [written, escape(tail, quote=False)]
        return "".join(parts)

    def write(self, node: Element) -> str:
        """A node with its content."""
        match node.tag:
            case "br":
                return "<br>"
            case "b" | "em" | "code" | "sup" | "pre":
                return f"<{node.tag}>{self.inside(node)}</{node.tag}>"
            case "math":
                return mathml.convert(node.text or "", display=False) or ""
            case "display":
                return f'<div class="formula">{mathml.convert(node.text or "", display=True)}</div>'
            case "a":
                return f'<a href="#{escape(node.attrib["to"])}">{self.inside(node)}</a>'
            case "url":
                return f'<a href="{escape(node.attrib["to"])}">{self.inside(node)}</a>'
            case "verdict":
                words = node.attrib["words"]
                return f'<span class="verdict">{_sign(words)} {escape(words)}</span>'
            case "sign":
                return _sign(node.attrib["words"])
            case "good" | "bad":
                symbol, colour = ("✓", GREEN) if node.tag == "good" else ("✗", VERMILLION)
                return f'<span class="symbol" style="color:{colour}">{symbol}</span>'
            case "reason":
                return f' <span class="muted">{self.inside(node)}</span>'
            case _:
                return self.block(node)

    def block(self, node: Element) -> str:
        """A block node."""
        inside = "" if node.tag == "table" else self.inside(node)
        match node.tag:
            case "report" | "references":
                return f"<dl>{inside}</dl>" if node.tag == "references" else inside
            case "title":
                return f'<h1 id="results">{inside}</h1>'
            case "author" | "date":
                return f'<p class="{node.tag}">{inside}</p>'
            case "abstract":
                return f'<p class="abstract"><b>Abstract.</b> {inside}</p>'
            case "contents":
                return ""
            case "h2" | "h3" | "h4":
                number = f"{node.attrib['number']} " if "number" in node.attrib else ""
                return f"<{node.tag}{_id(node)}>{number}{inside}</{node.tag}>"
            case "p":
                tag = "div" if any(child.tag in _BLOCKS for child in node) else "p"
                kind = ' class="muted"' if "muted" in node.attrib else ' class="p"' if tag == "div" else ""
                return f"<{tag}{kind}>{inside}</{tag}>"
            case "statement":
                return f'<div class="statement">{inside}</div>'
            case "ul" | "ol":
                start = f' start="{node.attrib["start"]}"' if "start" in node.attrib else ""
                kind = ' class="steps"' if "steps" in node.attrib else ""
                return f"<{node.tag}{kind}{start}>{inside}</{node.tag}>"
            case "li":
                return f"<li{_id(node)}>{inside}</li>"
            case "entry":
                return f"<dt{_id(node)}>{escape(node.attrib['label'])}</dt><dd>{inside}</dd>"
            case "table":
                return self.table(node)
            case "figure":
                drawn = self.drawings.get(node.attrib["file"], "")
                return f"<figure{_id(node)}>{drawn}<figcaption>{inside}</figcaption></figure>"
            case "pair":
                return f'<div class="pair">{inside}</div>'
            case "drawing":
                name = node.attrib["name"]
                drawn = svg(self.view.graphs[name], self.view, name)
                return f'<figure class="graph">{drawn}<figcaption>{inside}</figcaption></figure>'
            case _:
                raise ValueError(f"HTML has no {node.tag!r}")

    def table(self, node: Element) -> str:
        """A table; columns of numbers are aligned right."""
        right = [column.startswith("r") for column in node.attrib["columns"].split()]

        def row(cells: Element, tag: str) -> str:
            written = [
                f"<{tag}{' class=number' if at_right else ''}>{self.inside(cell)}</{tag}>"
                for cell, at_right in zip(cells, right, strict=True)
            ]
            return f"<tr>{''.join(written)}</tr>"

        caption = "".join(f"<caption>{self.inside(one)}</caption>" for one in node.findall("caption"))
        head = "".join(f"<thead>{row(one, 'th')}</thead>" for one in node.findall("thead/tr"))
        body = "\n".join(row(one, "td") for one in node.findall("tr"))
        return f'<div class="wide"><table>{caption}{head}<tbody>\n{body}\n</tbody></table></div>\n'


def svg(graph: Graph, view: View, name: str) -> str:
    """A dependency graph as SVG, in millimetres of the page."""
    wide, high = graph.box
    parts = [
        f'<svg role="img" aria-label="Dependency graph" viewBox="-1 -1 {graph.width + 2:.2f} {graph.height + 2:.2f}" '
        f'style="width:{0.32 * graph.width:.1f}rem">',
        f'<defs><marker id="{escape(name)}-tip" viewBox="0 0 6 4" refX="6" refY="2" markerWidth="5" markerHeight="4" '
        f'orient="auto"><path d="M0,0 6,2 0,4z" fill="{GREY}"/></marker></defs>',
    ]
    for arrow in graph.arrows:
        path = " ".join(_curves(arrow, wide))
        tip = f'marker-end="url(#{escape(name)}-tip)"'
        parts.append(f'<path d="{path}" fill="none" stroke="{GREY}" stroke-width="0.25" {tip}/>')
    letter, line = graph.size * 0.3528, 1.2 * graph.size * 0.3528
    for box in graph.boxes:
        colour, symbol = view.sign(box.id)
        left, top = box.x - wide / 2, box.y - high / 2
        dashes = "" if view.is_own(name, box.id) else ' stroke-dasharray="0.9 0.7"'
        drawn = (
            f'<rect x="{left:.2f}" y="{top:.2f}" width="{wide:.2f}" height="{high:.2f}" rx="1" fill="#fff" '
            f'stroke="{colour}" stroke-width="0.4"{dashes}/>'
        )
        y = box.y - line * len(box.lines) / 2 + 0.9 * letter
        for k, text in enumerate(box.lines):
            mark = f'<tspan fill="{colour}">{symbol}</tspan> ' if not k else ""
            drawn += (
                f'<text x="{left + 1.2:.2f}" y="{y + k * line:.2f}" font-size="{letter:.2f}">{mark}'
                f"{escape(text)}</text>"
            )
        parts.append(f'<a href="#{escape(box.id)}">{drawn}</a>' if box.id in view.number else drawn)
    return "".join([*parts, "</svg>"])


def _curves(arrow: tuple[tuple[float, float], ...], wide: float) -> list[str]:
    """A path from box to box, horizontal where it passes between others."""
    (x, y), half = arrow[0], wide / 2
    path = [f"M{x + half:.2f},{y:.2f}"]
    for (x, y), (x_next, y_next) in pairwise(arrow):
        start, stop = x + half, x_next - half
        middle = (start + stop) / 2
        path.append(f"C{middle:.2f},{y:.2f} {middle:.2f},{y_next:.2f} {stop:.2f},{y_next:.2f}")
        if (x_next, y_next) != arrow[-1]:
            path.append(f"H{x_next + half:.2f}")
    return path


def _sign(words: str) -> str:
    shown = look(words)
    return f'<span class="symbol" style="color:{shown.colour}">{shown.symbol}</span>'


def _id(node: Element) -> str:
    return f' id="{escape(node.attrib["id"])}"' if "id" in node.attrib else ""
