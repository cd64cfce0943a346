"""The pytest door: claims and mutants as test items."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_claims import line_of, write

import fa_theory.claims.procedures  # noqa: F401  (NumPy cannot be loaded anew by every run below)
from fa_theory.pytest_plugin import declares_conjectures

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
            "mine.open is undecided, not falsified: found *",
            "mine.crashed is not run: crashed: mine.crashed / tiny / task 0: ZeroDivisionError: division by zero",
            "mine.survivor is undecided, not falsified: the mutant 'survivor' was not refuted: detail of survivor",
            "mine.survivor: the mutant 'says survivor' was not refuted: detail of survivor",
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
            r"✗ falsified +mine\.bad +mutants 1/1 +found ",
            r"– not run +mine\.crashed +mutants 0/1 +crashed: ",
            r"● enclosed +mine\.good +mutants 1/1 +found ",
            r"\? undecided +mine\.open +mutants 1/1 +found ",
            r"✗ variant refuted +mine\.refuted +mutants 1/1 +found ",
            r"\? undecided +mine\.survivor +mutants 1/2 +the mutant 'survivor' was not refuted",
            r"● enclosed +mine\.unrefuted +mutants 1/1 +found ",
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


CONJECTURES = """
from fa_theory.conjectures import Domain, conjecture, eigmin

SMALL = Domain(n=(1, 2), d=(1, 2), p=(1, 4), steps=0)


@conjecture(SMALL)
def gram_is_positive(run):
    return eigmin(run[0].G) >= 0


@conjecture(SMALL)
def gram_is_negative(run):
    return eigmin(run[0].G) <= 0
"""
FAST = ("--fa-seconds", "5")


@pytest.mark.parametrize("name", ["conjectures.py", "test_conjectures.py"])
def test_conjectures_run_whatever_their_file_is_called(pytester: pytest.Pytester, name: str) -> None:
    (pytester.path / name).write_text(CONJECTURES)
    expected = {"gram_is_positive": "passed", "gram_is_negative": "failed"}
    assert outcomes(pytester, name, *FAST) == expected
    assert outcomes(pytester, *FAST) == (expected if name.startswith("test_") else {})  # without a name: tests only


def test_conjectures_in_test_files_can_be_left_alone(pytester: pytest.Pytester) -> None:
    (pytester.path / "test_both.py").write_text(CONJECTURES + "\n\ndef test_it():\n    pass\n")
    pytester.makeini("[pytest]\nfa_theory_conjectures = false\n")
    assert outcomes(pytester, *FAST) == {"test_it": "passed"}


def test_conjectures_beside_tests(pytester: pytest.Pytester) -> None:
    (pytester.path / "test_both.py").write_text(CONJECTURES + "\n\ndef test_it():\n    pass\n")
    found = outcomes(pytester, *FAST)
    assert found == {"gram_is_positive": "passed", "gram_is_negative": "failed", "test_it": "passed"}


@pytest.mark.parametrize(
    ("text", "declares"),
    [
        ("@conjecture(Domain())\ndef f(): pass", True),
        ("@fa.conjecture(fa.Domain())\ndef f(): pass", True),
        ("TEXT = '''\n@conjecture(Domain())\ndef f(): pass\n'''", False),
        ("def test():\n    @conjecture(Domain())\n    def f(): pass", False),
        ("# conjecture(\n", False),
        ("@conjecture(", False),
    ],
)
def test_which_files_declare_conjectures(tmp_path: Path, text: str, declares: bool) -> None:
    (tmp_path / "file.py").write_text(text)
    assert declares_conjectures(tmp_path / "file.py") is declares


def test_a_test_file_that_cannot_be_loaded_alone_is_an_error_that_says_why(pytester: pytest.Pytester) -> None:
    (pytester.path / "test_it.py").write_text("import no_such_module\n" + CONJECTURES)
    result = pytester.runpytest(*FAST)
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*test_it.py:1: ModuleNotFoundError: No module named 'no_such_module'*"])


def test_markers_select_claims_and_conjectures(pytester: pytest.Pytester) -> None:
    write(pytester.path, 'claim = tiny("mine.one")', "proofs/claims.py")
    (pytester.path / "test_it.py").write_text(CONJECTURES + "\n\ndef test_it():\n    pass\n")
    strict = ("--strict-markers", *FAST)
    assert set(outcomes(pytester, "-m", "fa_claim", *strict)) == {"mine.one", "mine.one[mutant: mutant]"}
    assert set(outcomes(pytester, "-m", "fa_conjecture", *strict)) == {"gram_is_positive", "gram_is_negative"}
    assert set(outcomes(pytester, "-m", "not fa_claim and not fa_conjecture", *strict)) == {"test_it"}
    pytester.runpytest("--markers").stdout.fnmatch_lines(["@pytest.mark.fa_claim: *", "@pytest.mark.fa_conjecture: *"])


def test_undecided_fails_and_says_that_it_is_not_falsified(pytester: pytest.Pytester) -> None:
    """As documented in docs/howto/check.md."""
    write(pytester.path, 'claim = tiny("mine.open", Tiny(result=Result.UNDECIDED))', "proofs/claims.py")
    result = pytester.runpytest("-k", "mine.open and not mutant")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["mine.open is undecided, not falsified: *"])
    page = (Path(__file__).parents[1] / "docs/howto/check.md").read_text()
    assert "undecided, not falsified" in page


def test_conjectures_stand_in_the_verdict_section(pytester: pytest.Pytester) -> None:
    (pytester.path / "test_it.py").write_text(CONJECTURES)
    result = pytester.runpytest(*FAST)
    result.stdout.re_match_lines(
        [r"=+ verdicts =+", r"✗ falsified +gram_is_negative +conjecture ", r"■ proved +gram_is_positive +conjecture "]
    )


def test_no_warning_where_warnings_are_errors(pytester: pytest.Pytester) -> None:
    """In a process of its own, with warnings about pipes that nobody closed."""
    (pytester.path / "test_it.py").write_text(CONJECTURES)
    write(pytester.path, 'claim = tiny("mine.one")', "proofs/claims.py")
    pytester.makeini("[pytest]\nfilterwarnings = error\n")
    result = pytester.runpytest_subprocess("-k", "not gram_is_negative", "-W", "error", *FAST)
    result.assert_outcomes(passed=3)
    result.stdout.no_fnmatch_line("*Warning*")
    result.stderr.no_fnmatch_line("*Warning*")


@pytest.mark.parametrize("dist", ["load", "loadgroup"])
def test_the_verdict_section_with_workers(project: Path, pytester: pytest.Pytester, dist: str) -> None:
    pytest.importorskip("xdist")
    result = pytester.runpytest_subprocess("-n", "2", "--dist", dist)
    result.stdout.re_match_lines([r"=+ verdicts =+", r"✗ falsified +mine\.bad +mutants 1/1 +found "])
    verdicts = [line for line in result.outlines if re.match(r"\S \w[\w ]*  +mine\.\w+ +mutants", line)]
    assert len(verdicts) == len({name.partition("[")[0] for name in ITEMS})
    expected = list(ITEMS.values())
    result.assert_outcomes(passed=expected.count("passed"), failed=expected.count("failed"))


def test_no_raw_latex_in_verdict_lines(pytester: pytest.Pytester) -> None:
    body = r"""
    class Told(Tiny):
        def conclude(self, records):
            import msgspec
            return msgspec.structs.replace(super().conclude(records), says="the mean of $\\lVert e\\rVert_2$ at p_1")

    one = tiny("mine.one", Told(result=Result.UNDECIDED))
    """
    write(pytester.path, body, "proofs/claims.py")
    result = pytester.runpytest()
    result.stdout.fnmatch_lines(
        ["mine.one is undecided, not falsified: the mean of ‖e‖₂ at p_1", "[?] undecided*‖e‖₂*"]
    )
    result.stdout.no_fnmatch_line("*lVert*")


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
