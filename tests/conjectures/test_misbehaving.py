"""Conjectures that do other things than conjecture."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from processes import needs_proc, running, wait_until

from fa_theory.conjectures.settle import isolation
from fa_theory.conjectures.settle.outcome import ConjectureVerdict

HEAD = """
import os, sys, time
from fa_theory.conjectures import *

D = Domain(n=1, d=1, p=1, eta=0.1)
{before}

@conjecture(D)
def it(run):
    {line}
    return run[0].loss >= {least}
"""


def check(folder: Path, line: str = "pass", *, before: str = "", least: int = 0):  # type: ignore[no-untyped-def]
    """The outcome of a conjecture that holds if ``least`` is 0, and does something else besides."""
    (folder / "mine.py").write_text(HEAD.format(line=line, before=before, least=least))
    target = f"{folder / 'mine.py'}::it"
    (outcome,) = isolation.run([target], budget=2, seed=0, out="out", jobs=1, notify=lambda *_: None)
    return outcome


@needs_proc
def test_one_that_forks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARK", f"mark-{tmp_path}")
    monkeypatch.chdir(tmp_path)
    begun = time.monotonic()
    forks = "if os.fork() == 0: time.sleep(600)"
    assert check(tmp_path, forks, before=forks).verdict is ConjectureVerdict.PROVED
    assert time.monotonic() - begun < 30
    wait_until("all are gone", lambda: not running(f"mark-{tmp_path}"), 5)


@pytest.mark.parametrize("written", [b"garbage\n", b'{"outcome": {}}\n', b"\xff[1]\n"])
def test_one_that_writes_where_only_answers_belong(tmp_path: Path, written: bytes) -> None:
    open_files = "[fd for fd in range(3, 30) if os.path.exists(f'/dev/fd/{fd}')]"
    outcome = check(tmp_path, f"[os.write(fd, {written!r}) for fd in {open_files}]")
    assert outcome.verdict is ConjectureVerdict.ERROR
    assert "unexpected output in place of its answer" in outcome.why or "mine.py:" in outcome.why
    assert "\n" not in outcome.why


@pytest.mark.parametrize(("folder", "when"), [("/", "loaded"), ("/", "evaluated"), ("..", "both")])
def test_one_that_changes_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, when: str) -> None:
    monkeypatch.chdir(tmp_path)
    line = f"os.chdir({folder!r})"
    outcome = check(tmp_path, line if when != "loaded" else "pass", before=line if when != "evaluated" else "", least=1)
    assert outcome.verdict is ConjectureVerdict.FALSIFIED, outcome.why
    assert outcome.counterexample is not None
    assert Path(outcome.counterexample).parts[:2] == ("out", "counterexamples")
    assert (tmp_path / outcome.counterexample).is_file()


def test_one_with_a_bad_byte_and_much_to_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert check(tmp_path, r"os.write(2, b'\xff' * 300_000); print('x' * 300_000)").verdict is ConjectureVerdict.PROVED


def test_a_module_beside_the_conjecture_can_be_imported_but_hides_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "helper.py").write_text("LIMIT = 0\n")
    for name in ("json", "numpy", "statistics"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('executed')\n")
    before = "import json, statistics, helper\nassert helper.LIMIT == 0 and json.dumps and statistics.mean"
    assert check(tmp_path, before=before).verdict is ConjectureVerdict.PROVED


def test_pytest_finds_no_pipe_unclosed(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    (tmp_path / "mine.py").write_text(HEAD.format(line="pass", before="", least=0))
    command = [sys.executable, "-m", "pytest", "mine.py", "--fa-seconds", "2", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert "1 passed" in done.stdout, done.stdout + done.stderr
    assert "Warning" not in done.stdout + done.stderr
