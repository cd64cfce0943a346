"""The eight random events of the explicit theorem fail with probability at most δ together.

Probabilities are numbers here, one for each event: that an event fails although those it needs hold. What is cited is a
hypothesis with its source, so it is listed wherever this proof is used. The cited theorems are not proved, and neither
is the union bound: the proof adds up.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import ProofWriter

CITED = (
    ("GRAM LOW", "matrix Chernoff bound (Tropp 2012, Theorem 1.1) from below: λ_min(G) ≥ (1 − θ)γ fails"),
    ("GRAM HIGH", "matrix Chernoff bound (Tropp 2012, Theorem 1.1) from above: λ_max(G) ≤ g fails"),
    ("TRACE", "Hoeffding's inequality for numbers in [0, nB²]: the bound of tr G fails"),
    (
        "ERROR",
        "Gaussian concentration in β: ‖e(0)‖ ≤ E₀ fails, though GRAM HIGH and TRACE hold",
    ),
    ("FEEDBACK", "tail of χ² (Laurent and Massart 2000): ‖b‖² ≤ p b̂² fails"),
    ("KERNEL", "Gaussian series of matrices (Tropp 2012, Theorem 4.1): ‖H(0)‖ ≤ h fails, though FEEDBACK holds"),
    ("LARGEST", "P(|b_r| ≥ c) ≤ exp(−c²/2) for p numbers: the bound of max b_r² fails"),
    (
        "MEAN",
        "Gaussian concentration in β: the bound m fails, though FEEDBACK and LARGEST hold",
    ),
)
"""What is cited: for each event, that its failure has at most the probability δ/8."""
MUTANTS = ("twice the probability", "a ninth event", "half the failures")


@cache
def proof() -> ProofWriter:
    """``1 − δ ≤ 1 − P(some event fails)``; δ is called risk, as the kernel has the name delta for δ_ij."""
    P = ProofWriter("the union bound")
    risk, fails = P.scalars("risk fails")
    each = [P.scalar(f"q{k}") for k in range(1, len(CITED) + 1)]
    share = Fraction(1, len(CITED)) * risk
    every = sum(each[1:], each[0])
    P.assume("SOME", fails <= every, "union bound: some event fails with at most the sum of the probabilities")
    for (name, words), q in zip(CITED, each, strict=True):
        P.assume(name, q <= share, f"{words}, with probability at most 1/8 of the risk")
    names = [name for name, _ in CITED]
    done = P.show("all events", 1 - risk <= 1 - fails, "SOME", *names, reason="eight times 1/8 of the risk")
    least = [risk.equals(Fraction(1, 2)), fails.equals(every), *(q.equals(share) for q in each)]
    P.conclude(done, witness=least)
    more = [*least[:4], each[2].equals(2 * share), *least[5:]]
    P.mutant("twice the probability", {"TRACE": each[2] <= 2 * share}, witness=more)
    P.mutant("a ninth event", {"SOME": fails <= every + share}, witness=[least[0], fails.equals(9 * share), *least[2:]])
    P.mutant("half the failures", {}, conclusion=1 - Fraction(1, 2) * risk <= 1 - fails, witness=least)
    return P


__all__ = ["CITED", "MUTANTS", "proof"]
