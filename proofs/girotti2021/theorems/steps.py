"""Gi4: one component in steps of finite size, with a rate."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item, library
from fa_theory.symbolic.proof.notation import Assertion, Expression, IndexName, at_least_0, forall, positive

HALF = Fraction(1, 2)
MUTANTS = ("four times the rate", "no room for the steps")


@cache
def proof() -> ProofWriter:
    """Prove ``0 ≤ e(t) ≤ (1 − ηκ)^t e(0)`` for ``C = mw₂ − ½w₁² ≥ κ + γe²`` at the start."""
    P = ProofWriter("One component in steps: its error falls geometrically")
    t = P.index("t", "time")
    v, w, e, C = P.tensors("w1 w2 e C", "time")
    m, lam, eta, kappa, gamma, M = P.scalars("m lam eta kappa gamma M")

    def step(weight: Expression) -> Assertion:
        return forall(t, v(t + 1).equals(v(t) + eta * weight * e(t)))

    P.assume("STEP_1", step(m), "step of the first layer, feedback m")
    P.assume("STEP_2", forall(t, w(t + 1).equals(w(t) + eta * e(t) * v(t))), "step of the second layer")
    P.assume("ERROR", forall(t, e(t).equals(lam - w(t) * v(t))), "error")
    P.assume("BRACKET", forall(t, C(t).equals(m * w(t) - HALF * v(t) ** 2)), "C, which the flow conserves")
    for name, fact, words in (
        ("m ≥ 0", at_least_0(m), "feedback and target agree in sign"),
        ("κ > 0", positive(kappa), "rate"),
        ("η ≥ 0", at_least_0(eta), "step size"),
        ("γ ≥ 0", at_least_0(gamma), "what the steps take from C, per e²"),
        ("ROOM", eta * m**2 <= 2 * gamma * kappa, "room for the steps"),
        ("START_C", kappa + gamma * e(0) ** 2 <= C(0), "C at the start"),
        ("START_e", at_least_0(e(0)), "the target is not passed at the start"),
        ("START_1", at_least_0(v(0)), "w1 is not against the feedback"),
        ("BOUND", kappa * v(0) + m * e(0) <= kappa * M, "M bounds w1 at all times"),
        ("SMALL", eta * (C(0) + Fraction(3, 2) * M**2 + eta * kappa * M**2) <= 1, "small steps"),
    ):
        P.assume(name, fact, words)

    q = 1 - eta * kappa

    def goals(t: IndexName | int) -> list[Assertion]:
        return [
            at_least_0(e(t)),
            at_least_0(v(t)),
            kappa * v(t) + m * e(t) <= kappa * M,
            kappa + gamma * e(t) ** 2 <= C(t),
            C(t) <= C(0),
            e(t) <= q**t * e(0),
        ]

    room = P.show("κM ≥ 0", kappa * 0 <= kappa * M, "BOUND", P.signed(kappa * v(0)), P.signed(m * e(0)))
    P.show("M ≥ 0", at_least_0(M), P.use(library.cancel())(0, M, kappa, given=["κ > 0", room]))
    P.show(
        "1 − ηκ ≥ 0",
        at_least_0(q),
        *(Fact("SMALL"), item(Fact("START_C"), eta), P.signed(eta * M**2), P.signed(eta**2 * kappa * M**2)),
        P.signed(eta * gamma * e(0) ** 2),
    )
    names = ("e", "w1", "bound", "C", "C falls", "rate")
    P.show("C(0) ≤ C(0)", C(0) <= C(0))
    P.show("e(0) ≤ e(0)", e(0) <= q**0 * e(0))
    base = [Fact(name) for name in ("START_e", "START_1", "BOUND", "START_C", "C(0) ≤ C(0)", "e(0) ≤ e(0)")]
    _, v_sign, bound, low, high, faster = (
        P.assume(f"{name} at t", goal) for name, goal in zip(names, goals(t), strict=True)
    )
    floor = P.show("κ ≤ C", kappa <= C(t), low, P.signed(gamma * e(t) ** 2))
    scaled = P.show("κw1 ≤ κM", kappa * v(t) <= kappa * M, bound, P.signed(m * e(t)))
    below = P.use(library.cancel())(v(t), M, kappa, given=["κ > 0", scaled])
    sent = P.show("me ≤ κM", m * e(t) <= kappa * M, bound, P.signed(kappa * v(t)))
    shrink = eta * (C(t) + Fraction(3, 2) * v(t) ** 2) + eta**2 * m * v(t) * e(t)
    small = P.show(
        "the factor is not negative",
        shrink <= 1,
        Fact("SMALL"),
        item(high, eta),
        item(below, Fraction(3, 2) * eta * v(t)),
        item(below, Fraction(3, 2) * eta * M),
        item(sent, eta**2 * v(t)),
        item(below, eta**2 * kappa * M),
        reason="small steps",
    )
    large = P.show(
        "and shrinks",
        eta * kappa <= shrink,
        *(item(floor, eta), P.signed(eta * v(t) ** 2), P.signed(eta**2 * m * v(t) * e(t))),
        reason="C ≥ κ",
    )
    after = P.show(
        "the next error",
        e(t + 1).equals((1 - shrink) * e(t)),
        *(Fact("ERROR")(t + 1), Fact("ERROR")(t), Fact("BRACKET")(t) * (eta * e(t))),
        *(Fact("STEP_1")(t) * w(t + 1), Fact("STEP_2")(t) * (v(t) + eta * m * e(t))),
        reason="insert the steps and C",
    )
    next_e = P.show("e stays", at_least_0(e(t + 1)), after, item(small, e(t)), reason="the factor is not negative")
    falls = P.show("e falls", e(t + 1) <= (1 - eta * kappa) * e(t), after, item(large, e(t)), reason="C ≥ κ")
    next_v = P.show("w1 stays", at_least_0(v(t + 1)), Fact("STEP_1")(t), v_sign, P.signed(eta * m * e(t)))
    next_bound = P.show(
        "the bound stays",
        kappa * v(t + 1) + m * e(t + 1) <= kappa * M,
        *(bound, Fact("STEP_1")(t) * kappa, item(falls, m)),
        reason="what w1 gains the error pays",
    )
    bracket = P.show(
        "the bracket after a step",
        C(t + 1).equals(C(t) - HALF * eta**2 * m**2 * e(t) ** 2),
        *(Fact("BRACKET")(t + 1), Fact("BRACKET")(t), Fact("STEP_2")(t) * m),
        Fact("STEP_1")(t) * (HALF * (v(t + 1) + v(t) + eta * m * e(t))),
        reason="the step lowers C by half its square",
    )
    squared = P.show(
        "e² falls", e(t + 1) ** 2 <= q**2 * e(t) ** 2, item(falls, e(t + 1), sign=next_e), item(falls, q * e(t))
    )
    next_low = P.show(
        "C stays",
        kappa + gamma * e(t + 1) ** 2 <= C(t + 1),
        *(low, bracket, item(squared, gamma)),
        item(Fact("ROOM"), HALF * eta * e(t) ** 2),
        P.signed(gamma * eta * kappa * q * e(t) ** 2),
        reason="γe² falls by what C loses, at least",
    )
    next_high = P.show("C falls again", C(t + 1) <= C(0), high, bracket, P.signed(eta**2 * m**2 * e(t) ** 2))
    next_rate = P.show("one more factor", e(t + 1) <= q ** (t + 1) * e(0), falls, item(faster, q))
    onward = [next_e, next_v, next_bound, next_low, next_high, next_rate]
    positive_e, rate = (
        P.induct(f"{name} at all times", t, goals(t), base, onward, which, reason="induction over t")
        for which, name in ((0, "e"), (5, "rate"))
    )

    def bound_of(share: int) -> Assertion:
        fallen = (1 - share * eta * kappa) ** t * e(0)
        return forall(t, e(t) ** 2 <= fallen**2)

    found = P.show(
        "the error",
        forall(t, e(t) ** 2 <= (q**t * e(0)) ** 2),
        *(item(rate(t), e(t), sign=positive_e(t)), item(rate(t), q**t * e(0))),
        reason="it keeps its sign",
    )
    example = [
        *(v(0).equals(0), w(0).equals(2), m.equals(1), lam.equals(HALF), kappa.equals(1), gamma.equals(1)),
        *(M.equals(HALF), eta.equals(Fraction(1, 8))),
    ]
    P.conclude(found, witness=example)
    P.mutant("four times the rate", {}, conclusion=bound_of(4), witness=example)
    free = [*example[:1], w(0).equals(Fraction(1, 2)), *example[2:]]
    P.mutant("no room for the steps", {"START_C": 0 * C(0) <= 0}, witness=free)
    return P
