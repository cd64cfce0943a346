"""Ba1, Ba3, Ba4: longer and non-linear linear chains, and chains whose feedback learns too."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, Multiple, ProofWriter, item, library
from fa_theory.symbolic.proof.notation import (
    Assertion,
    Expression,
    IndexName,
    Tensor,
    Value,
    absolute,
    at_least_0,
    d,
    forall,
)

from ...shared.motion import Motion

HALF = Fraction(1, 2)
MUTANTS_OF_POTENTIAL = ("half the rate", "another last weight")
MUTANTS_OF_THREE = ("four times the rate", "a negative mean square")
MUTANTS_OF_CURVED = ("feedback without the slope",)
MUTANTS_OF_ADAPTIVE = ("four times the rate of decay", "feedback that disagrees")


@cache
def potential() -> ProofWriter:
    """Prove ``(½βw² − ατ)' = −ε²``, w the last weight of a chain of any length, τ the summed error."""
    N = Motion("A chain of any length descends a function of one number")
    P = N.P
    N.starts()
    s, t = N.s, N.t
    w, tau, q, e = P.tensor("w", "real"), P.tensor("tau", "real"), P.tensor("q", "real"), P.tensor("e", "real")
    alpha, beta = P.scalars("alpha beta")
    P.assume(
        "ERROR", forall(t, e(t).equals(alpha - beta * q(t) * w(t))), "q: the product of all weights before the last"
    )
    N.moves(w, (), (), e(t) * q(t), "last weight")
    N.moves(tau, (), (), e(t), "τ: the error, summed")
    body = HALF * beta * w(s) ** 2 - alpha * tau(s)

    def falls(share: Fraction) -> Assertion:
        return forall(t, d(s, body, t).equals(-share * e(t) ** 2 if share != 1 else -(e(t) ** 2)))

    found = N.rate(body, "descent", falls(Fraction(1)), "w' = eq, and βqw = α − e", by=(Fact("ERROR")(t) * e(t),))
    P.conclude(N.stated(found), defined=N.defined())
    P.mutant("half the rate", {}, conclusion=falls(HALF))
    P.mutant("another last weight", {"FLOW_w": N.law(w, (), e(t) * q(t) + 1)})
    return P


@cache
def three() -> ProofWriter:
    """Prove ``((τ − r)²)' ≤ −βKr⁶(τ − r)²`` for three weights from zero, ``K = c₁⁴c₂²/16``, ``βKr⁷ = α``."""
    N = Motion("A linear chain of three weights, from zero")
    P = N.P
    N.starts()
    s, t = N.s, N.t
    (a, b, w), tau, e = P.tensors("a1 a2 a3", "real"), P.tensor("tau", "real"), P.tensor("e", "real")
    c, g, alpha, beta, r = P.scalars("c1 c2 alpha beta r")
    P.assume("ERROR", forall(t, e(t).equals(alpha - beta * a(t) * b(t) * w(t))), "error of the chain")
    N.moves(tau, (), (), e(t), "τ: the error, summed")
    N.moves(a, (), (), c * e(t), "first weight, feedback c1")
    N.moves(b, (), (), g * e(t) * a(t), "second weight, feedback c2")
    N.moves(w, (), (), e(t) * a(t) * b(t), "third weight")
    for T in (tau, a, b, w):
        P.assume(f"{T.name} from 0", T(0).equals(0), "from zero")
    P.assume("β ≥ 0", at_least_0(beta), "mean square of the input")
    K = Fraction(1, 16) * c**4 * g**2
    P.assume("ROOT", (beta * K * r**7).equals(alpha), "r is a root: a fixed point of τ")

    def solved(T: Tensor, value: Callable[[IndexName | int], Expression], start: Expression, *by: Multiple) -> Fact:
        same = N.constant(lambda t: T(t) - value(t), f"{T.name} of τ", "insert the weights before", *by)
        zero = (Fact(f"{T.name} from 0"), Fact("tau from 0") * start)
        return P.show(f"{T.name} is", forall(t, T(t).equals(value(t))), same, *zero, reason="from zero")

    first = solved(a, lambda t: c * tau(t), c)
    second = solved(b, lambda t: HALF * c * g * tau(t) ** 2, c * g * tau(0), first(t) * (g * e(t)))
    into = (first(t) * (e(t) * b(t)), second(t) * (c * e(t) * tau(t)))
    third = solved(w, lambda t: Fraction(1, 8) * c**2 * g * tau(t) ** 4, c**2 * g * tau(0) ** 3, *into)
    P.show("K ≥ 0", at_least_0(beta * K), P.signed(beta * K))
    x, body = tau(t) - r, (tau(s) - r) ** 2

    def falls(times: int) -> Assertion:
        return forall(t, d(s, body, t) <= -(times * beta * K * r**6) * x**2)

    squares = [r**2 * (r + tau(t)), r * tau(t) * (r + tau(t)), tau(t) ** 2 * (r + tau(t)), tau(t) ** 3]
    found = N.rate(
        body,
        "approach",
        forall(t, d(s, body, t) <= -(beta * K * r**6) * x**2),
        "τ⁷ − r⁷ = x(τ⁶ + … + r⁶), which is at least ½r⁶x²",
        first,
        second,
        third,
        "ERROR",
        by=(Fact("ROOT") * x, *(item(P.signed((x * part) ** 2), beta * K) for part in squares)),
    )
    units = [c.equals(1), g.equals(4), beta.equals(1), r.equals(1), alpha.equals(1)]
    start = [T(0).equals(0) for T in (tau, a, b, w)]
    P.conclude(N.stated(found), defined=N.defined(), witness=[*units, *start])
    P.mutant("four times the rate", {}, conclusion=falls(4), witness=[*units, *start])
    other = [c.equals(1), g.equals(4), beta.equals(-1), r.equals(1), alpha.equals(-1), *start]
    P.mutant("a negative mean square", {"β ≥ 0": beta <= 0}, witness=other)
    return P


@cache
def curved() -> ProofWriter:
    """Prove that ``cw − Φ(a)`` is conserved, for a hidden unit ``f(a)`` with ``Φ' f' = f``."""
    N = Motion("What a non-linear chain conserves")
    P = N.P
    N.starts()
    t = N.t
    Phi, dPhi = P.function("Phi"), P.function("dPhi")
    (a, w, e), (F, S), c = P.tensors("a w e", "real"), P.tensors("F S", "real"), P.scalar("c")
    N.flow.chain("Phi", "dPhi")

    def pushed(slope: Value) -> Expression:
        return c * e(t) * slope

    match = P.assume("PHI", forall(t, F(t).equals(dPhi(a(t)) * S(t))), "F = f(a), with slope S; Φ'f' = f")
    N.moves(a, (), (), pushed(S(t)), "first weight: feedback c times the slope")
    N.moves(w, (), (), e(t) * F(t), "second weight")
    same = N.constant(lambda t: c * w(t) - Phi(a(t)), "cw − Φ(a)", "both rates are ce f(a)", match(t) * (c * e(t)))
    goal = forall(t, (c * w(t) - Phi(a(t))).equals(c * w(0) - Phi(a(0))))
    P.conclude(N.stated(P.show("conserved", goal, same)), defined=[*N.smooth(), Fact("Phi differentiable")])
    P.mutant("feedback without the slope", {"FLOW_a": N.law(a, (), pushed(1))})
    return P


class _Adaptive(Motion):
    """Two weights a, w and a feedback weight c that takes the steps of w."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        P = self.P
        self.starts()
        t = self.t
        self.a, self.w, self.c = P.tensors("a w c", "real")
        self.e, (self.alpha, self.beta) = P.tensor("e", "real"), P.scalars("alpha beta")
        self.moves(self.a, (), (), self.c(t) * self.e(t), "first weight, feedback c")
        self.moves(self.w, (), (), self.a(t) * self.e(t), "second weight")
        self.moves(self.c, (), (), self.a(t) * self.e(t), "feedback: the steps of the second weight")


@cache
def adaptive() -> ProofWriter:
    """Prove ``(e²)' ≤ −2β|a² − c²|e²``, as two bounds in one: for ``w = c`` at the start."""
    N = _Adaptive("A chain with learnt feedback converges exponentially")
    P, s, t = N.P, N.s, N.t
    P.assume("ERROR", forall(t, N.e(t).equals(N.alpha - N.beta * N.a(t) * N.w(t))), "error of the chain")
    P.assume("β ≥ 0", at_least_0(N.beta), "mean square of the input")
    P.assume("START", N.w(0).equals(N.c(0)), "feedback and weight agree at the start")
    apart = N.constant(lambda t: N.w(t) - N.c(t), "w − c", "the same steps")
    agree = P.show("w = c", forall(t, N.w(t).equals(N.c(t))), apart, "START", reason="w − c is conserved")
    square = N.constant(lambda t: N.a(t) ** 2 - N.c(t) ** 2, "a² − c²", "both rates are 2ace")
    D, k = N.a(0) ** 2 - N.c(0) ** 2, N.a(t) ** 2 + N.c(t) ** 2
    signs = (P.signed(N.a(t) ** 2), P.signed(N.c(t) ** 2))
    above, below = D, -D
    low = [P.show(f"{name} ≤ a² + c²", x <= k, square, *signs) for name, x in (("D", above), ("−D", below))]
    size = P.use(library.abs_at_most())(D, k, given=low)
    gap = N.alpha - N.beta * N.a(s) * N.w(s)

    def falls(share: int) -> Assertion:
        return forall(t, d(s, gap**2, t) <= -(share * N.beta * absolute(D)) * N.e(t) ** 2)

    found = N.rate(
        gap**2,
        "decay",
        falls(2),
        "e' = −β(a² + c²)e, and a² + c² is at least |a² − c²|",
        by=(
            Fact("ERROR")(t) * (2 * N.beta * N.e(t) * (N.c(t) * N.w(t) + N.a(t) ** 2)),
            agree(t) * (2 * N.beta * N.e(t) ** 2 * N.c(t)),
            item(size, 2 * N.beta * N.e(t) ** 2),
        ),
    )
    P.conclude(N.stated(found), defined=N.defined(), witness=_opposed(N))
    P.mutant("four times the rate of decay", {}, conclusion=falls(4), witness=_opposed(N))
    slower = [*_opposed(N)[:2], N.c(0).equals(2), *_opposed(N)[3:]]
    P.mutant("feedback that disagrees", {"START": N.c(0).equals(2 * N.w(0))}, witness=slower)
    return P


def _opposed(N: _Adaptive) -> list[Assertion]:
    return [N.a(0).equals(0), N.w(0).equals(1), N.c(0).equals(1), N.alpha.equals(1), N.beta.equals(1)]
