"""Running an experiment: its jobs on worker processes, each done once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from fa_theory.work.provenance import run_key
from fa_theory.work.resumable import performed

from .experiment import Experiment, Findings

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
    """Do the jobs and yield the findings; jobs finished by an interrupted run are not repeated.

    The run counts as finished when the block ends without an exception, that is, when its results are written.

    Parameters
    ----------
    experiment
        The experiment with its options.
    out
        Folder of the results and of the ledger.
    workers
        Number of processes.
    resumed
        Called with the number of jobs already finished and the number of all jobs, if any are finished.
    notify
        Called after every job with the number of finished jobs, the number of all jobs, and the label of the job.

    Raises
    ------
    FATheoryError
        If the ledger cannot be used, or a worker dies. Finished jobs are kept.
    """
    jobs = list(experiment.jobs())
    key = run_key(experiment.name, [repr(job) for job in jobs], *experiment.depends_on)
    with performed(
        out / LEDGER,
        key,
        jobs,
        partial(experiment.work, out=out),
        workers=workers,
        resumed=lambda count: resumed(count, len(jobs)),
        notify=lambda count, job: notify(count, len(jobs), experiment.label(job)),
    ) as found:
        yield experiment.findings({job: found[job] for job in jobs})
