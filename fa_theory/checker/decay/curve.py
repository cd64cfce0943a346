"""Kind ``curve-from-start``: loss and alignment of this network lie in these intervals, from its first step on.

The document holds exact initial data X, y, (W, β), b, the step size η, the schedule of λ, and intervals at some steps.
The checker encloses the run itself (`trajectory`, `float_run`). With the bounds ε and μ of `deviation` at step t, for
feedback alignment in exact arithmetic from the initial network,

    ‖e(t)‖ ∈ ‖ẽ‖ ± ε,    L(t) = ‖e(t)‖²/n,    b·β(t) ∈ b·β̃ ± ‖b‖μ,    ‖β(t)‖ ∈ ‖β̃‖ ± μ,

by the triangle inequality and Cauchy–Schwarz, and ``cos∠(b, β(t)) = b·β(t) / (‖b‖‖β(t)‖)``, of b and β as vectors of
ℝᵖᵏ. Where b or β(t) may be 0 nothing is known of the cosine, and only [−1, 1] is accepted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from flint import arb, arb_mat, ctx

from fa_theory.checker import document as doc
from fa_theory.checker.decimals import above
from fa_theory.checker.linalg import euclidean, least_norm, up
from fa_theory.checker.verdict import Finding, Interval, violations

from . import from_state, trajectory
from .deviation import Deviation
from .from_start import MAX_BITS, MIN_BITS, Arithmetic, numpy_is_there, trusted

KEYS = (*doc.STATE_KEYS, "steps", "schedule", "precision", "conclusions")
DETERMINING = ("activation", "eta", "X", "y", "W", "beta", "b", "schedule", "precision")
CURVES = ("loss", "alignment")
MAX_POINTS = 10_000


@dataclass(frozen=True)
class CurveFromStart:
    """The claims of a document of this kind; not trusted."""

    state: doc.ExactState
    steps: list[int]
    lam: arb
    cutoff: int | None
    bits: int
    curves: dict[str, list[Interval]]
    key: str
    """Digest of all that determines the run."""

    @classmethod
    def read(cls, document: Mapping[str, Any], arithmetic: Arithmetic = "arb") -> CurveFromStart:
        """Read a document of kind ``curve-from-start``, which may be larger for binary64."""
        doc.fields(document, "document", KEYS)
        state = doc.ExactState.read(document, doc.MAX_FLOAT_FEATURES if arithmetic == "binary64" else None)
        schedule = doc.fields(document["schedule"], "schedule", ("lam", "cutoff"))
        given, cutoff = document["steps"], schedule["cutoff"]
        if not isinstance(given, list) or not 0 < len(given) <= MAX_POINTS:
            raise doc.refusal("steps", f"a list of 1 to {MAX_POINTS} steps", given)
        steps = [doc.whole(step, f"steps[{i}]") for i, step in enumerate(given)]
        if any(first >= second for first, second in pairwise(steps)):
            raise doc.MalformedDocument("steps: expected them in increasing order")
        bits = doc.whole(document["precision"], "precision")
        if not MIN_BITS <= bits <= MAX_BITS:
            raise doc.MalformedDocument(f"precision: expected {MIN_BITS} to {MAX_BITS} bits but got {bits}")
        claims, curves = doc.fields(document["conclusions"], "conclusions", CURVES), {}
        for name in CURVES:
            where = f"conclusions.{name}"
            ends = doc.fields(claims[name], where, ("low", "high"))
            low, high = (doc.vector(ends[end], f"{where}.{end}", len(steps)) for end in ("low", "high"))
            curves[name] = list(zip(low, high, strict=True))
        return cls(
            state=state,
            steps=steps,
            lam=doc.number(schedule["lam"], "schedule.lam", least=0.0),
            cutoff=None if cutoff is None else doc.whole(cutoff, "schedule.cutoff"),
            bits=bits,
            curves=curves,
            key=doc.digest({key: document[key] for key in DETERMINING}),
        )


@dataclass(frozen=True)
class Point:
    """What is proved at a step."""

    loss: Interval
    alignment: Interval


@dataclass(frozen=True)
class Followed:
    """Points by step, and why there are no more; empty if there are all."""

    points: dict[int, Point]
    reason: str


_last: dict[tuple[str, Arithmetic], Followed] = {}


def followed(
    claim: CurveFromStart, watch: trajectory.Watch = trajectory.unwatched, arithmetic: Arithmetic = "arb"
) -> Followed:
    """The points of the claim; those of the last run are remembered, under the digest of all that determines it."""
    key = claim.key, arithmetic
    if key not in _last or not all(step in _last[key].points for step in claim.steps):
        match arithmetic:
            case "arb":
                found = in_balls(claim, watch)
            case "binary64":
                from .float_curve import in_floats  # NumPy is needed there only

                found = in_floats(claim, watch)
        _last.clear()
        _last[key] = found
    return _last[key]


def in_balls(claim: CurveFromStart, watch: trajectory.Watch) -> Followed:
    """Follow the run in balls."""
    wanted, points, state = set(claim.steps), {}, claim.state
    b = euclidean(state.b)

    def note(t: int, e: arb_mat, beta: arb_mat, away: Deviation) -> None:
        if t in wanted:
            error = (least_norm(e.entries()) - away.epsilon).lower(), (euclidean(e.entries()) + away.epsilon).upper()
            inner = sum((x * y for x, y in zip(state.b, beta.entries(), strict=True)), arb(0))
            size = least_norm(beta.entries()), euclidean(beta.entries())
            points[t] = point(state.X.nrows(), error, inner, (least_norm(state.b), b), size, away.mu)

    run = state, claim.lam, claim.cutoff, claim.steps[-1]
    end = trajectory.enclose(*run, bits=claim.bits, watch=watch, note=note)
    return Followed(points, end[1] if isinstance(end, tuple) else "")


def point(n: int, error: Interval, inner: arb, b: Interval, beta: Interval, mu: arb) -> Point:
    """Intervals from those of ``‖e‖``, ``b·β̃``, ``‖b‖`` and ``‖β̃‖``, where β is within μ of β̃."""
    low, high = error[0].max(arb(0)), error[1]
    least, most = b[0] * (beta[0] - mu), b[1] * (beta[1] + mu)
    cosine = arb(-1), arb(1)
    if least > 0:
        ends = ((inner - b[1] * mu).lower(), (inner + b[1] * mu).upper())
        cosine = (
            (ends[0] / (least if ends[0] < 0 else most)).lower().max(arb(-1)),
            (ends[1] / (most if ends[1] < 0 else least)).upper().min(arb(1)),
        )
    return Point(((low * low / n).lower(), (high * high / n).upper()), cosine)


def too_much(claim: CurveFromStart, arithmetic: Arithmetic) -> str:
    """Why the steps are not enclosed with this arithmetic; empty if they are."""
    state, steps = claim.state, claim.steps[-1]
    match arithmetic:
        case "arb":
            needed = trajectory.cost(state, steps, claim.bits) / trajectory.MAX_COST
        case "binary64":
            if not numpy_is_there():
                return "arithmetic: binary64 needs NumPy, which is not installed; use arb"
            needed = trajectory.float_cost(state, steps) / trajectory.MAX_FLOAT_COST
    return f"cost: {steps} steps are {needed:.3g} times what this checker is willing to do" if needed > 1 else ""


def check(claim: CurveFromStart, arithmetic: Arithmetic = "arb") -> Finding:
    """Check a claim of this kind."""
    reason = too_much(claim, arithmetic)
    if reason:
        return from_state.refuted(reason)
    with ctx.workprec(64):
        found = followed(claim, arithmetic=arithmetic)
        faults, width = [], arb(0)
        for i, step in enumerate(claim.steps):
            if step not in found.points:
                return from_state.refuted(f"steps: nothing is proved at step {step}; {found.reason}")
            for name in CURVES:
                where = f"conclusions.{name}, step {step}"
                faults += violations(where, getattr(found.points[step], name), claim.curves[name][i])
            low, high = claim.curves["loss"][i]
            width = width.max(((high - low) / high).upper() if high > 0 else arb(0))
    last = found.points[claim.steps[-1]]
    bounds = {"width": up(width)}
    for name in CURVES:
        low, high = getattr(last, name)
        bounds |= {f"{name}_low": -up(-low), f"{name}_high": up(high)}
    statement = (
        f"loss and alignment are in the given intervals at {len(claim.steps)} steps from {claim.steps[0]} to "
        f"{claim.steps[-1]}, from the initial network on; the loss to a relative width of {above(up(width), 2)}"
    )
    return Finding(faults, bounds, statement, trusted(arithmetic))
