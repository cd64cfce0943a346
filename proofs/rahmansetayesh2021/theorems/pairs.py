"""R5 to R7, and cross-correlation: what a pair of steps gains is ``⟨b, bM⟩``, whatever b is.

For the steps s before t, ``M = Σ_il e_l(s) (x_l(s)·x_i(t)) e_i(t)ᵀ``: the matrix ``δ[k−o]ᵀ L[k−o] L[k]ᵀ δ[k]`` of the
paper, with the error signals e for δ, the inputs x for L, and the step s for k − o.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item
from fa_theory.symbolic.proof.notation import (
    Assertion,
    Expression,
    Tensor,
    at_least_0,
    forall,
    mean,
    of,
    size,
    total,
)

MUTANTS_OF_GAIN = ("inputs of one step", "errors not sent back")
MUTANTS_OF_SKEW = ("any matrix", "symmetric instead")
MUTANTS_OF_SYMMETRIC = ("twice the symmetric part",)
MUTANTS_OF_DEFINITE = ("positive trace only", "one direction only")
MUTANTS_OF_MEAN = ("sum of all entries", "width forgotten")
MUTANTS_OF_CROSS = ("correlation of one step", "sizes of the correlations")
MUTANTS_OF_CONSTANT = ("correlation changes its sign",)


class StepPair:
    """Feedback weights b and the matrix M of a pair of steps."""

    def __init__(self, title: str, *sorts: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("p", "k", *sorts)
        self.r, (self.c, self.a) = P.index("r", "p"), P.indices("c a", "k")
        self.b, self.M = P.tensor("b", "p", "k"), P.tensor("M", "k", "k")

    def gained(self, M: Tensor | None = None) -> Expression:
        """``⟨b, bM⟩``."""
        M, r, c, a = M or self.M, self.r, self.c, self.a
        return total(r, c, a, self.b(r, c) * M(c, a) * self.b(r, a))


@cache
def gain() -> ProofWriter:
    """Prove that the steps s < t gain Σ_il (b e_i(t))·(b e_l(s)) x_i(t)·x_l(s) = ⟨b, bM⟩."""
    N = StepPair("What a pair of steps gains", "n", "d")
    P, r, c, a, b = N.P, N.r, N.c, N.a, N.b
    (i, l_), j = P.indices("i l", "n"), P.index("j", "d")
    earlier, later = P.tensors("earlier later", "n", "k")
    y, x = P.tensors("y x", "n", "d")

    def matrix(y: Tensor) -> Assertion:
        entry = total(i, l_, earlier(l_, c) * total(j, y(l_, j) * x(i, j)) * later(i, a))
        return forall(c, a, N.M(c, a).equals(entry))

    P.assume("M", matrix(y), "errors and inputs of an earlier and a later step")

    def gained(weights: Tensor) -> Assertion:
        sent = total(r, total(c, weights(r, c) * later(i, c)) * total(c, b(r, c) * earlier(l_, c)))
        return total(i, l_, sent * total(j, x(i, j) * y(l_, j))).equals(N.gained())

    P.conclude(P.show("gain", gained(b), rewrite=["M"], reason="write both sides as sums"))
    P.mutant("inputs of one step", {"M": matrix(x)})
    P.mutant("errors not sent back", {}, conclusion=gained(P.tensor("beta", "p", "k")))
    return P


@cache
def skew() -> ProofWriter:
    """Prove ⟨b, bM⟩ = 0 for Mᵀ = −M."""
    N = StepPair("Antisymmetric parts gain nothing")
    P, c, a = N.P, N.c, N.a

    def skew(sign: int) -> Assertion:
        return forall(c, a, N.M(c, a).equals(sign * N.M(a, c)))

    P.assume("SKEW", skew(-1), "M is antisymmetric")
    half = N.b(N.r, c) * N.b(N.r, a)
    P.conclude(
        P.show(
            "no gain",
            N.gained().equals(0),
            item(Fact("SKEW")(c, a), half, over=[N.r, c, a]),
            reason="half of the sum is the other half with the opposite sign",
        ),
        witness=[forall(c, a, N.M(c, a).equals(P.tensor("A", "k", "k")(c, a) - Tensor("A")(a, c)))],
    )
    P.mutant("any matrix", {"SKEW": forall(c, a, N.M(c, a).equals(N.M(c, a)))}, witness=[])
    P.mutant("symmetric instead", {"SKEW": skew(1)}, witness=[forall(c, a, N.M(c, a).equals(1))])
    return P


@cache
def symmetric() -> ProofWriter:
    """Prove ⟨b, bM⟩ = ⟨b, b(M + Mᵀ)/2⟩."""
    N = StepPair("Only the symmetric part counts")
    P, c, a = N.P, N.c, N.a
    S = P.tensor("S", "k", "k")

    def part(share: Fraction | int) -> Assertion:
        return forall(c, a, S(c, a).equals(share * (N.M(c, a) + N.M(a, c))))

    P.assume("S", part(Fraction(1, 2)), "S is the symmetric part of M")
    P.conclude(
        P.show(
            "symmetric part",
            N.gained().equals(N.gained(S)),
            item(Fact("S")(c, a), N.b(N.r, c) * N.b(N.r, a), over=[N.r, c, a]),
            reason="exchange the two outputs in half of the sum",
        ),
    )
    P.mutant("twice the symmetric part", {"S": part(1)})
    return P


@cache
def definite() -> ProofWriter:
    """Prove ⟨b, bM⟩ ≥ 0 for every b if vᵀMv ≥ 0 for every v."""
    N = StepPair("Positive matrices align")
    P, r, c, a = N.P, N.r, N.c, N.a
    v, root = P.tensor("v", "k"), P.tensor("A", "k", "k")
    P.assume("PSD", forall(v, at_least_0(total(c, a, v(c) * N.M(c, a) * v(a)))), "M + Mᵀ is positive semidefinite")
    each = Fact("PSD")(of(c, N.b(r, c)))
    e = P.index("e", "k")
    squares = [forall(c, a, N.M(c, a).equals(total(e, root(e, c) * root(e, a))))]
    P.conclude(
        P.show("aligns", at_least_0(N.gained()), item(each, over=[r]), reason="a square form of each row of b"),
        witness=squares,
    )
    P.mutant("positive trace only", {"PSD": at_least_0(total(c, N.M(c, c)))}, witness=[])
    ones = at_least_0(total(c, a, N.M(c, a)))
    P.mutant("one direction only", {"PSD": ones}, witness=[])
    return P


@cache
def expected() -> ProofWriter:
    """Prove E⟨b, bM⟩ = p tr M for standard normal b."""
    N = StepPair("The mean over the feedback")
    P, c = N.P, N.c
    normal = P.law("normal", "gauss", ["p", "k"])
    found = mean(normal, (N.b,), N.gained())
    trace = total(c, N.M(c, c))
    P.conclude(
        P.show("mean", found.equals(size("p") * trace), reason="weights are independent, of mean 0 and variance 1")
    )
    P.mutant("sum of all entries", {}, conclusion=found.equals(size("p") * total(c, N.a, N.M(c, N.a))))
    P.mutant("width forgotten", {}, conclusion=found.equals(trace))
    return P


class Correlated(StepPair):
    """Two independent steps, on probability spaces u and v, in which errors and inputs are correlated."""

    def __init__(self, title: str) -> None:
        super().__init__(title, "U", "V", "d")
        P = self.P
        self.u, self.v, (self.j, self.h) = P.index("u", "U"), P.index("v", "V"), P.indices("j h", "d")
        self.mu, self.nu = P.tensor("rho", "U"), P.tensor("nu", "V")
        self.earlier, self.y = P.tensor("earlier", "U", "k"), P.tensor("y", "U", "d")
        self.later, self.x = P.tensor("later", "V", "k"), P.tensor("x", "V", "d")
        self.C, self.D = P.tensors("C D", "k", "d")

    def first(self) -> Assertion:
        found = total(self.u, self.mu(self.u) * self.earlier(self.u, self.c) * self.y(self.u, self.j))
        return forall(self.c, self.j, self.C(self.c, self.j).equals(found))

    def second(self, D: Tensor) -> Assertion:
        found = total(self.v, self.nu(self.v) * self.later(self.v, self.c) * self.x(self.v, self.j))
        return forall(self.c, self.j, D(self.c, self.j).equals(found))

    def mean_gain(self) -> Expression:
        sent = total(
            self.r,
            total(self.c, self.b(self.r, self.c) * self.later(self.v, self.c))
            * total(self.c, self.b(self.r, self.c) * self.earlier(self.u, self.c)),
        )
        inputs = total(self.j, self.x(self.v, self.j) * self.y(self.u, self.j))
        return total(self.u, self.v, self.mu(self.u) * self.nu(self.v) * sent * inputs)

    def product(self, C: Tensor, D: Tensor) -> Expression:
        """``⟨bC, bD⟩``."""

        def sent(C: Tensor) -> Expression:
            return total(self.c, self.b(self.r, self.c) * C(self.c, self.j))

        return total(self.r, self.j, sent(C) * sent(D))


@cache
def cross() -> ProofWriter:
    """Prove that independent steps with cross-correlations C and D gain ⟨bC, bD⟩ on average, for every b."""
    N = Correlated("Cross-correlation of errors and inputs")
    P = N.P
    P.assume("C", N.first(), "cross-correlation of errors and inputs at the earlier step")
    P.assume("D", N.second(N.D), "the same at the later step")
    found = N.mean_gain()
    P.conclude(
        P.show(
            "mean gain",
            found.equals(N.product(N.C, N.D)),
            rewrite=["C", "D"],
            reason="the steps are independent: the mean of the product is the product of the means",
        )
    )
    P.mutant("correlation of one step", {}, conclusion=found.equals(N.product(N.C, N.C)))
    sizes = total(N.r, N.c, N.b(N.r, N.c) ** 2) * total(N.c, N.j, N.C(N.c, N.j) * N.D(N.c, N.j))
    P.mutant("sizes of the correlations", {}, conclusion=found.equals(sizes))
    return P


@cache
def constant() -> ProofWriter:
    """Prove that independent steps with the same cross-correlation gain at least 0 on average, for every b."""
    N = Correlated("Constant cross-correlation aligns")
    P = N.P
    P.assume("C", N.first(), "cross-correlation of errors and inputs at the earlier step")
    P.assume("SAME", N.second(N.C), "it is the same at the later step")
    found = N.mean_gain()
    sent = total(N.c, N.b(N.r, N.c) * N.C(N.c, N.j))
    both = P.show(
        "mean gain",
        found.equals(N.product(N.C, N.C)),
        item(Fact("C")(N.c, N.j), N.b(N.r, N.c) * total(N.a, N.b(N.r, N.a) * N.C(N.a, N.j)), over=[N.r, N.c, N.j]),
        item(
            Fact("SAME")(N.c, N.j),
            N.b(N.r, N.c) * total(N.a, N.b(N.r, N.a) * total(N.u, N.mu(N.u) * N.earlier(N.u, N.a) * N.y(N.u, N.j))),
            over=[N.r, N.c, N.j],
        ),
        reason="the steps are independent",
    )
    square = P.signed(total(N.r, N.j, sent**2))

    def even(sign: int) -> list[Assertion]:
        """All outcomes alike, with errors of one sign at the later step."""
        u, v, c, j = N.u, N.v, N.c, N.j
        earlier = [forall(u, N.mu(u).equals(size("U", -1))), forall(u, c, N.earlier(u, c).equals(1))]
        later = [forall(v, N.nu(v).equals(size("V", -1))), forall(v, c, N.later(v, c).equals(sign))]
        return [*earlier, *later, forall(u, j, N.y(u, j).equals(1)), forall(v, j, N.x(v, j).equals(1))]

    P.conclude(P.show("aligns", at_least_0(found), both, square, reason="a sum of squares"), witness=even(1))
    reversed_ = forall(N.c, N.j, N.C(N.c, N.j).equals(-total(N.v, N.nu(N.v) * N.later(N.v, N.c) * N.x(N.v, N.j))))
    P.mutant("correlation changes its sign", {"SAME": reversed_}, witness=even(-1))
    return P
