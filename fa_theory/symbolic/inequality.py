"""Inequalities a step may rest on: named lemmas about norms, and hypotheses.

A step ``before ≤ after`` is justified by a list of pairs (multiplier ``m ≥ 0``, inequality ``lower ≤ upper``) with

    after − before = Σ m · (upper − lower),

an identity that both checks verify. The lemmas are true for every norm on ``Rⁿ`` and the operator norm it induces; they
build ``lower`` and ``upper`` themselves, so an instance cannot say anything else than its lemma.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import sympy

from fa_theory.errors import InputError

from .notation import Expr, Norm, OperatorNorm, total


class Inequality(Protocol):
    """``lower ≤ upper``."""

    @property
    def lower(self) -> Expr:
        """The smaller side."""
        ...

    @property
    def upper(self) -> Expr:
        """The larger side."""
        ...

    @property
    def words(self) -> str:
        """Why it holds."""
        ...


@dataclass(frozen=True)
class KnownInequality:
    """An inequality that the statement assumes, or that an earlier part of the derivation has concluded."""

    lower: Expr
    upper: Expr
    words: str


@dataclass(frozen=True)
class Triangle(Inequality):
    """``‖v + w‖ ≤ ‖v‖ + ‖w‖`` for the vectors with entries ``v_i``, ``w_i``.

    Examples
    --------
    >>> from fa_theory.symbolic.notation import e, i, y
    >>> Triangle(e[i], y[i], i).upper
    Norm(e[i], i) + Norm(y[i], i)
    """

    v: Expr
    w: Expr
    i: sympy.Idx
    words = "triangle inequality"

    @property
    def lower(self) -> Expr:
        return Norm(self.v + self.w, self.i)

    @property
    def upper(self) -> Expr:
        return Norm(self.v, self.i) + Norm(self.w, self.i)


@dataclass(frozen=True)
class Homogeneity(Inequality):
    """``‖−c v‖ ≤ c ‖v‖`` for a number ``c ≥ 0``.

    Raises
    ------
    InputError
        If ``c`` is not visibly non-negative.
    """

    c: Expr
    v: Expr
    i: sympy.Idx
    words = "homogeneity of the norm"

    def __post_init__(self) -> None:
        if not nonnegative(self.c):
            raise InputError(f"homogeneity needs a factor that is visibly non-negative but got {self.c}")

    @property
    def lower(self) -> Expr:
        return Norm(-self.c * self.v, self.i)

    @property
    def upper(self) -> Expr:
        return self.c * Norm(self.v, self.i)


@dataclass(frozen=True)
class AbsoluteHomogeneity(Inequality):
    """``‖c v‖ ≤ |c| ‖v‖`` for any number ``c``."""

    c: Expr
    v: Expr
    i: sympy.Idx
    words = "homogeneity of the norm"

    @property
    def lower(self) -> Expr:
        return Norm(self.c * self.v, self.i)

    @property
    def upper(self) -> Expr:
        return sympy.Abs(self.c) * Norm(self.v, self.i)


@dataclass(frozen=True)
class OperatorBound(Inequality):
    """``‖M v‖ ≤ ‖M‖ ‖v‖`` for the matrix with entries ``M_ij`` and the vector with entries ``v_j``."""

    M: Expr
    v: Expr
    i: sympy.Idx
    j: sympy.Idx
    words = "definition of the operator norm"

    @property
    def lower(self) -> Expr:
        return Norm(total(self.M * self.v, self.j), self.i)

    @property
    def upper(self) -> Expr:
        return OperatorNorm(self.M, self.i, self.j) * Norm(self.v, self.j)


@dataclass(frozen=True)
class CauchySchwarz(Inequality):
    """``Σ_i v_i w_i ≤ ‖v‖ ‖w‖`` in the Euclidean norm, or the same with ``−v`` on the left if ``negative``."""

    v: Expr
    w: Expr
    i: sympy.Idx
    negative: bool = False
    words = "Cauchy–Schwarz inequality"

    @property
    def lower(self) -> Expr:
        return (-1 if self.negative else 1) * total(self.v * self.w, self.i)

    @property
    def upper(self) -> Expr:
        return Norm(self.v, self.i) * Norm(self.w, self.i)


@dataclass(frozen=True)
class Adding(Inequality):
    """``0 ≤ c`` for a number ``c ≥ 0``: a non-negative amount may be added.

    Raises
    ------
    InputError
        If ``c`` is not visibly non-negative.
    """

    c: Expr
    words = "a non-negative amount is added"

    def __post_init__(self) -> None:
        if not nonnegative(self.c):
            raise InputError(f"only a visibly non-negative amount may be added but got {self.c}")

    @property
    def lower(self) -> Expr:
        return sympy.S.Zero

    @property
    def upper(self) -> Expr:
        return self.c


@dataclass(frozen=True)
class Summed(Inequality):
    """``Σ c a ≤ Σ c b`` for an inequality ``a ≤ b`` and weights ``c ≥ 0``, all of which may depend on the indices.

    Raises
    ------
    InputError
        If ``c`` is not visibly non-negative.
    """

    each: KnownInequality
    c: Expr
    over: tuple[sympy.Idx, ...]

    def __post_init__(self) -> None:
        if not nonnegative(self.c):
            raise InputError(f"inequalities can be summed with visibly non-negative weights, but not with {self.c}")

    @property
    def words(self) -> str:
        return self.each.words

    @property
    def lower(self) -> Expr:
        return total(self.c * self.each.lower, *self.over)

    @property
    def upper(self) -> Expr:
        return total(self.c * self.each.upper, *self.over)


LEMMAS = (Triangle, Homogeneity, AbsoluteHomogeneity, OperatorBound, CauchySchwarz, Summed, Adding)


def nonnegative(expr: Expr) -> bool:
    """Whether a formula is non-negative by its mere shape: sums, products and powers of non-negative things.

    Examples
    --------
    >>> from fa_theory.symbolic.notation import e, eta, i, lam
    >>> nonnegative(eta * lam + 2 * Norm(e[i], i)), nonnegative(1 - eta)
    (True, False)
    """
    match expr:
        case sympy.Rational():
            return bool(expr >= 0)
        case sympy.Symbol():
            return bool(expr.is_nonnegative)
        case Norm() | OperatorNorm() | sympy.Abs():
            return True
        case sympy.Add() | sympy.Mul():
            return all(nonnegative(part) for part in expr.args)
        case sympy.Pow():
            return bool(expr.exp.is_even) or nonnegative(expr.base)
        case sympy.Sum():
            return nonnegative(expr.function)
    return False
