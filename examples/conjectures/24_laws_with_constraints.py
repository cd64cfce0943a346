"""Domains whose law fulfils a constraint: norms and angles are drawn, not waited for.

    fa-theory check examples/conjectures/24_laws_with_constraints.py

Expected verdicts: falsified, then supported.
"""

from fa_theory.conjectures import Domain, WithProbability, conjecture, inner

# Weights of norm at most 1, and feedback within 60 degrees of the output weights. Without `alignment` such networks are
# rare for wide layers, and as a hypothesis they would leave little to attack.
ALIGNED = Domain(
    n=2, d=2, p=(2, 32), activation="tanh", steps=0, bounds={"W": 1, "beta": 1, "b": 1}, alignment=(0.5, 1)
)


@conjecture(ALIGNED)
def aligned_feedback_descends(run):
    """If b is within 60 degrees of β, feedback alignment goes down the loss."""
    return inner(run[0].gradient_W, run[0].feedback_W) >= 0


@conjecture(ALIGNED, quantifier=WithProbability(0.9))
def aligned_feedback_descends_often(run):
    """If b is within 60 degrees of β, feedback alignment goes down the loss, most of the time."""
    return inner(run[0].gradient_W, run[0].feedback_W) >= 0
