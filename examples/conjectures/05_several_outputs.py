"""What is true of one output may be false of several.

    fa-theory check examples/conjectures/05_several_outputs.py

Expected verdicts: falsified, with two outputs and a single neuron; then proved or supported.
"""

from fa_theory.conjectures import Domain, conjecture, inner, smallest

# With k in the domain, y is a matrix (n, k), and so are β and b (p, k). Leave k out for one output, where they are
# vectors: that is not the same as k=1.
TWO_OUTPUTS = Domain(n=(1, 3), d=(1, 3), p=(1, 6), k=2, steps=0)


@conjecture(TWO_OUTPUTS, assuming={"b and β agree in every sign": lambda run: smallest(run.b * run[0].beta) >= 0})
def agreeing_signs_descend(run):
    """If b and β agree in every sign, feedback alignment goes down the loss."""
    return inner(run[0].gradient_W, run[0].feedback_W) >= 0


# The counterexample is the classical one: with β = (3, 1), b = (1, 3) and the error (1, −2), the error seen through β
# is 1, seen through b it is −5. If b = β nothing can go wrong:
@conjecture(Domain(n=(1, 3), d=(1, 3), p=(1, 6), k=2, steps=0, feedback="tied"))
def tied_feedback_descends(run):
    """If b = β, feedback alignment goes down the loss."""
    return inner(run[0].gradient_W, run[0].feedback_W) >= 0
