"""Labelled conjectures about networks of three layers, and about rules of one's own."""

from fa_theory.conjectures import Domain, conjecture, deep, equal, inner, norm, smallest, sqrt

D = Domain(
    n=1, d=(1, 2), p=(1, 2), eta=(0.01, 0.5), steps=0, activation=("linear", "tanh"),
    arrays={"V": ("p", "p"), "B": ("p", "p")},
)  # fmt: skip
LINEAR = Domain(n=1, d=(1, 2), p=(1, 2), eta=0.1, steps=0, arrays={"V": ("p", "p"), "B": ("p", "p")})
PLAIN = Domain(n=(1, 3), d=(1, 3), p=(1, 8), activation="tanh")


def three(run, rule="fa", steps=1, **other):
    """Three layers with the feedback of the domain, or another."""
    V = other.get("V", run.array("V"))
    feedback = other.get("feedback", [run.array("B"), run.b])
    return deep(run, [run[0].W, V, run[0].beta], feedback, rule=rule, steps=steps)


LABELS = {
    "last_step_is_shared": ("true", "β's step has no feedback"),
    "without_feedback_layers_stay": ("true", "all signals contain b"),
    "tied_layers_start_as_backprop": ("true", "the same feedback"),
    "tied_layers_descend": ("true", "the square of the gradient"),
    "deep_linear_is_a_product": ("true", "ψ = id"),
    "last_hidden_layer_is_aligned": ("true", "n = 1: Σ b_rβ_r (eψ')² ‖h‖²"),
    "no_direct_feedback_first_layer_stays": ("true", "its signal contains B only"),
    "kolen_pollack_difference": ("true", "both move by the same"),
    "no_momentum_is_a_step": ("true", "v = −ηΔ"),
    "oja_like_decay": ("true", "the step scales W by 1 − η ≥ ½"),
    "three_layers_descend": ("false", "feedback opposite to the weights"),
    "direct_feedback_is_aligned": ("false", "B is free"),
    "direct_is_chained": ("false", "slopes between, and other matrices"),
    "deeper_is_better": ("false", "V = 0 against a fitted network"),
    "deep_backprop_descends": ("false", "it overshoots for large weights"),
    "every_hidden_layer_is_aligned": ("false", "b_rβ_r < 0"),
    "positive_products_align_the_first_layer": ("false", "⟨B, V⟩ ≥ 0 does not make BᵀbVᵀβ ≥ 0; rare"),
    "momentum_never_hurts": ("false", "it overshoots"),
    "kolen_pollack_aligns_in_one_step": ("false", "b·β may fall"),
    "three_layers_stay_small": ("false", "weights are unbounded"),
}
RARE = {"positive_products_align_the_first_layer", "deep_backprop_descends"}


@conjecture(D)
def last_step_is_shared(run):
    """FA, DFA and BP share the first step of β."""
    return [
        norm(three(run)[1].beta - three(run, "bp", feedback=[])[1].beta) <= 0,
        norm(three(run)[1].beta - three(run, "dfa", feedback=[run.b, run.b])[1].beta) <= 0,
    ]


@conjecture(D)
def without_feedback_layers_stay(run):
    """With b = 0 the hidden layers do not move."""
    still = three(run, feedback=[run.array("B"), 0 * run.b])
    return [equal(still[1].W(1), run[0].W), equal(still[1].W(2), run.array("V"))]


@conjecture(D)
def tied_layers_start_as_backprop(run):
    """With B = V and b = β the first step is that of BP."""
    tied = three(run, feedback=[run.array("V"), run[0].beta])
    return norm(tied[1].W(1) - three(run, "bp", feedback=[])[1].W(1)) <= 1e-9 * (1 + norm(tied[1].W(1)))


@conjecture(D)
def tied_layers_descend(run):
    """With B = V and b = β the first layer goes down the loss."""
    s = three(run, feedback=[run.array("V"), run[0].beta])[0]
    return inner(s.update(1), s.update(1, "bp")) >= 0


@conjecture(LINEAR)
def deep_linear_is_a_product(run):
    """Linear layers are a product of matrices."""
    s = three(run)[0]
    return norm(s.hidden(2) - run.X @ run[0].W.T @ run.array("V").T / sqrt(run.p)) <= 1e-9 * (1 + norm(s.hidden(2)))


@conjecture(D, assuming={"every neuron is aligned": lambda run: smallest(run.b * run[0].beta) >= 0})
def last_hidden_layer_is_aligned(run):
    """For one sample and b_rβ_r ≥ 0 the last hidden layer goes down the loss."""
    s = three(run)[0]
    return inner(s.update(2), s.update(2, "bp")) >= 0


@conjecture(D)
def no_direct_feedback_first_layer_stays(run):
    """DFA with no feedback to the first layer does not move it."""
    return equal(three(run, "dfa", feedback=[0 * run.b, run.b])[1].W(1), run[0].W)


@conjecture(PLAIN)
def kolen_pollack_difference(run):
    """Kolen and Pollack: b − β stays."""
    both = run.with_(step=lambda s: {"b": s.b - run.eta * s.gradient_beta}, start={"b": run.b}, lam=0)
    return equal(both[1].b - both[1].beta, run.b - run[0].beta)


@conjecture(PLAIN)
def no_momentum_is_a_step(run):
    """Heavy ball without momentum is FA."""
    heavy = run.with_(
        step=lambda s: {"v": -run.eta * s.feedback_W, "W": s.W - run.eta * s.feedback_W}, start={"v": 0 * run[0].W}
    )
    return equal(heavy[1].W, run[1].W)


@conjecture(Domain(n=1, d=(1, 3), p=(1, 5), eta=(0.1, 0.5), steps=0))
def oja_like_decay(run):
    """Decay alone shrinks the weights."""
    shrunk = run.with_(step=lambda s: {"W": (1 - run.eta) * s.W, "beta": s.beta}, steps=1)
    return norm(shrunk[1].W) <= norm(run[0].W)


@conjecture(D)
def three_layers_descend(run):
    """A step of FA in three layers does not increase the loss."""
    return three(run)[1].loss <= three(run)[0].loss


@conjecture(D)
def direct_feedback_is_aligned(run):
    """DFA goes down the loss in the first layer."""
    s = three(run, "dfa", feedback=[run.b, run.b])[0]
    return inner(s.update(1), s.update(1, "bp")) >= 0


@conjecture(D)
def direct_is_chained(run):
    """DFA through Bᵀb is FA."""
    direct = three(run, "dfa", feedback=[run.array("B").T @ run.b, run.b])
    return equal(direct[1].W(1), three(run)[1].W(1))


@conjecture(D)
def deeper_is_better(run):
    """Three layers have at most the loss of two after a step each."""
    return three(run)[1].loss <= run.with_(steps=1)[1].loss


@conjecture(D)
def deep_backprop_descends(run):
    """A step of BP in three layers does not increase the loss."""
    path = three(run, "bp", feedback=[])
    return path[1].loss <= path[0].loss


@conjecture(D)
def every_hidden_layer_is_aligned(run):
    """FA goes down the loss in the last hidden layer."""
    s = three(run)[0]
    return inner(s.update(2), s.update(2, "bp")) >= 0


@conjecture(
    LINEAR,
    assuming={
        "b·β ≥ 0": lambda run: inner(run.b, run[0].beta) >= 0,
        "⟨B, V⟩ ≥ 0": lambda run: inner(run.array("B"), run.array("V")) >= 0,
    },
)
def positive_products_align_the_first_layer(run):
    """If b·β ≥ 0 and ⟨B, V⟩ ≥ 0, the first layer goes down the loss."""
    s = three(run)[0]
    return inner(s.update(1), s.update(1, "bp")) >= 0


@conjecture(PLAIN)
def momentum_never_hurts(run):
    """Three steps of heavy ball are at least as good as three of FA."""
    heavy = run.with_(
        step=lambda s: {
            "v": 0.9 * s["v"] - run.eta * s.feedback_W,
            "W": s.W + 0.9 * s["v"] - run.eta * s.feedback_W,
        },
        start={"v": 0 * run[0].W},
        steps=3,
    )
    return norm(heavy[-1].error) <= norm(run.with_(steps=3)[-1].error)


@conjecture(PLAIN)
def kolen_pollack_aligns_in_one_step(run):
    """A step of Kolen and Pollack does not decrease b·β."""
    both = run.with_(step=lambda s: {"b": s.b - run.eta * s.gradient_beta}, start={"b": run.b}, lam=0)
    return inner(both[1].b, both[1].beta) >= inner(run.b, run[0].beta)


@conjecture(D)
def three_layers_stay_small(run):
    """Two steps move the second layer by at most 1."""
    path = three(run, steps=2)
    return norm(path[2].W(2) - path[0].W(2)) <= 1
