"""Running claims: the same document in any order and on any number of workers, and crashes that stay where they are."""

from __future__ import annotations

import hashlib
import random
import re
from pathlib import Path

import msgspec
import pytest
from tiny_claims import located

from fa_theory.claims.library import Located, load
from fa_theory.claims.procedure import Budget, Context, Trials, by_width
from fa_theory.claims.result import ClaimResult, ResultDocument
from fa_theory.claims.runner import Settings, verify
from fa_theory.errors import FATheoryError, InputError
from fa_theory.record.evidence import Result

TWO = """
one = tiny("mine.one", Tiny(n=5), Tiny(n=2, name="other", settles=False))
mutant = Check("drawn", "a draw", lambda context: CheckOutcome(True, str(drawn(1, context))))
two = tiny("mine.two", uses=("mine.one",), mutants=(mutant,))
"""


def run(found: list[Located], out: Path, *, seed: int = 0, jobs: int = 1) -> ResultDocument:
    return verify(found, Settings(seed, Budget.QUICK, jobs, out))


def claim(document: ResultDocument, id: str) -> ClaimResult:
    return next(c for c in document.claims if c.id == id)


def encoded(document: ResultDocument) -> bytes:
    return msgspec.json.encode(document)


# determinism


def test_the_document_does_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    found = located(tmp_path, TWO)
    alone, together = (run(found, tmp_path / str(jobs), jobs=jobs) for jobs in (1, 2))
    assert alone.exit_code == 0
    assert encoded(alone) == encoded(together)


def test_nor_on_the_order_in_which_tasks_finish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def shuffled(function, jobs, *, workers):  # type: ignore[no-untyped-def]
        jobs = list(jobs)
        random.Random(1).shuffle(jobs)
        yield from ((job, function(job)) for job in jobs)

    found = located(tmp_path, TWO)
    plain = run(found, tmp_path / "plain")
    monkeypatch.setattr("fa_theory.claims.runner.perform", shuffled)
    assert encoded(run(found, tmp_path / "shuffled")) == encoded(plain)


def test_nor_on_the_claims_it_is_run_with(tmp_path: Path) -> None:
    one, two = located(tmp_path, TWO)
    both, alone = run([one, two], tmp_path / "both"), run([two], tmp_path / "alone")
    assert claim(both, "mine.two").evidence == claim(alone, "mine.two").evidence
    assert claim(both, "mine.two").mutants == claim(alone, "mine.two").mutants
    assert claim(both, "mine.two").complete
    assert not claim(alone, "mine.two").complete  # what it uses was not settled in this run


def test_the_seed_and_nothing_else_decides_what_is_drawn(tmp_path: Path) -> None:
    found = located(tmp_path, TWO)
    first, again, other = (run(found, tmp_path / "out", seed=seed) for seed in (7, 7, 8))
    assert encoded(first) == encoded(again)
    assert claim(first, "mine.one").why != claim(other, "mine.one").why


def test_draws_differ_by_claim_procedure_and_trial() -> None:
    addresses = [("a.b", "p", 0), ("a.b", "p", 1), ("a.b", "q", 0), ("a.c", "p", 0)]
    drawn = {Context(0, claim, name, Path()).rng(i).integers(10**12) for claim, name, i in addresses}
    assert len(drawn) == len(addresses)


def test_progress_is_told_at_the_beginning_and_after_every_task(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    verify(
        located(tmp_path, TWO),
        Settings(0, Budget.QUICK, 1, tmp_path),
        progress=lambda done, total, label: told.append((done, total)),
    )
    assert told == [(k, 16) for k in range(17)]


def test_evidence_says_how_to_repeat_it(tmp_path: Path) -> None:
    document = run(located(tmp_path, TWO), tmp_path, seed=5)
    assert claim(document, "mine.one").evidence[0].rerun == "fa-theory verify mine.one --seed 5 --budget quick"


# crashes

CRASHES = {
    "raise ValueError('too\\nbad')": "ValueError: too bad",
    "return {'x': float('nan')}": "ValueError: Out of range float values are not JSON compliant",
    "return {'x': object()}": "TypeError: Object of type object is not JSON serializable",
    "return None": "TypeError: a task must return a dict but this one returned None",
    "return [1]": "TypeError: a task must return a dict but this one returned [1]",
    "sys.exit(3)": "SystemExit: 3",
    "raise StopIteration": "StopIteration:",
}


def crashing(statement: str) -> str:
    return f"""
def bad(i, context):
    if i == 1:
        {statement}
    return drawn(i, context)


bad = tiny("mine.bad", Tiny(bad, name="crashes"), Tiny(name="works", settles=False))
good = tiny("mine.good")
"""


def assert_only_one_crashed(document: ResultDocument, error: str) -> None:
    assert len(document.failures) == 1
    assert document.failures[0].startswith(f"mine.bad / crashes / task 1: {error}")
    assert "\n" not in document.failures[0]
    assert document.exit_code == 2
    assert claim(document, "mine.good").verdict is Result.ENCLOSED
    bad = claim(document, "mine.bad")
    assert [e.result for e in bad.evidence] == [Result.NOT_RUN, Result.ENCLOSED]
    assert bad.evidence[0].n == 2
    assert bad.verdict is Result.NOT_RUN
    assert document.failures[0] in bad.why
    assert not bad.complete
    assert not bad.mutants[0].refuted
    assert bad.mutants[0].detail == "not run, because a procedure crashed"
    assert not bad.witness.holds


@pytest.mark.parametrize("statement", CRASHES)
def test_a_task_that_crashes_stops_no_other(tmp_path: Path, statement: str) -> None:
    assert_only_one_crashed(run(located(tmp_path, crashing(statement)), tmp_path), CRASHES[statement])


def test_a_task_that_crashes_in_a_worker_stops_no_other(tmp_path: Path) -> None:
    document = run(located(tmp_path, crashing("sys.exit(3)")), tmp_path, jobs=2)
    assert_only_one_crashed(document, "SystemExit: 3")


def test_an_interrupt_in_a_task_is_an_interrupt(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(located(tmp_path, crashing("raise KeyboardInterrupt")), tmp_path)


def test_a_crash_in_the_conclusion(tmp_path: Path) -> None:
    body = """
    class Bad(Tiny):
        def conclude(self, records):
            return 1 / 0

    bad = tiny("mine.bad", Bad())
    good = tiny("mine.good")
    """
    document = run(located(tmp_path, body), tmp_path)
    assert document.failures == ["mine.bad / tiny / conclusion: ZeroDivisionError: division by zero"]
    assert document.exit_code == 2
    assert [c.verdict for c in document.claims] == [Result.NOT_RUN, Result.ENCLOSED]


@pytest.mark.parametrize("field", ["n=None", "says=object()", "n=3.5", "interval=(float('nan'), 1.0)"])
def test_evidence_that_cannot_be_written_and_read_again(tmp_path: Path, field: str) -> None:
    body = f"""
    class Bad(Tiny):
        def conclude(self, records):
            fields = dict(
                procedure=self.name, method=self.method, result=Result.UNDECIDED, settles=True, says="found", n=1
            )
            return Evidence(**(fields | dict({field})))

    bad = tiny("mine.bad", Bad())
    """
    document = run(located(tmp_path, body), tmp_path)
    assert document.failures[0].startswith("mine.bad / tiny / conclusion: ")
    assert document.exit_code == 2


@pytest.mark.parametrize("which", ["mutants", "degenerate", "witness"])
def test_a_check_that_crashes(tmp_path: Path, which: str) -> None:
    crash = 'Check("odd", "says odd", lambda context: 1 / 0)'
    document = run(
        located(tmp_path, f'bad = tiny("mine.bad", {which}={crash if which == "witness" else f"({crash},)"})'), tmp_path
    )
    assert document.failures == ["mine.bad / checks / odd: ZeroDivisionError: division by zero"]
    assert claim(document, "mine.bad").verdict is Result.UNDECIDED
    assert "ZeroDivisionError" in claim(document, "mine.bad").why
    assert document.exit_code == 2


def test_a_check_that_asks_for_records_that_do_not_exist(tmp_path: Path) -> None:
    body = (
        'bad = tiny("mine.bad", witness=Check("odd", "says odd", lambda c: CheckOutcome(bool(c.records("tinny")), "")))'
    )
    (failure,) = run(located(tmp_path, body), tmp_path).failures
    assert "has no records of a procedure 'tinny'; available: tiny" in failure


@pytest.mark.parametrize(
    ("tasks", "message"),
    [
        ("[Task('a', {}), Task('a', {})]", r"expected tasks with different keys but got \['a', 'a'\]"),
        ("[]", r"expected tasks with different keys but got \[\]"),
        ("1 / 0", "listing the tasks failed: ZeroDivisionError"),
    ],
)
def test_a_procedure_with_unusable_tasks(tmp_path: Path, tasks: str, message: str) -> None:
    body = f"""
    class Bad(Tiny):
        def tasks(self, budget):
            return {tasks}

    bad = tiny("mine.bad", Bad())
    """
    with pytest.raises(InputError, match=f"mine.bad / tiny: {message}"):
        run(located(tmp_path, body), tmp_path)


MENDABLE = """
def needy(i, context):
    log = Path(__file__).with_name("log")
    log.write_text((log.read_text() if log.exists() else "") + f"{i} ")
    if i == 1:
        Path(__file__).with_name("input").read_text()
    return drawn(i, context)


def looks(context):
    found = context.records("tiny")
    return CheckOutcome(len(found) == 3, f"{len(found)} records")


needy = tiny("mine.needy", Tiny(needy), witness=Check("looks", "sees all records", looks))
"""


def test_after_the_cause_of_a_crash_is_mended_only_what_is_missing_is_run(tmp_path: Path) -> None:
    found = located(tmp_path, MENDABLE)
    broken = run(found, tmp_path / "out")
    assert "FileNotFoundError" in broken.failures[0]
    assert not broken.claims[0].witness.holds
    (tmp_path / "input").write_text("now it is there")
    mended = run(found, tmp_path / "out")
    assert (tmp_path / "log").read_text() == "0 1 2 1 "
    assert mended.exit_code == 0
    assert mended.claims[0].witness.detail == "3 records"  # not what was seen when records were missing
    assert encoded(mended) == encoded(run(found, tmp_path / "anew"))


def test_changed_code_is_run_anew(tmp_path: Path) -> None:
    """Records of another version of the file are not mixed in."""
    body = "claim = tiny('mine.one', Tiny(lambda i, context: {'x': %s}))"
    broken = run(located(tmp_path, body % "10 // (2 - i)"), tmp_path / "out")
    assert broken.claims[0].evidence[0].n == 2
    load.cache_clear()  # another process would read the file again
    repaired = run(located(tmp_path, body % "i"), tmp_path / "out")
    assert repaired.claims[0].why == "found [0, 1, 2]"


@pytest.mark.parametrize("jobs", [1, 2])
def test_linear_algebra_uses_one_thread(tmp_path: Path, jobs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bits of its sums depend on the number of threads."""
    import numpy  # noqa: F401  (loads the library that is limited)
    from threadpoolctl import threadpool_limits

    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")  # for workers
    body = """
    def threads(i, context):
        import numpy
        from threadpoolctl import threadpool_info

        return {"x": [library["num_threads"] for library in threadpool_info()]}

    claim = tiny("mine.one", Tiny(threads, n=2))
    """
    with threadpool_limits(2):
        document = run(located(tmp_path, body), tmp_path, jobs=jobs)
    assert set(re.findall(r"\d+", document.claims[0].why)) == {"1"}


def test_a_worker_that_dies(tmp_path: Path) -> None:
    body = """
    def deadly(i, context):
        if not Path(__file__).with_name("safe").exists():
            os._exit(1)
        return drawn(i, context)

    good = tiny("mine.good", Tiny(n=8))
    deadly = tiny("mine.deadly", Tiny(deadly, n=1))
    """
    found = located(tmp_path, body)
    told: list[int] = []
    settings = Settings(0, Budget.QUICK, 2, tmp_path / "out")
    with pytest.raises(FATheoryError, match="a worker process died; if memory ran out"):
        verify(found, settings, progress=lambda done, total, label: told.append(done))
    (tmp_path / "safe").write_text("")
    again: list[int] = []
    document = verify(found, settings, progress=lambda done, total, label: again.append(done))
    assert again[:2] == [told[-1], told[-1] + 1]
    assert document.exit_code == 0


# files


def test_a_run_counts_as_finished_only_when_its_files_are_written(tmp_path: Path) -> None:
    found, settings = located(tmp_path, MENDABLE), Settings(0, Budget.QUICK, 1, tmp_path / "out")
    (tmp_path / "input").write_text("")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FATheoryError, match=r"cannot write .*/file/results.json: .*choose another location"):
        verify(found, settings, keep=lambda d: d.write(tmp_path / "file" / "results.json"))
    document = verify(found, settings, keep=lambda d: d.write(tmp_path / "results.json"))
    assert (tmp_path / "log").read_text() == "0 1 2 "  # nothing was run twice
    assert msgspec.json.decode((tmp_path / "results.json").read_bytes(), type=ResultDocument) == document


def test_artefacts_are_named_by_their_hash(tmp_path: Path) -> None:
    context = Context(0, "mine.one", "p", tmp_path)
    first, again = (context.keep({"b": 1, "a": "ψ"}, "certificates") for _ in range(2))
    assert first == again
    assert hashlib.sha256((tmp_path / first.path).read_bytes()).hexdigest() == first.sha256
    assert first.path == f"certificates/mine.one-{first.sha256[:16]}.json"


@pytest.mark.parametrize("trials", [(0, 1, 1), (2, 1, 3), (1, 3, 2)])
def test_larger_budgets_have_more_trials(trials: tuple[int, int, int]) -> None:
    with pytest.raises(InputError, match="quick ≤ standard ≤ thorough"):
        Trials(*trials)


def test_a_larger_budget_repeats_the_tasks_of_a_smaller_one() -> None:
    small, large = (by_width((4, 8), trials, 20) for trials in (30, 90))
    assert all(task in large for task in small)
    assert sum(task.params["count"] for task in small if task.params["p"] == 8) == 40  # the last block is filled up


def test_a_negative_seed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a seed ≥ 0 but got -1"):
        Settings(-1, Budget.QUICK, 1, tmp_path)


def test_the_text_of_a_claim_reaches_the_document_unchanged(tmp_path: Path) -> None:
    body = "claim = tiny('mine.one', statement=r'$\\lambda < 1$ & ψ \"quoted\"')"
    document = run(located(tmp_path, body), tmp_path)
    assert document.claims[0].statement == '$\\lambda < 1$ & ψ "quoted"'
