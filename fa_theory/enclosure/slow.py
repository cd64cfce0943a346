"""The condition (4) of the checker (`decay.slow`) in floating point, for the search; not a proof."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from flint import arb

from fa_theory.checker.decay.from_state import DecayBounds
from fa_theory.checker.decay.slow import decays_no_faster
from fa_theory.model.ball import Array

_MODES, _GAPS = 12, (1.1, 1.5, 2.2, 4.0)
"""The number of modes tried, and the distances below each, in multiples of the perturbation."""


def slowest_rate(found: DecayBounds) -> float:
    """The highest rate found that the checker accepts as a lower bound; 0 if none."""
    A, x = (np.array([[float(entry.mid()) for entry in row] for row in M.tolist()]) for M in (found.A, found.x))
    tried = rates(A, float(found.s), x[:, 0])
    return next((mu for mu in tried if decays_no_faster(found.A, found.s, found.x, arb(mu))), 0.0)


def rates(A: Array, s: float, x: Array) -> Iterator[float]:
    """Rates that (4) may prove, in decreasing order.

    Parameters
    ----------
    A, s
        A step in the norm, and a bound on its perturbations.
    x
        ``Ce``.
    """
    modes = np.sort(np.linalg.eigvals(A).real)[::-1][:_MODES]
    for mu in sorted({mode - gap * s - 1e-9 for mode in modes for gap in _GAPS if mode > gap * s}, reverse=True):
        J = sign(A - mu * np.eye(len(A)))
        J = J + J.T
        loss = 2 * s * np.linalg.norm(J @ A, 2) + s**2 * np.linalg.norm(J, 2)
        if x @ J @ x > 0 and np.linalg.eigvalsh(A.T @ J @ A - mu**2 * J)[0] > 1.01 * loss:
            yield float(mu)


def sign(M: Array) -> Array:
    """The matrix sign function, by Newton's iteration."""
    for _ in range(24):
        M = (M + np.linalg.inv(M)) / 2
    return M
