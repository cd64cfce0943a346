"""JB1: a fixed matrix times feedback that learns takes the place of the weights."""

from __future__ import annotations

from functools import cache

from fa_theory.symbolic.proof import ProofWriter, item
from fa_theory.symbolic.proof.notation import Assertion, Expression, IndexName, Value, forall, total

MUTANTS = ("feedback without decay", "steps not sent through R", "one factor more")

Time = IndexName | int


@cache
def difference() -> ProofWriter:
    """Prove ``R B(t) − R Rᵀ W(t)ᵀ = κ^t (R B(0) − R Rᵀ W(0)ᵀ)`` whatever the steps are."""
    P = ProofWriter("The product of feedback weights follows the weights")
    P.sorts("p", "s", "k")
    (r, u), a, c = P.indices("r u", "p"), P.index("a", "s"), P.index("c", "k")
    t = P.index("t", "time")
    W, B, step = P.tensor("W", "time", "k", "p"), P.tensor("B", "time", "s", "k"), P.tensor("Delta", "time", "k", "p")
    R, kappa = P.tensor("R", "p", "s"), P.scalar("kappa")

    def back(factor: Value, sent: Expression) -> Assertion:
        return forall(t, a, c, B(t + 1, a, c).equals(factor * B(t, a, c) - sent))

    through = total(u, R(u, a) * step(t, c, u))
    P.assume(
        "STEP_W", forall(t, c, r, W(t + 1, c, r).equals(kappa * W(t, c, r) - step(t, c, r))), "step of the weights"
    )
    P.assume("STEP_B", back(kappa, through), "the same step of the feedback, seen through R")

    def apart(at: Time) -> Expression:
        return total(a, R(r, a) * B(at, a, c)) - total(a, u, R(r, a) * R(u, a) * W(at, c, u))

    def form(at: Time, more: int = 0) -> Assertion:
        power = kappa ** (at + more) if more else kappa**at
        return forall(r, c, apart(at).equals(power * apart(0)))

    before = P.assume("at t", form(t), "the difference at time t")
    start = P.show("at 0", form(0), reason="nothing has moved")
    after = P.show(
        "at t+1", form(t + 1), item(before(r, c), kappa), rewrite=["STEP_W", "STEP_B"], reason="the step cancels"
    )
    P.conclude(P.induct("at all times", t, [form(t)], [start], [after], reason="induction over t"))
    P.mutant("feedback without decay", {"STEP_B": back(1, through)})
    P.mutant("steps not sent through R", {"STEP_B": back(kappa, 2 * through)})
    P.mutant("one factor more", {}, conclusion=forall(t, form(t, 1)))
    return P
