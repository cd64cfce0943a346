"""The second check: what it must see, what it must not claim, and that it always ends."""

from __future__ import annotations

import time
from typing import Any

import pytest
from flint import ctx
from refused_documents import combine, document, says

from fa_theory.checker.proof import evaluate as evaluation
from fa_theory.checker.proof.budget import Allowance, working
from fa_theory.checker.proof.evaluate import Evaluation, evaluate
from fa_theory.checker.proof.language import Declarations
from fa_theory.checker.proof.terms import NUMERAL, Index, IndexVariable, opened
from fa_theory.checker.recheck import recheck

NAMES = Declarations({k: v for k, v in document().items() if k in ("sorts", "indices", "tensors", "functions", "laws")})


def look(conclusion: Any, *hypotheses: Any, witness: Any = (), **more: Any) -> Evaluation:
    assumed = [NAMES.formula(h) for h in hypotheses]
    return evaluate(assumed, NAMES.formula(conclusion), witness=[NAMES.formula(w) for w in witness], **more)


def fn(name: str, *arguments: Any) -> list[Any]:
    return ["fn", name, *arguments]


def mean(law: str, term: Any) -> list[Any]:
    return ["mean", law, ["b"], term]


NO_VALUE = fn("sup", ["of", ["t"], ["a", "t"]])
OP = fn("op", ["of", ["i", "j"], ["M", "i", "j"]])
SQUARES = ["sum", ["i", "j"], ["^", ["M", "i", "j"], 2]]
TRUE = {
    "a square": says(0, "<=", ["^", "x", 2]),
    "a strict square plus one": says(0, "<", ["+", 1, ["^", "x", 2]]),
    "a sum over a sort": says(["sum", ["i"], 1], "=", ["size", "n"]),
    "the root of a size": says(["^", ["size", "n", "1/2"], 2], "=", ["size", "n"]),
    "one over a size": says(["*", ["size", "n", -1], ["size", "n"]], "=", 1),
    "a fraction": says(["*", ["size", "n", "-3/2"], ["size", "n", "3/2"]], "=", 1),
    "delta": says(["sum", ["j"], ["*", ["delta", "i", "j"], ["v", "j"]]], "=", ["v", "i"], all=["i"]),
    "a root": says(["^", fn("sqrt", ["^", "x", 2]), 2], "=", ["^", "x", 2]),
    "the root of a negative number": says(fn("sqrt", ["-", -1, ["^", "x", 2]]), "=", 0),
    "a size of a number": says(fn("abs", "x"), "=", fn("abs", ["-", "x"])),
    "the larger one": says(fn("max", "x", "y"), "=", fn("max", "y", "x")),
    "above both": says("x", "<=", fn("max", "x", "y")),
    "one over 0": says(fn("inv", 0), "=", 0),
    "one over a number": says(["*", ["+", 1, ["^", "x", 2]], fn("inv", ["+", 1, ["^", "x", 2]])], "=", 1),
    "a function": says(fn("G", "x", "y"), "=", fn("G", "x", "y")),
    "powers of a time": says(["^t", "x", ["t", 1]], "=", ["*", "x", ["^t", "x", "t"]], all=["t"]),
    "power 0": says(["^t", "x", 0], "=", 1),
    "a time as a number": says(["num", ["t", 2]], "=", ["+", 2, ["num", "t"]], all=["t"]),
    "an operator norm": says(["^", OP, 2], "<=", SQUARES),
    "an operator norm from below": says(["sum", ["i"], ["^", ["M", "i", "k"], 2]], "<=", ["^", OP, 2], all=["k"]),
    "a variance": says(mean("N", ["^", ["b", "r"], 2]), "=", 1, all=["r"]),
    "a fourth moment": says(mean("N", ["^", ["b", "r"], 4]), "=", 3, all=["r"]),
    "independent slices": says(
        mean("L", ["sum", ["r'"], ["b", "r'"]]), "=", ["*", ["size", "p"], mean("L", ["b", "r"])], all=["r"]
    ),
}
FALSE = {
    "a square": says(["^", "x", 2], "<=", 0),
    "strict where it is equal": says(0, "<", ["-", "x", "x"]),
    "numbers": says(1, "<=", 0),
    "an equation": says("x", "=", "y"),
    "a sum over another sort": says(["sum", ["i"], 1], "=", ["size", "p"]),
    "the root of a size": says(["size", "n", "1/2"], "=", ["size", "n"]),
    "delta": says(["sum", ["j"], ["delta", "i", "j"]], "=", ["size", "n"], all=["i"]),
    "all entries are the same": says(["v", "i"], "=", ["v", "j"], all=["i", "j"]),
    "a matrix is symmetric": says(["M", "i", "j"], "=", ["M", "j", "i"], all=["i", "j"]),
    "a root": says(fn("sqrt", ["^", "x", 2]), "=", "x"),
    "a size of a number": says(fn("abs", "x"), "=", "x"),
    "the larger one": says(fn("max", "x", "y"), "=", "x"),
    "x / x": says(["*", ["-", "x", "x"], fn("inv", ["-", "x", "x"])], "=", 1),
    "a function is symmetric": says(fn("G", "x", "y"), "=", fn("G", "y", "x")),
    "a function is the identity": says(fn("F", "x"), "=", "x"),
    "powers of a time": says(["^t", "x", ["t", 1]], "=", ["^t", "x", "t"], all=["t"]),
    "time stands still": says(["num", ["t", 1]], "=", ["num", "t"], all=["t"]),
    "what falls stays above its start": says(["a", 0], "<=", ["a", "t"], all=["t"]),
    "an operator norm": says(["^", OP, 2], "=", SQUARES),
    "an operator norm of a column": says(["^", OP, 2], "<=", ["sum", ["i"], ["^", ["M", "i", "k"], 2]], all=["k"]),
    "a variance": says(mean("N", ["^", ["b", "r"], 2]), "=", 2, all=["r"]),
    "a fourth moment": says(mean("N", ["^", ["b", "r"], 4]), "=", 1, all=["r"]),
    "the variance of a law": says(mean("L", ["^", ["b", "r"], 2]), "=", ["^", mean("L", ["b", "r"]), 2], all=["r"]),
    "entries of a law are the same": says(
        mean("L", ["*", ["b", "r"], ["sum", ["r'"], ["b", "r'"]]]),
        *("=", ["*", ["size", "p"], mean("L", ["^", ["b", "r"], 2])]),
        all=["r"],
    ),
    "a conclusion under a premise that holds": says("c", "<=", 0, all=["c"], **{"if": [says(1, "<=", "c")]}),
    "all functions": says(["v", "i"], "<=", 0, all=["v", "i"]),
}  # fmt: skip
NAMES.indices["r'"] = NAMES.indices["r"].__class__("r'", "p")


@pytest.mark.parametrize("name", TRUE)
def test_what_is_true_holds_at_points(name: str) -> None:
    assert look(TRUE[name], points=8).points == 8


@pytest.mark.parametrize("name", FALSE)
def test_what_is_false_is_refuted(name: str) -> None:
    assert look(FALSE[name], points=40, tries=40).refuted


def test_the_point_is_named() -> None:
    assert look(says("x", "<=", "y")).refuted.count("=") == 2


def test_hypotheses_hold_where_the_conclusion_is_tried() -> None:
    assert look(says("x", "<=", "y"), says("x", "<=", "c"), says("c", "<=", "y")).points
    assert look(says("x", "<=", "y"), says("x", "<=", "c"), says("c", "<=", ["+", "y", 1])).refuted


def test_an_equation_makes_the_point() -> None:
    cubes = says("x", "=", ["^", "y", 3])
    assert look(says(["*", "x", "y"], "=", ["^", "y", 4]), cubes, points=9).points == 9


def test_a_recursion_makes_the_point() -> None:
    doubling = says(["a", 0], "=", "x"), says(["a", ["t", 1]], "=", ["*", 2, ["a", "t"]], all=["t"])
    grown = says(["a", 3], "=", ["*", 8, "x"])
    assert look(grown, *doubling, points=9).points == 9
    assert look(says(["a", 2], "=", ["*", 8, "x"]), *doubling).refuted


def test_a_witness_makes_the_point_and_is_not_believed() -> None:
    hard = says(["^", "x", 2], "=", 49)
    assert not look(says(0, "<=", "x"), hard, tries=20).points
    assert look(says("x", "=", 7), hard, witness=[says("x", "=", 7)]).points
    assert look(says("x", "<=", 0), hard, witness=[says("x", "=", 7)]).refuted
    assert not look(says(0, "<=", "x"), hard, witness=[says("x", "=", 8)]).points


def test_what_is_impossible_has_no_points() -> None:
    assert look(says("c", "=", 7), says(["^", "x", 2], "<=", -1)) == Evaluation(0, 0)


@pytest.mark.parametrize(
    "unknown",
    [says(NO_VALUE, "<=", 0), says(NO_VALUE, "=", NO_VALUE), says(0, "<=", 0, **{"if": [says(NO_VALUE, "<", 0)]})],
)
def test_what_is_not_known_neither_holds_nor_refutes(unknown: Any) -> None:
    assert not look(says("x", "=", "x"), says(NO_VALUE, "<=", 0)).points
    assert not look(says("x", "=", "x"), says(1, "<=", 0, **{"if": [says(NO_VALUE, "<=", 0)]})).points
    assert not look(says(1, "<=", 0, **{"if": [unknown]})).refuted or unknown.get("if")
    assert not look(unknown).refuted


def test_what_holds_for_no_free_variables_is_refuted_too() -> None:
    assert look(says("c", "<=", 1, all=["c"])).refuted == "every point"


def test_a_premise_that_is_refuted_leaves_nothing_to_show() -> None:
    assert look(says(1, "<=", 0, **{"if": [says(1, "<=", 0)]})) == Evaluation(4, 0)
    assert look(says(1, "<=", 0, all=["v", "i"], **{"if": [says(1, "<=", 0)]})) == Evaluation(4, 4)
    assert look(says("x", "<=", 0, all=["i"], **{"if": [says(["v", "i"], "<=", -9)]})) == Evaluation(4, 0)
    assert look(says(["v", "i"], "<=", 0, all=["i"], **{"if": [says(["v", "i"], "<=", -1)]})).met in range(1, 4)


def test_what_fails_at_time_3_is_no_point() -> None:
    counting = says(["a", 0], "=", 1), says(["a", ["t", 1]], "=", ["+", ["a", "t"], 1], all=["t"])
    for most, met in ((3, 0), (4, 4)):
        assert look(says("x", "=", "x"), *counting, says(["a", "t"], "<=", most, all=["t"])).met == met


def test_what_holds_for_a_few_tensors_only_refutes_nothing() -> None:
    """∀v. (Σ v)⁴ ≤ c (Σ v²)² holds for three random v more often than for all."""
    power = ["^", ["sum", ["i"], ["v", "i"]], 4]
    bounded = says(power, "<=", ["*", "c", ["^", ["sum", ["i"], ["^", ["v", "i"], 2]], 2]], all=["v"])
    found = [look(says(1, "<=", 0), bounded, seed=seed) for seed in range(20)]
    assert not any(x.refuted for x in found)
    premise = says(1, "<=", 0, **{"if": [bounded]})
    assert not any(look(premise, seed=seed).refuted for seed in range(20))


@pytest.mark.parametrize(
    ("hypotheses", "said"),
    [
        ([says(["^", ["a", "t"], 2], "<=", 20, all=["t"])], says(["^", ["a", ["t", 2]], 2], "<=", 20, all=["t"])),
        ([says(["^", ["a", "t"], 2], "<=", 20, all=["t"])], says(["^", ["a", 5], 2], "<=", 20)),
        ([says(["^", ["f", "s"], 2], "<=", 20, all=["s"])], says(["^", ["f", 1], 2], "<=", 20)),
        ([says(0, "<", ["^", ["f", "s"], 2], all=["s"])], says(0, "<", ["^", ["f", 0], 2])),
        ([says("x", "=", "y", all=["w"], **{"if": [says("c", "=", ["f", "w"])]}), says("c", "=", ["f", 0])],
         says("x", "=", "y")),
        ([says("x", "=", "y", all=["w"], **{"if": [says("c", "=", ["f", "w"])]}), says("c", "=", ["f", 1])],
         says("x", "=", "y")),
    ],
)  # fmt: skip
def test_what_is_assumed_for_all_times_is_assumed_where_it_is_used(hypotheses: Any, said: Any) -> None:
    """At times that are not tried otherwise: 4, 5, real times 0 and 1."""
    found = [look(said, *hypotheses, seed=seed, tries=40) for seed in range(30)]
    assert not any(x.refuted for x in found)
    assert sum(x.points for x in found) >= 10
    assert any(look(says("x", "<=", "y"), *hypotheses[:-1], seed=seed).refuted for seed in range(5))


def test_germs_refute_nothing_that_speaks_of_later_times() -> None:
    """The instance at time 1 of ∀w. (∀s. f[s] = y + num(w)) → x = c."""
    same = says(["f", "s"], "=", ["+", "y", ["num", "w"]], all=["s"])
    general = NAMES.formula(says("x", "=", "c", all=["w"], **{"if": [same]}))
    with working(Allowance(1000)):
        one = opened(general, {IndexVariable("w", "real"): Index(NUMERAL, "real", 1)})
    for seed in range(20):
        assert not evaluate([general, *one.premises], NAMES.formula(says("x", "=", "c")), seed=seed).refuted


def test_times_beyond_the_horizon_are_not_known() -> None:
    for late in (says(["a", 6], "<=", 0), says(["a", ["t", 6]], "<=", 0, all=["t"])):
        assert look(late) == Evaluation(0, 40)  # and so it is not called vacuous
        assert not look(says("x", "=", "x"), late).met


def test_a_point_met_is_one_at_which_all_hypotheses_hold() -> None:
    assert look(says(NO_VALUE, "<=", 0), says("x", "<=", "y"), tries=20).met == 20
    assert look(says(NO_VALUE, "<=", 0), says(["^", "x", 2], "<=", -1)).met == 0


@pytest.mark.parametrize(("order", "moment"), [(6, 15), (7, 0), (8, 105), (9, 0)])
def test_high_moments_of_a_normal_law(order: int, moment: int) -> None:
    assert look(says(mean("N", ["^", ["b", "r"], order]), "=", moment, all=["r"])).points == 4
    assert look(says(mean("N", ["^", ["b", "r"], order]), "=", moment + 1, all=["r"])).refuted
    inner = mean("L", ["^", ["*", ["c", "r"], ["b", "r"]], order])
    laws = {"N": {"kind": "gauss", "axes": [["p"]]}, "L": {"kind": "gauss", "axes": [["p"]]}}
    both = ["mean", "N", ["b"], ["mean", "L", ["c"], inner[3]]]
    data = document(
        combine("done", says(both, "=", moment**2, all=["r"])),
        tensors={"b": ["p"], "c": ["p"]}, laws=laws, functions={}, concludes="done",
    )  # fmt: skip
    assert "hold at 4 points" in recheck(data).reason


def test_moments_of_order_ten_are_not_known() -> None:
    assert look(says(mean("N", ["^", ["b", "r"], 10]), "=", 1, all=["r"])) == Evaluation(0, 40)


FORM = ["sum", ["i", "j"], ["*", ["v", "i"], ["M", "i", "j"], ["v", "j"]]]
LENGTH = ["sum", ["i"], ["^", ["v", "i"], 2]]
DIAGONAL = says(["M", "i", "j"], "=", ["*", ["delta", "i", "j"], ["+", 2, ["delta", "i", "j"]]], all=["i", "j"])
RANK_1 = says(["M", "i", "j"], "=", 1, all=["i", "j"])
SHIFTED = ["^", ["sum", ["i"], ["+", ["v", "i"], 1]], 2]


@pytest.mark.parametrize(
    ("said", "hypotheses"),
    [
        (says(FORM, "<=", ["*", 3, LENGTH], all=["v"]), [DIAGONAL]),
        (says(["*", 3, LENGTH], "<=", FORM, all=["v"]), [DIAGONAL]),
        (says(FORM, "<=", ["*", ["size", "n"], LENGTH], all=["v"]), [RANK_1]),
        (says(0, "<=", FORM, all=["v"]), [RANK_1]),
        (says(0, "<=", SHIFTED, all=["v"]), []),
        (says(["*", ["size", "n"], ["-", ["*", 2, ["sum", ["i"], ["v", "i"]]], ["size", "n"]]], "<=",
              ["*", ["size", "n"], LENGTH], all=["v"]), []),
    ],
)  # fmt: skip
def test_quadratic_forms_are_decided(said: Any, hypotheses: Any) -> None:
    assert look(said, *hypotheses, points=8).points == 8
    # the same as a hypothesis: it holds for certain, so what is false is refuted
    assert look(says("x", "<=", "y"), *hypotheses, said, points=40).refuted


@pytest.mark.parametrize(
    "said",
    [
        says(FORM, "<=", ["*", "299/100", LENGTH], all=["v"]),
        says(["*", "301/100", LENGTH], "<=", FORM, all=["v"]),
        says("1/1000000", "<=", SHIFTED, all=["v"]),
        says(["*", 2, ["sum", ["i"], ["v", "i"]]], "<=", LENGTH, all=["v"]),
        says(0, "<=", ["sum", ["i"], ["v", "i"]], all=["v"]),
    ],
)
def test_forms_that_are_negative_somewhere_are_refuted(said: Any) -> None:
    assert look(said, DIAGONAL).refuted
    assert not look(says("x", "=", "x"), DIAGONAL, said).points


def test_balls_are_compared_with_care() -> None:
    with ctx.workprec(64):
        assert look(says(["^", fn("sqrt", 2), 2], "=", 2)).points
        assert not look(says(["^", fn("sqrt", 2), 2], "<", 2)).refuted
        assert look(says(fn("sqrt", 2), "<=", "7/5")).refuted
        assert look(says(fn("sqrt", 2), "<=", "3/2")).points


MANY = [f"i{k}" for k in range(30)]
COUNTING = {"indices": dict.fromkeys(MANY, "n"), "tensors": {"v": ["n"], "x": []}}
TIMES = {"indices": dict.fromkeys(MANY, "time"), "tensors": {"a": ["time"]}}
ABOVE = ["x", "<=", ["+", "x", 1]]


def nested(depth: int) -> Any:
    formula: Any = says(0, "<=", 1)
    for k in range(depth):
        formula = says(f"x{k}", "<=", ["+", f"x{k}", 1], all=[f"x{k}"], **{"if": [formula]})
    return formula


def tower(height: int) -> Any:
    return ["^", tower(height - 1), 64] if height else 3


def about(*said: Any, witness: Any = (), **more: Any) -> Any:
    parts = {"functions": {}, "laws": {}} | {k: v for k, v in more.items() if k != "all"}
    goal = says(*said, **({"all": more["all"]} if "all" in more else {}))
    return document(combine("done", goal), witness=list(witness), concludes="done", **parts)


ENDLESS = {
    "a sum over thirty indices": about(
        ["sum", MANY, ["v", "i0"]], "=", ["sum", MANY, ["v", "i0"]], **COUNTING
    ),
    "for all thirty indices": about(["v", "i0"], "<=", ["+", ["v", "i0"], 1], all=MANY, **COUNTING),
    "for all thirty times": about(["a", "i0"], "<=", ["+", ["a", "i0"], 1], all=MANY, **TIMES),
    "premises about tensors inside each other": document(
        combine("done", nested(25)), tensors={f"x{k}": [] for k in range(25)}, concludes="done"
    ),
    "a law of many axes": about(
        ["mean", "K", ["c"], 1], "=", ["mean", "K", ["c"], 1],
        tensors={"c": ["p", *["n"] * 40]},
        laws={"K": {"kind": "iid", "axis": "p", "axes": [["p", *["n"] * 40]]}},
    ),
    "a witness of 3^64^64^64": about(*ABOVE, witness=[says("x", "=", tower(5))]),
    "a witness that multiplies": about(
        *ABOVE,
        tensors={"x": [], **{f"y{k}": [] for k in range(40)}},
        witness=[
            says("y0", "=", 3),
            *(says(f"y{k + 1}", "=", ["*", f"y{k}", f"y{k}"]) for k in range(39)),
            says("x", "=", "y39"),
        ],
    ),
    "a witness that sums": about(*ABOVE, witness=[says("x", "=", ["sum", MANY, 1])], **COUNTING),
    "a bound beyond all floats": about(*ABOVE, witness=[says("x", "<=", ["*", *["1" + "0" * 59] * 9])]),
}  # fmt: skip


@pytest.mark.parametrize("name", ENDLESS)
def test_an_evaluation_ends(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a tenth of the work that is allowed, to be quick: that is about 5 s."""
    assert evaluation.WORK <= 2_000_000
    monkeypatch.setattr(evaluation, "WORK", evaluation.WORK // 10)
    started = time.process_time()
    assert recheck(ENDLESS[name]).valid
    assert time.process_time() - started < 5
