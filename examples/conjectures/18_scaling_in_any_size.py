"""Exponents in any size, of any statistic, one-sided.

    fa-theory check examples/conjectures/18_scaling_in_any_size.py

Expected verdicts: supported, then supported.
"""

from fa_theory.conjectures import Domain, Scales, conjecture, norm


# O(p^{-0.4}): an upper bound on the exponent. What is fitted is the median unless `of` says otherwise.
@conjecture(Domain(n=1, d=1, p=16, steps=0), quantifier=Scales(-0.4, bound="at most"))
def alignment_is_small(run):
    """The median of |cos∠(b, β)| is O(p^{-0.4})."""
    return run[0].alignment


@conjecture(
    Domain(n=2, d=2, p=8, inputs="sphere"),
    quantifier=Scales(1.0, size="eta", widths=(0.0001, 0.001, 0.01, 0.1), of="mean"),
)
def first_move_is_linear_in_the_step(run):
    """The mean of ‖W(1) − W(0)‖ is proportional to η."""
    return norm(run[1].W - run[0].W)
