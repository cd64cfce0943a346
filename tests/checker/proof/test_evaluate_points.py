"""The second check at points: how hypotheses make them, functions of numbers, recursions, functions of time."""

from __future__ import annotations

from typing import Any

import pytest

from fa_theory.checker.proof import evaluate as evaluation
from fa_theory.checker.proof.evaluate import Evaluation, evaluate
from fa_theory.checker.proof.language import Declarations

NAMES = Declarations(
    {
        "sorts": ["n", "p"],
        "indices": {
            "i": "n", "j": "n", "k": "n", "r": "p", "q": "p", "q2": "p", "t": "time", "u": "time", "t2": "time",
            "s": "real", "w": "real", "z": "real",
        },
        "tensors": {
            "x": [], "y": [], "c": [], "e": [], "v": ["n"], "v2": ["n"], "M": ["n", "n"], "A": ["n", "p"], "b": ["p"],
            "a": ["time"], "a2": ["time"], "av": ["time", "n"], "f": ["real"], "g": ["real"], "h": ["real"],
            "xv": ["real", "n"],
        },
        "functions": {"F": 1, "H": 1, "G": 2},
        "laws": {
            "N": {"kind": "gauss", "axes": [["n"]]},
            "B": {"kind": "gauss", "axes": [["n"], ["p"]]},
            "L": {"kind": "iid", "axis": "p", "axes": [["n", "p"], ["p"]]},
        },
    }
)  # fmt: skip


def says(*said: Any, **more: Any) -> dict[str, Any]:
    return {"say": list(said), **more}


def look(conclusion: Any, *hypotheses: Any, witness: Any = (), **more: Any) -> Evaluation:
    assumed = [NAMES.formula(h) for h in hypotheses]
    return evaluate(assumed, NAMES.formula(conclusion), witness=[NAMES.formula(w) for w in witness], **more)


def F(x: Any) -> Any:
    return ["fn", "F", x]


def H(x: Any) -> Any:
    return ["fn", "H", x]


def total(i: str, term: Any) -> Any:
    return ["sum", [i], term]


def d(term: Any, at: Any = "w", by: str = "s") -> Any:
    return ["d", by, term, at]


def smooth(term: Any, at: Any = "w") -> Any:
    return ["differentiable", "s", term, at]


DIAGONAL = says(["M", "i", "i"], "=", 1, all=["i"])
DOUBLING = (says(["a", 0], "=", "x"), says(["a", ["t", 1]], "=", ["*", 2, ["a", "t"]], all=["t"]))
TWICE = says(["a", ["t", 2]], "=", ["+", ["a", ["t", 1]], ["a", "t"]], all=["t"])
FIBONACCI = (says(["a", 0], "=", 1), says(["a", 1], "=", "x"), TWICE)
ROTATION = (
    says(d(["f", "s"]), "=", ["g", "w"], all=["w"]),
    says(d(["g", "s"]), "=", ["-", ["f", "w"]], all=["w"]),
)
FALL = (says(d(["f", "s"]), "=", ["g", "w"], all=["w"]), says(d(["g", "s"]), "=", -1, all=["w"]))
START = says(["f", 0], "=", "x"), says(["g", 0], "=", "y")
LINE = ["+", "x", ["*", "y", ["num", "w"]]]
PARABOLA = ["-", LINE, ["*", "1/2", ["^", ["num", "w"], 2]]]
SQUARE = says(["f", "w"], "=", ["^", ["num", "w"], 2], all=["w"])


def chain(outer: Any, slope: Any) -> Any:
    """The slope of the first function is the second one."""
    derived = ["*", slope(["f", "w"]), d(["f", "s"])]
    return says(d(outer(["f", "s"])), "=", derived, all=["f", "w"], **{"if": [says(smooth(["f", "s"]), "=", 1)]})


ROW = ["sum", ["r"], ["*", ["A", "i", "r"], ["A", "j", "r"]]]

HOLDS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "below": (says(0, "<", ["-", "y", "x"]), (says("x", "<", "y"),)),
    "a sixth moment beside another tensor": (
        says(["mean", "B", ["v", "b"], ["^", ["v", "i"], 6]], "=", 15, all=["i"]),
        (),
    ),
    "one over 0, for all": (says(["fn", "inv", ["-", ["v", "i"], ["v", "i"]]], "=", 0, all=["v", "i"]), ()),
    "a norm with an index": (
        says(0, "<=", ["fn", "op", ["of", ["i", "r"], ["*", ["A", "i", "r"], ["v", "k"]]]], all=["k"]),
        (),
    ),
    "an eigenvalue with an index": (
        says(["fn", "top", ["of", ["i", "j"], ["*", ["delta", "i", "j"], ["v", "k"]]]], "=", ["v", "k"], all=["k"]),
        (),
    ),
    "a free index": (says(["v", "i"], "=", ["v", "i"]), ()),
    "functions of time that are defined in a circle": (
        says(["f", "w"], "=", ["g", "w"], all=["w"]),
        (says(["f", "w"], "=", ["g", "w"], all=["w"]), says(["g", "w"], "=", ["f", "w"], all=["w"])),
    ),
    "sizes of numbers": (says(0, "<=", ["fn", "abs", "x"]), ()),
    "above a number": (says("x", "<=", ["fn", "abs", "x"]), ()),
    "the larger one": (says("x", "<=", ["fn", "max", "x", "y"]), ()),
    "the larger one is one of them": (
        says(["*", ["-", ["fn", "max", "x", "y"], "x"], ["-", ["fn", "max", "x", "y"], "y"]], "=", 0),
        (),
    ),
    "two lower bounds": (says(100, "<=", "x"), (says(0, "<=", "x"), says(100, "<=", "x"))),
    "two upper bounds": (says("x", "<=", -100), (says("x", "<=", 0), says("x", "<=", -100))),
    "a high bound and two low ones": (
        says(100, "<=", "x"),
        (says(0, "<=", "x"), says(100, "<=", "x"), says("x", "<=", 101)),
    ),
    "a low bound and two high ones": (
        says("x", "<=", 1),
        (says(0, "<=", "x"), says("x", "<=", 1), says("x", "<=", 1000)),
    ),
    "two bounds": (says(["^", ["-", "x", 2], 2], "<", "1/1000"), (says(2, "<=", "x"), says("x", "<=", "2001/1000"))),
    "bounds that meet": (
        says("x", "=", 2),
        (says(2, "<=", "x"), says("x", "<=", ["+", 2, ["^", "y", 2]]), says("y", "=", 0)),
    ),
    "three bounds": (
        says("y", "<", ["+", "x", 1]),
        (says("y", "<=", "x"), says("c", "<=", "x"), says(["+", "y", "c"], "<=", "x")),
    ),
    "an upper bound": (says(["-", "x", 1], "<", "y"), (says("x", "<=", "y"), says("x", "<=", ["-", "y", 1]))),
    "bounds for all": (
        says(0, "<=", ["v", "i"], all=["i"]),
        (says(0, "<=", ["v", "i"], all=["i"]), says(["v", "i"], "<=", ["v2", "i"], all=["i"])),
    ),
    "strict bounds": (says(0, "<", ["*", "x", "y"]), (says(0, "<", "x"), says(0, "<", "y"))),
    "an equation after a bound": (
        says("x", "=", "y"),
        (says(0, "<=", "x"), says("x", "=", ["^", "y", 2]), says(["^", "y", 2], "=", "y"), says("y", "=", 1)),
    ),
    "an equation from right to left": (says("x", "=", 3), (says(3, "=", "x"),)),
    "definitions in a circle": (says("x", "=", "y"), (says("x", "=", "y"), says("y", "=", "x"))),
    "one entry is known": (
        says(["v", "i"], "=", ["v", "i"], all=["i"]),
        (says(["av", 0, "i"], "=", ["v", "i"], all=["i"]),),
    ),
    "entries of a diagonal": (
        says(total("i", ["M", "i", "i"]), "=", ["size", "n"]),
        (says(["M", "i", "j"], "=", ["delta", "i", "j"], all=["i", "j"]), DIAGONAL),
    ),
    "two recursions": (
        says(["a2", 3], "=", ["*", 6, ["a", 0]]),
        (
            says(["a", "t"], "=", "x", all=["t"]),
            says(["a2", 0], "=", 0),
            says(["a2", ["t", 1]], "=", ["+", ["a2", "t"], ["*", 2, ["a", "t"]]], all=["t"]),
        ),
    ),
    "two steps back": (says(["a", 3], "=", ["+", 1, ["*", 2, "x"]]), FIBONACCI),
    "two steps back, everywhere": (
        says(["a", ["t", 2]], "=", ["+", ["a", ["t", 1]], ["a", "t"]], all=["t"]),
        FIBONACCI,
    ),
    "a falling sequence": (
        says(["a", 3], "<=", ["a", 0]),
        (says(["a", ["t", 1]], "<=", ["a", "t"], all=["t"]),),
    ),
    "a rising sequence": (
        says(["a", 0], "<=", ["a", 3]),
        (says(["a", "t"], "<=", ["a", ["t", 1]], all=["t"]),),
    ),
    "a recursion of vectors": (
        says(total("i", ["av", 2, "i"]), "=", ["*", 9, total("i", ["v", "i"])]),
        (
            says(["av", 0, "i"], "=", ["v", "i"], all=["i"]),
            says(["av", ["t", 1], "i"], "=", ["*", 3, ["av", "t", "i"]], all=["t", "i"]),
        ),
    ),
    "a function of numbers that is given": (
        says(F("y"), "=", ["^", "y", 2]),
        (says(F("x"), "=", ["^", "x", 2], all=["x"]),),
    ),
    "a function at a number": (says(F("y"), "=", F("c")), (says("y", "=", "c"),)),
    "a function of a product": (says(F(["*", 2, "y"]), "=", F(["+", "y", "y"])), ()),
    "a bounded function": (says(["^", F("y"), 2], "<=", 1), (says(["^", F("x"), 2], "<=", 1, all=["x"]),)),
    "a function above another": (says(H("y"), "<=", F("y")), (says(H("x"), "<=", F("x"), all=["x"]),)),
    "a function between others": (
        says(0, "<=", F("y")),
        (says(["^", H("x"), 2], "<=", F("x"), all=["x"]), says(F("x"), "<=", 1, all=["x"])),
    ),
    "a value of a function": (says(F(0), "=", 7), (says(F(0), "=", 7),)),
    "a value at another number": (says(F("1/2"), "=", 7), (says(F("1/2"), "=", 7), says(F(0), "=", -7))),
    "a value where it is used": (says(F(["-", "y", "y"]), "=", 7), (says(F(0), "=", 7),)),
    "an odd function": (says(["+", F("y"), F(["-", "y"])], "<=", 2), (says(F("x"), "<=", 1, all=["x"]),)),
    "a premise about the point": (says(0, "<=", "x", **{"if": [says(0, "<=", "y")]}), (says("y", "<=", "x"),)),
    "a falling line": (says(["f", "w"], "<=", LINE, all=["w"]), (*FALL, *START)),
    "a parabola": (says(["f", "w"], "=", PARABOLA, all=["w"]), (*FALL, *START)),
    "the slope of a parabola": (says(d(["f", "s"]), "=", ["-", "y", ["num", "w"]], all=["w"]), (*FALL, *START)),
    "a circle": (
        says(
            ["+", ["^", ["f", "w"], 2], ["^", ["g", "w"], 2]],
            "=",
            ["+", ["^", ["f", 0], 2], ["^", ["g", 0], 2]],
            all=["w"],
        ),
        ROTATION,
    ),
    "a circle, derived": (
        says(d(["*", ["f", "s"], ["g", "s"]]), "=", ["-", ["^", ["g", "w"], 2], ["^", ["f", "w"], 2]], all=["w"]),
        ROTATION,
    ),
    "at the start": (says(d(["^", ["f", "s"], 2], 0), "=", ["*", 2, "x", "y"]), (*FALL, *START)),
    "a function that stands": (says(d(["*", "x", "y"]), "=", 0, all=["w"]), ()),
    "a formula in time": (
        says(d(["f", "s"]), "=", ["*", 2, ["num", "w"]], all=["w"]),
        (says(["f", "w"], "=", ["^", ["num", "w"], 2], all=["w"]),),
    ),
    "a formula of degree 5": (
        says(d(["f", "s"]), "=", ["*", 5, ["^", ["num", "w"], 4]], all=["w"]),
        (says(["f", "w"], "=", ["^", ["num", "w"], 5], all=["w"]),),
    ),
    "smooth": (says(smooth(["f", "s"]), "=", 1, all=["w"]), ()),
    "vectors in time": (
        says(
            d(total("i", ["*", ["xv", "s", "i"], ["v", "i"]])),
            "=",
            total("i", ["*", ["v", "i"], ["v", "i"]]),
            all=["w"],
        ),
        (says(d(["xv", "s", "i"]), "=", ["v", "i"], all=["w", "i"]),),
    ),
    "a root along time": (
        says(["^", ["fn", "sqrt", ["+", 1, ["^", ["f", "w"], 2]]], 2], "=", ["+", 1, ["^", ["f", "w"], 2]], all=["w"]),
        (),
    ),
    "two means": (
        says(["mean", "B", ["v", "b"], ["*", ["^", ["v", "i"], 2], ["^", ["b", "r"], 2]]], "=", 1, all=["i", "r"]),
        (),
    ),
    "slices": (
        says(
            ["mean", "L", ["A", "b"], ["*", ["A", "i", "r"], ["b", "r"]]],
            "=",
            ["mean", "L", ["A", "b"], ["*", ["A", "i", "q"], ["b", "q"]]],
            all=["i", "r", "q"],
        ),
        (),
    ),
    "products of slices": (
        says(
            ["mean", "L", ["A", "b"], total("q2", total("q", ["*", ["b", "q2"], ["b", "q"]]))],
            "<=",
            ["*", ["^", ["size", "p"], 2], ["mean", "L", ["A", "b"], ["^", ["b", "r"], 2]]],
            all=["r"],
        ),
        (),
    ),
    "a law is a law": (says(["mean", "L", ["A", "b"], 5], "=", 5), ()),
    "means of means": (says(["mean", "N", ["v"], ["*", ["v", "i"], "x"]], "=", 0, all=["i"]), ()),
    "an operator norm of a row": (
        says(
            ["^", ["fn", "op", ["of", ["i", "r"], ["A", "i", "r"]]], 2],
            "<=",
            total("i", total("r", ["^", ["A", "i", "r"], 2])),
        ),
        (),
    ),
    "an operator norm and its transpose": (
        says(["fn", "op", ["of", ["i", "r"], ["A", "i", "r"]]], "=", ["fn", "op", ["of", ["r", "i"], ["A", "i", "r"]]]),
        (),
    ),
    "the largest eigenvalue": (
        says(["^", ["fn", "op", ["of", ["r", "i"], ["A", "i", "r"]]], 2], "=", ["fn", "top", ["of", ["i", "j"], ROW]]),
        (),
    ),
    "the symmetric part": (
        says(
            ["fn", "top", ["of", ["i", "j"], ["M", "i", "j"]]],
            "=",
            ["fn", "top", ["of", ["i", "j"], ["*", "1/2", ["+", ["M", "i", "j"], ["M", "j", "i"]]]]],
        ),
        (),
    ),
    "a chain rule": (
        says(d(F(["g", "s"])), "=", ["*", H(["g", "w"]), d(["g", "s"])], all=["w"]),
        (chain(F, H),),
    ),
    "a rate at one place": (says("y", "=", d(["xv", "s", "i"], 0)), (says(d(["xv", "s", "i"], 0), "=", "y"),)),
    "a value of a function with a known slope": (says(F(0), "=", 7), (says(F(0), "=", 7), chain(F, H))),
    "a function below a negative number": (says(F("y"), "<=", "-1/2"), (says(F("x"), "<=", "-1/2", all=["x"]),)),
    "values of a function as a vector": (
        says(["v2", "i"], "=", F(["v", "i"]), all=["i"]),
        (says(F(["v", "i"]), "=", ["v2", "i"], all=["i"]),),
    ),
    "a sixth moment times a number": (
        says(["mean", "N", ["v"], ["*", "x", ["^", ["v", "i"], 6]]], "=", ["*", 15, "x"], all=["i"]),
        (),
    ),
    "for all functions": (says(0, "<=", ["^", ["v", "i"], 2], all=["v", "i"]), ()),
    "for all functions of time": (
        says(d(["^", ["f", "s"], 2]), "=", ["*", 2, ["f", "w"], d(["f", "s"])], all=["f", "w"]),
        (),
    ),
}

FAILS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "a bound of a rate": (says(d(["f", "s"]), "=", "y", all=["w"]), (says(d(["f", "s"]), "<=", "y", all=["w"]),)),
    "a size is not below itself": (says(["size", "n"], "<", ["size", "n"]), ()),
    "the slope of a function with a given value": (says(d(F(["num", "s"]), 0), "=", 7), (says(F(0), "=", 7),)),
    "a cubic": (says(["v", "i"], "<=", ["^", ["v", "i"], 3], all=["v", "i"]), ()),
    "a quartic": (says(["^", ["v", "i"], 2], "<=", ["^", ["v", "i"], 4], all=["v", "i"]), ()),
    "a quartic minus a square": (
        says(0, "<=", ["-", ["^", ["v", "i"], 4], ["^", ["v", "i"], 2]], all=["v", "i"]),
        (),
    ),
    "a quartic as a square": (says(["^", ["v", "i"], 2], "<=", ["^", ["^", ["v", "i"], 2], 2], all=["v", "i"]), ()),
    "a form with a premise": (
        says("x", "=", "y"),
        (says(0, "<=", ["^", ["+", ["v", "i"], 1], 2], all=["v", "i"], **{"if": [says(0, "<=", "c")]}),),
    ),
    "a form in a number": (says("x", "=", "y"), (says(["*", 2, "c"], "<=", ["+", 1, ["^", "c", 2]], all=["c"]),)),
    "from time 1 on": (says(1, "<=", ["num", "t"], all=["t"]), ()),
    "all functions of time stand": (says(d(["f", "s"]), "=", 0, all=["f", "w"]), ()),
    "all curves are smooth": (says("x", "=", "y"), (says(smooth(["f", "s"]), "=", 1, all=["f", "w"]),)),
    "two bounds": (says("x", "<=", "20005/10000"), (says(2, "<=", "x"), says("x", "<=", "2001/1000"))),
    "one diagonal entry says nothing of the others": (
        says(0, "<=", ["M", "i", "j"], all=["i", "j"]),
        (says(0, "<=", ["M", "i", "i"], all=["i"]),),
    ),
    "an entry at one place": (
        says(["v", "i"], "=", ["av", 1, "i"], all=["i"]),
        (says(["av", 0, "i"], "=", ["v", "i"], all=["i"]),),
    ),
    "a sum that is given": (says(["v", "i"], "=", "x", all=["i"]), (says("x", "=", total("i", ["v", "i"])),)),
    "a recursion has no end": (says(["a", 3], "=", ["*", 4, "x"]), DOUBLING),
    "a recursion has a start": (says(["a", 0], "=", ["*", 2, "x"]), DOUBLING),
    "two steps back": (says(["a", 3], "=", ["*", 3, "x"]), FIBONACCI),
    "a function is no constant": (says(F("y"), "=", F("c")), ()),
    "a function of two numbers": (says(["fn", "G", "x", "y"], "=", ["fn", "G", "x", "c"]), ()),
    "a value of a function": (says(F(1), "=", 7), (says(F(0), "=", 7),)),
    "a value of another function": (says(H(0), "=", 7), (says(F(0), "=", 7),)),
    "a falling line": (says(LINE, "<=", ["f", "w"], all=["w"]), (*FALL, *START)),
    "a parabola is no line": (says(["f", "w"], "=", LINE, all=["w"]), (*FALL, *START)),
    "another parabola": (says(["f", "w"], "=", ["-", LINE, ["^", ["num", "w"], 2]], all=["w"]), (*FALL, *START)),
    "the slope of a parabola": (says(d(["f", "s"]), "=", "y", all=["w"]), (*FALL, *START)),
    "the first step": (says(["f", "w"], "=", ["f", 0], all=["w"]), (*FALL, *START)),
    "a circle": (says(["^", ["f", "w"], 2], "=", ["^", ["f", 0], 2], all=["w"]), ROTATION),
    "a hyperbola": (
        says(
            ["-", ["^", ["f", "w"], 2], ["^", ["g", "w"], 2]],
            "=",
            ["-", ["^", ["f", 0], 2], ["^", ["g", 0], 2]],
            all=["w"],
        ),
        ROTATION,
    ),
    "at the start": (says(d(["f", "s"], 0), "=", ["+", "y", 1]), (*FALL, *START)),
    "a function that does not stand": (says(d(["f", "s"]), "=", 0, all=["w"]), ()),
    "no rate": (says(d(["f", "s"]), "=", d(["g", "s"]), all=["w"]), ()),
    "the next rate": (says(d(["f", "s"]), "=", ["g", 0], all=["w"]), FALL),
    "a formula in time": (
        says(d(["f", "s"]), "=", ["num", "w"], all=["w"]),
        (says(["f", "w"], "=", ["^", ["num", "w"], 2], all=["w"]),),
    ),
    "not smooth": (says(smooth(["f", "s"]), "=", 0, all=["w"]), ()),
    "time runs": (says(["num", "w"], "=", 0, all=["w"]), ()),
    "time runs on": (says(["num", "w"], "<=", "1/2", all=["w"]), ()),
    "two means": (says(["mean", "B", ["v", "b"], ["*", ["v", "i"], ["b", "r"]]], "=", 1, all=["i", "r"]), ()),
    "entries of one law": (says(["mean", "N", ["v"], ["*", ["v", "i"], ["v", "j"]]], "=", 1, all=["i", "j"]), ()),
    "entries of a slice": (
        says(["mean", "L", ["A", "b"], ["A", "i", "r"]], "=", ["mean", "L", ["A", "b"], ["b", "r"]], all=["i", "r"]),
        (),
    ),
    "rows of a slice": (
        says(
            ["mean", "L", ["A", "b"], ["A", "i", "r"]],
            "=",
            ["mean", "L", ["A", "b"], ["A", "j", "r"]],
            all=["i", "j", "r"],
        ),
        (),
    ),
    "tensors of a law are dependent": (
        says(
            ["mean", "L", ["A", "b"], ["*", ["A", "i", "r"], ["b", "r"]]],
            "=",
            ["*", ["mean", "L", ["A", "b"], ["A", "i", "r"]], ["mean", "L", ["A", "b"], ["b", "r"]]],
            all=["i", "r"],
        ),
        (),
    ),
    "a law has variance": (says(["mean", "L", ["A", "b"], ["^", ["b", "r"], 2]], "<=", 0, all=["r"]), ()),
    "a law is not symmetric": (says(["mean", "L", ["A", "b"], ["^", ["b", "r"], 3]], "=", 0, all=["r"]), ()),
    "an operator norm": (
        says(
            total("i", total("r", ["^", ["A", "i", "r"], 2])),
            "<=",
            ["^", ["fn", "op", ["of", ["i", "r"], ["A", "i", "r"]]], 2],
        ),
        (),
    ),
    "the largest eigenvalue is no norm": (
        says(
            ["fn", "op", ["of", ["i", "j"], ["M", "i", "j"]]], "=", ["fn", "top", ["of", ["i", "j"], ["M", "i", "j"]]]
        ),
        (),
    ),
    "an entry below the diagonal": (
        says(
            ["fn", "top", ["of", ["i", "j"], ["M", "i", "j"]]],
            "=",
            ["fn", "top", ["of", ["i", "j"], ["*", ["delta", "i", "j"], ["M", "i", "j"]]]],
        ),
        (),
    ),
    "for all functions of time": (says(d(["^", ["f", "s"], 2]), "=", ["*", 2, ["f", "w"]], all=["f", "w"]), ()),
    "what a chain rule says nothing of": (says("x", "=", "y"), (chain(F, H),)),
    "another chain rule": (
        says(d(H(["g", "s"])), "=", ["*", H(["g", "w"]), d(["g", "s"])], all=["w"]),
        (chain(F, H),),
    ),
    "for all times": (says("x", "<=", "y", all=["t"]), ()),
    "a size that is exactly 2": (says(0, "<", ["^", ["-", ["size", "n"], 2], 2]), ()),
    "a form with the index of the conclusion": (
        says(
            *("x", "=", "y"),
            all=["i"],
            **{"if": [says(0, "<=", ["*", ["M", "i", "i"], ["^", ["v", "j"], 2]], all=["v", "j"])]},
        ),
        (),
    ),
    "for all functions at two places": (says(["v", "i"], "=", ["v", "j"], all=["v", "i", "j"]), ()),
}

TAKEN: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "a strict form": (says("x", "=", "y"), (says(0, "<", total("i", ["^", ["v", "i"], 2]), all=["v"]),)),
    "a form and something else": (
        says("x", "=", "y"),
        (says(0, "<=", ["^", ["v", "i"], 4], all=["v", "i"]), says("c", "=", "c")),
    ),
    "a form in all times": (says("x", "=", "y"), (says(0, "<=", ["^", ["av", 0, "i"], 2], all=["av", "i"]),)),
    "a given function": (says(F("y"), "=", "y"), (says(F("x"), "=", ["^", "x", 2], all=["x"]),)),
    "two functions": (says(F("y"), "=", H("y")), (says(F("x"), "<=", 1, all=["x"]), says(H("x"), "<=", 1, all=["x"]))),
    "a bounded function": (says(["^", F("y"), 2], "<=", "1/100"), (says(["^", F("x"), 2], "<=", 1, all=["x"]),)),
    "a positive function": (says(F("y"), "<=", 0), (says(0, "<=", F("x"), all=["x"]),)),
    "a function above another": (says(F("y"), "=", H("y")), (says(H("x"), "<=", F("x"), all=["x"]),)),
}


@pytest.mark.parametrize("name", HOLDS)
def test_what_follows_holds_at_points(name: str) -> None:
    said, hypotheses = HOLDS[name]
    found = look(said, *hypotheses, points=5)
    assert not found.refuted
    assert found.points == 5


@pytest.mark.parametrize("name", FAILS)
def test_what_does_not_follow_is_refuted(name: str) -> None:
    said, hypotheses = FAILS[name]
    assert look(said, *hypotheses, tries=60).refuted


@pytest.mark.parametrize("seed", range(6))
def test_a_premise_about_the_tensor_is_no_matter_of_forms(seed: int) -> None:
    """∀v. 1 ≤ Σ v → 1 ≤ |n| Σ v²."""
    length = ["*", ["size", "n"], total("i", ["^", ["v", "i"], 2])]
    said = says(1, "<=", length, all=["v"], **{"if": [says(1, "<=", total("i", ["v", "i"]))]})
    assert not look(said, seed=seed).refuted


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_assumed_of_all_numbers_refutes_nothing(name: str) -> None:
    """Points at which the conclusion fails are met; but the function was only looked at where it was needed."""
    said, hypotheses = TAKEN[name]
    found = look(said, *hypotheses, tries=60)
    assert not found.refuted
    assert found.met > found.points


def test_germs_know_nothing_of_later_times() -> None:
    """The first point is one just after time 0."""
    assert look(says(["f", 1], "=", ["f", 1]), tries=1) == Evaluation(0, 1)
    assert look(says(["f", 0], "=", ["f", 0]), tries=1) == Evaluation(1, 1)
    assert look(says(["f", 1], "=", ["f", 1]), tries=2).points == 1


@pytest.mark.parametrize(
    "said",
    [
        says(d(["f", "s"], 1), "=", d(["f", "s"], 1)),
        says(["fn", "G", "x", ["fn", "sqrt", 2]], "=", ["fn", "G", "x", ["fn", "sqrt", 2]]),
        says(["fn", "G", ["fn", "sqrt", 2], "x"], "=", ["fn", "G", ["fn", "sqrt", 2], "x"]),
        says(F(["fn", "sqrt", 2]), "=", F(["fn", "sqrt", 2])),
        says(d(["*", ["f", "s"], ["f", "w"]]), "=", ["*", ["f", "w"], d(["f", "s"])], all=["w"]),
        says(["fn", "sup", ["of", ["t"], ["a", "t"]]], "=", ["a", "t"]),
        says(["fn", "inv", ["num", "w"]], "=", ["fn", "inv", ["num", "w"]], all=["w"]),
        says(["fn", "sqrt", ["num", "w"]], "=", ["fn", "sqrt", ["num", "w"]], all=["w"]),
    ],
)
def test_what_is_not_known_just_after_time_0(said: Any) -> None:
    assert look(said, tries=1) == Evaluation(0, 1)
    assert not look(said).refuted


def test_what_is_known_just_after_time_0() -> None:
    assert look(says(F(["f", "w"]), "=", F(["f", "w"]), all=["w"]), tries=1) == Evaluation(1, 1)
    close = says(["^", ["-", ["f", "w"], ["f", 0]], 2], "<=", ["num", "w"], all=["f", "w"])
    assert look(close, tries=1) == Evaluation(1, 1)
    assert look(says(["num", "w"], "<=", 1, all=["w"]), tries=1) == Evaluation(1, 1)
    assert look(says(["^", ["num", "w"], 2], "<", ["num", "w"], all=["w"]), tries=1) == Evaluation(1, 1)


def test_formulas_in_time_are_derived_at_later_times_too() -> None:
    """The second point looks at times 0, 1/2 and 2."""
    for name in ("a formula in time", "a formula of degree 5"):
        said, hypotheses = HOLDS[name]
        assert look(said, *hypotheses, tries=2) == Evaluation(2, 2)


def test_what_is_unknown_at_one_time_is_unknown() -> None:
    sup = ["fn", "sup", ["of", ["u"], ["a", "u"]]]
    at_0 = says(sup, "<=", 0, all=["t"], **{"if": [says(["num", "t"], "<=", 0)]})
    assert look(says("x", "=", "x"), at_0).met == 0
    never = says(sup, "<=", 0, all=["t"], **{"if": [says(["num", "t"], "<", 0)]})
    assert look(says("x", "=", "x"), never).met == 4


def test_balls_refute_no_strict_inequality() -> None:
    two = ["^", ["fn", "sqrt", 2], 2]
    for left, right in ((two, 2), (2, two), (two, two)):
        assert look(says(left, "<", right)) == Evaluation(0, 40)
    assert look(says(2, "<", 2)).refuted
    assert look(says(two, "<", 3)).points == 4
    assert look(says(3, "<", two)).refuted


def test_too_much_work_at_later_times_refutes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to time 3 there are 4³ instances; up to time 5, where the hypothesis has been, there are 6³."""
    both = ["+", ["a", ["t", 2]], ["a", ["u", 2]]]
    bounded = says(both, "<=", ["+", 1000, ["num", "t2"]], all=["t", "u", "t2"])
    monkeypatch.setattr(evaluation, "WORK_AT_A_POINT", 1000)
    assert not look(says(["a", 5], "<=", -100), bounded).refuted
    monkeypatch.setattr(evaluation, "WORK_AT_A_POINT", 3000)
    assert look(says(["a", 5], "<=", -100), bounded).refuted


@pytest.mark.parametrize("seed", range(6))
def test_vectors_just_after_time_0(seed: int) -> None:
    close = says(["^", ["-", ["xv", "w", "i"], ["xv", 0, "i"]], 2], "<=", ["num", "w"], all=["w", "i"])
    assert look(close, tries=1, seed=seed) == Evaluation(1, 1)
    line = says(["xv", "w", "i"], "=", ["*", ["v", "i"], ["num", "w"]], all=["w", "i"])
    assert look(says(d(["xv", "s", "i"]), "=", ["v", "i"], all=["w", "i"]), line, tries=2, seed=seed).points == 2


def test_a_bound_of_a_function_of_time_is_no_equation() -> None:
    found = [
        look(
            says(["f", "w"], "=", ["g", "w"], all=["w"]), says(["f", "w"], "<=", ["g", "w"], all=["w"]), tries=1, seed=k
        )
        for k in range(10)
    ]
    assert any(x.refuted for x in found)


def test_rates_that_say_nothing() -> None:
    same = says(["f", 0], "=", ["f", 0])
    assert look(same, says(d(["f", "s"], 0), "=", "y"), tries=1) == Evaluation(0, 0)
    circle = says(d(["f", "s"]), "=", d(["g", "s"]), all=["w"]), says(d(["g", "s"]), "=", d(["f", "s"]), all=["w"])
    assert look(same, *circle, tries=1) == Evaluation(0, 0)


def test_functions_are_smooth_where_that_is_seen() -> None:
    assert look(says(smooth(["f", "s"]), "=", 1, all=["w"]), tries=2) == Evaluation(1, 2)


def test_what_no_value_of_a_function_can_fulfil_is_no_point() -> None:
    """1 ≤ |x| F(x) for all x says something impossible at 0."""
    below = says(1, "<=", ["*", ["fn", "abs", "x"], F("x")], all=["x"])
    assert look(says(F(0), "=", F(0)), below).met == 0
    assert look(says(F(2), "=", F(2)), below).met


def test_unknown_premises() -> None:
    sup = ["fn", "sup", ["of", ["u"], ["a", "u"]]]
    assert look(says("x", "=", "x", **{"if": [says(sup, "<=", 0)]})) == Evaluation(4, 0)


def test_a_premise_for_all_times_holds_at_the_times_that_were_seen() -> None:
    later = says(["a", 5], "<=", 0, **{"if": [says(["a", "t"], "<=", 0, all=["t"])]})
    assert not any(look(later, seed=seed).refuted for seed in range(20))
    other = says(["a2", 5], "<=", 0, **{"if": [says(["a", "t"], "<=", 0, all=["t"])]})
    assert any(look(other, seed=seed).refuted for seed in range(20))


def test_an_equation_of_forms_is_no_inequality() -> None:
    assert look(says("x", "=", "x"), says(0, "=", total("i", ["^", ["v", "i"], 2]), all=["v"])).met == 0


def test_points_before_one_that_refutes() -> None:
    found = [look(says("x", "<=", 3), points=40, seed=seed) for seed in range(5)]
    assert all(x.refuted and x.met == x.points + 1 for x in found)


def test_sorts_of_a_witness() -> None:
    assert look(says("x", "=", "x"), witness=[says("x", "=", ["size", "p"])]).points == 4


def test_two_chain_rules_for_one_function_hold_nowhere() -> None:
    """The slope is H, and F itself."""
    assert look(says("x", "=", "y"), chain(F, H), chain(F, F), tries=60) == Evaluation(0, 0)


def test_a_definition_is_used_again() -> None:
    assert look(says(["*", ["f", "w"], ["f", "w"]], "=", ["^", ["num", "w"], 4], all=["w"]), SQUARE, tries=1).points


def test_a_witness_against_a_hypothesis() -> None:
    assert look(says("x", "=", "x"), says(3, "<=", "x"), witness=[says("x", "<=", 1)]).points == 4


def test_points_are_looked_for_until_the_premises_hold_once() -> None:
    """x = 0 at one point of thirteen."""
    rare = says(0, "<=", ["^", "x", 2], **{"if": [says("x", "=", 0)]})
    assert sum(look(rare, seed=seed).met > 0 for seed in range(10)) >= 8


def test_a_norm_is_known_if_one_side_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the four pairs of the sizes 1 and 3 only 3 × 3 is too large."""
    monkeypatch.setattr(evaluation, "SIZES", (1, 3))
    monkeypatch.setattr(evaluation, "LARGER", (1, 3))
    assert look(says(0, "<=", ["fn", "op", ["of", ["i", "r"], ["A", "i", "r"]]]), points=40).points >= 20


def test_the_work_at_all_points_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "WORK", 10)
    assert look(says("x", "=", "x"), points=40).points < 10
