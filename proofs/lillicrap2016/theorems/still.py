"""Li7, Li8: feedback alignment follows no gradient, and rests only where the error is 0."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item
from fa_theory.symbolic.proof.flow import Flow
from fa_theory.symbolic.proof.notation import (
    Assertion,
    Expression,
    IndexName,
    d,
    forall,
    num,
    of,
    total,
)

HALF = Fraction(1, 2)
MUTANTS_OF_FIELD = ("a gradient", "half the gap")
MUTANTS_OF_REST = ("any feedback", "a speed of its own")


@cache
def field() -> ProofWriter:
    """Prove that the mixed derivatives of the field along U and V at the origin differ by ``‖TUᵀ‖²``, V = TUᵀ."""
    P = ProofWriter("The field of feedback alignment is no gradient")
    P.sorts("d", "p", "k")
    i, (r, q), c = P.index("i", "d"), P.indices("r q", "p"), P.index("c", "k")
    a = P.index("a", "k")
    T, B = P.tensor("T", "k", "d"), P.tensor("B", "p", "k")
    A, W = P.tensor("A", "p", "d"), P.tensor("W", "k", "p")
    U, V = P.tensor("U", "p", "d"), P.tensor("V", "k", "p")
    flow = Flow(P, "s", "t")
    s, t = flow.s, flow.t
    P.assume("ORIGIN_A", forall(r, i, A(r, i).equals(0)), "the first layer is 0")
    P.assume("ORIGIN_W", forall(c, r, W(c, r).equals(0)), "the second layer is 0")
    P.assume("DIRECTION", forall(c, r, V(c, r).equals(total(i, T(c, i) * U(r, i)))), "direction V = TUᵀ")

    def error(c: IndexName, first: int, second: int) -> Expression:
        """The error at ``(A + sU, W + sV)`` with the parts that move."""
        left = W(c, q) + num(s) * V(c, q) if second else W(c, q)
        right = A(q, i) + num(s) * U(q, i) if first else A(q, i)
        return T(c, i) - total(q, left * right)

    of_A = total(r, i, U(r, i) * total(a, B(r, a) * error(a, 0, 1)))
    of_W = total(c, r, V(c, r) * total(i, error(c, 1, 0) * (A(r, i) + num(s) * U(r, i))))
    along_V, along_U = flow.rate(of_A), flow.rate(of_W)
    gap = total(c, r, total(i, T(c, i) * U(r, i)) ** 2)
    whole = P.generalise("derivative of the second layer", along_U.equation, t)
    part = P.generalise("derivative of the first layer", along_V.equation, t)

    def apart(value: Expression | int) -> Assertion:
        return (d(s, of_W, 0) - d(s, of_A, 0)).equals(value)

    P.conclude(
        P.show(
            "mixed derivatives",
            apart(gap),
            *(whole(0), part(0)),
            rewrite=["ORIGIN_A", "ORIGIN_W", "DIRECTION"],
            reason="of a gradient they would be equal",
        ),
        defined=[P.generalise("smooth U", along_U.smooth, t)(0), P.generalise("smooth V", along_V.smooth, t)(0)],
    )
    P.mutant("a gradient", {}, conclusion=apart(0))
    P.mutant("half the gap", {}, conclusion=apart(HALF * gap))
    return P


@cache
def rest() -> ProofWriter:
    """Prove ``κ ‖E‖² ≤ ‖BE‖² + ‖EAᵀ‖²``: where the error is not 0, the weights move."""
    P = ProofWriter("Where feedback alignment rests")
    P.sorts("d", "p", "k")
    i, r, c = P.index("i", "d"), P.index("r", "p"), P.index("c", "k")
    B, A, E, v = P.tensor("B", "p", "k"), P.tensor("A", "p", "d"), P.tensor("E", "k", "d"), P.tensor("v", "k")
    kappa = P.scalar("kappa")

    def rank(share: int) -> Assertion:
        seen = total(r, total(c, B(r, c) * v(c)) ** 2)
        return forall(v, kappa * total(c, v(c) ** 2) <= (seen if share else total(c, v(c) ** 2)))

    P.assume("RANK", rank(1), "BᵀB ⪰ κ, so B has full column rank if κ > 0")
    first = total(r, i, total(c, B(r, c) * E(c, i)) ** 2)
    second = total(c, r, total(i, E(c, i) * A(r, i)) ** 2)

    def speed(least: Expression) -> Assertion:
        return least * total(c, i, E(c, i) ** 2) <= first + second

    P.conclude(
        P.show(
            "speed of the weights",
            speed(kappa),
            item(Fact("RANK")(of(c, E(c, i))), over=[i]),
            P.signed(second),
            reason="B sees every error",
        ),
        witness=[kappa.equals(0)],
    )
    slow = [kappa.equals(1), forall(r, c, B(r, c).equals(0)), forall(r, i, A(r, i).equals(0))]
    P.mutant("any feedback", {"RANK": rank(0)}, witness=slow)
    still = [kappa.equals(0), forall(r, c, B(r, c).equals(0)), forall(r, i, A(r, i).equals(0))]
    P.mutant("a speed of its own", {}, conclusion=speed(kappa + 1), witness=still)
    return P
