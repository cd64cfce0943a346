"""N1: directions that stay the same turn the weights between two layers until they agree."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item
from fa_theory.symbolic.proof.notation import Assertion, Expression, IndexName, at_least_0, forall, num, term, total

MUTANTS = ("t² instead of t(t−1)", "the layer below moves the other way", "steps that shrink")
MUTANTS_OF_MONOTONE = ("slopes of any sign", "a layer that moves along g")
MUTANTS_OF_START = ("a start that agrees",)

Time = IndexName | int
HALF = Fraction(1, 2)


@cache
def grows() -> ProofWriter:
    """Prove ``A(t) = A(0) − ηt|u|² g·h(0) + ½ηε t(t−1) |u|²|g|²`` for ``A = g·Wᵀu``."""
    P = ProofWriter("Constant directions turn the weights between two layers")
    P.sorts("p", "q")
    r, a, t = P.index("r", "p"), P.index("a", "q"), P.index("t", "time")
    W, h = P.tensor("W", "time", "q", "p"), P.tensor("h", "time", "p")
    g, u, eta, eps = P.tensor("g", "p"), P.tensor("u", "q"), P.scalar("eta"), P.scalar("eps")

    def step(active: Expression) -> Assertion:
        return forall(t, a, r, W(t + 1, a, r).equals(W(t, a, r) - eta * u(a) * active))

    def below(rate: Expression) -> Assertion:
        return forall(t, r, h(t + 1, r).equals(h(t, r) - rate * g(r)))

    P.assume("STEP", step(h(t, r)), "step of the weights, along the direction u of the layer above")
    P.assume("BELOW", below(eps), "the layer below moves against its direction g")
    size_g, size_u = total(r, g(r) ** 2), total(a, u(a) ** 2)

    def product(at: Time) -> Expression:
        return total(r, g(r) * h(at, r))

    def agreement(at: Time) -> Expression:
        return total(a, r, g(r) * W(at, a, r) * u(a))

    def moved(at: Time) -> Assertion:
        return product(at).equals(product(0) - eps * num(at) * size_g)

    P.assume("g·h at t", moved(t), "at time t")
    start = P.show("g·h at 0", moved(0))
    onward = P.show("g·h at t+1", moved(t + 1), "g·h at t", rewrite=["BELOW"])
    every = P.induct("the layer below", t, [moved(t)], [start], [onward], reason="induction over t")

    def form(at: Time, less: int = 1) -> Assertion:
        quadratic = HALF * eta * eps * num(at) * (num(at) - less) * size_u * size_g
        return agreement(at).equals(agreement(0) - eta * num(at) * size_u * product(0) + quadratic)

    P.assume("A at t", form(t), "at time t")
    first = P.show("A at 0", form(0))
    after = P.show(
        "A at t+1",
        form(t + 1),
        "A at t",
        item(every(t), -eta * size_u),
        rewrite=["STEP"],
        reason="the step adds −η|u|² g·h(t)",
    )
    P.conclude(P.induct("at all times", t, [form(t)], [first], [after], reason="induction over t"))
    P.mutant("t² instead of t(t−1)", {}, conclusion=forall(t, form(t, 0)))
    P.mutant("the layer below moves the other way", {"BELOW": below(-eps)})
    P.mutant("steps that shrink", {"STEP": step(HALF * h(t, r))})
    return P


@cache
def monotone() -> ProofWriter:
    """Prove ``g·Wᵀ(u ∘ D) ≥ 0`` from zero, for slopes ``D ≥ 0`` that change, where ``g·h ≤ 0``."""
    P = ProofWriter("From zero, directions agree at once, whatever the slopes")
    P.sorts("p", "q")
    r, a, t = P.index("r", "p"), P.index("a", "q"), P.index("t", "time")
    W, h, slope = P.tensor("W", "time", "q", "p"), P.tensor("h", "time", "p"), P.tensor("D", "time", "q")
    g, u, eta = P.tensor("g", "p"), P.tensor("u", "q"), P.scalar("eta")

    def slopes(low: int) -> Assertion:
        return forall(t, a, slope(t, a) >= low)

    def below(high: int) -> Assertion:
        return forall(t, total(r, g(r) * h(t, r)) <= high)

    move = eta * u(a) * slope(t, a) * h(t, r)
    P.assume("STEP", forall(t, a, r, W(t + 1, a, r).equals(W(t, a, r) - move)), "step along u, times the slopes")
    P.assume("START", forall(a, r, W(0, a, r).equals(0)), "from zero")
    P.assume("SLOPES", slopes(0), "monotone activations")
    P.assume("BELOW", below(0), "the layer below has moved against g")
    P.assume("η ≥ 0", at_least_0(eta), "step size")

    def unit(at: Time) -> Assertion:
        return forall(a, at_least_0(u(a) * total(r, g(r) * W(at, a, r))))

    now = P.instance("slope", Fact("SLOPES")(t, a))
    before = P.assume("at t", unit(t), "at time t")
    base = P.show("at 0", unit(0), rewrite=["START"])
    after = P.show(
        "at t+1",
        unit(t + 1),
        before(a),
        item(Fact("BELOW")(t), eta * u(a) ** 2 * slope(t, a), sign=P.signed(eta * u(a) ** 2 * slope(t, a))),
        rewrite=["STEP"],
    )
    every = P.induct("every unit agrees", t, [unit(t)], [base], [after], reason="induction over t")
    found = P.show(
        "they agree",
        forall(t, at_least_0(total(a, r, g(r) * W(t, a, r) * u(a) * slope(t, a)))),
        item(every(t, a), slope(t, a), sign=now, over=[a]),
    )
    ones = [forall(a, u(a).equals(1)), forall(r, g(r).equals(1)), eta.equals(1)]
    steep, against = forall(t, a, slope(t, a).equals(1)), forall(t, r, h(t, r).equals(-1))
    P.conclude(found, witness=[*ones, steep, against])
    turns = forall(t, a, slope(t, a).equals(term(-1) ** t))
    P.mutant("slopes of any sign", {"SLOPES": slopes(-1)}, witness=[*ones, turns, against])
    along = forall(t, r, h(t, r).equals(HALF))
    P.mutant("a layer that moves along g", {"BELOW": below(1)}, witness=[*ones, steep, along])
    return P


@cache
def start() -> ProofWriter:
    """Prove that one weight of −1 between two units makes an obtuse angle at the start."""
    P = ProofWriter("Constant directions do not agree at once")
    W, g, u = P.scalars("W g u")
    P.assume("W", W.equals(-1), "the weight at the start")
    P.assume("g", g.equals(1), "direction of the layer below")
    P.assume("u", u.equals(1), "direction of the layer above")
    P.conclude(P.show("they disagree", g * W * u < 0, rewrite=["W", "g", "u"], reason="1 · (−1) · 1"))
    P.mutant("a start that agrees", {"W": W.equals(1)})
    return P
