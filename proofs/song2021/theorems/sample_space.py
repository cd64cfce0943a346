"""The linear network in sample space: its output from a few numbers and inner products at the start."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter
from fa_theory.symbolic.proof.notation import Expression, Formula, forall, size, total

from ...shared.one_step import INVERSE, ROOT

MUTANTS_OF_ALIGNMENT = ("the alignment without the feedback's own part",)
MUTANTS_OF_OUTPUT = ("b replaced by β in the first layer",)
MUTANTS_OF_LENGTH = ("the feedback against the features counted once",)


class SampleSpace:
    """A linear network in the form of `linear_closure` at one time, and inner products of its initial weights."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("n", "d", "p")
        self.i, self.j, self.m = P.indices("i j m", "n")
        self.k, self.r = P.index("k", "d"), P.index("r", "p")
        self.X, self.K, self.G = P.tensor("X", "n", "d"), *P.tensors("K G", "n", "n")
        self.W, self.W0 = P.tensors("W W0", "p", "d")
        self.Z, self.Z0 = P.tensors("Z Z0", "n", "p")
        self.beta, self.beta0, self.b = P.tensors("beta beta0 b", "p")
        self.s, self.v, self.f, self.f0, self.q = P.tensors("s v f f0 q", "n")
        self.alpha, self.a, self.B, self.N, self.r0 = P.scalars("alpha a B N r0")

    def form(self, sent: Expression | None = None) -> Formula:
        """The first layer has moved along ``sent``, by default the feedback."""
        i, k, r = self.i, self.k, self.r
        along = (self.b(r) if sent is None else sent) * total(i, self.s(i) * self.X(i, k))
        return forall(r, k, self.W(r, k).equals(self.W0(r, k) - ROOT * along))

    def assume_weights(self) -> None:
        P, i, r = self.P, self.i, self.r
        start = total(self.k, self.W0(r, self.k) * self.X(i, self.k))
        P.assume("FEATURES_0", forall(i, r, self.Z0(i, r).equals(start)), "features at the start, linear activation")
        now = self.alpha * self.beta0(r) - ROOT * total(i, start * self.v(i)) + self.a * self.b(r)
        P.assume("FORM_BETA", forall(r, self.beta(r).equals(now)), "form of the output weights")

    def assume_products(self, *names: str) -> None:
        """Definitions of the inner products at the start that are asked for."""
        P, i, j, r, Z0, b, beta0 = self.P, self.i, self.j, self.r, self.Z0, self.b, self.beta0
        gram = forall(i, j, self.G(i, j).equals(INVERSE * total(r, Z0(i, r) * Z0(j, r))))
        known = {
            "G": (gram, "Gram matrix of the features at the start"),
            "F0": (forall(i, self.f0(i).equals(ROOT * total(r, beta0(r) * Z0(i, r)))), "output at the start"),
            "Q": (forall(i, self.q(i).equals(ROOT * total(r, b(r) * Z0(i, r)))), "feedback against the features"),
            "B": (self.B.equals(INVERSE * total(r, b(r) ** 2)), "squared length of the feedback"),
            "N": (self.N.equals(INVERSE * total(r, beta0(r) ** 2)), "squared length of the initial output weights"),
            "R0": (self.r0.equals(ROOT * total(r, b(r) * beta0(r))), "feedback against the initial output weights"),
        }
        for name in names:
            P.assume(name, *known[name])

    def show_weights(self) -> Fact:
        """``β`` through the features at the start."""
        r, i = self.r, self.i
        through = ROOT * total(i, self.Z0(i, r) * self.v(i))
        return self.P.show(
            "output weights",
            forall(r, self.beta(r).equals(self.alpha * self.beta0(r) - through + self.a * self.b(r))),
            rewrite=["FORM_BETA", "FEATURES_0"],
            reason="form of the output weights, through the features at the start",
        )

    def aligned_now(self) -> Expression:
        through = ROOT * total(self.i, self.q(self.i) * self.v(self.i))
        return self.alpha * self.r0 - through + self.a * size("p", Fraction(1, 2)) * self.B


@cache
def alignment() -> ProofWriter:
    """Prove p^{-1/2} b·β = αr₀ − p^{-1/2} q·v + a√p B."""
    N = SampleSpace("The linear network in sample space: alignment")
    P, r = N.P, N.r
    N.assume_weights()
    N.assume_products("Q", "B", "R0")
    weights = N.show_weights()
    aligned = ROOT * total(r, N.b(r) * N.beta(r))
    P.conclude(
        P.show(
            "alignment",
            aligned.equals(N.aligned_now()),
            rewrite=[weights, "Q", "B", "R0"],
            reason="insert the output weights",
        )
    )
    P.mutant(
        "the alignment without the feedback's own part",
        {},
        conclusion=aligned.equals(N.aligned_now() - N.a * size("p", Fraction(1, 2)) * N.B),
    )
    return P


@cache
def output() -> ProofWriter:
    """Prove f = αf₀ − Gv + aq − p^{-1/2}ρKs, with ρ the alignment."""
    N = SampleSpace("The linear network in sample space: output")
    P, i, j, k, r = N.P, N.i, N.j, N.k, N.r
    N.assume_weights()
    P.assume("FORM_W", N.form(), "form of the first-layer weights")
    P.assume("INPUT_GRAM", forall(i, j, N.K(i, j).equals(total(k, N.X(i, k) * N.X(j, k)))), "Gram matrix of the inputs")
    P.assume("OUTPUT", forall(i, N.f(i).equals(ROOT * total(r, k, N.beta(r) * N.W(r, k) * N.X(i, k)))), "output")
    rho = P.scalar("rho")
    P.assume("ALIGNED", rho.equals(ROOT * total(r, N.b(r) * N.beta(r))), "alignment")
    N.assume_products("G", "F0", "Q")
    weights = N.show_weights()
    now = N.alpha * N.f0(i) - total(j, N.G(i, j) * N.v(j)) + N.a * N.q(i) - rho * ROOT * total(j, N.K(i, j) * N.s(j))
    features = P.show(
        "output through the features at the start",
        forall(i, N.f(i).equals(ROOT * total(r, N.beta(r) * N.Z0(i, r)) - rho * ROOT * total(j, N.K(i, j) * N.s(j)))),
        rewrite=["OUTPUT", "FORM_W", "FEATURES_0", "INPUT_GRAM", "ALIGNED"],
        reason="insert the form of the first layer",
    )
    P.conclude(
        P.show(
            "output",
            forall(i, N.f(i).equals(now)),
            features(i),
            rewrite=[weights, "G", "F0", "Q"],
            reason="insert the output weights",
        )
    )
    P.mutant("b replaced by β in the first layer", {"FORM_W": N.form(N.beta0(r))})
    return P


@cache
def length() -> ProofWriter:
    """Prove the squared length of β from the inner products."""
    N = SampleSpace("The linear network in sample space: length of the output weights")
    P, i, j, r = N.P, N.i, N.j, N.r
    N.assume_weights()
    N.assume_products("G", "F0", "Q", "B", "N", "R0")
    weights = N.show_weights()
    alpha, a, v, q = N.alpha, N.a, N.v, N.q
    once = a * INVERSE * total(i, q(i) * v(i))
    now = (
        alpha**2 * N.N
        + INVERSE * total(i, j, v(i) * N.G(i, j) * v(j))
        + a**2 * N.B
        - 2 * alpha * INVERSE * total(i, N.f0(i) * v(i))
        + 2 * alpha * a * ROOT * N.r0
        - 2 * once
    )
    square = INVERSE * total(r, N.beta(r) ** 2)
    P.conclude(
        P.show(
            "length",
            square.equals(now),
            rewrite=[weights, "G", "F0", "Q", "B", "N", "R0"],
            reason="insert the output weights and multiply out",
        )
    )
    P.mutant("the feedback against the features counted once", {}, conclusion=square.equals(now + once))
    return P
