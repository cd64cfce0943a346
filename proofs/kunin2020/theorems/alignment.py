"""K1: feedback pulled towards the weights, "symmetric alignment", and an untuned weight mirror."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, axiom, item, library
from fa_theory.symbolic.proof.notation import (
    Assertion,
    Expression,
    IndexName,
    Value,
    at_least_0,
    forall,
    norm,
    of,
    square_sum,
)

MUTANTS = ("steps twice as large", "a stronger pull is assumed", "feedback that only decays")
MUTANTS_OF_MIRROR = ("equal rates",)

Time = IndexName | int


@cache
def lag() -> ProofWriter:
    """Prove ``ρ‖B(t) − W(t)‖ ≤ (1 − ρ)^t ρ‖B(0) − W(0)‖ + δ`` where a step of W has norm at most δ."""
    P = ProofWriter("Symmetric alignment: feedback lags behind the weights")
    P.sorts("N")
    i, t = P.index("i", "N"), P.index("t", "time")
    W, B, step = P.tensors("W B Delta", "time", "N")
    rho, delta = P.scalar("rho"), P.scalar("D")

    def pulled(to: Expression) -> Assertion:
        return forall(t, i, B(t + 1, i).equals(B(t, i) - rho * (B(t, i) - to)))

    def steps(bound: Value) -> Assertion:
        return forall(t, norm(i, step(t, i)) <= bound)

    P.assume("WEIGHTS", forall(t, i, W(t + 1, i).equals(W(t, i) - step(t, i))), "any steps of the weights")
    P.assume("FEEDBACK", pulled(W(t, i)), "gradient step on decay and self: ½‖B‖² − ⟨B, W⟩")
    P.assume("STEPS", steps(delta), "steps of the weights are bounded")
    P.assume("ρ ≥ 0", at_least_0(rho), "a rate")
    kept = P.assume("ρ ≤ 1", rho <= 1, "a rate of at most 1")
    room = P.show("1-ρ ≥ 0", at_least_0(1 - rho), kept)

    def gap(at: Time) -> Expression:
        return norm(i, B(at, i) - W(at, i))

    def form(at: Time, rate: Expression = rho) -> Assertion:
        first = (1 - rate) ** at * rho * gap(0)
        return rho * gap(at) <= first + delta

    apart = (1 - rho) * (B(t, i) - W(t, i))
    onward = P.show(
        "one step",
        gap(t + 1) <= (1 - rho) * gap(t) + delta,
        P.use(library.triangle(), A="N")(of(i, apart), of(i, step(t, i))),
        P.use(library.homogeneous(), A="N")(1 - rho, of(i, B(t, i) - W(t, i))),
        axiom("abs_up")(1 - rho, given=[room]) * gap(t),
        Fact("STEPS")(t),
        rewrite=["FEEDBACK", "WEIGHTS"],
        reason="(1 − ρ)(B − W) + Δ, by the triangle inequality",
    )
    P.assume("at t", form(t), "the bound at time t")
    length = P.instance("‖Δ‖ ≥ 0", axiom("sqrt_sign")(square_sum(i, step(0, i))))
    size = P.show("δ ≥ 0", at_least_0(delta), length, Fact("STEPS")(0))
    start = P.show("at 0", form(0), size)
    after = P.show(
        "at t+1",
        form(t + 1),
        item(onward, rho, sign="ρ ≥ 0"),
        item("at t", 1 - rho, sign=room),
    )
    P.conclude(P.induct("at all times", t, [form(t)], [start], [after], reason="induction over t"))
    P.mutant("steps twice as large", {"STEPS": steps(2 * delta)})
    P.mutant("a stronger pull is assumed", {}, conclusion=forall(t, form(t, 2 * rho)))
    P.mutant("feedback that only decays", {"FEEDBACK": pulled(0 * W(t, i))})
    return P


@cache
def mirror() -> ProofWriter:
    """Prove that a mirror at rest, with rates 1 and 2 of growth and decay, has half of the weight."""
    P = ProofWriter("A weight mirror that is not tuned")
    B, W, grow, decay = P.scalars("B W alpha beta")
    P.assume("α", grow.equals(1), "rate of the mirror, times the variance of the noise")

    def rate(value: int) -> Assertion:
        return decay.equals(value)

    P.assume("β", rate(2), "rate of decay")
    P.assume("W", W.equals(1), "the weight")
    P.assume("REST", (decay * B).equals(grow * W), "the mean feedback is at rest")
    found = P.show("half the weight", B < W, "REST", rewrite=["α", "β", "W"], reason="2B = 1")
    P.conclude(found, witness=[B.equals(Fraction(1, 2))])
    P.mutant("equal rates", {"β": rate(1)}, witness=[B.equals(1)])
    return P
