"""Labelled conjectures about ReLU networks at and across their kinks."""

from fa_theory.conjectures import Domain, conjecture, equal, inner, largest, norm, smallest, sqrt

RELU = Domain(n=(1, 3), d=(1, 2), p=(1, 3), activation="relu", eta=(0.01, 1.0))
CALM = Domain(
    n=(1, 2), d=(1, 2), p=(1, 2), activation="relu", eta=(0.0001, 0.001),
    inputs="sphere", targets="bounded", feedback="sign",
)  # fmt: skip

LABELS = {
    "relu_is_homogeneous": ("true", "ψ(z) = zψ'(z), also at the kink, where both are 0"),
    "dead_network_stays": ("true", "all z ≤ 0: Ψ = 0 and D = 0, so both gradients vanish"),
    "active_neurons_have_slope": ("false", "w = 0: the slope at the kink is 0 by convention; true with probability 1"),
    "active_neurons_stay_active": ("false", "x = b = β = 1, w = 0.1, y = −1, η = 1: w becomes −1"),
    "no_kink_is_crossed": ("false", "x = b = β = 1, w = 0.0001, y = −1, η = 0.001: the neuron is turned off"),
    "small_relu_backprop_descends": (
        "false",
        "x = (1, −1), w = 0.001, β = 1, y = (−½, −1), η = 0.01: the step turns the neuron on for the second sample, "
        "whose error grows",
    ),
    "relu_features_nonnegative": ("true", "max(z, 0) ≥ 0"),
    "relu_keeps_a_tenth": ("false", "X = 1, W = −1 (every entry): all pre-activations are negative"),
}


@conjecture(RELU)
def relu_is_homogeneous(run):
    """ψ(z) = zψ'(z)."""
    s = run[0]
    return equal(s.features, s.preactivations * s.slopes)


@conjecture(RELU, assuming={"every neuron is off": lambda run: largest(run[0].preactivations) <= 0})
def dead_network_stays(run):
    """A network whose neurons are all off never moves."""
    return [equal(run[1].W, run[0].W), equal(run[1].beta, run[0].beta)]


@conjecture(
    Domain(n=(1, 2), d=(1, 2), p=(1, 2), activation="relu", steps=0),
    assuming={"no neuron is off": lambda run: smallest(run[0].preactivations)},
)
def active_neurons_have_slope(run):
    """Where every pre-activation is ≥ 0, every slope is 1."""
    return smallest(run[0].slopes) >= 1


@conjecture(RELU, assuming={"every neuron is on": lambda run: smallest(run[0].preactivations) > 0})
def active_neurons_stay_active(run):
    """Neurons that are on for every sample stay on for a step."""
    return smallest(run[1].preactivations) >= 0


@conjecture(CALM)
def no_kink_is_crossed(run):
    """The step is so small that the new output may be computed with the old slopes."""
    s, after = run[0], run[1]
    return equal(after.output, (after.preactivations * s.slopes) @ after.beta / sqrt(run.p))


@conjecture(
    Domain(
        n=(1, 2), d=(1, 2), p=(1, 2), activation="relu", eta=(0.001, 0.01), rule="bp", inputs="ball", targets="bounded"
    ),
    assuming={"W and β are small": lambda run: [norm(run[0].W) <= 1, norm(run[0].beta) <= 1]},
)
def small_relu_backprop_descends(run):
    """Backpropagation with η ≤ 0.01 never increases the loss of a small ReLU network."""
    return run[1].loss <= run[0].loss


@conjecture(RELU)
def relu_features_nonnegative(run):
    """ReLU features are never negative."""
    return smallest(run[1].features) >= 0


@conjecture(Domain(n=(2, 4), d=(2, 3), p=(2, 4), activation="relu", steps=0))
def relu_keeps_a_tenth(run):
    """ReLU keeps at least a tenth of ‖Z‖²."""
    s = run[0]
    return inner(s.features, s.features) >= inner(s.preactivations, s.preactivations) / 10
