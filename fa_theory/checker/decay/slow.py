"""A lower bound on the error: a cone of slow modes that it never leaves.

Let ``x(t) = Ce(t)`` and ``x(t+1) = (A + Δ(t)) x(t)``, ``‖Δ(t)‖₂ ≤ s``, as on the tube of `from_state`.

Theorem. Let J be a symmetric matrix and μ > 0. If

    (4)   x(0)ᵀ J x(0) > 0    and    AᵀJA − μ²J − (2s‖JA‖₂ + s²‖J‖₂) I ≻ 0

then ``x(t)ᵀJx(t) ≥ μ^{2t} x(0)ᵀJx(0)`` for all t ≥ 0, so that ``‖e(t)‖_C ≥ c μ^t`` with c > 0: the error never
vanishes, and ``liminf ‖e(t)‖^{1/t} ≥ μ``.

Proof. ``(A+Δ)ᵀJ(A+Δ) = AᵀJA + ΔᵀJA + AᵀJΔ + ΔᵀJΔ ⪰ AᵀJA − (2s‖JA‖₂ + s²‖J‖₂) I ⪰ μ²J``, so a step
multiplies ``xᵀJx`` by at least μ². And ``xᵀJx ≤ ‖J‖₂ ‖x‖²``. ∎

Any J is valid. With ``S = sign(A − μI)`` and the projections ``P± = (I ± S)/2`` on the modes slower and faster than μ,
the choice ``J = S + Sᵀ = 2(P₊ᵀP₊ − P₋ᵀP₋)`` makes xᵀJx positive where slow modes outweigh fast ones. For symmetric A
it gives ``AᵀJA − μ²J = 2|A² − μ²I|``, and (4) asks for a gap of about s between μ and the eigenvalues of A.
"""

from __future__ import annotations

from flint import arb, arb_mat

from fa_theory.checker.linalg import identity, inverse, positive_definite, spectral_norm

_NEWTON = 24
"""Iterations for the sign of a matrix; too few give another J, which is also sound."""


def decays_no_faster(A: arb_mat, s: arb, x: arb_mat, mu: arb) -> bool:
    """Whether (4) certainly holds for some J.

    Parameters
    ----------
    A, s
        A step and a bound on its perturbations.
    x
        Enclosure of x(0), a column.
    mu
        The rate; 0 or less always holds.

    Examples
    --------
    >>> A, s, x = arb_mat([[0.9, 0], [0, 0.5]]), arb(0.01), arb_mat([[1], [0.5]])
    >>> [decays_no_faster(A, s, x, arb(mu)) for mu in (0.88, 0.9, 0.49, 0)]
    [True, False, False, True]
    """
    one = identity(A.nrows())
    S = (A - one * mu).mid()
    for _ in range(_NEWTON):
        Si = inverse(S)
        if Si is None:
            break
        S = ((S + Si) * arb(0.5)).mid()
    J = (S + S.transpose()).mid()
    loss = 2 * s * spectral_norm(J * A) + s * s * spectral_norm(J)
    gain = A.transpose() * J * A - J * (mu * mu) - one * loss
    return bool(mu <= 0 or ((x.transpose() * J * x)[0, 0] > 0 and positive_definite(gain)))
