"""Gr1: what one random probe p tells of a Jacobian J, as the matrix (Jp)pᵀ."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import ProofWriter, item, library
from fa_theory.symbolic.proof.notation import Assertion, Expression, forall, mean, of, total

MUTANTS_OF_COSINE = ("another matrix", "the norm without its square")
MUTANTS_OF_BOUND = ("a longer vector", "twice the singular value")
MUTANTS_OF_MEAN = ("the transposed estimate", "twice the mean")

HALF = Fraction(1, 2)


class _Probe:
    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("k", "n")
        self.c, (self.i, self.j) = P.index("c", "k"), P.indices("i j", "n")
        self.J, self.p = P.tensor("J", "k", "n"), P.tensor("p", "n")

    @property
    def seen(self) -> Expression:
        """``(Jp)_c``."""
        return total(self.j, self.J(self.c, self.j) * self.p(self.j))


@cache
def cosine() -> ProofWriter:
    """Prove ``⟨J, (Jp)pᵀ⟩ = ‖Jp‖²``: never negative."""
    N = _Probe("A probe is never at an obtuse angle with the Jacobian")
    P, c, i = N.P, N.c, N.i
    other = P.tensor("M", "k", "n")

    def form(first: Expression, square: Expression) -> Assertion:
        return total(c, i, first * N.seen * N.p(i)).equals(total(c, square))

    P.conclude(P.show("the product", form(N.J(c, i), N.seen**2), reason="sum over the entries of p first"))
    P.mutant("another matrix", {}, conclusion=form(other(c, i), N.seen**2))
    P.mutant("the norm without its square", {}, conclusion=form(N.J(c, i), N.seen))
    return P


@cache
def bound() -> ProofWriter:
    """Prove ``(σ v·p)² ≤ ‖Jp‖²`` for a singular value σ with vectors a and v, ``aᵀJ = σvᵀ``, ‖a‖ ≤ 1."""
    N = _Probe("A probe sees at least what lies along a singular vector")
    P, c, i, j = N.P, N.c, N.i, N.j
    a, v, sigma = P.tensor("a", "k"), P.tensor("v", "n"), P.scalar("sigma")

    def unit(most: int) -> Assertion:
        return total(c, a(c) ** 2) <= most

    def singular(value: Expression) -> Assertion:
        return forall(i, total(c, a(c) * N.J(c, i)).equals(value * v(i)))

    def along_with(entry: Fraction, share: int) -> list[Assertion]:
        defined = forall(i, v(i).equals(share * total(c, a(c) * N.J(c, i))))
        return [forall(c, a(c).equals(entry)), sigma.equals(1), defined]

    P.assume("UNIT", unit(1), "a left singular vector")
    value = P.assume("SINGULAR", singular(sigma), "σ is its singular value")
    along = sigma * total(j, v(j) * N.p(j))
    same = P.show("along a", total(c, a(c) * N.seen).equals(along), item(value(j), N.p(j), over=[j]))
    whole = total(c, N.seen**2)
    schwarz = P.use(library.cauchy_schwarz_squared(), A="k")(of(c, a(c)), of(c, N.seen))
    P.conclude(
        P.show(
            "what the probe sees",
            along**2 <= whole,
            schwarz,
            same * (total(c, a(c) * N.seen) + along),
            item("UNIT", whole, sign=P.signed(whole)),
            reason="Cauchy–Schwarz with a",
        ),
        witness=along_with(HALF, 1),
    )
    P.mutant("a longer vector", {"UNIT": unit(4)}, witness=along_with(3 * HALF, 1))
    P.mutant("twice the singular value", {"SINGULAR": singular(HALF * sigma)}, witness=along_with(3 * HALF * HALF, 2))
    return P


@cache
def unbiased() -> ProofWriter:
    """Prove ``E (Jp)_c p_i = J_ci`` for standard normal p."""
    N = _Probe("A probe is right on average")
    P, c, i = N.P, N.c, N.i
    law = P.law("probes", "gauss", ["n"])

    def form(body: Expression, value: Expression) -> Assertion:
        return forall(c, i, mean(law, (N.p,), body).equals(value))

    P.conclude(P.show("the mean", form(N.seen * N.p(i), N.J(c, i)), reason="E p_i p_j is 1 for i = j, else 0"))
    P.mutant("the transposed estimate", {}, conclusion=form(N.seen**2, N.J(c, i)))
    P.mutant("twice the mean", {}, conclusion=form(N.seen * N.p(i), 2 * N.J(c, i)))
    return P
