"""The networks of Song, Xu & Lafferty (2021) as concrete weights, and their steps in sample space.

The error depends on W through the pre-activations ``Z = XWᵀ`` only, and

    Z⁺ = Z − (η/√p) (K diag(e) ψ'(Z)) diag(b),    K = XXᵀ,

is one product of an n×n with an n×p matrix, where a step of W is two of an n×d with a d×p one; ψ' is had from ψ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from fa_theory.model.activations import activation
from fa_theory.model.ball import Array
from fa_theory.model.network import Network, alignment

SAMPLES, DIMENSION = 50, 150


def drawn(name: str, p: int, rng: np.random.Generator) -> tuple[Network, Array, Array]:
    """A network of width p with its data: ``network, X, y``.

    Inputs and all weights are i.i.d. N(0, 1); targets are ``Xθ`` with ``θ ~ N(0, I)`` for linear networks, otherwise
    the output of an independent network of the same kind and width.

    Examples
    --------
    >>> network, X, y = drawn("tanh", 7, np.random.default_rng(0))
    >>> network.W.shape, X.shape, y.shape
    ((7, 150), (50, 150), (50,))
    """
    psi = activation(name)
    X = rng.standard_normal((SAMPLES, DIMENSION))
    if name == "linear":
        y = X @ rng.standard_normal(DIMENSION)
    else:
        features = psi.value(X @ rng.standard_normal((DIMENSION, p)))
        y = features @ rng.standard_normal(p) / np.sqrt(p)
    W = rng.standard_normal((DIMENSION, p)).T
    return Network(W, rng.standard_normal(p), rng.standard_normal(p), psi), X, y


class Moving:
    """A network of one output that learns in place by feedback alignment, in float64.

    Parameters
    ----------
    network
        The state at step 0; it stays as it is.
    X, y
        Inputs ``(n, d)`` and targets ``(n,)``.
    eta, lam
        Step size and regularisation, in the notation of this package.

    Examples
    --------
    >>> from fa_theory.model.rules import advance
    >>> network, X, y = drawn("sigmoid", 5, np.random.default_rng(1))
    >>> run = Moving(network, X, y, eta=0.01, lam=2.0)
    >>> run.step(run.error())
    >>> after, _ = advance(network, X, y, eta=0.01, lam=2.0)
    >>> bool(np.allclose(run.network().W, after.W)), bool(np.allclose(run.beta, after.beta))
    (True, True)
    """

    def __init__(self, network: Network, X: Array, y: Array, *, eta: float, lam: float) -> None:
        self._start, self._X, self._y = network, X, y
        self.Z: Array = np.ascontiguousarray(network.preactivations(X))
        self.beta: Array = network.beta.copy()
        self._K: Array = X @ X.T
        self._evaluate = _TOGETHER[network.psi.name]
        self._features, self._slopes, self._moved = (np.empty_like(self.Z) for _ in range(3))
        self._root = np.sqrt(network.p)
        self._keep, self._rate = 1 - eta * lam, eta / self._root
        self._push: Array = self._rate * network.b

    def error(self) -> Array:
        """``e = f − y``; to be called once before each step."""
        self._evaluate(self.Z, self._features, self._slopes)
        e: Array = self._features @ self.beta / self._root - self._y
        return e

    def step(self, e: Array) -> None:
        """Move by the error that `error` returned."""
        np.matmul(self._K * e, self._slopes, out=self._moved)
        self._moved *= self._push
        self.Z -= self._moved
        self.beta = self._keep * self.beta - self._rate * (e @ self._features)

    @property
    def alignment(self) -> float:
        """``cos∠(b, β)``."""
        return float(alignment(self._start.b, self.beta))

    def network(self) -> Network:
        """The weights now: W moved by the one matrix in the span of the inputs that moves Z as far.

        Raises
        ------
        numpy.linalg.LinAlgError
            If the inputs are linearly dependent.
        """
        moved = self.Z - self._start.preactivations(self._X)
        W = self._start.W + np.linalg.solve(self._K, moved).T @ self._X
        return replace(self._start, W=W, beta=self.beta.copy())


def _linear(Z: Array, features: Array, slopes: Array) -> None:
    np.copyto(features, Z)
    slopes.fill(1.0)


def _relu(Z: Array, features: Array, slopes: Array) -> None:
    np.greater(Z, 0, out=slopes)
    np.multiply(Z, slopes, out=features)


def _tanh(Z: Array, features: Array, slopes: Array) -> None:
    np.tanh(Z, out=features)
    np.multiply(features, features, out=slopes)
    np.subtract(1.0, slopes, out=slopes)


def _sigmoid(Z: Array, features: Array, slopes: Array) -> None:
    np.negative(Z, out=features)
    np.exp(features, out=features)  # overflows to inf where the value is 0
    features += 1.0
    np.reciprocal(features, out=features)
    np.multiply(features, features, out=slopes)
    np.subtract(features, slopes, out=slopes)


_TOGETHER: dict[str, Callable[[Array, Array, Array], None]] = {
    "linear": _linear,
    "relu": _relu,
    "tanh": _tanh,
    "sigmoid": _sigmoid,
}
"""ψ and ψ' in one pass over Z, into arrays that are there already."""
