"""Statements that are proved, not only supported, and a vacuous statement.

    fa-theory check examples/conjectures/09_gram_matrices_provable.py

Expected verdicts: proved three times, then vacuous.
"""

from fa_theory.conjectures import Domain, conjecture, eigmin, equal, inner, norm

# Sampling cannot prove anything. But if a statement is an identity, or follows from known inequalities by exact
# algebra, a proof is searched for; then the verdict is "proved" and states what is proved, for which networks, and by
# which inequalities. Here: for all networks in the domain.
SMALL = Domain(n=(1, 4), d=(1, 4), p=(1, 8), activation=("linear", "relu", "tanh"), steps=0)


@conjecture(SMALL)
def gram_is_positive_semidefinite(run):
    """λ_min(G) ≥ 0."""
    return eigmin(run[0].G) >= 0


@conjecture(
    SMALL,
    assuming={
        "b is not 0": lambda run: norm(run.b) > 0,
        "β is not 0": lambda run: norm(run[0].beta) > 0,
    },
)
def alignment_is_a_cosine(run):
    """The alignment lies between −1 and 1."""
    return abs(run[0].alignment) <= 1


# equal(a, b) is the statement a = b, entry by entry; `a == b` is not.
@conjecture(Domain(n=(1, 4), d=(1, 4), p=(1, 8), eta=(0.01, 1.0), lam=(0.0, 1.0)))
def error_recursion(run):
    """e⁺ = (1 − ηλ)e − ηλy − (η/p)[XWᵀWXᵀ + (b·β⁺)XXᵀ]e, the exact step of a linear network."""
    s, e, eta = run[0], run[0].error, run.eta
    kernel = s.features @ s.features.T + inner(run.b, run[1].beta) * (run.X @ run.X.T)
    return equal(run[1].error, (1 - eta * run.lam) * e - eta * run.lam * run.y - eta / run.p * (kernel @ e))


# A linear network with more samples than inputs has a singular Gram matrix, so no network satisfies the hypothesis. The
# conclusion then holds trivially, whatever it is, and the verdict is vacuous.
@conjecture(
    Domain(n=3, d=2, p=(3, 6), eta=(0.01, 0.1)),
    assuming={"G is positive definite": lambda run: eigmin(run[0].G) >= 0.01},
)
def positive_gram_contracts(run):
    """If λ_min(G) ≥ 0.01, a step contracts the error."""
    return norm(run[1].error) <= norm(run[0].error)
