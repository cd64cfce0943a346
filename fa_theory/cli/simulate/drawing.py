"""Figures of the simulations: panels with labels at the ends of the lines, as vector PDF and SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fa_theory.record.evidence import Axis, Curve, Figure
from fa_theory.work.files import write

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PANEL = (3.3, 2.5)
"""Width and height of a panel in inches."""
_GAP = 0.075
"""Least distance of two labels, in heights of a panel."""


def save(
    panels: Sequence[Figure], stem: Path, *, size: tuple[float, float] = PANEL, lowest: float = 0.0
) -> tuple[Path, Path]:
    """Draw panels, two in a row, and write ``stem.pdf`` and ``stem.svg``; the same bytes for the same data.

    Curves of one label have one colour. Lines are labelled where they end; points are marks for comparison, and dashed
    lines bounds, which the caption explains. ``lowest`` is where a logarithmic axis ends at the latest, as a fraction
    of the highest value.
    """
    from matplotlib.figure import Figure as Drawing

    from fa_theory.figures.draw import pdf, style

    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    with style():
        drawing = Drawing(figsize=(size[0] * columns, size[1] * rows), layout="constrained")
        for k, panel in enumerate(panels):
            _draw(drawing.add_subplot(rows, columns, k + 1), panel, lowest)
        # labels stand where the final limits put the ends of the lines
        drawing.draw_without_rendering()
        for axes, panel in zip(drawing.axes, panels, strict=True):
            _label(axes, panel)
        out = BytesIO()
        drawing.savefig(out, format="svg", metadata={"Creator": None, "Date": None})
    paths = stem.with_name(stem.name + ".pdf"), stem.with_name(stem.name + ".svg")
    for path, content in zip(paths, (pdf(drawing), out.getvalue()), strict=True):
        write(path, content)
    return paths


def axis(label: str, scale: str = "linear") -> Axis:
    """An axis."""
    return Axis(label=label, scale=scale)


def curve(
    label: str, x: Sequence[float], y: Sequence[float | None], sd: Sequence[float | None] = (), style: str = "line"
) -> Curve:
    """A curve, where it is defined, with the band of one standard deviation."""
    sd = sd or [None] * len(x)
    there = [(float(a), b, c) for a, b, c in zip(x, y, sd, strict=True) if b is not None and math.isfinite(b)]
    low, high = ([b + sign * (c or 0.0) for _, b, c in there] for sign in (-1, 1))
    banded = any(c for _, _, c in there)
    return Curve(
        label=label,
        x=[a for a, _, _ in there],
        y=[b for _, b, _ in there],
        low=low if banded else None,
        high=high if banded else None,
        style=style,
    )


def _colours(panel: Figure) -> dict[str, str]:
    from fa_theory.figures.verdicts import PALETTE

    labels = dict.fromkeys(each.label for each in panel.curves)
    return {label: PALETTE[k % len(PALETTE)] for k, label in enumerate(labels)}


def _draw(axes: Axes, panel: Figure, lowest: float) -> None:
    from matplotlib.ticker import NullLocator

    axes.set(xlabel=panel.x.label, ylabel=panel.y.label, xscale=panel.x.scale, yscale=panel.y.scale)
    axes.margins(x=0.02)
    axes.set_title(panel.caption, loc="left", fontsize=8)
    colours = _colours(panel)
    for each in panel.curves:
        colour, marked = colours[each.label], {"marker": "o", "markersize": 3.0} if len(each.x) <= 12 else {}
        if each.low and each.high:
            axes.fill_between(each.x, each.low, each.high, color=colour, alpha=0.2, linewidth=0)
        look: dict[str, Any] = marked
        if each.style == "points":
            look = {"linestyle": "none", "marker": "D", "markersize": 5.0, "markerfacecolor": "none", "zorder": 3}
        elif each.style == "dashed":
            look = {"linestyle": (0, (4, 2)), "linewidth": 1.1}
        axes.plot(each.x, each.y, color=colour, **look)
    abscissae = sorted({x for each in panel.curves for x in each.x})
    if panel.x.scale == "log" and 2 <= len(abscissae) <= 8:
        axes.set_xticks(abscissae, [f"{x:g}" for x in abscissae])
        axes.xaxis.set_minor_locator(NullLocator())
    values = [y for each in panel.curves for y in each.y if y > 0]
    if panel.y.scale == "log" and values and min(values) < lowest * max(values):
        axes.set_ylim(bottom=lowest * max(values))


def _label(axes: Axes, panel: Figure) -> None:
    """Names at the right, moved apart where lines end close together."""
    colours, ends = _colours(panel), dict[str, float]()
    for each in panel.curves:
        if each.label and each.style == "line" and each.x:
            _, height = axes.transAxes.inverted().transform(axes.transData.transform((each.x[-1], each.y[-1])))
            ends[each.label] = min(max(float(height), 0.0), 1.0)
    names = sorted(ends, key=lambda name: ends[name])
    for name, height in zip(names, apart([ends[name] for name in names]), strict=True):
        axes.annotate(
            name,
            (1.0, height),
            (4, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            va="center",
            fontsize=8,
            color=colours[name],
            annotation_clip=False,
        )


def apart(heights: Sequence[float]) -> list[float]:
    """Increasing heights between 0 and 1 moved so far that labels there do not overlap.

    Examples
    --------
    >>> [round(height, 3) for height in apart([0.5, 0.5, 1.0, 1.0])]
    [0.5, 0.575, 0.925, 1.0]
    """
    moved: list[float] = []
    for height in heights:
        moved.append(max(height, moved[-1] + _GAP) if moved else height)
    ceiling = 1.0
    for k in reversed(range(len(moved))):
        moved[k] = min(moved[k], ceiling)
        ceiling = moved[k] - _GAP
    return moved
