"""The step size matters: the same statement on three domains.

    fa-theory check examples/conjectures/03_backprop_descent.py

Expected verdicts: supported (true, but outside the scope of automatic proofs), and falsified twice.
"""

from fa_theory.conjectures import Domain, conjecture, norm

# rule="bp" is backpropagation; there are also "fa" (the default), "dfa" and "sign" (sign-symmetric feedback).
# inputs="ball": every input has norm at most 1. targets="bounded": every |y| ≤ 1.
GENTLE = Domain(n=(1, 3), d=(1, 3), p=(1, 6), rule="bp", eta=(0.001, 0.01), inputs="ball", targets="bounded")
WILD = Domain(n=(1, 3), d=(1, 3), p=(1, 6), rule="bp", eta=(0.1, 4.0), inputs="ball", targets="bounded")

MODERATE = {
    "W is small": lambda run: norm(run[0].W) <= 1,
    "β is small": lambda run: norm(run[0].beta) <= 1,
}


@conjecture(GENTLE, assuming=MODERATE)
def small_steps_descend(run):
    """Backpropagation with η ≤ 0.01 never increases the loss of a network with small weights."""
    return run[1].loss <= run[0].loss


@conjecture(WILD, assuming=MODERATE)
def large_steps_descend(run):
    """Backpropagation never increases the loss of a network with small weights, for any step size."""
    return run[1].loss <= run[0].loss


# Without the hypotheses even tiny steps fail, because weights may be arbitrarily large: the curvature of the loss grows
# with them. "For all networks" is a strong claim; state what "moderate" means.
@conjecture(GENTLE)
def small_steps_always_descend(run):
    """Backpropagation with η ≤ 0.01 never increases the loss."""
    return run[1].loss <= run[0].loss
