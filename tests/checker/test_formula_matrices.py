"""Matrices in the formulas of counterexamples: every operation by hand, every shape that it refuses, every text."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from flint import arb, fmpq
from test_checker_formulas import FIRST, MATRIX, SCALAR, VECTOR, X, Y, const, leaf, run, shown, value

from fa_theory.checker.counterexample import formula, matrices, words
from fa_theory.checker.counterexample import numbers as num
from fa_theory.checker.counterexample.numbers import Real, Undefined, Value
from fa_theory.checker.document import MalformedDocument

SQUARE = value([1, 2, 3], [4, 5, 6], [7, 8, 10])


def parts(A: Value, *ranges: slice) -> tuple[tuple[int, ...], str]:
    return joined(matrices.part(A, ranges))


def joined(A: Value) -> tuple[tuple[int, ...], str]:
    shape, entries = shown(A)
    return shape, " ".join(entries)


def test_parts_are_those_of_python() -> None:
    assert parts(VECTOR, slice(1, None)) == ((2,), "2 3")
    assert parts(VECTOR, slice(None, None, -2)) == ((2,), "3 1")
    assert parts(MATRIX, slice(0, 1), slice(1, 3)) == ((1, 2), "2 3")
    assert parts(MATRIX, slice(None), slice(0, 1)) == ((2, 1), "1 4")
    assert parts(MATRIX, slice(1, 2), slice(None)) == ((1, 3), "4 5 6")
    for A, ranges in (
        (VECTOR, (slice(0, 1), slice(0, 1))),
        (MATRIX, (slice(0, 1),)),
        (VECTOR, (slice(3, None),)),
        (MATRIX, (slice(2, None), slice(None))),
        (MATRIX, (slice(None), slice(3, None))),
    ):
        with pytest.raises(Undefined):
            matrices.part(A, ranges)


def test_arrays_are_joined_on_both_axes() -> None:
    assert joined(matrices.stacked([VECTOR, value(7, 8)], 0)) == ((5,), "1 2 3 7 8")
    row, column = value([7, 8, 9]), value([7], [8])
    assert joined(matrices.stacked([MATRIX, row], 0)) == ((3, 3), "1 2 3 4 5 6 7 8 9")
    assert joined(matrices.stacked([row, MATRIX], 0)) == ((3, 3), "7 8 9 1 2 3 4 5 6")
    assert joined(matrices.stacked([MATRIX, column], 1)) == ((2, 4), "1 2 3 7 4 5 6 8")
    assert joined(matrices.stacked([column, MATRIX], 1)) == ((2, 4), "7 1 2 3 8 4 5 6")
    for bad, axis in (([MATRIX, column], 0), ([MATRIX, row], 1), ([MATRIX, VECTOR], 0), ([VECTOR, VECTOR], 1)):
        with pytest.raises(Undefined, match="joins shapes"):
            matrices.stacked(bad, axis)
    with pytest.raises(Undefined, match="joins shapes"):
        matrices.stacked([SCALAR, SCALAR], 0)


def test_sizes_diagonals_and_identities() -> None:
    simple = matrices.SIMPLE
    assert [joined(simple[name](MATRIX)) for name in ("rows", "columns")] == [((), "2"), ((), "3")]
    assert joined(simple["rows"](VECTOR)) == joined(matrices._length(0)(VECTOR)) == ((), "3")
    with pytest.raises(Undefined, match="axis 1"):
        matrices._length(1)(VECTOR)
    assert joined(simple["flat"](MATRIX)) == ((6,), "1 2 3 4 5 6")
    assert joined(simple["diagonal"](SQUARE)) == ((3,), "1 5 10")
    assert joined(simple["diagonal"](value(2, 5))) == ((2, 2), "2 0 0 5")
    assert joined(simple["identity"](MATRIX)) == ((2, 2), "1 0 0 1")
    assert joined(simple["identity"](VECTOR)) == ((3, 3), "1 0 0 0 1 0 0 0 1")
    for name, A in (
        ("columns", VECTOR),
        ("rows", SCALAR),
        ("diagonal", MATRIX),
        ("diagonal", SCALAR),
        ("identity", SCALAR),
    ):
        with pytest.raises(Undefined):
            simple[name](A)


@pytest.mark.parametrize("f", [matrices.inverse, matrices.determinant, lambda A: matrices.eigenvalue(0, A)])
def test_only_square_matrices_have_them(f: Callable[[Value], Value]) -> None:
    for A in (MATRIX, VECTOR, SCALAR, value([1, 2])):
        with pytest.raises(Undefined, match="of shape"):
            f(A)


def test_inverses_and_determinants_are_exact_or_enclosed() -> None:
    A = value([1, 2], [3, 5])
    assert joined(matrices.inverse(A)) == ((2, 2), "-5 2 3 -1")
    assert joined(matrices.determinant(SQUARE)) == ((), "-3")
    assert joined(matrices.rank(MATRIX)) == ((), "2")
    assert joined(matrices.rank(value([1, 2], [2, 4]))) == ((), "1")
    mixed = Value((2, 2), [fmpq(1), arb(2), fmpq(3), fmpq(5)])
    assert all(
        isinstance(x, arb) and x.contains(y)
        for x, y in zip(matrices.inverse(mixed).entries, (-5, 2, 3, -1), strict=True)
    )
    found = matrices.determinant(mixed).entries[0]
    assert isinstance(found, arb)
    assert found.contains(-1)
    for bad in (mixed, VECTOR):
        with pytest.raises(Undefined, match="rank"):
            matrices.rank(bad)
    with pytest.raises(Undefined, match="not certainly invertible"):
        matrices.inverse(value([1, 2], [2, 4]))


def test_long_rationals_are_enclosed() -> None:
    """A minor is as long as all entries together, so an elimination of long rationals would take minutes."""
    most = num.MAX_EXACT_BITS // 4
    short, long = (value([fmpq(2**bits + 1), 1], [3, fmpq(2**bits + 1)]) for bits in (400, 2 * most))
    assert all(isinstance(f(short).entries[0], fmpq) for f in (matrices.inverse, matrices.determinant, matrices.rank))
    true = fmpq(2 ** (2 * most) + 1) ** 2 - 3
    found = matrices.determinant(long).entries[0]
    assert isinstance(found, arb)
    assert found.contains(true)
    assert isinstance(matrices.inverse(long).entries[0], arb)
    with pytest.raises(Undefined, match="long ones"):
        matrices.rank(long)
    x = fmpq(2**num.MAX_SPECTRAL_BITS)
    assert num.eigenvalue(1, value([2, 0], [0, 5])) == 5
    assert isinstance(num.eigenvalue(1, value([2 / x, 0], [0, 5])), arb)
    n = matrices.MAX_EXACT
    full = Value((n, n), [fmpq(10**190 + i, 10**190 - i) + n * (i % (n + 1) == 0) for i in range(n * n)])
    start = time.process_time()
    assert isinstance(matrices.inverse(full).entries[0], arb)
    assert time.process_time() - start < 5


def test_every_eigenvalue_of_the_symmetric_part() -> None:
    """Of a matrix whose symmetric part has 1, 2, 4 and 8 on the diagonal, in another order."""
    A = Value((4, 4), [fmpq(0)] * 16)
    for i, x in enumerate((4, 1, 8, 2)):
        A.entries[5 * i] = fmpq(x)
    A.entries[1], A.entries[4] = fmpq(3), fmpq(-3)  # not symmetric; the part is the same
    for number, true in enumerate((1, 2, 4, 8)):
        found: Real = matrices.eigenvalue(number, A)
        ball = found if isinstance(found, arb) else arb(found)
        assert abs(ball - true) < 1e-12
    with pytest.raises(Undefined, match="no eigenvalue number 4"):
        matrices.eigenvalue(4, A)
    assert matrices.eigenvalue(0, value([7])) == 7
    two = value([2, 0], [0, 5])
    assert [float(arb(matrices.eigenvalue(number, two)).mid()) for number in (0, 1)] == pytest.approx([2, 5])


W = leaf("W", 0, "bound")
AT = ["entry", [0], [0, 0]]
"""t + 1, at the time t of a sum."""
OVER: list[tuple[Any, str]] = [
    (["first_over_time", [], [0, [W, AT, const("2"), ["sub", [1, 2], None]]]], "1"),
    (["first_over_time", [], [0, [W, AT]]], "0"),
    (["first_over_time", [], [0, [W, AT, const("9"), ["sub", [1, 2], None]]]], "3"),
    (["most_over_time", [], [0, [W, AT]]], "3"),
    (["most_over_time", [], [1, [W, AT]]], "2"),
    (["sum_over_time", [], [0, [["sum_over_time", [], [0, [W, AT], True]]]]], "8"),
    (
        ["sum_over_time", [], [0, [["sum_over_time", [], [0, [["sum_over_time", [], [0, [W, AT], True]]], True]]]]],
        "3",
    ),
]


@pytest.mark.parametrize(("node", "found"), OVER, ids=str)
def test_what_is_taken_over_time(node: Any, found: str) -> None:
    assert run(node) == ((), [found])


def test_what_takes_other_parts_is_not_read() -> None:
    for nodes in (
        [const("1"), const("1"), ["sum_over_time", [0, 1], [0, [W, AT]]]],
        [X, ["slice", [0], []]],
        [X, ["slice", [0], [[None, None, None]] * 3]],
        [X, ["slice", [0], [[None, None, 0]]]],
        [X, X, ["stack", [0, 1], 2]],
        [X, ["eigenvalue", [0], -1]],
        [["sum_over_time", [], [0, [W, AT], False]]],
    ):
        with pytest.raises(MalformedDocument):
            formula.read(nodes, "p")


def test_a_sign_that_is_not_certain_is_no_answer() -> None:
    """``exp log 2 − 2``, of which only a ball around 0 is known."""
    nearly = [W, AT, const("1"), ["add", [1, 2], None], ["log", [3], None], ["exp", [4], None], ["sub", [5, 3], None]]
    with pytest.raises(Undefined, match="not certain whether it holds at time 0"):
        run(["first_over_time", [], [0, nearly]])


SAID: list[tuple[list[Any], str]] = [
    ([X, ["smallest", [0], None], const("2"), ["add", [1, 2], None]], "min(X) + 2"),
    ([X, ["largest", [0], None], ["total", [0], None], ["mul", [1, 2], None]], "max(X) · sum(X)"),
    ([Y, ["pow", [0], -2], ["neg", [1], None], ["total", [2], None]], "sum(−y^(-2))"),
    ([X, ["slice", [0], [[0, 1, None], [None, None, 2]]], ["norm", [1], None]], "‖X[0:1, ::2]‖"),
    ([X, ["entry", [0], [1, 2]]], "X[1, 2]"),
    (
        [
            *(leaf("W", 0, "start"), leaf("b"), leaf("beta", 0, "end"), ["matmul", [0, 1], None]),
            *(["min", [3, 2], None], ["abs", [4], None], ["norm", [5], None]),
        ],
        "‖|min(W(0) @ b, β(T))|‖",
    ),
    ([["sum_over_time", [], [1, [leaf("W", 1, "bound"), ["entry", [0], [0, 0]]]]]], "Σ_(t < T) W(t + 1)[0, 0]"),
    (
        [
            const("-1/2"),
            const("3"),
            ["div", [0, 1], None],
            ["psi", [2], None],
            ["slope", [3], None],
            ["sqrt", [4], None],
        ],
        "√(ψ'(ψ((-1/2)/3)))",
    ),
    ([X, ["eigenvalue", [0], 1]], "λ_2(X)"),
    ([["state", [], [1, "x", 2, "end"]], ["norm", [0], None]], "‖x(T − 2) of run 2‖"),
    ([["state", [], [0, "x", 0, "start"]], ["norm", [0], None]], "‖x(0) of run 1‖"),
    ([X, ["transpose", [0], None], ["row_norms", [1], None], ["total", [2], None]], "sum(row_norms(Xᵀ))"),
    ([const("0"), ["exp", [0], None]], "exp(0)"),
]


@pytest.mark.parametrize(("nodes", "text"), SAID, ids=[text for _, text in SAID])
def test_margins_are_written_as_they_are_meant(nodes: list[Any], text: str) -> None:
    program = formula.read(nodes, "p")
    assert words._Writer().statement(program, True) == f"{text} > 0"
    assert words._Writer().statement(program, False) == f"{text} ≥ 0"
    assert words._Writer().alternatives([(program, True), (program, False)]) == f"({text} > 0 or {text} ≥ 0)"


@pytest.mark.parametrize(
    ("nodes", "ahead"),
    [
        ([X], False),
        ([leaf("eta")], False),
        ([leaf("W", 0, "start")], False),
        ([leaf("W", 1, "start")], True),
        ([leaf("W", 0, "end")], True),
        ([leaf("W", 0, "start"), leaf("beta", 0, "end")], True),
        ([["state", [], [0, "x", 0, "start"]]], True),
        ([["sum_over_time", [], [0, [X, FIRST]]]], True),  # as often as there are times
        ([["sum_over_time", [], [0, [W, AT]]]], True),
    ],
    ids=str,
)
def test_what_speaks_of_a_later_state(nodes: list[Any], ahead: bool) -> None:
    assert formula.looks_ahead(formula.read(nodes, "p")) is ahead
