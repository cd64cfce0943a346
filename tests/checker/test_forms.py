"""Quadratic forms compared in floats: what matrices are off by, written down a second time, and what is certain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx

from fa_theory.checker.binary64 import forms
from fa_theory.checker.binary64.bounds import Upper
from fa_theory.checker.binary64.forms import NearMatrix, exact, factor_above, identity, least_multiple, positive
from fa_theory.checker.binary64.products import OutOfRange

UNIT, SLACK = 2.0**-11, 2.0**-9
fro: Callable[..., float] = lambda A: float(np.linalg.norm(A))  # noqa: E731
top: Callable[[arb], float] = lambda x: float(x.upper())  # noqa: E731
Near = tuple[Any, float]
"""A matrix, and how far it is off."""


def GAMMA(k: int) -> float:
    return k * UNIT


@pytest.fixture
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounding that is seen, and the true norms."""
    monkeypatch.setattr(forms, "u", arb(UNIT))
    monkeypatch.setattr(forms, "gamma", GAMMA)
    monkeypatch.setattr(forms, "_SLACK", SLACK)
    monkeypatch.setattr(forms, "spectral_norm", lambda A, squarings: arb(float(np.linalg.norm(A, 2))))


def times(A: Near, B: Near) -> Near:
    (a, x), (b, y) = A, B
    return a @ b, GAMMA(a.shape[1]) * fro(a) * fro(b) + SLACK + x * fro(b) + x * y + fro(a) * y


def plus(A: Near, B: Near) -> Near:
    found = A[0] + B[0]
    return found, A[1] + B[1] + UNIT * fro(found)


def minus(A: Near, B: Near) -> Near:
    return plus(A, (-B[0], B[1]))


def multiple(A: Near, factor: float) -> Near:
    found = A[0] * factor
    return found, abs(factor) * A[1] + UNIT * fro(found) + SLACK


def turned(A: Near) -> Near:
    return A[0].T, A[1]


def size(A: Near) -> float:
    return float(np.linalg.norm(A[0], 2)) + A[1]


def plain(A: NearMatrix) -> Near:
    return A.x, top(A.off)


def same(found: NearMatrix, expected: Near, rtol: float = 1e-10) -> bool:
    entries = np.allclose(found.x, expected[0], rtol=rtol, atol=rtol)
    return bool(entries and np.isclose(top(found.off), expected[1], rtol=rtol, atol=0))


def close(found: Any, expected: Any, rtol: float = 1e-9) -> bool:
    values = [top(v) for v in found] if isinstance(found, tuple) else top(found)
    return bool(np.allclose(values, expected, rtol=rtol, atol=0))


def drawn(seed: int, rows: int, columns: int) -> NearMatrix:
    g = np.random.default_rng([seed, rows, columns])
    return NearMatrix(g.normal(size=(rows, columns)), arb(float(g.uniform(0.5, 1) / 64)))


@pytest.mark.usefixtures("coarse")
@pytest.mark.parametrize("seed", range(3))
def test_matrices_that_are_off_agree(seed: int) -> None:
    A, B, C = drawn(seed, 2, 3), drawn(seed, 3, 4), drawn(seed + 9, 2, 3)
    a, b, c = plain(A), plain(B), plain(C)
    assert same(A @ B, times(a, b))
    assert same(A + C, plus(a, c))
    assert same(A - C, minus(a, c))
    assert same(A.times(-3.0), multiple(a, -3))
    assert same(A.times(0.25), multiple(a, 0.25))
    assert same(A.T, turned(a))
    assert same(A[0:1, 1:3], (a[0][0:1, 1:3], a[1]))
    assert close(A.size(), size(a))
    assert same(identity(3), (np.eye(3), 0.0))
    assert same(exact(a[0]), (a[0], 0.0))


@pytest.mark.usefixtures("coarse")
def test_sizes_are_rounded_up() -> None:
    """Where 64 bits do not hold the sum."""
    for off in (2.0**-100, 0.0):
        found = NearMatrix(np.eye(1), arb(off)).size()
        with ctx.workprec(200):
            assert 1 + arb(off) <= found < 1 + arb(off) + arb(2) ** -50
        assert found.rad() == 0


def lowest(A: Any) -> float:
    return float(np.linalg.eigvalsh(A)[0])


def semidefinite(seed: int, n: int, rank: int) -> Any:
    F = np.random.default_rng([seed, n]).normal(size=(n, rank))
    return F @ F.T


@pytest.mark.parametrize("off", [0.0, 1e-6, 0.125])
@pytest.mark.parametrize("rank", [1, 2, 4])
def test_factors_are_above_all_that_is_near(rank: int, off: float) -> None:
    for seed in range(4):
        A = semidefinite(seed, 4, rank)
        L = factor_above(NearMatrix(A, arb(off)))
        assert lowest(L @ L.T - A) >= off - 1e-14 * (1 + fro(A))
        assert lowest(A - L @ L.T) >= -9 * off - 1e-12 * (1 + fro(A))
    with pytest.raises(OutOfRange, match="not positive"):
        factor_above(NearMatrix(-np.eye(3), arb(off / 1e6)))
    with np.errstate(invalid="ignore"), pytest.raises(OutOfRange, match="not positive"):
        factor_above(NearMatrix(np.full((2, 2), np.nan), arb(off)))


def test_forms_that_are_certain() -> None:
    for seed in range(4):
        A = semidefinite(seed, 4, 4) + np.eye(4)
        least = lowest(A)
        assert positive(NearMatrix(A, arb(least * 0.3)))
        assert not positive(NearMatrix(A, arb(least * 1.01)))
        assert not positive(NearMatrix(A - 1.001 * least * np.eye(4), arb(0)))
    assert not positive(exact(np.diag([1.0, -1.0])))
    with np.errstate(invalid="ignore"):
        assert not positive(exact(np.full((2, 2), np.nan)))


@pytest.fixture
def nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is rounded, and the norms are true."""
    for name, value in (("u", arb(0)), ("gamma", lambda k: 0.0), ("_SLACK", 0.0), ("norm", lambda A: arb(fro(A)))):
        monkeypatch.setattr(forms, name, value)
    monkeypatch.setattr(forms, "_TRIES", 1)


OFF = 2.0**-4
SHARES = [(0.999, False), (1.001, True), (2.0, True), (2.999, True), (3.001, False)]


@pytest.mark.usefixtures("nothing_else")
@pytest.mark.parametrize(("share", "allowed"), SHARES)
def test_a_factor_that_is_found_need_not_be_trusted(
    share: float, allowed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shift is twice what A is off, and LLᵀ − A may differ from it by that."""
    monkeypatch.setattr(forms, "_cholesky", lambda A: np.sqrt([[1 + share * OFF]]))
    A = NearMatrix(np.eye(1), arb(OFF))
    if allowed:
        assert factor_above(A)[0, 0] ** 2 >= 1 + OFF
    else:
        with pytest.raises(OutOfRange, match="not positive"):
            factor_above(A)
    monkeypatch.setattr(forms, "_cholesky", lambda A: np.sqrt([[1 - share * OFF]]))
    assert positive(A) == allowed


@pytest.mark.usefixtures("coarse")
@pytest.mark.parametrize("kind", ["factor", "positive"])
def test_what_is_rounded_counts(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is off is at most the shift, which is given here."""
    g, n, shift, sign = np.random.default_rng(0), 3, 0.75, 1 if kind == "factor" else -1
    A = semidefinite(0, n, n) + np.eye(n)
    L = np.linalg.cholesky(A + sign * shift * np.eye(n) + g.uniform(-1, 1, size=(n, n)) / 256)
    product, one = times((L, 0.0), (L.T, 0.0)), multiple((np.eye(n), 0.0), shift)

    def distance(off: float) -> float:
        near = (A, off)
        far = minus(minus(product, near), one) if kind == "factor" else minus(minus(near, one), product)
        return fro(far[0]) + far[1]

    monkeypatch.setattr(forms, "_cholesky", lambda A: L)
    monkeypatch.setattr(forms, "above", lambda x: Upper(shift))
    monkeypatch.setattr(forms, "_TRIES", 1)
    limit = shift - distance(0.0)
    assert 0.1 < limit < shift
    for off, allowed in ((limit * (1 - 1e-9), True), (limit * (1 + 1e-9), False)):
        near = NearMatrix(A, arb(off))
        if kind == "positive":
            assert positive(near) == allowed
        elif allowed:
            assert (factor_above(near) == L).all()
        else:
            with pytest.raises(OutOfRange):
                factor_above(near)


@pytest.mark.usefixtures("coarse")
def test_shifts_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first pays for what is off and rounded; every other one is four times as large."""
    A, n, seen = NearMatrix(semidefinite(0, 3, 3), arb(0.125)), 3, []
    monkeypatch.setattr(forms, "_cholesky", lambda A: seen.append(A))
    with pytest.raises(OutOfRange, match="not positive"):
        factor_above(A)
    first = 0.25 + (4 * GAMMA(n) + 2 * UNIT) * fro(A.x) + SLACK
    assert len(seen) == forms._TRIES
    for i, M in enumerate(seen):
        assert np.allclose(M - A.x, first * 4**i * np.eye(n), rtol=1e-9, atol=1e-12)
    seen.clear()
    assert not positive(A)
    shift = 0.25 + (4 * GAMMA(n) + 4 * UNIT) * fro(A.x) + SLACK
    assert np.allclose(A.x - seen[0], shift * np.eye(n), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("off", [0.0, 1e-9, 1e-3])
def test_multiples_are_the_least_that_are_certain(off: float) -> None:
    for seed in range(6):
        g = np.random.default_rng(seed)
        A, B = semidefinite(seed, 4, 4) - 3 * np.eye(4), semidefinite(seed + 9, 4, 4) + np.eye(4)
        for floor in (0.0, -1.0, 50.0):
            found = least_multiple(NearMatrix(A, arb(off)), NearMatrix(B, arb(off)), floor)
            assert found >= floor
            dA, dB = (off * (d + d.T) / np.linalg.norm(d + d.T, 2) for d in g.normal(size=(2, 4, 4)))
            assert lowest(A + dA + found * (B + dB)) >= -1e-12 * (1 + abs(found))
            if off < 1e-3 and found > floor + 1e-6:
                assert lowest(A + (found - 1e-6) * B) < 0


def test_forms_that_are_not_positive_have_no_multiple() -> None:
    one = identity(2)
    with pytest.raises(OutOfRange, match="not positive"):
        least_multiple(one, exact(np.diag([1.0, -1.0])), 0.0)
    with pytest.raises(OutOfRange, match="not positive"):
        least_multiple(one, exact(np.diag([1.0, np.nan])), 0.0)
    with pytest.raises(OutOfRange, match="no multiple"):
        least_multiple(one, NearMatrix(np.eye(2), arb(2)), 1.0)
    for A in (np.diag([np.nan, 1.0]), np.diag([np.inf, 1.0])):
        with np.errstate(invalid="ignore"), pytest.raises(OutOfRange):
            least_multiple(exact(A), one, 0.0)


def test_a_multiple_is_not_taken_without_a_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[NearMatrix] = []

    def refuses(A: NearMatrix) -> bool:
        asked.append(A)
        return len(asked) == 3

    monkeypatch.setattr(forms, "positive", refuses)
    A, B = exact(np.diag([-1.0, 2.0])), identity(2)
    found = least_multiple(A, B, 0.0)
    assert len(asked) == 3
    assert (asked[-1].x == A.x + found * np.eye(2)).all()
    monkeypatch.setattr(forms, "positive", lambda A: False)
    with pytest.raises(OutOfRange, match="no multiple"):
        least_multiple(A, B, 0.0)
