"""Am1: feedback that takes the steps of the last weights makes a linear chain learn faster."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, library
from fa_theory.symbolic.proof.flow import Flow
from fa_theory.symbolic.proof.notation import Assertion, Expression, IndexName, d, forall, of

MUTANTS_OF_KEPT = ("the difference of squares of weights", "feedback at half the speed")
MUTANTS_OF_RATES = ("another start of the fixed", "another start of the updated", "errors that differ")

Time = IndexName | int
HALF = Fraction(1, 2)


@cache
def kept() -> ProofWriter:
    """Prove that ``A² − R²`` is conserved along ``A' = RE``, ``R' = EA``."""
    P = ProofWriter("What updated feedback conserves in a linear chain")
    A, A_rate, R, R_rate = P.tensors("A A. R R.", "real")
    E = P.tensor("E", "real")
    flow = Flow(P, "s", "t")
    s, t = flow.s, flow.t
    flow.moves(A, A_rate)
    flow.moves(R, R_rate)

    def feedback(speed: Expression) -> Assertion:
        return forall(t, d(s, R(s), t).equals(speed))

    first = P.assume("FLOW_A", forall(t, d(s, A(s), t).equals(R(t) * E(t))), "first weight, by the feedback R")
    moved = P.assume("FLOW_R", feedback(E(t) * A(t)), "feedback, by the step of the last weight")
    P.show("velocity of A", forall(t, A_rate(t).equals(R(t) * E(t))), Fact("A rate")(t), first(t))
    P.show("velocity of R", forall(t, R_rate(t).equals(E(t) * A(t))), Fact("R rate")(t), moved(t))

    def number(at: Time | Expression, sign: int = -1) -> Expression:
        return A(at) ** 2 + sign * R(at) ** 2  # type: ignore[arg-type]

    rate = flow.rate(number(s))
    still = P.show("rate 0", d(s, number(s), t).equals(0), rate.equation, rewrite=["velocity of A", "velocity of R"])
    every = [P.generalise("it is differentiable", rate.smooth, t), P.generalise("it never moves", still, t)]
    same = P.use(library.flow_constant())(of(s, number(s)), t, given=every)
    found = P.show("conserved", forall(t, number(t).equals(number(0))), same, reason="its rate is 2ARE − 2REA = 0")
    for name in ("A", "R"):
        found = P.drop(f"without {name}.", found, f"{name} rate")
    P.conclude(found, defined=[Fact("A differentiable"), Fact("R differentiable")])
    P.mutant("the difference of squares of weights", {}, conclusion=forall(t, number(t, 1).equals(number(0, 1))))
    P.mutant("feedback at half the speed", {"FLOW_R": feedback(HALF * E(t) * A(t))})
    return P


@cache
def rates() -> ProofWriter:
    """Prove ``2(λ³ − λ₀³) = w⁴(9r + 4w)²`` for the rates of decay at equal errors, from zero weights.

    λ₀ = A² + rW of fixed feedback r, λ = a² + (r + w)w of updated feedback, which starts at r.
    """
    P = ProofWriter("Updated feedback is faster at equal errors")
    A, W, a, w, r = P.scalars("A W a w r")

    fixed, updated = 2 * r * W, (r + w) ** 2 - r**2
    P.assume("FIXED", (A**2).equals(fixed), "fixed feedback from zero: A² − 2rW is conserved")
    P.assume("UPDATED", (a**2).equals(updated), "updated feedback from zero: a² − (r + w)² is conserved")
    P.assume("EQUAL", (W * A).equals(w * a), "both have the same error")
    slow, fast = A**2 + r * W, a**2 + (r + w) * w
    least, most = 3 * r * W, 3 * r * w + 2 * w**2
    one = P.show("slow", slow.equals(least), "FIXED")
    other = P.show("fast", fast.equals(most), "UPDATED")
    products = P.show("(WA)²", (W**2 * A**2).equals(w**2 * a**2), Fact("EQUAL") * (W * A + w * a))
    cubes = P.show(
        "2rW³",
        (2 * r * W**3).equals(w**3 * (2 * r + w)),
        products,
        Fact("FIXED") * W**2,
        Fact("UPDATED") * w**2,
    )
    found = P.show(
        "the gap",
        (2 * (fast**3 - slow**3)).equals(w**4 * (9 * r + 4 * w) ** 2),
        one * (slow**2 + slow * least + least**2),
        other * (fast**2 + fast * most + most**2),
        cubes * r**2,
        reason="λ₀ = 3rW, λ = 3rw + 2w²",
    )
    # r and w of different signs, as positive ones make some weight irrational
    rational = [r.equals(-4), w.equals(9), a.equals(3), A.equals(-6), W.equals(Fraction(-9, 2))]
    P.conclude(found, witness=rational)
    none = [w.equals(0), a.equals(0)]
    still = [W.equals(0), A.equals(0), w.equals(0)]
    P.mutant(
        "another start of the fixed", {"FIXED": (A**2).equals(fixed + 1)}, witness=[*none, W.equals(0), A.equals(1)]
    )
    P.mutant("another start of the updated", {"UPDATED": (a**2).equals(updated + 1)}, witness=[*still, a.equals(1)])
    other_error = [*none, r.equals(4), A.equals(2), W.equals(HALF)]
    P.mutant("errors that differ", {"EQUAL": (W * A).equals(w * a + 1)}, witness=other_error)
    return P
