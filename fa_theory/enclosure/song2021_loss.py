"""The loss curves of Song, Xu & Lafferty (2021), with all that can be proved of them.

Linear networks: loss and alignment of this very network are enclosed at every step that is recorded
(`fa_theory.enclosure.linear_loss`), for any λ. Other networks, without regularisation: from the first state where a
certificate closes, ``‖e(t)‖ ≤ κ q^(t−T) ‖e(T)‖`` for ever (`fa_theory.enclosure.certify`); how the run came to that
state is float64 and not proved. With λ > 0 for ever nothing is proved of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.ball import Array
from fa_theory.model.network import Network
from fa_theory.model.schedules import Schedule
from fa_theory.simulation.linear_law import Start
from fa_theory.simulation.song2021 import Cell
from fa_theory.simulation.song2021_networks import Moving, drawn

from .certify import Outcome, certify_state
from .linear_loss import Enclosed, enclose

WIDTH, STEPS = 3200, 5000
"""Those of the paper."""
ATTEMPTS = 20
"""States of a run at which a certificate is tried."""


@dataclass(frozen=True, eq=False)
class LossCurve:
    """The run of one network.

    Attributes
    ----------
    t, loss, alignment
        Steps recorded, mean squared error, and ``cos∠(b, β)``, in float64.
    enclosed
        For linear networks: what is proved at these steps.
    certificate
        For others: a certificate of kind ``decay-from-state``, or None.
    reason
        What is proved, or why nothing is.
    """

    t: Array
    loss: Array
    alignment: Array
    enclosed: Enclosed | None
    certificate: dict[str, Any] | None
    reason: str


def loss_curve(
    cell: Cell, rng: np.random.Generator, *, steps: int = STEPS, every: int = 1, certify: bool = True
) -> LossCurve:
    """Draw a network, follow it, and prove what can be proved.

    Parameters
    ----------
    cell
        Activation, λ as in the paper, width.
    steps, every
        Record steps 0, every, 2·every, … and the last one.
    certify
        Whether to try for proofs, which for wide networks may take longer than the run.

    Raises
    ------
    InputError
        If ``steps < 1`` or ``every < 1``.

    Examples
    --------
    >>> found = loss_curve(Cell("linear", 0.3, 20), np.random.default_rng(0), steps=4, every=2)
    >>> found.t.tolist(), bool(found.loss[-1] < found.loss[0]), found.reason[:38]
    ([0, 2, 4], True, 'loss and alignment of this network lie')
    """
    if steps < 1 or every < 1:
        raise InputError(f"expected steps ≥ 1 and every ≥ 1 but got steps = {steps!r}, every = {every!r}")
    network, X, y = drawn(cell.activation, cell.p, rng)
    t = np.array(sorted({*range(0, steps, every), steps}))
    with np.errstate(over="ignore", invalid="ignore"):
        if cell.activation == "linear":
            return _linear(cell, network, X, y, t, certify)
        return _nonlinear(cell, network, X, y, t, certify)


def _linear(cell: Cell, network: Network, X: Array, y: Array, t: Array, certify: bool) -> LossCurve:
    schedule = Schedule.constant(cell.lam_here)
    run = Start.of(network, X).run(y, eta=cell.eta, schedule=schedule)
    wanted = set(t.tolist())
    rows = [
        (np.mean(e**2), state.alignment) for step, (state, e) in zip(range(t[-1] + 1), run, strict=False)
        if step in wanted
    ]  # fmt: skip
    loss, cosine = np.array(rows, dtype=np.float64).T
    found = enclose(network, X, y, eta=cell.eta, steps=t.tolist(), schedule=schedule) if certify else None
    if found is not None:
        reason = (
            f"loss and alignment of this network lie in intervals of relative width {found.width:.1g} "
            f"at the steps shown ({found.bits} bits)"
        )
    else:
        reason = "no enclosure: the balls grow too wide, as for a run that diverges" if certify else "not asked for"
    return LossCurve(t, loss, cosine, found, None, reason)


def _nonlinear(cell: Cell, network: Network, X: Array, y: Array, t: Array, certify: bool) -> LossCurve:
    run = Moving(network, X, y, eta=cell.eta, lam=cell.lam_here)
    wanted = set(t.tolist())
    attempts = {int(s) for s in t[1:][:: max(1, (len(t) - 1) // ATTEMPTS)]} | {int(t[-1])}
    outcome = Outcome(None, "not asked for", 0)
    if certify and cell.lam > 0:
        outcome = Outcome(None, "no bound: λ stays on, and certificates are for runs whose λ is over", 0)
    rows = []
    for step in range(int(t[-1]) + 1):
        e = run.error()
        if step in wanted:
            rows.append((np.mean(e**2), run.alignment))
        if step in attempts and certify and cell.lam == 0 and not outcome.certified and np.isfinite(rows[-1][0]):
            outcome = certify_state(run.network(), X, y, eta=cell.eta, step=step)
        run.step(e)
    loss, cosine = np.array(rows).T
    missing = "" if outcome.certified or cell.lam > 0 or not certify else f"no bound up to step {t[-1]}: "
    return LossCurve(t, loss, cosine, None, outcome.certificate, missing + outcome.reason)
