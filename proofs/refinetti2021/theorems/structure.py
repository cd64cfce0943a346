"""Re1, Re3: the form of deep linear networks under direct feedback from zero, and which of many solutions aligns."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item
from fa_theory.symbolic.proof.notation import Assertion, Expression, IndexName, forall, total

MUTANTS_OF_FIRST = ("another feedback", "a start elsewhere")
MUTANTS_OF_LAYER = ("activations of another form", "twice the matrix")
MUTANTS_OF_SIGNS = ("the whole sum", "no bound")

HALF = Fraction(1, 2)
Time = IndexName | int


@cache
def first() -> ProofWriter:
    """Prove ``W₁(t) = B₁ A₁(t)`` and its activations ``XA₁ᵀB₁ᵀ``, from zero."""
    P = ProofWriter("The first layer under direct feedback from zero")
    P.sorts("n", "d", "p", "k")
    i, m, r, c, t = P.index("i", "n"), P.index("m", "d"), P.index("r", "p"), P.index("c", "k"), P.index("t", "time")
    X, B, E = P.tensor("X", "n", "d"), P.tensor("B", "p", "k"), P.tensor("E", "time", "n", "k")
    W, A, eta = P.tensor("W", "time", "p", "d"), P.tensor("A", "time", "k", "d"), P.scalar("eta")

    def step(back: Expression) -> Assertion:
        move = total(i, total(c, back * E(t, i, c)) * X(i, m))
        return forall(t, r, m, W(t + 1, r, m).equals(W(t, r, m) - eta * move))

    P.assume("STEP", step(B(r, c)), "step of the layer, with direct feedback")
    P.assume("START", forall(r, m, W(0, r, m).equals(0)), "from zero")
    P.assume("A0", forall(c, m, A(0, c, m).equals(0)), "the matrix A, from zero")
    P.assume(
        "A+", forall(t, c, m, A(t + 1, c, m).equals(A(t, c, m) - eta * total(i, E(t, i, c) * X(i, m)))), "its steps"
    )

    def form(at: Time) -> Assertion:
        return forall(r, m, W(at, r, m).equals(total(c, B(r, c) * A(at, c, m))))

    before = P.assume("at t", form(t), "the form at time t")
    base = P.show("at 0", form(0), rewrite=["START", "A0"])
    after = P.show("at t+1", form(t + 1), before(r, m), rewrite=["STEP", "A+"], reason="the step has the form, too")
    P.conclude(P.induct("at all times", t, [form(t)], [base], [after], reason="induction over t"))
    P.mutant("another feedback", {"STEP": step(2 * B(r, c))})
    P.mutant("a start elsewhere", {"START": forall(r, m, W(0, r, m).equals(1))})
    return P


@cache
def layer() -> ProofWriter:
    """Prove ``W(t) = B A(t) Gᵀ`` for a layer that sees activations ``H = N Gᵀ``, G the feedback of the layer below."""
    P = ProofWriter("A later layer under direct feedback from zero")
    P.sorts("n", "p", "q", "k")
    i, r, a, (c, b) = P.index("i", "n"), P.index("r", "p"), P.index("a", "q"), P.indices("c b", "k")
    t = P.index("t", "time")
    G, B, E = P.tensor("G", "p", "k"), P.tensor("B", "q", "k"), P.tensor("E", "time", "n", "k")
    H, N = P.tensor("H", "time", "n", "p"), P.tensor("N", "time", "n", "k")
    W, A, eta = P.tensor("W", "time", "q", "p"), P.tensor("A", "time", "k", "k"), P.scalar("eta")

    def below(share: int) -> Assertion:
        return forall(t, i, r, H(t, i, r).equals(total(c, N(t, i, c) * G(r, c)) + share))

    P.assume("BELOW", below(0), "activations below, which have this form by the layer below")
    move = total(i, total(c, B(a, c) * E(t, i, c)) * H(t, i, r))
    P.assume("STEP", forall(t, a, r, W(t + 1, a, r).equals(W(t, a, r) - eta * move)), "step, with direct feedback")
    P.assume("START", forall(a, r, W(0, a, r).equals(0)), "from zero")
    P.assume("A0", forall(c, b, A(0, c, b).equals(0)), "the matrix A, from zero")
    moved = total(i, E(t, i, c) * N(t, i, b))
    P.assume("A+", forall(t, c, b, A(t + 1, c, b).equals(A(t, c, b) - eta * moved)), "its steps")

    def form(at: Time, share: int = 1) -> Assertion:
        inside = total(c, b, B(a, c) * A(at, c, b) * G(r, b))
        return forall(a, r, W(at, a, r).equals(inside if share == 1 else share * inside))

    before = P.assume("at t", form(t), "the form at time t")
    base = P.show("at 0", form(0), rewrite=["START", "A0"])
    after = P.show("at t+1", form(t + 1), before(a, r), rewrite=["STEP", "A+", "BELOW"], reason="the step has the form")
    P.conclude(P.induct("at all times", t, [form(t)], [base], [after], reason="induction over t"))
    P.mutant("activations of another form", {"BELOW": below(1)})
    P.mutant("twice the matrix", {}, conclusion=forall(t, form(t, 2)))
    return P


@cache
def signs() -> ProofWriter:
    """Prove ``Σ|c_i| − Σ c_i σ_i = ½ Σ |c_i| (τ_i − σ_i)²`` for signs σ, with ``c_i = |c_i| τ_i``."""
    P = ProofWriter("Which signs align best")
    P.sorts("k")
    i = P.index("i", "k")
    size, sign, chosen = P.tensor("c", "k"), P.tensor("tau", "k"), P.tensor("sigma", "k")
    P.assume("SIGN", forall(i, (sign(i) ** 2).equals(1)), "τ are the signs of the coefficients |c|τ")

    def signs_are(value: int) -> Assertion:
        return forall(i, (chosen(i) ** 2).equals(value))

    P.assume("CHOSEN", signs_are(1), "σ are signs")
    gap = total(i, size(i)) - total(i, size(i) * sign(i) * chosen(i))

    def form(share: Fraction) -> Assertion:
        return gap.equals(share * total(i, size(i) * (sign(i) - chosen(i)) ** 2))

    P.conclude(
        P.show(
            "what is lost",
            form(HALF),
            item(Fact("SIGN")(i), size(i), over=[i]),
            item(Fact("CHOSEN")(i), size(i), over=[i]),
            reason="(τ − σ)² = 2 − 2τσ",
        ),
        witness=[forall(i, sign(i).equals(1)), forall(i, chosen(i).equals(-1))],
    )
    P.mutant("the whole sum", {}, conclusion=form(Fraction(1)))
    P.mutant(
        "no bound", {"CHOSEN": signs_are(4)}, witness=[forall(i, sign(i).equals(1)), forall(i, chosen(i).equals(2))]
    )
    return P
