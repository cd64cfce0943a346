"""RK1 for 1-homogeneous activations: the bracket of a neuron, and by how much a step of finite size lowers it."""

from __future__ import annotations

from sympy import IndexedBase, Integer, Rational, sqrt

from fa_theory.symbolic.derivation import Derivation, Part, Step
from fa_theory.symbolic.equation import Equation
from fa_theory.symbolic.notation import D, Psi, W, X, b, beta, e, eta, i, j, k, l, lam, p, r, total

from ...shared.setting import STEP_BETA, STEP_W, W_, beta_

Q, Q_, S = IndexedBase("Q"), IndexedBase("Q+"), IndexedBase("S")
half = Rational(1, 2)

HOMOGENEOUS = Equation(
    Psi[i, r], D[i, r] * total(W[r, k] * X[i, k], k), "1-homogeneous activation: a feature is slope times input"
)
UNREGULARISED = Equation(lam, Integer(0), "no regularisation")
BRACKET = Equation(Q[r], b[r] * beta[r] - half * total(W[r, k] ** 2, k), "bracket of a neuron")
NEXT_BRACKET = Equation(Q_[r], b[r] * beta_[r] - half * total(W_[r, k] ** 2, k), "bracket after the step")
MOVE = Equation(S[r], total((W_[r, k] - W[r, k]) ** 2, k), "squared length of the move of a neuron")
PULL = total(W[r, k] * X[j, k] * D[j, r] * e[j], j, k)
"""``w_r · Xᵀ(ψ'_r ∘ e)``"""
SQUARE = total(D[j, r] * D[l, r] * X[j, k] * X[l, k] * e[j] * e[l], j, l, k)
"""``‖Xᵀ(ψ'_r ∘ e)‖²``"""
RIGHT = Q[r] - half * S[r]


def derivation() -> Derivation:
    """Derive that one step lowers ``b_rβ_r − ½‖w_r‖²`` by exactly ``½‖w_r⁺ − w_r‖²``."""
    rate = eta / sqrt(p)
    move = Part(
        "the length of the move",
        S[r],
        rate**2 * b[r] ** 2 * SQUARE,
        (Step(rate**2 * b[r] ** 2 * SQUARE, "step of the first-layer weights", (MOVE, STEP_W)),),
    )
    bracket = Part(
        "the bracket after a step",
        Q_[r],
        RIGHT,
        (
            Step(b[r] * beta_[r] - half * total(W_[r, k] ** 2, k), "definition", (NEXT_BRACKET,)),
            Step(
                b[r] * beta[r] - rate * b[r] * PULL - half * total(W_[r, k] ** 2, k),
                "step of the output weights",
                (STEP_BETA, UNREGULARISED, HOMOGENEOUS),
            ),
            Step(
                b[r] * beta[r] - half * total(W[r, k] ** 2, k) - half * rate**2 * b[r] ** 2 * SQUARE,
                "step of the first-layer weights: the terms of first order cancel",
                (STEP_W,),
            ),
            Step(Q[r] - half * rate**2 * b[r] ** 2 * SQUARE, "bracket before the step", (BRACKET,)),
            Step(RIGHT, "the length of the move", (move.rule(),)),
        ),
    )
    return Derivation(
        "The bracket of a neuron",
        r"For 1-homogeneous activations, $\psi(z) = \psi'(z)\, z$, the terms of first order in the step size cancel: a "
        "step lowers the bracket exactly by half the squared length of the move.",
        (UNREGULARISED, BRACKET, NEXT_BRACKET, MOVE, STEP_BETA, STEP_W, HOMOGENEOUS),
        (move, bracket),
    )


def mutants() -> dict[str, Derivation]:
    """Wrong versions that both checks must refuse."""
    right = derivation()
    return {
        "conserved by steps": right.with_end(Q[r], part=1),
        "bracket raised": right.with_end(Q[r] + half * S[r], part=1),
        "backpropagated error": right.with_rule(
            Equation(W_[r, k], STEP_W.right.xreplace({b[r]: beta[r]}), "gradient step instead of feedback alignment")
        ),
        "whole square in the bracket": right.with_rule(
            Equation(Q_[r], b[r] * beta_[r] - total(W_[r, k] ** 2, k), "bracket without the half")
        ),
        "features of another activation": right.with_rule(Equation(Psi[i, r], Integer(1), "constant features")),
    }
