"""Inputs of the kernels and their covariance, for arrays of floats or balls."""

from __future__ import annotations

import numpy as np
from flint import arb_mat

from fa_theory.errors import InputError
from fa_theory.model import checks
from fa_theory.model.ball import Array, Ball, as_arb

_LONGEST = 1e70


def inputs(X: Array) -> Array:
    """Return inputs ``(n, d)`` as finite float64, or an object array as it is.

    Raises
    ------
    InputError
        If the shape is wrong or empty, an element is not finite, or a row of floats is so long or short that
        fourth powers of its norm overflow or underflow.
    """
    X = np.asarray(X)
    if X.ndim != 2 or 0 in X.shape:
        raise InputError(f"expected X of shape (n, d) with n, d ≥ 1 but got shape {X.shape}")
    if X.dtype == object:
        infinite = [x for x in X.flat if not as_arb(x).is_finite()]
        if infinite:
            raise InputError(f"X has the ball {infinite[0]}, which is not bounded; repair or remove its row")
        return X
    X = checks.floats(X, "X")
    largest = np.abs(X).max(axis=1)
    extreme = np.flatnonzero((largest > _LONGEST) | ((largest > 0) & (largest < 1 / _LONGEST)))
    if len(extreme):
        raise InputError(
            f"row {extreme[0]} of X has entries up to {largest[extreme[0]]:.1e}; expected a zero row or one between "
            f"{1 / _LONGEST:g} and {_LONGEST:g}; rescale the rows"
        )
    return X


def covariance(X: Array) -> Array:
    """``K = XXᵀ``, the covariance of the pre-activations ``w·x_i`` for ``w ~ N(0, I)``; balls for an object array."""
    if X.dtype != object:
        K: Array = X @ X.T
        return K
    M = matrix(X)
    return array(M * M.transpose())


def matrix(A: Array) -> arb_mat:
    """Array of balls or numbers to matrix of balls."""
    return arb_mat([[as_arb(x) for x in row] for row in A])


def array(M: arb_mat) -> Array:
    """Matrix of balls to array of balls."""
    return np.array([[Ball(x) for x in row] for row in M.tolist()], dtype=object)
