"""Scaling laws: how a quantity grows or shrinks with the width.

    fa-theory check examples/conjectures/07_scaling.py

Expected verdicts: supported, contradicted, undecided.
"""

from fa_theory.conjectures import Domain, Scales, conjecture, largest, norm

# The function returns the quantity itself. Its median over random networks is measured at the widths of the
# quantifier (by default 16, 32, …, 512), and the exponent of the width is fitted.
NETWORKS = Domain(n=3, d=4, p=(16, 512), activation="tanh", steps=0)


@conjecture(NETWORKS, quantifier=Scales(-0.5))
def hidden_gram_vanishes(run):
    """‖H(0)‖ ~ p^{-1/2}: at large width the hidden layer initially has no effect (Song, Xu & Lafferty 2021)."""
    return norm(run[0].H)


@conjecture(NETWORKS, quantifier=Scales(-1))
def hidden_gram_vanishes_faster(run):
    """‖H(0)‖ ~ 1/p."""
    return norm(run[0].H)


# max_r |b_r| grows like √(2 log p): the exponent is 0, but at these widths the fitted slope exceeds 0.1 and decreases.
# If the exponent drifts, these widths do not determine it, and the verdict is undecided.
@conjecture(NETWORKS, quantifier=Scales(0))
def largest_feedback_does_not_grow(run):
    """max_r |b_r| ~ p^0."""
    return largest(abs(run.b))
