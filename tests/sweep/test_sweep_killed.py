"""A sweep that is killed goes on: nothing finished is lost or done again, and the bits are the same."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import logged_sweep
import pytest
from logged_sweep import begun
from processes import interruptible

SPEC = """
repeats = 8
steps = 30
block = 2
functionals = ["final alignment", "max farthest_W", "steps until loss halves"]
[grid]
activation = ["tanh", "relu"]
p = [20, 40, 80]
n = 3
d = 5
eta = 0.2
lam = [0.0, 0.1]
"""
ITEMS = 48


def start(folder: Path, *more: str, workers: int = 2) -> subprocess.Popen[str]:
    (folder / "spec.toml").write_text(SPEC)
    script = Path(logged_sweep.__file__)
    arguments = ["sweep", "spec.toml", "--jobs", str(workers), "--export", "values.json", *more]
    return subprocess.Popen(
        interruptible(str(script), *arguments),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"SWEEP_LOG": str(folder / "log")},
    )


def finish(folder: Path, *more: str, workers: int = 2) -> str:
    process = start(folder, *more, workers=workers)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    return out


def results(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in ("values.json", "out/sweeps/spec/summary.json")}


def wait_for_workers(folder: Path, *, items: int) -> None:
    limit = time.monotonic() + 60
    while len(begun(folder / "log")) < items:
        assert time.monotonic() < limit
        time.sleep(0.01)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("undisturbed")
    finish(folder)
    assert len(begun(folder / "log")) == ITEMS
    return results(folder)


def test_bits_do_not_depend_on_the_number_of_workers(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    finish(tmp_path, workers=1)
    assert results(tmp_path) == undisturbed


@pytest.mark.parametrize("seed", range(2))
def test_a_sweep_killed_at_random_moments(tmp_path: Path, undisturbed: dict[str, bytes], seed: int) -> None:
    rng = random.Random(seed)
    kills = 0
    while kills < 3:
        items = len(begun(tmp_path / "log")) + rng.randint(1, 12)
        process = start(tmp_path)
        wait_for_workers(tmp_path, items=min(items, ITEMS - 4))
        time.sleep(rng.uniform(0, 0.1))
        process.kill()
        process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL
        kills += 1
        time.sleep(0.3)  # workers notice
    finish(tmp_path, "--resume")
    again = Counter(begun(tmp_path / "log"))
    assert len(again) == ITEMS
    assert sum(again.values()) - ITEMS <= 2 * kills, "more than one work item of each worker was done again"
    assert results(tmp_path) == undisturbed


def test_an_interrupt_says_what_is_kept_and_how_to_go_on(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    process = start(tmp_path)
    wait_for_workers(tmp_path, items=8)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does, so that workers get it, too
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "of 48 work items are kept in out/sweeps/spec/store.sqlite; resume with: fa-theory sweep spec.toml" in err
    kept = int(err.partition(" of 48 work items are kept")[0].split()[-1])
    assert 6 <= kept < ITEMS
    finish(tmp_path)
    assert results(tmp_path) == undisturbed
