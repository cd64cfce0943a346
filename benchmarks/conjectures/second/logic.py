"""Labelled conjectures of time logic, alternatives, implications, schedules and own data."""

from fa_theory.conjectures import Domain, conjecture, equal, implies, inner, iterate, norm, smallest, sqrt

S = Domain(n=(1, 2), d=(1, 2), p=(1, 3), steps=3, eta=(0.01, 0.5), inputs="sphere", targets="bounded")
MINE = Domain(n=2, d=2, p=(1, 4), steps=2, eta=(0.01, 0.2), inputs=[[1, 0], [0.6, 0.8]], targets=[1, -0.5])

LABELS = {
    "it_starts_where_it_starts": ("true", "t = 0"),
    "losses_are_not_negative": ("true", "½‖e‖²"),
    "some_time_it_is_no_worse": ("true", "t = 0"),
    "large_is_above_half": ("true", "1 ≥ ½"),
    "aligned_or_not": ("true", "x ≥ 0 or x ≤ 0"),
    "later_losses_are_not_negative": ("true", "½‖e‖²"),
    "the_largest_is_at_least_the_first": ("true", "t = 0"),
    "small_error_means_small_loss": ("true", "L = ½‖e‖²"),
    "halving_vanishes": ("true", "2^-10 < 0.001"),
    "my_inputs_are_of_norm_one": ("true", "(1, 0), (0.6, 0.8)"),
    "my_loss_at_zero_weights": ("true", "½(1 + ¼) at W = 0"),
    "schedule_of_zeros_stays": ("true", "η = 0"),
    "an_increase_is_the_last": ("false", "it may go on"),
    "monotone_or_small": ("false", "η = ½ overshoots"),
    "half_in_three": ("false", "small η"),
    "some_time_it_is_small": ("false", "W = 0 = β"),
    "losses_are_convex": ("false", "overshoot and return"),
    "one_good_step_makes_another": ("false", "overshoot in the second"),
    "small_W_or_small_beta": ("false", "both may be large"),
    "root_p_steps_descend": ("false", "η = 1 overshoots"),
    "decaying_steps_reach_it": ("false", "W = 0 = β stays"),
    "mine_is_learned": ("false", "two steps may overshoot"),
    "mine_is_far_from_fitted": ("false", "an exact fit exists; rare"),
    "never_below_a_millionth": ("false", "an exact fit exists; rare"),
    "two_errors_never_agree": ("false", "W = 0 = β at every t; rare"),
}
RARE = {"mine_is_far_from_fitted", "never_below_a_millionth", "two_errors_never_agree"}


@conjecture(S)
def it_starts_where_it_starts(run):
    """The first time at which the loss is at most the first is 0."""
    return equal(run.first_time(lambda s: s.loss <= run[0].loss), 0)


@conjecture(S)
def losses_are_not_negative(run):
    """At no time is the loss negative."""
    return run.with_(steps=5).always(lambda s: s.loss >= 0)


@conjecture(S)
def some_time_it_is_no_worse(run):
    """At some time the loss is at most the first."""
    return run.sometime(lambda s: s.loss <= run[0].loss)


@conjecture(S)
def large_is_above_half(run):
    """Where the loss is at least 1 it is at least ½."""
    return implies(run[0].loss >= 1, run[0].loss >= 0.5)


@conjecture(S)
def aligned_or_not(run):
    """b·β ≥ 0 or b·β ≤ 0."""
    return (inner(run.b, run[0].beta) >= 0) | (inner(run.b, run[0].beta) <= 0)


@conjecture(S)
def later_losses_are_not_negative(run):
    """Whatever s < t, the loss at t is at least −1 times that at s."""
    return run.pairs(lambda s, t: t.loss >= -s.loss)


@conjecture(S)
def the_largest_is_at_least_the_first(run):
    """The largest loss is at least the first."""
    return run.largest_over_time(lambda s: s.loss) >= run[0].loss


@conjecture(S)
def small_error_means_small_loss(run):
    """Where ‖e‖ ≤ 1 the loss is at most ½."""
    return implies(norm(run[1].error) <= 1, run[1].loss <= 0.5)


@conjecture(S)
def halving_vanishes(run):
    """Ten halvings leave less than a thousandth."""
    return iterate({"x": 1}, lambda s: {"x": s.x / 2}, steps=10)[-1].x < 0.001


@conjecture(MINE)
def my_inputs_are_of_norm_one(run):
    """My inputs have norm 1."""
    return [equal(run.X[0] @ run.X[0], 1), equal(run.X[1] @ run.X[1], 1)]


@conjecture(MINE)
def my_loss_at_zero_weights(run):
    """With W = 0 my loss is 5/8."""
    return equal(run.with_(W=0 * run[0].W)[0].loss, 0.625)


@conjecture(S)
def schedule_of_zeros_stays(run):
    """With step sizes 0 nothing moves."""
    return equal(run.with_(eta=lambda t: 0 * t, steps=2)[2].W, run[0].W)


@conjecture(S)
def an_increase_is_the_last(run):
    """After an increase in the first step the loss is never larger."""
    return implies(run[1].loss > run[0].loss, run.always(lambda s: s.loss <= run[1].loss))


@conjecture(S)
def monotone_or_small(run):
    """The loss never increases, or starts below 1/100."""
    return run.pairs(lambda s, t: t.loss <= s.loss) | (run[0].loss <= 0.01)


@conjecture(S)
def half_in_three(run):
    """Three steps halve the loss at some time."""
    return run.first_time(lambda s: s.loss <= run[0].loss / 2) <= 3


@conjecture(S)
def some_time_it_is_small(run):
    """At some time the loss is at most 1/100."""
    return run.sometime(lambda s: s.loss <= 0.01)


@conjecture(S)
def losses_are_convex(run):
    """Three losses in a row are convex."""
    return run.every_step(lambda a, b, c: a.loss + c.loss >= 2 * b.loss)


@conjecture(S)
def one_good_step_makes_another(run):
    """If the first step does not increase the loss, neither does the second."""
    return implies(run[1].loss <= run[0].loss, run[2].loss <= run[1].loss)


@conjecture(S)
def small_W_or_small_beta(run):
    """‖W‖ ≤ 1 or ‖β‖ ≤ 5."""
    return (norm(run[0].W) <= 1) | (norm(run[0].beta) <= 5)


@conjecture(S)
def root_p_steps_descend(run):
    """With η = 1 and √p steps the loss does not increase."""
    path = run.with_(eta=1, steps=sqrt(run.p))
    return path[-1].loss <= path[0].loss


@conjecture(S)
def decaying_steps_reach_it(run):
    """With η = 1/(1 + t) five steps bring the loss below 1/10, or it started above 1."""
    path = run.with_(eta=lambda t: 1 / (1 + t), steps=5)
    return (path[-1].loss <= 0.1) | (path[0].loss >= 1)


@conjecture(MINE)
def mine_is_learned(run):
    """On my data two steps do not increase the loss."""
    return run[2].loss <= run[0].loss


@conjecture(MINE)
def mine_is_far_from_fitted(run):
    """On my data the loss is at least 0.0001."""
    return run[0].loss >= 0.0001


@conjecture(S)
def never_below_a_millionth(run):
    """The loss after three steps is at least a millionth, where it starts above 1/10."""
    return implies(run[0].loss >= 0.1, run[3].loss >= 0.000001)


@conjecture(S, assuming={"some target": lambda run: smallest(abs(run.y)) >= 0.1})
def two_errors_never_agree(run):
    """The errors at two times differ, by at least a tenth of a thousandth of the first."""
    return norm(run[3].error - run[0].error) >= 0.0001 * norm(run[0].error)
