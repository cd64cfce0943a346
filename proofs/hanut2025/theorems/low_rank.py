"""Ha1: feedback of low rank, B = QP."""

from __future__ import annotations

from functools import cache, reduce
from operator import add

from fa_theory.symbolic.proof import ProofWriter, item
from fa_theory.symbolic.proof.notation import Assertion, Expression, forall, total

MUTANTS = ("errors of other directions", "half the feedback")
MUTANTS_OF_REST = ("feedback of the other output", "an output without weights")


@cache
def captured() -> ProofWriter:
    """Prove ``QPE = WᵀE`` if ``Q = WᵀPᵀ`` and P captures the error, ``PᵀPE = E``."""
    P = ProofWriter("Feedback of low rank that captures the error is backpropagation")
    P.sorts("p", "k", "s", "n")
    r, (c, b), a, i = P.index("r", "p"), P.indices("c b", "k"), P.index("a", "s"), P.index("i", "n")
    W, Q, S, E = P.tensor("W", "k", "p"), P.tensor("Q", "p", "s"), P.tensor("P", "s", "k"), P.tensor("E", "k", "n")

    def seen(error: Expression) -> Assertion:
        return forall(c, i, error.equals(total(a, b, S(a, c) * S(a, b) * E(b, i))))

    def back(weight: Expression) -> Assertion:
        return forall(r, a, Q(r, a).equals(total(c, weight * S(a, c))))

    captures = P.assume("CAPTURES", seen(E(c, i)), "P sees all directions of the error")
    P.assume("LEARNT", back(W(c, r)), "Q has learnt the weights, seen through P")
    goal = forall(r, i, total(a, b, Q(r, a) * S(a, b) * E(b, i)).equals(total(c, W(c, r) * E(c, i))))
    found = P.show(
        "the signals of backpropagation",
        goal,
        item(captures(c, i), W(c, r), over=[c]),
        rewrite=["LEARNT"],
        reason="QPE = WᵀPᵀPE",
    )
    P.conclude(found)
    P.mutant("errors of other directions", {"CAPTURES": seen(2 * E(c, i))})
    P.mutant("half the feedback", {"LEARNT": back(2 * W(c, r))})
    return P


@cache
def rest() -> ProofWriter:
    """Prove that two outputs, fed back through the first alone, may rest with an error that backpropagation sees.

    Inputs and targets are the two unit vectors; the hidden layer has two units. The first weights are diag(1, 0) and
    the last ones I, so the error is diag(0, 1).
    """
    P = ProofWriter("Feedback of low rank rests where backpropagation does not")
    pairs = [(1, 1), (1, 2), (2, 1), (2, 2)]
    A = {at: P.scalar(f"A{at[0]}{at[1]}") for at in pairs}
    W = {at: P.scalar(f"W{at[0]}{at[1]}") for at in pairs}
    Q, seen = {r: P.scalar(f"Q{r}") for r in (1, 2)}, {c: P.scalar(f"P{c}") for c in (1, 2)}
    P.assume("P1", seen[1].equals(1), "output 1 is fed back")
    P.assume("P2", seen[2].equals(0), "output 2 is not")
    for at in pairs:
        P.assume(f"A{at[0]}{at[1]}", A[at].equals(int(at == (1, 1))), "first weights diag(1, 0)")
        P.assume(f"W{at[0]}{at[1]}", W[at].equals(int(at[0] == at[1])), "last weights I")
    E = {(c, i): int(c == i) - W[c, 1] * A[1, i] - W[c, 2] * A[2, i] for c, i in pairs}
    sent = {i: seen[1] * E[1, i] + seen[2] * E[2, i] for i in (1, 2)}
    first = reduce(add, [(Q[r] * sent[i]) ** 2 for r, i in pairs])
    last = reduce(add, [(E[c, 1] * A[r, 1] + E[c, 2] * A[r, 2]) ** 2 for c, r in pairs])
    back = reduce(add, [(W[1, r] * E[1, i] + W[2, r] * E[2, i]) ** 2 for r, i in pairs])
    names = ["P1", "P2", *(f"{letter}{c}{i}" for letter in "AW" for c, i in pairs)]
    P.conclude(
        P.show("at rest, but not by backpropagation", first + last < back, rewrite=names, reason="0 < 1"),
    )
    P.mutant("feedback of the other output", {"P2": seen[2].equals(1)}, witness=[Q[1].equals(1), Q[2].equals(1)])
    P.mutant("an output without weights", {"W22": W[2, 2].equals(0)})
    return P
