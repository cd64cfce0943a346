"""Statements "for all … there is …", which are searched network by network.

    fa-theory check examples/conjectures/26_there_is.py

Expected verdicts: supported, then undecided.
"""

from fa_theory.conjectures import Domain, ThereIs, conjecture, cosine, norm

NETWORKS = Domain(n=(1, 2), d=2, p=(2, 6), activation="tanh", steps=1, eta=0.1)


@conjecture(NETWORKS, quantifier=ThereIs("b"), assuming={"an error": lambda run: norm(run[0].error) > 0.01})
def some_feedback_descends(run):
    """For every network there is feedback, at an angle of at least 60 degrees to β, with which the loss falls."""
    return [run[1].loss < run[0].loss, cosine(run.b, run[0].beta) <= 0.5]


@conjecture(NETWORKS, quantifier=ThereIs("beta"))
def some_start_learns_at_once(run):
    """For every network and all feedback there are output weights with which one step halves the error."""
    return [norm(run[1].error) <= norm(run[0].error) / 2, norm(run[0].beta) >= 1]
