"""RK2 in continuous time: a non-negative bracket at the start keeps the feedback kernel positive, at any width."""

from __future__ import annotations

from sympy import IndexedBase, Integer, Symbol, sqrt

from fa_theory.symbolic.derivation import Derivation, Part, Step
from fa_theory.symbolic.equation import Equation
from fa_theory.symbolic.inequality import Adding, KnownInequality, Summed
from fa_theory.symbolic.notation import D, Psi, W, X, b, beta, e, i, j, k, p, r, rate, tau, total

from ...shared.gradient_flow import W_rate, beta_rate, e_rate
from ...shared.setting import FEEDBACK_GRAM, GRAM, G, H
from .bracket import BRACKET, HOMOGENEOUS, Q, half

Q_rate = IndexedBase("Q.")
L_rate, F_rate = (Symbol(name, real=True) for name in ("L.", "F."))
C, c, g, kappa = (Symbol(name, nonnegative=True) for name in ("C", "c", "g", "kappa"))
one, zero = Integer(1), Integer(0)

FLOW_W = Equation(W_rate[r, k], -b[r] * total(D[j, r] * X[j, k] * e[j], j) / sqrt(p), "flow of the first-layer weights")
FLOW_BETA = Equation(beta_rate[r], -total(Psi[j, r] * e[j], j) / sqrt(p), "flow of the output weights")
ERROR_FLOW = Equation(e_rate[i], -total((G[i, j] + H[i, j]) * e[j], j), "the error along the flow")
BRACKET_CURVE = b[r] * (beta[r] + tau * beta_rate[r]) - half * total((W[r, k] + tau * W_rate[r, k]) ** 2, k)
BRACKET_RATE = Equation(Q_rate[r], rate(BRACKET_CURVE), "rate of the bracket along the flow")
LOSS_RATE = Equation(L_rate, rate(half * total((e[i] + tau * e_rate[i]) ** 2, i)), "rate of the loss ½‖e‖²")
NONNEGATIVE = KnownInequality(zero, Q[r], "the bracket is conserved, and not negative at the start")

LINEAR = Equation(D[i, r], one, "linear activation")
TOTAL = Equation(C, total(Q[r], r), "sum of the brackets, which is conserved")
EIGENVALUE = KnownInequality(
    kappa * total(e[i] ** 2, i), total(total(X[j, k] * e[j], j) ** 2, k), "smallest eigenvalue of the data"
)
RATE = Equation(c, C * kappa / p, "rate of decay")
SCALED_RATE = Equation(
    F_rate,
    rate((g + tau * 2 * c * g) * total((e[i] + tau * e_rate[i]) ** 2, i)),
    "rate of g‖e‖² for the function g with g' = 2cg",
)

FEATURES_PART = total(total(Psi[j, r] * e[j], j) ** 2, r) / p
PULLS = total(total(D[j, r] * X[j, k] * e[j], j) ** 2, k)
FEEDBACK_PART = total(b[r] * beta[r] * PULLS, r) / p
WEIGHTS, LENGTH = total(b[r] * beta[r], r), total(W[r, k] ** 2, r, k)
INPUT_PART = total(total(X[j, k] * e[j], j) ** 2, k)
SIZE = total(e[i] ** 2, i)


def _any_homogeneous() -> tuple[Part, ...]:
    conserved = Part(
        "the bracket of a neuron is conserved",
        Q_rate[r],
        zero,
        (
            Step(rate(BRACKET_CURVE), "definition", (BRACKET_RATE,)),
            Step(b[r] * beta_rate[r] - total(W[r, k] * W_rate[r, k], k), "product rule"),
            Step(
                -total(b[r] * Psi[j, r] * e[j], j) / sqrt(p)
                + total(b[r] * W[r, k] * D[j, r] * X[j, k] * e[j], j, k) / sqrt(p),
                "flow of the weights",
                (FLOW_W, FLOW_BETA),
            ),
            Step(zero, "the activation is 1-homogeneous", (HOMOGENEOUS,)),
        ),
    )
    positive = Part(
        "so output and feedback weights of a neuron never differ in sign",
        zero,
        b[r] * beta[r],
        (
            Step(Q[r], "the bracket is not negative", (), ((one, NONNEGATIVE),)),
            Step(Q[r] + half * total(W[r, k] ** 2, k), "nor is a square", (), ((one, Adding(half * BRACKET_SQUARE)),)),
            Step(b[r] * beta[r], "definition of the bracket", (BRACKET,)),
        ),
    )
    form = Part(
        "the feedback kernel as a quadratic form",
        total(e[i] * H[i, j] * e[j], i, j),
        FEEDBACK_PART,
        (Step(FEEDBACK_PART, "definition", (FEEDBACK_GRAM,)),),
    )
    semidefinite = Part(
        "which is not negative",
        zero,
        total(e[i] * H[i, j] * e[j], i, j),
        (
            Step(
                FEEDBACK_PART,
                "no product of output and feedback weight is negative",
                (),
                ((one, Summed(positive.inequality(), PULLS / p, (r,))),),
            ),
            Step(total(e[i] * H[i, j] * e[j], i, j), "the quadratic form", (FEEDBACK_GRAM,)),
        ),
    )
    loss = Part(
        "so the loss never grows",
        L_rate,
        zero,
        (
            Step(total(e[i] * e_rate[i], i), "product rule", (LOSS_RATE,)),
            Step(
                -FEATURES_PART - total(e[i] * H[i, j] * e[j], i, j),
                "the error along the flow; the Gram matrix of the features gives squares",
                (ERROR_FLOW, GRAM),
            ),
            Step(-FEATURES_PART, "the feedback kernel", (), ((one, semidefinite.inequality()),)),
            Step(zero, "squares are not negative", (), ((one, Adding(FEATURES_PART)),)),
        ),
    )
    return conserved, positive, form, semidefinite, loss


BRACKET_SQUARE = total(W[r, k] ** 2, k)


def _linear() -> tuple[Part, ...]:
    weights = Part(
        "linear networks: the sum of the brackets bounds the alignment",
        C,
        WEIGHTS,
        (
            Step(WEIGHTS - half * LENGTH, "definition of the brackets", (TOTAL, BRACKET)),
            Step(WEIGHTS, "squares are not negative", (), ((one, Adding(half * LENGTH)),)),
        ),
    )
    decay = Part(
        "linear networks: the weighted square of the error never grows",
        F_rate,
        zero,
        (
            Step(2 * c * g * SIZE + 2 * g * total(e[i] * e_rate[i], i), "product rule", (SCALED_RATE,)),
            Step(
                2 * c * g * SIZE - 2 * g * FEATURES_PART - 2 * g * WEIGHTS * INPUT_PART / p,
                "the error along the flow, with slopes 1",
                (ERROR_FLOW, GRAM, FEEDBACK_GRAM, LINEAR),
            ),
            Step(
                2 * c * g * SIZE - 2 * g * WEIGHTS * INPUT_PART / p,
                "squares are not negative",
                (),
                ((2 * g, Adding(FEATURES_PART)),),
            ),
            Step(
                2 * c * g * SIZE - 2 * g * C * INPUT_PART / p,
                "the sum of the brackets",
                (),
                ((2 * g * INPUT_PART / p, weights.inequality()),),
            ),
            Step(
                2 * c * g * SIZE - 2 * g * C * kappa * SIZE / p,
                "smallest eigenvalue of the data",
                (),
                ((2 * g * C / p, EIGENVALUE),),
            ),
            Step(zero, "choice of the rate", (RATE,)),
        ),
    )
    return weights, decay


def derivation() -> Derivation:
    """Derive conservation, positivity and decay along the flow."""
    return Derivation(
        "Aligned flow",
        r"Along the flow of a 1-homogeneous network, $\psi(z) = \psi'(z)\, z$, the bracket of every neuron has rate 0. "
        r"So if it is not negative at the start, it never is; then no $b_r\beta_r$ is negative, the feedback kernel is "
        r"positive semi-definite, and the loss has a rate that is at most 0. For linear networks let $g' = 2cg$, "
        r"$g(0) = 1$, so $g = e^{2ct}$: as $g\|e\|_2^2$ never grows, $\|e(t)\|_2 \le e^{-ct}\|e(0)\|_2$.",
        (
            HOMOGENEOUS,
            BRACKET,
            FLOW_W,
            FLOW_BETA,
            ERROR_FLOW,
            GRAM,
            FEEDBACK_GRAM,
            BRACKET_RATE,
            LOSS_RATE,
            LINEAR,
            TOTAL,
            RATE,
            SCALED_RATE,
        ),
        (*_any_homogeneous(), *_linear()),
        hypotheses=(NONNEGATIVE, EIGENVALUE),
    )


def mutants() -> dict[str, Derivation]:
    """Wrong versions that both checks must refuse."""
    right = derivation()
    return {
        "bracket without the half": right.with_rule(
            Equation(Q[r], b[r] * beta[r] - BRACKET_SQUARE, "bracket without the half")
        ).with_rule(
            Equation(
                Q_rate[r],
                rate(b[r] * (beta[r] + tau * beta_rate[r]) - total((W[r, k] + tau * W_rate[r, k]) ** 2, k)),
                "rate of the bracket without the half",
            )
        ),
        "bracket with the other sign": right.with_rule(
            Equation(Q[r], b[r] * beta[r] + half * BRACKET_SQUARE, "bracket with the other sign")
        ),
        "backpropagation": right.with_rule(
            Equation(
                W_rate[r, k], FLOW_W.right.xreplace({b[r]: beta[r]}), "gradient flow instead of feedback alignment"
            )
        ),
        "not homogeneous": right.with_rule(
            Equation(Psi[i, r], D[i, r] * (total(W[r, k] * X[i, k], k) + 1), "feature with a bias")
        ),
        "twice the rate": right.with_rule(Equation(c, 2 * C * kappa / p, "twice the rate of decay")),
        "features counted with the wrong sign": right.with_rule(
            Equation(e_rate[i], total((G[i, j] - H[i, j]) * e[j], j), "the error along the flow, wrong sign")
        ),
    }
