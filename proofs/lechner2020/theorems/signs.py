"""Le1: one output, monotone activations, positive feedback and positive upper weights: steps agree in sign."""

from __future__ import annotations

from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter
from fa_theory.symbolic.proof.notation import Assertion, Expression, at_least_0, forall, total

MUTANTS = ("weights of any sign", "feedback of any sign")
MUTANTS_OF_BATCH = ("another sample",)


@cache
def sample() -> ProofWriter:
    """Prove that both entries of the step have the same sign, for one sample and two layers above."""
    P = ProofWriter("Direct feedback and backpropagation agree in sign, sample by sample")
    P.sorts("d", "p", "q")
    m, r, a = P.index("m", "d"), P.index("r", "p"), P.index("a", "q")
    x, slope, upper = P.tensor("x", "d"), P.tensor("D", "p"), P.tensor("U", "q")
    W, w, b, e = P.tensor("W", "q", "p"), P.tensor("w", "q"), P.tensor("b", "p"), P.scalar("e")

    def weights(low: int) -> Assertion:
        return forall(a, r, W(a, r) >= low)

    def feedback(low: int) -> Assertion:
        return forall(r, b(r) >= low)

    P.assume("SLOPES", forall(a, at_least_0(upper(a))), "monotone activations")
    P.assume("WEIGHTS", weights(0), "weights above are not negative")
    P.assume("OUTPUT", forall(a, at_least_0(w(a))), "output weights are not negative")
    P.assume("FEEDBACK", feedback(0), "feedback weights are not negative")
    jacobian = total(a, w(a) * upper(a) * W(a, r))
    direct, back = b(r) * slope(r) * e * x(m), jacobian * slope(r) * e * x(m)
    P.instance("output weight", Fact("OUTPUT")(a))
    P.instance("upper slope", Fact("SLOPES")(a))
    P.instance("upper weight", Fact("WEIGHTS")(a, r))
    P.instance("feedback weight", Fact("FEEDBACK")(r))
    product = P.signed(b(r) * jacobian * (slope(r) * e * x(m)) ** 2)
    found = P.show(
        "they agree", forall(r, m, at_least_0(direct * back)), product, reason="a product of signs and a square"
    )
    good = [
        forall(a, r, W(a, r).equals(1)),
        forall(a, w(a).equals(1)),
        forall(a, upper(a).equals(1)),
        forall(r, b(r).equals(1)),
    ]
    P.conclude(found, witness=good)
    P.mutant("weights of any sign", {"WEIGHTS": weights(-1)}, witness=[forall(a, r, W(a, r).equals(-1)), *good[1:]])
    P.mutant("feedback of any sign", {"FEEDBACK": feedback(-1)}, witness=[*good[:3], forall(r, b(r).equals(-1))])
    return P


@cache
def batch() -> ProofWriter:
    """Prove that two samples together may disagree: one hidden unit, Jacobians 3 and 1, pulls 1 and −2."""
    P = ProofWriter("Minibatches may disagree in sign")
    b, first, second, pull, other = P.scalars("b J1 J2 u1 u2")
    P.assume("b", b.equals(1), "feedback weight")
    P.assume("J1", first.equals(3), "Jacobian of sample 1: positive weights and slopes")
    P.assume("J2", second.equals(1), "Jacobian of sample 2")
    P.assume("u1", pull.equals(1), "ψ' e x of sample 1")
    P.assume("u2", other.equals(-2), "ψ' e x of sample 2")
    direct: Expression = b * pull + b * other
    back = first * pull + second * other
    names = ["b", "J1", "J2", "u1", "u2"]
    P.conclude(P.show("they disagree", direct * back < 0, rewrite=names, reason="−1 against 1"))
    P.mutant("another sample", {"u2": other.equals(2)})
    return P
