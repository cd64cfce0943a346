"""Contraction on a tube in which some slopes are wide: ReLU neurons at their kinks.

Condition (3) of `fa_theory.checker.decay` forgets where an uncertain kernel comes from. Here every wide slope keeps its
place. In the notation of that module, with ``c_r = b_r(β_r ± τ_r)`` and ``κ_ij = x_i·x_j``, the kernels on the tube are

    (G̃ + H̃)_ij = p⁻¹ Σ_r ( 𝐩_ir 𝐩_jr + κ_ij c_r s_ir d_jr ),     s_ir, d_ir ∈ 𝐬_ir independently.

For a wide slope let l, h be the ends of 𝐬_ir (l ≥ 0 as ψ is non-decreasing) and ``m, ρ = (h ± l)/2``; for a narrow
one let all four be 0. Let D be the slopes, with 0 for the wide ones. Then ``G̃ + H̃ = 𝐍 + Σ_k θ_k u_k v_kᵀ``,
``|θ_k| ≤ 1``, where

    𝐍_ij = p⁻¹ Σ_r ( 𝐩_ir 𝐩_jr + κ_ij c_r ( (D+m)_ir (D+m)_jr − m_ir m_jr + ½ (l_ir l_jr + h_ir h_jr) ) )

and the terms ``u_k v_kᵀ`` are, with e_i the unit vectors,

    for each wide slope ``e_i wᵀ`` and ``w e_iᵀ``, where ``w_j = ρ_ir c_r p⁻¹ κ_ij D_jr`` (wide times narrow slopes)
    for all i, j ``e_i P_ij e_jᵀ``, where ``P_ij = ½ |κ_ij| p⁻¹ Σ_r |c_r| (h_ir h_jr − l_ir l_jr)`` (both wide).

Theorem. Let N be the midpoint and R the radius of 𝐍, ``A = C(I − ηN)C⁻¹`` and ``s = η ‖ |C| R |C⁻¹| ‖₂``. With
any t_k > 0 let ``E = η Σ_k t_k (Cu_k)(Cu_k)ᵀ`` and ``F = η Σ_k t_k⁻¹ (C⁻ᵀv_k)(C⁻ᵀv_k)ᵀ``. If q > 0 and

    (3')   ( (q² − qs) I − F        Aᵀ       )
           (       A         (1 − s/q) I − E )  ≻ 0

then ``‖C(I − η(G̃ + H̃))C⁻¹‖₂ < q`` for all kernels on the tube, and (3') can stand for (3).

Proof. A kernel is ``N + Δ + Σ θ_k u_k v_kᵀ`` with ``|Δ| ≤ R``. For all vectors x, y

    −2ηyᵀCΔC⁻¹x ≥ −2s|x||y| ≥ −qs|x|² − (s/q)|y|²
    −2ηθ_k (yᵀCu_k)(v_kᵀC⁻¹x) ≥ −η t_k (yᵀCu_k)² − η t_k⁻¹ (v_kᵀC⁻¹x)².

Therefore, with ``M = C(I − η(G̃ + H̃))C⁻¹``, the form ``q²|x|² + 2yᵀMx + |y|²`` is at least that of (3') at (x, y), so
it is positive unless x = y = 0; at y = −Mx it is ``q²|x|² − |Mx|²``. ∎

With no wide slopes (3') is ``‖A‖₂ < q − s``, which is (3). The t_k give Cu_k and C⁻ᵀv_k about the same length.
"""

from __future__ import annotations

from math import hypot, inf

from flint import arb, arb_mat

from .linalg import elementwise, identity, positive_definite, spectral_norm, up

WIDE = 0.125
"""Radius from which a slope is treated as wide. Any choice is sound."""


def contract(
    C: arb_mat, Ci: arb_mat, q: arb, eta: arb, inputs: arb_mat, features: arb_mat, slopes: arb_mat, feedback: list[arb]
) -> bool:
    """Whether (3') certainly holds; False at once if no slope is wide.

    Parameters
    ----------
    C, Ci, q, eta
        The norm, its inverse, the rate and the step size.
    inputs
        ``XXᵀ``.
    features, slopes
        Enclosures 𝐩, 𝐬 of ψ and ψ' on the tube, n×p; ψ is non-decreasing.
    feedback
        Enclosures of ``b_r β_r`` on the tube.
    """
    n, p = slopes.nrows(), slopes.ncols()
    wide = [k for k, s in enumerate(slopes.entries()) if not s.rad() < WIDE]
    if not wide or not q > 0:
        return False
    low, high, certain = [arb(0)] * (n * p), [arb(0)] * (n * p), slopes.entries()
    for k in wide:
        low[k], high[k], certain[k] = certain[k].lower().max(arb(0)), certain[k].upper(), arb(0)
    L, H, D = (arb_mat(n, p, entries) for entries in (low, high, certain))
    m = (L + H) * arb(0.5)
    both = (weighted(L, feedback) + weighted(H, feedback)) * arb(0.5)
    products = weighted(D + m, feedback) - weighted(m, feedback) + both
    N = (features * features.transpose() + elementwise(lambda x, h: x * h, inputs, products)) * (1 / arb(p))
    A = C * (identity(n) - N.mid() * eta) * Ci
    R = elementwise(lambda k: k.rad(), N)
    s = (eta * spectral_norm(elementwise(abs, C) * R * elementwise(abs, Ci))).upper()

    unit, terms = identity(n).tolist(), []
    for k in wide:
        i, r = divmod(k, p)
        force = (high[k] - low[k]) / 2 * feedback[r] / p
        w = [force * inputs[i, j] * certain[j * p + r] for j in range(n)]
        terms += [(unit[i], w), (w, unit[i])]
    sizes = [abs(c) for c in feedback]
    P = elementwise(lambda x, h: abs(x) * h / (2 * p), inputs, weighted(H, sizes) - weighted(L, sizes))
    terms += [(unit[i], [P[i, j] * x for x in unit[j]]) for i in range(n) for j in range(n)]
    terms = [(u, v) for u, v in terms if not (is_zero(u) or is_zero(v))] or [([arb(0)] * n, [arb(0)] * n)]
    U, V = C * arb_mat([u for u, _ in terms]).transpose(), Ci.transpose() * arb_mat([v for _, v in terms]).transpose()
    ratios = [length(v) / length(u) for u, v in zip(*(M.transpose().tolist() for M in (U, V)), strict=True)]
    t = [arb(x if 0 < x < inf else 1) for x in ratios]
    E, F = weighted(U, [eta * x for x in t]), weighted(V, [eta / x for x in t])
    top, bottom = identity(n) * (q * q - q * s) - F, identity(n) * (1 - s / q) - E
    blocks = [*beside(top, A.transpose()), *beside(A, bottom)]
    return positive_definite(arb_mat(blocks))


def weighted(M: arb_mat, weights: list[arb]) -> arb_mat:
    """``M diag(weights) Mᵀ``."""
    scaled = [x * weights[k % len(weights)] for k, x in enumerate(M.entries())]
    return arb_mat(M.nrows(), M.ncols(), scaled) * M.transpose()


def is_zero(v: list[arb]) -> bool:
    """Whether a vector is certainly 0."""
    return all(x == 0 for x in v)


def length(v: list[arb]) -> float:
    """About ``‖v‖``; only the weights t depend on it."""
    return hypot(*(up(abs(x)) for x in v)) or 2.0**-500


def beside(left: arb_mat, right: arb_mat) -> list[list[arb]]:
    """Rows of two matrices side by side."""
    return [a + b for a, b in zip(left.tolist(), right.tolist(), strict=True)]
