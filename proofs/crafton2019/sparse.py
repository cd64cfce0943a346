"""Direct feedback through one connection for each hidden unit."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fa_theory.claims.claim import Bound, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedures import Proved, wrong_proofs
from fa_theory.model.ball import Array

from ..shared.exact import Draw, vanishes
from .theorems import sparse


def left_over(draw: Draw, *, silent: bool = False, outputs: int = 3) -> Array:
    """``|Be|²`` minus its formula, for connections drawn at random."""
    b, e = draw(5), draw(outputs)
    e = 0 * e if silent else e
    S = np.array([[Fraction(int(c == abs(int(4 * x)) % outputs)) for c in range(outputs)] for x in draw(5)])
    sent = b * (S @ e)
    return np.array([sent @ sent - (b * b) @ (S @ (e * e))])


signal = Claim(
    id="crafton2019.sparse-signal",
    title="With one connection for each hidden unit, every unit hears one error at its full size",
    kind=Kind.LEMMA,
    bound=Bound.IDENTITY,
    summary="Sparse direct feedback: |Be|² is the sum over units of b_r² times the square of the one error they hear.",
    statement=r"""Let direct feedback have at most one connection for each hidden unit: $B_{rc} = b_r S_{rc}$ with
$S_{rc} S_{ra} = \delta_{ca} S_{rc}$. Then for all sizes and all errors
\[ |Be|^2 = \sum_r b_r^2 \sum_c S_{rc}\, e_c^2 . \]
No errors cancel on their way to a unit, as they may under dense feedback.""",
    hypotheses=(
        Hypothesis("one connection", r"$S_{rc} S_{ra} = \delta_{ca} S_{rc}$: the rows of $S$ are unit vectors or 0"),
    ),
    source=Source(
        "crafton2019", "sparse feedback", Fidelity.ADAPTED, "Stated from the abstract; the identity is ours."
    ),
    procedures=(Proved(sparse.signal),),
    mutants=wrong_proofs(sparse.signal, *sparse.MUTANTS),
    degenerate=(
        vanishes("e=0", "no error", lambda draw: left_over(draw, silent=True)),
        vanishes("k=1", "one output", lambda draw: left_over(draw, outputs=1)),
    ),
    witness=vanishes("non-vacuity", "connections drawn at random", left_over),
)
