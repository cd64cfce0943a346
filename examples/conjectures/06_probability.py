"""Statements that hold with a probability.

    fa-theory check examples/conjectures/06_probability.py

Expected verdicts: supported, contradicted, undecided.
"""

from fa_theory.conjectures import Domain, WithProbability, conjecture, inner, norm, sqrt

# For a probability, the domain is a distribution: weights and targets are drawn from N(0, 1), step sizes uniformly on
# a logarithmic scale, and so are sizes. Here everything except the random numbers is fixed.
WIDE = Domain(n=1, d=1, p=50, steps=0)


@conjecture(WIDE, quantifier=WithProbability(0.99))
def random_feedback_is_nearly_orthogonal(run):
    """At width 50, |cos∠(b, β)| ≤ 3/√p with probability at least 0.99."""
    return abs(inner(run.b, run[0].beta)) * sqrt(run.p) <= 3 * norm(run.b) * norm(run[0].beta)


# A single failure does not refute a probability; more failures than chance allows do.
@conjecture(WIDE, quantifier=WithProbability(0.99))
def random_feedback_is_almost_orthogonal(run):
    """At width 50, |cos∠(b, β)| ≤ 2/√p with probability at least 0.99."""
    return abs(inner(run.b, run[0].beta)) * sqrt(run.p) <= 2 * norm(run.b) * norm(run[0].beta)


# b is independent of everything in β(1), and symmetric, so the probability is exactly 1/2. No sample can distinguish
# exactly 1/2 from slightly less, so the verdict is undecided.
@conjecture(Domain(n=3, d=3, p=10, eta=0.1, beta_scale=0), quantifier=WithProbability(0.5))
def first_step_aligns_half_the_time(run):
    """From β = 0 the first step aligns β with b, with probability at least 1/2."""
    return inner(run.b, run[1].beta) >= 0
