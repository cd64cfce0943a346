"""The sizes of G(0) − Ḡ and H(0) over random networks: root-mean-square sizes fall exactly as p^{-1/2}."""

from __future__ import annotations

from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item
from fa_theory.symbolic.proof.notation import Assertion, Expression, forall, mean, total

from ...shared.one_step import INVERSE

MUTANTS_OF_G = ("width squared", "not centred")
MUTANTS_OF_MEAN = ("b replaced by β",)
MUTANTS_OF_H = ("slopes to the wrong power", "mean slope squared")


class RandomNetwork:
    """Neurons that are independent with one law; β and b standard normal and independent of them."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("n", "p")
        (self.i, self.j), (self.r,) = P.indices("i j", "n"), P.indices("r", "p")
        self.Psi, self.D = P.tensors("Psi D", "n", "p")
        self.beta, self.b = P.tensors("beta b", "p")
        self.neuron = P.law("neuron", "iid", ["n", "p"], ["n", "p"], axis="p")
        self.normal = P.law("normal", "gauss", ["p"], ["p"])

    def over_neurons(self, term: Expression) -> Expression:
        return mean(self.neuron, (self.Psi, self.D), term)

    def over_weights(self, term: Expression) -> Expression:
        return mean(self.normal, (self.beta, self.b), term)

    def of_one_neuron(self, term: Expression) -> Expression:
        """The mean for one neuron, as the average over all, which have the same law."""
        return INVERSE * self.over_neurons(total(self.r, term))


@cache
def gram() -> ProofWriter:
    """Prove E‖G(0) − Ḡ‖² = V/p in the Frobenius norm."""
    N = RandomNetwork("Random Gram matrices: features")
    P, i, j, r, Psi = N.P, N.i, N.j, N.r, N.Psi
    limit, V = P.tensor("Gbar", "n", "n"), P.scalar("V")
    P.assume("LIMIT", forall(i, j, limit(i, j).equals(N.of_one_neuron(Psi(i, r) * Psi(j, r)))), "infinite width")
    centred = total(i, j, N.of_one_neuron((Psi(i, r) * Psi(j, r) - limit(i, j)) ** 2))
    P.assume("VARIANCE", V.equals(centred), "variance of the contribution of one neuron")
    G = INVERSE * total(r, Psi(i, r) * Psi(j, r))
    square = N.over_neurons(total(i, j, (G - limit(i, j)) ** 2))
    P.conclude(
        P.show(
            "the features",
            square.equals(V * INVERSE),
            rewrite=["LIMIT", "VARIANCE"],
            reason="write the square as a double sum over neurons; different neurons are independent, so only "
            "equal ones contribute, and all have the same law",
        )
    )
    P.mutant("width squared", {}, conclusion=square.equals(V * INVERSE * INVERSE))
    second = total(i, j, N.of_one_neuron(Psi(i, r) ** 2 * Psi(j, r) ** 2))
    P.mutant("not centred", {"VARIANCE": V.equals(second)})
    return P


@cache
def mean_of_feedback() -> ProofWriter:
    """Prove E H(0) = 0."""
    N = RandomNetwork("Random Gram matrices: mean of the feedback")
    P, i, j, r, D = N.P, N.i, N.j, N.r, N.D
    K = P.tensor("K", "n", "n")

    def feedback(sent: Expression) -> Expression:
        return K(i, j) * INVERSE * total(r, N.beta(r) * sent * D(i, r) * D(j, r))

    def vanishes(sent: Expression) -> Assertion:
        return forall(i, j, N.over_neurons(N.over_weights(feedback(sent))).equals(0))

    P.conclude(
        P.show(
            "the feedback has mean zero",
            vanishes(N.b(r)),
            reason="output and feedback weights are independent with mean zero",
        )
    )
    P.mutant("b replaced by β", {}, conclusion=vanishes(N.beta(r)))
    return P


@cache
def feedback() -> ProofWriter:
    """Prove E‖H(0)‖² ≤ L⁴‖K‖²/p in the Frobenius norm."""
    N = RandomNetwork("Random Gram matrices: feedback")
    P, i, j, r, D = N.P, N.i, N.j, N.r, N.D
    K, fourth = P.tensors("K F", "n", "n")
    L = P.scalar("L")
    squares = N.of_one_neuron(D(i, r) ** 2 * D(j, r) ** 2)
    P.assume("FOURTH", forall(i, j, fourth(i, j).equals(squares)), "mean of squared slopes")
    P.assume("BOUND", forall(i, j, fourth(i, j) <= L**4), "slopes are at most L")
    H = K(i, j) * INVERSE * total(r, N.beta(r) * N.b(r) * D(i, r) * D(j, r))
    square = N.over_neurons(N.over_weights(total(i, j, H**2)))
    size_of_K = INVERSE * total(i, j, K(i, j) ** 2)
    P.conclude(
        P.show(
            "the feedback",
            square <= L**4 * size_of_K,
            item(Fact("BOUND")(i, j), INVERSE * K(i, j) ** 2, over=[i, j]),
            rewrite=["FOURTH"],
            reason="write the square as a double sum over neurons; only equal ones contribute, as the weights are "
            "independent with mean zero and variance one; then bound the slopes",
        )
    )
    P.mutant("slopes to the wrong power", {}, conclusion=square <= L**2 * size_of_K)
    P.mutant(
        "mean slope squared", {"FOURTH": forall(i, j, fourth(i, j).equals(N.of_one_neuron(D(i, r) * D(j, r)) ** 2))}
    )
    return P
