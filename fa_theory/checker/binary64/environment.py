"""Is this machine's arithmetic what the bounds assume? `examine` tests it, and refuses otherwise.

A test cannot prove that arithmetic is right. These find the known ways in which it is not: another rounding mode, in
this thread or in those of the matrix products; numbers flushed to zero; extended or reduced precision; products by
Strassen's method or by emulation.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import sqrt
from operator import matmul

import numpy as np

from .bounds import Array

_WIDE = 1021
"""Length of arrays: enough for every vector instruction and its remainder."""
_LARGEST = 200
"""Products are tried up to this size in every direction, which is enough for threads to share them."""


class Unfit(ValueError):
    """The arithmetic of this machine is not what the bounds assume."""


def examine(*shapes: tuple[int, int, int]) -> None:
    """Test the arithmetic of arrays, and that of products of these shapes: rows, inner dimension and columns.

    Raises
    ------
    Unfit
        With the test that failed.

    Examples
    --------
    >>> examine((3, 4, 5))
    """
    if sys.float_info.mant_dig != 53 or sys.float_info.min_exp != -1021 or np.finfo(np.float64).nmant != 52:
        raise Unfit("binary64: floats are not IEEE 754 binary64 numbers")
    u, least = 2.0**-53, 2.0**-1074
    for what, number, right in (
        ("1 + u", 1.0 + u, 1.0),
        ("−1 − u", -1.0 - u, -1.0),
        ("1 + 3u", 1.0 + 3 * u, 1 + 2.0**-51),
        ("(1 − u)(1 + 2u)", (1 - u) * (1 + 2 * u), 1.0),
        ("√7", sqrt(7.0), float.fromhex("0x1.52a7fa9d2f8eap+1")),
        ("2⁻¹⁰⁷⁴ + 2⁻¹⁰⁷⁴", least + least, 2.0**-1073),
    ):
        if number != right:
            raise Unfit(f"binary64: in Python's floats {what} came out as {number!r}, not {right!r}")
    one, half, ulp = np.ones(_WIDE), np.full(_WIDE, 2.0**-53), np.full(_WIDE, 2.0**-52)
    third, seven = one / 3, np.full(_WIDE, 7.0)
    for what, found, expected in (
        ("1 + u", one + half, 1.0),
        ("−1 − u", -one - half, -1.0),
        ("1 + 3u", one + 3 * half, 1 + 2.0**-51),
        ("1 + u + 2⁻⁹⁰", one + (half + 2.0**-90), 1 + 2.0**-52),
        ("−1 − u − 2⁻⁹⁰", -one - (half + 2.0**-90), -1 - 2.0**-52),
        ("1 − u/2", one - half / 2, 1.0),
        ("(1 + 2u)²", (one + ulp) * (one + ulp), 1 + 2.0**-51),
        ("(1 − u)(1 + 2u)", (one - half) * (one + ulp), 1.0),
        ("1/3", third, float.fromhex("0x1.5555555555555p-2")),
        ("−1/3", -one / 3, float.fromhex("-0x1.5555555555555p-2")),
        ("√7", np.sqrt(seven), float.fromhex("0x1.52a7fa9d2f8eap+1")),
        ("2/7", 2 / seven, float.fromhex("0x1.2492492492492p-2")),
        ("2⁻¹⁰²² / 2", np.full(_WIDE, 2.0**-1022) * 0.5, 2.0**-1023),
        ("2⁻¹⁰⁷⁴ + 2⁻¹⁰⁷⁴", np.full(_WIDE, 2.0**-1074) + 2.0**-1074, 2.0**-1073),
        ("2⁻¹⁰⁷⁴ · 2¹⁰⁰⁰", np.full(_WIDE, 2.0**-1074) * 2.0**1000, 2.0**-74),
        ("2⁻⁶⁰⁰ · 2⁻⁴⁷⁰", np.full(_WIDE, 2.0**-600) * 2.0**-470, 2.0**-1070),
        ("rint(2.5)", np.rint(np.full(_WIDE, 2.5)), 2.0),
    ):
        if not (found == expected).all():
            raise Unfit(f"binary64: {what} came out as {found[found != expected][0]!r}, not {expected!r}")
    for rows, inner, columns in ((7, 5, 3), (64, 64, 64), (_LARGEST, _LARGEST, _LARGEST), *shapes):
        examine_products(min(rows, _LARGEST), min(inner, _LARGEST), min(columns, _LARGEST))


def examine_products(rows: int, inner: int, columns: int, multiply: Callable[[Array, Array], Array] = matmul) -> None:
    """Products of integers that are exact in every order, under scalings by powers of two that are exact, too.

    Rows, columns and inner index are scaled by very different powers, which a classical product does not mix;
    Strassen's does. Reduced precision loses bits of the integers; flushing loses the tiny products.
    """
    g = np.random.default_rng([rows, inner, columns])
    bits = (52 - inner.bit_length()) // 2
    A, B = (g.integers(-(2**bits), 2**bits, size=size) for size in ((rows, inner), (inner, columns)))
    left, right, between = (2.0 ** g.integers(-60, 60, size=size) for size in (rows, columns, inner))
    exact = (A @ B).astype(np.float64)
    found = multiply(left[:, None] * A * between, B / between[:, None] * right)
    _same("scaled integers", found, left[:, None] * exact * right)
    F, G = (np.asfortranarray(M.astype(np.float64)) for M in (A, B))
    _same("transposed integers", multiply(G.T, F.T).T, exact)
    if inner > 1:
        _same("integers and their transposes", multiply(F, F.T), (A @ A.T).astype(np.float64))
    tiny = multiply(np.full((rows, inner), 2.0**-540), np.full((inner, columns), 2.0**-530))
    _same("tiny numbers", tiny, np.full((rows, columns), inner * 2.0**-1070))
    if inner > 1:
        for first, second, total in ((1, 2.0**-54, 1), (1, 3 * 2.0**-54, 1 + 2.0**-52), (1, 2.0**-53, 1)):
            for sign in (1.0, -1.0):
                two = np.zeros((rows, inner))
                two[:, 0], two[:, -1] = sign * first, sign * second
                _same("two numbers", multiply(two, np.ones((inner, columns))), np.full((rows, columns), sign * total))


def _same(what: str, found: Array, expected: Array) -> None:
    wrong = found != expected
    if wrong.any():
        size = " × ".join(map(str, found.shape))
        raise Unfit(f"binary64: a product of {what}, {size}, is wrong in {int(wrong.sum())} of {wrong.size} entries")
