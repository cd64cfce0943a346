"""(★) The exact one-step error identity of any activation, with regularisation and no remainder term."""

from __future__ import annotations

from sympy import IndexedBase, sqrt

from fa_theory.symbolic.derivation import Derivation, Part, Step
from fa_theory.symbolic.equation import Equation
from fa_theory.symbolic.notation import D, Expr, Psi, W, X, b, beta, e, eta, i, j, k, lam, p, r, total, y

from ...shared.setting import ERROR, NEXT_ERROR, STEP_BETA, STEP_W, W_, Psi_, beta_, e_

s, G_s, H_s = (IndexedBase(name) for name in ("s", "G~", "H~"))

SECANT = Equation(
    Psi_[i, r],
    Psi[i, r] + s[i, r] * total((W_[r, k] - W[r, k]) * X[i, k], k),
    "secant slope between the two pre-activations",
)
SECANT_GRAM = Equation(G_s[i, j], total(Psi_[i, r] * Psi[j, r], r) / p, "features after and before the step")
SECANT_FEEDBACK = Equation(
    H_s[i, j],
    total(beta[r] * b[r] * s[i, r] * D[j, r], r) * total(X[i, k] * X[j, k], k) / p,
    "secant slope and slope",
)

RIGHT: Expr = (
    (1 - eta * lam) * e[i] - eta * lam * y[i] - eta * total((G_s[i, j] + (1 - eta * lam) * H_s[i, j]) * e[j], j)
)


def derivation() -> Derivation:
    """Derive e⁺ = (1−ηλ)e − ηλy − η[G̃ + (1−ηλ)H̃]e."""
    keep = 1 - eta * lam
    kernel = eta * total(G_s[i, j] * e[j], j)
    moved = total(beta[r] * s[i, r] * total((W_[r, k] - W[r, k]) * X[i, k], k), r) / sqrt(p)
    steps = (
        Step(total(beta_[r] * Psi_[i, r], r) / sqrt(p) - y[i], "definition of the error after the step", (NEXT_ERROR,)),
        Step(
            total(STEP_BETA.right * Psi_[i, r], r) / sqrt(p) - y[i],
            "insert the step of the output weights",
            (STEP_BETA,),
        ),
        Step(
            keep * total(beta[r] * Psi_[i, r], r) / sqrt(p) - kernel - y[i],
            "split the sum; the second half is the kernel of features after and before",
            (SECANT_GRAM,),
        ),
        Step(
            keep * (total(beta[r] * Psi[i, r], r) / sqrt(p) + moved) - kernel - y[i],
            "write the features after the step with their secant slopes",
            (SECANT, SECANT_GRAM),
        ),
        Step(
            keep * (e[i] + y[i] + moved) - kernel - y[i],
            "the first sum is the output before the step",
            (ERROR,),
        ),
        Step(
            keep * (e[i] + y[i]) - keep * eta * total(H_s[i, j] * e[j], j) - kernel - y[i],
            "insert the step of the first-layer weights; the sums make up the secant feedback kernel",
            (STEP_W, SECANT_FEEDBACK),
        ),
        Step(RIGHT, "collect terms"),
    )
    return Derivation(
        "Secant-kernel identity",
        "Let one step of regularised feedback alignment move the weights. For any activation, and any numbers "
        "$s_{ir}$ that are secant slopes between the pre-activations before and after the step, the error after "
        "the step is given exactly, with no remainder.",
        (ERROR, NEXT_ERROR, STEP_W, STEP_BETA, SECANT, SECANT_GRAM, SECANT_FEEDBACK),
        (Part("the error after one step", e_[i], RIGHT, steps),),
    )


def mutants() -> dict[str, Derivation]:
    """Wrong versions that both checks must refuse."""
    right = derivation()
    return {
        "no decay in the step of beta": right.with_rule(
            Equation(beta_[r], STEP_BETA.right + eta * lam * beta[r], "step of the output weights, decay forgotten")
        ),
        "error sent back through beta": right.with_rule(
            Equation(
                W_[r, k], STEP_W.right.xreplace({b[r]: beta[r]}), "backpropagation step instead of feedback alignment"
            )
        ),
        "ascent in W": right.with_rule(
            Equation(W_[r, k], 2 * W[r, k] - STEP_W.right, "step of the first-layer weights with the wrong sign")
        ),
        "decay factor of the feedback kernel dropped": right.with_end(
            (1 - eta * lam) * e[i] - eta * lam * y[i] - eta * total((G_s[i, j] + H_s[i, j]) * e[j], j)
        ),
        "pull of the targets dropped": right.with_end(RIGHT + eta * lam * y[i]),
        "kernel transposed": right.with_rule(
            Equation(
                G_s[i, j], total(Psi[i, r] * Psi_[j, r], r) / p, "features before and after the step: wrong way round"
            )
        ),
    }
