"""Products of matrices to nearly the last bit: the high parts of both factors are multiplied exactly.

A matrix A with entries up to ``top = 2^e`` is split into ``A = H + L``: H has multiples of ``2^(e−t)``, and L is at
most ``rest = 2^(e−t−1)``. Products of multiples, of t bits each, are integers up to ``2^2t`` in their unit, so sums of
k of them are exact in every order if ``k 2^2t ≤ 2^53`` (Ozaki, Ogita, Oishi, Rump, Numerical Algorithms 59, 2012). What
is left, ``H_A L_B + L_A B``, is smaller by 2^t and so are its rounding errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import frexp

import numpy as np
from flint import arb, arb_mat

from .bounds import TINY, Array, U, gamma, largest

_RANGE = 300
"""Exponents of tops are at most this, in absolute value, so that no product of parts leaves the normal numbers."""


class OutOfRange(ArithmeticError):
    """A number is not finite, or too large."""


@dataclass(frozen=True)
class Split:
    """``A = H + L`` but for an error, of which no entry is larger than ``error``."""

    high: Array
    low: Array
    full: Array
    """``H + L``, rounded."""
    t: int
    """Bits of H."""
    top: float
    rest: float
    error: arb

    @property
    def T(self) -> Split:
        """The transpose."""
        return Split(self.high.T, self.low.T, self.full.T, self.t, self.top, self.rest, self.error)


def bits(inner: int) -> int:
    """The t with which products of up to this inner dimension are exact.

    Examples
    --------
    >>> bits(50), bits(64), bits(65)
    (23, 23, 23)
    >>> all(k * 2 ** (2 * bits(k)) <= 2**53 for k in range(1, 5000))
    True
    """
    return (53 - (inner - 1).bit_length()) // 2


def split(A: Array, t: int) -> Split:
    """Split a matrix of floats; nothing is lost.

    With ``c = 1.5 · 2^(52+e−t)`` the sum A + c lies between ``2^(52+e−t)`` and twice that, where floats are the
    multiples of ``2^(e−t)``: it is rounded to one of them, at most half a unit away, and ``(A + c) − c`` is exact. So
    is ``A − H``: if ``|a| < 2^(e−t−1)`` then h = 0; otherwise a, and so ``a − h``, is a multiple of ``2^(e−t−54)``,
    and ``|a − h|`` is at most ``2^(e−t−1)``.

    Raises
    ------
    OutOfRange
        If an entry is not finite or too large.

    Examples
    --------
    >>> parts = split(np.array([[1.0, -1 / 3]]), 20)
    >>> bool((parts.high + parts.low == parts.full).all()), parts.top
    (True, 2.0)
    """
    top, rest, unit = _scale(float(largest(A)), t)
    c = 1.5 * 2.0**52 * unit
    high = (A + c) - c
    return Split(high, A - high, A, t, top, rest, arb(0))


def split_balls(A: arb_mat, t: int) -> Split:
    """Split a matrix of narrow balls: H + L has t + 53 bits."""
    rows, columns = A.nrows(), A.ncols()
    entries = A.entries()
    full = np.array([float(x.mid()) for x in entries])
    top, rest, unit = _scale(float(largest(full)), t)
    c = 1.5 * 2.0**52 * unit
    high = (full + c) - c
    low = np.array([float((x - h).mid()) for x, h in zip(entries, high.tolist(), strict=True)])
    error = arb(0)
    for x, h, v in zip(entries, high.tolist(), low.tolist(), strict=True):
        error = error.max((x - h - v).abs_upper())
    rest = 2 * rest  # as full is rounded, L may be a little more than half a unit
    if not largest(low) <= rest:
        raise OutOfRange("a low part is too large")
    shape = rows, columns
    return Split(high.reshape(shape), low.reshape(shape), full.reshape(shape), t, top, rest, error)


def _scale(size: float, t: int) -> tuple[float, float, float]:
    """``2^e > size``, half a unit, and the unit ``2^(e−t)``."""
    if not size < 2.0**_RANGE:
        raise OutOfRange(f"a number of size {size:.3g} is out of range")
    exponent = max(frexp(size)[1], -_RANGE)
    return 2.0**exponent, 2.0 ** (exponent - t - 1), 2.0 ** (exponent - t)


def product(A: Split, B: Split) -> tuple[Array, arb]:
    """``C ≈ AB`` and κ with ``|C − AB|_ij ≤ u|C_ij| + κ`` in every entry; B was split from floats.

    With k the inner dimension, ``H_A H_B`` is exact; the products ``H_A L_B`` and ``L_A B`` are off by at most
    ``γ_k k top_A rest_B`` and ``γ_k k rest_A top_B``, and by ``k 2^-1075`` where a product of entries underflows; their
    sum by u times itself; and the last sum by ``u|C|``.
    """
    k = A.full.shape[1]
    if not B.error == 0 or k * 2 ** (A.t + B.t) > 2**53:
        raise ValueError("these parts cannot be multiplied exactly")
    C = A.high @ B.high + (A.high @ B.low + A.low @ B.full)
    crossed = arb(A.top) * B.rest + arb(A.rest) * B.top
    kappa = (arb(gamma(k)) + 2 * arb(U)) * k * crossed + arb(2 * k) * TINY + A.error * k * B.top
    return C, kappa.upper()
