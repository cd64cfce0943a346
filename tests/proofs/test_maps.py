"""Lufkin 2022: maps of images, of a hand and of words, how their order is measured, and the commands."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from fa_theory.cli import app
from fa_theory.errors import InputError
from fa_theory.proofs.lufkin2022 import words
from fa_theory.proofs.lufkin2022.energy import Coder
from fa_theory.proofs.lufkin2022.experiments.hand import HandMaps
from fa_theory.proofs.lufkin2022.experiments.words import WordMaps
from fa_theory.proofs.lufkin2022.lattice import LateralKernel
from fa_theory.proofs.lufkin2022.maps import MapPlan, TopographicMap, lateral
from fa_theory.proofs.lufkin2022.orientation import SMALL, seen
from fa_theory.proofs.lufkin2022.patches import noise, patches, photographs, whitened
from fa_theory.proofs.lufkin2022.topography import (
    alike,
    angle,
    correlations,
    neighbours,
    orientations,
    permutation_test,
    pinwheels,
)
from fa_theory.proofs.lufkin2022.touch import FINGERS, Hand, Reorganisation, reorganised


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_lateral_coupling_is_the_kernel_between_neurons() -> None:
    kernel = LateralKernel(near=1.0, far=2.0)
    L = lateral(kernel, 6, 2.0)
    assert np.allclose(L, L.T)
    assert np.linalg.eigvalsh(L.astype(float)).min() == pytest.approx(-2, abs=1e-5)
    assert L[0, 1] == pytest.approx(L[7, 8])


def test_inference_is_the_proximal_step_of_the_energy() -> None:
    found = TopographicMap(MapPlan(side=4), 9, rng())
    found.couple(1.0)
    X = rng(1).standard_normal((1, 9))
    coder = Coder(found.Phi.astype(float), found.L.astype(float), found.thresholds.astype(float), signed=False)
    found.infer(X)  # the bound on the curvature is found by iteration
    energies = [float(coder.energy(X[0], found.infer(X, steps)[:, 0].astype(float))) for steps in range(1, 40, 3)]
    assert np.all(np.diff(energies) < 1e-6)


def test_receptive_fields_keep_their_norm_and_thresholds_their_mean() -> None:
    found = TopographicMap(MapPlan(side=4, batch=10), 9, rng())
    for _ in range(3):
        found.learn(noise(rng(), 10, 3))
    assert np.allclose(np.linalg.norm(found.Phi, axis=0), 1, atol=1e-5)
    assert found.thresholds.mean() == pytest.approx(0.1, rel=1e-4)


def test_photographs_are_whitened() -> None:
    picture = photographs()[0]
    assert picture.std() == pytest.approx(1)
    power = np.abs(np.fft.fft2(picture)) ** 2
    f = np.hypot(np.fft.fftfreq(picture.shape[0])[:, None], np.fft.fftfreq(picture.shape[1]))
    low, high = (power[(f > a) & (f < b)].mean() for a, b in ((0.02, 0.06), (0.1, 0.14)))
    assert 0.2 < high / low < 5
    assert whitened(np.eye(8)).shape == (8, 8)


def test_patches_have_mean_0() -> None:
    found = patches(rng(), 20, 6)
    assert np.allclose(found.mean(axis=1), 0)
    assert np.linalg.norm(found, axis=1).max() == pytest.approx(1)


@pytest.mark.parametrize("turns", range(8))
def test_orientations_of_gratings(turns: int) -> None:
    size, theta = 12, np.pi * turns / 8
    row, column = np.mgrid[:size, :size]
    field = np.cos(2 * np.pi / 4 * (np.cos(theta) * row + np.sin(theta) * column) + 0.3)
    found = orientations(field.reshape(-1, 1), size)
    gap = (angle(found)[0] - ((theta / np.pi) % 1)) % 1
    assert min(gap, 1 - gap) < 0.03
    assert abs(found[0]) > 0.6


def test_pinwheels_of_a_vortex_pair() -> None:
    row, column = np.mgrid[:8, :8]
    phase = np.arctan2(row - 2.5, column - 1.5) - np.arctan2(row - 2.5, column - 5.5)
    found = pinwheels(np.exp(1j * phase).ravel(), 8)
    assert (1.5, 2.5, 1) in found
    assert (5.5, 2.5, -1) in found
    assert sum(sign for *_, sign in found) == 0


def test_the_permutation_test_sees_order_and_none_in_noise() -> None:
    side = 8
    smooth = np.exp(2j * np.pi * (np.arange(side * side) // side) / side)
    assert permutation_test(alike(smooth), side, rng()).p == pytest.approx(1 / 200)
    random = rng(3).standard_normal((20, side * side))
    assert permutation_test(correlations(random), side, rng()).p > 0.01
    assert neighbours(np.ones((16, 16)), 4) == 1


def test_photographs_make_an_orientation_map() -> None:
    found = seen(SMALL, rng())
    order = permutation_test(correlations(found.Phi), SMALL.side, rng())
    assert order.p < 0.01
    assert order.similarity > 0.3


def test_touches_are_on_one_finger_or_on_two_neighbours() -> None:
    hand = Hand(joint=0.5)
    found = hand.touches(rng(), 300).reshape(300, len(FINGERS), -1).max(axis=2) > 0
    assert set(found.sum(axis=1)) == {1, 2}
    for touched in found[found.sum(axis=1) == 2]:
        assert np.diff(np.flatnonzero(touched)) == 1
    with pytest.raises(InputError, match="a finger from 0 to 4 but got 7"):
        hand.touches(rng(), 1, 7)


def test_half_times_are_interpolated() -> None:
    shares = np.array([[0.4, 0.6], [0.3, 0.7], [0.1, 0.9]])
    found = Reorganisation(np.array([0, 10, 20]), shares, np.array([0, 0, 1]), np.array([1, 0, 1]))
    assert found.half_time(0) == pytest.approx(15)
    assert found.half_time(1) is None
    assert found.lost(0) == pytest.approx(0.75)
    assert found.taken_by_neighbours(0) == 1
    assert found.taken_by_neighbours(1) is None


def test_a_silent_finger_loses_its_territory() -> None:
    found = reorganised(MapPlan(side=8, steps=60, batch=40, inference=15), Hand(), rng(), silent=2, steps=100)
    assert found.lost(2) > 0.5
    assert np.allclose(found.shares.sum(axis=1), 1)


def text(count: int = 30_000) -> words.Corpus:
    """Sentences about two topics, whose words occur together."""
    drawn = rng()
    topics = drawn.integers(2, size=count // 10)
    names = [[f"{'ab'[topic]}{chr(97 + k // 26)}{chr(97 + k % 26)}" for k in range(160)] for topic in (0, 1)]
    found = [names[t][k] for t in topics for k in drawn.integers(160, size=10)]
    return words.Corpus(tuple(found), "two topics")


def test_words_of_a_topic_stand_together() -> None:
    known = words.vectors(text(), skipped=0)
    found = words.word_map(MapPlan(side=6, steps=60, batch=50, inference=15), known, rng())
    at = words.places(found, known)
    order = words.meaning(at, known, 6, rng())
    assert order.p <= 0.01
    word = known.vocabulary[0]
    near = words.nearest(word, at, known, 6)
    assert sum(other[0] == word[0] for other in near) >= 5
    assert len(words.titles(found, known)) == 36
    with pytest.raises(InputError, match="no word 'zebra'"):
        words.nearest("zebra", at, known, 6)


def test_distances_go_round_the_torus() -> None:
    at = np.array([[0, 0], [5, 5], [3, 0]])
    assert words.distances(at, 6).tolist() == [[0, 1, 3], [1, 0, 2], [3, 2, 0]]


def test_texts_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="cannot be read as UTF-8"):
        words.from_file(tmp_path / "missing")
    short = tmp_path / "short.txt"
    short.write_text("few words")
    with pytest.raises(InputError, match="only 0 words occur 5 times"):
        words.vectors(words.from_file(short))
    monkeypatch.setattr(words.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="gensim is not installed"):
        words.lee_background()
    monkeypatch.setitem(sys.modules, "pydoc_data.topics", None)
    with pytest.raises(InputError, match="no pydoc_data"):
        words.python_reference()


def test_the_lee_corpus_is_read_from_an_installed_gensim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "gensim"
    data = package / "test" / "test_data"
    data.mkdir(parents=True)
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InputError, match=r"lee_background\.cor is not part"):
        words.lee_background()
    (data / "lee_background.cor").write_text("Hundreds of people have been forced to leave")
    assert words.lee_background().words[:2] == ("hundreds", "people")


SMALL_RUNS = {
    "images": "--side 5 --size 5 --steps 6 --batch 8 --repeats 2",
    "hand": "--side 5 --steps 4 --every 2 --batch 8 --rates 2,8 --repeats 2",
    "words": "--side 5 --steps 6 --vocabulary 220 --repeats 2 --shown 3",
}


@pytest.mark.parametrize("name", SMALL_RUNS)
def test_commands_write_tables_and_figures(name: str, tmp_path: Path) -> None:
    found, out = tmp_path / "found.json", tmp_path / "out"
    where = ["--out", str(out), "--json", str(found), "--jobs", "1"]
    app(["simulate", f"lufkin2022-{name}", *SMALL_RUNS[name].split(), *where], standalone_mode=False)
    assert json.loads(found.read_text())
    assert (out / f"lufkin2022-{name}.svg").stat().st_size > 5000


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: MapPlan(side=2), "a side ≥ 4"),
        (lambda: HandMaps(finger=5), "a --finger from 0 to 4 but got 5"),
        (lambda: HandMaps(steps=15, every=10), "--every to divide --steps but got 10 and 15"),
        (lambda: HandMaps(rates=(0.0,)), "positive, finite --rates but got 0.0"),
        (lambda: WordMaps(corpus=Path("nowhere.txt")), r"nowhere.txt is not a file"),
        (lambda: WordMaps(vocabulary=10), "vocabulary ≥ 200"),
    ],
)
def test_bad_options_are_refused(made: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        made()  # type: ignore[operator]
