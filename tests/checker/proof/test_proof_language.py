"""What the kernel reads is what the document says: every form of a term, and every name."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from fa_theory.checker.proof import Refused
from fa_theory.checker.proof.language import (
    MAX_DEPTH,
    MAX_INTEGER,
    Declarations,
    a_list,
    a_table,
    a_text,
    an_integer,
    an_object,
    texts,
)
from fa_theory.checker.proof.terms import (
    Add,
    Apply,
    Delta,
    Distribution,
    Entry,
    Expectation,
    Formula,
    Index,
    IndexVariable,
    Lambda,
    Multiply,
    Power,
    Size,
    Sum,
    TensorVariable,
    number,
)

DECLARED: dict[str, Any] = {
    "sorts": ["n", "p"],
    "indices": {"i": "n", "j": "n", "r": "p", "t": "time", "s": "real", "w": "real"},
    "tensors": {"x": [], "y": [], "v": ["n"], "M": ["n", "p"], "b": ["p"], "a": ["time"], "f": ["real"]},
    "functions": {"F": 1, "G": 2},
    "laws": {
        "N": {"kind": "gauss", "axes": [["p"]]},
        "L": {"kind": "iid", "axis": "p", "axes": [["p"], ["n", "p"]]},
    },
}
NAMES = Declarations(DECLARED)
X, Y = (Entry(TensorVariable(name, ()), ()) for name in "xy")
INDEX, J, R = IndexVariable("i", "n"), IndexVariable("j", "n"), IndexVariable("r", "p")
S, T = IndexVariable("s", "real"), IndexVariable("t", "time")
AT_I, AT_J, AT_R, AT_W = Index("i", "n"), Index("j", "n"), Index("r", "p"), Index("w", "real")
MATRIX = Entry(TensorVariable("M", ("n", "p")), (AT_I, AT_R))
VECTOR, RANDOM = Entry(TensorVariable("v", ("n",)), (AT_I,)), Entry(TensorVariable("b", ("p",)), (AT_R,))
CURVE = Entry(TensorVariable("f", ("real",)), (Index("s", "real"),))
MINUS = number(-1)
NORMAL = Distribution("N", "gauss", "", (("p",),))
SLICES = Distribution("L", "iid", "p", (("p",), ("n", "p")))


def sequence(at: Index) -> Entry:
    return Entry(TensorVariable("a", ("time",)), (at,))


READ: list[tuple[Any, Any]] = [
    (3, number(3)),
    (-3, number(-3)),
    ("-3/6", number(Fraction(-1, 2))),
    ("x", X),
    (["x"], X),
    (["M", "i", "r"], MATRIX),
    (["+"], Add(())),
    (["+", "x", "y", 1], Add((X, Y, number(1)))),
    (["*", "x", "y"], Multiply((X, Y))),
    (["-", "x"], Multiply((MINUS, X))),
    (["-", "x", "y"], Add((X, Multiply((MINUS, Y))))),
    (["^", "x", 3], Power(X, 3)),
    (["^t", "x", ["t", 1]], Apply("^t", (Lambda((), X),), Index("t", "time", 1))),
    (["^t", "x", 2], Apply("^t", (Lambda((), X),), Index("0", "time", 2))),
    (["sum", ["i", "r"], ["M", "i", "r"]], Sum(INDEX, Sum(R, MATRIX))),
    (["sum", [], "x"], X),
    (["size", "n"], Size("n", Fraction(1))),
    (["size", "n", 2], Size("n", Fraction(2))),
    (["size", "n", "-1/2"], Size("n", Fraction(-1, 2))),
    (["delta", "i", "j"], Delta(AT_I, AT_J)),
    (["num", "t"], Apply("num", (), Index("t", "time"))),
    (["num", 4], Apply("num", (), Index("0", "time", 4))),
    (["num", "w"], Apply("num", (), AT_W)),
    (["a", ["t", 2]], sequence(Index("t", "time", 2))),
    (["a", 2], sequence(Index("0", "time", 2))),
    (["f", 2], Entry(TensorVariable("f", ("real",)), (Index("0", "real", 2),))),
    (["d", "s", ["f", "s"], "w"], Apply("d", (Lambda((S,), CURVE),), AT_W)),
    (["d", "s", ["f", "s"], 0], Apply("d", (Lambda((S,), CURVE),), Index("0", "real"))),
    (["differentiable", "s", ["f", "s"], "w"], Apply("differentiable", (Lambda((S,), CURVE),), AT_W)),
    (["fn", "F", "x"], Apply("F", (Lambda((), X),))),
    (["fn", "G", "x", "y"], Apply("G", (Lambda((), X), Lambda((), Y)))),
    (["fn", "max", "x", "y"], Apply("max", (Lambda((), X), Lambda((), Y)))),
    (["fn", "op", ["of", ["i", "r"], ["M", "i", "r"]]], Apply("op", (Lambda((INDEX, R), MATRIX),))),
    (["mean", "N", ["b"], ["b", "r"]], Expectation(NORMAL, (TensorVariable("b", ("p",)),), RANDOM)),
    (
        ["mean", "L", ["b", "M"], ["M", "i", "r"]],
        Expectation(SLICES, (TensorVariable("b", ("p",)), TensorVariable("M", ("n", "p"))), MATRIX),
    ),
]


@pytest.mark.parametrize(("said", "term"), READ, ids=lambda x: repr(x)[:40])
def test_a_term_is_read_as_it_is_said(said: Any, term: Any) -> None:
    assert NAMES.term(said) == term


REFUSED: list[tuple[Any, str]] = [
    (True, "expected a list"),
    (None, "expected a list"),
    (1.5, "expected a list"),
    ({}, "expected a list"),
    ([], "an empty list is no term"),
    (["v"], "v has 1 axes and is given 0 indices"),
    (["v", "i", "i"], "v has 1 axes and is given 2 indices"),
    ([1, "x"], "term: expected a name"),
    (["z"], "'z' is not declared"),
    ("z", "'z' is not declared"),
    (["-"], "'-' is not declared"),
    (["-", "x", "y", "x"], "'-' is not declared"),
    (["^", "x", True], "exponent: expected an integer"),
    (["^", "x", "2"], "exponent: expected an integer"),
    (["^t", "x", "i"], "not taken at i"),
    (["v", "x"], "the index 'x' is not declared"),
    (["v", True], "index: expected a name"),
    (["a", ["t", True]], "index: expected an integer"),
    (["a", ["t", 1, 1]], "index: expected a name"),
    (["a", ["t"]], "index: expected a name"),
    (["a", ["t", "1"]], "index: expected an integer"),
    (["delta", 0, 0], "no element of"),
    (["size", "n", True], "number: expected an integer"),
    (["size", "n", 1.5], "number: expected a name"),
    (["size", "n", "1.5"], "'1.5' is no rational number"),
    (["size", "n", "1/0"], "'1/0' is no rational number"),
    (["size", "n", "1/00"], "'1/00' is no rational number"),
    (["size", "q"], "unknown sort 'q'"),
    (["size", 3], "sort: expected a name"),
    ("0/0", "no rational number"),
    (10**60, "number: expected an integer"),
    (["fn", 3], "function: expected a name"),
    (["fn", "num"], "the function 'num' is not declared"),
    (["fn", "d", ["of", ["s"], "x"]], "the function 'd' is not declared"),
    (["fn", "F"], "F takes 1 arguments and is given 0"),
    (["fn", "G", "x"], "G takes 2 arguments and is given 1"),
    (["fn", "op", ["of", "ir", "x"]], "bound indices: expected a list"),
    (["fn", "op", ["of", ["i", "x"], "x"]], "the index 'x' is not declared"),
    (["fn", "F", ["of", ["i"], "x"]], "binds"),
    (["mean", "Q", ["b"], "x"], "the law 'Q' is not declared"),
    (["mean", ["N"], ["b"], "x"], "law: expected a name"),
    (["mean", "N", ["i"], "x"], "'i' is not declared"),
    (["mean", "L", ["b", "b"], "x"], "has a name twice"),
    (["mean", "L", ["M", "b"], "x"], "other axes"),
    # what is bound is bound once
    (["sum", ["i"], ["sum", ["i"], "x"]], "bound already"),
    (["sum", ["i"], ["sum", ["j", "i"], "x"]], "bound already"),
    (["sum", ["i", "j"], ["*", "x", ["+", 1, ["sum", ["j"], "x"]]]], "bound already"),
    (["sum", ["i"], ["-", ["sum", ["i"], "x"]]], "bound already"),
    (["sum", ["i"], ["-", "x", ["sum", ["i"], "x"]]], "bound already"),
    (["sum", ["i"], ["-", ["sum", ["i"], "x"], "x"]], "bound already"),
    (["sum", ["i"], ["^", ["sum", ["i"], "x"], 2]], "bound already"),
    (["sum", ["i"], ["^t", ["sum", ["i"], "x"], "t"]], "bound already"),
    (["sum", ["i"], ["fn", "F", ["sum", ["i"], "x"]]], "bound already"),
    (["sum", ["i"], ["fn", "op", ["of", ["i", "r"], "x"]]], "bound already"),
    (["sum", ["i"], ["fn", "op", ["of", ["j", "r"], ["sum", ["i"], "x"]]]], "bound already"),
    (["sum", ["i"], ["d", "s", ["sum", ["i"], "x"], "w"]], "bound already"),
    (["sum", ["i"], ["mean", "N", ["b"], ["sum", ["i"], "x"]]], "bound already"),
    (["d", "s", ["d", "s", "x", "w"], "w"], "bound already"),
    (["d", "s", ["differentiable", "s", "x", "w"], "w"], "bound already"),
    (["mean", "N", ["b"], ["mean", "N", ["b"], "x"]], "bound already"),
    (["mean", "N", ["b"], ["^", ["mean", "N", ["b"], "x"], 2]], "bound already"),
]


@pytest.mark.parametrize(("said", "why"), REFUSED, ids=lambda x: repr(x)[:40])
def test_what_is_no_term_is_refused(said: Any, why: str) -> None:
    with pytest.raises(Refused) as caught:
        Declarations(DECLARED).term(said)
    assert why in str(caught.value)


def nested(depth: int) -> Any:
    term: Any = 1
    for _ in range(depth):
        term = ["^", term, 1]
    return term


def implications(depth: int) -> Any:
    formula: Any = {"say": [0, "=", 0]}
    for _ in range(depth - 1):
        formula = {"say": [0, "=", 0], "if": [formula]}
    return formula


def test_the_depth_is_counted_and_counted_back() -> None:
    names = Declarations(DECLARED)
    for _ in range(2):
        names.term(["+", nested(MAX_DEPTH - 1), nested(MAX_DEPTH - 1)])
        # a formula is one level, its premises are inside
        names.formula({"say": [nested(MAX_DEPTH - 1), "=", nested(MAX_DEPTH - 1)]})
        names.formula({**implications(MAX_DEPTH), "if": [implications(MAX_DEPTH - 1)] * 2})
    with pytest.raises(Refused, match="a formula is deeper than 80"):
        names.formula(implications(MAX_DEPTH + 1))
    names = Declarations(DECLARED)
    with pytest.raises(Refused, match="a term is deeper than 80"):
        names.term(nested(MAX_DEPTH + 1))
    with pytest.raises(Refused, match="a term is deeper than 80"):
        Declarations(DECLARED).formula({"say": [nested(MAX_DEPTH), "=", 1]})


# formulas
def test_a_formula_is_read_as_it_is_said() -> None:
    premise = {"say": [["v", "i"], "<", "x"], "all": ["i"]}
    said = {"say": ["x", "<=", "y"], "if": [premise, {"say": [0, "=", "y"]}], "all": ["x", "t"]}
    first = Formula((INDEX,), (), VECTOR, "<", X)
    second = Formula((), (), number(0), "=", Y)
    assert NAMES.formula(said) == Formula((TensorVariable("x", ()), T), (first, second), X, "<=", Y)


SUM = ["sum", ["i"], ["v", "i"]]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([], "formula: expected an object"),
        ({"all": []}, "formula: say is missing"),
        ({"say": [0, "=", 0], "for": []}, "formula: 'for' is not known"),
        ({"say": [0, "="]}, "expected left side, relation, right side"),
        ({"say": [0, "=", 0, 0]}, "expected left side, relation, right side"),
        ({"say": "0=0"}, "say: expected a list"),
        ({"say": [0, 0, 0]}, "relation: expected a name"),
        ({"say": [0, "=", 0], "all": "x"}, "variables: expected a list"),
        ({"say": [0, "=", 0], "all": ["x", "x"]}, "has a name twice"),
        ({"say": [0, "=", 0], "all": ["q"]}, "'q' is not declared"),
        ({"say": [0, "=", 0], "if": {}}, "premises: expected a list"),
        ({"say": [SUM, "=", 0], "all": ["i"]}, "bound already"),
        ({"say": [0, "=", SUM], "all": ["i"]}, "bound already"),
        ({"say": [0, "=", 0], "all": ["i"], "if": [{"say": [0, "=", SUM]}]}, "bound already"),
        ({"say": [0, "=", 0], "all": ["i"], "if": [{"say": [0, "=", 0], "all": ["i"]}]}, "bound already"),
    ],
)
def test_what_is_no_formula_is_refused(said: Any, why: str) -> None:
    with pytest.raises(Refused) as caught:
        NAMES.formula(said)
    assert why in str(caught.value)


def test_values_of_variables() -> None:
    assert NAMES.value(None, INDEX) is None
    assert NAMES.value("j", INDEX) == AT_J
    assert NAMES.value(2, T) == Index("0", "time", 2)
    assert NAMES.value(2, S) == Index("0", "real", 2)
    assert NAMES.value("x", TensorVariable("y", ())) == Lambda((), X)
    assert NAMES.value(["of", ["i"], ["v", "i"]], TensorVariable("v", ("n",))) == Lambda((INDEX,), VECTOR)
    with pytest.raises(Refused, match="is no variable"):
        NAMES.value("x", "y")  # type: ignore[arg-type]


def test_variables() -> None:
    assert NAMES.variable("i") == INDEX
    assert NAMES.variable("x") == TensorVariable("x", ())
    with pytest.raises(Refused, match="variable: expected a name"):
        NAMES.variable(3)


def test_names_that_are_bound_already_are_listed_in_order() -> None:
    names = ["i6", "i5", "i4", "i3", "i2", "i1"]
    with pytest.raises(Refused, match=r"^i1, i2, i3, i4, i5, i6 is bound"):
        Declarations({"sorts": ["n"], "indices": dict.fromkeys(names, "n")}).term(["sum", names, ["sum", names, 1]])


# declarations
def changed(**parts: Any) -> dict[str, Any]:
    return {**DECLARED, **parts}


def test_names_are_those_declared() -> None:
    assert NAMES.sorts == {"n": "n", "p": "p"}
    assert NAMES.indices["s"] == S
    assert NAMES.tensors["M"] == TensorVariable("M", ("n", "p"))
    assert NAMES.functions == {"F": 1, "G": 2}
    assert NAMES.laws == {"N": NORMAL, "L": SLICES}
    empty = Declarations({})
    assert not any((empty.sorts, empty.indices, empty.tensors, empty.functions, empty.laws))


def test_sorts_of_a_lemma_have_the_names_of_the_document_that_uses_it() -> None:
    names = Declarations({**DECLARED, "laws": {}}, {"n": "m", "p": "m"})
    assert names.term(["M", "i", "r"]) == Entry(TensorVariable("M", ("m", "m")), (Index("i", "m"), Index("r", "m")))
    for sorts in ({}, {"n": "m"}, {"n": "m", "p": "m", "q": "m"}):
        with pytest.raises(Refused, match="say what the sorts n, p are"):
            Declarations(DECLARED, sorts)


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({"sorts": "np"}, "sorts: expected a list"),
        ({"sorts": ["n", "p", "real"]}, "no names of sorts"),
        ({"sorts": ["n", "p", "n"]}, "has a name twice"),
        ({"indices": ["i"]}, "indices: expected an object"),
        ({"indices": {"i": "q"}}, "unknown sort 'q'"),
        ({"indices": {"i": ["n"]}}, "sort: expected a name"),
        ({"tensors": ["x"]}, "tensors: expected an object"),
        ({"tensors": {"x": "n"}}, "axes: expected a list"),
        ({"functions": ["F"]}, "functions: expected an object"),
        ({"functions": {"F": True}}, "functions: expected an integer"),
        ({"functions": {"F": 0}}, "a function has 1 to 8 arguments"),
        ({"functions": {"F": 1, "G": 9}}, "a function has 1 to 8 arguments"),
        ({"functions": {"F": 9, "G": 1}}, "a function has 1 to 8 arguments"),
        ({"functions": {"x": 1}}, "the name x is declared twice"),
        ({"functions": {"n": 1}}, "the name n is declared twice"),
        ({"functions": {"i": 1}}, "the name i is declared twice"),
        ({"functions": {"N": 1}}, "the name N is declared twice"),
        ({"tensors": {"i": []}}, "the name i is declared twice"),
        ({"functions": {"E": 1}}, "E means something else"),
        (
            {"tensors": {name: [] for name in ("num", "by", "sqrt", "ax", "op", "of")}},
            "ax, by, num, of, op, sqrt means something else",
        ),
        ({"functions": {"sqrt": 1}}, "sqrt means something else"),
        ({"tensors": {"sup": []}}, "sup means something else"),
        ({"indices": {"sum": "n"}}, "sum means something else"),
        ({"laws": {"by": {"kind": "gauss", "axes": [["p"]]}}}, "by means something else"),
        ({"sorts": ["n", "p", "1n"]}, "'1n' is no name"),
        ({"tensors": {"": []}}, "'' is no name"),
        ({"tensors": {"x" * 41: []}}, "is no name"),
        ({"laws": []}, "laws: expected an object"),
        ({"laws": {"N": []}}, "law N: expected an object"),
        ({"laws": {"N": {"kind": "gauss"}}}, "law N: axes is missing"),
        ({"laws": {"N": {"axes": [["p"]]}}}, "law N: kind is missing"),
        ({"laws": {"N": {"kind": 3, "axes": [["p"]]}}}, "law N: expected a name"),
        ({"laws": {"N": {"kind": "gauss", "axes": "p"}}}, "law N: expected a list"),
        ({"laws": {"N": {"kind": "iid", "axes": [["p"]]}}}, "an axis belongs to kind iid"),
        ({"laws": {"N": {"kind": "gauss", "axis": "p", "axes": [["p"]]}}}, "an axis belongs to kind iid"),
        ({"laws": {"N": {"kind": "gauss", "axes": [["p"]], "mean": 1}}}, "'mean' is not known"),
    ],
)
def test_what_is_no_declaration_is_refused(parts: Any, why: str) -> None:
    with pytest.raises(Refused) as caught:
        Declarations(changed(**parts))
    assert why in str(caught.value)


def test_declarations_that_are_allowed() -> None:
    names = Declarations(
        {
            "sorts": ["d", "sum", "E"],
            "indices": {"x" * 40: "d"},
            "tensors": {"E+": ["d"]},
            "functions": {"F": 1, "H": 8},
        }
    )
    assert names.functions["H"] == 8
    assert names.term(["size", "d"]) == Size("d", Fraction(1))
    assert Declarations({"tensors": {"E": []}}).term("E") == Entry(TensorVariable("E", ()), ())


# plain values
def test_plain_values_are_themselves() -> None:
    assert a_list([1], "x") == [1]
    assert a_text("a", "x") == "a"
    assert a_table({"a": 1}, "x") == {"a": 1}
    assert texts(["a", "b"], "x") == ["a", "b"]
    assert [an_integer(k, "x") for k in (0, MAX_INTEGER - 1, 1 - MAX_INTEGER)] == [0, MAX_INTEGER - 1, 1 - MAX_INTEGER]
    assert an_object({"a": 1, "b": 2}, "x", ["a"], ["b"]) == {"a": 1, "b": 2}
    assert an_object({"a": 1}, "x", ["a"], ["b"]) == {"a": 1}
    assert MAX_INTEGER == 10**60


@pytest.mark.parametrize(
    ("read", "value", "why"),
    [
        (a_list, "ab", "x: expected a list but got 'ab'"),
        (a_list, {}, "x: expected a list but got {}"),
        (a_text, 3, "x: expected a name but got 3"),
        (a_text, ["a"], "x: expected a name"),
        (a_table, [], "x: expected an object"),
        (an_integer, True, "x: expected an integer"),
        (an_integer, 1.0, "x: expected an integer"),
        (an_integer, MAX_INTEGER, "x: expected an integer but got a number of thousands of digits"),
        (an_integer, -MAX_INTEGER, "x: expected an integer but got a number of thousands of digits"),
        (texts, ["a", 3], "x: expected a name"),
        (texts, ["a", "a"], "has a name twice"),
        (lambda x, what: an_object(x, what, ["a"], ["b"]), [], "x: expected an object"),
        (lambda x, what: an_object(x, what, ["a"], ["b"]), {"b": 1}, "x: a is missing"),
        (lambda x, what: an_object(x, what, ["a"], ["b"]), {"a": 1, "c": 1}, "x: 'c' is not known"),
        (lambda x, what: an_object(x, what, ["a"]), {"a": 1, "b": 1}, "x: 'b' is not known"),
    ],
)
def test_other_values_are_refused(read: Any, value: object, why: str) -> None:
    with pytest.raises(Refused) as caught:
        read(value, "x")
    assert why in str(caught.value)
