"""Steps of direct feedback and of backpropagation that agree in sign, entry by entry."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fa_theory.claims.claim import Bound, Claim, Erratum, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedures import Disproved, Proved, wrong_proofs

from ..shared.exact import Draw, holds
from .theorems import signs

POSITIVE = Hypothesis(
    "positive and monotone",
    r"one output; feedback weights $b \ge 0$, weights above the layer $\ge 0$, slopes above it $\ge 0$",
)


def agree(draw: Draw, *, batch: int = 1, shift: int = 0, silent: bool = False) -> bool:
    """Whether the steps of a hidden layer with a layer of squares above it agree in sign, entry by entry."""
    x, e, b = draw(batch, 2), draw(batch), abs(draw(3)) + shift
    W, w = abs(draw(2, 3)), abs(draw(2))
    upper = abs(draw(batch, 2))  # slopes above, one for each sample
    D = draw(batch, 3)
    if silent:
        e = 0 * e
    J = (w * upper) @ W
    direct = (b * D * e[:, None]).T @ x
    back = (J * D * e[:, None]).T @ x
    return bool(np.all(direct * back >= 0))


def _two(draw: Draw) -> bool:
    J, pull = np.array([Fraction(3), Fraction(1)]), np.array([Fraction(1), Fraction(-2)])
    return bool(np.sum(J * pull) == 1 and np.sum(pull) == -1)


concordance = Claim(
    id="lechner2020.sign-concordance",
    title="One output, positive weights above: direct feedback and backpropagation agree in sign, sample by sample",
    kind=Kind.THEOREM,
    bound=Bound.LOWER,
    summary="For one sample and one output, DFA and BP steps agree in sign entry by entry, if b and all above are ≥ 0.",
    statement=r"""Let a network have one output. For one sample, the step of a hidden layer with one more hidden
layer above it is $b_r \psi'_r e\, x_m$ for direct feedback and $J_r \psi'_r e\, x_m$ for backpropagation,
$J_r = \sum_a w_a \psi'_a W_{ar}$. If $b$, $w$, $W$ and the slopes $\psi'_a$ are non-negative, then for all sizes,
entry by entry,
\[ \bigl(b_r \psi'_r e\, x_m\bigr) \bigl(J_r \psi'_r e\, x_m\bigr) \ge 0 . \]
The signs of $\psi'_r$, $e$ and $x_m$ do not matter. More layers above change only $J_r \ge 0$.""",
    hypotheses=(POSITIVE,),
    source=Source(
        "lechner2020",
        "theorem on signs",
        Fidelity.ADAPTED,
        "Stated from a summary, for one hidden layer above. Steps that are 0 count as agreeing.",
    ),
    procedures=(Proved(signs.sample),),
    mutants=wrong_proofs(signs.sample, *signs.MUTANTS),
    degenerate=(
        holds("n=1", "one sample, drawn at random", lambda draw: agree(draw), "no entry disagrees"),
        holds("e=0", "no error", lambda draw: agree(draw, silent=True), "no step"),
    ),
    witness=holds(
        "non-vacuity", "a network with positive weights", lambda draw: agree(draw, shift=1), "all entries agree"
    ),
)

minibatches = Claim(
    id="lechner2020.minibatch-concordance",
    title="The signs agree on minibatches, too",
    kind=Kind.VARIANT,
    bound=Bound.LOWER,
    summary="Sums of steps over minibatches agree in sign, too. It fails for two samples: −1 against 1.",
    statement=r"""The same for the sum of the steps over a minibatch: $\bigl(\sum_i b_r \psi'_{ir} e_i x_{im}\bigr)
\bigl(\sum_i J_{ir} \psi'_{ir} e_i x_{im}\bigr) \ge 0$. (Fails: $b = 1$, Jacobians $3$ and $1$, and
$\psi' e x = 1$ and $-2$ for two samples give $-1$ and $1$.)""",
    hypotheses=(POSITIVE,),
    source=Source(
        "lechner2020",
        "theorem on signs",
        Fidelity.ADAPTED,
        "The paper's statement is for one sample; here it is applied to minibatches.",
        proved=False,
    ),
    procedures=(Disproved(signs.batch, violation="two samples whose summed steps have signs −1 and 1"),),
    mutants=wrong_proofs(signs.batch, *signs.MUTANTS_OF_BATCH),
    degenerate=(holds("n=1", "one sample", lambda draw: agree(draw), "all entries agree"),),
    witness=holds("non-vacuity", "the two samples", _two, "the sums are −1 and 1, exactly"),
    erratum=Erratum("two samples with Jacobians 3 and 1", "lechner2020.sign-concordance"),
)
