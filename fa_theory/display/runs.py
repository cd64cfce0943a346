"""Runs: the recorded quantities as plots; for a certified run, with the proved bound."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from fa_theory.errors import InputError
from fa_theory.figures.draw import draw, panels
from fa_theory.record import text
from fa_theory.record.figure import Axis, Curve, Figure
from fa_theory.simulation.quantities import QUANTITIES

from . import page

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

    from fa_theory.enclosure.curves import Curves
    from fa_theory.model.ball import Array
    from fa_theory.model.problem import Problem
    from fa_theory.simulation.trajectories import Trajectories

SIZE = (5.2, 2.6)
"""Width and height of a plot in inches."""
POINTS = 120
"""Largest number of drawn points per curve."""


def trajectories(shown: Trajectories) -> Markup:
    """Every recorded quantity: median over the networks, and the range from smallest to largest."""
    m, lost = len(shown), int((~shown.finished).sum())
    networks = f"{m} network{'s' if m != 1 else ''}" + (f", {lost} of them diverged" if lost else "")
    steps = f"steps {int(shown.t[0])} to {int(shown.t[-1])}, {len(shown.t)} recorded"
    at = _thinned(len(shown.t))
    drawn, ends = [], []
    for name, values in shown.values.items():
        found = _sizes(name, values)
        if not np.isfinite(found).any():
            continue
        middle, low, high = _over_networks(found)
        ends.append((_label(name), *(_spread(middle[k], low[k], high[k]) for k in (0, -1))))
        drawn.append(_figure(name, shown.t[at], middle[at], low[at] if m > 1 else None, high[at] if m > 1 else None))
    return page.page(
        page.paragraph(page.strong(networks), page.small(f"{steps} ({shown.path}, {shown.backend})")),
        page.table(("", "start", "end"), ends),
        *map(page.plot, drawn),
    )


def drawing(shown: Trajectories, *names: str) -> Drawing:
    """Recorded quantities, by default all, one panel each: median and range over the networks.

    Raises
    ------
    InputError
        If one was not recorded, or is not finite anywhere.
    """
    figures = [_drawn(shown, name) for name in names or shown.values]
    return draw(figures[0], SIZE) if len(figures) == 1 else panels(figures)


def _drawn(shown: Trajectories, name: str) -> Figure:
    values = _sizes(name, shown[name])
    if not np.isfinite(values).any():
        raise InputError(f"{name} is not finite at any recorded step, so it cannot be drawn")
    middle, low, high = _over_networks(values)
    several = len(shown) > 1
    return _figure(name, shown.t, middle, low if several else None, high if several else None)


def drawing_of_curves(shown: Curves) -> Drawing:
    """The error of a certified run, and the proved bound."""
    return draw(_certified(shown), SIZE)


def _sizes(name: str, values: Array) -> Array:
    """One number for each network and step; for the error, its norm."""
    found = np.asarray(values, dtype=float)
    if name == "error":
        found = np.sqrt((found**2).reshape(*found.shape[:2], -1).sum(axis=-1))
    return found


def curves(shown: Curves) -> Markup:
    """A certified run."""
    return page.page(page.plot(_certified(shown)))


def problem(shown: Problem) -> Markup:
    """The sizes and settings, without the data."""
    outputs = f", k = {shown.y.shape[1]}" if shown.y.ndim > 1 else ""
    schedule = shown.schedule
    until = f" until step {schedule.cutoff}" if schedule.lam and schedule.cutoff is not None else ""
    return page.page(
        page.facts(
            {
                "problem": shown.label or None,
                "sizes": f"n = {shown.n}, d = {shown.d}, p = {shown.p}{outputs}",
                r"activation $\psi$": shown.network.psi.name,
                r"step size $\eta$": text.number(shown.eta),
                r"regularisation $\lambda$": f"{text.number(schedule.lam)}{until}",
                "rule": shown.rule.name,
            }
        )
    )


def length(certificate: Mapping[str, Any]) -> int:
    """The number of drawn steps of a certified run: 1.5 times the enclosed steps, or until the error is small."""
    step = int(certificate["step"]) if certificate["kind"] == "decay-from-start" else 0
    gap = max(1 - float.fromhex(certificate["rate"]), 1e-4)
    return int(step + min(max(step / 2, 20), 4 / gap))


def certified(certificate: Mapping[str, Any]) -> Markup:
    """The float run of a certificate with its proved envelope."""
    from fa_theory.enclosure.curves import curves as follow
    from fa_theory.model.schedules import Schedule

    document, schedule = dict(certificate), None
    if document["kind"] == "decay-from-start":
        schedule = Schedule(float.fromhex(document["schedule"]["lam"]), document["schedule"]["cutoff"])
    return page.plot(_certified(follow(document, length(document), schedule=schedule)))


def _certified(shown: Curves) -> Figure:
    at = _thinned(len(shown.steps))
    proved = at[np.isfinite(shown.envelope[at])]
    return Figure(
        name="envelope",
        caption="The error of a run in floating point, and the proved bound for all later steps",
        x=Axis(label="step $t$"),
        y=Axis(label=_label("error"), scale="log"),
        curves=[
            Curve(label="run", x=shown.steps[at].tolist(), y=_positive(shown.error[at]).tolist()),
            Curve(
                label="proved bound",
                x=shown.steps[proved].tolist(),
                y=_positive(shown.envelope[proved]).tolist(),
                style="dashed",
            ),
        ],
    )


def _label(name: str) -> str:
    """The label of an axis; a user's function is shown by its own name."""
    return QUANTITIES[name].label if name in QUANTITIES else name


def _figure(name: str, t: Array, middle: Array, low: Array | None, high: Array | None) -> Figure:
    falling = (name in QUANTITIES and QUANTITIES[name].falling) and bool((middle > 0).all())

    def listed(values: Array | None) -> list[float] | None:
        return None if values is None else (_positive(values) if falling else values).tolist()

    return Figure(
        name=name,
        caption=f"{name} against the number of steps",
        x=Axis(label="step $t$"),
        y=Axis(label=_label(name), scale="log" if falling else "linear"),
        curves=[Curve(label=name, x=t.tolist(), y=listed(middle) or [], low=listed(low), high=listed(high))],
    )


def _over_networks(values: Array) -> tuple[Array, Array, Array]:
    """Median, smallest and largest value over the networks that have not diverged."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # steps at which no network is left
        return np.nanmedian(values, axis=0), np.nanmin(values, axis=0), np.nanmax(values, axis=0)


def _spread(middle: float, low: float, high: float) -> str:
    shown = text.number(float(middle))
    return shown if low == high else f"{shown} ({text.number(float(low))} to {text.number(float(high))})"


def _thinned(count: int) -> Array:
    at: Array = np.unique(np.linspace(0, count - 1, min(count, POINTS)).astype(int))
    return at


def _positive(values: Array) -> Array:
    """For a logarithmic axis: 0 is replaced by the smallest positive number drawn."""
    above = values[values > 0]
    floor = above.min() if above.size else 1.0
    kept: Array = np.maximum(values, floor)
    return kept
