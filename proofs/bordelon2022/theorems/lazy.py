"""B2: the mean of the effective kernel over feedback that is correlated with the weights."""

from __future__ import annotations

from functools import cache

from fa_theory.symbolic.proof import ProofWriter
from fa_theory.symbolic.proof.notation import Assertion, Expression, IndexName, forall, mean, total

MUTANTS = ("one factor", "gradients that are sent")
MUTANTS_OF_ONE = ("two factors",)


class _Signals:
    """Two hidden layers with slopes, weights W and w above them; gradients g and signals by other weights."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("n", "p", "q")
        self.i, self.j = P.indices("i j", "n")
        self.r, (self.c, self.v) = P.index("r", "p"), P.indices("c v", "q")
        self.W, self.w = P.tensor("W", "q", "p"), P.tensor("w", "q")
        self.D1, self.D2 = P.tensor("D1", "n", "p"), P.tensor("D2", "n", "q")
        self.Z, self.xi = P.tensor("Z", "q", "p"), P.tensor("xi", "q")

    def back(self, i: IndexName, c: IndexName, first: Expression, second: Expression) -> Expression:
        """The signal of hidden unit r of the first layer."""
        return self.D1(i, self.r) * total(c, first * self.D2(i, c) * second)


@cache
def mean_kernel() -> ProofWriter:
    """Prove ``E ⟨g, g̃⟩ = ρ² ⟨g, g⟩`` two layers below the output, feedback ``ρW + σZ``, Z standard normal."""
    N = _Signals("What correlated feedback sends, on average, two layers below the output")
    P, i, j, r, c, v = N.P, N.i, N.j, N.r, N.c, N.v
    rho, sigma = P.scalars("rho sigma")
    law = P.law("fresh", "gauss", ["q", "p"], ["q"])

    def true(i: IndexName, c: IndexName) -> Expression:
        return N.back(i, c, N.W(c, r), N.w(c))

    sent = N.back(j, v, rho * N.W(v, r) + sigma * N.Z(v, r), rho * N.w(v) + sigma * N.xi(v))

    def form(power: int) -> Assertion:
        found = mean(law, (N.Z, N.xi), total(r, true(i, c) * sent))
        return forall(i, j, found.equals(rho**power * total(r, true(i, c) * true(j, v))))

    P.conclude(P.show("mean", form(2), reason="the two layers of feedback are independent, with means ρW and ρw"))
    P.mutant("one factor", {}, conclusion=form(1))
    P.mutant("gradients that are sent", {}, conclusion=form(0))
    return P


@cache
def one_layer() -> ProofWriter:
    """Prove ``E ⟨g, g̃⟩ = ρ ⟨g, D w⟩`` for signals sent by ``ρw + σξ``, whatever the gradients g are."""
    N = _Signals("What correlated feedback sends, on average, below the output")
    P, i, j, c = N.P, N.i, N.j, N.c
    (rho, sigma), g = P.scalars("rho sigma"), P.tensor("g", "n", "q")
    law = P.law("fresh", "gauss", ["q"])

    def form(power: int) -> Assertion:
        sent = N.D2(j, c) * (rho * N.w(c) + sigma * N.xi(c))
        found = mean(law, (N.xi,), total(c, g(i, c) * sent))
        return forall(i, j, found.equals(rho**power * total(c, g(i, c) * N.D2(j, c) * N.w(c))))

    P.conclude(P.show("mean", form(1), reason="the feedback has the mean ρw"))
    P.mutant("two factors", {}, conclusion=form(2))
    return P
