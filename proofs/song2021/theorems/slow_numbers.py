"""The recursion of c, ν, w and g from an orthogonal start, as the hypotheses of a proof."""

from __future__ import annotations

from fa_theory.symbolic.proof import Fact, ProofWriter
from fa_theory.symbolic.proof.notation import Assertion, Expression, at_least_0, forall

from ...shared.one_step import ROOT


class SlowNumbers:
    """The recursion with constant step size, and without regularisation unless `kept` says otherwise."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("p")
        self.t = P.index("t", "time")
        self.c, self.nu, self.w, self.g = P.tensors("c nu w g", "time")
        self.eta, self.lam, self.Y = P.scalars("eta lam Y")
        t = self.t
        self.move = self.eta * ROOT * self.g(t)
        P.assume("ETA", at_least_0(self.eta), "step size")
        P.assume("LAMBDA", at_least_0(self.lam), "regularisation")
        length = self.Y - self.nu(t) - self.w(t) * self.c(t)
        P.assume("LENGTH", forall(t, self.g(t).equals(length)), "length of the error")
        P.assume("C+", self.next_c(ROOT), "recursion of c")
        fast = forall(t, self.nu(t + 1).equals(self.kept(self.nu(t)) + self.eta * self.g(t)))
        P.assume("NU+", fast, "recursion of ν")
        P.assume("W+", self.next_w(self.kept(self.w(t)), self.c(t)), "recursion of w")

    def kept(self, weight: Expression) -> Expression:
        """A weight after the decay by regularisation in one step."""
        return weight

    def sign(self, x: Expression) -> Fact:
        """The fact that a term is non-negative."""
        known = self.P.sign(x)
        if known is None:
            raise ValueError(f"the sign of {x.json} is not known")
        return known

    def next_c(self, rate: Expression) -> Assertion:
        t = self.t
        return forall(t, self.c(t + 1).equals(self.c(t) + self.eta * rate * self.g(t)))

    def next_w(self, left: Expression, share: Expression | int) -> Assertion:
        t = self.t
        return forall(t, self.w(t + 1).equals(left + self.eta * share * self.g(t)))
