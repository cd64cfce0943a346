"""Running claims: tasks in worker processes, records in the ledger, evidence and verdicts from the records."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec

from fa_theory.errors import InputError
from fa_theory.record.evidence import CheckResult, Evidence, Result
from fa_theory.work.ledger import Ledger, Record, open_ledger
from fa_theory.work.pool import perform
from fa_theory.work.provenance import file_digest, run_key

from . import kernel
from .assembly import claim_result, result_document
from .claim import CHECKS, Check, Claim
from .library import Located, load, packaged
from .procedure import Budget, Context, Procedure, Task
from .result import Provenance, ResultDocument

Progress = Callable[[int, int, str], None]
"""Called with the number of finished tasks, the number of all tasks, and the id of the claim just worked on."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a run.

    Attributes
    ----------
    seed, budget
        These determine the result.
    jobs
        Number of worker processes; 1 works in this process. Does not influence the result.
    out
        Folder for the ledger and artefacts.
    coq
        Whether Coq is there, has audited the library, and checks proofs, too.

    Raises
    ------
    InputError
        If the seed is negative.
    """

    seed: int
    budget: Budget
    jobs: int
    out: Path
    coq: bool = False

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise InputError(f"expected a seed ≥ 0 but got {self.seed}")


@dataclass(frozen=True, slots=True)
class _Job:
    """A task with everything a worker needs to load and run it."""

    origin: str
    context: Context
    task: Task


def _perform(job: _Job) -> Record:
    claim = next(c for c in load(job.origin) if c.id == job.context.claim)
    if job.context.procedure == CHECKS:
        check = next(c for c in _checks(claim) if c.name == job.task.key)
        outcome = check.run(job.context)
        return {"holds": bool(outcome.holds), "detail": str(outcome.detail)}
    return _procedure(claim, job.context.procedure).run(job.task, job.context)


def _procedure(claim: Claim, name: str) -> Procedure:
    return next(p for p in (*claim.procedures, *kernel.in_coq(claim)) if p.name == name)


def _checks(claim: Claim) -> Iterator[Check]:
    yield from (*claim.mutants, *claim.degenerate, claim.witness)


def _attempt(job: _Job) -> tuple[Record | None, str]:
    """Run a job; a crash becomes one line with the task and the error."""
    try:
        record = json.loads(json.dumps(_perform(job), allow_nan=False))
        if not isinstance(record, dict):
            raise TypeError(f"a task must return a dict but this one returned {record!r}")
        return record, ""
    except (Exception, SystemExit) as error:
        return None, f"{job.context.claim} / {job.context.procedure} / {job.task.key}: {_line(error)}"


def _line(error: BaseException) -> str:
    """An error in one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())


def _tasks(claim: Claim, procedure: Procedure, budget: Budget) -> list[Task]:
    try:
        tasks = procedure.tasks(budget)
    except Exception as error:
        raise InputError(f"{claim.id} / {procedure.name}: listing the tasks failed: {_line(error)}") from None
    keys = [task.key for task in tasks]
    if not keys or len(set(keys)) < len(keys):
        raise InputError(f"{claim.id} / {procedure.name}: expected tasks with different keys but got {keys}")
    return tasks


def _code() -> str:
    """Digest of everything that can change a result except the inputs."""
    return run_key()[:16]


def _run_key(located: Sequence[Located], settings: Settings) -> str:
    own_files = sorted({item.origin for item in located if not packaged(item.origin)})
    ids = [item.claim.id for item in located]
    return run_key(settings.seed, settings.budget.value, ids, [file_digest(file) for file in own_files])


def verify(
    located: Sequence[Located],
    settings: Settings,
    *,
    command: str = "",
    progress: Progress | None = None,
    keep: Callable[[ResultDocument], object] | None = None,
) -> ResultDocument:
    """Verify claims.

    Parameters
    ----------
    located
        The claims, every one after those it uses.
    settings
        Seed, budget, number of workers, output folder.
    command
        The command line, for the record.
    progress
        Called at the beginning, with the tasks finished by an interrupted run, and after every task.
    keep
        Called with the document, to write it; only then does the run count as finished.

    Returns
    -------
    ResultDocument
        The same for the same seed and budget, whatever the number of workers and however often interrupted.

    Raises
    ------
    FATheoryError
        If the ledger cannot be used, a file cannot be written or a worker dies. Finished tasks are in the ledger.
    """
    with open_ledger(settings.out / "ledger.sqlite", _run_key(located, settings)) as ledger:
        run = _Run(located, settings, ledger, progress)
        run.work()
        document = run.document(command)
        if keep is not None:
            keep(document)
        if not run.failures:
            ledger.finish()
    return document


class _Run:
    def __init__(self, located: Sequence[Located], settings: Settings, ledger: Ledger, progress: Progress | None):
        self.located, self.settings, self.ledger = located, settings, ledger
        self.progress = progress or (lambda done, total, label: None)
        self.failures: list[str] = []
        self.tasks = {
            (item.claim.id, p.name): _tasks(item.claim, p, settings.budget)
            for item in located
            for p in self._procedures(item.claim)
        }
        self.total = sum(map(len, self.tasks.values())) + sum(len(list(_checks(item.claim))) for item in located)

    def _procedures(self, claim: Claim) -> tuple[Procedure, ...]:
        return (*claim.procedures, *kernel.in_coq(claim)) if self.settings.coq else claim.procedures

    def work(self) -> None:
        """All procedures first; then the checks, which may use the records of the procedures."""
        self.progress(len(self.ledger), self.total, "")
        self._do(
            _Job(item.origin, self._context(item.claim, procedure.name), task)
            for item in self.located
            for procedure in self._procedures(item.claim)
            for task in self.tasks[item.claim.id, procedure.name]
        )
        recorded = [(item, self._records(item.claim)) for item in self.located]
        self._do(
            _Job(item.origin, self._context(item.claim, CHECKS, records), Task(check.name, {}))
            for item, records in recorded
            if all(self._finished(item.claim, p, records[p.name]) for p in self._procedures(item.claim))
            for check in _checks(item.claim)
        )

    def _finished(self, claim: Claim, procedure: Procedure, records: Mapping[str, Record]) -> bool:
        return len(records) == len(self.tasks[claim.id, procedure.name])

    def _context(self, claim: Claim, name: str, recorded: Mapping[str, Mapping[str, Record]] | None = None) -> Context:
        return Context(self.settings.seed, claim.id, name, self.settings.out, recorded or {})

    def _do(self, all_jobs: Iterable[_Job]) -> None:
        jobs = [job for job in all_jobs if self._get(job.context.claim, job.context.procedure, job.task.key) is None]
        with closing(perform(_attempt, jobs, workers=self.settings.jobs)) as answers:
            for job, (record, failure) in answers:
                if record is None:
                    self.failures.append(failure)
                else:
                    self.ledger.add(job.context.claim, job.context.procedure, job.task.key, record)
                self.progress(len(self.ledger), self.total, job.context.claim)

    def _get(self, claim: str, procedure: str, task: str) -> Record | None:
        return self.ledger.get(claim, procedure, task)

    def _records(self, claim: Claim) -> dict[str, dict[str, Record]]:
        """Records by procedure and task key, in the order of the tasks, not of completion."""
        return {
            p.name: {
                t.key: record
                for t in self.tasks[claim.id, p.name]
                if (record := self._get(claim.id, p.name, t.key)) is not None
            }
            for p in self._procedures(claim)
        }

    def _rerun(self, claim: Claim) -> str:
        return f"fa-theory verify {claim.id} --seed {self.settings.seed} --budget {self.settings.budget.value}"

    def _evidence(self, claim: Claim, procedure: Procedure, records: Mapping[str, Record]) -> Evidence:
        where = f"{claim.id} / {procedure.name} /"
        if self._finished(claim, procedure, records):
            try:
                # through JSON, so that anything that cannot be serialised fails here
                evidence = msgspec.json.decode(msgspec.json.encode(procedure.conclude(records)), type=Evidence)
                coq = " --coq" if isinstance(procedure, kernel.InCoq) else ""
                return msgspec.structs.replace(evidence, rerun=self._rerun(claim) + coq)
            except Exception as error:
                self.failures.append(f"{where} conclusion: {_line(error)}")
        return Evidence(
            procedure=procedure.name,
            method=procedure.method,
            result=Result.NOT_RUN,
            settles=procedure.settles,
            says="crashed: " + min(line for line in self.failures if line.startswith(where)),
            n=len(records),
            rerun=self._rerun(claim),
        )

    def _check(self, claim: Claim, check: Check) -> CheckResult:
        record = self._get(claim.id, CHECKS, check.name)
        if record is None:
            where = f"{claim.id} / {CHECKS} / {check.name}:"
            crashed = [line for line in self.failures if line.startswith(where)]
            record = {"holds": False, "detail": crashed[0] if crashed else "not run, because a procedure crashed"}
        return CheckResult(name=check.name, says=check.says, holds=record["holds"], detail=record["detail"])

    def document(self, command: str) -> ResultDocument:
        """Evidence, verdicts and exit code from the records."""
        results, provenance = [], Provenance(command=command, code=_code())
        for item in self.located:
            records = self._records(item.claim)
            evidence = [self._evidence(item.claim, p, records[p.name]) for p in self._procedures(item.claim)]
            if self.settings.coq:
                evidence = kernel.witnessed(evidence, item.claim) + kernel.evidence(item.claim)
            checks = {check.name: self._check(item.claim, check) for check in _checks(item.claim)}
            settled = claim_result(item.claim, evidence, checks)
            results.append(msgspec.structs.replace(settled, provenance=provenance))
        return result_document(
            results, seed=self.settings.seed, budget=self.settings.budget, command=command, failures=self.failures
        )
