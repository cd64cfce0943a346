"""Normal forms: terms that are equal by rule have one, terms that differ somewhere have two."""

from __future__ import annotations

from typing import Any

import pytest

from fa_theory.checker.proof.budget import Allowance, Refused, working
from fa_theory.checker.proof.language import Declarations
from fa_theory.checker.proof.normal import Rewrite, describe, key, normal
from fa_theory.checker.proof.terms import Entry

NAMES = Declarations(
    {
        "sorts": ["n", "p"],
        "indices": {
            **dict.fromkeys(("i", "j", "k", "l", "m"), "n"),
            **dict.fromkeys(("r", "q", "o", "h"), "p"),
            **dict.fromkeys(("t", "u"), "time"),
            **dict.fromkeys(("s", "w"), "real"),
        },
        "tensors": {
            "x": [], "y": [], "z": ["n"], "v": ["n"], "M": ["n", "n"], "A": ["n", "p"], "b": ["p"], "c": ["p"],
            "D": ["p", "n"], "e": ["p"],
            "T": ["n", "n", "n"], "a": ["time"], "av": ["time", "n"], "f": ["real"], "g": ["real"], "xv": ["real", "n"],
        },
        "functions": {"F": 1, "H": 1, "G": 2},
        "laws": {
            "N": {"kind": "gauss", "axes": [["n"]]},
            "B": {"kind": "gauss", "axes": [["n"], ["p"]]},
            "C": {"kind": "gauss", "axes": [["n"], ["n"]]},
            "L": {"kind": "iid", "axis": "p", "axes": [["n", "p"], ["p"]]},
            "K": {"kind": "iid", "axis": "p", "axes": [["p"]]},
            "K2": {"kind": "iid", "axis": "p", "axes": [["p"]]},
            "J": {"kind": "iid", "axis": "p", "axes": [["p"], ["p"]]},
            "W": {"kind": "iid", "axis": "p", "axes": [["p", "n"]]},
        },
    }
)  # fmt: skip
Json = Any


def fn(name: str, *arguments: Json) -> Json:
    return ["fn", name, *arguments]


def total(names: str, *factors: Json) -> Json:
    return ["sum", names.split(), ["*", *factors]]


def of(names: str, body: Json) -> Json:
    return ["of", names.split(), body]


def F(x: Json) -> Json:
    return fn("F", x)


def delta(i: str, j: str) -> Json:
    return ["delta", i, j]


def gauss(body: Json, names: str = "v") -> Json:
    return ["mean", {"v": "N", "v b": "B", "v z": "C"}[names], names.split(), body]


def slices(body: Json, names: str = "A b") -> Json:
    return ["mean", {"A b": "L", "c": "K"}[names], names.split(), body]


def M(i: str, j: str) -> Json:
    return ["M", i, j]


def v(i: str) -> Json:
    return ["v", i]


def b(r: str) -> Json:
    return ["b", r]


N, P = ["size", "n"], ["size", "p"]
SAME: dict[str, tuple[Json, Json]] = {
    "a cycle backwards": (
        total("i j k", M("i", "j"), M("j", "k"), M("k", "i")),
        total("i j k", M("j", "i"), M("k", "j"), M("i", "k")),
    ),
    "sums in any order": (["+", "x", "y", 1], ["+", 1, "y", "x"]),
    "differences": (["-", "x", "x"], 0),
    "minus": (["-", ["-", "x"]], "x"),
    "coefficients": (["+", "x", ["*", "1/2", "x"]], ["*", "3/2", "x"]),
    "powers": (["^", ["+", "x", "y"], 2], ["+", ["^", "x", 2], ["*", 2, "x", "y"], ["^", "y", 2]]),
    "a cube": (["^", "x", 3], ["*", "x", "x", "x"]),
    "power 0": (["^", "x", 0], 1),
    "nothing": (["*", 0, "x"], 0),
    "products of numbers": (["*", "2/3", "3/5"], "2/5"),
    "names of binders": (total("i", v("i"), ["z", "i"]), total("k", ["z", "k"], v("k"))),
    "two sums": (["^", total("i", v("i")), 2], total("i j", v("i"), v("j"))),
    "sums in another order": (total("i j", M("i", "j"), v("j")), total("j i", M("i", "j"), v("j"))),
    "exchanged names": (total("i j", M("i", "j"), M("j", "i")), total("j i", M("j", "i"), M("i", "j"))),
    "a cycle": (
        total("i j k", M("i", "j"), M("j", "k"), M("k", "i")),
        total("k i j", M("j", "k"), M("k", "i"), M("i", "j")),
    ),
    "a symmetric sum": (
        total("i j k", ["T", "i", "j", "k"], ["T", "j", "k", "i"], ["T", "k", "i", "j"]),
        total("i j k", ["T", "k", "i", "j"], ["T", "i", "j", "k"], ["T", "j", "k", "i"]),
    ),
    "δ": (total("j", delta("i", "j"), v("j")), v("i")),
    "δ the other way": (total("j", delta("j", "i"), v("j")), v("i")),
    "δ between bound indices": (total("i j", delta("i", "j"), M("i", "j")), total("i", M("i", "i"))),
    "δ twice": (["*", delta("i", "j"), delta("i", "j")], delta("i", "j")),
    "δ is symmetric": (delta("i", "j"), delta("j", "i")),
    "δ of one index": (delta("i", "i"), 1),
    "δ between free indices": (["*", delta("i", "j"), v("i")], ["*", delta("i", "j"), v("j")]),
    "δ of three": (["*", delta("i", "j"), delta("j", "k")], ["*", delta("i", "k"), delta("k", "j")]),
    "δ in a chain": (total("j k", delta("i", "j"), delta("j", "k"), v("k")), v("i")),
    "δ of the whole": (total("i j", delta("i", "j")), N),
    "a sum of nothing": (total("i", "x"), ["*", N, "x"]),
    "two of them": (total("i r", "x"), ["*", N, P, "x"]),
    "sizes": (["*", N, ["size", "n", -1]], 1),
    "roots of sizes": (["*", ["size", "n", "1/2"], ["size", "n", "1/2"]], N),
    "powers of a time": (["^t", "x", ["t", 1]], ["*", "x", ["^t", "x", "t"]]),
    "powers two steps on": (["^t", "x", ["t", 2]], ["*", "x", "x", ["^t", "x", "t"]]),
    "powers at a number": (["^t", "x", 3], ["^", "x", 3]),
    "powers at 0": (["^t", "x", 0], 1),
    "a time as a number": (["num", ["t", 2]], ["+", ["num", "t"], 2]),
    "a number as a time": (["num", 3], 3),
    "no time": (["num", 0], 0),
    "inside a function": (F(["+", "x", "y"]), F(["+", "y", "x"])),
    "a function of a sum": (F(total("i", v("i"))), F(total("k", v("k")))),
    "a function of an entry": (total("i", F(v("i"))), total("k", F(v("k")))),
    "a function of two entries": (
        total("i j", F(["*", v("i"), ["z", "j"]])),
        total("i j", F(["*", v("j"), ["z", "i"]])),
    ),
    "a function of three": (
        total("i j k", F(["T", "i", "j", "k"]), v("k")),
        total("k i j", F(["T", "k", "i", "j"]), v("j")),
    ),
    "functions in functions": (F(F(["+", "x", 1])), F(F(["+", 1, "x"]))),
    "a norm": (fn("op", of("i j", M("i", "j"))), fn("op", of("k l", M("k", "l")))),
    "a norm with a free index": (fn("op", of("i j", ["T", "i", "j", "k"])), fn("op", of("l m", ["T", "l", "m", "k"]))),
    "a derivative": (["d", "s", ["f", "s"], "w"], ["d", "s", ["*", 1, ["f", "s"]], "w"]),
    "a normal mean": (gauss(v("i")), 0),
    "a variance": (gauss(["*", v("i"), v("j")]), delta("i", "j")),
    "a third moment": (gauss(["*", v("i"), v("j"), v("k")]), 0),
    "a fourth moment": (gauss(["^", v("i"), 4]), 3),
    "Isserlis": (
        gauss(["*", v("i"), v("j"), v("k"), v("l")]),
        [
            "+",
            ["*", delta("i", "j"), delta("k", "l")],
            ["*", delta("i", "k"), delta("j", "l")],
            ["*", delta("i", "l"), delta("j", "k")],
        ],
    ),
    "a sixth moment": (gauss(["^", v("i"), 6]), 15),
    "two tensors": (gauss(["*", v("i"), b("r")], "v b"), 0),
    "two tensors, twice": (
        gauss(["*", v("i"), v("j"), b("r"), b("q")], "v b"),
        ["*", delta("i", "j"), delta("r", "q")],
    ),
    "the same axes": (gauss(["*", v("i"), ["z", "j"]], "v z"), 0),
    "the same axes, twice": (
        gauss(["*", v("i"), ["z", "j"], v("k"), ["z", "l"]], "v z"),
        ["*", delta("i", "k"), delta("j", "l")],
    ),
    "a mean of a sum": (gauss(total("i", v("i"), v("i"))), N),
    "a constant": (gauss(["+", "x", ["*", "y", v("i")]]), "x"),
    "a constant with an index": (gauss(["*", M("i", "j"), v("i"), v("j")]), ["*", M("i", "j"), delta("i", "j")]),
    "moments of slices": (slices(b("r")), slices(b("q"))),
    "independent slices": (
        slices(total("r q", b("r"), b("q"))),
        ["+", ["*", P, slices(["^", b("r"), 2])], ["*", P, ["-", P, 1], ["^", slices(b("r")), 2]]],
    ),
    "dependent tensors": (
        slices(["*", ["A", "i", "r"], b("q")]),
        [
            "+",
            ["*", delta("r", "q"), slices(["*", ["A", "i", "o"], b("o")])],
            ["*", ["-", 1, delta("r", "q")], slices(["A", "i", "o"]), slices(b("o"))],
        ],
    ),
    "entries of a slice in any order": (
        slices(["*", ["A", "i", "r"], ["A", "j", "r"]]),
        slices(["*", ["A", "j", "r"], ["A", "i", "r"]]),
    ),
    "entries of two tensors in any order": (
        slices(["*", ["A", "i", "r"], b("r")]),
        slices(["*", b("r"), ["A", "i", "r"]]),
    ),
    "three slices": (
        slices(total("r q o", ["c", "r"], ["c", "q"], ["c", "o"]), "c"),
        [
            "+",
            ["*", P, slices(["^", ["c", "r"], 3], "c")],
            ["*", 3, P, ["-", P, 1], slices(["^", ["c", "r"], 2], "c"), slices(["c", "r"], "c")],
            ["*", P, ["-", P, 1], ["-", P, 2], ["^", slices(["c", "r"], "c"), 3]],
        ],
    ),
    "a mean of a mean": (gauss(slices(["*", v("i"), b("r")])), 0),
}
DIFFERENT: dict[str, tuple[Json, Json]] = {
    "numbers": ("1/2", "1/3"),
    "names": ("x", "y"),
    "a sign": ("x", ["-", "x"]),
    "a coefficient": ("x", ["*", 2, "x"]),
    "a power": (["^", "x", 2], ["^", "x", 3]),
    "free indices": (v("i"), v("j")),
    "order of places": (M("i", "j"), M("j", "i")),
    "a trace and a sum": (total("i", M("i", "i")), total("i j", M("i", "j"))),
    "a square": (total("i j", M("i", "j"), M("j", "i")), total("i j", M("i", "j"), M("i", "j"))),
    "bound and free": (total("i", v("i")), v("i")),
    "sums of products": (total("i", v("i"), v("i")), ["^", total("i", v("i")), 2]),
    "sorts": (N, P),
    "powers of sizes": (N, ["size", "n", 2]),
    "a free index of δ": (delta("i", "j"), delta("i", "k")),
    "δ and 1": (delta("i", "j"), 1),
    "times": (["a", "t"], ["a", ["t", 1]]),
    "offsets": (["a", ["t", 1]], ["a", ["t", 2]]),
    "a number and a time": (["a", 1], ["a", ["t", 1]]),
    "times of two names": (["a", "t"], ["a", "u"]),
    "powers of times": (["^t", "x", "t"], ["^t", "x", "u"]),
    "bases": (["^t", "x", "t"], ["^t", "y", "t"]),
    "numbers of times": (["num", "t"], ["num", "u"]),
    "a time and none": (["num", "t"], 0),
    "a time and its power": (["num", "t"], ["^t", "x", "t"]),
    "functions": (F("x"), fn("H", "x")),
    "arguments": (F("x"), F("y")),
    "an argument and its double": (F("x"), F(["*", 2, "x"])),
    "the order of arguments": (fn("G", "x", "y"), fn("G", "y", "x")),
    "a function of an entry": (F(v("i")), F(v("j"))),
    "a function of two entries": (F(M("i", "j")), F(M("j", "i"))),
    "a function of one entry twice": (F(M("i", "j")), F(M("i", "i"))),
    "a function of a sum": (F(total("i", v("i"))), total("i", F(v("i")))),
    "sums of functions": (total("i j", F(M("i", "j")), v("i")), total("i j", F(M("i", "j")), v("j"))),
    "a norm and its transpose": (fn("op", of("i j", M("i", "j"))), fn("op", of("j i", M("i", "j")))),
    "a free index in a norm": (fn("op", of("i j", ["T", "i", "j", "k"])), fn("op", of("i j", ["T", "i", "j", "l"]))),
    "places in a norm": (fn("op", of("i j", ["T", "i", "j", "k"])), fn("op", of("i j", ["T", "i", "k", "j"]))),
    "norms of other sorts": (fn("op", of("i j", 1)), fn("op", of("i r", 1))),
    "a norm and an eigenvalue": (fn("op", of("i j", M("i", "j"))), fn("top", of("i j", M("i", "j")))),
    "instants of derivatives": (["d", "s", ["f", "s"], "w"], ["d", "s", ["f", "s"], 0]),
    "derivatives": (["d", "s", ["f", "s"], "w"], ["d", "s", ["g", "s"], "w"]),
    "a derivative and whether there is one": (["d", "s", ["f", "s"], "w"], ["differentiable", "s", ["f", "s"], "w"]),
    "a derivative and a value": (["d", "s", ["f", "s"], "w"], ["f", "w"]),
    "a derivative in another index": (["d", "s", ["xv", "s", "i"], "w"], ["d", "s", ["xv", "s", "j"], "w"]),
    "a variance": (gauss(["*", v("i"), v("j")]), 1),
    "a fourth moment": (gauss(["^", v("i"), 4]), 1),
    "independent tensors": (gauss(["*", v("i"), ["z", "j"]], "v z"), delta("i", "j")),
    "slices of other tensors": (slices(["A", "i", "r"]), slices(b("r"))),
    "entries of a slice": (slices(["A", "i", "r"]), slices(["A", "j", "r"])),
    "laws": (slices(b("r")), slices(["c", "r"], "c")),
    "laws of one kind": (["mean", "K", ["c"], ["c", "r"]], ["mean", "K2", ["c"], ["c", "r"]]),
    "tensors of one kind": (["mean", "J", ["c", "e"], ["c", "r"]], ["mean", "J", ["c", "e"], ["e", "r"]]),
    "an axis behind that of the slices": (["mean", "W", ["D"], ["D", "r", "i"]], ["mean", "W", ["D"], ["D", "r", "j"]]),
    "a second moment": (slices(["^", b("r"), 2]), ["^", slices(b("r")), 2]),
    "two slices": (slices(["*", b("r"), b("q")]), slices(["^", b("r"), 2])),
    "a free entry and a random one": (gauss(v("i")), v("i")),
    "the sorts of bound indices": (total("i", F("x"), v("i")), total("r", F("x"), b("r"))),
}
RULES: dict[str, Json] = {
    "square": {"say": [["z", "i"], "=", ["^", v("i"), 2]], "all": ["i"]},
    "one": {"say": [["z", "k"], "=", "x"]},
    "step": {"say": [["a", ["t", 1]], "=", ["+", ["a", "t"], ["num", "t"]]], "all": ["t"]},
    "start": {"say": [["a", 0], "=", "y"]},
    "product": {"say": [M("i", "j"), "=", total("k", ["T", "i", "k", "j"], v("k"))], "all": ["i", "j"]},
    "turned": {"say": [M("i", "j"), "=", ["T", "j", "i", "m"]], "all": ["j", "i"]},
}
PUT_IN: dict[str, tuple[tuple[str, ...], Json, Json]] = {
    "an entry": (("square",), ["z", "j"], ["^", v("j"), 2]),
    "under a sum": (("square",), total("j", ["z", "j"], v("j")), total("j", ["^", v("j"), 3])),
    "inside a function": (("square",), F(["z", "j"]), F(["^", v("j"), 2])),
    "one entry only": (("one",), ["z", "k"], "x"),
    "no other entry": (("one",), ["z", "j"], ["z", "j"]),
    "no bound entry": (("one",), total("k", ["z", "k"]), total("j", ["z", "j"])),
    "the first that fits": (("one", "square"), ["+", ["z", "k"], ["z", "j"]], ["+", "x", ["^", v("j"), 2]]),
    "two steps": (("step",), ["a", ["t", 2]], ["+", ["a", "t"], ["num", "t"], ["num", "t"], 1]),
    "not before the step": (("step",), ["a", "t"], ["a", "t"]),
    "from the start": (("step", "start"), ["a", 2], ["+", "y", 1]),
    "the start only": (("start",), ["+", ["a", 1], ["a", 0]], ["+", ["a", 1], "y"]),
    "a sum inside": (("product",), total("k", M("k", "k")), total("i j", ["T", "i", "j", "i"], v("j"))),
    "a sum inside, squared": (
        ("product",),
        ["^", M("i", "j"), 2],
        total("k l", ["T", "i", "k", "j"], v("k"), ["T", "i", "l", "j"], v("l")),
    ),
    "a free index of the rule": (("turned",), M("k", "l"), ["T", "l", "k", "m"]),
    "a free index that is bound outside": (("turned",), total("m", M("m", "k")), total("l", ["T", "k", "l", "m"])),
    "a tensor that is drawn": (("square",), gauss(["*", ["z", "i"], v("j")], "v z"), 0),
    "beside a tensor that is drawn": (("square",), gauss(["^", ["z", "i"], 2], "v z"), 1),
}


def form(term: Json, *rules: str) -> Any:
    made = []
    for name in rules:
        formula = NAMES.formula(RULES[name])
        assert isinstance(formula.left, Entry)
        made.append(Rewrite(formula.variables, formula.left, formula.right))
    return normal(NAMES.term(term), made)


@pytest.fixture(autouse=True)
def _work() -> Any:
    with working(Allowance(100_000)):
        yield


@pytest.mark.parametrize("name", SAME)
def test_what_is_equal_has_one_form(name: str) -> None:
    one, other = SAME[name]
    assert form(one) == form(other)


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_differs_has_two_forms(name: str) -> None:
    one, other = DIFFERENT[name]
    assert form(one) != form(other)


@pytest.mark.parametrize("name", PUT_IN)
def test_equations_are_put_in(name: str) -> None:
    rules, term, result = PUT_IN[name]
    assert form(term, *rules) == form(result)


def test_a_random_entry_inside_a_function_is_refused() -> None:
    for inside in (F(v("i")), ["*", v("j"), F(v("i"))], fn("op", of("i j", ["*", v("i"), v("j")]))):
        with pytest.raises(Refused, match="inside a function"):
            form(gauss(inside))
    assert form(gauss(F("x"))) == form(F("x"))
    assert form(gauss(F(["z", "i"]))) == form(F(["z", "i"]))


def inside(entry: Json) -> Json:
    """∀i. (∀j. entry ≤ 0) → 0 ≤ y."""
    return {"say": [0, "<=", "y"], "all": ["i"], "if": [{"say": [entry, "<=", 0], "all": ["j"]}]}


KEYS: dict[str, tuple[Json, Json]] = {
    "names": ({"say": [v("i"), "<=", "x"], "all": ["i"]}, {"say": [v("k"), "<=", "x"], "all": ["k"]}),
    "sides": ({"say": ["x", "=", "y"]}, {"say": ["y", "=", "x"]}),
    "gaps": ({"say": ["x", "<=", "y"]}, {"say": [["-", "x", "y"], "<=", 0]}),
    "many premises": (
        {"say": [0, "<=", "x"], "if": [{"say": [k, "<=", "y"]} for k in range(40)]},
        {"say": [0, "<=", "x"], "if": [{"say": [k, "<=", "y"]} for k in reversed(range(40))]},
    ),
    "half of a number": ({"say": [["*", "1/2", "x"], "=", "y"]}, {"say": ["y", "=", ["*", "1/2", "x"]]}),
    "an equation that says nothing": ({"say": ["x", "=", "x"]}, {"say": ["y", "=", "y"]}),
    "premises": (
        {"say": [0, "<=", "x"], "if": [{"say": [0, "<=", "y"]}, {"say": ["x", "=", "y"]}]},
        {"say": [0, "<=", "x"], "if": [{"say": ["y", "=", "x"]}, {"say": [0, "<=", "y"]}]},
    ),
}
OTHER_KEYS: dict[str, tuple[Json, Json]] = {
    "sides": ({"say": ["x", "<=", "y"]}, {"say": ["y", "<=", "x"]}),
    "relations": ({"say": ["x", "<=", "y"]}, {"say": ["x", "<", "y"]}),
    "an equation and an inequality": ({"say": ["x", "=", "y"]}, {"say": ["x", "<=", "y"]}),
    "a scale": ({"say": [0, "<=", "x"]}, {"say": [0, "<=", ["*", 2, "x"]]}),
    "order of variables": (
        {"say": [M("i", "j"), "<=", "x"], "all": ["i", "j"]},
        {"say": [M("i", "j"), "<=", "x"], "all": ["j", "i"]},
    ),
    "free and bound": ({"say": [v("i"), "<=", "x"], "all": ["i"]}, {"say": [v("i"), "<=", "x"]}),
    "sorts": ({"say": [0, "<=", "x"], "all": ["i"]}, {"say": [0, "<=", "x"], "all": ["r"]}),
    "tensors and indices": ({"say": [0, "<=", "x"], "all": ["v"]}, {"say": [0, "<=", "x"], "all": ["i"]}),
    "premises": ({"say": [0, "<=", "x"], "if": [{"say": [0, "<=", "y"]}]}, {"say": [0, "<=", "x"]}),
    "whose variable a premise speaks of": (
        {"say": [0, "<=", v("i")], "all": ["i"], "if": [{"say": [M("i", "j"), "<=", v("j")], "all": ["j"]}]},
        {"say": [0, "<=", v("i")], "all": ["i"], "if": [{"say": [M("j", "i"), "<=", v("i")], "all": ["j"]}]},
    ),
    "whose variable a premise of a premise speaks of": (
        {"say": [0, "<=", "x"], "if": [inside(M("i", "j"))]},
        {"say": [0, "<=", "x"], "if": [inside(M("j", "i"))]},
    ),
    "variables of premises": (
        {"say": [0, "<=", "x"], "if": [{"say": [0, "<=", v("i")], "all": ["i"]}]},
        {"say": [0, "<=", "x"], "if": [{"say": [0, "<=", v("i")]}], "all": ["i"]},
    ),
}


@pytest.mark.parametrize("name", KEYS)
def test_keys_of_formulas_that_say_the_same(name: str) -> None:
    one, other = map(NAMES.formula, KEYS[name])
    assert key(one) == key(other)


@pytest.mark.parametrize("name", OTHER_KEYS)
def test_keys_of_formulas_that_differ(name: str) -> None:
    one, other = map(NAMES.formula, OTHER_KEYS[name])
    assert key(one) != key(other)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        (0, "0"),
        ("x", "x"),
        (["*", 2, "x"], "2·x"),
        (["-", "x"], "-1·x"),
        ("1/2", "1/2"),
        (1, "1"),
        (["+", "x", "y"], "x + y"),
        (v("i"), "v[i]"),
        (M("i", "j"), "M[i,j]"),
        (["a", ["t", 2]], "a[t+2]"),
        (["a", 3], "a[3]"),
        (total("i", v("i")), "Σ_n0·v[n0]"),
        (total("i r", ["A", "i", "r"]), "Σ_n0,p1·A[n0,p1]"),
        (["*", 3, N, "x"], "3·|n|^(1)·x"),
        (["size", "n", "1/2"], "|n|^(1/2)"),
        (F(v("i")), "F(v[i])"),
        (F("x"), "F(x)"),
        (["num", "t"], "num()[t]"),
        (["+", *(["^", "x", k] for k in range(9))], None),
    ],
)
def test_forms_are_shown(term: Json, text: str | None) -> None:
    shown = describe(form(term))
    assert shown == text if text is not None else shown.endswith(" + 3 more")
