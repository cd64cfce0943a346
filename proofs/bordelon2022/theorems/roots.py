"""B4, B5: where training on white data ends, as a function of richness and correlation."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item, library
from fa_theory.symbolic.proof.notation import Assertion, Expression, at_least_0, positive

HALF = Fraction(1, 2)
MUTANTS_OF_LAZY = ("a smaller correction",)
MUTANTS_OF_RICH = ("a still smaller correction",)
MUTANTS_OF_FEATURES = ("the other order", "feedback against the read-out")
MUTANTS_OF_SIGNALS = ("half of the difference", "feedback against the weights")


class _End:
    """``½a³ + κa = Y`` with ``κ = 1 + ρ``, ``Y = γ₀y``."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        self.a, self.k, self.Y = P.scalars("a kappa Y")
        P.assume("ROOT", (HALF * self.a**3 + self.k * self.a).equals(self.Y), "a is at rest; Y = γ₀y")
        P.assume("a ≥ 0", at_least_0(self.a), "from 0, with Y ≥ 0")
        P.assume("κ ≥ 0", at_least_0(self.k), "κ = 1 + ρ")
        self.linear = P.show("linear part", self.k * self.a <= self.Y, "ROOT", P.signed(self.a**3), reason="a³ ≥ 0")
        self.cubic = P.show("cubic part", self.a**3 <= 2 * self.Y, "ROOT", P.signed(self.k * self.a), reason="κa ≥ 0")
        P.show("Y ≥ 0", at_least_0(self.Y), self.linear, P.signed(self.k * self.a))

    def example(self, a: Fraction, kappa: Fraction) -> list[Assertion]:
        return [self.a.equals(a), self.k.equals(kappa), self.Y.equals(HALF * a**3 + kappa * a)]


@cache
def lazy() -> ProofWriter:
    """Prove ``2κ³(Y − κa) ≤ Y³``: for small Y, a is nearly Y/κ, and never above."""
    N = _End("Small richness: features change by its square")
    P, a, k, Y = N.P, N.a, N.k, N.Y
    x = k * a

    def near(share: int) -> Assertion:
        return share * k**3 * (Y - x) <= Y**3

    found = P.show(
        "near the linear solution",
        near(2),
        Fact("ROOT") * k**3,
        item(N.linear, Y**2 + Y * x + x**2),
        reason="2(Y − κa) = a³, and κa ≤ Y",
    )
    P.conclude(found, witness=N.example(Fraction(1, 4), Fraction(1)))
    P.mutant("a smaller correction", {}, conclusion=near(4), witness=N.example(Fraction(1, 4), Fraction(1)))
    return P


@cache
def rich() -> ProofWriter:
    """Prove ``(2Y − a³)³ ≤ 16κ³Y``: for large Y, a³ is nearly 2Y, and never above."""
    N = _End("Large richness: features change by its power 2/3")
    P, a, k, Y = N.P, N.a, N.k, N.Y

    def near(share: int) -> Assertion:
        return (2 * Y - a**3) ** 3 <= share * k**3 * Y

    gap = P.show("the gap", (2 * Y - a**3).equals(2 * k * a), "ROOT")
    left, right = 2 * Y - a**3, 2 * k * a
    cube = P.show(
        "its cube", (left**3).equals(right**3), gap * (left**2 + left * right + right**2), reason="both sides cubed"
    )
    found = P.show("near the cubic solution", near(16), cube, item(N.cubic, k**3), reason="2Y − a³ = 2κa, and a³ ≤ 2Y")
    P.conclude(found, witness=N.example(Fraction(4), Fraction(1)))
    P.mutant("a still smaller correction", {}, conclusion=near(4), witness=N.example(Fraction(4), Fraction(1)))
    return P


class _Two:
    """The same Y, and two correlations ``ρ ≤ σ`` with roots ``a`` and ``c``."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        self.a, self.c, self.rho, self.sigma, self.Y = P.scalars("a c rho sigma Y")
        for name, root, value in (("FIRST", self.a, self.rho), ("SECOND", self.c, self.sigma)):
            P.assume(name, self.root(root, value), "the root for this correlation; Y = γ₀y")
        P.assume("ORDER", self.rho <= self.sigma, "ρ ≤ σ")
        P.assume("FORWARD", self.signs(), "feedback that is not opposed")
        P.assume("a ≥ 0", at_least_0(self.a), "from 0, with Y > 0")
        P.assume("c > 0", positive(self.c), "from 0, with Y > 0")

    def signs(self) -> Assertion:
        return at_least_0(1 + self.rho)

    def root(self, a: Expression, rho: Expression) -> Assertion:
        return (HALF * a**3 + (1 + rho) * a).equals(self.Y)

    def show_order(self) -> Fact:
        P, a, c, rho = self.P, self.a, self.c, self.rho
        fewer = P.show("c ≤ a", c <= a, P.assume("c below", c <= a))
        above = P.assume("c above", a < c)
        scaled = P.show(
            "both times c²",
            c**2 * c <= c**2 * a,
            *(Fact("FIRST"), Fact("SECOND")),
            item(Fact("ORDER"), c),
            item(above, a * (a + c)),
            item(above, 1 + rho),
            reason="more correlation and a larger root would give a larger Y",
        )
        square = P.show("c² > 0", positive(c**2), item(Fact("c > 0"), c))
        otherwise = P.use(library.cancel())(c, a, c**2, given=[square, scaled])
        return P.cases("order of the roots", c, a, fewer, P.show("c ≤ a still", c <= a, otherwise))

    def example(self, rho: Fraction, a: Fraction, c: Fraction) -> list[Assertion]:
        Y = HALF * a**3 + (1 + rho) * a
        sigma = (Y - HALF * c**3) / c - 1
        return [self.a.equals(a), self.c.equals(c), self.Y.equals(Y), self.rho.equals(rho), self.sigma.equals(sigma)]


@cache
def features() -> ProofWriter:
    """Prove ``1 + c² ≤ 1 + a²``: the more the feedback agrees at the start, the less the features change."""
    N = _Two("Features change less with more correlation")
    P, a, c = N.P, N.a, N.c
    order = N.show_order()
    found = P.show("features", 1 + c**2 <= 1 + a**2, item(order, a), item(order, c), reason="c ≤ a")
    two = N.example(Fraction(0), Fraction(2), Fraction(1))
    P.conclude(found, witness=two)
    P.mutant("the other order", {}, conclusion=1 + a**2 <= 1 + c**2, witness=two)
    opposed = N.example(Fraction(-3), HALF, Fraction(3, 2))
    P.mutant("feedback against the read-out", {"FORWARD": 1 + N.rho <= 0}, witness=opposed)
    return P


@cache
def signals() -> ProofWriter:
    """Prove ``⅓(σ − ρ) ≤ (σ + ½c²) − (ρ + ½a²)``: the final signals overlap more with more correlation."""
    N = _Two("Signals overlap more with more correlation")
    P, a, c, rho, sigma = N.P, N.a, N.c, N.rho, N.sigma
    order = N.show_order()
    scaled = P.show(
        "times c",
        c * (Fraction(3, 2) * (a**2 - c**2)) <= c * (2 * (sigma - rho)),
        *(Fact("FIRST"), Fact("SECOND")),
        item(P.signed((a - c) ** 2), a),
        item(P.signed((a - c) ** 2), c),
        item(order, 1 + rho),
        reason="insert both roots",
    )
    bound = P.use(library.cancel())(Fraction(3, 2) * (a**2 - c**2), 2 * (sigma - rho), c, given=["c > 0", scaled])

    def more(share: Fraction) -> Assertion:
        return share * (sigma - rho) <= sigma + HALF * c**2 - (rho + HALF * a**2)

    found = P.show("signals", more(Fraction(1, 3)), bound, reason="the roots differ less than the correlations")
    two = N.example(Fraction(0), Fraction(2), Fraction(1))
    P.conclude(found, witness=two)
    close = N.example(Fraction(0), Fraction(20), Fraction(19))
    P.mutant("half of the difference", {}, conclusion=more(HALF), witness=close)
    opposed = N.example(Fraction(-3), Fraction(2), Fraction(1))
    P.mutant("feedback against the weights", {"FORWARD": 1 + rho <= 0}, witness=opposed)
    return P
