"""Rows, slices, inverses, projectors, eigenvalues.

    fa-theory check examples/conjectures/20_linear_algebra.py

Expected verdicts: supported, then falsified.
"""

from fa_theory.conjectures import Domain, conjecture, det, eigenvalue, equal, identity, inverse, largest, projector

SQUARE = Domain(n=2, d=2, p=(1, 4), steps=0)


@conjecture(SQUARE, assuming={"the inputs are independent": lambda run: det(run.X) ** 2 >= 0.01})
def inverse_is_one(run):
    """X⁻¹X = I, within 1/1000."""
    return largest(abs(inverse(run.X) @ run.X - identity(run.X))) <= 0.001


@conjecture(SQUARE, assuming={"the first column is not 0": lambda run: run.X[:, 0] @ run.X[:, 0] >= 0.01})
def first_input_explains_the_second(run):
    """The projector onto the first column of X has a second eigenvalue of 1, and keeps the second column."""
    P = projector(run.X[:, 0:1])
    return [eigenvalue(P, 1) >= 1, equal(P @ run.X[:, 1], run.X[:, 1])]
