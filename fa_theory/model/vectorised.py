"""Networks of vector-valued units, in which broadcasting the error follows the sign of the gradient.

Every unit holds one number for each of K outputs, and all K share its weights and its gate: it passes its vector on
where ``t · z ≥ 0`` for a fixed vector t of signs, and 0 elsewhere. Weights past the first layer are non-negative.
(Clark, Abbott & Chung 2021, *Credit assignment through broadcasting a global error vector*; starting weights as in
their program.)

As a network of `fa_theory.model.deep` it has the K components of a sample as K samples: component a sees the inputs in
the a-th of K blocks of otherwise 0 inputs, and is to give target a. The gate is an activation that looks at K rows.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from fa_theory.seeds import generator

from . import checks
from .activations import Activation, Span
from .ball import Array
from .deep import DeepNetwork, DeepWeights, Learning
from .deep_problem import DeepProblem
from .rules import Rule


def gates(K: int, seed: int = 0) -> Activation:
    """The activation of units with K components; the signs t of a layer depend on its width, K and the seed.

    Examples
    --------
    >>> z = np.array([[1.0, -2.0], [3.0, 1.0]])  # one sample, K = 2 components, two units
    >>> gates(2).value(z).shape
    (2, 2)
    """

    def open_at(z: Array) -> Array:
        vectors = z.reshape(*z.shape[:-2], z.shape[-2] // K, K, z.shape[-1])
        passed: Array = (vectors * _signs(K, z.shape[-1], seed)).sum(axis=-2, keepdims=True) >= 0
        slopes: Array = (passed * (0 * vectors + 1)).reshape(z.shape)
        return slopes

    return Activation("gates", "", ("oo", "1", "oo"), lambda z: z * open_at(z), open_at, Span(), Span(0, 1), None)


def _signs(K: int, width: int, seed: int) -> Array:
    """``t``, ``(K, width)``; units stand in pairs of opposite signs."""
    t = generator(seed, "gates", K, width).choice([-1.0, 1.0], size=(K, width))
    t[:, 1::2] = -t[:, : width - 1 : 2]
    return t


def vectorised(
    X: Array,
    y: Array,
    hidden: tuple[int, ...],
    *,
    rng: np.random.Generator,
    eta: float,
    rule: str | Rule = "gevb",
    seed: int = 0,
) -> DeepProblem:
    """A training problem for a network of vector-valued units.

    Parameters
    ----------
    X, y
        Inputs ``(n, d)`` and targets ``(n, K)``.
    hidden
        Numbers of units of the hidden layers.
    rng
        Where the starting weights come from.
    eta, rule
        Step size, and a rule: ``"gevb"``, ``"bp"``, …
    seed
        Of the signs of the gates.

    Returns
    -------
    DeepProblem
        With nK samples of Kd inputs, and one output.

    Raises
    ------
    InputError
        If shapes do not fit.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> vectorised(rng.normal(size=(5, 4)), np.eye(5)[:, :3], (20, 20), rng=rng, eta=0.1)
    DeepProblem(gates, 12-20-20-1, ntk, n=15, eta=0.1, rule='gevb')
    """
    X, y = checks.pair(X, y.reshape(len(y), -1), "vectorised")
    K, learning = y.shape[1], Learning(rule)  # type: ignore[arg-type]  # a name stands for its rule
    inputs = np.einsum("ab,id->iabd", np.eye(K), X).reshape(len(X) * K, -1)
    widths = (inputs.shape[1], *hidden, 1)
    W = [_opposite(rng.standard_normal((-(-hidden[0] // 2), widths[0])))[: hidden[0]]]
    for into, out in pairwise(widths[1:]):
        W.append(_split(rng.standard_normal((-(-out // 2), -(-into // 2))))[:out, :into])
    B = tuple(np.ones((1, w)) if learning.rule.direct else A for w, A in zip(hidden, W[1:], strict=True))
    network = DeepNetwork(DeepWeights(tuple(W), B), gates(K, seed))
    return DeepProblem(inputs, y.reshape(-1), network, eta, learning=learning)


def _opposite(A: Array) -> Array:
    """Rows A and −A in turn."""
    return np.stack([A, -A], axis=1).reshape(-1, A.shape[1])


def _split(A: Array) -> Array:
    """``[[A⁺, A⁻], [A⁻, A⁺]]`` for each entry, with both parts non-negative, at the scale of A."""
    high, low = (2**0.5 * np.maximum(part, 0) for part in (A, -A))
    blocks = np.array([[high, low], [low, high]])
    return blocks.transpose(2, 0, 3, 1).reshape(2 * A.shape[0], 2 * A.shape[1])
