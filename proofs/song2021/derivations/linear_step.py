"""S2: the exact step of a linear network, in compact form and sorted by powers of the step size."""

from __future__ import annotations

from sympy import Integer, Rational, Symbol, sqrt

from fa_theory.symbolic.derivation import Derivation, Part, Step
from fa_theory.symbolic.equation import Equation
from fa_theory.symbolic.notation import Psi, W, X, b, beta, e, eta, i, j, k, l, lam, p, r, total, y

from ...shared.setting import (
    ERROR,
    FEATURES_LINEAR,
    GRAM,
    INPUT_GRAM,
    NEXT_ERROR,
    NEXT_FEATURES_LINEAR,
    STEP_BETA,
    STEP_W_LINEAR,
    W_,
    G,
    H,
    K,
    Psi_,
    beta_,
    e_,
)

a, a_ = Symbol("a"), Symbol("a+")
ALIGNED = Equation(a, total(b[r] * beta[r], r), "feedback against output weights")
NEXT_ALIGNED = Equation(a_, total(b[r] * beta_[r], r), "the same after the step")
FEEDBACK_GRAM_LINEAR = Equation(H[i, j], a / p * K[i, j], "feedback-alignment Gram matrix, slope 1")

KEEP = 1 - eta * lam
COMPACT = KEEP * e[i] - eta * lam * y[i] - eta * total((G[i, j] + a_ / p * K[i, j]) * e[j], j)
PULLED = total(b[r] * W[r, k] * X[l, k] * e[l], r, k, l)
"""``bᵀ W Xᵀ e``"""
SORTED = (
    KEEP * e[i]
    - eta * total((G[i, j] + H[i, j]) * e[j], j)
    - eta * lam * y[i]
    + eta**2 * lam / p * a * total(K[i, j] * e[j], j)
    + eta**2 / p ** Rational(3, 2) * PULLED * total(K[i, j] * e[j], j)
)


def derivation() -> Derivation:
    """Derive both forms of e⁺ for ψ = id."""
    through_beta = total(beta_[r] * Psi[i, r], r) / sqrt(p)
    through_W = eta / p * a_ * total(K[i, j] * e[j], j)
    unit_secant = Psi[i, r] + Integer(1) * total((W_[r, k] - W[r, k]) * X[i, k], k)
    compact = Part(
        "compact form",
        e_[i],
        COMPACT,
        (
            Step(
                total(beta_[r] * Psi_[i, r], r) / sqrt(p) - y[i],
                "definition of the error after the step",
                (NEXT_ERROR,),
            ),
            Step(
                total(beta_[r] * total(W_[r, k] * X[i, k], k), r) / sqrt(p) - y[i],
                "the activation is the identity",
                (NEXT_FEATURES_LINEAR,),
            ),
            Step(
                through_beta - through_W - y[i],
                "insert the step of the first-layer weights",
                (STEP_W_LINEAR, FEATURES_LINEAR, NEXT_ALIGNED, INPUT_GRAM),
            ),
            Step(
                KEEP * total(beta[r] * Psi[i, r], r) / sqrt(p) - eta * total(G[i, j] * e[j], j) - through_W - y[i],
                "insert the step of the output weights; the double sum is the Gram matrix of the features",
                (STEP_BETA, GRAM),
            ),
            Step(COMPACT, "the first sum is the output before the step; collect", (ERROR,)),
        ),
    )
    aligned = Part(
        "how the alignment moves",
        a_,
        KEEP * a - eta / sqrt(p) * PULLED,
        (
            Step(total(b[r] * beta_[r], r), "definition", (NEXT_ALIGNED,)),
            Step(
                KEEP * a - eta / sqrt(p) * PULLED,
                "insert the step of the output weights",
                (STEP_BETA, FEATURES_LINEAR, ALIGNED),
            ),
        ),
    )
    powers = Part(
        "sorted by powers of the step size: the published form",
        e_[i],
        SORTED,
        (
            Step(COMPACT, "the compact form", (compact.rule(),)),
            Step(
                KEEP * e[i]
                - eta * lam * y[i]
                - eta * total(G[i, j] * e[j], j)
                - eta / p * (KEEP * a - eta / sqrt(p) * PULLED) * total(K[i, j] * e[j], j),
                "how the alignment moves",
                (aligned.rule(),),
            ),
            Step(SORTED, "multiply out and name the feedback Gram matrix", (FEEDBACK_GRAM_LINEAR,)),
        ),
    )
    secant = Part(
        "the identity has secant slope 1, so this is the secant-kernel identity with slopes 1",
        Psi_[i, r],
        unit_secant,
        (
            Step(total(W_[r, k] * X[i, k], k), "the activation is the identity", (NEXT_FEATURES_LINEAR,)),
            Step(unit_secant, "add and subtract the features before the step", (FEATURES_LINEAR,)),
        ),
    )
    return Derivation(
        "Linear network, one step",
        r"For the linear activation the step is exact in closed form; write $a = b\cdot\beta$ and "
        r"$a^{+} = b\cdot\beta^{+}$. Alignment enters through this single number.",
        (
            ERROR,
            NEXT_ERROR,
            FEATURES_LINEAR,
            NEXT_FEATURES_LINEAR,
            STEP_W_LINEAR,
            STEP_BETA,
            GRAM,
            INPUT_GRAM,
            ALIGNED,
            NEXT_ALIGNED,
            FEEDBACK_GRAM_LINEAR,
        ),
        (secant, compact, aligned, powers),
    )


def mutants() -> dict[str, Derivation]:
    """Wrong versions that both checks must refuse."""
    right = derivation()
    last = eta**2 / p ** Rational(3, 2) * PULLED * total(K[i, j] * e[j], j)
    return {
        "p^{3/2} written as p": right.with_end(SORTED - last + last * sqrt(p)),
        "second-order term with the wrong sign": right.with_end(SORTED - 2 * last),
        "pull of the targets dropped": right.with_end(SORTED + eta * lam * y[i]),
        "b replaced by beta in the step": right.with_rule(
            Equation(W_[r, k], STEP_W_LINEAR.right.xreplace({b[r]: beta[r]}), "backpropagation step")
        ),
        "alignment before the step in the compact form": right.with_end(COMPACT.xreplace({a_: a}), part=1),
        "no decay in the step of beta": right.with_rule(
            Equation(beta_[r], STEP_BETA.right + eta * lam * beta[r], "step of the output weights, decay forgotten")
        ),
    }
