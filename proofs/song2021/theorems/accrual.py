"""S8′: how the alignment of an unregularised linear network grows, step by step.

By `linear_closure`, the part of β along b is a, with ``a⁺ = a + (η/p) sᵀKe`` and ``s⁺ = s + ηe``. So ``p a`` is half of
``sᵀKs`` minus ``½η² eᵀKe`` for every step made. In the lazy limit ``e⁺ = e − ηKe``, so ``e + Ks`` is constant; along
an eigenvector of K both sums have a closed form at all times.
"""

from __future__ import annotations

from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter
from fa_theory.symbolic.proof.notation import Assertion, Expression, IndexName, forall, size, total

from ...shared.one_step import INVERSE

MUTANTS_OF_WEIGHT = ("s shrinks", "half the gain", "the energy starts at 1")
MUTANTS_OF_ERROR = ("s shrinks in the lazy limit",)
MUTANTS_OF_EIGENVECTOR = ("energy counted twice", "the error grows")


class _Sums:
    """Errors at all times, their sum s, and the energy C of the steps."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("n", "d", "p")
        self.i, self.j = P.indices("i j", "n")
        self.k, self.t = P.index("k", "d"), P.index("t", "time")
        self.X, self.K = P.tensor("X", "n", "d"), P.tensor("K", "n", "n")
        self.e, self.s = P.tensors("e s", "time", "n")
        self.a, self.C, self.eta = *P.tensors("a C", "time"), P.scalar("eta")

    def next_s(self, *, shrinks: bool = False) -> Assertion:
        t, i, moved = self.t, self.i, self.eta * self.e(self.t, self.i)
        return forall(t, i, self.s(t + 1, i).equals(self.s(t, i) - moved if shrinks else self.s(t, i) + moved))

    def sum_of_errors(self) -> None:
        self.P.assume("S0", forall(self.i, self.s(0, self.i).equals(0)), "start of s")
        self.P.assume("S+", self.next_s(), "s is the sum of the errors")

    def form(self, x: Expression, y: Expression) -> Expression:
        """``xᵀKy`` for x over i and y over j."""
        return total(self.i, self.j, x * self.K(self.i, self.j) * y)


@cache
def weight() -> ProofWriter:
    """Prove ``p a(t) = ½ (sᵀKs − η² Σ eᵀKe)`` for any errors."""
    N = _Sums("The weight of the feedback direction")
    P, t, i, j, k = N.P, N.t, N.i, N.j, N.k
    N.sum_of_errors()
    gram = total(k, N.X(i, k) * N.X(j, k))
    P.assume("INPUT_GRAM", forall(i, j, N.K(i, j).equals(gram)), "Gram matrix of the inputs")

    def next_a(share: Expression) -> Assertion:
        gain = N.form(N.s(t, i), N.e(t, j))
        return forall(t, N.a(t + 1).equals(N.a(t) + N.eta * share * gain))

    P.assume("A0", N.a(0).equals(0), "start of the weight")
    P.assume("A+", next_a(INVERSE), "recursion of linear closure, without regularisation")
    P.assume("C0", N.C(0).equals(0), "start of the energy")
    P.assume("C+", forall(t, N.C(t + 1).equals(N.C(t) + N.form(N.e(t, i), N.e(t, j)))), "energy of the steps")

    def form(at: IndexName | int) -> Assertion:
        return (2 * size("p") * N.a(at)).equals(N.form(N.s(at, i), N.s(at, j)) - N.eta**2 * N.C(at))

    before = P.assume("weight at t", form(t), "form of the weight at time t")
    start = P.show("weight at 0", form(0), rewrite=["A0", "S0", "C0"], reason="the sums are empty")
    onward = P.show(
        "weight at t+1",
        form(t + 1),
        before,
        rewrite=["A+", "S+", "C+", "INPUT_GRAM"],
        reason="complete the square; K is symmetric",
    )
    P.conclude(P.induct("weight at all times", t, [form(t)], [start], [onward], reason="induction over t"))
    P.mutant("s shrinks", {"S+": N.next_s(shrinks=True)})
    P.mutant("half the gain", {"A+": next_a(INVERSE * size("p", -1))})
    P.mutant("the energy starts at 1", {"C0": N.C(0).equals(1)})
    return P


@cache
def error() -> ProofWriter:
    """Prove ``e(t) = e(0) − K s(t)`` in the lazy limit."""
    N = _Sums("The error in the lazy limit")
    P, t, i, j = N.P, N.t, N.i, N.j
    N.sum_of_errors()
    lazy = N.e(t, i) - N.eta * total(j, N.K(i, j) * N.e(t, j))
    P.assume("LAZY", forall(t, i, N.e(t + 1, i).equals(lazy)), "limit of large width")

    def form(at: IndexName | int) -> Assertion:
        return forall(i, N.e(at, i).equals(N.e(0, i) - total(j, N.K(i, j) * N.s(at, j))))

    before = P.assume("error at t", form(t), "form of the error at time t")
    start = P.show("error at 0", form(0), rewrite=["S0"], reason="empty sum")
    onward = P.show("error at t+1", form(t + 1), before(i), Fact("LAZY")(t, i), rewrite=["S+"], reason="one more step")
    P.conclude(P.induct("error at all times", t, [form(t)], [start], [onward], reason="induction over t"))
    P.mutant("s shrinks in the lazy limit", {"S+": N.next_s(shrinks=True)})
    return P


@cache
def eigenvector() -> ProofWriter:
    """Prove the contribution of an eigenvector at time t: ``(2 − ηk)(ks² − η²kC)`` in closed form, with ``q = 1 − ηk``.

    As ``q^t → 0`` the right side tends to ``2(1 − ηk)e(0)²/k``: a share ``(1 − ηk)/(2 − ηk)`` of ``2e(0)²/k``.
    """
    P = ProofWriter("The contribution of an eigenvector")
    t = P.index("t", "time")
    e, s, C = P.tensors("e s C", "time")
    eta, k, q = P.scalars("eta k q")
    P.assume("RATE", q.equals(1 - eta * k), "fraction of the error that remains after a step")
    P.assume("LAZY", forall(t, e(t + 1).equals(q * e(t))), "limit of large width, along an eigenvector")
    P.assume("S0", s(0).equals(0), "start of s")
    P.assume("S+", forall(t, s(t + 1).equals(s(t) + eta * e(t))), "s is the sum of the errors")
    P.assume("C0", C(0).equals(0), "start of the energy")
    P.assume("C+", forall(t, C(t + 1).equals(C(t) + e(t) ** 2)), "sum of the squared errors")

    def powers(at: IndexName | int) -> Expression:
        return q**at if isinstance(at, IndexName) else Expression(["^t", q.json, at])

    def errors(at: IndexName | int) -> Assertion:
        return e(at).equals(powers(at) * e(0))

    def sums(at: IndexName | int) -> Assertion:
        return (k * s(at)).equals((1 - powers(at)) * e(0))

    def energies(at: IndexName | int) -> Assertion:
        return (eta * k * (2 - eta * k) * C(at)).equals((1 - powers(at) ** 2) * e(0) ** 2)

    now = [P.assume(name, f(t), name) for name, f in (("e at t", errors), ("s at t", sums), ("C at t", energies))]
    start = [
        P.show("e at 0", errors(0)),
        P.show("s at 0", sums(0), rewrite=["S0"]),
        P.show("C at 0", energies(0), rewrite=["C0"]),
    ]
    rate = Fact("RATE")
    square = P.show("e² at t", (e(t) ** 2).equals(powers(t) ** 2 * e(0) ** 2), now[0] * (e(t) + powers(t) * e(0)))
    onward = [
        P.show("e at t+1", errors(t + 1), Fact("LAZY")(t), now[0] * q),
        P.show("s at t+1", sums(t + 1), now[1], now[0] * (eta * k), rate * (powers(t) * e(0)), rewrite=["S+"]),
        P.show(
            "C at t+1",
            energies(t + 1),
            now[2],
            square * (eta * k * (2 - eta * k)),
            rate * (powers(t) ** 2 * e(0) ** 2 * (q + 1 - eta * k)),
            rewrite=["C+"],
        ),
    ]
    goals = [errors(t), sums(t), energies(t)]
    every = [
        P.induct(f"{name} at all times", t, goals, start, onward, which=n, reason="all three together")
        for n, name in enumerate(("e", "s", "C"))
    ]

    def contribution(energy: Expression, moved: Expression) -> Assertion:
        left = (2 - eta * k) * k * (k * s(t) ** 2 - energy)
        return forall(t, left.equals(((2 - eta * k) * moved**2 - eta * k * (1 - powers(t) ** 2)) * e(0) ** 2))

    energy, moved = eta**2 * k * C(t), 1 - powers(t)
    P.conclude(
        P.show(
            "contribution at all times",
            contribution(energy, moved),
            every[1](t) * ((2 - eta * k) * (k * s(t) + (1 - powers(t)) * e(0))),
            every[2](t) * (eta * k),
            reason="substitute both sums",
        )
    )
    P.mutant("energy counted twice", {}, conclusion=contribution(2 * energy, moved))
    P.mutant("the error grows", {}, conclusion=contribution(energy, 1 + powers(t)))
    return P
