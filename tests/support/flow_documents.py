"""Small proofs along time: clocks and maxima."""

from __future__ import annotations

from functools import cache

from proof_documents import _finished

from fa_theory.checker.proof import Proof
from fa_theory.symbolic.proof import Fact, ProofWriter, library
from fa_theory.symbolic.proof.flow import Flow
from fa_theory.symbolic.proof.notation import (
    Expression,
    at_least_0,
    d,
    forall,
    num,
    of,
)
from fa_theory.symbolic.proof.writer import REAL


@cache
def clock() -> tuple[dict[str, object], Proof]:
    """A linear bound with times as numbers: ``x(t+1) ≤ x(t) + c`` gives ``x(t) ≤ x(0) + c t``."""
    P = ProofWriter("times as numbers")
    x, c, (t,) = P.tensor("x", "time"), P.scalar("c"), P.indices("t", "time")
    P.assume("STEP", forall(t, x(t + 1) <= x(t) + c))
    P.assume("before", x(t) <= x(0) + c * num(t))
    start = P.show("start", x(0) <= x(0) + c * num(0))
    onward = P.show("onward", x(t + 1) <= x(0) + c * num(t + 1), Fact("STEP")(t), "before")
    return _finished(P, P.induct("all", t, [x(t) <= x(0) + c * num(t)], [start], [onward]))


@cache
def real_clock() -> tuple[dict[str, object], Proof]:
    """The same along real time: ``x' ≤ c`` gives ``x(t) ≤ x(0) + c t``."""
    P = ProofWriter("real times as numbers")
    (x, rate), c = P.tensors("x x.", REAL), P.scalar("c")
    flow = Flow(P, "s", "t")
    s, t = flow.s, flow.t
    flow.moves(x, rate)
    P.assume("SLOW", forall(t, d(s, x(s), t) <= c))
    drift = flow.rate(x(s) - c * num(s))
    falls = P.show("falls", d(s, x(s) - c * num(s), t) <= 0, drift.equation, Fact("SLOW")(t), rewrite=["x rate"])
    given = [P.generalise(name, f, t) for name, f in (("smooth", drift.smooth), ("falls always", falls))]
    less = P.use(library.flow_decreasing())(of(s, x(s) - c * num(s)), t, given=given)
    fact = P.drop("without x.", P.show("bound", forall(t, x(t) <= x(0) + c * num(t)), less), "x rate")
    return _finished(P, fact, defined=["x differentiable"])


@cache
def relu() -> tuple[dict[str, object], Proof]:
    """``0 ≤ relu(x) ≤ |x|``, with relu as a maximum."""
    P = ProofWriter("ReLU")
    (i,) = P.sorts("n") and P.indices("i", "n")
    x, a = P.tensor("x", "n"), P.tensor("a", "n")
    P.assume("RELU", forall(i, a(i).equals(Expression(["fn", "max", 0, x(i).json]))))
    up, sign = P.use(library.below_abs())(x(i)), P.use(library.abs_sign())(x(i))
    size_ = Expression(["fn", "abs", x(i).json])
    high = P.use(library.max_at_most())(0, x(i), size_, given=[sign, P.show("up", x(i) <= size_, up)])
    fact = P.show("relu ≤ |x|", forall(i, a(i) <= size_), high, rewrite=["RELU"])
    P.show("0 ≤ relu", forall(i, at_least_0(a(i))), P.use(library.max_left())(0, x(i)), rewrite=["RELU"])
    return _finished(P, fact)


FLOWS = (clock, real_clock, relu)
