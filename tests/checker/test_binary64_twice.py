"""Bounds, products and tables in binary64, written down a second time.

True norms and errors take a small part of most bounds, so a part left out would not be seen. Here whatever is rounded
or underflows is made large, and the bounds must agree with a second writing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import arb, arb_mat, arb_series, ctx
from test_binary64 import rational

from fa_theory.checker.binary64 import bounds, products, tables
from fa_theory.checker.binary64.bounds import Upper

UNIT, TINY = 2.0**-9, 2.0**-7


@pytest.fixture
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounding and underflow that are seen."""
    for module in (bounds, products):
        monkeypatch.setattr(module, "U", UNIT)
        monkeypatch.setattr(module, "TINY", TINY)


def gamma(k: int) -> float:
    return k * UNIT * (1 + 2.0**-20)


def size(squares: float, terms: int) -> float:
    """A norm from the computed sum of squares, with one more TINY for a product that is subnormal."""
    return math.sqrt((squares + (terms + 1) * TINY) * (1 + 2 * gamma(terms)))


def close(found: Any, expected: Any, rtol: float = 1e-12) -> bool:
    """Whether numbers agree, and none is below what was computed here but for rounding."""
    return bool(np.allclose(np.asarray(found, float), expected, rtol=rtol, atol=0))


def matrices(count: int = 12) -> list[Any]:
    g = np.random.default_rng(29)
    return [g.normal(size=(1 + i % 4, 1 + i % 5)) * 2.0 ** int(g.integers(-3, 4)) for i in range(count)]


# norms


def test_gamma_is_hardly_more_than_is_needed() -> None:
    assert bounds.MOST == 2**26
    assert bounds.U == 2.0**-53
    assert bounds.TINY == 2.0**-1074
    for k in (1, 7, 1000, bounds.MOST):
        assert k * 2.0**-53 < bounds.gamma(k) <= k * 2.0**-53 * (1 + 2.0**-20)


@pytest.mark.usefixtures("coarse")
def test_norms_agree() -> None:
    for A in matrices():
        squares, (m, n) = float((A**2).sum()), A.shape
        assert close(bounds.root_of_sum(squares, m * n), size(squares, m * n))
        assert close(bounds.norm(A), size(squares, m * n))
        assert close(bounds.norm(A.T), size(squares, m * n))
        columns = np.sqrt(((A**2).sum(axis=0) + m * TINY) * (1 + 2 * gamma(m + 1)) + TINY)
        assert close(bounds.column_norms(A).x, columns)
        v, w = Upper(abs(A[0])), Upper(abs(A[-1]) + 1)
        assert close(v.dot(w), (float(v.x @ w.x) + n * TINY) * (1 + 2 * gamma(n)))
        assert close(v.norm(), size(float(v.x @ v.x), n))


def again(A: Any, squarings: int) -> float:
    """``‖A‖² = ‖AAᵀ‖``, for A scaled to a norm of at most 1, and more than a quarter."""
    if squarings == 0:
        return size(float((A**2).sum()), A.size)
    exponent = math.floor(math.log2(float((A**2).sum())) / 2) + 2
    small = A / 2.0**exponent
    return math.sqrt(again(small @ small.T, squarings - 1) + gamma(A.shape[1])) * 2.0**exponent


@pytest.mark.usefixtures("coarse")
@pytest.mark.parametrize("squarings", range(4))
def test_spectral_norms_agree(squarings: int) -> None:
    for A in matrices():
        assert close(bounds.spectral_norm(A, squarings), again(A, squarings))


def test_a_spectral_norm_pays_for_what_becomes_subnormal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else is left of it for a number whose square is 0; that of 0 is 0."""
    monkeypatch.setattr(bounds, "TINY", 0.0)
    monkeypatch.setattr(bounds, "U", 0.0)
    assert arb(2) ** -898 <= bounds.spectral_norm(np.full((1, 1), 5e-324), 1) ** 2 < 1.01 * arb(2) ** -898
    assert bounds.spectral_norm(np.zeros((1, 1)), 1) == 0


@pytest.mark.usefixtures("coarse")
def test_numbers_whose_squares_are_subnormal_are_scaled_by_the_same_power(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the sum of their squares is."""
    monkeypatch.setattr(bounds, "TINY", 0.0)
    for size_of, exponent in ((2.0**-400, -398), (2.0**-502, -500), (2.0**-520, -500), (2.0**-536, -500)):
        small = (size_of / 2.0**exponent) ** 2
        expected = math.sqrt(small * math.sqrt(1 + 2 * gamma(1)) + gamma(1)) * 2.0**exponent
        assert close(bounds.spectral_norm(np.full((1, 1), size_of), 1) * arb(2) ** 400, expected * 2.0**400)


def test_spectral_norms_come_from_above_at_their_ends() -> None:
    """``float()`` of a norm may be below it, and sums of squares overflow."""
    for A in (np.full((2, 2), 2.0**510), np.array([[1 - 2.0**-53]]), np.array([[2.0**-530]])):
        for squarings in (0, 1, 3):
            bound = bounds.spectral_norm(A, squarings)
            assert bound >= float(A.max()) * A.shape[0]
            assert bound < float(A.max()) * A.shape[0] * 1.1 + arb(2) ** -500
            assert bound.rad() == 0 or bound.lower() > 0
    with np.errstate(over="ignore"):
        assert not bounds.spectral_norm(np.full((2, 2), 2.0**520), 2).is_finite()


@pytest.mark.usefixtures("coarse")
def test_roots_and_sums_are_rounded_up() -> None:
    """In exact rationals: the last bit counts."""
    tiny, unit = Fraction(TINY), Fraction(UNIT) * (1 + Fraction(1, 2**20))
    for A in matrices(40):
        squares, v, w = float((A**2).sum()), Upper(abs(A[0])), Upper(abs(A[-1]))
        n = v.x.size
        exact = (Fraction(squares) + A.size * tiny) * (1 + 2 * A.size * unit)
        assert rational(bounds.root_of_sum(squares, A.size)) ** 2 >= exact
        assert rational(v.dot(w)) >= (Fraction(float(v.x @ w.x)) + n * tiny) * (1 + 2 * n * unit)
        square = A[:, :1] / 2.0 ** math.ceil(math.log2(abs(A[:, :1]).max()))
        bound = bounds.spectral_norm(square, 1)
        exponent = math.floor(math.log2(float((square**2).sum())) / 2) + 2
        small = square / 2.0**exponent
        inner = rational(bounds.norm(small @ small.T)) + unit + Fraction(1, 2**900)
        assert rational(bound) ** 2 >= inner * 4**exponent


def test_the_root_itself_is_rounded_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing else is added."""
    for name in ("U", "TINY"):
        monkeypatch.setattr(bounds, name, 0.0)
    for squares in np.random.default_rng(47).uniform(1, 4, size=20).tolist():
        root = rational(bounds.root_of_sum(squares, 3))
        assert Fraction(squares) <= root**2 <= Fraction(squares) * (1 + Fraction(1, 2**48))


def test_results_of_operations_are_rounded_up() -> None:
    """To within six units, and one number that is subnormal."""
    g = np.random.default_rng(53)
    sizes = g.uniform(1, 2, size=(2, 400)) * 2.0 ** g.integers(-540, 200, size=(2, 400))
    edges = np.array([0.0, 2.0**-1074, 2.0**-1022, 2.0**-1021 - 2.0**-1074, 1.0, 1 + 2.0**-52, 2 - 2.0**-52, 3.0])
    a, b = (np.concatenate([part, grid.ravel()]) for part, grid in zip(sizes, np.meshgrid(edges, edges), strict=True))
    v, w, more, least = Upper(a), Upper(b), 1 + 6 * Fraction(2) ** -53, Fraction(2) ** -1074
    rows = zip(a.tolist(), b.tolist(), (v + w).x.tolist(), (v * w).x.tolist(), v.sqrt().x.tolist(), strict=True)
    for x, y, total, product, root in rows:
        for exact, found in (
            (Fraction(x) + Fraction(y), Fraction(total)),
            (Fraction(x) * Fraction(y), Fraction(product)),
            (Fraction(x), Fraction(root) ** 2),
        ):
            assert exact <= found <= exact * more**2 + least
    assert (Upper(np.array([np.inf])) + w).x[0] == np.inf
    assert np.isnan((Upper(np.array([np.nan])) * w).x[0])


def test_a_float_above_is_the_number_itself_or_the_next() -> None:
    assert float(bounds.above(arb(1.5)).x) == 1.5
    with ctx.workprec(200):
        for x in (arb(1) + arb(2) ** -80, arb(1, 2.0**-80), arb(-1) + arb(2) ** -80, arb(1) / 3, -arb(1) / 3):
            found = float(bounds.above(x).x)
            assert arb(found) >= x.upper()
            assert arb(float(np.nextafter(found, -np.inf))) < x.upper()
    for wide in (arb(1, 0.5), arb(-1, 0.25)):
        assert 0 <= arb(float(bounds.above(wide).x)) - wide.upper() <= 2.0**-29  # of a radius 30 bits are kept


# products


def test_bits_are_as_many_as_are_exact() -> None:
    for k in (*range(1, 70), 1023, 1024, 1025):
        t = products.bits(k)
        assert k * 2 ** (2 * t) <= 2**53 < k * 2 ** (2 * t + 2)


@pytest.mark.usefixtures("coarse")
def test_errors_of_products_agree() -> None:
    g = np.random.default_rng(31)
    for rows, k, columns in ((2, 1, 3), (3, 4, 2), (1, 30, 1), (1, 7, 1), (1, 9, 1), (1, 11, 1)):
        t = products.bits(k)
        A, B = (products.split(g.normal(size=shape), t) for shape in ((rows, k), (k, columns)))
        for off in (0.0, 0.25):
            kappa = products.product(replace(A, error=arb(off)), B)[1]
            expected = (gamma(k) + 2 * UNIT) * k * (A.top * B.rest + A.rest * B.top) + 2 * k * TINY + off * k * B.top
            assert close(kappa, expected)
            exact = (k * Fraction(UNIT) * (1 + Fraction(1, 2**20)) + 2 * Fraction(UNIT)) * k
            exact *= Fraction(A.top) * Fraction(B.rest) + Fraction(A.rest) * Fraction(B.top)
            assert rational(kappa) >= exact + 2 * k * Fraction(TINY) + Fraction(off) * k * Fraction(B.top)


def test_what_a_split_says_of_itself() -> None:
    g = np.random.default_rng(37)
    for size_of in (2.0**-310, 2.0**-40, 1.0, 2.0**290):
        for t in (3, 20):
            A = g.uniform(-1, 1, size=(2, 3)) * size_of
            parts = products.split(A, t)
            top = abs(A).max()
            assert (parts.full == A).all()
            assert parts.top == max(2.0 ** (math.floor(math.log2(top)) + 1), 2.0**-300)
            assert parts.rest == parts.top * 2.0 ** (-t - 1)
            assert parts.t == t
            assert parts.error == 0
            assert (parts.high == np.rint(A / parts.top * 2.0**t) * parts.top / 2.0**t).all()
            assert (parts.low == A - parts.high).all()
            turned = parts.T
            assert all((x == y.T).all() for x, y in zip((turned.high, turned.low, turned.full),
                                                        (parts.high, parts.low, parts.full), strict=True))  # fmt: skip
            assert (turned.t, turned.top, turned.rest) == (t, parts.top, parts.rest)
            assert turned.error == 0


def test_the_range_of_what_is_split() -> None:
    for last in (2.0**300 * (1 - 2.0**-53), -(2.0**300) * (1 - 2.0**-53)):
        parts = products.split(np.array([[last]]), 20)
        assert parts.top == 2.0**300
        assert parts.high + parts.low == last
    for first in (2.0**300, -(2.0**300)):
        with pytest.raises(products.OutOfRange, match="out of range"):
            products.split(np.array([[first]]), 20)
    assert products.split(np.zeros((1, 1)), 20).top == 1.0
    assert products.split(np.array([[2.0**-1000]]), 20).top == 2.0**-300


def test_what_a_split_of_balls_says_of_itself() -> None:
    with ctx.workprec(200):
        entries = [arb(1) / 3, arb(-2) / 7, arb(5) / 9 + arb(2) ** -120, arb(0.75, 2.0**-40)]
        A = arb_mat(2, 2, entries)
        for t in (10, 26):
            parts = products.split_balls(A, t)
            assert (parts.top, parts.rest, parts.t) == (1.0, 2.0**-t, t)
            assert (parts.high == np.rint(parts.full * 2.0**t) / 2.0**t).all()
            off = [x - float(h) - float(v) for x, h, v in zip(entries, parts.high.flat, parts.low.flat, strict=True)]
            assert parts.error == max((x.abs_upper() for x in off), key=float)
            assert parts.error < 1.001 * 2.0**-40
            assert (parts.full == np.array([float(x.mid()) for x in entries]).reshape(2, 2)).all()
            assert parts.high.dtype == parts.low.dtype == parts.full.dtype == np.float64
            assert all(abs(x - h - v) <= parts.error for x, h, v in zip(entries, parts.high.flat, parts.low.flat,
                                                                          strict=True))  # fmt: skip


def test_a_low_part_that_is_too_large_is_refused() -> None:
    """More bits are asked for than a float has."""
    with ctx.workprec(200), pytest.raises(products.OutOfRange, match="low part"):
        products.split_balls(arb_mat([[arb(1) / 3, arb(2) / 3 + arb(2) ** -55]]), 60)


def test_products_may_fill_53_bits_and_no_more() -> None:
    for k, allowed in ((2, True), (3, False)):
        A, B = products.split(np.full((1, k), 0.75), 26), products.split(np.full((k, 1), 0.75), 26)
        if allowed:
            assert products.product(A, B)[0] == k * 0.5625
        else:
            with pytest.raises(ValueError, match="exactly"):
                products.product(A, B)


# tables


@pytest.fixture
def few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Polynomials of degree 2 on a grid of width ½, so that all that is cut off is seen."""
    for name, value in (("GRID", 2), ("DEGREE", 2), ("_LAST", 4)):
        monkeypatch.setattr(tables, name, value)


def exponential(end: int, radius: float, up: int) -> tuple[arb, Any]:
    """The bound for ``±exp(±x)`` on ``[−end, end]`` from below, and the sizes of coefficients in every row."""
    with ctx.workprec(400):
        rho, unit, worst, rows = arb(0.25), arb(UNIT) * (1 + arb(2) ** -20), arb(0), []
        wide = 1 + arb(radius)
        for k in range(-2 * end, 2 * end + 1):
            c = [(arb(up * k) / 2).exp() / math.factorial(m) for m in range(5)]
            cut = c[3] * wide * rho**3 + c[4] * rho.exp() * wide * rho**4
            inexact = sum((2 * arb(radius) * c[m] * rho**m for m in range(3)), arb(2) ** -1000)
            a = sum(((2 * m + 2) * unit * c[m] * wide * rho**m for m in (1, 2)), cut + inexact)
            b = sum((c[m] * wide * rho**m for m in (1, 2)), cut)
            worst = worst.max((1 + 3 * unit) * (a + 3 * unit * b))
            rows.append([float(x.mid()) for x in c[:3]])
        return worst.lower(), np.array(rows).T


@pytest.mark.usefixtures("coarse", "few_rows")
@pytest.mark.parametrize("radius", [0.0, 0.125])
@pytest.mark.parametrize(("sign", "up"), [(1, 1), (-1, 1), (1, -1), (-1, -1)])
@pytest.mark.parametrize("end", [1, 2])
def test_the_bound_of_a_table_agrees(end: int, sign: int, up: int, radius: float) -> None:
    below, above = ((sign * math.exp(up * z), 0) for z in (-end, end))  # at the asymptotes it is not further off
    found = tables.table(lambda x: sign * (up * x).exp() * arb(1, radius), end, below, above)  # type: ignore[arg-type]
    worst, rows = exponential(end, radius, up)
    assert worst <= found.absolute < worst * (1 + arb(10) ** -7)
    assert close(found.relative, gamma(3))
    assert close(found.coefficients, sign * rows * np.array([[1], [up], [1]]))
    assert (found.end, found.below, found.above) == (end, below, above)


@pytest.mark.usefixtures("coarse", "few_rows")
@pytest.mark.parametrize(
    ("below", "above", "off"),
    [
        ((-60, 0), (3, 0), 60 + math.exp(-1)),
        ((60, 0), (3, 0), 60 - math.exp(-1)),
        ((60, 7), (3, 0), 53 - math.exp(-1)),
        ((0, 0), (90, 0), 90 - math.exp(1)),
        ((0, 0), (90, 5), 95 - math.exp(1)),
        ((0, 0), (-90, 5), 85 + math.exp(1)),
    ],
)
def test_the_distance_from_an_asymptote_counts(below: tables.Line, above: tables.Line, off: float) -> None:
    assert close(tables.table(lambda x: x.exp(), 1, below, above).absolute, off)
    wide = tables.table(lambda x: x.exp() + arb(0, 0.5), 1, below, above).absolute
    assert close(wide, off + 0.5, 1e-7)
    assert wide >= off + 0.5 - 1e-12


@pytest.mark.usefixtures("coarse", "few_rows")
def test_a_table_of_a_slope_pays_for_underflow() -> None:
    found = tables.table(lambda x: 0 * x, 1, (0, 0), (0, 0))
    assert arb(2) ** -1000 <= found.absolute < 1.01 * arb(2) ** -1000


def test_what_is_not_bounded_makes_no_table() -> None:
    with pytest.raises(ArithmeticError, match="not bounded"):
        tables.table(lambda x: x.log(), 1, (0, 0), (0, 0))
    assert tables.table(lambda x: 1 / (x + 2), 1, (0, 0), (0, 0)).absolute.is_finite()


@pytest.mark.parametrize("terms", [tables._LAST, tables._LAST + 1])
def test_the_terms_of_a_series_are_counted(terms: int) -> None:
    def shortened(x: arb_series) -> arb_series:
        return arb_series(x.exp().coeffs()[:terms], prec=terms)

    if terms > tables._LAST:
        tables.table(shortened, 1, (0, 0), (0, 0))
    else:
        with pytest.raises(ArithmeticError, match="another thread"):
            tables.table(shortened, 1, (0, 0), (0, 0))
    assert ctx.cap != tables._LAST + 1


@pytest.mark.usefixtures("few_rows", "coarse")
@pytest.mark.parametrize("end", [1, 2])
def test_values_are_those_of_the_nearest_row(end: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the errors those of the largest values."""
    pair = tuple(tables.table(f, end, (-3, 0), (2, slope)) for f, slope in ((arb_series.exp, 1), (arb_series.sin, 0)))
    monkeypatch.setattr(tables, "tables", lambda activation: pair)
    monkeypatch.setattr(tables, "_BLOCK", 7)
    beyond = [1.5, 40.0, np.nextafter(1, 2)]
    Z = end * np.concatenate([np.linspace(-1, 1, 33), beyond, [-1.5, -np.nextafter(1, 2)]])
    found = tables.evaluate("tanh", Z.reshape(2, -1))
    assert found.features.shape == found.slopes.shape == (2, 19)
    for kind, values, error, far in (
        (pair[0], found.features, found.feature_error, lambda z: z),
        (pair[1], found.slopes, found.slope_error, lambda z: 2.0),
    ):
        for z, value in zip(Z, values.ravel(), strict=True):
            row = int(np.rint(2 * min(max(z, -end), end)))
            expected = sum(c * (z - row / 2) ** m for m, c in enumerate(kind.coefficients[:, row + 2 * end]))
            expected = -3 if z < -end else far(z) if z > end else expected
            assert close(value, expected)
        assert close(error, float(kind.absolute) + float(kind.relative) * abs(values).max())
        assert rational(error) >= rational(kind.absolute) + rational(kind.relative) * Fraction(abs(values).max())


@pytest.mark.usefixtures("few_rows", "coarse")
def test_errors_of_values_are_rounded_up(monkeypatch: pytest.MonkeyPatch) -> None:
    made, g = tables.table(arb_series.exp, 1, (0, 0), (3, 0)), np.random.default_rng(41)
    for absolute in g.uniform(0.1, 1, size=12).tolist():
        kind = replace(made, absolute=arb(absolute))
        monkeypatch.setattr(tables, "tables", lambda activation, kind=kind: (kind, kind))
        found = tables.evaluate("tanh", g.uniform(-1, 1, size=(1, 2)))
        exact = Fraction(absolute) + rational(kind.relative) * Fraction(found.features.max())
        assert exact <= rational(found.feature_error) <= exact * (1 + Fraction(1, 2**50))


def given(c: list[int]) -> tables.Series:
    return lambda x: arb_series(c, prec=len(c))


@pytest.mark.usefixtures("few_rows")
def test_the_bound_of_a_table_is_rounded_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where balls have few bits; the coefficients are exact, and the same in every row."""
    monkeypatch.setattr(tables, "_BITS", 12)
    unit, rho, g = Fraction(1, 2**9), Fraction(1, 4), np.random.default_rng(43)
    monkeypatch.setattr(tables, "gamma", lambda k: k * float(unit))
    for c in g.integers(1, 200, size=(20, 5)).tolist():
        found = tables.table(given(c), 1, (c[0], 0), (c[0], 0))
        size = [Fraction(v) * rho**m for m, v in enumerate(c)]
        a = 4 * unit * size[1] + 6 * unit * size[2] + size[3] + size[4] + Fraction(1, 2**1000)
        exact = (1 + 3 * unit) * (a + 3 * unit * sum(size[1:]))
        assert exact <= rational(found.absolute) <= exact * (1 + Fraction(1, 100))


def test_what_needs_no_table_has_no_error() -> None:
    Z = np.array([[-2.0, 0.0, 3.0]])
    for name, values, slopes in (("linear", Z, np.ones((1, 3))), ("relu", [[0, 0, 3]], [[0, 0, 1]])):
        found = tables.evaluate(name, Z)
        assert (found.features == values).all()
        assert (found.slopes == slopes).all()
        assert found.feature_error == found.slope_error == 0


def test_arguments_that_are_far_from_their_row_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """As far as another rounding to integers leads, and no further than half a cell."""
    half = np.array([0.5, -0.5, 1.5]) / tables.GRID
    tables.evaluate("erf", half)
    monkeypatch.setattr(np, "rint", np.floor)
    tables.evaluate("erf", half)
    for z in (np.nextafter(half[0], 1), 0.9 / tables.GRID):
        with pytest.raises(products.OutOfRange, match="far from its row"):
            tables.evaluate("erf", np.array([z]))


@pytest.mark.parametrize("name", list(tables.FUNCTIONS))
def test_tables_reach_as_far_as_rounding(name: str) -> None:
    """At their ends the asymptote is as near as the rest is."""
    end, _, *functions = tables.FUNCTIONS[name]
    with ctx.workprec(200):
        for f, below, above in functions:
            for z, (constant, slope) in ((arb(-end), below), (arb(end), above)):
                assert abs(f(arb_series([z, 1]))[0] - constant - slope * z) < 2.0**-54


@pytest.mark.parametrize("name", ["tanh", "erf", "sigmoid", "softplus", "gelu", "relu", "linear"])
def test_what_is_not_finite_has_no_error_that_is(name: str) -> None:
    """Undefined arguments are refused, or have undefined values, which no bound accepts."""
    for bad in (np.nan, np.inf, -np.inf):
        try:
            found = tables.evaluate(name, np.array([0.5, bad]))
        except products.OutOfRange:
            continue
        if np.isfinite(found.features).all():
            assert abs(bad) == np.inf
        else:
            with pytest.raises(products.OutOfRange):
                products.split(found.features[None], 20)


# the formulas of tables

TRUE: dict[str, Callable[[arb], arb]] = {
    "tanh": arb.tanh,
    "erf": arb.erf,
    "sigmoid": lambda z: (1 + (z / 2).tanh()) / 2,
    "softplus": lambda z: (1 + z.exp()).log(),
    "gelu": lambda z: z * (1 + (z / arb(2).sqrt()).erf()) / 2,
}


def taylor(f: tables.Series, z: arb, terms: int) -> list[arb]:
    with ctx.workprec(160), tables.length(terms):
        c = f(arb_series([z, 1])).coeffs()
        return [*c, *[arb(0)] * (terms - len(c))]


def near(x: arb, y: arb) -> bool:
    return bool(x.overlaps(y) and abs(x - y) < arb(10) ** -30)


@pytest.mark.parametrize("name", list(tables.FUNCTIONS))
def test_the_formulas_of_tables_are_those_of_the_functions(name: str) -> None:
    """Values of ψ, and ψ' is its derivative."""
    end, _, (psi, *_), (slope, *_) = tables.FUNCTIONS[name]
    for k in (-end * 32, -70, -1, 0, 1, 45, end * 32):
        z = arb(k) / 32
        c, d = taylor(psi, z, 12), taylor(slope, z, 11)
        with ctx.workprec(250):
            assert near(c[0], TRUE[name](z)), k
            assert all(near((m + 1) * x, y) for m, (x, y) in enumerate(zip(c[1:], d, strict=True))), k


@pytest.mark.parametrize("name", list(tables.FUNCTIONS))
def test_the_formulas_of_tables_are_narrow(name: str) -> None:
    """In a cell at either end, where the other formula for the same function would be wide, and at 0."""
    end, _, *functions = tables.FUNCTIONS[name]
    for f, *_ in functions:
        for z in (-end, -3, 0, 3, end):
            last = taylor(f, arb(z, 1 / 64), 15)[14].abs_upper()
            assert last * arb(64) ** -14 < arb(2) ** -64, z
