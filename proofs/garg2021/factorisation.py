"""Matrix factorisation ``Y ≈ ZW`` by feedback alignment."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fa_theory.claims.claim import Bound, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedures import Proved, wrong_proofs
from fa_theory.model.ball import Array

from ..shared.exact import Draw, holds, vanishes
from .theorems import factors, optimal

FLOW = Hypothesis("feedback alignment", r"$E = Y - ZW$; $\dot Z = EW^\top$, $\dot W = BE$; $B$ is constant")


def _after(draw: Draw, Z: Array, Y: Array) -> Array:
    """``νᵀZ`` after a step, for ν orthogonal to the columns of Y."""
    nu = np.array([Fraction(0), Fraction(0), Fraction(1)])
    W = draw(2, 4)
    left: Array = nu @ (Z + Fraction(1, 5) * (Y - Z @ W) @ W.T)
    return left


def _flat(draw: Draw, last: int) -> Array:
    Y = draw(3, 4)
    Y[2] = last
    return Y


column_space = Claim(
    id="garg2021.column-space",
    title="The left factor stays in the column space of the target, so the error is seen if r ≥ rank Y",
    kind=Kind.LEMMA,
    bound=Bound.IDENTITY,
    summary="From zero, Z never leaves the column space of Y; so E vanishes if ‖Bv‖² ≥ κ‖v‖² there; r ≥ rank Y.",
    statement=r"""Along $\dot Z = EW^\top$, $E = Y - ZW$, for all sizes and any $W(t)$: if $\nu^\top Y = 0$ and
$\nu^\top Z(0) = 0$, then $\nu^\top Z(t) = 0$ for all $t$. So from zero the columns of $Z$, and of $E$, stay in the
column space of $Y$. With $\dot W = BE$ and $\|Bv\|^2 \ge \kappa \|v\|^2$ for $v$ in that space, which
$r \ge \mathrm{rank}\, Y$ makes possible, $\kappa t\, \|E(t)\|^2 \le \|BY\|^2 + r/8$: feedback alignment finds
$ZW = Y$.""",
    hypotheses=(FLOW, Hypothesis("from zero", r"$Z = W = 0$ at the start")),
    source=Source(
        "garg2021",
        "theorem on r at least the rank",
        Fidelity.ADAPTED,
        "From the abstract: along the flow from zero, with a condition on B in place of its law. The rate is ours.",
    ),
    procedures=(Proved(factors.columns),),
    mutants=wrong_proofs(factors.columns, *factors.MUTANTS_OF_COLUMNS),
    degenerate=(
        vanishes("Y=0", "no target, from zero", lambda draw: _after(draw, 0 * draw(3, 2), 0 * draw(3, 4))),
        vanishes("Z=0", "the first step from zero", lambda draw: _after(draw, 0 * draw(3, 2), _flat(draw, 0))),
    ),
    witness=holds(
        "non-vacuity",
        "a target with a row of zeros",
        lambda draw: bool(np.all(_flat(draw, 0)[2] == 0)),
        "ν = (0, 0, 1) is orthogonal to its columns",
    ),
    uses=("lillicrap2016.converges-from-zero",),
)


def _sketch(B: Array) -> tuple[Fraction, Array]:
    """``‖Y − YΠ‖²`` for Y = diag(10, 1), r = 1, Π the projection on the row BY."""
    Y = np.array([[Fraction(10), Fraction(0)], [Fraction(0), Fraction(1)]])
    row = B @ Y
    Pi = np.outer(row, row) / np.sum(row * row)
    E = Y - Y @ Pi
    error: Fraction = np.sum(E * E)
    return error, E @ row


def _far(draw: Draw) -> bool:
    error, rest = _sketch(np.array([Fraction(1), Fraction(10)]))
    return error == Fraction(101, 2) and bool(np.all(rest == 0))


def _near(draw: Draw) -> bool:
    return _sketch(np.array([Fraction(1), Fraction(0)]))[0] == 1


resting_error = Claim(
    id="garg2021.resting-error",
    title="Below the rank, feedback alignment ends at a random sketch of the target",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="Where Z rests, E = Y − YΠ, Π the projection on the rows of W, which are those of BY if r = rank BY.",
    statement=r"""Where $Z$ rests, $EW^\top = 0$, for all sizes $E = Y - Y\Pi$, where $\Pi$ is the
projection on the row space of $W$. Where $W$ rests too, $BY = BZW$, so the rows of $BY$ are in that space; if $BY$
has rank $r$, they span it, and the error is that of a random sketch,
\[ \|Y - ZW\|_F = \|Y - Y\, \Pi_{BY}\|_F . \]
For $Y = \mathrm{diag}(10, 1)$, $r = 1$ and $B = (1, 10)$ its square is $50.5$; the optimum is $1$.""",
    hypotheses=(
        Hypothesis("at rest", r"$EW^\top = 0$, $E = Y - ZW$"),
        Hypothesis("projection", r"$W\Pi = W$, and $\Pi = W^\top M$ for some $M$"),
    ),
    source=Source(
        "garg2021",
        "separation between gradient descent and feedback alignment",
        Fidelity.ADAPTED,
        "Stated from the abstract; the exact error at rest is ours. That the flow comes to rest there is not stated.",
    ),
    procedures=(Proved(factors.limit),),
    mutants=wrong_proofs(factors.limit, *factors.MUTANTS_OF_LIMIT),
    degenerate=(holds("B=(1, 0)", "feedback along the principal component", _near, "the error is the optimum, 1"),),
    witness=holds("non-vacuity", "Y = diag(10, 1), r = 1, B = (1, 10)", _far, "E Wᵀ = 0 and ‖E‖² = 101/2, exactly"),
)


def _fitted(draw: Draw, *, zero: bool = False) -> tuple[Array, Array, Array]:
    """Rates of ``⟨BY, W⟩`` and of WWᵀ at a random W of one row, with the fitted Z; and ``‖BE‖²``."""
    Y, W, B = draw(3, 4), draw(1, 4), draw(1, 3)
    W[0, 0] = W[0, 0] + 3
    if zero:
        Y = 0 * Y
    Z = Y @ W.T / np.sum(W * W)
    E = Y - Z @ W
    sent = B @ E
    return np.sum((B @ Y) * sent) - np.sum(sent * sent), np.ravel(sent @ W.T), np.ravel(E @ W.T)


def _growth(draw: Draw, *, zero: bool = False) -> Array:
    gap, turned, fit = _fitted(draw, zero=zero)
    return np.concatenate([np.ravel(gap), turned, fit])


optimal_decoder = Claim(
    id="garg2021.fitted-factor-aligns",
    title="With Z always fitted to W (FA*), alignment never falls, and the error sent back vanishes",
    kind=Kind.THEOREM,
    bound=Bound.TIGHT,
    summary="FA*: tr BZWWᵀ grows at the rate ‖BE‖², WWᵀ is constant; if ‖BE‖² ≥ ε up to t, tε ≤ ‖BY‖² + ‖W(0)‖².",
    statement=r"""Let $Z$ be the least-squares fit for $W$ at all times, $EW^\top = 0$ with $E = Y - ZW$, and
$\dot W = BE$. For all sizes $WW^\top$ does not change, and $BZWW^\top = BYW^\top$ with
\[ \tfrac{d}{dt}\, \mathrm{tr}\, BYW^\top = \|BE\|^2 : \]
the alignment of $B$ and $Z$, in the metric $WW^\top$, never falls. If $\|BE\|^2 \ge \varepsilon$ at all times up to
$t$,
\[ t\, \varepsilon \le \|BY\|^2 + \|W(0)\|^2 , \]
so what is sent back cannot stay large.""",
    hypotheses=(
        Hypothesis("fitted factor", r"$EW^\top = 0$, $E = Y - ZW$: $Z$ minimises $\|Y - ZW\|$ given $W$"),
        Hypothesis("flow", r"$\dot W = BE$; $B$ is constant"),
    ),
    source=Source(
        "garg2021",
        "FA*: convergence with increasing alignment",
        Fidelity.ADAPTED,
        "The definition of FA* was not at hand; assumed is that Z is fitted at all times. Function and bound are ours.",
    ),
    procedures=(
        Proved(optimal.growth, name="proof of growth"),
        Proved(optimal.size, name="proof for WWᵀ"),
        Proved(optimal.paid, name="proof of the time"),
    ),
    mutants=(
        *wrong_proofs(optimal.growth, *optimal.MUTANTS_OF_GROWTH),
        *wrong_proofs(optimal.size, *optimal.MUTANTS_OF_SIZE),
        *wrong_proofs(optimal.paid, *optimal.MUTANTS_OF_TIME),
    ),
    degenerate=(vanishes("Y=0", "no target: no error", lambda draw: _growth(draw, zero=True)),),
    witness=vanishes("non-vacuity", "a fitted Z for a random W with an error that is sent", _growth),
)
