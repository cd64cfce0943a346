"""A2: feedback that takes the steps of the weights forgets where it started."""

from __future__ import annotations

from functools import cache

from fa_theory.symbolic.proof import ProofWriter, item
from fa_theory.symbolic.proof.notation import Assertion, Expression, IndexName, Tensor, Value, forall

MUTANTS = ("feedback without decay", "half steps", "one factor more")

Time = IndexName | int


@cache
def difference() -> ProofWriter:
    """Prove ``B(t) − W(t) = κ^t (B(0) − W(0))`` whatever the common steps are."""
    P = ProofWriter("Kolen and Pollack: feedback that takes the steps of the weights")
    P.sorts("k", "p")
    c, r, t = P.index("c", "k"), P.index("r", "p"), P.index("t", "time")
    W, B, step = P.tensors("W B Delta", "time", "k", "p")
    kappa = P.scalar("kappa")

    def onward(T: Tensor, factor: Value, move: Value) -> Assertion:
        return forall(t, c, r, T(t + 1, c, r).equals(factor * T(t, c, r) - move * step(t, c, r)))

    def apart(at: Time) -> Expression:
        return B(at, c, r) - W(at, c, r)

    def form(at: Time) -> Assertion:
        return forall(c, r, apart(at).equals(kappa**at * apart(0)))

    P.assume("STEP_W", onward(W, kappa, 1), "step of the weights, with decay")
    P.assume("STEP_B", onward(B, kappa, 1), "the same step of the feedback weights")
    before = P.assume("at t", form(t), "the difference at time t")
    start = P.show("at 0", form(0), reason="nothing has moved")
    after = P.show(
        "at t+1",
        form(t + 1),
        item(before(c, r), kappa),
        rewrite=["STEP_W", "STEP_B"],
        reason="the common step cancels; both keep the part κ",
    )
    P.conclude(P.induct("at all times", t, [form(t)], [start], [after], reason="induction over t"))
    P.mutant("feedback without decay", {"STEP_B": onward(B, 1, 1)})
    P.mutant("half steps", {"STEP_B": onward(B, kappa, kappa)})
    P.mutant("one factor more", {}, conclusion=forall(t, c, r, apart(t).equals(kappa ** (t + 1) * apart(0))))
    return P
