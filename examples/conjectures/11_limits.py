"""Statements about the limit of a run as t → ∞.

    fa-theory check examples/conjectures/11_limits.py

Expected verdicts: supported, then falsified.
"""

from fa_theory.conjectures import Domain, conjecture, sqrt

# `run.limit` contains the limits of the run for t → ∞: `alignment`, `movement_W` (a vector),
# `movement_beta` and `total_W`. Limits exist where the error tends to 0; their values are proved for each network.
FROM_ZERO = Domain(
    n=1, d=(1, 3), p=(1, 6), eta=(0.1, 0.3),
    W_scale=0, beta_scale=0, inputs="sphere", targets="bounded", feedback="sign",
)  # fmt: skip


@conjecture(FROM_ZERO)
def from_zero_layers_balance(run):
    """From weights 0, with one sample, the limit of ‖β − β(0)‖ is at most ‖W − W(0)‖²/(2√p)."""
    return run.limit.movement_beta <= run.limit.total_W**2 / (2 * sqrt(run.p))


# Does β(0) = 0 suffice for alignment? No: the output weights are learnt immediately and need not align with b.
@conjecture(Domain(n=1, d=(1, 3), p=(1, 6), activation=("linear", "tanh"), eta=(0.1, 0.5), beta_scale=0))
def from_zero_readout_aligns(run):
    """From β(0) = 0, with one sample, the limit alignment is at least 0.1."""
    return run.limit.alignment >= 0.1
