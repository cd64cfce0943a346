"""The simulations of a paper: the dynamics, the stopping rule, and the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fa_theory.cli import app
from fa_theory.cli.simulate import alignment as command
from fa_theory.cli.simulate import drawing
from fa_theory.errors import InputError
from fa_theory.model.network import alignment
from fa_theory.model.schedules import Schedule
from fa_theory.proofs.song2021.experiments import networks as song2021
from fa_theory.proofs.song2021.experiments.networks import STEP_SIZES, AlignmentCell
from fa_theory.simulation.run import run


def in_weight_space(cell: AlignmentCell, rng: np.random.Generator) -> float:
    """The same network stepped in weight space."""
    p = cell.p
    problem = cell.problem(rng)
    before, least = np.inf, song2021.least_steps(p)
    states = run(problem.network, problem.X, problem.y, eta=cell.eta, schedule=Schedule.constant(cell.lam_here))
    for t, (state, e) in enumerate(states):
        if t >= least and (t - least) % 1000 == 0:
            loss = float(np.mean(e**2))
            if abs(before - loss) < 1e-3:
                return float(alignment(state.b, state.beta))
            before = loss
    raise AssertionError


@pytest.mark.parametrize("name", ["tanh", "sigmoid"])
def test_sample_space_agrees_with_weight_space(name: str) -> None:
    cell = AlignmentCell(name, 0.1, 3)
    found = cell.alignments([np.random.default_rng(1)])[0]
    assert found == pytest.approx(in_weight_space(cell, np.random.default_rng(1)), abs=1e-8)


def test_a_block_is_its_networks() -> None:
    cell = AlignmentCell("linear", 0.3, 2)
    together = cell.alignments([np.random.default_rng(i) for i in range(3)])
    alone = [cell.alignments([np.random.default_rng(i)])[0] for i in range(3)]
    assert together == pytest.approx(alone, abs=1e-9)


def test_regularised_linear_networks_align_as_published() -> None:
    cell = AlignmentCell("linear", 0.3, 200)
    found = cell.alignments([np.random.default_rng(i) for i in range(5)])
    assert abs(np.mean(found) - 0.867) < 4 * np.std(found, ddof=1) / np.sqrt(5)


def test_a_network_that_diverges_is_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("linear", "relu"):
        monkeypatch.setitem(STEP_SIZES, name, 1e3)
        assert np.isnan(AlignmentCell(name, 0.0, 5).alignments([np.random.default_rng(0)])[0])


@pytest.mark.parametrize("name", ["linear", "tanh"])
def test_a_network_that_never_settles_is_given_up(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(song2021, "CHANGE", 0.0)
    monkeypatch.setattr(song2021, "PATIENCE", 2)
    assert np.isnan(AlignmentCell(name, 0.3, 2).alignments([np.random.default_rng(0)])[0])


def test_what_is_refused() -> None:
    for wrong, words in ((("erf", 0.0, 1), "'erf'"), (("relu", -1.0, 1), "lam ≥ 0"), (("relu", 0.0, 0), "width ≥ 1")):
        with pytest.raises(InputError, match=words):
            AlignmentCell(*wrong)


# the command


def simulate(out: Path, *more: str) -> None:
    arguments = ["simulate", "song2021-alignment", "--activation", "linear", "--out", str(out), "--jobs", "1", *more]
    app(arguments, standalone_mode=False)


def test_the_command_writes_the_means(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "found.json"
    simulate(tmp_path, "--widths", "1,200", "--lam", "0.3", "--repeats", "2", "--json", str(file))
    rows = json.loads(file.read_text())
    assert [(row["activation"], row["lam"], row["p"], row["repeats"]) for row in rows] == [
        ("linear", 0.3, 1, 2),
        ("linear", 0.3, 200, 2),
    ]
    assert all(set(row) == {"activation", "lam", "p", "mean", "sd", "repeats"} for row in rows)
    assert json.loads((tmp_path / "song2021-alignment-linear.json").read_text()) == rows
    printed = capsys.readouterr().out
    assert "0.867" in printed
    assert f"{command.z_score(rows[1]):+.2f}" in printed
    assert command.z_score(rows[0]) is None
    for suffix, begins in (("pdf", b"%PDF"), ("svg", b"<?xml")):
        assert (tmp_path / f"song2021-alignment-linear.{suffix}").read_bytes().startswith(begins)


def test_a_stopped_command_resumes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ("--widths", "2,3", "--lam", "0", "--repeats", "12")
    block, ran = command._block, []

    def stopping(job: command.Job) -> dict[str, Any]:
        if len(ran) == 3:
            raise RuntimeError("power cut")
        ran.append(job)
        return block(job)

    monkeypatch.setattr(command, "_block", stopping)
    with pytest.raises(RuntimeError, match="power cut"):
        simulate(tmp_path, *options)
    assert not (tmp_path / "song2021-alignment-linear.json").exists()
    again: list[command.Job] = []
    monkeypatch.setattr(command, "_block", lambda job: again.append(job) or block(job))
    simulate(tmp_path, *options)
    assert len(again) == 1
    assert again[0] not in ran
    resumed = (tmp_path / "song2021-alignment-linear.json").read_bytes()
    monkeypatch.setattr(command, "_block", block)
    simulate(tmp_path / "other", *options)
    assert (tmp_path / "other" / "song2021-alignment-linear.json").read_bytes() == resumed


@pytest.mark.parametrize(
    ("options", "words"),
    [(("--widths", "2x"), "got '2x'"), (("--lam", "nan"), "lam ≥ 0"), (("--widths", "0"), "width ≥ 1")],
)
def test_wrong_options(tmp_path: Path, options: tuple[str, ...], words: str) -> None:
    with pytest.raises(InputError, match=words):
        simulate(tmp_path, *options)


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Exception, match="choose another"):
        simulate(tmp_path / "file" / "below", "--widths", "1", "--repeats", "1", "--lam", "0")


def test_networks_that_diverged_are_left_out() -> None:
    row = command._row(AlignmentCell("relu", 0.0, 5), [0.5, None, 0.7])
    assert row["repeats"] == 2
    assert row["mean"] == pytest.approx(0.6)
    assert command._row(AlignmentCell("relu", 0.0, 5), [None])["mean"] is None


def test_the_same_figure_has_the_same_bytes(tmp_path: Path) -> None:
    rows = [{"activation": "linear", "lam": 0.3, "p": p, "mean": 0.8, "sd": 0.1, "repeats": 2} for p in (200, 400)]
    first, second = (command._draw(rows, tmp_path / name) for name in ("a", "b"))
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()
    assert "published" in first[1].read_text()  # matplotlib keeps texts as comments


def test_a_figure_of_networks_that_all_diverged(tmp_path: Path) -> None:
    row = {"activation": "relu", "lam": 0.0, "p": 200, "mean": None, "sd": None, "repeats": 0}
    assert command._draw([row], tmp_path / "empty")[0].is_file()


def test_gaps_and_what_is_not_defined_leave_a_curve() -> None:
    found = drawing.curve("x", [1, 2, 3], [0.5, None, float("nan")], [0.1, None, None])
    assert (found.x, found.low, found.high) == ([1.0], [0.4], [0.6])
    assert drawing.curve("x", [1], [0.5]).low is None
