"""How often a random network satisfies the claim: fixed numbers of trials and exact binomial intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fa_theory.checker.decimals import above, below
from fa_theory.claims.claim import Check, CheckOutcome
from fa_theory.claims.procedure import Budget, Context, Procedure, Task, Trials, by_width
from fa_theory.errors import InputError
from fa_theory.record.evidence import Evidence, Method, Result
from fa_theory.record.figure import Axis, Curve, Figure
from fa_theory.record.table import Table
from fa_theory.statistics.binomial import Proportion
from fa_theory.work.ledger import Record

Trial = Callable[[int, np.random.Generator], bool]
"""From a width and a random generator to success or failure."""


def counted(trial: Trial, task: Task, context: Context) -> Record:
    """Run the trials of a task of `by_width`, and count the successes."""
    p, first, count = (int(task.params[key]) for key in ("p", "first", "count"))
    successes = sum(bool(trial(p, context.rng(p, i))) for i in range(first, first + count))
    return {"p": p, "n": count, "successes": successes}


def tally(records: Mapping[str, Record], widths: Sequence[int]) -> dict[int, tuple[int, int]]:
    """(successes, trials) by width, from records of `counted`."""
    found = {}
    for p in widths:
        here = [r for r in records.values() if r["p"] == p]
        found[p] = sum(r["successes"] for r in here), sum(r["n"] for r in here)
    return found


def judge_frequency(successes: int, trials: int, delta: float, confidence: float) -> Result:
    """Whether ``P(success) ≥ 1 − δ``: supported or contradicted at the stated confidence, otherwise undecided.

    Examples
    --------
    >>> judge_frequency(100, 100, 0.1, 0.99), judge_frequency(50, 100, 0.1, 0.99), judge_frequency(10, 10, 0.1, 0.99)
    (<Result.SUPPORTED: 'supported'>, <Result.CONTRADICTED: 'contradicted'>, <Result.UNDECIDED: 'undecided'>)
    """
    low, high = Proportion(successes, trials, confidence).interval
    if low >= 1 - delta:
        return Result.SUPPORTED
    return Result.CONTRADICTED if high < 1 - delta else Result.UNDECIDED


@dataclass(frozen=True)
class FrequencyByWidth(Procedure):
    """Test ``P(success) ≥ 1 − δ`` at several widths at once.

    The confidence is divided evenly among the widths (Bonferroni), so all intervals hold jointly.

    Parameters
    ----------
    trial
        Success or failure of one network.
    widths
        All widths tested.
    from_width
        The claim covers widths from this one on; the others are only shown.
    delta
        Failure probability the claim allows.
    success
        What success means, in words.

    Raises
    ------
    InputError
        If the claim covers none of the widths.
    """

    trial: Trial = field(repr=False)
    widths: tuple[int, ...]
    from_width: int
    trials: Trials
    delta: float
    success: str
    confidence: float = 0.99
    name: str = "frequency by width"
    settles: bool = True
    method: Method = Method.SAMPLING
    block: int = 25

    def __post_init__(self) -> None:
        if not any(p >= self.from_width for p in self.widths):
            raise InputError(f"the claim is for widths ≥ {self.from_width}, but none of {self.widths} is")

    @property
    def _each(self) -> float:
        """Confidence of each interval."""
        return 1 - (1 - self.confidence) / len(self.widths)

    def tasks(self, budget: Budget) -> list[Task]:
        return by_width(self.widths, self.trials[budget], self.block)

    def reachable(self, budget: Budget) -> float:
        return Proportion(self.trials[budget], self.trials[budget], self._each).lower

    def run(self, task: Task, context: Context) -> Record:
        return counted(self.trial, task, context)

    def counts(self, records: Mapping[str, Record]) -> dict[int, tuple[int, int]]:
        """(successes, trials) by width."""
        return tally(records, self.widths)

    def results(self, records: Mapping[str, Record], from_width: int) -> dict[int, Result]:
        """The result at every width from ``from_width`` on."""
        counts = self.counts(records)
        return {p: judge_frequency(*c, self.delta, self._each) for p, c in counts.items() if p >= from_width}

    def mutant(self, name: str, says: str, from_width: int) -> Check:
        """The mutant that extends the claim to smaller widths; the same records must falsify it."""

        def run(context: Context) -> CheckOutcome:
            results = self.results(context.records(self.name), from_width)
            found = ", ".join(f"p={p}: {result.value}" for p, result in results.items())
            return CheckOutcome(Result.CONTRADICTED in results.values(), found)

        return Check(name, says, run)

    def conclude(self, records: Mapping[str, Record]) -> Evidence:
        counts = self.counts(records)
        intervals = {p: Proportion(*c, self._each).interval for p, c in counts.items()}
        results = self.results(records, self.from_width)
        result = weakest(list(results.values()))
        worst = min(results, key=lambda p: intervals[p][0])
        successes, n = counts[worst]
        where = (
            f"at p = {worst}, the worst of the widths {', '.join(map(str, results))}"
            if len(results) > 1
            else f"at p = {worst}"
        )
        return Evidence(
            procedure=self.name,
            method=self.method,
            result=result,
            settles=self.settles,
            says=(
                f"{self.success}: {successes} of {n} networks {where}, "
                f"so the probability is at least {below(intervals[worst][0], places=3)} "
                f"with {self.confidence:.0%} confidence"
            ),
            n=sum(trials for _, trials in counts.values()),
            interval=intervals[worst],
            confidence=self.confidence,
            quantity=f"P({self.success}) at p = {worst}",
            reached=intervals[worst][0],
            tables=[
                Table(
                    caption=f"{self.success}, by width; exact binomial intervals, jointly at {self.confidence:.0%}",
                    columns=["width p", "successes", "trials", "lower", "upper", "claimed"],
                    rows=[
                        [
                            p,
                            *counts[p],
                            float(below(intervals[p][0], places=4)),
                            float(above(intervals[p][1], places=4)),
                            p >= self.from_width,
                        ]
                        for p in self.widths
                    ],
                )
            ],
            figures=[self._figure(counts, intervals)],
        )

    def _figure(self, counts: Mapping[int, tuple[int, int]], intervals: Mapping[int, tuple[float, float]]) -> Figure:
        x = [float(p) for p in self.widths]
        return Figure(
            name="frequency",
            caption=f"{self.success}, against width, with exact binomial intervals.",
            x=Axis(label="width $p$", scale="log"),
            y=Axis(label="fraction of networks"),
            curves=[
                Curve(
                    label="observed",
                    x=x,
                    y=[counts[p][0] / counts[p][1] for p in self.widths],
                    low=[intervals[p][0] for p in self.widths],
                    high=[intervals[p][1] for p in self.widths],
                    style="points",
                ),
                Curve(
                    label=f"claimed, $1-\\delta = {1 - self.delta:g}$",
                    x=[float(max(self.from_width, x[0])), x[-1]],
                    y=[1 - self.delta] * 2,
                    style="dashed",
                ),
            ],
        )


def weakest(results: Sequence[Result]) -> Result:
    """The result of several that must all hold."""
    return next(r for r in (Result.CONTRADICTED, Result.UNDECIDED, Result.SUPPORTED) if r in results)
