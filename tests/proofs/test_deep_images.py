"""Deep networks on images: the set-up of the claims and the command of Moskovitz et al. (2018)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from fa_theory.cli import app
from fa_theory.errors import InputError
from fa_theory.model.rules import Rule
from fa_theory.proofs.moskovitz2018.deep import DeepNet, convolutional
from fa_theory.proofs.moskovitz2018.experiments.depth import Depth

SMALL = "--steps 4 --every 2 --repeats 2 --step-sizes 0.003,0.001 --rule fa --rule bp --jobs 1"


@pytest.mark.parametrize("layers", ["convolutional", "dense --depth 2 --width 5"])
def test_the_command_writes_a_table_and_figures(layers: str, tmp_path: Path) -> None:
    found = tmp_path / "found.json"
    command = ["simulate", "moskovitz2018-depth", "--layers", *layers.split(), *SMALL.split()]
    app([*command, "--out", str(tmp_path / "out"), "--json", str(found)], standalone_mode=False)
    rows = json.loads(found.read_text())
    assert len(rows) == 4
    assert sum(row["best"] for row in rows) == 2
    assert all(row["signals"][0]["mean"] == pytest.approx(1) for row in rows if row["rule"] == "bp")
    assert list((tmp_path / "out").glob("*.svg"))


def test_rules_differ_in_their_feedback_only() -> None:
    first, second = (DeepNet("", (), rule, seed=3).problem() for rule in (Rule.FA, Rule.USF_STRICT))
    assert all(np.array_equal(A, B) for A, B in zip(first.network.weights.W, second.network.weights.W, strict=True))
    assert np.array_equal(first.X, second.X)


@pytest.mark.parametrize("side", [8, 28])
def test_convolutions_fit_the_images(side: int) -> None:
    image = (1, side, side)
    for layer in convolutional(side)[:3]:
        assert not isinstance(layer, int)
        image = layer.on(image).out
    assert min(image[1:]) >= 1


def test_bad_options_are_refused() -> None:
    with pytest.raises(InputError, match="--every to divide --steps but got 3 and 10"):
        Depth(steps=10, every=3)
    with pytest.raises(InputError, match="finite step sizes > 0 but got -1"):
        Depth(step_sizes=(-1.0,))
