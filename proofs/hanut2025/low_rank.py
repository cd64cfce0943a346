"""Errors that are sent back through few dimensions, B = QP."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fa_theory.claims.claim import Bound, Claim, Erratum, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedures import Disproved, Proved, wrong_proofs
from fa_theory.model.ball import Array

from ..shared.exact import Draw, holds, vanishes
from .theorems import low_rank

LOW_RANK = Hypothesis(
    "feedback of low rank", r"errors reach the hidden layer as $QPE$; $P$ has fewer rows than there are outputs"
)
CHANGES = "Stated from the abstract."


def _left(draw: Draw, *, silent: bool = False, all_seen: bool = False) -> Array:
    """What ``QPE`` leaves of ``WᵀE`` where P projects onto the directions of the error."""
    W, unit = draw(3, 4), np.array([[Fraction(3, 5), Fraction(4, 5), Fraction(0)]])
    P = np.eye(3, dtype=int) * Fraction(1) if all_seen else unit
    E = draw(3, 2) if all_seen else unit.T @ draw(1, 2)
    E = 0 * E if silent else E
    left: Array = W.T @ P.T @ P @ E - W.T @ E
    return left


captured = Claim(
    id="hanut2025.captured-error",
    title="Feedback of low rank that captures the error is backpropagation",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="If PᵀPE = E and Q = WᵀPᵀ, the signal QPE is that of backpropagation, WᵀE, at any rank.",
    statement=r"""Let errors $E$ be sent back as $QPE$. If $P$ captures their directions, $P^\top P E = E$, and $Q$ has
learnt the weights through it, $Q = W^\top P^\top$, then for all sizes and any rank of $P$
\[ Q P E = W^\top E . \]""",
    hypotheses=(
        LOW_RANK,
        Hypothesis("captured error", r"$P^\top P E = E$"),
        Hypothesis("learnt feedback", r"$Q = W^\top P^\top$"),
    ),
    source=Source("hanut2025", "adaptive feedback", Fidelity.ADAPTED, CHANGES),
    procedures=(Proved(low_rank.captured),),
    mutants=wrong_proofs(low_rank.captured, *low_rank.MUTANTS),
    degenerate=(
        vanishes("E=0", "no error", lambda draw: _left(draw, silent=True)),
        vanishes("P=I", "feedback of full rank", lambda draw: _left(draw, all_seen=True)),
    ),
    witness=vanishes("non-vacuity", "errors of rank one, with a unit vector P", _left),
)


def _rests(draw: Draw) -> bool:
    """Both updates vanish, for any Q, and that of backpropagation does not."""
    A, W, P, Q = np.array([[1, 0], [0, 0]]), np.eye(2, dtype=int), np.array([[1, 0]]), draw(2, 1)
    E = np.eye(2, dtype=int) - W @ A
    return bool(np.all(Q @ P @ E == 0) and np.all(E @ A.T == 0) and np.any(W.T @ E != 0))


def _full(draw: Draw) -> bool:
    A, W = np.array([[1, 0], [0, 0]]), np.eye(2, dtype=int)
    E = np.eye(2, dtype=int) - W @ A
    return bool(np.any(W.T @ E != 0))


rest = Claim(
    id="hanut2025.rest-without-error",
    title="With fixed feedback of low rank, only what backpropagation leaves at rest is at rest",
    kind=Kind.READING,
    bound=Bound.IDENTITY,
    summary="Low-rank feedback rests only where backpropagation does. It fails: two outputs, one of them fed back.",
    statement=r"""If both layers of a linear network rest under feedback $QP$, $QPE = 0$ and $EA^\top = 0$, they rest
under backpropagation, $W^\top E = 0$. (Fails: targets $I$, $A = \mathrm{diag}(1, 0)$, $W = I$, $P = (1\;\, 0)$,
any $Q$: the error is $\mathrm{diag}(0, 1)$, and $W^\top E$ is it.)""",
    hypotheses=(LOW_RANK, Hypothesis("linear network on white inputs", r"$E = T - WA$")),
    source=Source(
        "hanut2025",
        "spurious solutions",
        Fidelity.ADAPTED,
        "What the paper denies, stated as a claim, for two layers; stated from the abstract.",
        proved=False,
    ),
    procedures=(Disproved(low_rank.rest, violation="a network at rest with the error diag(0, 1)"),),
    mutants=wrong_proofs(low_rank.rest, *low_rank.MUTANTS_OF_REST),
    degenerate=(holds("P=I", "full rank: this network is not at rest", _full, "WᵀE is not 0"),),
    witness=holds("non-vacuity", "the network at rest", _rests, "both updates are 0 for a random Q, exactly"),
    erratum=Erratum("a network at rest with an error", "hanut2025.captured-error"),
)
