"""Conjectures that hold with probability at least p: exact binomial intervals with stages planned in advance.

Repeated tests of the same draws until one succeeds would invalidate the confidence. Therefore the planner fixes the
numbers of draws in advance: at stage j = 1, 2, …, J there are N_j draws in total, and each stage may err with
probability ``α/J`` (Bonferroni), half of it at either end. At a stage the statement is supported where the lower end
of the two-sided interval of the probability is at least p, and contradicted where the upper end is below p. So the
interval at which the draws stop covers the probability with confidence 1 − α, at any stage.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fa_theory.checker.decimals import above, below
from fa_theory.checker.decimals import interval as outwards
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.declare import Conjecture, WithProbability
from fa_theory.conjectures.language.evaluate import blame
from fa_theory.errors import InputError
from fa_theory.statistics.binomial import Proportion
from fa_theory.statistics.planner import plan

from .draws import batches, margins

FAILURES = (0, 3, 15, 63, 255, 1023, 4095)
"""The stages: with at most this many failures a stage supports the statement."""
ROUND = 2000
"""Most draws between two checks of the deadline."""
PROPOSED = 20
"""At most this many draws for one that satisfies the hypotheses."""

Result = Literal["supported", "contradicted", "undecided", "vacuous"]


@dataclass(frozen=True)
class Frequency:
    """The frequency of the conclusion under the distribution of the domain, among draws that satisfy the hypotheses.

    Attributes
    ----------
    verdict, reason
        ``supported``, ``contradicted``, ``undecided`` or ``vacuous``, and one sentence.
    successes, trials, proposed
        Among the accepted draws; ``proposed`` counts all.
    interval
        Two-sided, at the requested confidence for all stages together.
    stage, stages
        The stage that ended it, and the number of stages.
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
    (69, 130, 310, 911, 3073, 11237, 42925)
    """
    share = 1 - (1 - confidence) / len(FAILURES) / 2
    return tuple(plan(1 - at_least, confidence=share, failures=k).trials for k in FAILURES)


def frequency(
    conjecture: Conjecture,
    *,
    rng: np.random.Generator,
    deadline: float,
    notify: Callable[[str], None] = lambda _: None,
    confidence: float = 0.99,
) -> Frequency:
    """Draw networks, stage by stage, until the statement is supported or contradicted.

    Parameters
    ----------
    conjecture
        With the quantifier `WithProbability`.
    rng
        Generator of the draws.
    deadline
        On the clock of `effort.now`, which counts work. A stage that is not finished by then does not count.
    notify
        Called with one line of progress at a time.
    confidence
        Of the interval for all stages together, and so of ``supported`` and ``contradicted``.

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
            if effort.passed(deadline):
                return done
            if proposed >= PROPOSED * stages[0] and trials * PROPOSED < proposed:
                verdict: Result = "undecided" if trials else "vacuous"
                why = f"only {trials} of {proposed} draws satisfy the hypotheses"
                return Frequency(verdict, why, successes, trials, proposed, (0.0, 1.0), stage, stages, float(smallest))
            count = min(wanted - trials, ROUND)
            drawn, passed = _holding(conjecture, count, rng)
            proposed += count
            trials += len(drawn)
            successes += int(passed.sum())
            smallest = min(smallest, drawn.min(initial=np.inf))
        interval = Proportion(successes, trials, share).interval
        at = f"{successes} of {trials} hold"
        if interval[0] >= at_least:
            verdict, why = (
                "supported",
                f"{at}: probability ≥ {below(interval[0], 4)} at {100 * confidence:g} % confidence",
            )
        elif interval[1] < at_least:
            verdict, why = (
                "contradicted",
                f"{at}: probability ≤ {above(interval[1], 4)} at {100 * confidence:g} % confidence",
            )
        else:
            verdict, why = (
                "undecided",
                f"{at}: the interval {outwards(*interval, 4)} contains {at_least}",
            )
        done = Frequency(verdict, why, successes, trials, proposed, interval, stage, stages, float(smallest))
        notify(why)
        if verdict != "undecided":
            return done
    return done


def _holding(conjecture: Conjecture, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Margins of the accepted among ``count`` draws, and whether each conclusion holds."""
    found = []
    for batch in batches(conjecture, count, rng):
        margin, holds = margins(conjecture, batch)
        unknown = np.flatnonzero(np.isnan(margin) & holds)
        if len(unknown) and (line := blame(conjecture.margin, batch[unknown[:4]])):
            raise InputError(
                f"{conjecture.file}, line {line}: the margin of {conjecture.name} is not a number for a network of "
                f"{batch.shape}; exclude such networks by a hypothesis"
            )
        found.append(np.where(np.isnan(margin[holds]), -np.inf, margin[holds]))  # the run diverged
    drawn = np.concatenate(found)
    return drawn, drawn > 0 if conjecture.strict else drawn >= 0
