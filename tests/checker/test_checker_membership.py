"""The domain of a conjecture, decided by the checker: one network inside and one outside of each condition."""

from __future__ import annotations

from typing import Any

import pytest
from flint import fmpq

from fa_theory.checker.counterexample import membership
from fa_theory.checker.counterexample.numbers import Undefined, Value
from fa_theory.checker.document import MalformedDocument

DOMAIN = {
    "n": [1, 3],
    "d": [1, 3],
    "p": [1, 3],
    "steps": [0, 5],
    "k": None,
    "eta": ["1/4", "1"],
    "lam": ["0", "1"],
    "activation": ["tanh", "relu"],
    "cutoff": None,
    "W_scale": "1",
    "beta_scale": "1",
    "inputs": "gaussian",
    "targets": "gaussian",
    "feedback": "gaussian",
    "rule": "fa",
}
NETWORK = {
    "n": 2,
    "d": 3,
    "p": 2,
    "steps": 5,
    "k": None,
    "eta": fmpq(1, 2),
    "lam": fmpq(0),
    "activation": "tanh",
    "rule": "fa",
    "cutoff": None,
}
LONG = [[2, 0, 0], [0, 1, 0]]


def values(rows: Any) -> Value:
    shape = (len(rows), len(rows[0])) if isinstance(rows[0], list) else (len(rows),)
    flat = [x for row in rows for x in row] if len(shape) == 2 else rows
    return Value(shape, [x if isinstance(x, fmpq) else fmpq(x) for x in flat])


def reason(domain: dict[str, Any], *, network: dict[str, Any] | None = None, **arrays: Any) -> str:
    parts = {"X": LONG, "y": [2, 0], "W": [[1, 0, 0], [0, 0, 0]], "b": [3, 1], "beta": [1, 0]} | arrays
    stated = membership.read(DOMAIN | domain)
    return membership.outside(stated, NETWORK | (network or {}), {name: values(x) for name, x in parts.items()})


HALF = fmpq(1, 2)


@pytest.mark.parametrize(
    ("domain", "arrays", "expected"),
    [
        ({}, {}, ""),  # whatever the length of anything
        ({"inputs": "sphere"}, {}, "an input is not of norm 1"),
        ({"inputs": "sphere"}, {"X": [[1, 0, 0], [0, HALF, 0]]}, "an input is not of norm 1"),
        ({"inputs": "sphere"}, {"X": [[1, 0, 0], [1, 0, 0]]}, ""),
        ({"inputs": "ball"}, {"X": [[0, 0, 1], [0, HALF, 0]]}, ""),
        ({"inputs": "ball"}, {}, "an input is longer than 1"),
        ({"inputs": "orthonormal"}, {"X": [[0, 0, 1], [0, -1, 0]]}, ""),
        ({"inputs": "orthonormal"}, {"X": [[1, 0], [0, 1], [fmpq(3, 5), fmpq(4, 5)]]}, "XXᵀ is not the identity"),
        ({"inputs": "orthonormal"}, {"X": [[0, 0, 1], [0, HALF, 0]]}, "XXᵀ is not the identity"),
        (
            {"inputs": "orthonormal"},
            {"X": [[1, 0, 0], [0, 1, 0], [fmpq(3, 5), 0, fmpq(4, 5)]]},
            "XXᵀ is not the identity",
        ),
        ({"targets": "zero"}, {"y": [0, 0]}, ""),
        ({"targets": "zero"}, {"y": [0, 1]}, "y is not 0"),
        ({"targets": "bounded"}, {"y": [1, -1]}, ""),
        ({"targets": "bounded"}, {}, "|y| is larger than 1"),
        ({"feedback": "sign"}, {"b": [1, -1]}, ""),
        ({"feedback": "sign"}, {"b": [1, 0]}, "b is not ±1"),
        ({"feedback": "tied"}, {"b": [1, 0]}, ""),
        ({"feedback": "tied"}, {}, "b is not β(0)"),
        ({"W_scale": "0"}, {"W": [[0, 0, 0], [0, 0, 0]]}, ""),
        ({"W_scale": "0"}, {}, "W(0) is not 0"),
        ({"beta_scale": "0"}, {"beta": [0, 0]}, ""),
        ({"beta_scale": "0"}, {}, "β(0) is not 0"),
    ],
)
def test_each_condition_on_the_numbers(domain: dict[str, Any], arrays: dict[str, Any], expected: str) -> None:
    assert reason(domain, **arrays) == expected


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        ({"k": 1}, "k: one output"),
        ({"n": 4}, "n = 4 is not within"),
        ({"steps": 6}, "steps = 6 is not within"),
        ({"eta": fmpq(1, 8)}, "eta = 1/8 is not within"),
        ({"lam": fmpq(2)}, "lam = 2 is not within"),
        ({"activation": "erf"}, "activation erf is not one of tanh, relu"),
        ({"rule": "bp"}, "rule is bp and not fa"),
        ({"cutoff": 3}, "cutoff is 3 and not None"),
    ],
)
def test_each_condition_on_the_rest(network: dict[str, Any], expected: str) -> None:
    assert reason({}, network=network).startswith(expected)


def test_a_step_size_of_zero_is_in_no_domain() -> None:
    assert reason({"eta": ["0", "1"]}, network={"eta": fmpq(0)}) == "eta is not positive"


def test_a_number_of_outputs_has_its_range() -> None:
    for k, expected in ((1, ""), (2, ""), (3, "k = 3 is not within")):
        assert reason({"k": [1, 2]}, network={"k": k}).startswith(expected)


@pytest.mark.parametrize("names", [{"tanh": 1}, "tanh", None, 1, ["tanh", "sine"], [["tanh"]], ["tanh", None]])
def test_activations_are_a_list_of_names(names: object) -> None:
    with pytest.raises(MalformedDocument, match=r"domain\.activation: expected a list"):
        membership.read(DOMAIN | {"activation": names})


def test_costs_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    X = [[0, 0, 1], [0, 1, 0]]
    monkeypatch.setattr(membership, "MAX_PRODUCTS", 12)  # 2 rows by 6 numbers
    assert reason({"inputs": "orthonormal"}, X=X) == ""
    monkeypatch.setattr(membership, "MAX_PRODUCTS", 11)
    with pytest.raises(Undefined, match="too many inputs"):
        reason({"inputs": "orthonormal"}, X=X)
    assert reason({"inputs": "sphere"}, X=X) == ""
    long = fmpq(2**10)  # its square has 21 bits
    monkeypatch.setattr(membership, "MAX_BITS", 21)
    assert reason({"inputs": "sphere"}, X=[[long, 0, 0], [0, 1, 0]]) == "an input is not of norm 1"
    monkeypatch.setattr(membership, "MAX_BITS", 20)
    with pytest.raises(Undefined, match="too long for their norms"):
        reason({"inputs": "sphere"}, X=[[long, 0, 0], [0, 1, 0]])
