"""Contraction on a tube in which some slopes are wide: ReLU neurons at their kinks.

Condition (3) of `from_state` ignores the structure of the uncertain kernel. Here every wide slope is kept
separate. In the notation of that module, with ``κ_ij = x_i·x_j``, the kernels on the tube are

    (G̃⊗I + H̃)_(i,c),(j,c') = p⁻¹ Σ_r ( 𝐩_ir 𝐩_jr 1[c=c'] + κ_ij s_ir β'_rc d_jr b_rc' ),

``s_ir, d_ir ∈ 𝐬_ir`` independently, ``β'_rc ∈ β_rc ± τ_r``. For a wide slope let l, h be the ends of 𝐬_ir (l ≥ 0 as ψ
is non-decreasing) and ``m, ρ = (h ± l)/2``; for a narrow one let all four be 0. Let D be the slopes, with 0 for the
wide ones. Then the kernel is ``𝐍 + Σ_a θ_a u_a v_aᵀ``, ``|θ_a| ≤ 1``, where 𝐍 has

    (D+m)_ir (D+m)_jr − m_ir m_jr + ½ (l_ir l_jr + h_ir h_jr)     in place of     s_ir d_jr

and the terms ``u vᵀ`` are, with e_i and e_a the unit vectors of ℝⁿ and ℝⁿᵏ,

    wide times narrow slopes:   u = e_i ⊗ β'_r,                       v_(j,c') = ρ_ir p⁻¹ κ_ij D_jr b_rc'
                                u_(j,c) = ρ_ir p⁻¹ κ_ij D_jr β'_rc,   v = e_i ⊗ b_r        for each wide slope
    both wide:                  u = e_a,  v = P_ab e_b                                     for all a = (i,c), b = (j,c')

with ``P_ab = ½ |κ_ij| p⁻¹ Σ_r |β'_rc| |b_rc'| (h_ir h_jr − l_ir l_jr)``.

Theorem. Let N be the midpoint and R the radius of 𝐍, ``A = C(I − ηN)C⁻¹`` and ``s = η ‖ |C| R |C⁻¹| ‖₂``. With
any t_a > 0 let ``E = η Σ_a t_a (Cu_a)(Cu_a)ᵀ`` and ``F = η Σ_a t_a⁻¹ (C⁻ᵀv_a)(C⁻ᵀv_a)ᵀ``. If q > 0 and

    (3')   ( (q² − qs) I − F        Aᵀ       )
           (       A         (1 − s/q) I − E )  ≻ 0

then ``‖C(I − η(G̃⊗I + H̃))C⁻¹‖₂ < q`` for all kernels on the tube, and (3') can replace (3).

Proof. A product of two slopes is ``(D+m+θρ)_ir (D+m+θ'ρ)_jr``; as D is 0 where m and ρ are not, what is neither in
``(D+m)(D+m)`` nor a term with one D is ``s_ir d_jr ∈ [l_ir l_jr, h_ir h_jr]``, for two wide slopes. So a kernel is
``N + Δ + Σ θ_a u_a v_aᵀ`` with ``|Δ| ≤ R``. For all vectors x, y

    −2ηyᵀCΔC⁻¹x ≥ −2s|x||y| ≥ −qs|x|² − (s/q)|y|²
    −2ηθ_a (yᵀCu_a)(v_aᵀC⁻¹x) ≥ −η t_a (yᵀCu_a)² − η t_a⁻¹ (v_aᵀC⁻¹x)².

Therefore, with ``M = C(I − η(G̃⊗I + H̃))C⁻¹``, the form ``q²|x|² + 2yᵀMx + |y|²`` is at least that of (3') at (x, y), so
it is positive unless x = y = 0; at y = −Mx it is ``q²|x|² − |Mx|²``. ∎

With no wide slopes (3') is ``‖A‖₂ < q − s``, which is (3). The t_a give Cu_a and C⁻ᵀv_a approximately equal length. For
the terms of P that is ``t = P_ab ν_b/μ_a``, ``μ_a = ‖Ce_a‖``, ``ν_b = ‖C⁻ᵀe_b‖``, so that they add
``η C diag(Σ_b P_ab ν_b/μ_a) Cᵀ`` to E and ``η C⁻ᵀ diag(Σ_a P_ab μ_a/ν_b) C⁻¹`` to F.
"""

from __future__ import annotations

from operator import mul

from flint import arb, arb_mat

from fa_theory.checker.linalg import elementwise, euclidean, identity, positive_definite, row_products, spectral_norm

Weights = tuple[arb_mat, arb_mat]
"""β and b, each k×p."""

WIDE = 0.125
"""Radius from which a slope is treated as wide. Any choice is sound."""
MAX_WIDE = 200_000
"""Largest number of wide slopes times errors; larger problems are not attempted."""


def contract(
    C: arb_mat, Ci: arb_mat, q: arb, eta: arb, inputs: arb_mat, gram: arb_mat, slopes: arb_mat, weights: Weights
) -> bool:
    """Whether (3') certainly holds; False at once if no slope is wide, or too many.

    Parameters
    ----------
    C, Ci, q, eta
        The norm, its inverse, the rate and the step size.
    inputs, gram
        ``x_i·x_j`` and an enclosure of ``Σ_r 𝐩_ir 𝐩_jr 1[c=c']``, nk×nk.
    slopes
        Enclosure 𝐬 of ψ' on the tube, n×p; the caller has checked that ψ is non-decreasing.
    weights
        Enclosure of β on the tube, and b, k×p.
    """
    n, p, k = slopes.nrows(), slopes.ncols(), weights[1].nrows()
    wide = [a for a, s in enumerate(slopes.entries()) if not s.rad() < WIDE]
    if not 0 < len(wide) * n * k <= MAX_WIDE or not q > 0:
        return False
    low, high, certain = [arb(0)] * (n * p), [arb(0)] * (n * p), slopes.entries()
    for a in wide:
        low[a], high[a], certain[a] = certain[a].lower().max(arb(0)), certain[a].upper(), arb(0)
    L, H, D = (arb_mat(n, p, entries) for entries in (low, high, certain))
    m = (L + H) * arb(0.5)
    both = (products(L, weights) + products(H, weights)) * arb(0.5)
    N = (gram + elementwise(mul, inputs, products(D + m, weights) - products(m, weights) + both)) * (1 / arb(p))
    A, s = one_step(C, Ci, eta, N)

    U, V, zero, rows = [], [], [arb(0)] * (n * k), inputs.tolist()
    ends = [M.transpose().tolist() for M in weights]
    sides = [row_products(D, M).transpose().tolist() for M in weights]
    for a in wide:
        i, r = divmod(a, p)
        pull = [(high[a] - low[a]) / 2 / p * x for x in rows[i * k]]
        wide_beta, wide_b = ([*zero[: i * k], *end[r], *zero[(i + 1) * k :]] for end in ends)
        narrow_beta, narrow_b = (list(map(mul, pull, side[r])) for side in sides)
        U += [wide_beta, narrow_beta]
        V += [narrow_b, wide_b]
    CU, CV = C * arb_mat(U).transpose(), Ci.transpose() * arb_mat(V).transpose()
    t = [length(v) / length(u) for u, v in zip(CU.transpose().tolist(), CV.transpose().tolist(), strict=True)]
    sizes = elementwise(abs, weights[0]), elementwise(abs, weights[1])
    P = elementwise(lambda x, h: abs(x) * h / (2 * p), inputs, products(H, sizes) - products(L, sizes))
    mu, nu = [length(side) for side in C.transpose().tolist()], [length(row) for row in Ci.tolist()]
    on_rows = [x / size for x, size in zip((arb_mat([nu]) * P.transpose()).entries(), mu, strict=True)]
    on_columns = [x / size for x, size in zip((arb_mat([mu]) * P).entries(), nu, strict=True)]
    E = (weighted(CU, t) + weighted(C, on_rows)) * eta
    F = (weighted(CV, [1 / x for x in t]) + weighted(Ci.transpose(), on_columns)) * eta
    top, bottom = identity(n * k) * (q * q - q * s) - F, identity(n * k) * (1 - s / q) - E
    return positive_definite(arb_mat([*beside(top, A.transpose()), *beside(A, bottom)]))


def one_step(C: arb_mat, Ci: arb_mat, eta: arb, K: arb_mat) -> tuple[arb_mat, arb]:
    """``C(I − ηK)C⁻¹`` for the midpoint of K, and ``η ‖ |C| R |C⁻¹| ‖₂`` for its radius R, from above."""
    centre = C * (identity(K.nrows()) - K.mid() * eta) * Ci
    spread = elementwise(abs, C) * elementwise(arb.rad, K) * elementwise(abs, Ci)
    return centre, (eta * spectral_norm(spread)).upper()


def products(S: arb_mat, weights: Weights) -> arb_mat:
    """``Σ_r S_ir β_rc S_jr b_rc'`` at row (i,c) and column (j,c')."""
    left, right = (row_products(S, M) for M in weights)
    return left * right.transpose()


def weighted(M: arb_mat, weights: list[arb]) -> arb_mat:
    """``M diag(weights) Mᵀ``."""
    return arb_mat([list(map(mul, row, weights)) for row in M.tolist()]) * M.transpose()


def length(v: list[arb]) -> arb:
    """Approximately ``‖v‖``, and positive; only the weights t depend on it."""
    return euclidean(v) + arb(2) ** -500


def beside(left: arb_mat, right: arb_mat) -> list[list[arb]]:
    """Rows of two matrices side by side."""
    return [a + b for a, b in zip(left.tolist(), right.tolist(), strict=True)]
