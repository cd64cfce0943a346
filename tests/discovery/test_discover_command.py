"""``fa-theory discover``: what it prints, its files, and its errors in one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fa_theory.checker.recheck import recheck_file
from fa_theory.cli import app

RUN = CliRunner()


def test_what_is_found_is_printed_with_a_proof_and_the_bound(tmp_path: Path) -> None:
    result = RUN.invoke(
        app, ["discover", "invariants", "bp", "--degree", "2", "--out", str(tmp_path), "--json", str(tmp_path / "x")]
    )
    assert result.exit_code == 0
    assert "  W1W1ᵀ − W2ᵀW2   for all r, r′" in result.stdout
    assert "at most 6 independent quantities" in result.stdout
    assert "Found: 6; the list is complete there" in result.stdout
    (entry,) = json.loads((tmp_path / "x").read_text())["found"]
    assert entry["quantity"] == "W1W1ᵀ − W2ᵀW2"
    assert recheck_file(entry["proofs"][0]).valid


def test_a_rule_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.txt"
    file.write_text("state w[d] v\ninput x[d] e\nw[k]' = - v e x[k]\nv' = - w[k] e x[k]\n")
    result = RUN.invoke(app, ["discover", "invariants", str(file), "--steps", "--degree", "2", "--out", str(tmp_path)])
    assert result.exit_code == 0
    assert "  nothing\n" in result.stdout
    assert "change: η² v² e² ‖x‖² − η² e² ⟨w, x⟩²" in result.stdout


def test_what_decreases_is_printed_with_its_derivative_and_its_change_by_a_step(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["discover", "monotone", "fa", "--steps", "--out", str(tmp_path)])
    assert result.exit_code == 0
    assert "  ½‖B2ᵀW2‖² − ⟨B2W1, T⟩\n    derivative: −‖EB2‖²\n" in result.stdout
    assert "a step changes it by: −η ‖EB2‖² + ½η² ‖B2ᵀEᵀXW1ᵀ‖²" in result.stdout
    assert len(list((tmp_path / "discoveries").iterdir())) == 3


def test_an_interrupted_search_keeps_what_it_has_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object, **more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("fa_theory.discovery.invariants.completeness_bound", interrupted)
    result = RUN.invoke(
        app, ["discover", "invariants", "bp", "--degree", "2", "--out", str(tmp_path), "--json", str(tmp_path / "x")]
    )
    assert result.exit_code != 0
    found = json.loads((tmp_path / "x").read_text())
    assert found["interrupted"]
    assert [each["quantity"] for each in found["found"]] == ["W1W1ᵀ − W2ᵀW2"]


def test_a_named_rule_is_printed_as_formulas() -> None:
    result = RUN.invoke(app, ["discover", "formulas", "dfa", "--layers", "3"])
    assert result.exit_code == 0
    assert "W1[r,k]' = - G1[i,r] X[i,k]" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["invariants", "nothing"], "no rule and no file is named 'nothing'; rules are bp, fa"),
        (["invariants", "fa", "--activation", "relu"], "unknown activation 'relu'; choose one of linear, homogeneous"),
        (["invariants", "BAD"], "line 2: v is not declared"),
        (["invariants", "BAD", "--layers", "3"], "is a file: write layers"),
        (["invariants", "fa", "--degree", "0"], "--degree"),
    ],
)
def test_bad_input_gives_one_line_and_code_2(arguments: list[str], message: str, tmp_path: Path) -> None:
    (tmp_path / "BAD").write_text("state w\nw' = v\n")
    code = "from fa_theory.cli import main; main()"
    environment = {**os.environ, "COLUMNS": "200"}
    answer = subprocess.run(
        [sys.executable, "-c", code, "discover", *arguments],
        capture_output=True, text=True, check=False, cwd=tmp_path, env=environment,
    )  # fmt: skip
    assert answer.returncode == 2
    assert message in answer.stderr
    assert "Traceback" not in answer.stderr
