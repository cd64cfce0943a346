"""Sequents along flows, evaluated just after time 0."""

from typing import Any

import pytest
from flint import fmpq

from fa_theory.checker.proof.evaluate import Evaluation, evaluate
from fa_theory.checker.proof.germs import Germ
from fa_theory.checker.proof.language import Declarations

NAMES = Declarations(
    {
        "sorts": ["n"],
        "indices": {"i": "n", "s": "real", "t": "real", "u": "real"},
        "tensors": {"f": ["real"], "g": ["real"], "c": [], "x": ["real", "n"], "curve": ["real"]},
        "functions": {"psi": 1, "slope": 1},
    }
)


def say(left: Any, relation: str, right: Any, *names: str) -> dict[str, Any]:
    return {"say": [left, relation, right], "all": list(names)}


def d(term: Any, at: Any = "t") -> list[Any]:
    return ["d", "s", term, at]


def look(conclusion: Any, *hypotheses: Any) -> Evaluation:
    return evaluate([NAMES.formula(h) for h in hypotheses], NAMES.formula(conclusion), points=6)


FALLS = say(d(["f", "s"]), "=", ["*", -1, ["^", ["c"], 2], ["f", "t"]], "t")
SQUARE = ["^", ["f", "t"], 2]
CHAIN = {
    "all": ["curve", "t"],
    "if": [say(["differentiable", "s", ["curve", "s"], "t"], "=", 1)],
    "say": [d(["fn", "psi", ["curve", "s"]]), "=", ["*", ["fn", "slope", ["curve", "t"]], d(["curve", "s"])]],
}
COMPOSED = d(["fn", "psi", ["*", 2, ["f", "s"]]])
TRUE = [
    (say(SQUARE, "<=", ["^", ["f", 0], 2], "t"), [FALLS]),
    (say(d(["^", ["f", "s"], 3]), "=", ["*", 3, SQUARE, d(["f", "s"])], "t"), []),
    (say(COMPOSED, "=", ["*", 2, ["fn", "slope", ["*", 2, ["f", "t"]]], d(["f", "s"])], "t"), [CHAIN]),
    (say(d(["num", "s"]), "=", 1, "t"), []),
    (say(d(["fn", "inv", ["+", 1, ["num", "s"]]], 0), "=", -1), []),
    (say(d(["sum", ["i"], ["x", "s", "i"]]), "=", ["sum", ["i"], d(["x", "s", "i"])], "t"), []),
]
FALSE = [
    (say(["^", ["f", 0], 2], "<=", SQUARE, "t"), [FALLS]),
    (say(SQUARE, "=", ["^", ["f", 0], 2], "t"), [FALLS]),
    (say(d(["^", ["f", "s"], 3]), "=", ["*", 2, SQUARE, d(["f", "s"])], "t"), []),
    (say(COMPOSED, "=", ["*", ["fn", "slope", ["*", 2, ["f", "t"]]], d(["f", "s"])], "t"), [CHAIN]),
    (say(d(["f", "s"]), "<=", 0, "t"), [FALLS]),
    (say(["f", "t"], "=", ["g", "t"], "t"), [say(["f", 0], "=", ["g", 0])]),
]


@pytest.mark.parametrize(("conclusion", "hypotheses"), TRUE)
def test_what_holds_is_met_and_not_refuted(conclusion: Any, hypotheses: Any) -> None:
    assert look(conclusion, *hypotheses).points == 6


@pytest.mark.parametrize(("conclusion", "hypotheses"), FALSE)
def test_what_is_false_is_refuted(conclusion: Any, hypotheses: Any) -> None:
    assert look(conclusion, *hypotheses).refuted


def test_a_later_time_is_not_known_to_a_germ() -> None:
    """f falls at all times, so f(1) ≤ f(0), of which a point at time 0 says nothing."""
    found = look(say(["f", 1], "<=", ["f", 0]), say(d(["f", "s"]), "<=", 0, "t"))
    assert not found.refuted


def test_germs() -> None:
    t = Germ((fmpq(0), fmpq(1), fmpq(0), fmpq(0)))
    assert ((1 + t).root(fmpq(1)) ** 2).terms == (1 + t).terms
    assert ((2 + t) * (2 + t).inverse()).terms == (1, 0, 0, 0)
    assert (t**2).derivative().terms == (0, 2, 0)
    assert (t**2).derivative().integral(fmpq(5)).terms == (5, 0, 1, 0)
    assert (1 + t).through([fmpq(1)] * 4).terms == (1, 1, fmpq(1, 2), fmpq(1, 6))
    assert (1 - t - t**2).terms == (1, -1, -1, 0)
