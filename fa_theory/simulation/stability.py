"""Detection of step sizes that are too large at the initial state."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fa_theory.model.ball import Array
from fa_theory.model.network import Network, transpose

ROUNDS = 12


def stiffness(network: Network, X: Array, eta: Array, lam: float) -> Array:
    """``η(λ_max(G) + λ)`` of m networks, ``(m,)``, with `top_eigenvalue`; inputs ``(m, n, d)``, step sizes ``(m,)``."""
    top = np.empty(len(X))
    for i, (x, W) in enumerate(zip(X, network.W, strict=True)):
        top[i] = top_eigenvalue([network.psi.value(x @ W.T)[None]])[0] / network.p
    return eta * (top + lam)


def top_eigenvalue(features: Sequence[Array]) -> Array:
    """The largest eigenvalue of ``ΨΨᵀ``, from below: a Rayleigh quotient after some rounds of power iteration.

    Parameters
    ----------
    features
        Ψ of m networks, cut into blocks of neurons ``(m, n, c)``.

    Returns
    -------
    Array
        ``(m,)``; up to rounding never above the eigenvalue, and seldom more than a few percent below it. nan for
        features that are not finite.

    Examples
    --------
    >>> top_eigenvalue([np.diag([3.0, 1.0])[None]]).round(6)
    array([9.])
    """
    m, n, _ = features[0].shape
    v = np.broadcast_to(np.random.default_rng(0).standard_normal((n, 1)), (m, n, 1))
    top = np.zeros(m)
    with np.errstate(all="ignore"):
        for _ in range(ROUNDS):
            length = np.linalg.norm(v, axis=1, keepdims=True)
            v = np.divide(v, length, out=np.zeros((m, n, 1)), where=length != 0)
            image = np.asarray(sum(block @ (transpose(block) @ v) for block in features))
            top = np.sum(v * image, axis=(1, 2))
            v = image
    return top
