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
    (say(["fn", "psi", 0], "=", 3), [CHAIN, say(["fn", "psi", 0], "=", 3)]),
    (say(SQUARE, "<=", ["^", ["f", 0], 2], "t"), [FALLS]),
    (say(d(["^", ["f", "s"], 3]), "=", ["*", 3, SQUARE, d(["f", "s"])], "t"), []),
    (say(COMPOSED, "=", ["*", 2, ["fn", "slope", ["*", 2, ["f", "t"]]], d(["f", "s"])], "t"), [CHAIN]),
    (say(d(["num", "s"]), "=", 1, "t"), []),
    (say(d(["fn", "inv", ["+", 1, ["num", "s"]]], 0), "=", -1), []),
    (say(d(["sum", ["i"], ["x", "s", "i"]]), "=", ["sum", ["i"], d(["x", "s", "i"])], "t"), []),
]
FALSE = [
    (say(["fn", "psi", ["c"]], "=", ["fn", "slope", ["c"]]), [CHAIN]),
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
    assert (1 + t).through([fmpq(1)] * 4).terms == (1, 1, fmpq(1, 2), fmpq(1, 6))
    assert (1 - t - t**2).terms == (1, -1, -1, 0)


def test_operations_of_germs_term_by_term() -> None:
    x, y, short = (Germ(tuple(map(fmpq, terms))) for terms in ((2, 3, 5), (7, 11, 13), (1, 4)))
    assert (x + y).terms == (9, 14, 18)
    assert (x - y).terms == (-5, -8, -8)
    assert (-x).terms == (-2, -3, -5)
    assert (x * y).terms == (14, 43, 94)
    assert (x / fmpq(2)).terms == (1, fmpq(3, 2), fmpq(5, 2))
    assert (x + fmpq(1)).terms == (fmpq(1) + x).terms == (3, 3, 5)
    assert (fmpq(1) - x).terms == (-1, -3, -5)
    assert all(isinstance(term, fmpq) for term in (1 + x * 0).inverse().terms)
    assert (x * fmpq(3)).terms == (fmpq(3) * x).terms == (6, 9, 15)
    assert (x**0).terms == (1, 0, 0)
    assert (x**1).terms == x.terms
    assert (x**3).terms == (8, 36, 114)
    for both in (x + short, short + x):
        assert both.terms == (3, 7)
    assert (x - short).terms == (1, -1)
    assert (x * short).terms == (short * x).terms == (2, 11)
    assert x.derivative().terms == (3, 10)
    assert (x.inverse() * x).terms == (1, 0, 0)
    assert x.inverse().terms[0] == fmpq(1, 2)
    assert (Germ((fmpq(4), fmpq(3), fmpq(5))).root(fmpq(-2)) ** 2).terms == (4, 3, 5)


def test_functions_of_germs() -> None:
    """exp(ε + 3ε²) at 0, and x³ at 2 + ε."""
    assert Germ((fmpq(0), fmpq(1), fmpq(3))).through([fmpq(1)] * 3).terms == (1, 1, fmpq(7, 2))
    cube = [fmpq(8), fmpq(12), fmpq(12), fmpq(6)]
    assert Germ((fmpq(2), fmpq(1), fmpq(0), fmpq(0))).through(cube).terms == (8, 12, 6, 1)


def test_the_first_term_that_is_not_0_decides_the_sign() -> None:
    def sign(x: object) -> int | None:
        return None if isinstance(x, str) else (x > 0) - (x < 0)  # type: ignore[operator]

    assert Germ((fmpq(0), fmpq(0), fmpq(-2))).sign(sign) == -1
    assert Germ((fmpq(0), fmpq(1), fmpq(-2))).sign(sign) == 1
    assert Germ((fmpq(0), fmpq(0))).sign(sign) == 0
    assert Germ((fmpq(0), "wide", fmpq(1))).sign(sign) is None  # type: ignore[arg-type]
