"""One loop for every depth: NumPy and JAX say the same, what is recorded is what it claims, and bits are kept."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fa_theory.errors import InputError
from fa_theory.model.batches import Batches
from fa_theory.model.deep import Learning, advance, gaussian_deep_network
from fa_theory.model.deep_problem import DeepLaw, DeepProblem
from fa_theory.model.law import Law
from fa_theory.model.problem import sample
from fa_theory.model.rules import RULES, Rule
from fa_theory.model.schedules import Schedule
from fa_theory.model.secant import exact_step
from fa_theory.seeds import generator
from fa_theory.simulation import arrays, deep, layers
from fa_theory.simulation.arrays import available
from fa_theory.simulation.engine import simulate
from fa_theory.simulation.quantities import QUANTITIES, DeepState
from fa_theory.simulation.run import run
from fa_theory.simulation.trajectories import Trajectories

needs_jax = pytest.mark.skipif(not available(), reason="JAX is not installed")
BACKENDS = ["numpy", pytest.param("jax", marks=needs_jax)]
OF_LAYERS = [name for name, one in QUANTITIES.items() if one.of_layers and not one.test]
PLAIN = DeepLaw("tanh", 4, 6, (7, 5), k=2, eta=0.2)


@pytest.fixture(autouse=True)
def _by_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FA_THEORY_BACKEND", "numpy")


def close(one: Trajectories, other: Trajectories, tolerance: float = 1e-12) -> None:
    assert one.values.keys() == other.values.keys()
    for name in one.values:
        np.testing.assert_allclose(one[name], other[name], rtol=tolerance, atol=tolerance, err_msg=name)
    for t, state in one.states.items():
        for ours, theirs in zip(state.weights, other.states[t].weights, strict=True):
            assert all(np.allclose(a, b, rtol=tolerance, atol=tolerance) for a, b in zip(ours, theirs, strict=True))


# what it computes


def test_steps_are_those_of_the_formula() -> None:
    law = replace(PLAIN, lam=(0.1, 0.2, 0.3), cutoff=4, biases=True, momentum=0.5)
    found = simulate(law, 7, ensemble=2, record=("error", "loss"), every=3, states=(0, 5, 7))
    assert found.t.tolist() == [0, 3, 6, 7]
    start = found.network(0, 1)
    problem = law.problem(*law.drawn(start_of(law, 1)))
    assert all(np.array_equal(a, b) for a, b in zip(start.weights.W, problem.network.weights.W, strict=True))
    net = start
    for t in range(8):
        error = net.forward(problem.X).f - problem.y
        if t in found.t:
            assert np.allclose(found["error"][1, found.t.tolist().index(t)], error, atol=1e-14)
        if t in (5, 7):
            assert all(
                np.allclose(a, b, atol=1e-14) for a, b in zip(found.network(t, 1).weights.W, net.weights.W, strict=True)
            )
        keep = [1 - 0.2 * lam * (t < 4) for lam in (0.1, 0.2, 0.3)]
        net, _ = advance(net, problem.X, problem.y, eta=0.2, keep=keep, learning=Learning("fa", momentum=0.5))


def start_of(law: DeepLaw, i: int, seed: int = 0) -> np.random.Generator:
    address = ", ".join(f"{name}={value!r}" for name, value in asdict(law).items() if name in deep.DRAWN)
    return generator(seed, "deep", address, i)


@pytest.mark.parametrize("order", ["cyclic", "shuffled"])
def test_minibatches_are_taken_in_order(order: str) -> None:
    law = replace(PLAIN, n=5, batch=2, order=order)
    found = simulate(law, 6, record=("loss",), states=(6,), seed=3)
    problem = law.problem(*law.drawn(start_of(law, 0, 3)))
    rows = Batches(2, order).rows(5, seed=3, network=0, first=0, steps=6)
    assert sorted(rows.ravel()[:10].tolist()) == sorted(2 * list(range(5)))
    net = problem.network
    for r in rows:
        net, _ = advance(net, problem.X[r], problem.y[r], eta=0.2, keep=[1, 1, 1])
    assert all(np.allclose(a, b, atol=1e-14) for a, b in zip(found.network(6, 0).weights.W, net.weights.W, strict=True))


def test_new_samples_come_from_the_teacher() -> None:
    law = DeepLaw("tanh", 30, 4, (40,), data="teacher", batch=10, order="online", eta=0.1, test=30)
    found = simulate(law, 300, record=("loss", "test_loss"), every=300)
    assert (found["loss"][0, -1] < found["loss"][0, 0] / 5).all()
    assert (found["test_loss"][0, -1] < found["test_loss"][0, 0] / 5).all()


@needs_jax
@pytest.mark.parametrize(
    "law",
    [
        replace(PLAIN, lam=0.1, cutoff=11, biases=True, test=3, momentum=0.5),
        replace(PLAIN, rule="dfa", batch=3, order="shuffled", data="gaussian", eta=0.05),
        replace(PLAIN, rule="weight-mirror", batch=2, order="online", data="teacher", scaling="standard", eta=0.05),
        replace(PLAIN, rule="brsf-strict", rows="fixed", scaling="mean-field"),
        DeepLaw("tanh", 6, None, (7, 5), data="digits", k=10, loss="cross-entropy", test=3, rule="usf"),
    ],
    ids=str,
)
def test_jax_says_what_numpy_says(law: DeepLaw) -> None:
    record = [*OF_LAYERS, "error", "loss", *(["test_loss", "test_accuracy"] if law.test else [])]
    one, other = (
        simulate(law, 20, ensemble=2, record=record, every=6, states=(9,), backend=backend)
        for backend in ("numpy", "jax")
    )
    assert (one.backend, other.backend) == ("numpy", "jax")
    close(one, other)


def test_cross_entropy_learns_the_classes() -> None:
    law = DeepLaw("tanh", 60, None, (50,), data="digits", k=10, loss="cross-entropy", eta=0.1, rule="fa")
    found = simulate(law, 300, record=("loss", "accuracy", "error"), every=300)
    assert found["loss"][0, 0] > 60  # about log 10 for each sample
    assert found["loss"][0, -1] < 30
    assert found["accuracy"][0, -1] > 0.9
    assert np.allclose(found["error"].sum(axis=-1), 0, atol=1e-14)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"loss": "hinge"}, "unknown loss 'hinge'; choose one of squares, cross-entropy"),
        ({"loss": "cross-entropy", "k": 1}, r"needs k ≥ 2 classes, but the data are 'digits' with k = 1"),
        ({"loss": "cross-entropy", "data": "teacher", "d": 3}, "needs k ≥ 2 classes, but the data are 'teacher'"),
    ],
)
def test_losses_that_do_not_fit_are_refused(more: dict[str, Any], words: str) -> None:
    given: dict[str, Any] = {"data": "digits", "k": 10, "d": None} | more
    with pytest.raises(InputError, match=words):
        DeepLaw("tanh", 6, hidden=(5,), **given)


def test_targets_that_are_no_probabilities_are_refused() -> None:
    net = gaussian_deep_network(np.random.default_rng(0), (2, 4, 2), "tanh", "fa")
    for y in ([[0.5, 0.6]], [[-0.5, 1.5]]):
        with pytest.raises(InputError, match="needs targets that are probabilities of k ≥ 2 classes"):
            DeepProblem(np.ones((1, 2)), np.array(y), net, eta=0.1, learning=Learning("fa", loss="cross-entropy"))


@needs_jax
@pytest.mark.parametrize("rule", [rule for rule in RULES if rule not in ("fa", "usf", "sign", "sign-strict", "brsf")])
def test_every_rule_runs_in_both(rule: str) -> None:
    law = replace(PLAIN, rule=rule, eta=0.05)
    one, other = (simulate(law, 9, ensemble=2, record=("error",), every=4, backend=by) for by in ("numpy", "jax"))
    assert (one.path, other.path) == ("sample space", "sample space")
    close(one, other)


@needs_jax
def test_single_precision_is_near() -> None:
    one, other = (simulate(PLAIN, 20, record=("error",), backend="jax", dtype=t) for t in ("float64", "float32"))
    gap = abs(one["error"] - other["error"]).max()
    assert 1e-9 < gap < 1e-4


@needs_jax
def test_loops_for_a_gpu_take_the_same_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is none here; its loops run on any device."""
    law = replace(PLAIN, batch=3)
    one = simulate(law, 50, record=("error",), every=21)
    monkeypatch.setattr(arrays.ByJax, "_on_cpu", False)
    monkeypatch.setattr(arrays.ByJax, "__hash__", lambda self: 7)  # so that nothing compiled before is found
    monkeypatch.setattr(arrays, "_compiled", arrays._compiled.__wrapped__)
    close(one, simulate(law, 50, record=("error",), every=21, backend="jax"))


@needs_jax
def test_the_settings_of_jax_are_left_alone() -> None:
    import jax

    before = jax.numpy.ones(1).dtype
    simulate(PLAIN, 2, backend="jax")
    assert jax.numpy.ones(1).dtype == before


def test_the_spaces_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    one = simulate(PLAIN, 30, ensemble=3, record=("error", "layer_alignment"))
    monkeypatch.setattr(deep, "by_products", lambda *_: False)
    other = simulate(PLAIN, 30, ensemble=3, record=("error", "layer_alignment"))
    assert (one.path, other.path) == ("sample space", "weight space")
    close(one, other)


# two layers


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("k", [None, 3])
def test_two_layers_are_the_case_of_depth_two(backend: str, k: int | None) -> None:
    problem = sample(rng=0, n=5, d=4, p=30, activation="tanh", eta=0.3, lam=0.2, cutoff=9, k=k, rule="kolen-pollack")
    record = [name for name, one in QUANTITIES.items() if one.of_neurons or one.of_error]
    path = "layers" if backend == "numpy" else "auto"
    found = simulate(problem, 12, record=record, every=5, states=(7,), path=path, backend=backend)
    plain = simulate(problem, 12, record=record, every=5, states=(7,), path="weight space", backend="numpy")
    for name in record:
        np.testing.assert_allclose(found[name], plain[name], rtol=1e-12, atol=1e-13, err_msg=name)
    for name in ("W", "beta", "b"):
        assert np.allclose(getattr(found.network(7, 0), name), getattr(plain.network(7, 0), name), atol=1e-13)


@pytest.mark.parametrize("rule", ["drtp", "hebb", "usf-strict", "weight-mirror"])
def test_two_layers_run_rules_that_know_whole_layers(rule: str) -> None:
    law = Law("tanh", 4, 5, 20)
    found = simulate(law, 10, ensemble=2, rule=rule, record=("loss", "alignment", "accuracy", "tangent_spectrum"))
    assert found.path == "layers"
    assert found["tangent_spectrum"].shape == (2, 11, 4)
    with pytest.raises(InputError, match="does not treat neurons one by one"):
        simulate(law, 10, rule=rule, path="weight space")
    with pytest.raises(InputError, match="the step of two layers treats neurons one by one"):
        next(islice(run(sample(rng=0, n=2, d=2, p=3, activation="tanh", eta=0.1, rule=rule)), 1, 2))


@needs_jax
def test_divergence_is_told_network_by_network() -> None:
    problems = [sample(rng=0, n=4, d=3, p=50, activation="linear", eta=eta) for eta in (0.1, 60.0)]
    for backend in ("numpy", "jax"):
        found = simulate(problems, 200, every=20, backend=backend, path="weight space")
        assert found.diverged[0] == -1
        assert found.diverged[1] > 0
        lost = found.t >= found.diverged[1]
        assert np.isnan(found["loss"][1, lost]).all()
        assert np.isfinite(found["loss"][0]).all()


# what is recorded


def problem(rule: str = "fa") -> DeepProblem:
    rng = np.random.default_rng(1)
    net = gaussian_deep_network(rng, (3, 6, 5, 2), "tanh", rule)
    return DeepProblem(rng.normal(size=(4, 3)), rng.normal(size=(4, 2)), net, 0.1, learning=Learning(rule))


def recorded(one: DeepProblem, *names: str) -> Any:
    found = simulate(one, 1, record=names)
    return [found[name][0, 0] for name in names]


def test_the_alignment_of_each_layer() -> None:
    one = problem()
    W, B = one.network.weights.W, one.network.weights.B
    layered, whole = recorded(one, "layer_alignment", "alignment")
    dots = [(b * w).sum() for b, w in zip(B, W[1:], strict=True)]
    sizes = [(np.linalg.norm(b) * np.linalg.norm(w)) for b, w in zip(B, W[1:], strict=True)]
    assert np.allclose(layered, np.array(dots) / sizes)
    flat = [np.concatenate([A.ravel() for A in some]) for some in (B, W[1:])]
    assert whole == pytest.approx(flat[0] @ flat[1] / np.linalg.norm(flat[0]) / np.linalg.norm(flat[1]))


def test_the_alignment_of_direct_feedback_is_with_the_product_of_weights() -> None:
    one = problem("dfa")
    W, B = one.network.weights.W, one.network.weights.B
    product = W[2] @ W[1]
    (layered,) = recorded(one, "layer_alignment")
    assert layered[0] == pytest.approx((B[0] * product).sum() / np.linalg.norm(B[0]) / np.linalg.norm(product))


def test_the_update_is_compared_with_that_of_backpropagation() -> None:
    one = problem()
    steps = {}
    for rule in ("fa", "bp"):
        after, _ = advance(one.network, one.X, one.y, eta=1.0, keep=[1, 1, 1], learning=Learning(rule))
        steps[rule] = [a - b for a, b in zip(after.weights.W, one.network.weights.W, strict=True)]
    expected = [
        (a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b) for a, b in zip(steps["fa"], steps["bp"], strict=True)
    ]
    cosines, obtuse = recorded(one, "update_cosine", "obtuse")
    assert np.allclose(cosines, expected)
    assert obtuse.tolist() == [float(x < 0) for x in expected]
    assert cosines[-1] == pytest.approx(1)


def test_backpropagation_agrees_with_itself() -> None:
    cosines, signals = recorded(problem("bp"), "update_cosine", "signal_alignment")
    assert np.allclose(cosines, 1)
    assert np.allclose(signals, 1)


def test_signals_are_compared_sample_by_sample() -> None:
    one = problem()
    seen = one.network.forward(one.X)
    ours, theirs = (one.network.signals(seen, seen.f - one.y, one.y, rule) for rule in (Rule.FA, Rule.BP))
    (found,) = recorded(one, "signal_alignment")
    for layer in range(2):
        cosines = [
            a @ b / np.linalg.norm(a) / np.linalg.norm(b) for a, b in zip(ours[layer], theirs[layer], strict=True)
        ]
        assert found[layer] == pytest.approx(np.mean(cosines))


def test_spectra_are_those_of_the_matrices() -> None:
    one = problem("bp")
    gram, tangent, aligned = recorded(one, "gram_spectrum", "tangent_spectrum", "kernel_alignment")
    h = one.network.forward(one.X).h
    for layer, w in ((1, 6), (2, 5)):
        G = h[layer] @ h[layer].T / w
        assert np.allclose(gram[layer - 1], np.linalg.eigvalsh(G))
        Y = one.y @ one.y.T
        assert aligned[layer - 1] == pytest.approx((G * Y).sum() / np.linalg.norm(G) / np.linalg.norm(Y))
    K = exact_step(one.network, one.network, one.X, rule="bp").K.reshape(8, 8)
    assert np.allclose(tangent, np.linalg.eigvalsh(K))


def test_movement_starts_at_nothing() -> None:
    found = simulate(problem(), 5, record=("movement", "movement_W", "movement_beta"), states=(0, 5))
    assert (found["movement"][0, 0] == 0).all()
    W = [found.network(t, 0).weights.W for t in (0, 5)]
    assert np.allclose(found["movement"][0, -1], [np.linalg.norm(a - b) for a, b in zip(*W, strict=True)])
    assert np.allclose(found["movement_W"], found["movement"][..., 0])
    assert np.allclose(found["movement_beta"], found["movement"][..., -1])


def test_accuracy_counts_what_is_right() -> None:
    rng = np.random.default_rng(0)
    net, X = gaussian_deep_network(rng, (3, 9, 3), "tanh", "fa"), rng.normal(size=(6, 3))
    f = net.forward(X).f
    y = np.eye(3)[f.argmax(axis=1)]
    y[:2] = np.roll(y[:2], 1, axis=1)
    found = simulate(DeepProblem(X, y, net, 0.1, test=(X[2:], y[2:])), 1, record=("accuracy", "test_accuracy"))
    assert (found["accuracy"][0, 0], found["test_accuracy"][0, 0]) == (pytest.approx(4 / 6), 1)
    with pytest.raises(InputError, match="test_accuracy needs samples of a test"):
        simulate(DeepProblem(X, y, net, 0.1), 1, record="test_accuracy")


@pytest.mark.parametrize("backend", BACKENDS)
def test_functions_of_the_state_are_recorded(backend: str) -> None:
    def widest(state: DeepState) -> float:
        assert state.error.shape == state.y.shape == (4, 2)
        return max(state.network.widths) + state.t

    found = simulate(PLAIN, 6, ensemble=2, record=("loss", widest), every=3, backend=backend)
    assert found["widest"].tolist() == [[7, 10, 13]] * 2
    assert np.allclose(found["loss"], simulate(PLAIN, 6, ensemble=2, record="loss", every=3)["loss"], atol=1e-13)


# bits


@pytest.mark.parametrize("backend", BACKENDS)
def test_bits_do_not_depend_on_the_ensemble(backend: str) -> None:
    """For NumPy a promise; for JAX, on one machine, what was found."""
    law = replace(PLAIN, rule="brsf", batch=3, order="shuffled")
    many, few = (simulate(law, 12, ensemble=m, record=("error",), every=5, backend=backend) for m in (5, 2))
    assert np.array_equal(many["error"][:2], few["error"])


def test_bits_do_not_depend_on_batches_nor_on_what_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    law = replace(PLAIN, rule="weight-mirror", batch=3, order="online")
    whole = simulate(law, 12, ensemble=5, record=("error",), every=5)
    monkeypatch.setattr(deep, "NUMBERS", 1)
    monkeypatch.setattr(layers, "ROWS", 1)
    monkeypatch.setattr(layers, "FEED", 1)
    parts = simulate(law, 12, ensemble=5, record=("error", "movement", "loss"), every=5, states=(7,))
    assert np.array_equal(whole["error"], parts["error"])


RUN = """
import hashlib
from fa_theory.model.deep_problem import DeepLaw
from fa_theory.simulation.engine import simulate
found = simulate(DeepLaw("tanh", 5, 6, (30, 30)), 20, ensemble=2, record=("error",), every=10, backend="BACKEND")
print(hashlib.sha256(found["error"].tobytes()).hexdigest())
"""


@pytest.mark.parametrize("backend", BACKENDS)
def test_bits_are_the_same_in_every_process(backend: str) -> None:
    answers = set()
    for threads in ("1", "2"):
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": threads}
        command = [sys.executable, "-c", RUN.replace("BACKEND", backend)]
        answers.add(subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout)
    assert len(answers) == 1


def test_many_recorded_steps_are_taken_in_blocks() -> None:
    found = simulate(PLAIN, 2 * layers.ROWS + 3, record="error")
    assert found["error"].shape[1] == 2 * layers.ROWS + 4
    assert np.array_equal(found["error"][:, ::5], simulate(PLAIN, 130, record="error", every=5)["error"][:, :27])


def test_rules_and_steps_meet_the_same_networks() -> None:
    one, other = (replace(PLAIN, rule=rule, eta=eta) for rule, eta in (("fa", 0.1), ("dfa", 0.2)))
    starts = [simulate(law, 0, states=(0,), record="error") for law in (one, other)]
    assert np.array_equal(starts[0]["error"], starts[1]["error"])


# around it


def test_states_are_written_and_read(tmp_path: Path) -> None:
    found = simulate(replace(PLAIN, biases=True), 4, ensemble=2, states=(0, 4))
    again = Trajectories.load(found.save(tmp_path / "run.npz"))
    close(found, again, 0)
    assert again.network(4, 1).scaling == found.network(4, 1).scaling


def test_a_rule_and_a_schedule_can_be_given() -> None:
    law = replace(PLAIN, rule="bp", lam=0.3)
    one = simulate(PLAIN, 9, rule="bp", schedule=Schedule(0.3), record="error")
    assert np.array_equal(one["error"], simulate(law, 9, record="error")["error"])
    with pytest.raises(InputError, match=r"under the rule dfa B_2 has shape \(2, 6\), but it has \(5, 6\)"):
        simulate(problem(), 2, rule="dfa")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"path": "weight space"}, "leave path='weight space' out"),
        ({"backend": "jaxx"}, "unknown backend 'jaxx'"),
        ({"dtype": "int"}, "unknown dtype 'int'"),
        ({"device": "gpu", "backend": "numpy"}, "NumPy runs on the CPU"),
    ],
)
def test_what_cannot_be_is_refused(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        simulate(PLAIN, 2, **asked)


@needs_jax
def test_what_jax_cannot_follow_is_refused() -> None:
    clipped = Rule("clipped", sent=lambda W, B: np.clip(B, -1, 1))
    simulate(replace(PLAIN, rule=clipped), 2)
    with pytest.raises(InputError, match="JAX cannot follow a rule or quantity that calls functions of NumPy"):
        simulate(replace(PLAIN, rule=clipped), 2, backend="jax")


@needs_jax
def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="there is no device 'tpu' here"):
        simulate(PLAIN, 2, backend="jax", device="tpu")


def test_problems_of_different_kinds_are_refused() -> None:
    one = problem()
    with pytest.raises(InputError, match="of one kind, but problem 1 has learning"):
        simulate([one, replace(one, learning=Learning("bp"))], 2)
    with pytest.raises(InputError, match="expected a Problem, several in a list, or a Law"):
        simulate([one, Law("tanh", 2, 2, 2)], 2)  # type: ignore[list-item]
