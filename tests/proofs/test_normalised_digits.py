"""Rahmansetayesh 2021: classifiers with bounded weights, lags, and the commands."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from fa_theory.cli import app
from fa_theory.errors import InputError
from fa_theory.model.rules import Rule
from fa_theory.proofs.rahmansetayesh2021.classifier import (
    Classifier,
    batches,
    by_lag,
    error_signals,
    norms,
    pair_gains,
)
from fa_theory.proofs.rahmansetayesh2021.experiments.driven import DrivenNetworks
from fa_theory.proofs.rahmansetayesh2021.experiments.epochs import Lags
from fa_theory.proofs.rahmansetayesh2021.experiments.relabelling import Relabelling
from fa_theory.proofs.rahmansetayesh2021.lags import LagPlan
from fa_theory.proofs.shared.images import images


def drawn(*, normalised: bool = False, seed: int = 0) -> tuple[Classifier, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    network = Classifier.drawn(rng, p=6, d=4, k=3, normalised=normalised)
    return network, rng.standard_normal((5, 4)).astype(np.float32), rng.integers(3, size=5)


def loss(network: Classifier, W: np.ndarray, beta: np.ndarray, X: np.ndarray, labels: np.ndarray) -> float:
    f = np.maximum(X.astype(float) @ W.T, 0) @ beta
    return float(np.mean(np.log(np.exp(f).sum(axis=1)) - f[np.arange(len(X)), labels]))


def test_backpropagation_goes_down_the_gradient() -> None:
    network, X, labels = drawn()
    after, h = network.step(X, labels, step_size=1.0, rule=Rule.BP), 1e-5
    weights = {"W": network.W.astype(float), "beta": network.beta.astype(float)}
    for name, A in weights.items():
        moved = A - getattr(after, name)
        for place in np.ndindex(A.shape):
            ends = []
            for sign in (1, -1):
                bumped = A.copy()
                bumped[place] += sign * h
                ends.append(loss(network, **(weights | {name: bumped}), X=X, labels=labels))
            assert moved[place] == pytest.approx((ends[0] - ends[1]) / (2 * h), abs=1e-5)


def test_feedback_alignment_sends_errors_through_b() -> None:
    network, X, labels = drawn()
    swapped = Classifier(network.W, network.beta, network.beta, None)
    assert np.array_equal(swapped.step(X, labels).W, network.step(X, labels, rule=Rule.BP).W)
    assert not np.array_equal(network.step(X, labels).W, network.step(X, labels, rule=Rule.BP).W)


def test_bounded_weights_never_exceed_the_norms_of_the_start() -> None:
    network, X, labels = drawn(normalised=True)
    start, least = norms(network.W, network.beta), 1.0
    for _ in range(50):
        network = network.step(X, labels, step_size=1.0)
        for now, most in zip(norms(network.W, network.beta), start, strict=True):
            assert np.all(now <= most * (1 + 1e-5))
            least = min(least, float((now / most).min()))
    assert least > 0


def test_normalisation_does_not_change_what_is_drawn() -> None:
    for name in ("W", "beta", "b"):
        assert np.array_equal(getattr(drawn()[0], name), getattr(drawn(normalised=True)[0], name))


def test_orders_of_epochs() -> None:
    same = [tuple(rows) for rows in islice(batches(10, 3, np.random.default_rng(0), reshuffled=False), 6)]
    mixed = [tuple(rows) for rows in islice(batches(10, 3, np.random.default_rng(0)), 6)]
    assert same[:3] == same[3:] == mixed[:3] != mixed[3:]
    assert len({*same[0], *same[1], *same[2]}) == 9


def test_gains_of_pairs_are_those_of_the_definition() -> None:
    rng = np.random.default_rng(0)
    x, e, b = rng.standard_normal((4, 3, 5)), rng.standard_normal((4, 3, 2)), rng.standard_normal((6, 2))
    gains = pair_gains(x, e, b)
    M = e[1].T @ x[1] @ x[3].T @ e[3]
    assert gains[1, 3] == pytest.approx(np.sum(b * (b @ M)))
    assert by_lag(gains, 3)[2] == pytest.approx((gains[0, 2] + gains[1, 3]) / 2 / np.mean(np.diagonal(gains)))


def test_error_signals_sum_to_0() -> None:
    network, X, labels = drawn()
    e = error_signals(network.output(X), labels)
    assert np.allclose(e.sum(axis=1), 0, atol=1e-6)
    assert np.all(e[np.arange(5), labels] < 0)


def test_the_gain_peaks_after_an_epoch_only_in_a_fixed_order() -> None:
    data = images("")
    fixed, aligned = LagPlan(p=30, epochs=5, warmup=2).run(data, np.random.default_rng(0))
    mixed, _ = LagPlan(p=30, epochs=5, warmup=2, reshuffled=True).run(data, np.random.default_rng(0))
    assert fixed[14] > 0.5 > abs(mixed[14])
    assert aligned > 0.1


SMALL = {
    "signals": "--steps 8 --size 3 --width 4 --repeats 3 --errors=-0.5,0.5 --inputs 0.5",
    "lags": "--width 8 --batch 300 --epochs 3 --warmup 1 --repeats 2",
    "relabelling": "--width 8 --steps 20 --changes 1 --every 10 --repeats 2",
}


@pytest.mark.parametrize("name", SMALL)
def test_commands_write_tables_and_figures(name: str, tmp_path: Path) -> None:
    found, figure = tmp_path / "found.json", tmp_path / "out" / f"rahmansetayesh2021-{name}.svg"
    where = ["--out", str(tmp_path / "out"), "--json", str(found), "--jobs", "1"]
    command = ["simulate", f"rahmansetayesh2021-{name}", *SMALL[name].split(), *where]
    app(command, standalone_mode=False)
    first = json.loads(found.read_text())
    assert first
    assert figure.stat().st_size > 1000
    app(command, standalone_mode=False)  # from the start: what a run finished is not kept
    assert json.loads(found.read_text()) == first


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: DrivenNetworks(errors=(1.5,)), "between -1 and 1 but got 1.5"),
        (lambda: Lags(epochs=3, warmup=2), "2 epochs after the warm-up"),
        (lambda: Lags(step_size=0.0), "step size > 0 but got 0.0"),
        (lambda: Lags(batch=5000).jobs(), "batch of 5000 is more than the 1497"),
        (lambda: Relabelling(steps=25, every=10), "--every to divide --steps but got 10 and 25"),
        (lambda: Relabelling(step_size=float("inf")), "step size > 0 but got inf"),
    ],
)
def test_bad_options_are_refused(made: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        made()  # type: ignore[operator]


def test_the_step_size_depends_on_the_images() -> None:
    assert Lags().rate == 0.2
    assert Lags(data=Path("mnist")).rate == 0.05
    assert Relabelling(step_size=0.1).rate == 0.1
