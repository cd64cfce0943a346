"""Running an experiment: its jobs on worker processes, each done once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from fa_theory.claims.assembly import versions
from fa_theory.claims.runner import code_digest
from fa_theory.work.ledger import open_ledger
from fa_theory.work.pool import perform

from .experiment import Experiment, Findings, Record

LEDGER = "simulate.sqlite"


@contextmanager
def conducted(
    experiment: Experiment[Any],
    out: Path,
    *,
    workers: int = 1,
    resumed: Callable[[int, int], object] = lambda done, total: None,
    notify: Callable[[int, int, str], object] = lambda done, total, label: None,
) -> Iterator[Findings]:
    """Do the jobs, and yield what follows from them; what an interrupted run finished is not done again.

    The run counts as finished when the block ends without an exception, that is, when its results are written.

    Parameters
    ----------
    experiment
        With its options.
    out
        Folder of the results and of the ledger.
    workers
        Number of processes.
    resumed
        Called with the number of jobs that were finished before and the number of all, if there are any.
    notify
        Called after every job: how many of how many are done, and the label of this one.

    Raises
    ------
    FATheoryError
        If the ledger cannot be used, or a worker dies. What is finished is kept.
    """
    jobs = list(experiment.jobs())
    found: dict[Any, Record] = {}
    with open_ledger(out / LEDGER, _key(experiment, jobs)) as ledger:
        for job in jobs:
            record = ledger.get(experiment.name, repr(job), "")
            if record is not None:
                found[job] = record
        if found:
            resumed(len(found), len(jobs))
        left = [job for job in jobs if job not in found]
        with closing(perform(partial(experiment.work, out=out), left, workers=workers)) as running:
            for job, record in running:
                found[job] = record
                ledger.add(experiment.name, repr(job), "", record)
                notify(len(found), len(jobs), experiment.label(job))
        yield experiment.findings({job: found[job] for job in jobs})
        ledger.finish()


def _key(experiment: Experiment[Any], jobs: list[Any]) -> str:
    parts = [experiment.name, [repr(job) for job in jobs], *experiment.depends_on, code_digest(), versions()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
