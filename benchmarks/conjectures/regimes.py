"""Labelled conjectures that fail in one regime only: at large steps, or at small width."""

from fa_theory.conjectures import Domain, conjecture, inner, norm, smallest

ALIGNED = {
    "W, b and β are moderate": lambda run: [norm(run[0].W) <= 1, norm(run.b) <= 1, norm(run[0].beta) <= 1],
    "every neuron is aligned": lambda run: smallest(run.b * run[0].beta) >= 0.1,
}

LABELS = {
    "aligned_networks_learn_at_any_step": (
        "false",
        "only for η > 1: x = w = β = b = 1, y = 0, η = 4 turns e = 1 into 9",
    ),
    "aligned_networks_learn_at_small_steps": (
        "true",
        "n = 1: e⁺ = (1 − η(‖Wx‖² + b·β⁺)/p)e, where b·β⁺ ≥ 0.1 p − η|e|‖Wx‖/√p ≥ 0.1 − 0.02 > 0 and the bracket is "
        "below 3, so that the factor lies in (0, 1)",
    ),
    "feedback_is_weak": ("false", "only at width 1: |b·β| ≤ ‖b‖‖β‖ = √p, which is at most 0.8 p as soon as p ≥ 2"),
    "feedback_is_weak_beyond_width_one": ("true", "|b·β| ≤ ‖b‖‖β‖ ≤ √p ≤ 0.71 p for p ≥ 2"),
}


@conjecture(
    Domain(n=1, d=(1, 2), p=(1, 3), eta=(0.01, 4.0), inputs="sphere", targets="bounded"),
    assuming=ALIGNED,
)
def aligned_networks_learn_at_any_step(run):
    """An aligned network of moderate weights learns with any η ≤ 4."""
    return norm(run[1].error) <= norm(run[0].error)


@conjecture(
    Domain(n=1, d=(1, 2), p=(1, 3), eta=(0.001, 0.01), inputs="sphere", targets="bounded"),
    assuming=ALIGNED,
)
def aligned_networks_learn_at_small_steps(run):
    """An aligned network of moderate weights learns with any η ≤ 0.01."""
    return norm(run[1].error) <= norm(run[0].error)


@conjecture(
    Domain(n=1, d=1, p=(1, 32), steps=0, feedback="sign"),
    assuming={"β is moderate": lambda run: norm(run[0].beta) <= 1},
)
def feedback_is_weak(run):
    """|b·β|/p ≤ 0.8 for ‖β‖ ≤ 1 and feedback ±1."""
    return abs(inner(run.b, run[0].beta)) <= 0.8 * run.p


@conjecture(
    Domain(n=1, d=1, p=(2, 32), steps=0, feedback="sign"),
    assuming={"β is moderate": lambda run: norm(run[0].beta) <= 1},
)
def feedback_is_weak_beyond_width_one(run):
    """|b·β|/p ≤ 0.8 for ‖β‖ ≤ 1 and feedback ±1, from width 2 on."""
    return abs(inner(run.b, run[0].beta)) <= 0.8 * run.p
