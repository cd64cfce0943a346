"""Results of several runs in one file: nothing that was found is lost, whoever writes when."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from report_documents import claim, evidence
from tiny_claims import write

from fa_theory.claims.assembly import result_document
from fa_theory.claims.merge import keep
from fa_theory.claims.procedure import Budget
from fa_theory.claims.result import Provenance, ResultDocument, read
from fa_theory.record.evidence import Method, Result


def of(*ids: str, target: str = "", seed: int = 0) -> ResultDocument:
    """A document with claims of these ids."""
    proved, settled = evidence(Method.ENCLOSURE, Result.ENCLOSED), Provenance(command="settle", code="c", target=target)
    found = [claim(id, Result.ENCLOSED, proved, provenance=settled) for id in ids]
    return result_document(found, seed=seed, budget=Budget.QUICK, command="settle", failures=[])


def _keep_all(path: Path, ids: Sequence[str]) -> None:
    for id in ids:
        keep(of(id), path)


def test_processes_that_write_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "out" / "results.json"
    shares = [[f"mine.{letter}{k}" for k in range(20)] for letter in "abcd"]
    with ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("spawn")) as pool:
        list(pool.map(_keep_all, [path] * len(shares), shares))
    assert {each.id for each in read(path).claims} == {id for share in shares for id in share}
    assert not list(path.parent.glob("results-*.json"))


def test_two_runs_in_one_folder_keep_the_results_of_both(tmp_path: Path) -> None:
    running = []
    for name in ("one", "two", "three"):
        write(tmp_path, f'{name} = tiny("mine.{name}", Tiny(lambda i, c: time.sleep(0.3) or {{}}, n=2))', f"{name}.py")
        command = [sys.executable, "-m", "fa_theory", "verify", f"{name}.py", "--jobs", "1"]
        running.append(subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT))
    for process in running:
        said, _ = process.communicate(timeout=120)
        assert process.returncode == 0, said
    found = read(tmp_path / "out" / "results.json")
    assert {each.id for each in found.claims} == {"mine.one", "mine.two", "mine.three"}


def test_what_moves_aside_is_there_at_every_moment(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    keep(of("mine.a"), path)
    before = path.read_bytes()
    kept = keep(of("mine.b", seed=1), path)
    assert kept.others == 0
    assert kept.moved is not None
    assert kept.moved.read_bytes() == before
    assert [each.id for each in kept.document.claims] == ["mine.b"] == [each.id for each in read(path).claims]


def test_conjectures_of_two_files_of_one_name_do_not_replace_each_other(tmp_path: Path) -> None:
    path = tmp_path / "conjectures.json"
    keep(of("mine.a", target="a/mine.py::a"), path)
    kept = keep(of("mine.a", target="b/mine.py::a"), path)
    assert kept.moved is not None
    assert read(kept.moved).claims[0].provenance.target == "a/mine.py::a"
    assert keep(of("mine.a", target="b/mine.py::a"), path).moved is None
