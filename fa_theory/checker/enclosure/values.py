"""Balls and matrices of balls, and the work they cost.

A value is a ball or a matrix of balls, and finite: where an operation is not certainly defined (a division by what may
be 0, a root of what may be negative), the ball is infinite, and `NotDefined` is raised. So no function ever maps an
undefined number back to a finite one. Work is counted before it is done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from flint import arb, arb_mat, ctx

from fa_theory.checker import document as doc
from fa_theory.checker import ranges
from fa_theory.checker.linalg import elementwise

MAX_WORK = 3_000_000
"""Operations on numbers, half as many above 128 bits, and so on."""

Value: TypeAlias = arb | arb_mat


class NotDefined(ArithmeticError):
    """A term has no certain value; the message is one line."""


@dataclass
class Operations:
    """Operations that are left."""

    left: int = field(default_factory=lambda: MAX_WORK // -(-ctx.prec // 128))

    def spend(self, count: int) -> None:
        """Count operations, before they are done."""
        self.left -= count
        if self.left < 0:
            raise doc.MalformedDocument("assert: it takes too many operations to evaluate")


def finite(value: Value, what: str) -> Value:
    """The value; infinite balls stand for what is not certainly defined."""
    entries = value.entries() if isinstance(value, arb_mat) else [value]
    if not all(x.is_finite() for x in entries):
        raise NotDefined(f"{what} is not certainly defined and finite")
    return value


def size(value: Value) -> int:
    """The number of entries."""
    return value.nrows() * value.ncols() if isinstance(value, arb_mat) else 1


def number(value: Value, what: str) -> arb:
    """A value that must not be a matrix."""
    if isinstance(value, arb_mat):
        raise doc.MalformedDocument(f"{what}: expected a number but got {shape(value)}")
    return value


def matrix(value: Value, what: str) -> arb_mat:
    """A value that must be a matrix."""
    if isinstance(value, arb):
        raise doc.MalformedDocument(f"{what}: expected a matrix but got a number")
    return value


def shape(value: Value) -> str:
    """In words."""
    return f"a matrix of {value.nrows()} × {value.ncols()}" if isinstance(value, arb_mat) else "a number"


def paired(f: Callable[[arb, arb], arb], a: Value, b: Value, what: str) -> Value:
    """An operation entry by entry; a number goes with every entry of a matrix."""
    if isinstance(a, arb) and isinstance(b, arb):
        return f(a, b)
    if isinstance(a, arb):
        return elementwise(lambda y: f(a, y), matrix(b, what))
    if isinstance(b, arb):
        return elementwise(lambda x: f(x, b), matrix(a, what))
    if (a.nrows(), a.ncols()) != (b.nrows(), b.ncols()):
        raise doc.MalformedDocument(f"{what}: {shape(a)} does not go with {shape(b)}")
    return elementwise(f, a, b)


def function(name: str) -> Callable[[arb], arb]:
    """A function of one number; activations and their slopes are those of `checker.ranges`, also over wide balls."""
    if name.endswith("'"):
        return lambda x: ranges.slope_range(name[:-1], x)
    if name in ranges.ACTIVATIONS:
        return lambda x: ranges.value_range(name, x)
    match name:
        case "abs":
            return abs
        case "exp" | "log" | "sqrt" | "sin" | "cos":
            return lambda x: getattr(x, name)()
    raise AssertionError(name)
