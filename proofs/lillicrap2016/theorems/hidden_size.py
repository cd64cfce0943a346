"""Lemma 3, sharpened: from ``C = 0`` the first layer never leaves a ball, ``‖A(t)‖² ≤ ‖BT‖² + p``."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item, library
from fa_theory.symbolic.proof.notation import (
    Assertion,
    Expression,
    IndexName,
    Value,
    delta,
    forall,
    num,
    of,
    size,
    total,
)

from .conserved import kept_along
from .matrices import HALF, Flowing, Time

MUTANTS = ("without the width", "a start outside the ball")


@cache
def proof() -> ProofWriter:
    """Prove ``‖A(t)‖² ≤ ‖BT‖² + p`` if it holds at the start and ``BW + WᵀBᵀ = AAᵀ`` there."""
    N = Flowing("The first layer stays in a ball")
    P, s, t, r, q, i, c = N.P, N.s, N.t, N.r, N.q, N.i, N.c
    exp: Callable[[Value], Expression] = P.function("exp")
    N.flow.chain("exp", "exp")
    P.assume("EXP", exp(0).equals(1), "exp is 1 at 0")
    N.error(t)
    P.assume("BALANCED", forall(r, q, N.bracket(0, r, q).equals(0)), "BW + WᵀBᵀ = AAᵀ at the start, as from zero")

    def first(at: Time) -> Expression:
        return total(r, i, N.A(at, r, i) ** 2)

    def aim(row: IndexName, column: IndexName) -> Expression:
        return total(c, N.B(row, c) * N.T(c, column))

    limit = total(r, i, aim(r, i) ** 2) + size("p")

    def start(bound: Expression) -> Assertion:
        return first(0) <= bound

    P.assume("START", start(limit), "the first layer starts in the ball")
    kept = kept_along(N)
    growth = N.flow.rate(first(s))
    grown = P.show(
        "rate of ‖A‖²",
        N.rate_of(first(s)).equals(2 * total(r, i, N.A(t, r, i) * N.sent(t, r, i))),
        growth.equation,
        rewrite=["velocity of A"],
    )
    shape = total(i, N.A(t, r, i) * N.A(t, q, i))
    slow = P.show(
        "‖A‖² grows by at most ‖BT‖² + p − ‖A‖²",
        N.rate_of(first(s)) <= limit - first(t),
        grown,
        P.signed(total(r, i, (aim(r, i) - N.A(t, r, i)) ** 2)),
        P.signed(total(r, q, (shape - delta(r, q)) ** 2)),
        item(kept(t, r, q), shape, over=[r, q]),
        item(Fact("BALANCED")(r, q), shape, over=[r, q]),
        rewrite=["ERROR"],
        reason="2⟨A, BT⟩ ≤ ‖A‖² + ‖BT‖², 2⟨A, BWA⟩ = ‖AAᵀ‖² as the bracket stays 0, and ‖AAᵀ‖² ≥ 2‖A‖² − p",
    )

    def curve(at: Time, sign: int = 1) -> Expression:
        return exp(sign * HALF * num(at))

    def weighted(at: Time) -> Expression:
        return curve(at) * curve(at) * (first(at) - limit)

    whole = N.flow.rate(weighted(s))
    falls = P.show(
        "the weighted excess falls",
        N.rate_of(weighted(s)) <= 0,
        whole.equation,
        growth.equation * curve(t) ** 2,
        item(slow, curve(t) ** 2),
        reason="exp(t) times the excess over the bound has rate at most 0",
    )
    every = [P.generalise("it is differentiable", whole.smooth, t), P.generalise("it always falls", falls, t)]
    less = P.use(library.flow_decreasing())(of(s, weighted(s)), t, given=every)
    both = N.flow.rate(curve(s) * curve(s, -1))
    product = N.rate_of(curve(s) * curve(s, -1))
    still = P.show("the product of exponentials has rate 0", product.equals(0), both.equation)
    level = [P.generalise("the product is differentiable", both.smooth, t), P.generalise("it never moves", still, t)]
    constant = P.use(library.flow_constant())(of(s, curve(s) * curve(s, -1)), t, given=level)
    one = P.show("exp(t/2) exp(−t/2) = 1", (curve(t) * curve(t, -1)).equals(1), constant, Fact("EXP") * (exp(0) + 1))

    def bound(size_: Expression) -> Assertion:
        return forall(t, first(t) <= size_)

    found = P.show(
        "the first layer stays in the ball",
        bound(limit),
        item(less, curve(t, -1) ** 2),
        one * ((curve(t) * curve(t, -1) + 1) * (first(t) - limit)),
        Fact("EXP") * ((exp(0) + 1) * curve(t, -1) ** 2 * (first(0) - limit)),
        item(Fact("START"), curve(t, -1) ** 2),
        reason="compare with time 0",
    )
    P.conclude(
        N.stated(found),
        defined=[Fact("exp differentiable"), *N.defined()],
        witness=[
            forall(r, i, N.A(0, r, i).equals(0)),
            forall(c, r, N.W(0, c, r).equals(0)),
        ],
    )
    outside = [
        forall(r, c, N.B(r, c).equals(1)),
        forall(c, i, N.T(c, i).equals(0)),
        forall(r, i, N.A(0, r, i).equals(1)),
        forall(c, r, N.W(0, c, r).equals(HALF * size("d") * size("k", -1))),
    ]
    P.mutant("without the width", {}, conclusion=bound(limit - size("p")), witness=outside)
    P.mutant("a start outside the ball", {"START": start(limit + size("p") * size("d"))}, witness=outside)
    return P
