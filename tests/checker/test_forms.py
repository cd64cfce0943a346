"""Quadratic forms in floats: near matrices, factors and multiples, against exact rationals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx
from test_binary64 import exact as rationals
from test_binary64 import rational

from fa_theory.checker.binary64 import forms
from fa_theory.checker.binary64.bounds import Upper
from fa_theory.checker.binary64.forms import NearMatrix, exact, factor_above, identity, least_multiple, positive
from fa_theory.checker.binary64.products import OutOfRange

pytestmark = pytest.mark.filterwarnings("ignore:(overflow|invalid value|divide by zero):RuntimeWarning")


def semidefinite(A: Any) -> bool:
    """Whether a symmetric matrix of rationals is, by elimination."""
    A = A.copy()
    for k in range(len(A)):
        if A[k, k] < 0 or (A[k, k] == 0 and A[k, k:].any()):
            return False
        if A[k, k] > 0:
            A[k + 1 :, k + 1 :] -= np.outer(A[k + 1 :, k], A[k, k + 1 :]) / A[k, k]
    return True


def multiple_of_one(n: int, by: Fraction | float) -> Any:
    return Fraction(by) * rationals(np.eye(n))


def symmetric(A: Any) -> Any:
    """What a matrix of floats, rounded, stands for: a half of it and of its transpose."""
    return (rationals(A) + rationals(A).T) / 2


def turned(g: Any, eigenvalues: Any) -> Any:
    """A matrix with these eigenvalues, nearly."""
    V = np.linalg.qr(g.normal(size=(len(eigenvalues), len(eigenvalues))))[0]
    A = (V * eigenvalues) @ V.T
    return (A + A.T) / 2


def test_elimination_knows_semidefinite_matrices() -> None:
    g = np.random.default_rng(0)
    for A, expected in (
        (np.zeros((2, 2)), True),
        (np.ones((3, 3)), True),
        (np.diag([1.0, 0.0, 2.0]), True),
        (np.array([[0.0, 1.0], [1.0, 0.0]]), False),
        (np.array([[1.0, 1.0], [1.0, 1 - 2.0**-53]]), False),
        (np.diag([1.0, -(2.0**-1074)]), False),
        (turned(g, np.array([1.0, 1e-9, 3.0])), True),
        (turned(g, np.array([1.0, -1e-9, 3.0])), False),
    ):
        assert semidefinite(rationals(A)) == expected


# matrices that are off


def near_pairs() -> Iterator[tuple[Any, Any, NearMatrix, NearMatrix]]:
    g = np.random.default_rng(0)
    for size in (1, 3, 8):
        for off in (1e-3, 0.0):
            A, B, dA, dB = g.normal(size=(4, size, size)) * 2.0 ** g.integers(-30, 30, size=(4, 1, 1))
            dA, dB = (off * d / np.linalg.norm(d, 2) for d in (dA, dB))
            yield A + dA, B + dB, NearMatrix(A, arb(off * (1 + 1e-9))), NearMatrix(B, arb(off * (1 + 1e-9)))


def distance(A: Any, B: Any) -> float:
    """In the spectral norm."""
    return float(np.linalg.norm((A - B).astype(float), 2))


def test_operations_contain_what_they_stand_for() -> None:
    for A, B, a, b in near_pairs():
        A, B = rationals(A), rationals(B)
        for true, found in (
            (A @ B, a @ b),
            (A + B, a + b),
            (A - B, a - b),
            (A.T, a.T),
            (A * Fraction(-3.3), a.times(-3.3)),
            (A[:1, -2:], a[0:1, len(A) - 2 if len(A) > 1 else 0 :]),
        ):
            # what the difference is computed with is off as well
            assert distance(true, rationals(found.x)) <= float(found.off) + 1e-20
            assert np.linalg.norm(true.astype(float), 2) <= float(found.size()) * (1 + 1e-14)


UNIT, SLACK = 2.0**-11, 2.0**-9


def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounding that is seen, and the true norms."""
    monkeypatch.setattr(forms, "u", arb(UNIT))
    monkeypatch.setattr(forms, "gamma", lambda k: k * UNIT)
    monkeypatch.setattr(forms, "_SLACK", SLACK)
    monkeypatch.setattr(forms, "spectral_norm", lambda A, squarings: arb(float(np.linalg.norm(A, 2))))


@pytest.mark.parametrize("seed", range(3))
def test_rounding_is_counted(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    coarse(monkeypatch)
    g = np.random.default_rng(seed)
    fro: Callable[[Any], float] = lambda A: float(np.linalg.norm(A))  # noqa: E731
    A, B, C = g.normal(size=(3, 4)), g.normal(size=(4, 2)), g.normal(size=(3, 4))
    a, b, c = (NearMatrix(X, arb(off)) for X, off in ((A, 0.25), (B, 0.5), (C, 0.125)))
    product = 4 * UNIT * fro(A) * fro(B) + SLACK + 0.25 * fro(B) + 0.125 + 0.5 * fro(A)
    for found, expected, off in (
        (a @ b, A @ B, product),
        (a + c, A + C, 0.375 + UNIT * fro(A + C)),
        (a - c, A - C, 0.375 + UNIT * fro(A - C)),
        (a.times(-3.0), -3 * A, 0.75 + 3 * UNIT * fro(A) + SLACK),
        (a.times(0.25), A / 4, 0.0625 + UNIT * fro(A / 4) + SLACK),
        (a.T, A.T, 0.25),
        (a[1:3, 0:2], A[1:3, :2], 0.25),
        (exact(A), A, 0),
        (identity(3), np.eye(3), 0),
    ):
        assert np.allclose(found.x, expected, rtol=1e-12, atol=0)
        assert np.isclose(float(found.off), off, rtol=1e-9, atol=0)
    assert np.isclose(float(a.size()), np.linalg.norm(A, 2) + 0.25, rtol=1e-12, atol=0)


def test_sizes_are_rounded_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where 64 bits do not hold the sum."""
    coarse(monkeypatch)
    for off in (2.0**-100, 0.0):
        found = NearMatrix(np.eye(1), arb(off)).size()
        with ctx.workprec(200):
            assert 1 + arb(off) <= found < 1 + arb(off) + arb(2) ** -50
        assert found.rad() == 0


# factors


def grams(seed: int) -> Iterator[NearMatrix]:
    """Matrices that are semidefinite, or nearly: singular, 0, 1×1, badly scaled, with small eigenvalues."""
    g = np.random.default_rng(seed)
    for size in (1, 2, 6):
        A = g.normal(size=(size, max(1, size // 2)))
        scales = 2.0 ** g.integers(-80, 80, size=size)
        eigenvalues = 2.0 ** -g.integers(0, 70, size=size)
        off = float(g.choice([0, 2.0**-40]))
        for X in (
            A @ A.T,
            np.zeros((size, size)),
            np.ones((size, size)),
            scales[:, None] * (A @ A.T) * scales,
            turned(g, eigenvalues),
            turned(g, eigenvalues) * 2.0 ** float(g.choice([-400, 200])),
        ):
            yield NearMatrix(X, arb(off * float(np.linalg.norm(X))))


def check_factors(seeds: int = 4) -> float:
    """Largest ``‖LLᵀ − A‖``, relative to A and what it is off."""
    share = 0.0
    for seed in range(seeds):
        for A in grams(seed):
            L = factor_above(A)
            gap = rationals(L) @ rationals(L).T - symmetric(A.x)
            off = rational(A.off) + Fraction(float(np.linalg.norm(A.x - A.x.T)))
            assert semidefinite(gap - multiple_of_one(len(L), off)), A
            size = float(np.linalg.norm(A.x)) + 2.0**50 * float(A.off) + 2.0**-450
            share = max(share, float(np.linalg.norm(gap.astype(float), 2)) / size)
    return share


def test_factors_are_above() -> None:
    """And hardly more than need be."""
    assert check_factors() < 2.0**-40


@pytest.mark.parametrize(
    "X", [np.diag([1.0, -0.01]), np.array([[-1.0]]), np.full((2, 2), np.nan), np.full((1, 1), np.inf)]
)
def test_what_has_no_factor(X: Any) -> None:
    for off in (0.0, 1e-9):
        with pytest.raises(OutOfRange, match="not positive"):
            factor_above(NearMatrix(X, arb(off)))
    with pytest.raises(OutOfRange):
        factor_above(NearMatrix(np.eye(2), arb("nan")))


# positive matrices


def doubtful(seed: int) -> Iterator[tuple[NearMatrix, Any]]:
    """Matrices with a small eigenvalue, and the lowest matrix that each stands for."""
    g = np.random.default_rng(seed)
    for size in (1, 2, 5):
        for _ in range(30):
            eigenvalues = 2.0 ** g.uniform(-3, 3, size=size)
            eigenvalues[0] = float(g.choice([-1, 0, 1])) * 2.0 ** -g.integers(10, 60)
            A = turned(g, eigenvalues) * 2.0 ** float(g.choice([-300, 0, 0, 0, 200]))
            off = float(g.choice([0.0, 1.0])) * abs(eigenvalues[0]) * float(np.linalg.norm(A)) * g.uniform(0, 0.5)
            yield NearMatrix(A, arb(off)), rationals(A) - multiple_of_one(size, off)
        for rank in range(1, size):
            A = g.normal(size=(size, rank))
            A = A @ A.T
            yield exact(A), rationals(A)


def check_positive(seeds: int = 4) -> list[bool]:
    """What is said of doubtful matrices; nothing wrong."""
    found = []
    for seed in range(seeds):
        for A, lowest in doubtful(seed):
            said = positive(A)
            assert not said or semidefinite(lowest), A
            found.append(said)
    return found


def test_nothing_is_called_positive_that_is_not() -> None:
    said = check_positive()
    assert 0.05 < np.mean(said) < 0.6


def test_asymmetric_floats() -> None:
    """They stand for a symmetric matrix that is near; what is above the diagonal counts."""
    A = np.array([[1.0, 4.0], [0.0, 1.0]])
    for X in (A, A.T.copy()):  # (1, 2; 2, 1) is as near
        assert not positive(NearMatrix(X, arb(2)))
        assert not positive(exact(X))
        assert positive(NearMatrix(X + 99 * np.eye(2), arb(8)))


def test_near_the_limit() -> None:
    """What a matrix is off by may be nearly its least eigenvalue, and no more."""
    for off, expected in ((0.3, True), (0.49, None), (0.5, None), (0.999, None), (1.0, False), (1.5, False)):
        said = positive(NearMatrix(np.diag([1.0, 1.0, 4.0]), arb(off)))
        assert expected is None or said == expected, off
    assert positive(identity(3))
    assert not positive(exact(-np.eye(3)))
    assert not positive(exact(np.zeros((2, 2))))  # that is not certain, in floats


@pytest.mark.parametrize("entry", [np.nan, np.inf, -np.inf, 1e200])
def test_what_is_not_finite_is_not_positive(entry: float) -> None:
    for place in ((0, 0), (0, 1), (1, 0), (1, 1)):
        A = np.eye(2)
        A[place] = entry
        assert not positive(exact(A))
    assert not positive(NearMatrix(np.eye(2), arb("nan")))
    assert not positive(NearMatrix(np.eye(2), arb("inf")))


# multiples


def check_multiples(seeds: int = 12) -> float:
    """Largest distance of g from the least one, relative to it or to ``2^-20``."""
    worst = 0.0
    for seed in range(seeds):
        g = np.random.default_rng(seed)
        for size in (1, 2, 7):
            A = turned(g, g.normal(size=size) * 2.0 ** float(g.integers(-10, 10)))
            B = turned(g, 2.0 ** g.uniform(-4, 4, size=size))
            least = -float(np.linalg.eigvals(np.linalg.solve(B, A)).real.min())
            for floor in (-1e9, 0.0, least - 0.5, least + 0.5):
                off = float(g.choice([0.0, 2.0**-50]))
                near = NearMatrix(A, arb(off)), NearMatrix(B, arb(off))
                found = least_multiple(*near, floor)
                lost = Fraction(off) * (1 + abs(Fraction(found)))
                lowest = rationals(A) + Fraction(found) * rationals(B) - multiple_of_one(size, lost)
                assert found >= floor
                assert semidefinite(lowest), (seed, size, floor)
                best = max(least, floor)
                worst = max(worst, (found - best) / max(abs(best), 2.0**-20))
    return worst


def test_multiples_are_enough_and_near_the_least() -> None:
    assert check_multiples() < 1e-6


def test_floors_are_kept() -> None:
    for floor in (-1.0, 0.0, 1 / 3, 7.0):
        assert floor <= least_multiple(identity(3), identity(3), floor) < floor + 1e-12


@pytest.mark.parametrize("B", [np.diag([1.0, -1.0]), np.zeros((2, 2)), np.array([[1.0, 2.0], [2.0, 1.0]])])
def test_indefinite_forms_are_refused(B: Any) -> None:
    for A in (np.eye(2), -np.eye(2)):
        with pytest.raises(OutOfRange, match="is not positive"):
            least_multiple(exact(A), exact(B), 0.0)


def test_no_multiple_is_enough() -> None:
    """B may be indefinite, for all that is known."""
    with pytest.raises(OutOfRange, match="no multiple"):
        least_multiple(exact(-np.eye(2)), NearMatrix(np.eye(2), arb(1.5)), 0.0)


@pytest.mark.parametrize("entry", [np.nan, np.inf])
def test_multiples_of_what_is_not_finite(entry: float) -> None:
    bad = np.eye(2)
    bad[1, 0] = entry
    for A, B in ((bad, np.eye(2)), (np.eye(2), bad), (bad, bad)):
        with pytest.raises(OutOfRange):
            least_multiple(exact(A), exact(B), 0.0)
    with pytest.raises(OutOfRange):
        least_multiple(NearMatrix(np.eye(2), arb("nan")), identity(2), 0.0)
    with pytest.raises(OutOfRange):
        least_multiple(identity(2), NearMatrix(np.eye(2), arb("nan")), 0.0)


# whatever the shift and the factor


@pytest.mark.parametrize("shift", [2.0**-30, 0.1, 0.25, 1.0])
def test_any_shift_will_do(shift: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing wrong is said if it is too small, or large."""
    monkeypatch.setattr(forms, "above", lambda x: Upper(shift))
    A, one = np.diag([1.0, 0.2]), NearMatrix(np.eye(2), arb(0.25))
    assert not positive(NearMatrix(A, arb(0.25)))
    assert not positive(one) or shift > 0.25
    monkeypatch.setattr(forms, "_TRIES", 20)
    L = factor_above(one)
    assert semidefinite(rationals(L @ L.T) - multiple_of_one(2, 1.25 - 1e-12))


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999, 1.001, 2.0])
def test_wrong_factors_are_noticed(share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "_cholesky", lambda A: share * np.eye(len(A)))
    assert not positive(identity(2))
    assert not positive(exact(-np.eye(2)))
    with pytest.raises(OutOfRange):
        factor_above(identity(2))


# faults


def no_identity(n: int) -> NearMatrix:
    return exact(np.zeros((n, n)))


FAULTS: dict[str, tuple[dict[str, Any], Callable[[], Any]]] = {
    "a factor is not shifted": ({"identity": no_identity}, check_factors),
    "distances of factors do not count": ({"norm": lambda A: arb(0)}, check_factors),
    "distances do not count": ({"norm": lambda A: arb(0)}, check_positive),
    "what is not shifted is positive": ({"identity": no_identity, "norm": lambda A: arb(0)}, check_positive),
    "all is positive": ({"positive": lambda A: True, "above": lambda x: Upper(0.0)}, check_multiples),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_noticed(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong, check = FAULTS[fault]
    for name, value in wrong.items():
        monkeypatch.setattr(forms, name, value)
    with pytest.raises((AssertionError, OutOfRange)):
        check()
