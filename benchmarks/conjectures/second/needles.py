"""Pairs of labelled conjectures: a sharp inequality, and the same with a slightly better constant, which is false."""

from fa_theory.conjectures import (
    Domain,
    conjecture,
    det,
    eigmax,
    eigmin,
    inner,
    largest,
    norm,
    row_norms,
    spectral_norm,
    sqrt,
    trace,
)  # fmt: skip

SPHERE = Domain(n=2, d=(2, 3), p=(1, 2), steps=0, inputs="sphere")
FOUR = Domain(n=(1, 4), d=(1, 4), p=(1, 4), steps=0)
PLANE = Domain(n=2, d=2, p=(2, 4), steps=0)
WIDE = Domain(n=1, d=(1, 2), p=(3, 5), steps=0)
STEP = Domain(n=1, d=(1, 2), p=(1, 3), eta=(0.01, 0.5))
TANH = Domain(n=(1, 2), d=(1, 2), p=(1, 3), steps=0, activation="tanh")

LABELS = {
    "products_of_units": ("true", "Cauchy–Schwarz"),
    "largest_share_of_four": ("true", "λ_max ≥ tr/n"),
    "a_row_of_the_matrix": ("true", "‖w_r‖ ≤ ‖W‖"),
    "rows_of_four": ("true", "‖W‖² ≤ p max ‖w_r‖²"),
    "output_by_features": ("true", "Cauchy–Schwarz"),
    "tanh_is_below_the_line": ("true", "|tanh z| ≤ |z|"),
    "spectral_below_frobenius": ("true", "λ_max ≤ tr"),
    "smallest_below_largest": ("true", "eigenvalues"),
    "hadamard": ("true", "|det X| ≤ ‖x₁‖‖x₂‖"),
    "cauchy_schwarz": ("true", "b·β ≤ ‖b‖‖β‖"),
    "an_entry_of_the_vector": ("true", "|β_r| ≤ ‖β‖"),
    "a_step_may_fit": ("true", "a norm"),
    "products_of_units_better": ("false", "equal rows"),
    "largest_share_of_four_better": ("false", "X = W = I₄"),
    "a_row_of_the_matrix_better": ("false", "one row is not 0"),
    "rows_of_four_better": ("false", "four rows of norm 1"),
    "output_by_features_better": ("false", "β along Ψ"),
    "tanh_is_below_the_line_better": ("false", "z → 0"),
    "spectral_below_frobenius_better": ("false", "rank 1"),
    "smallest_below_largest_better": ("false", "a rotation"),
    "hadamard_better": ("false", "orthogonal rows"),
    "cauchy_schwarz_better": ("false", "b = β"),
    "an_entry_of_the_vector_better": ("false", "one entry is not 0"),
    "a_step_may_fit_better": ("false", "a step that fits exactly"),
}
RARE = {name for name, (label, _) in LABELS.items() if label == "false"}


@conjecture(SPHERE)
def products_of_units(run):
    """x₁·x₂ ≤ 1 on the sphere."""
    return run.X[0] @ run.X[1] <= 1


@conjecture(SPHERE)
def products_of_units_better(run):
    """x₁·x₂ ≤ 0.9999 on the sphere."""
    return run.X[0] @ run.X[1] <= 0.9999


@conjecture(FOUR)
def largest_share_of_four(run):
    """λ_max(G) ≥ ¼ tr G for n ≤ 4."""
    return eigmax(run[0].G) >= 0.25 * trace(run[0].G)


@conjecture(FOUR)
def largest_share_of_four_better(run):
    """λ_max(G) ≥ 0.26 tr G for n ≤ 4."""
    return eigmax(run[0].G) >= 0.26 * trace(run[0].G)


@conjecture(PLANE)
def a_row_of_the_matrix(run):
    """max ‖w_r‖ ≤ ‖W‖."""
    return largest(row_norms(run[0].W)) <= norm(run[0].W)


@conjecture(PLANE)
def a_row_of_the_matrix_better(run):
    """max ‖w_r‖ ≤ 0.999 ‖W‖ for p ≥ 2."""
    return largest(row_norms(run[0].W)) <= 0.999 * norm(run[0].W)


@conjecture(PLANE)
def rows_of_four(run):
    """‖W‖ ≤ 2 max ‖w_r‖ for p ≤ 4."""
    return norm(run[0].W) <= 2 * largest(row_norms(run[0].W))


@conjecture(PLANE)
def rows_of_four_better(run):
    """‖W‖ ≤ 1.99 max ‖w_r‖ for p ≤ 4."""
    return norm(run[0].W) <= 1.99 * largest(row_norms(run[0].W))


@conjecture(WIDE)
def output_by_features(run):
    """‖f‖√p ≤ ‖β‖‖Ψ‖."""
    return norm(run[0].output) * sqrt(run.p) <= norm(run[0].beta) * norm(run[0].features)


@conjecture(WIDE)
def output_by_features_better(run):
    """‖f‖√p ≤ 0.999 ‖β‖‖Ψ‖ for p ≥ 3."""
    return norm(run[0].output) * sqrt(run.p) <= 0.999 * norm(run[0].beta) * norm(run[0].features)


@conjecture(TANH)
def tanh_is_below_the_line(run):
    """‖tanh Z‖ ≤ ‖Z‖."""
    return norm(run[0].features) <= norm(run[0].preactivations)


@conjecture(TANH)
def tanh_is_below_the_line_better(run):
    """‖tanh Z‖ ≤ 0.99999 ‖Z‖."""
    return norm(run[0].features) <= 0.99999 * norm(run[0].preactivations)


@conjecture(PLANE)
def spectral_below_frobenius(run):
    """‖X‖₂ ≤ ‖X‖."""
    return spectral_norm(run.X) <= norm(run.X)


@conjecture(PLANE)
def spectral_below_frobenius_better(run):
    """‖X‖₂ ≤ 0.9999 ‖X‖ for two rows."""
    return spectral_norm(run.X) <= 0.9999 * norm(run.X)


@conjecture(PLANE)
def smallest_below_largest(run):
    """λ_min(XXᵀ) ≤ λ_max(XXᵀ)."""
    return eigmin(run.X @ run.X.T) <= eigmax(run.X @ run.X.T)


@conjecture(PLANE)
def smallest_below_largest_better(run):
    """λ_min(XXᵀ) ≤ 0.999 λ_max(XXᵀ) for two rows."""
    return eigmin(run.X @ run.X.T) <= 0.999 * eigmax(run.X @ run.X.T)


@conjecture(PLANE)
def hadamard(run):
    """(det X)² ≤ ‖x₁‖²‖x₂‖²."""
    return det(run.X) ** 2 <= norm(run.X[0]) ** 2 * norm(run.X[1]) ** 2


@conjecture(PLANE)
def hadamard_better(run):
    """(det X)² ≤ 0.9999 ‖x₁‖²‖x₂‖²."""
    return det(run.X) ** 2 <= 0.9999 * norm(run.X[0]) ** 2 * norm(run.X[1]) ** 2


@conjecture(WIDE)
def cauchy_schwarz(run):
    """b·β ≤ ‖b‖‖β‖."""
    return inner(run.b, run[0].beta) <= norm(run.b) * norm(run[0].beta)


@conjecture(WIDE)
def cauchy_schwarz_better(run):
    """b·β ≤ 0.9999 ‖b‖‖β‖ for p ≥ 3."""
    return inner(run.b, run[0].beta) <= 0.9999 * norm(run.b) * norm(run[0].beta)


@conjecture(WIDE)
def an_entry_of_the_vector(run):
    """max |β_r| ≤ ‖β‖."""
    return largest(abs(run[0].beta)) <= norm(run[0].beta)


@conjecture(WIDE)
def an_entry_of_the_vector_better(run):
    """max |β_r| ≤ 0.9999 ‖β‖ for p ≥ 3."""
    return largest(abs(run[0].beta)) <= 0.9999 * norm(run[0].beta)


@conjecture(STEP)
def a_step_may_fit(run):
    """‖e(1)‖ ≥ 0."""
    return norm(run[1].error) >= 0


@conjecture(STEP)
def a_step_may_fit_better(run):
    """‖e(1)‖ ≥ 0.0001 ‖e(0)‖."""
    return norm(run[1].error) >= 0.0001 * norm(run[0].error)
