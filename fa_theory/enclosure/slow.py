"""The condition (4) of `fa_theory.checker.slow` in floating point, for the search; nothing here proves anything."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fa_theory.model.ball import Array

_MODES, _GAPS = 12, (1.1, 1.5, 2.0, 4.0)
"""How many modes are tried, and how far below each, in multiples of the perturbation."""


def rates(A: Array, s: float, x: Array) -> Iterator[float]:
    """Rates that (4) may prove, the highest first.

    Parameters
    ----------
    A, s
        A step in the norm, and a bound of its perturbations.
    x
        ``Ce``.
    """
    modes = np.sort(np.linalg.eigvals(A).real)[::-1][:_MODES]
    for mu in sorted({mode - gap * s - 1e-9 for mode in modes for gap in _GAPS if mode > gap * s}, reverse=True):
        J = sign(A - mu * np.eye(len(A)))
        J = J + J.T
        loss = 2 * s * np.linalg.norm(J @ A, 2) + s**2 * np.linalg.norm(J, 2)
        if x @ J @ x > 0 and np.linalg.eigvalsh(A.T @ J @ A - mu**2 * J)[0] > loss:
            yield float(mu)


def sign(M: Array) -> Array:
    """The matrix sign function, by Newton's iteration."""
    for _ in range(24):
        M = (M + np.linalg.inv(M)) / 2
    return M
