"""The dependency graph: which claims rest on which, in layers from left to right."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from fa_theory.claims.result import ClaimResult
from fa_theory.errors import InputError
from fa_theory.figures.draw import style
from fa_theory.figures.verdicts import GREY, INK, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

WIDTH = 6.3
_GAP = 0.22
"""Inches between two columns, for the arrows."""
_SWEEPS = 8
_SIZES = (8.5, 8.0, 7.5, 7.0, 6.5, 6.0, 5.5)
_MARGIN = 0.07
"""Sizes of letters, the best first; inches left of them."""


@dataclass(frozen=True, slots=True)
class Layers:
    """Claims that are linked, by layer, each after all it uses; the links; and claims without links.

    A link over several layers passes through a place of its own in each layer between: ``(claim, claim, layer)``.
    """

    linked: list[list[Any]]
    links: list[tuple[str, str]]
    alone: list[str]


def layers(uses: Mapping[str, Sequence[str]]) -> Layers:
    """Lay out claims; one that is used but not declared counts as a claim that uses nothing.

    Links that follow from others are left out: where a uses b and b uses c, nothing is said by "a uses c".

    Raises
    ------
    InputError
        If claims use each other in a circle.

    Examples
    --------
    >>> layers({"a.x": [], "a.y": ["a.x"], "a.z": ["a.y", "a.x"], "a.w": []})
    Layers(linked=[['a.x'], ['a.y'], ['a.z']], links=[('a.x', 'a.y'), ('a.y', 'a.z')], alone=['a.w'])
    """
    import networkx as nx

    try:
        order = list(TopologicalSorter({id: sorted(set(other)) for id, other in uses.items()}).static_order())
    except CycleError as error:
        raise InputError(f"the claims {', '.join(error.args[1])} use each other in a circle") from None
    rests: nx.DiGraph[str] = nx.DiGraph()
    rests.add_nodes_from(order)
    rests.add_edges_from((other, id) for id in order for other in uses.get(id, ()))
    links = sorted(nx.transitive_reduction(rests).edges)
    rank: dict[str, int] = {}
    for id in order:
        rank[id] = 1 + max((rank[other] for other in uses.get(id, ())), default=-1)
    touched = {id for link in links for id in link}
    columns: list[list[Any]] = [[] for _ in range(max((rank[id] for id in touched), default=-1) + 1)]
    for id in sorted(touched):
        columns[rank[id]].append(id)
    beside: dict[Any, list[Any]] = {id: [] for id in touched}
    for low, high in links:
        path = [low, *((low, high, k) for k in range(rank[low] + 1, rank[high])), high]
        for k, place in enumerate(path[1:-1], rank[low] + 1):
            columns[k].append(place)
        for one, next_one in pairwise(path):
            beside.setdefault(one, []).append(next_one)
            beside.setdefault(next_one, []).append(one)
    _untangle(columns, beside)
    return Layers(columns, links, [id for id in sorted(uses) if id not in touched])


def _untangle(columns: list[list[Any]], beside: Mapping[Any, Sequence[Any]]) -> None:
    """Few crossings: order each layer by where its neighbours stand, to and fro."""
    place = {one: (k + 0.5) / len(column) for column in columns for k, one in enumerate(column)}
    for sweep in range(_SWEEPS):
        for column in columns if sweep % 2 else reversed(columns):
            mean = {one: sum(place[other] for other in beside[one]) / len(beside[one]) for one in column}
            column.sort(key=lambda one: (mean[one], str(one)))
            place |= {one: (k + 0.5) / len(column) for k, one in enumerate(column)}


def draw(claims: Sequence[ClaimResult]) -> Drawing:
    """Draw the graph; an arrow leads from a claim to one that rests on it."""
    from matplotlib.figure import Figure as Drawing

    found = layers({claim.id: claim.uses for claim in claims})
    by_id = {claim.id: claim for claim in claims}
    number = {claim.id: k for k, claim in enumerate(claims, 1)}
    columns = max(len(found.linked), 1)
    width = min(1.9, (WIDTH - 0.04 - _GAP * (columns - 1)) / columns)
    pitch = width + min((WIDTH - 0.04 - width * columns) / max(columns - 1, 1), 0.7)
    ids = [*(one for column in found.linked for one in column if isinstance(one, str)), *found.alone]
    with style():
        size, names = _fit({id: _name(id) for id in ids}, width - 2 * _MARGIN)
        lines = 2 + max((text.count("\n") for text in names.values()), default=0)
        high = 0.06 + lines * 1.12 * size / 72
        row = high + 0.07
        per_row = max(1, int((WIDTH - 0.04 + 0.15) / (width + 0.15)))
        heights = [sum(row if isinstance(one, str) else 0.12 for one in column) for column in found.linked]
        tall = max(heights, default=0.0)
        rows_alone = -(-len(found.alone) // per_row)
        height = tall + row * rows_alone + (0.2 if tall and rows_alone else 0) + 0.08
        drawing = Drawing(figsize=(WIDTH, height))
        axes = drawing.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, WIDTH), ylim=(-height, 0))
        axes.axis("off")
        at: dict[Any, tuple[float, float]] = {}
        for k, column in enumerate(found.linked):
            spare = (tall - heights[k]) / len(column)
            y = -0.04
            for one in column:
                space = (row if isinstance(one, str) else 0.12) + spare
                at[one] = (0.02 + width / 2 + pitch * k, y - space / 2)
                y -= space
        for k, id in enumerate(found.alone):
            step = (WIDTH - 0.04 - width) / max(per_row - 1, 1)
            top = -height + 0.04 + row * rows_alone
            at[id] = (0.02 + width / 2 + step * (k % per_row), top - row * (k // per_row + 0.5))
        for low, high_id in found.links:
            _arrow(axes, low, high_id, at, width)
        for id in ids:
            _node(axes, id, number.get(id), names[id], by_id.get(id), at[id], (width, high), size)
    return drawing


def _name(id: str) -> str:
    return id.partition(".")[2] or id


def _fit(texts: Mapping[str, str], width: float) -> tuple[float, dict[str, str]]:
    """The largest size at which every text fits the width in at most three lines, or the smallest with as many.

    Returns
    -------
    tuple
        The size in points, and the texts broken into lines.
    """
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    def too_long(line: str, font: FontProperties) -> bool:
        return bool(text_to_path.get_text_width_height_descent(line.rstrip(), font, False)[0] > 72 * width)

    def broken(text: str, font: FontProperties) -> list[str]:
        lines = [""]
        for part in re.findall(r"[^-_.\s]{1,24}[-_.]*\s*", text):
            if lines[-1] and too_long(lines[-1] + part, font):
                lines.append("")
            lines[-1] += part
        return [line.rstrip() for line in lines]

    size, names = _SIZES[0], dict(texts)
    for size in _SIZES:
        font = FontProperties(family="STIXGeneral", size=size)
        lines = {id: broken(text, font) for id, text in texts.items()}
        names = {id: "\n".join(one) for id, one in lines.items()}
        if all(len(one) <= 3 and not any(too_long(line, font) for line in one) for one in lines.values()):
            break
    return size, names


def _arrow(axes: Axes, low: str, high: str, at: Mapping[Any, tuple[float, float]], width: float) -> None:
    """From claim to claim, level where it passes through a layer between."""
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    between = sorted((one for one in at if one[:2] == (low, high)), key=lambda one: one[2])
    (x, y), (x_end, y_end) = at[low], at[high]
    points, codes = [(x + width / 2, y)], [Path.MOVETO]
    for x_next, y_next, wide in [*((*at[one], width) for one in between), (x_end, y_end, 0.0)]:
        x, y = points[-1]
        stop = x_next - width / 2
        middle = (x + stop) / 2
        points += [(middle, y), (middle, y_next), (stop, y_next)]
        codes += [Path.CURVE4] * 3
        if wide:
            points.append((x_next + wide / 2, y_next))
            codes.append(Path.LINETO)
    axes.add_patch(
        FancyArrowPatch(
            path=Path(points, codes),
            arrowstyle="-|>,head_length=3.5,head_width=1.6",
            shrinkA=0,
            shrinkB=0,
            linewidth=0.7,
            color=GREY,
            zorder=1,
        )
    )


def _node(
    axes: Axes,
    id: str,
    number: int | None,
    name: str,
    claim: ClaimResult | None,
    at: tuple[float, float],
    extent: tuple[float, float],
    size: float,
) -> None:
    from matplotlib.patches import FancyBboxPatch

    shown = look(claim.words if claim else "not run")
    (x, y), (width, height), pad = at, extent, 0.02
    patch = FancyBboxPatch(
        (x - width / 2 + pad, y - height / 2 + pad),
        width - 2 * pad,
        height - 2 * pad,
        boxstyle=f"round,pad={pad},rounding_size=0.05",
        facecolor="white",
        edgecolor=shown.colour if claim else GREY,
        linewidth=1.3,
        linestyle="-" if claim else (0, (2, 1.5)),
        zorder=2,
    )
    axes.add_patch(patch)
    left, line = x - width / 2 + _MARGIN, 1.12 * size / 72
    top = y + line * (1 + name.count("\n")) / 2
    sign = axes.text(left, top, shown.symbol, color=shown.colour, size=size, ha="left", va="center", zorder=3)
    sign.set_fontfamily("DejaVu Sans")
    if number is not None:
        axes.text(left + 0.14, top, str(number), color=INK, size=size, va="center", zorder=3)
    text = axes.text(left, y - line / 2, name, color=INK, size=size, va="center", linespacing=1.02, zorder=3)
    if claim:
        text.set_url(f"#{id}")
        patch.set_url(f"#{id}")
