"""Kind ``decay-from-state``: the error of this network decays exponentially from this state on, for ever.

The document holds data X, y, the state (W, β) at step T, feedback b, step size η, an invertible matrix C, a rate
q < 1 and radii ρ_r, τ_r. From step T on λ = 0, and steps are taken in exact arithmetic. Notation: ``‖v‖_C = ‖Cv‖₂``,
``σ = ‖C⁻¹‖₂``, ``Z = XWᵀ``, e(t) the error t steps after T, and

    S    = σ ‖e(0)‖_C / (1 − q)
    D̄_ir = sup |ψ'| over Z_ir ± ‖x_i‖ ρ_r
    δ_ir = min( ‖x_i‖ ρ_r, (η/√p) |b_r| S ‖(x_i·x_j D̄_jr)_j‖₂ )
    𝐊_ij = p⁻¹ Σ_r ( 𝐩_ir 𝐩_jr + (x_i·x_j) (β_r ± τ_r) b_r 𝐬_ir 𝐬_jr ),   𝐩, 𝐬 the ranges of ψ, ψ' over Z ± δ.

Theorem. Let K be the midpoint of 𝐊 and R its radius. If

    (1) (η/√p) |b_r| ‖X‖₂ S max_i D̄_ir ≤ ρ_r          (2) (η/√p) S ‖(sup |𝐩_ir|)_i‖₂ ≤ τ_r
    (3) ‖C (I − ηK) C⁻¹‖₂ + η ‖ |C| R |C⁻¹| ‖₂ < q, or (3') of `kinks`, which keeps apart the slopes that jump

then, for all t ≥ 0, ``‖e(t)‖_C ≤ q^t ‖e(0)‖_C``, and w_r has moved by at most ρ_r, z_ir by δ_ir and β_r by τ_r.

Proof, by induction: let states 0…t be in that tube and ``‖e(s)‖_C ≤ q^s ‖e(0)‖_C`` for s ≤ t. Then
``Σ_{s≤t} ‖e(s)‖₂ ≤ σ Σ_s ‖e(s)‖_C ≤ S``. The rule gives ``w_r(t+1) − w_r(0) = −(η/√p) b_r Σ_s Xᵀ(ψ'(z_r(s)) ∘ e(s))``,
of norm at most ``(η/√p) |b_r| ‖X‖₂ max_i D̄_ir S ≤ ρ_r``. Its product with x_i,
``−(η/√p) b_r Σ_s Σ_j x_i·x_j ψ'(z_jr(s)) e_j(s)``, is at most δ_ir by Cauchy–Schwarz, and at most ``‖x_i‖ρ_r``. By (2)
``|β_r(t+1) − β_r(0)| = (η/√p) |Σ_s ψ(z_r(s))·e(s)| ≤ τ_r``. So state t+1 is in the tube. The secant-kernel identity
``e(t+1) = (I − η(G̃ + H̃)) e(t)`` is exact for λ = 0, and ``G̃ + H̃ ∈ 𝐊``, because values, slopes and secant slopes between
two states of the tube, whose z-intervals are convex, are in 𝐩 and 𝐬. Write ``G̃ + H̃ = K + Δ``, ``|Δ| ≤ R`` entrywise;
``‖CΔC⁻¹‖₂ ≤ ‖ |C| |Δ| |C⁻¹| ‖₂ ≤ ‖ |C| R |C⁻¹| ‖₂``, so (3) gives ``‖e(t+1)‖_C ≤ q ‖e(t)‖_C``; (3') gives
the same by the theorem of `kinks`. ∎

Consequences, against which the claims are checked: all later ``‖e‖₂`` sum to at most S; parameters converge;
``‖e(t)‖₂ ≤ κ q^t ‖e(0)‖₂`` with ``κ = σ min(‖C‖₂, ‖Ce(0)‖₂/‖e(0)‖₂)``; as ``β(∞) − β(0) = −(η/√p) Σ_t Ψ(t)ᵀe(t)``, the
limit alignment ``cos∠(b, β(∞))`` is in ``(b·β ± (η/√p) S ‖𝐩b‖₂) / (‖b‖₂ (‖β‖₂ ± (η/√p) S ‖𝐩‖₂))``, wherever the
denominator is positive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from flint import arb, arb_mat

from . import document as doc
from . import kinks
from .linalg import elementwise, euclidean, identity, inverse, norm_below, spectral_norm, up
from .verdict import Finding

KEYS = (*doc.STATE_KEYS, "step", "schedule", "norm", "rate", "tube", "conclusions")
CLAIMS = ("error", "budget", "movement_w", "movement_beta", "overshoot")


@dataclass(frozen=True)
class Claim:
    """What a document of this kind asserts; nothing in it is trusted."""

    state: doc.State
    step: int
    lam: arb
    cutoff: int | None
    C: arb_mat
    q: arb
    rho: list[arb]
    tau: list[arb]
    at_most: dict[str, arb]
    alignment: tuple[arb, arb] | None
    Z: arb_mat | None = None
    """Enclosure of the pre-activations where W is not that of step T; None: ``XWᵀ``."""

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Claim:
        """Read a document of kind ``decay-from-state``."""
        doc.fields(document, "document", KEYS)
        state = doc.State.read(document)
        n, p = state.X.nrows(), state.W.nrows()
        schedule = doc.fields(document["schedule"], "schedule", ("lam", "cutoff"))
        tube = doc.fields(document["tube"], "tube", ("rho", "tau"))
        claims = doc.fields(document["conclusions"], "conclusions", (*CLAIMS, "alignment"))
        ends = claims["alignment"]
        if ends is not None:
            ends = doc.fields(ends, "conclusions.alignment", ("low", "high"))
        return cls(
            state=state,
            step=doc.whole(document["step"], "step"),
            lam=doc.number(schedule["lam"], "schedule.lam", least=0.0),
            cutoff=None if schedule["cutoff"] is None else doc.whole(schedule["cutoff"], "schedule.cutoff"),
            C=doc.matrix(document["norm"], "norm", n, n),
            q=doc.number(document["rate"], "rate", least=0.0),
            rho=doc.vector(tube["rho"], "tube.rho", p, least=0.0),
            tau=doc.vector(tube["tau"], "tube.tau", p, least=0.0),
            at_most={key: doc.number(claims[key], f"conclusions.{key}", least=0.0) for key in CLAIMS},
            alignment=None
            if ends is None
            else (
                doc.number(ends["low"], "conclusions.alignment.low"),
                doc.number(ends["high"], "conclusions.alignment.high"),
            ),
        )


@dataclass(frozen=True)
class Bounds:
    """What the rigorous arithmetic finds, to be compared with the claim."""

    at_most: dict[str, arb]
    rho: list[arb]
    tau: list[arb]
    contraction: arb
    """``‖C(I − ηK)C⁻¹‖₂``, from above."""
    perturbation: arb
    """What the tube adds to that, from above: ``η ‖ |C|R|C⁻¹| ‖₂``, or what is left up to q if (3') holds."""
    contracts: bool
    """Whether (3) or (3') holds."""
    rate_low: arb
    """``‖e(t+1)‖_C`` is at least this multiple of ``‖e(t)‖_C``; at least 0."""
    alignment: tuple[arb, arb] | None
    heaviest: int
    """The neuron with the widest contribution to R."""

    def blame(self, q: arb) -> str:
        """Say which part of (3) is in the way."""
        parts = f"‖C(I−ηK)C⁻¹‖ = {up(self.contraction):.6g} plus tube term {up(self.perturbation):.6g}"
        wide = f"the tube is too wide, most at neuron {self.heaviest}"
        cause = "the centre of the tube does not contract" if self.contraction > q else wide
        return f"contraction: {parts} is not below q = {float(q):.6g}; {cause}"


def bounds(
    state: doc.State, C: arb_mat, q: arb, rho: list[arb], tau: list[arb], Z: arb_mat | None = None
) -> Bounds | None:
    """Evaluate the theorem's quantities on the tube; None if C is not certainly invertible or not q < 1.

    Where Z and β are balls, they hold for the tubes around all states inside.
    """
    Ci = inverse(C)
    if Ci is None or not q < 1:
        return None
    X, b, n, p = state.X, state.b, state.X.nrows(), len(state.b)
    Z = X * state.W.transpose() if Z is None else Z
    e = state.error(state.features(Z), state.beta)
    sigma, error, weighted = spectral_norm(Ci), euclidean(e.entries()), euclidean((C * e).entries())
    S = (sigma * weighted / (1 - q)).upper()

    # how far pre-activations move: first from ρ alone, then sharper through x_i·x_j
    inputs = [euclidean(row) for row in X.tolist()]
    coarse = arb_mat(n, p, [length * r for length in inputs for r in rho])
    steepest = elementwise(lambda s: s.abs_upper(), state.slopes(widen(Z, coarse)))
    XX = X * X.transpose()
    squares = elementwise(lambda x: x * x, XX) * elementwise(lambda s: s * s, steepest)
    pull = [state.scale() * abs(weight) * S for weight in b]
    fine = arb_mat(n, p, [pull[k % p] * x.upper().sqrt() for k, x in enumerate(squares.entries())])
    moved = widen(Z, elementwise(lambda u, v: u.upper().min(v.upper()), coarse, fine))

    features, slopes = state.features(moved), state.slopes(moved)
    feedback = [(beta + arb(0, t)) * weight for beta, t, weight in zip(state.beta, tau, b, strict=True)]
    weighted_slopes = arb_mat(n, p, [s * feedback[k % p] for k, s in enumerate(slopes.entries())])
    H = elementwise(lambda x, h: x * h, XX, weighted_slopes * slopes.transpose())
    K = (features * features.transpose() + H) * (1 / arb(p))
    A = C * (identity(n) - K.mid() * state.eta) * Ci
    R = elementwise(lambda k: k.rad(), K)
    entrywise = (state.eta * spectral_norm(elementwise(abs, C) * R * elementwise(abs, Ci))).upper()
    contraction, perturbation, contracts = spectral_norm(A), entrywise, norm_below(A, q - entrywise)
    if not contracts and kinks.contract(C, Ci, q, state.eta, XX, features, slopes, feedback):
        contracts, perturbation = True, (q - contraction).upper()

    largest = [max_upper(row) for row in steepest.transpose().tolist()]
    size = spectral_norm(X)
    need_rho = [(force * size * slope).upper() for force, slope in zip(pull, largest, strict=True)]
    need_tau = [(state.scale() * S * euclidean(row)).upper() for row in features.transpose().tolist()]
    at_most = {
        "error": error,
        "budget": S,
        "movement_w": max_upper(need_rho),
        "movement_beta": max_upper(need_tau),
        "overshoot": overshoot(C, sigma, weighted, e),
    }
    spread = elementwise(lambda f, s, w: f * f + s * w, features, slopes, weighted_slopes).transpose().tolist()
    width = [sum(float(x.rad()) for x in row) for row in spread]
    return Bounds(
        at_most=at_most,
        rho=need_rho,
        tau=need_tau,
        contraction=contraction,
        perturbation=perturbation,
        contracts=contracts,
        rate_low=slowest(A, entrywise),  # (3') bounds the sum with A, not the perturbation by itself
        alignment=limit_alignment(state, features, state.scale() * S),
        heaviest=max(range(p), key=width.__getitem__),
    )


def widen(M: arb_mat, radius: arb_mat) -> arb_mat:
    """Widen every entry by the upper end of its radius."""
    return elementwise(lambda x, r: x + arb(0, r.upper()), M, radius)


def max_upper(entries: list[arb]) -> arb:
    """Exact upper bound of all entries (undefined if one is)."""
    top = entries[0].upper()
    for x in entries[1:]:
        top = top.max(x.upper())
    return top


def overshoot(C: arb_mat, sigma: arb, weighted: arb, e: arb_mat) -> arb:
    """κ of the module docstring, from above."""
    always = (sigma * spectral_norm(C)).upper()
    error = sum((x.abs_lower() * x.abs_lower() for x in e.entries()), arb(0)).sqrt().lower()
    return always.min((sigma * weighted / error).upper()) if error > 0 else always


def slowest(A: arb_mat, perturbation: arb) -> arb:
    """``1/‖A⁻¹‖₂`` minus the perturbation, from below; 0 where that is no more, or A may be singular."""
    Ai = inverse(A)
    low = arb(0) if Ai is None else (1 / spectral_norm(Ai) - perturbation).lower()
    return low if low > 0 else arb(0)


def limit_alignment(state: doc.State, features: arb_mat, reach: arb) -> tuple[arb, arb] | None:
    """Ends of an interval that contains ``cos∠(b, β(∞))``; None where it may not be defined."""
    b, beta = doc.column(state.b), doc.column(state.beta)
    size_b, size_beta = ((v.transpose() * v)[0, 0].sqrt() for v in (b, beta))
    inner = (b.transpose() * beta)[0, 0] + arb(0, (reach * euclidean((features * b).entries())).upper())
    size = size_b * (size_beta + arb(0, (reach * spectral_norm(features)).upper()))
    if not size > 0:
        return None
    cosine = inner / size
    return cosine.lower().max(arb(-1)), cosine.upper().min(arb(1))


def check(claim: Claim) -> Finding:
    """Check a claim of this kind."""
    return judge(claim)[0]


def obstacle(claim: Claim) -> str:
    """Why the theorem says nothing about this claim, or nothing."""
    if claim.lam > 0 and (claim.cutoff is None or claim.cutoff > claim.step):
        return f"schedule: λ is still on at step {claim.step} (cutoff {claim.cutoff})"
    return "" if claim.q < 1 else f"rate: q = {float(claim.q):.6g} is not below 1"


def judge(claim: Claim) -> tuple[Finding, Bounds | None]:
    """Check a claim, and give the bounds that were found."""
    reason = obstacle(claim)
    found = None if reason else bounds(claim.state, claim.C, claim.q, claim.rho, claim.tau, claim.Z)
    if found is None:
        return refuted(reason or "norm: C is not certainly invertible"), None
    needs = [(f"conclusions.{key}", need, claim.at_most[key]) for key, need in found.at_most.items()]
    for name, need, radii in (("rho", found.rho, claim.rho), ("tau", found.tau, claim.tau)):
        needs += [(f"tube.{name}, neuron {r}", *pair) for r, pair in enumerate(zip(need, radii, strict=True))]
    violations = [
        (excess(need, claimed), f"{where}: {float(claimed):.6g} is claimed but {up(need):.6g} is needed")
        for where, need, claimed in needs
        if not need <= claimed
    ]
    if not found.contracts:
        violations.append(
            (1 + excess(found.contraction + found.perturbation - claim.q, 1 - claim.q), found.blame(claim.q))
        )
    violations += alignment_violations(claim.alignment, found.alignment)
    proved = {key: up(value) for key, value in found.at_most.items()}
    proved |= {"rate": float(claim.q), "contraction": up(found.contraction), "perturbation": up(found.perturbation)}
    if found.alignment is not None:
        proved |= {"alignment_low": -up(-found.alignment[0]), "alignment_high": up(found.alignment[1])}
    statement = "‖e(t)‖ ≤ {overshoot:.4g} · {rate:.6g}^t · {error:.4g}".format(**proved)
    statement += f" for all t ≥ 0 after step {claim.step}"
    return Finding(violations, proved, statement), found


def refuted(reason: str) -> Finding:
    """Finding for a document whose hypotheses fail before anything can be bounded."""
    return Finding([(inf, reason)], {}, "")


def excess(need: arb, claimed: arb) -> float:
    """``need / claimed``, or infinity where that is no number."""
    ratio = up(need / claimed)
    return ratio if ratio < inf else inf


def alignment_violations(claimed: tuple[arb, arb] | None, found: tuple[arb, arb] | None) -> list[tuple[float, str]]:
    """Violations by the claimed alignment interval; claiming none is always right."""
    if claimed is None:
        return []
    if found is None:
        return [(inf, "conclusions.alignment: the limit alignment may not be defined here; claim null")]
    if claimed[0] <= found[0] and found[1] <= claimed[1]:
        return []
    ends = f"[{-up(-found[0]):.9g}, {up(found[1]):.9g}]"
    return [(1.0, f"conclusions.alignment: the claimed interval does not contain {ends}")]
