"""Statements about the limit of a run as t → ∞.

    fa-theory check examples/conjectures/11_limits.py

Expected verdicts: supported, then falsified three times.
"""

from fa_theory.conjectures import Domain, conjecture, norm, sqrt

# `run.limit` is the state to which the run tends, with all that a state has. Every limit in a counterexample is proved.
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


# Two samples and one input: an error remains, by any rule. But ReLU networks need not find the smallest one.
@conjecture(Domain(n=2, d=1, p=(1, 2), activation=("linear", "relu"), eta=0.1))
def rules_agree(run):
    """Feedback alignment and backpropagation leave the same loss."""
    backprop = run.with_(rule="bp")
    return norm(run.limit.loss - backprop.limit.loss) <= 0.001


# With λ > 0 all the time and y = 0 the output weights vanish, and the first layer stops somewhere.
@conjecture(Domain(n=1, d=1, p=(1, 2), activation="tanh", eta=0.1, lam=0.5, targets="zero"))
def decay_leaves_the_first_layer(run):
    """For y = 0, decay of β leaves the first layer where it was, up to a tenth."""
    return run.limit.total_W <= 0.1
