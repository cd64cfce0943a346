"""S2: the exact step of a linear network, in compact form and sorted by powers of the step size."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter
from fa_theory.symbolic.proof.notation import Assertion, Expression, Value, forall, size, total

from ...shared.one_step import INVERSE, ROOT, OneStep

MUTANTS = (
    "p^{3/2} written as p",
    "second-order term with the wrong sign",
    "pull of the targets dropped",
    "b replaced by β in the step",
    "no decay in the step of β",
)
MUTANTS_OF_COMPACT = ("alignment before the step in the compact form",)


class LinearStep(OneStep):
    """One step of a network whose activation is the identity."""

    def __init__(self, title: str) -> None:
        super().__init__(ProofWriter(title))
        self.errors()
        self.step_of_beta()
        self.step_of_W()
        self.linear()
        self.gram()
        self.input_gram()
        i, j = self.i, self.j
        self.Ke = total(j, self.K(i, j) * self.e(j))
        self.keep = 1 - self.eta * self.lam

    def compact(self, beta: object) -> Assertion:
        """The step in compact form, with the alignment of ``beta``."""
        i, j, r = self.i, self.j, self.r
        aligned = total(r, self.b(r) * beta(r))  # type: ignore[operator]
        kernel = total(j, self.G(i, j) * self.e(j)) + INVERSE * aligned * self.Ke
        right = self.keep * self.e(i) - self.eta * self.lam * self.y(i) - self.eta * kernel
        return forall(i, self.e1(i).equals(right))

    def show_compact(self) -> Fact:
        return self.P.show(
            "compact form",
            self.compact(self.beta1),
            Fact("ERROR")(self.i) * self.keep,
            rewrite=["NEXT_ERROR", "NEXT_FEATURES", "STEP_W", "STEP_BETA", "SLOPES", "FEATURES", "GRAM", "INPUT_GRAM"],
            reason="substitute both steps; the double sums are the Gram matrices of the features and of the inputs; "
            "the output before the step is the error plus the target",
        )


@cache
def compact() -> ProofWriter:
    """Prove e⁺ = (1−ηλ)e − ηλy − η[G + p⁻¹(b·β⁺)K]e."""
    N = LinearStep("Linear network, one step: compact form")
    N.P.conclude(N.show_compact())
    N.P.mutant("alignment before the step in the compact form", {}, conclusion=N.compact(N.beta))
    return N.P


@cache
def proof() -> ProofWriter:
    """Prove the published form, sorted by powers of the step size."""
    N = LinearStep("Linear network, one step")
    P, i, j, k, m, r = N.P, N.i, N.j, N.k, N.l, N.r
    e, y, b, beta, eta, lam = N.e, N.y, N.b, N.beta, N.eta, N.lam
    aligned = total(r, b(r) * beta(r))
    P.assume("FEEDBACK_GRAM", forall(i, j, N.H(i, j).equals(INVERSE * aligned * N.K(i, j))), "feedback Gram matrix")
    pulled = total(r, k, m, b(r) * N.W(r, k) * N.X(m, k) * e(m))

    def sorted_by_powers(pull: Value, second: Expression) -> Assertion:
        first = N.keep * e(i) - eta * total(j, (N.G(i, j) + N.H(i, j)) * e(j)) - pull * y(i)
        return forall(i, N.e1(i).equals(first + eta**2 * lam * INVERSE * aligned * N.Ke + second))

    second = eta**2 * size("p", Fraction(-3, 2)) * pulled * N.Ke
    compact = N.show_compact()
    P.conclude(
        P.show(
            "sorted by powers of the step size",
            sorted_by_powers(eta * lam, second),
            compact(i),
            rewrite=["STEP_BETA", "FEATURES", "FEEDBACK_GRAM"],
            reason="substitute the step of the output weights into the alignment, expand, and identify the feedback "
            "Gram matrix",
        )
    )
    P.mutant("p^{3/2} written as p", {}, conclusion=sorted_by_powers(eta * lam, eta**2 * INVERSE * pulled * N.Ke))
    P.mutant("second-order term with the wrong sign", {}, conclusion=sorted_by_powers(eta * lam, -second))
    P.mutant("pull of the targets dropped", {}, conclusion=sorted_by_powers(0, second))
    pull = eta * ROOT * total(j, N.D(j, r) * N.X(j, k) * e(j))
    P.mutant("b replaced by β in the step", {"STEP_W": forall(r, k, N.W1(r, k).equals(N.W(r, k) - beta(r) * pull))})
    forgotten = beta(r) - eta * ROOT * total(j, N.Psi(j, r) * e(j))
    P.mutant("no decay in the step of β", {"STEP_BETA": forall(r, N.beta1(r).equals(forgotten))})
    return P
