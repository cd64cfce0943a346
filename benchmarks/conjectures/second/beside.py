"""Labelled conjectures about several runs."""

from fa_theory.conjectures import Domain, conjecture, equal, inner, norm, sqrt, stack

D = Domain(n=(1, 2), d=(1, 2), p=(1, 3), steps=2, activation=("linear", "tanh"))
ONE = Domain(n=(1, 3), d=(1, 3), p=(1, 8), steps=1, activation="tanh", lam=(0.0, 1.0))
LINEAR = Domain(n=(1, 3), d=(1, 3), p=(1, 8), steps=1)
ZERO = Domain(n=(1, 3), d=(1, 3), p=(1, 8), steps=1, activation="tanh", beta_scale=0)
MODERATE = {"inputs": "sphere", "targets": "bounded", "bounds": {"W": 1, "beta": 1, "b": 1}}
GENTLE = Domain(n=(1, 2), d=(1, 2), p=(1, 3), eta=0.01, **MODERATE)

LABELS = {
    "readout_step_is_shared": ("true", "β(1) does not contain the feedback"),
    "copy_is_the_run": ("true", "the same formulas"),
    "feedback_scales_the_move": ("true", "Δ_W is linear in b"),
    "without_feedback_W_stays": ("true", "Δ_W is linear in b"),
    "tied_feedback_starts_as_backprop": ("true", "b = β(0) in the first step"),
    "opposite_feedback_moves_back": ("true", "Δ_W is odd in b"),
    "order_of_neurons_is_free": ("true", "sums over neurons"),
    "doubled_samples_with_half_the_step": ("true", "both gradients double"),
    "no_step_size_no_move": ("true", "W − 0 = W"),
    "decay_of_beta_leaves_W": ("true", "λ acts on β only"),
    "decay_is_a_difference": ("true", "β(1) with λ minus without is −ηλβ(0)"),
    "twice_as_wide_is_the_same_function": ("true", "2 ψβ/√2/√(2p) = ψβ/√p"),
    "linear_rescaling_is_the_same_function": ("true", "(2W)(β/2)"),
    "from_zero_readout_moves_are_linear_in_y": ("true", "e = −y where β = 0"),
    "gentle_backprop_descends": ("true", "η = 0.01 is below 2/L for norms ≤ 1"),
    "feedback_beats_backprop": ("false", "b = 0 and η small"),
    "backprop_beats_feedback": ("false", "a step of BP may overshoot"),
    "louder_feedback_is_faster": ("false", "it overshoots"),
    "decay_helps": ("false", "at e = 0 it hurts"),
    "wider_is_better": ("false", "copies of neurons change the output"),
    "near_backprop": ("false", "b is unbounded"),
    "learning_W_never_hurts": ("false", "b opposite to β"),
    "order_of_W_alone_is_free": ("false", "β belongs to the neurons"),
    "second_readout_step_is_shared": ("false", "W(1) differs"),
    "two_half_steps_are_one": ("false", "the second half sees other features"),
    "gentle_aligned_feedback_descends": ("false", "β → 0: the product of both moves wins; rare"),
    "gentle_feedback_is_within_a_thousandth": (
        "false",
        "b opposite to β, all norms 1: the losses differ by more; rare",
    ),
}
RARE = {"gentle_aligned_feedback_descends", "gentle_feedback_is_within_a_thousandth", "decay_helps"}


@conjecture(ONE)
def readout_step_is_shared(run):
    """The first step of β is that of backpropagation."""
    return equal(run.with_(rule="bp")[1].beta, run[1].beta)


@conjecture(D)
def copy_is_the_run(run):
    """A run beside itself is itself."""
    return equal(run.with_()[2].W, run[2].W)


@conjecture(ONE)
def feedback_scales_the_move(run):
    """Threefold feedback moves W three times as far."""
    return equal(run.with_(b=3 * run.b)[1].W - run[0].W, 3 * (run[1].W - run[0].W))


@conjecture(ONE)
def without_feedback_W_stays(run):
    """With b = 0 the first layer does not move."""
    return equal(run.with_(b=0 * run.b)[1].W, run[0].W)


@conjecture(ONE)
def tied_feedback_starts_as_backprop(run):
    """With b = β(0) the first step is that of backpropagation."""
    return equal(run.with_(b=run[0].beta)[1].W, run.with_(rule="bp")[1].W)


@conjecture(ONE)
def opposite_feedback_moves_back(run):
    """With −b the first layer moves by the opposite."""
    return equal(run.with_(b=-run.b)[1].W + run[1].W, 2 * run[0].W)


@conjecture(D)
def order_of_neurons_is_free(run):
    """Neurons in reverse order compute the same."""
    other = run.with_(W=run[0].W[::-1], beta=run[0].beta[::-1], b=run.b[::-1])
    return norm(other[1].output - run[1].output) <= 1e-6 * (1 + norm(run[1].output))


@conjecture(D)
def doubled_samples_with_half_the_step(run):
    """Every sample twice, at half the step size, gives the same first step."""
    other = run.with_(X=stack(run.X, run.X), y=stack(run.y, run.y), eta=run.eta / 2)
    return norm(other[1].W - run[1].W) <= 1e-6 * (1 + norm(run[1].W) + norm(run[0].W))


@conjecture(ONE)
def no_step_size_no_move(run):
    """With η = 0 nothing moves."""
    return equal(run.with_(eta=0)[1].W, run[0].W)


@conjecture(ONE)
def decay_of_beta_leaves_W(run):
    """λ does not matter to the first step of W."""
    return equal(run.with_(lam=5)[1].W, run[1].W)


@conjecture(ONE)
def decay_is_a_difference(run):
    """λ changes the first step of β by −ηλβ(0)."""
    return equal(run[1].beta - run.with_(lam=0)[1].beta, -run.eta * run.lam * run[0].beta)


@conjecture(D)
def twice_as_wide_is_the_same_function(run):
    """Every neuron twice, with β/√2, computes the same output."""
    half = run[0].beta / sqrt(2)
    other = run.with_(W=stack(run[0].W, run[0].W), beta=stack(half, half), b=stack(run.b, run.b))
    return norm(other[0].output - run[0].output) <= 1e-6 * (1 + norm(run[0].output))


@conjecture(LINEAR)
def linear_rescaling_is_the_same_function(run):
    """2W and β/2 compute the same output."""
    return equal(run.with_(W=2 * run[0].W, beta=run[0].beta / 2)[0].output, run[0].output)


@conjecture(ZERO)
def from_zero_readout_moves_are_linear_in_y(run):
    """From β = 0, twice the targets move W twice as far."""
    return equal(run.with_(y=2 * run.y)[1].W - run[0].W, 2 * (run[1].W - run[0].W))


@conjecture(GENTLE)
def gentle_backprop_descends(run):
    """With norms at most 1 and η = 0.01 a step of backpropagation does not increase the loss."""
    return run.with_(rule="bp")[1].loss <= run[0].loss


@conjecture(D)
def feedback_beats_backprop(run):
    """After two steps FA is at least as good as BP."""
    return norm(run[2].error) <= norm(run.with_(rule="bp")[2].error)


@conjecture(D)
def backprop_beats_feedback(run):
    """After two steps BP is at least as good as FA."""
    return norm(run[2].error) >= norm(run.with_(rule="bp")[2].error)


@conjecture(D)
def louder_feedback_is_faster(run):
    """Tenfold feedback learns at least as fast."""
    return norm(run.with_(b=10 * run.b)[2].error) <= norm(run[2].error)


@conjecture(D)
def decay_helps(run):
    """λ = 1 gives at most the loss of λ = 0 plus half of the initial one."""
    return run.with_(lam=1)[2].loss <= run.with_(lam=0)[2].loss + run[0].loss / 2


@conjecture(D)
def wider_is_better(run):
    """Every neuron twice gives at most the error after a step."""
    wide = run.with_(W=stack(run[0].W, run[0].W), beta=stack(run[0].beta, run[0].beta), b=stack(run.b, run.b))
    return norm(wide[1].error) <= norm(run[1].error)


@conjecture(D)
def near_backprop(run):
    """After two steps FA and BP differ by at most 1 in W."""
    return norm(run[2].W - run.with_(rule="bp")[2].W) <= 1


@conjecture(D)
def learning_W_never_hurts(run):
    """FA after two steps is at least as good as learning β alone."""
    return norm(run[2].error) <= norm(run.with_(b=0 * run.b)[2].error)


@conjecture(D)
def order_of_W_alone_is_free(run):
    """The order of the rows of W does not matter to the output."""
    return equal(run.with_(W=run[0].W[::-1])[0].output, run[0].output)


@conjecture(D)
def second_readout_step_is_shared(run):
    """The second step of β is that of backpropagation, too."""
    return equal(run.with_(rule="bp")[2].beta, run[2].beta)


@conjecture(D)
def two_half_steps_are_one(run):
    """Two steps of η/2 are one of η."""
    return equal(run.with_(eta=run.eta / 2)[2].W, run[1].W)


@conjecture(
    Domain(n=1, d=1, p=1, eta=(0.01, 0.1), **MODERATE),
    assuming={"b and β have the same sign": lambda run: inner(run.b, run[0].beta) >= 0},
)
def gentle_aligned_feedback_descends(run):
    """With norms at most 1, b·β ≥ 0 and η ≤ 0.1, FA does not increase the loss."""
    return run[1].loss <= run[0].loss


@conjecture(GENTLE)
def gentle_feedback_is_within_a_thousandth(run):
    """With norms at most 1 and η = 0.01, the losses of FA and BP after a step differ by at most 1/100."""
    return run[1].loss <= run.with_(rule="bp")[1].loss + 0.01
