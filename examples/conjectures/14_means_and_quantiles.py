"""Means, variances, quantiles, and comparison of probabilities.

    fa-theory check examples/conjectures/14_means_and_quantiles.py

Expected verdicts: supported, then contradicted, then supported.
"""

from fa_theory.conjectures import Domain, conjecture, expectation, probability, quantile

STILL = Domain(n=1, d=1, p=16, steps=0)
STEP = Domain(n=2, d=3, p=8, eta=0.02)


# Numbers of the distribution of the domain. They are known up to confidence intervals, so the verdict is supported or
# contradicted, and never more. Sizes may be replaced: p=64.
@conjecture(STILL)
def mean_squared_alignment_is_one_over_p(run):
    """The mean of cos²∠(b, β) is 1/p, within 10 %."""
    return [
        expectation(run[0].alignment ** 2, p=64) * 64 >= 0.9,
        expectation(run[0].alignment ** 2, p=64) * 64 <= 1.1,
    ]


@conjecture(STILL)
def ninety_percent_are_within_one_sigma(run):
    """|cos∠(b, β)| is at most 1/√p for 90 % of the networks."""
    return quantile(abs(run[0].alignment), 0.9, p=16) <= 1 / 4


@conjecture(STEP)
def backprop_descends_more_often(run):
    """A small step of backpropagation decreases the loss more often than one of feedback alignment."""
    backprop = run.with_(rule="bp")
    return probability(backprop[1].loss <= run[0].loss) > probability(run[1].loss <= run[0].loss)
