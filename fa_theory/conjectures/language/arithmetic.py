"""Functions that formulas need besides those of NumPy, for batches of floats or balls.

On balls, comparisons that are not certain are never decided; minima, maxima, norms and eigenvalues are enclosed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from flint import arb, arb_mat

from fa_theory.checker.eigenvalues import extreme_eigenvalues
from fa_theory.model.activations import Activation
from fa_theory.model.ball import Array, Ball
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


_MIN = np.frompyfunc(lambda u, v: Ball(_arb(u).min(_arb(v))), 2, 1)
_MAX = np.frompyfunc(lambda u, v: Ball(_arb(u).max(_arb(v))), 2, 1)
_ROOT = np.frompyfunc(lambda x: x.root_of_square(), 1, 1)
_SIGN = np.frompyfunc(lambda ball: Ball(_arb(ball).sgn()), 1, 1)
