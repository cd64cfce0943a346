"""S1: under the gradient flow of feedback alignment, ė = −(G + H) e, for any differentiable activation."""

from __future__ import annotations

from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter
from fa_theory.symbolic.proof.notation import Assertion, Expression, forall, total

from ...shared.flow import AlongFlow
from ...shared.one_step import INVERSE

MUTANTS = (
    "wrong sign of H",
    "error propagated through beta",
    "slope omitted in the chain rule",
    "one slope missing in H",
    "error summed over the wrong index",
    "width missing in G",
)
MUTANTS_OF_REGULARISED = ("pull of the targets dropped",)


class _ErrorFlow(AlongFlow):
    """The flow of the weights, with or without regularisation, and the two Gram matrices."""

    def __init__(self, title: str, *, regularised: bool) -> None:
        super().__init__(title)
        self.lam = self.P.scalar("lam") if regularised else None
        self.activation()
        self.error()
        self.flow_of_W()
        self.flow_of_beta(self.lam)
        self.gram()

    def moves(self, right: Expression) -> Assertion:
        return forall(self.t, self.i, self.of(self.e(self.s, self.i)).equals(right))

    def kernels(self, sign: int = 1) -> Expression:
        t, i, j = self.t, self.i, self.j
        both = self.G(t, i, j) + self.H(t, i, j) if sign > 0 else self.G(t, i, j) - self.H(t, i, j)
        return total(j, both * self.e(t, j))

    def conclude(self, right: Expression) -> ProofWriter:
        P, s, t, i = self.P, self.s, self.t, self.i
        rate = self.flow.rate(self.output(s) - self.y(i))
        smooth = self.smooth("e is differentiable", self.e(s, i), rate, "ERROR")
        derived = P.show(
            "the rate of e",
            self.of(self.e(s, i)).equals(rate.value),
            rate.equation,
            rewrite=["ERROR"],
            reason="product rule and chain rule",
        )
        output = [] if self.lam is None else [Fact("ERROR")(t, i) * self.lam]
        found = P.show(
            "the error along the flow",
            self.moves(right),
            derived,
            *output,
            rewrite=["velocity of W", "velocity of beta", "GRAM", "FEEDBACK_GRAM", "FEATURES", "SLOPES"],
            reason="substitute both flows; the double sum is the Gram matrix of the features, the triple sum that of "
            "the feedback",
        )
        defined = [smooth, *(Fact(f"{name} differentiable") for name in ("psi", "W", "beta"))]
        P.conclude(self.stated(found), defined=defined)
        return P


@cache
def proof() -> ProofWriter:
    """Prove ė = −(G + H)e without regularisation: the published statement."""
    N = _ErrorFlow("Gradient flow", regularised=False)
    t, i, j, r = N.t, N.i, N.j, N.r
    P = N.conclude(-N.kernels())
    P.mutant("wrong sign of H", {}, conclusion=N.moves(-N.kernels(-1)))
    P.mutant("error propagated through beta", {"FLOW_W": N.rate_of_W(N.beta(t, r))})
    P.mutant("slope omitted in the chain rule", {"SLOPES": N.slopes(N.psi(N.seen(t)))})
    P.mutant("one slope missing in H", {"FEEDBACK_GRAM": N.feedback_gram(1)})
    wrong = -total(j, (N.G(t, i, j) + N.H(t, i, j)) * N.e(t, i))
    P.mutant("error summed over the wrong index", {}, conclusion=N.moves(wrong))
    P.mutant("width missing in G", {"GRAM": N.features_gram(INVERSE * INVERSE)})
    return P


@cache
def regularised() -> ProofWriter:
    """Prove ė = −λ(e + y) − (G + H)e."""
    N = _ErrorFlow("Gradient flow with regularisation", regularised=True)
    lam = N.P.scalar("lam")
    P = N.conclude(-lam * (N.e(N.t, N.i) + N.y(N.i)) - N.kernels())
    P.mutant("pull of the targets dropped", {}, conclusion=N.moves(-lam * N.e(N.t, N.i) - N.kernels()))
    return P
