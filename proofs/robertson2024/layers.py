"""The bracket of a unit in any layer of a deep network, with several outputs, and for feedback by signs."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np

from fa_theory.claims.claim import Bound, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Trials
from fa_theory.claims.procedures import Instance, Instances, Proved, wrong_proofs
from fa_theory.model.activations import activation
from fa_theory.model.ball import Array, Ball, balls
from fa_theory.model.deep import DeepNetwork, DeepWeights, Learning, advance, as_scaling
from fa_theory.model.rules import Rule

from ..shared.exact import Draw, holds, vanishes
from .conservation import HOMOGENEITY
from .theorems import layers

HALF = Fraction(1, 2)
WIDTHS = (2, 3, 3, 2, 2)
ADJACENT = Hypothesis(
    "two adjacent layers",
    r"$V$ with units $\psi(v_r \cdot h)$ on any activations $h$ from below, no biases; $W$ above it; signals $\delta$ "
    "of any kind from above",
)


def _source(changes: str) -> Source:
    return Source("robertson2024", "conservation of alignment, layer by layer", Fidelity.ADAPTED, changes)


def _drawn(rng: np.random.Generator, rule: Rule) -> tuple[DeepNetwork, DeepNetwork]:
    """A deep network with several outputs, before and after a step of the package, in balls."""
    widths = WIDTHS[: int(rng.integers(3, 6))]
    shapes = [(out, into) for into, out in pairwise(widths)]
    W, B = ([balls(rng.standard_normal(shape)) for shape in these] for these in (shapes, shapes[1:]))
    psi = activation(str(rng.choice(["linear", "relu"])))
    network = DeepNetwork(DeepWeights(tuple(W), tuple(B)), psi, as_scaling("standard"))
    X, Y = balls(rng.standard_normal((3, 2))), balls(rng.standard_normal((3, widths[-1])))
    eta, keep = Ball(float(rng.uniform(0.01, 0.3))), (Ball(1),) * network.depth
    return network, advance(network, X, Y, eta=eta, keep=keep, learning=Learning(rule))[0]


def _bracket_left(rng: np.random.Generator) -> Instance:
    """What the formula leaves of the change of the bracket, for every hidden unit of every layer."""
    before, after = _drawn(rng, Rule.FA)
    left: list[Ball] = []
    for lower, B in enumerate(before.weights.B):
        V, W = before.weights.W[lower : lower + 2]
        V1, W1 = after.weights.W[lower : lower + 2]
        change = np.sum(V1 * V1 - V * V - (V1 - V) * (V1 - V), axis=1) / 2 - np.sum(B * (W1 - W), axis=0)
        left.extend(change)
    return Instance(vanishes=tuple(left))


def _exact(draw: Draw, *, outputs: int = 2, eta: Fraction = Fraction(1, 3), relu: bool = True) -> Array:
    """The same for two layers on given activations, in exact numbers."""
    V, W, B, h, sent = draw(3, 2), draw(outputs, 3), draw(outputs, 3), draw(4, 2), draw(4, outputs)
    z = h @ V.T
    D = np.array([[Fraction(int(not relu or x > 0)) for x in row] for row in z])
    V1, W1 = V - eta * (D * (sent @ B)).T @ h, W - eta * sent.T @ (D * z)
    left: Array = np.sum(V1**2 - V**2 - (V1 - V) ** 2, axis=1) / 2 - np.sum(B * (W1 - W), axis=0)
    return left


layer_bracket = Claim(
    id="robertson2024.layer-bracket",
    title="The bracket of a unit in any layer of a network of any depth",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="In any layer, for any outputs, ½‖v_r‖² − Σ_c B_cr W_cr is conserved; a step adds exactly ½‖v_r⁺ − v_r‖².",
    statement=r"""Let $V$ and $W$ be two adjacent layers anywhere in a network without biases, $\psi$ 1-homogeneous,
and let signals $\delta$ of any kind reach $V$ through constant feedback weights $B$. For every unit $r$ of $V$
\[ c_r = \tfrac12 \|v_r\|^2 - \sum_c B_{cr} W_{cr} \]
is conserved along the flow, whatever the other layers do and however many outputs there are, and a step of any size
raises it by exactly $\tfrac12 \|v_r^+ - v_r\|^2$.""",
    hypotheses=(ADJACENT, HOMOGENEITY),
    source=_source("For every unit, for signals of any kind, and with the exact change in a step."),
    procedures=(
        Proved(layers.flow, name="proof along the flow"),
        Proved(layers.step, name="proof for a step"),
        Instances(_bracket_left, Trials(20, 100, 1000), name="steps of the package in ball arithmetic"),
    ),
    mutants=(
        *wrong_proofs(layers.flow, *layers.MUTANTS_OF_FLOW),
        *wrong_proofs(layers.step, *layers.MUTANTS_OF_STEP),
    ),
    degenerate=(
        vanishes("one output", "a single unit above", lambda draw: _exact(draw, outputs=1)),
        vanishes("η=0", "no step", lambda draw: _exact(draw, eta=Fraction(0))),
    ),
    witness=vanishes("non-vacuity", "three ReLU units with two outputs", _exact),
    uses=("robertson2024.neuron-bracket",),
)


def _signs(W: Array) -> Array:
    found: Array = np.array([[Fraction((x > 0) - (x < 0)) for x in row] for row in W])
    return found


def _room(V: Array, W: Array, h: Array, sent: Array, eta: Fraction) -> tuple[Array, bool]:
    """By how much less than ``½‖v⁺ − v‖²`` the bracket of each unit grows, and whether a sign changed."""
    z = h @ V.T
    V1, W1 = V - eta * (sent @ _signs(W)).T @ h, W - eta * sent.T @ z
    change = np.sum(V1**2 - V**2 - (V1 - V) ** 2, axis=1) / 2 - np.sum(abs(W1) - abs(W), axis=0)
    return -change, bool(np.any(_signs(W1) != _signs(W)))


def _small_step(draw: Draw) -> bool:
    room, crossed = _room(draw(3, 2) + 3, abs(draw(2, 3)) + 1, draw(4, 2), draw(4, 2), Fraction(1, 10**4))
    return not crossed and bool(np.all(room == 0))


def _crossing(draw: Draw) -> bool:
    W: Array = draw(2, 3) / 100
    room, crossed = _room(draw(3, 2), W, draw(4, 2), draw(4, 2), Fraction(1))
    return crossed and bool(np.all(room >= 0)) and bool(np.any(room > 0))


def _rest(draw: Draw) -> bool:
    room, _ = _room(draw(3, 2), 0 * draw(2, 3), draw(4, 2), draw(4, 2), Fraction(1))
    return bool(np.all(room >= 0))


sign_bracket = Claim(
    id="robertson2024.sign-bracket",
    title="Feedback by signs: ½‖v_r‖² − Σ|W_cr| in any layer, across sign changes",
    kind=Kind.THEOREM,
    bound=Bound.UPPER,
    summary="Sign feedback, any layer and outputs: a step raises ½‖v_r‖² − Σ_c|W_cr| by at most ½‖v_r⁺ − v_r‖².",
    statement=r"""Let the feedback weights of two adjacent layers be the signs of $W$, $\psi$ 1-homogeneous. For every
unit $r$, whether signs change in the step or not,
\[ \tfrac12 \|v_r^+\|^2 - \sum_c |W_{cr}^+| \le \tfrac12 \|v_r\|^2 - \sum_c |W_{cr}| + \tfrac12 \|v_r^+ - v_r\|^2 . \]
While no sign changes there is equality, so along the flow the bracket is conserved; where a weight passes through 0
it can only fall.""",
    hypotheses=(
        ADJACENT,
        HOMOGENEITY,
        Hypothesis("signs", r"$B_{cr} = \mathrm{sign}\, W_{cr}$, within $[-1, 1]$ at 0"),
    ),
    source=_source("With steps that change signs, where the law of the flow becomes an inequality."),
    procedures=(Proved(layers.sign),),
    mutants=wrong_proofs(layers.sign, *layers.MUTANTS_OF_SIGN),
    degenerate=(
        holds("W=0", "no weights above: signs are 0", _rest, "the inequality holds"),
        holds("no sign change", "a small step", _small_step, "equality, exactly"),
    ),
    witness=holds(
        "non-vacuity", "a step that changes signs", _crossing, "the bracket grows less than the squared step"
    ),
    uses=("robertson2024.layer-bracket",),
)
