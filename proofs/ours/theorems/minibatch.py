"""O11: minibatches of two layers with one output: each step, and each epoch in any order, contracts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item
from fa_theory.symbolic.proof.notation import (
    Assertion,
    Expression,
    IndexName,
    at_least_0,
    delta,
    forall,
    given,
    of,
    total,
)
from fa_theory.symbolic.proof.writer import Multiple

MUTANTS_OF_STEP = ("twice the gain of a step",)
MUTANTS_OF_EPOCH = ("twice the gain", "any least eigenvalue")

Time = IndexName | int


class _Batches:
    """Steps ``e⁺ = e − ηK P e`` with masks P of 0 and 1, and ``e = Ku``."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("n")
        self.i, self.j = P.indices("i j", "n")
        self.t = P.index("t", "time")
        i, j, t = self.i, self.j, self.t
        self.K, self.v = P.tensor("K", "n", "n"), P.tensor("v", "n")
        self.M, self.e, self.u = P.tensors("M e u", "time", "n")
        self.eta, self.kappa = P.scalars("eta kappa")
        K, M, e, u, v = self.K, self.M, self.e, self.u, self.v
        P.assume("SYMMETRIC", self.symmetric(K(j, i)), "K is symmetric")
        P.assume("MASK", forall(t, i, (M(t, i) ** 2).equals(M(t, i))), "a sample is in the batch or not")
        P.assume("START", forall(i, e(0, i).equals(total(j, K(i, j) * u(0, j)))), "e = Ku at the start")
        move = self.eta * total(j, K(i, j) * M(t, j) * e(t, j))
        P.assume("STEP", forall(t, i, e(t + 1, i).equals(e(t, i) - move)), "a step on a batch")
        P.assume("STEP_U", forall(t, i, u(t + 1, i).equals(u(t, i) - self.eta * M(t, i) * e(t, i))), "the same for u")
        block = total(i, j, v(i) * M(t, i) * K(i, j) * M(t, j) * v(j))
        P.assume("BLOCK", forall(t, v, block <= self.kappa * total(i, M(t, i) * v(i) ** 2)), "‖K_BB‖ ≤ κ")
        self.image = self.induct(
            "e = Ku",
            lambda at: forall(i, e(at, i).equals(total(j, K(i, j) * u(at, j)))),
            ["START"],
            ["STEP", "STEP_U"],
            lambda before: [before(i)],
        )

    def symmetric(self, value: Expression) -> Assertion:
        return forall(self.i, self.j, self.K(self.i, self.j).equals(value))

    def induct(
        self,
        name: str,
        form: Callable[[Time], Assertion],
        start: Sequence[str],
        step: Sequence[str],
        items: Callable[[Fact], Sequence[Fact | Multiple]],
    ) -> Fact:
        """Induction over t; ``items`` are the facts, from the one at time t, that give the next."""
        P, t = self.P, self.t
        before = P.assume(f"{name}, at t", form(t), name)
        base = P.show(f"{name}, at 0", form(0), rewrite=start)
        after = P.show(f"{name}, at t+1", form(t + 1), *items(before), rewrite=step)
        return P.induct(name, t, [form(t)], [base], [after], reason="induction over t")

    def size(self, at: Time) -> Expression:
        """``‖e‖²`` in the norm of K⁻¹: ``Σ u e``."""
        return total(self.i, self.u(at, self.i) * self.e(at, self.i))

    def seen(self) -> Expression:
        """``‖Pe‖²``."""
        return total(self.i, self.M(self.t, self.i) * self.e(self.t, self.i) ** 2)

    def falls(self, share: int) -> Assertion:
        gain = self.eta * (2 - self.eta * self.kappa) * self.seen()
        return forall(self.t, self.size(self.t + 1) <= self.size(self.t) - (gain if share == 1 else share * gain))

    def show_step(self) -> Fact:
        P, t, i, j, M, e = self.P, self.t, self.i, self.j, self.M, self.e
        return P.show(
            "a step contracts",
            self.falls(1),
            item(self.image(t, i), self.eta * M(t, i) * e(t, i), over=[i]),
            item(Fact("SYMMETRIC")(i, j), self.eta * M(t, i) * e(t, i) * self.u(t, j), over=[i, j]),
            item(Fact("BLOCK")(t, of(i, e(t, i))), self.eta**2),
            rewrite=["STEP", "STEP_U"],
            reason="uᵀK = eᵀ, and the second order is at most η²κ‖Pe‖²",
        )


@cache
def step() -> ProofWriter:
    """Prove ``‖e⁺‖² ≤ ‖e‖² − η(2 − ηκ)‖Pe‖²`` in the norm of K⁻¹."""
    N = _Batches("A step on any batch")
    P, t, i = N.P, N.t, N.i
    simple = [*_identity(N), forall(t, i, N.M(t, i).equals(1))]
    P.conclude(N.show_step(), witness=simple)
    P.mutant("twice the gain of a step", {}, conclusion=N.falls(2), witness=simple)
    return P


def _identity(N: _Batches) -> list[Assertion]:
    i, j = N.i, N.j
    return [forall(i, j, N.K(i, j).equals(delta(i, j))), N.kappa.equals(1), N.eta.equals(Fraction(1, 2))]


@cache
def epoch() -> ProofWriter:
    """Prove ``g ‖e(T)‖² ≤ (g − η(2 − ηκ)λ) ‖e(0)‖²`` if every sample was seen once up to T."""
    N = _Batches("An epoch in any order")
    P, t, i, j, K, M, e, v, eta = N.P, N.t, N.i, N.j, N.K, N.M, N.e, N.v, N.eta
    S, w = P.tensors("S w", "time", "n")
    R = P.tensor("R", "time", "n", "n")
    g, lam = P.scalars("g lam")
    P.assume("S0", forall(i, S(0, i).equals(0)), "S: seen so far")
    P.assume("S+", forall(t, i, S(t + 1, i).equals(S(t, i) + M(t, i))), "S: seen so far")
    P.assume("ONCE", forall(t, i, (S(t, i) * M(t, i)).equals(0)), "no sample is seen twice")
    P.assume("w0", forall(i, w(0, i).equals(0)), "w: the errors when they were seen")
    P.assume("w+", forall(t, i, w(t + 1, i).equals(w(t, i) + M(t, i) * e(t, i))), "w: the errors when they were seen")
    P.assume("R0", forall(i, j, R(0, i, j).equals(0)), "R: whether j was seen before i")
    P.assume("R+", forall(t, i, j, R(t + 1, i, j).equals(R(t, i, j) + M(t, i) * S(t, j))), "R: whether j was before i")
    image = total(i, total(j, K(i, j) * v(j)) ** 2)
    P.assume("LEAST", forall(v, lam * total(i, j, v(i) * K(i, j) * v(j)) <= image), "K ⪰ λ")
    once, mask = Fact("ONCE"), Fact("MASK")
    binary = N.induct(
        "S is 0 or 1",
        lambda at: forall(i, (S(at, i) ** 2).equals(S(at, i))),
        ["S0"],
        ["S+"],
        lambda before: [before(i), once(t, i), mask(t, i)],
    )
    inside = N.induct(
        "w is where S is",
        lambda at: forall(i, (S(at, i) * w(at, i)).equals(w(at, i))),
        ["w0"],
        ["S+", "w+"],
        lambda before: [
            before(i),
            before(i) * M(t, i),
            once(t, i) * e(t, i),
            once(t, i) * w(t, i),
            mask(t, i) * e(t, i),
        ],
    )
    order = N.induct(
        "R is where S is",
        lambda at: forall(i, j, (R(at, i, j) * S(at, j)).equals(R(at, i, j))),
        ["R0"],
        ["R+", "S+"],
        lambda before: [
            *(before(i, j), before(i, j) * M(t, j), once(t, j) * R(t, i, j)),
            *(binary(t, j) * M(t, i), once(t, j) * M(t, i)),
        ],
    )
    moved = N.induct(
        "what the steps did",
        lambda at: forall(i, e(at, i).equals(e(0, i) - eta * total(j, K(i, j) * w(at, j)))),
        ["w0"],
        ["STEP", "w+"],
        lambda before: [before(i)],
    )

    def coupled(at: Time, i: IndexName, x: Expression) -> Expression:
        return total(j, K(i, j) * R(at, i, j) * x)

    whole = N.induct(
        "the errors at the start",
        lambda at: forall(i, (S(at, i) * e(0, i)).equals(w(at, i) + eta * coupled(at, i, w(at, j)))),
        ["S0", "w0", "R0"],
        ["S+", "w+", "R+"],
        lambda before: [
            before(i),
            moved(t, i) * M(t, i),
            item(inside(t, j), K(i, j) * M(t, i) * eta, over=[j]),
            item(once(t, j), K(i, j) * M(t, i) * eta * e(t, j), over=[j]),
            item(order(t, i, j), K(i, j) * eta * M(t, j) * e(t, j), over=[j]),
            item(once(t, j), K(i, j) * eta * R(t, i, j) * e(t, j), over=[j]),
        ],
    )
    gain = eta * (2 - eta * N.kappa)
    one = N.show_step()
    nowhere = forall(t, i, (w(t, i) * M(t, i)).equals(0))
    apart = P.show("w is 0 in the batch", nowhere, inside(t, i) * M(t, i), once(t, i) * w(t, i))
    paid = N.induct(
        "all steps together",
        lambda at: N.size(at) + gain * total(i, w(at, i) ** 2) <= N.size(0),
        ["w0"],
        ["w+"],
        lambda before: [
            before,
            one(t),
            item(apart(t, i), gain * e(t, i), over=[i]),
            item(mask(t, i), gain * e(t, i) ** 2, over=[i]),
        ],
    )
    full = forall(i, S(t, i).equals(1))
    near = forall(v, total(i, (v(i) + eta * coupled(t, i, v(j))) ** 2) <= g * total(i, v(i) ** 2))
    P.assume("SIGN", at_least_0(gain), "η(2 − ηκ) ≥ 0")
    P.assume("g ≥ 0", at_least_0(g), "g is not negative")
    complete = P.assume("COMPLETE", full, "all samples were seen up to t")
    bounded = P.assume("COUPLING", near, "‖1 + ηΛ‖² ≤ g, Λ the entries K_ij with j seen before i")
    first = P.show(
        "the errors at the start, complete",
        forall(i, e(0, i).equals(w(t, i) + eta * coupled(t, i, w(t, j)))),
        whole(t, i),
        complete(i) * e(0, i),
    )
    there = P.generalise("at the start", P.instance("start here", first(i)), i)
    long = P.show(
        "w is long enough",
        total(i, e(0, i) ** 2) <= g * total(i, w(t, i) ** 2),
        bounded(of(i, w(t, i))),
        item(there(i), e(0, i) + w(t, i) + eta * coupled(t, i, w(t, j)), over=[i]),
    )
    least = P.show(
        "λ‖e(0)‖² in the norm of K⁻¹",
        lam * N.size(0) <= total(i, e(0, i) ** 2),
        Fact("LEAST")(of(i, N.u(0, i))),
        rewrite=["START"],
    )

    def bound(share: int) -> Assertion:
        lost = gain * lam * N.size(0)
        right = g * N.size(0) - (lost if share == 1 else share * lost)
        return forall(t, given(full, near, g * N.size(t) <= right))

    found = P.show("an epoch contracts", bound(1), item(paid(t), g), item(long, gain), item(least, gain))
    at_once = [*_identity(N), g.equals(1), *(forall(i, M(0, i).equals(1)), forall(t, i, M(t + 1, i).equals(0)))]
    P.conclude(found, witness=[*at_once, lam.equals(1)])
    P.mutant("twice the gain", {}, conclusion=bound(2))
    free = forall(v, at_least_0(total(i, v(i) ** 2)))
    P.mutant("any least eigenvalue", {"LEAST": free}, witness=[*at_once, lam.equals(2)])
    return P
