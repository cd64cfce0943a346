"""The ledger: what is finished is kept, once, whatever moment a run is killed at."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest
from processes import alive, interruptible, needs_proc, wait_until
from tiny_claims import write

from fa_theory.errors import FATheoryError
from fa_theory.work.ledger import Ledger, open_ledger


def test_a_record_is_kept_and_given_back(tmp_path: Path) -> None:
    file = tmp_path / "made" / "ledger.sqlite"
    with open_ledger(file, "run") as ledger:
        assert ledger.get("a.b", "p", "t") is None
        ledger.add("a.b", "p", "t", {"x": 1.5, "y": [1, None], "ψ": "tanh"})
    with open_ledger(file, "run") as ledger:
        assert ledger.get("a.b", "p", "t") == {"x": 1.5, "y": [1, None], "ψ": "tanh"}
        assert ledger.get("a.b", "p", "other") is None
        assert len(ledger) == 1


def test_the_first_record_of_a_task_stays(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "l", "run") as ledger:
        ledger.add("a.b", "p", "t", {"x": 1})
        ledger.add("a.b", "p", "t", {"x": 2})
        assert ledger.get("a.b", "p", "t") == {"x": 1}
        assert len(ledger) == 1


def test_an_unfinished_run_resumes_and_a_finished_one_begins_anew(tmp_path: Path) -> None:
    def size(finish: bool) -> int:
        with open_ledger(tmp_path / "l", "run") as ledger:
            before = len(ledger)
            ledger.add("a.b", "p", "t", {})
            if finish:
                ledger.finish()
            return before

    assert [size(finish) for finish in (False, True, False, False)] == [0, 1, 0, 1]


def test_runs_with_different_keys_do_not_see_each_other(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "l", "one") as ledger:
        ledger.add("a.b", "p", "t", {"x": 1})
    with open_ledger(tmp_path / "l", "two") as ledger:
        assert len(ledger) == 0
        ledger.add("a.b", "p", "t", {"x": 2})
        ledger.finish()
    with open_ledger(tmp_path / "l", "one") as ledger:
        assert ledger.get("a.b", "p", "t") == {"x": 1}


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_record_is_finite(tmp_path: Path, value: float) -> None:
    with open_ledger(tmp_path / "l", "run") as ledger:
        with pytest.raises(ValueError, match="not JSON compliant"):
            ledger.add("a.b", "p", "t", {"x": value})
        assert len(ledger) == 0


def test_a_record_is_on_disk_as_soon_as_it_is_added(tmp_path: Path) -> None:
    """What a process that is killed in the next moment leaves behind."""
    with open_ledger(tmp_path / "l", "run") as ledger:
        ledger.add("a.b", "p", "t", {"x": 1})
        with sqlite3.connect(tmp_path / "l") as other:
            rows = other.execute("select address, content from record").fetchall()
            assert rows == [('["a.b", "p", "t"]', '{"x": 1}')]
        other.close()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "l").write_text("this is not a database, and it is long enough to be read as one" * 20)
    with pytest.raises(FATheoryError, match=r"cannot use the ledger .*/l: file is not a database; choose another"):
        open_ledger(tmp_path / "l", "run").__enter__()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FATheoryError, match=r"cannot create the folder .*/file/out: .*choose another folder"):
        open_ledger(tmp_path / "file" / "out" / "l", "run").__enter__()


def filled(path: Path, *, finish: bool = False) -> None:
    with open_ledger(path, "run") as ledger:
        for i in range(4):
            ledger.add("a.b", "p", f"t{i}", {"x": i})
        if finish:
            ledger.finish()


DAMAGES = (
    "update record set content = replace(content, '2', '3')",
    "update record set content = substr(content, 1, 3)",
    "update record set content = content || ' '",
    "update record set content = cast(content as blob)",
    "update record set content = 7",
    "update record set content = ''",
    "update record set checksum = upper(checksum)",
    "update record set checksum = ''",
    "update record set address = replace(address, 'p', 'q')",
    "update record set address = '[' || address",
    "update record set address = '[\"a.b\"]', content = 'null' where content = '{\"x\": 2}'",
    "update record set content = cast(x'ff' as text)",
)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_record_is_noticed(tmp_path: Path, damage: str) -> None:
    filled(tmp_path / "l")
    connection = sqlite3.connect(tmp_path / "l")
    with connection:
        connection.execute(damage if "where" in damage else f"{damage} where content = '{{\"x\": 2}}'")
    connection.close()
    with pytest.raises(FATheoryError, match=r"cannot use the ledger .*/l: .*; delete the file, or choose another fold"):
        open_ledger(tmp_path / "l", "run").__enter__()


@pytest.mark.parametrize("place", [0.3, 0.5, 0.9])
def test_a_file_with_a_damaged_page_ends_in_one_line(tmp_path: Path, place: float) -> None:
    filled(tmp_path / "l")
    content = bytearray((tmp_path / "l").read_bytes())
    first = int(len(content) * place) // 4096 * 4096
    content[first : first + 4096] = b"\xa5" * 4096
    (tmp_path / "l").write_bytes(content)
    with pytest.raises(FATheoryError, match="cannot use the ledger") as raised:
        open_ledger(tmp_path / "l", "run").__enter__()
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "made", ["create table record (run text, claim text)", "pragma user_version = 1; create table t (x)"]
)
def test_a_file_of_another_version_is_refused(tmp_path: Path, made: str) -> None:
    connection = sqlite3.connect(tmp_path / "l")
    connection.executescript(made)
    connection.close()
    with pytest.raises(FATheoryError, match=r"it has format [01], but this version .* format 2; delete the file, or"):
        open_ledger(tmp_path / "l", "run").__enter__()


# several runs on one file


def test_a_run_that_goes_on_while_another_finishes_and_a_third_begins(tmp_path: Path) -> None:
    file = tmp_path / "l"
    with open_ledger(file, "run") as first:
        first.add("a.b", "p", "t0", {"x": 0})
        filled(file, finish=True)
        with open_ledger(file, "run") as third:
            assert len(third) == 0
            assert first.get("a.b", "p", "t0") == {"x": 0}
            first.add("a.b", "p", "t1", {"x": 1})
            third.add("a.b", "p", "t2", {"x": 2})
            first.finish()
            assert [len(first), len(third)] == [2, 1]
    with open_ledger(file, "run") as fourth:
        assert fourth.get("a.b", "p", "t2") == {"x": 2}, "the third did not finish, and goes on"


def test_a_run_takes_over_what_others_did_not_finish(tmp_path: Path) -> None:
    file = tmp_path / "l"
    with open_ledger(file, "run") as first:
        first.add("a.b", "p", "t0", {"x": 0})
        with open_ledger(file, "run") as second:
            assert second.get("a.b", "p", "t0") == {"x": 0}
            first.add("a.b", "p", "t1", {"x": 1})
            second.add("a.b", "p", "t2", {"x": 2})
    with open_ledger(file, "run") as third:
        assert len(third) == 3
        third.finish()
    with open_ledger(file, "run") as fourth:
        assert len(fourth) == 0


def test_finished_runs_leave_nothing_behind(tmp_path: Path) -> None:
    for _ in range(5):
        filled(tmp_path / "l", finish=True)
    connection = sqlite3.connect(tmp_path / "l")
    assert connection.execute("select count(*) from record").fetchone() == (4,)
    assert connection.execute("select count(*) from run").fetchone()[0] <= 2
    connection.close()


@pytest.mark.parametrize("error", [KeyboardInterrupt, FATheoryError, ValueError])
@pytest.mark.parametrize(("tasks", "finish", "kept"), [(0, False, ""), (1, False, "1 finished task"), (1, True, "")])
def test_an_error_says_how_to_go_on_only_where_something_is_kept(
    tmp_path: Path, error: type[BaseException], tasks: int, finish: bool, kept: str
) -> None:
    def work(ledger: Ledger) -> None:
        for i in range(tasks):
            ledger.add("a.b", "p", f"t{i}", {})
        if finish:
            ledger.finish()
        raise error

    with pytest.raises(error) as raised, open_ledger(tmp_path / "l", "run") as ledger:
        work(ledger)
    notes = [f"run the same command to resume: {kept} kept in {tmp_path / 'l'}"] if kept else []
    assert getattr(raised.value, "__notes__", []) == notes


def test_an_error_of_the_work_is_not_blamed_on_the_ledger(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="disk on fire"), open_ledger(tmp_path / "l", "run"):
        raise OSError("disk on fire")


def test_an_error_of_the_database_during_the_work(tmp_path: Path) -> None:
    def break_it(ledger: Ledger) -> None:
        ledger._db.execute("drop table record")
        ledger.add("a.b", "p", "t", {})

    with pytest.raises(FATheoryError, match="no such table"), open_ledger(tmp_path / "l", "run") as ledger:
        break_it(ledger)


# a real run, killed

SLOW = """
def slow(i, context):
    time.sleep(0.25)
    with open(Path(__file__).with_name("done"), "a") as done:
        done.write(f"{context.claim} {i} {os.getpid()}\\n")
    return drawn(i, context)


one = tiny("mine.one", Tiny(slow, n=12))
two = tiny("mine.two", Tiny(slow, n=12), uses=("mine.one",))
"""


def start(folder: Path, *more: str) -> subprocess.Popen[str]:
    arguments = ["verify", "claims.py", "--out", "out", "--jobs", "2", *more]
    return subprocess.Popen(
        interruptible("-m", "fa_theory.cli", *arguments),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
    )


def done(folder: Path) -> list[tuple[str, str]]:
    """Claim and number of every task that came to its end, as often as it did."""
    file = folder / "done"
    lines = file.read_text().splitlines() if file.exists() else []
    return [(claim, task) for claim, task, _ in map(str.split, lines)]


def workers(folder: Path) -> set[int]:
    return {int(line.split()[2]) for line in (folder / "done").read_text().splitlines()}


def recorded(folder: Path) -> set[tuple[str, str]]:
    connection = sqlite3.connect(folder / "out" / "ledger.sqlite")
    rows = [json.loads(address) for (address,) in connection.execute("select address from record")]
    connection.close()
    return {(claim, task.removeprefix("task ")) for claim, procedure, task in rows if procedure == "tiny"}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("uninterrupted")
    write(folder, SLOW)
    process = start(folder)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert "2 claims: 2 " in out
    assert "budget quick, seed 0" in out
    assert max(Counter(done(folder)).values()) == 1
    return (folder / "out" / "results.json").read_bytes()


@needs_proc
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_stopped_resumes(tmp_path: Path, uninterrupted: bytes, how: signal.Signals) -> None:
    write(tmp_path, SLOW)
    process = start(tmp_path)
    wait_until("some tasks are done", lambda: len(done(tmp_path)) >= 6)
    if how is signal.SIGINT:
        os.killpg(process.pid, how)  # as a terminal does, so that workers get it, too
    else:
        process.send_signal(how)
    _, err = process.communicate(timeout=120)
    assert "Traceback" not in err
    if how is signal.SIGINT:
        assert process.returncode == 130
        assert "fa-theory: interrupted; run the same command to resume" in err
    else:
        assert process.returncode == -how

    wait_until("no worker is left", lambda: not any(map(alive, workers(tmp_path))))
    time.sleep(0.2)
    first, kept = done(tmp_path), recorded(tmp_path)
    assert 0 < len(kept) <= len(first) < 24
    assert not (tmp_path / "out" / "results.json").exists()

    process = start(tmp_path)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    again = done(tmp_path)[len(first) :]
    assert kept.isdisjoint(again), "a finished task was run again"
    assert Counter(again) == Counter(set(again)), "a task was run twice"
    assert set(again) | kept == {(claim, str(i)) for claim in ("mine.one", "mine.two") for i in range(12)}
    assert (tmp_path / "out" / "results.json").read_bytes() == uninterrupted


@needs_proc
def test_a_run_that_sleeps_while_another_finishes_and_a_third_begins(tmp_path: Path) -> None:
    """Formerly the sleeper woke up without its records, and crashed."""
    write(tmp_path, SLOW.replace("n=12", "n=4"))
    sleeper = start(tmp_path)
    wait_until("some tasks are done", lambda: len(done(tmp_path)) >= 2)
    sleeper.send_signal(signal.SIGSTOP)
    second = start(tmp_path)
    assert second.wait(120) == 0
    third = start(tmp_path)
    wait_until("the third has begun", lambda: len(done(tmp_path)) >= 10)
    sleeper.send_signal(signal.SIGCONT)
    for process in (third, sleeper, second):
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err


def test_a_ledger_that_is_no_database_ends_the_command(tmp_path: Path) -> None:
    write(tmp_path, 'one = tiny("mine.one")')
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "ledger.sqlite").write_text("no database " * 100)
    process = start(tmp_path)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "fa-theory: cannot use the ledger out/ledger.sqlite: file is not a database; choose another folder" in err
    assert "Traceback" not in err
