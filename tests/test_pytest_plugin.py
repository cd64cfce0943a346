"""The pytest door: claims and mutants as test items."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tiny_claims import line_of, write

import fa_theory.claims.procedures  # noqa: F401  (NumPy cannot be loaded anew by every run below)

pytest_plugins = ("pytester",)

MIXED = """
good = tiny("mine.good")
bad = tiny("mine.bad", Tiny(result=Result.FALSIFIED))
open_ = tiny("mine.open", Tiny(result=Result.UNDECIDED))
crashed = tiny("mine.crashed", Tiny(lambda i, context: 1 / 0))
survivor = tiny("mine.survivor", mutants=(check("caught"), check("survivor", False)))
refuted = variant("mine.refuted", Tiny(result=Result.FALSIFIED), erratum=Erratum("a network", "mine.good"))
unrefuted = variant("mine.unrefuted", erratum=Erratum("a network", "mine.good"))
"""
ITEMS = {
    "mine.good": "passed",
    "mine.good[mutant: mutant]": "passed",
    "mine.bad": "failed",
    "mine.bad[mutant: mutant]": "passed",
    "mine.open": "failed",
    "mine.open[mutant: mutant]": "passed",
    "mine.crashed": "failed",
    "mine.crashed[mutant: mutant]": "failed",
    "mine.survivor": "failed",
    "mine.survivor[mutant: caught]": "passed",
    "mine.survivor[mutant: survivor]": "failed",
    "mine.refuted": "passed",
    "mine.refuted[mutant: mutant]": "passed",
    "mine.unrefuted": "failed",
    "mine.unrefuted[mutant: mutant]": "passed",
}


@pytest.fixture(autouse=True)
def only_this_plugin(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what else may be installed, which every run below would load again."""
    others = ("cacheprovider", "hypothesispytest", "pytest_cov", "syrupy")
    monkeypatch.setenv("PYTEST_ADDOPTS", " ".join(f"-p no:{name}" for name in others))


@pytest.fixture
def project(pytester: pytest.Pytester) -> Path:
    """A project whose claims are in ``proofs/claims.py``."""
    write(pytester.path, MIXED, "proofs/claims.py")
    return pytester.path


def outcomes(pytester: pytest.Pytester, *arguments: str) -> dict[str, str]:
    """Name and outcome of all items of a run in this process."""
    reports = pytester.inline_run(*arguments).getreports("pytest_runtest_logreport")
    return {report.nodeid.split("::")[-1]: report.outcome for report in reports if report.when == "call"}


def test_claims_and_mutants_are_items_of_their_own(project: Path, pytester: pytest.Pytester) -> None:
    assert outcomes(pytester) == ITEMS


def test_what_a_failing_item_says(project: Path, pytester: pytest.Pytester) -> None:
    result = pytester.runpytest()
    expected = list(ITEMS.values())
    result.assert_outcomes(passed=expected.count("passed"), failed=expected.count("failed"))
    result.stdout.fnmatch_lines(
        [
            "mine.bad is falsified: found *",
            "mine.open is undecided: found *",
            "mine.crashed is not run: crashed: mine.crashed / tiny / task 0: ZeroDivisionError: division by zero",
            "mine.survivor is undecided: the mutant 'survivor' was not refuted: detail of survivor",
            "mine.survivor: the mutant that says 'says survivor' was not refuted: detail of survivor",
            "mine.unrefuted is enclosed: found *",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*runtest*")  # no internals


def test_the_run_ends_with_the_verdicts(project: Path, pytester: pytest.Pytester) -> None:
    result = pytester.runpytest()
    result.stdout.re_match_lines(
        [
            r"=+ verdicts =+",
            r"falsified +mine\.bad +mutants 1/1 +found ",
            r"not run +mine\.crashed +mutants 0/1 +crashed: ",
            r"enclosed +mine\.good +mutants 1/1 +found ",
            r"undecided +mine\.open +mutants 1/1 +found ",
            r"variant refuted +mine\.refuted +mutants 1/1 +found ",
            r"undecided +mine\.survivor +mutants 1/2 +the mutant 'survivor' was not refuted",
            r"enclosed +mine\.unrefuted +mutants 1/1 +found ",
        ]
    )


def test_items_are_selected_by_id(project: Path, pytester: pytest.Pytester) -> None:
    assert set(outcomes(pytester, "-k", "mine.good")) == {"mine.good", "mine.good[mutant: mutant]"}
    assert set(outcomes(pytester, "proofs/claims.py::mine.survivor[mutant: caught]")) == {
        "mine.survivor[mutant: caught]"
    }


def test_one_run_of_a_claim_serves_all_its_items(pytester: pytest.Pytester) -> None:
    body = """
    def counted(i, context):
        with open(Path(__file__).with_name("log"), "a") as log:
            log.write("x")
        return drawn(i, context)

    claim = tiny("mine.one", Tiny(counted, n=1), mutants=(check("a"), check("b")))
    """
    write(pytester.path, body, "proofs/claims.py")
    assert len(outcomes(pytester)) == 3
    assert (pytester.path / "proofs" / "log").read_text() == "x"


def test_seed_and_budget(pytester: pytest.Pytester) -> None:
    body = """
    class Budgeted(Tiny):
        def tasks(self, budget):
            return [Task(budget.value, {"i": 0})]

    def seed(i, context):
        Path(__file__).with_name("log").write_text(str(context.seed))
        return {}

    def at_standard(context):
        return CheckOutcome("standard" in context.records("tiny"), "")

    ran = Check("ran", "the tasks of the budget", at_standard)
    claim = tiny("mine.one", Budgeted(seed), witness=ran)
    """
    write(pytester.path, body, "proofs/claims.py")
    assert outcomes(pytester, "--fa-seed", "7", "--fa-budget", "standard")["mine.one"] == "passed"
    assert (pytester.path / "proofs" / "log").read_text() == "7"
    result = pytester.runpytest("--fa-seed", "-1")
    result.stdout.fnmatch_lines(["expected a seed ≥ 0 but got -1"])


def test_where_claims_are_looked_for(pytester: pytest.Pytester) -> None:
    write(pytester.path, 'claim = tiny("mine.default")', "proofs/deep/claims.py")
    write(pytester.path, 'claim = tiny("mine.named")', "theory/claims.py")
    write(pytester.path, 'claim = tiny("mine.other")', "other.py")
    assert {name for name in outcomes(pytester) if "[" not in name} == {"mine.default"}
    assert {name for name in outcomes(pytester, "other.py") if "[" not in name} == {"mine.other"}  # given by hand
    pytester.makeini("[pytest]\nfa_theory_claims = theory/*.py\n")
    assert {name for name in outcomes(pytester) if "[" not in name} == {"mine.named"}


def test_tests_of_claims_are_not_taken_for_claims(pytester: pytest.Pytester) -> None:
    test = pytester.path / "test_it.py"
    test.write_text("import fa_theory.claims\nprint('imported')\ndef test_it(): pass\n")
    result = pytester.runpytest("-s", "test_it.py")
    result.assert_outcomes(passed=1)
    assert result.outlines.count("imported") == 1


def test_the_same_id_in_two_files(pytester: pytest.Pytester) -> None:
    """Neither stands in for the other."""
    write(pytester.path, 'claim = tiny("mine.one")', "proofs/a.py")
    write(pytester.path, 'claim = tiny("mine.one", Tiny(result=Result.FALSIFIED))', "proofs/b.py")
    pytester.runpytest("-k", "not mutant").assert_outcomes(passed=1, failed=1)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ('claim = tiny("No Dots")', "InputError: claim id 'No Dots' is not of the form"),
    ],
)
def test_a_broken_file_is_an_error_of_collection(pytester: pytest.Pytester, body: str, message: str) -> None:
    file = write(pytester.path, body, "proofs/claims.py")
    result = pytester.runpytest()
    result.assert_outcomes(errors=1)
    line = line_of(file, "return Claim(" if "tiny" in body else body)
    result.stdout.fnmatch_lines([f"{file}:{line}: {message}*"])
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*library.py*")


def test_two_claims_with_one_id_are_an_error_of_collection(pytester: pytest.Pytester) -> None:
    write(pytester.path, 'a = tiny("mine.one")\nb = tiny("mine.one")', "proofs/claims.py")
    result = pytester.runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*claims.py declares the claim mine.one twice; ids must differ"])


def test_nothing_is_left_behind(project: Path, pytester: pytest.Pytester) -> None:
    outcomes(pytester)
    left = {path.name for path in pytester.path.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert left == {"claims.py"}


HEAVY = ("numpy", "scipy", "sympy", "flint", "matplotlib", "hypothesis", "fa_theory.proofs")


@pytest.mark.parametrize("proofs", [False, True], ids=["no proofs", "other proofs"])
def test_the_plugin_is_inert_in_projects_without_claims(tmp_path: Path, proofs: bool) -> None:
    avoided = HEAVY if proofs else (*HEAVY, "msgspec", "fa_theory.claims")
    (tmp_path / "test_it.py").write_text(
        "import sys\n"
        "def test_it():\n"
        "    assert 'fa_theory.pytest_plugin' in sys.modules\n"
        f"    assert not [name for name in {avoided!r} if name in sys.modules]\n"
    )
    (tmp_path / "odd.py").write_bytes(b"\xff\xfe not text")
    if proofs:
        (tmp_path / "proofs").mkdir()
        (tmp_path / "proofs" / "geometry.py").write_text("raise RuntimeError('not a file of claims')")
    process = subprocess.run(
        [sys.executable, "-m", "pytest"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout
    assert "1 passed" in process.stdout
    assert "verdicts" not in process.stdout
