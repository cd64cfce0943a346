"""Batch Manhattan: steps by the signs of a gradient, or of an estimate that agrees with it in sign."""

from __future__ import annotations

import numpy as np

from fa_theory.claims.claim import Bound, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedures import Proved, wrong_proofs

from ..shared.exact import Draw, holds
from .theorems import manhattan


def descends(draw: Draw, *, size: int = 5, silent: bool = False) -> bool:
    """Whether ``|g|² ≤ M g·s`` for the signs of a vector drawn at random, in exact numbers."""
    g = 0 * draw(size) if silent else draw(size)
    s = np.array([1 if x >= 0 else -1 for x in g])
    return bool(g @ g <= max(abs(g)) * (g @ s))


descent = Claim(
    id="liao2016.manhattan-descends",
    title="A step by the signs of the gradient descends, however the estimate of the gradient is scaled",
    kind=Kind.LEMMA,
    bound=Bound.LOWER,
    summary="g·s ≥ |g|²/max|g_i| for the signs s of g: a Batch Manhattan step is a direction of descent.",
    statement=r"""Let $s_i = \pm 1$ have the signs of the gradient $g$, $s_i g_i \ge 0$, as the signs of any estimate
have that agrees with it in sign. If $|g_i| \le M$ for all $i$, then for all sizes
\[ |g|^2 \le M\, g^\top s . \]
So a step along $-\eta s$ descends to first order, by at least $\eta |g|^2 / M$.""",
    hypotheses=(Hypothesis("signs", r"$s_i = \pm 1$ and $s_i g_i \ge 0$"),),
    source=Source(
        "liao2016",
        "Batch Manhattan",
        Fidelity.ADAPTED,
        "Stated from descriptions by others. The bound is ours.",
    ),
    procedures=(Proved(manhattan.descent),),
    mutants=wrong_proofs(manhattan.descent, *manhattan.MUTANTS),
    degenerate=(
        holds("N=1", "one weight: equality", lambda draw: descends(draw, size=1), "both sides are g²"),
        holds("g=0", "no gradient", lambda draw: descends(draw, silent=True), "both sides are 0"),
    ),
    witness=holds("non-vacuity", "a gradient drawn at random", descends, "the inequality holds, exactly"),
)
