"""S8′ for any activation: how the alignment moves along the unregularised flow, and what it is on average.

With ``q_i = p^{-1/2} Σ_r b_r ψ(w_r·x_i)`` and ``Σ_ij = x_i·x_j p^{-1} Σ_r b_r² ψ'(w_r·x_i) ψ'(w_r·x_j)``, exactly at
every width, ``d/dt b·β = −q·e`` and ``q̇ = −Σe``. So ``b·β + s·q + ½ sᵀΣs``, where ``ṡ = e``, changes only as Σ does:
what follows where it stands still, and on average, is in `mean_alignment`.
"""

from __future__ import annotations

from sympy import IndexedBase, Rational, Symbol, sqrt

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
    p,
    psi,
    r,
    rate,
    tau,
    total,
)

from ...shared.gradient_flow import FEATURES, FLOW_BETA, FLOW_W, SLOPES, UNREGULARISED, W_rate, Z, beta_rate
from ...shared.setting import INPUT_GRAM, K

q, q_rate, s, s_rate, Sig, Sig_rate = (IndexedBase(name) for name in ("q", "q.", "s", "s.", "Sigma", "Sigma."))
A, A_rate, J_rate = (Symbol(name) for name in ("A", "A.", "J."))
half = Rational(1, 2)

FEEDBACK = Equation(q[i], total(b[r] * Psi[i, r], r) / sqrt(p), "feedback against the features")
FEEDBACK_RATE = Equation(
    q_rate[i],
    rate(total(b[r] * psi(total((W[r, k] + tau * W_rate[r, k]) * X[i, k], k)), r) / sqrt(p)),
    "rate of the feedback against the features",
)
SIGMA = Equation(Sig[i, j], K[i, j] * total(b[r] ** 2 * D[i, r] * D[j, r], r) / p, "kernel of the drift")
ALIGNED_RATE = Equation(A_rate, rate(total(b[r] * (beta[r] + tau * beta_rate[r]), r)), "rate of the alignment")
SUM_RATE = Equation(s_rate[i], e[i], "s is the sum of the errors")
BALANCE_RATE = Equation(
    J_rate,
    rate(
        A
        + tau * A_rate
        + total((s[i] + tau * s_rate[i]) * (q[i] + tau * q_rate[i]), i)
        + half * total((s[i] + tau * s_rate[i]) * (Sig[i, j] + tau * Sig_rate[i, j]) * (s[j] + tau * s_rate[j]), i, j)
    ),
    "rate of b·β + s·q + ½ sᵀΣs",
)


def derivation() -> Derivation:
    """Derive the rates of b·β and q, and from them the balance and the alignment of the lazy limit."""
    aligned = Part(
        "the alignment",
        A_rate,
        -total(q[i] * e[i], i),
        (
            Step(ALIGNED_RATE.right, "along the flow", (ALIGNED_RATE,)),
            Step(total(b[r] * beta_rate[r], r), "β alone moves"),
            Step(
                -total(b[r] * Psi[j, r] * e[j], r, j) / sqrt(p),
                "flow of the output weights",
                (FLOW_BETA, UNREGULARISED),
            ),
            Step(-total(q[i] * e[i], i), "the inner sum is q", (FEEDBACK,)),
        ),
    )
    drift = Part(
        "the feedback against the features",
        q_rate[i],
        -total(Sig[i, j] * e[j], j),
        (
            Step(FEEDBACK_RATE.right, "along the flow", (FEEDBACK_RATE,)),
            Step(
                total(b[r] * dpsi(Z) * total(W_rate[r, k] * X[i, k], k), r) / sqrt(p),
                "chain rule",
            ),
            Step(
                -total(b[r] ** 2 * D[i, r] * D[j, r] * K[i, j] * e[j], r, j) / p,
                "flow of the first-layer weights, which moves every neuron along its feedback weight",
                (FLOW_W, SLOPES, INPUT_GRAM),
            ),
            Step(-total(Sig[i, j] * e[j], j), "the inner sum is Σ", (SIGMA,)),
        ),
    )
    balance = Part(
        "the balance",
        J_rate,
        half * total(s[i] * Sig_rate[i, j] * s[j], i, j),
        (
            Step(BALANCE_RATE.right, "along the flow", (BALANCE_RATE,)),
            Step(
                A_rate
                + total(s_rate[i] * q[i] + s[i] * q_rate[i], i)
                + half * total(s_rate[i] * Sig[i, j] * s[j] + s[i] * Sig[i, j] * s_rate[j], i, j)
                + half * total(s[i] * Sig_rate[i, j] * s[j], i, j),
                "product rule",
            ),
            Step(
                half * total(e[i] * Sig[i, j] * s[j] - s[i] * Sig[i, j] * e[j], i, j)
                + half * total(s[i] * Sig_rate[i, j] * s[j], i, j),
                "the rates just derived: what is left of q cancels",
                (aligned.rule(), drift.rule(), SUM_RATE),
            ),
            Step(half * total(s[i] * Sig_rate[i, j] * s[j], i, j), "Σ is symmetric", (SIGMA, INPUT_GRAM)),
        ),
    )
    return Derivation(
        "The drift of the alignment",
        r"Along the unregularised flow, at any width and for any differentiable activation, the alignment "
        r"$A = b\cdot\beta$ and the feedback against the features $q$ obey a closed pair of equations with the kernel "
        r"$\Sigma$. What changes the balance $A + s\cdot q + \tfrac12 s^\top\Sigma s$ is only the motion of $\Sigma$.",
        (
            FEATURES,
            SLOPES,
            FLOW_W,
            FLOW_BETA,
            UNREGULARISED,
            INPUT_GRAM,
            FEEDBACK,
            FEEDBACK_RATE,
            SIGMA,
            ALIGNED_RATE,
            SUM_RATE,
            BALANCE_RATE,
        ),
        (aligned, drift, balance),
    )


def mutants() -> dict[str, Derivation]:
    """Wrong versions that both checks must refuse."""
    right = derivation()
    return {
        "error sent back through beta": right.with_rule(
            Equation(
                W_rate[r, k], FLOW_W.right.xreplace({b[r]: beta[r]}), "gradient flow instead of feedback alignment"
            )
        ),
        "one slope in the kernel": right.with_rule(
            Equation(Sig[i, j], K[i, j] * total(b[r] ** 2 * D[i, r], r) / p, "kernel with one slope")
        ),
        "s counted twice": right.with_rule(Equation(s_rate[i], 2 * e[i], "twice the sum of the errors")),
        "nothing is lost": right.with_end(total(s[i] * Sig_rate[i, j] * s[j], i, j), part=2),
    }
