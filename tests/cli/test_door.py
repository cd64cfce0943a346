"""Sizes, counts and contradictions are refused at the door: one line, exit code 2; and certify resumes."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fa_theory.cli import main
from fa_theory.conjectures.language.load import conjectures, settled
from fa_theory.errors import InputError
from fa_theory.work import sizes

BILLION, HUGE = "1000000000", "10000000000"


def fa_theory(*arguments: str | Path, at: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fa_theory.cli", *map(str, arguments)]
    return subprocess.run(command, cwd=at, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs a command that must be refused, in a folder of its own; its one line on the standard error."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["fa-theory", *arguments])
        with pytest.raises(SystemExit) as stop:
            main()
        said = capsys.readouterr()
        assert stop.value.code == 2, said
        assert not said.out
        (line,) = said.err.splitlines()
        assert line.startswith("fa-theory: ")
        return line

    return run


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("certify", "-n", BILLION), ("n = 1000000000", "GiB", "checker, 360")),
        (("certify", "-p", BILLION, "--late"), ("p = 1000000000", "GiB", "checker, 400,000")),
        (("certify", "-d", BILLION), ("d = 1000000000", "GiB", "checker, 4,000,000")),
        (("certify", "--outputs", BILLION), ("1000000000 outputs", "GiB", "checker, 360")),
        (("certify", "--trials", HUGE), ("--trials 10000000000", "limit of 100,000")),
        (("simulate", "song2021-alignment", "--activation", "tanh", "--widths", f"200,{HUGE}"), (HUGE, "GiB", "limit")),
        (("simulate", "song2021-alignment", "--activation", "relu", "--repeats", HUGE), ("--repeats", "limit of")),
        (("simulate", "song2021-loss", "--width", HUGE), (HUGE, "GiB", "limit")),
        (("simulate", "song2021-digits", "--width", HUGE), (HUGE, "GiB", "limit")),
        (("certify", "--cutoff", "60"), ("--cutoff 60", "--lam")),
    ],
)
def test_refused_in_one_line(arguments: tuple[str, ...], parts: tuple[str, ...], refused: Callable[..., str]) -> None:
    line = refused(*arguments)
    for part in parts:
        assert part in line


@pytest.mark.parametrize("grid", ["n = 1000000000\nd = 3\np = [10, 20]", "n = 3\nd = 3\np = [10, 1000000000000]"])
def test_a_sweep_is_refused_before_anything_is_drawn(grid: str, tmp_path: Path, refused: Callable[..., str]) -> None:
    head = 'steps = 9\nrepeats = 7\nfunctionals = ["final loss"]\n[grid]\nactivation = "tanh"\neta = 0.1\n'
    (tmp_path / "spec.toml").write_text(head + grid)
    line = refused("sweep", "spec.toml")
    for part in ("spec.toml", "000000000", "GiB", "limit"):
        assert part in line


@pytest.mark.parametrize(
    "arguments",
    [
        ("certify", "--lam", "0.2", "--lam", "0.5", "--cutoff", "9"),
        ("certify", "--seed", "1", "--seed", "1"),
        ("check", "mine.py", "--budget", "1", "--budget", "2"),
        ("verify", "--jobs", "1", "--jobs", "2"),
        ("simulate", "song2021-loss", "--certify", "--no-certify"),
        ("sweep", "spec.toml", "--out", "a", "--out", "b"),
    ],
)
def test_an_option_that_takes_one_value_is_given_once(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["fa-theory", *arguments])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    assert "was given twice; give it once" in " ".join(capsys.readouterr().err.split())


def test_an_option_that_takes_several_values_may_be_repeated(tmp_path: Path) -> None:
    done = fa_theory("sweep", "none.toml", "--export", "a.csv", "--export", "b.csv", at=tmp_path)
    assert "given" not in done.stderr


def test_the_limit_is_that_of_the_machine_and_never_more_than_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "memory", lambda: 2**30)
    sizes.check_memory("a network", 0.7 * 2**27)
    with pytest.raises(InputError, match=r"about 0\.8 GiB of memory, but the limit is 0\.8 GiB .* 75% of the 1\.0 GiB"):
        sizes.check_memory("a network", 0.76 * 2**27)
    monkeypatch.setattr(sizes, "memory", lambda: 2**50)
    with pytest.raises(InputError, match=r"the limit is 64\.0 GiB"):
        sizes.check_memory("a network", 65 * 2**27)


CERTIFY = ("certify", "-n", "4", "-p", "60", "-d", "6", "--max-steps", "400", "--seed", "5")


def test_a_killed_run_of_certify_resumes_and_nothing_is_computed_again(tmp_path: Path) -> None:
    arguments = (*CERTIFY, "--trials", "12", "--jobs", "2", "--json", "o.json")
    command = [sys.executable, "-m", "fa_theory.cli", *arguments]
    first = subprocess.Popen(
        command, cwd=tmp_path, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    ledger, deadline = tmp_path / "out" / "certify.sqlite", time.monotonic() + 100
    while count(ledger) < 3 and first.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    kept = count(ledger)
    assert kept >= 3
    before = {path: path.stat().st_mtime_ns for path in recorded(ledger)}
    again = fa_theory(*arguments, at=tmp_path)
    if kept < 12:
        assert f"resuming: {kept} of 12 networks already finished" in again.stderr
        assert {path: path.stat().st_mtime_ns for path in before} == before
    whole = tmp_path / "whole"
    whole.mkdir()
    fa_theory(*arguments, at=whole)
    assert json.loads((tmp_path / "o.json").read_text()) == json.loads((whole / "o.json").read_text())


def test_a_certificate_that_is_gone_is_made_again(tmp_path: Path) -> None:
    arguments = (*CERTIFY, "--trials", "2", "--jobs", "1")
    assert fa_theory(*arguments, at=tmp_path).returncode in (0, 3)
    ledger = tmp_path / "out" / "certify.sqlite"
    with sqlite3.connect(ledger) as database:
        database.execute("update run set finished = 0")
    missing = recorded(ledger)[0]
    missing.unlink()
    again = fa_theory(*arguments, at=tmp_path)
    assert "resuming: 1 of 2" in again.stderr
    assert missing.is_file()


def rows(ledger: Path) -> list[str]:
    if not ledger.is_file():
        return []
    try:
        with sqlite3.connect(ledger) as database:
            return [row[0] for row in database.execute("select content from record")]
    except sqlite3.OperationalError:  # not there yet
        return []


def count(ledger: Path) -> int:
    return len(rows(ledger))


def recorded(ledger: Path) -> list[Path]:
    """The certificates in a ledger."""
    found = [json.loads(row) for row in rows(ledger)]
    return [ledger.parents[1] / record["path"] for record in found if "path" in record]


@pytest.mark.parametrize("between", ["", "other = it\n"])
def test_two_conjectures_of_one_name_are_refused(between: str, tmp_path: Path) -> None:
    one = "@conjecture(Domain(n=1, d=1, p=1))\ndef it(run):\n    return run[0].loss >= 0\n"
    file = tmp_path / "mine.py"
    file.write_text(f"from fa_theory.conjectures import *\n{one}{between}{one}")
    lines = f"2 and {6 if between else 5}"
    with pytest.raises(InputError, match=rf"mine\.py declares the conjecture it twice, in lines {lines}"):
        conjectures(str(file))


@pytest.mark.parametrize(
    "body",
    [
        "C = random.random()\n@conjecture(D)\ndef it(run):\n    return run[0].loss >= -C\n",
        "@conjecture(D)\ndef it(run):\n    return run[0].loss >= -np.random.rand()\n",
        "@conjecture(D)\ndef it(run):\n    return run[0].loss >= -time.time()\n",
        "@conjecture(Domain(n=1, d=1, p=1, eta=random.uniform(0.1, 1)))\ndef it(run):\n    return run[0].loss >= 0\n",
        "@conjecture(D, assuming={'h': lambda run: run.eta > random.random()})\ndef it(run):\n    return run.eta\n",
    ],
)
def test_a_statement_with_a_random_number_in_it_is_refused(body: str, tmp_path: Path) -> None:
    head = "import random, time\nimport numpy as np\nfrom fa_theory.conjectures import *\nD = Domain(n=1, d=1, p=1)\n"
    file = tmp_path / "mine.py"
    file.write_text(head + body)
    with pytest.raises(InputError, match=r"mine\.py, line \d+: it changes each time it is built"):
        settled(f"{file}::it")


def test_a_generator_with_a_seed_is_fine(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "import numpy as np\nfrom fa_theory.conjectures import *\n@conjecture(Domain(n=1, d=1, p=1))\n"
        "def it(run):\n    return run[0].loss >= -np.random.default_rng(0).random()\n"
    )
    assert settled(f"{file}::it").name == "it"
