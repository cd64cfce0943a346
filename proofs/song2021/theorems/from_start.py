"""Bounds on the kernels near the start imply that every step contracts: the induction of the explicit theorem.

The errors sum to at most U while every step so far contracts, and while they do, the kernels stay near their initial
values, so the next step contracts. How near they stay is a separate claim (song2021.apriori-tube).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, axiom, item, library
from fa_theory.symbolic.proof.notation import (
    Assertion,
    Expression,
    IndexName,
    at_least_0,
    delta,
    forall,
    given,
    inv,
    norm,
    of,
    op,
    positive,
    square_sum,
    total,
)
from fa_theory.symbolic.proof.writer import Multiple

from ...shared.one_step import INVERSE, ROOT
from .run import SecantRun

MUTANTS = ("twice the rate", "gap without the deviation", "step size too large")
MUTANTS_OF_SUM = ("half the sum of the errors",)
HALF, SMALL = Fraction(1, 2), Fraction(1, 100)


class FromStart(SecantRun):
    """A run whose kernels are bounded while the errors sum to at most U/η."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        P = self.P
        self.G, self.v = P.tensor("G", "time", "n", "n"), P.tensor("v", "n")
        self.g, self.U, self.low, self.high, self.k_ = P.scalars("g U low high kappa")
        self.assume_run()
        self.assume_sum()
        self._assume_bounds()
        self.now = P.assume("now", self.sums(self.t))
        self._show_near()
        self.contracted = self._show_contraction()

    def _assume_bounds(self) -> None:
        P, i, j, r, t, v = self.P, self.i, self.j, self.r, self.t, self.v
        gram = INVERSE * total(r, self.Psi(t, i, r) * self.Psi(t, j, r))
        P.assume("GRAM", forall(t, i, j, self.G(t, i, j).equals(gram)), "Gram matrix of the features")
        form = total(i, j, v(i) * self.G(t, i, j) * v(j))
        P.assume("ETA", at_least_0(self.eta), "step size")
        P.assume("G", positive(self.g), "the rate is positive")
        P.assume("LEVEL", self.length(0) <= self.g * self.U, "choice of U")
        near = self.near(t + 1)
        square = square_sum(i, v(i))
        P.assume("LOW", forall(t, v, given(near, self.low * square <= form)), "smallest eigenvalue of the Gram matrix")
        P.assume("HIGH", forall(t, v, given(near, form <= self.high * square)), "largest eigenvalue of the Gram matrix")
        apart = op(i, j, self.N(t, i, j) - self.G(t, i, j))
        P.assume("DEVIATION", forall(t, given(near, apart <= self.k_)), "the secant kernels are near the Gram matrix")
        P.assume("ORDER", self.low <= self.high, "smallest and largest eigenvalue")
        P.assume("DEVIATION ≥ 0", at_least_0(self.k_), "the bound of the deviation is non-negative")
        P.assume("GAP", self.gap(self.k_), "condition on the width")
        P.assume("STEP", self.short(2), "condition on the step size")

    def gap(self, deviation: Expression | int) -> Assertion:
        return self.g <= self.low - deviation

    def short(self, most: int) -> Assertion:
        return self.eta * (self.high + self.k_ + self.g) <= most

    def near(self, t: IndexName) -> Assertion:
        """The errors before time t sum to at most U/η."""
        return self.eta * self.T(t) <= self.U

    def sums(self, t: IndexName | int) -> Assertion:
        return self.g * (self.eta * self.T(t)) + self.length(t) <= self.length(0)

    def contracts(self, rate: Expression) -> Assertion:
        return self.length(self.t + 1) <= (1 - self.eta * rate) * self.length(self.t)

    def bounded(self, name: str, t: IndexName, *by: Fact | Multiple) -> Fact:
        """``ηT(t) ≤ U`` from a bound on ``gηT(t)``."""
        P = self.P
        P.show(f"{name}, g times", self.g * (self.eta * self.T(t)) <= self.g * self.U, *by, "LEVEL", rewrite=["T+"])
        fact = P.use(library.cancel())(self.eta * self.T(t), self.U, self.g, given=["G", f"{name}, g times"])
        return P.instance(name, fact, reason="divide by g")

    def _show_near(self) -> None:
        P, t = self.P, self.t
        half = P.show(
            "ηg ≤ 1",
            self.eta * self.g <= 1,
            "STEP",
            Fact("GAP") * self.eta,
            Fact("ORDER") * self.eta,
            Fact("DEVIATION ≥ 0") * self.eta,
            reason="the sum of the conditions on width and step size",
        )
        self.close = self.bounded("near the start", t + 1, self.now, item(half, self.length(t)))

    def _show_contraction(self) -> Fact:
        P, i, j, t, v, eta, k = self.P, self.i, self.j, self.t, self.v, self.eta, self.k_
        step, most = self.show_step(), 1 - eta * self.g - eta * k

        def one(i: IndexName, j: IndexName) -> Expression:
            return delta(i, j) - eta * self.G(t, i, j)

        square, form = square_sum(i, v(i)), total(i, j, v(i) * one(i, j) * v(j))
        symmetric = P.show("symmetric", forall(i, j, one(i, j).equals(one(j, i))), rewrite=["GRAM"])
        low, high = (Fact(name)(t, of(i, v(i)), given=[self.close]) for name in ("LOW", "HIGH"))
        P.signed(square)
        above = P.show(
            "at most",
            forall(v, form <= most * square),
            low * eta,
            Fact("GAP") * (eta * square),
            reason="the smallest eigenvalue, and the condition on the width",
        )
        below = P.show(
            "at least",
            forall(v, -form <= most * square),
            high * eta,
            Fact("STEP") * square,
            reason="the largest eigenvalue, and the condition on the step size",
        )
        matrix = P.use(library.op_symmetric(), A="n")(of(i, j, one(i, j)), most, given=[symmetric, above, below])
        deviation = Fact("DEVIATION")(t, given=[self.close])
        apart = self.N(t, i, j) - self.G(t, i, j)
        rest = total(j, apart * self.e(t, j))
        error, bound = of(i, self.e(t, i)), P.use(library.op_bound(), A="n", B="n")
        down = P.show("−η ≤ 0", -eta <= 0, "ETA")
        at_t = P.generalise("step at t", P.instance("step at t and i", step(t, i)), i)
        return P.show(
            "contraction at t",
            self.contracts(self.g),
            P.use(library.triangle(), A="n")(of(i, total(j, one(i, j) * self.e(t, j))), of(i, -eta * rest)),
            P.use(library.homogeneous(), A="n")(-eta, of(i, rest)),
            axiom("abs_down")(-eta, given=[down]) * norm(i, rest),
            bound(of(i, j, one(i, j)), error),
            bound(of(i, j, apart), error) * eta,
            matrix * self.length(t),
            deviation * (eta * self.length(t)),
            rewrite=[at_t],
            reason="the Gram matrix contracts, and the deviation from it is small",
        )

    def all_times(self) -> Fact:
        """The bound of the sum for all times."""
        P, t = self.P, self.t
        start = P.show("sum at 0", self.sums(0), rewrite=["T0"], reason="empty sum")
        onward = P.show(
            "sum at t+1",
            self.sums(t + 1),
            self.now,
            self.contracted,
            rewrite=["T+"],
            reason="the newest term of the sum is at most the decrease of the norm of the error",
        )
        return P.induct("sum at all times", t, [self.sums(t)], [start], [onward], reason="induction over t")

    def witness(self, feedback: Fraction = SMALL, eta: Fraction = HALF, deviation: int = 1) -> Sequence[Assertion]:
        """One sample, a small error, and little feedback."""
        i, j, k, r, t = self.i, self.j, self.k, self.r, self.t
        gram = INVERSE * total(i, r, self.Psi(0, i, r) ** 2)
        return [
            self.eta.equals(eta * inv(gram)),
            forall(r, self.b(r).equals(feedback * self.beta(0, r))),
            *(forall(t, i, r, x(t, i, r).equals(1)) for x in (self.s, self.D)),
            forall(r, k, self.W(0, r, k).equals(Fraction(1, 3))),
            forall(i, self.y(i).equals(total(r, self.beta(0, r) * self.Psi(0, i, r)) * ROOT + SMALL**2)),
            self.low.equals((1 - SMALL) * gram),
            self.high.equals((1 + SMALL) * gram),
            self.k_.equals((1 + SMALL) * op(i, j, self.N(0, i, j) - self.G(0, i, j)) + SMALL * gram),
            self.g.equals(self.low - deviation * self.k_),
            self.U.equals(self.length(0) * inv(self.g)),
        ]


@cache
def proof() -> ProofWriter:
    """Prove ‖e(t+1)‖ ≤ (1 − ηg)‖e(t)‖ for all t."""
    N = FromStart("Contraction from the start")
    P, t = N.P, N.t
    every = N.all_times()
    step = P.show("if so at t", given(N.sums(t), N.contracts(N.g)), N.contracted, reason="for one time")
    goal = forall(t, N.contracts(N.g))
    P.conclude(P.show("contraction", goal, step(given=[every(t)]), reason="at all times"), witness=N.witness())
    P.mutant("twice the rate", {}, conclusion=forall(t, N.contracts(2 * N.g)))
    adverse = N.witness(Fraction(-1, 5), HALF, 0)
    P.mutant("gap without the deviation", {"GAP": N.gap(0)}, witness=adverse)
    P.mutant("step size too large", {"STEP": N.short(9)}, witness=N.witness(eta=Fraction(3)))
    return P


@cache
def total_error() -> ProofWriter:
    """Prove η Σ_{s<t} ‖e(s)‖ ≤ U for all t."""
    N = FromStart("Contraction from the start: the sum of the errors")
    P, t = N.P, N.t
    every, rest = N.all_times(), axiom("sqrt_sign")(square_sum(N.i, N.e(t, N.i)))
    bounded = N.bounded("sum", t, every(t), rest)

    def sums_to(most: Expression) -> Assertion:
        return forall(t, N.eta * N.T(t) <= most)

    P.conclude(P.show("sum of the errors", sums_to(N.U), bounded, reason="at all times"), witness=N.witness())
    P.mutant("half the sum of the errors", {}, conclusion=sums_to(HALF * N.U))
    return P
