"""Numbers of about 106 bits: pairs of floats, and products of matrices of them by exact products of slices.

A pair stands for ``high + low``, exactly, with ``|low| ≤ u|high|``. A matrix of pairs is cut into m slices of t bits:
``A = A_1 + … + A_m + rest``, where A_i has multiples of ``unit_i = top 2^(−it)``, at most ``top 2^(−(i−1)t)``, and the
rest is at most ``unit_m`` (Ozaki, Ogita, Oishi, Rump, Numerical Algorithms 59, 2012). With inner dimension k and
``k m 2^2t ≤ 2^53`` the sum of the products ``A_i B_j`` with ``i + j = q + 1`` is exact in every order: its terms are
integers in one unit. Sums for q = 1…m are added up in pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import frexp

import numpy as np
from flint import arb, arb_mat

from .bounds import Array, U, largest
from .products import OutOfRange

_WANTED = 106
_RANGE = 200
"""Exponents of tops are at most this, in absolute value: products of slices are above ``2^-1000``."""


@dataclass(frozen=True)
class FloatPair:
    """``high + low``, and ``high`` is that sum rounded."""

    high: Array
    low: Array

    def times(self, zero_or_one: Array) -> FloatPair:
        """Every number, or 0 in its place."""
        return FloatPair(self.high * zero_or_one, self.low * zero_or_one)

    def balls(self) -> list[arb]:
        """Row by row, at the working precision."""
        pairs = zip(self.high.ravel().tolist(), self.low.ravel().tolist(), strict=True)
        return [arb(high) + arb(low) for high, low in pairs]


@dataclass(frozen=True)
class Slices:
    """``A = ΣA_i + rest``, but for an error, of which no entry is larger than ``error``."""

    parts: list[Array]
    t: int
    top: float
    error: arb

    @property
    def T(self) -> Slices:
        """The transpose."""
        return Slices([part.T for part in self.parts], self.t, self.top, self.error)


def cut(inner: int, wanted: int = _WANTED) -> tuple[int, int]:
    """The t and m for products with this inner dimension; slices of these many bits together.

    Examples
    --------
    >>> cut(50), cut(3200)
    ((22, 5), (19, 6))
    >>> all(k * m * 2 ** (2 * t) <= 2**53 and m * t >= 106 for k in range(1, 5000) for t, m in [cut(k)])
    True
    """
    m = 4
    while True:
        t = (53 - (inner * m - 1).bit_length()) // 2
        if t * m >= wanted:
            return t, m
        m += 1


def two_sum(a: Array, b: Array) -> FloatPair:
    """``a + b`` exactly, for rounding to nearest (Knuth).

    Examples
    --------
    >>> found = two_sum(np.array([1.0]), np.array([2.0**-60]))
    >>> bool(found.high == 1), bool(found.low == 2.0**-60)
    (True, True)
    """
    total = a + b
    second = total - a
    return FloatPair(total, (a - (total - second)) + (b - second))


def add(A: FloatPair, B: FloatPair) -> tuple[FloatPair, arb]:
    """``A + B`` but for an error, of which no entry is larger than the bound.

    ``|low|`` is at most ``u|high|``, and what the sum of the high parts is off at most ``u(1 + u)(|A| + |B|)``. So the
    two rounded sums of what is low are off by at most ``u²(|A| + |B|)`` and ``2u²(|A| + |B|)``, each times ``1 + 3u``.
    """
    high = two_sum(A.high, B.high)
    return two_sum(high.high, high.low + (A.low + B.low)), 4 * arb(U) ** 2 * (largest(A.high) + largest(B.high))


def halves(a: Array) -> tuple[Array, Array]:
    """``a = a_1 + a_2`` exactly, with 26 bits in each part, for ``|a| < 2^990`` (Veltkamp).

    Examples
    --------
    >>> first, second = halves(np.array([1 + 2.0**-26]))
    >>> bool(first == 1), bool(second == 2.0**-26)
    (True, True)
    """
    c = 134217729.0 * a  # 2^27 + 1
    first = c - (c - a)
    return first, a - first


def exact_product(a: Array, b: Array, parts: tuple[Array, Array] | None = None) -> FloatPair:
    """``ab`` exactly, if it is 0 or at least ``2^-960``, and a and b are below ``2^990`` (Dekker).

    Nothing underflows then: with ``2^i ≤ |a|``, ``2^j ≤ |b|`` all products of halves are multiples of ``2^(i+j−104)``,
    and ``i + j + 2 > −960``. Where ``|ab|`` is smaller, the rounded product is off by less than ``2^-1010``, and what
    is added to it is less than ``2^-23 |ab| + 2^-1070``: less than ``2^-980`` together. Halves of a may be given.

    Examples
    --------
    >>> found = exact_product(np.array([1 + 2.0**-30]), np.array([1 + 2.0**-30]))
    >>> bool(found.high == 1 + 2.0**-29), bool(found.low == 2.0**-60)
    (True, True)
    """
    product = a * b
    a_1, a_2 = halves(a) if parts is None else parts
    b_1, b_2 = halves(b)
    return FloatPair(product, ((a_1 * b_1 - product) + a_1 * b_2 + a_2 * b_1) + a_2 * b_2)


def multiply(A: FloatPair, B: FloatPair) -> tuple[FloatPair, arb]:
    """Products of entries, but for an error, of which no one is larger than the bound.

    With p the product of the high parts: what it is rounded by is at most ``u|p|``, the crossed products ``u|p|`` each,
    and ``u²|p|`` is left out. Both crossed products are rounded, ``2u²|p|``, their sum, ``2u²|p|``, and the sum of all
    that is low, ``3u²|p|``, each times ``1 + 4u``: ``8u²|p|`` in all. What underflows adds less than ``2^-970``.

    Raises
    ------
    OutOfRange
        If an entry is not finite or too large.

    Examples
    --------
    >>> third = nearest_pairs(arb_mat([[arb(1) / 3]]))[0]
    >>> ninth, error = multiply(third, third)
    >>> bool(ninth.high == 1 / 9), error < 1e-31
    (True, True)
    """
    sizes = largest(A.high), largest(B.high)
    for size in sizes:
        if not size < 2.0**_RANGE:
            raise OutOfRange(f"a number of size {float(size):.3g} is out of range")
    p = exact_product(A.high, B.high)
    error = 9 * arb(U) ** 2 * sizes[0] * sizes[1] + arb(2) ** -970
    return two_sum(p.high, p.low + (A.high * B.low + A.low * B.high)), error.upper()


def nearest_pairs(A: arb_mat) -> tuple[FloatPair, arb]:
    """Pairs near the midpoints, and by how much no entry of A is off."""
    entries = A.entries()
    high = [float(x.mid()) for x in entries]
    low = [float((x - v).mid()) for x, v in zip(entries, high, strict=True)]
    off = arb(0)
    for x, v, w in zip(entries, high, low, strict=True):
        off = off.max((x - v - w).abs_upper())
    shape = A.nrows(), A.ncols()
    found = two_sum(np.array(high).reshape(shape), np.array(low).reshape(shape))
    return found, off


def slices(A: FloatPair, t: int, m: int, error: arb | None = None) -> Slices:
    """Cut pairs into slices.

    As in `products.split`, adding and subtracting ``c = 1.5 · 2^52 unit_i`` rounds a float of at most ``unit_(i−1)`` to
    a multiple of unit_i, and the difference, at most half a unit, is exact. What was low is then added, exactly: with
    ``|low| ≤ u unit_(i−1) ≤ 2^-27 unit_i`` the new float is at most ``(½ + 2^-26) unit_i``, and so is the rest at last.

    Raises
    ------
    OutOfRange
        If an entry is not finite or too large.

    Examples
    --------
    >>> third = nearest_pairs(arb_mat([[arb(1) / 3]]))[0]
    >>> found = slices(third, 20, 6)
    >>> len(found.parts), bool(sum(found.parts)[0, 0] == 1 / 3)
    (6, True)
    """
    size = float(largest(A.high))
    if not size < 2.0**_RANGE:
        raise OutOfRange(f"a number of size {size:.3g} is out of range")
    exponent = max(frexp(size)[1], -_RANGE) if size else -_RANGE
    high, low, parts = A.high, A.low, []
    for i in range(1, m + 1):
        c = 1.5 * 2.0 ** (52 + exponent - i * t)
        part = (high + c) - c
        rest = two_sum(high - part, low)
        high, low = rest.high, rest.low
        parts.append(part)
    return Slices(parts, t, 2.0**exponent, arb(0) if error is None else error)


def product(A: Slices, B: Slices) -> tuple[FloatPair, arb]:
    """``AB`` but for an error, of which no entry is larger than the bound.

    Left out are ``A_i B_j`` with ``i + j > m + 1``, fewer than ``2m`` of size ``δ = k top_A top_B 2^(−mt)`` as they get
    smaller by 2^t, and products with the rests, at most ``3δ``. Errors of A and B add at most ``2k`` times their
    product with the other's top, and k times their own. The m sums, of largest entries b_q, are added in pairs: partial
    sums are at most ``(1 + mu)b``, ``b = Σb_q``, and each is off by at most u times that. So the m roundings of the low
    part, itself at most ``(m + 1)ub``, come to less than ``2m²u²b``, for ``m ≥ 3``.
    """
    m, k = len(A.parts), A.parts[0].shape[1]
    if not (m == len(B.parts) >= 3 and A.t == B.t and k * m * 2 ** (2 * A.t) <= 2**53):
        raise ValueError("these slices cannot be multiplied exactly")
    total, low, sizes = None, None, arb(0)
    for q in range(m):
        level = A.parts[0] @ B.parts[q]
        for i in range(1, q + 1):
            level += A.parts[i] @ B.parts[q - i]
        sizes += largest(level)
        if total is None or low is None:
            total, low = level, np.zeros_like(level)
        else:
            pair = two_sum(total, level)
            total, low = pair.high, low + pair.low
    assert total is not None
    assert low is not None
    tops = arb(A.top) * B.top
    error = (2 * m + 3) * k * tops * arb(2) ** (-m * A.t) + 2 * m * m * arb(U) ** 2 * sizes
    error += 2 * k * (A.error * B.top + B.error * A.top) + k * A.error * B.error
    return two_sum(total, low), error.upper()
