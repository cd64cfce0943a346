"""Classification of images by feedback alignment: the trainer, folders of IDX files, and the commands."""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fa_theory.cli import app, main
from fa_theory.errors import InputError
from fa_theory.model.activations import activation
from fa_theory.model.network import Network
from fa_theory.model.rules import Rule, advance
from fa_theory.proofs.shared import images as mnist
from fa_theory.proofs.shared.images import Images, split
from fa_theory.proofs.song2021.experiments.classification import ImageJob, Mnist
from fa_theory.proofs.song2021.experiments.images import (
    Training,
    cross_entropy,
    error_signal,
    learn,
    minibatches,
    signal_alignment,
)

# the trainer


def few(seed: int = 0, p: int = 7, d: int = 4, k: int = 3, m: int = 5) -> tuple[Network, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    W, beta, b, X = (rng.standard_normal(shape) for shape in ((p, d), (p, k), (p, k), (m, d)))
    return Network(W, beta, b, activation("relu")), X, rng.integers(k, size=m)


def test_the_error_is_the_derivative_of_the_loss() -> None:
    rng = np.random.default_rng(1)
    f, labels, h = rng.standard_normal((4, 3)), np.array([0, 2, 1, 1]), 1e-6
    for i, c in np.ndindex(f.shape):
        bump = np.zeros_like(f)
        bump[i, c] = h
        slope = (cross_entropy(f + bump, labels) - cross_entropy(f - bump, labels)) / (2 * h)
        assert slope == pytest.approx(error_signal(f, labels)[i, c] / len(f), abs=1e-9)


def test_large_outputs_do_not_overflow() -> None:
    f = np.array([[1e4, 0.0], [-1e4, 0.0]])
    assert cross_entropy(f, np.array([1, 1])) == pytest.approx(5e3)
    assert error_signal(f, np.array([1, 1])) == pytest.approx(np.array([[1.0, -1.0], [0.0, 0.0]]))


def test_backpropagation_goes_down_the_gradient() -> None:
    network, X, labels = few()
    h, after = 1e-6, learn(network, X, labels, step_size=1.0, rule=Rule.BP)
    for name in ("W", "beta"):
        weights, moved = getattr(network, name), getattr(after, name)
        for place in np.ndindex(weights.shape):
            losses = []
            for sign in (1, -1):
                bumped = weights.copy()
                bumped[place] += sign * h
                parts = {"W": network.W, "beta": network.beta} | {name: bumped}
                losses.append(cross_entropy(Network(**parts, b=network.b, psi=network.psi).output(X), labels))
            assert weights[place] - moved[place] == pytest.approx((losses[0] - losses[1]) / (2 * h), abs=1e-8)


@pytest.mark.parametrize("rule", [Rule.FA, Rule.BP])
def test_a_step_is_that_of_the_rules_with_this_error(rule: Rule) -> None:
    network, X, labels = few(2)
    f = network.output(X)
    m, s, lam = len(X), 0.3, 0.2
    expected, _ = advance(network, X, f - error_signal(f, labels), eta=s / m, lam=m * lam, rule=rule)
    found = learn(network, X, labels, step_size=s, lam=lam, rule=rule)
    assert np.allclose(found.W, expected.W, atol=1e-14)
    assert np.allclose(found.beta, expected.beta, atol=1e-14)


def test_error_signals_align_as_they_do_neuron_by_neuron() -> None:
    network, X, labels = few(3)
    e = error_signal(network.output(X), labels)
    ours, theirs = e @ network.b.T, e @ network.beta.T
    sizes = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
    assert signal_alignment(network, e) == pytest.approx(np.mean(np.sum(ours * theirs, axis=1) / sizes))
    same = Network(network.W, network.b, network.b, network.psi)
    assert signal_alignment(same, e) == pytest.approx(1.0)
    assert np.isnan(signal_alignment(network, 0 * e))


def test_minibatches() -> None:
    batches = minibatches(7, 3, np.random.default_rng(0))
    epoch = np.concatenate([next(batches), next(batches)])
    assert len(set(epoch.tolist())) == 6


def images(n: int = 60, kind: type = np.float64) -> Images:
    """Two classes that a line separates."""
    rng = np.random.default_rng(5)
    X = rng.standard_normal((n, 3)).astype(kind)
    labels = (X[:, 0] > 0).astype(np.intp)
    return Images(X[:40], labels[:40], X[40:], labels[40:], 2, "two half-planes")


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_training_learns(kind: type) -> None:
    training = Training(0.1, p=50, steps=400, every=150, batch=10, step_size=0.1)
    found = training.run(images(kind=kind), np.random.default_rng(0))
    assert training.recorded == [0, 150, 300, 400]
    assert all(len(values) == 4 for values in found.values())
    assert found["accuracy"][-1] >= 0.8
    assert found["alignment"][-1] > found["alignment"][0] + 0.3
    assert found["signals"][-1] > found["signals"][0] + 0.3
    assert found["loss"][-1] < found["loss"][0]


def test_a_network_that_diverges_is_no_number() -> None:
    found = Training(0.0, p=5, steps=40, every=20, batch=10, step_size=1e200).run(images(), np.random.default_rng(0))
    assert not np.isnan(found["loss"][0])
    assert all(np.isnan(values[-1]) for values in found.values())


def test_what_is_refused() -> None:
    for wrong, words in (
        ({"lam": -1.0}, "lam ≥ 0"),
        ({"lam": 0.0, "p": 0}, "p ≥ 1"),
        ({"lam": 0.0, "step_size": 0.0}, "step size > 0"),
    ):
        with pytest.raises(InputError, match=words):
            Training(**wrong)
    there = images()
    with pytest.raises(InputError, match="do not match"):
        Images(there.X, there.labels[:-1], there.X_test, there.labels_test, 2, "")
    with pytest.raises(InputError, match="exceeds the 40 training images"):
        Training(0.0, batch=41).run(there, np.random.default_rng(0))
    with pytest.raises(InputError, match="cannot be split"):
        split(np.zeros((2, 1)), np.zeros(2), test=0.1, rng=np.random.default_rng(0))


# folders


def idx_bytes(A: np.ndarray) -> bytes:
    return struct.pack(f">BBBB{A.ndim}I", 0, 0, 8, A.ndim, *A.shape) + A.astype(np.uint8).tobytes()


def write(folder: Path, part: str, n: int, *, side: int = 4, zipped: bool = False, labels: int | None = None) -> None:
    rng = np.random.default_rng(n)
    for what, A in (
        ("images-idx3", rng.integers(256, size=(n, side, side))),
        ("labels-idx1", np.arange(n if labels is None else labels) % 10),
    ):
        data, path = idx_bytes(A), folder / f"{part}-{what}-ubyte"
        if zipped:
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(data))
        else:
            path.write_bytes(data)


def test_a_folder_with_both(tmp_path: Path) -> None:
    write(tmp_path, "train", 30, zipped=True)
    write(tmp_path, "t10k", 20)
    found = mnist.from_folder(tmp_path)
    assert (found.X.shape, found.X_test.shape, found.classes) == ((30, 16), (20, 16), 10)
    assert found.labels_test.tolist() == [i % 10 for i in range(20)]
    pixels = np.random.default_rng(30).integers(256, size=(30, 16))
    assert np.allclose(found.X, (pixels / 255 - 0.1307) / 0.3081, atol=1e-5)
    assert "split" not in found.provenance


@pytest.mark.parametrize(("part", "missing"), [("t10k", "train"), ("train", "t10k")])
def test_one_set_alone_is_split(tmp_path: Path, part: str, missing: str) -> None:
    write(tmp_path, part, 60)
    found, again = mnist.from_folder(tmp_path), mnist.from_folder(tmp_path)
    assert (len(found.X), len(found.X_test)) == (50, 10)
    assert f"no {missing} files, so its {part} images are split: 50 for training, 10 for testing" in found.provenance
    assert mnist.digest(found) == mnist.digest(again)
    rows = {row.tobytes() for row in np.concatenate([found.X, found.X_test])}
    assert len(rows) == 60  # no image is in both


def damage(folder: Path, how: str) -> None:
    images = folder / "t10k-images-idx3-ubyte.gz"
    match how:
        case "no images":
            images.unlink()
        case "no labels":
            (folder / "t10k-labels-idx1-ubyte.gz").unlink()
        case "counts":
            write(folder, "t10k", 60, zipped=True, labels=59)
        case "truncated":
            images.write_bytes(images.read_bytes()[:-40])
        case "magic":
            images.write_bytes(gzip.compress(b"\x01\x02\x08\x03" + bytes(100)))
        case "pixels":
            write(folder, "train", 12, side=3)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("no images", "has no images: expected train-images-idx3-ubyte"),
        ("no labels", "no labels file"),
        ("counts", "59 labels but .* 60 images"),
        ("truncated", "cannot be read"),
        ("magic", "begins with 01 02 08 03"),
        ("pixels", "9 and 16 pixels"),
    ],
)
def test_bad_folders(
    tmp_path: Path, how: str, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "t10k", 60, zipped=True)
    damage(tmp_path, how)
    with pytest.raises(InputError, match=words):
        mnist.from_folder(tmp_path)
    words_of = ["fa-theory", "simulate", "song2021-mnist", "--data", str(tmp_path), "--out", str(tmp_path / "out")]
    monkeypatch.setattr("sys.argv", words_of)
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    assert capsys.readouterr().err.startswith("fa-theory: ")


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a folder"):
        mnist.from_folder(tmp_path / "nowhere")


# the commands


def simulate(command: str, out: Path, *more: str) -> list[dict[str, Any]]:
    sizes = ["--width", "20", "--batch", "10", "--jobs", "1", "--out", str(out)]
    app(["simulate", command, *sizes, *more], standalone_mode=False)
    rows: list[dict[str, Any]] = json.loads((out / f"{command}.json").read_text())
    return rows


def test_mnist(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "t10k", 60)
    options = ("--data", str(tmp_path), "--steps", "12", "--repeats", "2", "--lam", "0,0.3")
    rows = simulate("song2021-mnist", tmp_path / "out", *options)
    assert [(row["lam"], row["rule"], row["p"], row["batch"], row["repeats"]) for row in rows] == [
        (lam, rule, 20, 10, 2) for lam in (0.0, 0.3) for rule in ("fa", "bp")
    ]
    for name in ("alignment", "signals", "accuracy", "loss"):
        assert len(rows[0][name]["mean"]) == len(rows[0][name]["sd"]) == len(rows[0]["steps"]) == 13
        assert len({row[name]["mean"][0] for row in rows}) == 1  # they begin alike
    printed = capsys.readouterr()
    assert "are split" in printed.err
    assert "are split" in printed.out
    for suffix in ("pdf", "svg"):
        assert (tmp_path / "out" / f"song2021-mnist.{suffix}").stat().st_size > 1000


def test_other_data_are_not_resumed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    original = Mnist.work

    def train(job: ImageJob, out: Path) -> dict[str, Any]:
        if job.training.lam:
            raise RuntimeError("power cut")
        return original(job, out)

    options = ("--data", str(tmp_path), "--steps", "2", "--lam", "0,0.3", "--no-bp")
    write(tmp_path, "t10k", 60)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Mnist, "work", staticmethod(train))
        with pytest.raises(RuntimeError, match="power cut"):
            simulate("song2021-mnist", tmp_path / "out", *options)
    write(tmp_path, "t10k", 72)
    mnist.images.cache_clear()
    simulate("song2021-mnist", tmp_path / "out", *options)
    assert "resuming" not in capsys.readouterr().err
    write(tmp_path, "t10k", 60)
    mnist.images.cache_clear()
    simulate("song2021-mnist", tmp_path / "out", *options)
    assert "resuming: 1 of 2" in capsys.readouterr().err


def test_digits(tmp_path: Path) -> None:
    rows = simulate(
        "song2021-digits", tmp_path, "--steps", "400", "--lam", "0.1", "--repeats", "1", "--step-size", "0.1"
    )
    assert [row["rule"] for row in rows] == ["fa", "bp"]
    assert all(row["accuracy"]["mean"][-1] > 0.5 for row in rows)
    assert all(row["accuracy"]["sd"][-1] is None for row in rows)
    ours, theirs = (row["alignment"]["mean"][-1] for row in rows)
    assert ours > theirs + 0.1  # under backpropagation b plays no part
