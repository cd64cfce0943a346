"""Dependency graphs of claims, in layers from left to right.

The layout is grandalf's, which is pure Python: graphviz is not on PyPI, and users without root could not install it.
Both formats draw the same layout, in their own fonts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, TypeAlias

from fa_theory.errors import InputError

if TYPE_CHECKING:
    import networkx as nx

WIDTH = 158.0
"""Width of a line of text, in millimetres, as are all lengths here."""
_GAP, _PAD, _APART = 5.0, 1.2, 2.0
"""Between layers (for the arrows), inside a box, and between boxes of a layer."""
_WIDEST = 33.0
_SWEEPS = 12
_POINT = 0.3528
_SIGN = "mm\N{NO-BREAK SPACE}"
"""As wide as the sign of the verdict, which stands before the name."""
_SIZES = (8.0, 7.5, 7.0, 6.5, 6.0, 5.5)
_EM = 0.53
"""Sizes of letters in points, the best first; mean width of a letter in ems."""


@dataclass(frozen=True, slots=True)
class Box:
    """A claim: id, lines of its name, and the position of its centre from the top left corner."""

    id: str
    lines: tuple[str, ...]
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Graph:
    """Boxes of one size, and for each arrow its points, from a claim to one that uses it."""

    width: float
    height: float
    box: tuple[float, float]
    size: float
    """Font size in points."""
    boxes: tuple[Box, ...]
    arrows: tuple[tuple[tuple[float, float], ...], ...]


def links(uses: Mapping[str, Iterable[str]]) -> list[tuple[str, str]]:
    """Pairs of a claim and a claim that uses it, without pairs implied by others.

    If a uses b and b uses c, "a uses c" is omitted.

    Raises
    ------
    InputError
        If claims use each other in a cycle.

    Examples
    --------
    >>> links({"a.x": [], "a.y": ["a.x"], "a.z": ["a.y", "a.x"], "a.w": []})
    [('a.x', 'a.y'), ('a.y', 'a.z')]
    """
    import networkx as nx

    try:
        order = list(TopologicalSorter({id: sorted(set(other)) for id, other in uses.items()}).static_order())
    except CycleError as error:
        raise InputError(f"the claims {', '.join(error.args[1])} use each other in a cycle") from None
    rests: nx.DiGraph[str] = nx.DiGraph()
    rests.add_nodes_from(order)
    rests.add_edges_from((other, id) for id in order for other in uses.get(id, ()))
    return sorted(nx.transitive_reduction(rests).edges)


def ancestors(id: str, uses: Mapping[str, Sequence[str]]) -> list[str]:
    """All claims that a claim depends on, directly or not, the nearest first.

    Examples
    --------
    >>> ancestors("a.z", {"a.z": ["a.y"], "a.y": ["a.x"]})
    ['a.y', 'a.x']
    """
    found: dict[str, None] = {}
    waiting = list(uses.get(id, ()))
    while waiting:
        other = waiting.pop(0)
        if other not in found:
            found[other] = None
            waiting += uses.get(other, ())
    return list(found)


def layout(uses: Mapping[str, Sequence[str]], names: Mapping[str, str]) -> Graph:
    """Lay out claims with their names; unconnected parts are stacked vertically.

    Parameters
    ----------
    uses
        By claim, the claims it uses; an undeclared claim is treated as using nothing.
    names
        The text in the box of a claim; a newline starts a new line.
    """
    import networkx as nx

    whole: nx.DiGraph[str] = nx.DiGraph()
    whole.add_nodes_from(sorted(uses))
    whole.add_edges_from(links(uses))
    parts = [whole.subgraph(part) for part in nx.weakly_connected_components(whole)]
    parts.sort(key=lambda part: (-len(part), min(part)))
    alone = [id for part in parts if len(part) == 1 for id in part]
    depth = 1 + nx.dag_longest_path_length(whole, weight=None) if len(whole) else 1
    wide = min(_WIDEST, (WIDTH - _GAP * (depth - 1)) / depth)
    size, lines = _fit({id: _SIGN + names[id] for id in whole}, wide - 2 * _PAD)
    lines = {id: (first.removeprefix(_SIGN), *rest) for id, (first, *rest) in lines.items()}
    high = 1.2 * size * _POINT * max(map(len, lines.values()), default=1) + 2 * _PAD
    pitch = min(wide + 3 * _GAP, (WIDTH - wide) / max(depth - 1, 1))
    boxes, arrows, top = list[Box](), list[tuple[tuple[float, float], ...]](), 0.0
    for part in parts[: len(parts) - len(alone)]:
        placed, paths = _layered(part, pitch, high + _APART)
        shift = top - min(y for _, y in placed.values()) + high / 2
        boxes += [Box(id, lines[id], x + wide / 2, y + shift) for id, (x, y) in placed.items()]
        arrows += [tuple((x + wide / 2, y + shift) for x, y in path) for path in paths]
        top = max(box.y for box in boxes) + high / 2 + 2 * _APART
    per_row = max(1, int((WIDTH + _APART) // (wide + _APART)))
    for k, id in enumerate(alone):
        boxes.append(Box(id, lines[id], wide / 2 + (wide + _APART) * (k % per_row), top + high / 2))
        if (k + 1) % per_row == 0:
            top += high + _APART
    width = max((box.x for box in boxes), default=0.0) + wide / 2
    height = max((box.y for box in boxes), default=0.0) + high / 2
    return Graph(width, height, (wide, high), size, tuple(boxes), tuple(arrows))


Places: TypeAlias = dict[str, tuple[float, float]]


def _layered(part: nx.DiGraph[str], pitch: float, row: float) -> tuple[Places, list[list[tuple[float, float]]]]:
    """Place a connected part: its layers a pitch apart, its boxes a row apart; also return the paths of its arrows."""
    from grandalf.graphs import Edge, Vertex, graph_core
    from grandalf.layouts import SugiyamaLayout, VertexViewer

    vertices = {id: Vertex(id) for id in sorted(part)}
    for vertex in vertices.values():
        vertex.view = VertexViewer(w=row, h=0)  # grandalf's layers lie above each other, ours side by side
    edges = [Edge(vertices[low], vertices[high]) for low, high in sorted(part.edges)]
    layers = SugiyamaLayout(graph_core(list(vertices.values()), edges))
    layers.xspace = 0
    layers.init_all()
    for through in layers.ctrls.values():
        for bend in through.values():
            if bend not in vertices.values():
                bend.view.w = row / 4
    layers.draw(_SWEEPS)
    rank = {id: layers.grx[vertex].rank for id, vertex in vertices.items()}
    places = {id: (pitch * rank[id], float(vertex.view.xy[0])) for id, vertex in vertices.items()}
    ways = []
    for edge, (low, high) in zip(edges, sorted(part.edges), strict=True):
        through = layers.ctrls.get(edge, {})
        bends = [(pitch * k, float(through[k].view.xy[0])) for k in range(rank[low] + 1, rank[high])]
        ways.append([places[low], *bends, places[high]])
    return places, ways


def _fit(names: Mapping[str, str], width: float) -> tuple[float, dict[str, tuple[str, ...]]]:
    """The largest size at which every name fits the width in at most four lines, or the smallest size with as many."""
    size, lines = _SIZES[0], dict[str, tuple[str, ...]]()
    for size in _SIZES:
        most = max(int(width / (_EM * size * _POINT)), 1)
        lines = {id: tuple(_broken(name, most)) for id, name in names.items()}
        if all(len(found) <= 4 and max(map(len, found)) <= most for found in lines.values()):
            break
    return size, lines


def _broken(name: str, most: int) -> list[str]:
    """Lines of at most this many letters, broken after hyphens and spaces if possible."""
    found = []
    for line in name.split("\n"):
        found.append("")
        for part in re.findall(r"[^-_. ]{1,24}[-_.]* *", line) or [line]:
            if found[-1] and len((found[-1] + part).rstrip()) > most:
                found[-1] = found[-1].rstrip()
                found.append("")
            found[-1] += part
        found[-1] = found[-1].rstrip()
    return found
