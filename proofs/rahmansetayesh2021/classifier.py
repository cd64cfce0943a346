"""Two-layer ReLU classifiers whose input weights are normalised after every step, or not.

``f(x) = βᵀ ψ(W x)`` with k outputs, ``W ~ N(0, 1/d)``, ``β, b ~ N(0, 1/p)``; on a batch of m images with step size s
and ``e = softmax(f) − onehot(label)``

    w_r⁺ = w_r − (s/m) Σ_i (c_r·e_i) ψ'(w_r·x_i) x_i,    β_r⁺ = β_r − (s/m) Σ_i ψ(w_r·x_i) e_i,

where c = b (feedback alignment) or c = β (backpropagation). Normalisation then multiplies the input weights of every
neuron, of the hidden and of the output layer, by the largest factor ≤ 1 that keeps their norm below
that of the start.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from fa_theory.model.ball import Array
from fa_theory.model.rules import Rule

STEP_SIZE, WIDTH, BATCH = 0.2, 100, 100


@dataclass(frozen=True, eq=False)
class Classifier:
    """Weights, and the norms that they are bounded by if they are normalised.

    Attributes
    ----------
    W, beta, b
        Hidden weights ``(p, d)``, output weights ``(p, k)`` and feedback weights ``(p, k)``.
    bounds
        Norms of the input weights of hidden neurons ``(p, 1)`` and of outputs ``(1, k)``; None: no normalisation.
    """

    W: Array
    beta: Array
    b: Array
    bounds: tuple[Array, Array] | None

    @classmethod
    def drawn(cls, rng: np.random.Generator, *, p: int, d: int, k: int, normalised: bool) -> Classifier:
        """Random weights in single precision; the same ones with and without normalisation."""
        W = (rng.standard_normal((p, d)) / np.sqrt(d)).astype(np.float32)
        beta, b = ((rng.standard_normal((p, k)) / np.sqrt(p)).astype(np.float32) for _ in range(2))
        return cls(W, beta, b, norms(W, beta) if normalised else None)

    def output(self, X: Array) -> Array:
        """``f``, shape ``(m, k)``."""
        found: Array = np.maximum(X @ self.W.T, 0) @ self.beta
        return found

    def accuracy(self, X: Array, labels: Array) -> float:
        """The share of images classified correctly."""
        return float(np.mean(self.output(X).argmax(axis=-1) == labels))

    @property
    def alignment(self) -> float:
        """``cos∠(b, β)``, all outputs together."""
        b, beta = self.b.astype(np.float64), self.beta.astype(np.float64)
        return float(np.sum(b * beta) / (np.linalg.norm(b) * np.linalg.norm(beta)))

    def step(self, X: Array, labels: Array, *, step_size: float = STEP_SIZE, rule: Rule = Rule.FA) -> Classifier:
        """One step on a batch, and the normalisation."""
        Z = X @ self.W.T
        features = np.maximum(Z, 0)
        e = error_signals(features @ self.beta, labels)
        sent = e @ (self.b if rule is Rule.FA else self.beta).T * (Z > 0)
        scale = np.float32(step_size / len(X))
        after = replace(self, W=self.W - scale * (sent.T @ X), beta=self.beta - scale * (features.T @ e))
        return after.bounded()

    def bounded(self) -> Classifier:
        """The same with weights whose norms do not exceed the bounds."""
        if self.bounds is None:
            return self
        W, beta = (
            A * np.minimum(1, bound / np.maximum(now, np.finfo(np.float32).tiny))
            for A, bound, now in zip((self.W, self.beta), self.bounds, norms(self.W, self.beta), strict=True)
        )
        return replace(self, W=W, beta=beta)


def norms(W: Array, beta: Array) -> tuple[Array, Array]:
    """Norms of the input weights of the hidden neurons and of the outputs."""
    return np.linalg.norm(W, axis=1, keepdims=True), np.linalg.norm(beta, axis=0, keepdims=True)


def error_signals(f: Array, labels: Array) -> Array:
    """``softmax(f) − onehot(labels)``, shape ``(m, k)``."""
    e: Array = np.exp(f - f.max(axis=-1, keepdims=True))
    e /= e.sum(axis=-1, keepdims=True)
    e[np.arange(len(labels)), labels] -= 1
    return e


def batches(n: int, size: int, rng: np.random.Generator, *, reshuffled: bool = True) -> Iterator[Array]:
    """Rows of one batch after the other; an order for each epoch, or the same one for all. The rest is left out.

    Examples
    --------
    >>> found = batches(5, 2, np.random.default_rng(0), reshuffled=False)
    >>> first = [list(next(found)) for _ in range(2)]
    >>> first == [list(next(found)) for _ in range(2)]
    True
    """
    order = rng.permutation(n)
    while True:
        for first in range(0, n - size + 1, size):
            yield order[first : first + size]
        order = rng.permutation(n) if reshuffled else order


def pair_gains(inputs: Array, errors: Array, b: Array) -> Array:
    """``⟨b, bM⟩`` for all pairs of steps, ``M = e(s)ᵀ x(s) x(t)ᵀ e(t)``, shape ``(T, T)``.

    Parameters
    ----------
    inputs, errors
        Of all steps, ``(T, m, d)`` and ``(T, m, k)``.
    b
        Feedback weights ``(p, k)``.
    """
    products = np.einsum("tmd,tmk->tdk", inputs, errors).astype(np.float64)
    sent = products @ (b.T @ b).astype(np.float64)
    T = len(products)
    found: Array = sent.reshape(T, -1) @ products.reshape(T, -1).T
    return found


def by_lag(gains: Array, lags: int) -> Array:
    """The mean gain at the lags 0, 1, …, over that at lag 0.

    Examples
    --------
    >>> by_lag(np.array([[2.0, 1.0], [1.0, 2.0]]), 2)
    array([1. , 0.5])
    """
    found = np.array([np.mean(np.diagonal(gains, lag)) for lag in range(lags)])
    scaled: Array = found / found[0]
    return scaled
