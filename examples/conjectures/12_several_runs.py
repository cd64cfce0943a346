"""Two runs side by side, from related starts.

    fa-theory check examples/conjectures/12_several_runs.py

Expected verdicts: falsified, then proved.
"""

from fa_theory.conjectures import Domain, conjecture, equal, norm

NETWORKS = Domain(n=(1, 2), d=(1, 2), p=(1, 4), steps=2, eta=(0.01, 0.5), activation=("linear", "tanh"))


# `run.with_(…)` is the same network under another rule, with other weights, data or parameters. It has all states and
# quantities of a run, and a statement may contain several runs.
@conjecture(NETWORKS)
def feedback_is_no_better_than_backprop(run):
    """After two steps the error of feedback alignment is at least that of backpropagation."""
    backprop = run.with_(rule="bp")
    return norm(run[2].error) >= norm(backprop[2].error)


@conjecture(NETWORKS)
def first_readout_step_is_that_of_backprop(run):
    """Whatever the rule and the feedback, the first step of β is the same."""
    return [
        equal(run.with_(rule="bp")[1].beta, run[1].beta),
        equal(run.with_(b=10 * run.b)[1].beta, run[1].beta),
    ]
