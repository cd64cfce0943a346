"""Workers: killed at random moments nothing is lost, and nothing of them is left behind."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
import resumed_jobs
from processes import alive, needs_proc, running, wait_until

from fa_theory.errors import FATheoryError
from fa_theory.work.pool import perform
from fa_theory.work.records import Records, open_database

JOBS = 400
KILLS = int(os.environ.get("FA_THEORY_KILLS", "8"))
"""More of them take a second each."""


def square(i: int) -> int:
    return i * i


def sleep(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def die(how: int) -> None:
    os.kill(os.getpid(), how)


def test_jobs_come_back_with_their_answers() -> None:
    assert dict(perform(square, range(5), workers=2)) == {i: i * i for i in range(5)}


@needs_proc
def test_nothing_is_left_when_all_is_done() -> None:
    list(perform(square, range(3), workers=2))
    wait_until("the watchdogs are gone", lambda: not [p for p in running("kill -KILL 0") if _parent(p) == os.getpid()])


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_who_stops_waits_for_no_job() -> None:
    begun = time.monotonic()
    with closing(perform(sleep, [0.0, 300.0, 300.0], workers=2)) as answers:
        assert next(answers) == (0.0, 0.0)
    assert time.monotonic() - begun < 60


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_a_worker_that_is_killed_ends_the_work_with_advice(how: signal.Signals) -> None:
    with pytest.raises(FATheoryError, match="a worker process died; if memory ran out, use fewer processes"):
        list(perform(die, [how, how], workers=2))


def kept(folder: Path) -> set[int]:
    """Numbers of the jobs in the ledger."""
    with open_database(folder / "ledger.sqlite", "ledger") as connection:
        runs = [run for (run,) in connection.execute("select id from run").fetchall()]
        found = [address for run in runs for address in Records(connection).addresses(run)]
    return {int(str(job).rstrip(")").rpartition(" ")[2]) for _, job, _ in found}


def lines(file: Path) -> list[int]:
    return list(map(int, file.read_text().split())) if file.exists() else []


@needs_proc
def test_killed_at_random_moments_and_resumed(tmp_path: Path) -> None:
    """Parents and workers in turn; then the run ends as if nothing had happened."""
    rng, command = random.Random(1), [sys.executable, resumed_jobs.__file__, str(tmp_path), str(JOBS)]
    before = set[int]()
    for kill in range(KILLS):
        begun = len(lines(tmp_path / "pids"))
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            more = rng.randint(1, max(1, JOBS // (KILLS + 1)))
            wait_until("jobs are begun", lambda begun=begun, more=more: len(lines(tmp_path / "pids")) >= begun + more)
            workers = set(lines(tmp_path / "pids")[begun:])
            time.sleep(rng.uniform(0, 0.02))
            victim = process.pid if kill % 2 == 0 else rng.choice(sorted(workers))
            os.kill(victim, signal.SIGKILL)
            _, err = process.communicate(timeout=60)
        assert process.returncode == (-signal.SIGKILL if victim == process.pid else 1)  # an error, not of the shell
        assert victim == process.pid or "FATheoryError: a worker process died" in err
        wait_until("the workers are gone", lambda workers=workers: not any(map(alive, workers)), 5)
        now = kept(tmp_path)
        assert before <= now <= set(lines(tmp_path / "done")), "a finished job was lost"
        before = now
    assert len(before) < JOBS
    done = lines(tmp_path / "done")
    subprocess.run(command, check=True, timeout=60)
    assert before.isdisjoint(lines(tmp_path / "done")[len(done) :]), "a finished job was done again"
    assert json.loads((tmp_path / "results.json").read_text()) == [i**2 for i in range(JOBS)]


STUBBORN = """
import os, subprocess, sys
from fa_theory.work.pool import perform

def stubborn(i):
    grandchild = subprocess.Popen(["sleep", "600"])
    print(os.getpid(), grandchild.pid, flush=True)
    {work}

if __name__ == "__main__":
    list(perform(stubborn, [1, 2], workers=2))
"""


@needs_proc
@pytest.mark.parametrize(
    "work",
    [
        "3 ** (10 ** 9)",
        "os.read(os.pipe()[0], 1)",
        "import signal; signal.pthread_sigmask(0, range(1, 32)); [*iter(int, 1)]",
    ],
    ids=["in C", "in a system call", "with all signals blocked"],
)
def test_workers_end_with_their_parent_whatever_they_do(tmp_path: Path, work: str) -> None:
    script = tmp_path / "script.py"
    script.write_text(STUBBORN.format(work=work))
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        family = [int(pid) for _ in range(2) for pid in process.stdout.readline().split()]
        assert len(family) == 4
        time.sleep(0.1)
        process.kill()
    wait_until("workers and their children are gone", lambda: not any(map(alive, family)), 5)
