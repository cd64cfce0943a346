"""The simplest conjecture: one domain, one sentence.

    fa-theory check examples/conjectures/01_error_never_grows.py

Expected verdict: falsified, by a network of a single neuron.
"""

from fa_theory.conjectures import Domain, conjecture, norm

# A domain says which networks the statement is about. A pair is a range, both ends included; the checker tries all
# sizes in it and makes its counterexample as small as it can. Inputs, targets and weights may be any real numbers.
NETWORKS = Domain(
    n=(1, 4),  # samples
    d=(1, 4),  # inputs
    p=(1, 16),  # neurons
    activation=("linear", "tanh"),
    eta=(0.01, 1.0),  # step size
)


# The function says what is claimed. `run[0]` is the network at the start, `run[1]` the network one step later, and
# `error` is f(X) − y. The first line of the docstring is the title in reports.
@conjecture(NETWORKS)
def error_never_grows(run):
    """One step of feedback alignment never increases the error."""
    return norm(run[1].error) <= norm(run[0].error)


# Why it fails: the error is sent back through b instead of β. If b points against β, the first layer learns the
# opposite of what it should. That can be repaired by a hypothesis: see the next example.
