"""A lemma on two functions of time."""

from __future__ import annotations

from functools import cache

from fa_theory.symbolic.proof import Fact, Lemma, ProofWriter, axiom, item, library
from fa_theory.symbolic.proof.flow import Flow
from fa_theory.symbolic.proof.notation import d, differentiable, forall, given, num, of


@cache
def budget() -> Lemma:
    """``f' ≤ −g, g' ≤ 0 for all times ⟹ f(w) + w g(w) ≤ f(0)``: a budget f that pays for g bounds it by order 1/w."""
    P = ProofWriter("A quantity that falls, and is paid for by another, is of order 1/t")
    f, f_rate, g, g_rate = P.tensors("f f. g g.", "real")
    flow = Flow(P, "s", "t")
    s, t = flow.s, flow.t
    w = P.index("w", "real")
    flow.moves(f, f_rate)
    flow.moves(g, g_rate)
    paid, sinks = forall(t, d(s, f(s), t) <= -g(t)), forall(t, d(s, g(s), t) <= 0)
    P.assume("PAID", paid)
    P.assume("SINKS", sinks)
    P.instance("time is not negative", axiom("real_sign")(t))
    both = f(s) + num(s) * g(s)
    rate = flow.rate(both)
    sum_falls = P.show(
        "the sum falls",
        d(s, both, t) <= 0,
        *(rate.equation, Fact("PAID")(t), item(Fact("SINKS")(t), num(t))),
        *(Fact("f rate")(t), Fact("g rate")(t) * num(t)),
    )
    every = [P.generalise("it is differentiable", rate.smooth, t), P.generalise("it always falls", sum_falls, t)]
    less = P.use(library.flow_decreasing())(of(s, both), w, given=every)
    smooth = [forall(t, differentiable(s, h(s), t)) for h in (f, g)]
    bound = P.show("bound", f(w) + num(w) * g(w) <= f(0), less)
    for name in ("f", "g"):
        bound = P.drop(f"without {name}.", bound, f"{name} rate")
    goal = forall(f, g, w, given(*smooth, paid, sinks, f(w) + num(w) * g(w) <= f(0)))
    return P.lemma("budget", P.show("result", goal, bound), defined=["f differentiable", "g differentiable"])
