"""Some time, hitting times, two times, or, implies.

    fa-theory check examples/conjectures/21_time_logic.py

Expected verdicts: falsified, then falsified, then falsified.
"""

from fa_theory.conjectures import Domain, conjecture, implies

SHORT = Domain(n=(1, 2), d=(1, 2), p=(1, 3), steps=4, eta=(0.01, 0.5), inputs="sphere", targets="bounded")


@conjecture(SHORT)
def an_increase_is_the_last(run):
    """Where the loss increases in the first step, it is larger at no later time."""
    return implies(run[1].loss > run[0].loss, run.always(lambda s: s.loss <= run[1].loss))


@conjecture(SHORT)
def later_is_better_or_the_start_was_good(run):
    """Either the loss at s < t is always at least that at t, or it starts below 1/100."""
    return run.pairs(lambda s, t: t.loss <= s.loss) | (run[0].loss <= 0.01)


@conjecture(SHORT)
def half_the_loss_by_step_four(run):
    """The first time at which the loss is at most half of that at the start is at most 4."""
    return run.first_time(lambda s: s.loss <= run[0].loss / 2) <= 4
