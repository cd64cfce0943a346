"""S8′ on average: the mean alignment of the linearised network, exactly at every width.

With constant features and slopes, training ends at ``s = P(f₀ − y)`` with ``P = Ḡ⁻¹``, and the alignment is
``b·β₀ − s·q₀ + ½ sᵀΣs`` (`feedback_drift`). Its mean is ``½ [tr(PΣ̄) + (Py)ᵀΣ̄Py]`` plus a constant divided by the
width, so the limit and the mean may be exchanged here.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item
from fa_theory.symbolic.proof.notation import Assertion, Expression, IndexName, delta, forall, size, total

from ...shared.one_step import INVERSE, ROOT
from .random_gram import RandomNetwork

HALF = Fraction(1, 2)
MUTANTS_OF_MEAN = (
    "quadratic form without ½",
    "b replaced by beta",
    "initial output omitted",
    "slopes averaged separately",
    "no correction for the width",
)
MUTANTS_OF_LINEAR = ("without the initial output",)


class _Linearised(RandomNetwork):
    """The alignment of the linearised network after training, in terms of the weights at the start."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        P = self.P
        self.l, self.m = P.indices("l m", "n")
        self.K, self.limit, self.slopes, self.inverse = P.tensors("K Gbar F P", "n", "n")
        self.y, self.V = P.tensor("y", "n"), P.scalar("V")

    def made_up(self, i: IndexName, j: IndexName, *, start: bool = True) -> Expression:
        """``s_i``, with j summed over."""
        output = ROOT * total(self.r, self.beta(self.r) * self.Psi(j, self.r))
        return total(j, self.inverse(i, j) * ((output if start else 0) - self.y(j)))

    def kernel(self) -> Expression:
        """``Σ_ij`` at the start."""
        r = self.r
        slopes = total(r, self.b(r) ** 2 * self.D(self.i, r) * self.D(self.j, r))
        return self.K(self.i, self.j) * INVERSE * slopes

    def aligned(self, sent: Expression, share: Fraction | int = HALF, *, start: bool = True) -> Expression:
        i, j, l_, m, r = self.i, self.j, self.l, self.m, self.r
        s, other = self.made_up(i, l_, start=start), self.made_up(j, m, start=start)
        followed = total(i, s * ROOT * total(r, sent * self.Psi(i, r)))
        return total(r, self.b(r) * self.beta(r)) - followed + share * total(i, j, s * self.kernel() * other)

    def mean(self, term: Expression) -> Expression:
        return self.over_neurons(self.over_weights(term))

    def mean_slopes(self, value: Expression | int) -> Assertion:
        return forall(self.i, self.j, self.slopes(self.i, self.j).equals(value))

    def assume_inverse(self) -> None:
        i, j, l_ = self.i, self.j, self.l
        product = total(j, self.inverse(i, j) * self.limit(j, l_))
        self.P.assume("INVERSE", forall(i, l_, product.equals(delta(i, l_))), "P is the inverse of Ḡ")

    def limit_kernel(self) -> Expression:
        return self.K(self.i, self.j) * self.slopes(self.i, self.j)

    def right(self) -> Expression:
        i, j, l_, m, P, y = self.i, self.j, self.l, self.m, self.inverse, self.y
        fitted = total(l_, P(i, l_) * y(l_)) * self.limit_kernel() * total(m, P(j, m) * y(m))
        return HALF * (total(i, j, P(i, j) * self.limit_kernel()) + total(i, j, fitted))


@cache
def mean() -> ProofWriter:
    """Prove the mean alignment of the linearised network at width p."""
    N = _Linearised("The mean alignment of the linearised network")
    P, i, j, l_, m, r = N.P, N.i, N.j, N.l, N.m, N.r
    features = N.of_one_neuron(N.Psi(i, r) * N.Psi(j, r))
    P.assume("LIMIT", forall(i, j, N.limit(i, j).equals(features)), "Gram matrix at infinite width")
    P.assume("SLOPES", N.mean_slopes(N.of_one_neuron(N.D(i, r) * N.D(j, r))), "mean product of slopes")
    N.assume_inverse()
    joint = N.of_one_neuron(N.D(i, r) * N.D(j, r) * N.Psi(l_, r) * N.Psi(m, r))
    excess = N.K(i, j) * N.inverse(i, l_) * N.inverse(j, m) * (joint - N.slopes(i, j) * N.limit(l_, m))
    P.assume("EXCESS", N.V.equals(total(i, j, l_, m, excess)), "slopes and features of one neuron are dependent")
    correction = HALF * INVERSE * N.V
    P.conclude(
        P.show(
            "the mean alignment",
            N.mean(N.aligned(N.b(r))).equals(N.right() + correction),
            item(
                Fact("INVERSE")(j, l_),
                N.inverse(i, l_) * N.limit_kernel(),
                over=[i, j, l_],
            ),
            rewrite=["EXCESS", "SLOPES", "LIMIT"],
            reason="terms odd in b or β vanish; slopes and features of different neurons are independent; P is the "
            "inverse of the symmetric Ḡ",
        ),
        witness=[forall(i, j, N.inverse(i, j).equals(delta(i, j) / N.limit(i, i)))],
    )
    P.mutant("quadratic form without ½", {}, conclusion=N.mean(N.aligned(N.b(r), 1)).equals(N.right() + correction))
    P.mutant("b replaced by beta", {}, conclusion=N.mean(N.aligned(N.beta(r))).equals(N.right() + correction))
    forgotten = N.aligned(N.b(r), start=False)
    P.mutant("initial output omitted", {}, conclusion=N.mean(forgotten).equals(N.right() + correction))
    apart = N.of_one_neuron(N.D(i, r)) * N.of_one_neuron(N.D(j, r))
    P.mutant("slopes averaged separately", {"SLOPES": N.mean_slopes(apart)})
    P.mutant("no correction for the width", {}, conclusion=N.mean(N.aligned(N.b(r))).equals(N.right()))
    return P


@cache
def linear() -> ProofWriter:
    """Prove that the limit is ``½ (n + yᵀPy)`` for linear networks, where ``Σ̄ = Ḡ``."""
    N = _Linearised("The mean alignment of the linearised network, linear activation")
    P, i, j, l_, m = N.P, N.i, N.j, N.l, N.m
    N.assume_inverse()
    P.sorts("d")
    X, k = P.tensor("X", "n", "d"), P.index("k", "d")
    P.assume("INPUT_GRAM", forall(i, j, N.K(i, j).equals(total(k, X(i, k) * X(j, k)))), "Gram matrix of the inputs")
    P.assume("LINEAR", forall(i, j, N.limit(i, j).equals(N.K(i, j))), "Gram matrix at infinite width")
    P.assume("SLOPES", N.mean_slopes(1), "slopes are 1")
    inverse = Fact("INVERSE")
    fit = total(i, j, N.y(i) * N.inverse(i, j) * N.y(j))
    symmetric = P.show(
        "P is symmetric",
        forall(i, j, N.inverse(i, j).equals(N.inverse(j, i))),
        item(inverse(i, l_), N.inverse(j, l_), over=[l_]),
        item(inverse(j, l_), N.inverse(i, l_), over=[l_]),
        rewrite=["LINEAR", "INPUT_GRAM"],
        reason="it is the inverse of a symmetric matrix",
    )
    fitted = total(m, N.inverse(j, m) * N.y(m))
    P.conclude(
        P.show(
            "the limit for linear networks",
            N.right().equals(HALF * (size("n") + fit)),
            item(inverse(i, i), over=[i]),
            item(symmetric(i, l_), N.y(l_) * N.K(i, j) * fitted, over=[i, j, l_]),
            item(inverse(l_, j), N.y(l_) * fitted, over=[j, l_]),
            rewrite=["SLOPES", "LINEAR", "INPUT_GRAM"],
            reason="ΣP K is the trace of the identity",
        ),
        witness=[forall(i, j, N.inverse(i, j).equals(delta(i, j) / N.K(i, i)))],
    )
    P.mutant("without the initial output", {}, conclusion=N.right().equals(HALF * fit))
    return P
