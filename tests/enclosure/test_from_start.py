"""Certificates from time zero: the exact run is inside the enclosures, and every lie is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from certificates import CUTOFF, ETA, LAM, certified, instance, outcome_of, problem, sealed
from flint import arb

import fa_theory.checker
from fa_theory.checker import document, ranges
from fa_theory.checker.decay import float_run, floats, from_start, trajectory
from fa_theory.checker.decay.floats import BINARY64
from fa_theory.checker.document import MalformedDocument
from fa_theory.checker.recheck import recheck
from fa_theory.checker.verdict import Verdict
from fa_theory.enclosure import start
from fa_theory.enclosure.certificate import state_document
from fa_theory.enclosure.certify import certify_run
from fa_theory.enclosure.curves import curves
from fa_theory.enclosure.start import CHOICES, certify_after, certify_from_start
from fa_theory.errors import InputError
from fa_theory.model.problem import sample
from fa_theory.model.schedules import Schedule
from fa_theory.simulation.run import states

SCHEMA = json.loads((Path(fa_theory.checker.__file__).parent / "certificate.schema.json").read_text())


def test_a_kink_inside_the_ball_gets_every_slope() -> None:
    wide = ranges.known("relu").narrow([arb(0, 0.5), arb(1, 0.5), arb(-1, 0.5), arb(0)])
    assert wide[0][0].contains(0)
    assert wide[0][0].contains(0.5)
    assert wide[1][0].contains(0)
    assert wide[1][0].contains(1)
    assert [x == k for x, k in zip(wide[1][1:], (1, 0, 0), strict=True)] == [True] * 3


def test_too_few_bits_are_refused() -> None:
    network, X, y = instance(n=3, d=4, p=12)
    initial = document.ExactState.read(state_document("", network, X, y, ETA, ""))
    lost = trajectory.enclose(initial, arb(0), None, 500, bits=16)
    assert isinstance(lost, tuple)
    assert "bits are too few" in lost[1]


def test_cost_knows_of_outputs() -> None:
    """No document makes the checker raise huge matrices to a power at every step."""
    network, X, y = instance(n=90, d=2, p=1, outputs=(4,))
    wide = document.ExactState.read(state_document("", network, X, y, ETA, ""))
    assert trajectory.cost(wide, 400, 128) > trajectory.MAX_COST


@pytest.mark.parametrize(
    ("name", "k"),
    [(name, k) for k in (1, 2) for name in ("tanh", "relu", "erf", "sigmoid", "softplus", "linear")]
    + [("relu", 3), ("linear", 3)],
)
def test_certifies_and_is_rechecked(name: str, k: int) -> None:
    cutoff = CUTOFF if name in ("tanh", "linear") else 0
    doc = certified(name, cutoff, k)
    jsonschema.validate(doc, SCHEMA)
    made_in_binary64 = "NumPy" in outcome_of(name, cutoff, k).trusted
    assert made_in_binary64 if name in BINARY64 and k == 1 else made_in_binary64 <= (name in BINARY64)
    for arithmetic in ("arb", "binary64") if made_in_binary64 else ("arb",):
        from_start._last.clear()
        verdict = recheck(doc, arithmetic=arithmetic)
        assert verdict.valid, verdict.reason
        assert "from the initial network on" in verdict.reason
        assert ("NumPy" in verdict.trusted) == (arithmetic == "binary64")
    assert 0 <= verdict.bounds["rate_low"] <= verdict.bounds["rate"] < 1
    # a long float run is where the certificate says
    network, X, y = problem(name, k)
    schedule = Schedule.with_cutoff(LAM, cutoff) if cutoff else Schedule.none()
    end = next(islice(states(network, X, y, eta=ETA, schedule=schedule), 4 * doc["step"] + 500, None))
    limits = doc["conclusions"]["limits"]
    moved = np.linalg.norm(end.W - network.W, axis=1)
    low, high = (np.array([float.fromhex(x) for x in limits["movement_w"][end_]]) for end_ in ("low", "high"))
    assert (low <= moved + 1e-12).all()
    assert (moved <= high + 1e-12).all()
    for key, size in (("total_w", np.linalg.norm(moved)), ("total_beta", np.linalg.norm(end.beta - network.beta))):
        assert float.fromhex(limits[key]["low"]) - 1e-12 <= size <= float.fromhex(limits[key]["high"]) + 1e-12
    ends = doc["conclusions"]["alignment"]
    cosine = np.sum(end.b * end.beta) / np.linalg.norm(end.b) / np.linalg.norm(end.beta)
    assert float.fromhex(ends["low"]) - 1e-12 <= cosine <= float.fromhex(ends["high"]) + 1e-12


def _scaled(value: str, factor: float) -> str:
    return (float.fromhex(value) * factor).hex()


def _fewer_steps(doc: dict[str, Any]) -> None:
    doc["step"] -= 1


def _more_steps(doc: dict[str, Any]) -> None:
    doc["step"] += 1


def _cutoff(doc: dict[str, Any]) -> None:
    doc["schedule"]["cutoff"] += 1


def _lam(doc: dict[str, Any]) -> None:
    doc["schedule"]["lam"] = (0.29).hex()


def _still_on(doc: dict[str, Any]) -> None:
    doc["schedule"]["cutoff"] = None


def _weight(doc: dict[str, Any]) -> None:
    doc["W"][0][0] = _scaled(doc["W"][0][0], 1.01)


def _output_weight(doc: dict[str, Any]) -> None:
    doc["beta"][0] = _scaled(doc["beta"][0], 1.01)


def _feedback(doc: dict[str, Any]) -> None:
    doc["b"] = [_scaled(x, -1) for x in doc["b"]]


def _error(doc: dict[str, Any]) -> None:
    doc["conclusions"]["error"] = _scaled(doc["conclusions"]["error"], 0.999)


def _movement(doc: dict[str, Any]) -> None:
    high = doc["conclusions"]["limits"]["movement_w"]["high"]
    high[0] = _scaled(high[0], 0.999)


def _total(doc: dict[str, Any]) -> None:
    total = doc["conclusions"]["limits"]["total_beta"]
    total["low"] = _scaled(total["low"], 1.001)


def _rate_low(doc: dict[str, Any]) -> None:
    doc["conclusions"]["limits"]["rate_low"] = doc["rate"]


def _alignment(doc: dict[str, Any]) -> None:
    doc["conclusions"]["alignment"]["high"] = doc["conclusions"]["alignment"]["low"]


def _few_bits(doc: dict[str, Any]) -> None:
    doc["precision"] = 32


def _endless(doc: dict[str, Any]) -> None:
    doc["step"] = 10**15


LIES = {
    _fewer_steps: "claimed",
    _cutoff: "claimed",
    _lam: "claimed",
    _still_on: "still on",
    _weight: "claimed",
    _output_weight: "claimed",
    _feedback: "claimed",
    _error: "conclusions.error",
    _movement: "movement_w, neuron 0",
    _total: "total_beta",
    _rate_low: "rate_low",
    _alignment: "alignment",
    _few_bits: "claimed",
    _endless: "cost",
}


@pytest.mark.parametrize("arithmetic", from_start.ARITHMETICS)
@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__[1:])
def test_lies_are_refused(lie: Callable[[dict[str, Any]], None], arithmetic: from_start.Arithmetic) -> None:
    doc = certified()
    lie(doc)
    verdict = recheck(sealed(doc), arithmetic=arithmetic)
    if lie is _few_bits and arithmetic == "binary64":  # which does not use these bits
        assert verdict.valid
        return
    assert not verdict.valid
    assert LIES[lie] in verdict.reason
    assert "\n" not in verdict.reason


def _turned(key: str) -> Callable[[dict[str, Any]], None]:
    def turn(doc: dict[str, Any]) -> None:
        doc[key] = [row[::-1] for row in doc[key]]

    turn.__name__ = f"_turned_{key}"
    return turn


def _one_sign(doc: dict[str, Any]) -> None:
    doc["b"] = [[row[0], _scaled(row[1], -1)] for row in doc["b"]]


def _one_weight(doc: dict[str, Any]) -> None:
    doc["beta"][0][1] = _scaled(doc["beta"][0][1], 1.01)


MORE_LIES = [
    *(_turned(key) for key in ("y", "beta", "b")),
    *(_one_sign, _one_weight),
    *(_fewer_steps, _cutoff, _lam, _weight, _error, _movement, _total, _rate_low, _alignment, _few_bits),
]


@pytest.mark.parametrize("arithmetic", from_start.ARITHMETICS)
@pytest.mark.parametrize("lie", MORE_LIES, ids=lambda lie: lie.__name__[1:])
def test_lies_about_two_outputs_are_refused(
    lie: Callable[[dict[str, Any]], None], arithmetic: from_start.Arithmetic
) -> None:
    doc = certified(k=2)
    lie(doc)
    assert recheck(sealed(doc), arithmetic=arithmetic).valid == (lie is _few_bits and arithmetic == "binary64")


def test_the_verdict_names_what_was_trusted() -> None:
    doc = certified()
    found = {arithmetic: recheck(doc, arithmetic=arithmetic) for arithmetic in from_start.ARITHMETICS}
    assert found["arb"].trusted == "python-flint"
    assert found["binary64"].trusted == f"python-flint, and binary64 by NumPy {np.__version__}"
    assert all(verdict.valid for verdict in found.values())
    with pytest.raises(ValueError, match="expected one of arb, binary64 but got 'float32'"):
        recheck(doc, arithmetic="float32")  # type: ignore[arg-type]


def test_without_numpy_binary64_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(from_start, "numpy_is_there", lambda: False)
    verdict = recheck(certified(), arithmetic="binary64")
    assert not verdict.valid
    assert "needs NumPy" in verdict.reason


@pytest.mark.parametrize("name", ["tanh", "relu"])
def test_arithmetic_of_a_search(name: str) -> None:
    network, X, y = problem(name)
    trusted = {}
    for arithmetic in CHOICES:
        outcome = certify_from_start(network, X, y, eta=ETA, arithmetic=arithmetic)
        assert outcome.certified or (name, arithmetic) == ("relu", "binary64"), outcome.reason
        trusted[arithmetic] = outcome.trusted
    assert trusted["arb"] == "python-flint"
    assert ("NumPy" in trusted["fast"]) == (name in BINARY64)
    with pytest.raises(InputError, match="one of fast, arb, binary64, but got 'quad'"):
        certify_from_start(network, X, y, eta=ETA, arithmetic="quad")  # type: ignore[arg-type]


def test_large_networks_are_certified_in_binary64_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    network, X, y = problem("tanh")
    for module in (document, start):
        monkeypatch.setattr(module, "MAX_FEATURES", 89)
    outcome = certify_from_start(network, X, y, eta=ETA)
    assert outcome.certificate is not None, outcome.reason
    assert "NumPy" in outcome.trusted
    with pytest.raises(MalformedDocument, match="at most 89 samples"):
        recheck(outcome.certificate.document)
    assert recheck(outcome.certificate.document, arithmetic="binary64").valid
    with pytest.raises(InputError, match="no alignment width"):
        certify_from_start(network, X, y, eta=ETA, alignment_width=0.1)


def test_too_wide_for_floats_is_given_to_pairs_and_balls(monkeypatch: pytest.MonkeyPatch) -> None:
    """To balls if pairs would take too long."""
    network, X, y = problem("tanh")
    monkeypatch.setattr(floats, "u", arb(2) ** -12)
    from_start._last.clear()
    assert "NumPy" in certify_from_start(network, X, y, eta=ETA).trusted
    monkeypatch.setattr(float_run, "MAX_FLOAT_COST", 0)
    from_start._last.clear()
    outcome = certify_from_start(network, X, y, eta=ETA)
    assert outcome.trusted == "python-flint"
    lost = certify_from_start(network, X, y, eta=ETA, arithmetic="binary64")
    assert lost.certificate is None
    assert "binary64 has too few bits" in lost.reason


def test_outputs_in_another_order_are_the_same_network() -> None:
    doc = certified(k=2)
    for key in ("y", "beta", "b"):
        _turned(key)(doc)
    doc["norm"] = [[x for pair in zip(row[1::2], row[::2], strict=True) for x in pair] for row in doc["norm"]]
    verdict = recheck(sealed(doc))
    assert verdict.valid, verdict.reason


def test_a_change_without_a_new_digest_is_refused() -> None:
    doc = certified()
    _more_steps(doc)
    assert "digest" in recheck(doc).reason


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("precision",), {"first": 128, "last": 64}),
        (("precision",), "128"),
        (("precision",), 10**9),
        (("precision",), 1),
        (("conclusions", "limits"), None),
        (("conclusions", "limits", "total_w"), {"low": "nan", "high": "nan"}),
        (("conclusions", "limits", "movement_w", "low"), []),
    ],
)
def test_malformed_is_refused(path: tuple[str, ...], value: Any) -> None:
    doc = certified()
    *parents, last = path
    place = doc
    for key in parents:
        place = place[key]
    place[last] = value
    with pytest.raises(MalformedDocument):
        recheck(sealed(doc))


def test_alignment_to_a_width() -> None:
    network, X, y = instance(n=3, d=4, p=30)
    schedule = Schedule.with_cutoff(LAM, 60)
    outcome = certify_from_start(network, X, y, eta=ETA, schedule=schedule, alignment_width=1e-6)
    assert outcome.certificate is not None, outcome.reason
    ends = outcome.certificate["conclusions"]["alignment"]
    assert 0 < float.fromhex(ends["high"]) - float.fromhex(ends["low"]) <= 1e-6
    short = certify_from_start(
        network, X, y, eta=ETA, schedule=schedule, alignment_width=1e-12, max_steps=outcome.steps
    )
    assert not short.certified
    assert "alignment: its limit is enclosed to width" in short.reason


def test_failures_are_explained() -> None:
    network, X, y = instance(n=3, d=4, p=30)
    assert "diverged" in certify_from_start(network, X, y, eta=9.0).reason
    late = certify_run(network, X, y, eta=ETA)
    assert not certify_after(network, X, y, eta=ETA, steps=0).certified
    assert certify_after(network, X, y, eta=ETA, steps=late.steps + 5).certified
    assert "--late" in certify_after(network, X, y, eta=ETA, steps=10**9).reason
    with pytest.raises(InputError, match="alignment width"):
        certify_from_start(network, X, y, eta=ETA, alignment_width=0.0)


def test_curves_begin_at_the_initial_network() -> None:
    doc = certified()
    run = curves(doc, doc["step"] + 20, schedule=Schedule.with_cutoff(LAM, CUTOFF))
    assert run.steps[0] == 0
    inside = run.steps >= doc["step"]
    assert (run.error[inside] <= run.envelope[inside] * (1 + 1e-9)).all()


def test_radii_are_widened_to_what_is_needed() -> None:
    have, need = [arb(1), arb(2)], [arb(1.5), arb(1)]
    assert start.short(have, need)
    assert not start.short(need, need)
    assert start.short(have, [arb(1), arb("nan")])
    assert start.wider(have, need)[0] > 1.5
    assert start.wider(have, need)[1] == 2


def test_a_tube_that_is_a_little_too_narrow_is_widened(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = sample(rng=1, n=4, d=6, p=60, activation="tanh", eta=0.2)
    network, X, y = drawn.network, drawn.X, drawn.y
    steps = certify_run(drawn).steps + 10
    honest = start.search

    def narrow(*arguments: Any) -> Any:
        found = honest(*arguments)
        return found if isinstance(found, str) else replace(found, rho=0.99 * found.rho, tau=0.99 * found.tau)

    monkeypatch.setattr(start, "search", narrow)
    assert certify_after(network, X, y, eta=0.2, steps=steps, arithmetic="arb").certified
    monkeypatch.setattr(start, "_WIDENINGS", 0)
    assert not certify_after(network, X, y, eta=0.2, steps=steps, arithmetic="arb").certified


def test_where_the_end_is_too_wide_a_few_more_steps_are_tried_before_balls(monkeypatch: pytest.MonkeyPatch) -> None:
    """A candidate that just fails in wide balls holds a little later, when the error is smaller."""
    drawn, used, refuse = sample(rng=2, n=3, d=6, p=40, activation="tanh", eta=0.2), list[tuple[str, int]](), 2
    real = start.completed

    def completed(document: dict[str, Any], claim: Any, candidate: Any, end: Any, arithmetic: Any) -> Any:
        used.append((arithmetic, document["step"]))
        if len(used) <= refuse:
            return None, Verdict(False, "decay-from-start", "refused", {})
        return real(document, claim, candidate, end, arithmetic)

    monkeypatch.setattr(start, "completed", completed)
    monkeypatch.setattr(start, "_NARROW", 0.0)  # every end is too wide
    outcome = start.certify_from_start(drawn)
    assert outcome.certified
    assert "binary64" in outcome.trusted
    (_, first), (_, second), (_, third) = used
    assert first < second < third == outcome.steps
    used.clear()
    refuse = 3
    assert start.certify_from_start(drawn).certified
    assert used[3] == ("arb", first)
