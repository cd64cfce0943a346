"""Figures of a sweep: a functional against the width, with a band for its mean and a label at the end of each curve."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fa_theory.figures import draw
from fa_theory.figures.verdicts import PALETTE
from fa_theory.record.figure import Axis, Curve, Figure

from .cells import SYMBOLS, named, shown
from .summary import Estimate, Summary

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

MOST_PANELS, MOST_CURVES = 12, len(PALETTE)
"""More would be illegible; export such sweeps instead."""
NAMES = {"p": "width p", "n": "samples n", "d": "input dimension d", "k": "outputs k", "eta": "step size η"}
NAMES |= {"lam": "regularisation λ", "cutoff": "cutoff"}
ABSCISSAE = ("p", "lam", "n", "d", "eta", "k", "cutoff")
"""The first of these that varies is the abscissa."""
CURVES = ("lam", "activation", "rule", "data", "eta", "n", "d", "k", "cutoff")
"""The first of the others that varies distinguishes the curves of a panel; the rest give panels."""


def drawing(summary: Summary, text: str) -> Drawing | None:
    """Draw a functional; None if no numeric axis varies, there is no value, or there are too many curves."""
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
    scales = (
        "log" if _spread([getattr(e.cell, axis) for e in found], 4) else "linear",
        "log" if _spread([x for e in found for x in _range(e)], 10) else "linear",
    )
    drawn = [_panel(title, curves, axis, curve_axis, text, scales) for title, curves in panels.items()]
    columns = 2 if len(drawn) == 4 else 3
    size = (4.4, 2.7) if len(drawn) == 1 else (3.1, 2.7)
    return draw.panels(drawn, columns=columns, size=size, shared=True)


def _panel(
    title: str, curves: dict[Any, list[Estimate]], axis: str, curve_axis: str | None, text: str, scales: tuple[str, str]
) -> Figure:
    drawn = []
    for key, estimates in curves.items():
        low, high = zip(*map(_range, estimates), strict=True)
        drawn.append(
            Curve(
                label=_name(curve_axis, key) if curve_axis else "",
                x=[float(getattr(e.cell, axis)) for e in estimates],
                y=[_mean(e) for e in estimates],
                low=list(low),
                high=list(high),
                style="marked",
            )
        )
    return Figure(
        name=text,
        caption=title,
        x=Axis(label=NAMES[axis], scale=scales[0]),
        y=Axis(label=text, scale=scales[1]),
        curves=drawn,
    )


def _name(axis: str, value: object) -> str:
    words = shown(value)
    return words if axis in ("activation", "rule", "data") else f"{SYMBOLS[axis]} = {words}"


def _numeric(summary: Summary, axis: str) -> bool:
    return all(isinstance(value, int | float) for value in getattr(summary.spec.grid, axis))


def _range(estimate: Estimate) -> tuple[float, float]:
    return estimate.interval or (_mean(estimate), _mean(estimate))


def _mean(estimate: Estimate) -> float:
    assert estimate.mean is not None  # others are not drawn
    return estimate.mean


def _spread(values: Sequence[float], by: float) -> bool:
    """Whether to use a logarithmic axis: all values are positive, and the largest is many times the smallest."""
    return min(values) > 0 and max(values) >= by * min(values)
