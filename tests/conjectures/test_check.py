"""``fa-theory check`` and ``new`` as a user meets them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAD = "from fa_theory.conjectures import *\nD = Domain(n=2, d=2, p=4, eta=0.1)\n"


def fa_theory(*arguments: str | Path, at: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fa_theory.cli", *map(str, arguments)]
    return subprocess.run(command, cwd=at, capture_output=True, text=True, timeout=120, check=False)


def declared(body: str, name: str = "it") -> str:
    return f"@conjecture(D)\ndef {name}(run):\n    {body}\n"


def test_a_new_file_can_be_checked_at_once(tmp_path: Path) -> None:
    made = fa_theory("new", "error_never_grows", at=tmp_path)
    assert made.returncode == 0, made.stderr
    done = fa_theory("check", "error_never_grows.py", "--budget", 6, "--json", "o.json", at=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    (found,) = json.loads((tmp_path / "o.json").read_text())["conjectures"]
    assert found["verdict"] == "falsified"
    assert found["file"] == "error_never_grows.py"
    assert found["margin"] < 0
    assert (tmp_path / found["counterexample"]).is_file()
    again = fa_theory("recheck", found["counterexample"], at=tmp_path)
    assert again.returncode == 0, again.stdout + again.stderr


@pytest.mark.parametrize("name", ["two words", "class", "1st"])
def test_a_name_that_python_does_not_take_is_refused(tmp_path: Path, name: str) -> None:
    made = fa_theory("new", name, at=tmp_path)
    assert made.returncode == 2
    assert repr(name) in made.stderr


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("precious")
    assert fa_theory("new", "mine", at=tmp_path).returncode == 2
    assert (tmp_path / "mine.py").read_text() == "precious"


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        ("import nothing_here\n", 1, "ModuleNotFoundError"),
        ("x = (\n", 1, "SyntaxError"),
        ("\n1/0\n", 2, "ZeroDivisionError"),
        ("import sys\nsys.exit(0)\n", 2, "SystemExit"),
    ],
)
def test_a_file_that_does_not_import_is_named_with_its_line(tmp_path: Path, content: str, line: int, says: str) -> None:
    (tmp_path / "bad.py").write_text(content)
    done = fa_theory("check", "bad.py", at=tmp_path)
    assert done.returncode == 2
    assert f"bad.py:{line}" in done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("target", ["absent.py", "empty.py", "fine.py::other"])
def test_a_target_that_names_nothing_is_refused(tmp_path: Path, target: str) -> None:
    (tmp_path / "empty.py").write_text("x = 1\n")
    (tmp_path / "fine.py").write_text(HEAD + declared("return run[0].loss >= 0"))
    done = fa_theory("check", target, at=tmp_path)
    assert done.returncode == 2
    assert target.partition("::")[0] in done.stderr


def test_one_that_fails_does_not_keep_the_others_from_finishing(tmp_path: Path) -> None:
    bodies = {
        "crash": "return 1 / 0",
        "wrong": "return 'yes'",
        "dies": "import os; os._exit(3)",
        "chained": "return 0 <= run[0].loss <= 1",
        "nan": "return log(-1 - run[0].loss)",
        "fine": "return run[0].loss >= 0",
    }
    (tmp_path / "all.py").write_text(HEAD + "".join(declared(body, name) for name, body in bodies.items()))
    done = fa_theory("check", "all.py", "--budget", 2, "--json", "o.json", at=tmp_path)
    assert done.returncode == 2
    outcomes = {c["name"]: c for c in json.loads((tmp_path / "o.json").read_text())["conjectures"]}
    assert {name for name, outcome in outcomes.items() if outcome["verdict"] != "error"} == {"fine"}
    for name, line in (("crash", 5), ("wrong", 7), ("chained", 14), ("nan", 17)):
        why = outcomes[name]["why"]
        assert "all.py" in why, why
        assert str(line) in why or str(line - 1) in why, why
    assert "Traceback" not in done.stdout


def test_the_results_go_into_the_report(tmp_path: Path) -> None:
    (tmp_path / "fine.py").write_text(HEAD + declared("return run[0].loss >= 0"))
    assert fa_theory("check", "fine.py", "--budget", 2, at=tmp_path).returncode in (0, 3)
    done = fa_theory("report", "--from", "out/conjectures.json", "--format", "html", at=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "fine.it" in next((tmp_path / "out" / "report").glob("*.html")).read_text()


def test_pytest_takes_a_file_of_conjectures(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        HEAD + declared("return run[0].loss >= 0") + declared("return -run[0].loss", "bad")
    )
    command = [sys.executable, "-m", "pytest", "mine.py", "--fa-seconds", "4", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert "bad is falsified" in done.stdout
