"""The identities of the paper as residuals that vanish, for floats, balls and rationals alike."""

from __future__ import annotations

from typing import Any

import numpy as np

from fa_theory.model.activations import Activation
from fa_theory.model.ball import Array, Ball
from fa_theory.model.network import Network, transpose
from fa_theory.model.rules import step


def secant_slopes(psi: Activation, before: Array, after: Array) -> Array:
    """Slopes ``s`` with ``ψ(after) − ψ(before) = s (after − before)``; ψ' where the two may coincide."""

    def one(low: Any, high: Any, rise: Any, slope: Any) -> Any:
        run = high - low
        apart = not run.contains(0) if isinstance(run, Ball) else run != 0
        return rise / run if apart else slope

    rise = psi.value(after) - psi.value(before)
    slopes: Array = np.frompyfunc(one, 4, 1)(before, after, rise, psi.slope(before))
    return slopes.astype(before.dtype)


def secant_kernels(network: Network, X: Array, y: Array, *, eta: Any, lam: Any) -> tuple[Array, Array, Network]:
    """``G̃`` and ``H̃`` of the step from this state, and the state after it."""
    after = step(network, X, y, eta=eta, lam=lam)
    psi, Z, Z_after = network.psi, network.preactivations(X), after.preactivations(X)
    s, weights = secant_slopes(psi, Z, Z_after), network.beta * network.b
    G = psi.value(Z_after) @ transpose(psi.value(Z)) / network.p
    H = (X @ transpose(X)) * ((s * weights) @ transpose(psi.slope(Z))) / network.p
    return G, H, after


def secant_kernel(network: Network, X: Array, y: Array, *, eta: Any, lam: Any) -> Array:
    """Residual of (★): ``e⁺ − (1 − ηλ) e + ηλ y + η [G̃ + (1 − ηλ) H̃] e``."""
    G, H, after = secant_kernels(network, X, y, eta=eta, lam=lam)
    e, keep = network.error(X, y), 1 - eta * lam
    residual: Array = after.error(X, y) - (keep * e - eta * lam * y - eta * ((G + keep * H) @ e))
    return residual


def linear_recursion(network: Network, X: Array, y: Array, *, eta: Any, lam: Any) -> Array:
    """Residual of the closed form of one step of a linear network."""
    e, K, p = network.error(X, y), X @ transpose(X), network.p
    G, H = network.gram(X), network.feedback_gram(X)
    signal = transpose(network.W) @ network.b
    quadratic = eta**2 * lam / p * (network.b @ network.beta) + eta**2 / (p * network.root_p) * (signal @ (X.T @ e))
    predicted = (1 - eta * lam) * e - eta * ((G + H) @ e) - eta * lam * y + quadratic * (K @ e)
    residual: Array = step(network, X, y, eta=eta, lam=lam).error(X, y) - predicted
    return residual


def linear_closure(network: Network, X: Array, y: Array, *, eta: Any, lam: Any, steps: int) -> Array:
    """Residual of ``W(t) = W₀ − p^{-1/2} b sᵀX`` and ``β(t) = rβ₀ − p^{-1/2} W₀Xᵀv + ab`` after some steps."""
    start, K, p, root = network, X @ transpose(X), network.p, network.root_p
    zero = 0 * y
    r, v, a, s = 1 + 0 * y[0], zero, 0 * y[0], zero
    for _ in range(steps):
        e = network.error(X, y)
        r, v, a, s = (
            (1 - eta * lam) * r,
            (1 - eta * lam) * v + eta * e,
            (1 - eta * lam) * a + eta / p * (s @ (K @ e)),
            s + eta * e,
        )
        network = step(network, X, y, eta=eta, lam=lam)
    W = start.W - start.b[:, None] * (s @ X)[None, :] / root
    beta = r * start.beta - start.W @ (X.T @ v) / root + a * start.b
    return np.concatenate([(network.W - W).ravel(), network.beta - beta])
