"""Statements that may fail on a null set.

    fa-theory check examples/conjectures/13_almost_every_network.py

Expected verdicts: proved, then falsified.
"""

from fa_theory.conjectures import Domain, Generic, conjecture, norm

STILL = Domain(n=(1, 2), d=(1, 2), p=(1, 3), steps=0, activation=("linear", "tanh"))


# For all networks it fails at W = 0. `Generic` allows exceptions that form a null set: only an open set of violations
# refutes it. A counterexample then has a radius, and the checker verifies it for all networks within that radius.
@conjecture(STILL, quantifier=Generic())
def features_do_not_vanish(run):
    """Almost every network has features that are not all 0."""
    return norm(run[0].features) > 0


@conjecture(STILL, quantifier=Generic())
def loss_is_large(run):
    """Almost every network has a loss of at least 1/1000."""
    return run[0].loss >= 0.001
