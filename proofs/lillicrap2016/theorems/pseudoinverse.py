"""Li6, Theorem 2 repaired: one sample again and again, from zero, in steps; and where the printed factor fails."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, axiom, item
from fa_theory.symbolic.proof.notation import (
    Assertion,
    Expression,
    IndexName,
    forall,
    given,
    inv,
    positive,
    total,
)

MUTANTS = ("the printed factor", "twice the factor")
MUTANTS_OF_PRINTED = ("four times the factor",)
MUTANTS_OF_SIGN = ("smaller steps",)


@cache
def proof() -> ProofWriter:
    """Prove ``σ ‖By‖² W⁺e = Be`` at all times, σ the size of ``W = σ y (By)ᵀ``."""
    P = ProofWriter("What one sample teaches from zero: W acts as a pseudoinverse of B on the error")
    P.sorts("d", "p", "k")
    i, (r, q), (c, a), t = P.index("i", "d"), P.indices("r q", "p"), P.indices("c a", "k"), P.index("t", "time")
    x, y, B = P.tensor("x", "d"), P.tensor("y", "k"), P.tensor("B", "p", "k")
    A, W, M = P.tensor("A", "time", "p", "d"), P.tensor("W", "time", "k", "p"), P.tensor("M", "time", "p", "k")
    e, h = P.tensor("e", "time", "k"), P.tensor("h", "time", "p")
    alpha, sigma = P.tensors("alpha sigma", "time")
    eta = P.scalar("eta")

    def aim(r: IndexName) -> Expression:
        return total(c, B(r, c) * y(c))

    length, aims, target = total(i, x(i) ** 2), total(r, aim(r) ** 2), total(c, y(c) ** 2)

    def left(at: IndexName | int) -> Expression:
        """The part of the target that is left: ``e = left · y``."""
        return 1 - sigma(at) * alpha(at) * length * aims

    P.assume("HIDDEN", forall(t, r, h(t, r).equals(total(i, A(t, r, i) * x(i)))), "hidden layer")
    P.assume("ERROR", forall(t, c, e(t, c).equals(y(c) - total(r, W(t, c, r) * h(t, r)))), "error")
    sent = total(c, B(r, c) * e(t, c))
    P.assume(
        "STEP_A", forall(t, r, i, A(t + 1, r, i).equals(A(t, r, i) + eta * sent * x(i))), "step of the first layer"
    )
    P.assume("STEP_W", forall(t, c, r, W(t + 1, c, r).equals(W(t, c, r) + eta * e(t, c) * h(t, r))), "second layer")

    P.assume("A0", forall(r, i, A(0, r, i).equals(0)), "the first layer starts from zero")
    P.assume("W0", forall(c, r, W(0, c, r).equals(0)), "so does the second")
    P.assume("ALPHA0", alpha(0).equals(0), "size of the first layer")
    P.assume("SIGMA0", sigma(0).equals(0), "size of the second layer")
    P.assume("ALPHA", forall(t, alpha(t + 1).equals(alpha(t) + eta * left(t))), "its steps")
    P.assume("SIGMA", forall(t, sigma(t + 1).equals(sigma(t) + eta * left(t) * alpha(t) * length)), "its steps")
    P.assume(
        "INVERTED",
        forall(t, c, r, total(q, a, W(t, c, q) * M(t, q, a) * W(t, a, r)).equals(W(t, c, r))),
        "M is the pseudoinverse of W: WMW = W",
    )
    P.assume(
        "SYMMETRIC",
        forall(t, r, q, total(c, M(t, r, c) * W(t, c, q)).equals(total(c, M(t, q, c) * W(t, c, r)))),
        "M is the pseudoinverse of W: MW is symmetric",
    )

    def first(at: IndexName | int) -> Assertion:
        return forall(r, i, A(at, r, i).equals(alpha(at) * aim(r) * x(i)))

    def second(at: IndexName | int) -> Assertion:
        return forall(c, r, W(at, c, r).equals(sigma(at) * y(c) * aim(r)))

    P.assume("A at t", first(t), "form of the first layer at time t")
    P.assume("W at t", second(t), "form of the second layer at time t")
    forms = ["HIDDEN", "ERROR", "A at t", "W at t"]
    base = [P.show("A at 0", first(0), rewrite=["A0", "ALPHA0"]), P.show("W at 0", second(0), rewrite=["W0", "SIGMA0"])]
    step = [
        P.show("A at t+1", first(t + 1), rewrite=["STEP_A", "ALPHA", *forms], reason="the error is a multiple of y"),
        P.show("W at t+1", second(t + 1), rewrite=["STEP_W", "SIGMA", *forms], reason="the error is a multiple of y"),
    ]
    goals = [first(t), second(t)]
    all_A = P.induct("the first layer", t, goals, base, step, 0, reason="induction over t")
    all_W = P.induct("the second layer", t, goals, base, step, 1, reason="induction over t")
    here_A = P.generalise("the first layer at t", P.instance("A here", all_A(t, r, i)), r, i)
    here_W = P.generalise("the second layer at t", P.instance("W here", all_W(t, c, r)), c, r)
    err = P.show("the error", forall(c, e(t, c).equals(left(t) * y(c))), rewrite=["ERROR", "HIDDEN", here_A, here_W])
    size = sigma(t) * target * aims
    nonzero = positive(size**2)
    P.assume("NONZERO", nonzero, "the second layer is not 0 at time t")
    seen = total(r, aim(r) * total(c, M(t, r, c) * y(c)))
    turned = P.show(
        "MW is symmetric",
        forall(r, (sigma(t) * aims * total(c, M(t, r, c) * y(c))).equals(sigma(t) * aim(r) * seen)),
        item(Fact("SYMMETRIC")(t, r, q), aim(q), over=[q]),
        rewrite=[here_W],
    )
    whole = P.show(
        "WMW = W",
        (sigma(t) * size * seen).equals(size),
        item(Fact("INVERTED")(t, c, r), y(c) * aim(r), over=[c, r]),
        rewrite=[here_W],
    )
    unit = P.instance("the size has an inverse", axiom("inverse")(size, given=["NONZERO"]))
    one = P.show(
        "σ (By)·My = 1", (sigma(t) * seen).equals(1), whole * inv(size), unit * (sigma(t) * seen), unit, reason="cancel"
    )

    def acts(factor: Expression) -> Assertion:
        image = total(c, M(t, r, c) * e(t, c))
        return forall(t, given(nonzero, forall(r, (factor * image).equals(total(c, B(r, c) * e(t, c))))))

    found = P.show(
        "W as a pseudoinverse",
        acts(sigma(t) * aims),
        turned(r) * left(t),
        one * (aim(r) * left(t)),
        rewrite=[err],
        reason="both sides are the same multiple of By",
    )
    small = [
        eta.equals(Fraction(1, 2)),
        forall(r, c, B(r, c).equals(1)),
        forall(c, y(c).equals(1)),
        forall(t, r, c, M(t, r, c).equals(inv(sigma(t) * target * aims) * y(c) * aim(r))),
    ]
    P.conclude(found, witness=small)
    P.mutant("the printed factor", {}, conclusion=acts(inv(aims)))
    P.mutant("twice the factor", {}, conclusion=acts(2 * sigma(t) * aims))
    return P


def _numbers(
    title: str, step: Fraction, steps: int
) -> tuple[ProofWriter, Expression, list[Expression], list[Expression]]:
    """A network of three numbers ``B = x = 1``, from zero: its errors and second weights over some steps."""
    P = ProofWriter(title)
    eta = P.scalar("eta")
    P.assume("ETA", eta.equals(step), "step size")
    A, W, e = (P.scalars(" ".join(f"{name}{k}" for k in range(steps + 1))) for name in "AWe")
    P.assume("A0 = 0", A[0].equals(0), "from zero")
    P.assume("W0 = 0", W[0].equals(0), "from zero")
    for k in range(steps + 1):
        P.assume(f"ERROR {k}", e[k].equals(1 - W[k] * A[k]), "error")
    for k in range(steps):
        P.assume(f"STEP_A {k}", A[k + 1].equals(A[k] + eta * e[k]), "step of the first layer; B = x = 1")
        P.assume(f"STEP_W {k}", W[k + 1].equals(W[k] + eta * e[k] * A[k]), "step of the second layer")
    return P, eta, list(e), list(W)


def _names(steps: int) -> list[str]:
    """The equations that give the numbers at the last time, latest first."""
    back = [name for k in reversed(range(steps)) for name in (f"ERROR {k + 1}", f"STEP_A {k}", f"STEP_W {k}")]
    return [*back, "ERROR 0", "A0 = 0", "W0 = 0", "ETA"]


@cache
def printed() -> ProofWriter:
    """Prove that ``s = ‖By‖²`` is not the factor: three numbers, two steps of size ½, ``W⁺e = 3`` but ``sBe = ¾``."""
    P, _, e, W = _numbers("The printed factor fails after two steps", Fraction(1, 2), 2)
    M = P.scalar("M")
    P.assume("PSEUDOINVERSE", (M * W[2]).equals(1), "the pseudoinverse of a number that is not 0")
    w = P.show("W2 = 1/4", W[2].equals(Fraction(1, 4)), rewrite=_names(2))
    last = P.show("e2 = 3/4", e[2].equals(Fraction(3, 4)), rewrite=_names(2))
    m = P.show("M = 4", M.equals(4), "PSEUDOINVERSE", w * M)

    def less(image: Expression) -> Assertion:
        return image < M * e[2]

    P.conclude(P.show("they differ", less(e[2]), last, last * M, m, reason="3/4 is less than 3"), witness=[M.equals(4)])
    P.mutant("four times the factor", {}, conclusion=less(4 * e[2]))
    return P


@cache
def sign() -> ProofWriter:
    """Prove that the factor may be negative: three numbers, three steps of size 1, ``W < 0 < e``."""
    P, eta, e, W = _numbers("The factor is negative after three large steps", Fraction(1), 3)
    w = P.show("W3 = −1", W[3].equals(-1), rewrite=_names(3))
    last = P.show("e3 = 2", e[3].equals(2), rewrite=_names(3))
    P.conclude(P.show("the signs differ", W[3] * e[3] < 0, w * e[3], last, reason="−2 is less than 0"))
    P.mutant("smaller steps", {"ETA": eta.equals(Fraction(1, 2))})
    return P
