"""Rows known up to errors: every operation contains what it says, for points sampled inside, also at the ends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from flint import arb, arb_mat, ctx

from fa_theory.checker.decay.rows import (
    Map,
    Rows,
    added,
    around,
    inflated,
    inner,
    known,
    products,
    scaled,
    through,
    times,
    times_within,
    within,
)
from fa_theory.checker.linalg import euclidean


def matrix(A: Any) -> arb_mat:
    return arb_mat([[arb(float(x)) for x in row] for row in A])


def some(g: np.random.Generator, m: int, w: int, size: float) -> tuple[Rows, Any]:
    """Rows, and a point inside that reaches their bounds."""
    c, radius = g.normal(size=(m, w)), size * g.random((m, w))
    off = radius * g.choice([-1, 1], size=(m, w))
    reach = np.linalg.norm(off, axis=1) * g.choice([0.5, 1, 2], size=m)
    off *= np.minimum(1, reach / np.linalg.norm(off, axis=1))[:, None] * (1 - 1e-12)
    return around(matrix(c), matrix(radius), [arb(float(r)) for r in reach]), c + off


def holds(rows: Rows, point: Any) -> bool:
    off = matrix(point) - rows.centre
    entries = all(abs(x).lower() <= r + 1e-14 for x, r in zip(off.entries(), rows.radius.entries(), strict=True))
    norms = [sum((x * x for x in row), arb(0)).sqrt() for row in off.tolist()]
    return entries and all(n.lower() <= r + 1e-14 for n, r in zip(norms, rows.reach, strict=True))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("size", [1e-6, 0.3, 4.0])
def test_operations_contain_points_inside(seed: int, size: float) -> None:
    g = np.random.default_rng(seed)
    A, a = some(g, 3, 5, size)
    B, b = some(g, 4, 5, size)
    assert holds(A, a)
    products = inner(A, B)
    for x, z in zip(products.entries(), (a @ b.T).ravel(), strict=True):
        assert (x + arb(0, 1e-13)).contains(float(z))
    M = g.normal(size=(5, 6))
    assert holds(through(A, Map.of(matrix(M))), a @ M)
    assert holds(through(A, Map.of(matrix(M.T)).turned()), a @ M)
    middle, off = g.normal(size=(3, 5)), g.random((3, 5))
    slopes = arb_mat(
        [[arb(float(x), float(r)) for x, r in zip(u, v, strict=True)] for u, v in zip(middle, off, strict=True)]
    )
    for sign in (-1, 0, 1):
        shown = times(A, matrix(middle + 0.1), slopes)
        assert holds(shown, a * (middle + sign * off * (1 - 1e-9)))
    more = g.random((3, 5))
    assert holds(added(A, matrix(more), [arb(float(x)) for x in np.linalg.norm(more, axis=1)]), a + more)
    assert holds(scaled(A, arb(3)), 3 * a)
    assert holds(inflated(A, arb(1.5)), a)


def test_bounds_are_reached() -> None:
    """One row, one entry: nothing is wasted."""
    A, B = (around(matrix([[c]]), matrix([[r]]), [arb(r)]) for c, r in ((2.0, 0.5), (3.0, 0.25)))
    assert inner(A, B)[0, 0].upper() <= 2.5 * 3.25 + 1e-8
    assert inner(A, B)[0, 0].upper() >= 2.5 * 3.25 - 1e-8
    found = times(A, matrix([[1.0]]), arb_mat([[arb(1, 0.5)]]))
    assert 1.75 - 1e-8 <= found.radius[0, 0] <= 1.75 + 1e-8  # 2.5·1.5 − 2·1


def test_each_bound_caps_the_other() -> None:
    A = around(matrix([[0, 0]]), matrix([[3, 4]]), [arb(1)])
    assert A.radius.entries() == [1, 1]
    B = around(matrix([[0, 0]]), matrix([[3, 4]]), [arb(100)])
    assert 5 <= B.reach[0] <= 5 + 1e-12


def test_within_compares_entries_and_norms() -> None:
    zero = matrix([[0, 0]])
    A = Rows(zero, matrix([[1, 1]]), [arb(1)])
    assert within(A, A)
    assert within(known(zero), A)
    assert not within(A, known(zero))
    assert not within(A, Rows(zero, matrix([[2, 0.5]]), [arb(2)]))
    assert not within(A, Rows(zero, matrix([[1, 1]]), [arb(0.5)]))
    assert not within(Rows(zero, matrix([[1, 1]]), [arb("nan")]), A)
    assert not within(Rows(zero, arb_mat([[arb("nan"), arb(1)]]), [arb(1)]), A)


def test_bounds_are_rounded_upwards() -> None:
    """In 4 bits none is below that of the same rows in 100 bits; with one entry a row nothing else makes it larger."""
    g = np.random.default_rng(0)

    def few(size: float = 1.0) -> arb:
        return arb(int(g.integers(8, 16))) * size

    for _ in range(60):
        c, r, d, s, m, x = few(), few(0.25), -few(), few(0.5), -few(0.125), few(0.0625)
        A, B = (Rows(arb_mat([[centre]]), arb_mat([[off]]), [off]) for centre, off in ((c, r), (d, s)))
        found = []
        for bits in (4, 100):
            with ctx.workprec(bits):
                norms = [euclidean([m])]
                by = Map(arb_mat([[m]]), norms, norms[0])
                made = (
                    *(through(A, by), times_within(A, arb_mat([[m]]), arb_mat([[x]])), scaled(A, x), inflated(A, x)),
                    added(A, arb_mat([[s]]), [s]),
                )
                bounds = [y.upper() for rows in made for y in (rows.radius[0, 0], rows.reach[0])]
                bounds += [products(A, B)[1][0, 0].upper(), added(A, A.radius, [s]).longest[0]]
            found.append(bounds)
        assert all(low >= high for low, high in zip(*found, strict=True))
