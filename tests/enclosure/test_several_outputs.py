"""Several outputs: certificates are found, say what happens, and every lie about them is refused."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from certificates import ETA, certificate, instance, scaled, sealed

import fa_theory.checker
from fa_theory.checker import document
from fa_theory.checker.document import MalformedDocument
from fa_theory.checker.recheck import recheck
from fa_theory.enclosure.certificate import floats, state_of
from fa_theory.enclosure.certify import certify_run, growth_counterexample
from fa_theory.enclosure.curves import curves, envelope
from fa_theory.enclosure.kinks import by_output
from fa_theory.enclosure.start import certify_from_start
from fa_theory.errors import InputError
from fa_theory.model.law import Law
from fa_theory.model.network import Network, alignment
from fa_theory.model.rules import step
from fa_theory.seeds import generator
from fa_theory.simulation.run import states

SCHEMA = json.loads((Path(fa_theory.checker.__file__).parent / "certificate.schema.json").read_text())


@pytest.mark.parametrize("k", [2, 3])
@pytest.mark.parametrize("name", ["linear", "relu", "tanh"])
def test_the_run_obeys_its_certificate(name: str, k: int) -> None:
    doc = certificate(name, outputs=(k,))
    for precision in (53, 64, 200):
        assert recheck(doc, precision=precision).valid
    jsonschema.Draft202012Validator(SCHEMA).validate(doc)
    network, X, y = state_of(doc)
    run = list(islice(states(network, X, y, eta=ETA), 801))
    errors, rounding = np.array([np.linalg.norm(s.error(X, y)) for s in run]), 1e-12
    assert (errors <= envelope(doc, doc["step"] + np.arange(801)) + rounding).all()
    claims = {key: float.fromhex(x) for key, x in doc["conclusions"].items() if isinstance(x, str)}
    assert claims["budget"] / 100 < errors.sum() <= claims["budget"] + 801 * rounding
    rho, tau, C, q = floats(doc["tube"]["rho"]), floats(doc["tube"]["tau"]), floats(doc["norm"]), floats(doc["rate"])
    for s in run[::50]:
        assert (np.linalg.norm(s.W - network.W, axis=1) <= rho + rounding).all()
        assert (np.linalg.norm(s.beta - network.beta, axis=1) <= tau + rounding).all()
    weighted = np.array([np.linalg.norm(C @ s.error(X, y).ravel()) for s in run[:200]])
    assert (weighted[1:] <= q * weighted[:-1] + rounding).all()
    low, high = (float.fromhex(doc["conclusions"]["alignment"][end]) for end in ("low", "high"))
    assert low - 1e-9 <= alignment(network.b.ravel(), run[-1].beta.ravel()) <= high + 1e-9
    assert high - low < 0.5


def kernel(before: Network, after: Network, X: Any) -> Any:
    """``G̃⊗I + H̃`` as it stands in the proof, between two states."""
    Z, Z_after, k = before.preactivations(X), after.preactivations(X), before.b.shape[1]
    moved, psi = Z_after - Z, before.psi
    secant = np.where(moved == 0, psi.slope(Z), (psi.value(Z_after) - psi.value(Z)) / np.where(moved == 0, 1, moved))
    G = psi.value(Z_after) @ psi.value(Z).T
    H = by_output(secant, before.beta) @ by_output(psi.slope(Z), before.b).T
    return (np.kron(G, np.eye(k)) + np.kron(X @ X.T, np.ones((k, k))) * H) / before.p


@pytest.mark.parametrize("name", ["linear", "relu", "tanh"])
def test_secant_identity(name: str) -> None:
    network, X, y = instance(name, outputs=(3,))
    for _ in range(5):
        after = step(network, X, y, eta=ETA)
        e = network.error(X, y).ravel()
        predicted = e - ETA * kernel(network, after, X) @ e
        np.testing.assert_allclose(after.error(X, y).ravel(), predicted, rtol=0, atol=1e-13)
        network = after


def test_kernels_on_the_tube_contract() -> None:
    doc = certificate(outputs=(2,))
    network, X, _ = state_of(doc)
    rho, tau, C, q = floats(doc["tube"]["rho"]), floats(doc["tube"]["tau"]), floats(doc["norm"]), floats(doc["rate"])
    Ci, g, worst = np.linalg.inv(C), np.random.default_rng(0), 0.0

    def somewhere() -> Network:
        to_W, to_beta = g.normal(size=network.W.shape), g.normal(size=network.beta.shape)
        # the sharper tube of pre-activations is not sampled here: keep to a part of ρ that is surely inside
        W = network.W + 0.3 * rho[:, None] * to_W / np.linalg.norm(to_W, axis=1)[:, None]
        beta = network.beta + tau[:, None] * to_beta / np.linalg.norm(to_beta, axis=1)[:, None]
        return Network(W, beta, network.b, network.psi)

    for _ in range(500):
        M = np.eye(len(C)) - ETA * kernel(somewhere(), somewhere(), X)
        worst = max(worst, float(np.linalg.norm(C @ M @ Ci, 2)))
    assert 0.5 < worst < q


def lies() -> dict[str, dict[str, Any]]:
    truth = certificate(outputs=(2,))
    tube, conclusions = truth["tube"], truth["conclusions"]
    heavy = int(np.argmax([np.hypot(*(float.fromhex(x) for x in row)) for row in truth["b"]]))

    def at(rows: list[Any], value: Any) -> list[Any]:
        return [*rows[:heavy], value, *rows[heavy + 1 :]]

    flipped = [truth["beta"][heavy][0], scaled(truth["beta"][heavy][1], -1)]
    changes: dict[str, dict[str, Any]] = {
        "rho of one neuron halved": {"tube": tube | {"rho": at(tube["rho"], scaled(tube["rho"][heavy], 0.5))}},
        "tau of one neuron halved": {"tube": tube | {"tau": at(tube["tau"], scaled(tube["tau"][heavy], 0.5))}},
        "one sign of beta": {"beta": at(truth["beta"], flipped)},
        "rate": {"rate": scaled(truth["rate"], 0.98)},
        "outputs of y permuted": {"y": [row[::-1] for row in truth["y"]]},
        "outputs of beta permuted": {"beta": [row[::-1] for row in truth["beta"]]},
        "outputs of b permuted": {"b": [row[::-1] for row in truth["b"]]},
        "b and beta exchanged": {"b": truth["beta"], "beta": truth["b"]},
        "norm transposed": {"norm": [list(column) for column in zip(*truth["norm"], strict=True)]},
        "norm of the other order": {"norm": [[*row[::2], *row[1::2]] for row in truth["norm"]]},
    }
    for key in ("error", "budget", "movement_w", "movement_beta", "overshoot"):
        changes[key] = {"conclusions": conclusions | {key: scaled(conclusions[key], 0.999)}}
    return {name: sealed(truth | change) for name, change in changes.items()}


@pytest.mark.parametrize("name", list(lies()))
def test_lies_are_refused(name: str) -> None:
    assert not recheck(lies()[name]).valid


def test_outputs_in_another_order_are_the_same_network() -> None:
    doc = certificate(outputs=(2,))
    turned: dict[str, Any] = {key: [row[::-1] for row in doc[key]] for key in ("y", "beta", "b")}
    assert not recheck(sealed(doc | turned)).valid
    turned["norm"] = [[x for pair in zip(row[1::2], row[::2], strict=True) for x in pair] for row in doc["norm"]]
    assert recheck(sealed(doc | turned)).valid


def malformed() -> dict[str, dict[str, Any]]:
    doc = certificate(outputs=(2,))
    one = {key: [row[:1] for row in doc[key]] for key in ("y", "beta", "b")}
    return {
        "rows of one number": one,
        "empty rows": {"y": [[] for _ in doc["y"]]},
        "y flat": {"y": [row[0] for row in doc["y"]]},
        "beta flat": {"beta": [row[0] for row in doc["beta"]]},
        "b flat": {"b": [row[0] for row in doc["b"]]},
        "b ragged": {"b": [doc["b"][0][:1], *doc["b"][1:]]},
        "beta with three": {"beta": [[*row, row[0]] for row in doc["beta"]]},
        "y nested deeper": {"y": [[row] for row in doc["y"]]},
        "norm of n rows": {"norm": [row[:4] for row in doc["norm"][:4]]},
        "too many": {"y": [row * 100 for row in doc["y"]]},
    }


@pytest.mark.parametrize("name", list(malformed()))
def test_malformed(name: str) -> None:
    with pytest.raises(MalformedDocument):
        recheck(sealed(certificate(outputs=(2,)) | malformed()[name]))


def test_an_axis_of_one_output_is_left_out() -> None:
    network, X, y = instance()
    column = Network(network.W, network.beta[:, None], network.b[:, None], network.psi)
    for certify in (certify_run, certify_from_start):
        flat, same = (certify(s, X, t, eta=ETA).certificate for s, t in ((network, y), (column, y[:, None])))
        assert flat is not None
        assert flat == same


def test_growth() -> None:
    network, X, y = instance(outputs=(2,))
    bad = Network(network.W, -9 * network.b, network.b, network.psi)
    doc = growth_counterexample(bad, X, y, eta=1.0, factor=1.0)
    assert doc is not None
    jsonschema.Draft202012Validator(SCHEMA).validate(doc.document)
    ratio = np.linalg.norm(step(bad, X, y, eta=1.0).error(X, y)) / np.linalg.norm(bad.error(X, y))
    assert recheck(doc).bounds["growth_low"] == pytest.approx(ratio, rel=1e-12)
    for factor, verdict in ((ratio * (1 - 1e-12), True), (ratio * (1 + 1e-12), False)):
        assert recheck(sealed(doc | {"factor": factor.hex()})).valid is verdict


def test_curves() -> None:
    after = curves(certificate(outputs=(2,)), 300)
    assert (after.error <= after.envelope).all()
    assert after.limit is not None
    assert after.limit[0] <= after.alignment[-1] <= after.limit[1]


def test_problems_of_a_law() -> None:
    law = Law("tanh", 3, 6, 60, k=2)
    assert "2 outputs" in str(law)
    outcome = certify_run(law.sample(generator(0, "outputs")))
    assert outcome.certificate is not None, outcome.reason
    assert np.array(outcome.certificate["y"]).shape == (3, 2)


def test_limits_of_this_version() -> None:
    network, X, _ = instance(outputs=(2,))
    wide = Network(network.W, np.ones((40, 200)), np.ones((40, 200)), network.psi)
    with pytest.raises(InputError, match=f"at most {document.MAX_ERRORS}"):
        certify_run(wide, X, np.ones((4, 200)), eta=ETA)
    with pytest.raises(InputError, match=r"\(4, 3\)"):
        certify_run(network, X, np.ones((4, 3)), eta=ETA)
