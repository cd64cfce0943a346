"""ψ and ψ' of arrays, from additions and multiplications alone, with bounds that are proved when a table is made.

For a grid of width ``1/32`` a row holds the Taylor coefficients ĉ_m of a function at its centre, rounded to floats. An
argument z belongs to the row ``k = rint(32z)``; ``r = z − k/32`` is exact (Sterbenz: ``k/32`` is between z/2 and 2z, or
0) and at most ``ρ = 1/64``. The polynomial is evaluated by Horner's rule. With the exact coefficients c_m:

    |value − f(z)| ≤ γ₂|c_0| + a,    a = Σ_{m≥1} γ_{2m+2}|c_m|ρ^m + Σ_{m≥0} 2 rad(c_m)ρ^m + trunc + 2^-1000,

since ĉ_m is the rounded midpoint of a ball with c_m in it, and then goes through at most 2m + 1 roundings (Higham,
§5.1); products that underflow add less than ``2^-1000``; and trunc is the sum of the next ``|c_m|ρ^m`` and of the
supremum over the cell of the last one, which is a Taylor coefficient at a ball that contains the cell. As ``|c_0| ≤
|f(z)| + B``, ``B = Σ_{m≥1} |c_m|ρ^m + trunc``, the error is at most ``γ₃|value| + (1 + γ₃)(a + γ₃B)``. Balls (Arb)
compute this for every row, and the largest is taken.

Beyond the last row, at ``|z| > R``, f is replaced by its asymptote, 0, 1 or z. The distance is largest at ``±R``: for
tanh, erf, sigmoid and softplus and their slopes ``f − asymptote`` is monotone on either side. For GELU, ``z − ψ(z)`` is
``z Φ(−z)``, whose slope ``Φ(−z) − zφ(z)`` is negative from z = 1 on, as ``Φ(−z) ≤ φ(z)/z``; ψ' is monotone beyond ±√2,
as ``ψ'' = (2 − z²)φ``; and ``ψ(−z) = ψ(z) − z``, ``ψ'(−z) = 1 − ψ'(z)``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

import numpy as np
from flint import arb, arb_series, ctx
from numpy.typing import NDArray

from .bounds import Array, gamma
from .products import OutOfRange

GRID = 32
DEGREE = 8
_LAST = DEGREE + 6
_BITS = 160
_BLOCK = 8192

Series = Callable[[arb_series], arb_series]
Line = tuple[int, int]
"""``c + mz``."""


@dataclass(frozen=True)
class PolynomialTable:
    """A function in rows; its error is at most ``absolute + relative · |value|``."""

    coefficients: Array
    """``(DEGREE + 1, rows)``."""
    end: int
    """R."""
    below: Line
    above: Line
    absolute: arb
    relative: arb

    def at(self, r: Array, rows: NDArray[np.intp]) -> Array:
        """Values of the polynomials."""
        value = np.take(self.coefficients[DEGREE], rows)
        for m in range(DEGREE - 1, -1, -1):
            value *= r
            value += np.take(self.coefficients[m], rows)
        return value

    def beyond(self, value: Array, z: Array) -> None:
        """Put in the asymptotes."""
        for far, (c, m) in ((z < -self.end, self.below), (z > self.end, self.above)):
            if far.any():
                value[far] = z[far] if m else c


@dataclass(frozen=True)
class Values:
    """ψ and ψ' of an array, and by how much no entry is off."""

    features: Array
    slopes: Array
    feature_error: arb
    slope_error: arb


def table(f: Series, end: int, below: Line, above: Line) -> PolynomialTable:
    """Tabulate a function on ``[−end, end]``."""
    with ctx.workprec(_BITS), length(_LAST + 1):
        rows, worst, rho = [], arb(0), arb(1) / (2 * GRID)
        g3 = arb(gamma(3))
        for k in range(-end * GRID, end * GRID + 1):
            centre = arb(k) / GRID
            c = coefficients(f, centre, _LAST)
            sizes = [x.abs_upper() * rho**m for m, x in enumerate(c)]
            last = coefficients(f, arb(centre, rho), _LAST)[_LAST].abs_upper() * rho**_LAST
            cut = sum(sizes[DEGREE + 1 : _LAST], last)
            inexact = sum((2 * x.rad() * rho**m for m, x in enumerate(c[: DEGREE + 1])), arb(2) ** -1000)
            a = sum((arb(gamma(2 * m + 2)) * sizes[m] for m in range(1, DEGREE + 1)), cut + inexact)
            b = sum(sizes[1 : DEGREE + 1], cut)
            worst = worst.max(((1 + g3) * (a + g3 * b)).upper())
            rows.append([float(x.mid()) for x in c[: DEGREE + 1]])
        for z, (constant, slope) in ((arb(-end), below), (arb(end), above)):
            worst = worst.max((f(arb_series([z, 1]))[0] - constant - slope * z).abs_upper())
        if not worst.is_finite():
            raise ArithmeticError("a table is not bounded")
        return PolynomialTable(np.ascontiguousarray(np.array(rows).T), end, below, above, worst, g3)


def coefficients(f: Series, centre: arb, last: int) -> list[arb]:
    """Taylor coefficients up to the one of this index.

    The length of series is set for the whole process. Another thread may have changed it, and then there are too few.
    """
    found = f(arb_series([centre, 1]))
    if not found.prec > last:
        raise ArithmeticError(f"a series has {found.prec} terms, not {last + 1}: another thread shortened it")
    c = found.coeffs()
    return [*c, *[arb(0)] * (last + 1 - len(c))]


class length:  # noqa: N801
    """Terms of series, for a while."""

    def __init__(self, terms: int) -> None:
        self.terms = terms

    def __enter__(self) -> None:
        self.before, ctx.cap = ctx.cap, self.terms

    def __exit__(self, *_: object) -> None:
        ctx.cap = self.before


def _tanh(x: arb_series) -> arb_series:
    if x[0].mid() > 0:
        t = (-2 * x).exp()
        return (1 - t) / (1 + t)
    t = (2 * x).exp()
    return (t - 1) / (t + 1)


def _tanh_slope(x: arb_series) -> arb_series:
    t = (-2 * x if x[0].mid() > 0 else 2 * x).exp()
    return 4 * t / ((1 + t) * (1 + t))


def _sigmoid(x: arb_series) -> arb_series:
    if x[0].mid() > 0:
        return 1 / (1 + (-x).exp())
    t = x.exp()
    return t / (1 + t)


def _sigmoid_slope(x: arb_series) -> arb_series:
    t = (-x if x[0].mid() > 0 else x).exp()
    return t / ((1 + t) * (1 + t))


def _softplus(x: arb_series) -> arb_series:
    return x + (1 + (-x).exp()).log() if x[0].mid() > 0 else (1 + x.exp()).log()


def _gauss(x: arb_series) -> arb_series:
    """``Φ``."""
    return (-x / arb(2).sqrt()).erfc() / 2


def _density(x: arb_series) -> arb_series:
    return (-x * x / 2).exp() / (2 * arb.pi()).sqrt()


FUNCTIONS: dict[str, tuple[int, int, tuple[Series, Line, Line], tuple[Series, Line, Line]]] = {
    "tanh": (22, 38, (_tanh, (-1, 0), (1, 0)), (_tanh_slope, (0, 0), (0, 0))),
    "erf": (
        7,
        9,
        (lambda x: x.erf(), (-1, 0), (1, 0)),
        (lambda x: (-x * x).exp() * (2 / arb.pi().sqrt()), (0, 0), (0, 0)),
    ),
    "sigmoid": (44, 75, (_sigmoid, (0, 0), (1, 0)), (_sigmoid_slope, (0, 0), (0, 0))),
    "softplus": (44, 75, (_softplus, (0, 0), (0, 1)), (_sigmoid, (0, 0), (1, 0))),
    "gelu": (
        10,
        13,
        (lambda x: x * _gauss(x), (0, 0), (0, 1)),
        (lambda x: _gauss(x) + x * _density(x), (0, 0), (1, 0)),
    ),
}
"""Where tables end, of floats and of pairs; then ψ and ψ', with their asymptotes below and above."""
SMOOTH = ("linear", *FUNCTIONS)
"""Activations that can be evaluated here, apart from ReLU."""
THIRD = {"linear": "0", "tanh": "2", "sigmoid": "0.125", "softplus": "0.0963", "erf": "2.2568"}
"""Upper bounds on ``sup |ψ'''|``: 2, 1/8 and 4/√π at 0, and 1/(6√3)."""


_BUILDING = Lock()
_BUILT: dict[str, tuple[PolynomialTable, PolynomialTable]] = {}


def tables(activation: str) -> tuple[PolynomialTable, PolynomialTable]:
    """Tables of ψ and ψ', made once, by one thread at a time."""
    with _BUILDING:
        if activation not in _BUILT:
            _BUILT[activation] = _made(activation)
        return _BUILT[activation]


def _made(activation: str) -> tuple[PolynomialTable, PolynomialTable]:
    end, _, *functions = FUNCTIONS[activation]
    psi, slope = (table(f, end, below, above) for f, below, above in functions)
    return psi, slope


def evaluate(activation: str, Z: Array) -> Values:
    """ψ and ψ' of finite numbers.

    Examples
    --------
    >>> found = evaluate("tanh", np.array([0.5]))
    >>> abs(arb(float(found.features[0])) - arb(0.5).tanh()) < found.feature_error < 1e-15
    True
    """
    if activation == "linear":
        return Values(Z.copy(), np.ones_like(Z), arb(0), arb(0))
    if activation == "relu":
        return Values(np.maximum(Z, 0.0), (Z > 0).astype(np.float64), arb(0), arb(0))
    pair = tables(activation)
    z = np.ascontiguousarray(Z).ravel()
    found = np.empty_like(z), np.empty_like(z)
    end = pair[0].end
    for start in range(0, z.size, _BLOCK):
        part = z[start : start + _BLOCK]
        inside = np.clip(part, -end, end)
        steps = np.rint(inside * GRID)
        r = inside - steps / GRID
        if not (np.abs(r) <= 1 / (2 * GRID)).all():
            raise OutOfRange("an argument is far from its row: it is not finite, or rounding to integers is broken")
        rows = steps.astype(np.intp) + end * GRID
        for kind, values in zip(pair, found, strict=True):
            value = kind.at(r, rows)
            kind.beyond(value, part)
            values[start : start + _BLOCK] = value
    errors = [
        (kind.absolute + kind.relative * float(np.abs(values).max())).upper()
        for kind, values in zip(pair, found, strict=True)
    ]
    return Values(found[0].reshape(Z.shape), found[1].reshape(Z.shape), *errors)
