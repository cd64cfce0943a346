"""A1: a weight mirror moves the feedback along the weights, on average."""

from __future__ import annotations

from functools import cache

from fa_theory.symbolic.proof import ProofWriter, item
from fa_theory.symbolic.proof.notation import Assertion, Expression, IndexName, Value, forall, mean, total

MUTANTS_OF_MEAN = ("standard deviation instead of variance", "the transposed noise")
MUTANTS_OF_LIMIT = ("no leak", "one factor less")

Time = IndexName | int


@cache
def mean_step() -> ProofWriter:
    """Prove ``E[η (Wξ)_c ξ_r] = η σ² W_cr`` for noise ``σξ``, ξ standard normal."""
    P = ProofWriter("Weight mirror: the mean step")
    P.sorts("k", "p")
    c, (r, s) = P.index("c", "k"), P.indices("r s", "p")
    W, xi = P.tensor("W", "k", "p"), P.tensor("xi", "p")
    eta, sigma = P.scalar("eta"), P.scalar("sigma")
    law = P.law("noise", "gauss", ["p"])
    seen = total(s, W(c, s) * sigma * xi(s))
    step = mean(law, (xi,), eta * seen * sigma * xi(r))
    P.conclude(
        P.show(
            "the mean step",
            forall(c, r, step.equals(eta * sigma**2 * W(c, r))),
            reason="different entries of the noise are independent with mean zero; each has variance σ²",
        )
    )
    P.mutant("standard deviation instead of variance", {}, conclusion=forall(c, r, step.equals(eta * sigma * W(c, r))))
    squared = mean(law, (xi,), eta * seen**2)
    P.mutant("the transposed noise", {}, conclusion=forall(c, r, squared.equals(eta * sigma**2 * W(c, r))))
    return P


@cache
def limit() -> ProofWriter:
    """Prove ``ρ m(t) − ησ² W = (1 − ρ)^t (ρ m(0) − ησ² W)`` for the mean m of feedback that leaks."""
    P = ProofWriter("Weight mirror with a leak: the mean feedback")
    P.sorts("k", "p")
    c, r, t = P.index("c", "k"), P.index("r", "p"), P.index("t", "time")
    W, m = P.tensor("W", "k", "p"), P.tensor("m", "time", "k", "p")
    eta, sigma, rho = P.scalars("eta sigma rho")

    def onward(kept: Value) -> Assertion:
        return forall(t, c, r, m(t + 1, c, r).equals(kept * m(t, c, r) + eta * sigma**2 * W(c, r)))

    def form(at: Time) -> Assertion:
        def apart(time: Time) -> Expression:
            return rho * m(time, c, r) - eta * sigma**2 * W(c, r)

        return forall(c, r, apart(at).equals((1 - rho) ** at * apart(0)))

    P.assume("MEAN", onward(1 - rho), "the mean step, with a leak")
    before = P.assume("at t", form(t), "the mean at time t")
    start = P.show("at 0", form(0), reason="nothing has moved")
    after = P.show(
        "at t+1", form(t + 1), item(before(c, r), 1 - rho), rewrite=["MEAN"], reason="insert the mean at time t"
    )
    P.conclude(P.induct("at all times", t, [form(t)], [start], [after], reason="induction over t"))
    P.mutant("no leak", {"MEAN": onward(1)})
    P.mutant("one factor less", {"MEAN": onward((1 - rho) ** 2)})
    return P
