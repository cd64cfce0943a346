"""Kind ``decay-from-start``: the error of this network decays exponentially, and the proof begins at its first step.

The document holds exact initial data X, y, (W, β), b, the step size η, the schedule of λ and a number of steps T, after
which λ = 0. Nothing is said about the state at step T: the checker itself encloses the T steps (`trajectory`), and then
checks the theorem of `decay` for every state in the balls it found, whose error is in balls of its own, with the
document's C, q, ρ and τ. So for feedback alignment in exact arithmetic from the initial network, for all t ≥ 0,

    ‖e(T+t)‖₂ ≤ κ q^t ε,      ε ≥ ‖e(T)‖₂,

and with ``‖w_r(T) − w_r(0) + XᵀN_r‖ ≤ ν_r`` the limits are enclosed, too:

    ‖w_r(∞) − w_r(0)‖ ∈ ‖XᵀN_r‖ ± (ρ_r + ν_r),    ‖W(∞) − W(0)‖_F ∈ ‖XᵀN‖_F ± ‖ρ + ν‖₂,
    ‖β(∞) − β(0)‖ ∈ ‖β(T) − β(0)‖ ± ‖τ‖₂,

by the triangle inequality, with the ρ and τ that (1) and (2) of `decay` need; norms of β are those of ℝᵖᵏ. The rate is
bounded from below by the theorem of `slow`.

The steps are enclosed in balls, or in verified binary64 (`floats`), as the caller asks; the end is always checked in
balls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, Literal, get_args

from flint import arb

from fa_theory.checker import document as doc
from fa_theory.checker.linalg import euclidean, least_norm, up
from fa_theory.checker.verdict import PYTHON_FLINT, Finding, Interval, violations

from . import from_state, slow, trajectory

KEYS = (*from_state.KEYS, "precision")
DETERMINING = ("activation", "eta", "X", "y", "W", "beta", "b", "schedule", "step", "precision")
"""The entries that determine the trajectory."""
TOTALS = ("total_w", "total_beta")
MIN_BITS, MAX_BITS = 32, 65536
Arithmetic = Literal["arb", "binary64"]
"""Of the steps: balls, or floats with proved bounds."""
ARITHMETICS: tuple[Arithmetic, ...] = get_args(Arithmetic)


@dataclass(frozen=True)
class DecayFromStart:
    """The claims of a document of this kind; not trusted."""

    late: from_state.DecayFromState
    """Its state is the initial one."""
    bits: int
    rate_low: arb
    movement: list[Interval]
    totals: dict[str, Interval]
    key: str
    """Digest of all that determines the trajectory."""

    @classmethod
    def read(cls, document: Mapping[str, Any], arithmetic: Arithmetic = "arb") -> DecayFromStart:
        """Read a document of kind ``decay-from-start``, which may be larger for binary64."""
        doc.fields(document, "document", KEYS)
        conclusions = doc.fields(document["conclusions"], "conclusions", (*from_state.CLAIMS, "alignment", "limits"))
        rest = {key: value for key, value in conclusions.items() if key != "limits"}
        most = doc.MAX_FLOAT_FEATURES if arithmetic == "binary64" else None
        entries = {key: document[key] for key in from_state.KEYS} | {"conclusions": rest}
        late = from_state.DecayFromState.read(entries, most)
        bits = doc.whole(document["precision"], "precision")
        if not MIN_BITS <= bits <= MAX_BITS:
            raise doc.MalformedDocument(f"precision: expected {MIN_BITS} to {MAX_BITS} bits but got {bits}")
        limits = doc.fields(conclusions["limits"], "conclusions.limits", ("rate_low", "movement_w", *TOTALS))
        ends = doc.fields(limits["movement_w"], "conclusions.limits.movement_w", ("low", "high"))
        p = late.state.p
        low, high = (doc.vector(ends[end], f"conclusions.limits.movement_w.{end}", p) for end in ("low", "high"))
        return cls(
            late=late,
            bits=bits,
            rate_low=doc.number(limits["rate_low"], "conclusions.limits.rate_low"),
            movement=list(zip(low, high, strict=True)),
            totals={key: doc.interval(limits[key], f"conclusions.limits.{key}") for key in TOTALS},
            key=doc.digest({key: document[key] for key in DETERMINING}),
        )


@dataclass(frozen=True)
class Limits:
    """Intervals of the limits, in exact numbers."""

    movement: list[Interval]
    totals: dict[str, Interval]
    alignment: Interval | None
    """None where it may not be defined."""


_last: dict[tuple[str, Arithmetic], trajectory.Enclosure | tuple[int, str]] = {}


def enclosed(
    claim: DecayFromStart, watch: trajectory.Watch = trajectory.unwatched, arithmetic: Arithmetic = "arb"
) -> trajectory.Enclosure | tuple[int, str]:
    """The trajectory of the claim; the last one is remembered, under the digest of all that determines it."""
    key = claim.key, arithmetic
    if key not in _last:
        late = claim.late
        run = late.state, late.lam, late.cutoff, late.step
        match arithmetic:
            case "arb":
                found = trajectory.enclose(*run, bits=claim.bits, watch=watch)
            case "binary64":
                from . import float_run  # NumPy is needed here only

                found = float_run.enclose(*run, watch=watch)
        _last.clear()
        _last[key] = found
    return _last[key]


def numpy_is_there() -> bool:
    """Whether binary64 is possible."""
    return find_spec("numpy") is not None


def too_much(claim: DecayFromStart, arithmetic: Arithmetic) -> str:
    """Why the steps are not enclosed with this arithmetic; empty if they are."""
    state, steps = claim.late.state, claim.late.step
    match arithmetic:
        case "arb":
            needed, at = trajectory.cost(state, steps, claim.bits) / trajectory.MAX_COST, f"at {claim.bits} bits"
        case "binary64":
            if not numpy_is_there():
                return "arithmetic: binary64 needs NumPy, which is not installed; use arb"
            needed, at = trajectory.float_cost(state, steps) / trajectory.MAX_FLOAT_COST, "in binary64"
    if needed <= 1:
        return ""
    return (
        f"cost: {steps} steps of {state.X.nrows()}×{state.p} numbers {at} are "
        f"{needed:.3g} times what this checker is willing to do"
    )


def at_the_end(claim: DecayFromStart, end: trajectory.Enclosure) -> from_state.DecayFromState:
    """The claim of `decay` about the enclosed state at step T."""
    return replace(claim.late, state=replace(claim.late.state, beta=end.beta), Z=end.Z, e=end.e)


def limits(initial: doc.ExactState, end: trajectory.Enclosure, found: from_state.DecayBounds) -> Limits:
    """Enclose the limits."""
    moved = (end.N.transpose() * initial.X).tolist()
    reach = [rho + nu for rho, nu in zip(found.rho, end.nu, strict=True)]
    turned = [later - beta for later, beta in zip(end.beta, initial.beta, strict=True)]
    return Limits(
        movement=[around(row, rho) for row, rho in zip(moved, reach, strict=True)],
        totals={
            "total_w": around([x for row in moved for x in row], euclidean(reach)),
            "total_beta": around(turned, euclidean(found.tau)),
        },
        alignment=found.alignment,
    )


def around(v: list[arb], radius: arb) -> Interval:
    """Ends of ``‖v‖₂ ± radius``, not below 0."""
    return (least_norm(v) - radius).lower().max(arb(0)), (euclidean(v) + radius).upper()


def check(claim: DecayFromStart, arithmetic: Arithmetic = "arb") -> Finding:
    """Check a claim of this kind."""
    return judge(claim, arithmetic)[0]


def judge(claim: DecayFromStart, arithmetic: Arithmetic = "arb") -> tuple[Finding, Limits | None]:
    """Check a claim, and give the limits that were found; they are proved if nothing in the claim is violated."""
    late = claim.late
    obstacle = from_state.obstacle(late)
    if obstacle:
        return from_state.refuted(obstacle), None
    reason = too_much(claim, arithmetic)
    if reason:
        return from_state.refuted(reason), None
    end = enclosed(claim, arithmetic=arithmetic)
    if isinstance(end, tuple):
        return from_state.refuted(f"trajectory: {end[1]}" + ("; use arb" if arithmetic == "binary64" else "")), None
    finding, found = from_state.judge(at_the_end(claim, end))
    if found is None:
        return finding, None
    proved = limits(late.state, end, found)
    faults = list(finding.violations)
    pairs = [
        (f"movement_w, neuron {r}", *pair) for r, pair in enumerate(zip(proved.movement, claim.movement, strict=True))
    ]
    pairs += [(key, proved.totals[key], claim.totals[key]) for key in TOTALS]
    for where, need, claimed in pairs:
        faults += violations(f"conclusions.limits.{where}", need, claimed)
    rate_low, bounds = float(claim.rate_low), dict(finding.bounds)
    if slow.decays_no_faster(found.A, found.s, found.x, claim.rate_low):
        bounds["rate_low"] = rate_low
    else:
        faults.append((1.0, f"conclusions.limits.rate_low: {rate_low:.6g} is claimed but not found"))
    for key, (low, high) in proved.totals.items():
        bounds |= {f"{key}_low": -up(-low), f"{key}_high": up(high)}
    statement = finding.statement.replace("e(t)", f"e({late.step}+t)").partition(" for all")[0]
    statement = f"{statement} for all t ≥ 0, from the initial network on"
    return Finding(faults, bounds, statement, trusted(arithmetic)), proved


def trusted(arithmetic: Arithmetic) -> str:
    """What has to be trusted, by name."""
    match arithmetic:
        case "arb":
            return PYTHON_FLINT
        case "binary64":
            return f"{PYTHON_FLINT}, and binary64 by NumPy {version('numpy')}"
