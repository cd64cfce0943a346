"""The dependency graph: which claims rest on which, in layers from left to right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from fa_theory.claims.result import ClaimResult
from fa_theory.errors import InputError

from .figures import style
from .words import GREY, INK, LOOKS

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

WIDTH = 6.3
_ROW = 0.36


@dataclass(frozen=True, slots=True)
class Layers:
    """Claims that are linked, by layer, each after all it uses; and claims without links."""

    linked: list[list[str]]
    alone: list[str]


def layers(uses: Mapping[str, Sequence[str]]) -> Layers:
    """Lay out claims; one that is used but not declared counts as a claim that uses nothing.

    Raises
    ------
    InputError
        If claims use each other in a circle.

    Examples
    --------
    >>> layers({"a.x": [], "a.y": ["a.x"], "a.z": ["a.y", "a.x"], "a.w": []})
    Layers(linked=[['a.x'], ['a.y'], ['a.z']], alone=['a.w'])
    """
    try:
        order = list(TopologicalSorter({id: sorted(set(other)) for id, other in uses.items()}).static_order())
    except CycleError as error:
        raise InputError(f"the claims {', '.join(error.args[1])} use each other in a circle") from None
    used = {other for others in uses.values() for other in others}
    rank: dict[str, int] = {}
    for id in order:
        rank[id] = 1 + max((rank[other] for other in uses.get(id, ())), default=-1)
    linked = [id for id in order if id in used or uses.get(id)]
    columns = [
        sorted(id for id in linked if rank[id] == k) for k in range(max((rank[id] for id in linked), default=-1) + 1)
    ]
    # Few crossings: order each layer by where the claims it uses stand.
    place: dict[str, float] = {}
    for column in columns:
        if place:
            column.sort(key=lambda id: (sum(place[other] for other in uses[id]) / len(uses[id]), id))
        place |= {id: (k + 0.5) / len(column) for k, id in enumerate(column)}
    return Layers(columns, [id for id in sorted(uses) if id not in linked])


def draw(claims: Sequence[ClaimResult]) -> Drawing:
    """Draw the graph; an arrow leads from a claim to one that rests on it."""
    from matplotlib.figure import Figure as Drawing
    from matplotlib.patches import FancyArrowPatch

    found = layers({claim.id: claim.uses for claim in claims})
    columns = max(len(found.linked), 1)
    per_row = 3
    tall = max(map(len, found.linked), default=0)
    rows_alone = -(-len(found.alone) // per_row)
    height = _ROW * (tall + rows_alone + (0.6 if tall and rows_alone else 0)) + 0.1
    by_id = {claim.id: claim for claim in claims}
    with style():
        drawing = Drawing(figsize=(WIDTH, height))
        axes = drawing.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, WIDTH), ylim=(-height, 0))
        axes.axis("off")
        box = min(1.75, (WIDTH - 0.04 - 0.35 * (columns - 1)) / columns)
        pitch = min((WIDTH - 0.04 - box) / max(columns - 1, 1), box + 0.6)
        at: dict[str, tuple[float, float]] = {}
        for k, column in enumerate(found.linked):
            gap = tall / len(column)
            for m, id in enumerate(column):
                at[id] = (pitch * k + box / 2 + 0.02, -0.05 - _ROW * gap * (m + 0.5))
        for claim in claims:
            for other in claim.uses:
                (x0, y0), (x1, y1) = at[other], at[claim.id]
                arrow = FancyArrowPatch(
                    (x0 + box / 2, y0),
                    (x1 - box / 2, y1),
                    arrowstyle="-|>,head_length=4,head_width=1.8",
                    shrinkA=0,
                    shrinkB=0,
                    linewidth=0.7,
                    color=GREY,
                    zorder=1,
                )
                axes.add_patch(arrow)
        size = _font_size([*at, *found.alone], box)
        for id, (x, y) in at.items():
            _node(axes, id, by_id.get(id), x, y, box, size)
        top = -0.05 - _ROW * (tall + (0.6 if tall else 0))
        for k, id in enumerate(found.alone):
            x, y = (k % per_row) * (WIDTH - 1.79) / (per_row - 1) + 0.895, top - _ROW * (k // per_row + 0.5)
            _node(axes, id, by_id[id], x, y, box, size)
    return drawing


def _font_size(ids: Iterable[str], width: float) -> float:
    """One size at which every label fits its box."""
    longest = max((len(_name(id)) for id in ids), default=1)
    return min(8.0, 8.0 * (width - 0.3) / (0.068 * longest))


def _name(id: str) -> str:
    return id.partition(".")[2]


def _node(axes: object, id: str, claim: ClaimResult | None, x: float, y: float, width: float, size: float) -> None:
    from matplotlib.axes import Axes
    from matplotlib.patches import FancyBboxPatch

    assert isinstance(axes, Axes)
    look = LOOKS[claim.words if claim else "not run"]
    height, pad = 0.24, 0.02
    patch = FancyBboxPatch(
        (x - width / 2 + pad, y - height / 2 + pad),
        width - 2 * pad,
        height - 2 * pad,
        boxstyle=f"round,pad={pad},rounding_size=0.05",
        facecolor="white",
        edgecolor=look.colour if claim else GREY,
        linewidth=1.3,
        linestyle="-" if claim else (0, (2, 1.5)),
        zorder=2,
    )
    axes.add_patch(patch)
    sign = axes.text(
        x - width / 2 + 0.13, y - 0.005, look.symbol, color=look.colour, size=9, ha="center", va="center", zorder=3
    )
    sign.set_fontfamily("DejaVu Sans")
    text = axes.text(x - width / 2 + 0.25, y - 0.005, _name(id), color=INK, size=size, va="center", zorder=3)
    text.set_fontfamily("DejaVu Sans")
    if claim:
        text.set_url(f"#{id}")
        patch.set_url(f"#{id}")
