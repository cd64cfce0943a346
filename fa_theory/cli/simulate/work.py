"""What the simulations share: jobs that are done once, lists of numbers as options, and files."""

from __future__ import annotations

import hashlib
import json
import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from fa_theory.cli.terminal import console, progress
from fa_theory.errors import FATheoryError, InputError

Number = TypeVar("Number", int, float)
Job = TypeVar("Job")
Record = dict[str, Any]


class ActivationName(StrEnum):
    """The networks of the paper."""

    LINEAR = "linear"
    RELU = "relu"
    TANH = "tanh"
    SIGMOID = "sigmoid"


@contextmanager
def performed(
    command: str,
    jobs: Sequence[Job],
    work: Callable[[Job], Record],
    label: Callable[[Job], str],
    *,
    out: Path,
    workers: int,
    about: Sequence[Any] = (),
) -> Iterator[dict[Job, Record]]:
    """Do the jobs, and yield the record of each; what an interrupted run finished is not done again.

    The run counts as finished when the block ends without an exception, that is, when its results are written.

    Parameters
    ----------
    command
        Name of the simulation.
    jobs
        Hashable, with a ``repr`` that says everything about them.
    work
        Importable by name; its record goes into the ledger as JSON.
    label
        A job in few words, for the progress bar.
    about
        What else the records depend on, such as the digest of a data file.
    """
    from fa_theory.work.ledger import open_ledger
    from fa_theory.work.pool import perform

    found: dict[Job, Record] = {}
    with open_ledger(out / "simulate.sqlite", _run_key(command, jobs, about)) as ledger:
        for job in jobs:
            record = ledger.get(command, repr(job), "")
            if record is not None:
                found[job] = record
        if found:
            console(stderr=True).print(f"resuming: {len(found)} of {len(jobs)} jobs were finished before")
        left = [job for job in jobs if job not in found]
        with progress("simulating") as notify, closing(perform(work, left, workers=workers)) as running:
            for job, record in running:
                found[job] = record
                ledger.add(command, repr(job), "", record)
                notify(len(found), len(jobs), label(job))
        yield found
        ledger.finish()


def _run_key(command: str, jobs: Sequence[Any], about: Sequence[Any]) -> str:
    from fa_theory.claims.assembly import versions
    from fa_theory.claims.runner import code_digest

    parts = [command, [repr(job) for job in jobs], list(about), code_digest(), versions()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def listed(option: str, text: str | None, kind: Callable[[str], Number]) -> tuple[Number, ...]:
    """Numbers separated by commas, each once."""
    try:
        return tuple(dict.fromkeys(kind(part) for part in text.split(","))) if text is not None else ()
    except ValueError:
        raise InputError(f"{option} takes numbers separated by commas but got {text!r}") from None


def spread(values: Sequence[float | None]) -> tuple[float | None, float | None, int]:
    """Mean and standard deviation of those that are there, and their number."""
    there = [value for value in values if value is not None]
    mean = statistics.fmean(there) if there else None
    return mean, statistics.stdev(there) if len(there) > 1 else None, len(there)


def finite(value: float) -> float | None:
    """The value, or None where JSON has no sign for it."""
    return float(value) if math.isfinite(value) else None


def shown(value: float | None, digits: str) -> str:
    """A number in a table, or nothing."""
    return "" if value is None else format(value, digits)


def write(path: Path, content: str | bytes) -> None:
    """Write a file, and its folder.

    Raises
    ------
    FATheoryError
        If that is not possible.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise FATheoryError(f"cannot write {path}: {error.strerror}; choose another place") from None


def write_results(rows: list[Record], results: Path, more: Path | None) -> None:
    """Write the rows as JSON beside the figures, and where the user wants them."""
    content = json.dumps(rows, indent=1) + "\n"
    for path in (results, *([more] if more else [])):
        write(path, content)
