"""Labelled conjectures about distributions: means, variances, quantiles, comparison of probabilities, exponents."""

from fa_theory.conjectures import (
    Domain,
    Scales,
    conjecture,
    expectation,
    inner,
    norm,
    probability,
    quantile,
    total,
    trace,
    variance,
)  # fmt: skip

STILL = Domain(n=1, d=1, p=16, steps=0)
ONE = Domain(n=1, d=1, p=1, steps=0)
START = Domain(n=2, d=3, p=8, steps=0, W_scale=0)
RELU = Domain(n=1, d=2, p=1, steps=0, activation="relu")
STEP = Domain(n=2, d=3, p=8, eta=0.02)
WILD = Domain(n=2, d=3, p=8, eta=4.0, steps=40)

LABELS = {
    "squared_cosine_is_one_over_p": ("true", "exactly 1/p"),
    "sign_is_fair": ("true", "symmetric"),
    "variance_of_the_product_is_p": ("true", "Σ of p independent products of variance 1"),
    "wider_is_less_aligned": ("true", "about 0.67/√p"),
    "loss_at_zero_is_half_n": ("true", "½E‖y‖² = n/2 = 1"),
    "backprop_descends_more_often": ("true", "measured"),
    "trace_of_gram": ("true", "nd = 6"),
    "median_of_a_normal": ("true", "0.6745"),
    "half_of_neurons_are_off": ("true", "P(w·x < 0) = ½"),
    "large_steps_diverge": ("true", "measured: all but a few runs overflow"),
    "cosine_is_at_most_one_over_root_p": ("true", "exponent −½"),
    "squared_cosine_scales": ("true", "the mean is 1/p"),
    "squared_cosine_is_larger": ("false", "it is 1/p"),
    "sign_is_biased": ("false", "symmetric"),
    "variance_of_the_product_is_larger": ("false", "it is p"),
    "wider_is_more_aligned": ("false", "about 0.67/√p"),
    "loss_at_zero_is_larger": ("false", "n/2 = 1"),
    "feedback_descends_more_often": ("false", "measured"),
    "trace_of_gram_is_larger": ("false", "nd = 6"),
    "upper_tail_of_a_normal": ("false", "the 0.9-quantile of |b| is 1.645"),
    "most_neurons_are_on": ("false", "P = ½"),
    "large_steps_converge": ("false", "measured: nearly all runs overflow"),
    "cosine_falls_like_p": ("false", "exponent −½"),
    "movement_is_quadratic_in_the_step": ("false", "linear in η"),
}
RARE = set()


@conjecture(STILL)
def squared_cosine_is_one_over_p(run):
    """E cos² = 1/p within 10 %."""
    mean = expectation(run[0].alignment ** 2, p=64) * 64
    return [mean >= 0.9, mean <= 1.1]


@conjecture(STILL)
def sign_is_fair(run):
    """P(b·β > 0) is between 0.45 and 0.55."""
    found = probability(inner(run.b, run[0].beta) > 0)
    return [found >= 0.45, found <= 0.55]


@conjecture(STILL)
def variance_of_the_product_is_p(run):
    """Var(b·β) = 16 within 10 %."""
    found = variance(inner(run.b, run[0].beta))
    return [found >= 14.4, found <= 17.6]


@conjecture(STILL)
def wider_is_less_aligned(run):
    """The median of |cos| is smaller at p = 64 than at p = 16."""
    return quantile(abs(run[0].alignment), 0.5, p=64) < quantile(abs(run[0].alignment), 0.5)


@conjecture(START)
def loss_at_zero_is_half_n(run):
    """From W = 0 the mean loss is 1 within 10 %."""
    found = expectation(run[0].loss)
    return [found >= 0.9, found <= 1.1]


@conjecture(STEP)
def backprop_descends_more_often(run):
    """BP decreases the loss more often than FA."""
    return probability(run.with_(rule="bp")[1].loss <= run[0].loss) > probability(run[1].loss <= run[0].loss)


@conjecture(Domain(n=2, d=3, p=8, steps=0))
def trace_of_gram(run):
    """E tr G = nd = 6 within 10 %."""
    found = expectation(trace(run[0].G))
    return [found >= 5.4, found <= 6.6]


@conjecture(ONE)
def median_of_a_normal(run):
    """The median of |b| is between 0.6 and 0.75."""
    found = quantile(abs(total(run.b)), 0.5)
    return [found >= 0.6, found <= 0.75]


@conjecture(RELU)
def half_of_neurons_are_off(run):
    """A neuron is off with probability ½ ± 0.1."""
    found = probability(norm(run[0].features) <= 0)
    return [found >= 0.4, found <= 0.6]


@conjecture(WILD)
def large_steps_diverge(run):
    """With η = 4 the loss exceeds 10 after 40 steps with probability at least 0.9."""
    return probability(run[-1].loss <= 10) <= 0.1


@conjecture(STILL, quantifier=Scales(-0.4, bound="at most"))
def cosine_is_at_most_one_over_root_p(run):
    """|cos| is O(p^-0.4)."""
    return run[0].alignment


@conjecture(STILL, quantifier=Scales(-1.0, of="mean"))
def squared_cosine_scales(run):
    """The mean of cos² falls like 1/p."""
    return run[0].alignment ** 2


@conjecture(STILL)
def squared_cosine_is_larger(run):
    """E cos² ≥ 1.2/p."""
    return expectation(run[0].alignment ** 2, p=64) * 64 >= 1.2


@conjecture(STILL)
def sign_is_biased(run):
    """P(b·β > 0) ≥ 0.6."""
    return probability(inner(run.b, run[0].beta) > 0) >= 0.6


@conjecture(STILL)
def variance_of_the_product_is_larger(run):
    """Var(b·β) ≥ 20."""
    return variance(inner(run.b, run[0].beta)) >= 20


@conjecture(STILL)
def wider_is_more_aligned(run):
    """The median of |cos| is larger at p = 64 than at p = 16."""
    return quantile(abs(run[0].alignment), 0.5, p=64) > quantile(abs(run[0].alignment), 0.5)


@conjecture(START)
def loss_at_zero_is_larger(run):
    """From W = 0 the mean loss is at least 1.3."""
    return expectation(run[0].loss) >= 1.3


@conjecture(STEP)
def feedback_descends_more_often(run):
    """FA decreases the loss more often than BP."""
    return probability(run[1].loss <= run[0].loss) > probability(run.with_(rule="bp")[1].loss <= run[0].loss)


@conjecture(Domain(n=2, d=3, p=8, steps=0))
def trace_of_gram_is_larger(run):
    """E tr G ≥ 7.5."""
    return expectation(trace(run[0].G)) >= 7.5


@conjecture(ONE)
def upper_tail_of_a_normal(run):
    """90 % of |b| are at most 1.2."""
    return quantile(abs(total(run.b)), 0.9) <= 1.2


@conjecture(RELU)
def most_neurons_are_on(run):
    """A neuron is off with probability at most 0.3."""
    return probability(norm(run[0].features) <= 0) <= 0.3


@conjecture(WILD)
def large_steps_converge(run):
    """With η = 4 the median loss after 40 steps is at most 10."""
    return quantile(run[-1].loss, 0.5) <= 10


@conjecture(STILL, quantifier=Scales(-1.0, bound="at most"))
def cosine_falls_like_p(run):
    """|cos| is O(1/p)."""
    return run[0].alignment


@conjecture(
    Domain(n=2, d=2, p=8, inputs="sphere"), quantifier=Scales(2.0, size="eta", widths=(0.001, 0.004, 0.016, 0.064))
)
def movement_is_quadratic_in_the_step(run):
    """‖W(1) − W(0)‖ is of order η²."""
    return norm(run[1].W - run[0].W)
