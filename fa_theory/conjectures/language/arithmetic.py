"""Functions that formulas need besides those of NumPy, for batches of floats or balls.

On balls, comparisons that are not certain are never decided; minima, maxima, norms and eigenvalues are enclosed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from flint import arb, arb_mat

from fa_theory.checker.eigenvalues import all_eigenvalues, extreme_eigenvalues
from fa_theory.model.activations import Activation
from fa_theory.model.ball import Array, Ball, balls
from fa_theory.model.network import transpose


class Arithmetic(NamedTuple):
    """Functions of batches ``(B, ...)``.

    Attributes
    ----------
    balls
        Whether the numbers are balls.
    psi
        The activation of the networks.
    """

    balls: bool
    psi: Activation

    def least(self, u: Array, v: Array) -> Array:
        """Entrywise minimum."""
        return _MIN(u, v) if self.balls else np.minimum(u, v)

    def most(self, u: Array, v: Array) -> Array:
        """Entrywise maximum."""
        return _MAX(u, v) if self.balls else np.maximum(u, v)

    def fold(self, combine: Callable[[Array, Array], Array], x: Array) -> Array:
        """Combine all entries of each value, one after the other."""
        return reduce(combine, np.moveaxis(flat(x), 1, 0))

    def root(self, squares: Array) -> Array:
        """Square root of a quantity known to be ≥ 0."""
        return _ROOT(squares) if self.balls else np.sqrt(squares)

    def sign(self, x: Array) -> Array:
        """Sign; the interval [−1, 1] where it is not certain."""
        return np.asarray(_SIGN(x), dtype=object) if self.balls else np.sign(x)

    def arcsine(self, x: Array) -> Array:
        """The angle with this sine; numbers beyond ±1 by no more than rounding count as ±1."""
        if self.balls:
            return np.asarray(_ARCSINE(x), dtype=object)
        return np.arcsin(np.where(abs(x) <= 1 + 1e-12, np.clip(x, -1, 1), np.nan))

    def extreme(self, which: int, x: Array) -> Array:
        """Smallest (0) or largest (1) eigenvalue of the symmetric part."""
        symmetric = (square(x) + transpose(x)) / 2
        if not self.balls:
            finite = np.asarray(np.isfinite(symmetric).all(axis=(-1, -2)))
            found = np.linalg.eigvalsh(np.where(finite[:, None, None], symmetric, 0))[:, (0, -1)[which]]
            return np.where(finite, found, np.nan)
        size = x.shape[-1]
        matrices = [arb_mat(size, size, [ball.arb for ball in A.flat]) for A in symmetric]
        return np.array([Ball(extreme_eigenvalues(A)[which]) for A in matrices], dtype=object)

    def eigenvalue(self, which: int, x: Array) -> Array:
        """The eigenvalue of the symmetric part with this number, from the smallest (0) on."""
        symmetric = (square(x) + transpose(x)) / 2
        if which >= x.shape[-1]:
            raise ValueError("too few eigenvalues")
        if not self.balls:
            finite = np.asarray(np.isfinite(symmetric).all(axis=(-1, -2)))
            found = np.linalg.eigvalsh(np.where(finite[:, None, None], symmetric, 0))[:, which]
            return np.where(finite, found, np.nan)
        return np.array([Ball(all_eigenvalues(A)[which]) for A in _matrices(symmetric)], dtype=object)

    def inverse(self, x: Array) -> Array:
        """Inverse of a square matrix; NaN where there is none."""
        if self.balls:
            return np.array([_inverse(A) for A in _matrices(square(x))], dtype=object)
        return _over_regular(np.linalg.inv, square(x))

    def determinant(self, x: Array) -> Array:
        """Determinant of a square matrix."""
        if self.balls:
            return np.array([Ball(A.det()) for A in _matrices(square(x))], dtype=object)
        return np.asarray(np.linalg.det(square(x)))

    def rank(self, x: Array) -> Array:
        """Rank of a matrix; in balls all of [0, min(m, n)]."""
        if self.balls:
            most = min(x.shape[1:])
            return np.array([Ball(arb(0).union(arb(most)))] * len(x), dtype=object)
        finite = np.asarray(np.isfinite(x).all(axis=(-1, -2)))
        found = np.linalg.matrix_rank(np.where(finite[:, None, None], x, 0)).astype(float)
        return np.where(finite, found, np.nan)

    def constant(self, x: Array, value: Array | float) -> Array:
        """The same exact value for every network of the batch of x."""
        made = np.broadcast_to(np.asarray(value, dtype=float), (len(x), *np.shape(value)))
        return balls(made) if self.balls else np.array(made)


def _matrices(x: Array) -> list[arb_mat]:
    return [arb_mat(x.shape[1], x.shape[2], [Ball(entry).arb for entry in A.flat]) for A in x]


def _inverse(A: arb_mat) -> Array:
    try:
        entries = A.inv().entries()
    except ZeroDivisionError:
        entries = [arb("nan")] * (A.nrows() * A.ncols())
    return np.array([Ball(entry) for entry in entries], dtype=object).reshape(A.nrows(), A.ncols())


def _over_regular(f: Callable[[Array], Array], x: Array) -> Array:
    """Apply f to the matrices that can be inverted in floats; NaN for the others."""
    finite = np.asarray(np.isfinite(x).all(axis=(-1, -2)))
    regular = finite & (np.linalg.matrix_rank(np.where(finite[:, None, None], x, 0)) == x.shape[-1])
    found = f(np.where(regular[:, None, None], x, np.eye(x.shape[-1])))
    return np.where(regular[:, None, None], found, np.nan)


def flat(x: Array) -> Array:
    """Each value as a vector."""
    return x.reshape(len(x), -1)


def square(x: Array) -> Array:
    """Require a square matrix; otherwise a ValueError."""
    if x.shape[-1] != x.shape[-2]:
        raise ValueError("not a square matrix")
    return x


def _arb(x: Any) -> arb:
    return Ball(x).arb


def _angle(x: arb) -> arb:
    if not (x.lower() <= 1 and x.upper() >= -1):
        return arb("nan")
    return x.lower().max(arb(-1)).asin().union(x.upper().min(arb(1)).asin())


_MIN = np.frompyfunc(lambda u, v: Ball(_arb(u).min(_arb(v))), 2, 1)
_MAX = np.frompyfunc(lambda u, v: Ball(_arb(u).max(_arb(v))), 2, 1)
_ROOT = np.frompyfunc(lambda x: x.root_of_square(), 1, 1)
_ARCSINE = np.frompyfunc(lambda x: Ball(_angle(_arb(x))), 1, 1)
_SIGN = np.frompyfunc(lambda ball: Ball(_arb(ball).sgn()), 1, 1)
