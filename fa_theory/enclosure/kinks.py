"""The condition (3') of `fa_theory.checker.kinks` in floating point, for the search; nothing here proves anything."""

from __future__ import annotations

import numpy as np

from fa_theory.checker.kinks import WIDE
from fa_theory.model.ball import Array


def smallest_rate(
    C: Array,
    Ci: Array,
    eta: float,
    inputs: Array,
    gram: Array,
    radius: Array,
    slopes: tuple[Array, Array],
    feedback: tuple[Array, Array],
) -> float:
    """Smallest q about which (3') holds; infinite if there is none, or if no slope or too many are wide.

    Parameters
    ----------
    C, Ci, eta, inputs
        The norm, its inverse, the step size and ``XXᵀ``.
    gram, radius
        ``p·G̃`` on the tube: midpoint and radius.
    slopes
        Lower and upper ends on the tube, n×p.
    feedback
        ``b_r β_r`` on the tube: midpoint and radius.
    """
    low, high = slopes
    c, most = feedback[0], abs(feedback[0]) + feedback[1]
    n, p = low.shape
    wide = high - low >= 2 * WIDE
    # (3') pays for a few kinks; where the whole tube is wide it would only cost time
    if not 0 < wide.mean() < 0.25:
        return np.inf
    D = np.where(wide, 0, (low + high) / 2)
    low, high = np.where(wide, low, 0), np.where(wide, high, 0)
    m, rho = (high + low) / 2, (high - low) / 2
    narrow = np.where(wide, 0, (slopes[1] - slopes[0]) / 2)

    products = ((D + m) * c) @ (D + m).T - (m * c) @ m.T + ((low * c) @ low.T + (high * c) @ high.T) / 2
    top = D + narrow + m
    spread = (top * most) @ top.T - ((D + m) * abs(c)) @ (D + m).T
    A = C @ (np.eye(n) - eta / p * (gram + inputs * products)) @ Ci
    rest = eta / p * float(np.linalg.norm(abs(C) @ (radius + abs(inputs) * spread) @ abs(Ci), 2))

    i, r = np.nonzero(wide)
    w = inputs[i] * (D + narrow)[:, r].T * (rho[i, r] * most[r] / p)[:, None]
    P = abs(inputs) * ((high * most) @ high.T - (low * most) @ low.T) / (2 * p)
    j, k = np.nonzero(P)
    unit = np.eye(n)
    U = np.concatenate([unit[i], w, unit[j]]) @ C.T
    V = np.concatenate([w, unit[i], P[j, k][:, None] * unit[k]]) @ Ci
    t = (np.linalg.norm(V, axis=1) + 1e-300) / np.linalg.norm(U, axis=1).clip(1e-300)
    keep = (V != 0).any(axis=1) & (U != 0).any(axis=1)
    E, F = eta * (U[keep].T * t[keep]) @ U[keep], eta * (V[keep].T / t[keep]) @ V[keep]
    # for q near 1 the terms q·rest and rest/q are both about rest
    bottom = (1 - rest) * unit - E
    if np.linalg.eigvalsh(bottom)[0] <= 0:
        return np.inf
    return float(np.sqrt(np.linalg.eigvalsh(rest * unit + F + A.T @ np.linalg.solve(bottom, A))[-1]))
