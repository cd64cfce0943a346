"""ReLU has kinks, and kinks hide rare counterexamples.

    fa-theory check examples/conjectures/10_relu_kinks.py

Expected verdicts: proved or supported, then falsified twice, by networks that random draws hardly ever meet.
"""

from fa_theory.conjectures import Domain, conjecture, equal, norm, row_norms, smallest

RELU = Domain(n=(1, 2), d=(1, 2), p=(1, 3), activation="relu", eta=(0.01, 1.0))


# True at every kink, because w·Δw = b_rΔβ_r needs nothing but ψ(z) = zψ'(z) (Robertson & Koyejo 2024). Statements
# about vectors hold entry by entry, here for every neuron.
@conjecture(RELU)
def bracket_grows_by_the_step(run):
    """½‖w_r‖² − b_rβ_r grows by exactly ½‖Δw_r‖² in a step."""
    s, after = run[0], run[1]
    before = row_norms(s.W) ** 2 / 2 - run.b * s.beta
    return equal(row_norms(after.W) ** 2 / 2 - run.b * after.beta - before, row_norms(after.W - s.W) ** 2 / 2)


# The slope at the kink is 0 by convention, so this fails for z = 0 exactly: with probability 0, but it fails.
@conjecture(
    Domain(n=(1, 2), d=(1, 2), p=(1, 2), activation="relu", steps=0),
    assuming={"no neuron is off": lambda run: smallest(run[0].preactivations) >= 0},
)
def slopes_are_one(run):
    """Where every pre-activation is ≥ 0, every slope is 1."""
    return smallest(run[0].slopes) >= 1


# Backpropagation goes down the loss, as far as the gradient tells. A neuron that is just off for one sample may be
# turned on by a step made for another.
@conjecture(
    Domain(
        n=(1, 2), d=(1, 2), p=(1, 2), activation="relu", rule="bp", eta=(0.001, 0.01), inputs="ball", targets="bounded"
    ),
    assuming={"weights are small": lambda run: [norm(run[0].W) <= 1, norm(run[0].beta) <= 1]},
)
def small_backprop_steps_descend(run):
    """Backpropagation with η ≤ 0.01 never increases the loss of a small ReLU network."""
    return run[1].loss <= run[0].loss
