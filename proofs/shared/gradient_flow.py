"""S1: under the gradient flow of feedback alignment, ė = −(G + H) e, for any differentiable activation."""

from __future__ import annotations

from sympy import IndexedBase, Integer, sqrt

from fa_theory.symbolic.derivation import Derivation, Part, Step
from fa_theory.symbolic.equation import Equation
from fa_theory.symbolic.notation import (
    D,
    Psi,
    W,
    X,
    b,
    beta,
    dpsi,
    e,
    i,
    j,
    k,
    lam,
    p,
    psi,
    r,
    rate,
    tau,
    total,
    y,
)

from .setting import ERROR, FEEDBACK_GRAM, GRAM, G, H

W_rate, beta_rate, e_rate = (IndexedBase(name) for name in ("W.", "beta.", "e."))
Z = total(W[r, k] * X[i, k], k)

FEATURES = Equation(Psi[i, r], psi(Z), "features")
SLOPES = Equation(D[i, r], dpsi(Z), "slopes")
FLOW_W = Equation(W_rate[r, k], -b[r] * total(D[j, r] * X[j, k] * e[j], j) / sqrt(p), "flow of the first-layer weights")
FLOW_BETA = Equation(beta_rate[r], -lam * beta[r] - total(Psi[j, r] * e[j], j) / sqrt(p), "flow of the output weights")
CURVE = (
    total((beta[r] + tau * beta_rate[r]) * psi(total((W[r, k] + tau * W_rate[r, k]) * X[i, k], k)), r) / sqrt(p) - y[i]
)
ERROR_RATE = Equation(e_rate[i], rate(CURVE), "rate of the error along the flow")
UNREGULARISED = Equation(lam, Integer(0), "no regularisation")

RIGHT = -lam * (e[i] + y[i]) - total((G[i, j] + H[i, j]) * e[j], j)


def derivation() -> Derivation:
    """Derive ė = −λ(e + y) − (G + H)e, and from it the published case λ = 0."""
    outer = total(beta_rate[r] * Psi[i, r], r) / sqrt(p)
    inner = total(beta[r] * D[i, r] * total(W_rate[r, k] * X[i, k], k), r) / sqrt(p)
    steps = (
        Step(rate(CURVE), "the error along the flow, to first order in time", (ERROR_RATE,)),
        Step(
            total(beta_rate[r] * psi(Z), r) / sqrt(p)
            + total(beta[r] * dpsi(Z) * total(W_rate[r, k] * X[i, k], k), r) / sqrt(p),
            "product rule and chain rule",
        ),
        Step(outer + inner, "names of features and slopes", (FEATURES, SLOPES)),
        Step(
            -lam * total(beta[r] * Psi[i, r], r) / sqrt(p) - total(G[i, j] * e[j], j) + inner,
            "insert the flow of the output weights; the double sum is the Gram matrix of the features",
            (FLOW_BETA, GRAM),
        ),
        Step(
            -lam * total(beta[r] * Psi[i, r], r) / sqrt(p) - total(G[i, j] * e[j], j) - total(H[i, j] * e[j], j),
            "insert the flow of the first-layer weights; the triple sum is the feedback Gram matrix",
            (FLOW_W, FEEDBACK_GRAM),
        ),
        Step(RIGHT, "the first sum is the output", (ERROR,)),
    )
    flow = Part("the rate of the error, with regularisation", e_rate[i], RIGHT, steps)
    published = -total((G[i, j] + H[i, j]) * e[j], j)
    return Derivation(
        "Gradient flow",
        "Along the gradient flow of feedback alignment the error obeys a linear equation whose matrix is the sum of "
        "the two Gram matrices, for any differentiable activation.",
        (ERROR, FEATURES, SLOPES, FLOW_W, FLOW_BETA, ERROR_RATE, GRAM, FEEDBACK_GRAM, UNREGULARISED),
        (
            flow,
            Part(
                "without regularisation: the published statement",
                e_rate[i],
                published,
                (
                    Step(RIGHT, "the rate just derived", (flow.rule(),)),
                    Step(published, "no regularisation", (UNREGULARISED,)),
                ),
            ),
        ),
    )


def mutants() -> dict[str, Derivation]:
    """Wrong versions that both checks must refuse."""
    right = derivation()
    return {
        "wrong sign of H": right.with_end(-total((G[i, j] - H[i, j]) * e[j], j)),
        "error sent back through beta": right.with_rule(
            Equation(
                W_rate[r, k], FLOW_W.right.xreplace({b[r]: beta[r]}), "gradient flow instead of feedback alignment"
            )
        ),
        "slope forgotten in the chain rule": right.with_rule(Equation(D[i, r], psi(Z), "feature in place of slope")),
        "one slope missing in H": right.with_rule(
            Equation(
                H[i, j],
                total(beta[r] * b[r] * D[i, r], r) * total(X[i, k] * X[j, k], k) / p,
                "feedback Gram matrix with one slope",
            )
        ),
        "error summed over the wrong index": right.with_end(-total((G[i, j] + H[i, j]) * e[i], j)),
        "width missing in G": right.with_rule(
            Equation(G[i, j], GRAM.right * p, "Gram matrix not divided by the width")
        ),
    }
