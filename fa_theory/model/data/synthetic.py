"""Inputs drawn at random."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.checks import Floats


def gaussian(rng: np.random.Generator, n: int, d: int) -> Floats:
    """``x_i ~ N(0, I)``, independent."""
    return rng.standard_normal((n, d))


def sphere(rng: np.random.Generator, n: int, d: int) -> Floats:
    """``x_i`` uniform on the unit sphere, independent; unit norms up to rounding."""
    X = rng.standard_normal((n, d))
    rows: Floats = X / np.linalg.norm(X, axis=1, keepdims=True)
    return rows


def isometric(rng: np.random.Generator, n: int, d: int) -> Floats:
    """``XXᵀ = I`` up to rounding, with the row space uniform (Haar).

    Raises
    ------
    InputError
        If ``n > d``: at most d rows can be orthonormal.
    """
    if n > d:
        raise InputError(f"isometric data needs n ≤ d but got n = {n}, d = {d}; lower n or raise d")
    Q, R = np.linalg.qr(rng.standard_normal((d, n)))
    # QR leaves the signs open; with a positive diagonal of R the distribution is Haar
    rows: Floats = np.ascontiguousarray((Q * np.sign(np.diag(R))).T)
    return rows


SYNTHETIC: dict[str, Callable[[np.random.Generator, int, int], Floats]] = {
    "gaussian": gaussian,
    "sphere": sphere,
    "isometric": isometric,
    "teacher": gaussian,
}
