"""Whatever the code in an isolated process does, it ends on time and leaves nothing behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import odd_worker
import pytest
from processes import alive, needs_proc, running, wait_until

from fa_theory.work.isolation import Isolated

IMPORTS = "import os, signal, subprocess, sys, time\n"
SLEEPS = "[time.sleep(1) for _ in range(600)]"
BUSY = ["3 ** (10 ** 9)", "while True: pass", "signal.pthread_sigmask(0, range(1, 32)); signal.pause()"]
"""A computation in C, one in Python, and one that heeds no signal."""


@pytest.fixture(autouse=True)
def mark(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A text in the environment of all processes of a test."""
    monkeypatch.setenv("MARK", f"mark-{tmp_path}")
    monkeypatch.setenv("PYTHONPATH", str(Path(odd_worker.__file__).parent))
    return f"mark-{tmp_path}"


def conversation(code: str, *, seconds: float = 60) -> tuple[list[bytes], Isolated]:
    """What a program answers, and its process, which is gone."""
    with Isolated("odd_worker", json.dumps(IMPORTS + code).encode(), seconds=seconds) as process:
        found = []
        for line in process.lines():
            found.append(line)
            if line == b"done":
                break
        return found, process


def test_it_answers_line_by_line() -> None:
    assert conversation("say('one'); say('2' * 1_000_000)")[0] == [b"one", b"2" * 1_000_000, b"done"]


@needs_proc
@pytest.mark.parametrize(
    "code",
    [
        f"if os.fork() == 0: {SLEEPS}",
        "subprocess.Popen(['sleep', '600'])",
        f"[{SLEEPS} for _ in range(5) if os.fork() == 0]",
        f"if os.fork() == 0:\n    os.fork()\n    signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPS}",
    ],
)
def test_what_it_has_started_ends_with_it(mark: str, code: str) -> None:
    assert conversation(code)[0] == [b"done"]
    wait_until("all are gone", lambda: not running(mark), 5)


@pytest.mark.parametrize("held", ["os.setsid(); time.sleep(8)", "os.setsid(); os.execvp('sleep', ['sleep', '8'])"])
def test_nobody_waits_for_a_stranger_that_holds_its_pipes(held: str) -> None:
    """A daemon has a session of its own, and is not killed."""
    begun = time.monotonic()
    found, process = conversation(f"if os.fork() == 0:\n    {held}\nos._exit(3)")
    assert (found, process.late, process.ending) == ([], False, "code 3")
    assert time.monotonic() - begun < 7


@pytest.mark.parametrize(
    "code",
    [
        r"os.write(2, b'\xff' * 500_000)",
        r"os.write(1, b'\xff\n' * 300_000)",
        r"print('x' * 5_000_000, '\n', file=sys.stderr)",
        "sys.stdout.close(); os.close(1); os.close(2)",
        "sys.stdin.read(); input() if False else os.read(0, 10)",
    ],
)
def test_what_it_prints_is_no_answer_and_blocks_nothing(code: str) -> None:
    assert conversation(code)[0] == [b"done"]


@pytest.mark.parametrize(
    ("code", "ending"),
    [
        (r"os.write(2, b'\xff' * 200_000 + b'\n\x1b[31mthe \xff end\n'); os._exit(5)", "code 5 (�[31mthe � end)"),
        ("sys.exit('said at last')", "code 1 (said at last)"),
        ("os.kill(os.getpid(), 9)", "code -9"),
        ("os.closerange(3, 64); os._exit(0)", "code 0"),
    ],
)
def test_how_it_ended_is_one_line(code: str, ending: str) -> None:
    found, process = conversation(code)
    assert (found, process.ending, process.killed) == ([], ending, "-" in ending)


@needs_proc
@pytest.mark.parametrize("code", BUSY)
def test_its_time_is_limited(mark: str, code: str) -> None:
    begun = time.monotonic()
    found, process = conversation(code, seconds=1)
    assert (found, process.late) == ([], True)
    assert time.monotonic() - begun < 10
    wait_until("all are gone", lambda: not running(mark), 5)


def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fa_theory.work.isolation.LONGEST_LINE", 10**6)
    found, process = conversation("while True: os.write(3, b'x' * 65536)")
    assert len(found) == 1
    assert 10**6 < len(found[0]) < 10**7
    assert process.killed


PARENT = """
import sys
from fa_theory.work.isolation import Isolated
with Isolated("odd_worker", sys.argv[1].encode(), seconds=600) as process:
    for line in process.lines():
        print(line.decode(), flush=True)
"""


@needs_proc
@pytest.mark.parametrize("code", BUSY)
def test_it_ends_with_its_parent(mark: str, code: str) -> None:
    request = json.dumps(f"{IMPORTS}subprocess.Popen(['sleep', '600']); say(str(os.getpid()))\n{code}")
    with subprocess.Popen([sys.executable, "-c", PARENT, request], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert alive(int(process.stdout.readline()))
        process.kill()
    wait_until("all are gone", lambda: not running(mark), 5)


@needs_proc
def test_no_pipe_is_left_open() -> None:
    before = os.listdir("/proc/self/fd")
    for _ in range(3):
        conversation("say('x')")
    assert len(os.listdir("/proc/self/fd")) == len(before)


@pytest.mark.parametrize("name", ["json", "subprocess", "numpy"])
def test_the_current_folder_has_no_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (tmp_path / f"{name}.py").write_text("open('executed', 'w')\n")
    monkeypatch.chdir(tmp_path)
    assert conversation(f"import {name}\nsay({name}.__name__)")[0] == [name.encode(), b"done"]
    assert not (tmp_path / "executed").exists()
