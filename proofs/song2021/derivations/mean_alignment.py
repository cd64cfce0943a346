"""S8′ on average: of the alignment of the lazy limit only ``½ E[sᵀΣs]`` is left.

``s = P (f₀ − y)`` with ``P = Ḡ⁻¹``; with ``PḠ = I`` the last formula is ``tr(Ḡ⁻¹Σ) + yᵀḠ⁻¹ΣḠ⁻¹y``, and ``n + yᵀK⁻¹y``
for linear networks, where ``Σ = Ḡ = K``.
"""

from __future__ import annotations

from sympy import IndexedBase, Integer, Symbol

from fa_theory.symbolic.derivation import Derivation, Part, Step
from fa_theory.symbolic.equation import Equation
from fa_theory.symbolic.notation import D, Expr, Mean, Psi, b, beta, i, j, l, m, p, r, total, y

from ...shared.setting import K
from .feedback_drift import SIGMA, A, Sig, half, q, s
from .random_gram import G_bar, one_neuron

SIZES = ((1, 1, 1), (2, 1, 1), (1, 1, 2), (2, 1, 2))
"""Expectations run over all outcomes. Instead of √p, which few widths have, stands 1/ε."""

Sig_bar, F, P, f0, q0 = (IndexedBase(name) for name in ("Sigma-", "F", "P", "f0", "q0"))
A0, epsilon = Symbol("A0"), Symbol("epsilon", positive=True)

LAZY_Q = Equation(q[i], q0[i] - total(Sig[i, j] * s[j], j), "lazy limit: Σ stands still")
LAZY_A = Equation(
    A,
    A0 - total(s[i] * q[i], i) - half * total(s[i] * Sig[i, j] * s[j], i, j),
    "lazy limit: the balance stands still, and s starts at 0",
)
START_A = Equation(A0, total(b[r] * beta[r], r), "alignment at the start")
START_Q = Equation(q0[i], total(b[r] * Psi[i, r], r) * epsilon, "feedback against the features at the start")
START_F = Equation(f0[i], total(beta[r] * Psi[i, r], r) * epsilon, "output at the start")
FITTED = Equation(s[i], total(P[i, j] * (f0[j] - y[j]), j), "the error that has to be made up for, in the lazy limit")
LIMIT = Equation(
    G_bar[i, j],
    Mean(total(Psi[i, r] * Psi[j, r], r), (), (Psi,)) * epsilon**2,
    "Gram matrix at infinite width; ε is 1/√p",
)
SLOPES = Equation(F[i, j], one_neuron(D[i, r] * D[j, r]), "mean product of slopes")
KERNEL = Equation(Sig_bar[i, j], K[i, j] * F[i, j], "kernel of the drift at infinite width")


def over_feedback(formula: Expr) -> Expr:
    """Expectation over W and b."""
    return Mean(formula, (b,), (D,))


def over_output(formula: Expr) -> Expr:
    """Expectation over W and β at the start."""
    return Mean(formula, (beta,), (Psi,))


def mean(formula: Expr) -> Expr:
    """Expectation over W, β and b at the start."""
    return Mean(formula, (beta, b), (Psi,))


def derivation() -> Derivation:
    """Derive the alignment of the lazy limit and the mean of each of its terms."""
    lazy_end = A0 - total(s[i] * q0[i], i) + half * total(s[i] * Sig[i, j] * s[j], i, j)
    lazy = Part(
        "the alignment in the lazy limit",
        A,
        lazy_end,
        (Step(LAZY_A.right, "the balance stands still", (LAZY_A,)), Step(lazy_end, "q has followed s", (LAZY_Q,))),
    )
    odd = Part(
        "what changes sign with the feedback vanishes on average",
        mean(A0 - total(s[i] * q0[i], i)),
        Integer(0),
        (
            Step(
                mean(total(b[r] * beta[r], r) - total(s[i] * b[r] * Psi[i, r], i, r) * epsilon),
                "definitions",
                (START_A, START_Q, FITTED, START_F),
            ),
            Step(Integer(0), "s does not depend on b, which has mean zero", (FITTED, START_F)),
        ),
    )
    kernel = Part(
        "the kernel has its limit as mean",
        over_feedback(Sig[i, j]),
        Sig_bar[i, j],
        (
            Step(K[i, j] * over_feedback(total(b[r] ** 2 * D[i, r] * D[j, r], r)) / p, "definition", (SIGMA,)),
            Step(K[i, j] * F[i, j], "b has variance one and is independent of the slopes", (SLOPES,)),
            Step(Sig_bar[i, j], "definition", (KERNEL,)),
        ),
    )
    output = Part(
        "the output at the start has the limit Gram matrix as covariance",
        over_output(f0[i] * f0[j]),
        G_bar[i, j],
        (
            Step(
                over_output(total(beta[r] ** 2 * Psi[i, r] * Psi[j, r], r)) * epsilon**2,
                "independent with mean zero",
                (START_F,),
            ),
            Step(G_bar[i, j], "variance one", (LIMIT,)),
        ),
    )
    end = total(P[i, l] * Sig_bar[i, j] * P[j, m] * G_bar[l, m], i, j, l, m) + total(
        P[i, l] * y[l] * Sig_bar[i, j] * P[j, m] * y[m], i, j, l, m
    )
    form = Part(
        "the quadratic form on average",
        over_output(total(s[i] * Sig_bar[i, j] * s[j], i, j)),
        end,
        (Step(end, "insert s; the output at the start has mean zero", (FITTED, START_F, LIMIT)),),
    )
    return Derivation(
        "The mean alignment",
        r"Let the neurons be independent with one law, and $\beta(0)$, $b$ independent of everything, with mean zero "
        r"and variance one. In the lazy limit $\Sigma$ stands still at its mean and $s = P(f_0 - y)$ with "
        r"$P = \bar G^{-1}$; then the mean of $b\cdot\beta$ is half that of $s^\top\Sigma s$.",
        (LAZY_Q, LAZY_A, START_A, START_Q, START_F, FITTED, SIGMA, LIMIT, SLOPES, KERNEL),
        (lazy, odd, kernel, output, form),
        sizes=SIZES,
    )


def mutants() -> dict[str, Derivation]:
    """Wrong versions that both checks must refuse."""
    right = derivation()
    return {
        "the quadratic form counts whole": right.with_end(right.parts[0].right.xreplace({half: Integer(1)}), part=0),
        "b replaced by beta": right.with_rule(
            Equation(q0[i], total(beta[r] * Psi[i, r], r) * epsilon, "backpropagation: no mean zero")
        ),
        "the start is forgotten": right.with_rule(Equation(s[i], -total(P[i, j] * y[j], j), "s without f₀")),
        "slopes apart": right.with_rule(
            Equation(F[i, j], one_neuron(D[i, r]) * one_neuron(D[j, r]), "product of the means of the slopes")
        ),
    }
