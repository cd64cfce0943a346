"""The same sweep on a real cluster on this machine: a scheduler and two workers, one of which is killed half-way."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from fa_theory.errors import FATheoryError
from fa_theory.sweep import cluster, execute, work
from fa_theory.sweep.cells import items
from fa_theory.sweep.reading import parse

pytest.importorskip("distributed")

SPEC = """
repeats = 16
steps = 200
block = 1
functionals = ["final alignment", "final loss", "max farthest_W"]
[grid]
activation = ["tanh", "relu"]
p = [20, 300]
n = 4
d = 6
eta = 0.2
"""
ITEMS = 64


@contextmanager
def dask(
    *arguments: str, folder: Path, wait_for: str, **environment: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A scheduler or a worker, once it has said ``wait_for``; ended at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli." + arguments[0], *arguments[1:]],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        cwd=folder,
        env=os.environ | environment,
    )
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if found := re.search(wait_for, line):
                yield process, found[0]
                break
        else:
            pytest.fail("dask did not start")
    finally:
        process.kill()
        process.communicate()


@contextmanager
def scheduler(folder: Path) -> Iterator[str]:
    options = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    with dask("dask_scheduler", *options, folder=folder, wait_for=r"tcp://127\.0\.0\.1:\d+") as (_, address):
        yield address


@contextmanager
def worker(address: str, folder: Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
    options = (address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1")
    with dask("dask_worker", *options, folder=folder, wait_for=r"Registered to", **environment) as (process, _):
        yield process


def start(folder: Path, executor: str) -> subprocess.Popen[str]:
    folder.mkdir(exist_ok=True)
    (folder / "spec.toml").write_text(SPEC)
    command = ["sweep", "spec.toml", "--executor", executor, "--jobs", "1", "--export", "values.json"]
    return subprocess.Popen(
        [sys.executable, "-m", "fa_theory.cli", *command],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def results(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in ("values.json", "out/sweeps/spec/summary.json")}


def test_a_worker_killed_half_way_changes_no_bit(tmp_path: Path) -> None:
    with scheduler(tmp_path) as address, ExitStack() as stack:
        first, _second = (stack.enter_context(worker(address, tmp_path)) for _ in range(2))
        process = start(tmp_path / "cluster", address.replace("tcp", "dask"))
        assert process.stderr is not None
        for line in process.stderr:  # a line at every tenth of the way
            if (found := re.match(r"sweeping: (\d+) of 64", line)) and int(found[1]) >= ITEMS // 4:
                break
        first.send_signal(signal.SIGKILL)
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert "Traceback" not in err
    alone = start(tmp_path / "alone", "local")
    _, err = alone.communicate(timeout=120)
    assert alone.returncode == 0, err
    assert results(tmp_path / "cluster") == results(tmp_path / "alone")


def test_a_scheduler_that_is_lost_is_told_and_the_sweep_goes_on_elsewhere(tmp_path: Path) -> None:
    with scheduler(tmp_path) as address, worker(address, tmp_path):
        process = start(tmp_path / "run", address.replace("tcp", "dask"))
        assert process.stderr is not None
        for line in process.stderr:
            if re.match(r"sweeping: [1-9]", line):
                break
    _, err = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "Traceback" not in err
    assert "finished work is kept: run the same command to resume" in err
    again = start(tmp_path / "run", "local")
    _, err = again.communicate(timeout=120)
    assert again.returncode == 0
    assert re.search(r"64 work items; \d+ already finished", err)


def test_a_worker_with_other_code_is_refused(tmp_path: Path) -> None:
    """The worker imports a copy of the package with one comment more."""
    import shutil

    import fa_theory

    shutil.copytree(Path(fa_theory.__file__).parent, tmp_path / "other" / "fa_theory")
    with open(tmp_path / "other" / "fa_theory" / "seeds.py", "a") as file:
        file.write("# changed\n")
    todo = list(items(parse(SPEC)))
    words = r"worker tcp://.* has fa-theory code \w+ \(here: \w+\); .* install the same"
    with (
        scheduler(tmp_path) as address,
        worker(address, tmp_path, PYTHONPATH=str(tmp_path / "other")),
        pytest.raises(FATheoryError, match=words),
    ):
        list(cluster.on_cluster(todo, address=address))


def test_a_worker_that_joins_late_is_refused_too() -> None:
    answer = cluster._there({**work.environment(), "numpy": "0"}, next(items(parse(SPEC))))
    with pytest.raises(FATheoryError, match=r"a worker has numpy \S+ \(here: 0\); install the same"):
        cluster._answer(answer)


def test_no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    import distributed

    def refused(*arguments: object, **options: object) -> None:
        raise OSError("Timed out trying to connect")

    monkeypatch.setattr(distributed, "Client", refused)
    with pytest.raises(FATheoryError, match=r"no dask scheduler answers at tcp://127.0.0.1:1: Timed out"):
        list(execute.executor("dask://127.0.0.1:1", jobs=1)([]))


def test_a_cluster_without_workers_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    todo = list(items(parse(SPEC)))
    words = "no workers for 1 seconds; finished work is kept"
    with scheduler(tmp_path) as address, pytest.raises(FATheoryError, match=words):
        list(cluster.on_cluster(todo, address=address))
