"""Figures of a sweep: a functional against the width, a band for its mean, each curve labelled where it ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fa_theory.figures.draw import pdf, style
from fa_theory.figures.verdicts import PALETTE

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
    found.sort(key=lambda e: float(getattr(e.cell, axis)))
    others = [a for a in summary.varying if a != axis]
    curve_axis = next((a for a in CURVES if a in others), None)
    panels: dict[str, dict[Any, list[Estimate]]] = defaultdict(lambda: defaultdict(list))
    for e in found:
        title = named({a: getattr(e.cell, a) for a in others if a != curve_axis})
        panels[title][getattr(e.cell, curve_axis) if curve_axis else ""].append(e)
    if len(panels) > MOST_PANELS or max(map(len, panels.values())) > MOST_CURVES:
        return None
    return _draw(panels, axis, curve_axis, text, log_y=_spread([x for e in found for x in _range(e)], 10))


def _draw(
    panels: dict[str, dict[Any, list[Estimate]]], axis: str, curve_axis: str | None, text: str, *, log_y: bool
) -> bytes:
    from matplotlib.figure import Figure

    across = 2 if len(panels) == 4 else min(len(panels), 3)
    down = -(-len(panels) // across)
    keys = list(dict.fromkeys(key for curves in panels.values() for key in curves))
    looks = {key: PALETTE[i % len(PALETTE)] for i, key in enumerate(keys)}
    with style():
        drawing = Figure(figsize=(max(4.4, 3.1 * across), 2.7 * down), layout="constrained")
        grid = drawing.subplots(down, across, sharex=True, sharey=True, squeeze=False)
        for axes in grid.flat[len(panels) :]:
            axes.set_visible(False)
        x = [getattr(e.cell, axis) for curves in panels.values() for curve in curves.values() for e in curve]
        grid[0, 0].set(xscale="log" if _spread(x, 4) else "linear", yscale="log" if log_y else "linear")
        _mark_few(grid[0, 0], sorted(set(x)))
        for axes, (title, curves) in zip(grid.flat, panels.items(), strict=False):
            axes.set_title(title, fontsize=9, loc="left")
            for key, curve in curves.items():
                _plot(axes, curve, axis, looks[key])
        if curve_axis:  # the limits are known only when all is drawn
            for axes, curves in zip(grid.flat, panels.values(), strict=False):
                _label(axes, [(curve[-1], _name(curve_axis, key), looks[key]) for key, curve in curves.items()], axis)
        for axes in grid[:, 0]:
            axes.set_ylabel(text)
        for axes in grid.flat[max(0, len(panels) - across) : len(panels)]:  # those with nothing below
            axes.set_xlabel(NAMES[axis])
            axes.tick_params(labelbottom=True)
        return pdf(drawing)


def _plot(axes: Axes, curve: Sequence[Estimate], axis: str, colour: str) -> None:
    x = [getattr(e.cell, axis) for e in curve]
    low, high = zip(*map(_range, curve), strict=True)
    axes.fill_between(x, low, high, color=colour, alpha=0.18, linewidth=0)
    axes.plot(x, [_mean(e) for e in curve], color=colour, marker="o", markersize=3)


def _label(axes: Axes, ends: Sequence[tuple[Estimate, str, str]], axis: str) -> None:
    """Name the curves at their right ends, moved apart where the names would cover each other."""
    to_axes = axes.transData + axes.transAxes.inverted()
    heights = [float(to_axes.transform((getattr(e.cell, axis), _mean(e)))[1]) for e, _, _ in ends]
    order = sorted(range(len(ends)), key=heights.__getitem__)
    places: list[float] = []
    for i in order:
        places.append(max(heights[i], places[-1] + GAP) if places else heights[i])
    excess = max(0.0, places[-1] - 1.0)
    for i, place in zip(order, places, strict=True):
        _, name, colour = ends[i]
        where = (1.02, place - excess)
        axes.annotate(name, where, xycoords="axes fraction", color=colour, va="center", fontsize=8)


def _name(axis: str, value: object) -> str:
    words = shown(value)
    return words if axis in ("activation", "rule", "data") else f"{SYMBOLS.get(axis, axis)} = {words}"


def _mark_few(axes: Axes, values: Sequence[float]) -> None:
    """On a logarithmic axis, the values that were tried are better marks than powers of ten."""
    from matplotlib.ticker import NullLocator

    if axes.get_xscale() == "log" and 2 <= len(values) <= 7:
        axes.set_xticks(values, [f"{x:g}" for x in values])
        axes.xaxis.set_minor_locator(NullLocator())


def _numeric(summary: Summary, axis: str) -> bool:
    return all(isinstance(value, int | float) for value in getattr(summary.spec.grid, axis))


def _range(estimate: Estimate) -> tuple[float, float]:
    return estimate.interval or (_mean(estimate), _mean(estimate))


def _mean(estimate: Estimate) -> float:
    assert estimate.mean is not None  # others are not drawn
    return estimate.mean


def _spread(values: Sequence[float], by: float) -> bool:
    """Whether a logarithmic axis is due: all are positive, and the largest is many times the least."""
    return min(values) > 0 and max(values) >= by * min(values)
