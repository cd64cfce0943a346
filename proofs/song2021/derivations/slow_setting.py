"""The setting of `slow_alignment`: recursions, hypotheses of the induction, and what holds at the start."""

from __future__ import annotations

from sympy import Integer, Symbol, sqrt

from fa_theory.symbolic.derivation import Part, Step
from fa_theory.symbolic.equation import Equation
from fa_theory.symbolic.inequality import Adding, KnownInequality
from fa_theory.symbolic.notation import Expr, eta, lam, p

from .orthogonal_start import LENGTH, SQUARE, Y, c, c0, c_, g, g_, nu, nu0, nu_, w, w0, w_
from .orthogonal_start import NEXT_W as NEXT_W_ANY

S, S_, S0, M, Lam, U, U_, U0, g0 = (
    Symbol(name, nonnegative=True) for name in ("S", "S+", "S0", "M", "Lambda", "U", "U+", "U0", "g0")
)
keep, rate, slow = (Symbol(name, nonnegative=True) for name in ("q", "kappa", "r"))
one, zero = Integer(1), Integer(0)
root = sqrt(p)

NEXT_W = Equation(w_, NEXT_W_ANY.right.xreplace({SQUARE: one}), "recursion, for a direction of length 1")
NEXT_LENGTH = Equation(g_, LENGTH.right.xreplace({nu: nu_, w: w_, c: c_}), "length of the error after the step")
NEXT_S = Equation(S_, S + eta / root, "slow time")
KEEP = Equation(keep, 1 - eta * lam, "what is left of the weights")
STIFF = 1 + lam + c**2
RATE = Equation(rate, 1 - eta * (STIFF + w_ / root), "rate of the error")
SLOWEST = Equation(slow, 1 - eta * (1 + lam), "slowest rate")
START = (
    Equation(c0, zero, "start"),
    Equation(nu0, zero, "start"),
    Equation(w0, zero, "start"),
    Equation(S0, zero, "start"),
    Equation(g0, Y, "start"),
)
STABLE = KnownInequality(eta * (1 + lam + (Y * S_) ** 2 + Y**2 * S_ / root), one, "stable steps")
BOUNDED = KnownInequality(c_, M, "M bounds the slow coordinate")
LEVEL = KnownInequality(2 * M * Y**2 / root, (1 + lam) * Lam, "choice of Λ")
NEXT_U = Equation(U_, slow * U, "what is left of the start")
START_U = Equation(U0, Y, "start")

NONNEGATIVE = tuple(KnownInequality(zero, x, f"{x} is not negative") for x in (c, nu, w, g))
ALONG = KnownInequality(w, c * nu, "induction hypothesis: w is at most cν")
BEHIND = KnownInequality(lam * (c * nu - w), Y**2 / root, "induction hypothesis: and not far below")
REACHED = KnownInequality(c, Y * S, "induction hypothesis: the slow coordinate moves at most at speed Y")
CUBIC = c**3 / 3 + (1 + lam) * c
UPPER = KnownInequality(
    CUBIC + g / root, lam * Y * S + Y / root + (eta * Y) ** 2 * c / (3 * p), "induction hypothesis: cubic from above"
)
LOWER = KnownInequality(
    lam * Y * S + Y / root, CUBIC + g / root + Y * c**2 / (2 * root), "induction hypothesis: cubic from below"
)
ERROR_BELOW = KnownInequality(lam * Y, g * (STIFF + Y * c / root), "induction hypothesis: error from below")
ERROR_ABOVE = KnownInequality(g * STIFF, lam * Y + Lam + U, "induction hypothesis: error from above")

BEFORE = {c: c0, nu: nu0, w: w0, g: g0, S: S0, U: U0}
AFTER = {c: c_, nu: nu_, w: w_, g: g_, S: S_, U: U_}
MOVE = eta * g / root

SIZES = ((1, 1, 1), (1, 1, 4), (1, 1, 9))
"""Nothing here depends on n and d."""


def at(fact: KnownInequality, names: dict[Expr, Expr]) -> tuple[Expr, Expr]:
    return fact.lower.xreplace(names), fact.upper.xreplace(names)


def start(fact: KnownInequality, words: str, *added: Expr) -> Part:
    """An inequality at time 0; ``added`` are the non-negative amounts by which the sides differ."""
    low, high = at(fact, BEFORE)
    because = tuple((one, Adding(amount)) for amount in added)
    return Part(f"{words}: at time 0", low, high, (Step(high, "all start at 0", (*START, START_U), because),))
