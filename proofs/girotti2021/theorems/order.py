"""Gi3: which components are learned first, from zero."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item, library
from fa_theory.symbolic.proof.notation import Assertion, d, forall, num, of, positive

from ...shared.rates import budget
from .scalar import Component

HALF = Fraction(1, 2)
MUTANTS_OF_SLOW = ("half the speed",)
MUTANTS_OF_FAST = ("four times the rate",)


class _FromZero(Component):
    """One component from zero; r is its fixed point."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        P, s, t, v = self.P, self.s, self.t, self.v
        P.assume("ZERO", self.C.equals(0), "C = 0, as from zero")
        P.assume("W1", v(0).equals(0), "w1 = 0 at the start")
        self.r = r = P.scalar("r")
        P.assume("ROOT", (HALF * r**3).equals(self.m * self.lam), "r³ = 2mλ: the fixed point of w1")
        P.assume("r > 0", positive(r), "feedback and target agree in sign")
        body, x = (v(s) - r) ** 2, v(t) - r
        rate = self.flow.rate(body)
        falls = P.show(
            "approach",
            forall(t, d(s, body, t) <= -Fraction(3, 4) * r**2 * x**2),
            rate.equation,
            *(self.kept(t) * (v(t) * x), Fact("ZERO") * (v(t) * x), Fact("ROOT") * x),
            P.signed((x * (v(t) + HALF * r)) ** 2),
            rewrite=["velocity of w1"],
            reason="w1³ − r³ = x(w1² + w1 r + r²), and w1² + w1 r + r² ≥ ¾r²",
        )
        self.smooth = P.generalise("the square is differentiable", rate.smooth, t)
        self.body, self.square, self.falls, self.x = body, rate, falls, x

    def example(self, r: int) -> list[Assertion]:
        zero = [self.v(0).equals(0), self.w(0).equals(0), self.C.equals(0)]
        return [*zero, self.r.equals(r), self.m.equals(HALF * r**3), self.lam.equals(1)]


@cache
def slow() -> ProofWriter:
    """Prove ``w₁(t) ≤ mλt`` from zero."""
    N = _FromZero("From zero, a component is no faster than mλt")
    P, s, t, v, r = N.P, N.s, N.t, N.v, N.r
    never = P.show("it never grows", d(s, N.body, t) <= 0, N.falls(t), P.signed(r**2 * N.x**2))
    less = P.use(library.flow_decreasing())(
        of(s, N.body), t, given=[N.smooth, P.generalise("it never grows, ever", never, t)]
    )
    scaled = P.show(
        "r w1 ≥ 0", r * 0 <= r * v(t), less, P.signed(v(t) ** 2), Fact("W1") * (v(0) - 2 * r), reason="(w1 − r)² ≤ r²"
    )
    sign = P.generalise("w1 ≥ 0", P.use(library.cancel())(0, v(t), r, given=["r > 0", scaled]), t)
    drive = N.m * N.lam
    ahead = v(s) - drive * num(s)
    rate = N.flow.rate(ahead)
    back = P.show(
        "it falls behind",
        d(s, ahead, t) <= 0,
        *(rate.equation, N.kept(t) * v(t), Fact("ZERO") * v(t), item(sign(t), HALF * v(t) ** 2)),
        rewrite=["velocity of w1"],
        reason="w1' = mλ − ½w1³",
    )
    every = [P.generalise("it is smooth", rate.smooth, t), P.generalise("it always falls behind", back, t)]
    behind = P.use(library.flow_decreasing())(of(s, ahead), t, given=every)

    def bound(share: Fraction) -> Assertion:
        return forall(t, v(t) <= share * drive * num(t))

    found = P.show("bound", forall(t, v(t) <= drive * num(t)), behind, "W1", reason="from zero")
    P.conclude(N.stated(found), defined=N.defined(), witness=N.example(1))
    P.mutant("half the speed", {}, conclusion=bound(HALF), witness=N.example(1))
    return P


@cache
def fast() -> ProofWriter:
    """Prove ``(1 + ¾r²t)(w₁ − r)² ≤ r²`` from zero."""
    N = _FromZero("From zero, a component is learned by the time 1/r²")
    P, s, t, v, r = N.P, N.s, N.t, N.v, N.r
    paid = Fraction(3, 4) * r**2
    scaled = N.flow.rate(paid * N.body)
    pays = P.show("it pays", d(s, N.body, t) <= -(paid * N.x**2), N.falls(t))
    sinks = P.show(
        "the payment falls",
        d(s, paid * N.body, t) <= 0,
        *(scaled.equation, item(N.square.equation, paid), item(N.falls(t), paid)),
        P.signed(r**4 * N.x**2),
    )
    every = [
        N.smooth,
        P.generalise("the payment is differentiable", scaled.smooth, t),
        P.generalise("it always pays", pays, t),
        P.generalise("the payment always falls", sinks, t),
    ]
    less = P.use(budget())(of(s, N.body), of(s, paid * N.body), t, given=every)

    def bound(times: int) -> Assertion:
        rate = paid if times == 1 else times * paid
        return forall(t, (1 + rate * num(t)) * (v(t) - r) ** 2 <= r**2)

    found = P.show("bound", bound(1), less, Fact("W1") * (v(0) - 2 * r), reason="from zero the square is r²")
    P.conclude(N.stated(found), defined=N.defined(), witness=N.example(1))
    P.mutant("four times the rate", {}, conclusion=bound(4), witness=N.example(1))
    return P
