"""Budgets count work: the same seed gives the same outcome on an idle machine and on a busy one."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from fa_theory.conjectures import (
    BestConstant,
    Conjecture,
    Domain,
    ForAll,
    Scales,
    WithProbability,
    conjecture,
    norm,
    smallest,
)
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.declare import Quantifier
from fa_theory.conjectures.settle.check import check
from fa_theory.conjectures.settle.outcome import ConjectureOutcome, ConjectureVerdict

FILE = """from fa_theory.conjectures import *
SMALL = Domain(n=(1, 6), d=(1, 6), p=(1, 40), activation=("tanh", "relu"), eta=(0.01, 1.0), steps=(1, 4))
RARE = {"aligned": lambda run: run[0].alignment >= 0.7, "small": lambda run: run[0].loss <= 2}

@conjecture(SMALL, assuming=RARE)
def alignment_stays(run):
    return run[-1].alignment >= 0.02

@conjecture(SMALL)
def survives(run):
    return run[0].loss - norm(run[0].error) ** 2 / 2 + 1e-3 * norm(run[-1].W) >= -1e-3

@conjecture(SMALL, quantifier=WithProbability(0.5))
def half_of_the_time(run):
    return run[-1].alignment >= 0

@conjecture(SMALL, quantifier=Scales(-0.5))
def exponent(run):
    return run[-1].alignment

@conjecture(Domain(n=(1, 3), d=(1, 3), p=(1, 9), eta=(0.01, 0.1)), quantifier=BestConstant())
def growth(run):
    return norm(run[1].error) / (1 + norm(run[0].error) ** 2 + norm(run[0].W) ** 3)
"""
TIMES = ("seconds", "first_violation_seconds")


@contextmanager
def burning(processes: int) -> Iterator[None]:
    """Processes that keep the machine busy."""
    burners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


def checked(out: Path, *, wait: float | None = None) -> dict[str, Any]:
    """The JSON of a check apart from its times; killed after ``wait`` seconds and run again if that is given."""
    file = out / "mine.py"
    file.write_text(FILE)
    command = [sys.executable, "-m", "fa_theory.cli", "check", "mine.py"]
    command += ["--budget", "1", "--seed", "3", "--jobs", "2", "--json", "o.json"]
    environment = os.environ | {"PYTHONHASHSEED": "random"}
    if wait is not None:
        first = subprocess.Popen(
            command, cwd=out, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(wait)
        first.send_signal(signal.SIGKILL)
        first.wait()
    done = subprocess.run(command, cwd=out, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode in (0, 1, 3), done.stdout + done.stderr
    found = json.loads((out / "o.json").read_text())
    assert not any("stopped by the clock" in c["why"] for c in found["conjectures"])
    for outcome in found["conjectures"]:
        for name in TIMES:
            del outcome[name]
    found["files"] = sorted(path.name for path in out.glob("out/*/*") if path.suffix in (".json", ".py"))
    return found


def test_idle_busy_or_killed_the_outcome_is_the_same(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("idle", "busy", "killed")]
    for folder in folders:
        folder.mkdir()
    idle = checked(folders[0])
    verdicts = {outcome["name"]: outcome["verdict"] for outcome in idle["conjectures"]}
    assert len(verdicts) == 5
    assert any(name.endswith(".json") for name in idle["files"]), verdicts
    assert all(outcome["work"] > 0 for outcome in idle["conjectures"])
    with burning(2):
        assert checked(folders[1]) == idle
    assert checked(folders[2], wait=4.0) == idle


DOMAIN = Domain(n=(1, 4), d=(1, 4), p=(1, 9), activation="tanh")
CASES: dict[str, tuple[Any, Quantifier]] = {
    "all": (lambda run: run[0].loss + smallest(run[0].W) ** 2 * 0 >= -norm(run[1].W) * 0, ForAll()),
    "probability": (lambda run: run[1].alignment >= 0, WithProbability(0.5)),
    "exponent": (lambda run: run[0].alignment, Scales(-0.5)),
    "constant": (lambda run: norm(run[1].error) / (1 + norm(run[0].error)), BestConstant()),
}


def named(name: str) -> Conjecture:
    says, quantifier = CASES[name]
    return conjecture(DOMAIN, quantifier=quantifier)(says)


def settled(name: str, out: Path, budget: float = 0.5) -> ConjectureOutcome:
    return check(named(name), budget=budget, seed=1, out=out)


@pytest.mark.parametrize("name", CASES)
def test_a_second_check_in_one_process_is_the_same(name: str, tmp_path: Path) -> None:
    first, second = (settled(name, tmp_path) for _ in range(2))
    assert (first.why, first.n_trials, first.work) == (second.why, second.n_trials, second.work)


@pytest.mark.parametrize("name", CASES)
def test_the_clock_is_a_limit_and_the_verdict_names_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effort, "LEAST", 0.2)
    monkeypatch.setattr(effort, "PATIENCE", 1e-6)
    begin = time.monotonic()
    outcome = settled(name, tmp_path, budget=1000.0)
    assert time.monotonic() - begin < 20
    if outcome.verdict not in (ConjectureVerdict.PROVED, ConjectureVerdict.FALSIFIED):
        assert "stopped by the clock after" in outcome.why
        assert "of 1000 s of work" in outcome.why
        assert "the machine is busy or slow" in outcome.why
    assert outcome.work < 20


def test_the_clock_counts_from_0_and_work_does_not_run_away() -> None:
    with effort.metered() as outer:
        effort.spend(effort.SECOND)
        with effort.metered():
            assert effort.now() == 0
            assert not effort.passed(1e-9)
        assert effort.now() == outer.seconds == 1
        assert effort.passed(1)
        assert not effort.passed(math.inf)
