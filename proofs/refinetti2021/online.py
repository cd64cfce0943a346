"""The equations of online learning for two-layer networks of erf units, and the networks that they describe.

Units are ``g(x) = erf(x/√2)``. A student with first weights ``w_k``, output weights v and feedback F learns from fresh
inputs in N dimensions, each seen once; the teacher has weights ``w*_n`` and output weights 1. Time is steps/N.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import erf

from fa_theory.model.ball import Array

PI = float(np.pi)
TINY = 1e-12


def _root(x: Array) -> Array:
    """The square root; trial steps of the solver, which it rejects, may have overlaps of no networks."""
    found: Array = np.sqrt(np.maximum(x, TINY))
    return found


@dataclass(frozen=True)
class Overlaps:
    """What the equations are about.

    Attributes
    ----------
    Q
        ``w_k·w_l/N``, ``(K, K)``.
    R
        ``w_k·w*_n/N``, ``(K, M)``; the teacher's own overlaps are the identity.
    v
        Output weights, ``(K,)``.
    """

    Q: Array
    R: Array
    v: Array

    def covariance(self) -> Array:
        """Of the fields of all units, students first, ``(K + M, K + M)``."""
        return np.block([[self.Q, self.R], [self.R.T, np.eye(self.R.shape[1])]])

    def signs(self) -> Array:
        """Output weights of all units in the error ``Σ v g(λ) − Σ g(ν)``."""
        return np.concatenate([self.v, -np.ones(self.R.shape[1])])

    def flat(self) -> Array:
        """All numbers in one vector."""
        return np.concatenate([self.Q.ravel(), self.R.ravel(), self.v])

    @classmethod
    def of(cls, flat: Array, K: int, M: int) -> Overlaps:
        """From `flat`."""
        Q, R = flat[: K * K].reshape(K, K), flat[K * K : K * K + K * M].reshape(K, M)
        return cls(Q, R, flat[K * K + K * M :])


def mean_product(C: Array) -> Array:
    """``E g(x_u) g(x_v)`` for all pairs of units with the covariance C.

    Examples
    --------
    >>> round(float(mean_product(np.array([[1.0]]))[0, 0]), 12)  # (2/π) arcsin ½
    0.333333333333
    """
    scale = _root(1 + np.diag(C))
    found: Array = 2 / PI * np.arcsin(np.clip(C / np.outer(scale, scale), -1, 1))
    return found


def mean_sloped(C: Array) -> Array:
    """``E g'(x_i) x_n g(x_u)`` for all triples ``(i, n, u)``."""
    a = 1 + np.diag(C)
    root = _root(np.outer(a, a) - C**2)
    inner = C[None, :, :] * a[:, None, None] - C[:, :, None] * C[:, None, :]
    found: Array = 2 / PI * inner / (a[:, None, None] * root[:, None, :])
    return found


def mean_squares(C: Array, K: int) -> Array:
    """``E g'(x_i) g'(x_k) g(x_u) g(x_v)`` for i, k of the first K units and all u, v."""
    a = 1 + np.diag(C)
    S, D = C[:K, :K], C[:K]
    four = np.outer(a[:K], a[:K]) - S**2
    u, v = D[:, None, :, None], D[:, None, None, :]
    uk, vk = D[None, :, :, None], D[None, :, None, :]
    s, of_i, of_k, four_ = S[:, :, None, None], a[:K, None, None, None], a[None, :K, None, None], four[:, :, None, None]
    middle = four_ * C - uk * vk * of_i - u * v * of_k + s * u * vk + s * v * uk

    def side(x: Array, xk: Array, size: Array) -> Array:
        found: Array = four_ * size - xk**2 * of_i - x**2 * of_k + 2 * s * x * xk
        return found

    left, right = side(u, uk, a[None, None, :, None]), side(v, vk, a[None, None, None, :])
    found: Array = 4 / PI**2 / _root(four_) * np.arcsin(np.clip(middle / _root(left * right), -1, 1))
    return found


def drift(now: Overlaps, F: Array, eta: float) -> Overlaps:
    """The rates of all overlaps in time steps/N."""
    K, C, s = len(now.v), now.covariance(), now.signs()
    pull = -eta * F[:, None] * (mean_sloped(C)[:K] @ s)
    noise = np.einsum("ikuv,u,v->ik", mean_squares(C, K), s, s)
    Q = pull[:, :K] + pull[:, :K].T + eta**2 * np.outer(F, F) * noise
    return Overlaps(Q, pull[:, K:], -eta * mean_product(C)[:K] @ s)


def error(now: Overlaps) -> float:
    """The mean of half the squared error."""
    s = now.signs()
    return float(s @ mean_product(now.covariance()) @ s / 2)


def solved(start: Overlaps, F: Array, eta: float, times: Array, *, rtol: float = 1e-8) -> list[Overlaps]:
    """The solution of the equations at these times, with error control."""
    from scipy.integrate import solve_ivp

    K, M = start.R.shape

    def rates(_: float, flat: Array) -> Array:
        return drift(Overlaps.of(flat, K, M), F, eta).flat()

    found = solve_ivp(rates, (0.0, float(times[-1])), start.flat(), "DOP853", times, rtol=rtol, atol=rtol * 1e-2)
    return [Overlaps.of(y, K, M) for y in found.y.T]


def networks(
    start: Overlaps, F: Array, eta: float, time: float, rng: np.random.Generator, *, N: int, runs: int
) -> Array:
    """The errors of simulated students with exactly these overlaps at the start, ``(runs,)``."""
    K, M = start.R.shape
    rest = np.linalg.cholesky(start.Q - start.R @ start.R.T)
    W = np.zeros((runs, K, N))
    W[:, :, :M], W[:, :, M : M + K] = start.R * np.sqrt(N), rest * np.sqrt(N)
    v = np.tile(start.v, (runs, 1))
    for _ in range(round(time * N)):
        x = rng.standard_normal((runs, N))
        fields = np.einsum("rkn,rn->rk", W, x) / np.sqrt(N)
        g = erf(fields / np.sqrt(2))
        delta = np.sum(v * g, axis=1) - np.sum(erf(x[:, :M] / np.sqrt(2)), axis=1)
        slope = np.sqrt(2 / PI) * np.exp(-(fields**2) / 2)
        W -= eta / np.sqrt(N) * (F * slope * delta[:, None])[:, :, None] * x[:, None, :]
        v -= eta / N * g * delta[:, None]
    ends = [Overlaps(w @ w.T / N, w[:, :M] / np.sqrt(N), u) for w, u in zip(W, v, strict=True)]
    return np.array([error(end) for end in ends])
