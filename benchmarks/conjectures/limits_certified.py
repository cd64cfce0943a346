"""Labelled conjectures about limits as t → ∞; their counterexamples are certified for all time."""

from fa_theory.conjectures import Domain, conjecture, norm

LABELS = {
    "linear_from_zero_is_parallel": (
        "true",
        "by induction w_r = b_r v and β = s b, so that the cosine is 1 or −1 where it is defined",
    ),
    "first_layer_moves_less": (
        "false",
        "one neuron, x = w = β = b = 1, y = 0: b pulls at w with 1, while β soon feels a smaller w only",
    ),
}


@conjecture(Domain(n=(1, 2), d=(1, 3), p=(1, 6), eta=(0.1, 0.5), W_scale=0, beta_scale=0, inputs="sphere"))
def linear_from_zero_is_parallel(run):
    """From weights 0, β of a linear network ends up parallel to b, up to sign and rounding."""
    return abs(run.limit.alignment) >= 0.999


@conjecture(Domain(n=(1, 2), d=(1, 2), p=(1, 4), activation=("linear", "tanh"), eta=(0.1, 0.5)))
def first_layer_moves_less(run):
    """In the limit ‖W − W(0)‖ ≤ ‖β − β(0)‖, and the norm of the movements of the neurons is ‖W − W(0)‖."""
    return [run.limit.total_W <= run.limit.movement_beta, norm(run.limit.movement_W) <= run.limit.total_W + 1e-6]
