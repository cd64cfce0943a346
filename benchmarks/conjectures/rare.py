"""Labelled conjectures that fail for rare networks only: needles for the search."""

from fa_theory.conjectures import Domain, conjecture, inner, norm, row_norms, smallest, sqrt

TIGHT = Domain(n=2, d=(2, 3), p=2, eta=(0.01, 0.05), inputs="sphere", targets="bounded")

LABELS = {
    "strong_alignment_descends": (
        "false",
        "b = (1, 0.05), β = (1, −0.05), w = (3, 0): the aligned neuron is saturated, the other is not",
    ),
    "error_never_collapses": (
        "false",
        "two equal samples, b = 0, w = β = 1, y = 0, η = ½: η(G + H) = 1 on e, which becomes 0",
    ),
    "error_never_explodes": (
        "false",
        "b = 0, x = 1, w = 60, η = 0.04: e becomes −143e; no Gaussian weight is that large",
    ),
    "nearly_orthogonal_feedback_is_harmless": (
        "false",
        "equal inputs, W = 0, b = (1, 0), β = (−0.04, 1), y = (1, 1): the error grows by 1 + 0.04η",
    ),
    "alignment_below_three_sigma": ("false", "only beyond width 9: b = β has cos √p = √p > 3"),
    "alignment_is_strict": ("false", "only at width 1, or for collinear b and β"),
    "two_good_steps_make_a_third": (
        "false",
        "w = −½, β = −1.4, b = −2, x = 1, y = −5, η = 0.2: e² = 32.5, 12.4, 2.7, 5.7",
    ),
    "aligned_neurons_never_hurt": (
        "false",
        "Euler steps are not the flow: β = 0, b = x = y = 1, w = −η/2 gives f = −η³/4, away from y",
    ),
    "barely_aligned_neurons_never_hurt": (
        "false",
        "x = y = b = 1, w = −0.05, β = 0.00225, η = 0.1: only for b_rβ_r < η²e²b²/4, which is at most 1/400",
    ),
    "balanced_start_stays_aligned": (
        "false",
        "b = x = 1, w = 0.1, β = w²/2, η = 0.1 and e = 1: w becomes 0 and β becomes −0.005 (true of the flow)",
    ),
    "saturated_network_stays_small": (
        "false",
        "x = β = y = 1, w = ½, b = 100, η = 0.1: β grows to 1.02 and the neuron saturates",
    ),
}


@conjecture(
    Domain(n=(1, 2), d=(1, 2), p=(2, 3), activation="tanh", steps=0),
    assuming={"the alignment is 0.99": lambda run: inner(run.b, run[0].beta) >= 0.99 * norm(run.b) * norm(run[0].beta)},
)
def strong_alignment_descends(run):
    """If the alignment is at least 0.99, feedback alignment goes down the loss."""
    return inner(run[0].gradient_W, run[0].feedback_W) >= 0


@conjecture(Domain(n=2, d=(1, 2), p=(1, 2), activation=("linear", "tanh"), eta=(0.01, 1.0)))
def error_never_collapses(run):
    """No single step removes 99.9 % of the error on two samples."""
    return norm(run[1].error) >= 0.001 * norm(run[0].error)


@conjecture(Domain(n=(1, 2), d=(1, 2), p=(1, 2), eta=(0.01, 0.04), inputs="sphere", targets="bounded"))
def error_never_explodes(run):
    """No single step with η ≤ 0.04 makes the error a hundred times as large."""
    return norm(run[1].error) <= 100 * norm(run[0].error)


@conjecture(
    TIGHT,
    assuming={
        "the inputs are nearly collinear": lambda run: (run.X @ run.X.T)[0, 1] >= 0.99,
        "b is nearly orthogonal to β": lambda run: inner(run.b, run[0].beta) >= -0.05 * norm(run.b) * norm(run[0].beta),
        "W, b and β are moderate": lambda run: [norm(run[0].W) <= 2, norm(run.b) <= 2, norm(run[0].beta) <= 2],
    },
)
def nearly_orthogonal_feedback_is_harmless(run):
    """Feedback that is hardly anti-aligned never increases the error on two nearly collinear samples."""
    return norm(run[1].error) <= norm(run[0].error)


@conjecture(Domain(n=1, d=1, p=(1, 16), steps=0))
def alignment_below_three_sigma(run):
    """|b·β|√p ≤ 3‖b‖‖β‖, as for random b and β."""
    return abs(inner(run.b, run[0].beta)) * sqrt(run.p) <= 3 * norm(run.b) * norm(run[0].beta)


@conjecture(
    Domain(n=1, d=1, p=(1, 8), steps=0),
    assuming={"b and β are not 0": lambda run: [norm(run.b) > 0, norm(run[0].beta) > 0]},
)
def alignment_is_strict(run):
    """Random b and β are never exactly aligned."""
    return inner(run.b, run[0].beta) ** 2 < inner(run.b, run.b) * inner(run[0].beta, run[0].beta)


@conjecture(
    Domain(n=(1, 2), d=(1, 2), p=(1, 3), activation=("linear", "tanh"), eta=(0.01, 0.2), steps=3, inputs="sphere"),
    assuming={
        "two steps each halve the loss": lambda run: [run[1].loss <= run[0].loss / 2, run[2].loss <= run[1].loss / 2]
    },
)
def two_good_steps_make_a_third(run):
    """If two steps each halve the loss, the third does not increase it."""
    return run[3].loss <= run[2].loss


@conjecture(
    Domain(n=(1, 2), d=(1, 2), p=(1, 3), activation="tanh", eta=(0.01, 0.1), targets="bounded"),
    assuming={"β is small": lambda run: norm(run[0].beta) <= 1},
)
def saturated_network_stays_small(run):
    """With |y| ≤ 1 and ‖β‖ ≤ 1, a step leaves every |f| ≤ 1."""
    return norm(run[1].output) <= sqrt(run.n)


MODERATE = {"W, b and β are moderate": lambda run: [norm(run[0].W) <= 1, norm(run.b) <= 1, norm(run[0].beta) <= 1]}


@conjecture(
    Domain(n=1, d=(1, 2), p=(1, 3), eta=(0.01, 0.1), inputs="sphere", targets="bounded"),
    assuming={**MODERATE, "every neuron is aligned": lambda run: smallest(run.b * run[0].beta)},
)
def aligned_neurons_never_hurt(run):
    """If b_rβ_r ≥ 0 for every neuron, a step with η ≤ 0.1 never increases the error."""
    return norm(run[1].error) <= norm(run[0].error)


@conjecture(
    Domain(n=1, d=(1, 2), p=(1, 3), eta=(0.01, 0.1), inputs="sphere", targets="bounded"),
    assuming={**MODERATE, "every neuron is aligned": lambda run: smallest(run.b * run[0].beta) >= 0.0022},
)
def barely_aligned_neurons_never_hurt(run):
    """If b_rβ_r ≥ 0.0022 for every neuron, a step with η ≤ 0.1 never increases the error."""
    return norm(run[1].error) <= norm(run[0].error)


@conjecture(
    Domain(n=1, d=(1, 2), p=(1, 2), eta=(0.01, 0.1), inputs="sphere", targets="bounded"),
    assuming={
        **MODERATE,
        "b_rβ_r ≥ ½‖w_r‖²": lambda run: smallest(run.b * run[0].beta - row_norms(run[0].W) ** 2 / 2),
    },
)
def balanced_start_stays_aligned(run):
    """If b_rβ_r ≥ ½‖w_r‖² for every neuron, then b·β ≥ 0 after a step, as it is along the flow."""
    return inner(run.b, run[1].beta) >= 0
