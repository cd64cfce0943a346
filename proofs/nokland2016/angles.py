"""The angle between the update directions of two layers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fa_theory.claims.claim import Bound, Claim, Erratum, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedures import Disproved, Proved, wrong_proofs
from fa_theory.model.ball import Array

from ..shared.exact import Draw, holds, vanishes
from .theorems import directions

CONSTANT = Hypothesis(
    "constant directions",
    r"one sample; $W(t{+}1) = W(t) - \eta\, u\, h(t)^\top$, $h(t{+}1) = h(t) - \varepsilon g$ for constant $u$, $g$",
)
CHANGES = "Stated from descriptions by others, for linear layers; the explicit time is ours."


def left_over(draw: Draw, *, steps: int = 3, eta: Fraction = Fraction(1, 3), still: bool = False) -> Array:
    """``A(t)`` minus its formula after some steps."""
    W, h, g, u, eps = draw(2, 3), draw(3), draw(3), draw(2), Fraction(1, 2)
    g = 0 * g if still else g
    first, at_h = g @ W.T @ u, g @ h
    for _ in range(steps):
        W, h = W - eta * np.outer(u, h), h - eps * g
    growth = eta * eps * Fraction(steps * (steps - 1), 2) * (u @ u) * (g @ g)
    return np.array([g @ W.T @ u - (first - eta * steps * (u @ u) * at_h + growth)])


def _acute(draw: Draw) -> bool:
    W, h, g, u = draw(2, 3), draw(3), draw(3) + 3, draw(2) + 3
    for _ in range(400):
        W, h = W - np.outer(u, h), h - g
    return bool(g @ W.T @ u > 0)


constant = Claim(
    id="nokland2016.constant-directions",
    title="Constant update directions turn the weights between two layers until they agree",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="A = g·Wᵀu grows like ½ηε|u|²|g|² t², so constant directions make an acute angle, from some step on.",
    statement=r"""Let a linear layer $h$ move against a constant direction $g$, and the weights $W$ above it along a
constant direction $u$ of the next layer. Then for all sizes and all $t$, $A(t) = g^\top W(t)^\top u$ is
\[ A(t) = A(0) - \eta t\, |u|^2\, g^\top h(0) + \tfrac12 \eta\varepsilon\, t(t-1)\, |u|^2 |g|^2 . \]
So for $\eta, \varepsilon > 0$, unless $u$ or $g$ is 0, $A(t) > 0$ from some step on, whatever the start: $g$ makes an
acute angle with $W^\top u$, which backpropagation sends, and a step of $h$ against $g$ lowers $u^\top W h$. From zero,
$A(t) \ge 0$ at once.""",
    hypotheses=(CONSTANT,),
    source=Source("nokland2016", "Theorem 1", Fidelity.ADAPTED, CHANGES),
    procedures=(Proved(directions.grows),),
    mutants=wrong_proofs(directions.grows, *directions.MUTANTS),
    degenerate=(
        vanishes("t=0", "no step", lambda draw: left_over(draw, steps=0)),
        vanishes("g=0", "the layer below stays: A is 0", lambda draw: left_over(draw, still=True)),
        vanishes("η=0", "the weights stay", lambda draw: left_over(draw, eta=Fraction(0))),
    ),
    witness=holds("non-vacuity", "400 steps from a random start", _acute, "A > 0, exactly"),
)


def _monotone(draw: Draw, *, steps: int = 5, still: bool = False) -> bool:
    """Whether the directions agree after some steps with random slopes, exactly, from zero."""
    W, h, g, u = 0 * draw(2, 3), 0 * draw(3), draw(3), draw(2)
    g = 0 * g if still else g
    for _ in range(steps):
        W, h = W - np.outer(u * abs(draw(2)), h), h - g / 2
    return bool(g @ W.T @ (u * abs(draw(2))) >= 0)


monotone = Claim(
    id="nokland2016.monotone-from-zero",
    title="From zero weights, constant directions agree at once, whatever the slopes",
    kind=Kind.THEOREM,
    bound=Bound.LOWER,
    summary="Monotone activations, from zero: g·Wᵀ(u ∘ ψ') ≥ 0 at every step, for slopes that change in any way.",
    statement=r"""Let the weights move by $-\eta\, (u \circ D(t))\, h(t)^\top$, with slopes $D(t) \ge 0$ that may change
in any way, from $W(0) = 0$, and let the layer below have moved against $g$: $g^\top h(t) \le 0$. Then for all sizes and
all $t$
\[ g^\top W(t)^\top \bigl(u \circ D(t)\bigr) \ge 0 : \]
$g$ makes no obtuse angle with what backpropagation sends to the layer below.""",
    hypotheses=(
        Hypothesis("monotone activations", r"slopes $D(t) \ge 0$; $\eta \ge 0$"),
        Hypothesis("layer below", r"$g^\top h(t) \le 0$, as from $h(0) = 0$ along $-g$"),
    ),
    source=Source(
        "nokland2016", "Theorem 1", Fidelity.ADAPTED, "Stated from descriptions by others, from zero weights."
    ),
    procedures=(Proved(directions.monotone),),
    mutants=wrong_proofs(directions.monotone, *directions.MUTANTS_OF_MONOTONE),
    degenerate=(
        holds("t=0", "no step", lambda draw: _monotone(draw, steps=0), "the product is 0"),
        holds("g=0", "the layer below stays", lambda draw: _monotone(draw, still=True), "the product is 0"),
    ),
    witness=holds("non-vacuity", "five steps with slopes drawn at random", _monotone, "the product is not negative"),
)


at_once = Claim(
    id="nokland2016.acute-at-once",
    title="Constant update directions agree at every time",
    kind=Kind.VARIANT,
    bound=Bound.LOWER,
    summary="The angle is acute at every step, from every start. It fails at the start: one weight of −1.",
    statement=r"""Under constant directions $A(t) = g^\top W(t)^\top u \ge 0$ for all $t$, from every start. (Fails at
$t = 0$: one unit in each layer, $W = -1$, $g = u = 1$.)""",
    hypotheses=(CONSTANT,),
    source=Source(
        "nokland2016",
        "Theorem 1",
        Fidelity.ADAPTED,
        "The paper's theorem is about where constant directions lead; here it is read for all times.",
        proved=False,
    ),
    procedures=(Disproved(directions.start, violation="one weight of −1 between two units"),),
    mutants=wrong_proofs(directions.start, *directions.MUTANTS_OF_START),
    degenerate=(
        holds("W=0", "from zero it holds", lambda draw: bool(draw(3) @ (0 * draw(2, 3)).T @ draw(2) == 0), "A(0) = 0"),
    ),
    witness=holds("non-vacuity", "the weight −1", lambda draw: Fraction(1) * -1 * 1 < 0, "A(0) = −1"),
    erratum=Erratum("one weight of −1", "nokland2016.constant-directions"),
)
