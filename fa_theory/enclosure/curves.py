"""Curves for figures: a float64 run with its certified envelope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from fa_theory.model.ball import Array
from fa_theory.model.network import Network, alignment
from fa_theory.model.schedules import Schedule
from fa_theory.shown import displayed_by, drawn_by
from fa_theory.simulation.run import states

from .certificate import state_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


@dataclass(frozen=True, eq=False)
class Curves:
    """A run in float64 (not rigorous) and the bounds proved for it.

    Attributes
    ----------
    steps
        0, 1, 2, …
    error
        ``‖e(t)‖₂``.
    alignment
        ``cos∠(b, β(t))`` of all outputs together; nan where undefined.
    envelope
        The proved bound on ``‖e(t)‖₂``; nan before the certified state.
    limit
        The proved interval of ``cos∠(b, β(∞))``, or None.
    """

    steps: Array
    error: Array
    alignment: Array
    envelope: Array
    limit: tuple[float, float] | None

    _repr_html_ = displayed_by("runs.curves")

    def plot(self) -> Drawing:
        """Draw the error of the run and the bound proved for it, as a `matplotlib.figure.Figure`."""
        drawing: Drawing = drawn_by("runs.drawing_of_curves", self)
        return drawing

    def __repr__(self) -> str:
        """In one line, without the numbers."""
        limit = "" if self.limit is None else f", limit alignment in [{self.limit[0]:.6g}, {self.limit[1]:.6g}]"
        return f"Curves(steps {self.steps[0]}…{self.steps[-1]}{limit})"


def envelope(certificate: Mapping[str, Any], steps: Array) -> Array:
    """The proved bound ``κ q^(t−T) ‖e(T)‖₂`` at the steps t given; nan for t < T.

    Examples
    --------
    >>> conclusions = {"error": (1.0).hex(), "overshoot": (2.0).hex()}
    >>> envelope({"step": 10, "rate": (0.5).hex(), "conclusions": conclusions}, np.array([9, 10, 12]))
    array([nan, 2. , 0.5])
    """
    q, start = float.fromhex(certificate["rate"]), certificate["step"]
    scale = float.fromhex(certificate["conclusions"]["error"]) * float.fromhex(certificate["conclusions"]["overshoot"])
    after = np.maximum(steps - start, 0)
    return np.where(steps < start, np.nan, scale * q**after)


def curves(
    certificate: Mapping[str, Any], steps: int, *, start: Network | None = None, schedule: Schedule | None = None
) -> Curves:
    """Follow the float64 run of a certified network for ``steps`` steps.

    Parameters
    ----------
    certificate
        Of kind ``decay-from-state`` or ``decay-from-start``.
    steps
        Number of steps to follow.
    start
        The network at step 0; default: begin at the recorded state, which is the initial one for ``decay-from-start``.
    schedule
        Regularisation of the run from step 0; default none.
    """
    state, X, y = state_of(certificate)
    first = certificate["step"] if start is None and certificate["kind"] == "decay-from-state" else 0
    eta = float.fromhex(certificate["eta"])
    run = list(islice(states(start or state, X, y, eta=eta, schedule=schedule), steps + 1))
    t = np.arange(first, first + steps + 1)
    ends = certificate["conclusions"]["alignment"]
    return Curves(
        steps=t,
        error=np.array([np.linalg.norm(s.error(X, y)) for s in run]),
        alignment=np.array([alignment(s.b.ravel(), s.beta.ravel()) for s in run]),
        envelope=envelope(certificate, t),
        limit=None if ends is None else (float.fromhex(ends["low"]), float.fromhex(ends["high"])),
    )
