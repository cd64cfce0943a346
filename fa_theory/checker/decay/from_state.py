"""Kind ``decay-from-state``: the error of this network decays exponentially from this state on, for all time.

The document holds data X, y, the state (W, β) at step T, feedback b, step size η, an invertible matrix C, a rate
q < 1 and radii ρ_r, τ_r. From step T on λ = 0, and steps are taken in exact arithmetic. There are k outputs: β_r and
b_r are vectors of ℝᵏ, the error e is n×k, and read sample after sample it is a vector of ℝⁿᵏ, indexed by (i,c); C is
nk×nk. For k = 1 read |b_r| for ‖b_r‖ and drop c and c'. Notation: ``‖v‖_C = ‖Cv‖₂``, ``σ = ‖C⁻¹‖₂``, ``Z = XWᵀ``, e(t)
the error t steps after T, and

    S    = σ ‖e(0)‖_C / (1 − q)
    D̄_ir = sup |ψ'| over Z_ir ± ‖x_i‖ ρ_r
    δ_ir = min( ‖x_i‖ ρ_r, (η/√p) ‖b_r‖ S ‖(x_i·x_j D̄_jr)_j‖₂ )
    𝐊_(i,c),(j,c') = p⁻¹ Σ_r ( 𝐩_ir 𝐩_jr 1[c=c'] + (x_i·x_j) (β_rc ± τ_r) b_rc' 𝐬_ir 𝐬_jr ),

𝐩, 𝐬 the ranges of ψ, ψ' over Z ± δ.

Theorem. Let K be the midpoint of 𝐊 and R its radius. If

    (1) (η/√p) ‖b_r‖ ‖X‖₂ S max_i D̄_ir ≤ ρ_r          (2) (η/√p) S ‖(sup |𝐩_ir|)_i‖₂ ≤ τ_r
    (3) ‖C (I − ηK) C⁻¹‖₂ + η ‖ |C| R |C⁻¹| ‖₂ < q, or (3') of `kinks`, which keeps apart the slopes that jump

then, for all t ≥ 0, ``‖e(t)‖_C ≤ q^t ‖e(0)‖_C``, and w_r has moved by at most ρ_r, z_ir by δ_ir and β_r by τ_r, in ℝᵏ.

Proof, by induction: let states 0…t be in that tube and ``‖e(s)‖_C ≤ q^s ‖e(0)‖_C`` for s ≤ t. Then
``Σ_{s≤t} ‖e(s)‖₂ ≤ σ Σ_s ‖e(s)‖_C ≤ S``. By the rule ``w_r(t+1) − w_r(0) = −(η/√p) Σ_s Xᵀ(ψ'(z_r(s)) ∘ e(s)b_r)``;
as ``‖e(s)b_r‖ ≤ ‖e(s)‖₂ ‖b_r‖`` its norm is at most ``(η/√p) ‖b_r‖ ‖X‖₂ max_i D̄_ir S ≤ ρ_r``. Its product with x_i,
``−(η/√p) Σ_s Σ_j x_i·x_j ψ'(z_jr(s)) e_j(s)·b_r``, is at most δ_ir by Cauchy–Schwarz, and at most ``‖x_i‖ρ_r``. By (2)
``‖β_r(t+1) − β_r(0)‖ = (η/√p) ‖Σ_s e(s)ᵀψ(z_r(s))‖ ≤ τ_r``. So state t+1 is in the tube. With secant slopes s_ir and

    G̃_ij = p⁻¹ Σ_r ψ(z_ir(t+1)) ψ(z_jr(t)),    H̃_(i,c),(j,c') = (x_i·x_j) p⁻¹ Σ_r β_rc(t) b_rc' s_ir ψ'(z_jr(t))

the identity ``e(t+1) = (I − η(G̃⊗I_k + H̃)) e(t)`` is exact for λ = 0: ``√p (f_ic(t+1) − f_ic(t))`` is
``Σ_r ψ(z_ir(t+1)) (β_rc(t+1) − β_rc(t)) + Σ_r β_rc(t) s_ir x_i·(w_r(t+1) − w_r(t))``; substitute the rule.
And ``G̃⊗I_k + H̃ ∈ 𝐊``, because values, slopes and secant slopes between two states of the tube, whose z-intervals are
convex, are in 𝐩 and 𝐬. Call it K + Δ, ``|Δ| ≤ R``; then ``‖CΔC⁻¹‖₂ ≤ ‖ |C| |Δ| |C⁻¹| ‖₂ ≤ ‖ |C| R |C⁻¹| ‖₂``,
so (3) gives ``‖e(t+1)‖_C ≤ q ‖e(t)‖_C``; (3') gives the same by the theorem of `kinks`. ∎

Consequences, against which the claims are checked: all later ``‖e‖₂`` sum to at most S; parameters converge;
``‖e(t)‖₂ ≤ κ q^t ‖e(0)‖₂`` with ``κ = σ min(‖C‖₂, ‖Ce(0)‖₂/‖e(0)‖₂)``; as ``β(∞) − β(0) = −(η/√p) Σ_t Ψ(t)ᵀe(t)``, the
limit alignment ``cos∠(b, β(∞))``, of b and β as vectors of ℝᵖᵏ, is in
``(b·β ± (η/√p) S ‖𝐩b‖_F) / (‖b‖_F (‖β‖_F ± (η/√p) S ‖𝐩‖₂))``, wherever the denominator is positive: the inner
product of b and Ψᵀe is that of Ψb and e, and ``‖Ψᵀe‖_F ≤ ‖Ψ‖₂ ‖e‖₂``. `slow` bounds the rate from below.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from math import inf
from operator import mul
from typing import Any

from flint import arb, arb_mat

from fa_theory.checker import document as doc
from fa_theory.checker import ranges
from fa_theory.checker.decimals import above
from fa_theory.checker.linalg import (
    elementwise,
    euclidean,
    identity,
    inverse,
    kron,
    least_norm,
    norm_below,
    spectral_norm,
    up,
)
from fa_theory.checker.verdict import Finding, Interval, violation_size, violations

from . import kinks

KEYS = (*doc.STATE_KEYS, "step", "schedule", "norm", "rate", "tube", "conclusions")
UNDEFINED = arb("nan"), arb("nan")
CLAIMS = ("error", "budget", "movement_w", "movement_beta", "overshoot")


@dataclass(frozen=True)
class DecayFromState:
    """The claims of a document of this kind; not trusted."""

    state: doc.ExactState
    step: int
    lam: arb
    cutoff: int | None
    C: arb_mat
    q: arb
    rho: list[arb]
    tau: list[arb]
    at_most: dict[str, arb]
    alignment: Interval | None
    Z: arb_mat | None = None
    """Enclosure of the pre-activations where W is not that of step T; None: ``XWᵀ``."""
    e: arb_mat | None = None
    """Enclosure of the error, nk×1, where more is known than Z and β tell; None: ``Ψβ/√p − y``."""

    @classmethod
    def read(cls, document: Mapping[str, Any], most: int | None = None) -> DecayFromState:
        """Read a document of kind ``decay-from-state``."""
        doc.fields(document, "document", KEYS)
        state = doc.ExactState.read(document, most)
        schedule = doc.fields(document["schedule"], "schedule", ("lam", "cutoff"))
        tube = doc.fields(document["tube"], "tube", ("rho", "tau"))
        claims = doc.fields(document["conclusions"], "conclusions", (*CLAIMS, "alignment"))
        cutoff, ends = schedule["cutoff"], claims["alignment"]
        return cls(
            state=state,
            step=doc.whole(document["step"], "step"),
            lam=doc.number(schedule["lam"], "schedule.lam", least=0.0),
            cutoff=None if cutoff is None else doc.whole(cutoff, "schedule.cutoff"),
            C=doc.matrix(document["norm"], "norm", len(state.y), len(state.y)),
            q=doc.number(document["rate"], "rate", least=0.0),
            rho=doc.vector(tube["rho"], "tube.rho", state.p, least=0.0),
            tau=doc.vector(tube["tau"], "tube.tau", state.p, least=0.0),
            at_most={key: doc.number(claims[key], f"conclusions.{key}", least=0.0) for key in CLAIMS},
            alignment=None if ends is None else doc.interval(ends, "conclusions.alignment"),
        )


@dataclass(frozen=True)
class DecayBounds:
    """The results of rigorous arithmetic, to be compared with the claim."""

    at_most: dict[str, arb]
    rho: list[arb]
    tau: list[arb]
    contraction: arb
    """``‖C(I − ηK)C⁻¹‖₂``, from above."""
    perturbation: arb
    """Upper bound on the contribution of the tube: ``η ‖ |C|R|C⁻¹| ‖₂``, or the remainder up to q if (3') holds."""
    contracts: bool
    """Whether (3) or (3') holds."""
    alignment: Interval | None
    A: arb_mat
    """``C(I − ηK)C⁻¹``."""
    s: arb
    """``η ‖ |C|R|C⁻¹| ‖₂``, from above."""
    x: arb_mat
    """``Ce(0)``."""


def bounds(
    state: doc.ExactState,
    C: arb_mat,
    q: arb,
    rho: list[arb],
    tau: list[arb],
    Z: arb_mat | None = None,
    e: arb_mat | None = None,
) -> DecayBounds | None:
    """Evaluate the theorem's quantities on the tube; None if C is not certainly invertible or q ≥ 1.

    Where Z and β are balls, they hold for the tubes around all states inside, with an error in the balls of e if given.
    """
    Ci = inverse(C)
    if Ci is None or not q < 1:
        return None
    Z = state.X * state.W.transpose() if Z is None else Z
    e = state.error(state.features(Z), state.beta) if e is None else e
    sigma, error, weighted = spectral_norm(Ci), euclidean(e.entries()), euclidean((C * e).entries())
    S = (sigma * weighted / (1 - q)).upper()

    around = tube(state, Z, S, rho, tau)
    A, s = kinks.one_step(C, Ci, state.eta, around.kernel)
    contraction, perturbation, contracts = spectral_norm(A), s, norm_below(A, q - s)
    # (3') relies on slopes ≥ 0
    kinked = ranges.non_decreasing(state.activation) and not contracts
    kernels = around.inputs, around.gram, around.slopes, around.weights
    if kinked and kinks.contract(C, Ci, q, state.eta, *kernels):
        contracts, perturbation = True, (q - contraction).upper()

    at_most = {
        "error": error,
        "budget": S,
        "movement_w": max_upper(around.rho),
        "movement_beta": max_upper(around.tau),
        "overshoot": overshoot(C, sigma, weighted, e),
    }
    alignment = limit_alignment(state, around.features, state.scale() * S)
    return DecayBounds(at_most, around.rho, around.tau, contraction, perturbation, contracts, alignment, A, s, C * e)


@dataclass(frozen=True)
class TubeRanges:
    """What the network may be on the tube, and how far it moves if all errors together sum to at most S."""

    features: arb_mat
    """𝐩."""
    slopes: arb_mat
    """𝐬."""
    weights: kinks.Weights
    """``β ± τ`` and b, each k×p."""
    inputs: arb_mat
    """``x_i·x_j``, nk×nk."""
    gram: arb_mat
    """``Σ_r 𝐩_ir 𝐩_jr 1[c=c']``."""
    kernel: arb_mat
    """𝐊."""
    rho: list[arb]
    """The left side of (1)."""
    tau: list[arb]
    """The left side of (2)."""


@dataclass(frozen=True)
class OtherMovement:
    """Bounds on movement that the errors do not cause: of w_r, of z_ir and of β_r."""

    w: list[arb]
    z: arb_mat
    beta: list[arb]


def tube(
    state: doc.ExactState,
    Z: arb_mat,
    S: arb,
    rho: list[arb],
    tau: list[arb],
    *,
    follows: bool = False,
    drift: OtherMovement | None = None,
) -> TubeRanges:
    """The tube with these radii, and the radii that it needs.

    Parameters
    ----------
    state, Z
        A state, and its pre-activations.
    S
        Bound on the sum of all errors that enter a step.
    rho, tau
        Radii of the tube.
    follows
        Whether b is β at every time, as in backpropagation.
    drift
        Other movement, which is added to that of the errors.
    """
    X, p, k = state.X, state.p, state.k
    beta = widen(state.by_output(state.beta), arb_mat([[radius] * k for radius in tau]))
    b = beta if follows else state.by_output(state.b)

    # movement of the pre-activations: first from ρ alone, then sharper from x_i·x_j
    pull = [state.scale() * euclidean(row) * S for row in b.tolist()]
    coarse = doc.column([euclidean(x) for x in X.tolist()]) * doc.column(rho).transpose()
    steepest = elementwise(arb.abs_upper, state.slopes(widen(Z, coarse)))
    XX = X * X.transpose()
    squares = elementwise(mul, XX, XX) * elementwise(mul, steepest, steepest)
    fine = arb_mat([[force * x.upper().sqrt() for force, x in zip(pull, row, strict=True)] for row in squares.tolist()])
    fine = fine if drift is None else fine + drift.z
    moved = widen(Z, elementwise(lambda u, v: u.upper().min(v.upper()), coarse, fine))

    features, slopes = state.features(moved), state.slopes(moved)
    inputs, gram = kron(XX, arb_mat(k, k, [arb(1)] * k * k)), kron(features * features.transpose(), identity(k))
    weights = beta.transpose(), b.transpose()
    H = elementwise(mul, inputs, kinks.products(slopes, weights))
    largest, size = [max_upper(column) for column in steepest.transpose().tolist()], spectral_norm(X)
    need_rho = [(force * size * slope).upper() for force, slope in zip(pull, largest, strict=True)]
    need_tau = [(state.scale() * S * euclidean(column)).upper() for column in features.transpose().tolist()]
    if drift is not None:
        need_rho = [(x + more).upper() for x, more in zip(need_rho, drift.w, strict=True)]
        need_tau = [(x + more).upper() for x, more in zip(need_tau, drift.beta, strict=True)]
    return TubeRanges(features, slopes, weights, inputs, gram, (gram + H) * (1 / arb(p)), need_rho, need_tau)


def widen(M: arb_mat, radius: arb_mat) -> arb_mat:
    """Widen every entry by the upper end of its radius."""
    return elementwise(lambda x, r: x + arb(0, r.upper()), M, radius)


def max_upper(entries: list[arb]) -> arb:
    """Exact upper bound of all entries (undefined if one is)."""
    return reduce(arb.max, (x.upper() for x in entries))


def overshoot(C: arb_mat, sigma: arb, weighted: arb, e: arb_mat) -> arb:
    """κ of the module docstring, from above."""
    always = (sigma * spectral_norm(C)).upper()
    error = least_norm(e.entries())
    return always.min((sigma * weighted / error).upper()) if error > 0 else always


def limit_alignment(state: doc.ExactState, features: arb_mat, reach: arb) -> Interval | None:
    """Ends of an interval that contains ``cos∠(b, β(∞))``; None if it may be undefined."""
    b, beta = doc.column(state.b), doc.column(state.beta)
    size_b, size_beta = ((v.transpose() * v)[0, 0].sqrt() for v in (b, beta))
    along = euclidean((features * state.by_output(state.b)).entries())
    inner = (b.transpose() * beta)[0, 0] + arb(0, (reach * along).upper())
    size = size_b * (size_beta + arb(0, (reach * spectral_norm(features)).upper()))
    if not size > 0:
        return None
    cosine = inner / size
    return cosine.lower().max(arb(-1)), cosine.upper().min(arb(1))


def check(claim: DecayFromState) -> Finding:
    """Check a claim of this kind."""
    return judge(claim)[0]


def obstacle(claim: DecayFromState) -> str:
    """Why the theorem does not apply to this claim; empty if it applies."""
    if claim.lam > 0 and (claim.cutoff is None or claim.cutoff > claim.step):
        return f"schedule: λ is still on at step {claim.step} (cutoff {claim.cutoff})"
    return "" if claim.q < 1 else f"rate: q = {float(claim.q):.6g} is not below 1"


def judge(claim: DecayFromState) -> tuple[Finding, DecayBounds | None]:
    """Check a claim, and return the bounds found."""
    reason, q = obstacle(claim), claim.q
    found = None if reason else bounds(claim.state, claim.C, q, claim.rho, claim.tau, claim.Z, claim.e)
    if found is None:
        return refuted(reason or "norm: C is not certainly invertible"), None
    needs = [(f"conclusions.{key}", need, claim.at_most[key]) for key, need in found.at_most.items()]
    for name, need, radii in (("rho", found.rho, claim.rho), ("tau", found.tau, claim.tau)):
        needs += [(f"tube.{name}, neuron {r}", *pair) for r, pair in enumerate(zip(need, radii, strict=True))]
    faults = [fault for where, *ends in needs for fault in violations(where, *((arb(0), x) for x in ends))]
    if not found.contracts:
        cause = "the centre of the tube does not contract" if found.contraction > q else "the tube is too wide"
        reached = f"{above(up(found.contraction))} plus tube term {above(up(found.perturbation))}"
        if not ranges.non_decreasing(claim.state.activation):
            cause += f", and (3') needs a non-decreasing ψ, which {claim.state.activation} is not"
        excess = violation_size((found.contraction + found.perturbation - q) / (1 - q))
        faults += [(excess, f"contraction: ‖C(I−ηK)C⁻¹‖ = {reached} is not below q = {float(q):.6g}; {cause}")]
    if claim.alignment is not None:
        faults += violations("conclusions.alignment", found.alignment or UNDEFINED, claim.alignment)
    proved = {key: up(value) for key, value in found.at_most.items()}
    proved |= {"rate": float(q), "contraction": up(found.contraction), "perturbation": up(found.perturbation)}
    if found.alignment is not None:
        proved |= {"alignment_low": -up(-found.alignment[0]), "alignment_high": up(found.alignment[1])}
    statement = f"‖e(t)‖ ≤ {above(proved['overshoot'], 4)} · {above(proved['rate'])}^t · {above(proved['error'], 4)}"
    return Finding(faults, proved, f"{statement} for all t ≥ 0 after step {claim.step}"), found


def refuted(reason: str) -> Finding:
    """Finding for a document whose hypotheses fail, so that no bounds are computed."""
    return Finding([(inf, reason)], {}, "")
