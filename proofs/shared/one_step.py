"""One step of regularised feedback alignment, as the hypotheses of a proof."""

from __future__ import annotations

from fractions import Fraction

from fa_theory.symbolic.proof import ProofWriter
from fa_theory.symbolic.proof.notation import forall, size, total

ROOT, INVERSE = size("p", Fraction(-1, 2)), size("p", -1)
"""``1/√p`` and ``1/p``."""


class OneStep:
    """The quantities of one step, and what a proof may assume of them.

    Names with a ``1`` are those after the step. Each method assumes one definition and is called where it is needed, so
    that a statement says no more than what was used.
    """

    def __init__(self, P: ProofWriter) -> None:
        self.P = P
        P.sorts("n", "d", "p")
        self.i, self.j, self.l = P.indices("i j l", "n")
        self.k, self.m = P.indices("k m", "d")
        self.r, self.u = P.indices("r u", "p")
        self.X, self.y = P.tensor("X", "n", "d"), P.tensor("y", "n")
        self.e, self.e1 = P.tensors("e e+", "n")
        self.W, self.W1 = P.tensors("W W+", "p", "d")
        self.beta, self.beta1, self.b = P.tensors("beta beta+ b", "p")
        self.Psi, self.Psi1, self.D = P.tensors("Psi Psi+ D", "n", "p")
        self.G, self.H, self.K = P.tensors("G H K", "n", "n")
        self.eta, self.lam = P.scalars("eta lam")

    def errors(self) -> None:
        i, r = self.i, self.r
        before = total(r, self.beta(r) * self.Psi(i, r)) * ROOT - self.y(i)
        after = total(r, self.beta1(r) * self.Psi1(i, r)) * ROOT - self.y(i)
        self.P.assume("ERROR", forall(i, self.e(i).equals(before)), "error before the step")
        self.P.assume("NEXT_ERROR", forall(i, self.e1(i).equals(after)), "error after the step")

    def step_of_beta(self) -> None:
        j, r = self.j, self.r
        moved = (1 - self.eta * self.lam) * self.beta(r) - self.eta * ROOT * total(j, self.Psi(j, r) * self.e(j))
        self.P.assume("STEP_BETA", forall(r, self.beta1(r).equals(moved)), "step of the output weights")

    def step_of_W(self) -> None:
        j, k, r = self.j, self.k, self.r
        pull = total(j, self.D(j, r) * self.X(j, k) * self.e(j))
        moved = self.W(r, k) - self.eta * ROOT * self.b(r) * pull
        self.P.assume("STEP_W", forall(r, k, self.W1(r, k).equals(moved)), "step of the first-layer weights")

    def linear(self) -> None:
        """The activation is the identity."""
        i, k, r = self.i, self.k, self.r
        features = forall(i, r, self.Psi(i, r).equals(total(k, self.W(r, k) * self.X(i, k))))
        after = forall(i, r, self.Psi1(i, r).equals(total(k, self.W1(r, k) * self.X(i, k))))
        self.P.assume("FEATURES", features, "features, linear activation")
        self.P.assume("NEXT_FEATURES", after, "features after the step, linear activation")
        self.P.assume("SLOPES", forall(i, r, self.D(i, r).equals(1)), "slopes, linear activation")

    def gram(self) -> None:
        i, j, r = self.i, self.j, self.r
        features = INVERSE * total(r, self.Psi(i, r) * self.Psi(j, r))
        self.P.assume("GRAM", forall(i, j, self.G(i, j).equals(features)), "Gram matrix of the features")

    def input_gram(self) -> None:
        i, j, k = self.i, self.j, self.k
        products = total(k, self.X(i, k) * self.X(j, k))
        self.P.assume("INPUT_GRAM", forall(i, j, self.K(i, j).equals(products)), "Gram matrix of the inputs")
