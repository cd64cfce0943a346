"""Deep linear networks under direct feedback alignment, from zero."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np

from fa_theory.claims.claim import Bound, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedures import Proved, wrong_proofs
from fa_theory.model.ball import Array

from ..shared.exact import Draw, vanishes
from .theorems import structure


def left(draw: Draw, widths: tuple[int, ...] = (3, 2, 3, 2, 2), *, steps: int = 2) -> Array:
    """What the form leaves of all layers after some steps of direct feedback from zero."""
    outputs, eta = widths[-1], Fraction(1, 2)
    X, Y = draw(3, widths[0]), draw(3, outputs)
    W = [0 * draw(out, into) for into, out in pairwise(widths)]
    B = [draw(width, outputs) for width in widths[1:-1]]
    B.append(np.array([[Fraction(int(i == j)) for j in range(outputs)] for i in range(outputs)]))
    A = [0 * draw(outputs, widths[0])] + [0 * draw(outputs, outputs) for _ in W[1:]]
    for _ in range(steps):
        H, N = [X], [X]
        for layer, part in enumerate(W):
            H.append(H[-1] @ part.T)
            N.append(N[-1] @ A[layer].T if layer == 0 else N[-1] @ (B[layer - 1].T @ B[layer - 1]) @ A[layer].T)
        E = H[-1] - Y
        A = [part - eta * E.T @ N[layer] for layer, part in enumerate(A)]
        W = [part - eta * B[layer] @ E.T @ H[layer] for layer, part in enumerate(W)]
    forms = [B[0] @ A[0]] + [B[k] @ A[k] @ B[k - 1].T for k in range(1, len(W))]
    found: Array = np.concatenate([np.ravel(part - form) for part, form in zip(W, forms, strict=True)])
    return found


alignment_matrices = Claim(
    id="refinetti2021.alignment-matrices",
    title="Under direct feedback from zero, deep linear networks are made of feedback and alignment matrices",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="Linear DFA from zero: W₁ = B₁A₁, W_l = B_lA_lB_{l−1}ᵀ, W_L = A_LB_{L−1}ᵀ exactly, in steps.",
    statement=r"""Let a linear network of any depth learn by direct feedback alignment from zero,
$W_l^+ = W_l - \eta\, B_l E^\top H_{l-1}$, $B_L = I$. Then in steps of any size, for all sizes, data and errors
$E(t)$, at all times
\[ W_1 = B_1 A_1, \qquad W_l = B_l A_l B_{l-1}^\top, \qquad W_L = A_L B_{L-1}^\top, \]
where $A_l^+ = A_l - \eta\, E^\top N_{l-1}$ from zero, with $N_0 = X$, $N_1 = XA_1^\top$ and
$N_l = N_{l-1} B_{l-1}^\top B_{l-1} A_l^\top$, so that $H_l = N_l B_l^\top$. If all $A_l$ are multiples of the identity,
the weights align with the feedback.""",
    hypotheses=(
        Hypothesis("direct feedback", r"$W_l^+ = W_l - \eta\, B_l E^\top H_{l-1}$, constant $B_l$, linear units"),
        Hypothesis("from zero", r"$W_l(0) = 0$ for all $l$"),
    ),
    source=Source(
        "refinetti2021",
        "alignment in deep linear networks",
        Fidelity.ADAPTED,
        "From a summary. The proof goes layer by layer: the first, and any that sees activations of the form NBᵀ.",
    ),
    procedures=(
        Proved(structure.first, name="proof for the first layer"),
        Proved(structure.layer, name="proof for a later layer"),
    ),
    mutants=(
        *wrong_proofs(structure.first, *structure.MUTANTS_OF_FIRST),
        *wrong_proofs(structure.layer, *structure.MUTANTS_OF_LAYER),
    ),
    degenerate=(
        vanishes("L=2", "two layers", lambda draw: left(draw, (2, 3, 2))),
        vanishes("sizes 1", "one unit per layer, three layers", lambda draw: left(draw, (1, 1, 1, 1), steps=4)),
        vanishes("t=0", "no step", lambda draw: left(draw, steps=0)),
    ),
    witness=vanishes("non-vacuity", "two steps of a network of four layers, all layers together", left),
)
