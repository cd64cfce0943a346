"""A hypothesis repairs a conjecture.

    fa-theory check examples/conjectures/02_with_a_hypothesis.py

Expected verdicts: supported or proved for the first, falsified for the second.
"""

from fa_theory.conjectures import Domain, conjecture, inner, smallest

# steps=0: the statement is about the initial network, without any training.
NETWORKS = Domain(n=(1, 3), d=(1, 3), p=(1, 6), activation=("relu", "tanh"), steps=0)


# Hypotheses have names, which appear in reports. Each is a function like the conjecture itself: it returns a
# statement (a >= b), or a number that must be ≥ 0, or a list of these. Only networks that satisfy all of them count.
@conjecture(
    NETWORKS,
    assuming={"every neuron is aligned": lambda run: smallest(run.b * run[0].beta) >= 0},
)
def aligned_neurons_descend(run):
    """If b_r β_r ≥ 0 for every neuron, feedback alignment is a descent direction."""
    # gradient_W is the true gradient, feedback_W the direction that feedback alignment uses instead.
    return inner(run[0].gradient_W, run[0].feedback_W) >= 0


# A weaker hypothesis does not suffice: b·β ≥ 0 holds on average over the neurons, but an inactive ReLU neuron or a
# saturated tanh neuron contributes nothing, and an anti-aligned neuron may dominate.
@conjecture(
    NETWORKS,
    assuming={"b and β are aligned": lambda run: inner(run.b, run[0].beta) >= 0},
)
def aligned_on_average_descend(run):
    """If b·β ≥ 0, feedback alignment is a descent direction."""
    return inner(run[0].gradient_W, run[0].feedback_W) >= 0
