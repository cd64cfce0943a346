"""Li1: what feedback alignment conserves, along the flow and in steps; any error, any targets."""

from __future__ import annotations

from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, library
from fa_theory.symbolic.proof.notation import Assertion, Expression, forall, of, total

from .matrices import Flowing, Steps, Time

MUTANTS_OF_STEP = ("conserved by steps", "gained by steps", "backpropagation")
MUTANTS_OF_FLOW = ("one half", "another speed")


@cache
def step() -> ProofWriter:
    """Prove ``C(t+1) = C(t) − η² BE(BE)ᵀ`` for ``C = BW + WᵀBᵀ − AAᵀ``."""
    N = Steps("What a step changes of BW + WᵀBᵀ − AAᵀ")
    P, t, r, q, i, c = N.P, N.t, N.r, N.q, N.i, N.c

    def after(share: int) -> Assertion:
        lost = N.eta**2 * total(i, N.sent(t, r, i) * N.sent(t, q, i))
        return forall(
            t, r, q, N.bracket(t + 1, r, q).equals(N.bracket(t, r, q) - (lost if share == 1 else share * lost))
        )

    P.conclude(
        P.show(
            "the bracket after a step",
            after(1),
            rewrite=["STEP_A", "STEP_W"],
            reason="substitute both steps: the terms of first order in η cancel",
        )
    )
    P.mutant("conserved by steps", {}, conclusion=after(0))
    P.mutant("gained by steps", {}, conclusion=after(-1))
    P.mutant("backpropagation", {"STEP_A": N.step_of_A(total(c, N.W(t, c, r) * N.E(t, c, i)))})
    return P


def kept_along(N: Flowing) -> Fact:
    """Show ``C(t) = C(0)`` for all t."""
    P, s, t, r, q = N.P, N.s, N.t, N.r, N.q
    rate = N.flow.rate(N.bracket(s, r, q))
    still = P.show(
        "the bracket has rate 0",
        N.rate_of(N.bracket(s, r, q)).equals(0),
        rate.equation,
        rewrite=["velocity of A", "velocity of W"],
        reason="substitute both flows",
    )
    every = [
        P.generalise("brackets are differentiable", rate.smooth, t),
        P.generalise("brackets have rate 0", still, t),
    ]
    return P.show(
        "the bracket is conserved",
        forall(t, r, q, N.bracket(t, r, q).equals(N.bracket(0, r, q))),
        P.use(library.flow_constant())(of(s, N.bracket(s, r, q)), t, given=every),
        reason="a function with zero rate is constant",
    )


@cache
def flow() -> ProofWriter:
    """Prove ``C(t) = C(0)`` along the flow."""
    N = Flowing("The flow conserves BW + WᵀBᵀ − AAᵀ")
    P, t, r, q = N.P, N.t, N.r, N.q
    P.conclude(N.stated(kept_along(N)), defined=N.defined())

    def halved(at: Time) -> Expression:
        return N.bracket(at, r, q) - total(N.i, N.A(at, r, N.i) * N.A(at, q, N.i))

    P.mutant("one half", {}, conclusion=forall(t, r, q, halved(t).equals(halved(0))))
    P.mutant("another speed", {"FLOW_W": N.flow_of_W(2 * N.pulled(t, N.c, r))})
    return P
