"""Figures of a sweep: a functional against the width, a band for its mean, each curve labelled where it ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fa_theory.report.figures import pdf, style
from fa_theory.report.words import INK, PALETTE

from .cells import SYMBOLS, named, shown
from .summary import Estimate, Summary

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_PANELS, MOST_CURVES = 12, len(PALETTE)
"""More cannot be read; such sweeps are to be exported."""
NAMES = {"p": "width p", "n": "samples n", "d": "input dimension d", "k": "outputs k", "eta": "step size η"}
NAMES |= {"lam": "regularisation λ", "cutoff": "cutoff"}
ABSCISSAE = ("p", "lam", "n", "d", "eta", "k", "cutoff")
"""The first of these that varies is the abscissa."""
GAP = 0.075
"""Between two labels, as a part of the height of a panel."""
CURVES = ("lam", "activation", "rule", "data", "eta", "n", "d", "k", "cutoff")
"""The first of the others that varies tells the curves of a panel apart; the rest make panels."""


def figure(summary: Summary, text: str) -> bytes | None:
    """Draw a functional as PDF; None if no axis of numbers varies, there is no value, or there are too many curves."""
    axis = next((axis for axis in ABSCISSAE if axis in summary.varying and _numeric(summary, axis)), None)
    found = [e for e in summary.estimates if e.functional == text and e.mean is not None]
    if axis is None or not found:
        return None
    others = [a for a in summary.varying if a != axis]
    curve_axis = next((a for a in CURVES if a in others), None)
    panels: dict[str, dict[Any, list[Estimate]]] = defaultdict(lambda: defaultdict(list))
    for e in found:
        title = named({a: getattr(e.cell, a) for a in others if a != curve_axis})
        panels[title][getattr(e.cell, curve_axis) if curve_axis else ""].append(e)
    if len(panels) > MOST_PANELS or max(map(len, panels.values())) > MOST_CURVES:
        return None
    return _draw(panels, axis, curve_axis, text, log_y=_spread([x for e in found for x in _range(e)]))


def _draw(
    panels: dict[str, dict[Any, list[Estimate]]], axis: str, curve_axis: str | None, text: str, *, log_y: bool
) -> bytes:
    from matplotlib.figure import Figure

    across = min(len(panels), 3)
    down = -(-len(panels) // across)
    keys = list(dict.fromkeys(key for curves in panels.values() for key in curves))
    looks = {key: PALETTE[i % len(PALETTE)] for i, key in enumerate(keys)}
    with style():
        drawing = Figure(figsize=(max(4.4, 3.1 * across), 2.7 * down), layout="constrained")
        grid = drawing.subplots(down, across, sharex=True, sharey=True, squeeze=False)
        for axes in grid.flat[len(panels) :]:
            axes.set_visible(False)
        for axes, (title, curves) in zip(grid.flat, panels.items(), strict=False):
            axes.set_title(title, fontsize=9, loc="left")
            ends = []
            for key, unordered in curves.items():
                estimates = sorted(unordered, key=lambda e: float(getattr(e.cell, axis)))
                x = [getattr(e.cell, axis) for e in estimates]
                y = [e.mean for e in estimates]
                low, high = zip(*(_range(e) for e in estimates), strict=True)
                axes.fill_between(x, low, high, color=looks[key], alpha=0.22, linewidth=0)
                axes.plot(x, y, color=looks[key], marker="o", markersize=3)
                ends.append((x[-1], y[-1], key, looks[key]))
            if _spread([getattr(e.cell, axis) for curve in curves.values() for e in curve]):
                axes.set_xscale("log")
            axes.set_yscale("log" if log_y else "linear")
            if curve_axis:
                _label(axes, ends, curve_axis)
        for axes in grid[:, 0]:
            axes.set_ylabel(text)
        for axes in grid[-1]:
            axes.set_xlabel(NAMES[axis])
        return pdf(drawing)


def _label(axes: Axes, ends: Sequence[tuple[Any, Any, Any, str]], curve_axis: str) -> None:
    """Name the curves at their right ends, moved apart where they would cover each other."""
    height = axes.transAxes.inverted()
    axes.autoscale_view()
    wanted = sorted(
        (height.transform(axes.transData.transform((x, y)))[1], x, y, key, colour) for x, y, key, colour in ends
    )
    places: list[float] = []
    for place, *_ in wanted:
        places.append(max(place, places[-1] + GAP) if places else place)
    excess = max(0.0, places[-1] - 1.0)
    for (_, _, _, key, colour), place in zip(wanted, places, strict=True):
        name = f"{SYMBOLS[curve_axis]} = {shown(key)}" if curve_axis in SYMBOLS else shown(key)
        if curve_axis in ("n", "d", "k", "cutoff"):
            name = f"{curve_axis} = {name}"
        axes.annotate(
            name,
            (1.02, place - excess),
            xycoords="axes fraction",
            color=colour if len(ends) > 1 else INK,
            va="center",
            fontsize=8,
            annotation_clip=False,
        )


def _numeric(summary: Summary, axis: str) -> bool:
    return all(isinstance(value, int | float) for value in getattr(summary.spec.grid, axis))


def _range(estimate: Estimate) -> tuple[float, float]:
    mean = estimate.mean or 0.0
    return estimate.interval or (mean, mean)


def _spread(values: Sequence[float]) -> bool:
    """Whether a logarithmic axis is due: all are positive, and they extend over a decade."""
    return min(values) > 0 and max(values) >= 10 * min(values)
