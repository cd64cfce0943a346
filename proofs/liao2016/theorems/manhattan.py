"""Batch Manhattan: a step by the signs of the gradient descends."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item
from fa_theory.symbolic.proof.notation import Assertion, Expression, at_least_0, forall, total

MUTANTS = ("a smaller bound", "signs of another vector")


@cache
def descent() -> ProofWriter:
    """Prove ``|g|² ≤ M g·s`` for the signs s of g, where ``|g_i| = s_i g_i ≤ M``."""
    P = ProofWriter("A step by the signs of the gradient")
    P.sorts("N")
    i = P.index("i", "N")
    g, s, M = P.tensor("g", "N"), P.tensor("s", "N"), P.scalar("M")

    def bounded(bound: Expression) -> Assertion:
        return forall(i, s(i) * g(i) <= bound)

    def signs(low: Expression) -> Assertion:
        return forall(i, low <= s(i) * g(i))

    P.assume("SIGNS", forall(i, at_least_0(s(i) * g(i))), "s has the signs of the gradient g")
    P.assume("UNIT", forall(i, (s(i) ** 2).equals(1)), "entries of s are 1 or −1")
    P.assume("BOUND", bounded(M), "no entry of g is larger than M")
    size = P.instance("an absolute value", Fact("SIGNS")(i))
    found = P.show(
        "the step descends",
        total(i, g(i) ** 2) <= M * total(i, g(i) * s(i)),
        item(Fact("BOUND")(i), s(i) * g(i), sign=size, over=[i]),
        item(Fact("UNIT")(i), g(i) ** 2, over=[i]),
        reason="g_i² = (s_i g_i)² ≤ M s_i g_i",
    )

    def point(entry: int, most: Fraction) -> list[Assertion]:
        return [forall(i, s(i).equals(1)), forall(i, g(i).equals(entry)), M.equals(most)]

    P.conclude(found, witness=point(1, Fraction(1)))
    P.mutant("a smaller bound", {"BOUND": bounded(2 * M)}, witness=point(1, Fraction(1, 2)))
    P.mutant("signs of another vector", {"SIGNS": signs(-M)}, witness=point(-1, Fraction(1)))
    return P
