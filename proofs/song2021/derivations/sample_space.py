"""The linear network in sample space: its output from a few numbers and inner products at the start."""

from __future__ import annotations

from sympy import IndexedBase, Symbol, sqrt

from fa_theory.symbolic.derivation import Derivation, Part, Step
from fa_theory.symbolic.equation import Equation
from fa_theory.symbolic.notation import W, X, b, beta, i, j, k, p, r, total

from ...shared.setting import INPUT_GRAM, G, K, f
from .linear_closure import FORM_BETA, FORM_W, W0, a, alpha, beta0, s, v

Z, Z0, f0, q = (IndexedBase(name) for name in ("Z", "Z0", "f0", "q"))
B, N, r0, rho, size = (Symbol(name) for name in ("B", "N", "r0", "rho", "N+"))

FEATURES = Equation(Z[i, r], total(W[r, k] * X[i, k], k), "features, linear activation")
FEATURES_0 = Equation(Z0[i, r], total(W0[r, k] * X[i, k], k), "features at the start")
OUTPUT = Equation(f[i], total(beta[r] * Z[i, r], r) / sqrt(p), "output")
ALIGNED = Equation(rho, total(b[r] * beta[r], r) / sqrt(p), "feedback against output weights")
LENGTH = Equation(size, total(beta[r] ** 2, r) / p, "squared length of the output weights")
STATISTICS = (
    Equation(G[i, j], total(Z0[i, r] * Z0[j, r], r) / p, "Gram matrix of the features at the start"),
    Equation(f0[i], total(beta0[r] * Z0[i, r], r) / sqrt(p), "output at the start"),
    Equation(q[i], total(b[r] * Z0[i, r], r) / sqrt(p), "feedback against the features at the start"),
    Equation(B, total(b[r] ** 2, r) / p, "squared length of the feedback"),
    Equation(N, total(beta0[r] ** 2, r) / p, "squared length of the output weights at the start"),
    Equation(r0, total(b[r] * beta0[r], r) / sqrt(p), "feedback against output weights at the start"),
)

FEATURES_NOW = Z0[i, r] - b[r] * total(K[i, j] * s[j], j) / sqrt(p)
WEIGHTS_NOW = alpha * beta0[r] - total(Z0[i, r] * v[i], i) / sqrt(p) + a * b[r]
ALIGNED_NOW = alpha * r0 - total(q[i] * v[i], i) / sqrt(p) + a * sqrt(p) * B
OUTPUT_NOW = alpha * f0[i] - total(G[i, j] * v[j], j) + a * q[i] - rho / sqrt(p) * total(K[i, j] * s[j], j)
LENGTH_NOW = (
    alpha**2 * N
    + total(v[i] * G[i, j] * v[j], i, j) / p
    + a**2 * B
    - 2 * alpha * total(f0[i] * v[i], i) / p
    + 2 * alpha * a * r0 / sqrt(p)
    - 2 * a * total(q[i] * v[i], i) / p
)


def derivation() -> Derivation:
    """Derive f, b·β and ‖β‖² from s, v, α, a and the inner products of the initial weights."""
    features = Part(
        "the features",
        Z[i, r],
        FEATURES_NOW,
        (
            Step(FEATURES.right, "linear activation", (FEATURES,)),
            Step(FEATURES_NOW, "form of the first-layer weights", (FORM_W, FEATURES_0, INPUT_GRAM)),
        ),
    )
    weights = Part(
        "the output weights",
        beta[r],
        WEIGHTS_NOW,
        (Step(WEIGHTS_NOW, "form of the output weights", (FORM_BETA, FEATURES_0)),),
    )
    aligned = Part(
        "the alignment",
        rho,
        ALIGNED_NOW,
        (
            Step(ALIGNED.right, "definition", (ALIGNED,)),
            Step(ALIGNED_NOW, "insert the output weights", (weights.rule(), *STATISTICS)),
        ),
    )
    output = Part(
        "the output",
        f[i],
        OUTPUT_NOW,
        (
            Step(OUTPUT.right, "definition", (OUTPUT,)),
            Step(
                total(beta[r] * Z0[i, r], r) / sqrt(p) - rho / sqrt(p) * total(K[i, j] * s[j], j),
                "insert the features",
                (features.rule(), ALIGNED),
            ),
            Step(
                OUTPUT_NOW,
                "insert the output weights",
                (weights.rule(), *STATISTICS),
            ),
        ),
    )
    length = Part(
        "the length of the output weights",
        size,
        LENGTH_NOW,
        (
            Step(LENGTH.right, "definition", (LENGTH,)),
            Step(LENGTH_NOW, "insert the output weights and multiply out", (weights.rule(), *STATISTICS)),
        ),
    )
    return Derivation(
        "The linear network in sample space",
        "In the form of linear closure, the output, the alignment and the length of the output weights depend on the "
        "initial weights only through the inner products $G, q, f_0, B, N, r_0$.",
        (FEATURES, FEATURES_0, INPUT_GRAM, FORM_W, FORM_BETA, OUTPUT, ALIGNED, LENGTH, *STATISTICS),
        (features, weights, aligned, output, length),
    )


def mutants() -> dict[str, Derivation]:
    """Wrong versions that both checks must refuse."""
    right = derivation()
    return {
        "the alignment without the feedback's own part": right.with_end(ALIGNED_NOW - a * sqrt(p) * B, part=2),
        "the feedback against the features counted once": right.with_end(
            LENGTH_NOW + a * total(q[i] * v[i], i) / p, part=4
        ),
        "b replaced by beta in the first layer": right.with_rule(
            Equation(W[r, k], FORM_W.right.xreplace({b[r]: beta0[r]}), "first layer moved by backpropagation")
        ),
    }
