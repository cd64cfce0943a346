"""Real numbers of the second check: every case of every operation, and everything that it must not decide."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from flint import arb, ctx, fmpq

from fa_theory.checker.proof import reals
from fa_theory.checker.proof.germs import Germ, Unknown

WIDE = arb(0, 1)
"""Nothing is known of its sign."""
LONG = fmpq(3) ** 6000
"""9510 bits: two of them are short enough to be multiplied, three are not."""


def germ(*terms: Any) -> Germ:
    return Germ(tuple(x if isinstance(x, arb) else fmpq(x) for x in terms))


def equal(x: Any, y: Any) -> bool:
    """Exactly, or to 50 digits."""
    if isinstance(x, Germ):
        return len(x.terms) == len(y.terms) and all(map(equal, x.terms, y.terms))
    return x == y if isinstance(x, fmpq) and isinstance(y, fmpq) else bool(abs(arb(x) - arb(y)) < arb(10) ** -50)


@pytest.fixture(autouse=True)
def _precision() -> Any:
    with ctx.workprec(240):
        yield


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (fmpq(1, 10**40), 1),
        (fmpq(-1, 10**40), -1),
        (fmpq(0), 0),
        (fmpq(1), 1),
        (fmpq(-1), -1),
        (arb(1), 1),
        (arb(-1), -1),
        (arb(0), 0),
        (arb(0, 1e-30), 0),
        (arb(0, 1e-20), None),
        (arb(-1e-26, 2e-26), 0),
        (arb(-1e-20, 1e-20), None),
        (arb(1e-20, 1e-20), None),
        (WIDE, None),
        (germ(0, 0, -3), -1),
        (germ(0, 2, -3), 1),
        (germ(0, 0), 0),
        (germ(WIDE, 1), None),
    ],
)
def test_signs(x: Any, said: int | None) -> None:
    assert reals.sign(x) == said
    if said is None:
        with pytest.raises(Unknown):
            reals.certain_sign(x)
    else:
        assert reals.certain_sign(x) == said


def test_a_ball_on_the_border_of_what_counts_as_equal() -> None:
    assert reals.sign(arb(0, arb(2) ** -80)) is None
    assert reals.sign(arb(0, arb(2) ** -81)) == 0


@pytest.mark.parametrize(
    ("done", "result"),
    [
        (lambda: reals.exact(fmpq(1, 3)), fmpq(1, 3)),
        (lambda: reals.rational(Fraction(2, 3)), fmpq(2, 3)),
        (lambda: reals.times(fmpq(2, 3), fmpq(3, 5)), fmpq(2, 5)),
        (lambda: reals.times(fmpq(0), WIDE), fmpq(0)),
        (lambda: reals.times(WIDE, fmpq(0)), fmpq(0)),
        (lambda: reals.times(fmpq(0), fmpq(5)), fmpq(0)),
        (lambda: reals.times(arb(0), WIDE), fmpq(0)),
        (lambda: reals.times(germ(1, 2), fmpq(3)), germ(3, 6)),
        (lambda: reals.times(germ(1, 2), fmpq(0)), fmpq(0)),
        (lambda: reals.times(arb(3), fmpq(2)), arb(6)),
        (lambda: reals.power(fmpq(2, 3), 3), fmpq(8, 27)),
        (lambda: reals.power(fmpq(2, 3), -2), fmpq(9, 4)),
        (lambda: reals.power(fmpq(0), 0), fmpq(1)),
        (lambda: reals.power(germ(1, 1, 0), 2), germ(1, 2, 1)),
        (lambda: reals.power(WIDE, 0), arb(1)),
        (lambda: reals.inverse(fmpq(2, 3)), fmpq(3, 2)),
        (lambda: reals.inverse(fmpq(-2)), fmpq(-1, 2)),
        (lambda: reals.inverse(fmpq(0)), fmpq(0)),
        (lambda: reals.inverse(arb(4)), arb(fmpq(1, 4))),
        (lambda: reals.inverse(arb(0)), fmpq(0)),
        (lambda: reals.inverse(germ(2, 4)), germ(fmpq(1, 2), -1)),
        (lambda: reals.inverse(germ(-1, 1)), germ(-1, -1)),
        (lambda: reals.root(fmpq(4, 9)), fmpq(2, 3)),
        (lambda: reals.root(fmpq(0)), fmpq(0)),
        (lambda: reals.root(fmpq(-4)), fmpq(0)),
        (lambda: reals.root(arb(-4)), fmpq(0)),
        (lambda: reals.root(arb(9)), arb(3)),
        (lambda: reals.root(fmpq(2)) ** 2, arb(2)),
        (lambda: reals.root(fmpq(4, 3)) ** 2 * 3, arb(4)),
        (lambda: reals.root(fmpq(3, 4)) ** 2 * 4, arb(3)),
        (lambda: reals.root(germ(4, 8)), germ(2, 2)),
        (lambda: reals.root(arb(0, 1e-30)), fmpq(0)),
    ],
)
def test_operations(done: Callable[[], Any], result: Any) -> None:
    found = done()
    assert type(found) is type(result)
    assert equal(found, result)


@pytest.mark.parametrize("x", [fmpq(4, 9), fmpq(1), fmpq(16)])
def test_roots_of_squares_are_exact(x: fmpq) -> None:
    assert isinstance(reals.root(x), fmpq)


@pytest.mark.parametrize(
    "done",
    [
        lambda: reals.exact(germ(1, 2)),
        lambda: reals.inverse(germ(0, 1)),
        lambda: reals.inverse(germ(WIDE, 1)),
        lambda: reals.inverse(WIDE),
        lambda: reals.root(germ(0, 1)),
        lambda: reals.root(germ(-1, 1)),
        lambda: reals.root(germ(WIDE, 1)),
        lambda: reals.root(WIDE),
        lambda: reals.times(LONG, LONG * LONG),
        lambda: reals.times(LONG * LONG, LONG),
        lambda: reals.power(LONG, 3),
        lambda: reals.power(LONG, -3),
        lambda: reals.approximate(germ(1)),
        lambda: reals.approximate(fmpq(10) ** 400),
        lambda: reals.approximate(arb("inf")),
        lambda: reals.normal(10),
        lambda: reals.slope([fmpq(k) ** 6 for k in range(7)], first=True),
        lambda: reals.slope([fmpq(k) ** 6 for k in range(7)], first=False),
        lambda: reals.slope([WIDE] * 7, first=True),
        lambda: reals.largest_eigenvalue([[fmpq(i + k) for k in range(3)] for i in range(3)]),
        lambda: reals.largest_eigenvalue([[fmpq(int(i != k)) for k in range(3)] for i in range(3)]),
        lambda: reals.largest_eigenvalue([[WIDE if i == k else fmpq(0) for k in range(3)] for i in range(3)]),
    ],
)
def test_what_is_not_decided(done: Callable[[], Any]) -> None:
    with pytest.raises(Unknown):
        done()


def test_numbers_of_the_largest_length() -> None:
    half = fmpq(2) ** (reals.MAX_BITS // 2 - 1)
    assert reals.times(half, half) == half * half
    assert reals.power(half, 2) == half * half
    assert reals.power(half, -2) == 1 / (half * half)
    for longer in (lambda: reals.times(half, 2 * half), lambda: reals.power(2 * half, 2)):
        with pytest.raises(Unknown):
            longer()
    assert reals.times(arb(LONG), LONG * LONG) > 0


def test_approximate() -> None:
    assert reals.approximate(fmpq(1, 3)) == pytest.approx(1 / 3, rel=1e-15)
    assert reals.approximate(arb(2, 1e-3)) == 2
    assert math.isclose(reals.approximate(-reals.root(fmpq(2))), -math.sqrt(2))


def test_shown() -> None:
    assert reals.shown(fmpq(-2, 3)) == "-2/3"
    assert reals.shown(reals.root(fmpq(2))) == "1.41421"


@pytest.mark.parametrize("degree", range(6))
def test_slopes_of_polynomials(degree: int) -> None:
    values: list[Any] = [fmpq(1, 3) + fmpq(k + 2) ** degree for k in range(7)]
    for at, first in ((2, True), (5, False)):
        assert reals.slope(values, first=first) == (degree * fmpq(at) ** (degree - 1) if degree else 0)
        assert equal(reals.slope([arb(x) for x in values], first=first), reals.slope(values, first=first))


@pytest.mark.parametrize("degree", range(10))
def test_moments_of_a_normal_law(degree: int) -> None:
    for order in range(degree + 1):
        moment = sum((w * x**order for x, w in reals.normal(degree)), fmpq(0))
        assert equal(moment, fmpq(0 if order % 2 else math.prod(range(1, order, 2))))
    assert len(reals.normal(degree)) == (3 if degree <= 5 else 5)


@pytest.mark.parametrize(
    ("matrix", "largest"),
    [
        ([[7]], 7),
        ([[-7]], -7),
        ([[2, 0], [0, 5]], 5),
        ([[5, 0], [0, 2]], 5),
        ([[1, 2], [2, 1]], 3),
        ([[1, -2], [-2, 1]], 3),
        ([[1, 2], [2, 4]], 5),
        ([[-1, 0], [0, -3]], -1),
        ([[6, 2], [2, 3]], 7),
        ([[3, 0, 0], [0, 9, 0], [0, 0, 4]], 9),
        ([[-3, 0, 0], [0, -9, 0], [0, 0, -4]], -3),
        ([[9, 0, 0], [0, 9, 0], [0, 0, 10]], 10),
    ],
)
def test_largest_eigenvalues(matrix: list[list[int]], largest: int) -> None:
    assert reals.largest_eigenvalue([[fmpq(x) for x in row] for row in matrix]) == largest
    assert equal(reals.largest_eigenvalue([[arb(x) for x in row] for row in matrix]), arb(largest))


@pytest.mark.parametrize(
    ("lower", "said"),
    [
        ([], True),
        ([[0]], True),
        ([[1]], True),
        ([[-1]], False),
        ([[WIDE]], None),
        ([[1], [2, 4]], True),
        ([[1], [2, 5]], True),
        ([[1], [2, 3]], False),
        ([[4], [2, 1]], True),
        ([[4], [3, 2]], False),
        ([[4], [-3, 3]], True),
        ([[0], [0, 1]], True),
        ([[0], [0, -1]], False),
        ([[0], [1, 5]], False),
        ([[0], [WIDE, 5]], None),
        ([[0], [WIDE, 1], [1, 0, 1]], False),
        ([[0], [0, 2], [0, 2, 2]], True),
        ([[0], [0, 2], [0, 2, 1]], False),
        ([[2], [1, 2], [1, 1, 2]], True),
        ([[2], [-1, 2], [-1, -1, 2]], True),
        ([[2], [-1, 2], [-1, -1, 1]], False),
        ([[1], [0, 1], [1, 1, 2]], True),
        ([[1], [0, 1], [1, 1, 1]], False),
        ([[4], [2, 5], [2, 3, 6]], True),
        ([[4], [2, 5], [6, 1, 9]], False),
        ([[4], [2, 5], [6, 3, 9]], True),
        ([[1], [1, WIDE]], None),
        ([[0], [0, 0], [0, 1, 0]], False),
    ],
)
def test_semidefinite(lower: list[list[Any]], said: bool | None) -> None:
    exact = [[x if isinstance(x, arb) else fmpq(x) for x in row] for row in lower]
    assert reals.semidefinite(exact) is said
