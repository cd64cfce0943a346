"""Li2, Li3, Li9: what the hidden layer is sent, BE, shrinks, and at which rate at least."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, axiom, item
from fa_theory.symbolic.proof.notation import (
    Assertion,
    Expression,
    IndexName,
    at_least_0,
    d,
    delta,
    differentiable,
    forall,
    given,
    num,
    of,
    size,
    total,
)

from ...shared.rates import budget
from .conserved import kept_along
from .matrices import HALF, Flowing, Time

MUTANTS_OF_RATE = ("without the first square", "without the bracket", "backpropagated")
MUTANTS_OF_FALL = ("bracket of any sign", "falls by itself")
MUTANTS_OF_MONOTONE = ("falls at once",)
MUTANTS_OF_CONVERGENCE = ("without the targets", "half the width")

QUARTER = Fraction(1, 4)


class _Errors(Flowing):
    """The flow with the error of a linear network, whose rate is named."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.error(self.t)
        self.v = self.P.tensor("v", "p")

    def start(self) -> Assertion:
        """``C(0) ⪰ 0``."""
        r, q, v = self.r, self.q, self.v
        return forall(v, at_least_0(total(r, q, v(r) * self.bracket(0, r, q) * v(q))))

    def back(self) -> Expression:
        """``‖BEAᵀ‖²``."""
        t, r, q, i = self.t, self.r, self.q, self.i
        return total(r, q, total(i, self.sent(t, r, i) * self.A(t, q, i)) ** 2)

    def across(self) -> Expression:
        """``‖AᵀBE‖²``."""
        t, r, i, j = self.t, self.r, self.i, self.j
        return total(i, j, total(r, self.A(t, r, j) * self.sent(t, r, i)) ** 2)

    def crossed(self) -> Expression:
        """``tr (BE)ᵀ C BE``."""
        t, r, q, i = self.t, self.r, self.q, self.i
        return total(i, r, q, self.sent(t, r, i) * self.bracket(t, r, q) * self.sent(t, q, i))

    def error_moves(self) -> None:
        """The error is differentiable, and its rate is ``−EAᵀA − WBE``."""
        P, s, t, c, i, r = self.P, self.s, self.t, self.c, self.i, self.r
        self.E_rate = P.tensor("E.", "real", "k", "d")
        along = self.flow.rate(self.T(c, i) - self.output(s, c, i))
        smooth = self._smooth("the error is differentiable", self.E(s, c, i), along.smooth)
        self.E_smooth = P.generalise("errors are differentiable", smooth, t, c, i)
        named = P.assume(
            "E rate", forall(t, c, i, self.E_rate(t, c, i).equals(d(s, self.E(s, c, i), t))), "rate of the error"
        )
        self.flow.moving["E"] = (self.E_smooth, named, self.E_rate)
        derived = P.show(
            "rate of the error", self.rate_of(self.E(s, c, i)).equals(along.value), along.equation, rewrite=["ERROR"]
        )
        value = -total(r, self.pulled(t, c, r) * self.A(t, r, i)) - total(r, self.W(t, c, r) * self.sent(t, r, i))
        P.show(
            "velocity of E",
            forall(t, c, i, self.E_rate(t, c, i).equals(value)),
            *(named(t, c, i), derived),
            rewrite=["velocity of A", "velocity of W"],
            reason="product rule, and both flows",
        )

    def _smooth(self, name: str, term: Expression, fact: Fact) -> Fact:
        return self.P.show(name, differentiable(self.s, term, self.t), fact, rewrite=["ERROR"])

    def show_rate(self) -> Fact:
        """The rate of ``½‖BE‖²``; its differentiability is kept."""
        self.error_moves()
        P, s = self.P, self.s
        self.along = self.flow.rate(HALF * self.size_of_sent(s))
        return P.show(
            "rate of half the square of what is sent",
            self.falls(1, 1),
            self.along.equation,
            rewrite=["velocity of E"],
            reason="insert the rate of the error; BW is split into the bracket and AAᵀ",
        )

    def falls(self, first: int, last: int) -> Assertion:
        value = -first * self.back() - HALF * self.across() - last * HALF * self.crossed()
        return forall(self.t, self.rate_of(HALF * self.size_of_sent(self.s)).equals(value))

    def all_stated(self, fact: Fact) -> Fact:
        return self.stated(self.P.drop("without E.", fact, "E rate"))

    def all_defined(self, *more: Fact) -> list[Fact]:
        return [*more, self.E_smooth, *self.defined()]


@cache
def rate() -> ProofWriter:
    """Prove ``(½‖BE‖²)' = −‖BEAᵀ‖² − ½‖AᵀBE‖² − ½ tr (BE)ᵀ C BE``."""
    N = _Errors("The rate of what the hidden layer is sent")
    P, t = N.P, N.t
    found = N.show_rate()
    P.conclude(N.all_stated(found), defined=N.all_defined(P.generalise("smooth", N.along.smooth, t)))
    P.mutant("without the first square", {}, conclusion=N.falls(0, 1))
    P.mutant("without the bracket", {}, conclusion=N.falls(1, 0))
    sent = total(N.c, N.W(t, N.c, N.r) * N.E(t, N.c, N.i))
    P.mutant("backpropagated", {"FLOW_A": N.flow_of_A(sent)})
    return P


def _shrinking(title: str) -> tuple[_Errors, Fact, Fact]:
    """The flow that starts from ``C ⪰ 0``, and the facts that ``½‖BE‖²`` is differentiable and does not grow."""
    N = _Errors(title)
    P, t, r, q, i = N.P, N.t, N.r, N.q, N.i
    P.assume("START", N.start(), "BW + WᵀBᵀ − AAᵀ is initially positive semi-definite, as from zero")
    exact = N.show_rate()
    kept = kept_along(N)
    psd = P.show(
        "the bracket stays positive",
        at_least_0(N.crossed()),
        item(Fact("START")(of(r, N.sent(t, r, i))), over=[i]),
        item(kept(t, r, q), N.sent(t, r, i) * N.sent(t, q, i), over=[i, r, q]),
        reason="it is conserved",
    )
    falls = P.show(
        "what is sent does not grow",
        forall(t, N.rate_of(HALF * N.size_of_sent(N.s)) <= 0),
        *(exact(t), psd, P.signed(N.back()), P.signed(N.across())),
        reason="squares, and a positive semi-definite bracket",
    )
    return N, P.generalise("half the square is differentiable", N.along.smooth, t), falls


def _zero_start(N: _Errors) -> list[Assertion]:
    return [
        forall(N.r, N.i, N.A(0, N.r, N.i).equals(0)),
        forall(N.c, N.r, N.W(0, N.c, N.r).equals(0)),
    ]


def _opposed(N: _Errors) -> list[Assertion]:
    """A start at which the weights are opposed to the feedback."""
    return [forall(N.r, N.i, N.A(0, N.r, N.i).equals(0)), forall(N.c, N.r, N.W(0, N.c, N.r).equals(-N.B(N.r, N.c)))]


def _any(N: _Errors) -> Assertion:
    """No condition on the start."""
    return forall(N.v, at_least_0(total(N.r, N.v(N.r) ** 2)))


@cache
def falls() -> ProofWriter:
    """Prove ``(½‖BE‖²)' ≤ 0`` if C is initially positive semi-definite."""
    N, smooth, found = _shrinking("What the hidden layer is sent does not grow")
    P, t = N.P, N.t
    P.conclude(N.all_stated(found), defined=N.all_defined(smooth), witness=_zero_start(N))
    P.mutant("bracket of any sign", {"START": _any(N)}, witness=_opposed(N))
    P.mutant("falls by itself", {}, conclusion=forall(t, N.rate_of(HALF * N.size_of_sent(N.s)) <= -N.size_of_sent(t)))
    return P


@cache
def monotone() -> ProofWriter:
    """Prove that ``‖BE‖`` is no larger at a later time, if C is initially positive semi-definite."""
    N, smooth, falls = _shrinking("What the hidden layer is sent never grows")
    P, s, t = N.P, N.s, N.t
    u, w = P.indices("u w", "real")
    order = P.assume("u ≤ w", num(u) <= num(w), "a later time")
    between = forall(t, given(num(u) <= num(t), num(t) <= num(w), N.rate_of(HALF * N.size_of_sent(s)) <= 0))
    slope = P.show("it falls between them", between, falls(t))
    later = axiom("decreasing")(of(s, HALF * N.size_of_sent(s)), u, w, given=[order, smooth, slope])

    def less(a: IndexName, b: IndexName) -> Assertion:
        return forall(u, w, given(num(u) <= num(w), N.size_of_sent(b) <= N.size_of_sent(a)))

    found = P.show("what is sent never grows", less(u, w), later)
    P.conclude(N.all_stated(found), defined=N.all_defined(smooth), witness=_zero_start(N))
    P.mutant(
        "falls at once",
        {},
        conclusion=forall(u, w, given(num(u) <= num(w), 2 * N.size_of_sent(w) <= N.size_of_sent(u))),
    )
    return P


class _Lyapunov:
    """``F = ½‖BW‖² − ⟨BT, A⟩``, and why it is bounded below."""

    def __init__(self, N: _Errors) -> None:
        self.N = N

    def seen(self, at: Time) -> Expression:
        """``‖BW‖²``."""
        N = self.N
        return total(N.r, N.q, self.entry(at, N.r, N.q) ** 2)

    def entry(self, at: Time, r: IndexName, q: IndexName) -> Expression:
        return total(self.N.c, self.N.B(r, self.N.c) * self.N.W(at, self.N.c, q))

    def aim(self, r: IndexName, i: IndexName) -> Expression:
        """``(BT)_ri``."""
        return total(self.N.c, self.N.B(r, self.N.c) * self.N.T(self.N.c, i))

    def aims(self) -> Expression:
        """``‖BT‖²``."""
        return total(self.N.r, self.N.i, self.aim(self.N.r, self.N.i) ** 2)

    def __call__(self, at: Time) -> Expression:
        N = self.N
        return HALF * self.seen(at) - total(N.r, N.i, self.aim(N.r, N.i) * N.A(at, N.r, N.i))

    def trace(self, at: Time) -> Expression:
        """``tr C``."""
        return total(self.N.r, self.N.bracket(at, self.N.r, self.N.r))

    def room(self) -> Expression:
        """``F(0) + ‖BT‖² + p/8 − tr C(0)/4``, which no later decrease of F exceeds."""
        return self(0) + self.aims() + QUARTER * HALF * size("p") - QUARTER * self.trace(0)

    def show_room(self, kept: Fact) -> Fact:
        """``F(0) − F(t) ≤ room``."""
        N = self.N
        P, t, r, q, i = N.P, N.t, N.r, N.q, N.i
        return P.show(
            "F is bounded below",
            forall(t, self(0) - self(t) <= self.room()),
            P.signed(total(r, i, (self.aim(r, i) - HALF * N.A(t, r, i)) ** 2)),
            P.signed(total(r, q, (self.entry(t, r, q) - HALF * delta(r, q)) ** 2)),
            item(kept(t, r, r), over=[r]),
            reason="⟨BT, A⟩ ≤ ‖BT‖² + ¼‖A‖², ‖A‖² = 2 tr BW − tr C, and tr BW ≤ ‖BW‖² + p/4",
        )

    def rate(self) -> Fact:
        """``F' = −‖BE‖²``."""
        N = self.N
        self.along = N.flow.rate(self(N.s))
        return N.P.show(
            "rate of F",
            N.rate_of(self(N.s)).equals(-N.size_of_sent(N.t)),
            self.along.equation,
            rewrite=["velocity of A", "velocity of W", "ERROR"],
            reason="insert both flows and the error",
        )


@cache
def convergence() -> ProofWriter:
    """Prove ``t ‖BE(t)‖² ≤ F(0) + ‖BT‖² + p/8 − tr C(0)/4`` if C is initially positive semi-definite."""
    N, smooth, falls = _shrinking("What the hidden layer is sent vanishes, of order 1/t")
    P, s, t = N.P, N.s, N.t
    F = _Lyapunov(N)
    descends = F.rate()
    kept = Fact("the bracket is conserved")
    low = F.show_room(kept)

    half = HALF * N.size_of_sent(s)
    square = N.flow.rate(2 * half)
    paid = P.show("F pays", N.rate_of(F(s)) <= -N.size_of_sent(t), descends)
    twice = P.show("the square does not grow", N.rate_of(2 * half) <= 0, square.equation, N.along.equation, falls(t))
    every = [
        P.generalise("F is differentiable", F.along.smooth, t),
        P.generalise("the square is differentiable", square.smooth, t),
        P.generalise("F always pays", paid, t),
        P.generalise("the square never grows", twice, t),
    ]
    less = P.use(budget())(of(s, F(s)), of(s, 2 * half), t, given=every)

    def bound(room: Expression) -> Assertion:
        return forall(t, num(t) * N.size_of_sent(t) <= room)

    found = P.show("of order 1/t", bound(F.room()), less, low(t), reason="compare with time 0")
    P.conclude(N.all_stated(found), defined=N.all_defined(smooth), witness=_zero_start(N))
    P.mutant("without the targets", {}, conclusion=bound(F.room() - F.aims()), witness=_balanced(N))
    less_room = F.room() - Fraction(1, 16) * size("p")
    P.mutant("half the width", {}, conclusion=bound(less_room), witness=_tight(N))
    return P


def _balanced(N: _Errors) -> list[Assertion]:
    """A start with C = 0 and A = BT."""
    r, i, c = N.r, N.i, N.c
    return [
        forall(r, c, N.B(r, c).equals(1)),
        forall(c, i, N.T(c, i).equals(size("k", -1))),
        forall(r, i, N.A(0, r, i).equals(1)),
        forall(c, r, N.W(0, c, r).equals(HALF * size("d") * size("k", -1))),
    ]


def _tight(N: _Errors) -> list[Assertion]:
    """A start that makes F least for p = 1, up to a little."""
    r, i, c = N.r, N.i, N.c
    return [
        forall(r, c, N.B(r, c).equals(1)),
        forall(c, i, N.T(c, i).equals(Fraction(1, 32) * size("k", -1))),
        forall(r, i, N.A(0, r, i).equals(0)),
        forall(c, r, N.W(0, c, r).equals(HALF * size("k", -1))),
    ]
