"""Sharper bounds for one output and smooth ψ, from the second derivatives and the norms that a step has.

`deviation` bounds every sum over neurons by the sum of the norms. So its bounds grow by a third at every step of a run
with inputs of length 12, as in the published experiments, where perturbations of the run hardly grow at all. Here the
linear part of one step is a map of dW, and its operator norm is computed. The notation is that of `deviation`, with k =
1; ``K = XXᵀ``, ``x² = ‖K‖₂``, ``χ = max_i ‖x_i‖``, ``C = ψ''(Z̃)``, ``L₃ = sup |ψ'''|``. Beside ν_r, μ and ε there is
one more bound, ``ν̄ ≥ ‖W − W̃‖``. The step from the exact state is taken with any vector e*, a computed ẽ:

    ŵ_r = w̃_r − s b_r Xᵀ(D̃_r∘e*),    β̂ = κβ̃ − sΨ̃ᵀe*,    ϵ ≥ ‖ẽ − e*‖,    ε* = ε + ϵ ≥ ‖e − e*‖.

``D̂ = ψ'(Ẑ)`` and ``Ψ̂ = ψ(Ẑ)`` belong to (Ŵ, β̂), where the error is ê. Let ``P_r = (−b_r e*∘C_r)₊``, entry by entry,
``ℓ = max_i |e*_i|‖x_i‖``, ``ω = ‖(‖x_i‖ e*_i)_i‖``, K° be K without its diagonal, and let

    g_r ≥ s‖Xᵀdiag(P_r)X‖₂,    h_r ≥ ‖XᵀD̃_r‖₂,    ā² ≥ ‖K∘(D̃ diag(b²) D̃ᵀ)‖₂,
    m_ir = β̂_rD̂_ir − κβ̃_rD̃_ir − s b_rβ̂_r K_ii D̂_ir C_ir e*_i,      R_ij² = Σ_r (s b_rβ̂_r D̂_ir C_jr e*_j)²,
    S_ij² = Σ_r (s b_rβ̂_r D̂_ir C_jr)²,     S'_ij² = Σ_r (s b_rβ̃_r C_ir D̃_jr)²,
    c ≥ ‖K∘mmᵀ‖₂^{1/2} + x‖ |K°|∘R ‖₂,
    B = (η/p) (K∘(D̂ diag(b∘β̂) D̃ᵀ) + Ψ̂Ψ̃ᵀ),    l_r ≥ ‖XᵀD̃_re*‖,    λ ≥ ‖(l_r ν_r)_r‖ + ½L₂xω‖(ν_r²)_r‖.

Theorem. Let ``s‖Xᵀdiag(b_r e*∘C_r)₊X‖₂ ≤ 2`` for every r, or else let P_r be ``|b_r e*∘C_r|``. After the step

    ν̂_r = (1 + g_r)ν_r + s|b_r| (½L₃x²ℓν_r² + (h_r + xL₂χν_r)ε*),
    ν̄̂ = ω̄ + s (āε* + ‖(|b_r| (½L₃x²ℓν_r² + xL₂χν_rε*))_r‖),
         ω̄ = min{ (1 + max g_r)ν̄,  ν̄ + ‖(g_rν_r)_r‖,  (ν̄² + Σ_r (2g_r + g_r²)ν_r²)^{1/2} },
    μ̂ = |κ|μ + s(λ + (Φ + L₁xν̄)ε*),
    ε̂ = ‖κI − B‖₂ε + ‖B‖₂ϵ + p^{-1/2} { cν̄ + χ (ν̄ ‖ |K|∘S ‖₂ + |κ|(ν̄ + ‖j‖) ‖ |K|∘S' ‖₂) ε*
         + |κ|χ Σ_r |β̃_r| (½L₃χ‖v̂_r‖ν_r² + ν̂_r (L₂xj'_r + L₃(max_i |v̂_ir| + χν̂_r) s|b_r|xh_rε*)) + ½L₂xχ Σ_r |ũ_r|ν̂_r²
         + ½sL₁L₃x² Σ_r |b_rβ̂_r| (ℓx + χ²ε*)ν_r² + |κ| L₁ (M + x‖j‖) μ
         + s [xL₁ν̄̂(Φ + L₁xν̄) + Φ̂L₁xν̄] ε* + s (Φ̂ + L₁xν̄̂) λ },        Φ̂ = Φ + L₁M,   v̂_r = ẑ_r − z̃_r,
         j'_r = s|b_r| xL₂ (x max_i |e*_i| + χε*)ν_r,     j_r = j'_r + s|b_r|h_rε*,     ũ = sΨ̃ᵀe*

bound the distances of W⁺, β⁺ and e⁺ from Ŵ, β̂ and ê. To those from the next exact state, with ``‖N̂_r − Ñ⁺_r‖ ≤ δ_r``
and ``‖N̂ − Ñ⁺‖ ≤ δ_N``, one adds ``xδ_r``, ``xδ_N``, ``δ_β`` and ``p^{-1/2} (L₁x²δ_N‖β̃⁺‖ + Φ̂δ_β)``.

Proof. Write ``dw_r⁺ = w_r⁺ − ŵ_r``, ``de* = e − e*``, ``dD_r = C_r∘dz_r + ρ_r``, ``|ρ_ir| ≤ ½L₃dz_ir²``. Then

    dw_r⁺ = (I − s b_rXᵀdiag(e*∘C_r)X) dw_r − s b_rXᵀ(ρ_r∘e* + dD_r∘de*) − s b_rXᵀ(D̃_r∘de*).

The matrix is I plus ``sXᵀdiag(P_r)X`` less a positive semidefinite matrix of norm at most 2; I less that matrix has a
norm of at most 1. So the first term is at most ``(1 + g_r)‖dw_r‖``, and all of them together at most ω̄: for the second
bound add up the two parts by neuron, for the third the squares. ``‖ρ_r∘e*‖ ≤ ½L₃ℓν_r‖dz_r‖`` and ``‖dD_r∘de*‖ ≤
L₂χν_rε*``. As ``Σ_r b_r²‖Xᵀ(D̃_r∘v)‖² = vᵀ(K∘(D̃ diag(b²) D̃ᵀ))v``, ν̂ and ν̄̂ follow. ``β⁺ − β̂ = κdβ − s(dΨᵀe* +
Ψᵀde*)``, and ``‖dΨᵀe*‖ ≤ λ`` as in `deviation`; hence μ̂. From ``Ψ⁺β⁺ − Ψ̂β̂ = (Ψ⁺ − Ψ̂)β̂ + Ψ⁺(β⁺ − β̂)`` and ``Ψβ −
Ψ̃β̃ = (Ψ − Ψ̃)β̃ + Ψdβ``,

    √p(e⁺ − ê) − κ√p de = (Ψ⁺ − Ψ̂)β̂ − κ(Ψ − Ψ̃)β̃ + κ(Ψ⁺ − Ψ)dβ − sΨ⁺(dΨᵀe* + Ψᵀde*).

Let ``q(z, t) = ψ(z + t) − ψ(z) − ψ'(z)t``, for which ``|q| ≤ ½L₂t²`` and ``|∂q/∂z| ≤ ½L₃t²``. The first two terms are
``Σ_r (β̂_rD̂_r∘dz_r⁺ − κβ̃_rD̃_r∘dz_r)`` and ``Σ_r (κβ̃_r(q(ẑ_r, dz_r⁺) − q(z̃_r, dz_r)) − ũ_rq(ẑ_r, dz_r⁺))``. Here
``q(ẑ, dz⁺) − q(ẑ, dz)`` is ``dz⁺ − dz`` times a mean of ``ψ'(ẑ + t) − ψ'(ẑ)`` for t between dz and dz⁺, which is at
most ``(|C| + L₃(|v̂| + |t|))|t|``, and ``L₂|t|``. As ``|t| ≤ χν̂_r``, and ``dz_r⁺ − dz_r`` is ``−s b_rK(D̃_r∘de*)`` and
what is at most ``xj'_r``, that leaves the terms with L₂j' and L₃, and one of which entry i is at most ``Σ_j
|K_ij|S'_ij|de*_j|`` times the norm of row i of t, itself at most ``χ(ν̄ + ‖j‖)``. With ``dz_r⁺ = dz_r −
s b_rK(C_r∘e*∘dz_r + D̃_r∘de* + ρ_r∘e* + C_r∘dz_r∘de* + ρ_r∘de*)`` the first sum is

    Σ_r m_r∘dz_r − s Σ_r b_rβ̂_r D̂_r∘K°(C_r∘e*∘dz_r) − s (K∘(D̂ diag(b∘β̂) D̃ᵀ)) de*,

and terms with S, as row j of dz is at most χν̄, and with ``½L₃``. The map ``dW ↦ Σ_r m_r∘Xdw_r`` has the norm ``‖Σ_r
diag(m_r)K diag(m_r)‖₂^{1/2}``. Entry i of the next is at most ``Σ_j |K°_ij| R_ij ‖(dz_jr)_r‖`` by Cauchy–Schwarz over
r, and the norm of these norms is ``‖XdWᵀ‖ ≤ xν̄``. Last, ``‖Ψ⁺ − Ψ‖ ≤ L₁‖Z⁺ − Z‖``, where ``Z⁺ − Z = Ẑ − Z̃ + dZ⁺ −
dZ``; and ``Ψ⁺Ψᵀ = Ψ̂Ψ̃ᵀ + (Ψ⁺ − Ψ̂)Ψᵀ + Ψ̂(Ψ − Ψ̃)ᵀ``, with ``‖Ψ̂ − Ψ̃‖ ≤ L₁M``. What acts on de* is ``−B``, and
``κde − Bde* = (κI − B)de + B(e* − ẽ)``. The last claim is that of `deviation`. ∎

Bounds used: ``‖Xᵀdiag(q)X‖₂ = ‖K diag(q)‖`` in the largest eigenvalue, for q ≥ 0, is at most ``max_i Σ_j |K_ij|q_j``
and at most ``(Σ_ij q_iK_ij²q_j)^{1/2}``; so are g_r and, with ``q = D̃_r²``, the square of h_r, where ``Σ_j`` is
``|D̃_ir| Σ_j |K_ij||D̃_jr|``. Numbers ν_r larger than ν̄ are replaced by it.

In floats, or pairs of floats, e* is the computed error, so that its own error ϵ is no part of δ_N and δ_β. The high
parts of e*, β̃ and β̃⁺ are off by ``errors.beta`` of themselves, which is 0 for floats. D̂, Ψ̂ and β̂ are those computed
at the next exact state; ``|Ẑ − Z̃⁺| ≤ max_i ‖K_i‖δ_N`` and ``‖β̂ − β̃⁺‖ ≤ δ_β`` are added to what these are off. ψ'' is a
polynomial in z, ψ and ψ' (`second`). Sums of numbers ≥ 0 are enlarged by ``1 + 2γ``, and by 2^-600 for what underflows:
at most 2^26 products of up to six factors, each below 2^60, after one below 2^-1075.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from flint import arb, ctx

from fa_theory.checker import document as doc
from fa_theory.checker.binary64.bounds import (
    TINY,
    Array,
    Upper,
    above,
    column_norms,
    gamma,
    largest,
    norm,
    spectral_norm,
)
from fa_theory.checker.binary64.products import OutOfRange
from fa_theory.checker.binary64.tables import THIRD

from .floats import _BITS, ROUGH, SHARP, FloatShadow, FloatStep, Orbit, u

_MOST = 2.0**60
_SLACK = 2.0**-600


def covers(state: doc.ExactState) -> bool:
    """Whether the theorem is about this network."""
    return state.activation in THIRD and state.k == 1


def second(activation: str, step: FloatStep) -> tuple[Array, arb]:
    """ψ''(Z̃), and by how much no entry is off.

    ``−2ψψ'`` for tanh, ``−2zψ'`` for erf, ``ψ'(1 − 2ψ)`` for sigmoid and ``ψ'(1 − ψ')`` for softplus.
    """
    Z, psi, D, by = step.Z, step.features, step.slopes, step.errors
    tops = [largest(A) for A in (Z, psi, D)]
    match activation:
        case "linear":
            return np.zeros_like(Z), arb(0)
        case "tanh":
            C, off = -2 * psi * D, 2 * (tops[1] * by.sigma + by.phi * (tops[2] + by.sigma))
        case "erf":
            C, off = -2 * Z * D, 2 * (tops[0] * by.sigma + by.zeta * (tops[2] + by.sigma))
        case "sigmoid":
            C, off = D * (1 - 2 * psi), (1 + 2 * tops[1]) * by.sigma + 2 * by.phi * (tops[2] + by.sigma)
        case "softplus":
            C, off = D * (1 - D), (1 + 2 * tops[2]) * by.sigma + by.sigma**2
        case _:
            raise ValueError(f"there is no formula for the second derivative of {activation}")
    return C, off + 4 * u * (1 + 2 * max(tops[1], tops[2], key=float)) * (1 + tops[0]) * (1 + tops[2]) + _SLACK


@dataclass(frozen=True)
class SharpStep(FloatStep):
    """A step that is taken with the computed e, and what is there afterwards."""

    features_next: Array
    slopes_next: Array
    phi_next: arb
    """By how much Ψ̂ is off, at most, in every entry."""
    sigma_next: arb
    """The same for D̂."""
    delta_rows: Upper
    """δ_r."""
    far: arb
    """By how much no entry of ẽ is off from e*."""

    def sizes(self, column: Array) -> Upper:
        """Numbers ≥ the absolute values of e*, β̃ or β̃⁺, of which the column has the high parts."""
        return Upper(np.abs(column[:, 0])) * above(1 + self.errors.beta)


class SharpOrbit(Orbit):
    """The steps, taken with the computed e."""

    def received(self, far: arb) -> arb:
        """What ẽ is does not matter."""
        return arb(0)

    def step(self, N: Array, beta: Array, keep: arb, known: tuple[Array, arb] | None = None) -> tuple[Array, SharpStep]:
        """Ñ⁺ and the step."""
        N_next, step = super().step(N, beta, keep, known)
        with ctx.workprec(_BITS):
            found, zeta = self.values(step.Z_next), step.zeta_next
            moved = largest_row_product(self.K.full) * step.delta_n
            e_size, R = norm(step.e), step.e @ self.F
            rows = column_norms(step.pull) * above(u) + column_norms(R) * above(step.errors.sigma)
            rows = rows + above(self.L1 * e_size) * (Upper(np.abs(self.F[0])) * above(2 * u) + above(self.F_entry))
            rows = rows + column_norms(N_next) * above(u) + Upper(_SLACK)
            return N_next, SharpStep(
                **vars(step),
                features_next=found.features,
                slopes_next=found.slopes,
                phi_next=found.feature_error + self.L1 * (zeta + moved),
                sigma_next=found.slope_error + self.L2 * (zeta + moved),
                delta_rows=rows,
                far=step.errors.epsilon,
            )


def largest_row_product(K: Array) -> arb:
    """Number ≥ ``max_i ‖K_i‖``, by which no entry of KN is larger than a norm of N; K was rounded to nearest."""
    return arb(float(column_norms(K.T).x.max())) * (1 + 4 * u) + len(K) * TINY


class SharpShadow(FloatShadow):
    """Carries the bounds along: `further` is the theorem."""

    def __init__(self, state: doc.ExactState) -> None:
        super().__init__(state)
        with ctx.workprec(_BITS):
            self.activation, self.L3 = state.activation, arb(THIRD[state.activation]).upper()
            sizes = Upper(np.abs(self.K)) + above(self.K_off)
            self.K_abs, self.K_squares = sizes.x, (sizes * sizes).x
            self.K_diagonal = self.K.diagonal().copy()
            self.K_rest = self.K_abs * (1 - np.eye(self.n))
            self.b_one = self.b_floats[:, 0]
            self.b_top = largest(self.b_one)

    def further(  # type: ignore[override]
        self, at: SharpStep, nu: Upper, whole: arb, mu: arb, epsilon: arb
    ) -> tuple[Upper, arb, arb, arb]:
        """Bounds after a step: ν, ν̄, μ and ε."""
        with ctx.workprec(_BITS):
            n, p, s, x, L1, L2, L3 = self.n, self.p, self.s, self.x, self.L1, self.L2, self.L3
            self.refuse_large(at)
            C, C_off = second(self.activation, at)
            nu = Upper(np.minimum(nu.x, above(whole).x))
            squares, size, kept = nu * nu, self.size, abs(at.keep)
            share = at.errors.beta
            far = arb(n).sqrt() * at.far
            star = epsilon + far
            errors = at.sizes(at.e)
            lever = largest((self.long * errors).x)

            g, h = self.growth(at, C, C_off), self.reach(at)
            g_nu, g_top = g * nu, largest(g.x)
            bend, tilt = above(s * L3 / 2 * x * x * lever), above(s * x * L2 * self.chi * star)
            turned = size * (bend * squares + tilt * nu)
            received = size * (above(s * star) * h)
            nu_hat = nu + g_nu + turned + received
            stirred = size * (above(s * x * L2 * (x * largest(errors.x) + self.chi * star)) * nu)
            j = (stirred + received).norm()
            grown = min(
                whole * (1 + g_top),
                whole + g_nu.norm(),
                (whole**2 + g_nu.dot(Upper(2.0) * nu + g_nu)).sqrt(),
                key=lambda bound: float(bound.upper()),
            )
            whole_hat = grown + s * star * self.together(at) + turned.norm()

            exact = replace(at, errors=replace(at.errors, epsilon=share * largest(at.e)))
            lean = self.lean(exact)
            leaning = min((lean * nu).norm(), largest(lean.x) * whole, key=lambda bound: float(bound.upper()))
            gathered = leaning + L2 / 2 * x * (self.long * errors).norm() * squares.norm()

            G = at.features @ at.features.T / p
            psi_size, phi_error = norm(at.features), arb(n * p).sqrt() * at.errors.phi
            G_error = (2 * gamma(p + 2) * psi_size**2 + phi_error * (2 * psi_size + phi_error)) / p + _SLACK
            phi = ((spectral_norm(G, ROUGH) + G_error) * p).sqrt()
            V, V_error = self.moved(at)
            moved = norm(V) + V_error
            phi_hat = phi + L1 * moved
            near, near_hat = L1 * x * whole, L1 * x * whole_hat

            beta_size, beta_hat = at.sizes(at.beta), at.sizes(at.beta_next) + above(at.delta_beta)
            propagator, passed = self.kernels(at)
            c, S, S_before = self.linear(at, C, C_off, beta_hat)
            sway = above(largest(V) + V_error) + above(self.chi) * nu_hat
            terms = (
                c * whole,
                self.chi * (S * whole + kept * S_before * (whole + j)) * star,
                kept * L3 / 2 * self.chi**2 * (beta_size * (column_norms(V) + above(V_error))).dot(squares),
                kept * self.chi * x * (beta_size * nu_hat).dot(above(L2) * stirred + above(L3) * sway * received),
                L2 / 2 * x * self.chi * (column_norms(at.turn.T) + above(at.turn_error)).dot(nu_hat * nu_hat),
                s * L1 * L3 / 2 * x * x * (lever * x + self.chi**2 * star) * (size * beta_hat).dot(squares),
                kept * L1 * (moved + x * j) * mu,
                s * (near_hat * (phi + near) + phi_hat * near) * star,
                s * (phi_hat + near_hat) * gathered,
                L1 * x * x * at.delta_n * norm(at.beta_next) * (1 + share) + phi_hat * at.delta_beta,
            )  # fmt: skip
            epsilon_next = propagator * epsilon + passed * far + sum(terms, arb(0)) / arb(p).sqrt()
            mu_next = kept * mu + s * (gathered + (phi + near) * star) + at.delta_beta
            return (
                nu_hat + above(x) * at.delta_rows,
                (whole_hat + x * at.delta_n).upper(),
                mu_next.upper(),
                epsilon_next.upper(),
            )

    def refuse_large(self, at: SharpStep) -> None:
        """Products of these numbers neither overflow nor, but for the slack, underflow."""
        parts = (self.K, self.b_floats, at.e, at.beta, at.beta_next, at.slopes, at.slopes_next, at.Z)
        if not all(size < _MOST for size in (self.s, abs(at.keep), *map(largest, parts))):
            raise OutOfRange("numbers of more than 60 bits before the point")

    def growth(self, at: SharpStep, C: Array, C_off: arb) -> Upper:
        """g of the theorem."""
        n, e, b, errors = self.n, at.e, self.b_one, at.sizes(at.e)
        one_way = -(b * (e * C)) * float(above(1 + at.errors.beta).x)
        opposite = self.s * self.x**2 * self.b_top * largest(errors.x) * (largest(C) + C_off)
        P = np.maximum(one_way, 0.0) if opposite <= 2 else np.abs(one_way)
        P = P + errors.x[:, None] * np.abs(b) * above(C_off).x
        return above(self.s) * self.quadratic(P, n)

    def reach(self, at: SharpStep) -> Upper:
        """h of the theorem."""
        D = np.abs(at.slopes) + above(at.errors.sigma).x
        rows = Upper((D * (self.K_abs @ D)).max(axis=0) * (1 + 2 * gamma(self.n + 8)) + _SLACK)
        squares = D * D
        whole = np.einsum("ir,ir->r", squares, self.K_squares @ squares)
        both = Upper(whole * (1 + 2 * gamma(2 * self.n + 16)) + _SLACK).sqrt()
        return Upper(np.minimum(rows.x, both.x)).sqrt()

    def quadratic(self, P: Array, n: int) -> Upper:
        """Numbers ≥ ``‖Xᵀdiag(q)X‖₂`` for the columns q of P, which were rounded six times at most."""
        rows = Upper((self.K_abs @ P).max(axis=0) * (1 + 2 * gamma(n + 8)) + _SLACK)
        whole = np.einsum("ir,ir->r", P, self.K_squares @ P)
        both = Upper(whole * (1 + 2 * gamma(2 * n + 16)) + _SLACK).sqrt()
        return Upper(np.minimum(rows.x, both.x))

    def together(self, at: SharpStep) -> arb:
        """ā of the theorem."""
        D, b = at.slopes, self.b_one
        left = D * b
        size, off = norm(left), at.errors.sigma * arb(self.n).sqrt() * norm(b)
        Q = left @ left.T
        error = (2 * gamma(self.p + 3)) * size**2 + off * (2 * size + off) + _SLACK
        return (spectral_norm(self.K * Q, ROUGH) + self.times_K(norm(Q), error)).sqrt()

    def times_K(self, size: arb, error: arb) -> arb:
        """By how much ``K∘Q`` is off, for Q of this norm and with this error."""
        return (self.chi**2 + self.K_off) * (error + 2 * u * size) + self.K_off * size + _SLACK

    def linear(self, at: SharpStep, C: Array, C_off: arb, beta_hat: Upper) -> tuple[arb, arb, arb]:
        """c of the theorem, and the norms of ``|K|∘S`` and ``|K|∘S'``."""
        n, p, s, x, L1, L2, chi = self.n, self.p, self.s, self.x, self.L1, self.L2, self.chi
        e, beta, beta_next, b = at.e, at.beta[:, 0], at.beta_next[:, 0], self.b_one
        s_float, keep = float(s.mid()), float(at.keep.mid())
        weights = s_float * (b * beta_next)
        first, earlier = at.slopes_next * beta_next, keep * (at.slopes * beta)
        bent = (self.K_diagonal[:, None] * e) * (at.slopes_next * C) * weights
        m = (first - earlier) - bent
        root, errors, share = arb(n).sqrt(), at.sizes(at.e), at.errors.beta
        by, by_next = at.errors.sigma, at.sigma_next
        off = (12 * u + 3 * share) * (norm(first) + norm(earlier) + norm(bent)) + abs(s - s_float) / s * norm(bent)
        size, size_next = norm(beta) * (1 + share), norm(beta_next) * (1 + share)
        off += at.delta_beta * root * L1 + by_next * root * size_next
        off += abs(at.keep) * root * by * size + abs(at.keep - keep) * root * (L1 + by) * size
        pairs = norm(b * beta_next) * (1 + 2 * u) * (1 + share)
        slack = self.b_top * at.delta_beta * L1 * L2 + pairs * (L1 * C_off + (L2 + C_off) * by_next)
        slack = chi**2 * slack + self.K_off * pairs * (L1 + by_next) * (L2 + C_off)
        off += s * root * largest(errors.x) * slack + _SLACK
        Q = m @ m.T
        inner = spectral_norm(self.K * Q, ROUGH) + self.times_K(norm(Q), 2 * gamma(p) * norm(m) ** 2 + _SLACK)

        sizes = np.abs(C) + above(C_off).x
        weight, weight_before = (above(s).x * (np.abs(b) * size) for size in (beta_hat.x, at.sizes(at.beta).x))
        S = self.paired((np.abs(at.slopes_next) + above(by_next).x) * weight, sizes)
        S_before = self.paired(sizes * weight_before, np.abs(at.slopes) + above(by).x)
        outer, after, before = (
            spectral_norm(M, ROUGH) * (1 + 8 * u) + _SLACK
            for M in (self.K_rest * (S * errors.x), self.K_abs * S, self.K_abs * S_before)
        )
        return inner.sqrt() + x * (off + outer), after, before

    def paired(self, left: Array, right: Array) -> Array:
        """Numbers ≥ ``(Σ_r left_ir² right_jr²)^{1/2}``, for numbers that were rounded four times at most."""
        found: Array = np.sqrt((left**2 @ (right**2).T) * (1 + 2 * gamma(self.p + 16)) + _SLACK)
        return found

    def moved(self, at: SharpStep) -> tuple[Array, arb]:
        """``Z̃ − Ẑ``, and by how much it is off as a whole."""
        V = self.K @ at.pull
        pull_size = norm(at.pull)
        error = (gamma(self.n) * self.K_size + self.K_error) * pull_size + _SLACK
        return V, error + (self.K_size + self.K_error) * at.pull_error

    def kernels(self, at: SharpStep) -> tuple[arb, arb]:
        """``‖κI − B‖₂`` and ``‖B‖₂``."""
        n, p, eta, keep = self.n, self.p, self.eta_float, float(at.keep.mid())
        b, wide, share = self.b_one, arb(self.n * self.p).sqrt(), at.errors.beta
        left = at.slopes_next * (b * at.beta_next[:, 0])
        Q, G = left @ at.slopes.T, at.features_next @ at.features.T
        sizes = norm(left), norm(at.slopes) + wide * at.errors.sigma
        error = (2 * gamma(p + 3) + share) * sizes[0] * sizes[1] + sizes[0] * wide * at.errors.sigma
        error += at.sigma_next * arb(n).sqrt() * norm(b * at.beta_next[:, 0]) * (1 + 2 * u) * (1 + share) * sizes[1]
        error += n * self.L1**2 * norm(b) * at.delta_beta + _SLACK
        H_error = self.times_K(norm(Q), error)
        psi = norm(at.features_next), norm(at.features) + wide * at.errors.phi
        G_error = 2 * gamma(p) * psi[0] * psi[1] + (psi[0] + wide * at.phi_next) * wide * at.errors.phi
        G_error += wide * at.phi_next * psi[1] + _SLACK
        kernel = self.K * Q + G
        B = (eta / p) * kernel
        B_error = abs(self.eta) / p * (H_error + G_error) + 8 * u * abs(self.eta) / p * (norm(self.K * Q) + norm(G))
        A = keep * np.eye(n) - B
        A_error = B_error + 4 * u * (norm(A) + norm(B)) + abs(at.keep - keep) + _SLACK
        return spectral_norm(A, SHARP) + A_error, norm(B) + B_error + _SLACK
