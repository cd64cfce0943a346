"""Lufkin 2022: sheets of neurons, their thresholds, and the command that draws them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from fa_theory.cli import app
from fa_theory.errors import InputError
from fa_theory.proofs.lufkin2022.dynamics import moving, still
from fa_theory.proofs.lufkin2022.experiments.sheets import Sheets
from fa_theory.proofs.lufkin2022.lattice import LateralKernel
from fa_theory.proofs.lufkin2022.sheets import (
    Sheet,
    SpikingNeurons,
    activity,
    contrast,
    persistence,
    response,
    wave_number,
)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_the_response_has_slope_1_at_0() -> None:
    h = 1e-6
    assert response(np.array(0.0)) == 0
    assert (response(np.array(h)) - response(np.array(-h))) / (2 * h) == pytest.approx(1)


def test_small_activity_grows_as_the_linear_lattice_says() -> None:
    sheet = Sheet(1.5, side=12)
    frames = sheet.rates(rng(), 10.0, dt=0.01)
    symbols = 1.5 / LateralKernel().on_torus(12).max() * LateralKernel().on_torus(12)
    before, after = (np.fft.fft2(frame) for frame in (frames[0], frames[4]))
    mode = np.unravel_index(np.argmax(symbols), symbols.shape)
    assert abs(after[mode] / before[mode]) == pytest.approx(np.exp(4 * 0.5), rel=0.05)


@pytest.mark.parametrize(("gain", "forms"), [(0.9, False), (1.3, True)])
def test_bumps_form_above_the_threshold_only(gain: float, forms: bool) -> None:
    frames = Sheet(gain, side=20).rates(rng(), 60.0, dt=0.1)
    assert (contrast(frames) > 0.3) == forms
    assert not forms or still(frames)


def test_slow_inhibition_moves_activity() -> None:
    sheet = Sheet(1.5, b=1.0, side=20)
    assert sheet.onset() == pytest.approx(1.2)
    assert moving(sheet.rates(rng(), 80.0, dt=0.1))


def test_a_ring_is_a_torus_of_one_row() -> None:
    frames = Sheet(1.2, side=32, rows=1).rates(rng(), 2.0)
    assert frames.shape == (3, 1, 32)
    assert np.allclose(LateralKernel().on_ring(32), LateralKernel().on_torus(32, 1)[0])


def test_the_rate_without_noise_is_the_exact_one() -> None:
    found = SpikingNeurons(noise=0.0, dt=0.002).rate(rng(), 1.5, count=20, time=20.0)
    assert found == pytest.approx(1 / np.log(3), rel=0.05)


def test_spikes_below_and_above_the_threshold() -> None:
    neurons = SpikingNeurons(dt=0.04)
    noise, bumps = (neurons.run(Sheet(gain, side=20), rng(), 30.0) for gain in (0.7, 1.5))
    assert contrast(bumps) > 4 * contrast(noise)
    assert abs(persistence(noise, 5)) < 0.3 < persistence(bumps, 5)
    assert activity(noise) > 0


def test_the_wave_number_of_a_plane_wave() -> None:
    x = np.arange(24)
    frame = np.cos(2 * np.pi * (3 * x[:, None] + 4 * x) / 24)
    assert wave_number(frame) == pytest.approx(2 * np.pi * 5 / 24)


def test_the_command_writes_frames_and_figures(tmp_path: Path) -> None:
    found = tmp_path / "found.json"
    where = ["--out", str(tmp_path / "out"), "--json", str(found), "--jobs", "1"]
    app(
        ["simulate", "lufkin2022-sheets", "--side", "12", "--time", "16", "--repeats", "2", *where],
        standalone_mode=False,
    )
    rows = json.loads(found.read_text())
    assert [row["case"] for row in rows][:3] == ["below the threshold", "above the threshold", "slow inhibition"]
    assert {row["model"] for row in rows} == {"rates", "spiking"}
    assert (tmp_path / "out" / "lufkin2022-sheets.svg").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: Sheet(0.0), "a gain > 0"),
        (lambda: Sheet(1.0, side=2), "at least 4 neurons"),
        (lambda: Sheets(tau=0.0), "--tau to be positive and finite but got 0.0"),
        (lambda: Sheets(side=4), "side ≥ 8"),
        (lambda: Sheets(time=5000), "--time"),
    ],
)
def test_bad_options_are_refused(made: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        made()  # type: ignore[operator]
