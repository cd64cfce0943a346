"""Norms from above, and numbers ≥ 0 that are rounded up.

A computed sum of k products of numbers ≥ 0 is at least ``(1 − γ_k)`` times the true one, in any order, less ``k
2^-1075`` for products that underflow: a relative error of each product and of at most k − 1 additions (Higham, Accuracy
and Stability of Numerical Algorithms, 2002, §3.1), where additions never underflow. So a norm is the root of the
computed sum, enlarged; the rest of it is done in balls.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import frexp, inf, sqrt

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

Array = NDArray[np.float64]

U = 2.0**-53
"""Unit roundoff."""
TINY = 2.0**-1074
"""Twice what a product loses when it underflows."""
MOST = 2**26
"""Largest number of terms of a sum."""
_BITS = 64


def gamma(k: int) -> float:
    """At least γ_k.

    Examples
    --------
    >>> gamma(3) >= 3 * U / (1 - 3 * U)
    True
    """
    if not 0 <= k <= MOST:
        raise ValueError(f"expected at most {MOST} terms but got {k}")
    return k * U * (1 + 2.0**-20)  # 1/(1 − ku) ≤ 1 + 2^-26, and the product is rounded once


def root_of_sum(squares: float, terms: int) -> arb:
    """Number ≥ the norm whose squares were summed to this in floats.

    One more TINY pays for a product that is subnormal, and ``1 + 8u`` for what is rounded otherwise: the sum, ``1 +
    2γ``, the product and the root, each by a factor of at least ``1 − u``.
    """
    total = (squares + (terms + 1) * TINY) * (1 + 2 * gamma(terms))
    return arb(sqrt(total) * (1 + 2.0**-50))


def norm(A: Array) -> arb:
    """Number ≥ the Frobenius norm.

    Examples
    --------
    >>> norm(np.array([3.0, 4.0])) >= 5
    True
    """
    v = A.ravel(order="K")
    return root_of_sum(float(v @ v), v.size)


def largest(A: Array) -> arb:
    """Largest absolute value; undefined if an entry is."""
    return arb(max(float(A.max()), -float(A.min())))


def column_norms(A: Array) -> Upper:
    """Numbers ≥ the norms of the columns."""
    squares = np.einsum("ir,ir->r", A, A)
    raised = (Upper(squares) + Upper(A.shape[0] * TINY)) * Upper(1 + 2 * gamma(A.shape[0] + 1))
    return raised.sqrt()


def spectral_norm(A: Array, squarings: int) -> arb:
    """Number ≥ ``‖A‖₂``, at most a factor ``m^(2^-squarings / 2)`` above it for m rows, but for rounding.

    ``‖M‖₂² = ‖MMᵀ‖₂``, and a computed product is off by at most ``γ_k‖M‖_F²`` in Frobenius's norm; at the end the
    Frobenius norm is taken. Before every product M is scaled by a power of two to a norm of at most 1; that is exact
    but for entries that become subnormal, which the ``2^-900`` pays for.

    Examples
    --------
    >>> bound = spectral_norm(np.array([[3.0, 0.0], [4.0, 5.0]]), 8)
    >>> bool(bound**2 > 45) and bool(bound**2 < 45.3)
    True
    """
    if not A.any():  # what is not a number is not 0
        return arb(0)
    M, levels = A, []
    for _ in range(squarings):
        v = M.ravel(order="K")
        squares = float(v @ v)
        if not squares < inf:
            return arb("inf")
        # 4^exponent is at least 4 · squares and 2^-1000, so at least the true sum, whatever was rounded or underflowed
        exponent = max(1 - -frexp(squares)[1] // 2, -500)
        M = M * 2.0**-exponent
        levels.append((exponent, gamma(M.shape[1])))
        M = M @ M.T
    with ctx.workprec(_BITS):
        top = norm(M)
        for exponent, error in reversed(levels):
            top = (top + error + arb(2) ** -900).sqrt().upper() * arb(2) ** exponent
        return top


_UP = 1 + 4 * U


@dataclass(frozen=True)
class Upper:
    """Numbers ≥ 0, each a float that is not below the number it stands for; so are the results of operations.

    A result is off by a factor of ``1 ± u``, and a product that underflows by less than `TINY`. Times ``1 + 4u``,
    rounded, it is not below the true one: ``(1 + 4u)(1 − u)² ≥ 1``. That takes half the time of the next float.
    """

    x: Array

    def __init__(self, x: Array | float) -> None:
        object.__setattr__(self, "x", np.asarray(x, dtype=np.float64))

    def __add__(self, other: Upper) -> Upper:
        return Upper((self.x + other.x) * _UP)

    def __mul__(self, other: Upper) -> Upper:
        return Upper(self.x * other.x * _UP + TINY)

    def sqrt(self) -> Upper:
        """The root."""
        return Upper(np.sqrt(self.x) * _UP)

    def dot(self, other: Upper) -> arb:
        """Number ≥ the sum of the products."""
        terms = self.x.size
        with ctx.workprec(_BITS):
            return ((arb(float(self.x @ other.x)) + arb(terms) * TINY) * (1 + 2 * arb(gamma(terms)))).upper()

    def norm(self) -> arb:
        """Number ≥ the Euclidean norm."""
        return norm(self.x)


def above(x: arb) -> Upper:
    """A float that is not below a number."""
    value = float(x.upper())
    return Upper(value if arb(value) >= x.upper() else np.nextafter(value, np.inf))
