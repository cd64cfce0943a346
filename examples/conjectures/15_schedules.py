"""Parameters that depend on sizes and on time.

    fa-theory check examples/conjectures/15_schedules.py

Expected verdicts: falsified, then supported.
"""

from fa_theory.conjectures import Domain, conjecture, norm, sqrt

NETWORKS = Domain(n=(1, 3), d=(1, 3), p=(1, 16), steps=0, inputs="sphere", targets="bounded")


# Step sizes, regularisation, feedback, inputs and targets may be formulas, or functions of the time. A number of steps
# is a formula of the sizes, rounded to a whole number.
@conjecture(NETWORKS)
def root_p_steps_never_increase_the_loss(run):
    """With η = 1/n and T = √p steps, the loss never increases."""
    scaled = run.with_(eta=1 / run.n, steps=sqrt(run.p))
    return scaled.every_step(lambda now, after: after.loss <= now.loss)


# `setting` makes the run of all hypotheses and of the conclusion.
@conjecture(NETWORKS, setting=lambda run: run.with_(lam=lambda t: 1 / (1 + t), eta=0.1, steps=5))
def decay_shrinks_the_readout_from_zero(run):
    """With λ(t) = 1/(1 + t), y = 0 and b = 0, ‖β‖ does not grow."""
    still = run.with_(y=0 * run.y, b=0 * run.b, W=run[0].W / (1 + norm(run[0].W)))
    return norm(still[-1].beta) <= norm(still[0].beta)
