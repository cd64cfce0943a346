"""S3: 2n + 2 numbers s, v, α, a describe the trajectory of a linear network, at any width.

The literature's r(t), the factor of β(0) in β(t), is called α here, since r counts neurons. The error may be any vector
at every step, and the step size and regularisation may change with time.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter
from fa_theory.symbolic.proof.notation import Assertion, Expression, IndexName, forall, size, total

from ...shared.one_step import INVERSE, ROOT

MUTANTS = (
    "wrong sign in the recursion of a",
    "p replaced by its root in the recursion of a",
    "v decays like s",
    "s decays like v",
    "b replaced by β in the step",
    "α starts at 0",
)
MUTANTS_OF_W = ("s decays like v in the first layer", "b replaced by β in the first layer")


class LinearRun:
    """The steps of a linear network and the 2n + 2 numbers."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("n", "d", "p")
        self.i, self.j = P.indices("i j", "n")
        self.k, self.h = P.indices("k h", "d")
        self.r, self.t = P.index("r", "p"), P.index("t", "time")
        self.X, self.b = P.tensor("X", "n", "d"), P.tensor("b", "p")
        self.W, self.beta = P.tensor("W", "time", "p", "d"), P.tensor("beta", "time", "p")
        self.e, self.s, self.v = P.tensors("e s v", "time", "n")
        self.alpha, self.a, self.eta, self.lam = P.tensors("alpha a eta lam", "time")
        self.K = P.tensor("K", "n", "n")

    def keep(self) -> Expression:
        return 1 - self.eta(self.t) * self.lam(self.t)

    def next_W(self, sent: Expression) -> Assertion:
        """The step of the first layer, with ``sent`` in place of the feedback weights."""
        t, r, k, j = self.t, self.r, self.k, self.j
        moved = self.eta(t) * ROOT * sent * total(j, self.X(j, k) * self.e(t, j))
        return forall(t, r, k, self.W(t + 1, r, k).equals(self.W(t, r, k) - moved))

    def next_s(self, decay: Expression | int) -> Assertion:
        t, i = self.t, self.i
        return forall(t, i, self.s(t + 1, i).equals(decay * self.s(t, i) + self.eta(t) * self.e(t, i)))

    def assume_first_layer(self) -> None:
        P, i = self.P, self.i
        P.assume("STEP_W", self.next_W(self.b(self.r)), "step of the first-layer weights")
        P.assume("S0", forall(i, self.s(0, i).equals(0)), "start of s")
        P.assume("S+", self.next_s(1), "recursion of s")

    def form_of_W(self, t: IndexName | int) -> Assertion:
        i, k, r = self.i, self.k, self.r
        along = ROOT * self.b(r) * total(i, self.s(t, i) * self.X(i, k))
        return forall(r, k, self.W(t, r, k).equals(self.W(0, r, k) - along))

    def show_form_of_W(self) -> Fact:
        P, t = self.P, self.t
        before = P.assume("W at t", self.form_of_W(t), "form of the first layer at time t")
        start = P.show("W at 0", self.form_of_W(0), rewrite=["S0"], reason="empty sum")
        onward = P.show(
            "W at t+1",
            self.form_of_W(t + 1),
            before(self.r, self.k),
            rewrite=["STEP_W", "S+"],
            reason="substitute the form at time t; the step is also along the feedback weights",
        )
        return P.induct("W at all times", t, [self.form_of_W(t)], [start], [onward], reason="induction over t")


@cache
def first_layer() -> ProofWriter:
    """Prove W(t) = W(0) − p^{-1/2} b s(t)ᵀX for all t."""
    N = LinearRun("Linear closure: the first layer")
    N.assume_first_layer()
    N.P.conclude(N.show_form_of_W())
    keep = N.keep()
    N.P.mutant("s decays like v in the first layer", {"S+": N.next_s(keep)})
    N.P.mutant("b replaced by β in the first layer", {"STEP_W": N.next_W(N.beta(N.t, N.r))})
    return N.P


@cache
def proof() -> ProofWriter:
    """Prove β(t) = α(t)β(0) − p^{-1/2} W(0)Xᵀv(t) + a(t)b for all t."""
    N = LinearRun("Linear closure: the output weights")
    P, i, j, k, r, t = N.P, N.i, N.j, N.k, N.r, N.t
    X, b, W, beta, e, s, v, alpha, a, eta, K = N.X, N.b, N.W, N.beta, N.e, N.s, N.v, N.alpha, N.a, N.eta, N.K
    keep = N.keep()
    N.assume_first_layer()
    moved = eta(t) * ROOT * total(j, k, W(t, r, k) * X(j, k) * e(t, j))
    P.assume("STEP_BETA", forall(t, r, beta(t + 1, r).equals(keep * beta(t, r) - moved)), "step of the output weights")
    P.assume("INPUT_GRAM", forall(i, j, K(i, j).equals(total(k, X(i, k) * X(j, k)))), "Gram matrix of the inputs")
    P.assume("V0", forall(i, v(0, i).equals(0)), "start of v")
    P.assume("ALPHA0", alpha(0).equals(1), "start of α")
    P.assume("A0", a(0).equals(0), "start of a")

    def next_v(decay: Expression | int) -> Assertion:
        return forall(t, i, v(t + 1, i).equals(decay * v(t, i) + eta(t) * e(t, i)))

    def next_a(share: Expression) -> Assertion:
        return forall(t, a(t + 1).equals(keep * a(t) + eta(t) * share * total(i, j, s(t, i) * K(i, j) * e(t, j))))

    P.assume("V+", next_v(keep), "recursion of v")
    P.assume("ALPHA+", forall(t, alpha(t + 1).equals(keep * alpha(t))), "recursion of α")
    P.assume("A+", next_a(INVERSE), "recursion of a")

    def form(at: IndexName | int) -> Assertion:
        through = ROOT * total(k, i, W(0, r, k) * X(i, k) * v(at, i))
        return forall(r, beta(at, r).equals(alpha(at) * beta(0, r) - through + a(at) * b(r)))

    of_W = N.show_form_of_W()
    now = P.generalise("W now", P.instance("W at t, r, k", of_W(t, r, k)), r, k)
    before = P.assume("β at t", form(t), "form of the output weights at time t")
    start = P.show("β at 0", form(0), rewrite=["V0", "ALPHA0", "A0"], reason="only the first term remains")
    onward = P.show(
        "β at t+1",
        form(t + 1),
        before(r) * keep,
        rewrite=["STEP_BETA", now, "ALPHA+", "V+", "A+", "INPUT_GRAM"],
        reason="substitute the forms at time t and collect terms by direction",
    )
    P.conclude(P.induct("β at all times", t, [form(t)], [start], [onward], reason="induction over t"))
    P.mutant("wrong sign in the recursion of a", {"A+": next_a(-INVERSE)})
    P.mutant("p replaced by its root in the recursion of a", {"A+": next_a(size("p", Fraction(-1, 2)))})
    P.mutant("v decays like s", {"V+": next_v(1)})
    P.mutant("s decays like v", {"S+": N.next_s(keep)})
    P.mutant("b replaced by β in the step", {"STEP_W": N.next_W(beta(t, r))})
    P.mutant("α starts at 0", {"ALPHA0": alpha(0).equals(0)})
    return P
