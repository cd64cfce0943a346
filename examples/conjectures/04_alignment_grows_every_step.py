"""Statements about a whole run.

    fa-theory check examples/conjectures/04_alignment_grows_every_step.py

Expected verdicts: supported, then falsified.
"""

from fa_theory.conjectures import Domain, conjecture, inner

# steps may also be a range. W_scale=0 and beta_scale=0 start all weights at 0; inputs="sphere" gives unit vectors;
# feedback="sign" makes every entry of b either 1 or −1.
FROM_ZERO = Domain(
    n=1, d=(1, 3), p=(1, 8), steps=(1, 5), eta=(0.01, 0.1),
    W_scale=0, beta_scale=0, inputs="sphere", targets="bounded", feedback="sign",
)  # fmt: skip


# `every_step` takes a function of two states, before and after; `always` one of a single state. There are also
# `sum_over_time`, and `run[-1]` for the last state.
@conjecture(FROM_ZERO)
def from_zero_alignment_grows(run):
    """From weights 0, with one sample, b·β grows at every step."""
    return run.every_step(lambda before, after: inner(run.b, after.beta) >= inner(run.b, before.beta))


# From random weights this fails: the network must first unlearn what is not aligned with b.
@conjecture(Domain(n=1, d=(1, 3), p=(1, 8), steps=(1, 5), eta=(0.01, 0.1), inputs="sphere", targets="bounded"))
def from_anywhere_alignment_grows(run):
    """From any weights, with one sample, b·β grows at every step."""
    return run.every_step(lambda before, after: inner(run.b, after.beta) >= inner(run.b, before.beta))
