"""Limits as t → ∞ in conjectures: in floats, in balls, in counterexamples, and in every part that reads formulas."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from flint import arb

import fa_theory.checker
from fa_theory.checker import document
from fa_theory.checker.counterexample import limits, stated
from fa_theory.checker.counterexample.numbers import Undefined
from fa_theory.checker.document import MalformedDocument
from fa_theory.checker.recheck import recheck
from fa_theory.conjectures import BestConstant, Domain, Run, conjecture, norm
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.declare import Conjecture
from fa_theory.conjectures.language.evaluate import Evaluator
from fa_theory.conjectures.language.exact import exact
from fa_theory.conjectures.language.latex import latex, text
from fa_theory.conjectures.language.limits import NAMES, in_floats, limits_certificate
from fa_theory.conjectures.language.networks import PARTS, Networks, NetworkShape
from fa_theory.conjectures.language.program import program
from fa_theory.conjectures.language.snippet import lines
from fa_theory.conjectures.prove import attempt
from fa_theory.conjectures.search import attack
from fa_theory.conjectures.settle.constant import at_most
from fa_theory.conjectures.settle.lint import lint
from fa_theory.conjectures.settle.second_look import SecondLook, second_look
from fa_theory.conjectures.shrink.certify import certify_counterexample
from fa_theory.conjectures.shrink.shrink import shrink
from fa_theory.errors import InputError
from fa_theory.model.ball import balls
from fa_theory.model.network import Network
from fa_theory.simulation.run import states

SCHEMA = json.loads((Path(fa_theory.checker.__file__).parent / "certificate.schema.json").read_text())
NETWORKS = Domain(n=(1, 2), d=(1, 2), p=(1, 4), activation=("linear", "tanh"), eta=(0.1, 0.5), beta_scale=0)


@conjecture(NETWORKS)
def aligns(run: Run) -> Any:
    """From β(0) = 0 the limit alignment is at least 0.1."""
    return run.limit.alignment >= 0.1


@conjecture(NETWORKS, assuming={"the first layer hardly moves": lambda run: run.limit.total_W <= 0.25})
def aligns_if_lazy(run: Run) -> Any:
    """If the first layer hardly moves, β aligns with b."""
    return run.limit.alignment >= 0.1


def one(claim: Conjecture = aligns, seed: int = 3, **parts: float) -> Networks:
    """The smallest network with small numbers, or others."""
    given = {"X": 0.5, "y": 1.0, "W": 3.0, "beta": 0.0, "b": -1.0, "eta": 0.5, "lam": 0.0} | parts
    batch = claim.domain.sample(claim.domain.smallest(), np.random.default_rng(seed), 1)
    return batch.replace(**{name: np.full_like(getattr(batch, name), value) for name, value in given.items()})


def refuting(claim: Conjecture = aligns) -> dict[str, Any]:
    """A valid counterexample."""
    found = certify_counterexample(claim, one(claim))
    assert found is not None
    return found


# saying it


@pytest.mark.parametrize(
    ("domain", "says"),
    [
        ({"rule": "bp"}, 'limits are known only for feedback alignment, not for rule="bp"'),
        ({"lam": 0.1}, "limits are known only if λ ends: give the domain lam=0 or a cutoff, not lam=0.1"),
        ({"k": 2}, "a limit is defined for one output only; remove k from the domain"),
    ],
)
def test_what_has_no_known_limit_is_refused_with_its_line(domain: dict[str, Any], says: str) -> None:
    @conjecture(Domain(n=1, d=1, p=1, **domain))
    def claim(run: Run) -> Any:
        return run.limit.alignment >= 0

    with pytest.raises(InputError, match=r"test_limits.py, line \d+: ") as caught:
        claim.build()
    assert says in str(caught.value)


def test_a_schedule_that_ends_has_limits() -> None:
    @conjecture(Domain(n=1, d=1, p=1, lam=(0.0, 0.5), cutoff=7))
    def claim(run: Run) -> Any:
        return run.limit.alignment >= 0

    claim.build()
    assert claim.has_limits
    assert not at_most(conjecture(NETWORKS, quantifier=BestConstant(1.0))(lambda run: run.eta), 1.0).has_limits


def test_it_is_printed_as_a_limit() -> None:
    said = Run(steps=1).limit.alignment >= 0
    assert latex(said) == r"0 \le \lim_{t\to\infty}\cos\angle(b,\beta(t))"
    assert text(said) == "0 ≤ lim_t→∞cos∠(b,β(t))"
    assert program(Run(steps=1).limit.movement_W) == [["limit", [], "movement_W"]]


# in floats and in balls


def test_floats_agree_with_a_long_run_and_lie_in_the_balls() -> None:
    network = one(W=0.75, b=1.25)
    start = network.states[0]
    start = Network(start.W[0], start.beta[0], start.b[0], start.psi)
    state = next(islice(states(start, network.X[0], network.y[0], eta=0.5), 500, None))  # far beyond convergence
    limits = {name: float(np.ravel(value)[0]) for name, value in in_floats(network).items()}
    moved = float(np.linalg.norm(state.W - network.W[0]))
    assert limits["total_W"] == pytest.approx(moved, abs=1e-8)
    assert limits["movement_W"] == pytest.approx(moved, abs=1e-8)
    assert limits["movement_beta"] == pytest.approx(float(np.linalg.norm(state.beta)), abs=1e-8)
    enclosed = Evaluator(network.map(balls))
    run = aligns.run
    for name in NAMES:
        ball = np.ravel(enclosed(getattr(run.limit, name)))[0]
        assert ball.arb.rad() < 1e-4
        assert abs(ball.arb.mid() - limits[name]) <= 1e-7 + ball.arb.rad()


def test_the_regularised_start_counts() -> None:
    domain = Domain(n=1, d=1, p=2, activation="tanh", eta=0.5, lam=0.25, cutoff=7)
    network = domain.sample(domain.smallest(), np.random.default_rng(1), 1)
    enclosed = Evaluator(network.map(balls))(Run(steps=1).limit.total_W)[0].arb
    assert abs(enclosed.mid() - in_floats(network)["total_W"][0]) <= 1e-7 + enclosed.rad()
    assert not abs(in_floats(network.replace(lam=0 * network.lam))["total_W"][0] - enclosed.mid()) < 1e-3


def test_runs_without_a_limit_are_undefined() -> None:
    stuck = one(aligns, X=0.0)  # nothing is learned
    diverging = one(aligns, X=4.0, W=9.0)
    for network in (stuck, diverging):
        assert all(np.isnan(value).all() for value in in_floats(network).values())
        assert limits_certificate(network) is None
        assert certify_counterexample(aligns, network) is None
        assert second_look(aligns, network) is SecondLook.UNKNOWN


def test_only_float64s_have_a_certificate() -> None:
    network = exact(one(aligns))
    assert limits_certificate(network) is not None
    assert limits_certificate(network.replace(y=network.y / 3)) is None


# searching and shrinking


def test_it_is_attacked_shrunk_certified_and_shown() -> None:
    found = attack(aligns, rng=np.random.default_rng(0), trials=200)
    network = shrink(aligns, found.candidates[0], deadline=effort.now() + 2)
    made = certify_counterexample(aligns, network)
    assert made is not None
    jsonschema.validate(made, SCHEMA)
    verdict = recheck(json.loads(json.dumps(made)))
    assert verdict.valid
    assert network.shape == NetworkShape(1, 1, 1, None, "linear", 1)
    assert all(x.denominator & (x.denominator - 1) == 0 for name in PARTS for x in getattr(network, name).flat)
    assert lines(aligns, network)[-1].startswith("conclusion: margin -1.1")


def test_a_hypothesis_may_speak_of_limits() -> None:
    lazy, moving = one(aligns_if_lazy), one(aligns_if_lazy, W=2.75)
    assert in_floats(lazy)["total_W"][0] < 0.25 < in_floats(moving)["total_W"][0]
    assert certify_counterexample(aligns_if_lazy, lazy) is not None
    assert certify_counterexample(aligns, moving) is not None
    assert certify_counterexample(aligns_if_lazy, moving) is None


def test_what_runs_over_time_may_speak_of_limits() -> None:
    @conjecture(NETWORKS)
    def grows(run: Run) -> Any:
        return run.every_step(lambda before, after: norm(before.beta) <= run.limit.movement_beta / 2)

    assert certify_counterexample(grows, one(grows)) is None  # β(0) = 0
    assert in_floats(one(grows))["movement_beta"][0] > 0.5

    @conjecture(NETWORKS)
    def shrinks(run: Run) -> Any:
        return run.every_step(lambda before, after: norm(before.beta) >= run.limit.movement_beta / 2)

    assert certify_counterexample(shrinks, one(shrinks)) is not None


def test_a_tie_is_no_violation() -> None:
    @conjecture(Domain(n=1, d=1, p=1, eta=0.5, W_scale=0, beta_scale=0, feedback="sign"))
    def not_quite_parallel(run: Run) -> Any:
        return run.limit.alignment < 1

    found = attack(not_quite_parallel, rng=np.random.default_rng(0), trials=50)
    assert found.violations
    assert all(violation.tied for violation in found.violations)
    assert certify_counterexample(not_quite_parallel, found.candidates[0]) is None


def test_no_proof_and_no_crash() -> None:
    @conjecture(NETWORKS)
    def sure(run: Run) -> Any:
        return run.limit.alignment <= run.limit.alignment + norm(run.limit.movement_W)

    assert attempt(sure, deadline=effort.now() + 5) is None
    assert {"independent", "one-network"}.isdisjoint(w.kind for w in lint(sure, rng=np.random.default_rng(0)))


# tampering


def resealed(doc: dict[str, Any]) -> dict[str, Any]:
    """The document with digests that fit."""
    if isinstance(doc.get("limits"), dict):
        doc["limits"]["digest"] = document.digest(doc["limits"])
    doc["conjecture"]["digest"] = stated.conjecture_digest(doc)
    doc["digest"] = document.digest(doc)
    return doc


def put(doc: dict[str, Any], path: tuple[Any, ...], value: Any) -> None:
    for key in path[:-1]:
        doc = doc[key]
    doc[path[-1]] = value


HALF, NUMBER = (0.5).hex(), (1.25).hex()
CHANGES: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "no certificate": (lambda d: put(d, ("limits",), None), "nothing is proved about the limit of alignment"),
    "no key": (lambda d: d.pop("limits"), "nothing is proved about the limit of alignment"),
    "a number": (lambda d: put(d, ("limits",), 1), "expected a certificate or null"),
    "another kind": (lambda d: put(d, ("limits", "kind"), "decay-from-state"), "limits.kind: expected one of"),
    "another format": (lambda d: put(d, ("limits", "format"), "fa-theory 2"), "limits.format: expected one of"),
    "a key too many": (lambda d: put(d, ("limits", "z"), 1), "limits: document: unknown key 'z'"),
    "other eta": (lambda d: put(d, ("limits", "eta"), (0.25).hex()), "another network: eta"),
    "other X": (lambda d: put(d, ("limits", "X", 0, 0), NUMBER), "another network: X"),
    "other y": (lambda d: put(d, ("limits", "y", 0), NUMBER), "another network: y"),
    "other W": (lambda d: put(d, ("limits", "W", 0, 0), NUMBER), "another network: W"),
    "other beta": (lambda d: put(d, ("limits", "beta", 0), NUMBER), "another network: beta"),
    "other b": (lambda d: put(d, ("limits", "b", 0), NUMBER), "another network: b"),
    "other activation": (lambda d: put(d, ("limits", "activation"), "tanh"), "another network: activation"),
    "other lam": (lambda d: put(d, ("limits", "schedule"), {"lam": HALF, "cutoff": None}), "another network: lam"),
    "other cutoff": (
        lambda d: put(d, ("limits", "schedule"), {"lam": (0.0).hex(), "cutoff": 0}),
        "another network: cutoff",
    ),
    "network moved": (lambda d: put(d, ("network", "y", 0), "3/4"), "another network: y"),
    "wrong interval": (
        lambda d: put(d, ("limits", "conclusions", "alignment"), {"low": HALF, "high": NUMBER}),
        "limits: conclusions.alignment: the claimed [0.5, 1.25] does not contain",
    ),
    "wrong movement": (
        lambda d: put(d, ("limits", "conclusions", "limits", "movement_w", "low", 0), (3.0).hex()),
        "limits: conclusions.limits.movement_w",
    ),
    "too fast": (lambda d: put(d, ("limits", "rate"), (2.0**-9).hex()), "limits: "),
    "too early": (lambda d: put(d, ("limits", "step"), 0), "limits: "),
    "unknown limit": (
        lambda d: put(d, ("conclusion", 0, "program", 1), ["limit", [], "error"]),
        "limit does not take this extra",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_document_is_refused(name: str) -> None:
    doc = copy.deepcopy(refuting())
    change, reason = CHANGES[name]
    change(doc)
    assert reason in refusal(resealed(doc))


def test_a_certificate_with_a_stale_digest_is_refused() -> None:
    doc = copy.deepcopy(refuting())
    doc["limits"]["data"] = "elsewhere"
    doc["digest"] = document.digest(doc)
    assert "limits: the certificate was changed after it was written" in refusal(doc)


def test_an_interval_without_an_end_is_no_limit() -> None:
    assert limits._ball((arb(1), arb(2))).contains(1.5)
    for ends in ((arb("-inf"), arb(2)), (arb(1), arb("inf")), (arb("nan"), arb("nan"))):
        with pytest.raises(Undefined, match="the enclosure of a limit is lost"):
            limits._ball(ends)


def test_a_certificate_of_other_rules_proves_nothing() -> None:
    doc = copy.deepcopy(refuting())
    doc["network"]["rule"] = doc["domain"]["rule"] = "bp"
    assert "another network: rule" in refusal(resealed(doc))


def test_a_false_certificate_is_refused_where_nobody_needs_it() -> None:
    @conjecture(NETWORKS)
    def zero(run: Run) -> Any:
        return norm(run.y) <= 0

    doc = certify_counterexample(zero, one(zero))
    assert doc is not None
    assert recheck(resealed(doc | {"limits": refuting()["limits"]})).valid
    assert "another network: y" in refusal(resealed(doc | {"limits": limits_certificate(one(zero, y=0.5))}))


def test_the_interval_found_counts_not_the_one_claimed() -> None:
    doc = copy.deepcopy(refuting())
    doc["limits"]["conclusions"]["alignment"] = {"low": (-1.0).hex(), "high": (1.0).hex()}
    assert recheck(resealed(doc)).valid  # wider than what is found: true, and of no use to anybody
    doc["limits"]["conclusions"]["alignment"] = None
    assert recheck(resealed(doc)).valid


def refusal(doc: dict[str, Any]) -> str:
    try:
        verdict = recheck(doc)
    except MalformedDocument as error:
        return str(error)
    assert not verdict.valid, verdict.reason
    return verdict.reason
