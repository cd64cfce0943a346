"""Loss and alignment of a network, enclosed at many steps from its first step on, as a document for the checker.

The run is followed in verified binary64 as far as its bounds stay below 1; the document ends at the last recorded step
before. Mathematics: `fa_theory.checker.decay.curve`.
"""

from __future__ import annotations

from dataclasses import dataclass

from fa_theory.checker.decay import curve, trajectory
from fa_theory.checker.linalg import up
from fa_theory.checker.recheck import recheck
from fa_theory.checker.verdict import Interval
from fa_theory.errors import InputError
from fa_theory.model.problem import Problem

from .certificate import checked_inputs, sealed, state_document
from .reading import Certificate

_BITS = 128
"""For those who recheck it in balls."""
Ends = tuple[float, float]


@dataclass(frozen=True, slots=True)
class EnclosedCurve:
    """What was proved.

    Attributes
    ----------
    t
        Steps; those asked for up to the last that was enclosed.
    loss
        Intervals with the mean squared error ``‖e(t)‖²/n``.
    alignment
        Intervals with ``cos∠(b, β(t))``; [−1, 1] where b or β may be 0.
    document
        For the checker; None if nothing is enclosed.
    reason
        What is proved, or why the enclosure ends.
    """

    t: list[int]
    loss: list[Ends]
    alignment: list[Ends]
    document: Certificate | None
    reason: str


def enclose_curve(
    problem: Problem, steps: list[int], *, watch: trajectory.Watch = trajectory.unwatched
) -> EnclosedCurve:
    """Enclose loss and alignment from the initial network on, in verified binary64, as far as that goes.

    Parameters
    ----------
    problem
        The network at step 0 with its data, step size and regularisation, in float64.
    steps
        In increasing order.
    watch
        Called at every step, with its number and the last.

    Raises
    ------
    InputError
        If numbers are not finite, the rule is not feedback alignment, or the run is too long for the checker.

    Examples
    --------
    >>> from fa_theory.model.problem import sample
    >>> found = enclose_curve(sample(rng=1, n=4, d=6, p=60, activation="tanh", eta=0.2), [0, 10, 20])
    >>> found.t, found.loss[2][1] < found.loss[0][0], found.document.kind
    ([0, 10, 20], True, 'curve-from-start')
    """
    network, X, y, eta, schedule = problem.network, problem.X, problem.y, problem.eta, problem.schedule
    problem.rule.require_constant("an enclosed curve")
    checked_inputs(network, X, y, eta, problem.label)
    document = state_document("curve-from-start", network, X, y, eta, problem.label) | {
        "schedule": {"lam": float(schedule.lam).hex(), "cutoff": schedule.cutoff},
        "precision": _BITS,
        "digest": "",
    }
    nothing = {end: [(0.0).hex()] * len(steps) for end in ("low", "high")}
    claim = curve.CurveFromStart.read(
        document | {"steps": steps, "conclusions": dict.fromkeys(curve.CURVES, nothing)}, "binary64"
    )
    reason = curve.too_much(claim, "binary64")
    if reason:
        raise InputError(f"{reason}: expected fewer steps, or a smaller network")
    found = curve.followed(claim, watch, "binary64")
    reached = [step for step in steps if step in found.points]
    if not reached:
        return EnclosedCurve([], [], [], None, found.reason)
    points = [found.points[step] for step in reached]
    claims = {}
    for name, least, most in (("loss", 0.0, float("inf")), ("alignment", -1.0, 1.0)):
        widened = [widen(*outwards(getattr(point, name)), least, most) for point in points]
        claims[name] = {end: [each[end] for each in widened] for end in ("low", "high")}
    document = sealed(document | {"steps": reached, "conclusions": claims})
    verdict = recheck(document, arithmetic="binary64")
    if not verdict.valid:
        return EnclosedCurve([], [], [], None, f"refused by the checker: {verdict.reason}")
    ended = f"; {found.reason}" if found.reason else ""
    ends = ([outwards(getattr(point, name)) for point in points] for name in curve.CURVES)
    loss, alignment = ends
    return EnclosedCurve(reached, loss, alignment, Certificate(document), verdict.reason + ended)


def widen(low: float, high: float, least: float, most: float) -> dict[str, str]:
    """A wider interval: on another machine the floats are others, by much less than the bounds."""
    slack = (high - low) / 4 + 2.0**-50 * max(abs(low), abs(high))
    return {"low": max(low - slack, least).hex(), "high": min(high + slack, most).hex()}


def outwards(ends: Interval) -> Ends:
    """Floats around an interval."""
    return -up(-ends[0]) + 0.0, up(ends[1])
