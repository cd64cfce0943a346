"""The sizes of G(0) − Ḡ and H(0) over random networks: root-mean-square sizes fall exactly as p^{-1/2}."""

from __future__ import annotations

from sympy import IndexedBase, Integer, Symbol

from fa_theory.symbolic.derivation import Derivation, Part, Step
from fa_theory.symbolic.equation import Equation
from fa_theory.symbolic.inequality import KnownInequality, Summed
from fa_theory.symbolic.notation import D, Expr, Mean, Psi, b, beta, i, j, p, r, total, u

from ...shared.setting import GRAM, G, H, K

SIZES = ((1, 1, 1), (2, 1, 1), (1, 2, 2), (2, 1, 2))
"""Sizes (n, d, p) for the exact check: expectations run over all outcomes, and no √p occurs here."""

G_bar, F = IndexedBase("G-"), IndexedBase("F")
V = Symbol("V")
L = Symbol("L", nonnegative=True)


def mean(formula: Expr) -> Expr:
    """Expectation over W, β and b: features and slopes belong to the neuron, β and b are standard."""
    return Mean(formula, (beta, b), (Psi, D))


def one_neuron(formula: Expr) -> Expr:
    """Expectation for one neuron, as the average over the neurons, which all have the same law."""
    return Mean(total(formula, r), (), (Psi, D)) / p


def moments(formula: Expr) -> Expr:
    """Expectation over W alone."""
    return Mean(formula, (), (Psi, D))


LIMIT = Equation(G_bar[i, j], one_neuron(Psi[i, r] * Psi[j, r]), "Gram matrix at infinite width")
VARIANCE = Equation(
    V, total(one_neuron((Psi[i, r] * Psi[j, r] - G_bar[i, j]) ** 2), i, j), "variance of one neuron's contribution"
)
FOURTH = Equation(F[i, j], one_neuron(D[i, r] ** 2 * D[j, r] ** 2), "mean of squared slopes")
FEEDBACK = Equation(
    H[i, j], K[i, j] * total(beta[r] * b[r] * D[i, r] * D[j, r], r) / p, "feedback-alignment Gram matrix at the start"
)
BOUNDED = KnownInequality(F[i, j], L**4, "slopes are at most L")


def derivation() -> Derivation:
    """Derive E‖G(0) − Ḡ‖² = V/p, E H(0) = 0 and E‖H(0)‖² ≤ L⁴‖K‖²/p in the Frobenius norm."""
    centred = Psi[i, r] * Psi[j, r] - G_bar[i, j]
    other = Psi[i, u] * Psi[j, u] - G_bar[i, j]
    gram = Part(
        "the Gram matrix of the features",
        moments(total((G[i, j] - G_bar[i, j]) ** 2, i, j)),
        V / p,
        (
            Step(
                moments(total(centred * other, i, j, r, u)) / p**2,
                "the difference is an average over neurons; write the square as a double sum",
                (GRAM,),
            ),
            Step(
                moments(total(centred**2, i, j, r)) / p**2,
                "different neurons are independent and each difference has mean zero, so the cross terms vanish",
                (LIMIT,),
            ),
            Step(V / p, "all neurons have the same law", (LIMIT, VARIANCE)),
        ),
    )
    middle = Part(
        "the feedback Gram matrix has mean zero",
        mean(H[i, j]),
        Integer(0),
        (Step(Integer(0), "output and feedback weights are independent with mean zero", (FEEDBACK,)),),
    )
    pair = D[i, r] * D[j, r] * D[i, u] * D[j, u]
    exact = total(K[i, j] ** 2 * F[i, j], i, j) / p
    bound = L**4 * total(K[i, j] ** 2, i, j) / p
    feedback = Part(
        "the feedback Gram matrix",
        mean(total(H[i, j] ** 2, i, j)),
        bound,
        (
            Step(
                mean(total(K[i, j] ** 2 * beta[r] * b[r] * beta[u] * b[u] * pair, i, j, r, u)) / p**2,
                "definition; write the square as a double sum",
                (FEEDBACK,),
            ),
            Step(
                moments(total(K[i, j] ** 2 * D[i, r] ** 2 * D[j, r] ** 2, i, j, r)) / p**2,
                "only equal neurons count, as the weights are independent with mean zero and variance one",
            ),
            Step(exact, "all neurons have the same law", (FOURTH,)),
            Step(bound, "slopes are bounded", (), ((1 / p, Summed(BOUNDED, K[i, j] ** 2, (i, j))),)),
        ),
    )
    return Derivation(
        "Random Gram matrices",
        r"Let the neurons be independent with one law, and $\beta$, $b$ independent of everything, with mean zero and "
        r"variance one. Then the mean squared Frobenius distances are exactly of order $1/p$, so the "
        r"root-mean-square sizes have the exponent $-1/2$ (unless the variance is zero).",
        (GRAM, LIMIT, VARIANCE, FEEDBACK, FOURTH),
        (gram, middle, feedback),
        hypotheses=(BOUNDED,),
        sizes=SIZES,
    )


def mutants() -> dict[str, Derivation]:
    """Wrong versions that both checks must refuse."""
    right = derivation()
    return {
        "width squared": right.with_end(V / p**2, part=0),
        "not centred": right.with_rule(
            Equation(V, total(one_neuron(Psi[i, r] ** 2 * Psi[j, r] ** 2), i, j), "second moment instead of variance")
        ),
        "b replaced by beta": right.with_rule(
            Equation(H[i, j], K[i, j] * total(beta[r] ** 2 * D[i, r] * D[j, r], r) / p, "backpropagation: no mean zero")
        ),
        "slopes to the wrong power": right.with_end(L**2 * total(K[i, j] ** 2, i, j) / p),
        "mean slope squared": right.with_rule(
            Equation(F[i, j], one_neuron(D[i, r] * D[j, r]) ** 2, "square of the mean instead of mean of the square")
        ),
    }
