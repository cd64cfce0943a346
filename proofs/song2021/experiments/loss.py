"""The loss curves of Song, Xu & Lafferty (2021), with all that can be proved of them.

Linear networks: loss and alignment of this very network are enclosed at every step that is recorded
(`fa_theory.enclosure.linear_loss`), for any λ. Other networks, without regularisation: from the first state where a
certificate closes, ``‖e(t)‖ ≤ κ q^(t−T) ‖e(T)‖`` for ever (`fa_theory.enclosure.certify`); how the run came to that
state is float64 and not proved. With λ > 0 for ever nothing is proved of them. Backpropagation is there for
comparison; nothing is proved of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fa_theory.enclosure.certify import CertificationOutcome, certify_state
from fa_theory.enclosure.linear_loss import Enclosed, enclose
from fa_theory.errors import InputError
from fa_theory.model.ball import Array
from fa_theory.model.problem import Problem
from fa_theory.model.rules import Rule
from fa_theory.simulation.engine import simulate
from fa_theory.simulation.linear_law import Start

from .networks import AlignmentCell, mean_squared

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
    certificate: Mapping[str, Any] | None
    reason: str


def loss_curve(
    cell: AlignmentCell,
    rng: np.random.Generator,
    *,
    rule: Rule = Rule.FA,
    steps: int = STEPS,
    every: int = 1,
    certify: bool = True,
) -> LossCurve:
    """Draw a network, follow it, and prove what can be proved.

    Parameters
    ----------
    cell
        Activation, λ as in the paper, width.
    rule
        FA; or another for comparison, of which nothing is proved.
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
    >>> found = loss_curve(AlignmentCell("linear", 0.3, 20), np.random.default_rng(0), steps=4, every=2)
    >>> found.t.tolist(), bool(found.loss[-1] < found.loss[0]), found.reason[:38]
    ([0, 2, 4], True, 'loss and alignment of this network lie')
    """
    if steps < 1 or every < 1:
        raise InputError(f"expected steps ≥ 1 and every ≥ 1 but got steps = {steps!r}, every = {every!r}")
    problem = cell.problem(rng)
    t = np.array(sorted({*range(0, steps, every), steps}))
    with np.errstate(over="ignore", invalid="ignore"):
        if rule is not Rule.FA:
            run = simulate(problem, steps, every=every, rule=rule)
            loss = np.array([mean_squared(x) for x in run["loss"][0]])
            return LossCurve(t, loss, run["alignment"][0], None, None, "nothing: only feedback alignment is certified")
        if cell.activation == "linear":
            return _linear(problem, t, certify)
    return _nonlinear(problem, t, every, certify)


def _linear(problem: Problem, t: Array, certify: bool) -> LossCurve:
    # step by step by the formulas that are enclosed
    network, X, y, schedule = problem.network, problem.X, problem.y, problem.schedule
    run = Start.of(network, X).run(y, eta=problem.eta, schedule=schedule)
    wanted = set(t.tolist())
    rows = [
        (np.mean(e**2), state.alignment) for step, (state, e) in zip(range(t[-1] + 1), run, strict=False)
        if step in wanted
    ]  # fmt: skip
    loss, cosine = np.array(rows, dtype=np.float64).T
    found = enclose(network, X, y, eta=problem.eta, steps=t.tolist(), schedule=schedule) if certify else None
    if found is not None:
        reason = (
            f"loss and alignment of this network lie in intervals of relative width {found.width:.1g} "
            f"at the steps shown ({found.bits} bits)"
        )
    else:
        reason = "no enclosure: the balls grow too wide, as for a run that diverges" if certify else "not asked for"
    return LossCurve(t, loss, cosine, found, None, reason)


def _nonlinear(problem: Problem, t: Array, every: int, certify: bool) -> LossCurve:
    regularised, last = problem.schedule.lam > 0, int(t[-1])
    attempts = sorted({int(s) for s in t[1:][:: max(1, (len(t) - 1) // ATTEMPTS)]} | {last})
    tried = attempts if certify and not regularised else []
    run = simulate(problem, last, every=every, states=tried)
    loss = np.array([mean_squared(x) for x in run["loss"][0]])
    outcome = CertificationOutcome(None, "not asked for", 0)
    if certify and regularised:
        outcome = CertificationOutcome(None, "no bound: λ stays on, and certificates are for runs whose λ is over", 0)
    for step in tried:
        if not np.isfinite(loss[t == step][0]):
            break
        outcome = certify_state(run.network(step, 0), problem.X, problem.y, eta=problem.eta, step=step)
        if outcome.certified:
            break
    missing = "" if outcome.certified or regularised or not certify else f"no bound up to step {last}: "
    return LossCurve(t, loss, run["alignment"][0], None, outcome.certificate, missing + outcome.reason)
