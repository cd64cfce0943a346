"""Feedback that is pulled towards the weights, and a mirror that is not tuned."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fa_theory.claims.claim import Bound, Claim, Erratum, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedures import Disproved, Proved, wrong_proofs
from fa_theory.model.ball import Array

from ..shared.exact import Draw, holds, vanishes
from .theorems import alignment

PULLED = Hypothesis(
    "symmetric alignment",
    r"$B(t{+}1) = B(t) - \rho\,(B(t) - W(t))$, a gradient step on $\tfrac12\|B\|^2 - \langle B, W\rangle$, "
    r"$0 \le \rho \le 1$",
)
STEPS = Hypothesis("bounded steps", r"$W(t{+}1) = W(t) - \Delta(t)$ with $\|\Delta(t)\| \le \delta$")


def _gap(draw: Draw, *, rho: Fraction, moves: bool) -> Array:
    """The gap after three steps, minus what it is without moves of the weights."""
    W, B = draw(4), draw(4)
    first = B - W
    for _ in range(3):
        step = draw(4) if moves else 0 * W
        B, W = B - rho * (B - W), W - step
    left: Array = B - W - (1 - rho) ** 3 * first
    return left


def _within(draw: Draw) -> bool:
    W, B, rho, delta = draw(1), draw(1), Fraction(1, 2), Fraction(2)
    first = abs(B - W)[0]
    for t in range(6):
        if not rho * abs(B - W)[0] <= (1 - rho) ** t * rho * first + delta:
            return False
        B, W = B - rho * (B - W), W - draw(1)
    return True


symmetric = Claim(
    id="kunin2020.symmetric-alignment",
    title="Feedback that is pulled towards the weights lags behind them by a bounded distance",
    kind=Kind.THEOREM,
    bound=Bound.UPPER,
    summary="ρ‖B − W‖ ≤ (1 − ρ)ᵗ ρ‖B(0) − W(0)‖ + δ, where no step of W is longer than δ.",
    statement=r"""Let feedback take gradient steps of rate $\rho$ on $\tfrac12\|B\|^2 - \langle B, W\rangle$, and let no
step of the weights be longer than $\delta$. Then for all sizes and all $t$
\[ \rho\, \|B(t) - W(t)\| \le (1 - \rho)^t \rho\, \|B(0) - W(0)\| + \delta . \]
If the weights stay, $\delta = 0$, feedback becomes equal to them exponentially.""",
    hypotheses=(PULLED, STEPS),
    source=Source(
        "kunin2020",
        "symmetric alignment: the primitives decay and self",
        Fidelity.ADAPTED,
        "Stated from descriptions by others: that the primitives are ½‖B‖² and −⟨B, W⟩ is assumed. B stands for its "
        "transpose, all weights of a layer for one vector. The bound is ours.",
    ),
    procedures=(Proved(alignment.lag),),
    mutants=wrong_proofs(alignment.lag, *alignment.MUTANTS),
    degenerate=(
        vanishes("δ=0", "weights that stay", lambda draw: _gap(draw, rho=Fraction(1, 3), moves=False)),
        vanishes("ρ=0", "no pull: the gap stays", lambda draw: _gap(draw, rho=Fraction(0), moves=False)),
        vanishes("ρ=1", "B is W after a step", lambda draw: _gap(draw, rho=Fraction(1), moves=False)),
    ),
    witness=holds("non-vacuity", "one weight that moves at random", _within, "six steps keep the bound"),
)


def _rest(draw: Draw) -> bool:
    B, W = Fraction(0), Fraction(1)
    for _ in range(60):
        B = B - (2 * B - W) / 4
    return bool(abs(B - W / 2) < Fraction(1, 10**9))


def _tuned(draw: Draw) -> bool:
    W = draw(3)
    return bool(np.all(W - (W - W) == W))


untuned = Claim(
    id="kunin2020.untuned-mirror",
    title="A weight mirror finds the weights whatever its rates are",
    kind=Kind.READING,
    bound=Bound.IDENTITY,
    summary="The mean feedback of a weight mirror at rest is W. It fails: with decay β and growth α it is (α/β)W.",
    statement=r"""A weight mirror whose mean feedback moves by $\alpha W - \beta B$ rests at $B = W$, whatever $\alpha$
and $\beta$. (Fails: $\alpha = 1$, $\beta = 2$ and $W = 1$ give $B = \tfrac12$.)""",
    hypotheses=(Hypothesis("mean mirror", r"at rest $\beta B = \alpha W$, $\alpha$ with the variance of the noise"),),
    source=Source(
        "kunin2020",
        "sensitivity of the weight mirror to its metaparameters",
        Fidelity.ADAPTED,
        "What a reader might take a weight mirror to do; the paper says that it must be tuned.",
        proved=False,
    ),
    procedures=(Disproved(alignment.mirror, violation="rates 1 and 2 give half the weight"),),
    mutants=wrong_proofs(alignment.mirror, *alignment.MUTANTS_OF_MIRROR),
    degenerate=(holds("α=β", "equal rates: W is at rest", _tuned, "B = W"),),
    witness=holds("non-vacuity", "60 steps with rates 1 and 2", _rest, "the mean tends to ½W"),
    erratum=Erratum("rates 1 and 2", "akrout2019.weight-mirror"),
)
