"""The rank of a matrix is at almost every network at least what it certainly is at one.

Let the entries of A be quotients in the sense of `kinds`, and let r steps of elimination find pivots at the network x
that are certainly not 0. Their product is, up to its sign, a minor of A of size r; it is a quotient, too, and not 0 at
x. By `nonzero` it is not 0 at almost every network, and there A has rank ≥ r.
"""

from __future__ import annotations

from flint import arb

from fa_theory.checker.counterexample import numbers as num
from fa_theory.checker.counterexample.formula import Machine, Program
from fa_theory.checker.counterexample.numbers import Real, Undefined, Value

from .kinds import FormulaKind, analysed


def short_of_rank(machine: Machine, program: Program, strict: bool, moments: tuple[int, ...]) -> str | None:
    """Why a margin ``rank A − c``, or ``−|rank A − c|``, may fail on more than a null set, or nothing.

    None if the margin is not of this form.

    Raises
    ------
    Undefined
        If the entries of A have no certain values, or that takes too long.
    """
    equal, place = False, len(program) - 1
    if program[-1].op == "neg":
        for op in ("neg", "largest", "abs"):
            if program[place].op != op:
                return None
            (place,) = program[place].args
        equal = True
    if program[place].op != "sub":
        return None
    ranked, other = program[place].args
    if equal and program[ranked].op != "rank":
        ranked, other = other, ranked
    if program[ranked].op != "rank":
        return None
    (matrix,) = program[ranked].args
    made = analysed(machine, program[:place], moments, {ranked: Value((), [num.ZERO])})
    if made.kinds[matrix] > FormulaKind.QUOTIENT or made.kinds[other] is not FormulaKind.CONSTANT:
        return "it compares the rank with what is not constant, or the matrix is not known to be analytic"
    least, claimed = certain_rank(machine, made.values[matrix]), made.values[other]
    if claimed.shape:
        return "it compares the rank with an array"
    (c,) = claimed.entries
    if not (least > c if strict else least >= c) or (equal and not c >= min(made.values[matrix].shape)):
        return f"the rank is certainly ≥ {least}, which does not settle it"
    return ""


def certain_rank(machine: Machine, A: Value) -> int:
    """A lower bound of the rank: how many pivots of an elimination are certainly not 0."""
    if len(A.shape) != 2:
        raise Undefined(f"a formula takes the rank of shape {A.shape}")
    machine.spend(4 * len(A.entries) * min(A.shape), A)
    rows, found = A.rows(), 0
    while True:
        places = [(i, j) for i, row in enumerate(rows) for j, x in enumerate(row) if x > 0 or x < 0]
        if not places:
            return found
        i, j = max(places, key=lambda at: _size(rows[at[0]][at[1]]))
        pivot, found = rows.pop(i), found + 1
        rows = [_eliminated(row, pivot, j) for row in rows]


def _eliminated(row: list[Real], pivot: list[Real], j: int) -> list[Real]:
    """The row minus the multiple of the other that makes its entry j vanish; without that entry."""
    factor = num.div(row[j], pivot[j])
    return [num.sub(x, num.mul(factor, y)) for k, (x, y) in enumerate(zip(row, pivot, strict=True)) if k != j]


def _size(x: Real) -> arb:
    """For the choice of a pivot."""
    return abs(num.ball(x)).mid()
