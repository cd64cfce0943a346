"""``song2021-alignment``: one cell of the table, and the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fa_theory.cli import app
from fa_theory.errors import InputError
from fa_theory.figures import draw
from fa_theory.model.rules import RULES, Rule
from fa_theory.proofs.song2021.experiments import alignment, networks
from fa_theory.proofs.song2021.experiments.alignment import Alignment, AlignmentBlock
from fa_theory.proofs.song2021.experiments.networks import STEP_SIZES, AlignmentCell
from fa_theory.proofs.song2021.experiments.published import LAMBDAS, WIDTHS, published


@pytest.mark.parametrize("cell", [AlignmentCell("linear", 0.3, 2), AlignmentCell("tanh", 0.002, 3)])
def test_a_block_is_its_networks(cell: AlignmentCell) -> None:
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
    monkeypatch.setattr(networks, "CHANGE", 0.0)
    monkeypatch.setattr(networks, "PATIENCE", 2)
    assert np.isnan(AlignmentCell(name, 0.3, 2).alignments([np.random.default_rng(0)])[0])


def test_what_is_refused() -> None:
    for wrong, words in ((("erf", 0.0, 1), "'erf'"), (("relu", -1.0, 1), "lam ≥ 0"), (("relu", 0.0, 0), "width ≥ 1")):
        with pytest.raises(InputError, match=words):
            AlignmentCell(*wrong)


# the experiment


def test_every_activation_has_its_own_regularisations() -> None:
    for activation, grid in LAMBDAS.items():
        experiment = Alignment(activation=activation)
        assert tuple(dict.fromkeys(cell.lam for cell in experiment.cells())) == grid
        assert (
            tuple(dict.fromkeys(cell.p for cell in experiment.cells())) == WIDTHS == tuple(200 * 2**k for k in range(7))
        )
    assert Alignment(activation="tanh", lam=(0.1,)).cells()[0] == AlignmentCell("tanh", 0.1, 200)


def test_networks_that_diverged_are_left_out() -> None:
    row = alignment.row(AlignmentCell("relu", 0.0, 5), [0.5, None, 0.7])
    assert row["repeats"] == 2
    assert row["mean"] == pytest.approx(0.6)
    assert alignment.row(AlignmentCell("relu", 0.0, 5), [None])["mean"] is None


def test_z_scores() -> None:
    row = alignment.row(AlignmentCell("linear", 0.3, 200), [0.8, 0.9])
    assert row["published"] == published("linear", 0.3, 200) == 0.867
    assert row["z"] == pytest.approx((0.85 - 0.867) / (0.1 / np.sqrt(2) * np.sqrt(1 / 2 + 1 / 50)))
    assert alignment.row(AlignmentCell("linear", 0.3, 200), [0.8])["z"] is None
    assert alignment.row(AlignmentCell("linear", 0.3, 201), [0.8, 0.9])["z"] is None


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
    assert all(
        set(row) == {"activation", "rule", "lam", "p", "mean", "sd", "repeats", "published", "z"} for row in rows
    )
    assert json.loads((tmp_path / "song2021-alignment-linear.json").read_text()) == rows
    printed = capsys.readouterr().out
    assert "0.867" in printed
    assert f"{rows[1]['z']:+.2f}" in printed
    assert rows[0]["z"] is None
    for suffix, begins in (("pdf", b"%PDF"), ("svg", b"<?xml")):
        assert (tmp_path / f"song2021-alignment-linear.{suffix}").read_bytes().startswith(begins)


@pytest.mark.parametrize("rule", [rule.name for rule in RULES.values() if rule.entrywise])
def test_every_rule_of_the_engine_can_be_asked_for(
    rule: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    simulate(tmp_path, "--rule", rule, "--widths", "3", "--lam", "0.3", "--repeats", "2")
    (stem,) = {file.stem for file in tmp_path.glob("*.json")}
    assert stem == ("song2021-alignment-linear" if rule == "fa" else f"song2021-alignment-linear-{rule}")
    (row,) = json.loads((tmp_path / f"{stem}.json").read_text())
    assert (row["rule"], row["repeats"]) == (rule, 2)
    assert (f"rule {rule}" in capsys.readouterr().out) is (rule != "fa")


def test_rules_that_are_the_same_here_give_the_same_and_others_do_not() -> None:
    found = {
        rule: AlignmentCell("linear", 0.3, 3, rule).alignments([np.random.default_rng(0)])[0]
        for rule in (Rule.FA, Rule.DFA, Rule.BP, Rule.KOLEN_POLLACK)
    }
    assert found[Rule.FA] == found[Rule.DFA]
    assert len({round(value, 3) for value in found.values()}) == 3
    assert found[Rule.KOLEN_POLLACK] > 0.99  # β − b shrinks at every step


def test_means_are_published_of_feedback_alignment_only() -> None:
    row = alignment.row(AlignmentCell("linear", 0.3, 200, Rule.BP), [0.8, 0.9])
    assert row["published"] is None
    assert row["z"] is None


def test_a_rule_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InputError, match="unknown rule 'nonsense'; choose one of fa, dfa, bp"):
        Alignment(activation="linear", rule="nonsense")


def test_a_stopped_command_resumes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ("--widths", "2,3", "--lam", "0", "--repeats", "12")
    work, ran = Alignment.work, []

    def stopping(job: AlignmentBlock, out: Path) -> dict[str, Any]:
        if len(ran) == 3:
            raise RuntimeError("power cut")
        ran.append(job)
        return work(job, out)

    monkeypatch.setattr(Alignment, "work", staticmethod(stopping))
    with pytest.raises(RuntimeError, match="power cut"):
        simulate(tmp_path, *options)
    assert not (tmp_path / "song2021-alignment-linear.json").exists()
    again: list[AlignmentBlock] = []
    monkeypatch.setattr(Alignment, "work", staticmethod(lambda job, out: again.append(job) or work(job, out)))
    simulate(tmp_path, *options)
    assert len(again) == 1
    assert again[0] not in ran
    resumed = (tmp_path / "song2021-alignment-linear.json").read_bytes()
    monkeypatch.setattr(Alignment, "work", staticmethod(work))
    simulate(tmp_path / "other", *options)
    assert (tmp_path / "other" / "song2021-alignment-linear.json").read_bytes() == resumed


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Exception, match="choose another"):
        simulate(tmp_path / "file" / "below", "--widths", "1", "--repeats", "1", "--lam", "0")


@pytest.mark.parametrize("mean", [0.8, None])
def test_the_figure(mean: float | None) -> None:
    rows = [
        alignment.row(AlignmentCell("linear", 0.3, p), [] if mean is None else [mean, mean + 0.1]) for p in (200, 400)
    ]
    figure = alignment.figure(rows, "linear networks")
    assert "published" in figure.caption
    assert draw.pdf(draw.draw(figure)).startswith(b"%PDF")
