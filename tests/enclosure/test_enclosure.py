"""The search: it finds certificates, says what is in the way when it does not, and refuses what it cannot treat."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from certificates import ETA, certificate, instance

from fa_theory.checker.recheck import recheck, recheck_file
from fa_theory.enclosure.certificate import state_of, write
from fa_theory.enclosure.certify import certify_run, certify_state, growth_counterexample
from fa_theory.enclosure.curves import curves, envelope
from fa_theory.enclosure.search import search
from fa_theory.errors import InputError
from fa_theory.model.activations import ACTIVATIONS, activation
from fa_theory.model.network import Network
from fa_theory.model.schedules import Schedule
from fa_theory.simulation.run import states

# what a certificate says is what happens


@pytest.mark.parametrize("name", ["linear", "relu", "tanh", "erf", "softplus"])
def test_the_run_obeys_its_certificate(name: str) -> None:
    doc = certificate(name)
    network, X, y = state_of(doc)
    run = list(islice(states(network, X, y, eta=ETA), 2001))
    errors = np.array([np.linalg.norm(s.error(X, y)) for s in run])
    rounding = 1e-12
    assert (errors <= envelope(doc, doc["step"] + np.arange(2001)) + rounding).all()
    claims = {key: float.fromhex(x) for key, x in doc["conclusions"].items() if isinstance(x, str)}
    assert errors.sum() <= claims["budget"] + 2001 * rounding
    rho, tau = (np.array([float.fromhex(x) for x in doc["tube"][key]]) for key in ("rho", "tau"))
    for s in run[:: 50 if len(run) > 50 else 1]:
        assert (np.linalg.norm(s.W - network.W, axis=1) <= rho + rounding).all()
        assert (abs(s.beta - network.beta) <= tau + rounding).all()
    C, q = np.array([[float.fromhex(x) for x in row] for row in doc["norm"]]), float.fromhex(doc["rate"])
    weighted = np.array([np.linalg.norm(C @ s.error(X, y)) for s in run[:200]])
    assert (weighted[1:] <= q * weighted[:-1] + rounding).all()
    low, high = (float.fromhex(doc["conclusions"]["alignment"][end]) for end in ("low", "high"))
    cosine = run[-1].b @ run[-1].beta / np.linalg.norm(run[-1].b) / np.linalg.norm(run[-1].beta)
    assert low - 1e-9 <= cosine <= high + 1e-9
    # the claims are not idle: errors come within two orders of magnitude of the bounds
    assert errors.sum() > claims["budget"] / 100
    assert high - low < 0.5


def test_the_certified_state_is_the_state_of_the_run() -> None:
    network, X, y = instance()
    schedule = Schedule.with_cutoff(0.3, 60)
    doc = certificate(cutoff=60)
    assert doc["step"] >= 60
    assert doc["schedule"] == {"lam": (0.3).hex(), "cutoff": 60}
    reached = next(islice(states(network, X, y, eta=ETA, schedule=schedule), doc["step"], None))
    certified, X_again, y_again = state_of(doc)
    for ours, theirs in ((reached.W, certified.W), (reached.beta, certified.beta), (X, X_again), (y, y_again)):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("seed", range(5))
def test_metamorphic_twins_are_certified_alike(seed: int) -> None:
    """Permuted neurons and rotated inputs are the same network."""
    network, X, y = instance(p=60, seed=seed)
    outcome = certify_run(network, X, y, eta=ETA)
    g = np.random.default_rng(seed)
    order, Q = g.permutation(60), np.linalg.qr(g.normal(size=(6, 6)))[0]
    twin = Network((network.W @ Q)[order], network.beta[order], network.b[order], network.psi)
    other = certify_run(twin, X @ Q, y, eta=ETA)
    assert (outcome.certified, outcome.steps) == (other.certified, other.steps)
    assert outcome.certificate is not None
    assert other.certificate is not None
    rates = [float.fromhex(doc["rate"]) for doc in (outcome.certificate, other.certificate)]
    assert rates[0] == pytest.approx(rates[1], rel=1e-9)


def test_float_slope_bounds_agree_with_the_rigorous_ones() -> None:
    g = np.random.default_rng(0)
    low = g.normal(size=200)
    high = low + 10 ** g.uniform(-6, 1, size=200)
    for psi in ACTIVATIONS.values():
        least, most = psi.slope_bounds(low, high)
        for i in range(200):
            ball = psi.slope_range(low[i], high[i])
            assert float(ball.lower) == pytest.approx(least[i], abs=1e-7)
            assert float(ball.upper) == pytest.approx(most[i], abs=1e-7)


# what cannot be certified


def test_diverging_runs_are_reported_and_never_certified() -> None:
    network, X, y = instance("linear")
    outcome = certify_run(network, X, y, eta=50.0)
    assert not outcome.certified
    assert outcome.reason.startswith("diverged")
    assert "η·λ_max(G) = " in outcome.reason
    assert "use a smaller step size" in outcome.reason


def test_slow_runs_name_the_obstructing_term() -> None:
    network, X, y = instance()
    outcome = certify_run(network, X, y, eta=ETA, max_steps=5)
    assert not outcome.certified
    assert outcome.steps == 5
    assert outcome.reason.startswith(("tube: ", "contraction: "))


def test_a_singular_gram_matrix_is_never_certified() -> None:
    network, X, y = instance()
    twice = np.vstack([X, X[:1]])
    for targets in (np.append(y, y[0]), np.append(y, y[0] + 1)):
        outcome = certify_run(network, twice, targets, eta=ETA, max_steps=400)
        assert not outcome.certified
        assert outcome.reason.startswith(("contraction", "norm", "refused", "tube"))
    linear, X, y = instance("linear", n=8, d=3)
    assert not certify_run(linear, X, y, eta=ETA, max_steps=400).certified


def test_anti_aligned_networks_are_not_certified() -> None:
    network, X, _ = instance()
    network = Network(network.W, -20 * network.b, network.b, network.psi)
    reason = search(network, X, network.output(X) + 1e-9, ETA)
    assert isinstance(reason, str)
    assert "spectral radius" in reason


def test_regularisation_must_be_over() -> None:
    network, X, y = state_of(certificate())
    state = {"eta": ETA, "schedule": Schedule.with_cutoff(0.3, 60)}
    assert "still active at step 59" in certify_state(network, X, y, step=59, **state).reason
    assert certify_state(network, X, y, step=60, **state).certified


# degenerate cases


def test_no_error_at_all() -> None:
    network, X, _ = instance()
    outcome = certify_state(network, X, network.output(X), eta=ETA)
    assert outcome.certificate is not None
    assert float.fromhex(outcome.certificate["conclusions"]["error"]) < 1e-14


def test_zero_targets_and_zero_output() -> None:
    network, X, y = instance()
    silent = Network(network.W, 0 * network.beta, network.b, network.psi)
    outcome = certify_state(silent, X, 0 * y, eta=ETA)
    assert outcome.certificate is not None
    claims = outcome.certificate["conclusions"]
    assert claims["budget"] == claims["movement_w"] == claims["movement_beta"] == (0.0).hex()
    assert claims["alignment"] is None  # β = 0 has no direction


def test_zero_targets() -> None:
    network, X, y = instance()
    assert certify_run(network, X, 0 * y, eta=ETA).certified


def test_no_feedback() -> None:
    network, X, y = instance()
    outcome = certify_run(Network(network.W, network.beta, 0 * network.b, network.psi), X, y, eta=ETA)
    assert outcome.certificate is not None
    assert outcome.certificate["conclusions"]["alignment"] is None
    assert set(outcome.certificate["tube"]["rho"]) == {(0.0).hex()}


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_one_sample_one_neuron(name: str) -> None:
    one = np.ones((1, 1))
    network = Network(one, np.ones(1), np.ones(1), activation(name))
    outcome = certify_run(network, one, np.array([0.5]), eta=ETA)
    assert outcome.certified, outcome.reason


def test_dead_and_saturated_neurons_do_not_move() -> None:
    W = np.array([[1.0], [-5.0]])
    network = Network(W, np.ones(2), np.ones(2), activation("relu"))
    outcome = certify_run(network, np.ones((1, 1)), np.array([0.5]), eta=ETA)
    assert outcome.certificate is not None
    assert outcome.certificate["tube"]["rho"][1] == outcome.certificate["tube"]["tau"][1] == (0.0).hex()


# growth


def test_growth_counterexample() -> None:
    network, X, y = instance()
    bad = Network(network.W, -9 * network.b, network.b, network.psi)
    doc = growth_counterexample(bad, X, y, eta=1.0, factor=1.0, data_label="sphere")
    assert doc is not None
    assert recheck(doc).valid
    assert growth_counterexample(bad, X, y, eta=1.0, factor=1e6) is None
    assert growth_counterexample(network, X, y, eta=0.01, factor=1.0) is None
    exact = recheck(doc).bounds["growth_low"]
    assert growth_counterexample(bad, X, y, eta=1.0, factor=exact * 2) is None
    with pytest.raises(InputError, match="factor"):
        growth_counterexample(bad, X, y, eta=1.0, factor=-1.0)


# files and curves


def test_files_are_deterministic(tmp_path: Path) -> None:
    network, X, y = instance()
    paths = [
        write(outcome.certificate, tmp_path / folder)
        for folder in ("a", "b")
        if (outcome := certify_run(network, X, y, eta=ETA, data_label="sphere ‖x‖ = 1")).certificate
    ]
    assert paths[0].name == paths[1].name
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert recheck_file(paths[0]).valid
    assert json.loads(paths[0].read_text())["data"] == "sphere ‖x‖ = 1"


def test_curves() -> None:
    doc = certificate(cutoff=60)
    network, _, _ = instance()
    T = doc["step"]
    whole = curves(doc, T + 30, start=network, schedule=Schedule.with_cutoff(0.3, 60))
    assert whole.steps.tolist() == list(range(T + 31))
    assert np.isnan(whole.envelope[:T]).all()
    assert (whole.error[T:] <= whole.envelope[T:]).all()
    after = curves(doc, 30)
    np.testing.assert_array_equal(after.steps, whole.steps[T:])
    np.testing.assert_array_equal(after.error, whole.error[T:])
    np.testing.assert_array_equal(after.alignment, whole.alignment[T:])
    assert after.limit is not None
    assert after.limit[0] <= curves(doc, 3000).alignment[-1] <= after.limit[1]


# misuse


def misuse() -> dict[str, tuple[dict[str, Any], str]]:
    network, X, y = instance()
    W, beta, b, psi = network.W, network.beta, network.b, network.psi
    nan = X.copy()
    nan[1, 2] = np.nan
    several = Network(W, np.ones((40, 2)), np.ones((40, 2)), psi)
    return {
        "one target for two outputs": ({"network": several}, r"\(n, k\).* \(4,\) and \(40, 2\)"),
        "batch": ({"network": Network(W[None], beta[None], b[None], psi)}, "one network"),
        "nan": ({"X": nan}, "X contains .*nan"),
        "infinite target": ({"y": np.array([1, 2, 3, np.inf])}, "y contains .*inf"),
        "nan weight": ({"network": Network(W, beta * np.nan, b, psi)}, "beta contains"),
        "integers": ({"y": np.arange(4)}, "y has dtype int64"),
        "shape of y": ({"y": y[:3]}, r"\(3,\)"),
        "shape of X": ({"X": X[:, :5]}, "dimension 6"),
        "no samples": ({"X": X[:0], "y": y[:0]}, r"\(0, 6\)"),
        "eta 0": ({"eta": 0.0}, "eta > 0 but got 0.0"),
        "eta nan": ({"eta": float("nan")}, "nan"),
        "label": ({"data_label": "x" * 201}, "201"),
    }


@pytest.mark.parametrize("name", list(misuse()))
@pytest.mark.parametrize("method", [certify_run, certify_state])
def test_misuse(name: str, method: Any) -> None:
    network, X, y = instance()
    changes, message = misuse()[name]
    arguments = {"network": network, "X": X, "y": y, "eta": ETA} | changes
    with pytest.raises(InputError, match=message):
        method(**arguments)


def test_schedules_that_never_end() -> None:
    network, X, y = instance()
    with pytest.raises(InputError, match="never ends"):
        certify_run(network, X, y, eta=ETA, schedule=Schedule.constant(0.3))
    with pytest.raises(InputError, match="before the end of the regularisation"):
        certify_run(network, X, y, eta=ETA, schedule=Schedule.with_cutoff(0.3, 60), max_steps=59)


def test_single_precision_states_are_taken_exactly() -> None:
    network, X, y = state_of(certificate())
    half = Network(*(A.astype(np.float32) for A in (network.W, network.beta, network.b)), network.psi)
    y = half.output(X).astype(np.float64)
    outcome = certify_state(half, X, y, eta=ETA)
    assert outcome.certificate is not None
    np.testing.assert_array_equal(state_of(outcome.certificate)[0].W, half.W)
