"""Feedback through a product of two matrices, one of which is fixed."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fa_theory.claims.claim import Bound, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedures import Proved, wrong_proofs
from fa_theory.model.ball import Array

from ..shared.exact import Draw, holds, vanishes
from .theorems import product


def left_over(draw: Draw, *, steps: int = 3, kappa: Fraction = Fraction(1, 2), blind: bool = False) -> Array:
    """The difference after some steps minus ``κ^t`` times that at the start."""
    W, B, R = draw(2, 3), draw(4, 2), draw(3, 4)
    R = 0 * R if blind else R
    first = R @ B - R @ R.T @ W.T
    for _ in range(steps):
        step = draw(2, 3)
        W, B = kappa * W - step, kappa * B - R.T @ step.T
    left: Array = R @ B - R @ R.T @ W.T - kappa**steps * first
    return left


def _orthogonal(draw: Draw) -> bool:
    """With ``RRᵀ = I`` the product becomes the weights, though R and B do not resemble them."""
    W, B = draw(1, 1), draw(2, 1)
    R = np.array([[Fraction(3, 5), Fraction(4, 5)]])
    for _ in range(40):
        step = draw(1, 1)
        W, B = (W - step) / 2, (B - R.T @ step) / 2
    return bool(abs((R @ B - W.T)[0, 0]) < Fraction(1, 10**9))


follows = Claim(
    id="jian2024.product-follows",
    title="The product of a fixed matrix and feedback that learns follows the weights",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="RB − RRᵀWᵀ shrinks by κ = 1 − ηλ in each step, exactly; with RRᵀ = I the product RB becomes Wᵀ.",
    statement=r"""Let errors be sent back through $RB$, $R$ fixed. Let weights take any steps, and $B$ the same steps
seen through $R$, with the same decay:
\[ W(t{+}1) = \kappa W(t) - \Delta(t), \qquad B(t{+}1) = \kappa B(t) - R^\top \Delta(t)^\top . \]
Then for all sizes, all $t$ and all $\Delta$
\[ R B(t) - R R^\top W(t)^\top = \kappa^t \bigl(R B(0) - R R^\top W(0)^\top\bigr) . \]
If the rows of $R$ are orthonormal, $RR^\top = I$, then $RB$ becomes $W^\top$ exponentially for $0 < \kappa < 1$, while
neither $R$ nor $B$ need resemble the weights.""",
    hypotheses=(
        Hypothesis("common steps", r"$B$ takes the steps of $W$, seen through $R^\top$, with the same decay"),
        Hypothesis("fixed matrix", r"$R$ does not change"),
    ),
    source=Source(
        "jian2024",
        "product feedback alignment",
        Fidelity.ADAPTED,
        "Stated from the abstract and from descriptions by others: that B learns from the activity sent through R, "
        "with the decay of W, is assumed. The exact difference, for every R, is ours.",
    ),
    procedures=(Proved(product.difference),),
    mutants=wrong_proofs(product.difference, *product.MUTANTS),
    degenerate=(
        vanishes("t=0", "no step", lambda draw: left_over(draw, steps=0)),
        vanishes("κ=1", "no decay: the difference stays", lambda draw: left_over(draw, kappa=Fraction(1))),
        vanishes("R=0", "nothing is sent back", lambda draw: left_over(draw, blind=True)),
    ),
    witness=holds("non-vacuity", "orthonormal rows, 40 steps", _orthogonal, "RB is Wᵀ within 1e-9"),
)
