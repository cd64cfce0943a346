"""Numbers, formulas and counterexamples of the checker, one operation at a time: exact values, balls, refusals."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from fractions import Fraction as F  # noqa: N817
from typing import Any

import pytest
from flint import arb, ctx, fmpq

from fa_theory.checker.counterexample import formula, network, numbers, violation
from fa_theory.checker.counterexample.numbers import ONE, ZERO, Undefined, Value
from fa_theory.checker.counterexample.rules import FEEDBACK
from fa_theory.checker.counterexample.stated import conjecture_digest
from fa_theory.checker.document import MalformedDocument, digest
from fa_theory.checker.recheck import recheck

Q = fmpq


def same(x: Any, value: Any) -> bool:
    """Whether x is this rational, exactly."""
    return isinstance(x, fmpq) and x == value


def holds_all(ball: Any, *points: float) -> bool:
    """Whether the ball contains all points."""
    return isinstance(ball, arb) and all(ball.contains(arb(t)) for t in points)


# numbers


@pytest.mark.parametrize("text", ["0", "-3/5", "7", "1" * 400])
def test_rationals_are_read(text: str) -> None:
    assert str(numbers.rational(text, "x")) == text


@pytest.mark.parametrize(
    "value",
    [
        *("-0", "2/4", "3/1", "1/0", "0/1", "0/0", "007", "+1", "1.5", "1e3", " 1", "1\n", "", "1" * 401, "٣", "1/-2"),
        *("nan", 3, 0.5, None, True, ["1"], {"1": 1}),
    ],
)
def test_nothing_else_is_a_rational(value: Any) -> None:
    with pytest.raises(MalformedDocument, match=r"^x: expected a rational such as .* but got .{1,61}$"):
        numbers.rational(value, "x")


def test_numbers_stay_rational_while_they_are_short() -> None:
    longest = Q(2**1024 - 1)
    assert same(numbers.kept(longest), longest)
    assert isinstance(numbers.kept(longest + 1), arb)
    assert isinstance(numbers.mul(longest, Q(2)), arb)
    assert isinstance(numbers.add(longest, ONE), arb)
    assert isinstance(numbers.sub(-longest, ONE), arb)
    assert isinstance(numbers.div(ONE, numbers.mul(Q(2**1023), Q(1))), fmpq)
    for bad in (arb("nan"), arb("inf"), arb(0, "inf")):
        with pytest.raises(Undefined):
            numbers.kept(bad)
    assert numbers.is_exactly(Q(0), 0)
    assert not numbers.is_exactly(Q(1), 0)
    assert not numbers.is_exactly(arb(0), 0)


def test_arithmetic() -> None:
    third, ball = Q(1, 3), arb(2, 1)
    assert same(numbers.add(third, third), Q(2, 3))
    assert same(numbers.sub(third, ONE), Q(-2, 3))
    assert same(numbers.mul(third, Q(3)), 1)
    assert same(numbers.div(third, Q(2)), Q(1, 6))
    assert same(numbers.mul(ZERO, ball), 0)
    assert same(numbers.mul(ball, ZERO), 0)
    assert holds_all(numbers.mul(ball, ball), 1, 9)
    assert holds_all(numbers.add(ball, third), 4 / 3 + 1e-9, 10 / 3 - 1e-9)
    assert holds_all(numbers.div(ONE, ball), 1, 1 / 3 + 1e-9)
    assert [str(numbers.absolute(Q(x))) for x in (-3, 0, 3)] == ["3", "0", "3"]
    assert holds_all(numbers.absolute(arb(-2, 1)), 1, 3)
    assert holds_all(numbers.absolute(arb(0, 1)), 0, 1)
    assert not numbers.absolute(arb(-2, 0.5)) < 1
    for divisor in (ZERO, arb(0), arb(0, 1), arb(1, 1)):
        with pytest.raises(Undefined):
            numbers.div(ONE, divisor)
    assert [str(numbers.power(Q(-2), i)) for i in (0, 1, 2, 3, -1, -3)] == ["1", "-2", "4", "-8", "-1/2", "-1/8"]
    assert same(numbers.power(ZERO, 0), 1)
    with pytest.raises(Undefined):
        numbers.power(ZERO, -1)


def test_functions() -> None:
    assert same(numbers.exp(ZERO), 1)
    assert numbers.exp(Q(1)).overlaps(arb(1).exp())
    assert same(numbers.log(ONE), 0)
    assert numbers.log(Q(2)).overlaps(arb(2).log())
    for bad in (ZERO, Q(-1), arb(0, 1)):
        with pytest.raises(Undefined):
            numbers.log(bad)
    assert [str(numbers.root(Q(*x))) for x in ((4, 9), (0, 1), (1, 4), (49, 1))] == ["2/3", "0", "1/2", "7"]
    for x in (Q(2), Q(1, 2), Q(4, 3), Q(3, 4), Q(2, 9), Q(10)):
        root = numbers.root(x)
        assert isinstance(root, arb)
        assert (root * root).contains(arb(x).mid())
        assert root > 0
    for bad in (Q(-1), Q(-4, 9), arb(0, 1), arb(-2)):
        with pytest.raises(Undefined):
            numbers.root(bad)
    assert holds_all(numbers.root(arb(0, 4), square=True), 0, 2)
    assert not numbers.root(arb(0, 4), square=True) > 0
    assert holds_all(numbers.root(arb(0, 0.25), square=True), 0.5)
    assert holds_all(numbers.root(arb(-1, 0.5), square=True), 0)
    assert holds_all(numbers.root(arb(4, 1), square=True), 1.75, 2.2)
    assert numbers.root(arb(4, 1), square=True) > 1.7
    assert [str(numbers.sign(Q(x))) for x in (-7, 0, 7)] == ["-1", "0", "1"]
    assert same(numbers.sign(arb(2, 1)), 1)
    assert same(numbers.sign(arb(-2, 1)), -1)
    for unsure in (arb(0, 1), arb(1, 1), arb(-1, 1), arb(0)):
        assert holds_all(numbers.sign(unsure), -1, 0, 1) or unsure.is_exact()
    assert holds_all(numbers.sign(arb(0)), 0)


def test_extremes() -> None:
    assert same(numbers.extreme("min", Q(1), Q(2)), 1)
    assert same(numbers.extreme("min", Q(2), Q(1)), 1)
    assert same(numbers.extreme("max", Q(1), Q(2)), 2)
    assert same(numbers.extreme("max", Q(2), Q(1)), 2)
    low, high = arb(0, 1), arb(3, 1)
    for pair in ((low, high), (high, low)):
        assert numbers.extreme("min", *pair) is low
        assert numbers.extreme("max", *pair) is high
    a, b = arb(0, 1), arb(0.5, 1)
    for pair in ((a, b), (b, a)):
        assert holds_all(numbers.extreme("min", *pair), -1, 1)
        assert holds_all(numbers.extreme("max", *pair), -0.5, 1.5)
    assert holds_all(numbers.extreme("max", Q(0), arb(0, 1)), 0, 1)
    assert not numbers.extreme("max", Q(1), arb(0, 2)) < 1


def test_activations_of_rationals() -> None:
    for name in ("linear", "relu", "tanh", "erf"):
        assert same(numbers.activate("psi", name, ZERO), 0)
    expected = {"linear": "1", "relu": "0", "tanh": "1", "sigmoid": "1/4", "softplus": "1/2"}
    assert {name: str(numbers.activate("slope", name, ZERO)) for name in expected} == expected
    assert same(numbers.activate("psi", "sigmoid", ZERO), Q(1, 2))
    assert numbers.activate("psi", "softplus", ZERO).overlaps(arb(2).log())
    assert numbers.activate("slope", "erf", ZERO).overlaps(2 / arb.pi().sqrt())
    for x, value, slope in ((Q(5, 3), "5/3", "1"), (Q(-5, 3), "0", "0"), (ZERO, "0", "0")):
        assert str(numbers.activate("psi", "relu", x)) == value
        assert str(numbers.activate("slope", "relu", x)) == slope
    assert same(numbers.activate("psi", "linear", Q(2, 7)), Q(2, 7))
    assert holds_all(numbers.activate("slope", "relu", arb(0, 1)), 0, 1)
    assert holds_all(numbers.activate("psi", "relu", arb(0, 1)), 0, 1)
    assert numbers.activate("psi", "tanh", ONE).overlaps(arb(1).tanh())
    assert numbers.activate("slope", "tanh", ONE).overlaps(1 - arb(1).tanh() ** 2)
    assert numbers.activate("psi", "tanh", arb(0)).contains(0)


def value(*rows: Any) -> Value:
    """A number, vector or matrix of whole numbers."""
    if not isinstance(rows[0], list):
        return Value((len(rows),), [Q(x) for x in rows])
    return Value((len(rows), len(rows[0])), [Q(x) for row in rows for x in row])


def shown(v: Value) -> tuple[tuple[int, ...], list[str]]:
    return v.shape, [str(x) for x in v.entries]


SCALAR, VECTOR, MATRIX = Value((), [Q(10)]), value(1, 2, 3), value([1, 2, 3], [4, 5, 6])


def test_arrays() -> None:
    assert shown(numbers.entrywise(numbers.add, MATRIX, VECTOR)) == ((2, 3), ["2", "4", "6", "5", "7", "9"])
    assert shown(numbers.entrywise(numbers.sub, VECTOR, SCALAR)) == ((3,), ["-9", "-8", "-7"])
    assert shown(numbers.entrywise(numbers.sub, SCALAR, VECTOR)) == ((3,), ["9", "8", "7"])
    assert shown(numbers.entrywise(numbers.absolute, MATRIX)) == shown(MATRIX)
    for other in (value(1, 2), value([1], [2]), value([1, 2, 3])):
        with pytest.raises(Undefined, match="combines shapes"):
            numbers.entrywise(numbers.add, MATRIX, other)
    assert shown(numbers.transpose(MATRIX)) == ((3, 2), ["1", "4", "2", "5", "3", "6"])
    assert numbers.size((2, 3)) == 6
    assert numbers.size(()) == 1
    assert MATRIX.rows() == [[1, 2, 3], [4, 5, 6]]
    assert VECTOR.rows() == [[1, 2, 3]]
    assert SCALAR.rows() == [[10]]
    assert same(numbers.dot(VECTOR.entries, VECTOR.entries), 14)
    with pytest.raises(ValueError, match="shorter"):
        numbers.dot(VECTOR.entries, [ONE])
    assert shown(numbers.matmul(MATRIX, VECTOR)) == ((2,), ["14", "32"])
    assert shown(numbers.matmul(VECTOR, VECTOR)) == ((), ["14"])
    assert shown(numbers.matmul(value(1, 2), MATRIX)) == ((3,), ["9", "12", "15"])
    assert shown(numbers.matmul(MATRIX, numbers.transpose(MATRIX))) == ((2, 2), ["14", "32", "32", "77"])
    for pair in ((MATRIX, MATRIX), (SCALAR, VECTOR), (VECTOR, SCALAR), (VECTOR, value(1, 2)), (value(1), MATRIX)):
        with pytest.raises(Undefined, match="multiplies shapes"):
            numbers.matmul(*pair)
    assert same(numbers.norm([Q(3), Q(-4)]), 5)
    assert same(numbers.trace(value([1, 7], [8, 3])), 4)
    for f in (numbers.trace, lambda v: numbers.eigenvalue(0, v), lambda v: numbers.eigenvalue(1, v)):
        for other in (MATRIX, VECTOR, SCALAR):
            with pytest.raises(Undefined, match="of shape"):
                f(other)


def test_eigenvalues() -> None:
    def extremes(*rows: list[int]) -> list[Any]:
        return [numbers.eigenvalue(which, value(*rows)) for which in (0, 1)]

    assert [str(x) for x in extremes([0, 2], [0, 0])] == ["-1", "1"]  # of the symmetric part
    assert [str(x) for x in extremes([3])] == ["3", "3"]
    assert [str(x) for x in extremes([-2, 0, 0], [0, 5, 0], [0, 0, 1])] == ["-2", "5"]
    low, high = extremes([2, 1, 0], [1, 1, 0], [0, 0, 1])  # 1 is an eigenvalue between the others
    assert low.overlaps((3 - arb(5).sqrt()) / 2)
    assert high.overlaps((3 + arb(5).sqrt()) / 2)
    low, high = extremes([2, 1, 0], [1, 1, 0], [0, 0, 3])  # 3 is the largest, but not the least
    assert low.overlaps((3 - arb(5).sqrt()) / 2)
    assert same(high, 3)
    low, high = extremes([2, 1, 0], [1, 1, 0], [0, 0, 0])
    assert same(low, 0)
    assert high.overlaps((3 + arb(5).sqrt()) / 2)
    for n, exact in ((8, True), (9, False)):
        found = numbers.eigenvalue(0, value(*([int(i == j) for j in range(n)] for i in range(n))))
        assert isinstance(found, fmpq) is exact
        assert found == 1 or holds_all(found, 1)
    half = Value((2, 2), [Q(3, 5), Q(1, 7), Q(1, 7), Q(3, 5)])
    assert [str(numbers.eigenvalue(which, half)) for which in (0, 1)] == ["16/35", "26/35"]
    mixed = Value((2, 2), [arb(2, 0.1), ZERO, ZERO, Q(1)])
    assert holds_all(numbers.eigenvalue(1, mixed), 1.95, 2.05)
    assert holds_all(numbers.eigenvalue(0, mixed), 1)


# programs


def machine(steps: int = 2) -> formula.Machine:
    """States W(t) = β(t) = [[t + 1]], y = (1, 2, 3), X = [[1, 2, 3], [4, 5, 6]]."""
    data = {"X": MATRIX, "y": VECTOR, "b": VECTOR, "eta": SCALAR, "lam": SCALAR}
    data |= {name: formula.constant(i) for i, name in enumerate("ndpT")}
    made = formula.Machine("relu", data)
    made.states += [{"W": value([t + 1, -t]), "beta": value(t + 1, 5)} for t in range(steps + 1)]
    return made


def const(text: str) -> list[Any]:
    return ["const", [], text]


X, Y = ["leaf", [], ["X"]], ["leaf", [], ["y"]]


def run(*nodes: list[Any]) -> tuple[tuple[int, ...], list[str]]:
    return shown(machine().run(formula.read(list(nodes), "p")))


def leaf(*extra: Any) -> list[Any]:
    return ["leaf", [], list(extra)]


SUM = ["sum_over_time", []]
LEAST = ["least_over_time", []]
FIRST = ["entry", [0], [0, 0]]
VALUES: list[tuple[list[Any], tuple[int, ...], str]] = [
    ([const("-1/2")], (), "-1/2"),
    ([Y], (3,), "1 2 3"),
    ([leaf("n")], (), "0"),
    ([leaf("W", 0, "start")], (1, 2), "1 0"),
    ([leaf("W", 1, "start")], (1, 2), "2 -1"),
    ([leaf("beta", 0, "end")], (2,), "3 5"),
    ([leaf("beta", 1, "end")], (2,), "2 5"),
    ([leaf("W", 2, "start")], (1, 2), "3 -2"),
    ([const("2"), const("3"), ["add", [0, 1], None]], (), "5"),
    ([const("2"), const("3"), ["sub", [0, 1], None]], (), "-1"),
    ([const("2"), const("3"), ["mul", [0, 1], None]], (), "6"),
    ([const("2"), const("3"), ["div", [0, 1], None]], (), "2/3"),
    ([const("2"), const("3"), const("1"), ["min", [0, 1, 2], None]], (), "1"),
    ([const("2"), const("3"), const("1"), ["max", [0, 1, 2], None]], (), "3"),
    ([const("2"), ["max", [0], None]], (), "2"),
    ([Y, ["neg", [0], None]], (3,), "-1 -2 -3"),
    ([Y, ["neg", [0], None], ["abs", [1], None]], (3,), "1 2 3"),
    ([Y, ["neg", [0], None], ["sign", [1], None]], (3,), "-1 -1 -1"),
    ([const("4/9"), ["sqrt", [0], None]], (), "2/3"),
    ([const("0"), ["exp", [0], None]], (), "1"),
    ([const("1"), ["log", [0], None]], (), "0"),
    ([X, ["total", [0], None]], (), "21"),
    ([X, ["mean", [0], None]], (), "7/2"),
    ([X, ["smallest", [0], None]], (), "1"),
    ([X, ["largest", [0], None]], (), "6"),
    ([leaf("W", 0, "start"), ["norm", [0], None]], (), "1"),
    ([Y, Y, ["outer", [0, 1], None], ["trace", [2], None]], (), "14"),
    ([Y, Y, ["outer", [0, 1], None], ["eigmax", [2], None]], (), "14"),
    ([Y, Y, ["outer", [0, 1], None], ["eigmin", [2], None]], (), "0"),
    ([Y, X, ["row_norms", [1], None], ["entry", [0], [2]]], (), "3"),
    ([leaf("W", 1, "start"), ["psi", [0], None]], (1, 2), "2 0"),
    ([leaf("W", 1, "start"), ["slope", [0], None]], (1, 2), "1 0"),
    ([Y, ["pow", [0], 2]], (3,), "1 4 9"),
    ([Y, ["pow", [0], -1]], (3,), "1 1/2 1/3"),
    ([X, ["entry", [0], [1, 2]]], (), "6"),
    ([X, Y, ["matmul", [0, 1], None]], (2,), "14 32"),
    ([Y, leaf("beta", 0, "start"), ["outer", [0, 1], None]], (3, 2), "1 5 2 10 3 15"),
    ([X, ["transpose", [0], None]], (3, 2), "1 4 2 5 3 6"),
    ([["const", [], "0"], leaf("W", 0, "start"), ["row_norms", [1], None]], (1,), "1"),
    ([[*SUM, [0, [leaf("W", 0, "bound"), FIRST]]]], (), "6"),
    ([[*SUM, [1, [leaf("W", 1, "bound"), FIRST]]]], (), "5"),
    ([[*LEAST, [0, [leaf("W", 0, "bound"), FIRST]]]], (), "1"),
    ([[*LEAST, [1, [leaf("W", 1, "bound"), FIRST]]]], (), "2"),
    ([[*LEAST, [0, [leaf("W", 0, "bound"), ["entry", [0], [0, 1]]]]]], (), "-2"),
    ([[*SUM, [0, [[*SUM, [0, [leaf("W", 0, "bound"), FIRST]]]]]]], (), "18"),
]


@pytest.mark.parametrize("number", range(len(VALUES)))
def test_programs_have_their_values(number: int) -> None:
    nodes, shape, entries = VALUES[number]
    assert run(*nodes) == (shape, entries.split())


def test_over_no_time_there_is_nothing() -> None:
    assert shown(machine(0).run(formula.read([[*SUM, [1, [const("5")]]]], "p"))) == ((), ["0"])
    with pytest.raises(Undefined, match="the least of no numbers"):
        machine(0).run(formula.read([[*LEAST, [1, [const("5")]]]], "p"))


def test_a_statement_about_every_step_of_a_run_without_steps_is_true() -> None:
    every_step = [*LEAST, [1, [const("-1")]]]
    assert answer(network__steps=1, conclusion=[one(every_step)]) == ""
    for strict in (False, True):
        refused = answer(network__steps=0, conclusion=[one(every_step, strict=strict)])
        assert "nothing certainly violates it: it speaks of every step, and the run has none" in refused
    assumed = {"a": [one(every_step)]}
    assert answer(network__steps=0, hypotheses=assumed) == ""
    assert "hypothesis" in answer(network__steps=1, hypotheses=assumed)
    # the least of nothing is no number that could be computed with
    assert "the least of no numbers" in answer(network__steps=0, conclusion=[one(every_step, ["neg", [0], None])])
    at_every_state = [*LEAST, [0, [const("-1")]]]
    assert answer(network__steps=0, conclusion=[one(at_every_state)]) == ""


UNDEFINED = [
    ([Y, X, ["add", [0, 1], None], ["trace", [2], None]], "trace"),
    ([Y, ["transpose", [0], None]], "takes the transpose of shape"),
    ([Y, ["row_norms", [0], None]], "takes the row_norms of shape"),
    ([Y, ["eigmin", [0], None]], "eigenvalues of shape"),
    ([const("1"), ["eigmax", [0], None]], "eigenvalues of shape"),
    ([Y, ["entry", [0], [3]]], "takes entry"),
    ([Y, ["entry", [0], [0, 0]]], "takes entry"),
    ([X, ["entry", [0], [2, 0]]], "takes entry"),
    ([X, ["entry", [0], [0, 3]]], "takes entry"),
    ([X, ["entry", [0], [0]]], "takes entry"),
    ([const("1"), ["entry", [0], [0]]], "takes entry"),
    ([leaf("W", 3, "start")], "step 3 of a run of 2"),
    ([leaf("W", 3, "end")], "step -1 of a run"),
    ([[*SUM, [0, [leaf("W", 1, "bound"), FIRST]]]], "step 3"),
    ([[*SUM, [0, [Y]]]], "must be a number"),
    ([const("1"), Y, ["matmul", [0, 1], None]], "multiplies"),
    ([const("1"), X, ["matmul", [1, 0], None]], "multiplies"),
]


@pytest.mark.parametrize("number", range(len(UNDEFINED)))
def test_what_has_no_value_is_undefined(number: int) -> None:
    nodes, reason = UNDEFINED[number]
    with pytest.raises(Undefined, match=reason):
        run(*nodes)


ONE_NODE = const("1")
MALFORMED: list[Any] = [
    None,
    [],
    {},
    "const",
    [None],
    [[]],
    [["const", []]],
    [["const", [], "1", None]],
    [["const", None, "1"]],
    [["const", [0], "1"]],
    [["const", [], 1]],
    [["unknown", [], None]],
    [[["const"], [], "1"]],
    [ONE_NODE, ["neg", [1], None]],
    [ONE_NODE, ["neg", [-1], None]],
    [ONE_NODE, ["neg", [True], None]],
    [ONE_NODE, ["neg", ["0"], None]],
    [ONE_NODE, ["neg", [0, 0], None]],
    [ONE_NODE, ["neg", [], None]],
    [ONE_NODE, ["neg", [0], 1]],
    [ONE_NODE, ["neg", [0], []]],
    [ONE_NODE, ["add", [0], None]],
    [ONE_NODE, ["add", [0, 0, 0], None]],
    [ONE_NODE, ["min", [], None]],
    [ONE_NODE, ["min", [0] * 4001, None]],
    [ONE_NODE, ["pow", [0], 65]],
    [ONE_NODE, ["pow", [0], -65]],
    [ONE_NODE, ["pow", [0], True]],
    [ONE_NODE, ["pow", [0], None]],
    [ONE_NODE, ["pow", [0], "2"]],
    [Y, ["entry", [0], []]],
    [Y, ["entry", [0], [0, 0, 0]]],
    [Y, ["entry", [0], [-1]]],
    [Y, ["entry", [0], [True]]],
    [Y, ["entry", [0], None]],
    [Y, ["entry", [0], 0]],
    [leaf()],
    [leaf("W")],
    [leaf("X", 0, "start")],
    [leaf("W", 0)],
    [leaf("W", 0, "middle")],
    [leaf("W", -1, "start")],
    [leaf("W", 0.0, "start")],
    [leaf("W", 10**16, "start")],
    [leaf("the ta")],
    [leaf(["X"])],
    [leaf(["W"], 0, "start")],
    [["leaf", [], None]],
    [["leaf", [], "X"]],
    [[*SUM, None]],
    [[*SUM, [-2, [ONE_NODE]]]],
    [[*SUM, [-1, [ONE_NODE]]]],
    [[*SUM, [True, [ONE_NODE]]]],
    [[*SUM, [0]]],
    [[*SUM, [0, []]]],
    [[*SUM, [0, [ONE_NODE], 0]]],
    [ONE_NODE] * 4001,
]


@pytest.mark.parametrize("number", range(len(MALFORMED)))
def test_nothing_else_is_a_program(number: int) -> None:
    with pytest.raises(MalformedDocument, match=r"^p"):
        formula.read(MALFORMED[number], "p")


def deep(levels: int) -> list[Any]:
    body: list[Any] = [ONE_NODE]
    for _ in range(levels):
        body = [[*SUM, [0, body]]]
    return body


def test_limits_of_programs() -> None:
    assert len(formula.read([ONE_NODE] * 4000, "p")) == 4000
    assert formula.read([ONE_NODE, ["min", [0] * 4000, None]], "p")
    assert [formula.read([ONE_NODE, ["pow", [0], i]], "p")[1].extra for i in (64, -64, 0)] == [64, -64, 0]
    assert run(*deep(3)) == ((), ["27"])
    with pytest.raises(MalformedDocument, match="nested 3 deep"):
        formula.read(deep(4), "p")


# 10 for every operation that is paid for, 10 for every node and 4 for every number of its value, and the work itself
COSTS = [
    ([ONE_NODE], 24),
    ([Y], 32),
    ([Y, ["neg", [0], None]], 67),
    ([const("0"), ["exp", [0], None]], 68),
    ([const("1"), ["log", [0], None]], 68),
    ([X, ["total", [0], None]], 74),
    ([Y, Y, ["add", [0, 1], None]], 102),
    ([X, Y, ["add", [0, 1], None]], 132),
    ([X, Y, ["matmul", [0, 1], None]], 129),
    ([X, ["transpose", [0], None], ["matmul", [0, 1], None]], 164),
    ([Y, ["pow", [0], -5]], 92),
    ([Y, ["psi", [0], None]], 137),
    ([Y, Y, ["outer", [0, 1], None]], 145),
    ([Y, Y, ["outer", [0, 1], None], ["eigmin", [2], None]], 2888),
    ([const("1"), ["norm", [0], None]], 49),
    ([[*SUM, [0, [ONE_NODE, ONE_NODE]]]], 168),
    ([[*SUM, [1, [ONE_NODE, ONE_NODE]]]], 120),
]


@pytest.mark.parametrize("number", range(len(COSTS)))
def test_work_is_counted_and_limited(number: int) -> None:
    nodes, cost = COSTS[number]
    counted = machine()
    program = formula.read(nodes, "p")
    counted.run(program)
    assert counted.left == formula.BUDGET - cost
    exactly_enough = machine()
    exactly_enough.left = cost
    exactly_enough.run(program)
    too_little = machine()
    too_little.left = cost - 1
    with pytest.raises(Undefined, match="cost"):
        too_little.run(program)


def test_long_numbers_cost_more() -> None:
    def cost(bits: int, *nodes: Any) -> int:
        counted = machine()
        counted.run(formula.read([["array", [], [str(2**bits)]], *nodes], "p"))
        return formula.BUDGET - counted.left

    for node, work in ((["mul", [0, 0], None], 2), (["matmul", [0, 0], None], 3), (["pow", [0], 5], 6)):
        assert cost(3 * formula.LONG, node) == cost(formula.LONG - 2, node) + 3 * work
    with ctx.workprec(formula.LONG_BALL - 1):
        assert cost(1) == 24
    with ctx.workprec(2 * formula.LONG_BALL):
        assert cost(1) == 3 * 24


# counterexamples


def sealed(doc: dict[str, Any]) -> dict[str, Any]:
    doc["conjecture"]["digest"] = conjecture_digest(doc)
    return doc | {"digest": digest(doc)}


def one(*nodes: Any, strict: bool = False) -> dict[str, Any]:
    return {"program": list(nodes), "strict": strict}


def h(x: float) -> str:
    return str(F(x))


DOCUMENT: dict[str, Any] = {
    "format": "fa-theory-certificate/1",
    "kind": "counterexample",
    "conjecture": {"name": "n", "title": "title", "digest": ""},
    "domain": {
        "n": [2, 3],
        "d": [2, 3],
        "p": [2, 3],
        "steps": [0, 3],
        "k": None,
        "eta": [h(0.25), h(1)],
        "lam": [h(0), h(1)],
        "activation": ["linear", "relu"],
        "cutoff": None,
        "W_scale": h(1),
        "beta_scale": h(1),
        "inputs": "gaussian",
        "targets": "gaussian",
        "feedback": "gaussian",
        "rule": "fa",
    },
    "network": {
        "X": [["3/5", "4/5"], ["-4/5", "3/5"]],
        "y": ["1", "-1/2"],
        "W": [["1", "2"], ["-1", "1/2"]],
        "beta": ["1", "-1"],
        "b": ["1", "-1"],
        "eta": "1/2",
        "lam": "1/4",
        "activation": "linear",
        "rule": "fa",
        "cutoff": None,
        "steps": 2,
    },
    "hypotheses": {},
    "conclusion": [one(const("-1"))],
    "precision": 64,
    "digest": "",
}


def changed(**changes: Any) -> dict[str, Any]:
    """The document with entries like ``network__eta`` changed."""
    doc = copy.deepcopy(DOCUMENT)
    for path, new in changes.items():
        *parents, last = path.split("__")
        place = doc
        for key in parents:
            place = place[key]
        place[last] = new
    return sealed(doc)


def answer(**changes: Any) -> str:
    """Why the document is refused; nothing if it is valid."""
    try:
        verdict = recheck(changed(**changes))
    except MalformedDocument as error:
        return f"malformed: {error}"
    return "" if verdict.valid else verdict.reason


NULL = h(0)
INSIDE: list[dict[str, Any]] = [
    {},
    {"domain__inputs": "sphere"},
    {"domain__inputs": "ball"},
    {"domain__inputs": "orthonormal"},
    {"domain__inputs": "ball", "network__X": [["3/5", "1/5"], ["0", "0"]]},
    {"domain__targets": "bounded"},
    {"domain__targets": "zero", "network__y": ["0", "0"]},
    {"domain__feedback": "sign"},
    {"domain__feedback": "tied"},
    {"domain__feedback": "tied", "network__b": ["2", "3"], "network__beta": ["2", "3"]},
    {"domain__W_scale": NULL, "network__W": [["0", "0"], ["0", "0"]]},
    {"domain__beta_scale": NULL, "network__beta": ["0", "0"]},
    {"domain__cutoff": 3, "network__cutoff": 3},
    {"network__activation": "relu"},
    {"network__eta": "1"},
    {"network__eta": "1/4"},
    {"network__lam": "0"},
    {"network__steps": 0},
    {"network__steps": 3},
    {"precision": 4096},
    {"precision": 32},
    {"network__y": [["1", "1"]] * 2, "network__b": [["1", "1"]] * 2, "network__beta": [["1", "1"]] * 2}
    | {"domain__k": [1, 2]},
    {"network__y": [["1"]] * 2, "network__b": [["1"]] * 2, "network__beta": [["1"]] * 2, "domain__k": [1, 2]},
    {"hypotheses": {"a": [one(const("0"))], "b": [one(const("1"), strict=True)]}},
    {"conclusion": [one(const("0"), strict=True)]},
    {"conclusion": [one(const("1")), one(const("-1"))]},
    {"conclusion": [one(Y), one(const("-1"))]} | {"network__steps": 1},
    {"conclusion": [one(const("0"), ["pow", [0], -1]), one(const("-1"))]},
]


@pytest.mark.parametrize("number", range(len(INSIDE)))
def test_what_lies_in_the_domain_is_accepted(number: int) -> None:
    changes = INSIDE[number]
    if "conclusion" in changes and changes["conclusion"][0]["program"] == [Y]:
        assert "must be a number" in answer(conclusion=[one(Y)])
    assert answer(**changes) == ""


TWO = [["1", "1"]] * 2
OUTSIDE: list[tuple[dict[str, Any], str]] = [
    ({"domain__n": [3, 9]}, "n = 2 is not within"),
    ({"domain__n": [1, 1]}, "n = 2 is not within"),
    ({"domain__d": [3, 9]}, "d = 2"),
    ({"domain__p": [3, 9]}, "p = 2"),
    ({"domain__steps": [3, 9]}, "steps = 2"),
    ({"domain__k": [1, 1]}, "k: one output and several"),
    ({"network__y": TWO, "network__b": TWO, "network__beta": TWO}, "k: one output and several"),
    ({"network__y": TWO, "network__b": TWO, "network__beta": TWO, "domain__k": [3, 4]}, "k = 2 is not within"),
    ({"network__eta": "2"}, "eta = 2"),
    ({"network__eta": "1/5"}, "eta = 1/5"),
    ({"network__eta": "0", "domain__eta": [NULL, h(1)]}, "eta is not positive"),
    ({"network__eta": "-1", "domain__eta": [NULL, h(1)]}, "eta = -1"),
    ({"network__lam": "2"}, "lam = 2"),
    ({"network__lam": "-1/10"}, "lam = -1/10"),
    ({"network__activation": "tanh"}, "activation tanh"),
    ({"network__rule": "bp"}, "rule is bp and not fa"),
    ({"network__cutoff": 1}, "cutoff is 1 and not None"),
    ({"domain__inputs": "sphere", "network__X": [["1", "0"], ["0", "999/1000"]]}, "not of norm 1"),
    ({"domain__inputs": "ball", "network__X": [["1", "0"], ["1/1000", "1"]]}, "longer than 1"),
    ({"domain__inputs": "orthonormal", "network__X": [["1", "0"], ["1", "0"]]}, "not the identity"),
    ({"domain__inputs": "orthonormal", "network__X": [["1", "0"], ["0", "1/2"]]}, "not the identity"),
    ({"domain__targets": "zero", "network__y": ["0", "1"]}, "y is not 0"),
    ({"domain__targets": "bounded", "network__y": ["-2", "1"]}, "larger than 1"),
    ({"domain__feedback": "sign", "network__b": ["1", "2"]}, "not ±1"),
    ({"domain__feedback": "tied", "network__b": ["1", "1"]}, "b is not β"),
    ({"domain__W_scale": NULL}, r"W(0) is not 0"),
    ({"domain__beta_scale": NULL}, r"β(0) is not 0"),
    ({"hypotheses": {"a": [one(const("-1"))]}}, "hypothesis a: its margin -1 is not certainly ≥ 0"),
    ({"hypotheses": {"a": [one(const("0"), strict=True)]}}, "not certainly > 0"),
    ({"hypotheses": {"a": [one(const("1")), one(const("-1"))]}}, "hypothesis a"),
    ({"hypotheses": {"a": [one(Y)]}}, "must be a number"),
    ({"conclusion": [one(const("0"))]}, "nothing certainly violates it"),
    ({"conclusion": [one(const("1"), strict=True)]}, "nothing certainly violates it"),
    ({"precision": 31}, "malformed: precision"),
    ({"precision": 4097}, "malformed: precision"),
    ({"network__steps": 10_001}, "more than this checker stores"),
    ({"domain__k": 2}, "malformed: domain.k"),
    ({"domain__k": [1, 2, 3]}, "malformed: domain.k: expected [low, high]"),
    ({"domain__n": [1, 2.5]}, "malformed: domain.n"),
    ({"domain__n": 2}, "malformed: domain.n: expected [low, high]"),
    ({"domain__eta": ["0.1", "0.2"]}, "malformed: domain.eta"),
    ({"domain__eta": [h(-1), h(1)]}, "malformed: domain.eta"),
    ({"domain__W_scale": "0x1.0000000000000p+0"}, "malformed: domain.W_scale"),
    ({"domain__inputs": "cube"}, "malformed: domain.inputs"),
    ({"domain__cutoff": "2"}, "malformed: domain.cutoff"),
    ({"domain__activation": "relu"}, "malformed: domain.activation"),
    ({"domain__activation": ["step"]}, "malformed: domain.activation"),
    ({"domain__activation": [3]}, "malformed: domain.activation"),
    ({"network__cutoff": "2"}, "malformed: network.cutoff"),
    ({"network__steps": 2.0}, "malformed: network.steps"),
    ({"network__activation": "step"}, "malformed: network.activation"),
    ({"network__rule": "sgd"}, "malformed: network.rule"),
    ({"network__lam": 0.25}, "malformed: network.lam"),
    ({"network__X": ["1", "2"]}, "malformed: network: X and W are matrices"),
    ({"network__W": ["1", "2"]}, "malformed: network: X and W are matrices"),
    ({"network__X": [["1", "2"], ["1"]]}, "malformed: network.X"),
    ({"network__X": [["1", "2"], "12"]}, "malformed: network.X"),
    ({"network__X": [[], []]}, "malformed: network.X"),
    ({"network__X": {"1": 2}}, "malformed: network.X"),
    ({"network__W": [["1"], ["2"]]}, "malformed: network.W: expected shape (2, 2)"),
    ({"network__y": ["1"]}, "malformed: network.y"),
    ({"network__y": TWO}, "malformed: network.beta: expected shape (2, 2) but got (2,)"),
    ({"network__b": ["1"]}, "malformed: network.b: expected shape"),
    ({"hypotheses": []}, "malformed: hypotheses"),
    ({"hypotheses": {f"h{i}": [one(const("1"))] for i in range(65)}}, "malformed: hypotheses"),
    ({"hypotheses": {"a\nb": [one(const("1"))]}}, "malformed: hypotheses"),
    ({"hypotheses": {"a": []}}, "malformed: hypothesis a: expected a list of 1 to 64"),
    ({"conclusion": [one(const("-1"))] * 65}, "malformed: conclusion: expected a list of 1 to 64"),
    ({"conclusion": []}, "malformed: conclusion: expected a list"),
    ({"conclusion": one(const("-1"))}, "malformed: conclusion: expected a list"),
    ({"conclusion": [[]]}, "malformed: conclusion: expected an object"),
    ({"conclusion": [one(const("-1")) | {"more": 1}]}, "malformed: conclusion: unknown key"),
    ({"conclusion": [one(const("-1"), strict=0)]}, "malformed: conclusion: strict is true or false"),  # type: ignore[arg-type]
    ({"conjecture__title": "a\nb"}, "malformed: conjecture.title"),
    ({"conjecture__name": "a" * 201}, "malformed: conjecture.name"),
]


@pytest.mark.parametrize("number", range(len(OUTSIDE)))
def test_everything_else_is_refused(number: int) -> None:
    changes, reason = OUTSIDE[number]
    assert reason in answer(**changes)


def test_limits_that_are_met_are_no_fault() -> None:
    assert answer(hypotheses={f"h{i}": [one(const("1"))] for i in range(64)}) == ""
    assert answer(conclusion=[one(const("-1"))] * 64) == ""
    large = {"X": [["0"] * 2] * 1024, "y": ["0"] * 1024, "activation": "linear", "steps": 0}
    assert answer(domain__n=[1, 2000], **{f"network__{key}": v for key, v in large.items()}) == ""
    # 2·(2 + 1) numbers per state
    assert "stores" not in answer(network__steps=10_000)
    monkey = pytest.MonkeyPatch()
    for stored, fits in ((18, True), (17, False)):
        monkey.setattr(network, "MAX_STORED", stored)
        assert (answer() == "") is fits
    monkey.undo()


def test_a_changed_conjecture_is_another_one() -> None:
    doc = changed()
    for key, new in (("domain", doc["domain"] | {"n": [1, 3]}), ("conclusion", [one(const("-2"))])):
        other = doc | {key: new}
        verdict = recheck(other | {"digest": digest(other)})
        assert not verdict.valid
        assert "conjecture.digest" in verdict.reason
    assert recheck(changed(precision=65)).valid  # is no part of it


SENT: dict[str, Callable[[F, F], F]] = {
    "fa": lambda beta, b: b,
    "dfa": lambda beta, b: b,
    "bp": lambda beta, b: beta,
    "sign": lambda beta, b: abs(b) * ((beta > 0) - (beta < 0)),
    "usf": lambda beta, b: F((beta > 0) - (beta < 0)),
}


def test_one_step_of_every_rule_by_hand() -> None:
    """Margins are differences from the state after two steps, computed here with fractions."""
    for rule in FEEDBACK:
        for activation in ("linear", "relu"):
            for cutoff in (None, 1):
                X = [[F(3, 5), F(4, 5)], [F(-4, 5), F(3, 5)]]
                W = [[F(1), F(2)], [F(-1), F(1, 2)], [F(1), F(0)], [F(2), F(-1)]]
                beta, b, y = [F(1), F(-1), F(0), F(2)], [F(3), F(-2), F(1, 2), F(-1)], [F(1), F(-1, 2)]
                doc = {"W": W, "X": X}
                changes: dict[str, Any] = {f"network__{k}": [[str(x) for x in r] for r in m] for k, m in doc.items()}
                changes |= {"network__beta": [str(x) for x in beta], "network__b": [str(x) for x in b]}
                changes |= {"domain__p": [4, 4], "domain__rule": rule, "network__rule": rule}
                changes |= {"network__cutoff": cutoff, "domain__cutoff": cutoff, "network__activation": activation}
                for t in range(2):
                    Z = [[sum(x * w for x, w in zip(row, w_r, strict=True)) for w_r in W] for row in X]
                    psi = [[max(z, F(0)) if activation == "relu" else z for z in row] for row in Z]
                    slope = [[F(z > 0) if activation == "relu" else F(1) for z in row] for row in Z]
                    e = [
                        sum(f * c for f, c in zip(row, beta, strict=True)) / 2 - t_i
                        for row, t_i in zip(psi, y, strict=True)
                    ]
                    back = [SENT[rule](c, u) for c, u in zip(beta, b, strict=True)]
                    eta, lam = F(1, 2), F(1, 4) if cutoff is None or t < cutoff else F(0)
                    W = [
                        [
                            W[r][c] - eta / 2 * sum(e[i] * back[r] * slope[i][r] * X[i][c] for i in range(2))
                            for c in range(2)
                        ]
                        for r in range(4)
                    ]
                    beta = [
                        (1 - eta * lam) * beta[r] - eta / 2 * sum(psi[i][r] * e[i] for i in range(2)) for r in range(4)
                    ]
                claim = violation.Counterexample.read(changed(**changes))
                end = violation.run(claim).states[-1]
                assert [str(x) for x in end["W"].entries] == [str(x) for row in W for x in row]
                assert [str(x) for x in end["beta"].entries] == [str(x) for x in beta]


def test_the_margin_shown_contains_the_margin() -> None:
    verdict = recheck(changed(conclusion=[one(const("-1/3"))]))
    low, high = verdict.bounds["margin_low"], verdict.bounds["margin_high"]
    assert math.isclose(low, -1 / 3, rel_tol=1e-12)
    with ctx.workprec(200):
        assert arb(low) < arb(fmpq(-1, 3)) < arb(high)
    assert "n = 2, d = 2, p = 2, steps = 2" in verdict.reason
