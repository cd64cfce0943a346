"""Proofs written for the kernel: one step of the error, the tube theorem, the time after the cutoff, random kernels."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

from fa_theory.checker.proof import Proof
from fa_theory.proofs.song2021.theorems import after_cutoff
from fa_theory.proofs.song2021.theorems import tube as tube_theorem
from fa_theory.symbolic.proof import Fact, ProofWriter, item
from fa_theory.symbolic.proof.notation import (
    Assertion,
    IndexName,
    forall,
    mean,
    size,
    total,
)
from fa_theory.symbolic.proof.writer import Multiple

HALF = Fraction(1, 2)
root = size("p", -HALF)


def _finished(P: ProofWriter, fact: Fact, **more: Any) -> tuple[dict[str, object], Proof]:
    proof = P.conclude(fact, **more)
    return P.document, proof


@cache
def linear() -> tuple[dict[str, object], Proof]:
    """S2: the error after one step of a linear network."""
    P = ProofWriter("error recursion")
    P.sorts("n", "d", "p")
    (i, j, l_), (k, h), (r,) = P.indices("i j l", "n"), P.indices("k h", "d"), P.indices("r", "p")
    X, G, H, K = P.tensor("X", "n", "d"), *P.tensors("G H K", "n", "n")
    y, e, e1 = P.tensors("y e e+", "n")
    W, W1 = P.tensors("W W+", "p", "d")
    beta, beta1, b = P.tensors("beta beta+ b", "p")
    eta, lam = P.scalars("eta lam")
    output = lambda beta, W: total(r, k, beta(r) * W(r, k) * X(i, k)) * root - y(i)  # noqa: E731
    P.assume("ERROR", forall(i, e(i).equals(output(beta, W))))
    P.assume("NEXT", forall(i, e1(i).equals(output(beta1, W1))))
    P.assume("STEP_W", forall(r, k, W1(r, k).equals(W(r, k) - eta * root * b(r) * total(j, X(j, k) * e(j)))))
    pull = total(j, k, W(r, k) * X(j, k) * e(j))
    P.assume("STEP_B", forall(r, beta1(r).equals((1 - eta * lam) * beta(r) - eta * root * pull)))
    gram = size("p", -1) * total(r, k, h, W(r, k) * X(i, k) * W(r, h) * X(j, h))
    P.assume("GRAM", forall(i, j, G(i, j).equals(gram)))
    P.assume("INPUT", forall(i, j, K(i, j).equals(total(k, X(i, k) * X(j, k)))))
    aligned = size("p", -1) * total(r, b(r) * beta(r))
    P.assume("FGRAM", forall(i, j, H(i, j).equals(aligned * K(i, j))))
    Ke, pulled = total(j, K(i, j) * e(j)), total(r, k, l_, b(r) * W(r, k) * X(l_, k) * e(l_))
    goal = e1(i).equals(
        (1 - eta * lam) * e(i)
        - eta * total(j, (G(i, j) + H(i, j)) * e(j))
        - eta * lam * y(i)
        + eta**2 * lam * aligned * Ke
        + eta**2 * size("p", Fraction(-3, 2)) * pulled * Ke
    )
    definitions = ["NEXT", "STEP_W", "STEP_B", "GRAM", "INPUT", "FGRAM"]
    fact = P.show(
        "S2",
        forall(i, goal),
        Fact("ERROR")(i) * (1 - eta * lam),
        rewrite=definitions,
        reason="insert the step; the old output is the error plus the target",
    )
    return _finished(P, fact)


@cache
def tube() -> tuple[dict[str, object], Proof]:
    """The tube theorem: decay, by one joint induction over four statements."""
    P = tube_theorem.proof()
    assert P.finished is not None
    return P.document, P.finished


def cutoff() -> tuple[dict[str, object], Proof]:
    """After the cutoff the length left decays, by a joint induction over seven statements."""
    P = after_cutoff.proof()
    assert P.finished is not None
    return P.document, P.finished


@cache
def random_gram(which: str) -> tuple[dict[str, object], Proof]:
    """Moments of the kernels of a random network: ``gram`` (variance of G), ``mean`` and ``second`` of H."""
    P = ProofWriter("random kernels")
    P.sorts("n", "p")
    (i, j), (r,) = P.indices("i j", "n"), P.indices("r", "p")
    Psi, D = P.tensors("Psi D", "n", "p")
    beta, b = P.tensors("beta b", "p")
    K, limit, fourth = P.tensors("K Gbar Fourth", "n", "n")
    V, L = P.scalars("V L")
    neuron = P.law("neuron", "iid", ["n", "p"], ["n", "p"], axis="p")
    normal = P.law("normal", "gauss", ["p"], ["p"])
    E = lambda x: mean(neuron, (Psi, D), x)  # noqa: E731
    Eb = lambda x: mean(normal, (beta, b), x)  # noqa: E731
    over_p = size("p", -1)
    one = lambda x: E(total(r, x)) * over_p  # noqa: E731
    P.assume("LIMIT", forall(i, j, limit(i, j).equals(one(Psi(i, r) * Psi(j, r)))))
    P.assume("VARIANCE", V.equals(total(i, j, one((Psi(i, r) * Psi(j, r) - limit(i, j)) ** 2))))
    P.assume("FOURTH", forall(i, j, fourth(i, j).equals(one(D(i, r) ** 2 * D(j, r) ** 2))))
    P.assume("BOUND", forall(i, j, fourth(i, j) <= L**4))
    G = over_p * total(r, Psi(i, r) * Psi(j, r))
    H = K(i, j) * over_p * total(r, beta(r) * b(r) * D(i, r) * D(j, r))
    goals: dict[str, tuple[Assertion, list[Fact | Multiple | str], list[str]]] = {
        "gram": (E(total(i, j, (G - limit(i, j)) ** 2)).equals(V * over_p), [], ["LIMIT", "VARIANCE"]),
        "mean": (forall(i, j, E(Eb(H)).equals(0)), [], []),
        "second": (
            E(Eb(total(i, j, H**2))) <= L**4 * over_p * total(i, j, K(i, j) ** 2),
            [item(Fact("BOUND")(i, j), over_p * K(i, j) ** 2, over=[i, j])],
            ["FOURTH"],
        ),
    }
    goal, facts, rules = goals[which]
    return _finished(P, P.show(which, goal, *facts, rewrite=rules))


def every() -> dict[str, tuple[dict[str, object], Proof]]:
    """All of them by name."""
    names = ("gram", "mean", "second")
    return {"linear": linear(), "tube": tube(), "cutoff": cutoff(), **{name: random_gram(name) for name in names}}


__all__ = ["IndexName", "cutoff", "every", "linear", "random_gram", "tube"]
