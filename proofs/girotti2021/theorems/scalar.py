"""Gi1, Gi2: one component of a shallow linear network under spectral initialisation."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, library
from fa_theory.symbolic.proof.flow import Flow
from fa_theory.symbolic.proof.notation import Assertion, Expression, d, forall, of

HALF = Fraction(1, 2)
MUTANTS_OF_CLOSED = ("without the conserved number", "gradient descent")
MUTANTS_OF_RATE = ("twice the rate", "the whole square of the root")
MUTANTS_OF_ROOTS = ("the other sign", "half of it")
MUTANTS_OF_EXPANSION = ("without the cube", "half the slope")


class Component:
    """``w₁' = m(λ − w₂w₁)``, ``w₂' = (λ − w₂w₁)w₁``."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        self.v, v_rate, self.w, w_rate = P.tensors("w1 w1. w2 w2.", "real")
        self.m, self.lam, self.C = P.scalars("m lam C")
        self.flow = Flow(P, "s", "t")
        self.s, self.t = self.flow.s, self.flow.t
        self.flow.moves(self.v, v_rate)
        self.flow.moves(self.w, w_rate)
        t = self.t
        first = P.assume("FLOW_1", self.first(self.m), "flow of the first layer, feedback m")
        error = self.lam - self.w(t) * self.v(t)
        second = P.assume("FLOW_2", forall(t, d(self.s, self.w(self.s), t).equals(error * self.v(t))), "second layer")
        P.show("velocity of w1", forall(t, v_rate(t).equals(self.m * error)), Fact("w1 rate")(t), first(t))
        P.show("velocity of w2", forall(t, w_rate(t).equals(error * self.v(t))), Fact("w2 rate")(t), second(t))
        P.assume("CONSERVED", self.C.equals(self.m * self.w(0) - HALF * self.v(0) ** 2), "the conserved number")
        body = self.m * self.w(self.s) - HALF * self.v(self.s) ** 2
        rate = self.flow.rate(body)
        still = P.show(
            "m w2 − ½w1² has rate 0",
            d(self.s, body, t).equals(0),
            rate.equation,
            rewrite=["velocity of w1", "velocity of w2"],
        )
        every = [P.generalise("it is differentiable", rate.smooth, t), P.generalise("it never moves", still, t)]
        same = P.use(library.flow_constant())(of(self.s, body), t, given=every)
        number = self.m * self.w(t) - HALF * self.v(t) ** 2
        self.kept = P.show("conserved", forall(t, number.equals(self.C)), same, "CONSERVED")

    def first(self, back: Expression) -> Assertion:
        t = self.t
        return forall(t, d(self.s, self.v(self.s), t).equals(back * (self.lam - self.w(t) * self.v(t))))

    def stated(self, fact: Fact) -> Fact:
        for name in ("w1", "w2"):
            fact = self.P.drop(f"without {name}.", fact, f"{name} rate")
        return fact

    def defined(self) -> list[Fact]:
        return [Fact("w1 differentiable"), Fact("w2 differentiable")]


@cache
def closed() -> ProofWriter:
    """Prove ``w₁' = mλ − ½w₁³ − Cw₁``."""
    N = Component("One component obeys an equation of its own")
    P, t, v = N.P, N.t, N.v

    def law(share: int) -> Assertion:
        rest = N.m * N.lam - HALF * v(t) ** 3
        return forall(t, d(N.s, v(N.s), t).equals(rest - share * N.C * v(t) if share != 1 else rest - N.C * v(t)))

    found = P.show(
        "closed equation",
        law(1),
        *(Fact("FLOW_1")(t), N.kept(t) * v(t)),
        reason="m w2 = C + ½w1² by conservation",
    )
    P.conclude(N.stated(found), defined=N.defined())
    P.mutant("without the conserved number", {}, conclusion=law(0))
    P.mutant("gradient descent", {"FLOW_1": N.first(N.w(t))})
    return P


@cache
def rate() -> ProofWriter:
    """Prove ``(x²)' ≤ −(2C + ¾w*²) x²`` for ``x = w₁ − w*`` at a root w*: global convergence for ``C ≥ 0``."""
    N = Component("One component approaches its root from everywhere")
    P, s, t, v = N.P, N.s, N.t, N.v
    root = P.scalar("r")

    def rest(value: Expression) -> Assertion:
        return value.equals(N.m * N.lam)

    P.assume("ROOT", rest(HALF * root**3 + N.C * root), "r is a root: a fixed point of w1")
    body = (v(s) - root) ** 2
    along = N.flow.rate(body)
    x = v(t) - root

    def falls(share: int) -> Assertion:
        speed = 2 * N.C + Fraction(3, 4) * root**2
        return forall(t, d(s, body, t) <= -(speed if share == 1 else share * speed) * x**2)

    found = P.show(
        "approach",
        falls(1),
        along.equation,
        N.kept(t) * (v(t) * x),
        Fact("ROOT") * x,
        P.signed((x * (v(t) + HALF * root)) ** 2),
        rewrite=["velocity of w1"],
        reason="w1³ − r³ = x(w1² + w1 r + r²), and w1² + w1 r + r² ≥ ¾r²",
    )
    smooth = P.generalise("the square is differentiable", along.smooth, t)
    data = [N.m.equals(1), root.equals(1), N.w(0).equals(0), v(0).equals(0), N.C.equals(0), N.lam.equals(HALF)]
    P.conclude(N.stated(found), defined=[smooth, *N.defined()], witness=data)
    far = [root.equals(1), N.m.equals(1), v(0).equals(0), N.C.equals(0), N.w(0).equals(0), N.lam.equals(HALF)]
    P.mutant("twice the rate", {}, conclusion=falls(2), witness=far)
    low = [root.equals(1), N.m.equals(1), v(0).equals(-HALF), N.C.equals(0), N.w(0).equals(Fraction(1, 8))]
    speed = 2 * N.C + root**2
    whole = forall(t, d(s, body, t) <= -speed * x**2)
    P.mutant("the whole square of the root", {}, conclusion=whole, witness=[*low, N.lam.equals(HALF)])
    return P


@cache
def expansion() -> ProofWriter:
    """Prove ``½(r+x)³ + C(r+x) − mλ = κx + (3/2) r x² + ½x³`` with ``κ = (3/2)r² + C`` at a root r."""
    P = ProofWriter("Near a root")
    r, x, C, a = P.scalars("r x C a")
    P.assume("ROOT", (HALF * r**3 + C * r).equals(a), "r is a root; a = mλ")

    def form(three: Fraction, cube: int) -> Assertion:
        near = (three * r**2 + C) * x + Fraction(3, 2) * r * x**2
        return (HALF * (r + x) ** 3 + C * (r + x) - a).equals(near + HALF * x**3 if cube else near)

    P.conclude(
        P.show("expansion", form(Fraction(3, 2), 1), "ROOT", reason="multiply out"),
        witness=[a.equals(HALF * r**3 + C * r)],
    )
    P.mutant("without the cube", {}, conclusion=form(Fraction(3, 2), 0))
    P.mutant("half the slope", {}, conclusion=form(Fraction(3, 4), 1))
    return P


@cache
def roots() -> ProofWriter:
    """Prove ``−8C³ − 27(mλ)² = ¼ (u−v)²(v−w)²(w−u)²`` for the three roots."""
    P = ProofWriter("When there are three roots")
    u, v, w, C, a = P.scalars("u v w C a")
    P.assume("SUM", (u + v + w).equals(0), "u, v, w are the roots of ½x³ + Cx − a")
    P.assume("PAIRS", (2 * C).equals(u * v + v * w + w * u), "u, v, w are the roots")
    P.assume("PRODUCT", (2 * a).equals(u * v * w), "u, v, w are the roots; a = mλ")
    last = P.show("w", w.equals(-u - v), "SUM")
    of_C = P.show("C", C.equals(HALF * (u * v + v * w + w * u)), "PAIRS")
    of_a = P.show("a", a.equals(HALF * u * v * w), "PRODUCT")
    gap = ((u - v) * (v - w) * (w - u)) ** 2

    def form(share: Fraction) -> Assertion:
        return (-8 * C**3 - 27 * a**2).equals(share * gap)

    P.conclude(
        P.show("discriminant", form(Fraction(1, 4)), rewrite=[of_C, of_a, last], reason="insert the third root"),
        witness=[w.equals(-u - v), C.equals(HALF * (u * v + v * w + w * u)), a.equals(HALF * u * v * w)],
    )
    P.mutant("the other sign", {}, conclusion=form(Fraction(-1, 4)))
    P.mutant("half of it", {}, conclusion=form(Fraction(1, 8)))
    return P
