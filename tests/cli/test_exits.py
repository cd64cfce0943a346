"""Exit codes tell a crash from a refutation: 1 is an answer, and never an error."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from tiny_claims import write

from fa_theory.cli import exits, main
from fa_theory.errors import FATheoryError, InputError

Ended = tuple[int, str]


@pytest.fixture
def ended(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Ended]:
    """Run a command in an empty folder; return exit code and errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(exits.TRACEBACK, raising=False)

    def run(*arguments: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["fa-theory", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        return int(stop.value.code or 0), capsys.readouterr().err

    return run


def raised(error: BaseException, *notes: str) -> Callable[[], object]:
    for note in notes:
        error.add_note(note)

    def program() -> None:
        raise error

    return program


def through_typer(error: BaseException) -> Callable[[], object]:
    """The same within a command of typer, which has its own ways with some errors."""
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(raised(error))
    return lambda: app([])


@pytest.mark.parametrize("wrapped", [lambda error: raised(error), through_typer], ids=["bare", "typer"])
@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (InputError("x is 3; use 4"), 2, "x is 3; use 4"),
        (FATheoryError("no"), 2, "no"),
        (MemoryError(), 2, "out of memory; use smaller sizes or fewer processes (--jobs)"),
        (MemoryError("149 GiB"), 2, "out of memory (149 GiB); use smaller sizes or fewer processes (--jobs)"),
        (RecursionError("deep"), 2, "the input is nested too deeply"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), 2, "a name or text is not valid UTF-8: "),
        (ValueError("array is too big; `arr.size`"), 2, "a size is too large: array is too big; `arr.size`"),
        (OverflowError("int too large"), 2, "a number is too large: int too large"),
        (FileNotFoundError(errno.ENOENT, "No such file", "f.csv"), 2, "f.csv: No such file"),
        (OSError("strange"), 2, "strange"),
        (ValueError("two\nlines"), 70, "internal error: ValueError: two lines; please report it with the trace"),
        (AssertionError(), 70, "internal error: AssertionError; please report it with the traceback (FA_"),
        (KeyError("k"), 70, "internal error: KeyError: 'k'; please"),
        (EOFError(), 70, "internal error: EOFError; please"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_every_error_is_one_line(
    capsys: pytest.CaptureFixture[str],
    wrapped: Callable[[BaseException], Callable[[], object]],
    error: BaseException,
    code: int,
    line: str,
) -> None:
    with pytest.raises(SystemExit) as stop:
        exits.guarded(wrapped(error))
    assert stop.value.code == code
    *before, last = capsys.readouterr().err.strip().split("\n")
    assert last.startswith(f"fa-theory: {line}")
    assert before in ([], ["Aborted."], ["Aborted!"])  # what typer says to an end of file


@pytest.mark.parametrize("wrapped", [lambda error: raised(error), through_typer], ids=["bare", "typer"])
def test_a_reader_that_has_gone_is_no_error(
    capsys: pytest.CaptureFixture[str], wrapped: Callable[[BaseException], Callable[[], object]]
) -> None:
    stdout, stderr = sys.stdout, sys.stderr
    try:
        with pytest.raises(SystemExit) as stop:
            exits.guarded(wrapped(BrokenPipeError(errno.EPIPE, "Broken pipe")))
    finally:
        sys.stdout, sys.stderr = stdout, stderr  # typer replaces them
    assert stop.value.code == 141
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_the_answer_of_a_command_is_its_code(code: int) -> None:
    with pytest.raises(SystemExit) as stop:
        exits.guarded(through_typer(typer.Exit(code)))
    assert stop.value.code == code


@pytest.mark.parametrize("error", [KeyboardInterrupt(), FATheoryError("no"), MemoryError(), ValueError("x")])
def test_a_note_says_how_to_go_on(capsys: pytest.CaptureFixture[str], error: BaseException) -> None:
    with pytest.raises(SystemExit):
        exits.guarded(raised(error, "run the same command to resume"))
    assert capsys.readouterr().err.endswith("; run the same command to resume\n")


def test_the_traceback_is_shown_where_it_is_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(exits.TRACEBACK, "1")
    with pytest.raises(SystemExit):
        exits.guarded(raised(ValueError("x")))
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_a_fault_names_the_line_of_ours(ended: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fa_theory.claims.library.select", lambda targets: targets.nothing)
    code, err = ended("verify", "x")
    assert code == 70
    assert err.startswith("fa-theory: internal error: AttributeError: 'list' object has no attribute 'nothing'")
    assert " (in fa_theory/cli/verify.py, line " in err


# files and sizes


@pytest.mark.parametrize("opening", ["[", "{a=", "[[1],"])
def test_a_spec_that_is_nested_deeply(ended: Callable[..., Ended], tmp_path: Path, opening: str) -> None:
    (tmp_path / "deep.toml").write_text("a = " + opening * 50_000)
    code, err = ended("sweep", "deep.toml")
    assert code == 2
    assert err.startswith("fa-theory: deep.toml")
    assert err.count("\n") == 1


@pytest.mark.parametrize("size", [("-n", 10**9), ("-p", 10**9), ("-d", 10**12), ("-n", 10**30)])
def test_a_size_beyond_all_memory(ended: Callable[..., Ended], size: tuple[str, int]) -> None:
    code, err = ended("certify", "--late", *size)
    assert code == 2, err
    assert "Traceback" not in err


@pytest.mark.parametrize("content", [b"text", b"", b"\x80\x04]", os.urandom(10_000), b"PK\3\4" + bytes(100)])
def test_data_that_is_no_archive(ended: Callable[..., Ended], tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.npz").write_bytes(content)
    code, err = ended("certify", "--data", "a.npz", "-p", 20)
    assert code == 2
    assert "a.npz: cannot be read" in err
    assert "pickle" not in err


@pytest.mark.parametrize("target", [".", "..", "folder.py"])
def test_a_folder_is_no_conjecture(ended: Callable[..., Ended], tmp_path: Path, target: str) -> None:
    (tmp_path / "folder.py").mkdir()
    code, err = ended("check", target)
    assert code == 2
    assert f"{target} is a folder; name a file of conjectures" in err


@pytest.mark.parametrize("option", ["--out", "--json"])
def test_names_that_are_not_utf8(ended: Callable[..., Ended], tmp_path: Path, option: str) -> None:
    write(tmp_path, 'one = tiny("mine.one")')
    code, err = ended("verify", "claims.py", "--jobs", 1, option, os.fsdecode(b"o\xff"))
    assert code == 0, err
    assert os.fsencode(next(p for p in os.listdir(tmp_path) if p.startswith("o\udcff"))) == b"o\xff"


@pytest.mark.parametrize("change", ["content = 'x'", "checksum = 0", "address = '[1]'"])
def test_a_damaged_record_of_a_ledger(ended: Callable[..., Ended], tmp_path: Path, change: str) -> None:
    write(tmp_path, 'one = tiny("mine.one", Tiny(lambda i, c: {"x": 1 / (i - 2)}))')  # with a crash it does not finish
    assert ended("verify", "claims.py", "--jobs", 1)[0] == 2
    connection = sqlite3.connect(tmp_path / "out" / "ledger.sqlite")
    with connection:
        connection.execute(f"update or ignore record set {change}")
    connection.close()
    code, err = ended("verify", "claims.py", "--jobs", 1)
    assert code == 2
    assert "fa-theory: cannot use the ledger out/ledger.sqlite: the record" in err
    assert err.count("\n") == 1


def test_an_interrupt_that_keeps_nothing_promises_nothing(tmp_path: Path) -> None:
    code = (
        "import sys, fa_theory.claims.library as library\n"
        "from fa_theory.cli import main\n"
        "def interrupt(targets): raise KeyboardInterrupt\n"
        "library.select = interrupt\n"
        "sys.argv = ['fa-theory', 'verify']\n"
        "main()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (130, "fa-theory: interrupted")
