"""Ba1 for two weights: a linear chain under random backpropagation approaches its fixed point."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item, library
from fa_theory.symbolic.proof.flow import Flow
from fa_theory.symbolic.proof.notation import Assertion, at_least_0, d, forall, of

HALF = Fraction(1, 2)
MUTANTS = ("twice the rate", "the whole square of the root")


@cache
def proof() -> ProofWriter:
    """Prove ``((a₁ − r)²)' ≤ −β(2C + ¾r²)(a₁ − r)²`` at a root of ``β(½r³ + Cr) = cα``."""
    P = ProofWriter("A linear chain of two weights approaches its fixed point")
    a, a_rate, w, w_rate = P.tensors("a1 a1. a2 a2.", "real")
    c, alpha, beta, C, r = P.scalars("c alpha beta C r")
    flow = Flow(P, "s", "t")
    s, t = flow.s, flow.t
    flow.moves(a, a_rate)
    flow.moves(w, w_rate)
    error = alpha - beta * w(t) * a(t)
    first = P.assume("FLOW_1", forall(t, d(s, a(s), t).equals(c * error)), "first weight, random feedback c")
    second = P.assume("FLOW_2", forall(t, d(s, w(s), t).equals(error * a(t))), "second weight")
    P.show("velocity of a1", forall(t, a_rate(t).equals(c * error)), Fact("a1 rate")(t), first(t))
    P.show("velocity of a2", forall(t, w_rate(t).equals(error * a(t))), Fact("a2 rate")(t), second(t))
    P.assume("β ≥ 0", at_least_0(beta), "mean square of the input")
    P.assume("CONSERVED", C.equals(c * w(0) - HALF * a(0) ** 2), "the conserved number")
    P.assume("ROOT", (beta * (HALF * r**3 + C * r)).equals(c * alpha), "r is a root: a fixed point of a1")
    number = c * w(s) - HALF * a(s) ** 2
    rate = flow.rate(number)
    still = P.show("rate 0", d(s, number, t).equals(0), rate.equation, rewrite=["velocity of a1", "velocity of a2"])
    every = [P.generalise("it is differentiable", rate.smooth, t), P.generalise("it never moves", still, t)]
    same = P.use(library.flow_constant())(of(s, number), t, given=every)
    kept = P.show("conserved", forall(t, (c * w(t) - HALF * a(t) ** 2).equals(C)), same, "CONSERVED")
    body, x = (a(s) - r) ** 2, a(t) - r
    along = flow.rate(body)

    def falls(share: Fraction, times: int = 1) -> Assertion:
        speed = beta * (2 * C + share * r**2)
        return forall(t, d(s, body, t) <= -(speed if times == 1 else times * speed) * x**2)

    found = P.show(
        "approach",
        falls(Fraction(3, 4)),
        along.equation,
        kept(t) * (beta * a(t) * x),
        Fact("ROOT") * x,
        item(P.signed((x * (a(t) + HALF * r)) ** 2), beta),
        rewrite=["velocity of a1"],
        reason="a1³ − r³ = x(a1² + a1 r + r²), and a1² + a1 r + r² ≥ ¾r²",
    )
    for name in ("a1", "a2"):
        found = P.drop(f"without {name}.", found, f"{name} rate")
    smooth = P.generalise("the square is differentiable", along.smooth, t)
    data = [c.equals(1), beta.equals(1), r.equals(1), C.equals(0), alpha.equals(HALF)]
    zero = [a(0).equals(0), w(0).equals(0)]
    P.conclude(found, defined=[smooth, Fact("a1 differentiable"), Fact("a2 differentiable")], witness=[*data, *zero])
    P.mutant("twice the rate", {}, conclusion=falls(Fraction(3, 4), 2))
    low = [a(0).equals(-HALF), w(0).equals(Fraction(1, 8))]
    P.mutant("the whole square of the root", {}, conclusion=falls(Fraction(1)), witness=[*data, *low])
    return P
