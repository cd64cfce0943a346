"""Proofs written for the kernel: one step of the error, the tube theorem, the time after the cutoff, random kernels."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

from fa_theory.checker.proof import Proof
from fa_theory.proofs.song2021.theorems import tube as tube_theorem
from fa_theory.symbolic.proof import Fact, ProofWriter, item, library
from fa_theory.symbolic.proof.notation import (
    Assertion,
    IndexName,
    at_least_0,
    forall,
    given,
    mean,
    of,
    size,
    total,
)
from fa_theory.symbolic.proof.writer import TIME, Multiple

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


@cache
def cutoff() -> tuple[dict[str, object], Proof]:
    """After the cutoff the length left decays, by a joint induction over six statements."""
    P = ProofWriter("after the cutoff")
    P.sorts("p")
    (t,) = P.indices("t", TIME)
    c, nu, w, g = P.tensors("c nu w g", TIME)
    eta, Y = P.scalars("eta Y")
    t1, C = t + 1, c(0) + g(0) * root
    P.assume("LENGTH", forall(t, g(t).equals(Y - nu(t) - c(t) * w(t))))
    P.assume("C+", forall(t, c(t1).equals(c(t) + eta * root * g(t))))
    P.assume("NU+", forall(t, nu(t1).equals(nu(t) + eta * g(t))))
    P.assume("W+", forall(t, w(t1).equals(w(t) + eta * c(t) * g(t))))
    P.assume("ETA", at_least_0(eta))
    P.assume("STABLE", eta * (1 + C**2 + C * Y * root) <= 1)
    goals = {
        **{name: at_least_0(f(t)) for name, f in (("c", c), ("nu", nu), ("w", w), ("g", g))},
        "along": w(t) <= c(t) * nu(t),
        "C": c(t) + g(t) * root <= C,
    }
    start = [P.assume(f"{name}0", at_least_0(f(0))) for name, f in (("c", c), ("nu", nu), ("w", w), ("g", g))]
    start += [P.assume("along0", w(0) <= c(0) * nu(0)), P.show("C0", c(0) + g(0) * root <= C)]
    now = {name: P.assume(f"now {name}", f) for name, f in goals.items()}
    c_low = P.show("c ≤ C", c(t) <= C, now["C"], P.sign(g(t) * root))
    C_sign = P.show("C ≥ 0", at_least_0(C), c_low, now["c"])
    P.show("Y ≥ 0", at_least_0(Y), now["g"], now["nu"], P.sign(c(t) * w(t)), rewrite=["LENGTH"])
    P.show("C² + CY/√p", at_least_0(C**2 + C * Y * root), item(C_sign, C, sign=C_sign), item("Y ≥ 0", C * root))
    eta_1 = P.show("eta ≤ 1", eta <= 1, "STABLE", item("C² + CY/√p", eta))
    nu_1 = P.show("nu+ ≤ Y", nu(t) + eta * g(t) <= Y, item(eta_1, g(t)), P.sign(c(t) * w(t)), rewrite=["LENGTH"])
    W1 = w(t) + eta * c(t) * g(t)
    rate = 1 - eta * (1 + c(t) ** 2 + W1 * root)
    rate_sign = P.show(
        "rate ≥ 0",
        at_least_0(rate),
        *("STABLE", c_low * (eta * C), c_low * (eta * c(t)), c_low * (eta * root * Y)),
        *(nu_1 * (eta * c(t) * root), now["along"] * (eta * root)),
    )
    length = Fact("LENGTH")
    equal = P.show("g+", g(t1).equals(rate * g(t)), length(t1), length(t), rewrite=["C+", "NU+", "W+"])
    signs = P.sign(eta * W1 * root * g(t)), P.sign(eta * c(t) * c(t) * g(t))
    falls = P.show("g+ ≤ (1-eta) g", g(t1) <= (1 - eta) * g(t), equal, *signs)
    onward = [
        P.show("next c", at_least_0(c(t1)), now["c"], P.sign(eta * root * g(t)), rewrite=["C+"]),
        P.show("next nu", at_least_0(nu(t1)), now["nu"], P.sign(eta * g(t)), rewrite=["NU+"]),
        P.show("next w", at_least_0(w(t1)), P.sign(W1), rewrite=["W+"]),
        P.show("next g", at_least_0(g(t1)), item(rate_sign, g(t)), equal),
        P.show(
            "next along",
            w(t1) <= c(t1) * nu(t1),
            *(now["along"], P.sign(eta * root * g(t) * (nu(t) + eta * g(t)))),
            rewrite=["C+", "NU+", "W+"],
        ),
        P.show("next C", c(t1) + g(t1) * root <= C, now["C"], falls * root, rewrite=["C+"]),
    ]
    every = [
        P.induct(f"all {name}", t, list(goals.values()), start, onward, which=n)(t) for n, name in enumerate(goals)
    ]
    said = list(goals.values())
    step = P.show("falls if", given(*said, g(t1) <= (1 - eta) * g(t)), falls)
    small = P.show("small if", given(*said, eta <= 1), eta_1)
    P.show("1-eta ≥ 0", at_least_0(1 - eta), small(given=every))
    fall = P.generalise("falls", P.instance("falls at t", step(given=every)), t)
    decay = P.use(library.geometric())(
        of(t, g(t)), 1 - eta, g(0), t, given=[P.show("start", g(0) <= g(0)), fall, "1-eta ≥ 0"]
    )
    return _finished(P, P.show("decay", forall(t, g(t) <= (1 - eta) ** t * g(0)), decay))


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
