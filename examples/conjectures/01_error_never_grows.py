"""The simplest conjecture: one domain, one sentence.

    fa-theory check examples/conjectures/01_error_never_grows.py

Expected verdict: falsified, by a network of a single neuron.
"""

from fa_theory.conjectures import Domain, conjecture, norm

# A domain describes the networks covered by the statement. A pair is a closed range; the search covers all
# sizes in it and reduces a counterexample to the smallest size. Inputs, targets and weights may be any real numbers.
NETWORKS = Domain(
    n=(1, 4),  # samples
    d=(1, 4),  # inputs
    p=(1, 16),  # neurons
    activation=("linear", "tanh"),
    eta=(0.01, 1.0),  # step size
)


# The function returns the claim. `run[0]` is the initial network, `run[1]` the network one step later, and
# `error` is f(X) − y. The first line of the docstring is the title in reports.
@conjecture(NETWORKS)
def error_never_grows(run):
    """One step of feedback alignment never increases the error."""
    return norm(run[1].error) <= norm(run[0].error)


# It fails because the error is propagated through b instead of β. If b and β have opposite signs, the first layer
# moves in the wrong direction. A hypothesis repairs this: see the next example.
