"""Your own data: arrays, a teacher, fresh test points.

    fa-theory check examples/conjectures/16_my_data.py

Expected verdicts: falsified, then falsified.
"""

import numpy as np

from fa_theory.conjectures import Domain, conjecture, norm

X = [[1, 0], [0.6, 0.8], [0, 1]]
y = np.array([1, 0, -1])
MINE = Domain(n=3, d=2, p=(1, 8), inputs=X, targets=y, eta=(0.01, 0.2), steps=3)


# `inputs` and `targets` may be arrays, as from `np.load`; 0.6 means 3/5.
@conjecture(MINE)
def mine_is_learned(run):
    """On my data three steps decrease the loss."""
    return run[3].loss <= run[0].loss


# `arrays` are further numbers of a network, which may be anything: here a linear teacher and test points.
TAUGHT = Domain(
    n=2, d=2, p=(1, 4), steps=0, arrays={"teacher": ("d",), "test": (3, "d")}, bounds={"W": 1.0, "beta": 1.0}
)


@conjecture(TAUGHT)
def generalises_within_ten(run):
    """With a linear teacher, four small steps do not increase the error on three test points tenfold."""
    teacher, test = run.array("teacher"), run.array("test")
    taught = run.with_(y=run.X @ teacher, eta=0.1, steps=4)

    def error(state):
        return norm(test @ state.W.T @ state.beta - test @ teacher)

    return error(taught[-1]) <= 10 * error(taught[0])
