"""A proof whose hypotheses nothing is known to satisfy is refused as vacuous, whatever its kind."""

from __future__ import annotations

from typing import Any

import pytest
from boxed import proof as by_boxes
from boxed import sealed

from fa_theory.checker.recheck import recheck
from fa_theory.checker.verdict import VACUOUS

Json = Any


def says(left: Json, relation: str, right: Json, **more: Json) -> dict[str, Json]:
    return {"say": [left, relation, right], **more}


def document(*assumed: dict[str, Json], **more: Json) -> dict[str, Json]:
    """A proof of ``0 ≤ 1`` under hypotheses and premises, which it mentions."""
    premises = more.pop("premises", [])
    variables = more.pop("variables", [])
    goal = says(0, "<=", 1) | ({"if": premises} if premises else {}) | ({"all": variables} if variables else {})
    hypotheses = {f"H{k}": said for k, said in enumerate(assumed)}
    items = [
        {"use": {"by": name, "at": said["all"]} if "all" in said else name, "times": 0}
        for name, said in hypotheses.items()
    ]
    steps = [{"as": "done", "rule": "combine", "goal": goal, "items": items}]
    return {
        "format": "fa-theory-proof/1", "kind": "proof", "sorts": ["n"], "indices": {"i": "n", "t": "time", "T": "time"},
        "tensors": {"x": ["n"], "c": [], "e": ["time"]}, "hypotheses": hypotheses, "steps": steps, "concludes": "done",
    } | more  # fmt: skip


TIME = says(["num", "t"], "<=", ["num", "T"])
IMPOSSIBLE = says(["^", "c", 2], "<=", -1)
SIGNS = says(["^", ["x", "i"], 2], "=", 1, all=["i"])
SMALL = says(["sum", ["i"], ["x", "i"]], "=", ["*", "1/3", ["size", "n"]])


@pytest.mark.parametrize(
    "data",
    [
        document(IMPOSSIBLE),
        document(says("c", "<=", 0), says(1, "<=", "c")),
        document(SIGNS, SMALL),
        document(premises=[says(1, "<=", 0)]),
        document(premises=[says(["num", "t"], "<", 0)], variables=["t"]),
        document(premises=[says(["^", ["e", "t"], 2], "<=", -1, all=["t"], **{"if": [TIME]})], variables=["T"]),
        document(IMPOSSIBLE, witness=[says("c", "=", 0)]),
        document(says(["x", "i"], "=", 1, all=["i"]), premises=[IMPOSSIBLE]),
    ],
)
def test_what_is_assumed_holds_nowhere(data: dict[str, Json]) -> None:
    verdict = recheck(data)
    assert not verdict.valid
    assert verdict.reason.startswith(VACUOUS)
    assert "then" in verdict.reason  # the statement is printed all the same


@pytest.mark.parametrize(
    "data",
    [
        document(),
        document(says("c", "<=", 0)),
        document(premises=[says("c", "<=", 0)]),
        document(premises=[TIME], variables=["t", "T"]),
        document(premises=[says(["e", "t"], "<=", 1, all=["t"], **{"if": [TIME]})], variables=["T"]),
        document(SIGNS, witness=[says(["x", "i"], "=", -1, all=["i"])]),
    ],
)
def test_what_is_assumed_holds_somewhere(data: dict[str, Json]) -> None:
    verdict = recheck(data)
    assert verdict.valid, verdict.reason
    assert "its hypotheses hold at" in verdict.reason


def test_a_witness_that_does_not_satisfy_the_hypotheses_shows_nothing() -> None:
    data = document(SIGNS, witness=[says(["x", "i"], "=", 2, all=["i"])])
    assert recheck(data).reason.startswith(VACUOUS)


def test_proofs_by_boxes_are_refused_in_the_same_words() -> None:
    data = by_boxes(lambda run: run.eta <= 0.5, lambda run: run.y[0] ** 2 >= 0.25)
    assert recheck(data).valid
    verdict = recheck(sealed(data | {"witness": None}))
    assert not verdict.valid
    assert verdict.reason.startswith(VACUOUS)
