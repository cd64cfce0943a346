"""Labelled conjectures about almost every network."""

from fa_theory.conjectures import Domain, Generic, conjecture, det, eigenvalue, eigmin, inner, norm, total

D = Domain(n=(1, 2), d=(1, 2), p=(1, 3), steps=0, activation=("linear", "tanh"))
RELU = Domain(n=(1, 2), d=(1, 2), p=(1, 2), steps=0, activation="relu")
STEP = Domain(n=(1, 2), d=(1, 2), p=(1, 3), activation="tanh")
SQUARE = Domain(n=2, d=2, p=(2, 3), steps=0)
almost = Generic()

LABELS = {
    "features_do_not_vanish": ("true", "only at XWᵀ = 0"),
    "loss_is_positive": ("true", "f = y is a null set"),
    "feedback_is_not_the_readout": ("true", "b = β is a null set"),
    "inputs_are_independent": ("true", "det X = 0 is a null set"),
    "gram_is_regular": ("true", "n = d = 2 ≤ p: det G = 0 is a null set"),
    "a_step_moves": ("true", "e, b and X are not 0"),
    "cosine_is_below_one": ("true", "p ≥ 2: collinear vectors are a null set"),
    "eigenvalues_differ": ("true", "equal ones are a null set of codimension 2"),
    "not_exactly_orthogonal": ("true", "a null set"),
    "loss_is_at_least_a_thousandth": ("false", "an open set has less"),
    "always_aligned": ("false", "b·β < 0 is open"),
    "relu_features_do_not_vanish": ("false", "all neurons may be off"),
    "relu_is_on_somewhere": ("false", "all neurons may be off"),
    "a_step_helps": ("false", "it may overshoot"),
    "never_saturated": ("false", "large weights"),
    "inputs_are_well_conditioned": ("false", "nearly collinear inputs are open; rare"),
    "not_nearly_orthogonal": ("false", "a thin cone; rare"),
    "a_relu_step_moves": ("false", "all neurons may be off"),
    "eigenvalues_differ_by_a_thousandth": ("false", "near multiples of the identity; rare"),
}
RARE = {"inputs_are_well_conditioned", "not_nearly_orthogonal", "eigenvalues_differ_by_a_thousandth"}


@conjecture(D, quantifier=almost)
def features_do_not_vanish(run):
    """Features are not all 0."""
    return norm(run[0].features) > 0


@conjecture(D, quantifier=almost)
def loss_is_positive(run):
    """The loss is not 0."""
    return run[0].loss > 0


@conjecture(D, quantifier=almost)
def feedback_is_not_the_readout(run):
    """b is not β."""
    return norm(run.b - run[0].beta) > 0


@conjecture(SQUARE, quantifier=almost)
def inputs_are_independent(run):
    """det X ≠ 0."""
    return abs(det(run.X)) > 0


@conjecture(SQUARE, quantifier=almost)
def gram_is_regular(run):
    """det G ≠ 0."""
    return abs(det(run[0].G)) > 0


@conjecture(STEP, quantifier=almost)
def a_step_moves(run):
    """A step of FA moves W."""
    return norm(run[1].W - run[0].W) > 0


@conjecture(SQUARE, quantifier=almost)
def cosine_is_below_one(run):
    """b and β are not collinear."""
    return inner(run.b, run[0].beta) ** 2 < inner(run.b, run.b) * inner(run[0].beta, run[0].beta)


@conjecture(SQUARE, quantifier=almost)
def eigenvalues_differ(run):
    """XXᵀ has two different eigenvalues."""
    return eigenvalue(run.X @ run.X.T, 1) > eigenvalue(run.X @ run.X.T, 0)


@conjecture(D, quantifier=almost)
def not_exactly_orthogonal(run):
    """b·β ≠ 0."""
    return abs(inner(run.b, run[0].beta)) > 0


@conjecture(D, quantifier=almost)
def loss_is_at_least_a_thousandth(run):
    """The loss is at least 1/1000."""
    return run[0].loss >= 0.001


@conjecture(D, quantifier=almost)
def always_aligned(run):
    """b·β ≥ 0."""
    return inner(run.b, run[0].beta) >= 0


@conjecture(RELU, quantifier=almost)
def relu_features_do_not_vanish(run):
    """Features of ReLU are not all 0."""
    return norm(run[0].features) > 0


@conjecture(RELU, quantifier=almost)
def relu_is_on_somewhere(run):
    """Some neuron is on for some sample."""
    return total(run[0].slopes) >= 1


@conjecture(STEP, quantifier=almost)
def a_step_helps(run):
    """A step does not increase the error."""
    return norm(run[1].error) <= norm(run[0].error)


@conjecture(STEP, quantifier=almost)
def never_saturated(run):
    """No feature is beyond 0.99."""
    return run[0].features <= 0.99


@conjecture(SQUARE, quantifier=almost)
def inputs_are_well_conditioned(run):
    """λ_min(XXᵀ) ≥ 0.0001 ‖X‖²."""
    return eigmin(run.X @ run.X.T) >= 0.0001 * norm(run.X) ** 2


@conjecture(SQUARE, quantifier=almost)
def not_nearly_orthogonal(run):
    """|b·β| ≥ 0.0001 ‖b‖‖β‖."""
    return abs(inner(run.b, run[0].beta)) >= 0.0001 * norm(run.b) * norm(run[0].beta)


@conjecture(Domain(n=(1, 2), d=(1, 2), p=(1, 2), activation="relu"), quantifier=almost)
def a_relu_step_moves(run):
    """A step of FA with ReLU moves W."""
    return norm(run[1].W - run[0].W) > 0


@conjecture(SQUARE, quantifier=almost)
def eigenvalues_differ_by_a_thousandth(run):
    """The eigenvalues of XXᵀ differ by at least 0.001 ‖X‖²."""
    A = run.X @ run.X.T
    return eigenvalue(A, 1) - eigenvalue(A, 0) >= 0.001 * norm(run.X) ** 2
