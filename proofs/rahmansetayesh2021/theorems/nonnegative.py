"""R3: outputs that are not negative correlate positively at any two steps; the errors decide the sign."""

from __future__ import annotations

from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item
from fa_theory.symbolic.proof.notation import (
    Assertion,
    Expression,
    IndexName,
    at_least_0,
    delta,
    forall,
    mean,
    num,
    size,
    total,
)

MUTANTS_OF_GAIN = ("outputs of any sign", "errors of any correlation")
MUTANTS_OF_MEMORY = ("centred", "one step")


@cache
def gain() -> ProofWriter:
    """Prove Σ_{s<t} R(t, s) E x(t)·x(s) ≥ 0 for x ≥ 0 and R ≥ 0."""
    P = ProofWriter("Outputs that are not negative")
    P.sorts("V", "d")
    v, j, (t, s) = P.index("v", "V"), P.index("j", "d"), P.indices("t s", "time")
    nu, x, R = P.tensor("nu", "V"), P.tensor("x", "V", "time", "d"), P.tensor("R", "time", "time")
    pairs, sums = P.tensor("pairs", "time", "time"), P.tensor("gain", "time")
    inputs = total(v, nu(v) * total(j, x(v, t, j) * x(v, s, j)))
    P.assume("WEIGHTS", forall(v, at_least_0(nu(v))), "probabilities of the outcomes")
    P.assume("OUTPUTS", forall(v, t, j, at_least_0(x(v, t, j))), "outputs are not negative")
    P.assume("ERRORS", forall(t, s, at_least_0(R(t, s))), "autocorrelations of the errors")
    P.assume("PAIRS0", forall(t, pairs(t, 0).equals(0)), "empty sum")
    P.assume("PAIRS+", forall(t, s, pairs(t, s + 1).equals(pairs(t, s) + R(t, s) * inputs)), "sum over s")
    P.assume("GAIN0", sums(0).equals(0), "empty sum")
    P.assume("GAIN+", forall(t, sums(t + 1).equals(sums(t) + pairs(t, t))), "sum over the pairs s < t")

    def inner(s: IndexName | int) -> Assertion:
        return forall(t, at_least_0(pairs(t, s)))

    before = P.assume("pairs at s", inner(s), "the sum for t up to s")
    positive = P.show(
        "inputs",
        at_least_0(inputs),
        item(Fact("OUTPUTS")(v, t, j), nu(v) * x(v, s, j), over=[v, j]),
        reason="products of numbers that are not negative",
    )
    first = P.show("pairs at 0", inner(0), Fact("PAIRS0")(t), reason="empty")
    onward = P.show(
        "pairs at s+1",
        inner(s + 1),
        before(t),
        Fact("PAIRS+")(t, s),
        item(positive, R(t, s)),
        reason="one more term, which is not negative",
    )
    summed = P.induct("pairs", s, [inner(s)], [first], [onward], reason="induction over s")
    now = P.assume("gain at t", at_least_0(sums(t)), "the sum up to t")
    start = P.show("gain at 0", at_least_0(sums(0)), Fact("GAIN0"), reason="empty")
    then = P.show("gain at t+1", at_least_0(sums(t + 1)), now, Fact("GAIN+")(t), summed(t, t), reason="one more sum")
    P.conclude(
        P.induct("gain", t, [at_least_0(sums(t))], [start], [then], reason="induction over t"),
        witness=(forall(v, t, j, x(v, t, j).equals(num(t))), forall(t, s, R(t, s).equals(num(s) + 1))),
    )
    alternating = forall(v, t, j, x(v, t, j).equals(1 - num(t)))
    P.mutant(
        "outputs of any sign",
        {"OUTPUTS": forall(v, t, j, x(v, t, j) <= 1)},
        witness=(alternating, forall(t, s, R(t, s).equals(1))),
    )
    P.mutant(
        "errors of any correlation",
        {"ERRORS": forall(t, s, R(t, s) <= 1)},
        witness=(forall(v, t, j, x(v, t, j).equals(1)), forall(t, s, R(t, s).equals(-1))),
    )
    return P


@cache
def memory() -> ProofWriter:
    """Prove E x(t)·x(s) = ‖m‖² for t ≠ s, and more for t = s, for outputs drawn afresh at every step, with mean m."""
    P = ProofWriter("Outputs drawn afresh remember their mean")
    P.sorts("T", "d")
    (t, s), j = P.indices("t s", "T"), P.index("j", "d")
    m, x, spread = P.tensor("m", "d"), P.tensor("x", "T", "d"), P.scalar("spread")
    law = P.law("fresh", "iid", ["T", "d"], axis="T")

    def of_one_step(body: Expression) -> Expression:
        """The mean for one step, as the average over all, which have the same law."""
        return size("T", -1) * mean(law, (x,), total(t, body))

    square = total(j, m(j) ** 2)
    P.assume("MEAN", forall(j, m(j).equals(of_one_step(x(t, j)))), "mean outputs")
    P.assume("SPREAD", spread.equals(of_one_step(total(j, x(t, j) ** 2)) - square), "variance of the outputs")

    def said(found: Expression) -> Assertion:
        return forall(t, s, mean(law, (x,), total(j, x(t, j) * x(s, j))).equals(found))

    P.conclude(
        P.show(
            "memory",
            said(square + delta(t, s) * spread),
            rewrite=["SPREAD", "MEAN"],
            reason="different steps are independent",
        )
    )
    P.mutant("centred", {}, conclusion=said(delta(t, s) * spread))
    P.mutant("one step", {}, conclusion=said(square))
    return P
