"""Li5: in which sense the second layer comes to act as a pseudoinverse of the feedback."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item
from fa_theory.symbolic.proof.notation import Assertion, Expression, IndexName, d, forall, size, total

from ...shared.motion import Motion

HALF = Fraction(1, 2)
MUTANTS_OF_ACUTE = ("the whole square", "not balanced")
MUTANTS_OF_FIRST = ("other speed",)
MUTANTS_OF_SECOND = ("another speed",)


@cache
def acute() -> ProofWriter:
    """Prove ``⟨BᵀBv, WBv⟩ = ½‖AᵀBv‖²`` for all v, if ``BW + WᵀBᵀ = AAᵀ``."""
    P = ProofWriter("Signals and gradients meet at acute angles in balanced networks")
    P.sorts("p", "k", "d")
    (r, q), (c, b), j = P.indices("r q", "p"), P.indices("c b", "k"), P.index("j", "d")
    A, W, B, v = P.tensor("A", "p", "d"), P.tensor("W", "k", "p"), P.tensor("B", "p", "k"), P.tensor("v", "k")

    def balanced(square: Expression) -> Assertion:
        return forall(r, q, total(c, B(r, c) * W(c, q) + B(q, c) * W(c, r)).equals(square))

    gram = total(j, A(r, j) * A(q, j))
    P.assume("BALANCED", balanced(gram), "BW + WᵀBᵀ = AAᵀ, which the flow from zero conserves")
    sent = total(b, B(r, b) * v(b))
    onward = total(q, W(c, q) * total(b, B(q, b) * v(b)))

    def form(share: Fraction) -> Assertion:
        left = total(c, total(r, B(r, c) * sent) * onward)
        seen = total(j, total(r, A(r, j) * sent) ** 2)
        return forall(v, left.equals(share * seen))

    weight = sent * total(b, B(q, b) * v(b))
    found = P.show(
        "form", form(HALF), item(Fact("BALANCED")(r, q), weight, over=[r, q]), reason="a quadratic form at Bv"
    )
    weights = HALF * size("d") * size("k", -1)
    one = [
        *(forall(r, c, B(r, c).equals(1)), forall(r, j, A(r, j).equals(1))),
        forall(c, q, W(c, q).equals(weights)),
    ]
    P.conclude(found, witness=one)
    P.mutant("the whole square", {}, conclusion=form(Fraction(1)), witness=one)
    none = [*one[:2], forall(c, q, W(c, q).equals(0))]
    P.mutant("not balanced", {"BALANCED": balanced(0 * gram)}, witness=none)
    return P


class _Equal(Motion):
    """``A = zBT``, ``W = ½σ²z²Bᵀ`` for feedback with ``BᵀB = κ`` and targets with ``TTᵀ = σ²``."""

    def __init__(self, title: str) -> None:
        super().__init__(title, "p", "k", "d")
        P = self.P
        (self.r, self.q), (self.c, self.b), self.j = P.indices("r q", "p"), P.indices("c b", "k"), P.index("j", "d")
        self.starts()
        self.z, (self.kappa, self.sigma2) = P.tensor("z", "real"), P.scalars("kappa sigma2")
        self.T, self.B = P.tensor("T", "k", "d"), P.tensor("B", "p", "k")
        self.moves(self.z, (), (), self.speed(HALF), "speed of z; from 0 it rises to the root of ½κσ²z³ = 1")
        seen = total(self.r, self.B(self.r, self.c) * self.sent(self.r))
        scaled = forall(self.c, self.j, seen.equals(self.kappa * self.T(self.c, self.j)))
        P.assume("KAPPA", scaled, "BᵀB = κ on the columns of T")

    def speed(self, share: Fraction) -> Expression:
        return 1 - share * self.kappa * self.sigma2 * self.z(self.t) ** 3

    def sent(self, r: IndexName) -> Expression:
        """``(BT)_rj``."""
        return total(self.b, self.B(r, self.b) * self.T(self.b, self.j))

    def error(self) -> Expression:
        """``T − WA``, entry c, j."""
        through = total(self.q, self.B(self.q, self.c) * self.sent(self.q))
        return self.T(self.c, self.j) - HALF * self.sigma2 * self.z(self.t) ** 3 * through

    def ones(self) -> list[Assertion]:
        r, c, j = self.r, self.c, self.j
        all_one = [forall(r, c, self.B(r, c).equals(1)), forall(c, j, self.T(c, j).equals(1))]
        sizes = [self.kappa.equals(size("p") * size("k")), self.sigma2.equals(size("d") * size("k"))]
        return [*all_one, *sizes]


@cache
def first_layer() -> ProofWriter:
    """Prove ``A' = BE`` for ``A = zBT``, ``E = T − WA``, ``W = ½σ²z²Bᵀ``."""
    N = _Equal("Targets of equal singular values: the first layer")
    P, s, t, r, c, j = N.P, N.s, N.t, N.r, N.c, N.j
    body = N.z(s) * N.sent(r)
    goal = forall(t, r, j, d(s, body, t).equals(total(c, N.B(r, c) * N.error())))
    known = item(Fact("KAPPA")(c, j), HALF * N.sigma2 * N.z(t) ** 3 * N.B(r, c), over=[c])
    found = N.rate(body, "flow of A", goal, "BᵀBT = κT", by=(known,))
    P.conclude(N.stated(found), defined=N.defined(r, j), witness=N.ones())
    P.mutant("other speed", {"FLOW_z": N.law(N.z, (), N.speed(Fraction(1)))}, witness=N.ones())
    return P


@cache
def second_layer() -> ProofWriter:
    """Prove ``W' = EAᵀ`` for the same."""
    N = _Equal("Targets of equal singular values: the second layer")
    P, s, t, r, c, j, b = N.P, N.s, N.t, N.r, N.c, N.j, N.b
    image = total(j, N.T(c, j) * total(b, N.B(r, b) * N.T(b, j)))
    P.assume("SIGMA", forall(c, r, image.equals(N.sigma2 * N.B(r, c))), "TTᵀ = σ² on the rows of B")
    body = HALF * N.sigma2 * N.z(s) ** 2 * N.B(r, c)
    goal = forall(t, c, r, d(s, body, t).equals(total(j, N.error() * N.z(t) * N.sent(r))))
    known = (
        item(Fact("KAPPA")(c, j), HALF * N.sigma2 * N.z(t) ** 4 * N.sent(r), over=[j]),
        Fact("SIGMA")(c, r) * (N.z(t) * N.speed(HALF)),
    )
    found = N.rate(body, "flow of W", goal, "BᵀBT = κT and TTᵀ = σ²", by=known)
    P.conclude(N.stated(found), defined=N.defined(c, r), witness=N.ones())
    P.mutant("another speed", {"FLOW_z": N.law(N.z, (), N.speed(Fraction(1)))}, witness=N.ones())
    return P
