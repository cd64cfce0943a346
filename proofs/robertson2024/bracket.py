"""RK1 for linear networks: what the flow conserves per neuron, and by how much a step of finite size fails to."""

from __future__ import annotations

from sympy import IndexedBase, Integer, Rational, sqrt

from fa_theory.symbolic.derivation import Derivation, Part, Step
from fa_theory.symbolic.notation import Psi, W, X, b, beta, e, eta, j, k, l, lam, p, r, total
from fa_theory.symbolic.rule import Rule

from ..song2021.derivations.setting import (  # noqa: TID252 - the papers share a setting
    FEATURES_LINEAR,
    STEP_BETA,
    STEP_W_LINEAR,
    W_,
    beta_,
)

Q, Q_, S = IndexedBase("Q"), IndexedBase("Q+"), IndexedBase("S")
half = Rational(1, 2)

UNREGULARISED = Rule(lam, Integer(0), "no regularisation")
BRACKET = Rule(Q[r], b[r] * beta[r] - half * total(W[r, k] ** 2, k), "bracket of a neuron")
NEXT_BRACKET = Rule(Q_[r], b[r] * beta_[r] - half * total(W_[r, k] ** 2, k), "bracket after the step")
MOVE = Rule(S[r], total((W_[r, k] - W[r, k]) ** 2, k), "squared length of the move of a neuron")
PULL = total(W[r, k] * X[j, k] * e[j], j, k)
"""``w_r · Xᵀe``"""
SQUARE = total(X[j, k] * X[l, k] * e[j] * e[l], j, l, k)
"""``‖Xᵀe‖²``"""
RIGHT = Q[r] - half * S[r]


def derivation() -> Derivation:
    """Derive that one step lowers ``b_rβ_r − ½‖w_r‖²`` by exactly ``½‖w_r⁺ − w_r‖²``."""
    rate = eta / sqrt(p)
    move = Part(
        "the length of the move",
        S[r],
        rate**2 * b[r] ** 2 * SQUARE,
        (Step(rate**2 * b[r] ** 2 * SQUARE, "step of the first-layer weights", (MOVE, STEP_W_LINEAR)),),
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
                (STEP_BETA, UNREGULARISED, FEATURES_LINEAR),
            ),
            Step(
                b[r] * beta[r] - half * total(W[r, k] ** 2, k) - half * rate**2 * b[r] ** 2 * SQUARE,
                "step of the first-layer weights: the terms of first order cancel",
                (STEP_W_LINEAR,),
            ),
            Step(Q[r] - half * rate**2 * b[r] ** 2 * SQUARE, "bracket before the step", (BRACKET,)),
            Step(RIGHT, "the length of the move", (move.rule(),)),
        ),
    )
    return Derivation(
        "The bracket of a neuron",
        "For linear networks the terms of first order in the step size cancel, so the bracket is conserved by the "
        "flow, and lowered by a step exactly by half the squared length of the move.",
        (UNREGULARISED, BRACKET, NEXT_BRACKET, MOVE, STEP_BETA, STEP_W_LINEAR, FEATURES_LINEAR),
        (move, bracket),
    )


def mutants() -> dict[str, Derivation]:
    """Wrong versions that both checks must refuse."""
    right = derivation()
    return {
        "conserved by steps": right.with_end(Q[r], part=1),
        "bracket raised": right.with_end(Q[r] + half * S[r], part=1),
        "backpropagated error": right.with_rule(
            Rule(W_[r, k], STEP_W_LINEAR.right.xreplace({b[r]: beta[r]}), "gradient step instead of feedback alignment")
        ),
        "whole square in the bracket": right.with_rule(
            Rule(Q_[r], b[r] * beta_[r] - total(W_[r, k] ** 2, k), "bracket without the half")
        ),
        "features of another activation": right.with_rule(Rule(Psi[j, r], Integer(1), "constant features")),
    }
