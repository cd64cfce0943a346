"""M4: with one output, steps through feedback that agrees in sign with the output weights descend."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item
from fa_theory.symbolic.proof.notation import (
    Assertion,
    Expression,
    absolute,
    forall,
    inv,
    square_sum,
    term,
    total,
)

from ...shared.flow import AlongFlow
from ...shared.one_step import INVERSE, ROOT
from .signs import sign_is, sign_times

HALF = Fraction(1, 2)
MUTANTS_OF_GRADIENT = ("gradient through b", "slope forgotten")
MUTANTS_OF_PRODUCT = ("width to another power", "gradient sent back twice", "slopes differ")
MUTANTS_OF_AGREEING = ("signs that differ a little",)
MUTANTS_OF_DESCENT = ("magnitudes with signs", "signs of other weights")


@cache
def gradient() -> ProofWriter:
    """Prove that ``p^{-1/2} β_r Σ_i e_i ψ'(w_r·x_i) x_i`` is the gradient of ½‖e‖² with respect to ``w_r``.

    Along any differentiable path of the weights the rate of the loss is ``⟨∇_W L, Ẇ⟩ + ⟨∇_β L, β̇⟩``.
    """
    N = AlongFlow("The gradient of the loss")
    P, s, t, i, k, r = N.P, N.s, N.t, N.i, N.k, N.r
    N.activation()
    N.error()
    loss = HALF * square_sum(i, N.e(s, i))
    rate = N.flow.rate(HALF * square_sum(i, N.output(s) - N.y(i)))
    smooth = N.smooth("the loss is differentiable", loss, rate, "ERROR")
    derived = P.show(
        "the rate of the loss",
        N.of(loss).equals(rate.value),
        rate.equation,
        rewrite=["ERROR"],
        reason="product rule and chain rule",
    )

    def falls(weight: Expression) -> Assertion:
        pulls = total(i, N.e(t, i) * N.D(t, i, r) * N.X(i, k))
        through_W = total(r, k, ROOT * weight * pulls * N.W_rate(t, r, k))
        through_beta = total(r, ROOT * total(i, N.e(t, i) * N.Psi(t, i, r)) * N.beta_rate(t, r))
        return forall(t, N.of(loss).equals(through_W + through_beta))

    found = P.show(
        "the rate of the loss along the path",
        falls(N.beta(t, r)),
        derived,
        rewrite=["SLOPES", "FEATURES", "ERROR"],
        reason="collect what stands at each velocity",
    )
    P.conclude(found, defined=[smooth, *(Fact(f"{name} differentiable") for name in ("psi", "W", "beta"))])
    P.mutant("gradient through b", {}, conclusion=falls(N.b(r)))
    P.mutant("slope forgotten", {"SLOPES": N.slopes(N.psi(N.seen(t)))})
    return P


class _Direction:
    """The gradient of one layer and the direction that the feedback takes for it, of a network of one output."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("n", "d", "p")
        self.i, self.k, self.r = P.index("i", "n"), P.index("k", "d"), P.index("r", "p")
        self.X, self.e, self.D = P.tensor("X", "n", "d"), P.tensor("e", "n"), P.tensor("D", "n", "p")
        self.beta, self.b = P.tensors("beta b", "p")
        self.gradient, self.sent = P.tensors("g h", "p", "d")
        P.assume("GRADIENT", self.through(self.gradient, self.beta(self.r)), "gradient of the loss")
        P.assume("DIRECTION", self.through(self.sent, self.b(self.r)), "the same through the feedback weights")

    def through(self, moved: object, weight: Expression, slope: Expression | None = None) -> Assertion:
        """What is summed over samples, times a weight."""
        i, k, r = self.i, self.k, self.r
        pulled = total(i, self.e(i) * (slope or self.D(i, r)) * self.X(i, k))
        assert callable(moved)
        return forall(r, k, moved(r, k).equals(ROOT * weight * pulled))

    @property
    def agreement(self) -> Expression:
        """``⟨∇_W L, Δ⟩``."""
        return total(self.r, self.k, self.gradient(self.r, self.k) * self.sent(self.r, self.k))

    @property
    def pulls(self) -> Expression:
        """``‖Σ_i e_i ψ'_ir x_i‖²``."""
        i, k, r = self.i, self.k, self.r
        return square_sum(k, total(i, self.e(i) * self.D(i, r) * self.X(i, k)))

    def identity(self, share: Expression = INVERSE) -> Assertion:
        return self.agreement.equals(share * total(self.r, self.b(self.r) * self.beta(self.r) * self.pulls))

    def show_identity(self) -> Fact:
        return self.P.show(
            "gradient and direction",
            self.identity(),
            rewrite=["GRADIENT", "DIRECTION"],
            reason="both are multiples of the same vector, neuron by neuron",
        )


@cache
def product() -> ProofWriter:
    """Prove ``⟨∇_W L, Δ⟩ = p⁻¹ Σ_r b_r β_r ‖Σ_i e_i ψ'_ir x_i‖²``."""
    N = _Direction("The direction of feedback alignment and the gradient")
    P, r = N.P, N.r
    P.conclude(N.show_identity())
    P.mutant("width to another power", {}, conclusion=N.identity(ROOT))
    P.mutant("gradient sent back twice", {"DIRECTION": N.through(N.sent, N.beta(r))})
    P.mutant("slopes differ", {"DIRECTION": N.through(N.sent, N.b(r), N.beta(r))})
    return P


@cache
def agreeing() -> ProofWriter:
    """Prove ``0 ≤ ⟨∇_W L, Δ⟩`` if ``b_r β_r ≥ 0`` for all r."""
    N = _Direction("Feedback that agrees in sign with the output weights descends")
    P, r = N.P, N.r
    agree = P.assume("AGREE", forall(r, N.b(r) * N.beta(r) >= 0), "feedback and output weights agree in sign")
    P.conclude(
        P.show(
            "the direction descends",
            N.agreement >= 0,
            N.show_identity(),
            item(agree(r), INVERSE * N.pulls, over=[r]),
            reason="a sum of squares times numbers that are not negative",
        ),
        witness=[forall(r, N.b(r).equals(N.beta(r)))],
    )
    P.mutant("signs that differ a little", {"AGREE": forall(r, term(-1) <= N.b(r) * N.beta(r))}, witness=())
    return P


@cache
def descent() -> ProofWriter:
    """Prove ``0 ≤ ⟨∇_W L, Δ⟩`` for sign-symmetric feedback ``b_r = |M_r| sign β_r``."""
    N = _Direction("Sign-symmetric feedback descends")
    P, r = N.P, N.r
    M, S = P.tensors("M S", "p")

    def feedback(value: Expression) -> Assertion:
        return forall(r, N.b(r).equals(value))

    up, down = sign_is(N.beta(r), S(r))
    above = P.assume("POSITIVE", forall(r, up), "the sign of a positive weight")
    below = P.assume("NEGATIVE", forall(r, down), "the sign of a negative weight")
    P.assume("FEEDBACK", feedback(absolute(M(r)) * S(r)), "sign-symmetric feedback")
    entry = P.use(sign_times())(N.beta(r), S(r), given=[above(r), below(r)])
    magnitude = absolute(M(r)) * absolute(N.beta(r))
    agree = P.show(
        "feedback and output weights agree in sign",
        forall(r, (N.b(r) * N.beta(r)).equals(magnitude)),
        item(entry, absolute(M(r))),
        rewrite=["FEEDBACK"],
        reason="a weight times its sign is its size",
    )
    P.conclude(
        P.show(
            "the direction descends",
            N.agreement >= 0,
            N.show_identity(),
            item(agree(r), INVERSE * N.pulls, over=[r]),
            P.signed(INVERSE * total(r, magnitude * N.pulls)),
            reason="a sum of squares times numbers that are not negative",
        ),
        witness=[forall(r, S(r).equals(N.beta(r) * inv(absolute(N.beta(r)))))],
    )
    P.mutant("magnitudes with signs", {"FEEDBACK": feedback(M(r) * S(r))})
    P.mutant("signs of other weights", {"FEEDBACK": feedback(absolute(M(r)))})
    return P
