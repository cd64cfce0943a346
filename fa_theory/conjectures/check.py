"""Checking one conjecture: the linter, and then what its quantifier asks for."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec

from . import for_all
from .declare import Conjecture
from .outcome import Outcome, Verdict
from .work import Tell, Work


def check(conjecture: Conjecture, *, budget: float, seed: int, out: Path, tell: Tell = lambda _: None) -> Outcome:
    """Settle a conjecture.

    Parameters
    ----------
    conjecture
        What to settle.
    budget
        Time in seconds.
    seed
        The one number that all randomness comes from.
    out
        Folder for counterexamples.
    tell
        Called with the progress.

    Returns
    -------
    Outcome
        With its verdict and what it rests on.

    Raises
    ------
    InputError
        If the conjecture cannot be evaluated; the message names file and line.
    """
    work = Work(conjecture.name, seed, time.monotonic(), budget, out, tell)
    outcome = for_all.settle(conjecture, started(conjecture, seed, budget), work)
    return msgspec.structs.replace(outcome, seconds=work.seconds)


def started(conjecture: Conjecture, seed: int = 0, budget: float = 0.0) -> Outcome:
    """The outcome before anything is known."""
    return Outcome(
        name=conjecture.name,
        title=conjecture.title,
        file=str(conjecture.file),
        line=conjecture.line,
        verdict=Verdict.UNDECIDED,
        why="not run",
        domain=str(conjecture.domain),
        seed=seed,
        budget=budget,
    )


def unfinished(conjecture: Conjecture, why: str) -> Outcome:
    """The outcome of a conjecture that could not be evaluated."""
    return msgspec.structs.replace(started(conjecture), verdict=Verdict.ERROR, why=why)
