"""On isometric data, three numbers c, ν and w describe a linear network with an orthogonal start.

Orthogonal start: ``Z₀Z₀ᵀ = pI``, ``Z₀b = 0``, ``‖b‖² = p``, ``β₀ = 0``. Wide Gaussian networks satisfy this up to
p^{-1/2} and up to their initial output, which regularisation damps. The step size and regularisation may change with
time.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item
from fa_theory.symbolic.proof.notation import (
    Assertion,
    Expression,
    IndexName,
    delta,
    forall,
    inv,
    norm,
    size,
    sqrt,
    total,
)

from ...shared.one_step import INVERSE, ROOT

MUTANTS = ("the feedback is not orthogonal to the features", "half the gain in w", "c grows like 1/p")
MUTANTS_OF_ALIGNMENT = ("the feedback counted twice",)
MUTANTS_OF_LENGTH = ("norm without ν",)
WIDTH = size("p", 1)


class OrthogonalStart:
    """The run, the three numbers, and the joint induction for the form of the weights."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("n", "d", "p")
        self.i, self.j, self.m = P.indices("i j m", "n")
        self.k, self.r, self.t = P.index("k", "d"), P.index("r", "p"), P.index("t", "time")
        self.X, self.Z0 = P.tensor("X", "n", "d"), P.tensor("Z0", "n", "p")
        self.W, self.beta = P.tensor("W", "time", "p", "d"), P.tensor("beta", "time", "p")
        self.e, self.b = P.tensor("e", "time", "n"), P.tensor("b", "p")
        self.y, self.h = P.tensors("y h", "n")
        self.c, self.nu, self.w, self.eta, self.lam = P.tensors("c nu w eta lam", "time")
        self.Y = P.scalar("Y")
        self._assume_run()
        self._assume_start()
        self._assume_numbers()
        self.of_W, self.of_beta = self._show_weights()
        self.random = P.tensors("u v v'", "p")

    def length(self, t: IndexName) -> Expression:
        """``g = Y − ν − wc``, the length of the error."""
        return self.Y - self.nu(t) - self.w(t) * self.c(t)

    def _assume_run(self) -> None:
        P, i, j, k, r, t = self.P, self.i, self.j, self.k, self.r, self.t
        X, W, beta, e = self.X, self.W, self.beta, self.e
        output = ROOT * total(r, k, beta(t, r) * W(t, r, k) * X(i, k))
        P.assume("ERROR", forall(t, i, e(t, i).equals(output - self.y(i))), "error of the linear network")
        pull = self.eta(t) * ROOT * self.b(r) * total(j, X(j, k) * e(t, j))
        P.assume("STEP_W", forall(t, r, k, W(t + 1, r, k).equals(W(t, r, k) - pull)), "step of the first layer")
        moved = self.eta(t) * ROOT * total(j, k, W(t, r, k) * X(j, k) * e(t, j))
        decayed = (1 - self.eta(t) * self.lam(t)) * beta(t, r)
        P.assume("STEP_BETA", forall(t, r, beta(t + 1, r).equals(decayed - moved)), "step of the output weights")
        P.assume("ISOMETRIC", forall(i, j, total(k, X(i, k) * X(j, k)).equals(delta(i, j))), "isometric data")
        P.assume(
            "DIRECTION", forall(i, self.y(i).equals(self.Y * self.h(i))), "the targets have norm Y and direction h"
        )
        P.assume("UNIT", total(i, self.h(i) ** 2).equals(1), "h has length 1")

    def _assume_start(self) -> None:
        P, i, k, r, Z0, b = self.P, self.i, self.k, self.r, self.Z0, self.b
        features = total(k, self.W(0, r, k) * self.X(i, k))
        P.assume("FEATURES", forall(i, r, Z0(i, r).equals(features)), "features at the start")
        products = total(r, Z0(i, r) * Z0(self.j, r))
        orthogonal = forall(i, self.j, products.equals(WIDTH * delta(i, self.j)))
        P.assume("ORTHOGONAL", orthogonal, "orthogonal features at the start")
        P.assume("FEEDBACK", self.against_features(0), "the feedback weights are orthogonal to them")
        P.assume("LENGTH_B", total(r, b(r) ** 2).equals(WIDTH), "length of the feedback")
        P.assume("BETA0", forall(r, self.beta(0, r).equals(0)), "the output weights start at 0")

    def against_features(self, value: Expression | int) -> Assertion:
        i, r = self.i, self.r
        return forall(i, total(r, self.Z0(i, r) * self.b(r)).equals(value))

    def _assume_numbers(self) -> None:
        P, t = self.P, self.t
        for name, number in (("C0", self.c), ("NU0", self.nu), ("W0", self.w)):
            P.assume(name, number(0).equals(0), "start")
        P.assume("C+", self.next_c(ROOT), "recursion of c")
        kept = (1 - self.eta(t) * self.lam(t)) * self.nu(t)
        P.assume("NU+", forall(t, self.nu(t + 1).equals(kept + self.eta(t) * self.length(t))), "recursion of ν")
        P.assume("W+", self.next_w(1), "recursion of w")

    def next_c(self, rate: Expression) -> Assertion:
        t = self.t
        return forall(t, self.c(t + 1).equals(self.c(t) + self.eta(t) * rate * self.length(t)))

    def next_w(self, share: Fraction | int) -> Assertion:
        t = self.t
        gain = share * self.eta(t) * self.c(t) * self.length(t)
        return forall(t, self.w(t + 1).equals((1 - self.eta(t) * self.lam(t)) * self.w(t) + gain))

    def form_of_W(self, t: IndexName | int) -> Assertion:
        i, k, r = self.i, self.k, self.r
        along = self.c(t) * self.b(r) * total(i, self.h(i) * self.X(i, k))
        return forall(r, k, self.W(t, r, k).equals(self.W(0, r, k) + along))

    def form_of_beta(self, t: IndexName | int) -> Assertion:
        i, r = self.i, self.r
        now = self.nu(t) * total(i, self.Z0(i, r) * self.h(i)) + self.w(t) * self.b(r)
        return forall(r, self.beta(t, r).equals(ROOT * now))

    def show_error(self, forms: list[Fact], name: str) -> Fact:
        """``e = −gh`` from the form of the weights."""
        i, j, t, h, c = self.i, self.j, self.t, self.h, self.c
        isometric = Fact("ISOMETRIC")(j, i)
        return self.P.show(
            name,
            forall(i, self.e(t, i).equals(-self.length(t) * h(i))),
            item(Fact("ORTHOGONAL")(j, i), INVERSE * self.nu(t) * h(j), over=[j]),
            item(Fact("FEEDBACK")(j), INVERSE * self.nu(t) * c(t) * h(j) * self._through(i), over=[j]),
            Fact("FEEDBACK")(i) * (INVERSE * self.w(t)),
            Fact("LENGTH_B") * (INVERSE * self.w(t) * c(t) * self._through(i)),
            item(isometric, self.w(t) * c(t) * h(j), over=[j]),
            rewrite=["ERROR", *forms, "DIRECTION", "FEATURES"],
            reason="substitute the forms of the weights; the start is orthogonal and the data are isometric",
        )

    def _through(self, i: IndexName) -> Expression:
        """``h · XXᵀ`` at a sample."""
        return total(self.m, self.k, self.h(self.m) * self.X(self.m, self.k) * self.X(i, self.k))

    def _show_weights(self) -> tuple[Fact, Fact]:
        P, j, k, m, r, t, h = self.P, self.j, self.k, self.m, self.r, self.t, self.h
        now = [
            P.assume("W at t", self.form_of_W(t), "form at time t"),
            P.assume("β at t", self.form_of_beta(t), "form"),
        ]
        start = [
            P.show("W at 0", self.form_of_W(0), rewrite=["C0"], reason="c starts at 0"),
            P.show("β at 0", self.form_of_beta(0), rewrite=["NU0", "W0", "BETA0"], reason="all start at 0"),
        ]
        error = self.show_error(now, "error at t")
        onward_W = P.show(
            "W at t+1",
            self.form_of_W(t + 1),
            now[0](r, k),
            rewrite=["STEP_W", error, "C+"],
            reason="the error is parallel to h, so the step is parallel to b hᵀX",
        )
        through = self.eta(t) * ROOT * self.length(t) * self.c(t) * self.b(r)
        onward_beta = P.show(
            "β at t+1",
            self.form_of_beta(t + 1),
            now[1](r) * (1 - self.eta(t) * self.lam(t)),
            item(Fact("ISOMETRIC")(j, m), through * h(j) * h(m), over=[j, m]),
            Fact("UNIT") * through,
            rewrite=["STEP_BETA", error, now[0], "NU+", "W+", "FEATURES"],
            reason="substitute the error and the first layer; the data are isometric and h has length 1",
        )
        goals, onward = [self.form_of_W(t), self.form_of_beta(t)], [onward_W, onward_beta]
        return (
            P.induct("W at all times", t, goals, start, onward, 0, reason="both forms together, by induction over t"),
            P.induct("β at all times", t, goals, start, onward, 1, reason="both forms together, by induction over t"),
        )

    def at_t(self, fact: Fact, name: str, *indices: IndexName) -> Fact:
        """A form that holds at all times, at time t."""
        here = self.P.instance(f"{name} here and now", fact(self.t, *indices), reason="at time t")
        return self.P.generalise(f"{name} now", here, *indices, reason="at time t")

    def witness(self, along: int = 0) -> list[Assertion]:
        """One sample, two neurons: random weights, made orthogonal; ``along`` is the remaining Z₀b."""
        i, k, r = self.i, self.k, self.r
        u, v, direction = self.random
        overlap = total(r, u(r) * v(r)) * inv(total(r, u(r) ** 2))
        equal = size("d", Fraction(-1, 2))
        features = size("p", Fraction(1, 2)) * u(r) * inv(norm(r, u(r)))
        across = sqrt(WIDTH - INVERSE * along * along)
        return [
            forall(i, self.h(i).equals(size("n", Fraction(-1, 2)))),
            forall(i, k, self.X(i, k).equals(equal)),
            forall(r, k, self.W(0, r, k).equals(equal * features)),
            forall(r, direction(r).equals(v(r) - overlap * u(r))),
            forall(
                r, self.b(r).equals(INVERSE * along * features + across * direction(r) * inv(norm(r, direction(r))))
            ),
        ]


@cache
def proof() -> ProofWriter:
    """Prove e(t) = −g(t)h for all t."""
    N = OrthogonalStart("The orthogonal start: the error stays parallel to the targets")
    P, t = N.P, N.t
    forms = [N.at_t(N.of_W, "W", N.r, N.k), N.at_t(N.of_beta, "β", N.r)]
    error = N.show_error(forms, "error")
    P.conclude(P.generalise("error at all times", error, t, reason="at all times"), witness=N.witness())
    P.mutant(
        "the feedback is not orthogonal to the features",
        {"FEEDBACK": N.against_features(N.h(N.i))},
        witness=N.witness(1),
    )
    P.mutant("half the gain in w", {"W+": N.next_w(Fraction(1, 2))})
    P.mutant("c grows like 1/p", {"C+": N.next_c(INVERSE)})
    return P


@cache
def alignment() -> ProofWriter:
    """Prove b·β(t) = √p w(t) for all t."""
    N = OrthogonalStart("The orthogonal start: the alignment")
    P, i, r, t = N.P, N.i, N.r, N.t
    aligned = total(r, N.b(r) * N.beta(t, r))
    root = size("p", Fraction(1, 2))
    P.conclude(
        P.show(
            "alignment",
            forall(t, aligned.equals(root * N.w(t))),
            item(Fact("FEEDBACK")(i), ROOT * N.nu(t) * N.h(i), over=[i]),
            Fact("LENGTH_B") * (ROOT * N.w(t)),
            rewrite=[N.at_t(N.of_beta, "β", r)],
            reason="substitute the form of the output weights",
        ),
        witness=N.witness(),
    )
    P.mutant("the feedback counted twice", {}, conclusion=forall(t, aligned.equals(2 * root * N.w(t))))
    return P


@cache
def length() -> ProofWriter:
    """Prove ‖β(t)‖² = ν(t)² + w(t)² for all t."""
    N = OrthogonalStart("The orthogonal start: the length of the output weights")
    P, i, j, r, t = N.P, N.i, N.j, N.r, N.t
    square = total(r, N.beta(t, r) ** 2)
    P.conclude(
        P.show(
            "length",
            forall(t, square.equals(N.nu(t) ** 2 + N.w(t) ** 2)),
            item(Fact("ORTHOGONAL")(i, j), INVERSE * N.nu(t) ** 2 * N.h(i) * N.h(j), over=[i, j]),
            item(Fact("FEEDBACK")(i), 2 * INVERSE * N.nu(t) * N.w(t) * N.h(i), over=[i]),
            Fact("LENGTH_B") * (INVERSE * N.w(t) ** 2),
            Fact("UNIT") * N.nu(t) ** 2,
            rewrite=[N.at_t(N.of_beta, "β", r)],
            reason="substitute the form of the output weights; features and feedback are orthogonal",
        ),
        witness=N.witness(),
    )
    P.mutant("norm without ν", {}, conclusion=forall(t, square.equals(N.w(t) ** 2)))
    return P
