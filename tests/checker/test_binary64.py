"""Verified binary64 against exact rationals and balls, on ordinary and adversarial numbers."""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import arb, arb_mat, arb_series, ctx, fmpq

from fa_theory.checker import ranges
from fa_theory.checker.binary64 import bounds, environment, products, tables
from fa_theory.checker.binary64.bounds import Upper

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
MATRICES = 100_000 if THOROUGH else 400
POINTS = 1_000_000 if THOROUGH else 3_000
u = Fraction(1, 2**53)


def rational(x: arb) -> Fraction:
    """The exact upper end."""
    with ctx.workprec(2000):
        mantissa, exponent = x.upper().man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def exact(A: Any) -> Any:
    return np.vectorize(Fraction, otypes=[object])(A)


def matrix(g: Any, rows: int, columns: int) -> Any:
    """Ordinary entries, of mixed sizes, subnormal, cancelling, on ties, with zeros of both signs."""
    A = g.normal(size=(rows, columns))
    match int(g.integers(7)):
        case 0:
            A *= 2.0 ** g.integers(-60, 60, size=A.shape)
        case 1:
            A *= 2.0**-1060
        case 2:
            A[:, columns // 2 :] = -A[:, : columns - columns // 2]
        case 3:
            A = np.rint(A * 8) * 2.0**-27 + 1
        case 4:
            A = np.where(g.uniform(size=A.shape) < 0.5, -0.0, A) * 2.0 ** int(g.integers(-280, 280))
        case 5:
            A = np.nextafter(2.0 ** g.integers(-3, 3, size=A.shape), g.choice([-9, 9], size=A.shape))
    return A


def pairs(count: int) -> Iterator[tuple[Any, Any]]:
    g = np.random.default_rng(17)
    for _ in range(count):
        inner = int(g.choice([1, 2, 3, 7, 30]))
        yield matrix(g, 3, inner), matrix(g, inner, 3)


def check_products(count: int = MATRICES) -> float:
    """Largest share of a bound that was taken."""
    share = Fraction(0)
    for A, B in pairs(count):
        t = products.bits(A.shape[1])
        C, kappa = products.product(products.split(A, t), products.split(B, t))
        off = abs(exact(C) - exact(A) @ exact(B))
        allowed = u * abs(exact(C)) + rational(kappa)
        assert (off <= allowed).all()
        share = max([share, *(x / y for x, y in zip(off.flat, allowed.flat, strict=True) if y)])
    return float(share)


def test_products() -> None:
    assert check_products() > 0.5


def test_long_products_with_rounded_balls() -> None:
    g = np.random.default_rng(3)
    for inner in (50, 800):
        t = products.bits(inner)
        with ctx.workprec(200):
            A = arb_mat(4, inner, [arb(fmpq(int(x), 997)) for x in g.integers(-5000, 5000, size=4 * inner)])
            B = g.normal(size=(inner, 5))
            C, kappa = products.product(products.split_balls(A, t), products.split(B, t))
            true = A * arb_mat(B.tolist())
            for found, ball in zip(C.ravel().tolist(), true.entries(), strict=True):
                assert abs(ball - found) <= arb(2) ** -53 * abs(found) + kappa
            # nearly the last bit, where an ordinary product has an error of inner · u
            assert kappa < inner * 2.0**-60 * 30


def test_splits_are_exact() -> None:
    for A, _ in pairs(60):
        for t in (10, 19, 26):
            parts = products.split(A, t)
            assert (exact(parts.high) + exact(parts.low) == exact(A)).all()
            unit = Fraction(parts.top) / 2**t
            assert all((x / unit).denominator == 1 and abs(x) <= parts.top for x in exact(parts.high).flat)
            assert (abs(parts.low) <= parts.rest).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 2.0**301])
def test_what_is_out_of_range_is_refused(bad: float) -> None:
    with pytest.raises(products.OutOfRange):
        products.split(np.array([[1.0, bad]]), 20)


def test_parts_that_are_too_long_are_not_multiplied() -> None:
    A = products.split(np.ones((2, 4)), 26)
    with pytest.raises(ValueError, match="exactly"):
        products.product(A, products.split(np.ones((4, 2)), 26))
    rounded = replace(products.split(np.ones((4, 2)), 20), error=arb(1))
    with pytest.raises(ValueError, match="exactly"):
        products.product(products.split(np.ones((2, 4)), 20), rounded)


def check_norms(count: int = MATRICES) -> None:
    for A, B in pairs(count):
        squares = exact(A) ** 2
        assert rational(bounds.norm(A)) ** 2 >= squares.sum()
        for size, column in zip(bounds.column_norms(A).x, squares.T, strict=True):
            assert Fraction(float(size)) ** 2 >= column.sum()
        assert rational(bounds.largest(A)) == abs(exact(A)).max()
        v, w = Upper(abs(A[:, 0])), Upper(abs(B[0]))
        assert rational(v.dot(w)) >= (exact(v.x) * exact(w.x)).sum()
        for found, true in ((v + w, exact(v.x) + exact(w.x)), (v * w, exact(v.x) * exact(w.x))):
            assert all(Fraction(float(x)) >= y for x, y in zip(found.x, true, strict=True))
        assert all(Fraction(float(x)) ** 2 >= y for x, y in zip(v.sqrt().x, exact(v.x), strict=True))


def test_norms() -> None:
    check_norms()
    assert float(bounds.norm(np.array([3.0, 4.0]))) < 5 * (1 + 1e-12)
    with np.errstate(all="ignore"):
        for bad in (np.nan, np.inf, 1e200):
            assert not bounds.norm(np.array([1.0, bad])) < 1e300


def check_spectral_norms(count: int = 300) -> None:
    g = np.random.default_rng(5)
    for i in range(count):
        A = matrix(g, 1 + i % 6, 1 + i % 5) if i % 2 else np.full((1 + i % 6, 3), 2.0 ** int(g.integers(-400, 400)))
        for squarings in (0, 1, 4, 10):
            bound = bounds.spectral_norm(A, squarings)
            # ‖A‖ ≥ ‖Av‖/‖v‖ for the best v that can be found
            _, _, V = np.linalg.svd(A / abs(A).max() if A.any() else A)
            v = exact(V[0])
            image = exact(A) @ v
            assert rational(bound) ** 2 * (v @ v) >= image @ image
        if abs(A).max() > 1e-200:
            assert float(bound / arb(float(abs(A).max()))) < np.linalg.norm(A / abs(A).max(), 2) * 1.002


def test_spectral_norms() -> None:
    check_spectral_norms()
    with np.errstate(all="ignore"):
        assert not bounds.spectral_norm(np.array([[1.0, np.nan]]), 4) < 1e300
        assert not bounds.spectral_norm(np.array([[1.0, np.inf]]), 4) < 1e300


def test_the_number_of_terms_is_limited() -> None:
    for k in (-1, bounds.MOST + 1):
        with pytest.raises(ValueError, match="terms"):
            bounds.gamma(k)
    for k in (0, 1, 2, 1000, bounds.MOST):
        assert Fraction(bounds.gamma(k)) >= k * u / (1 - k * u)


def points(name: str, count: int) -> Any:
    """Random ones, middles and edges of cells, both ends of the table and far beyond, subnormal ones, both zeros."""
    g = np.random.default_rng(11)
    end = 44 if name in ("linear", "relu") else tables.tables(name)[0].end
    edges = np.arange(-2 * end * tables.GRID, 2 * end * tables.GRID + 1) / (2.0 * tables.GRID)
    special = [0.0, -0.0, 2.0**-1074, -(2.0**-1074), 2.0**-1022, end, -end, 1e300, -1e300, 2.0**-30, -(2.0**-60)]
    special += [np.nextafter(end, 99), -np.nextafter(end, 99), 1.7976931348623157e308]
    chosen = g.choice(edges, size=min(len(edges), count))
    parts = [
        g.normal(size=count),
        8 * g.normal(size=count),
        chosen,
        np.nextafter(chosen, 99),
        np.nextafter(chosen, -99),
    ]
    return np.concatenate([*parts, g.normal(size=count) * 2.0 ** g.integers(-1070, 5, size=count), special])


def check_tables(name: str, count: int = POINTS) -> tuple[float, float]:
    """Largest shares of the bounds that were taken."""
    Z = points(name, count)
    found = tables.evaluate(name, Z.reshape(2, -1) if Z.size % 2 == 0 else Z[1:].reshape(2, -1))
    z = (Z if Z.size % 2 == 0 else Z[1:]).tolist()
    psi, share = ranges.known(name), [0.0, 0.0]
    with ctx.workprec(140):
        for x, *values in zip(z, found.features.ravel().tolist(), found.slopes.ravel().tolist(), strict=True):
            # formulas for narrow balls overflow far out
            narrow = psi.narrow([arb(x)]) if abs(x) < 99 else ([psi.value(arb(x))], [psi.slope(arb(x))])
            for i, (value, (true,)) in enumerate(zip(values, narrow, strict=True)):
                scale = found.feature_error if i == 0 else found.slope_error
                kind = None if name in ("linear", "relu") else tables.tables(name)[i]
                if kind is not None:  # not only with the largest value
                    scale = kind.absolute + kind.relative * abs(value)
                off = abs(true - value).abs_upper()
                assert off <= scale + arb(2) ** -120 * (1 + abs(value)), (name, x, i)
                share[i] = max(share[i], float(off / scale) if scale > 0 else 0)
    return share[0], share[1]


@pytest.mark.parametrize("name", [*tables.SMOOTH, "relu"])
def test_tables(name: str) -> None:
    shares = check_tables(name)
    if name not in ("linear", "relu"):
        assert min(shares) > 0.2


@pytest.mark.parametrize("name", tables.SMOOTH[1:])
def test_bounds_of_tables_are_a_few_units_in_the_last_place(name: str) -> None:
    for kind in tables.tables(name):
        assert kind.absolute < 2.0**-54
        assert kind.relative < 4 * 2.0**-53
        assert kind.coefficients.shape == (tables.DEGREE + 1, 2 * kind.end * tables.GRID + 1)


def test_the_machine_is_fit() -> None:
    environment.examine((50, 50, 300), (50, 300, 50), (10, 500, 1), (1, 1, 1))


@pytest.mark.skipif(platform.machine() != "x86_64" or platform.system() != "Linux", reason="numbers of rounding modes")
@pytest.mark.parametrize("mode", [0x400, 0x800, 0xC00], ids=["down", "up", "towards zero"])
def test_another_rounding_mode_is_noticed(mode: int) -> None:
    libm = ctypes.CDLL("libm.so.6")
    assert libm.fesetround(mode) == 0
    try:
        with pytest.raises(environment.Unfit, match="came out as"):
            environment.examine()
    finally:
        libm.fesetround(0)


def strassen(A: Any, B: Any) -> Any:
    """One level, where sizes are even."""
    if any(size % 2 for size in (*A.shape, B.shape[1])):
        return A @ B
    m, k, n = A.shape[0] // 2, A.shape[1] // 2, B.shape[1] // 2
    a, b, c, d = A[:m, :k], A[:m, k:], A[m:, :k], A[m:, k:]
    e, f, g, h = B[:k, :n], B[:k, n:], B[k:, :n], B[k:, n:]
    p = [a @ (f - h), (a + b) @ h, (c + d) @ e, d @ (g - e), (a + d) @ (e + h), (b - d) @ (g + h), (a - c) @ (e + f)]
    return np.block([[p[4] + p[3] - p[1] + p[5], p[0] + p[1]], [p[2] + p[3], p[0] + p[4] - p[2] - p[6]]])


def flushed(A: Any, B: Any) -> Any:
    C = A @ B
    return np.where(abs(C) < 2.0**-1022, 0.0, C)


def truncated(A: Any, B: Any) -> Any:
    return np.nextafter(A @ B, 0)


FAULTY: dict[str, Callable[[Any, Any], Any]] = {
    "strassen": strassen,
    "flushed to zero": flushed,
    "float32": lambda A, B: (A.astype(np.float32) @ B.astype(np.float32)).astype(float),
    "truncated": truncated,
    "48 bits": lambda A, B: (lambda C: (C + 32.0 * C) - 32.0 * C)(A @ B),
}


@pytest.mark.filterwarnings("ignore:(overflow|underflow|invalid)")
@pytest.mark.parametrize("fault", FAULTY)
def test_faulty_products_are_noticed(fault: str) -> None:
    with pytest.raises(environment.Unfit, match="a product of"):
        environment.examine_products(64, 64, 64, FAULTY[fault])
    environment.examine_products(64, 64, 64)


# hand-made faults: each must be noticed by one of the checks above

FAULTS: dict[str, tuple[Any, str, Any, Callable[[], object]]] = {
    "products: κ is forgotten": (
        products,
        "product",
        lambda A, B, product=products.product: (product(A, B)[0], arb(0)),
        check_products,
    ),
    "products: one more bit is split off than is exact": (products, "bits", lambda k: 26, check_products),
    "norms: no enlargement": (bounds, "gamma", lambda k: 0.0, check_norms),
    "norms: underflow is forgotten": (bounds, "TINY", 0.0, check_norms),
    "upper: not rounded up": (bounds, "_UP", 1.0, check_norms),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_noticed(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, name, wrong, check = FAULTS[fault]
    monkeypatch.setattr(owner, name, wrong)
    with pytest.raises((AssertionError, ValueError)):
        check()


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        *((name, fault) for name in ("tanh", "gelu") for fault in ("relative", "coefficients", "below", "above")),
        *((name, fault) for name in ("tanh", "gelu") for fault in ("a term", "another row")),
        ("gelu", "absolute"),
    ],
)
def test_faults_of_tables_are_noticed(name: str, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    psi, slope = tables.tables(name)
    coefficients = psi.coefficients.copy()
    coefficients[2, psi.end * tables.GRID + 20] *= 1 + 2.0**-38
    changed: dict[str, Any] = {
        "absolute": arb(0),
        "relative": psi.relative / 4,
        "coefficients": coefficients,
        "below": (-1, 1),
        "above": (1, 1) if name == "tanh" else (0, 0),
    }
    if fault == "a term":
        wrong = replace(psi, coefficients=np.where(np.arange(tables.DEGREE + 1)[:, None] == 7, 0.0, psi.coefficients))
    elif fault == "another row":
        wrong = replace(psi, coefficients=np.roll(psi.coefficients, 1, axis=1))
    else:
        wrong = replace(psi, **{fault: changed[fault]})
    monkeypatch.setattr(tables, "tables", lambda activation: (wrong, slope))
    with pytest.raises(AssertionError):
        check_tables(name, 1000)


def test_a_table_pays_for_the_radii_of_its_coefficients() -> None:
    wide = tables.table(lambda x: x + arb(0, 1e-10), 1, (0, 1), (0, 1))
    assert wide.absolute > 1e-10


def test_a_series_that_another_thread_shortened_is_refused() -> None:
    with pytest.raises(ArithmeticError, match="5 terms, not 15: another thread shortened it"):
        tables.table(lambda x: arb_series(x.coeffs(), prec=5), 1, (0, 1), (0, 1))


def test_arguments_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(products.OutOfRange, match="not finite"):
        tables.evaluate("tanh", np.array([0.5, np.nan]))
