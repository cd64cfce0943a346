"""The definitions the derivations share, in the notation of the project."""

from __future__ import annotations

from sympy import IndexedBase, sqrt

from fa_theory.symbolic.equation import Equation
from fa_theory.symbolic.notation import D, Psi, W, X, b, beta, e, eta, i, j, k, lam, p, r, total, y

W_, beta_, Psi_, e_ = (IndexedBase(name) for name in ("W+", "beta+", "Psi+", "e+"))
"""The quantities after the step."""
G, H, K, f = (IndexedBase(name) for name in "GHKf")

ERROR = Equation(e[i], total(beta[r] * Psi[i, r], r) / sqrt(p) - y[i], "error before the step")
NEXT_ERROR = Equation(e_[i], total(beta_[r] * Psi_[i, r], r) / sqrt(p) - y[i], "error after the step")
STEP_BETA = Equation(
    beta_[r],
    (1 - eta * lam) * beta[r] - eta / sqrt(p) * total(Psi[j, r] * e[j], j),
    "step of the output weights",
)
STEP_W = Equation(
    W_[r, k], W[r, k] - eta / sqrt(p) * b[r] * total(D[j, r] * X[j, k] * e[j], j), "step of the first-layer weights"
)
STEP_W_LINEAR = Equation(
    W_[r, k],
    W[r, k] - eta / sqrt(p) * b[r] * total(X[j, k] * e[j], j),
    "step of the first-layer weights (slope 1)",
)
GRAM = Equation(G[i, j], total(Psi[i, r] * Psi[j, r], r) / p, "Gram matrix of the features")
INPUT_GRAM = Equation(K[i, j], total(X[i, k] * X[j, k], k), "Gram matrix of the inputs")
FEEDBACK_GRAM = Equation(
    H[i, j],
    total(beta[r] * b[r] * D[i, r] * D[j, r], r) * total(X[i, k] * X[j, k], k) / p,
    "feedback-alignment Gram matrix",
)
FEATURES_LINEAR = Equation(Psi[i, r], total(W[r, k] * X[i, k], k), "features, linear activation")
NEXT_FEATURES_LINEAR = Equation(Psi_[i, r], total(W_[r, k] * X[i, k], k), "features after the step, linear activation")
