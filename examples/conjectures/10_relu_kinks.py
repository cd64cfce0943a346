"""ReLU has kinks, and kinks hide rare counterexamples.

    fa-theory check examples/conjectures/10_relu_kinks.py

Expected verdicts: proved or supported, then falsified twice, by networks that random sampling hardly ever finds.
"""

from fa_theory.conjectures import Domain, conjecture, equal, norm, row_norms, smallest

RELU = Domain(n=(1, 2), d=(1, 2), p=(1, 3), activation="relu", eta=(0.01, 1.0))


# True at every kink, because w·Δw = b_rΔβ_r only needs ψ(z) = zψ'(z) (Robertson & Koyejo 2024). Statements
# about vectors hold entry by entry, here for every neuron.
@conjecture(RELU)
def bracket_grows_by_the_step(run):
    """½‖w_r‖² − b_rβ_r grows by exactly ½‖Δw_r‖² in a step."""
    s, after = run[0], run[1]
    before = row_norms(s.W) ** 2 / 2 - run.b * s.beta
    return equal(row_norms(after.W) ** 2 / 2 - run.b * after.beta - before, row_norms(after.W - s.W) ** 2 / 2)


# The slope at the kink is 0 by convention, so this fails exactly at z = 0: with probability 0, but it fails.
@conjecture(
    Domain(n=(1, 2), d=(1, 2), p=(1, 2), activation="relu", steps=0),
    assuming={"no neuron is inactive": lambda run: smallest(run[0].preactivations) >= 0},
)
def slopes_are_one(run):
    """Where every pre-activation is ≥ 0, every slope is 1."""
    return smallest(run[0].slopes) >= 1


# Backpropagation follows the negative gradient. But a neuron that is just inactive for one sample may be
# activated by a step made for another.
@conjecture(
    Domain(
        n=(1, 2), d=(1, 2), p=(1, 2), activation="relu", rule="bp", eta=(0.001, 0.01), inputs="ball", targets="bounded"
    ),
    assuming={"weights are small": lambda run: [norm(run[0].W) <= 1, norm(run[0].beta) <= 1]},
)
def small_backprop_steps_descend(run):
    """Backpropagation with η ≤ 0.01 never increases the loss of a small ReLU network."""
    return run[1].loss <= run[0].loss
