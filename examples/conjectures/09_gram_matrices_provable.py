"""Statements that are proved, not only supported, and statements that say nothing.

    fa-theory check examples/conjectures/09_gram_matrices_provable.py

Expected verdicts: proved three times, then vacuous.
"""

from fa_theory.conjectures import Domain, conjecture, eigmin, equal, inner, norm

# Sampling never proves anything. But where a statement is an identity, or an inequality between polynomials in few
# numbers, a proof is looked for, and then the verdict is "proved" and says for what exactly.
SMALL = Domain(n=2, d=(1, 2), p=(1, 2), eta=(0.01, 1.0), lam=(0.0, 1.0))


@conjecture(Domain(n=2, d=(1, 2), p=(1, 2), steps=0))
def gram_entries(run):
    """G_12² ≤ G_11 G_22."""
    G = run[0].G
    return G[0, 1] ** 2 <= G[0, 0] * G[1, 1]


@conjecture(Domain(n=1, d=1, p=(1, 3), steps=0))
def cauchy_schwarz(run):
    """(b·β)² ≤ ‖b‖²‖β‖²: written without roots and quotients, so that it is about polynomials."""
    b, beta = run.b, run[0].beta
    return inner(b, beta) ** 2 <= inner(b, b) * inner(beta, beta)


# equal(a, b) is the statement a = b, entry by entry; `a == b` is not.
@conjecture(SMALL)
def error_recursion(run):
    """e⁺ = (1 − ηλ)e − ηλy − (η/p)[XWᵀWXᵀ + (b·β⁺)XXᵀ]e, the exact step of a linear network."""
    s, e, eta = run[0], run[0].error, run.eta
    kernel = s.features @ s.features.T + inner(run.b, run[1].beta) * (run.X @ run.X.T)
    return equal(run[1].error, (1 - eta * run.lam) * e - eta * run.lam * run.y - eta / run.p * (kernel @ e))


# A linear network with more samples than inputs has a singular Gram matrix, so nothing satisfies the hypothesis. The
# conclusion, whatever it is, holds for all of no networks. That deserves a warning, not applause: vacuous.
@conjecture(
    Domain(n=3, d=2, p=(3, 6), eta=(0.01, 0.1)),
    assuming={"G is positive definite": lambda run: eigmin(run[0].G) >= 0.01},
)
def positive_gram_contracts(run):
    """If λ_min(G) ≥ 0.01, a step contracts the error."""
    return norm(run[1].error) <= norm(run[0].error)
