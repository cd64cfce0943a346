"""Linear algebra of the checker's formulas: exact on short rationals, and otherwise verified balls."""

from __future__ import annotations

from collections.abc import Callable

from flint import arb_mat, fmpq, fmpq_mat

from fa_theory.checker.eigenvalues import all_eigenvalues

from . import numbers as num
from .numbers import HALF, ONE, ZERO, Real, Undefined, Value

MAX_EXACT = 24
"""Largest matrix that is inverted in rationals."""


def _square(A: Value, what: str) -> int:
    if len(A.shape) != 2 or A.shape[0] != A.shape[1]:
        raise Undefined(f"a formula takes the {what} of shape {A.shape}")
    return A.shape[0]


def _rational(A: Value) -> fmpq_mat | None:
    """The matrix in rationals, if it is one and they are short."""
    entries = num.short_rationals(A.entries)
    return None if entries is None else fmpq_mat(A.shape[0], A.shape[1], entries)


def inverse(A: Value) -> Value:
    """``A⁻¹``."""
    n = _square(A, "inverse")
    M = _rational(A) if n <= MAX_EXACT else None
    try:
        entries: list[Real] = (
            list(M.inv().entries())
            if M is not None
            else list(arb_mat(n, n, [num.ball(x) for x in A.entries]).inv().entries())
        )
    except ZeroDivisionError:
        raise Undefined("a formula inverts a matrix that is not certainly invertible") from None
    return Value((n, n), [num.kept(x) for x in entries])


def determinant(A: Value) -> Value:
    """``det A``."""
    n = _square(A, "determinant")
    M = _rational(A) if n <= MAX_EXACT else None
    found: Real = M.det() if M is not None else arb_mat(n, n, [num.ball(x) for x in A.entries]).det()
    return Value((), [num.kept(found)])


def rank(A: Value) -> Value:
    """The rank, of rationals only: no ball tells that a matrix is singular."""
    M = _rational(A) if len(A.shape) == 2 else None
    if M is None:
        raise Undefined("a formula takes the rank of a matrix that is not known in rationals, or only in long ones")
    return Value((), [fmpq(M.rref()[1])])


def eigenvalue(which: int, A: Value) -> Real:
    """The eigenvalue of the symmetric part with this number, the smallest being number 0."""
    n = _square(A, "eigenvalues")
    if which >= n:
        raise Undefined(f"a matrix of size {n} has no eigenvalue number {which}")
    if which in (0, n - 1):
        return num.eigenvalue(int(which > 0), A)
    half = num.entrywise(lambda x, y: num.mul(num.add(x, y), HALF), A, num.transpose(A))
    return num.kept(all_eigenvalues(arb_mat(n, n, [num.ball(x) for x in half.entries]))[which])


def part(A: Value, ranges: tuple[slice, ...]) -> Value:
    """Some rows and columns, as slices of Python choose them."""
    if len(ranges) != len(A.shape):
        raise Undefined(f"a formula takes {len(ranges)} slices of shape {A.shape}")
    if len(ranges) == 1:
        entries = A.entries[ranges[0]]
        return _not_empty(Value((len(entries),), entries))
    rows = [row[ranges[1]] for row in A.rows()[ranges[0]]]
    width = len(rows[0]) if rows else 0
    return _not_empty(Value((len(rows), width), [x for row in rows for x in row]))


def _not_empty(A: Value) -> Value:
    if not A.entries:
        raise Undefined("a formula takes an empty part of an array")
    return A


def stacked(parts: list[Value], axis: int) -> Value:
    """Arrays one below the other (axis 0), or side by side (1)."""
    rank = len(parts[0].shape)
    if axis >= rank or any(len(v.shape) != rank for v in parts):
        raise Undefined(f"a formula joins shapes {', '.join(str(v.shape) for v in parts)}")
    if rank == 1:
        entries = [x for v in parts for x in v.entries]
        return Value((len(entries),), entries)
    if len({v.shape[1 - axis] for v in parts}) > 1:
        raise Undefined(f"a formula joins shapes {', '.join(str(v.shape) for v in parts)}")
    if axis == 0:
        return Value((sum(v.shape[0] for v in parts), parts[0].shape[1]), [x for v in parts for x in v.entries])
    rows = [[x for row in rows for x in row] for rows in zip(*(v.rows() for v in parts), strict=True)]
    return Value((len(rows), len(rows[0])), [x for row in rows for x in row])


def _length(axis: int) -> Callable[[Value], Value]:
    def found(A: Value) -> Value:
        if axis >= len(A.shape):
            raise Undefined(f"a formula takes the size of axis {axis} of shape {A.shape}")
        return Value((), [fmpq(A.shape[axis])])

    return found


def _diagonal(A: Value) -> Value:
    """The diagonal of a matrix, or the diagonal matrix of a vector."""
    if len(A.shape) == 1:
        n = A.shape[0]
        return Value((n, n), [A.entries[i] if i == j else ZERO for i in range(n) for j in range(n)])
    n = _square(A, "diagonal")
    return Value((n,), A.entries[:: n + 1])


def _identity(A: Value) -> Value:
    """The identity matrix with as many rows as A."""
    if not A.shape:
        raise Undefined("a formula takes the identity matrix of a number")
    n = A.shape[0]
    return Value((n, n), [ONE if i == j else ZERO for i in range(n) for j in range(n)])


SIMPLE: dict[str, Callable[[Value], Value]] = {
    "rows": _length(0),
    "columns": _length(1),
    "diagonal": _diagonal,
    "identity": _identity,
    "flat": lambda A: Value((len(A.entries),), A.entries),
}
"""Sizes, and what only rearranges entries."""
