"""Gershgorin for Gram matrices: nearly orthonormal rows imply a nearly isometric matrix."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item
from fa_theory.symbolic.proof.notation import Assertion, Expression, delta, forall, square_sum, total

MUTANTS_FROM_ABOVE = ("half the deviation", "twice the diagonal")
MUTANTS_FROM_BELOW = ("the deviation counted twice",)
QUARTER, HALF = Fraction(1, 4), Fraction(1, 2)


class GramDeviation:
    """``R = XXᵀ − I`` is bounded entry by entry by A, whose rows and columns sum to at most Λ."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("n", "d")
        self.i, self.j = P.indices("i j", "n")
        self.k = P.index("k", "d")
        self.X, self.v = P.tensor("X", "n", "d"), P.tensor("v", "n")
        self.A, self.R = P.tensors("A R", "n", "n")
        self.Lam = P.scalar("Lambda")
        i, j = self.i, self.j
        P.assume("DEVIATION", self.deviation(delta(i, j)), "deviation of the Gram matrix from the identity")
        P.assume("ABOVE", forall(i, j, self.R(i, j) <= self.A(i, j)), "A bounds the deviation, entry by entry")
        P.assume("BELOW", forall(i, j, -self.R(i, j) <= self.A(i, j)), "A bounds the deviation, entry by entry")
        P.assume("ROWS", forall(i, total(j, self.A(i, j)) <= self.Lam), "every row of A sums to at most Λ")
        P.assume("COLUMNS", forall(j, total(i, self.A(i, j)) <= self.Lam), "every column of A sums to at most Λ")
        self.squares = square_sum(i, self.v(i))
        self.length = square_sum(self.k, total(i, self.X(i, self.k) * self.v(i)))

    def deviation(self, ideal: Expression | int) -> Assertion:
        i, j, k = self.i, self.j, self.k
        gram = total(k, self.X(i, k) * self.X(j, k))
        return forall(i, j, self.R(i, j).equals(gram - ideal))

    def show(self, sign: int, goal: Assertion) -> Fact:
        """``±vᵀRv ≤ Λ‖v‖²``: the deviation is weighted with squares, which are non-negative."""
        i, j, v = self.i, self.j, self.v
        apart, together = QUARTER * (v(i) - v(j)) ** 2, QUARTER * (v(i) + v(j)) ** 2
        first, second = (together, apart) if sign > 0 else (apart, together)
        return self.P.show(
            "length",
            goal,
            item(Fact("ABOVE")(i, j), first, over=[i, j]),
            item(Fact("BELOW")(i, j), second, over=[i, j]),
            item(Fact("ROWS")(i), HALF * v(i) ** 2, over=[i]),
            item(Fact("COLUMNS")(j), HALF * v(j) ** 2, over=[j]),
            rewrite=["DEVIATION"],
            reason="2v_iv_j is a difference of squares: weight the bounds of all entries with them, then sum the "
            "rows and columns",
        )

    def witness(self) -> list[Assertion]:
        i, j = self.i, self.j
        return [
            forall(i, j, self.A(i, j).equals(self.R(i, j) ** 2 + 1)),
            self.Lam.equals(total(i, j, self.A(i, j))),
        ]


@cache
def from_above() -> ProofWriter:
    """Prove ‖Xᵀv‖² ≤ (1 + Λ)‖v‖²."""
    N = GramDeviation("Near-isometry, from above")
    N.P.conclude(N.show(1, N.length <= (1 + N.Lam) * N.squares), witness=N.witness())
    tight = [forall(N.i, N.j, N.A(N.i, N.j).equals(N.R(N.i, N.j))), N.Lam.equals(total(N.i, N.j, N.A(N.i, N.j)))]
    N.P.mutant("half the deviation", {}, conclusion=N.length <= (1 + HALF * N.Lam) * N.squares, witness=tight)
    N.P.mutant("twice the diagonal", {"DEVIATION": N.deviation(2 * delta(N.i, N.j))}, witness=tight)
    return N.P


@cache
def from_below() -> ProofWriter:
    """Prove (1 − Λ)‖v‖² ≤ ‖Xᵀv‖²."""
    N = GramDeviation("Near-isometry, from below")
    N.P.conclude(N.show(-1, (1 - N.Lam) * N.squares <= N.length), witness=N.witness())
    tight = [forall(N.i, N.j, N.A(N.i, N.j).equals(-N.R(N.i, N.j))), N.Lam.equals(total(N.i, N.j, N.A(N.i, N.j)))]
    N.P.mutant("the deviation counted twice", {}, conclusion=(1 - HALF * N.Lam) * N.squares <= N.length, witness=tight)
    return N.P
