"""N1: directions that stay the same turn the weights between two layers until they agree."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import ProofWriter, item
from fa_theory.symbolic.proof.notation import Assertion, Expression, IndexName, forall, num, total

MUTANTS = ("t² instead of t(t−1)", "the layer below moves the other way", "steps that shrink")
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
