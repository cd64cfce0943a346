"""A network from step to step without regularisation, as the hypotheses of a proof."""

from __future__ import annotations

from fractions import Fraction

from fa_theory.symbolic.proof import ProofWriter
from fa_theory.symbolic.proof.notation import Assertion, Expression, IndexName, forall, total

from ...shared.one_step import ROOT

HALF = Fraction(1, 2)


class UnregularisedRun:
    """The weights at all times. Each method assumes one definition and is called where it is needed."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("n", "d", "p")
        self.i, self.j = P.indices("i j", "n")
        self.k, self.r, self.t = P.index("k", "d"), P.index("r", "p"), P.index("t", "time")
        self.X, self.b = P.tensor("X", "n", "d"), P.tensor("b", "p")
        self.W, self.beta = P.tensor("W", "time", "p", "d"), P.tensor("beta", "time", "p")
        self.e, self.eta = P.tensor("e", "time", "n"), P.scalar("eta")

    def slopes(self) -> None:
        """The activation is 1-homogeneous: a feature is slope times pre-activation."""
        P, t, i, k, r = self.P, self.t, self.i, self.k, self.r
        self.Psi, self.D = P.tensors("Psi D", "time", "n", "p")
        along = self.D(t, i, r) * total(k, self.W(t, r, k) * self.X(i, k))
        P.assume("HOMOGENEOUS", forall(t, i, r, self.Psi(t, i, r).equals(along)), "1-homogeneous activation")

    def next_W(self, sent: Expression) -> Assertion:
        """The step of the first layer with these slopes and ``sent`` in place of the feedback weights."""
        t, j, k, r = self.t, self.j, self.k, self.r
        pull = self.X(j, k) * self.e(t, j)
        moved = self.eta * ROOT * sent * total(j, self.D(t, j, r) * pull if hasattr(self, "D") else pull)
        return forall(t, r, k, self.W(t + 1, r, k).equals(self.W(t, r, k) - moved))

    def steps(self) -> None:
        """Steps of feedback alignment; the slopes are 1 unless `slopes` was called before."""
        P, t, j, k, r = self.P, self.t, self.j, self.k, self.r
        if hasattr(self, "Psi"):
            seen = total(j, self.Psi(t, j, r) * self.e(t, j))
        else:
            seen = total(j, k, self.W(t, r, k) * self.X(j, k) * self.e(t, j))
        moved = self.beta(t, r) - self.eta * ROOT * seen
        P.assume("STEP_W", self.next_W(self.b(r)), "step of the first-layer weights")
        P.assume("STEP_BETA", forall(t, r, self.beta(t + 1, r).equals(moved)), "step of the output weights")

    def bracket(self, at: IndexName | int, share: Fraction = HALF) -> Expression:
        """``b_rβ_r − ½‖w_r‖²`` at a time."""
        k, r = self.k, self.r
        return self.b(r) * self.beta(at, r) - share * total(k, self.W(at, r, k) ** 2)

    def move(self) -> Expression:
        """``‖w_r(t+1) − w_r(t)‖²``."""
        t, k, r = self.t, self.k, self.r
        return total(k, (self.W(t + 1, r, k) - self.W(t, r, k)) ** 2)
