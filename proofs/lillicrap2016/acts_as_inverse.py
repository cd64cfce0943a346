"""In which sense the second layer comes to act as a pseudoinverse of the feedback."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fa_theory.claims.claim import Bound, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedures import Proved, wrong_proofs
from fa_theory.model.ball import Array

from ..shared.exact import Draw, holds, vanishes
from .theorems import inverse

HALF = Fraction(1, 2)


def _source(changes: str) -> Source:
    return Source("lillicrap2016", "W acts like a pseudoinverse of B", Fidelity.ADAPTED, changes)


def _acute(draw: Draw, *, blind: bool = False) -> Array:
    """``⟨BᵀBv, WBv⟩ − ½‖AᵀBv‖²`` for ``W = MBᵀ``, ``A = BZ`` with ``M + Mᵀ = ZZᵀ``, as all runs from zero have them."""
    B, Z, v, K = draw(3, 2), draw(2, 4), draw(2), draw(2, 2)
    if blind:
        B = 0 * B
    M = Z @ Z.T / 2 + K - K.T
    A, W = B @ Z, M @ B.T
    sent = B @ v
    return np.array([(B.T @ sent) @ (W @ sent) - np.sum((A.T @ sent) ** 2) / 2])


acute_signals = Claim(
    id="lillicrap2016.acute-signals",
    title="From zero, orthonormal feedback sends within 90° of the gradient, for every error",
    kind=Kind.THEOREM,
    bound=Bound.LOWER,
    summary="If BW + WᵀBᵀ = AAᵀ, ⟨BᵀBv, WBv⟩ = ½‖AᵀBv‖² for all v: acute angles if BᵀB is a multiple of 1.",
    statement=r"""If $BW + W^\top B^\top = AA^\top$, which the flow from zero conserves, then for all sizes and all $v$
\[ \langle B^\top B v,\, W B v\rangle = \tfrac12\, \|A^\top B v\|^2 \ge 0 . \]
If $B^\top B = \kappa I$, then $\kappa \langle Bv, W^\top v\rangle = \tfrac12 \|A^\top Bv\|^2$: for every error $v$
the
signal $Bv$ is within 90° of the gradient $W^\top v$, as it would be if $W$ were the pseudoinverse of $B$.""",
    hypotheses=(Hypothesis("balanced", r"$BW + W^\top B^\top = AA^\top$, as from $A = W = 0$"),),
    source=_source(
        "The paper measures angles; for linear networks from zero this is exact, for any number of samples."
    ),
    procedures=(Proved(inverse.acute),),
    mutants=wrong_proofs(inverse.acute, *inverse.MUTANTS_OF_ACUTE),
    degenerate=(vanishes("B=0", "no feedback", lambda draw: _acute(draw, blind=True)),),
    witness=vanishes("non-vacuity", "a balanced network of the form that runs from zero have", _acute),
    uses=("lillicrap2016.conserved-bracket",),
)


def _flows(draw: Draw, *, zero: bool = False) -> Array:
    """What the solution leaves of both flows: B with BᵀB = 2, T with TTᵀ = 25, at a random z."""
    B = np.array([[1, 0], [1, 0], [0, 1], [0, 1]]) * Fraction(1)
    T = np.array([[3, 4, 0], [4, -3, 0]]) * Fraction(1)
    kappa, sigma2, z = Fraction(2), Fraction(25), Fraction(0) if zero else draw(1)[0]
    A, W = z * B @ T, HALF * sigma2 * z**2 * B.T
    E, speed = T - W @ A, 1 - HALF * kappa * sigma2 * z**3
    left = speed * B @ T - B @ E, sigma2 * z * speed * B.T - E @ A.T
    return np.concatenate([np.ravel(part) for part in left])


def _inverse(draw: Draw) -> bool:
    """At rest, z³ = 2/(κσ²): W A = T, and W = (1/(κz)) Bᵀ."""
    z, kappa, sigma2 = HALF, Fraction(2), Fraction(8)
    return HALF * kappa * sigma2 * z**3 == 1 and HALF * sigma2 * z**2 == 1 / (kappa * z)


pseudoinverse_of_feedback = Claim(
    id="lillicrap2016.pseudoinverse-for-all-time",
    title="If all singular values of the target are equal, W is a multiple of the pseudoinverse of B throughout",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="BᵀB = κ and TTᵀ = σ²: from zero A = zBT and W = ½σ²z²Bᵀ, z' = 1 − ½κσ²z³; so W = ½κσ²z² B⁺.",
    statement=r"""Let $B^\top B = \kappa I$ and $TT^\top = \sigma^2 I$. With
$\dot z = 1 - \tfrac12 \kappa \sigma^2 z^3$ from 0,
\[ A = z\, BT, \qquad W = \tfrac12 \sigma^2 z^2\, B^\top \]
solve $\dot A = BE$, $\dot W = EA^\top$, $E = T - WA$, from zero. So at all times
$W = \tfrac12 \kappa \sigma^2 z^2\, B^{+}$ is a multiple of the pseudoinverse $B^{+} = \tfrac1\kappa B^\top$, for as
many
samples as there are inputs.""",
    hypotheses=(
        Hypothesis("feedback", r"$B^\top B = \kappa I$, on the columns of $T$"),
        Hypothesis("target", r"$TT^\top = \sigma^2 I$, on the rows of $B$"),
    ),
    source=_source("The paper measures it for general targets; here the targets have equal singular values."),
    procedures=(
        Proved(inverse.first_layer, name="proof for the first layer"),
        Proved(inverse.second_layer, name="proof for the second layer"),
    ),
    mutants=(
        *wrong_proofs(inverse.first_layer, *inverse.MUTANTS_OF_FIRST),
        *wrong_proofs(inverse.second_layer, *inverse.MUTANTS_OF_SECOND),
    ),
    degenerate=(
        vanishes("z=0", "at the start", lambda draw: _flows(draw, zero=True)),
        holds("rest", "at rest W A = T", _inverse, "z = ½ for κ = 2, σ² = 8, and W = Bᵀ/(κz)"),
    ),
    witness=vanishes("non-vacuity", "four hidden units, two outputs, three inputs", _flows),
    proof=r"""The flow is a polynomial differential equation, so the solution from zero is the only one.""",
    uses=("lillicrap2016.conserved-bracket",),
)
