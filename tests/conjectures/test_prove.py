"""Proofs of conjectures: what is true is proved where the rules reach, and what is false is never proved."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import fa_theory.conjectures.prove
import fa_theory.conjectures.prove.rules
from fa_theory.checker.proof import Refused, replay
from fa_theory.checker.ranges import ACTIVATIONS
from fa_theory.checker.recheck import recheck, recheck_file
from fa_theory.conjectures import (
    Conjecture,
    Domain,
    conjecture,
    eigmax,
    eigmin,
    equal,
    exp,
    inner,
    largest,
    log,
    maximum,
    mean,
    minimum,
    named,
    norm,
    outer,
    row_norms,
    smallest,
    spectral_norm,
    sqrt,
    total,
    trace,
)
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.declare import Says
from fa_theory.conjectures.prove import ConjectureProof, attempt
from fa_theory.conjectures.prove.box import by_boxes
from fa_theory.conjectures.prove.rules import by_rules
from fa_theory.conjectures.settle.check import check
from fa_theory.conjectures.settle.claim import conjectures_document
from fa_theory.conjectures.settle.outcome import ConjectureVerdict
from fa_theory.record.evidence import Result

BASE: dict[str, Any] = {
    "n": (1, 4), "d": (1, 3), "p": (1, 6), "activation": ("tanh", "relu"), "steps": (1, 3), "lam": (0, 0.5),
}  # fmt: skip
ZERO_START: dict[str, Any] = {"activation": "linear", "steps": 2, "W_scale": 0, "beta_scale": 0}
HOMOGENEOUS: dict[str, Any] = {"activation": ("linear", "relu")}


def bracket(run: Any, state: Any) -> Any:
    return norm(state.W) ** 2 / 2 - inner(run.b, state.beta)


TRUE: list[tuple[dict[str, Any], Says]] = [
    ({}, lambda run: abs(run[0].alignment) <= 1),
    ({}, lambda run: run[-1].alignment <= 1),
    ({}, lambda run: eigmin(run[-1].G) >= 0),
    ({}, lambda run: eigmax(run[-1].G) <= trace(run[-1].G)),
    ({}, lambda run: equal(trace(run[0].G), norm(run[0].features) ** 2 / run.p)),
    ({}, lambda run: equal(run[0].loss, norm(run[0].error) ** 2 / 2)),
    ({}, lambda run: run[0].loss >= 0),
    ({"activation": "tanh"}, lambda run: trace(run[-1].G) <= run.n),
    ({"activation": "tanh"}, lambda run: norm(run[-1].output) <= norm(run[-1].beta) * sqrt(run.n)),
    ({"feedback": "tied", "steps": 1}, lambda run: equal(run[0].feedback_W, run[0].gradient_W)),
    ({"feedback": "tied"}, lambda run: eigmin(run[0].H) >= 0),
    ({"feedback": "tied"}, lambda run: eigmin(run[0].H + run[0].G) >= 0),
    ({"activation": ("sigmoid", "softplus")}, lambda run: smallest(run[-1].G) >= 0),
    ({"activation": ("sigmoid", "softplus")}, lambda run: run[-1].G > 0),
    (
        {"steps": 1},
        lambda run: equal(run[1].beta, (1 - run.eta * run.lam) * run[0].beta - run.eta * run[0].gradient_beta),
    ),
    ({"steps": 1}, lambda run: norm(run[1].W - run[0].W) <= run.eta * norm(run[0].feedback_W)),
    (
        {"steps": 1},
        lambda run: (
            norm(run[1].beta) <= (1 - run.eta * run.lam) * norm(run[0].beta) + run.eta * norm(run[0].gradient_beta)
        ),
    ),
    (
        {"activation": ("linear", "relu")},
        lambda run: equal(inner(run[0].W, run[0].gradient_W), inner(run[0].beta, run[0].gradient_beta)),
    ),
    ({}, lambda run: run.always(lambda s: norm(s.error) >= 0)),
    ({}, lambda run: run.every_step(lambda s, t: norm(t.W - s.W) <= run.eta * norm(s.feedback_W))),
    ({"lam": 0.0}, lambda run: run.every_step(lambda s, t: equal(t.beta - s.beta, -run.eta * s.gradient_beta))),
    ({}, lambda run: inner(run[0].error, run[0].output) <= (norm(run[0].error) ** 2 + norm(run[0].output) ** 2) / 2),
    ({}, lambda run: inner(run[0].error, run[0].G @ run[0].error) >= 0),
    ({}, lambda run: inner(run[0].error, run[0].G @ run[0].error) >= eigmin(run[0].G) * 2 * run[0].loss),
    ({}, lambda run: spectral_norm(run[0].W) <= norm(run[0].W)),
    ({}, lambda run: run[-1].movement_beta >= norm(run[-1].beta) - norm(run[0].beta)),
    ({}, lambda run: norm(run[0].preactivations) <= norm(run.X) * norm(run[0].W)),
    ({"inputs": "sphere"}, lambda run: norm(run[0].preactivations) <= sqrt(run.n) * norm(run[0].W)),
    ({}, lambda run: norm(run[0].features) <= norm(run.X) * norm(run[0].W)),
    ({"W_scale": 0, "beta_scale": 0}, lambda run: equal(run[0].loss, norm(run.y) ** 2 / 2)),
    ({}, lambda run: smallest(run[0].W) <= mean(run[0].W)),
    ({}, lambda run: largest(abs(run[0].features)) <= norm(run[0].features)),
    ({}, lambda run: run.sum_over_time(lambda s: s.loss) >= 0),
    ({"lam": 0.0}, lambda run: run[-1].movement_beta <= run.eta * run.sum_over_time(lambda s: norm(s.gradient_beta))),
    ({}, lambda run: maximum(run[0].loss, 1) >= 1),
    ({}, lambda run: exp(-run[0].loss) <= 1),
    ({"activation": "tanh"}, lambda run: largest(abs(run[0].features)) < 1),
    ({"steps": 1}, lambda run: inner(run.b, run[0].beta) ** 2 <= norm(run.b) ** 2 * norm(run[0].beta) ** 2),
    (ZERO_START, lambda run: inner(run.b, run[2].beta) >= 0),
    ({**HOMOGENEOUS, "lam": 0.0}, lambda run: run.every_step(lambda s, after: bracket(run, after) >= bracket(run, s))),
]
RUNS: dict[str, Any] = {"activation": ("linear", "relu"), "steps": (0, 9), "lam": 0.0}
MORE: list[tuple[dict[str, Any], Says]] = [
    ({"activation": "tanh"}, lambda run: inner(run[0].preactivations, run[0].features) >= 0),
    ({}, lambda run: smallest(run[0].preactivations * run[0].features) >= 0),
    ({"activation": "relu"}, lambda run: equal(run[0].features, run[0].preactivations * run[0].slopes)),
    (
        RUNS,
        lambda run: equal(
            bracket(run, run[-1]) - bracket(run, run[0]),
            run.eta**2 / 2 * run.sum_over_time(lambda s: norm(s.feedback_W) ** 2),
        ),
    ),
    (RUNS, lambda run: bracket(run, run[-1]) >= bracket(run, run[0])),
    (RUNS, lambda run: run.always(lambda s: bracket(run, s) >= bracket(run, run[0]))),
    ({"n": (2, 4)}, lambda run: run[0].G[0, 1] ** 2 <= run[0].G[0, 0] * run[0].G[1, 1]),
    (
        {"activation": "linear"},
        lambda run: trace(run[0].G) <= eigmax(run[0].W.T @ run[0].W) * trace(run.X @ run.X.T) / run.p,
    ),
    (
        {"activation": "tanh", "lam": 0.0, "steps": 1},
        lambda run: norm(run[1].beta - run[0].beta) <= run.eta * sqrt(run.n) * norm(run[0].error),
    ),
    ({"feedback": "tied"}, lambda run: eigmax(run[0].G + run[0].H) <= eigmax(run[0].G) + eigmax(run[0].H)),
    ({}, lambda run: eigmin(run[0].H) <= eigmax(run[0].H)),
    ({}, lambda run: run.n * eigmin(run[0].G) <= trace(run[0].G)),
    ({}, lambda run: inner(run[0].error, run[0].G @ run[0].error) <= eigmax(run[0].G) * norm(run[0].error) ** 2),
    ({}, lambda run: eigmax(run[0].H) <= norm(run[0].H)),
    ({}, lambda run: log(1 + run[0].loss) <= run[0].loss),
    ({}, lambda run: abs(inner(run.b, run[0].beta)) * run.eta <= run.eta * norm(run.b) * norm(run[0].beta)),
    ({}, lambda run: [run[0].loss >= 0, eigmin(run[0].G) >= 0]),
]
"""What the kernel proves and the polynomials over texts did not."""
UNDEFINED: list[tuple[dict[str, Any], Says]] = [
    ({"targets": "zero"}, lambda run: norm(run.b / (run[0].features.T @ run.y)) >= 0),
    ({}, lambda run: equal(exp(run.lam / run.lam), exp(1 + 0 * run.eta))),
    ({}, lambda run: exp(1 / norm(run[0].error)) > 0),
    ({}, lambda run: norm(run.b / run[0].beta) >= 0),
    ({}, lambda run: eigmax(run[0].G / run[0].loss) >= 0),
    ({}, lambda run: largest(row_norms(run[0].W / run[0].beta[0])) >= 0),
    ({}, lambda run: 0 * log(run[0].loss) <= 0),
    ({}, lambda run: 0 * sqrt(run[0].beta[0]) >= 0),
]
"""Statements that are not defined everywhere; what hides the division must not matter."""
FALSE: list[tuple[dict[str, Any], Says]] = [
    ({}, lambda run: abs(run[0].alignment) < 1),
    ({}, lambda run: run[-1].alignment >= 0),
    ({}, lambda run: eigmin(run[-1].G) > 0),
    ({}, lambda run: eigmax(run[-1].G) <= trace(run[-1].G) / 2),
    ({}, lambda run: eigmin(run[-1].H) >= 0),
    ({"feedback": "tied"}, lambda run: eigmin(run[-1].H) >= 0),
    ({"feedback": "tied", "steps": 1}, lambda run: eigmin(run[1].H) >= 0),
    ({"feedback": "tied"}, lambda run: eigmin(run[0].H) > 0),
    ({}, lambda run: equal(trace(run[0].G), norm(run[0].features) ** 2)),
    ({}, lambda run: equal(run[0].loss, norm(run[0].error) / 2)),
    ({}, lambda run: run[0].loss > 0),
    ({"activation": ("tanh", "relu")}, lambda run: trace(run[-1].G) <= run.n),
    ({"activation": "erf"}, lambda run: norm(run[0].features) <= norm(run[0].preactivations)),
    ({"activation": "sigmoid"}, lambda run: norm(run[0].features) <= norm(run[0].preactivations)),
    ({"activation": "tanh"}, lambda run: norm(run[-1].output) <= norm(run[-1].beta)),
    ({}, lambda run: equal(run[0].feedback_W, run[0].gradient_W)),
    ({"feedback": "tied", "steps": 1}, lambda run: equal(run[1].feedback_W, run[1].gradient_W)),
    ({"activation": ("sigmoid", "tanh")}, lambda run: smallest(run[-1].G) >= 0),
    ({"activation": ("relu",)}, lambda run: run[-1].G > 0),
    ({"steps": 1}, lambda run: equal(run[1].beta, run[0].beta - run.eta * run[0].gradient_beta)),
    ({"steps": 1}, lambda run: norm(run[1].W - run[0].W) <= run.eta * norm(run[0].gradient_W)),
    ({"steps": 1}, lambda run: norm(run[1].W - run[0].W) < run.eta * norm(run[0].feedback_W)),
    (
        {"steps": 1, "lam": (0, 4.0), "eta": (0.01, 1.0)},
        lambda run: (
            norm(run[1].beta) <= (1 - run.eta * run.lam) * norm(run[0].beta) + run.eta * norm(run[0].gradient_beta)
        ),
    ),
    (
        {"activation": ("linear", "tanh")},
        lambda run: equal(inner(run[0].W, run[0].gradient_W), inner(run[0].beta, run[0].gradient_beta)),
    ),
    (
        {"activation": ("linear", "relu")},
        lambda run: equal(inner(run[0].W, run[0].feedback_W), inner(run[0].beta, run[0].gradient_beta)),
    ),
    ({}, lambda run: run.always(lambda s: norm(s.error) >= 1)),
    ({"lam": (0, 0.5)}, lambda run: run.every_step(lambda s, t: equal(t.beta - s.beta, -run.eta * s.gradient_beta))),
    ({}, lambda run: inner(run[0].error, run[0].output) <= (norm(run[0].error) ** 2 + norm(run[0].output) ** 2) / 4),
    ({}, lambda run: inner(run[0].error, run[0].H @ run[0].error) >= 0),
    ({}, lambda run: inner(run[0].error, run[0].G @ run[0].error) >= eigmax(run[0].G) * 2 * run[0].loss),
    ({}, lambda run: norm(run[0].W) <= spectral_norm(run[0].W)),
    ({}, lambda run: norm(run[0].preactivations) < norm(run.X) * norm(run[0].W)),
    ({"inputs": "ball"}, lambda run: equal(row_norms(run.X), 1 + 0 * row_norms(run.X))),
    ({"inputs": "sphere"}, lambda run: norm(run[0].preactivations) <= norm(run[0].W)),
    ({}, lambda run: mean(run[0].W) <= smallest(run[0].W)),
    ({"lam": 0.0}, lambda run: run[-1].movement_beta < run.eta * run.sum_over_time(lambda s: norm(s.gradient_beta))),
    ({}, lambda run: run[-1].movement_beta <= run.eta * run.sum_over_time(lambda s: norm(s.gradient_beta))),
    ({}, lambda run: exp(-run[0].loss) < 1),
    ({"steps": (0, 3)}, lambda run: 0 * run[0].loss < run.sum_over_time(lambda s: 1 + s.loss)),
    ({"n": 1, "d": 2, "p": 3}, lambda run: inner(run[0].error, run[0].beta) <= norm(run[0].error) * norm(run[0].beta)),
    ({"n": 1, "d": 2, "p": 3}, lambda run: norm(run[0].error + run[0].beta) <= norm(run[0].error) + norm(run[0].beta)),
    (
        {"steps": 3, "cutoff": 1, "lam": 0.5},
        lambda run: run.every_step(
            lambda s, t: equal(t.beta, (1 - run.eta * run.lam) * s.beta - run.eta * s.gradient_beta)
        ),
    ),
    (
        {"steps": 3, "cutoff": 1, "lam": 0.5},
        lambda run: equal(run[2].beta, (1 - run.eta * run.lam) * run[1].beta - run.eta * run[1].gradient_beta),
    ),
    ({"rule": "bp", "steps": 1}, lambda run: equal(run[1].W, run[0].W - run.eta * run[0].feedback_W)),
    ({"rule": "sign", "steps": 1}, lambda run: equal(run[1].W, run[0].W - run.eta * run[0].feedback_W)),
    ({"W_scale": 0}, lambda run: equal(run[-1].W, 0 * run[0].W)),
    (
        {"feedback": "sign"},
        lambda run: equal(abs(run.b) * abs(run[0].beta), abs(run[0].beta) + 0.5 * run.b * run[0].beta),
    ),
    ({}, lambda run: sqrt(run[0].loss) <= run[0].loss),
    ({}, lambda run: run[0].loss / run[0].loss >= 2),
    ({}, lambda run: 1 / run.lam <= 1),
    ({}, lambda run: run.p * run.lam <= run.eta),
    ({}, lambda run: largest(run[0].W) <= maximum(run[0].beta[0], norm(run[0].W) / 2)),
    ({}, lambda run: minimum(run[0].loss, 1) >= 1),
    ({}, lambda run: norm(run[0].W * run[0].W) >= norm(run[0].W)),
    ({}, lambda run: trace(run.X @ run.X.T) <= run.n * run.d),
    ({**ZERO_START, "activation": "tanh"}, lambda run: inner(run.b, run[2].beta) >= 0),
    (ZERO_START, lambda run: inner(run.b, run[2].beta) > 0),
    (
        {**HOMOGENEOUS, "lam": (0, 1.0)},
        lambda run: run.every_step(lambda s, after: bracket(run, after) >= bracket(run, s)),
    ),
    (
        {**HOMOGENEOUS, "activation": "tanh", "lam": 0.0},
        lambda run: run.every_step(lambda s, after: bracket(run, after) >= bracket(run, s)),
    ),
    ({"activation": ("tanh", "softplus")}, lambda run: largest(abs(run[0].features)) < 1),
    ({}, lambda run: named("e(0)", run[0].error) + named("e(0)", run.y) <= 2 * run[0].error),
]
ASSUMED_TRUE: list[tuple[dict[str, Any], Says, Says]] = [
    ({}, lambda run: smallest(run.b * run[0].beta), lambda run: eigmin(run[0].H) >= 0),
    ({}, lambda run: smallest(run.b * run[0].beta), lambda run: inner(run[0].gradient_W, run[0].feedback_W) >= 0),
    (
        {"activation": "linear"},
        lambda run: inner(run.b, run[0].beta),
        lambda run: inner(run[0].gradient_W, run[0].feedback_W) >= 0,
    ),
    ({}, lambda run: run[0].alignment > 0, lambda run: inner(run.b, run[0].beta) > 0),
    (
        {"feedback": "sign", "p": (2, 9)},
        lambda run: norm(run[0].beta) <= 1,
        lambda run: run[0].beta @ run.b <= 0.8 * run.p,
    ),
]
ASSUMED_FALSE: list[tuple[dict[str, Any], Says, Says]] = [
    ({}, lambda run: inner(run.b, run[0].beta), lambda run: eigmin(run[0].H) >= 0),
    ({}, lambda run: inner(run.b, run[0].beta), lambda run: inner(run[0].gradient_W, run[0].feedback_W) >= 0),
    ({}, lambda run: smallest(run.b * run[0].beta), lambda run: inner(run[-1].gradient_W, run[-1].feedback_W) >= 0),
    ({}, lambda run: run[0].alignment >= 0, lambda run: inner(run.b, run[0].beta) > 0),
    ({}, lambda run: run.lam * inner(run.b, run[0].beta), lambda run: inner(run.b, run[0].beta) >= 0),
    ({}, lambda run: run.every_step(lambda s, _: s.loss >= 1), lambda run: run.always(lambda s: s.loss >= 1)),
    ({}, lambda run: run[0].loss <= 1, lambda run: run[-1].loss <= 1),
    (
        {"feedback": "sign", "p": (1, 9)},
        lambda run: norm(run[0].beta) <= 1,
        lambda run: run[0].beta @ run.b <= 0.8 * run.p,
    ),
]
SMALL: dict[str, Any] = {
    "n": 1, "d": 1, "p": (1, 2), "activation": "sigmoid", "steps": 2, "eta": (0.05, 0.5), "lam": (0.0, 0.3),
    "W_scale": 0, "beta_scale": 0, "inputs": "sphere", "targets": "bounded", "feedback": "sign",
}  # fmt: skip


def made(domain: dict[str, Any], says: Says, assuming: Says | None = None) -> Conjecture:
    return conjecture(Domain(**{**BASE, **domain}), assuming={"assumed": assuming} if assuming else None)(says)


def tried(what: Conjecture, seconds: float = 10.0) -> ConjectureProof | None:
    """Without the trial that would withhold a wrong proof."""
    return by_rules(what, deadline=effort.now() + seconds, notify=lambda _: None)


@pytest.mark.parametrize("place", range(len(TRUE)))
def test_what_is_true_is_proved_by_a_document(place: int) -> None:
    proof = attempt(made(*TRUE[place]), deadline=effort.now() + 30)
    assert proof is not None
    assert proof.method == "rules"
    for document in proof.documents:
        assert_stated(document)


def assert_stated(document: dict[str, Any]) -> None:
    """The document is replayed, and assumes nothing but what the domain, the rule and the hypotheses say."""
    found = replay(document)
    known = (
        "INPUTS|TARGETS|FEEDBACK|START_[WB]|ETA|LAM|SIZE|FEATURES|SLOPES|ERROR|STEP_[WB]|S[1-9] (starts|grows)"
        "|assumed|where defined"
    )
    assert all(re.match(known, name) for name in found.hypotheses), found.text
    assert all(source for source in found.sources.values())


@pytest.mark.parametrize("place", range(len(MORE)))
def test_more_is_proved(place: int) -> None:
    proof = tried(made(*MORE[place]), 30.0)
    assert proof is not None
    for document in proof.documents:
        assert_stated(document)


@pytest.mark.parametrize("place", range(len(UNDEFINED)))
def test_where_a_statement_is_not_defined_a_proof_says_so(place: int) -> None:
    proof = tried(made(*UNDEFINED[place]), 2.0)
    assert proof is None or all(condition in proof.says for condition in proof.conditions)
    assert proof is None or proof.conditions


def test_a_proof_is_printed_with_everything_it_assumes() -> None:
    domain = {"activation": "tanh", "steps": 1, "inputs": "sphere"}
    proof = tried(made(domain, lambda run: norm(run[0].preactivations) <= sqrt(run.n) * norm(run[0].W)))
    assert proof is not None
    assert replay(proof.documents[0]).text.splitlines() == [
        "for all sizes of d, n, p",
        "for all W:time×p×d, X:n×d",
        "if",
        "  INPUTS: ∀ i:n. Σ_h:d X[i, h]^2 = 1",
        "then",
        "  sqrt(Σ_i:n Σ_r:p (Σ_h:d X[i, h]·W[0, r, h])^2) ≤ |n|^(1/2)·sqrt(Σ_r:p Σ_h:d W[0, r, h]^2)",
    ]


@pytest.mark.parametrize("place", range(len(FALSE)))
def test_what_is_false_is_never_proved(place: int) -> None:
    assert tried(made(*FALSE[place]), 1.0) is None


@pytest.mark.parametrize("place", range(len(ASSUMED_TRUE)))
def test_hypotheses_are_used(place: int) -> None:
    domain, assuming, says = ASSUMED_TRUE[place]
    assert attempt(made(domain, says, assuming), deadline=effort.now() + 30) is not None


@pytest.mark.parametrize("place", range(len(ASSUMED_FALSE)))
def test_hypotheses_are_not_stretched(place: int) -> None:
    domain, assuming, says = ASSUMED_FALSE[place]
    assert tried(made(domain, says, assuming), 1.0) is None


def test_what_the_kernel_refuses_is_not_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(document: object) -> None:
        raise Refused("no")

    monkeypatch.setattr(fa_theory.conjectures.prove.rules, "replay", refuse)
    assert tried(made({}, lambda run: abs(run[0].alignment) <= 1), 1.0) is None


@pytest.mark.parametrize("place", [1, 3, 9])
def test_a_document_with_another_conclusion_is_refused(place: int) -> None:
    proof = tried(made(*TRUE[place]))
    assert proof is not None
    for wrong in ([0, "<", 0], [0, "=", 1], [1, "<=", 0]):
        document = json.loads(json.dumps(proof.documents[0]))
        steps = {step["as"]: step for step in document["steps"]}
        steps[document["concludes"]]["goal"]["say"] = wrong
        with pytest.raises(Refused):
            replay(document)


def test_a_proof_says_where_it_is_meant() -> None:
    proof = attempt(made({}, lambda run: run[0].alignment <= 1), deadline=effort.now() + 10)
    assert proof is not None
    assert "where 0 < sqrt(Σ_r:p b[r]^2)^2" in proof.says
    assert "Cauchy" in " ".join(proof.lines)


def boxed(says: Says, **domain: Any) -> ConjectureProof | None:
    return by_boxes(made({**SMALL, **domain}, says), deadline=effort.now() + 20, notify=lambda _: None)


def test_boxes_prove_what_holds_with_room_to_spare() -> None:
    proof = boxed(lambda run: abs(run[2].beta) <= 1)
    assert proof is not None
    assert proof.method == "boxes"
    assert recheck(proof.documents[0]).valid
    assert boxed(lambda run: run[2].loss <= run[0].loss + 0.1, lam=0.0) is not None


HELD: list[tuple[dict[str, Any], Says, Says | None]] = [
    *(({"activation": each, "p": 1}, lambda run: abs(run[2].beta) <= 2, None) for each in ACTIVATIONS),
    *(({"rule": each, "lam": 0.0}, lambda run: norm(run[2].error) <= 2, None) for each in ("fa", "bp", "dfa")),
    ({"steps": (0, 2), "p": 1}, lambda run: run.every_step(lambda s, u: norm(u.error) <= norm(s.error) + 0.3), None),
    ({"k": 2, "p": 1, "steps": 1}, lambda run: norm(run[1].beta) <= 3, None),
    ({"inputs": "ball", "steps": 1}, lambda run: norm(run[1].W) <= 1, None),
    ({"feedback": "tied", "steps": 1}, lambda run: norm(run[1].W) <= 1, None),
    ({"n": 2, "steps": 1, "lam": 0.0}, lambda run: eigmax(run[1].G) >= 0.1, None),
    ({"n": 2, "steps": 1}, lambda run: norm(run[1].beta) <= 2, None),
    ({"p": 4, "steps": 1}, lambda run: norm(run[1].beta) <= 2, None),
    ({}, lambda run: 1 / run.eta <= 20.01, None),
    ({}, lambda run: run.eta > 0.049, None),
    ({"steps": (1, 3), "p": 1, "cutoff": 1}, lambda run: run[-1].loss <= run[0].loss + 0.3, None),
    ({"lam": 0.0, "p": 1}, lambda run: run[2].loss <= run[0].loss, lambda run: run.y**2 >= 0.5),
    ({"eta": (0.05, 0.95), "p": 1}, lambda run: run.eta * (1 - run.eta) <= 0.2501, None),
]
"""What was proved by boxes before there were documents."""


@pytest.mark.parametrize("place", range(len(HELD)))
def test_the_checker_accepts_what_is_proved_by_boxes(place: int) -> None:
    domain, says, assuming = HELD[place]
    proof = by_boxes(made({**SMALL, **domain}, says, assuming), deadline=effort.now() + 20, notify=print)
    assert proof is not None
    assert proof.documents
    verdict = recheck(proof.documents[0])
    assert verdict.valid, verdict.reason


def test_a_proof_that_the_checker_refuses_is_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    says = made(SMALL, lambda run: exp(run.eta) >= 1.0512)
    proof = attempt(says, deadline=effort.now() + 10)
    assert proof is not None
    assert proof.method == "boxes"
    wrong = replace(proof, documents=(proof.documents[0] | {"digest": "0" * 64},))
    monkeypatch.setattr(fa_theory.conjectures.prove, "by_boxes", lambda *_, **__: wrong)
    told: list[str] = []
    assert attempt(says, deadline=effort.now() + 10, notify=told.append) is None
    assert any("the checker refuses it" in line for line in told)


def test_fa_theory_check_keeps_the_document_and_names_it(tmp_path: Path) -> None:
    outcome = check(made(SMALL, lambda run: exp(run.eta) >= 1.0512), budget=4.0, seed=0, out=tmp_path)
    assert outcome.verdict is ConjectureVerdict.PROVED, outcome.why
    (document,) = outcome.documents
    assert Path(document).parent == tmp_path / "proofs"
    assert recheck_file(document).valid
    written = conjectures_document([outcome], seed=0, command="", out=tmp_path)
    (artefact,) = written.claims[0].evidence[0].artefacts
    assert artefact.kind == "proofs"
    assert written.claims[0].verdict is Result.ENCLOSED
    assert "accepted as a document by the checker" in written.claims[0].evidence[0].derivation[0].checks


@pytest.mark.parametrize(
    "says",
    [
        lambda run: abs(run[2].beta) <= 0.1,
        lambda run: run[2].loss <= run[0].loss - 0.01,
        lambda run: run.eta * run.lam <= 0.149,
        lambda run: run.lam > 0,
        lambda run: run[2].beta * run.y > 0,
    ],
)
def test_boxes_never_prove_what_is_false(says: Says) -> None:
    assert boxed(says) is None


def test_boxes_leave_unbounded_domains_alone() -> None:
    assert boxed(lambda run: norm(run[0].error) >= 0, targets="gaussian") is None
    assert boxed(lambda run: norm(run[0].W) >= 0, W_scale=1.0) is None


WIDE = {"n": (2, 9), "d": (1, 9), "p": (200, 300), "activation": "tanh", "steps": 1}


@pytest.mark.parametrize(
    "lengths",
    [
        lambda run: equal(norm(run.y * 0 + 1), norm(run.b * 0 + 1)),
        lambda run: equal(total(run.y * 0 + 1), total(run.b * 0 + 1)),
        lambda run: equal(eigmax(outer(run.y * 0 + 1, run.y * 0 + 1)), eigmax(outer(run.b * 0 + 1, run.b * 0 + 1))),
        lambda run: equal(row_norms(outer(run.y, run.y * 0 + 1)), row_norms(outer(run.y, run.b * 0 + 1))),
    ],
)
def test_what_runs_over_an_axis_is_named_with_it(lengths: Any) -> None:
    """√n = √p and the like, at widths the trial on networks does not reach."""
    assert attempt(conjecture(Domain(**WIDE))(lengths), deadline=effort.now() + 5) is None


def test_fa_theory_check_keeps_the_documents_of_a_proof_by_rules(tmp_path: Path) -> None:
    says = made({}, lambda run: [run[0].loss >= 0, eigmin(run[0].G) >= 0])
    outcome = check(says, budget=4.0, seed=0, out=tmp_path)
    assert outcome.verdict is ConjectureVerdict.PROVED, outcome.why
    assert len(outcome.documents) == 2
    assert all(recheck_file(document).valid for document in outcome.documents)
    written = conjectures_document([outcome], seed=0, command="", out=tmp_path)
    assert [a.kind for a in written.claims[0].evidence[0].artefacts] == ["proofs", "proofs"]
