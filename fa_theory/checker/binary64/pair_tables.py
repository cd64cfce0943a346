"""ψ and ψ' of pairs of floats, to about 103 bits, with bounds that are proved when a table is made.

As in `tables`, a row holds Taylor coefficients at its centre ``k/64``: the first M as pairs ``h_m + l_m``, the rest as
floats h_m, with ``l_m = 0``. An argument is ``z = k/64 + x``, ``x = r + d``: r is exact, at most ``ρ = 1/128``, and
d, the low part of z, at most ``λ = u(|k|/64 + ρ)``. Horner's rule for ``p_m = h_m + l_m + x p_{m+1}`` is done in floats
down to M, ``v = h_m + rv``, where d is left out, and then in pairs ``v + w``, from ``w = 0`` on:

    rv = q + e exactly,    h_m + q = v' + t exactly,    w' = (t + l_m) + ((rw + e) + dv).

With ``A = |h_m|``, ``B = E = 0`` for the last coefficient, bounds on what occurs, and on its distance E from p_m, are

    A_m = |h_m| + |l_m| + (ρ + λ)A_{m+1}          of v, of p_m, and of ``h_m + q``,
    S_m = uA_m + |l_m|                            of ``t + l_m``,
    C_m = ρ(uA_{m+1} + B_{m+1}) + λA_{m+1}        of the other bracket,
    B_m = S_m + C_m                               of w,
    E_m = (ρ + λ)E_{m+1} + λA_{m+1} + 2uA_m       in floats: the product and the sum are rounded,
    E_m = (ρ + λ)E_{m+1} + λB_{m+1} + u(4C_m + 2S_m)   in pairs: dw is left out; the two products of the other bracket
                                                  are rounded, ``uC_m`` together, its two sums, and both outer sums.

These are sizes in exact arithmetic; those of floats are larger by at most five factors ``1 + u`` a step, by less than
``1 + 2^-40`` in all, which E_0 is multiplied by. What underflows adds less than ``2^-900``. With the exact coefficients
c_m and ``n = DEGREE + 1``, the first index left out, values in a row are off by at most

    ε = (1 + 2^-40)E_0 + Σ_{m<n} |c_m − h_m − l_m|(ρ + λ)^m + sup|c_n|(ρ + λ)^n + 2^-900,

where the supremum, over the cell, is a Taylor coefficient at a ball that contains it; and they are at least ``μ = |h_0|
− |l_0| − (ρ + λ)A_1 − ε``. With the largest ``ε/max(1, μ)`` no value v is off by more than that times ``max(1, |v|)``.

The coefficients of ψ' are ``(m + 1)c_{m+1}``. Beyond the last row are asymptotes: see `tables`.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

from .bounds import Array, U, largest
from .pairs import FloatPair, exact_product, halves, two_sum
from .products import OutOfRange
from .tables import FUNCTIONS, Line, Series, coefficients, length

GRID = 64
PAIRS = 8
"""M."""
DEGREE = 15
_BITS = 200
_BLOCK = 8192


@dataclass(frozen=True)
class PairTable:
    """A function in rows; no value v is off by more than ``error · max(1, |v|)``."""

    high: Array
    """``(DEGREE + 1, rows)``."""
    low: Array
    """``(PAIRS, rows)``."""
    end: int
    below: Line
    above: Line
    error: arb

    def at(self, r: Array, parts: tuple[Array, Array], d: Array, rows: NDArray[np.intp]) -> FloatPair:
        """Values of the polynomials; `parts` are the halves of r."""
        v = np.take(self.high[DEGREE], rows)
        for m in range(DEGREE - 1, PAIRS - 1, -1):
            v *= r
            v += np.take(self.high[m], rows)
        w = np.zeros_like(v)
        for m in range(PAIRS - 1, -1, -1):
            product = exact_product(r, v, parts)
            w *= r
            w += product.low
            w += d * v
            total = two_sum(np.take(self.high[m], rows), product.high)
            w += total.low + np.take(self.low[m], rows)
            v = total.high
        return two_sum(v, w)

    def beyond(self, value: FloatPair, z: FloatPair) -> None:
        """Put in the asymptotes; a sum is beyond an end if it is when rounded."""
        for far, (c, m) in ((z.high < -self.end, self.below), (z.high > self.end, self.above)):
            if far.any():
                value.high[far] = z.high[far] if m else c
                value.low[far] = z.low[far] if m else 0.0

    def error_of(self, values: Array) -> arb:
        """By how much none of these is off; given are the high parts."""
        return (self.error * (largest(values) * (1 + 2 * arb(U))).max(arb(1))).upper()


@dataclass(frozen=True)
class PairValues:
    """ψ and ψ' of pairs, and by how much no entry is off."""

    features: FloatPair
    slopes: FloatPair
    feature_error: arb
    slope_error: arb


def tabulate(f: Series, end: int, psi: tuple[Line, Line], slope: tuple[Line, Line]) -> tuple[PairTable, PairTable]:
    """Tables of a function and its derivative on ``[−end, end]``, with their asymptotes below and above."""
    with ctx.workprec(_BITS), length(DEGREE + 3):
        found = []
        for k in range(-end * GRID, end * GRID + 1):
            centre, rho = arb(k) / GRID, arb(1) / (2 * GRID)
            far = arb(U) * (abs(centre) + rho)
            c, cell = (coefficients(f, z, DEGREE + 2) for z in (centre, arb(centre, rho + far)))
            found.append((_row(c, cell, rho, far), _row(_derivative(c), _derivative(cell), rho, far)))
        first, second = (
            _table(list(rows), end, *lines, [coefficients(f, arb(z), 1)[i] for z in (-end, end)])
            for i, (rows, lines) in enumerate(zip(zip(*found, strict=True), (psi, slope), strict=True))
        )
    return first, second


def _derivative(c: list[arb]) -> list[arb]:
    """Taylor coefficients of the derivative."""
    return [m * x for m, x in enumerate(c)][1:]


Row = tuple[list[float], list[float], arb]
"""The h_m, the l_m, and the error."""


def _row(c: list[arb], cell: list[arb], rho: arb, lam: arb) -> Row:
    """A row with these coefficients, which are those of `cell` everywhere in it."""
    u, reach = arb(U), rho + lam
    high = [float(x.mid()) for x in c[: DEGREE + 1]]
    low = [float((x - h).mid()) for x, h in zip(c[:PAIRS], high, strict=False)]
    padded = low + [0.0] * (DEGREE + 1 - PAIRS)
    a, b, e, after = arb(abs(high[DEGREE])), arb(0), arb(0), arb(0)
    for m in range(DEGREE - 1, -1, -1):
        after, a = a, reach * a + abs(high[m]) + abs(padded[m])
        if m >= PAIRS:
            e = reach * e + lam * after + 2 * u * a
        else:
            own, bracket = u * a + abs(low[m]), rho * (u * after + b) + lam * after
            e = reach * e + lam * b + u * (4 * bracket + 2 * own)
            b = own + bracket
    error = (1 + arb(2) ** -40) * e + cell[DEGREE + 1].abs_upper() * reach ** (DEGREE + 1) + arb(2) ** -900
    for m, (x, h, w) in enumerate(zip(c, high, padded, strict=False)):
        error += (x - h - w).abs_upper() * reach**m
    least = arb(abs(high[0])) - abs(low[0]) - reach * after - error
    return high, low, (error / least.max(arb(1))).upper()


def _table(rows: list[Row], end: int, below: Line, above: Line, ends: list[arb]) -> PairTable:
    """Put rows together; given are the values at both ends."""
    high, low, errors = zip(*rows, strict=True)
    distances = [(x - c - m * z).abs_upper() for x, z, (c, m) in zip(ends, (-end, end), (below, above), strict=True)]
    worst = arb(0)
    for error in (*errors, *distances):
        worst = worst.max(error)
    if not worst.is_finite():
        raise ArithmeticError("a table is not bounded")
    first, second = (np.ascontiguousarray(np.array(part).T) for part in (high, low))
    return PairTable(first, second, end, below, above, worst)


_BUILDING = Lock()
_BUILT: dict[str, tuple[PairTable, PairTable]] = {}


def tables(activation: str) -> tuple[PairTable, PairTable]:
    """Tables of ψ and ψ', made once, by one thread at a time."""
    with _BUILDING:
        if activation not in _BUILT:
            _, end, (f, *psi), (_, *slope) = FUNCTIONS[activation]
            _BUILT[activation] = tabulate(f, end, (psi[0], psi[1]), (slope[0], slope[1]))
        return _BUILT[activation]


def evaluate_pairs(activation: str, Z: FloatPair) -> PairValues:
    """ψ and ψ' of pairs.

    Raises
    ------
    OutOfRange
        If a number is not finite, or its low part too large.

    Examples
    --------
    >>> found = evaluate_pairs("tanh", FloatPair(np.array([0.5]), np.array([0.0])))
    >>> with ctx.workprec(200):
    ...     abs(found.features.balls()[0] - arb(0.5).tanh()) < found.feature_error < arb(10) ** -31
    True
    """
    size = np.abs(Z.high)
    if not ((np.abs(Z.low) <= U * size) & (size < np.inf)).all():
        raise OutOfRange("a number is not finite, or no pair: its low part is more than u times the high one")
    if activation == "linear":
        one = FloatPair(np.ones_like(Z.high), np.zeros_like(Z.low))
        return PairValues(FloatPair(Z.high.copy(), Z.low.copy()), one, arb(0), arb(0))
    kinds = tables(activation)
    z = FloatPair(np.ascontiguousarray(Z.high).ravel(), np.ascontiguousarray(Z.low).ravel())
    found = [FloatPair(np.empty_like(z.high), np.empty_like(z.high)) for _ in kinds]
    end = kinds[0].end
    for start in range(0, z.high.size, _BLOCK):
        block = slice(start, start + _BLOCK)
        part = FloatPair(z.high[block], z.low[block])
        inside = np.clip(part.high, -end, end)
        steps = np.rint(inside * GRID)
        r = inside - steps / GRID
        if not (np.abs(r) <= 1 / (2 * GRID)).all():
            raise OutOfRange("an argument is far from its row: rounding to integers is broken")
        rows = steps.astype(np.intp) + end * GRID
        parts = halves(r)
        for kind, values in zip(kinds, found, strict=True):
            value = kind.at(r, parts, part.low, rows)
            kind.beyond(value, part)
            values.high[block], values.low[block] = value.high, value.low
    psi, slopes = (FloatPair(v.high.reshape(Z.high.shape), v.low.reshape(Z.high.shape)) for v in found)
    return PairValues(psi, slopes, kinds[0].error_of(psi.high), kinds[1].error_of(slopes.high))
