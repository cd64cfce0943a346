"""The exact step of a network of any depth: what the error after a step is, with no remainder.

Let ``W_l⁺ = κ_l W_l − η s_l Σ_j (g_{l,j} e_j) h_{l−1,j}ᵀ`` for any linear maps ``g_{l,j}`` from the error of sample j
to its signal (``g_L = 1``), and ``S_{l,i}`` the secant slopes of ψ between ``z_{l,i}`` and ``z_{l,i}⁺``. Then

    e_i⁺ = e_i − η Σ_j K̃_ij e_j − Σ_l (1 − κ_l) J̃_{l,i} z_{l,i}
    K̃_ij = Σ_l s_l² (h⁺_{l−1,i} · h_{l−1,j}) J̃_{l,i} g_{l,j}
    J̃_L = 1,   J̃_{l,i} = J̃_{l+1,i} κ_{l+1} s_{l+1} W_{l+1} S_{l,i}.

Proof: ``h_l⁺ − h_l = S_l (z_l⁺ − z_l)``, and

    z_l⁺ − z_l = κ_l s_l W_l (h_{l−1}⁺ − h_{l−1}) − (1 − κ_l) z_l − η s_l² Σ_j (h⁺_{l−1} · h_{l−1,j}) g_{l,j} e_j;

unroll from l = L down to ``h_0⁺ = h_0``. For two layers it is the identity of
`fa_theory.model.rules.step` with the secant kernel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from fa_theory.errors import InputError

from .ball import Array
from .deep import DeepNetwork
from .rules import Rule, as_rule


class StepTerms(NamedTuple):
    """The terms of ``e⁺ = e − η K̃ e − drift``.

    Attributes
    ----------
    K
        ``K̃``, ``(n, k, n, k)``.
    drift
        ``Σ_l (1 − κ_l) J̃_l z_l``, ``(n, k)``.
    """

    K: Array
    drift: Array


def exact_step(
    before: DeepNetwork,
    after: DeepNetwork,
    X: Array,
    *,
    rule: str | Rule,
    keep: Sequence[float] | None = None,
) -> StepTerms:
    """The terms of one step of one network without biases and momentum.

    Parameters
    ----------
    before, after
        The network before and after the step. With the same network twice K̃ is the kernel of the flow, that of
        backpropagation being the neural tangent kernel.
    X
        Inputs ``(n, d)``.
    rule
        A rule whose signal is linear in the error.
    keep
        ``κ_l = 1 − ηλ_l``; None: no decay.

    Raises
    ------
    InputError
        If there are convolutions.

    Examples
    --------
    >>> from .deep import gaussian_deep_network
    >>> net = gaussian_deep_network(np.random.default_rng(0), (3, 20, 20, 1), "tanh", "bp")
    >>> K = exact_step(net, net, np.eye(3), rule="bp").K.reshape(3, 3)
    >>> bool(np.allclose(K, K.T)), bool(np.linalg.eigvalsh(K).min() > 0)
    (True, True)
    """
    if before.ties:
        raise InputError("the kernel of the exact step is that of matrices, and this network has convolutions")
    rule, depth, n, k = as_rule(rule), before.depth, len(X), before.widths[-1]
    kept = [1.0] * depth if keep is None else list(keep)
    old, new = before.forward(X), after.forward(X)
    g = [np.zeros((n, k, w)) for w in before.widths[1:]]  # g[l][j, a]: the signal of error 1 in output a of j
    for a in range(k):
        unit = np.zeros((n, k))
        unit[:, a] = 1
        for signals, signal in zip(g, before.signals(old, unit, unit, rule), strict=True):
            signals[:, a] = signal
    J, K, drift = np.tile(np.eye(k), (n, 1, 1)), np.zeros((n, k, n, k)), np.zeros((n, k))
    for layer in range(depth, 0, -1):
        s, kappa, products = before.scale(layer), kept[layer - 1], new.h[layer - 1] @ old.h[layer - 1].T
        K += s**2 * np.einsum("ij,iar,jbr->iajb", products, J, g[layer - 1])
        drift += (1 - kappa) * np.einsum("iar,ir->ia", J, old.z[layer - 1])
        if layer > 1:
            S = _secants(old.z[layer - 2], new.z[layer - 2], old.h[layer - 1], new.h[layer - 1], old.slopes[layer - 2])
            J = kappa * s * (J @ before.weights.W[layer - 1]) * S[:, None, :]
    return StepTerms(K, drift)


def _secants(z: Array, z_new: Array, h: Array, h_new: Array, slope: Array) -> Array:
    """Secant slopes of ψ; where z stands still, any value would do."""
    moved = z_new != z
    return np.where(moved, (h_new - h) / np.where(moved, z_new - z, 1), slope)
