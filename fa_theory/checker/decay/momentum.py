"""Kind ``decay-with-momentum``: the error decays exponentially under heavy-ball momentum, for all time.

The document holds a state (W, β) with velocity (V, ν) at step T, data X, y, feedback b, step size η and momentum μ; the
rule, feedback alignment or backpropagation (b is β at every time); a vector u of ℝⁿᵏ, the *past*; an invertible 2nk×2nk
matrix C, a rate q < 1, a level Γ and radii ρ_r, τ_r. From step T on, in exact arithmetic and without regularisation,

    V⁺ = μV − η∇_W,   W⁺ = W + V⁺,        ν⁺ = μν − η∇_β,   β⁺ = β + ν⁺,

where ``−η∇`` is what the rule adds without momentum, ``−(η/√p) Xᵀ(ψ'(z_r)∘e b_r)`` and ``−(η/√p) eᵀψ(z_r)``. Notation
as in `from_state`; C_e are the nk columns of C that act on the first half of a vector (e, U), and (C⁻¹)_e the nk first
rows of C⁻¹.

The velocity is split: ``V_r = −(η/√p) Xᵀ(ψ'(z_r)∘u b_r) + V'_r`` and ``ν_r = −(η/√p) uᵀψ(z_r) + ν'_r``, at the state of
step T. So all that was before is as if the error had been u one step earlier, but for V' and ν'. Let ``U(−1) = u`` and
``U(t) = e(t) + μU(t−1)``.

Exact step. ``e(t+1) = e(t) − η (Σ_{s≤t} μ^{t−s} K̃(t,s) e(s) + μ^{t+1} K̃(t,0) u) + μ^{t+1} φ(t)`` with

    K̃(t,s)_(i,c),(j,c') = p⁻¹ Σ_r ( ψ(z_ir(t+1)) ψ(z_jr(s)) 1[c=c'] + (x_i·x_j) β_rc(t) s_ir b_rc' ψ'(z_jr(s)) ),
    φ(t)_(i,c) = p^{-1/2} Σ_r ( ψ(z_ir(t+1)) ν'_rc + β_rc(t) s_ir x_i·V'_r ),

s_ir the secant slopes of the step: put ``W(t+1) − W(t) = μ^{t+1} V(0) − η Σ_{s≤t} μ^{t−s} ∇_W(s)``, and the same for β,
into ``√p (f_ic(t+1) − f_ic(t)) = Σ_r ψ(z_ir(t+1)) (β_rc(t+1) − β_rc(t)) + β_rc(t) s_ir x_i·(w_r(t+1) − w_r(t))``.

The tube is that of `from_state` with the sum S below and, added to the movement that the errors cause, ``μ/(1−μ)``
times ``‖V'_r‖`` for w_r, ``|x_i·V'_r|`` for z_ir and ``‖ν'_r‖`` for β_r. With K the midpoint and R the radius of 𝐊 on
it and 𝛗 the range of φ, let

    M = ( I − ηK   −ημK )      a = ‖CMC⁻¹‖₂,   y = η ‖ |C_e| R |(C⁻¹)_e| ‖₂,   F = η ‖ |C_e| R |u| ‖₂ + sup ‖C_e 𝛗‖₂,
        (   I        μI  ),    σ = ‖(C⁻¹)_e‖₂,   S = (σΓ/(1−q) + μ‖u‖₂) / (1−μ).

Theorem. If 0 ≤ μ < q < 1, the radii satisfy (1) and (2) of `from_state` with this S and the additions, and

    (M1)  ‖C (e(0), u)‖₂ ≤ Γ          (M2)  a + y / (1 − μ/q) + μF/Γ < q

then for all t ≥ 0 ``‖C (e(t), U(t−1))‖₂ ≤ q^t Γ``, so ``‖e(t)‖₂ ≤ σΓ q^t``, and the weights stay in the tube for ever.

Proof, by induction: let states 0…t be in the tube and the bound hold up to t. Then ``‖e(s)‖₂ ≤ σΓq^s`` for s ≤ t.
From 0 to t+1 the weights have moved by ``−η Σ_{s≤t} c_s ∇(s) − η c ∇(0; u)`` and c (V', ν'): ``c_s = Σ_{j≤t−s} μ^j`` is
at most ``1/(1−μ)``, ``c = Σ_{1≤j≤t+1} μ^j`` at most ``μ/(1−μ)``, and ∇(0; u) is that of state 0 with u for e. So all
errors, with these weights, sum to at most S, and as in `from_state` state t+1 is in the tube. Hence the kernels K̃(t,s)
are ``K + Δ(s)``, ``|Δ(s)| ≤ R``, and ``φ(t) ∈ 𝛗``. The parts with K make ``x(t) = (e(t), U(t−1))`` into Mx(t); so

    ‖Cx(t+1)‖ ≤ a q^t Γ + Σ_{s≤t} μ^{t−s} y q^s Γ + μ^{t+1} F,

as ``‖C_eΔe(s)‖ ≤ ‖ |C_e| R |(C⁻¹)_e| ‖ ‖Cx(s)‖``. With ``Σ_{s≤t} μ^{t−s} q^s ≤ q^t / (1 − μ/q)`` and ``μ^{t+1} ≤ μq^t``
that is at most q^{t+1} Γ, by (M2). ∎
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import mul
from typing import Any

from flint import arb, arb_mat

from fa_theory.checker import document as doc
from fa_theory.checker.decimals import above
from fa_theory.checker.linalg import elementwise, euclidean, identity, inverse, spectral_norm, up
from fa_theory.checker.verdict import Finding, violation_size, violations

from . import from_state
from .epochs import read_rule
from .kinks import beside

KEYS = (
    *(*doc.STATE_KEYS, "rule", "momentum", "velocity", "past"),
    *("step", "norm", "rate", "level", "tube", "conclusions"),
)
CLAIMS = ("error", "budget", "movement_w", "movement_beta", "bound")
MAX_ERRORS = doc.MAX_ERRORS // 2
"""Largest number of samples times outputs: C has twice as many rows."""


@dataclass(frozen=True)
class DecayWithMomentum:
    """The claims of a document of this kind; not trusted."""

    state: doc.ExactState
    follows: bool
    mu: arb
    V: arb_mat
    nu: arb_mat
    u: list[arb]
    step: int
    C: arb_mat
    q: arb
    level: arb
    rho: list[arb]
    tau: list[arb]
    at_most: dict[str, arb]

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> DecayWithMomentum:
        """Read a document of kind ``decay-with-momentum``."""
        doc.fields(document, "document", KEYS)
        state = doc.ExactState.read(document)
        n, p, m = state.X.nrows(), state.p, len(state.y)
        outputs = (state.k,) if state.k > 1 else ()
        if m > MAX_ERRORS:
            raise doc.refusal("y", f"at most {MAX_ERRORS} samples times outputs", document["y"])
        velocity = doc.fields(document["velocity"], "velocity", ("W", "beta"))
        tube = doc.fields(document["tube"], "tube", ("rho", "tau"))
        claims = doc.fields(document["conclusions"], "conclusions", CLAIMS)
        return cls(
            state=state,
            follows=read_rule(document),
            mu=doc.number(document["momentum"], "momentum", least=0.0),
            V=doc.matrix(velocity["W"], "velocity.W", p, state.X.ncols()),
            nu=state.by_output(doc.array(velocity["beta"], "velocity.beta", (p, *outputs))),
            u=doc.array(document["past"], "past", (n, *outputs)),
            step=doc.whole(document["step"], "step"),
            C=doc.matrix(document["norm"], "norm", 2 * m, 2 * m),
            q=doc.number(document["rate"], "rate", least=0.0),
            level=doc.number(document["level"], "level", least=2.0**-1074),
            rho=doc.vector(tube["rho"], "tube.rho", p, least=0.0),
            tau=doc.vector(tube["tau"], "tube.tau", p, least=0.0),
            at_most={key: doc.number(claims[key], f"conclusions.{key}", least=0.0) for key in CLAIMS},
        )


@dataclass(frozen=True)
class MomentumBounds:
    """The quantities of the theorem, from above."""

    at_most: dict[str, arb]
    rho: list[arb]
    tau: list[arb]
    a: arb
    tube: arb
    """``y / (1 − μ/q)``."""
    forced: arb
    """``μF/Γ``."""
    level: arb
    """The left side of (M1)."""


def rest_of_velocity(claim: DecayWithMomentum, Z: arb_mat) -> tuple[arb_mat, arb_mat]:
    """V' and ν'."""
    state = claim.state
    u = arb_mat(state.X.nrows(), state.k, claim.u)
    b = state.by_output(state.b)
    signal = elementwise(mul, state.slopes(Z), u * b.transpose())
    V = claim.V + signal.transpose() * state.X * state.scale()
    return V, claim.nu + state.features(Z).transpose() * u * state.scale()


def bounds(claim: DecayWithMomentum) -> MomentumBounds | None:
    """Evaluate the quantities of the theorem; None if C is not certainly invertible."""
    state, C, q, mu, level = claim.state, claim.C, claim.q, claim.mu, claim.level
    Ci = inverse(C)
    if Ci is None:
        return None
    m = len(state.y)
    Z = state.X * state.W.transpose()
    e, u = state.error(state.features(Z), state.beta), doc.column(claim.u)
    on_e, to_e = arb_mat([row[:m] for row in C.tolist()]), arb_mat(Ci.tolist()[:m])
    sigma = spectral_norm(to_e)
    S = ((sigma * level / (1 - q) + mu * euclidean(claim.u)) / (1 - mu)).upper()

    V, nu = rest_of_velocity(claim, Z)
    along, share = state.X * V.transpose(), mu / (1 - mu)
    drift = from_state.OtherMovement(
        [(share * euclidean(row)).upper() for row in V.tolist()],
        elementwise(lambda x: (share * x.abs_upper()).upper(), along),
        [(share * euclidean(row)).upper() for row in nu.tolist()],
    )
    around = from_state.tube(state, Z, S, claim.rho, claim.tau, follows=claim.follows, drift=drift)
    beta = around.weights[0].transpose()
    phi = (around.features * nu + elementwise(mul, around.slopes, along) * beta) * (1 / arb(state.p).sqrt())

    K, R, one = around.kernel.mid(), elementwise(arb.rad, around.kernel), identity(m)
    M = arb_mat(beside(one - K * state.eta, K * (-state.eta * mu)) + beside(one, one * mu))
    size_on, size_to = elementwise(arb.abs_upper, on_e), elementwise(arb.abs_upper, to_e)
    forcing = state.eta * euclidean((size_on * R * elementwise(arb.abs_upper, u)).entries())
    forcing += euclidean((on_e * doc.column(phi.entries())).entries())
    at_most = {
        "error": euclidean(e.entries()),
        "budget": S,
        "movement_w": from_state.max_upper(around.rho),
        "movement_beta": from_state.max_upper(around.tau),
        "bound": (sigma * level).upper(),
    }
    x = doc.column([*e.entries(), *claim.u])
    return MomentumBounds(
        at_most,
        around.rho,
        around.tau,
        spectral_norm(C * M * Ci),
        (state.eta * spectral_norm(size_on * R * size_to) / (1 - mu / q)).upper(),
        (mu * forcing / level).upper(),
        euclidean((C * x).entries()),
    )


def check(claim: DecayWithMomentum) -> Finding:
    """Check a claim of this kind."""
    q, mu = claim.q, claim.mu
    if not q < 1:
        return from_state.refuted(f"rate: q = {float(q):.6g} is not below 1")
    if not mu < q:
        return from_state.refuted(f"rate: q = {float(q):.6g} is not above the momentum, {float(mu):.6g}")
    found = bounds(claim)
    if found is None:
        return from_state.refuted("norm: C is not certainly invertible")
    needs = [(f"conclusions.{key}", need, claim.at_most[key]) for key, need in found.at_most.items()]
    for name, need, radii in (("rho", found.rho, claim.rho), ("tau", found.tau, claim.tau)):
        needs += [(f"tube.{name}, neuron {r}", *pair) for r, pair in enumerate(zip(need, radii, strict=True))]
    needs.append(("level", found.level, claim.level))
    faults = [fault for where, *ends in needs for fault in violations(where, *((arb(0), x) for x in ends))]
    reached = (found.a + found.tube + found.forced).upper()
    if not reached < q:
        cause = "the centre of the tube does not contract" if found.a > q else "the tube is too wide"
        parts = f"{above(up(found.a))} plus tube term {above(up(found.tube))} plus velocity {above(up(found.forced))}"
        excess = violation_size((reached - q) / (1 - q))
        faults.append((excess, f"contraction: {parts} is not below q = {float(q):.6g}; {cause}"))
    proved = {key: up(value) for key, value in found.at_most.items()}
    proved |= {"rate": float(q), "contraction": up(found.a), "perturbation": up(found.tube)}
    proved["forcing"] = up(found.forced)
    decay = f"‖e(t)‖ ≤ {above(proved['bound'], 4)} · {above(proved['rate'])}^t"
    statement = f"{decay} for all t ≥ 0 after step {claim.step}, with momentum {float(mu):.6g}"
    return Finding(faults, proved, statement)
