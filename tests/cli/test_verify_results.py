"""What ``fa-theory verify`` keeps, and what it says at the end."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_claims import write

from fa_theory.claims.procedure import Budget
from fa_theory.claims.result import read
from fa_theory.cli import main

Run = Callable[..., tuple[int, str]]

CLAIMS = """
one = tiny("mine.one")
two = tiny("mine.two", uses=("mine.one",))
three = tiny("mine.three", Tiny(result=Result.UNDECIDED))
"""
STEP, RECURSION = "song2021.secant-kernel", "song2021.linear-recursion"


@pytest.fixture
def fa(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run the command line in an empty folder; return exit code and output."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["fa-theory", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        return int(stop.value.code or 0), capsys.readouterr().out

    return run


def ids(path: Path) -> list[str]:
    return [claim.id for claim in read(path).claims]


def test_one_claim_alone_leaves_the_others_where_they_are(fa: Run, tmp_path: Path) -> None:
    write(tmp_path, CLAIMS)
    write(tmp_path, 'four = tiny("mine.four", uses=("mine.one",))', "more.py")
    fa("verify", "claims.py", "--jobs", 1)
    code, _ = fa("verify", "more.py", "claims.py", "--jobs", 1, "--json", "alone.json")
    assert code == 3
    fa("verify", "claims.py", "--jobs", 1, "--json", "alone.json")
    assert ids(tmp_path / "alone.json") == ["mine.one", "mine.two", "mine.three"]
    found = read(tmp_path / "out/results.json")
    assert sorted(claim.id for claim in found.claims) == ["mine.four", "mine.one", "mine.three", "mine.two"]
    commands = {claim.id: claim.provenance.command for claim in found.claims}
    assert commands["mine.one"] == "fa-theory verify claims.py --budget quick --seed 0"
    assert commands["mine.four"] == "fa-theory verify more.py claims.py --budget quick --seed 0"
    assert set(found.command.split(" && ")) == set(commands.values())
    assert not list((tmp_path / "out").glob("results-*.json"))


def test_completeness_and_exit_code_are_those_of_all_results(fa: Run, tmp_path: Path) -> None:
    assert fa("verify", RECURSION, "--jobs", 1)[0] == 0
    assert not read(tmp_path / "out/results.json").claims[0].complete
    code, out = fa("verify", STEP, "--jobs", 1)
    assert "not complete without" not in out
    assert "with 1 other claim verified before" in out
    found = read(tmp_path / "out/results.json")
    assert [claim.id for claim in found.claims] == [STEP, RECURSION]  # every claim after those it uses
    assert all(claim.complete for claim in found.claims)
    code, out = fa("report", "--only", RECURSION, "--format", "html")
    assert code == 0


@pytest.mark.parametrize("options", [("--seed", 1), ("--budget", "standard")])
def test_results_of_another_seed_or_budget_move_aside(fa: Run, tmp_path: Path, options: tuple[object, ...]) -> None:
    write(tmp_path, CLAIMS)
    fa("verify", "claims.py", "--jobs", 1)
    before = (tmp_path / "out/results.json").read_bytes()
    _, out = fa("verify", "claims.py", "--jobs", 1, *options)
    (aside,) = (tmp_path / "out").glob("results-*.json")
    assert aside.read_bytes() == before
    assert f"are kept in out/{aside.name}" in out
    assert {claim.id for claim in read(tmp_path / "out/results.json").claims} == {"mine.one", "mine.two", "mine.three"}


def test_results_of_other_code_are_not_mixed_in(fa: Run, tmp_path: Path) -> None:
    write(tmp_path, CLAIMS)
    write(tmp_path, 'four = tiny("mine.four")', "more.py")
    fa("verify", "claims.py", "--jobs", 1)
    path = tmp_path / "out/results.json"
    path.write_text(path.read_text().replace('"code": "', '"code": "0'))
    fa("verify", "more.py", "--jobs", 1)
    assert ids(path) == ["mine.four"]
    assert len(list((tmp_path / "out").glob("results-*.json"))) == 1


def test_what_is_no_result_document_moves_aside(fa: Run, tmp_path: Path) -> None:
    write(tmp_path, CLAIMS)
    (tmp_path / "out").mkdir()
    (tmp_path / "out/results.json").write_text("notes of mine")
    fa("verify", "claims.py", "--jobs", 1)
    (aside,) = (tmp_path / "out").glob("results-*.json")
    assert aside.read_text() == "notes of mine"


def test_a_run_with_all_claims_again_replaces_the_results(fa: Run, tmp_path: Path) -> None:
    file = write(tmp_path, CLAIMS)
    fa("verify", "claims.py", "--jobs", 1)
    file.write_text(file.read_text() + "# changed\n")
    fa("verify", "claims.py", "--jobs", 1)
    assert not list((tmp_path / "out").glob("results-*.json"))


def test_failures_of_other_claims_stay(fa: Run, tmp_path: Path) -> None:
    write(tmp_path, 'bad = tiny("mine.bad", Tiny(lambda i, c: 1 / 0, n=1))')
    write(tmp_path, 'good = tiny("mine.good")', "more.py")
    assert fa("verify", "claims.py", "--jobs", 1)[0] == 2
    assert fa("verify", "more.py", "--jobs", 1)[0] == 0
    document = json.loads((tmp_path / "out/results.json").read_text())
    assert (document["exit_code"], len(document["failures"])) == (2, 1)


def test_with_uses_settles_what_is_used(fa: Run, tmp_path: Path) -> None:
    _, out = fa("verify", RECURSION, "--jobs", 1)
    assert f"not complete without {STEP} (used, but not part of this run); --with-uses includes them" in out
    _, out = fa("verify", RECURSION, "--with-uses", "--jobs", 1, "--out", "new")
    assert ids(tmp_path / "new/results.json") == [STEP, RECURSION]
    assert "2 complete" in out
    assert read(tmp_path / "new/results.json").command.endswith("--with-uses")


def test_with_uses_follows_files(fa: Run, tmp_path: Path) -> None:
    write(tmp_path, f'one = tiny("mine.one", uses=("{RECURSION}",))')
    fa("verify", "claims.py", "--with-uses", "--jobs", 1)
    assert ids(tmp_path / "out/results.json") == [STEP, RECURSION, "mine.one"]


def test_totals_legend_and_expected_refutations(fa: Run, tmp_path: Path) -> None:
    write(
        tmp_path,
        CLAIMS + 'four = variant("mine.four", Tiny(result=Result.FALSIFIED), erratum=Erratum("a net", "mine.one"))',
    )
    _, out = fa("verify", "claims.py", "--jobs", 1)
    assert "4 claims: 2 enclosed, 1 variant refuted, 1 undecided; 3 complete" in out
    assert "\n● enclosed: proved for the listed instances\n" in out
    assert "\n✗ variant refuted: " in out
    assert "■" not in out
    assert "\nrefuted as expected: mine.four\n" in out
    assert re.search(r"^24 tasks in \d+\.\d s$", out, re.MULTILINE)


def test_what_came_from_the_ledger_is_said(fa: Run, tmp_path: Path) -> None:
    """A task crashes, so the run does not count as finished; the same command resumes it."""
    write(tmp_path, 'one = tiny("mine.one")\nbad = tiny("mine.bad", Tiny(lambda i, c: 1 / 0, n=1))')
    assert "interrupted run" not in fa("verify", "claims.py", "--jobs", 1)[1]
    assert "6 of them from an interrupted run" in fa("verify", "claims.py", "--jobs", 1)[1]


def on_a_terminal(columns: int, *arguments: str, folder: Path) -> str:
    """Output of the command line on a terminal of that width, without colours."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"COLUMNS": str(columns), "TERM": "xterm-256color", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "fa_theory.cli", *arguments]
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=theirs, stderr=subprocess.DEVNULL, stdin=theirs
    )
    os.close(theirs)
    found = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        found += part
    os.close(ours)
    process.wait()
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", found.decode()).replace("\r", "")


@pytest.mark.parametrize("columns", [80, 100, 160])
def test_ids_are_never_broken_and_columns_are_aligned(tmp_path: Path, columns: int) -> None:
    names = ["mine.one", "mine.a-claim-whose-name-has-forty-letters-x"]
    why = "found a reason that takes more than one line of any terminal that people use, and then " * 2
    body = "".join(f'c{k} = tiny("{name}", Told())\n' for k, name in enumerate(names))
    write(tmp_path, f'class Told(Tiny):\n    def conclude(self, records):\n        import msgspec\n        return msgspec.structs.replace(super().conclude(records), says="{why}")\n\n{body}')  # fmt: skip # noqa: E501
    lines = on_a_terminal(columns, "verify", "claims.py", "--jobs", "1", folder=tmp_path).splitlines()
    head = next(line for line in lines if line.startswith("verdict"))
    rows = [next(line for line in lines if name in line) for name in names]
    assert all(row.index(name) == head.index("claim") for row, name in zip(rows, names, strict=True))
    assert all(row[head.index("complete") :].startswith("yes") for row in rows)
    assert max(map(len, lines)) <= columns
    assert ("because" in head) is (columns == 160)


def test_every_claim_of_the_library_fits_eighty_columns(capsys: pytest.CaptureFixture[str]) -> None:
    from fa_theory.claims.library import library
    from fa_theory.cli.terminal import GAP
    from fa_theory.figures.verdicts import LOOKS

    ids = max(map(len, library()))
    verdicts = max(len(word) + 2 for word in LOOKS if word != "falsified as stated")
    assert verdicts + ids + len("mutants") + len("complete") + 3 * len(GAP) <= 80


def test_list_and_show_have_no_raw_latex(fa: Run) -> None:
    from fa_theory.claims.library import library

    for id in library():
        _, out = fa("show", id)
        in_words = re.sub(r"^in Coq.*\n(?: .*\n)*", "", out, flags=re.MULTILINE)  # Coq is shown as it is written
        assert "\\" not in in_words.replace(r"\[", ""), id


def test_verdict_lines_have_no_raw_latex(fa: Run, tmp_path: Path) -> None:
    body = r"""
    class Told(Tiny):
        def conclude(self, records):
            import msgspec
            return msgspec.structs.replace(super().conclude(records), says="the mean of $\\lVert e\\rVert_2$ at p_1")

    one = tiny("mine.one", Told())
    """
    write(tmp_path, body)
    assert "the mean of ‖e‖₂ at p_1" in fa("verify", "claims.py", "--jobs", 1)[1]


def test_a_budget_is_named(fa: Run, tmp_path: Path) -> None:
    write(tmp_path, CLAIMS)
    assert f"budget {Budget.QUICK.value}, seed 0; written to out/results.json" in fa("verify", "claims.py")[1]
