"""R4: normalising weights shrinks what is left of the start, as decay does, and not what the steps keep adding.

A linear network with one output; after every step the input weights of hidden neuron r are multiplied by ``f_r(t)`` and
those of the output neuron by ``g(t)``, whatever these numbers are. Weights that are rescaled to a norm are the case in
which they depend on the weights.
"""

from __future__ import annotations

from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item
from fa_theory.symbolic.proof.notation import Assertion, Expression, IndexName, Value, at_least_0, forall, term, total

from ...shared.one_step import INVERSE, ROOT

MUTANTS_OF_W = ("factor of the step forgotten", "start kept in the hidden layer")
MUTANTS_OF_BETA = ("start kept", "factor of the output weights forgotten", "b replaced by β in the step")
MUTANTS_OF_DECAY = ("squared factor", "expansion allowed")

Time = IndexName | int


class NormalisedRun:
    """A linear network from step to step, with factors after each."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("n", "d", "p")
        (self.i, self.l), self.j = P.indices("i l", "n"), P.index("j", "d")
        self.r, self.t = P.index("r", "p"), P.index("t", "time")
        self.X, self.b = P.tensor("X", "n", "d"), P.tensor("b", "p")
        self.W, self.beta = P.tensor("W", "time", "p", "d"), P.tensor("beta", "time", "p")
        self.e, self.eta = P.tensor("e", "time", "n"), P.scalar("eta")
        self.f, self.g = P.tensor("f", "time", "p"), P.tensor("g", "time")
        self.kept, self.s = P.tensor("kept", "time", "p"), P.tensor("s", "time", "p", "n")

    def step_of_W(self, sent: Expression) -> Assertion:
        t, r, j, i = self.t, self.r, self.j, self.i
        moved = self.eta * ROOT * sent * total(i, self.e(t, i) * self.X(i, j))
        return forall(t, r, j, self.W(t + 1, r, j).equals(self.f(t, r) * (self.W(t, r, j) - moved)))

    def next_s(self, factor: Value) -> Assertion:
        t, r, i = self.t, self.r, self.i
        return forall(
            t, r, i, self.s(t + 1, r, i).equals(factor * self.s(t, r, i) + self.f(t, r) * self.eta * self.e(t, i))
        )

    def next_kept(self, factor: Value) -> Assertion:
        return forall(self.t, self.r, self.kept(self.t + 1, self.r).equals(factor * self.kept(self.t, self.r)))

    def assume_hidden(self) -> None:
        P, r, i = self.P, self.r, self.i
        P.assume("STEP_W", self.step_of_W(self.b(r)), "step of the hidden layer, then its factors")
        P.assume("KEPT0", forall(r, self.kept(0, r).equals(1)), "what is left of the start of a hidden neuron")
        P.assume("KEPT+", self.next_kept(self.f(self.t, r)), "it shrinks with every factor")
        P.assume("S0", forall(r, i, self.s(0, r, i).equals(0)), "start of s")
        P.assume("S+", self.next_s(self.f(self.t, r)), "sum of the errors, rescaled")

    def form_of_W(self, t: Time) -> Assertion:
        r, j, i = self.r, self.j, self.i
        along = ROOT * self.b(r) * total(i, self.s(t, r, i) * self.X(i, j))
        return forall(r, j, self.W(t, r, j).equals(self.kept(t, r) * self.W(0, r, j) - along))

    def show_form_of_W(self) -> Fact:
        P, t = self.P, self.t
        before = P.assume("W at t", self.form_of_W(t), "form of the hidden layer at time t")
        start = P.show("W at 0", self.form_of_W(0), rewrite=["KEPT0", "S0"], reason="nothing has moved")
        onward = P.show(
            "W at t+1",
            self.form_of_W(t + 1),
            item(before(self.r, self.j), self.f(t, self.r)),
            rewrite=["STEP_W", "KEPT+", "S+"],
            reason="insert the form at time t; the factor multiplies both parts",
        )
        return P.induct("W at all times", t, [self.form_of_W(t)], [start], [onward], reason="induction over t")


@cache
def hidden() -> ProofWriter:
    """Prove w_r(t) = kept_r(t) w_r(0) − p^{-1/2} b_r Xᵀs_r(t)."""
    N = NormalisedRun("Normalised networks: the hidden layer")
    N.assume_hidden()
    N.P.conclude(N.show_form_of_W())
    N.P.mutant("factor of the step forgotten", {"S+": N.next_s(1)})
    N.P.mutant("start kept in the hidden layer", {"KEPT+": N.next_kept(1)})
    return N.P


@cache
def output() -> ProofWriter:
    """Prove β_r(t) = α(t) β_r(0) − p^{-1/2} w_r(0)·Xᵀv_r(t) + a_r(t) b_r."""
    N = NormalisedRun("Normalised networks: the output weights")
    P, i, l_, j, r, t = N.P, N.i, N.l, N.j, N.r, N.t
    alpha, a, v = P.tensor("alpha", "time"), P.tensor("a", "time", "p"), P.tensor("v", "time", "p", "n")
    N.assume_hidden()

    def step_of_beta(factor: Value) -> Assertion:
        moved = N.eta * ROOT * total(i, j, N.W(t, r, j) * N.X(i, j) * N.e(t, i))
        return forall(t, r, N.beta(t + 1, r).equals(factor * (N.beta(t, r) - moved)))

    def next_alpha(factor: Value) -> Assertion:
        return forall(t, alpha(t + 1).equals(factor * alpha(t)))

    P.assume("STEP_BETA", step_of_beta(N.g(t)), "step of the output weights, then their factor")
    P.assume("ALPHA0", alpha(0).equals(1), "what is left of the start of β")
    P.assume("ALPHA+", next_alpha(N.g(t)), "it shrinks with every factor")
    P.assume("V0", forall(r, i, v(0, r, i).equals(0)), "start of v")
    learned = v(t, r, i) + N.eta * N.kept(t, r) * N.e(t, i)
    P.assume("V+", forall(t, r, i, v(t + 1, r, i).equals(N.g(t) * learned)), "what is learned through the start of W")
    P.assume("A0", forall(r, a(0, r).equals(0)), "start of a")
    pull = total(i, l_, N.s(t, r, l_) * total(j, N.X(l_, j) * N.X(i, j)) * N.e(t, i))
    P.assume("A+", forall(t, r, a(t + 1, r).equals(N.g(t) * (a(t, r) + N.eta * INVERSE * pull))), "pull along b")

    def form(at: Time) -> Assertion:
        through = ROOT * total(j, i, N.W(0, r, j) * N.X(i, j) * v(at, r, i))
        return forall(r, N.beta(at, r).equals(alpha(at) * N.beta(0, r) - through + a(at, r) * N.b(r)))

    of_W = N.show_form_of_W()
    now = P.generalise("W now", P.instance("W at t, r, j", of_W(t, r, j)), r, j)
    before = P.assume("β at t", form(t), "form of the output weights at time t")
    start = P.show("β at 0", form(0), rewrite=["ALPHA0", "V0", "A0"], reason="only the first term is left")
    onward = P.show(
        "β at t+1",
        form(t + 1),
        before(r) * N.g(t),
        rewrite=["STEP_BETA", now, "ALPHA+", "V+", "A+"],
        reason="insert the forms at time t and sort by direction",
    )
    P.conclude(P.induct("β at all times", t, [form(t)], [start], [onward], reason="induction over t"))
    P.mutant("start kept", {"ALPHA+": next_alpha(1)})
    P.mutant("factor of the output weights forgotten", {"STEP_BETA": step_of_beta(1)})
    P.mutant("b replaced by β in the step", {"STEP_W": N.step_of_W(N.beta(t, r))})
    return P


@cache
def decay() -> ProofWriter:
    """Prove 0 ≤ α(t) ≤ κᵗ for factors between 0 and κ."""
    P = ProofWriter("Normalised networks: the start is forgotten")
    t = P.index("t", "time")
    alpha, g, kappa = P.tensor("alpha", "time"), P.tensor("g", "time"), P.scalar("kappa")
    P.assume("ALPHA0", alpha(0).equals(1), "what is left of the start of β")
    P.assume("ALPHA+", forall(t, alpha(t + 1).equals(g(t) * alpha(t))), "it shrinks with every factor")
    P.assume("FACTORS", forall(t, at_least_0(g(t))), "factors are not negative")
    P.assume("SHRINK", forall(t, g(t) <= kappa), "and at most κ")

    def low(t: Time) -> Assertion:
        return at_least_0(alpha(t))

    def high(t: Time, power: Value) -> Assertion:
        return alpha(t) <= power

    lower, upper = P.assume("left at t", low(t), "not negative"), P.assume("at most at t", high(t, kappa**t), "bound")
    base = [
        P.show("left at 0", low(0), Fact("ALPHA0"), reason="1"),
        P.show("at most at 0", high(0, 1), Fact("ALPHA0"), reason="1"),
    ]
    kept = P.show("κ ≥ 0", at_least_0(kappa), Fact("FACTORS")(t), Fact("SHRINK")(t), reason="0 ≤ g ≤ κ")
    step = [
        P.show("left at t+1", low(t + 1), Fact("ALPHA+")(t), item(lower, g(t), sign=Fact("FACTORS")(t))),
        P.show(
            "at most at t+1",
            high(t + 1, kappa ** (t + 1)),
            Fact("ALPHA+")(t),
            item(Fact("SHRINK")(t), alpha(t), sign=lower),
            item(upper, kappa, sign=kept),
            reason="one more factor",
        ),
    ]
    goals = [low(t), high(t, kappa**t)]
    P.conclude(
        P.induct("start", t, goals, base, step, which=1, reason="induction over t"),
        witness=(forall(t, g(t).equals(kappa / 2)), kappa.equals(term(1) / 3)),
    )
    largest = (forall(t, g(t).equals(kappa)), kappa.equals(term(1) / 3))
    P.mutant("squared factor", {}, conclusion=high(t, kappa**t * kappa**t), witness=largest)
    growing = (forall(t, g(t).equals(kappa + 1)), kappa.equals(1))
    P.mutant("expansion allowed", {"SHRINK": forall(t, g(t) <= kappa + 1)}, witness=growing)
    return P
