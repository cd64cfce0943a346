"""F1: targets in the place of errors, for one sample and from zero."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item
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
MUTANTS_OF_LAYER = ("activity elsewhere", "twice the feedback")
MUTANTS_OF_SIZE = ("activity against u",)

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


class _FromZero:
    """One hidden linear layer, one sample, zero weights: the hidden layer learns from targets, the last from errors."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("d", "p", "k")
        self.m, self.r, self.c, self.t = P.index("m", "d"), P.index("r", "p"), P.index("c", "k"), P.index("t", "time")
        self.x, self.u = P.tensor("x", "d"), P.tensor("u", "p")
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

    def hidden(self, sent: Expression) -> Assertion:
        t, r, m = self.t, self.r, self.m
        move = self.eta * sent * self.x(m)
        return forall(t, r, m, self.W(t + 1, r, m).equals(self.W(t, r, m) + move))

    def zero(self, value: int) -> Assertion:
        return forall(self.r, self.m, self.W(0, self.r, self.m).equals(value))

    @property
    def scale(self) -> Expression:
        return self.eta**2 * total(self.m, self.x(self.m) ** 2)

    def sent(self, at: Time) -> Expression:
        """What backpropagation sends to hidden unit r."""
        return total(self.c, self.V(at, self.c, self.r) * self.E(at, self.c))

    def factor(self, at: Time) -> Expression:
        return self.scale * total(self.c, self.S(at, self.c) * self.E(at, self.c))

    def parallel(self) -> Fact:
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
        return P.show(
            "parallel",
            forall(t, r, self.sent(t).equals(self.factor(t) * self.u(r))),
            item(last(t, c, r), self.E(t, c), over=[c]),
            reason="each weight is a multiple of u",
        )


@cache
def form() -> ProofWriter:
    """Prove ``V(t)ᵀE(t) = η²|x|² (S(t)·E(t)) u``: parallel to the feedback of the targets."""
    N = _FromZero("Targets and backpropagation send parallel signals")
    P, t, c = N.P, N.t, N.c
    P.conclude(N.parallel())
    P.mutant("another direction", {"HIDDEN": N.hidden(2 * N.u(N.r))})
    P.mutant("a start elsewhere", {"W0": N.zero(1)})
    late = forall(t, c, N.S(t + 1, c).equals(N.S(t, c) + N.E(t, c)))
    P.mutant("the sum of errors without weights", {"S+": late})
    return P


@cache
def angle() -> ProofWriter:
    """Prove ``u·V(t)ᵀE(t) ≥ 0`` for a last layer above activity ``a(t) u``, if errors keep their signs."""
    P = ProofWriter("Targets and backpropagation make no obtuse angle")
    P.sorts("p", "k")
    r, c, t = P.index("r", "p"), P.index("c", "k"), P.index("t", "time")
    u, sigma, eta = P.tensor("u", "p"), P.tensor("sigma", "k"), P.scalar("eta")
    h, active, V = P.tensor("h", "time", "p"), P.tensor("a", "time"), P.tensor("V", "time", "k", "p")
    E, S = P.tensors("E S", "time", "k")

    def signs(low: int) -> Assertion:
        return forall(t, c, sigma(c) * E(t, c) >= low)

    def step(scale: Expression) -> Assertion:
        return forall(t, c, r, V(t + 1, c, r).equals(V(t, c, r) + scale * E(t, c) * h(t, r)))

    P.assume("BELOW", forall(t, r, h(t, r).equals(active(t) * u(r))), "activity of the last hidden layer")
    P.assume("ACTIVE", forall(t, at_least_0(active(t))), "along u, not against it")
    P.assume("LAST", step(eta), "step of the last layer, by the error")
    P.assume("V0", forall(c, r, V(0, c, r).equals(0)), "from zero")
    P.assume("S0", forall(c, S(0, c).equals(0)), "the sum of past errors, each times the activity")
    P.assume("S+", forall(t, c, S(t + 1, c).equals(S(t, c) + active(t) * E(t, c))), "its steps")
    P.assume("SIGNS", signs(0), "the error of each output keeps its sign σ")
    P.assume("σ", forall(c, (sigma(c) ** 2).equals(1)), "signs")
    size = P.assume("η ≥ 0", at_least_0(eta), "step size")

    def weights(at: Time) -> Assertion:
        return forall(c, r, V(at, c, r).equals(eta * S(at, c) * u(r)))

    was = P.assume("V at t", weights(t), "at time t")
    base = P.show("V at 0", weights(0), rewrite=["V0", "S0"])
    onward = P.show("V at t+1", weights(t + 1), was(c, r), rewrite=["LAST", "S+", "BELOW"])
    last = P.induct("the last layer", t, [weights(t)], [base], [onward], reason="induction over t")

    def past(at: Time) -> Assertion:
        return forall(c, at_least_0(sigma(c) * S(at, c)))

    error = P.instance("the error has its sign", Fact("SIGNS")(t, c))
    below = P.instance("activity now", Fact("ACTIVE")(t))
    been = P.assume("S at t", past(t), "at time t")
    base = P.show("S at 0", past(0), rewrite=["S0"])
    onward = P.show("S at t+1", past(t + 1), been(c), item(error, active(t), sign=below), rewrite=["S+"])
    every = P.induct("past errors have the same sign", t, [past(t)], [base], [onward], reason="induction over t")
    one = P.instance("past error", every(t, c))
    both = P.show(
        "past and present agree",
        forall(t, c, at_least_0(S(t, c) * E(t, c))),
        item(one, sigma(c) * E(t, c), sign=error),
        Fact("σ")(c) * (S(t, c) * E(t, c)),
    )
    inside = P.show("they agree in all", at_least_0(total(c, S(t, c) * E(t, c))), item(both(t, c), over=[c]))
    length = total(r, u(r) ** 2)
    scale = P.show("scale", at_least_0(eta * length), item(size, length, sign=P.signed(length)))
    found = P.show(
        "no obtuse angle",
        forall(t, at_least_0(total(r, u(r) * total(c, V(t, c, r) * E(t, c))))),
        item(last(t, c, r), u(r) * E(t, c), over=[r, c]),
        item(inside, eta * length, sign=scale),
        reason="a multiple of |u|² that is not negative",
    )
    ones = [forall(c, sigma(c).equals(1)), forall(r, u(r).equals(1)), eta.equals(1), forall(t, active(t).equals(1))]
    P.conclude(found, witness=[*ones, forall(t, c, E(t, c).equals(1))])
    turns = [*ones, forall(t, c, E(t, c).equals(term(-HALF) ** t))]
    P.mutant("errors of any sign", {"SIGNS": signs(-1)}, witness=turns)
    P.mutant("the layer unlearns", {"LAST": step(-eta)})
    return P


class _Layer:
    """A linear layer that learns from targets, above activity ``h(t) = a(t) u``; v is the feedback that it gets."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("p", "q")
        self.r, self.a, self.t = P.index("r", "p"), P.index("b", "q"), P.index("t", "time")
        self.u, self.v, self.eta = P.tensor("u", "p"), P.tensor("v", "q"), P.scalar("eta")
        self.W, self.h = P.tensor("W", "time", "q", "p"), P.tensor("h", "time", "p")
        self.below, self.w = P.tensor("a", "time"), P.tensor("w", "time")
        t, r, a = self.t, self.r, self.a
        P.assume("BELOW", self.active(self.below(t) * self.u(r)), "the layer below is active along u")
        P.assume("STEP", self.step(self.v(a)), "step of the layer, by the feedback v of the targets")
        P.assume("START", forall(a, r, self.W(0, a, r).equals(0)), "from zero")
        P.assume("w0", self.w(0).equals(0), "the number w, from zero")
        P.assume("w+", forall(t, self.w(t + 1).equals(self.w(t) + self.eta * self.below(t))), "its steps")

    def active(self, value: Expression) -> Assertion:
        return forall(self.t, self.r, self.h(self.t, self.r).equals(value))

    def step(self, sent: Expression) -> Assertion:
        t, r, a = self.t, self.r, self.a
        return forall(t, a, r, self.W(t + 1, a, r).equals(self.W(t, a, r) + self.eta * sent * self.h(t, r)))

    def form(self, at: Time) -> Assertion:
        return forall(self.a, self.r, self.W(at, self.a, self.r).equals(self.w(at) * self.v(self.a) * self.u(self.r)))


@cache
def layer() -> ProofWriter:
    """Prove ``W(t) = w(t) v uᵀ`` for a layer above activity along u."""
    N = _Layer("A later layer under targets, from zero")
    P, t, r, a = N.P, N.t, N.r, N.a
    before = P.assume("W at t", N.form(t), "at time t")
    base = P.show("W at 0", N.form(0), rewrite=["START", "w0"])
    after = P.show("W at t+1", N.form(t + 1), before(a, r), rewrite=["STEP", "w+", "BELOW"])
    P.conclude(P.induct("at all times", t, [N.form(t)], [base], [after], reason="induction over t"))
    P.mutant("activity elsewhere", {"BELOW": N.active(N.below(t) * N.u(r) + 1)})
    P.mutant("twice the feedback", {"STEP": N.step(2 * N.v(a))})
    return P


@cache
def positive() -> ProofWriter:
    """Prove ``w(t) ≥ 0`` if the activity a(t) below is not negative: then neither is what follows, up or down."""
    P = ProofWriter("The number of a later layer is not negative")
    t = P.index("t", "time")
    active, w, eta = P.tensor("a", "time"), P.tensor("w", "time"), P.scalar("eta")

    def below(low: int) -> Assertion:
        return forall(t, active(t) >= low)

    P.assume("w0", w(0).equals(0), "from zero")
    P.assume("w+", forall(t, w(t + 1).equals(w(t) + eta * active(t))), "steps of the layer")
    P.assume("ACTIVE", below(0), "the layer below is active along u, not against it")
    size = P.assume("η ≥ 0", at_least_0(eta), "step size")

    def form(at: Time) -> Assertion:
        return at_least_0(w(at))

    P.assume("w at t", form(t), "at time t")
    base = P.show("w at 0", form(0), rewrite=["w0"])
    after = P.show("w at t+1", form(t + 1), "w at t", item(Fact("ACTIVE")(t), eta, sign=size), rewrite=["w+"])
    one = [forall(t, active(t).equals(1)), eta.equals(1)]
    P.conclude(P.induct("at all times", t, [form(t)], [base], [after], reason="induction over t"), witness=one)
    back = [forall(t, active(t).equals(-1)), eta.equals(1)]
    P.mutant("activity against u", {"ACTIVE": below(-1)}, witness=back)
    return P
