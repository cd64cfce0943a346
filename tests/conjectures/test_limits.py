"""Limits as t → ∞ in conjectures: in floats, in counterexamples, and in every part that reads formulas."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from flint import arb, ctx

import fa_theory.checker
from fa_theory.checker import document
from fa_theory.checker.counterexample import settling, stated
from fa_theory.checker.counterexample.violation import Counterexample
from fa_theory.checker.counterexample.violation import run as run_of
from fa_theory.checker.document import MalformedDocument
from fa_theory.checker.recheck import recheck
from fa_theory.conjectures import Domain, Generic, Run, conjecture, deep, iterate, norm
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.declare import Conjecture, margin
from fa_theory.conjectures.language.evaluate import Evaluator
from fa_theory.conjectures.language.exact import within
from fa_theory.conjectures.language.latex import latex, text
from fa_theory.conjectures.language.networks import Networks, NetworkShape
from fa_theory.conjectures.language.program import program
from fa_theory.conjectures.language.snippet import lines, snippet
from fa_theory.conjectures.prove import attempt
from fa_theory.conjectures.search import attack
from fa_theory.conjectures.settle.lint import lint
from fa_theory.conjectures.settle.second_look import SecondLook, second_look
from fa_theory.conjectures.shrink.certify import certify_counterexample
from fa_theory.conjectures.shrink.shrink import shrink
from fa_theory.errors import InputError
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


# saying it


def test_a_limit_is_a_state() -> None:
    run = Run(steps=1)
    assert latex(run.limit.alignment >= 0) == r"0 \le \cos\angle(b,\beta)(\infty)"
    assert text(run.limit.loss <= 1) == "L(∞) ≤ 1"
    assert program(run.limit.W) == [["leaf", [], ["W", 0, "limit"]]]
    assert program(run.limit.total_W)[0] == ["leaf", [], ["W", 0, "limit"]]
    with pytest.raises(InputError, match="the limit has no time"):
        run.limit.t  # noqa: B018


def test_a_schedule_has_no_known_limit() -> None:
    run = Run(steps=1)
    for other in (run.with_(lam=lambda t: 1 / (1 + t)), run.with_(X=lambda t: run.X * t)):
        with pytest.raises(InputError, match=r"test_limits.py, line \d+: a run whose step depends on the time"):
            other.limit  # noqa: B018
    with pytest.raises(InputError, match="depends on the time"):
        iterate({"x": 1}, lambda s: {"x": s.x / (1 + s.t)}, steps=1).limit  # noqa: B018


# in floats


def limit_of(network: Networks, name: str = "beta") -> Any:
    """The limit of a variable in floats."""
    return Evaluator(network)(getattr(Run(steps=1).limit, name))


def test_floats_agree_with_a_long_run() -> None:
    network = one(W=0.75, b=1.25)
    start = network.states[0]
    start = Network(start.W[0], start.beta[0], start.b[0], start.psi)
    state = next(islice(states(start, network.X[0], network.y[0], eta=0.5), 500, None))  # far beyond convergence
    for name in ("W", "beta"):
        assert np.ravel(limit_of(network, name)) == pytest.approx(np.ravel(getattr(state, name)), abs=1e-8)


def test_the_regularised_start_counts() -> None:
    domain = Domain(n=1, d=1, p=2, activation="tanh", eta=0.5, lam=0.25, cutoff=7)
    network = domain.sample(domain.smallest(), np.random.default_rng(1), 1)
    found = limit_of(network, "total_W")
    assert abs(found - limit_of(network.replace(lam=0 * network.lam), "total_W")) > 1e-3

    @conjecture(domain)
    def moves_less(run: Run) -> Any:
        return run.limit.total_W <= Fraction(float(found[0])) - Fraction(1, 10**6)

    @conjecture(domain)
    def moves_more(run: Run) -> Any:
        return run.limit.total_W >= Fraction(float(found[0])) + Fraction(1, 10**6)

    assert certify_counterexample(moves_less, network) is not None
    assert certify_counterexample(moves_more, network) is not None


def test_runs_without_a_limit_are_undefined() -> None:
    diverging = one(aligns, X=4.0, W=9.0)
    assert np.isnan(limit_of(diverging)).all()
    assert certify_counterexample(aligns, diverging) is None
    assert second_look(aligns, diverging) is SecondLook.UNKNOWN


# what is enclosed: every example fails by a wide margin, or not at all

TWO: dict[str, Any] = {"n": 2, "d": 1, "p": 1, "eta": 0.25}
CASES: dict[str, tuple[dict[str, Any], Callable[[Run], Any], dict[str, Any]]] = {
    "the error that remains": (
        TWO | {"activation": "linear"},
        lambda run: [norm(run.limit.error) <= 1, norm(run.limit.error) >= 2],
        {"X": 1.0, "y": [[1.0, 3.0]], "W": 0.5, "beta": 1.0, "b": 1.0},
    ),
    "backpropagation with two outputs": (
        {"n": 1, "d": 1, "p": 2, "k": 2, "rule": "bp", "activation": "tanh", "eta": 0.5},
        lambda run: norm(run.limit.G) >= 1,
        {"X": 1.0, "y": [[[1.0, -0.5]]], "W": 0.5, "beta": 0.25, "b": 1.0},
    ),
    "constant regularisation": (
        {"n": 1, "d": 1, "p": 1, "lam": 0.5, "targets": "zero", "activation": "tanh", "eta": 0.5},
        lambda run: run.limit.W[0, 0] >= 1,
        {"X": 1.0, "W": 1.0, "beta": 1.0, "b": 1.0, "lam": 0.5},
    ),
    "an isolated fixed point": (
        {"n": 1, "d": 1, "p": 1, "activation": "tanh", "eta": 0.5},
        lambda run: norm(
            run.with_(
                step=lambda s: {
                    "W": s.W * 3 / 4 - run.eta * s.feedback_W, "beta": s.beta * 3 / 4 - run.eta * s.gradient_beta
                }
            ).limit.error
        ) <= Fraction(1, 2),
        {"X": 1.0, "y": 1.0, "W": 0.5, "beta": 0.5, "b": 1.0},
    ),
    "momentum": (
        {"n": 1, "d": 1, "p": 1, "activation": "tanh", "eta": 0.25},
        lambda run: run.with_(
            step=lambda s: {
                "v": s["v"] / 2 - run.eta * s.feedback_W, "W": s.W + s["v"] / 2 - run.eta * s.feedback_W
            },
            start={"v": 0 * run[0].W},
        ).limit.W[0, 0] <= run.limit.W[0, 0] / 2,
        {"X": 1.0, "y": 1.0, "W": 0.5, "beta": 0.5, "b": 1.0},
    ),
    "two rules": (
        {"n": 1, "d": 1, "p": 1, "activation": "sigmoid", "eta": 0.5},
        lambda run: norm(run.with_(rule="bp").limit.beta - run.limit.beta) <= Fraction(1, 1000),
        {"X": 1.0, "y": 1.0, "W": 0.5, "beta": 0.5, "b": 0.25},
    ),
    "three layers": (
        {"n": 1, "d": 1, "p": 1, "activation": "tanh", "eta": 0.5},
        lambda run: norm(deep(run, [run[0].W, run[0].W, run[0].beta], [run[0].W, run.b]).limit.W(2)) <= Fraction(1, 2),
        {"X": 1.0, "y": 0.5, "W": 0.75, "beta": 0.5, "b": 1.0},
    ),
    "ReLU": (
        {"n": 1, "d": 1, "p": 1, "activation": "relu", "eta": 0.25},
        lambda run: run.limit.loss >= Fraction(1, 100),
        {"X": 1.0, "y": 1.0, "W": 0.5, "beta": 0.5, "b": 1.0},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_settles_is_enclosed(name: str) -> None:
    domain, says, parts = CASES[name]
    claim = conjecture(Domain(**domain))(says)
    batch = claim.domain.sample(claim.domain.smallest(), np.random.default_rng(0), 1)
    batch = batch.replace(
        **{part: np.broadcast_to(np.array(v, float), getattr(batch, part).shape).copy() for part, v in parts.items()}
    )
    made = certify_counterexample(claim, batch)
    assert made is not None
    jsonschema.validate(made, SCHEMA)
    verdict = recheck(json.loads(json.dumps(made)))
    assert verdict.valid, verdict.reason
    assert "(∞)" in verdict.reason
    read = Counterexample.read(made)
    with ctx.workprec(read.bits):
        machine = run_of(read)
        settling.find(machine, read.network, read.limits)
    for state in machine.limits.values():
        for value in state.values():
            assert all(arb(x).rad() < 1e-6 for x in value.entries)


def test_almost_every_network_may_have_a_limit() -> None:
    @conjecture(NETWORKS, quantifier=Generic())
    def anti(run: Run) -> Any:
        return run.limit.alignment >= 0.1

    made = certify_counterexample(anti, one(anti))
    assert made is not None
    assert "every network of the domain within" in recheck(made).reason


# searching and shrinking


def test_it_is_attacked_shrunk_certified_and_shown() -> None:
    found = attack(aligns, rng=np.random.default_rng(0), trials=200)
    network = shrink(aligns, found.candidates[0], deadline=effort.now() + 2)
    made = certify_counterexample(aligns, network)
    assert made is not None
    jsonschema.validate(made, SCHEMA)
    assert recheck(json.loads(json.dumps(made))).valid
    assert network.shape == NetworkShape(1, 1, 1, None, "linear", 1)
    assert lines(aligns, network)[-1].startswith("conclusion: margin -1.1")


def test_a_hypothesis_may_speak_of_limits() -> None:
    lazy, moving = one(aligns_if_lazy), one(aligns_if_lazy, W=2.75)
    assert limit_of(lazy, "total_W") < 0.25 < limit_of(moving, "total_W")
    assert certify_counterexample(aligns_if_lazy, lazy) is not None
    assert certify_counterexample(aligns, moving) is not None
    assert certify_counterexample(aligns_if_lazy, moving) is None


def test_what_runs_over_time_may_speak_of_limits() -> None:
    @conjecture(NETWORKS)
    def grows(run: Run) -> Any:
        return run.every_step(lambda before, after: norm(before.beta) <= run.limit.movement_beta / 2)

    assert certify_counterexample(grows, one(grows)) is None  # β(0) = 0
    assert limit_of(one(grows), "movement_beta") > 0.5

    @conjecture(NETWORKS)
    def shrinks(run: Run) -> Any:
        return run.every_step(lambda before, after: norm(before.beta) >= run.limit.movement_beta / 2)

    assert certify_counterexample(shrinks, one(shrinks)) is not None


def test_no_proof_and_no_crash() -> None:
    @conjecture(NETWORKS)
    def sure(run: Run) -> Any:
        return run.limit.alignment <= run.limit.alignment + norm(run.limit.movement_W)

    assert attempt(sure, deadline=effort.now() + 5) is None
    assert {"independent", "one-network"}.isdisjoint(w.kind for w in lint(sure, rng=np.random.default_rng(0)))


# tampering


def resealed(doc: dict[str, Any]) -> dict[str, Any]:
    """The document with digests that fit."""
    doc["conjecture"]["digest"] = stated.conjecture_digest(doc)
    doc["digest"] = document.digest(doc)
    return doc


def put(doc: dict[str, Any], path: tuple[Any, ...], value: Any) -> None:
    for key in path[:-1]:
        doc = doc[key]
    doc[path[-1]] = value


CHANGES: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "no claim": (lambda d: d.pop("limits"), "nothing is proved about the limits of the run"),
    "no list": (lambda d: put(d, ("limits",), 1), "limits: expected a list of 1 to 16 claims"),
    "an empty list": (lambda d: put(d, ("limits",), []), "limits: expected a list of 1 to 16 claims"),
    "a key too many": (lambda d: put(d, ("limits", 0, "z"), 1), "limits[0]: unknown key 'z'"),
    "another run": (lambda d: put(d, ("limits", 0, "run"), 0), "there is no recurrence 0"),
    "another signal": (lambda d: put(d, ("limits", 0, "signal"), "hope"), "limits[0].signal"),
    "places": (lambda d: put(d, ("limits", 0, "signal"), [{"W": 0}]), "the run of the network has no programs"),
    "no place": (lambda d: put(d, ("limits", 0, "signal"), [{}]), "limits[0].signal"),
    "too fast": (lambda d: put(d, ("limits", 0, "rate"), "1/512"), "limits: "),
    "not shrinking": (lambda d: put(d, ("limits", 0, "rate"), "1"), "the rate 1 is not between 0 and 1"),
    "negative": (lambda d: put(d, ("limits", 0, "rate"), "-1/2"), "the rate -1/2 is not between 0 and 1"),
    "too early": (lambda d: put(d, ("limits", 0, "steps"), 0), "limits: "),
    "too late": (lambda d: put(d, ("limits", 0, "steps"), 10**6), "expected at most 10000"),
    "no norm": (lambda d: put(d, ("limits", 0, "norm"), [["0"]]), "the norm is not certainly invertible"),
    "larger norm": (lambda d: put(d, ("limits", 0, "norm"), [["1", "0"], ["0", "1"]]), "the norm is of shape"),
    "y that is not 0": (lambda d: put(d, ("limits", 0, "signal"), "output"), "does not determine the steps"),
    "a fixed point that is not isolated": (lambda d: put(d, ("limits", 0, "signal"), "step"), "limits: "),
    "network moved": (lambda d: put(d, ("network", "X", 0, 0), "4"), "limits: "),
}


def refuting(claim: Conjecture = aligns) -> dict[str, Any]:
    """A valid counterexample."""
    found = certify_counterexample(claim, one(claim))
    assert found is not None
    return found


REFUTING = refuting()


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_document_is_refused(name: str) -> None:
    doc = copy.deepcopy(REFUTING)
    change, reason = CHANGES[name]
    change(doc)
    assert reason in refusal(resealed(doc))


def test_lambda_that_is_still_on() -> None:
    domain = Domain(n=1, d=1, p=1, eta=0.5, lam=0.25, cutoff=7, activation="linear")
    claim = conjecture(domain)(lambda run: norm(run.limit.error) >= 1)
    doc = certify_counterexample(claim, one(claim, W=1.0, lam=0.25))
    assert doc is not None
    doc["limits"][0]["steps"] = 6
    assert "λ is still on at step 6 and ends later" in refusal(resealed(doc))


def test_the_places_of_a_signal_must_say_the_same_and_determine_the_step() -> None:
    claim = conjecture(NETWORKS)(lambda run: norm(run.with_(rule="bp").limit.error) >= 1)
    doc = certify_counterexample(claim, one(claim, W=1.0))
    assert doc is not None
    (places,) = doc["limits"][0]["signal"]
    assert set(places) == {"W", "beta"}
    for wrong, reason in (
        ({"W": places["W"], "beta": places["beta"] - 1}, "are not the same"),
        ({"W": places["W"]}, "a step is made even where the signal is 0"),
        ({"beta": places["beta"]}, "a step is made even where the signal is 0"),
        ({"W": 10**6}, "a place that its recurrence does not have"),
        ({"v": 0}, "a place that its recurrence does not have"),
    ):
        changed = copy.deepcopy(doc)
        changed["limits"][0]["signal"] = [wrong]
        assert reason in refusal(resealed(changed))


def refusal(doc: dict[str, Any]) -> str:
    try:
        verdict = recheck(doc)
    except MalformedDocument as error:
        return str(error)
    assert not verdict.valid, verdict.reason
    return verdict.reason


def test_weights_that_vanish_have_no_direction() -> None:
    run = conjecture(Domain(n=1, d=1, p=2))(lambda run: run.eta).run
    decayed = run.with_(step=lambda s: {"W": 0 * s.W, "beta": s.beta / 2})
    batch = one(conjecture(Domain(n=1, d=1, p=2))(lambda run: run.eta), beta=1.0)
    assert (Evaluator(batch)(decayed.limit.beta) == 0).all()
    assert np.isnan(Evaluator(batch)(decayed.limit.alignment)).all()


def test_the_script_runs_on_to_the_limit(tmp_path: Path) -> None:
    claim = conjecture(NETWORKS)(
        lambda run: [run.limit.alignment >= 0.1, norm(run.with_(rule="bp").limit.beta - run.limit.beta) <= 0.1]
    )
    network = one(claim)
    file = tmp_path / "it.py"
    file.write_text(snippet(claim, within(claim.domain, network)))
    said = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, check=True).stdout
    found = [float(line.split()[1]) for line in said.splitlines()]
    assert found == pytest.approx([Evaluator(network)(margin([s]))[0] for s in claim.statements], abs=1e-6)
