"""One exact step of the errors of a deep network: any depth, any feedback, weight decay on every layer."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from fa_theory.claims.claim import Bound, Claim, Fidelity, Formalised, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Trials
from fa_theory.claims.procedures import Instance, Instances, Proved, wrong_proofs
from fa_theory.model.activations import activation
from fa_theory.model.ball import Array, Ball, balls
from fa_theory.model.deep import DeepNetwork, DeepWeights, Learning, advance, as_scaling
from fa_theory.model.rules import Rule

from ..shared.exact import Draw, holds, vanishes
from .theorems import deep_step

LAYERS = Hypothesis(
    "layers",
    r"$z_l = s_l W_l h_{l-1}$ with $h_0 = x$, $h_l = \psi_l(z_l)$ for $l < L$, $f = z_L$ and $e = f - y$; $n$ samples",
)
STEP = Hypothesis(
    "step",
    r"$W_l^+ = \kappa_l W_l - \eta s_l \sum_j (g_{l,j}\, e_j)\, h_{l-1,j}^\top$ for any matrices $g_{l,j}$: those of "
    r"backpropagation, feedback alignment, direct feedback alignment and sign-symmetric feedback among them",
)
RULES = (Rule.FA, Rule.DFA, Rule.BP, Rule.USF)


def _source() -> Source:
    changes = "The secant kernel of two layers, for any depth and any feedback."
    return Source("song2021", "Section 3, discrete error recursion", Fidelity.OURS, changes)


def secants(before: Array, after: Array, low: Array, high: Array) -> Array:
    """``(after − before) / (high − low)``, or 0 where nothing moved."""

    def one(rise: Any, run: Any) -> Any:
        apart = not run.contains(0) if isinstance(run, Ball) else run != 0
        return rise / run if apart else 0 * run

    slopes: Array = np.frompyfunc(one, 2, 1)(after - before, high - low)
    return slopes


def residual(
    W: Sequence[Array],
    W1: Sequence[Array],
    ways: tuple[Sequence[Array], Sequence[Array]],
    signals: Sequence[Array],
    s: Sequence[Any],
    kappa: Sequence[Any],
    eta: Any,
) -> Array:
    """``e⁺ − e + ηK̃e + Σ_l (1 − κ_l) J_l z_l``, sample after sample.

    Parameters
    ----------
    W, W1
        The layers before and after the step.
    ways
        ``h_0, …, h_{L−1}, f`` before and after it.
    signals
        ``g_{l,j} e_j``, each ``(n, w_l)``.
    s, kappa, eta
        Factors and decay of the layers, and the step size.
    """
    (h, h1), depth = ways, len(W)
    z, z1 = ([s[k] * below[k] @ V[k].T for k in range(depth)] for below, V in ((h, W), (h1, W1)))
    left = h1[-1] - h[-1]
    for i in range(len(left)):
        J = np.array([[1 + 0 * eta if a == b else 0 * eta for b in range(left.shape[1])] for a in range(left.shape[1])])
        for k in reversed(range(depth)):
            met = h1[k][i] @ h[k].T
            left[i] += eta * s[k] ** 2 * (J @ (met @ signals[k])) + (1 - kappa[k]) * (J @ z[k][i])
            if k:
                S = secants(h[k][i], h1[k][i], z[k - 1][i], z1[k - 1][i])
                J = kappa[k] * s[k] * (J @ W[k]) * S
    return left


def _exact(draw: Draw, widths: tuple[int, ...], *, zero: bool = False, decay: bool = True) -> Array:
    """The residual of one step with any signals at all, of ReLU networks in rational numbers."""
    n, eta = 3, Fraction(1, 3)
    W = [draw(out, into) * (0 if zero else 1) for into, out in pairwise(widths)]
    s = [Fraction(1, k + 1) for k in range(len(W))]
    kappa = [1 - Fraction(k + 1, 10) if decay else Fraction(1) for k in range(len(W))]

    def forward(V: Sequence[Array]) -> list[Array]:
        h = [X]
        for k, part in enumerate(V):
            z = s[k] * h[-1] @ part.T
            h.append(z if k == len(V) - 1 else z * (z > 0))
        return h

    X = draw(n, widths[0])
    h = forward(W)
    e = h[-1] - draw(n, widths[-1])
    signals = [np.array([draw(out, widths[-1]) @ e[j] for j in range(n)]) for out in widths[1:-1]] + [e]
    W1 = [kappa[k] * W[k] - eta * s[k] * signals[k].T @ h[k] for k in range(len(W))]
    return residual(W, W1, (h, forward(W1)), signals, s, kappa, eta)


def engine(rng: np.random.Generator) -> Instance:
    """A step of the package, by any of four rules, of two to four layers with one or two outputs, in balls."""
    widths = (*(3, 4, 2, 3)[: int(rng.integers(2, 5))], int(rng.integers(1, 3)))
    rule, psi = RULES[int(rng.integers(len(RULES)))], activation(("tanh", "softplus")[int(rng.integers(2))])
    W = tuple(balls(rng.standard_normal((out, into))) for into, out in pairwise(widths))
    back = [(widths[-1] if rule.direct else out, into) for into, out in pairwise(widths[1:])]
    B = tuple(balls(rng.standard_normal(shape)) for shape in back)
    network = DeepNetwork(DeepWeights(W, B), psi, as_scaling("ntk"))
    X, y = balls(rng.standard_normal((3, widths[0]))), balls(rng.standard_normal((3, widths[-1])))
    eta, kappa = Ball(0.25), [Ball(1) - Ball(float(x)) for x in rng.uniform(0, 0.2, len(W))]
    seen = network.forward(X)
    signals = network.signals(seen, seen.f - y, y, rule)
    after, _ = advance(network, X, y, eta=eta, keep=kappa, learning=Learning(rule), seen=seen)
    later = after.forward(X)
    s = [network.scale(layer) for layer in range(1, network.depth + 1)]
    ways = ([*seen.h, seen.f], [*later.h, later.f])
    return Instance(vanishes=tuple(residual(W, after.weights.W, ways, signals, s, kappa, eta).ravel()))


def _depths(draw: Draw) -> Array:
    return np.concatenate([_exact(draw, (*(2, 3, 2, 3, 2)[:depth], 2)).ravel() for depth in (2, 3, 4, 5)])


DEGENERATE = (
    vanishes("L=2, 3, 4, 5", "ReLU networks of these depths, signals of any kind", _depths),
    vanishes("sizes 1", "one unit per layer", lambda draw: _exact(draw, (1, 1, 1, 1))),
    vanishes("W=0", "all layers zero", lambda draw: _exact(draw, (2, 3, 2), zero=True)),
    vanishes("κ=1", "no decay", lambda draw: _exact(draw, (2, 3, 2, 1), decay=False)),
)
WITNESS = holds(
    "non-vacuity",
    "a ReLU network of three layers",
    lambda draw: not np.any(_exact(draw, (2, 3, 2, 2))),
    "its step satisfies the hypotheses exactly",
)

step = Claim(
    id="ours.deep-step",
    title="The exact step of the error in two, three and four layers, for any feedback",
    kind=Kind.LEMMA,
    bound=Bound.IDENTITY,
    summary="One step maps the error of a deep network by a secant kernel exactly, whatever the feedback and decay.",
    statement=r"""Let $S_{l,i}$ be diagonal matrices of secant slopes, $h_{l,i}^+ - h_{l,i} = S_{l,i} (z_{l,i}^+ -
z_{l,i})$, and $J_{L,i} = I$, $J_{l,i} = \kappa_{l+1} s_{l+1} J_{l+1,i} W_{l+1} S_{l,i}$. For $L = 2, 3, 4$, all widths,
any number of samples and outputs, any activations and any $g_{l,j}$
\[ e_i^+ = e_i - \eta \sum_j \tilde K_{ij} e_j - \sum_l (1 - \kappa_l) J_{l,i} z_{l,i}, \qquad
   \tilde K_{ij} = \sum_l s_l^2\, (h_{l-1,i}^+ \cdot h_{l-1,j})\, J_{l,i}\, g_{l,j} . \]
There is no remainder. With $\kappa_l = 1$ the last sum is 0.""",
    hypotheses=(LAYERS, STEP),
    source=_source(),
    procedures=(
        Proved(deep_step.two, name="proof for two layers"),
        Proved(deep_step.three, name="proof for three layers"),
        Proved(deep_step.four, name="proof for four layers"),
        Instances(engine, Trials(20, 100, 1000), name="steps of the package in ball arithmetic"),
    ),
    mutants=wrong_proofs(deep_step.three, *deep_step.MUTANTS),
    degenerate=DEGENERATE,
    witness=WITNESS,
)

any_depth = Claim(
    id="ours.deep-step-any-depth",
    title="The exact step of the error at any depth, by induction over the layers",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="The secant kernel of any depth obeys a recursion over the layers; with it the step of the error is exact.",
    statement=r"""With secant slopes as above let $N_0 = 0$, $D_0 = 0$ and
\[ N_{l,ij} = s_l^2\, (h_{l-1,i}^+ \cdot h_{l-1,j})\, g_{l,j} + \kappa_l s_l\, W_l S_{l-1,i} N_{l-1,ij}, \qquad
   D_{l,i} = (1 - \kappa_l)\, z_{l,i} + \kappa_l s_l\, W_l S_{l-1,i} D_{l-1,i} . \]
Then $z_{l,i}^+ = z_{l,i} - \eta \sum_j N_{l,ij} e_j - D_{l,i}$ for every layer, and for every depth $L$
\[ e_i^+ = e_i - \eta \sum_j N_{L,ij}\, e_j - D_{L,i} . \]
In the proof all layers have one width; a layer of fewer units is one with weights 0 on the others.""",
    hypotheses=(LAYERS, STEP),
    source=_source(),
    procedures=(
        Proved(deep_step.any_depth),
        Instances(engine, Trials(20, 100, 1000), name="steps of the package in ball arithmetic"),
    ),
    mutants=wrong_proofs(deep_step.any_depth, *deep_step.MUTANTS_OF_ANY_DEPTH),
    degenerate=DEGENERATE,
    witness=WITNESS,
    uses=("ours.deep-step",),
    coq=Formalised(
        "deep_secant_kernel",
        "for κ = 1: layers have any widths w; sig is what the rule sends back, path and inner are J̃ and h⁺ · h of the "
        "unrolled recursion, and S holds the secant slopes",
        whole=False,
    ),
)
