"""Documents that the proof kernel refuses: one for every side condition, and some meant to be expensive."""

from __future__ import annotations

import json
from typing import Any

from fa_theory.checker import proof
from fa_theory.checker.proof import replay

DECLARED: dict[str, Any] = {
    "sorts": ["n", "p"],
    "indices": {"i": "n", "j": "n", "k": "n", "r": "p", "t": "time", "u": "time", "s": "real", "w": "real"},
    "tensors": {"x": [], "y": [], "c": [], "v": ["n"], "M": ["n", "n"], "b": ["p"], "a": ["time"], "f": ["real"]},
    "functions": {"F": 1, "G": 2},
    "laws": {"N": {"kind": "gauss", "axes": [["p"]]}, "L": {"kind": "iid", "axis": "p", "axes": [["p"]]}},
}
TRUE: dict[str, Any] = {"say": [0, "<=", 0]}


def combine(name: str, goal: Any, items: Any = (), rewrite: Any = (), **more: Any) -> dict[str, Any]:
    return {"as": name, "rule": "combine", "goal": goal, "items": list(items), "rewrite": list(rewrite), **more}


def step(name: str, rule: str, **operands: Any) -> dict[str, Any]:
    return {"as": name, "rule": rule, **operands}


def document(*steps: Any, **parts: Any) -> dict[str, Any]:
    """A document that concludes the trivial step ``done`` unless it says something else."""
    done = [combine("done", TRUE)] if "concludes" not in parts else []
    out = {"format": "fa-theory-proof/1", "kind": "proof", **DECLARED, "steps": [*steps, *done], "concludes": "done"}
    return json.loads(json.dumps(out | parts))  # type: ignore[no-any-return]


def says(*said: Any, **more: Any) -> dict[str, Any]:
    return {"say": list(said), **more}


def trivial(term: Any) -> dict[str, Any]:
    """A document that speaks of a term."""
    return document(combine("said", says(term, "=", term)))


def assuming(*steps: Any, hypotheses: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return document(*steps, hypotheses=hypotheses, **parts)


def lemma(*steps: Any, **parts: Any) -> dict[str, Any]:
    return document(*steps, **{"tensors": {}, "functions": {}, "laws": {}, "sorts": [], "indices": {}, **parts})


BARE = lemma(combine("done", TRUE), concludes="done")


def using(**lemmas: Any) -> dict[str, Any]:
    return document(uses={"A": {"lemma": "A", "sorts": {}}}, lemmas=lemmas)


def changed(base: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return {**base, **parts}


def without(base: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in base.items() if key != name}


def many(count: int) -> dict[str, Any]:
    lemmas = {f"L{k}": BARE for k in range(count)}
    return document(uses={name: {"lemma": name, "sorts": {}} for name in lemmas}, lemmas=lemmas)


def deep(depth: int) -> Any:
    term: Any = "x"
    for _ in range(depth):
        term = ["-", term]
    return term


def deep_formula(depth: int) -> Any:
    formula: Any = TRUE
    for _ in range(depth):
        formula = says(0, "<=", 0, **{"if": [formula]})
    return formula


ABOUT_I = {"H": says(["v", "i"], "<=", 0)}
RECURSION = {
    "first": says(["a", 0], "=", 0),
    "next": says(["a", ["t", 1]], "=", ["+", ["a", "t"], 1], all=["t"]),
}
DONE_WITH = {"as": "less", "rule": "drop", "use": "zero", "defs": ["first", "next"]}
ZERO = combine("zero", TRUE, items=[{"use": "first", "times": 0}, {"use": {"by": "next", "at": ["t"]}, "times": 0}])
INDUCTION = {"var": "t", "goals": [says(["a", "t"], "<=", 0)], "base": ["start"], "step": ["onward"], "which": 0}
IND = {
    "start": says(["a", 0], "<=", 0),
    "now": says(["a", "t"], "<=", 0),
    "falls": says(["a", ["t", 1]], "<=", ["a", "t"], all=["t"]),
}
ONWARD = combine("onward", says(["a", ["t", 1]], "<=", 0), [{"use": {"by": "falls", "at": ["t"]}}, {"use": "now"}])
CLOSED = combine("closed", TRUE)
POSITIVE = combine("positive", says(0, "<", 1))
RANDOM = ["mean", "N", ["b"], ["fn", "abs", ["b", "r"]]]
FREE_LAW = {"law": {"kind": "gauss", "axes": [["p"]]}}

DOCUMENTS: dict[str, Any] = {
    # reading
    "a key twice": json.dumps(document())[:-1] + ', "kind": "proof"}',
    "too long": lambda: replay(" " * (proof.document.MAX_TEXT + 1) + json.dumps(document())),
    "not an object": json.dumps([[key, value] for key, value in document().items()]),
    "a missing key": without(document(), "format"),
    "an unknown key": changed(document(), more=1),
    "another format": changed(document(), format="fa-theory-proof/0"),
    "another kind": changed(document(), kind="certificate"),
    "too many steps": lambda: replay(
        changed(document(), steps=[combine(str(k), TRUE) for k in range(20_001)], concludes="1")
    ),
    "a name twice in a list": document(combine("a", says(["sum", ["i", "i"], 0], "=", 0))),
    "time declared": document(sorts=["n", "p", "time"]),
    "a lemma whose sorts are not named": using(A=changed(BARE, sorts=["n"])),
    "a sort of the signatures": document(sorts=["n", "p", "finite"]),
    "a sort whose size reads like an absolute value": document(sorts=["n", "p", "x"]),
    "a function that reads like a mean": document(functions={"E": 1}),
    "a function without arguments": document(functions={"F": 0}),
    "a name declared twice": document(functions={"x": 1}),
    "a bad name": document(indices={**DECLARED["indices"], "1": "n"}),
    "a name that reads like a sum": document(tensors={**DECLARED["tensors"], "x+1": []}),
    "a bad sort name": document(sorts=["n", "p", "1"]),
    "a reserved word": document(tensors={**DECLARED["tensors"], "num": []}),
    "an unknown sort": document(indices={"i": "m"}),
    "a gauss law with an axis": document(laws={"N": {"kind": "gauss", "axis": "p", "axes": [["p"]]}}),
    "a law of another kind": document(laws={"N": {"kind": "cauchy", "axes": [["p"]]}}),
    "a law of no tensors": document(laws={"N": {"kind": "gauss", "axes": []}}),
    "a law over time": document(laws={"N": {"kind": "gauss", "axes": [["time"]]}}),
    "an iid law with its axis twice": document(laws={"N": {"kind": "iid", "axis": "p", "axes": [["p", "p"]]}}),
    "an iid law with a tensor without its axis": document(
        laws={"N": {"kind": "iid", "axis": "p", "axes": [["p"], ["n"]]}}
    ),
    "a shadowed name": trivial(["sum", ["i"], ["sum", ["i"], ["v", "i"]]]),
    "a shadowed name in a function": trivial(["fn", "op", ["of", ["i", "j"], ["sum", ["i"], ["M", "i", "j"]]]]),
    "an operand that is not known": assuming(
        CLOSED, step("a", "discharge", use="closed", hyp="H", over=["x"]), hypotheses={"H": TRUE}
    ),
    "a shadowed name in a formula": document(
        combine("a", says(["sum", ["i"], ["v", "i"]], "=", ["sum", ["i"], ["v", "i"]], all=["i"]))
    ),
    "an empty list": trivial([]),
    "a deep term": trivial(deep(81)),
    "a deep formula": document(combine("a", deep_formula(81))),
    "division by zero": trivial("1/0"),
    "a size that is no number": trivial(["size", "n", "half"]),
    "too few indices": trivial(["M", "i"]),
    "an undeclared function": trivial(["fn", "H", "x"]),
    "too many arguments": trivial(["fn", "F", "x", "y"]),
    "half a formula": document(combine("a", {"say": [0, "="]})),
    "an unknown relation": document(combine("a", says(0, ">=", 0))),
    # terms
    "an index beyond the largest offset": trivial(["a", ["t", 1001]]),
    "a negative time": trivial(["a", -1]),
    "a number as a finite index": trivial(["v", 1]),
    "the successor of a finite index": trivial(["v", ["i", 1]]),
    "an index of another sort": trivial(["v", "r"]),
    "an exponent below 0": trivial(["^", "x", -1]),
    "a sum over time": trivial(["sum", ["t"], ["a", "t"]]),
    "the size of time": trivial(["size", "time"]),
    "a third root of a size": trivial(["size", "n", "1/3"]),
    "a high power of a size": trivial(["size", "n", "-129/2"]),
    "δ of two sorts": trivial(["delta", "i", "r"]),
    "δ of times": trivial(["delta", "t", "u"]),
    "max of one number": trivial(["fn", "max", "x"]),
    "op of a number": trivial(["fn", "op", "x"]),
    "op over time": trivial(["fn", "op", ["of", ["t", "i"], "x"]]),
    "top of a number": trivial(["fn", "top", "x"]),
    "top of a matrix that is not square": trivial(["fn", "top", ["of", ["i", "r"], "x"]]),
    "top over time": trivial(["fn", "top", ["of", ["t", "u"], "x"]]),
    "sup over a finite sort": trivial(["fn", "sup", ["of", ["i"], "x"]]),
    "the power of a real time": trivial(["^t", "x", "s"]),
    "the number of a neuron": trivial(["num", "r"]),
    "a derivative by a finite index": trivial(["d", "i", ["v", "i"], "w"]),
    "a derivative at a finite index": trivial(["d", "s", ["f", "s"], "i"]),
    "a mean over tensors of other axes": trivial(["mean", "N", ["v"], "x"]),
    # facts and instances
    "an unknown fact": document(combine("a", TRUE, items=[{"use": "b"}])),
    "a nameless step": document(combine("", TRUE)),
    "a step named like a sentence": document(combine("H: 0 < 0", TRUE)),
    "a taken name": document(CLOSED, CLOSED),
    "an axiom without a source": document(axioms={"A": {"source": " ", "statement": TRUE}}),
    "an axiom about a free tensor": document(axioms={"A": {"source": "here", "statement": says(0, "<=", "x")}}),
    "a lemma and a file": document(uses={"A": {"lemma": "A", "file": "A", "sorts": {}}}, lemmas={"A": BARE}),
    "a lemma about time": document(
        uses={"A": {"lemma": "A", "sorts": {"m": "time"}}}, lemmas={"A": changed(BARE, sorts=["m"])}
    ),
    "an unknown lemma": document(uses={"A": {"lemma": "A", "sorts": {}}}),
    "a lemma that uses itself": using(A=changed(BARE, uses={"A": {"lemma": "A", "sorts": {}}})),
    "a lemma that brings lemmas": using(A=changed(BARE, lemmas={})),
    "too many lemmas": many(201),
    "an axiom that is none": document(step("a", "instance", use=["ax", "choice"])),
    "an axiom for too many sorts": document(step("a", "instance", use=["ax", "size_one", "n", "p"])),
    "an axiom with a useless exponent": document(step("a", "instance", use=["ax", "size_one", "n", "1"])),
    "an axiom with two exponents": document(step("a", "instance", use=["ax", "size_sign", "n", "1", "1"])),
    "too few values": document(step("a", "instance", use={"by": ["ax", "max_left"], "at": ["x"]})),
    "an index of another sort for a variable": document(
        combine("all", says(0, "<=", 0, all=["i"])), step("a", "instance", use={"by": "all", "at": ["r"]})
    ),
    "a function of other axes": document(
        step("a", "instance", use={"by": ["ax", "op_sign", "n", "n"], "at": [["of", ["i", "r"], "x"]]})
    ),
    "values left open with premises given": assuming(
        step("a", "instance", use={"by": "H", "at": [None], "given": ["P"]}),
        hypotheses={"H": says(0, "<=", "x", all=["x"], **{"if": [TRUE]}), "P": TRUE},
    ),
    "too few premises": assuming(
        step("a", "instance", use={"by": ["ax", "max_left"], "at": ["x", "y"], "given": ["H", "H"]}),
        hypotheses={"H": says("y", "<=", "x")},
    ),
    "another premise": assuming(
        step("a", "instance", use={"by": ["ax", "max_left"], "at": ["x", "y"], "given": ["H"]}),
        hypotheses={"H": says("x", "<=", "y")},
    ),
    "an unknown hypothesis": document(CLOSED, step("a", "discharge", use="closed", hyp="H")),
    # rules
    "a generalised hypothesis": assuming(
        step("a", "generalise", use="H", over=["x"]), hypotheses={"H": says("x", "<=", 0)}
    ),
    "a generalised hypothesis on the first index of δ": assuming(
        step("a", "generalise", use="H", over=["i"]), hypotheses={"H": says(["delta", "i", "j"], "=", 0)}
    ),
    "a generalised hypothesis on the second index of δ": assuming(
        step("a", "generalise", use="H", over=["j"]), hypotheses={"H": says(["delta", "i", "j"], "=", 0)}
    ),
    "a sum over what is fixed": assuming(
        combine("a", says(["sum", ["i"], ["v", "i"]], "<=", 0), [{"use": "H", "over": ["i"]}]), hypotheses=ABOUT_I
    ),
    "a sum over what is fixed by rewriting": assuming(
        combine(
            "a",
            says(0, "<=", ["sum", ["i"], ["v", "i"]]),
            [{"use": "positive", "times": ["v", "i"], "sign": "H", "over": ["i"]}],
            ["E"],
        ),
        hypotheses={"E": says("c", "=", ["v", "i"]), "H": says(0, "<=", "c"), "positive": says(0, "<=", 1)},
    ),
    "a mean over what is assumed": assuming(
        combine("a", says(["mean", "N", ["b"], ["b", "r"]], "=", 1), [{"use": "H", "over": [["mean", "N", ["b"]]]}]),
        hypotheses={"H": says(["b", "r"], "=", 1)},
    ),
    "a mean over what the rewriting assumes": assuming(
        combine(
            "a",
            says(0, "<=", ["mean", "L", ["b"], ["b", "r"]]),
            [{"use": "one", "times": ["b", "r"], "sign": "H", "over": [["mean", "L", ["b"]]]}],
            ["E"],
        ),
        hypotheses={"E": says("c", "=", ["b", "r"]), "H": says(0, "<=", "c"), "one": says(0, "<=", 1)},
    ),
    "rewriting with an inequality": assuming(
        combine("a", says("x", "=", 0), [], ["H"]), hypotheses={"H": says("x", "<=", 0)}
    ),
    "rewriting under a premise": assuming(
        combine("a", says("x", "=", 0), [], ["H"]), hypotheses={"H": says("x", "=", 0, **{"if": [says(0, "<", 0)]})}
    ),
    "rewriting a sum": assuming(
        combine("a", says(0, "=", 0), [], ["H"]), hypotheses={"H": says(["+", "x", "y"], "=", 0)}
    ),
    "rewriting with an index on the right only": assuming(
        combine("a", says("c", "=", ["v", "i"]), [], ["H"]), hypotheses={"H": says("c", "=", ["v", "i"], all=["i"])}
    ),
    "rewriting a diagonal": assuming(
        combine("a", says(["M", "i", "j"], "=", 0), [], ["H"]),
        hypotheses={"H": says(["M", "i", "i"], "=", 0, all=["i"])},
    ),
    "an item with variables": assuming(
        combine("a", says("x", "<=", 0), [{"use": "H"}]), hypotheses={"H": says("x", "<=", 0, all=["y"])}
    ),
    "an item under a premise": assuming(
        combine("a", says("x", "<=", 0), [{"use": "H"}]),
        hypotheses={"H": says("x", "<=", 0, **{"if": [says(0, "<", 0)]})},
    ),
    "an equation from an inequality": assuming(
        combine("a", says("x", "=", 0), [{"use": "H"}]), hypotheses={"H": says("x", "<=", 0)}
    ),
    "a non sequitur": document(combine("a", says("x", "=", "y"))),
    "a negative number left over": document(combine("a", says(0, "<=", -1))),
    "an equation of two numbers": document(combine("a", says(0, "=", 1))),
    "strict from nothing": document(combine("a", says("x", "<", "x"))),
    "strict from nothing of what is strict": document(
        POSITIVE, combine("a", says("x", "<", "x"), [{"use": "positive", "times": 0}])
    ),
    "strict from a factor that may vanish": assuming(
        combine("a", says(0, "<", "c"), [{"use": "positive", "times": "c", "sign": "H"}]),
        hypotheses={"H": says(0, "<=", "c"), "positive": says(0, "<", 1)},
    ),
    "strict from a mean": document(
        POSITIVE,
        combine(
            "a",
            says(
                "x",
                "<",
                ["+", "x", ["mean", "N", ["b"], ["^", ["b", "r"], 2]]],
            ),
            [{"use": "positive", "over": [["mean", "N", ["b"]]]}],
        ),
    ),
    "a negative factor": assuming(
        combine("a", says(0, "<=", "x"), [{"use": "H", "times": -1}]), hypotheses={"H": says("x", "<=", 0)}
    ),
    "a factor of unknown sign": assuming(
        combine("a", says("x", "<=", 0), [{"use": "H", "times": "y"}, {"use": "H", "times": ["-", 1, "y"]}]),
        hypotheses={"H": says("x", "<=", 0)},
    ),
    "a sign of something else": assuming(
        combine("a", says(["*", "x", "c"], "<=", "x"), [{"use": "H", "times": "x", "sign": "S"}]),
        hypotheses={"H": says("c", "<=", 1), "S": says(0, "<=", "c")},
    ),
    "a sign that is an equation": assuming(
        combine("a", says(["*", "x", "y"], "<=", 0), [{"use": "H", "times": "y", "sign": "S"}]),
        hypotheses={"H": says("x", "<=", 0), "S": says(0, "=", "y")},
    ),
    "a sign under a premise": assuming(
        combine("a", says(["*", "x", "y"], "<=", 0), [{"use": "H", "times": "y", "sign": "S"}]),
        hypotheses={"H": says("x", "<=", 0), "S": says(0, "<=", "y", **{"if": [says(0, "<", 0)]})},
    ),
    "induction over neurons": assuming(
        step("a", "induction", var="s", goals=[TRUE], base=["H"], step=["H"]), hypotheses={"H": TRUE}
    ),
    "induction with a step missing": assuming(
        ONWARD, step("a", "induction", **{**INDUCTION, "step": []}), hypotheses=IND
    ),
    "induction to a goal that is none": assuming(
        ONWARD, step("a", "induction", **{**INDUCTION, "which": -1}), hypotheses=IND
    ),
    "induction from another start": assuming(
        ONWARD, step("a", "induction", **{**INDUCTION, "base": ["now"]}), hypotheses=IND
    ),
    "induction to another time": assuming(
        ONWARD, step("a", "induction", **{**INDUCTION, "step": ["start"]}), hypotheses=IND
    ),
    "induction with a step for one time": assuming(
        combine("onward", says(["a", ["t", 1]], "<=", 0), [{"use": "falls"}, {"use": "now"}]),
        step("a", "induction", **INDUCTION),
        hypotheses=IND | {"falls": says(["a", ["t", 1]], "<=", ["a", "t"])},
    ),
    "cases of different things": assuming(
        step("a", "cases", split=["x", "y"], low="H", high="K"),
        hypotheses={"H": says("x", "<=", "y"), "K": says("y", "<", "x")},
    ),
    "three cases": assuming(
        step("a", "cases", split=["x", "y", "c"], low="H", high="H"), hypotheses={"H": says("x", "<=", "y")}
    ),
    "absurd from a truth": document(CLOSED, step("a", "absurd", use="closed", goal=says(1, "=", 0))),
    "absurd from 0 = 0": document(
        combine("true", says(0, "=", 0)), step("a", "absurd", use="true", goal=says(1, "=", 0))
    ),
    "absurd from 0 < 1": document(POSITIVE, step("a", "absurd", use="positive", goal=says(1, "=", 0))),
    "absurd from a hypothesis": assuming(
        step("a", "absurd", use="H", goal=says(1, "=", 0)), hypotheses={"H": says("x", "<", 0)}
    ),
    "absurd from a premise": assuming(
        step("a", "absurd", use="H", goal=says(1, "=", 0)),
        hypotheses={"H": says(0, "<", 0, **{"if": [says("x", "=", 1)]})},
    ),
    "congruence of an inequality": assuming(
        step("a", "congruence", fn="F", use="H"), hypotheses={"H": says("x", "<=", "y")}
    ),
    "congruence under a premise": assuming(
        step("a", "congruence", fn="F", use="H"), hypotheses={"H": says("x", "=", "y", **{"if": [says(0, "<", 0)]})}
    ),
    "congruence for all tensors": assuming(
        step("a", "congruence", fn="F", use="H"), hypotheses={"H": says("x", "=", "y", all=["y"])}
    ),
    "congruence of an unknown function": assuming(
        step("a", "congruence", fn="H", use="H"), hypotheses={"H": says("x", "=", "y")}
    ),
    "congruence of two arguments": assuming(
        step("a", "congruence", fn="G", use="H"), hypotheses={"H": says("x", "=", "y")}
    ),
    "a congruence at no time": assuming(
        step("a", "congruence", fn="d", use="H"), hypotheses={"H": says(["f", "s"], "=", 0, all=["s"])}
    ),
    "an unknown definition": document(CLOSED, step("a", "drop", use="closed", defs=["H"])),
    "no definitions": document(CLOSED, step("a", "drop", use="closed", defs=[])),
    "a definition that is an inequality": assuming(
        step("a", "drop", use="H", defs=["H"]), hypotheses={"H": says("x", "<=", 0)}
    ),
    "a definition under a premise": assuming(
        CLOSED,
        step("a", "drop", use="closed", defs=["H"]),
        hypotheses={"H": says("x", "=", 0, **{"if": [says(0, "<", 0)]})},
    ),
    "a definition of a sum": assuming(
        step("a", "drop", use="H", defs=["H"]), hypotheses={"H": says(["+", "x", 1], "=", 0)}
    ),
    "a circular definition": assuming(
        step("a", "drop", use="H", defs=["H"]), hypotheses={"H": says("x", "=", ["+", "x", 1])}
    ),
    "a definition of one entry": assuming(
        CLOSED, step("a", "drop", use="closed", defs=["H"]), hypotheses={"H": says(["v", "i"], "=", 0)}
    ),
    "a definition of later times": assuming(
        step("a", "drop", use="H", defs=["H"]), hypotheses={"H": says(["a", ["t", 1]], "=", ["num", "t"], all=["t"])}
    ),
    "a recursion whose step is a number": assuming(
        CLOSED, {**DONE_WITH, "use": "closed"}, hypotheses=RECURSION | {"next": says("x", "=", 1)}
    ),
    "a recursion of two tensors": assuming(
        CLOSED,
        {**DONE_WITH, "use": "closed"},
        hypotheses=RECURSION | {"first": says(["q", 0], "=", 0)},
        tensors={**DECLARED["tensors"], "q": ["time"]},
    ),
    "a recursion with a circular start": assuming(
        ZERO, DONE_WITH, hypotheses=RECURSION | {"first": says(["a", 0], "=", ["+", ["a", 1], 1])}
    ),
    "a recursion that looks ahead": assuming(
        ZERO,
        DONE_WITH,
        hypotheses=RECURSION | {"next": says(["a", ["t", 1]], "=", ["+", ["a", ["t", 1]], 1], all=["t"])},
    ),
    "a recursion that is assumed about": assuming(
        combine("zero", says(0, "<=", 0), [{"use": "H", "times": 0}]),
        DONE_WITH,
        hypotheses=RECURSION | {"H": says(["a", 1], "=", 7)},
    ),
    "a recursion that is concluded about": assuming(
        step("a", "drop", use="first", defs=["first", "next"]), hypotheses=RECURSION
    ),
    "a recursion without a start": assuming(ZERO, DONE_WITH, hypotheses=RECURSION | {"first": says(["a", 1], "=", 0)}),
    "a recursion by two steps": assuming(
        ZERO, DONE_WITH, hypotheses=RECURSION | {"next": says(["a", ["t", 2]], "=", ["a", "t"], all=["t"])}
    ),
    "random inside a function": document(combine("a", says(["*", 0, RANDOM], "=", 0))),
    "a long number": trivial(["^", ["^", 1000, 64], 64]),
    # the statement
    "no conclusion": document(concludes="nothing"),
    "a conclusion about a fixed index": document(combine("done", says(["v", "i"], "=", ["v", "i"])), concludes="done"),
    "a hypothesis about a fixed index": assuming(
        combine("done", TRUE, [{"use": "H", "times": 0}]), hypotheses=ABOUT_I, concludes="done"
    ),
    "a lemma about an undeclared tensor": document(
        concludes="A",
        uses={"A": {"lemma": "A", "sorts": {}}},
        lemmas={"A": lemma(combine("done", says("z", "=", "z")), concludes="done", tensors={"z": []})},
    ),
    "a lemma about an undeclared function": document(
        concludes="A",
        uses={"A": {"lemma": "A", "sorts": {}}},
        lemmas={
            "A": lemma(combine("done", says(["fn", "Z", 0], "=", ["fn", "Z", 0])), concludes="done", functions={"Z": 1})
        },
    ),
    "a lemma about another law": document(
        concludes="A",
        uses={"A": {"lemma": "A", "sorts": {"p": "p"}}},
        lemmas={
            "A": lemma(
                combine("done", says(["mean", "L", ["b"], ["sum", ["r"], ["b", "r"]]], "=", 0)),
                concludes="done",
                sorts=["p"],
                indices={"r": "p"},
                tensors={"b": ["p"]},
                laws={"L": {"kind": "gauss", "axes": [["p"]]}},
            )
        },
    ),
    "a title of two lines": changed(document(), title="one\ntwo"),
    "a reason of two lines": document(combine("a", TRUE, reason="one\ntwo")),
    "definedness from another assumption": assuming(
        combine("done", says(["fn", "inv", "x"], "=", ["fn", "inv", "x"])),
        hypotheses={"H": says(0, "<", ["^", "x", 2])},
        concludes="done",
        defined=["H"],
    ),
    "a quotient by what may vanish": document(
        combine("done", says(["fn", "inv", "x"], "=", ["fn", "inv", "x"])), concludes="done"
    ),
    "the root of what may be negative": document(
        combine("done", says(["fn", "sqrt", "x"], "=", ["fn", "sqrt", "x"])), concludes="done"
    ),
    "a derivative that may not exist": document(
        combine("done", says(["d", "s", ["f", "s"], "w"], "=", ["d", "s", ["f", "s"], "w"], all=["w"])),
        concludes="done",
    ),
}

HOSTILE: dict[str, Any] = {
    "a circle in memory": "circle",
    "deep JSON": "[" * 100_000,
    "a deep list": json.dumps(document())[:-1] + ', "witness": ' + "[" * 20_000 + "]" * 20_000 + "}",
    "a decimal": json.dumps(document()).replace('"say": [0', '"say": [0.5'),
    "infinity": json.dumps(document()).replace('"say": [0', '"say": [Infinity'),
    "a long number": json.dumps(document()).replace('"say": [0', '"say": [' + "9" * 5000),
    "bytes": b"{}",
    "nothing": None,
    "a number": 7,
    "null everywhere": {**document(), "steps": None},
    "steps of numbers": {**document(), "steps": [1, 2]},
    "a step without a name": {**document(), "steps": [{"rule": "combine"}]},
    "a list as a name": {**document(), "steps": [{"as": ["a"], "rule": "combine"}]},
    "a dictionary as a rule": {**document(), "steps": [{"as": "a", "rule": {}}]},
    "a list for a fact": document(step("a", "instance", use=["ax", ["size_one"], {"a": []}])),
    "unhashable binders": document(combine("a", says(["sum", [["i"]], 0], "=", 0))),
    "laws of numbers": document(laws=[1]),
    "axes of numbers": document(tensors={"x": 3}),
    "a lone surrogate": document(combine("\ud800", says(0, "<=", 0))),
    "high powers of sums": document(combine("a", says(["^", ["+", *["x"] * 40, "y"], 64], "=", 0))),
    "many symmetric sums": document(
        combine("a", says(["^", ["sum", ["i"], ["v", "i"]], 14], "=", ["^", ["sum", ["j"], ["v", "j"]], 14]))
    ),
    "a high moment": document(combine("a", says(["mean", "N", ["b"], ["^", ["sum", ["r"], ["b", "r"]], 24]], "=", 0))),
    "numbers that double": document(
        *(combine(f"s{k}", says(["^", ["^", ["^", 3, 60], 60], 60], "=", 0)) for k in range(3))
    ),
    "many steps under many hypotheses": document(
        combine("s0", says(0, "<=", 0), [{"use": f"h{k}", "times": 0} for k in range(4000)]),
        *(step(f"s{k + 1}", "instance", use={"by": f"s{k}"}) for k in range(4000)),
        hypotheses={f"h{k}": says("x", "<=", k) for k in range(4000)},
    ),
    "terms that double": document(
        combine("s0", says("x", "=", "x", all=["x"])),
        *(
            line
            for k in range(60)
            for z in ("yx"[k % 2],)
            for line in (
                step(f"i{k}", "instance", use={"by": f"s{k}", "at": [["*", z, z]]}),
                step(f"s{k + 1}", "generalise", use=f"i{k}", over=[z]),
            )
        ),
    ),
    "terms that deepen": document(
        combine("s0", says("x", "=", "x", all=["x"])),
        *(
            line
            for k in range(400)
            for line in (
                step(f"i{k}", "instance", use={"by": f"s{k}", "at": [["fn", "F", "y" if k % 2 == 0 else "x"]]}),
                step(f"s{k + 1}", "generalise", use=f"i{k}", over=["y" if k % 2 == 0 else "x"]),
            )
        ),
        combine("a", says(0, "=", 1)),
    ),
}  # fmt: skip
