"""Labelled conjectures of linear algebra, and about the continuous flow."""

from fa_theory.conjectures import (
    Domain,
    conjecture,
    det,
    eigenvalue,
    eigmax,
    equal,
    identity,
    inner,
    inverse,
    norm,
    projector,
    rank,
    singular_value,
    smallest,
    stack,
    trace,
)  # fmt: skip

M = Domain(n=2, d=2, p=(1, 3), steps=0)
REGULAR = {"det X is not small": lambda run: det(run.X) ** 2 >= 0.01}
FLOW = Domain(n=(1, 3), d=(1, 3), p=(1, 8), steps=0)
TANH = Domain(n=(1, 2), d=(1, 2), p=(1, 3), steps=0, activation="tanh")
STILL = Domain(n=(1, 3), d=(1, 3), p=(1, 8), steps=0, W_scale=0, lam=(0.1, 1.0))

LABELS = {
    "projector_onto_a_line": ("true", "trace = rank = 1"),
    "determinant_of_a_square": ("true", "det X det Xᵀ"),
    "gram_of_inputs_is_semidefinite": ("true", "XXᵀ"),
    "eigenvalues_are_ordered": ("true", "by definition"),
    "a_row_is_shorter": ("true", "‖X‖² = Σ ‖x_i‖²"),
    "stacking_adds_squares": ("true", "‖(A; A)‖² = 2‖A‖²"),
    "rank_is_at_most_two": ("true", "2 × 2"),
    "inverse_times_matrix": ("true", "X⁻¹X = I has trace 2"),
    "largest_singular_value": ("true", "σ² = λ_max(XᵀX)"),
    "identity_has_determinant_one": ("true", "det I = 1"),
    "balance_is_conserved": ("true", "½‖W‖² − b·β along the flow of linear FA"),
    "tied_flow_descends": ("true", "minus the square of the gradient"),
    "decay_alone_shrinks": ("true", "W = 0: β' = −λβ"),
    "data_do_not_move": ("true", "X is constant"),
    "aligned_flow_descends": ("true", "b_rβ_r ≥ 0, one output"),
    "determinant_is_not_negative": ("false", "swap the rows"),
    "largest_eigenvalue_is_at_most_the_mean": ("false", "unless they are equal"),
    "inputs_have_full_rank": ("false", "X = 0; rare"),
    "inverse_is_bounded": ("false", "det² ≥ 10⁻⁶ allows ‖X⁻¹‖ > 100; rare"),
    "eigenvalues_have_a_gap": ("false", "the identity; rare"),
    "singular_values_are_large": ("false", "equal rows; rare"),
    "inputs_are_symmetric": ("false", "X is any matrix"),
    "first_is_shorter": ("false", "any order"),
    "a_line_is_the_plane": ("false", "it projects away"),
    "shifted_determinant_is_above_one": ("false", "X = 0; rare"),
    "flow_descends": ("false", "b opposite to β"),
    "alignment_grows": ("false", "b·e may have any sign"),
    "weights_grow": ("false", "they may shrink"),
    "tanh_balance_is_conserved": ("false", "only for ψ'(z)z = ψ(z)"),
    "aligned_in_sum_flow_descends": ("false", "b·β ≥ 0 is not enough for tanh; rare"),
    "decayed_tied_flow_descends": ("false", "λβ may raise the loss"),
}
RARE = {
    "inputs_have_full_rank", "inverse_is_bounded", "eigenvalues_have_a_gap", "singular_values_are_large",
    "shifted_determinant_is_above_one", "aligned_in_sum_flow_descends",
}  # fmt: skip


@conjecture(M, assuming={"the first column is not small": lambda run: run.X[:, 0] @ run.X[:, 0] >= 0.01})
def projector_onto_a_line(run):
    """The projector onto a column has trace 1, within 10⁻⁶."""
    return abs(trace(projector(run.X[:, 0:1])) - 1) <= 0.000001


@conjecture(M)
def determinant_of_a_square(run):
    """det(X)² = det(XXᵀ), within rounding of the entries."""
    return abs(det(run.X) ** 2 - det(run.X @ run.X.T)) <= 0.000001 * norm(run.X) ** 4


@conjecture(FLOW)
def gram_of_inputs_is_semidefinite(run):
    """λ_min(XXᵀ) ≥ 0."""
    return eigenvalue(run.X @ run.X.T, 0) >= -0.000001 * norm(run.X) ** 2


@conjecture(M)
def eigenvalues_are_ordered(run):
    """λ₁ ≤ λ₂, within rounding."""
    A = run.X @ run.X.T
    return eigenvalue(A, 0) <= eigenvalue(A, 1) + 0.000001 * norm(run.X) ** 2


@conjecture(M)
def a_row_is_shorter(run):
    """A row is no longer than the matrix."""
    return norm(run.X[0]) <= norm(run.X)


@conjecture(M)
def stacking_adds_squares(run):
    """‖(X; X)‖² = 2‖X‖², within rounding."""
    return abs(norm(stack(run.X, run.X)) ** 2 - 2 * norm(run.X) ** 2) <= 0.000001 * norm(run.X) ** 2


@conjecture(M)
def rank_is_at_most_two(run):
    """A matrix of two rows has rank at most 2."""
    return rank(run.X) <= 2


@conjecture(M, assuming=REGULAR)
def inverse_times_matrix(run):
    """tr X⁻¹X = 2, within 10⁻⁶ of the size of the factors."""
    return abs(trace(inverse(run.X) @ run.X) - 2) <= 0.000001 * norm(inverse(run.X)) * norm(run.X)


@conjecture(M)
def largest_singular_value(run):
    """σ_max² = λ_max(XᵀX), within rounding."""
    return abs(singular_value(run.X, 1) ** 2 - eigmax(run.X.T @ run.X)) <= 0.000001 * norm(run.X) ** 2


@conjecture(M)
def identity_has_determinant_one(run):
    """det I = 1."""
    return equal(det(identity(run.X)), 1)


@conjecture(FLOW)
def balance_is_conserved(run):
    """½‖W‖² − b·β is conserved by the flow of linear FA."""
    s = run[0]
    return equal(s.rate(inner(s.W, s.W) / 2 - inner(s.b, s.beta)), 0)


@conjecture(FLOW)
def tied_flow_descends(run):
    """With b = β the loss does not increase along the flow."""
    s = run.with_(b=run[0].beta)[0]
    return s.rate(s.loss) <= 0


@conjecture(STILL)
def decay_alone_shrinks(run):
    """From W = 0, ‖β‖² does not increase along the flow."""
    s = run[0]
    return s.rate(inner(s.beta, s.beta)) <= 0


@conjecture(FLOW)
def data_do_not_move(run):
    """The inputs have rate 0."""
    return equal(run[0].rate(inner(run.X, run.X)), 0)


@conjecture(TANH, assuming={"every neuron is aligned": lambda run: smallest(run.b * run[0].beta) >= 0})
def aligned_flow_descends(run):
    """If b_rβ_r ≥ 0 the loss does not increase along the flow."""
    return run[0].rate(run[0].loss) <= 0


@conjecture(M)
def determinant_is_not_negative(run):
    """det X ≥ 0."""
    return det(run.X) >= 0


@conjecture(M)
def largest_eigenvalue_is_at_most_the_mean(run):
    """λ_max(XXᵀ) ≤ ½ tr XXᵀ."""
    return eigenvalue(run.X @ run.X.T, 1) <= trace(run.X @ run.X.T) / 2


@conjecture(M)
def inputs_have_full_rank(run):
    """X has rank 2."""
    return rank(run.X) >= 2


@conjecture(M, assuming={"det X is not tiny": lambda run: det(run.X) ** 2 >= 0.000001})
def inverse_is_bounded(run):
    """‖X⁻¹‖ ≤ 500."""
    return norm(inverse(run.X)) <= 500


@conjecture(M)
def eigenvalues_have_a_gap(run):
    """The eigenvalues of XXᵀ differ by 0.001 ‖X‖²."""
    A = run.X @ run.X.T
    return eigenvalue(A, 1) - eigenvalue(A, 0) >= 0.001 * norm(run.X) ** 2


@conjecture(M)
def singular_values_are_large(run):
    """σ_min(X) ≥ 0.0001 ‖X‖."""
    return singular_value(run.X, 0) >= 0.0001 * norm(run.X)


@conjecture(M)
def inputs_are_symmetric(run):
    """X = Xᵀ."""
    return equal(run.X, run.X.T)


@conjecture(M)
def first_is_shorter(run):
    """‖x₁‖ ≤ ‖x₂‖."""
    return norm(run.X[0]) <= norm(run.X[1])


@conjecture(M, assuming={"the first column is not small": lambda run: run.X[:, 0] @ run.X[:, 0] >= 0.01})
def a_line_is_the_plane(run):
    """The projector onto the first column keeps the second."""
    return equal(projector(run.X[:, 0:1]) @ run.X[:, 1], run.X[:, 1])


@conjecture(M)
def shifted_determinant_is_above_one(run):
    """det(I + XXᵀ) ≥ 1.0001."""
    return det(identity(run.X) + run.X @ run.X.T) >= 1.0001


@conjecture(TANH)
def flow_descends(run):
    """The loss does not increase along the flow."""
    return run[0].rate(run[0].loss) <= 0


@conjecture(TANH)
def alignment_grows(run):
    """b·β does not decrease along the flow."""
    return run[0].rate(inner(run.b, run[0].beta)) >= 0


@conjecture(TANH)
def weights_grow(run):
    """‖W‖² does not decrease along the flow."""
    return run[0].rate(inner(run[0].W, run[0].W)) >= 0


@conjecture(TANH)
def tanh_balance_is_conserved(run):
    """½‖W‖² − b·β is conserved by the flow of FA with tanh."""
    s = run[0]
    return equal(s.rate(inner(s.W, s.W) / 2 - inner(s.b, s.beta)), 0)


@conjecture(TANH, assuming={"b·β ≥ 0": lambda run: inner(run.b, run[0].beta) >= 0})
def aligned_in_sum_flow_descends(run):
    """If b·β ≥ 0 the loss does not increase along the flow."""
    return run[0].rate(run[0].loss) <= 0


@conjecture(Domain(n=(1, 2), d=(1, 2), p=(1, 3), steps=0, lam=(0.1, 1.0)))
def decayed_tied_flow_descends(run):
    """With b = β and λ > 0 the loss does not increase along the flow."""
    s = run.with_(b=run[0].beta)[0]
    return s.rate(s.loss) <= 0
