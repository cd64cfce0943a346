"""Activations of pairs of floats against balls; Horner's rule for them, and products of pairs, against rationals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import arb, arb_series, ctx
from test_binary64 import exact, matrix, rational

from fa_theory.checker import ranges
from fa_theory.checker.binary64 import pair_tables, pairs
from fa_theory.checker.binary64.pair_tables import PairTable, evaluate_pairs, tabulate
from fa_theory.checker.binary64.pairs import FloatPair, exact_product, halves, multiply, two_sum
from fa_theory.checker.binary64.products import OutOfRange
from fa_theory.checker.binary64.tables import FUNCTIONS

u = Fraction(1, 2**53)
NAMES = list(FUNCTIONS)


def ends(name: str) -> int:
    return pair_tables.tables(name)[0].end


def points(name: str, count: int) -> FloatPair:
    """Random ones, middles and edges of cells, both ends of the table and far beyond, subnormal ones, both zeros."""
    g, end, grid = np.random.default_rng(11), ends(name), pair_tables.GRID
    edges = g.integers(-2 * end * grid, 2 * end * grid + 1, size=count) / (2.0 * grid)
    tiny, least = 2.0**-1022, 2.0**-1074
    special = [0.0, -0.0, least, -least, tiny, -tiny, 3e-300, 2.0**-30, -(2.0**-60), 1e300, -1.79e308]
    special += [sign * x for sign in (1, -1) for x in (end, np.nextafter(end, 99), np.nextafter(end, 0), end + 1.0)]
    parts = [g.normal(size=count), end * g.uniform(-1, 1, size=count), edges, np.nextafter(edges, 99)]
    parts += [np.nextafter(edges, -99), g.normal(size=count) * 2.0 ** g.integers(-1070, 5, size=count)]
    high = np.concatenate([*parts, np.repeat(special, 4)])
    largest = two_sum(high, high * g.choice([-1, -1, 0, 0.3, 1, 1], size=high.shape) * 2.0**-53)
    inside = parts[0], edges
    sign = g.choice([-1.0, 1.0], size=2 * count)
    loose = FloatPair(np.concatenate(inside), np.concatenate(inside) * sign * 2.0**-53)  # as large as is accepted
    return FloatPair(np.concatenate([largest.high, loose.high]), np.concatenate([largest.low, loose.low]))


def check_values(name: str, count: int = 150) -> list[float]:
    """Largest shares of the bounds that were taken."""
    Z = points(name, count)
    found = evaluate_pairs(name, Z)
    kinds, psi, share = pair_tables.tables(name), ranges.known(name), [0.0, 0.0]
    with ctx.workprec(300):
        values = zip(found.features.balls(), found.slopes.balls(), strict=True)
        for z, pair in zip(Z.balls(), values, strict=True):
            # formulas for narrow balls overflow far out
            true = [x for (x,) in psi.narrow([z])] if abs(z) < 99 else [psi.value(z), psi.slope(z)]
            for i, (kind, x, value) in enumerate(zip(kinds, true, pair, strict=True)):
                off, scale = abs(x - value).abs_upper(), kind.error * abs(value).max(arb(1))
                assert off <= scale, (name, z, i)
                assert off <= (found.feature_error, found.slope_error)[i]
                share[i] = max(share[i], float(off / scale))
    for A in (found.features, found.slopes):
        assert (abs(A.low) <= abs(A.high) * 2.0**-53).all()
    return share


@pytest.mark.parametrize("name", NAMES)
def test_values_are_as_near_as_they_say(name: str) -> None:
    shares = check_values(name)
    assert min(shares) > 1 / 16


@pytest.mark.parametrize("name", NAMES)
def test_bounds_are_of_103_bits(name: str) -> None:
    for kind in pair_tables.tables(name):
        assert arb(2) ** -107 < kind.error < arb(2) ** -102.5
        assert kind.high.shape == (pair_tables.DEGREE + 1, 2 * kind.end * pair_tables.GRID + 1)
        assert kind.low.shape == (pair_tables.PAIRS, 2 * kind.end * pair_tables.GRID + 1)


@pytest.mark.parametrize("name", NAMES)
def test_tables_reach_as_far_as_rounding(name: str) -> None:
    """At their ends the asymptote is as near as the rest is, and one before it is not."""
    _, end, *functions = FUNCTIONS[name]
    with ctx.workprec(300):
        far = []
        for R in (end, end - 1):
            far.append(arb(0))
            for f, below, above in functions:
                for z, (constant, slope) in ((arb(-R), below), (arb(R), above)):
                    far[-1] = far[-1].max(abs(f(arb_series([z, 1]))[0] - constant - slope * z))
    assert far[0] < arb(2) ** -107 < far[1]


def test_linear_ones_are_exact() -> None:
    Z = points("erf", 20)
    found = evaluate_pairs("linear", Z)
    assert (found.features.high == Z.high).all()
    assert (found.features.low == Z.low).all()
    assert (found.slopes.high == 1).all()
    assert not found.slopes.low.any()
    assert found.feature_error == found.slope_error == 0
    found.features.high[0] = 7.0
    assert Z.high[0] != 7


@pytest.mark.parametrize("name", ["linear", "erf"])
def test_what_is_not_finite_or_no_pair_is_refused(name: str) -> None:
    bad = [(x, 0.0) for x in (np.nan, np.inf, -np.inf)] + [(1.0, np.nan), (1.0, np.inf), (0.0, 1e-40)]
    bad += [(1.0, np.nextafter(2.0**-53, 1)), (-1.0, -np.nextafter(2.0**-53, 1))]
    for high, low in bad:
        with pytest.raises(OutOfRange, match="not finite, or no pair"):
            evaluate_pairs(name, FloatPair(np.array([[0.5, high]]), np.array([[0.0, low]])))
    evaluate_pairs(name, FloatPair(np.array([1.0, -1.0]), np.array([2.0**-53, -(2.0**-53)])))


def test_a_broken_rounding_to_integers_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(np, "rint", np.floor)
    with pytest.raises(OutOfRange, match="far from its row"):
        evaluate_pairs("erf", FloatPair(np.array([0.5, 0.515]), np.zeros(2)))


def test_values_do_not_depend_on_blocks_or_shapes(monkeypatch: pytest.MonkeyPatch) -> None:
    Z = points("erf", 7)
    size = 2 * (Z.high.size // 2)
    one = evaluate_pairs("erf", Z)
    monkeypatch.setattr(pair_tables, "_BLOCK", 7)
    turned = FloatPair(Z.high[:size].reshape(-1, 2).T, Z.low[:size].reshape(-1, 2).T)
    for first, second in zip((one.features, one.slopes), vars(evaluate_pairs("erf", turned)).values(), strict=False):
        for x, y in ((first.high, second.high), (first.low, second.low)):
            assert y.shape == (2, size // 2)
            assert (y == x[:size].reshape(-1, 2).T).all()


def test_the_error_is_that_of_the_largest_value() -> None:
    kinds = pair_tables.tables("erf")
    for values, size in (([0.25, -0.5], 1), ([0.25, -5.0], 5), ([3.0, 0.0], 3)):
        found, least = rational(kinds[0].error_of(np.array(values))), size * rational(kinds[0].error)
        assert least * (1 + (2 * u if size > 1 else 0)) <= found < least * (1 + Fraction(1, 2**28))
    found = evaluate_pairs("erf", FloatPair(np.array([0.5, 0.25]), np.zeros(2)))
    assert found.feature_error == kinds[0].error_of(found.features.high)
    assert found.slope_error == kinds[1].error_of(found.slopes.high) != found.feature_error


# Horner's rule


def rows(kind: str, count: int) -> Any:
    """Coefficients whose terms count: all in the same way, with cancellation, with zeros, of mixed sizes, tiny."""
    g = np.random.default_rng(13)
    high = g.normal(size=(pair_tables.DEGREE + 1, count))
    if kind != "small":
        high *= 128.0 ** np.arange(pair_tables.DEGREE + 1)[:, None]
    match kind:
        case "cancelling":
            high[:-1:2] = -np.rint(high[1::2] / 128)
        case "zeros":
            high[g.uniform(size=high.shape) < 0.5] = 0
        case "mixed":
            high *= 2.0 ** g.integers(-60, 60, size=high.shape)
        case "tiny":
            high *= 2.0**-1060
    low = high[: pair_tables.PAIRS] * g.choice([-1, 0.3, 1], size=(pair_tables.PAIRS, count)) * 2.0**-53
    return high, low


def check_horner(count: int = 60) -> dict[str, float]:
    g, shares = np.random.default_rng(17), {}
    for kind in ("equal", "small", "cancelling", "zeros", "mixed", "tiny"):
        high, low = rows(kind, count)
        k = g.integers(-4800, 4800, size=count)
        r = g.choice([1.0, -1.0, 0.7, 2.0**-30, 2.0**-1000, 0.0], size=count) * g.uniform(0.9, 1, size=count) / 128
        r[:9] = 2.0**-7
        r[9:19] = -np.nextafter(2.0**-7, 0)
        limits = (np.abs(k) / 64 + 2.0**-7) * 2.0**-53
        d = limits * g.choice([-1, 0, 1], size=count)
        table = PairTable(high, low, 0, (0, 0), (0, 0), arb(0))
        found = table.at(r, halves(r), d, np.arange(count))
        share = 0.0
        with ctx.workprec(400):
            for j in range(count):
                c = [arb(x) for x in high[:, j]]
                for m in range(pair_tables.PAIRS):
                    c[m] += low[m, j]
                _, _, error = pair_tables._row(c, [arb(0)] * (len(c) + 1), arb(2) ** -7, arb(limits[j]))
                x = Fraction(r[j]) + Fraction(d[j])
                true = sum(rational(a) * x**m for m, a in enumerate(c))
                value = Fraction(found.high[j]) + Fraction(found.low[j])
                scale = rational(error) * max(1, abs(value))
                assert abs(true - value) <= scale, (kind, j)
                share = max(share, float(abs(true - value) / scale))
        shares[kind] = share
    return shares


def test_horner_is_as_near_as_it_says() -> None:
    shares = check_horner()
    assert all(share > 0.02 for kind, share in shares.items() if kind != "tiny"), shares


# bounds of rows once more, with rounding made large

UNIT = Fraction(1, 2**9)


@pytest.fixture
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Polynomials of degree 5 on a grid of width ½, three coefficients of which are pairs."""
    for name, value in (("GRID", 2), ("DEGREE", 5), ("PAIRS", 3), ("U", float(UNIT))):
        monkeypatch.setattr(pair_tables, name, value)


def bound(c: list[Fraction], radius: Fraction, beyond: Fraction, lam: Fraction) -> tuple[Fraction, Fraction]:
    """ε and μ of a row, from the sizes of what a step adds, each times the power of x that it meets later."""
    rho = Fraction(1, 4)
    x, h = rho + lam, [Fraction(float(a)) for a in c]
    low = [Fraction(float(a - b)) for a, b in zip(c, h, strict=True)]
    low[3:] = [Fraction(0)] * 3
    size = [sum((abs(h[j]) + abs(low[j])) * x ** (j - m) for j in range(m, 6)) for m in range(7)]
    size[5] = abs(h[5])
    outer = [UNIT * size[m] + abs(low[m]) for m in range(3)]
    inner, w = [Fraction(0)] * 3, [Fraction(0)] * 4
    for m in (2, 1, 0):
        inner[m] = rho * UNIT * size[m + 1] + rho * w[m + 1] + lam * size[m + 1]
        w[m] = outer[m] + inner[m]
    total = sum((2 * UNIT * size[m] + lam * size[m + 1]) * x**m for m in (3, 4))
    total += sum((4 * UNIT * inner[m] + 2 * UNIT * outer[m] + lam * w[m + 1]) * x**m for m in range(3))
    total *= 1 + Fraction(1, 2**40)
    total += sum((abs(a - b - e) + radius) * x**m for m, (a, b, e) in enumerate(zip(c, h, low, strict=True)))
    total += beyond * x**6 + Fraction(1, 2**900)
    return total, abs(h[0]) - abs(low[0]) - x * size[1] - total


@pytest.mark.usefixtures("coarse")
@pytest.mark.parametrize("top", [1, 1000])
@pytest.mark.parametrize("radius", [Fraction(0), Fraction(1, 2**70)])
@pytest.mark.parametrize("beyond", [Fraction(0), Fraction(9)])
def test_the_bound_of_a_row_agrees(top: int, radius: Fraction, beyond: Fraction) -> None:
    g = np.random.default_rng(19)
    for _ in range(10):
        c = [Fraction(x) / 3 for x in g.normal(size=6)]
        c[0] *= top
        lam = Fraction(abs(float(g.normal()))) * UNIT
        with ctx.workprec(400):
            balls = [arb(a.numerator) / a.denominator + arb(0, float(radius)) for a in c]
            cell = [arb(0)] * 6 + [-arb(beyond.numerator) / beyond.denominator]
            high, low, error = pair_tables._row(balls, cell, arb(0.25), arb(lam.numerator) / lam.denominator)
            expected, least = bound(c, radius, beyond, lam)
            expected /= max(least, 1)
            assert expected <= rational(error) <= expected * (1 + Fraction(1, 10**7))
        assert high == [float(a) for a in c]
        assert low == [float(a - Fraction(b)) for a, b in zip(c[:3], high, strict=False)]


@pytest.mark.usefixtures("coarse")
def test_the_bound_of_a_row_is_rounded_up() -> None:
    g = np.random.default_rng(41)
    for _ in range(20):
        c = [Fraction(int(x), 256) for x in g.integers(-999, 999, size=6)]
        lam = Fraction(int(g.integers(1, 99)), 2**14)
        with ctx.workprec(40):
            balls = [arb(a.numerator) / a.denominator for a in c]
            error = pair_tables._row(balls, [arb(0)] * 7, arb(0.25), arb(lam.numerator) / lam.denominator)[2]
        expected, least = bound(c, Fraction(0), Fraction(0), lam)
        assert rational(error.mid()) >= expected / max(least, 1)


@pytest.mark.usefixtures("coarse")
@pytest.mark.parametrize("end", [1, 2])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_bound_of_a_table_agrees(end: int, sign: int) -> None:
    """That of the row of the largest error, in which the next coefficient is largest at the far end."""
    lines: Any = tuple((float(arb(sign * z).exp()), 0) for z in (-end, end))  # they are not further off
    down: Any = tuple((sign * c, 0) for c, _ in lines)
    found = tabulate(lambda x: (sign * x).exp(), end, lines, down)
    for i, kind in enumerate(found):
        worst = arb(0)
        with ctx.workprec(400):
            for k in range(-2 * end, 2 * end + 1):
                lam = UNIT * (Fraction(abs(k), 2) + Fraction(1, 4))
                x = arb(1) / 4 + arb(lam.numerator) / lam.denominator
                taylor = [sign ** (m + i) * (arb(sign * k) / 2).exp() / arb(m).fac() for m in range(7)]
                c = [rational(a.mid()) for a in taylor]
                beyond = rational((abs(taylor[6]) * x.exp()).upper())
                error, least = bound(c[:6], Fraction(0), beyond, lam)
                worst = worst.max(arb(error.numerator) / error.denominator / float(max(least, 1)))
                assert kind.high[:, k + 2 * end].tolist() == [float(a) for a in taylor[:6]]
            assert worst.lower() <= kind.error <= worst * (1 + arb(10) ** -6)
        assert kind.end == end
        assert (kind.below, kind.above) == (down if i else lines)


@pytest.mark.usefixtures("coarse")
@pytest.mark.parametrize("far", [(-60, 0), (60, 0), (3, 50), (3, -50)])
def test_the_distance_from_an_asymptote_counts(far: tuple[int, int]) -> None:
    near, e = (1, 0), arb(1).exp()
    for i in range(2):
        for j, z in enumerate((-1, 1)):
            lines = [[near, near], [near, near]]
            lines[i][j] = far
            found = tabulate(lambda x: x.exp(), 1, (lines[0][0], lines[0][1]), (lines[1][0], lines[1][1]))
            off = abs(e**z - far[0] - far[1] * z)
            assert abs(found[i].error - off) < 1e-9 * off
            assert found[1 - i].error < 5


def test_what_is_not_bounded_makes_no_table() -> None:
    with pytest.raises(ArithmeticError, match="not bounded"):
        tabulate(lambda x: x.log(), 1, ((0, 0), (0, 0)), ((0, 0), (0, 0)))


def test_a_table_pays_for_the_radii_of_its_coefficients() -> None:
    wide = tabulate(lambda x: x + arb(0, 1e-20), 1, ((0, 1), (0, 1)), ((1, 0), (1, 0)))
    assert wide[0].error > 1e-20 > wide[1].error


def test_a_series_that_another_thread_shortened_is_refused() -> None:
    terms = pair_tables.DEGREE + 3
    for prec in (terms - 1, terms):
        series = lambda x, prec=prec: arb_series(x.coeffs(), prec=prec)  # noqa: E731
        if prec == terms:
            tabulate(series, 1, ((0, 1), (0, 1)), ((1, 0), (1, 0)))
        else:
            with pytest.raises(ArithmeticError, match="another thread"):
                tabulate(series, 1, ((0, 1), (0, 1)), ((1, 0), (1, 0)))
    assert ctx.cap != terms


def test_tables_are_made_once() -> None:
    assert pair_tables.tables("erf") is pair_tables.tables("erf")


# products


def numbers(g: Any) -> FloatPair:
    """Pairs of ordinary and of extreme numbers; halves that are full, and empty."""
    high = matrix(g, 3, 4)
    match int(g.integers(4)):
        case 0:
            high = np.nextafter(2.0 ** g.integers(-3, 4, size=high.shape), g.choice([-9.0, 9.0], size=high.shape))
        case 1:
            high = (2.0**53 - g.integers(1, 9, size=high.shape)) * 2.0 ** g.integers(-500, 140, size=high.shape)
        case 2:
            high = (1 + 2.0**-26 * g.choice([-0.5, 0.5, 1, 1.5], size=high.shape)) * 2.0 ** g.integers(-9, 9)
    high = np.clip(high, -(2.0**199.9), 2.0**199.9)
    return two_sum(high, high * g.choice([-1, 0, 0.3, 1], size=high.shape) * 2.0**-53)


def value(A: FloatPair) -> Any:
    return exact(A.high) + exact(A.low)


def check_products_of_entries(trials: int = 300) -> float:
    g, share = np.random.default_rng(23), 0.0
    for _ in range(trials):
        A, B = numbers(g), numbers(g)
        found, error = multiply(A, B)
        off = abs(value(found) - value(A) * value(B)).max()
        assert off <= rational(error)
        assert (abs(found.low) <= abs(found.high) * 2.0**-53).all()
        share = max(share, float(off / rational(error)))
    return share


def test_products_of_entries_are_as_near_as_they_say() -> None:
    assert check_products_of_entries() > 1 / 8


def test_the_bound_of_products_of_entries() -> None:
    A, B = (FloatPair(np.array([1.0, x]), np.zeros(2)) for x in (-3.0, 2.0))
    error = rational(multiply(A, B)[1])
    assert 54 * u**2 < error < 54 * u**2 * (1 + Fraction(1, 2**28))
    nothing = FloatPair(np.zeros(2), np.zeros(2))
    assert Fraction(1, 2**970) <= rational(multiply(nothing, A)[1]) < Fraction(2, 2**970)


def test_products_of_floats_are_exact() -> None:
    g = np.random.default_rng(29)
    for _ in range(300):
        a, b = numbers(g).high, numbers(g).high
        if g.uniform() < 0.5:
            a *= 2.0 ** int(g.integers(-1000, 700))
        true = exact(a) * exact(b)
        with np.errstate(over="ignore"):
            found = exact_product(a, b)
        assert (found.high == a * b).all()
        off = abs(value(found) - true)
        large = (abs(true) >= Fraction(1, 2**960)) | (true == 0)
        assert not off[large].any()
        assert (off < Fraction(1, 2**980)).all()
        again = exact_product(a, b, halves(a))
        assert (again.low == found.low).all()


def test_halves_have_26_bits() -> None:
    g = np.random.default_rng(31)
    for _ in range(100):
        a = numbers(g).high
        first, second = halves(a)
        assert (exact(first) + exact(second) == exact(a)).all()
        for part in (first, second):
            mantissa = np.frexp(part)[0] * 2.0**26
            assert (mantissa == np.rint(mantissa)).all() or (abs(a) < 2.0**-960).any()


@pytest.mark.parametrize("bad", [np.nan, np.inf, 2.0**200, -(2.0**200)])
def test_products_out_of_range_are_refused(bad: float) -> None:
    one, large = (FloatPair(np.array([1.0, x]), np.zeros(2)) for x in (1.0, bad))
    for A, B in ((one, large), (large, one)):
        with pytest.raises(OutOfRange, match="out of range"):
            multiply(A, B)
    multiply(one, FloatPair(np.array([np.nextafter(2.0**200, 0)]), np.zeros(1)))


# hand-made faults: each must be noticed by one of the checks above


def changed(table: PairTable, m: int, low: bool = False) -> PairTable:
    high, rest = table.high.copy(), table.low.copy()
    middle = table.end * pair_tables.GRID + 40
    if low:
        rest[m, middle] *= 2
    else:
        high[m, middle] = np.nextafter(high[m, middle], np.inf)
    return replace(table, high=high, low=rest)


TABLE_FAULTS: dict[str, Callable[[PairTable], PairTable]] = {
    **{f"high {m}": lambda table, m=m: changed(table, m) for m in (0, 1, 4, 6)},  # type: ignore[misc]
    **{f"low {m}": lambda table, m=m: changed(table, m, low=True) for m in (0, 1, 5)},  # type: ignore[misc]
    "a term": lambda table: replace(table, high=np.where(np.arange(len(table.high))[:, None] == 11, 0.0, table.high)),
    "another row": lambda table: replace(table, high=np.roll(table.high, 1, axis=1)),
    "another row of low parts": lambda table: replace(table, low=np.roll(table.low, 1, axis=1)),
    "error": lambda table: replace(table, error=table.error / 16),
    "below": lambda table: replace(table, below=(-1, 1)),
    "above": lambda table: replace(table, above=(1, 1)),
}


@pytest.mark.parametrize("fault", TABLE_FAULTS)
def test_faults_of_tables_are_noticed(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    psi, slope = pair_tables.tables("erf")
    wrong = TABLE_FAULTS[fault](psi)
    g = np.random.default_rng(37)
    near = (40 + g.uniform(-0.5, 0.5, size=200)) / pair_tables.GRID  # in the row that is changed
    monkeypatch.setattr(pair_tables, "tables", lambda activation: (wrong, slope))
    old = points("erf", 30)
    Z = FloatPair(np.concatenate([old.high, near]), np.concatenate([old.low, 2.0**-54 * near]))
    monkeypatch.setattr(f"{__name__}.points", lambda name, count: Z)
    with pytest.raises(AssertionError):
        check_values("erf")


FAULTS: dict[str, tuple[Any, str, Any, Callable[[], object]]] = {
    "low parts of sums are dropped": (
        pair_tables,
        "two_sum",
        lambda a, b, f=two_sum: FloatPair(f(a, b).high, 0 * a),
        check_horner,
    ),
    "low parts of products are dropped": (
        pair_tables,
        "exact_product",
        lambda a, b, parts: FloatPair(a * b, 0 * a),
        check_horner,
    ),
    "u is smaller in tables": (pair_tables, "U", 2.0**-57, check_horner),
    "u is smaller in products": (pairs, "U", 2.0**-56, check_products_of_entries),
    "halves are uneven": (pairs, "halves", lambda a: (a, 0 * a), check_products_of_entries),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_noticed(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, name, wrong, check = FAULTS[fault]
    monkeypatch.setattr(owner, name, wrong)
    with pytest.raises(AssertionError):
        check()
