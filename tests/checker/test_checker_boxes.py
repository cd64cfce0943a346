"""Proofs by boxes: for every condition of the checker a document that only this condition refuses."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import time
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from boxed import Says, answer, proof, says_instead, sealed
from breakable import SCHEMA
from flint import arb, ctx, fmpq
from hypothesis import given
from hypothesis import strategies as st

from fa_theory.checker.boxes import cover, extent, tree
from fa_theory.checker.boxes.extent import ANY, NOUGHT, SIGNS, UNIT, Extent, enclosed, extents, shapes
from fa_theory.checker.boxes.tree import Cut
from fa_theory.checker.counterexample import membership
from fa_theory.checker.document import MalformedDocument, digest
from fa_theory.checker.recheck import recheck
from fa_theory.conjectures import (
    Domain,
    Run,
    eigmax,
    either,
    exp,
    inner,
    log,
    maximum,
    minimum,
    norm,
    psi,
    sign,
    slope,
    sqrt,
)


@cache
def _tight() -> str:
    """Statements of which one is tight, one needs both signs of b, and one needs cuts of η; for two widths."""
    return json.dumps(
        proof(
            lambda run: [run.eta <= 0.5, run.b[0] ** 2 >= 1, run.eta * (1 - run.eta) <= 0.3],
            lambda run: run.y[0] ** 2 >= 0.25,
            p=(1, 2),
        )
    )


def tight() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(_tight())
    return made


def test_a_proof_is_accepted_and_says_what_it_computes() -> None:
    doc = tight()
    jsonschema.validate(doc, SCHEMA)
    verdict = recheck(doc)
    assert verdict.valid
    assert verdict.kind == "boxes"
    for said in ("1 ≤ p ≤ 2", "1/8 ≤ η ≤ 1/2", "0 ≤ λ ≤ 1/4", "if 1/4 ≤ y[0]^2, then", "η ≤ 1/2", "η · (1 − η) ≤ 3/10"):
        assert said in verdict.reason
    assert len(doc["trees"]) == 2
    count = sum(node is None for nodes in doc["trees"] for node in nodes)
    assert f"{count} boxes, which cover the domain" in verdict.reason
    assert "one box, which covers the domain" in recheck(sealed(proof(lambda run: run.eta <= 0.5))).reason


def test_titles_are_not_printed_and_digests_must_fit() -> None:
    doc = tight()
    doc["conjecture"] = doc["conjecture"] | {"title": "Theorem 3.2", "name": "riemann"}
    assert "Theorem" not in recheck(sealed(copy.deepcopy(doc))).reason
    assert "was changed after it was written" in recheck(doc).reason
    doc["digest"] = digest(doc)
    assert "this is not the conjecture it names" in recheck(doc).reason


# the tree


def at(doc: dict[str, Any], index: int, node: Any) -> dict[str, Any]:
    """With one node of the first tree changed."""
    doc["trees"][0][index] = node
    return doc


def test_a_tree_that_loses_or_gains_a_node_is_refused() -> None:
    for i in range(len(tight()["trees"][0])):
        doc = tight()
        del doc["trees"][0][i]
        assert answer(doc), i
        doc = tight()
        doc["trees"][0].insert(i, None)
        assert answer(doc), i
    doc = tight()
    doc["trees"][0].pop()
    assert "the tree ends where 1 of its boxes" in answer(doc)
    doc["trees"][0] += [None, None]
    assert "the tree is complete before this node" in answer(doc)
    doc["trees"][0] = []
    assert "expected a list of 1 to" in answer(doc)
    doc["trees"][0] = [None, ["eta", 0, "1/4"], None]  # as many leaves as a tree of three nodes has
    assert "the tree is complete before this node" in answer(doc)


@pytest.mark.parametrize(
    ("node", "said"),
    [
        (["eta", 0, "1/8"], "it cannot cut eta[0] at 1/8: eta[0] is [1/8, 1/2]"),
        (["eta", 0, "1/2"], "it cannot cut eta[0] at 1/2"),
        (["eta", 0, "0"], "it cannot cut eta[0] at 0"),
        (["eta", 0, "9"], "it cannot cut eta[0] at 9"),
        (["b", 0, "1"], "it cannot cut b[0] at 1: b[0] is -1 or 1"),
        (["beta", 0, "0"], "it cannot cut beta[0] at 0: beta[0] is 0"),
        (["W", 0, "0"], "it cannot cut W[0] at 0: W[0] is 0"),
        (["b", 1, "0"], "expected a place below 1 in b"),
        (["eta", 1, "1/4"], "expected a place below 1 in eta"),
        (["lam", 1, "1/8"], "expected a place below 1 in lam"),
        (["b", -1, "0"], "expected a whole number"),
        (["b", True, "0"], "expected a whole number"),
        (["b", 0.0, "0"], "expected a whole number"),
        (["Z", 0, "0"], "expected one of"),
        (["eta", 0, "2/8"], "expected a rational"),
        (["eta", 0, 0.25], "expected a rational"),
        (["eta", 0, "nan"], "expected a rational"),
        (["eta", 0], "expected null or [part, place, cut]"),
        (["eta", 0, "1/4", None], "expected null or [part, place, cut]"),
        ({}, "expected null or [part, place, cut]"),
        ("null", "expected null or [part, place, cut]"),
        (0, "expected null or [part, place, cut]"),
    ],
)
def test_cuts_lie_inside_what_they_cut(node: Any, said: str) -> None:
    doc = tight()
    doc["trees"][0] = [node, *doc["trees"][0], *doc["trees"][0]]
    assert said in answer(doc)


def test_a_part_is_not_cut_where_nothing_bounds_it_or_it_is_another() -> None:
    doc = proof(lambda run: run.eta <= 0.5, targets="gaussian")
    doc["trees"] = [[["y", 0, "0"], None, None]]
    assert "it cannot cut y[0] at 0: y[0] is any" in answer(doc)
    doc = proof(lambda run: run.eta <= 0.5, feedback="tied")
    doc["trees"] = [[["b", 0, "0"], None, None]]
    assert "expected one of eta, lam, X, y, W, beta" in answer(doc)


def test_no_sign_is_left_out() -> None:
    """Either sign of b alone would do for this, in the wrong direction."""
    doc = proof(lambda run: run.b[0] ** 2 >= 1)
    assert answer(doc) == ""
    for says in (lambda run: run.b[0] >= 1, lambda run: run.b[0] <= -1):
        assert "box" in answer(says_instead(doc, says))
    doc["trees"] = [[["b", 0, "0"], ["b", 0, "-1/2"], None, None, None]]
    assert "it cannot cut b[0] at -1/2: b[0] is -1" in answer(doc)


def test_cuts_of_a_cut_stay_inside() -> None:
    doc = proof(lambda run: run.eta <= 0.5)
    assert answer(doc | {"trees": [[["lam", 0, "1/8"], None, None]]}) == ""
    doc["trees"] = [[["eta", 0, "1/4"], ["eta", 0, "3/8"], None, None, None]]
    assert "it cannot cut eta[0] at 3/8: eta[0] is [1/8, 1/4]" in answer(doc)
    doc["trees"] = [[["eta", 0, "1/4"], None, ["eta", 0, "3/8"], None, None]]
    assert answer(doc) == ""


def test_both_parts_of_a_cut_are_its_whole() -> None:
    for whole in (Extent((fmpq(-1), fmpq(2))), UNIT, SIGNS):
        left, right = whole.cut(fmpq(1, 3)) or (whole, whole)
        assert left.ends is not None
        assert right.ends is not None
        assert whole.ends == (left.ends[0], right.ends[1])
        assert left.ends[1] == right.ends[0] or whole.two
        assert not left.two
        assert not right.two
    assert NOUGHT.cut(fmpq(0)) is None
    assert ANY.cut(fmpq(0)) is None


@given(st.lists(st.sampled_from(["eta", "b", "lam"]), max_size=30), st.randoms(use_true_random=False))
def test_the_leaves_cover_every_network(names: list[str], draw: Any) -> None:
    """Whatever is cut, every point lies in a leaf."""
    (shape,) = shapes(membership.read(Domain(**DOMAIN_OF_ONE).document()))
    whole = extents(membership.read(Domain(**DOMAIN_OF_ONE).document()), shape)
    nodes: list[Cut | None] = []
    waiting: list[dict[tuple[str, int], Extent]] = [{}]
    while waiting:
        box = waiting.pop()
        place = (names.pop(), 0) if names else None
        now = box.get(place, whole[place[0]]) if place else None
        parts = None
        if place and now and now.ends:
            at = now.ends[0] + (now.ends[1] - now.ends[0]) * fmpq(draw.randint(1, 9), 10)
            parts = now.cut(at)
        if place is None or parts is None:
            nodes.append(None)
            continue
        nodes.append(Cut(place, at))
        waiting += [{**box, place: part} for part in reversed(parts)]
    leaves = list(tree.leaves(nodes, whole))
    for _ in range(20):
        point = {
            ("eta", 0): fmpq(1, 8) + fmpq(3, 8) * fmpq(draw.randint(0, 100), 100),
            ("lam", 0): fmpq(draw.randint(0, 100), 400),
            ("b", 0): fmpq(draw.choice((-1, 1))),
        }
        inside = [box for box in leaves if all(e.ends and e.ends[0] <= point[at] <= e.ends[1] for at, e in box.items())]
        assert inside


DOMAIN_OF_ONE: dict[str, Any] = {
    "n": 1, "d": 1, "p": 1, "eta": (0.125, 0.5), "lam": (0, 0.25), "feedback": "sign", "targets": "bounded",
}  # fmt: skip


def test_a_deep_tree_is_refused() -> None:
    doc = proof(lambda run: run.eta <= 0.5)
    for depth, said in ((tree.MAX_DEPTH, ""), (tree.MAX_DEPTH + 1, "branches are at most 200 long")):
        cuts: list[Any] = [["eta", 0, str(Fraction(1, 8) + Fraction(1, 2 ** (3 + i)))] for i in range(1, depth + 1)]
        doc["trees"] = [[*cuts, *[None] * (depth + 1)]]
        assert said in answer(doc)
        assert bool(said) is bool(answer(doc))


# the domain


def test_every_shape_has_its_tree() -> None:
    doc = tight()
    one = doc["trees"][0]
    wrong: list[Any] = [[], [one], [one] * 3, {}, None, "trees", [one, 7]]
    for trees in wrong:
        assert "malformed: trees" in answer(doc | {"trees": trees})
    for key, value in (("p", [1, 3]), ("n", [1, 2]), ("steps", [0, 1]), ("activation", ["sigmoid", "tanh"])):
        assert "one for every shape of the domain" in answer(doc | {"domain": doc["domain"] | {key: value}})
    assert "one for every shape" in answer(doc | {"domain": doc["domain"] | {"k": [1, 2]}})


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("p", [1, 65], "expected at most 64 shapes"),
        ("p", [1, 10**15], "expected at most 64 shapes"),
        ("p", [2, 1], "expected 1 ≤ low ≤ high"),
        ("p", [0, 1], "expected 1 ≤ low ≤ high"),
        ("n", [0, 1], "expected 1 ≤ low ≤ high"),
        ("d", [0, 1], "expected 1 ≤ low ≤ high"),
        ("k", [0, 1], "expected 1 ≤ low ≤ high"),
        ("steps", [1, 0], "expected 0 ≤ low ≤ high"),
        ("n", [2049, 2049], "have more numbers than this checker takes"),
        ("p", [10**15, 10**15], "have more numbers than this checker takes"),
        ("steps", [10**15, 10**15], "have more numbers than this checker takes"),
        ("steps", [10_001, 10_001], "have more numbers than this checker takes"),
        ("activation", [], "trees"),
        ("activation", ["cube"], "expected a list out of"),
        ("eta", ["-1", "1"], "a rational ≥ 0"),
        ("rule", "hebb", "expected one of"),
    ],
)
def test_domains_that_are_none_or_too_large(key: str, value: Any, said: str) -> None:
    doc = tight()
    assert said in answer(doc | {"domain": doc["domain"] | {key: value}})


def test_an_empty_interval_has_no_network() -> None:
    doc = proof(lambda run: run.y[0] <= 1)
    assert answer(doc) == ""
    for ends in (["1/2", "1/8"], ["0", "0"]):
        assert "the witness is not in the domain" in answer(doc | {"domain": doc["domain"] | {"eta": ends}})


def test_a_wider_domain_is_not_covered() -> None:
    doc = proof(lambda run: run.eta <= 0.5)
    wider = doc["domain"] | {"eta": ["1/8", str(Fraction(1, 2) + Fraction(1, 10**9))]}
    assert "box 1" in answer(doc | {"domain": wider})
    assert "box 1" in answer(doc | {"domain": doc["domain"] | {"eta": ["1/8", "1"]}})


def test_a_narrower_domain_is_another_statement() -> None:
    doc = proof(lambda run: run.eta <= 0.5)
    doc["domain"] = doc["domain"] | {"eta": ["1/8", "1/4"]}
    assert not recheck(doc).valid
    assert "1/8 ≤ η ≤ 1/4" in recheck(sealed(doc)).reason


@pytest.mark.parametrize(
    ("domain", "parts"),
    [
        ({}, {"X": ANY, "y": ANY, "W": ANY, "beta": ANY, "b": ANY}),
        ({"inputs": "sphere"}, {"X": UNIT}),
        ({"inputs": "orthonormal"}, {"X": UNIT}),
        ({"inputs": "ball"}, {"X": UNIT}),
        ({"inputs": "sphere", "d": 1}, {"X": SIGNS}),
        ({"inputs": "orthonormal", "d": 1}, {"X": SIGNS}),
        ({"inputs": "ball", "d": 1}, {"X": UNIT}),
        ({"targets": "bounded"}, {"y": UNIT}),
        ({"targets": "zero"}, {"y": NOUGHT}),
        ({"W_scale": 0}, {"W": NOUGHT, "beta": ANY}),
        ({"beta_scale": 0}, {"W": ANY, "beta": NOUGHT}),
        ({"feedback": "sign"}, {"b": SIGNS}),
        ({"eta": (0.1, 0.3)}, {"eta": Extent((fmpq(1, 10), fmpq(3, 10)))}),
    ],
)
def test_every_number_has_the_extent_of_the_domain(domain: dict[str, Any], parts: dict[str, Extent]) -> None:
    read = membership.read(Domain(**{"n": 1, "d": 2, "p": 3, **domain}).document())
    (shape,) = shapes(read)
    found = extents(read, shape)
    assert {part: found[part] for part in parts} == parts
    assert set(found) == {"eta", "lam", "X", "y", "W", "beta", "b"}
    tied = membership.read(Domain(n=1, d=2, p=3, feedback="tied").document())
    assert "b" not in extents(tied, shapes(tied)[0])


def test_shapes_without_orthonormal_inputs_are_none() -> None:
    read = membership.read(Domain(n=(1, 3), d=(1, 2), p=1, inputs="orthonormal").document())
    assert [(shape.n, shape.d) for shape in shapes(read)] == [(1, 1), (1, 2), (2, 2)]
    read = membership.read(
        Domain(n=(1, 2), d=1, p=(1, 2), k=(1, 2), activation=("tanh", "relu"), steps=(0, 1)).document()
    )
    found = shapes(read)
    assert len(set(found)) == len(found) == 32
    assert found[:3] == [
        extent.Shape(1, 1, 1, 0, 1, "tanh"),
        extent.Shape(1, 1, 1, 0, 1, "relu"),
        extent.Shape(1, 1, 1, 0, 2, "tanh"),
    ]


@given(st.fractions(-9, 9, max_denominator=10**6), st.fractions(0, 9, max_denominator=10**6), st.integers(32, 200))
def test_balls_contain_their_intervals(low: Fraction, width: Fraction, bits: int) -> None:
    ends = [fmpq(x.numerator, x.denominator) for x in (low, low + width)]
    with ctx.workprec(bits):
        ball = enclosed(ends[0], ends[1])
    with ctx.workprec(1000):
        low_, high_ = arb(ends[0]), arb(ends[1])
        assert ball.lower() <= low_
        assert ball.upper() >= high_
        assert ball.upper() - ball.lower() <= (high_ - low_) * (1 + arb(2) ** -27) + arb(2) ** (8 - bits)


# what is evaluated


def refuses(says: Says, assuming: Says | None = None, **domain: Any) -> str:
    """What the checker says of a conjecture if the domain is one box, and if it is cut in four."""
    base = proof(lambda run: run.eta <= 0.5)
    doc = says_instead(base, says, assuming, **domain)
    cut = [["eta", 0, "1/4"], ["lam", 0, "1/8"], None, None, None]
    said = [answer(doc | {"trees": [made]}) for made in ([None], cut)]
    assert all(said), said
    return said[0]


def test_strictness_is_kept() -> None:
    doc = proof(lambda run: run.eta <= 0.5)
    doc["conclusion"][0]["strict"] = True
    assert "is not certainly > 0" in answer(doc)
    doc = proof(lambda run: run.eta > 0.1)
    doc["conclusion"][0]["strict"] = False
    assert answer(doc) == ""


def test_the_whole_conclusion_must_hold() -> None:
    assert "the margin of the conclusion" in refuses(lambda run: [run.eta <= 0.5, run.eta <= 0.375])
    assert "the margin of the conclusion" in refuses(lambda run: [run.eta <= 0.375, run.eta <= 0.5])


@pytest.mark.parametrize(
    "says",
    [
        lambda run: run.eta <= 0.5 - 1e-9,
        lambda run: run.eta >= 0.125 + 1e-9,
        lambda run: run.lam > 0,
        lambda run: run.y[0] ** 2 <= 1 - 1e-9,
        lambda run: run.eta * run.lam <= 0.125 - 1e-9,
    ],
)
def test_a_billionth_more_is_refused(says: Says) -> None:
    refuses(says)


def test_a_hypothesis_may_be_used_and_not_dropped() -> None:
    doc = proof(lambda run: run.y[0] >= 0.5, lambda run: run.y[0] >= 0.75)
    assert answer(doc | {"hypotheses": {}})
    weaker = says_instead(doc, lambda run: run.y[0] >= 0.5, lambda run: run.y[0] >= 0.25)
    assert "is not certainly ≥ 0" in answer(weaker)


def test_a_hypothesis_that_holds_with_equality_does_not_fail() -> None:
    doc = proof(lambda run: run.eta <= 0.5)
    base = doc | {"trees": [[["eta", 0, "1/4"], None, None]], "witness": doc["witness"] | {"eta": "1/2"}}
    assert answer(says_instead(base, lambda run: run.eta >= 0.25, lambda run: run.eta > 0.25)) == ""
    assert answer(says_instead(base, lambda run: run.eta > 0.25, lambda run: run.eta >= 0.25))


@pytest.mark.parametrize(
    "says",
    [
        lambda run: 0 * (1 / run.y[0]) >= 0,
        lambda run: (1 / run.y[0]) ** 2 >= 0,
        lambda run: abs(1 / run.y[0]) >= 0,
        lambda run: exp(1 / run.y[0]) > 0,
        lambda run: maximum(1 / run.y[0], 1) >= 1,
        lambda run: minimum(1, sign(1 / run.y[0]) + 3) >= 1,
        lambda run: norm(run.y / run.y) >= 0,
        lambda run: run.lam / run.lam >= 0,
        lambda run: psi(1 / run.y[0]) >= 0,
        lambda run: 0 * log(run.lam) >= 0,
        lambda run: 0 * sqrt(run.y[0]) >= 0,
        lambda run: run.y[0] ** -2 >= 0,
        lambda run: exp(exp(exp(exp(100 * run.eta)))) >= 0,
        lambda run: run[0].alignment ** 2 >= 0,
    ],
)
def test_what_is_not_defined_everywhere_is_not_proved(says: Says) -> None:
    refuses(says)


@pytest.mark.parametrize(
    "program",
    [
        [["leaf", [], ["beta", 2, "start"]], ["norm", [0], None]],
        [["leaf", [], ["beta", 2, "end"]], ["norm", [0], None]],
        [["leaf", [], ["y"]], ["entry", [0], [1]], ["abs", [1], None]],
        [["leaf", [], ["y"]], ["abs", [0], None]],
        [["leaf", [], ["y"]], ["transpose", [0], None], ["norm", [1], None]],
        [["leaf", [], ["X"]], ["leaf", [], ["W", 0, "start"]], ["outer", [0, 1], None], ["matmul", [2, 2], None]],
    ],
)
def test_what_is_not_there_proves_nothing(program: list[Any]) -> None:
    doc = proof(lambda run: run.eta <= 0.5)
    doc["conclusion"] = [{"program": program, "strict": False}]
    assert "box 1, n = 1" in answer(doc)


def test_a_run_that_is_lost_has_states_of_which_nothing_is_known() -> None:
    """β(0) = 0 and W(0) = 0, which says nothing of β(1) and W(1) for any y; the last state is not an earlier one."""
    domain: dict[str, Any] = {"targets": "gaussian", "steps": 2, "p": 2}
    doc = proof(lambda run: run.eta <= 0.5, **domain)
    claims: tuple[Says, ...] = (
        lambda run: run[-1].beta[0] ** 2 <= 0,
        lambda run: run[-1].W[1, 0] ** 2 <= 0,
        lambda run: run[-2].beta[1] ** 2 <= 0,
        lambda run: run[1].W[1, 0] ** 2 <= 0,
        lambda run: run.always(lambda s: s.beta[0] ** 2 <= 0),
    )
    for says in claims:
        assert "box 1, n = 1" in answer(says_instead(doc, says, **domain))
    assert answer(says_instead(doc, lambda run: run[-1].beta[1] * 0 <= 0, **domain)) == ""


def test_runs_with_too_many_states_are_refused() -> None:
    doc = tight()
    domain = doc["domain"] | {"p": [100, 100], "steps": [2500, 2500]}
    assert "have more numbers than this checker takes" in answer(doc | {"domain": domain})


def test_the_run_of_no_steps() -> None:
    domain: dict[str, Any] = {"steps": (0, 2)}
    base = proof(lambda run: run.eta <= 0.5, **domain)
    assert answer(says_instead(base, lambda run: run.every_step(lambda s, u: run.eta > 0), **domain)) == ""
    assert answer(says_instead(base, lambda run: run.every_step(lambda s, u: run.eta > 0.3), **domain))
    assert "box 1" in answer(says_instead(base, lambda run: run.always(lambda s: run.eta >= 0.3), **domain))
    doc = says_instead(base, lambda run: run.every_step(lambda s, u: run.eta > 0), **domain)
    program = doc["conclusion"][0]["program"]
    doc["conclusion"][0]["program"] = [*program, ["max", [len(program) - 1], None]]
    assert "the least of no numbers" in answer(doc)


def test_a_hypothesis_that_is_not_defined_does_not_fail() -> None:
    """1/y ≥ 1 for all y in (0, 1], of which some are below 1/10."""
    doc = proof(lambda run: run.eta <= 0.5)
    doc["witness"]["y"] = ["1"]
    doc = says_instead(doc, lambda run: run.y[0] >= 0.1, lambda run: 1 / run.y[0] >= 1)
    for trees in ([None], [["y", 0, "0"], None, None], [["y", 0, "0"], None, ["y", 0, "1/2"], None, None]):
        assert "box 1" in answer(doc | {"trees": [trees]})


def test_a_hypothesis_may_speak_of_later_states() -> None:
    doc = proof(lambda run: run.y[0] >= 0.25, lambda run: run[1].beta[0] >= 0.125)
    assert "β(1)[0]" in recheck(sealed(doc)).reason
    assert answer(says_instead(doc, lambda run: run.y[0] >= 0.251, lambda run: run[1].beta[0] >= 0.0625))


def test_every_entry_is_cut_by_itself() -> None:
    doc = proof(lambda run: run.y[1] >= 0.5, lambda run: run.y[1] >= 0.75, n=2)
    cuts = [node for node in doc["trees"][0] if node]
    assert {node[1] for node in cuts} == {0, 1} or {node[1] for node in cuts} == {1}
    doc["trees"] = [[["y", 1, "1/2"], None, None]]
    assert answer(doc) == ""
    doc["trees"] = [[["y", 0, "1/2"], None, None]]
    assert "box 1" in answer(doc)


def test_the_rule_and_the_regularisation_are_those_of_the_domain() -> None:
    """From zero weights the first layer does not move under BP; and β decays unless λ is off."""
    doc = proof(lambda run: norm(run[1].W) <= 0, rule="bp")
    assert "box" in answer(says_instead(doc, lambda run: norm(run[1].W) <= 0, rule="fa"))
    fixed: dict[str, Any] = {"eta": 0.5, "lam": 0.25, "steps": 2}
    doc = proof(lambda run: run[2].beta[0] <= 0.465, **fixed)
    assert "box" in answer(says_instead(doc, lambda run: run[2].beta[0] <= 0.465, cutoff=0, **fixed))


def test_kinks_are_enclosed_from_both_sides() -> None:
    relu: dict[str, Any] = {"activation": "relu"}
    base = proof(lambda run: run.eta <= 0.5, **relu)

    def said(says: Says, trees: list[Any]) -> str:
        return answer(says_instead(base, says, **relu) | {"trees": [trees]})

    cut = [["y", 0, "0"], None, None]
    for trees in ([None], cut):
        assert said(lambda run: [slope(run.y) >= -1e-8, slope(run.y) <= 1 + 1e-8], trees) == ""
        assert said(lambda run: [psi(run.y[0]) >= -1e-8, abs(run.y[0]) <= 1 + 1e-8], trees) == ""
        assert said(lambda run: [sign(run.y[0]) <= 1 + 1e-8, sign(run.y[0]) >= -1 - 1e-8], trees) == ""
        assert said(lambda run: slope(abs(run.y)) >= 1, trees)  # 0 at 0
        assert said(lambda run: slope(-abs(run.y)) <= 0, trees) == "" or trees == [None]
        assert said(lambda run: sign(run.y[0]) ** 2 >= 1, trees)  # 0 at 0
        assert said(lambda run: psi(run.y[0]) >= 1e-9, trees)
        assert said(lambda run: abs(run.y[0]) >= 1e-9, trees)
    assert said(lambda run: maximum(run.y[0], -run.y[0]) >= -1e-8, cut) == ""
    assert said(lambda run: minimum(run.y[0], -run.y[0]) <= 1e-8, cut) == ""
    assert said(lambda run: minimum(run.y[0], -run.y[0]) >= -1 + 1e-9, cut)


def test_numbers_without_bounds() -> None:
    """Of a target that may be anything only what is certain of any number is used."""
    domain: dict[str, Any] = {"targets": "gaussian"}
    base = proof(lambda run: run.eta <= 0.5, **domain)
    for says in (
        lambda run: run.y[0] >= -(10**9),
        lambda run: run.y[0] ** 2 >= 0,
        lambda run: abs(run.y[0]) >= 0,
        lambda run: run[1].beta[0] <= 10**9,
        lambda run: maximum(run.y[0], 0) >= 0,
        lambda run: exp(run.y[0]) > 0,
    ):
        assert "box 1" in answer(says_instead(base, says, **domain))
    assert answer(says_instead(base, lambda run: 0 * run.y[0] >= 0, **domain)) == ""
    assert answer(says_instead(base, lambda run: sign(run.y[0]) <= 1 + 1e-8, **domain)) == ""


def test_tied_feedback_is_the_first_weights() -> None:
    domain: dict[str, Any] = {"feedback": "tied", "beta_scale": 0}
    doc = proof(lambda run: inner(run.b, run.b) <= 0, **domain)
    assert answer(doc) == ""
    free: dict[str, Any] = {"feedback": "tied", "beta_scale": 1}
    assert answer(says_instead(doc, lambda run: inner(run.b, run.b) <= 0, **free))


def test_eigenvalues_of_a_box_of_matrices() -> None:
    domain: dict[str, Any] = {"n": 2, "steps": 0, "activation": "linear", "inputs": "ball"}
    base = proof(lambda run: run.eta <= 0.5, **domain)
    assert answer(says_instead(base, lambda run: eigmax(run.X @ run.X.T) <= 3.1, **domain)) == ""
    assert answer(says_instead(base, lambda run: eigmax(run.X @ run.X.T) <= 1.9, **domain))
    assert answer(says_instead(base, lambda run: eigmax(run.X @ run.X.T) >= 0.1, **domain))


def test_limits_are_never_proved() -> None:
    doc = tight()
    doc["conclusion"] = [{"program": [["leaf", [], ["beta", 0, "limit"]], ["norm", [0], None]], "strict": False}]
    assert "nothing is proved about the limit" in answer(doc)


# the witness


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (None, "vacuous: no network is named"),
        ({"eta": "1"}, "vacuous: the witness is not in the domain: eta = 1"),
        ({"y": ["2"]}, "vacuous: the witness is not in the domain: |y| is larger than 1"),
        ({"y": ["1/4"]}, "vacuous: at the witness, hypothesis assumed: its margin -3/16"),
        ({"b": ["1/2"]}, "vacuous: the witness is not in the domain: b is not ±1"),
        ({"steps": 7}, "vacuous: the witness is not in the domain: steps = 7"),
        ({"activation": "tanh"}, "vacuous: the witness is not in the domain: activation tanh"),
        ({"rule": "bp"}, "vacuous: the witness is not in the domain: rule"),
        ({"X": [["1/2"]]}, "vacuous: the witness is not in the domain: an input is not of norm 1"),
        ({"y": [0.5]}, "malformed: witness.y"),
        ({"more": 1}, "malformed: witness: unknown key"),
    ],
)
def test_without_a_witness_it_is_vacuous(change: dict[str, Any] | None, said: str) -> None:
    doc = tight()
    assert answer(doc) == ""
    assert said in answer(doc | {"witness": None if change is None else doc["witness"] | change})


def test_where_a_hypothesis_fails_on_every_box_it_is_vacuous() -> None:
    doc = proof(lambda run: run.eta <= 0.5)
    empty = says_instead(doc, lambda run: run.eta <= 0, lambda run: run.eta >= 2)
    assert answer(empty) == "vacuous: a hypothesis fails on every box"
    assert answer(empty | {"witness": None}) == "vacuous: a hypothesis fails on every box"
    true = says_instead(doc, lambda run: run.eta <= 0.5, lambda run: run.eta >= 2)
    assert answer(true).startswith("vacuous: at the witness")


def test_where_no_run_has_steps_enough_it_is_vacuous() -> None:
    def every_second(run: Run) -> Any:
        return run.every_step(lambda s, _, later: later.loss + 1 <= s.loss)  # false wherever it says anything

    doc = proof(lambda run: run.eta <= 0.5)
    few = says_instead(doc, every_second)
    assert answer(few) == "vacuous: conclusion: it speaks of every step, and no run of the domain has enough"
    assert "the margin of the conclusion" in answer(says_instead(doc, every_second, steps=2))
    for said in (lambda run: [run.eta <= 0.5, every_second(run)], lambda run: either(every_second(run), run.eta <= 0)):
        assert answer(says_instead(doc, said)).startswith("vacuous: conclusion")
    some = proof(lambda run: run.every_step(lambda s, _: run.eta <= 0.5), steps=(0, 1))
    assert not answer(some)


def test_a_witness_must_satisfy_the_hypotheses_for_certain() -> None:
    doc = proof(lambda run: run.eta <= 0.5, lambda run: norm(run.y) >= 0)
    for hypothesis in (lambda run: sqrt(1 + run.y[0] ** 2) > 2, lambda run: run.y[0] / (run.y[0] - run.y[0]) >= 0):
        assert answer(says_instead(doc, lambda run: run.eta <= 0.5, hypothesis))


# hostile documents


def test_keys_are_those_of_the_format() -> None:
    doc = tight()
    with pytest.raises(MalformedDocument, match="unknown key 'more'"):
        recheck(doc | {"more": 1})
    for key in doc:
        with pytest.raises(MalformedDocument):
            recheck({k: v for k, v in doc.items() if k != key})


def test_too_many_nodes_are_refused_before_they_are_read() -> None:
    doc = tight()
    start = time.process_time()
    assert "expected at most 100000 nodes in all" in answer(doc | {"trees": [[None] * 50_001, [None] * 50_000]})
    assert "expected at most 100000 nodes in all" in answer(doc | {"trees": [[None] * 10**6, [None]]})
    assert time.process_time() - start < 5


def test_the_cost_of_all_leaves_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    doc = proof(lambda run: run[1].loss <= run[0].loss + 0.01, lambda run: run.y[0] >= 0.5)
    assert len(doc["trees"][0]) > 40
    for operations in (300, 3000):  # not enough for one leaf, and for all of them
        monkeypatch.setattr(cover, "BUDGET", operations)
        assert "more than this checker is willing to do" in answer(doc)


def test_the_largest_runs_are_refused_in_time() -> None:
    doc = proof(lambda run: run.eta <= 0.5)
    start = time.process_time()
    large = says_instead(doc, lambda run: run[-1].beta[0, 0] <= 10**9, steps=10_000, k=1, eta=(0.1, 0.3))
    assert answer(large)
    long = [["eta", 0, "1/5"], None, None]
    assert answer(large | {"trees": [long]})
    assert time.process_time() - start < 90


def test_the_commands_know_the_kind(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(_tight())
    doc = tight()
    doc["trees"][0].pop()
    bad.write_text(json.dumps(sealed(doc)))
    done = subprocess.run(
        [sys.executable, "-m", "fa_theory.checker", str(good), str(bad)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"{good}: valid: for every network with n = 1")
    assert lines[1].startswith(f"{bad}: MALFORMED: trees[0]")
    assert done.stderr == ""
