"""A statement that is true for one output may be false for several.

    fa-theory check examples/conjectures/05_several_outputs.py

Expected verdicts: falsified, with two outputs and a single neuron; then proved or supported.
"""

from fa_theory.conjectures import Domain, conjecture, inner, smallest

# With k in the domain, y is a matrix (n, k), and so are β and b (p, k). Omit k for one output, where they are
# vectors: that is not the same as k=1.
TWO_OUTPUTS = Domain(n=(1, 3), d=(1, 3), p=(1, 6), k=2, steps=0)


@conjecture(TWO_OUTPUTS, assuming={"b and β agree in every sign": lambda run: smallest(run.b * run[0].beta) >= 0})
def agreeing_signs_descend(run):
    """If b and β agree in every sign, feedback alignment is a descent direction."""
    return inner(run[0].gradient_W, run[0].feedback_W) >= 0


# The counterexample is the classical one: with β = (3, 1), b = (1, 3) and the error (1, −2), the error
# propagated through β is 1, but through b it is −5. For b = β the statement holds:
@conjecture(Domain(n=(1, 3), d=(1, 3), p=(1, 6), k=2, steps=0, feedback="tied"))
def tied_feedback_descends(run):
    """If b = β, feedback alignment is a descent direction."""
    return inner(run[0].gradient_W, run[0].feedback_W) >= 0
