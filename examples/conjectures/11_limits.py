"""Statements about where a run ends up, as t → ∞.

    fa-theory check examples/conjectures/11_limits.py

Expected verdicts: supported, then falsified.
"""

from fa_theory.conjectures import Domain, conjecture, sqrt

# `run.limit` speaks of the end of the run, long after its last step: `alignment`, `movement_W` (a vector),
# `movement_beta` and `total_W`. Limits are taken where the error tends to 0; what they are is proved, for one network.
FROM_ZERO = Domain(
    n=1, d=(1, 3), p=(1, 6), eta=(0.1, 0.3),
    W_scale=0, beta_scale=0, inputs="sphere", targets="bounded", feedback="sign",
)  # fmt: skip


@conjecture(FROM_ZERO)
def from_zero_layers_balance(run):
    """From weights 0, with one sample, ‖β − β(0)‖ ends up at most ‖W − W(0)‖²/(2√p)."""
    return run.limit.movement_beta <= run.limit.total_W**2 / (2 * sqrt(run.p))


# Is it enough for alignment that the output weights start at 0? No: they are learnt at once, and need not turn to b.
@conjecture(Domain(n=1, d=(1, 3), p=(1, 6), activation=("linear", "tanh"), eta=(0.1, 0.5), beta_scale=0))
def from_zero_readout_aligns(run):
    """From β(0) = 0, with one sample, the limit alignment is at least 0.1."""
    return run.limit.alignment >= 0.1
