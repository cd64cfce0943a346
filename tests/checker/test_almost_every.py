"""Statements about almost every network: what is false on an open set is refused, whatever network is given.

``FALSE_STATEMENTS=5000`` in the environment makes more of the random ones.
"""

from __future__ import annotations

import copy
import json
import os
import random
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from almost_every import Says, about, answer, proof, sealed, stated
from breakable import SCHEMA

from fa_theory.checker.__main__ import main
from fa_theory.checker.almost_every import claim
from fa_theory.checker.document import MalformedDocument
from fa_theory.checker.recheck import recheck
from fa_theory.conjectures import (
    Run,
    det,
    diagonal,
    eigenvalue,
    eigmax,
    eigmin,
    either,
    equal,
    exp,
    identity,
    inner,
    inverse,
    largest,
    log,
    maximum,
    minimum,
    norm,
    psi,
    rank,
    sign,
    slope,
    sqrt,
    stack,
    total,
    trace,
)
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.prove.almost import by_witnesses

COUNT = int(os.environ.get("FALSE_STATEMENTS", "60"))

SOME: dict[str, Any] = {
    "X": [["1/3", "5/7"]],
    "y": ["-2/5"],
    "W": [["3/4", "-1/9"], ["2/7", "4/3"]],
    "beta": ["7/5", "-3/8"],
    "b": ["5/6", "1/7"],
    "eta": "1/2",
    "lam": "0",
    "activation": "tanh",
    "rule": "fa",
    "cutoff": None,
    "steps": 0,
}
"""A network without coincidences; its first entries are positive but for y."""


def some(**changes: Any) -> list[dict[str, Any]]:
    return [copy.deepcopy(SOME) | changes]


def test_a_proof_is_accepted_and_says_what_it_computes() -> None:
    made = proof(lambda run: norm(run[0].features) > 0, p=(1, 2), activation=("linear", "tanh"))
    jsonschema.validate(made, SCHEMA)
    verdict = recheck(made)
    assert verdict.valid
    assert verdict.kind == "almost-every"
    assert verdict.reason.startswith("for almost every network with n = 1, d = 2, 1 ≤ p ≤ 2, T = 0, linear or tanh")
    assert "0 < ‖ψ(X @ W(0)ᵀ)‖" in verdict.reason
    assert "4 exact networks" in verdict.reason
    assert len(made["networks"]) == 4
    made["conjecture"] = made["conjecture"] | {"title": "Riemann"}
    assert "Riemann" not in recheck(sealed(made)).reason


TRUE: dict[str, tuple[Says, dict[str, Any]]] = {
    "norm": (lambda run: norm(run[0].W) > 0, {}),
    "absolute value": (lambda run: abs(run.b[0] - run[0].beta[0]) > 0, {}),
    "entries": (lambda run: abs(run[0].features) > 0, {}),
    "square": (lambda run: (run.b[0] - run.b[1]) ** 2 > 0, {}),
    "product with itself": (lambda run: (run.b[0] - run.b[1]) * (run.b[0] - run.b[1]) > 0, {}),
    "vector times itself": (lambda run: run.b @ run.b > 0, {}),
    "sum of squares": (lambda run: total(run.X**2) + (run.y[0] - 1) ** 2 > 0, {}),
    "quotient": (lambda run: abs(1 / run.b[0] + run.b[1] / run.y[0]) > 0, {}),
    "cancelling quotient": (lambda run: abs(run.b[0] / run.b[0]) > 0, {}),
    "negative power": (lambda run: abs(run.b[0] ** -2 - 1) > 0, {}),
    "inverse": (lambda run: abs(trace(inverse(run[0].W))) > 0, {}),
    "determinant": (lambda run: abs(det(run[0].W)) > 0, {}),
    "exponential": (lambda run: abs(exp(run.b[0]) - run.b[1]) > 0, {}),
    "activation": (lambda run: abs(psi(run.b[0]) - slope(run.b[1])) > 0, {}),
    "root": (lambda run: abs(sqrt(run.eta) - run.b[0]) > 0, {}),
    "difference of norms": (lambda run: abs(norm(run.b) - norm(run[0].beta)) > 0, {}),
    "not collinear": (lambda run: abs(norm(run.b) * norm(run[0].beta) - inner(run.b, run[0].beta)) > 0, {}),
    "eigenvalues": (lambda run: eigmax(run[0].W) > eigmin(run[0].W), {}),
    "eigenvalue": (lambda run: abs(eigmin(run[0].W)) > 0, {}),
    "neighbours": (lambda run: eigenvalue(run[0].W, 1) > eigenvalue(run[0].W, 0), {"d": 3, "p": 3}),
    "rank": (lambda run: rank(run[0].W) >= 2, {}),
    "rank of balls": (lambda run: rank(run[0].features) >= 2, {"n": 2}),
    "full rank": (lambda run: equal(rank(run[0].W), 2), {}),
    "rank more than": (lambda run: rank(run[0].W) > 1, {}),
    "after a step": (lambda run: norm(run[1].W - run[0].W) > 0, {"steps": 1}),
    "after steps of BP": (lambda run: run[2].loss > 0, {"steps": 2, "rule": "bp", "lam": (0.0, 0.5)}),
    "every step": (lambda run: run.every_step(lambda s, s_next: norm(s_next.W - s.W) > 0), {"steps": 2}),
    "pairs": (lambda run: run.pairs(lambda s, later: norm(later.W - s.W) > 0), {"steps": 2}),
    "sum over time": (lambda run: abs(run.sum_over_time(lambda s: s.loss)) > 0, {"steps": 2}),
    "a constant": (lambda run: sqrt(run.p) > 1, {}),
    "within a ball": (lambda run: norm(run[0].W) > 0, {"inputs": "ball", "bounds": {"W": 1}, "targets": "bounded"}),
    "tied": (lambda run: norm(run.b + run[0].beta) > 0, {"feedback": "tied"}),
    "what is fixed": (lambda run: abs(run.eta - run.X[0, 0]) > 0, {"inputs": [[0.1, 2]], "targets": [1], "eta": 0.5}),
    "several outputs": (lambda run: norm(run[0].error) > 0, {"k": 2}),
    "further arrays": (lambda run: norm(run.array("V") - run[0].W) > 0, {"arrays": {"V": ("p", "d")}}),
}


@pytest.mark.parametrize("what", TRUE)
def test_what_is_true_of_almost_every_network_is_proved(what: str) -> None:
    says, domain = TRUE[what]
    assert not answer(proof(says, **domain))


W = {"W": [["2", "0"], ["0", "1"]]}
FALSE: dict[str, tuple[Says, dict[str, Any]]] = {
    "no sign": (lambda run: run.b[0] > 0, {}),
    "not near": (lambda run: run[0].loss > Fraction(1, 1000), {}),
    "|x| + x": (lambda run: abs(abs(run.b[0]) + run.b[0]) > 0, {}),
    "|x| − x at a negative x": (lambda run: abs(abs(run.y[0]) - run.y[0]) > 0, {}),
    "√x² + x": (lambda run: abs(sqrt(run.b[0] ** 2) + run.b[0]) > 0, {}),
    "norm of one entry": (lambda run: abs(norm(run.y) - run.y[0]) > 0, {}),
    "|x|/x + 1": (lambda run: abs(abs(run.b[0]) / run.b[0] + 1) > 0, {}),
    "|x| |y| + xy": (lambda run: abs(abs(run.b[0] * run.b[1]) + run.b[0] * run.b[1]) > 0, {}),
    "|tanh x| + tanh x": (lambda run: abs(abs(psi(run.b[0])) + psi(run.b[0])) > 0, {}),
    "maximum": (lambda run: maximum(run.b[0], 0) > 0, {}),
    "minimum": (lambda run: abs(minimum(run.b[0], 0) - run.b[0]) > 0, {}),
    "largest": (lambda run: abs(largest(run.b) - run.b[1]) > 0, {}),
    "sign": (lambda run: abs(sign(run.b[0]) + 1) > 0, {}),
    "λ_max of a diagonal": (lambda run: abs(eigmax(diagonal(run.b)) - run.b[1]) > 0, {}),
    "a double eigenvalue": (
        lambda run: eigenvalue(diagonal(stack(run.y, 0 * run.b)), 2) > eigenvalue(diagonal(stack(run.y, 0 * run.b)), 1),
        {"y": ["2/5"]},
    ),
    "wrong order": (lambda run: eigmin(run[0].W) > eigmax(run[0].W), {}),
    "the same eigenvalue": (lambda run: eigenvalue(run[0].W, 0) >= eigmin(run[0].W), {}),
    "of different matrices": (lambda run: eigmax(run[0].W) > eigmin(2 * run[0].W), W),
    "rank too high": (lambda run: rank(run[0].W) >= 3, {}),
    "rank too low": (lambda run: equal(rank(run[0].W), 1), {"W": [["1", "1"], ["1", "1"]]}),
    "rank at most": (lambda run: rank(run[0].W) <= 1, {"W": [["1", "1"], ["1", "1"]]}),
    "rank less": (lambda run: rank(run[0].W) < 2, {"W": [["1", "1"], ["1", "1"]]}),
    "rank of a maximum": (lambda run: rank(maximum(run[0].W, 0)) >= 1, {}),
    "rank and more": (lambda run: rank(run[0].W) >= run.b[0], {}),
    "a quotient in exp": (lambda run: abs(exp(1 / run.b[0]) - 1) > 0, {}),
    "logarithm": (lambda run: abs(log(run.b[0] ** 2) - log(run.b[0]) - log(run.b[0])) > 0, {}),
    "identically 0": (lambda run: abs((run.b[0] + 1) ** 2 - run.b[0] ** 2 - 2 * run.b[0] - 1) > 0, {}),
    "identically 0 with roots": (lambda run: abs(norm(run.b) ** 2 - total(run.b**2)) > 0, {}),
    "not strict": (lambda run: run[0].loss >= 0, {}),
    "equal": (lambda run: equal(run.b[0], 0), {"b": ["0", "1"]}),
    "one of two": (lambda run: either(run.b[0] > 0, run.b[0] < 0), {}),
    "a root of what may be negative": (lambda run: sqrt(run.b[0]) > 0, {}),
    "an entry that is 0": (lambda run: abs(run.b - run.b[0]) > 0, {}),
}
"""Statements that are false on an open set, undefined there, or of a form of which nothing is known: exp(1/x) is
analytic on either side of 0, but a network on one side says nothing of the other. Most of them hold at the network."""


@pytest.mark.parametrize("what", FALSE)
def test_what_is_not_shown_for_almost_every_network_is_refused(what: str) -> None:
    says, network = FALSE[what]
    said = answer(about(some(**network), says))
    assert said
    assert not said.startswith("malformed")
    assert "no sign" not in what or "does not show that it is ≥ 0" in said


BOTH_SIGNS: dict[str, Says] = {
    "product": lambda run: run.b[0] * run.b[1],
    "cube": lambda run: run.b[0] ** 3,
    "reciprocal": lambda run: 1 / run.b[0],
    "negative power": lambda run: run.b[0] ** -1,
    "activation": lambda run: psi(run.b[0]),
    "negative": lambda run: -run.y[0],
    "determinant": lambda run: det(run[0].W),
    "inverse": lambda run: trace(inverse(run[0].W)),
    "inner product": lambda run: run.b @ run[0].beta,
    "trace of a square": lambda run: trace(run[0].W @ run[0].W),
    "exponential less 1": lambda run: exp(run.b[0]) - 1,
    "squares less 0 and 1": lambda run: (5 * run.b) ** 2 - identity(run.b)[1],
    "square less another": lambda run: run.b[0] ** 2 - run.b[1] ** 2,
    "trace less an eigenvalue": lambda run: trace(run[0].W) - eigmin(run[0].W),
    "eigenvalue less a trace": lambda run: eigmax(run[0].W) - trace(run[0].W) / 3,
}
"""What is > 0 at the network, or could be, but not everywhere."""


@pytest.mark.parametrize("what", BOTH_SIGNS)
def test_a_sign_at_the_network_says_nothing_of_others(what: str) -> None:
    says = BOTH_SIGNS[what]
    assert "does not show that it is ≥ 0" in answer(about(some(b=["5/6", "3/7"]), lambda run: says(run) > 0))


def test_recurrences_are_refused() -> None:
    def beside(run: Run) -> Any:
        return norm(run.with_(lam=0)[1].W) > 0

    assert "there is no recurrence" in answer(about(some(steps=1), beside, steps=1))


# the domain


@pytest.mark.parametrize(
    ("domain", "network", "reason"),
    [
        ({"inputs": "sphere"}, {"X": [["3/5", "4/5"]]}, "domain.inputs"),
        ({"inputs": "orthonormal"}, {"X": [["3/5", "4/5"]]}, "domain.inputs"),
        ({"feedback": "sign"}, {"b": ["1", "-1"]}, "domain.feedback"),
        ({"rule": "usf"}, {"rule": "usf"}, "domain.rule"),
        ({"rule": "sign"}, {"rule": "sign"}, "domain.rule"),
        ({"activation": "relu"}, {"activation": "relu"}, "relu is not analytic"),
        ({"activation": ("tanh", "relu")}, {}, "relu is not analytic"),
        ({"alignment": (0.1, 1)}, {}, "an angle"),
    ],
)
def test_domains_of_other_sets_are_refused(domain: dict[str, Any], network: dict[str, Any], reason: str) -> None:
    networks = some(**network) * (2 if len(domain.get("activation", "")) == 2 else 1)
    assert reason in answer(about(networks, lambda run: norm(run.b) > 0, **domain))


@pytest.mark.parametrize(
    ("domain", "network", "reason"),
    [
        ({"eta": (0.6, 1)}, {}, "eta"),
        ({"inputs": "ball"}, {"X": [["1", "1"]]}, "an input is longer than 1"),
        ({"targets": "zero"}, {}, "y is not 0"),
        ({"targets": "bounded"}, {"y": ["2"]}, "|y| is larger than 1"),
        ({"feedback": "tied"}, {}, "b is not β(0)"),
        ({"W_scale": 0}, {}, "W(0) is not 0"),
        ({"bounds": {"W": 1}}, {}, "‖W‖ is larger"),
        ({"inputs": [[0.5, 2]]}, {}, "X is not what the domain says"),
        ({"rule": "bp"}, {}, "rule is fa"),
        ({"activation": "gelu"}, {}, "expected a network with"),
        ({"steps": 1}, {}, "expected a network with"),
        ({"p": 3}, {}, "expected a network with"),
        ({"k": 1}, {}, "expected a network with"),
    ],
)
def test_the_network_must_be_of_the_domain(domain: dict[str, Any], network: dict[str, Any], reason: str) -> None:
    assert reason in answer(about(some(**network), lambda run: norm(run.b) > 0, **domain))


def test_a_step_size_of_0_is_in_no_domain() -> None:
    made = about(some(eta="0"), lambda run: norm(run.b) > 0)
    made["domain"]["eta"] = ["0", "1"]
    assert "eta is not positive" in answer(made)


def test_every_shape_needs_its_network() -> None:
    made = proof(lambda run: norm(run.b) > 0, p=(1, 3))
    networks = made["networks"]
    for wrong in ([], networks[:2], [*networks, networks[0]], None, {}, "x"):
        assert "expected a list of 3" in answer(made | {"networks": wrong})
    assert "networks[0]: expected a network with" in answer(made | {"networks": networks[::-1]})
    assert "networks[2]: expected a network with" in answer(made | {"networks": [*networks[:2], networks[1]]})


def test_a_witness_on_the_null_set_shows_nothing() -> None:
    assert "it is not 0" in answer(about(some(b=["0", "0"]), lambda run: norm(run.b) > 0))
    assert "conjugate" in answer(about(some(b=["7/5", "-3/8"]), lambda run: abs(norm(run.b) - norm(run[0].beta)) > 0))
    assert "divides by 0" in answer(about(some(b=["0", "1"]), lambda run: abs(1 / run.b[0]) > 0))
    assert "invert" in answer(about(some(W=[["1", "1"], ["1", "1"]]), lambda run: norm(inverse(run[0].W)) > 0))
    for row in (["1", "1"], ["2", "4"], ["-1", "1/3"]):
        singular = [row, [str(Fraction(x) / 3) for x in row]]
        assert "rank is certainly ≥ 1" in answer(about(some(W=singular), lambda run: rank(run[0].W) >= 2))
    assert "rank is certainly ≥ 0" in answer(about(some(W=[["0", "0"]] * 2), lambda run: rank(run[0].W) >= 1))


def test_hypotheses_are_refused() -> None:
    made = about(some(), lambda run: norm(run.b) > 0, lambda run: run.eta <= 1)
    assert "without any" in answer(made)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(made, SCHEMA)


def test_digests_and_precision() -> None:
    made = proof(lambda run: norm(run.b) > 0)
    changed = copy.deepcopy(made)
    changed["networks"][0]["b"][0] = "77"
    assert "was changed after it was written" in recheck(changed).reason
    assert not answer(changed)  # any other network will do
    other = copy.deepcopy(made)
    other["domain"]["eta"] = ["1/8", "1"]
    other["digest"] = sealed(copy.deepcopy(other))["digest"]
    assert not recheck(other).valid
    for bits in (31, 1025, "64", None, True):
        assert "precision" in answer(made | {"precision": bits})
    assert not answer(made | {"precision": 32})
    assert "unknown key 'more'" in answer(made | {"more": 1})


def test_cost_is_bounded() -> None:
    many = about(some(), lambda run: total(abs(run[0].W)) > 0, p=9)
    many["networks"] = proof(lambda run: norm(run.b) > 0, p=9)["networks"]
    assert "more than 512 conjugates" in answer(many)  # 18 signs
    wide = proof(lambda run: norm(run.b) > 0, d=6, p=6)
    says: Says = lambda run: total(stack(*(diagonal(run[0].W) * eigenvalue(run[0].W, i) for i in range(6)))) ** 2 > 0  # noqa: E731
    assert "more than 512 conjugates" in answer(about(wide["networks"], says, d=6, p=6))  # 720 orders
    with pytest.raises(MalformedDocument, match="at most 64 shapes"):
        recheck(about(some(), lambda run: norm(run.b) > 0, p=(1, 65)))
    deep = proof(lambda run: norm(run.b) > 0)
    program = deep["conclusion"][0]["program"]
    while len(program) < 4000:
        program.append(["smallest", [len(program) - 1], None])
    assert not answer(deep)


# programs that no formula of the front end makes, and times


def says_raw(*nodes: Any, strict: bool = True, **network: Any) -> dict[str, Any]:
    made = about(some(**network), lambda run: norm(run.b) > 0, **{k: v for k, v in network.items() if k == "steps"})
    return made | {"conclusion": [{"program": list(nodes), "strict": strict}]}


B, B0, W0 = ["leaf", [], ["b"]], ["entry", [0], [0]], ["leaf", [], ["W", 0, "start"]]
ONE, NOUGHT = ["const", [], "1"], ["const", [], "0"]
RANK = ["rank", [1], None]
LIES: dict[str, tuple[list[Any], str]] = {
    "1 where log x is defined": (
        [["leaf", [], ["eta"]], B, ["log", [1], None], ["rows", [2], None], ["mul", [0, 3], None], ["abs", [4], None]],
        "log is not known",
    ),
    "a sum over time of 1 where 1/(|x| + x) is defined": (
        [["sum_over_time", [], [0, [B, ["abs", [0], None], ["add", [0, 1], None], ["div", [0, 2], None],
                                    ["rows", [3], None]]]], ["abs", [0], None]],
        "sum_over_time is not known",
    ),
    "a sum over time of |x| + x": (
        [["sum_over_time", [], [0, [B, B0, ["abs", [1], None], ["add", [1, 2], None]]]], ["abs", [0], None]],
        "sum_over_time is not known",
    ),
    "x · log x ⁰": ([B, ["log", [0], None], ["pow", [1], 0], ["abs", [2], None]], "log is not known"),
    "0 · log x + 1": (
        [B, ["log", [0], None], NOUGHT, ["mul", [1, 2], None], ["exp", [3], None]], "log is not known"
    ),
    "||x| + x|": ([B, B0, ["abs", [1], None], ["add", [1, 2], None], ["norm", [3], None]], "norm is not known"),
    "√|x|² + x": (
        [B, B0, ["abs", [1], None], ["sqrt", [2], None], ["pow", [3], 2], ["add", [1, 4], None], ["abs", [5], None]],
        "sqrt is not known",
    ),
    "det diag |x| − Π x": (
        [B, ["abs", [0], None], ["diagonal", [1], None], ["det", [2], None], ["product", [0], None],
         ["sub", [3, 4], None], ["abs", [5], None]],
        "conjugate",
    ),
    "the inverse of |W| + W": (
        [W0, ["abs", [0], None], ["add", [0, 1], None], ["inverse", [2], None], ["norm", [3], None]],
        "norm is not known",
    ),
    "its trace": (
        [W0, ["abs", [0], None], ["add", [0, 1], None], ["inverse", [2], None], ["trace", [3], None],
         ["abs", [4], None]],
        "not certainly invertible",
    ),
    "norms of rows of one entry": (
        [["leaf", [], ["X"]], ["slice", [0], [[None, None, None], [0, 1, None]]], ["row_norms", [1], None],
         ["flat", [1], None], ["sub", [2, 3], None], ["abs", [4], None]],
        "conjugate",
    ),
    "λ_max of a matrix and of its copy": (
        [B, ["diagonal", [0], None], ["diagonal", [0], None], ["eigmax", [1], None], ["eigmax", [2], None],
         ["sub", [3, 4], None], ["abs", [5], None]],
        "conjugate",
    ),
    "the largest": ([["most_over_time", [], [0, [B, B0]]], ["abs", [0], None]], "most_over_time is not known"),
    "a limit": ([["leaf", [], ["W", 0, "limit"]], ["norm", [0], None]], "nothing is proved about the limits"),
    "of no recurrence": ([["state", [], [-1, "W", 0, "start"]], ["norm", [0], None]], "there is no recurrence -1"),
    "of a time": ([["clock", [], 0], ["abs", [0], None]], "a time that it does not bind"),
    "after the end": ([["leaf", [], ["W", 5, "start"]], ["norm", [0], None]], "step 5 of a run of 0 steps"),
    "x, less 0 where x is < 0": (
        [["leaf", [], ["y"]], ["entry", [0], [0]], NOUGHT, ["max", [1, 2], None], ["sub", [1, 3], None],
         ["abs", [4], None]],
        "max is not known",
    ),
    "exp x⁻¹": ([B, ["pow", [0], -1], ["exp", [1], None], ONE, ["sub", [2, 3], None], ["abs", [4], None]],
                "exp is not known"),
    "λ_min of a diagonal": (
        [B, ["diagonal", [0], None], ["eigmin", [1], None], B0, ["sub", [2, 3], None], ["abs", [4], None]],
        "conjugate",
    ),
    "λ_1 − λ_min": ([W0, ["eigenvalue", [0], 0], ["eigmin", [0], None], ["sub", [1, 2], None]], "conjugate"),
    "λ_max − λ_2": ([W0, ["eigenvalue", [0], 1], ["eigmax", [0], None], ["sub", [2, 1], None]], "conjugate"),
    "0, after a minimum": ([["least_over_time", [], [0, [ONE]]], NOUGHT], "it is not 0: 0"),
    "a minimum over other times": (
        [["const", [], "5"],
         ["least_over_time", [0], [0, [["leaf", [], ["W", 0, "bound"]], ["norm", [0], None]]]]],
        "of a run of",
    ),
    "rank |W| ≥ 1": ([W0, ["abs", [0], None], RANK, ONE, ["sub", [2, 3], None]], "compares the rank"),
    "rank ≥ itself": ([W0, ["add", [0, 0], None], RANK, NOUGHT, ["mul", [2, 3], None], ["sub", [2, 4], None]],
                      "compares the rank"),
    "rank 0 is 1": (
        [W0, ["sub", [0, 0], None], RANK, ONE, ["sub", [2, 3], None], ["abs", [4], None], ["largest", [5], None],
         ["neg", [6], None]],
        "the rank is certainly ≥ 0",
    ),
}  # fmt: skip
"""Each is false, or not defined, on a set that is not null, and holds at the network."""


@pytest.mark.parametrize("what", LIES)
def test_what_holds_at_the_network_alone_is_refused(what: str) -> None:
    nodes, reason = LIES[what]
    for steps in (0, 2) if what != "after the end" else (0,):
        assert reason in answer(says_raw(*nodes, strict="rank" not in what, steps=steps))


def test_times_are_those_of_the_whole_run() -> None:
    """Though no state after the first is needed: both were once taken for runs without steps."""
    for says in (
        lambda run: abs(run.sum_over_time(lambda s: run.eta) - 2 * run.eta) > 0,
        lambda run: run.every_step(lambda s, _: 0 * run.eta > 0),
        lambda run: run.pairs(lambda s, _: 0 * run.eta > 0),
    ):
        assert "it is not 0: 0" in answer(about(some(steps=2), says, steps=2))
    assert not answer(proof(lambda run: abs(run.sum_over_time(lambda s: run.eta) - run.eta) > 0, steps=2))


def test_a_minimum_over_no_times_proves_nothing() -> None:
    for says in (
        lambda run: run.every_step(lambda s, _: s.loss > 9),
        lambda run: run.pairs(lambda s, _: s.loss > 9),
        lambda run: [norm(run.b) > 0, run.every_step(lambda s, *_: s.loss > 9)],
    ):
        assert answer(about(some(), says)).startswith("vacuous: conclusion: it speaks of every step")
    least = ["least_over_time", [], [1, [NOUGHT]]]
    assert answer(says_raw(least, ["smallest", [0], None])).startswith("vacuous")
    two = ["least_over_time", [], [3, [NOUGHT]]]
    assert answer(says_raw(two, steps=2)).startswith("vacuous")
    for following in (0, 1):  # no time is later than the last
        inner = ["least_over_time", [], [following, [ONE], True]]
        assert "the least of no numbers" in answer(says_raw(["least_over_time", [], [0, [inner]]], steps=1))
    assert not answer(says_raw(["least_over_time", [], [1, [["least_over_time", [], [0, [ONE], True]]]]], steps=1))
    assert not answer(proof(lambda run: run.every_step(lambda s, later: norm(later.W - s.W) > 0), steps=(0, 1)))


def test_hostile_documents_are_refused_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    start = time.process_time()
    size = {"d": 24, "p": 24}
    long = [[str(Fraction(10**190 + i, 10**190 + 7 * j + 1) + 77 * (i == j)) for j in range(24)] for i in range(24)]
    wide = proof(lambda run: norm(run.b) > 0, **size)
    wide["networks"][0]["W"] = long
    wide["conclusion"] = [{"program": [W0, *([["inverse", [0], None]] * 2), ["norm", [2], None]], "strict": True}]
    assert not answer(wide)  # in balls; in rationals, a quarter of an hour
    assert time.process_time() - start < 10
    wide["conclusion"] = [{"program": [W0, ["eigmin", [0], None], ["abs", [1], None]], "strict": True}]
    assert "cost" in answer(wide)  # 24 eigenvalues, one by one
    chain = [B, ["norm", [0], None], *(["smallest", [i], None] for i in range(1, 3990))]
    pairs = ["least_over_time", [], [1, [["least_over_time", [], [0, chain, True]]]]]
    monkeypatch.setattr(claim, "BUDGET", 10**6)
    assert "cost" in answer(says_raw(pairs, steps=200))
    assert time.process_time() - start < 20


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"eta":', '"eta": "1", "eta":', "key 'eta' occurs twice"),
        ('"precision": 128', f'"precision": {"9" * 4000}', "precision: expected a whole number"),
        ('"precision": 128', '"precision": NaN', "exact numbers as strings"),
        ('"networks": [', f'"networks": [{"[" * 50_000}', "nested too deeply"),
        ('"eta": "', '"eta": "NaN', 'networks[0].eta: expected a rational such as "-3/5"'),
        ('"strict": true', '"strict": 1', "strict is true or false"),
    ],
)
def test_hostile_files_are_malformed(
    old: str, new: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = json.dumps(proof(lambda run: norm(run.b) > 0))
    place = text.rindex(old)
    path = tmp_path / "lie.json"
    path.write_text(text[:place] + new + text[place + len(old) :])
    assert main([str(path)]) == 2
    (line,) = capsys.readouterr().out.splitlines()
    assert "MALFORMED" in line
    assert said in line


# random ones


def quantity(draw: random.Random) -> Says:
    """An analytic quantity that takes both signs: a sum of products of different numbers, some inside tanh."""
    atoms: list[Says] = [
        lambda run: run.b[0], lambda run: run.b[1], lambda run: run.y[0], lambda run: run.X[0, 0],
        lambda run: run[0].W[0, 1], lambda run: run[0].beta[1], lambda run: run[0].features[0, 0],
        lambda run: psi(run.b[0] + run.y[0]),
    ]  # fmt: skip
    terms = [(draw.choice([-2, -1, 1, 3]), draw.sample(atoms, draw.randint(1, 2))) for _ in range(draw.randint(1, 2))]

    def formula(run: Run) -> Any:
        made: Any = 0
        for factor, among in terms:
            part: Any = factor
            for atom in among:
                part = part * atom(run)
            made = made + part
        return made

    return formula


def halved(draw: random.Random) -> Says:
    """A formula that is 0 where u < 0, or where u < v, and in general not elsewhere."""
    u, v = quantity(draw), quantity(draw)
    forms: list[Says] = [
        lambda run: abs(u(run)) + u(run),
        lambda run: sqrt(u(run) ** 2) + u(run),
        lambda run: norm(stack(u(run) * run.b, u(run) * run[0].beta)) / norm(stack(run.b, run[0].beta)) + u(run),
        lambda run: eigmax(diagonal(run.b * 0 + 1) * u(run)) - u(run) + abs(u(run)) + u(run),
        lambda run: maximum(u(run), 0),
        lambda run: abs(u(run) - v(run)) + u(run) - v(run),
        lambda run: maximum(u(run), v(run)) - v(run),
        lambda run: abs(u(run) * v(run)) / v(run) + u(run) * abs(v(run)) / v(run),
        lambda run: abs(psi(u(run))) + psi(u(run)),
        lambda run: sign(u(run)) + 1,
        lambda run: abs(u(run)) * exp(v(run)) + u(run) * exp(v(run)),
        lambda run: abs(u(run)) ** 3 + u(run) ** 3,
    ]
    chosen, times = draw.choice(forms), draw.choice(["", "b", "norm"])
    factors: dict[str, Says] = {"": lambda run: 1, "b": lambda run: run.b[1], "norm": lambda run: norm(run[0].W)}
    return lambda run: chosen(run) * factors[times](run)


@pytest.mark.parametrize("share", range(4))
def test_nothing_that_vanishes_on_an_open_set_is_proved(share: int) -> None:
    for seed in range(share, COUNT, 4):
        draw = random.Random(seed)
        half = halved(draw)
        says: Says = draw.choice([lambda run, f=half: abs(f(run)) > 0, lambda run, f=half: f(run) ** 2 > 0])
        assert by_witnesses(stated(says), deadline=effort.now() + effort.SECOND, notify=lambda _: None) is None, seed
        assert answer(about(some(), says)), seed


@pytest.mark.parametrize("share", range(2))
def test_a_random_analytic_quantity_is_not_0(share: int) -> None:
    """The statements beside those of the test above are not refused for want of words."""
    for seed in range(share, 12, 2):
        u = quantity(random.Random(seed))
        assert not answer(proof(lambda run, u=u: abs(u(run)) > 0)), seed
