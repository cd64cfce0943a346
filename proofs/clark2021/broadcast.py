"""One error vector for all units, in networks of vector-valued units."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fa_theory.claims.claim import Bound, Claim, Erratum, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedures import Disproved, Proved, wrong_proofs
from fa_theory.model.ball import Array

from ..shared.exact import Draw, holds, vanishes
from .theorems import broadcast

UNITS = Hypothesis(
    "vector units",
    r"every unit holds a vector of $K$ numbers, one for each output; weights are numbers, gates open or closed",
)
POSITIVE = Hypothesis("weights past the first layer", r"$w \ge 0$ and $W \ge 0$")
CHANGES = "Stated from the abstract and from descriptions by others, for one more hidden layer above."


def _drawn(draw: Draw, *, silent: bool = False, shut: bool = False) -> tuple[Array, Array, Array, Array, Array]:
    """Inputs, error, gates, path weights J, and the broadcast step."""
    h, e, W, w = draw(3, 2), draw(2), abs(draw(2, 4)), abs(draw(2))
    gate, upper = (np.array([Fraction(int(x > 0)) for x in draw(units)]) for units in (4, 2))
    e, upper = 0 * e if silent else e, 0 * upper if shut else upper
    J = (w * upper) @ W
    return h, e, gate, J, np.outer(gate, h @ e)


def _change(draw: Draw, *, silent: bool = False, shut: bool = False) -> Array:
    h, e, gate, J, step = _drawn(draw, silent=silent, shut=shut)
    V, D = draw(4, 3), draw(4, 3)
    before, after = (J * gate) @ (V @ h), (J * gate) @ ((V + D) @ h)
    return np.array([e @ (after - before) - np.sum(J[:, None] * step * D)])


def _agree(draw: Draw, *, silent: bool = False, shut: bool = False) -> bool:
    *_, J, step = _drawn(draw, silent=silent, shut=shut)
    return bool(np.all(step * (J[:, None] * step) >= 0))


form = Claim(
    id="clark2021.gradient-form",
    title="With vector units, the gradient of a unit is its broadcast step times one number",
    kind=Kind.LEMMA,
    bound=Bound.IDENTITY,
    summary="The gradient of weight (r, m) is J_r times gate · (error vector · input vector), J_r a sum over paths.",
    statement=r"""In a network of vector units with gates $g$, $G$ that stay as they are, let the first weights move
from $V$ to $V + D$. Then for one sample and all sizes the outputs $y$ satisfy
\[ e^\top \bigl(y(V + D) - y(V)\bigr) = \sum_{r,m} J_r\, g_r\, (e^\top h_m)\, D_{rm} ,
   \qquad J_r = \sum_a w_a G_a W_{ar} . \]
So the gradient with respect to $V_{rm}$ is $J_r$ times the broadcast step $g_r\, e^\top h_m$.""",
    hypotheses=(UNITS,),
    source=Source("clark2021", "the gradient in vectorised networks", Fidelity.ADAPTED, CHANGES),
    procedures=(Proved(broadcast.gradient),),
    mutants=wrong_proofs(broadcast.gradient, *broadcast.MUTANTS_OF_GRADIENT),
    degenerate=(
        vanishes("e=0", "no error", lambda draw: _change(draw, silent=True)),
        vanishes("G=0", "all gates above are shut", lambda draw: _change(draw, shut=True)),
    ),
    witness=vanishes("non-vacuity", "weights and gates drawn at random", _change),
)

match = Claim(
    id="clark2021.sign-match",
    title="A broadcast error vector matches the gradient in sign, entry by entry",
    kind=Kind.THEOREM,
    bound=Bound.LOWER,
    summary="Weights past the first layer ≥ 0: each entry of the gradient has the sign of the broadcast step, or is 0.",
    statement=r"""In a network of vector units with $w, W, G \ge 0$, for one sample and all sizes, entry by entry
\[ \bigl(g_r\, e^\top h_m\bigr) \bigl(J_r\, g_r\, e^\top h_m\bigr) \ge 0 ,
   \qquad J_r = \sum_a w_a G_a W_{ar} . \]
More layers above change only $J_r \ge 0$.""",
    hypotheses=(UNITS, POSITIVE),
    source=Source("clark2021", "theorem on signs", Fidelity.ADAPTED, CHANGES),
    uses=("clark2021.gradient-form",),
    procedures=(Proved(broadcast.signs),),
    mutants=wrong_proofs(broadcast.signs, *broadcast.MUTANTS_OF_SIGNS),
    degenerate=(
        holds("e=0", "no error", lambda draw: _agree(draw, silent=True), "no step"),
        holds("G=0", "all gates above are shut", lambda draw: _agree(draw, shut=True), "no gradient"),
    ),
    witness=holds("non-vacuity", "weights and gates drawn at random", _agree, "no entry disagrees"),
)


def _two(draw: Draw) -> bool:
    J, step = np.array([Fraction(3), Fraction(1)]), np.array([Fraction(1), Fraction(-2)])
    return bool(np.sum(J * step) == 1 and np.sum(step) == -1)


batches = Claim(
    id="clark2021.minibatch-sign-match",
    title="A broadcast error vector matches the gradient of a minibatch in sign",
    kind=Kind.VARIANT,
    bound=Bound.LOWER,
    summary="Sums over minibatches match in sign, too. It fails for two samples: −1 against 1.",
    statement=r"""The same for sums over the samples $i$ of a minibatch:
$\bigl(\sum_i u_i\bigr)\bigl(\sum_i J_i u_i\bigr) \ge 0$ for the broadcast steps $u_i$ of an entry. (Fails: gates
above are open so that $J = 3$ for one sample and $1$ for the other, and $u = 1$ and $-2$.)""",
    hypotheses=(UNITS, POSITIVE),
    source=Source(
        "clark2021",
        "theorem on signs",
        Fidelity.ADAPTED,
        "The statement is for one sample; here it is applied to minibatches.",
        proved=False,
    ),
    procedures=(Disproved(broadcast.batch, violation="two samples whose summed steps have signs −1 and 1"),),
    mutants=wrong_proofs(broadcast.batch, *broadcast.MUTANTS_OF_BATCH),
    degenerate=(holds("n=1", "one sample", _agree, "no entry disagrees"),),
    witness=holds("non-vacuity", "the two samples", _two, "the sums are −1 and 1, exactly"),
    erratum=Erratum("two samples with different open gates", "clark2021.sign-match"),
)
