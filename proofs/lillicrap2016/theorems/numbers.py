"""Li4: networks of three numbers. The loss falls along the flow, from a balanced start; not by steps of any size."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, library
from fa_theory.symbolic.proof.flow import Flow
from fa_theory.symbolic.proof.notation import Assertion, d, differentiable, forall, of

HALF = Fraction(1, 2)
MUTANTS_OF_FLOW = ("twice the speed", "a start that is opposed")
MUTANTS_OF_STEP = ("a small step",)


@cache
def flow() -> ProofWriter:
    """Prove ``(½E²)' = −(3/2) E²A²`` if ``2BW = A²`` at the start."""
    P = ProofWriter("The loss of three numbers along the flow")
    A, A_rate, W, W_rate, E = P.tensors("A A. W W. E", "real")
    B, T = P.scalars("B T")
    along = Flow(P, "s", "t")
    s, t = along.s, along.t
    along.moves(A, A_rate)
    along.moves(W, W_rate)
    P.assume("ERROR", forall(t, E(t).equals(T - W(t) * A(t))), "error")
    of_A = P.assume("FLOW_A", forall(t, d(s, A(s), t).equals(B * E(t))), "flow of the first weight")
    of_W = P.assume("FLOW_W", forall(t, d(s, W(s), t).equals(E(t) * A(t))), "flow of the second weight")

    def start(value: Fraction | int) -> Assertion:
        return (2 * B * W(0) - A(0) ** 2).equals(value)

    balanced = P.assume("BALANCED", start(0), "2BW = A² at the start")
    P.show("velocity of A", forall(t, A_rate(t).equals(B * E(t))), Fact("A rate")(t), of_A(t))
    P.show("velocity of W", forall(t, W_rate(t).equals(E(t) * A(t))), Fact("W rate")(t), of_W(t))
    bracket = 2 * B * W(s) - A(s) ** 2
    rate = along.rate(bracket)
    still = P.show(
        "the bracket has rate 0", d(s, bracket, t).equals(0), rate.equation, rewrite=["velocity of A", "velocity of W"]
    )
    every = [P.generalise("it is differentiable", rate.smooth, t), P.generalise("it never moves", still, t)]
    kept = P.use(library.flow_constant())(of(s, bracket), t, given=every)
    loss = HALF * (T - W(s) * A(s)) ** 2
    falls = along.rate(loss)

    def speed(share: Fraction) -> Assertion:
        return forall(t, d(s, HALF * E(s) ** 2, t).equals(-share * E(t) ** 2 * A(t) ** 2))

    smooth = P.show("smooth", differentiable(s, HALF * E(s) ** 2, t), falls.smooth, rewrite=["ERROR"])
    found = P.show(
        "the loss falls",
        speed(Fraction(3, 2)),
        falls.equation,
        kept * E(t) ** 2,
        balanced * E(t) ** 2,
        rewrite=["velocity of A", "velocity of W", "ERROR"],
        reason="BW = ½A² stays true, as 2BW − A² is conserved",
    )
    for name in ("A", "W"):
        found = P.drop(f"without {name}.", found, f"{name} rate")
    P.conclude(
        found,
        defined=[
            P.generalise("the loss is differentiable", smooth, t),
            Fact("A differentiable"),
            Fact("W differentiable"),
        ],
        witness=[A(0).equals(1), W(0).equals(HALF), B.equals(1)],
    )
    P.mutant("twice the speed", {}, conclusion=speed(Fraction(3)))
    opposed = [A(0).equals(0), W(0).equals(-1), B.equals(1)]
    P.mutant("a start that is opposed", {"BALANCED": start(-2)}, witness=opposed)
    return P


@cache
def step() -> ProofWriter:
    """Prove that one step of size 10 takes the loss from 1/8 to 512, from a balanced start."""
    P = ProofWriter("One large step from a balanced start")
    eta, A, W, E, A_next, W_next, E_next = P.scalars("eta A W E A+ W+ E+")
    start = [
        P.assume("A = 1", A.equals(1), "first weight"),
        P.assume("W = 1/2", W.equals(HALF), "second weight: 2BW = A² with B = 1"),
        P.assume("ETA", eta.equals(10), "step size"),
    ]
    names = [
        P.assume("ERROR+", E_next.equals(1 - W_next * A_next), "error after the step"),
        P.assume("STEP_A", A_next.equals(A + eta * E), "step of the first weight; B = 1"),
        P.assume("STEP_W", W_next.equals(W + eta * E * A), "step of the second weight"),
        P.assume("ERROR", E.equals(1 - W * A), "error, target 1"),
    ]
    large = (HALF * E_next**2).equals(512)
    P.conclude(P.show("the loss is 512", large, rewrite=[*names, *start], reason="1/8 becomes 512"))
    P.mutant("a small step", {"ETA": eta.equals(1)})
    return P
