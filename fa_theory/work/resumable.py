"""Resumable jobs: jobs finished by an interrupted run are taken from its ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from .ledger import open_ledger
from .pool import perform
from .records import Record

Job = TypeVar("Job")


@contextmanager
def performed(
    path: Path,
    key: str,
    jobs: Sequence[Job],
    function: Callable[[Job], Record],
    *,
    workers: int,
    resumed: Callable[[int], object] = lambda count: None,
    notify: Callable[[int, Job], object] = lambda count, job: None,
) -> Iterator[dict[Job, Record]]:
    """Do the jobs and yield the record of each; jobs finished by an interrupted run are not repeated.

    The run counts as finished when the block ends without an exception, that is, when its results are written.

    Parameters
    ----------
    path
        The ledger.
    key
        See `fa_theory.work.provenance.run_key`.
    jobs
        Hashable, with a ``repr`` that identifies them completely.
    function
        Importable by name; must not raise; its record goes into the ledger as JSON.
    workers
        Number of processes.
    resumed
        Called with the number of jobs that were finished before, if there are any.
    notify
        Called after every job, with the number of those that are finished.

    Raises
    ------
    FATheoryError
        If the ledger cannot be used, or a worker dies. Finished jobs are kept.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ledger = Path(folder) / "ledger.sqlite"
    ...     with performed(ledger, "key", [1, 2], lambda i: {"square": i * i}, workers=1) as found:
    ...         print(found)
    {1: {'square': 1}, 2: {'square': 4}}
    """
    with open_ledger(path, key) as ledger:
        before = {job: ledger.get("", repr(job), "") for job in jobs}
        found = {job: record for job, record in before.items() if record is not None}
        if found:
            resumed(len(found))
        left = [job for job in before if job not in found]
        with closing(perform(function, left, workers=workers)) as running:
            for job, record in running:
                ledger.add("", repr(job), "", record)
                found[job] = record
                notify(len(found), job)
        yield found
        ledger.finish()
