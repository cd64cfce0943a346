"""Feedback alignment in continuous time, as the hypotheses of a proof."""

from __future__ import annotations

from fractions import Fraction

from fa_theory.symbolic.proof import Fact, ProofWriter
from fa_theory.symbolic.proof.flow import Flow, Rate
from fa_theory.symbolic.proof.notation import Assertion, Expression, IndexName, Value, d, differentiable, forall, total

from .one_step import INVERSE, ROOT

REAL = "real"
HALF = Fraction(1, 2)


class AlongFlow:
    """The quantities of a flow, and what a proof may assume of them.

    ``psi`` is any differentiable activation with slope ``dpsi``. Each method assumes one definition and is called where
    it is needed, so that a statement says no more than what was used.
    """

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("n", "d", "p")
        self.i, self.j = P.indices("i j", "n")
        self.k, self.m, self.r = *P.indices("k m", "d"), P.index("r", "p")
        self.X, self.y, self.b = P.tensor("X", "n", "d"), P.tensor("y", "n"), P.tensor("b", "p")
        self.W, self.W_rate = P.tensors("W W.", REAL, "p", "d")
        self.beta, self.beta_rate = P.tensors("beta beta.", REAL, "p")
        self.e = P.tensor("e", REAL, "n")
        self.Psi, self.D = P.tensors("Psi D", REAL, "n", "p")
        self.G, self.H = P.tensors("G H", REAL, "n", "n")
        self.K = P.tensor("K", "n", "n")
        self.flow = Flow(P, "s", "t")
        self.s, self.t = self.flow.s, self.flow.t
        self.flow.moves(self.W, self.W_rate)
        self.flow.moves(self.beta, self.beta_rate)

    def seen(self, t: IndexName) -> Expression:
        """Pre-activation of neuron r for sample i."""
        return total(self.k, self.W(t, self.r, self.k) * self.X(self.i, self.k))

    def activation(self) -> None:
        """Features and slopes of an activation, which may be any differentiable function."""
        P, t, i, r = self.P, self.t, self.i, self.r
        self.psi, self.dpsi = P.function("psi"), P.function("dpsi")
        self.flow.chain("psi", "dpsi")
        P.assume("FEATURES", forall(t, i, r, self.Psi(t, i, r).equals(self.psi(self.seen(t)))), "features")
        P.assume("SLOPES", self.slopes(self.dpsi(self.seen(t))), "slopes")

    def features_move(self) -> None:
        """The chain rule for the features: their rate is the slope times the rate of the pre-activation."""
        P, t, i, r = self.P, self.t, self.i, self.r
        self.Psi_rate = P.tensor("Psi.", REAL, "n", "p")
        self.flow.moves(self.Psi, self.Psi_rate)
        along = self.flow.rate(self.seen(self.s))
        curve = self.D(t, i, r) * self.of(self.seen(self.s))
        chain = P.assume("CHAIN", forall(t, i, r, self.of(self.Psi(self.s, i, r)).equals(curve)), "chain rule")
        self.seen_moves = P.generalise("pre-activations are differentiable", along.smooth, t, i, r)
        P.show(
            "velocity of Psi",
            forall(t, i, r, self.Psi_rate(t, i, r).equals(self.D(t, i, r) * along.value)),
            *(Fact("Psi rate")(t, i, r), chain(t, i, r), along.equation * self.D(t, i, r)),
        )

    def slopes(self, value: Value) -> Assertion:
        t, i, r = self.t, self.i, self.r
        return forall(t, i, r, self.D(t, i, r).equals(value))

    def output(self, t: IndexName) -> Expression:
        return total(self.r, self.beta(t, self.r) * self.psi(self.seen(t))) * ROOT

    def error(self) -> None:
        t, i = self.t, self.i
        self.P.assume("ERROR", forall(t, i, self.e(t, i).equals(self.output(t) - self.y(i))), "error")

    def rate_of_W(self, sent: Expression) -> Assertion:
        """The flow of the first layer, with ``sent`` in place of the feedback weights."""
        t, k, r = self.t, self.k, self.r
        return forall(t, r, k, self.of(self.W(self.s, r, k)).equals(self.pulled(sent)))

    def pulled(self, sent: Expression) -> Expression:
        t, j = self.t, self.j
        return -ROOT * sent * total(j, self.D(t, j, self.r) * self.X(j, self.k) * self.e(t, j))

    def flow_of_W(self) -> None:
        P, t, k, r = self.P, self.t, self.k, self.r
        flow = P.assume("FLOW_W", self.rate_of_W(self.b(r)), "flow of the first-layer weights")
        named = forall(t, r, k, self.W_rate(t, r, k).equals(self.pulled(self.b(r))))
        P.show("velocity of W", named, Fact("W rate")(t, r, k), flow(t, r, k))

    def flow_of_beta(self, lam: Expression | None = None) -> None:
        P, t, j, r = self.P, self.t, self.j, self.r
        pull = -ROOT * total(j, self.Psi(t, j, r) * self.e(t, j))
        moved = pull if lam is None else -lam * self.beta(t, r) + pull
        flow = P.assume(
            "FLOW_BETA", forall(t, r, self.of(self.beta(self.s, r)).equals(moved)), "flow of the output weights"
        )
        named = forall(t, r, self.beta_rate(t, r).equals(moved))
        P.show("velocity of beta", named, Fact("beta rate")(t, r), flow(t, r))

    def features_gram(self, share: Expression = INVERSE) -> Assertion:
        t, i, j, r = self.t, self.i, self.j, self.r
        return forall(t, i, j, self.G(t, i, j).equals(share * total(r, self.Psi(t, i, r) * self.Psi(t, j, r))))

    def feedback_gram(self, slope: Value) -> Assertion:
        """Feedback-alignment Gram matrix with this second slope."""
        t, i, j, k, r = self.t, self.i, self.j, self.k, self.r
        aligned = total(r, self.beta(t, r) * self.b(r) * self.D(t, i, r) * slope)
        return forall(t, i, j, self.H(t, i, j).equals(INVERSE * aligned * total(k, self.X(i, k) * self.X(j, k))))

    def gram(self) -> None:
        self.P.assume("GRAM", self.features_gram(), "Gram matrix of the features")
        self.gram_of_feedback()

    def gram_of_feedback(self) -> None:
        slope = self.D(self.t, self.j, self.r)
        self.P.assume("FEEDBACK_GRAM", self.feedback_gram(slope), "feedback-alignment Gram matrix")

    def input_gram(self) -> None:
        i, j, k = self.i, self.j, self.k
        products = forall(i, j, self.K(i, j).equals(total(k, self.X(i, k) * self.X(j, k))))
        self.P.assume("INPUT_GRAM", products, "Gram matrix of the inputs")

    def smooth(self, name: str, term: Expression, rate: Rate, *rewrite: str) -> Fact:
        """Show that a term is differentiable at all times, from the rate of its definition."""
        return self.P.show(name, differentiable(self.s, term, self.t), rate.smooth, rewrite=rewrite)

    def of(self, term: Expression) -> Expression:
        """The rate of a term in s at time t."""
        return d(self.s, term, self.t)

    def stated(self, fact: Fact, *tensors: str) -> Fact:
        """The fact without the names of the rates of W, β and these tensors."""
        for name in ("W", "beta", *tensors):
            fact = self.P.drop(f"without {name}.", fact, f"{name} rate")
        return fact
