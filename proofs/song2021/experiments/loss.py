"""The loss curves of Song, Xu & Lafferty (2021), with what can be proved about them.

Linear networks: loss and alignment of the network are enclosed at every recorded step
(`fa_theory.enclosure.linear_loss`), for any λ. Other networks, without regularisation: from the first state with a
certificate, ``‖e(t)‖ ≤ κ q^(t−T) ‖e(T)‖`` for all time (`fa_theory.enclosure.certify`); the run up to that
state is float64 and not proved. If λ > 0 for all time, nothing is proved; with a cutoff, from there on.
Backpropagation is included for comparison; nothing is proved about it.

From the start, if asked for: loss and alignment are enclosed at every recorded step, for every activation and λ, as far
as verified binary64 goes (`fa_theory.enclosure.loss_curve`), and the certificate is about the initial network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fa_theory.enclosure.certify import CertificationOutcome, certify_state
from fa_theory.enclosure.linear_loss import Enclosed, enclose
from fa_theory.enclosure.loss_curve import EnclosedCurve, enclose_curve
from fa_theory.enclosure.start import certify_after
from fa_theory.errors import InputError
from fa_theory.model.ball import Array
from fa_theory.model.problem import Problem
from fa_theory.model.rules import Rule
from fa_theory.model.schedules import Schedule
from fa_theory.simulation.engine import simulate
from fa_theory.simulation.linear_law import Start

from .networks import AlignmentCell, mean_squared

WIDTH, STEPS = 3200, 5000
"""The values in the paper."""
ATTEMPTS = 20
"""Number of states of a run at which certification is attempted."""


@dataclass(frozen=True, eq=False)
class LossCurve:
    """The run of one network.

    Attributes
    ----------
    t, loss, alignment
        Steps recorded, mean squared error, and ``cos∠(b, β)``, in float64.
    enclosed
        For linear networks: the enclosures at these steps.
    certificate
        For others: a certificate of kind ``decay-from-state``, or None.
    reason
        What is proved, or why nothing is.
    curve
        Loss and alignment enclosed from the initial network on, if asked for.
    """

    t: Array
    loss: Array
    alignment: Array
    enclosed: Enclosed | None
    certificate: Mapping[str, Any] | None
    reason: str
    curve: EnclosedCurve | None = None


def loss_curve(
    cell: AlignmentCell,
    rng: np.random.Generator,
    *,
    rule: Rule = Rule.FA,
    steps: int = STEPS,
    every: int = 1,
    certify: bool = True,
    from_start: bool = False,
    cutoff: int | None = None,
) -> LossCurve:
    """Draw a network, simulate it, and prove what can be proved.

    Parameters
    ----------
    cell
        Activation, λ as in the paper, width.
    rule
        FA, or another rule for comparison, about which nothing is proved.
    steps, every
        Record steps 0, every, 2·every, … and the last one.
    certify
        Whether to attempt proofs, which may take longer than the run for wide networks.
    from_start
        Whether to enclose loss and alignment from the initial network on, and to certify that network.
    cutoff
        First step without regularisation, from which on there may be a certificate; None: there is none.

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
    if cutoff is not None:
        problem = replace(problem, schedule=Schedule.with_cutoff(problem.schedule.lam, cutoff))
    t = np.array(sorted({*range(0, steps, every), steps}))
    with np.errstate(over="ignore", invalid="ignore"):
        if rule is not Rule.FA:
            run = simulate(problem, steps, every=every, rule=rule)
            loss = np.array([mean_squared(x) for x in run["loss"][0]])
            return LossCurve(t, loss, run["alignment"][0], None, None, "nothing: only feedback alignment is certified")
        found = _linear(problem, t, certify) if cell.activation == "linear" else _nonlinear(problem, t, every, certify)
    sought = certify and cell.activation != "linear"
    return _from_start(problem, found, sought) if from_start else found


def _from_start(problem: Problem, found: LossCurve, sought: bool) -> LossCurve:
    """With what can be proved about the initial network, and why no later certificate was found if one was sought."""
    curve = enclose_curve(problem, found.t.tolist())
    reason, certificate = f"from the start: {curve.reason}", found.certificate
    if certificate is not None:
        outcome = certify_after(
            problem.network,
            problem.X,
            problem.y,
            eta=problem.eta,
            steps=certificate["step"],
            schedule=problem.schedule,
            max_steps=int(found.t[-1]),
            arithmetic="binary64",
        )
        reason += f"; then {outcome.reason if outcome.certified else found.reason}"
        certificate = outcome.certificate or certificate
    elif sought:
        reason += f"; {found.reason}"
    return replace(found, certificate=certificate, reason=reason, curve=curve)


def _linear(problem: Problem, t: Array, certify: bool) -> LossCurve:
    # step by step with the formulas that are enclosed
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
        reason = "no enclosure: the balls grow too wide, as in a diverging run" if certify else "not requested"
    return LossCurve(t, loss, cosine, found, None, reason)


def _nonlinear(problem: Problem, t: Array, every: int, certify: bool) -> LossCurve:
    off_from, last = problem.schedule.off_from, int(t[-1])
    regularised = off_from is None or off_from > last
    attempts = sorted({int(s) for s in t[1:][:: max(1, (len(t) - 1) // ATTEMPTS)]} | {last})
    tried = [step for step in attempts if certify and off_from is not None and step >= off_from]
    run = simulate(problem, last, every=every, states=tried)
    loss = np.array([mean_squared(x) for x in run["loss"][0]])
    outcome = CertificationOutcome(None, "not requested", 0)
    if certify and regularised:
        outcome = CertificationOutcome(None, "no bound: certificates require that λ is eventually 0", 0)
    for step in tried:
        if not np.isfinite(loss[t == step][0]):
            break
        network = run.network(step, 0)
        outcome = certify_state(network, problem.X, problem.y, eta=problem.eta, step=step, schedule=problem.schedule)
        if outcome.certified:
            break
    missing = "" if outcome.certified or regularised or not certify else f"no bound up to step {last}: "
    return LossCurve(t, loss, run["alignment"][0], None, outcome.certificate, missing + outcome.reason)
