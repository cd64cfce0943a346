"""What ``fa-theory check`` keeps in ``conjectures.json``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from fa_theory.claims.result import ResultDocument, read


def conjecture(name: str) -> str:
    return (
        "from fa_theory.conjectures import *\n"
        "@conjecture(Domain(n=2, d=2, p=4, eta=0.1))\n"
        f"def {name}(run):\n    return run[0].loss >= 0\n"
    )


def check(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "fa_theory", "check", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (0, 3), done.stderr
    return done.stdout


def results(folder: Path) -> ResultDocument:
    return read(folder / "out" / "conjectures.json")


def test_conjectures_of_earlier_runs_stay(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        (tmp_path / f"{name}.py").write_text(conjecture(name))
    check(tmp_path, "one.py", "two.py", "--budget", "2")
    said = check(tmp_path, "three.py", "--budget", "2")
    assert "beside 2 other conjectures checked before" in said
    assert [c.id for c in results(tmp_path).claims] == ["one.one", "two.two", "three.three"]
    assert results(tmp_path).seconds == 2
    said = check(tmp_path, "two.py", "--budget", "2")
    assert "beside 2 other conjectures checked before" in said
    assert len(results(tmp_path).claims) == 3
    assert not list((tmp_path / "out").glob("conjectures-*.json"))


def test_another_budget_moves_the_earlier_results_aside(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text(conjecture(name))
    check(tmp_path, "one.py", "--budget", "2")
    before = (tmp_path / "out/conjectures.json").read_bytes()
    said = check(tmp_path, "two.py", "--budget", "1")
    (aside,) = (tmp_path / "out").glob("conjectures-*.json")
    assert aside.read_bytes() == before
    assert f"they are kept in out/{aside.name}" in said


def test_files_of_one_name_in_two_folders_have_ids_of_their_own(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mine.py").write_text(conjecture("one"))
    check(tmp_path, "a/mine.py", "b/mine.py", "--budget", "2")
    assert [c.id for c in results(tmp_path).claims] == ["a.mine.one", "b.mine.one"]
    assert [c.provenance.target for c in results(tmp_path).claims] == ["a/mine.py::one", "b/mine.py::one"]
