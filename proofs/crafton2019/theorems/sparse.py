"""Feedback with a single connection for each hidden unit."""

from __future__ import annotations

from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item
from fa_theory.symbolic.proof.notation import Assertion, Expression, delta, forall, total

MUTANTS = ("two connections", "signals without squares")


@cache
def signal() -> ProofWriter:
    """Prove ``|Be|² = Σ_r b_r² Σ_c S_rc e_c²`` for feedback ``B_rc = b_r S_rc`` with one connection for each unit."""
    P = ProofWriter("Sparse direct feedback sends every unit one error")
    P.sorts("p", "k")
    r, (c, a) = P.index("r", "p"), P.indices("c a", "k")
    S, b, e = P.tensor("S", "p", "k"), P.tensor("b", "p"), P.tensor("e", "k")

    def single(value: Expression) -> Assertion:
        return forall(r, c, a, (S(r, c) * S(r, a)).equals(value))

    def squares(error: Expression) -> Assertion:
        sent = total(r, (b(r) * total(c, S(r, c) * e(c))) ** 2)
        return sent.equals(total(r, b(r) ** 2 * total(c, S(r, c) * error)))

    P.assume("SINGLE", single(delta(c, a) * S(r, c)), "each hidden unit is connected to one output at most")
    found = P.show(
        "one error for each unit",
        squares(e(c) ** 2),
        item(Fact("SINGLE")(r, c, a), b(r) ** 2 * e(c) * e(a), over=[r, c, a]),
        reason="products of different connections of a unit are 0",
    )
    P.conclude(found, witness=[forall(r, c, S(r, c).equals(0))])
    one = [forall(r, c, S(r, c).equals(1)), forall(r, b(r).equals(1)), forall(c, e(c).equals(2))]
    P.mutant("two connections", {"SINGLE": single(S(r, c))}, witness=[forall(r, c, S(r, c).equals(1))])
    P.mutant("signals without squares", {}, conclusion=squares(e(c)), witness=one)
    return P
