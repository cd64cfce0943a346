"""The condition (3') of the checker (`decay.kinks`) in floating point, for the search; not a proof."""

from __future__ import annotations

import numpy as np

from fa_theory.checker.decay.kinks import WIDE
from fa_theory.model.ball import Array


def products(S: Array, beta: Array, b: Array) -> Array:
    """``Σ_r S_ir β_rc S_jr b_rc'`` at row (i,c) and column (j,c')."""
    kernel: Array = by_output(S, beta) @ by_output(S, b).T
    return kernel


def by_output(S: Array, weights: Array) -> Array:
    """``S_ir β_rc`` at row (i,c), column r."""
    return (S[:, None] * weights.T).reshape(-1, S.shape[1])


def smallest_rate(
    C: Array,
    Ci: Array,
    eta: float,
    inputs: Array,
    gram: Array,
    radius: Array,
    slopes: tuple[Array, Array],
    beta: tuple[Array, Array],
    b: Array,
) -> float:
    """About the smallest q for which (3') holds; infinite if there is none, or if no slope or too many are wide.

    Parameters
    ----------
    C, Ci, eta, inputs
        The norm, its inverse, the step size and ``x_i·x_j``, nk×nk.
    gram, radius
        ``p·G̃⊗I`` on the tube: midpoint and radius.
    slopes
        Lower and upper ends on the tube, n×p.
    beta, b
        Midpoint p×k and radius (p,) of β on the tube, and b.
    """
    low, high = slopes
    centre, most, size = beta[0], abs(beta[0]) + beta[1][:, None], abs(b)
    (n, p), k = low.shape, b.shape[1]
    wide = high - low >= 2 * WIDE
    # (3') is useful for a few kinks; where the whole tube is wide it only costs time
    if not 0 < wide.mean() < 0.25:
        return np.inf
    D = np.where(wide, 0, (low + high) / 2)
    low, high = np.where(wide, low, 0), np.where(wide, high, 0)
    m, rho = (high + low) / 2, (high - low) / 2
    narrow = np.where(wide, 0, (slopes[1] - slopes[0]) / 2)

    both = (products(low, centre, b) + products(high, centre, b)) / 2
    middle = products(D + m, centre, b) - products(m, centre, b) + both
    spread = products(D + narrow + m, most, size) - products(D + m, abs(centre), size)
    unit = np.eye(n * k)
    A = C @ (unit - eta / p * (gram + inputs * middle)) @ Ci
    rest = eta / p * float(np.linalg.norm(abs(C) @ (radius + abs(inputs) * spread) @ abs(Ci), 2))

    i, r = np.nonzero(wide)
    pull, samples = inputs[i * k] * (rho[i, r] / p)[:, None], np.eye(n)[i]
    top, top_beta = D + narrow, np.where(centre < 0, -most, most)
    U = np.concatenate([outer(samples, top_beta[r]), pull * by_output(top, top_beta)[:, r].T]) @ C.T
    V = np.concatenate([pull * by_output(top, b)[:, r].T, outer(samples, b[r])]) @ Ci
    t = (np.linalg.norm(V, axis=1) + 1e-300) / np.linalg.norm(U, axis=1).clip(1e-300)
    P = abs(inputs) * (products(high, most, size) - products(low, most, size)) / (2 * p)
    mu, nu = np.linalg.norm(C, axis=0), np.linalg.norm(Ci, axis=1)
    E = eta * ((U.T * t) @ U + (C * (P @ nu / mu)) @ C.T)
    F = eta * ((V.T / t) @ V + (Ci.T * (mu @ P / nu)) @ Ci)
    # for q near 1 the terms q·rest and rest/q are both about rest
    bottom = (1 - rest) * unit - E
    if np.linalg.eigvalsh(bottom)[0] <= 0:
        return np.inf
    return float(np.sqrt(np.linalg.eigvalsh(rest * unit + F + A.T @ np.linalg.solve(bottom, A))[-1]))


def outer(samples: Array, weights: Array) -> Array:
    """``e_i ⊗ β_r``, one a row."""
    return (samples[:, :, None] * weights[:, None]).reshape(len(samples), -1)
