"""F1: targets in the place of errors, for one sample and from zero."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import NamedTuple

from fa_theory.symbolic.proof import Fact, ProofWriter, axiom, item
from fa_theory.symbolic.proof.notation import (
    Assertion,
    Expression,
    IndexName,
    Value,
    at_least_0,
    forall,
    num,
    term,
    total,
)

MUTANTS_OF_SIGNS = ("targets between the classes", "twice the bound")
MUTANTS_OF_FORM = ("another direction", "a start elsewhere", "the sum of errors without weights")
MUTANTS_OF_ANGLE = ("errors of any sign", "the layer unlearns")
MUTANTS_OF_BATCH = ("targets that agree",)

HALF = Fraction(1, 2)
Time = IndexName | int


@cache
def signs() -> ProofWriter:
    """Prove ``(2T − 1)(T − y) ≥ y(1 − y)`` for a target T of 0 or 1."""
    P = ProofWriter("A one-hot target knows the sign of the error")
    P.sorts("k")
    c = P.index("c", "k")
    T, y = P.tensors("T y", "k")

    def classes(scale: Value) -> Assertion:
        return forall(c, (T(c) ** 2).equals(T(c) if scale == 1 else scale * T(c)))

    def bound(share: int) -> Assertion:
        room = y(c) * (1 - y(c))
        return forall(c, (2 * T(c) - 1) * (T(c) - y(c)) >= (room if share == 1 else share * room))

    P.assume("CLASS", classes(1), "targets are 0 or 1")
    found = P.show(
        "the signs agree",
        bound(1),
        P.signed((T(c) * (1 - y(c))) ** 2),
        P.signed(((1 - T(c)) * y(c)) ** 2),
        Fact("CLASS")(c) * (1 + 2 * y(c) - 2 * y(c) ** 2),
        reason="the difference is (1 − y)² where T = 1, and y² where T = 0",
    )

    def at(target: Value, output: Fraction) -> list[Assertion]:
        return [forall(c, T(c).equals(target)), forall(c, y(c).equals(output))]

    P.conclude(found, witness=at(1, HALF))
    P.mutant("targets between the classes", {"CLASS": classes(HALF)}, witness=at(HALF, HALF))
    P.mutant(
        "twice the bound",
        {},
        conclusion=bound(2),
        witness=at(1, Fraction(3, 4)),
    )
    return P


class _Found(NamedTuple):
    P: ProofWriter
    parallel: Fact
    acute: Fact


class _FromZero:
    """One hidden linear layer, one sample, zero weights: the hidden layer learns from targets, the last from errors."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("d", "p", "k")
        self.m, self.r, self.c, self.t = P.index("m", "d"), P.index("r", "p"), P.index("c", "k"), P.index("t", "time")
        self.x, self.u, self.sigma = P.tensor("x", "d"), P.tensor("u", "p"), P.tensor("sigma", "k")
        self.W, self.V = P.tensor("W", "time", "p", "d"), P.tensor("V", "time", "k", "p")
        self.E, self.S, self.eta = P.tensor("E", "time", "k"), P.tensor("S", "time", "k"), P.scalar("eta")
        t, r, m, c = self.t, self.r, self.m, self.c
        P.assume("HIDDEN", self.hidden(self.u(self.r)), "step of the hidden layer: u is the feedback of the targets")
        P.assume("W0", self.zero(0), "from zero")
        last = self.eta * self.E(t, c) * total(m, self.W(t, r, m) * self.x(m))
        P.assume("LAST", forall(t, c, r, self.V(t + 1, c, r).equals(self.V(t, c, r) + last)), "step of the last layer")
        P.assume("V0", forall(c, r, self.V(0, c, r).equals(0)), "from zero")
        P.assume("S0", forall(c, self.S(0, c).equals(0)), "the sum of past errors, each times its step number")
        P.assume("S+", forall(t, c, self.S(t + 1, c).equals(self.S(t, c) + num(t) * self.E(t, c))), "its steps")
        P.assume("SIGNS", self.signed(1), "the error of each output keeps its sign σ")
        P.assume("σ", forall(c, (self.sigma(c) ** 2).equals(1)), "signs")

    def hidden(self, sent: Expression) -> Assertion:
        t, r, m = self.t, self.r, self.m
        move = self.eta * sent * self.x(m)
        return forall(t, r, m, self.W(t + 1, r, m).equals(self.W(t, r, m) + move))

    def zero(self, value: int) -> Assertion:
        return forall(self.r, self.m, self.W(0, self.r, self.m).equals(value))

    def signed(self, low: int) -> Assertion:
        value = self.sigma(self.c) * self.E(self.t, self.c)
        return forall(self.t, self.c, at_least_0(value) if low else value >= -1)

    @property
    def scale(self) -> Expression:
        return self.eta**2 * total(self.m, self.x(self.m) ** 2)

    def sent(self, at: Time) -> Expression:
        """What backpropagation sends to hidden unit r."""
        return total(self.c, self.V(at, self.c, self.r) * self.E(at, self.c))

    def factor(self, at: Time) -> Expression:
        return self.scale * total(self.c, self.S(at, self.c) * self.E(at, self.c))

    def written(self) -> _Found:
        P, t, r, m, c = self.P, self.t, self.r, self.m, self.c

        def first(at: Time) -> Assertion:
            return forall(r, m, self.W(at, r, m).equals(self.eta * num(at) * self.u(r) * self.x(m)))

        before = P.assume("W at t", first(t), "at time t")
        base = P.show("W at 0", first(0), rewrite=["W0"])
        onward = P.show("W at t+1", first(t + 1), before(r, m), rewrite=["HIDDEN"])
        hidden = P.induct("the hidden layer", t, [first(t)], [base], [onward], reason="induction over t")

        def second(at: Time) -> Assertion:
            return forall(c, r, self.V(at, c, r).equals(self.scale * self.S(at, c) * self.u(r)))

        now = P.generalise("W now", P.instance("W now, by entry", hidden(t, r, m)), r, m)
        was = P.assume("V at t", second(t), "at time t")
        base = P.show("V at 0", second(0), rewrite=["V0", "S0"])
        onward = P.show("V at t+1", second(t + 1), was(c, r), rewrite=["LAST", "S+", now])
        last = P.induct("the last layer", t, [second(t)], [base], [onward], reason="induction over t")
        parallel = P.show(
            "parallel",
            forall(t, r, self.sent(t).equals(self.factor(t) * self.u(r))),
            item(last(t, c, r), self.E(t, c), over=[c]),
            reason="each weight is a multiple of u",
        )

        def past(at: Time) -> Assertion:
            return forall(c, at_least_0(self.sigma(c) * self.S(at, c)))

        error = P.instance("the error has its sign", Fact("SIGNS")(t, c))
        count = P.instance("t ≥ 0", axiom("time_sign")(t))
        been = P.assume("S at t", past(t), "at time t")
        base = P.show("S at 0", past(0), rewrite=["S0"])
        onward = P.show("S at t+1", past(t + 1), been(c), item(error, num(t), sign=count), rewrite=["S+"])
        every = P.induct("past errors have the same sign", t, [past(t)], [base], [onward], reason="induction over t")
        one = P.instance("past error", every(t, c))
        both = P.show(
            "past and present agree",
            forall(t, c, at_least_0(self.S(t, c) * self.E(t, c))),
            item(one, self.sigma(c) * self.E(t, c), sign=error),
            Fact("σ")(c) * (self.S(t, c) * self.E(t, c)),
        )
        inside = P.show(
            "the factor is not negative", at_least_0(total(c, self.S(t, c) * self.E(t, c))), item(both(t, c), over=[c])
        )
        length, whole = total(r, self.u(r) ** 2), total(m, self.x(m) ** 2)
        acute = P.show(
            "no obtuse angle",
            forall(t, at_least_0(total(r, self.u(r) * self.sent(t)))),
            item(parallel(t, r), self.u(r), over=[r]),
            item(inside, self.eta**2 * whole * length, sign=P.signed(self.eta**2 * whole * length)),
            reason="a multiple of |u|² that is not negative",
        )
        return _Found(P, parallel, acute)


@cache
def form() -> ProofWriter:
    """Prove ``V(t)ᵀE(t) = η²|x|² (S(t)·E(t)) u``: parallel to the feedback of the targets."""
    N = _FromZero("Targets and backpropagation send parallel signals")
    found = N.written()
    P, t, c = N.P, N.t, N.c
    P.conclude(found.parallel)
    P.mutant("another direction", {"HIDDEN": N.hidden(2 * N.u(N.r))})
    P.mutant("a start elsewhere", {"W0": N.zero(1)})
    late = forall(t, c, N.S(t + 1, c).equals(N.S(t, c) + N.E(t, c)))
    P.mutant("the sum of errors without weights", {"S+": late})
    return P


@cache
def angle() -> ProofWriter:
    """Prove ``u·V(t)ᵀE(t) ≥ 0`` if the error of each output keeps its sign."""
    N = _FromZero("Targets and backpropagation make no obtuse angle")
    found = N.written()
    P, t, r, m, c = N.P, N.t, N.r, N.m, N.c
    ones = [forall(c, N.sigma(c).equals(1)), forall(r, N.u(r).equals(1)), forall(m, N.x(m).equals(1)), N.eta.equals(1)]
    P.conclude(found.acute, witness=[*ones, forall(t, c, N.E(t, c).equals(1))])
    turns = [*ones, forall(t, c, N.E(t, c).equals(term(-HALF) ** t))]
    P.mutant("errors of any sign", {"SIGNS": N.signed(0)}, witness=turns)
    P.mutant("the layer unlearns", {"HIDDEN": N.hidden(-N.u(r))})
    return P
