"""Conjectures that hold with probability at least p: exact binomial intervals from stages planned beforehand.

Looking at the draws again and again until they please would void the confidence. So the numbers of draws are fixed
before the first one, from the planner: at stage j = 1, 2, …, J there are N_j draws in all, and each stage may err with
probability ``α/J`` (Bonferroni). At a stage the statement is supported where the one-sided lower bound of the
probability is at least p, and falsified where the upper bound is below p; each of the two is wrong with probability at
most α in all.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fa_theory.conjectures.language.declare import Conjecture, WithProbability
from fa_theory.errors import InputError
from fa_theory.statistics.binomial import Proportion
from fa_theory.statistics.planner import plan

from .draws import batches, margins

FAILURES = (0, 3, 15, 63, 255, 1023, 4095)
"""The stages: with at most this many failures a stage supports the statement."""
PROPOSED = 20
"""At most this many draws for one that satisfies the hypotheses."""

Result = Literal["supported", "falsified", "undecided", "vacuous"]


@dataclass(frozen=True)
class Frequency:
    """How often the conclusion holds under the law of the domain, among draws that satisfy the hypotheses.

    Attributes
    ----------
    verdict, reason
        ``supported``, ``falsified``, ``undecided`` or ``vacuous``, and one sentence.
    successes, trials, proposed
        Among the accepted draws; ``proposed`` counts all.
    interval
        Both one-sided bounds, each at the confidence of the stage.
    stage, stages
        Which stage ended it, and of how many.
    smallest
        The smallest margin seen.
    """

    verdict: Result
    reason: str
    successes: int
    trials: int
    proposed: int
    interval: tuple[float, float]
    stage: int
    stages: tuple[int, ...]
    smallest: float


def planned(at_least: float, *, confidence: float = 0.99) -> tuple[int, ...]:
    """The numbers of draws at the stages.

    Examples
    --------
    >>> planned(0.9)
    (63, 122, 298, 892, 3038, 11171, 42796)
    """
    share = 1 - (1 - confidence) / len(FAILURES)
    return tuple(plan(1 - at_least, confidence=share, failures=k).trials for k in FAILURES)


def frequency(
    conjecture: Conjecture,
    *,
    rng: np.random.Generator,
    deadline: float,
    notify: Callable[[str], None] = lambda _: None,
    confidence: float = 0.99,
) -> Frequency:
    """Draw networks, stage by stage, until the statement is supported or falsified.

    Parameters
    ----------
    conjecture
        With the quantifier `WithProbability`.
    rng
        Where the draws come from.
    deadline
        On the clock of `time.monotonic`. A stage that is not finished by then does not count.
    notify
        Called with one line of progress at a time.
    confidence
        Of ``supported``, and of ``falsified``, all stages together.

    Raises
    ------
    InputError
        If the conjecture has another quantifier, or its margin is not a number although the hypotheses hold.
    """
    if not isinstance(conjecture.quantifier, WithProbability):
        raise InputError(f"{conjecture.name} is not a statement with a probability but {conjecture.quantifier}")
    at_least = conjecture.quantifier.at_least
    stages = planned(at_least, confidence=confidence)
    share = 1 - (1 - confidence) / len(stages)
    successes = trials = proposed = 0
    smallest = np.inf
    reason = f"no stage was finished in time; the first has {stages[0]} draws"
    done = Frequency("undecided", reason, 0, 0, 0, (0.0, 1.0), 0, stages, smallest)
    for stage, wanted in enumerate(stages, 1):
        while trials < wanted:
            if time.monotonic() > deadline:
                return done
            if proposed >= PROPOSED * stages[0] and trials * PROPOSED < proposed:
                verdict: Result = "undecided" if trials else "vacuous"
                why = f"only {trials} of {proposed} draws satisfy the hypotheses"
                return Frequency(verdict, why, successes, trials, proposed, (0.0, 1.0), stage, stages, float(smallest))
            drawn, passed = _holding(conjecture, wanted - trials, rng)
            proposed += wanted - trials
            trials += len(drawn)
            successes += int(passed.sum())
            smallest = min(smallest, drawn.min(initial=np.inf))
        seen = Proportion(successes, trials, share)
        interval = seen.lower, seen.upper
        at = f"{successes} of {trials} hold"
        if interval[0] >= at_least:
            verdict, why = "supported", f"{at}: probability ≥ {interval[0]:.4g} at {100 * confidence:g} % confidence"
        elif interval[1] < at_least:
            verdict, why = "falsified", f"{at}: probability ≤ {interval[1]:.4g} at {100 * confidence:g} % confidence"
        else:
            verdict, why = (
                "undecided",
                f"{at}: the interval [{interval[0]:.4g}, {interval[1]:.4g}] has {at_least} in it",
            )
        done = Frequency(verdict, why, successes, trials, proposed, interval, stage, stages, float(smallest))
        notify(why)
        if verdict != "undecided":
            return done
    return done


def _holding(conjecture: Conjecture, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Margins of the accepted among ``count`` draws, and which hold."""
    found = []
    for batch in batches(conjecture, count, rng):
        margin, holds = margins(conjecture, batch)
        if np.isnan(margin[holds]).any():
            raise InputError(
                f"{conjecture.file}, line {conjecture.line}: the margin of {conjecture.name} is not a number for a "
                f"network of {batch.shape}; exclude such networks by a hypothesis"
            )
        found.append(margin[holds])
    drawn = np.concatenate(found)
    return drawn, drawn > 0 if conjecture.strict else drawn >= 0
