"""Theorem 2 of the supplement: one sample, shown again and again, from zero."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fa_theory.claims.claim import Bound, Claim, Erratum, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedures import Disproved, Proved, wrong_proofs
from fa_theory.model.ball import Array

from ..shared.exact import Draw, holds, vanishes
from .theorems import pseudoinverse

SAMPLE = Hypothesis(
    "one sample, from zero",
    r"$h = Ax$, $e = y - Wh$; $A^+ = A + \eta\, Be\, x^\top$, $W^+ = W + \eta\, e\, h^\top$; $A = W = 0$ at time 0",
)


def run(B: Array, x: Array, y: Array, eta: Fraction, steps: int) -> tuple[Array, Array]:
    """Second layer and error after some steps from zero."""
    A, W = np.outer(B @ y, x) * 0, np.outer(y, B @ y) * 0
    for _ in range(steps):
        h = A @ x
        e = y - W @ h
        A, W = A + eta * np.outer(B @ e, x), W + eta * np.outer(e, h)
    return W, y - W @ (A @ x)


def left(B: Array, x: Array, y: Array, eta: Fraction, steps: int) -> Array:
    """``σ‖By‖² W⁺e − Be``, with the pseudoinverse of a matrix of rank one; 0 where W = 0 is left out."""
    W, e = run(B, x, y, eta, steps)
    g = B @ y
    scale = np.sum(y * y) * np.sum(g * g)
    sigma = y @ W @ g / scale
    inverse = np.outer(g, y) / (sigma * scale)
    found: Array = np.concatenate([np.ravel(W @ inverse @ W - W), sigma * np.sum(g * g) * inverse @ e - B @ e])
    return found


def _case(draw: Draw, sizes: tuple[int, int, int] = (2, 3, 2), steps: int = 4) -> Array:
    d, p, k = sizes
    return left(draw(p, k) + 3, draw(d) + 3, draw(k) + 3, Fraction(1, 1000), steps)


def _starts_at_zero(draw: Draw) -> bool:
    W, _ = run(draw(3, 2), draw(2), draw(2), Fraction(1, 10), 1)
    return bool(np.all(W == 0))


acts_as_pseudoinverse = Claim(
    id="lillicrap2016.pseudoinverse",
    title="From zero, on one sample, W acts as a pseudoinverse of B on the error",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="One sample from zero, in steps: s B e = W⁺e exactly at all times with W ≠ 0, where s = 1/(σ‖By‖²).",
    statement=r"""Let one sample $(x, y)$ be shown again and again, from $A = W = 0$. Then for every step size, all
sizes and all $t$, $W(t) = \sigma(t)\, y\, (By)^\top$ with $\sigma(0) = \alpha(0) = 0$ and
\[ \alpha^+ = \alpha + \eta (1 - \sigma \alpha \|x\|^2 \|By\|^2), \qquad
   \sigma^+ = \sigma + \eta (1 - \sigma \alpha \|x\|^2 \|By\|^2)\, \alpha \|x\|^2 , \]
and wherever $\sigma(t) \neq 0$, $y \neq 0$ and $By \neq 0$, the error that is sent back is a multiple of what the
pseudoinverse $W^+$ of $W$ would send:
\[ \sigma(t)\, \|By\|^2\, W^+ e = B e , \quad\text{so } s\, Be = W^+ e
   \text{ with } s = \frac{1}{\sigma(t) \|By\|^2} . \]""",
    hypotheses=(SAMPLE, Hypothesis("second layer not 0", r"$\sigma(t)\, \|y\|^2\, \|By\|^2 \neq 0$")),
    source=Source(
        "lillicrap2016",
        "supplement, Theorem 2",
        Fidelity.ADAPTED,
        "The printed factor s = ‖By‖² is replaced; its sign depends on the step size. Exact in discrete time.",
    ),
    procedures=(Proved(pseudoinverse.proof),),
    mutants=wrong_proofs(pseudoinverse.proof, *pseudoinverse.MUTANTS),
    degenerate=(
        vanishes("sizes 1", "three numbers", lambda draw: _case(draw, (1, 1, 1))),
        vanishes("t=2", "the first time at which W is not 0", lambda draw: _case(draw, steps=2)),
        holds("t=1", "after one step W is still 0, and no s does it", _starts_at_zero, "W(1) = 0 exactly"),
    ),
    witness=vanishes("non-vacuity", "four steps of a network of sizes 2, 3, 2", _case),
)


def _reading(place: str, changes: str) -> Source:
    return Source("lillicrap2016", place, Fidelity.ADAPTED, changes, proved=False)


def _two_steps(draw: Draw) -> bool:
    one = np.array([Fraction(1)])
    W, e = run(np.array([[Fraction(1)]]), one, one, Fraction(1, 2), 2)
    return bool(W[0, 0] == Fraction(1, 4) and e[0] == Fraction(3, 4))


def _three_steps(draw: Draw) -> bool:
    one = np.array([Fraction(1)])
    W, e = run(np.array([[Fraction(1)]]), one, one, Fraction(1), 3)
    return bool(W[0, 0] == -1 and e[0] == 2)


def _small_steps(draw: Draw) -> bool:
    one = np.array([Fraction(1)])
    return all(run(np.array([[Fraction(1)]]), one, one, Fraction(1, 10), t)[0][0, 0] > 0 for t in range(2, 8))


printed_factor = Claim(
    id="lillicrap2016.printed-factor",
    title="The factor of Theorem 2, as printed",
    kind=Kind.READING,
    bound=Bound.IDENTITY,
    summary="s B e = W⁺e with s = ‖By‖². It fails after two steps of three numbers: 3/4 against 3.",
    statement=r"""As in the repaired theorem, with $s = (By)^\top (By)$ as printed at eq. 49: $s\, Be = W^+ e$. (Fails:
$B = x = y = 1$, $\eta = \tfrac12$ gives $sBe = \tfrac34$ but $W^+ e = 3$ after two steps.)""",
    hypotheses=(SAMPLE,),
    source=_reading(
        "supplement, Theorem 2, eq. 49",
        "Read from a summary of the supplement. The value is the reciprocal of what the pseudoinverse of y(By)ᵀ gives, "
        "and lacks the factor of eq. 47.",
    ),
    procedures=(Disproved(pseudoinverse.printed, violation="sBe = 3/4 but W⁺e = 3 after two steps"),),
    mutants=wrong_proofs(pseudoinverse.printed, *pseudoinverse.MUTANTS_OF_PRINTED),
    degenerate=(holds("t=1", "after one step W⁺ = 0", _starts_at_zero, "W(1) = 0, so W⁺e = 0 but Be is not"),),
    witness=holds("non-vacuity", "two steps of three numbers", _two_steps, "W = 1/4, e = 3/4"),
    erratum=Erratum("three numbers, two steps", "lillicrap2016.pseudoinverse"),
)

positive_factor = Claim(
    id="lillicrap2016.positive-factor",
    title="The factor of Theorem 2 is positive",
    kind=Kind.READING,
    bound=Bound.LOWER,
    summary="The factor s with s B e = W⁺e is positive for every step size. It fails after three steps of size 1.",
    statement=r"""As in the repaired theorem, $s > 0$ whatever the step size. (Fails: $B = x = y = 1$, $\eta = 1$ gives
$W = -1$ and $e = 2$ after three steps, so $W^+ e < 0 < Be$. For small steps it holds from the second step on.)""",
    hypotheses=(SAMPLE,),
    source=_reading("supplement, Theorem 2", "The paper says a positive scalar; read for every step size."),
    procedures=(Disproved(pseudoinverse.sign, violation="W⁺e = −2 but Be = 2 after three steps"),),
    mutants=wrong_proofs(pseudoinverse.sign, *pseudoinverse.MUTANTS_OF_SIGN),
    degenerate=(
        holds("small steps", "η = 1/10, times 2 to 7", _small_steps, "W > 0 at all of these times"),
        holds("t=1", "after one step W = 0", _starts_at_zero, "W(1) = 0: no factor at all"),
    ),
    witness=holds("non-vacuity", "three steps of three numbers", _three_steps, "W = −1, e = 2"),
    erratum=Erratum("three numbers, three steps of size 1", "lillicrap2016.pseudoinverse"),
)
