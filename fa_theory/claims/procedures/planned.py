"""A probability at several widths at once, shown by a number of trials that is planned in advance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fa_theory.checker.decimals import above, below
from fa_theory.claims.claim import Check, CheckOutcome
from fa_theory.claims.procedure import Budget, Context, Procedure, Task, Trials, by_width
from fa_theory.record.evidence import Evidence, Method, Result
from fa_theory.record.table import Table
from fa_theory.statistics.binomial import Proportion
from fa_theory.statistics.planner import holm, p_value, plan, strongest
from fa_theory.work.ledger import Record

from .frequency import Trial, counted, tally


@dataclass(frozen=True)
class Planned(Procedure):
    """Show ``P(success) ≥ 1 − δ`` at all widths, jointly at the stated confidence, by Holm's correction.

    With fewer trials than the plan for δ requires, the test is for the strongest statement that this many trials can
    show without a failure (`fa_theory.statistics.planner.strongest`); the evidence states it.
    Contradicted if the failures at some width contradict δ itself.

    Parameters
    ----------
    trial
        Success or failure of one network.
    widths
        The widths of the claim.
    trials
        Networks at each width; a larger budget repeats those of a smaller one and adds more.
    delta
        Failure probability the claim allows.
    success
        What success means, in words.
    """

    trial: Trial = field(repr=False)
    widths: tuple[int, ...]
    trials: Trials
    delta: float
    success: str
    confidence: float = 0.99
    name: str = "planned trials"
    settles: bool = True
    method: Method = Method.SAMPLING
    block: int = 5

    def tasks(self, budget: Budget) -> list[Task]:
        return by_width(self.widths, self.trials[budget], self.block)

    def reachable(self, budget: Budget) -> float:
        return 1 - self.tested(self.trials[budget])

    def run(self, task: Task, context: Context) -> Record:
        return counted(self.trial, task, context)

    def proportions(self, records: Mapping[str, Record]) -> dict[int, Proportion]:
        """The observed frequency by width, each with its even share of the confidence."""
        each = 1 - (1 - self.confidence) / len(self.widths)
        return {p: Proportion(*counts, each) for p, counts in tally(records, self.widths).items()}

    def tested(self, trials: int) -> float:
        """The failure probability that this many trials at each width can test: δ, or the smallest above it."""
        able = strongest(trials, confidence=self.confidence, widths=len(self.widths)).delta
        return max(self.delta, able)

    def judge(self, proportions: Mapping[int, Proportion], delta: float) -> tuple[Result, set[int]]:
        """The result for ``P(success) ≥ 1 − delta``, and the widths at which it is shown."""
        shown = holm({p: p_value(found, delta) for p, found in proportions.items()}, confidence=self.confidence)
        if any(found.contradicts(delta) for found in proportions.values()):
            return Result.CONTRADICTED, shown
        return (Result.SUPPORTED if len(shown) == len(proportions) else Result.UNDECIDED), shown

    def elsewhere(self, name: str, says: str, trial: Trial, n: int) -> Check:
        """The mutant that claims the same for other networks; n of them at some width must refute it."""

        def run(context: Context) -> CheckOutcome:
            each = 1 - (1 - self.confidence) / len(self.widths)
            found: dict[int, Proportion] = {}
            for p in self.widths:  # one width at which the claim fails suffices
                successes = sum(bool(trial(p, context.rng(name, p, i))) for i in range(n))
                found[p] = Proportion(successes, n, each)
                if found[p].contradicts(self.delta):
                    break
            seen = ", ".join(f"{x.successes} of {n} at p = {p}" for p, x in found.items())
            refuted = any(x.contradicts(self.delta) for x in found.values())
            return CheckOutcome(refuted, f"{self.success}: {seen}")

        return Check(name, says, run)

    def stronger(self, name: str, says: str, delta: float) -> Check:
        """The mutant that claims a smaller failure probability than the trials can show."""

        def run(context: Context) -> CheckOutcome:
            _, shown = self.judge(self.proportions(context.records(self.name)), delta)
            needed = plan(delta, confidence=self.confidence, widths=len(self.widths)).trials
            return CheckOutcome(
                not shown, f"shown at {len(shown)} widths; it would require {needed} networks at each width"
            )

        return Check(name, says, run)

    def conclude(self, records: Mapping[str, Record]) -> Evidence:
        found = self.proportions(records)
        trials = min(x.trials for x in found.values())
        delta = self.tested(trials)
        result, shown = self.judge(found, delta)
        if result is not Result.CONTRADICTED and any(x.contradicts(self.delta) for x in found.values()):
            result = Result.CONTRADICTED
        worst = min(found, key=lambda p: found[p].lower)
        count = f"{found[worst].successes} of {found[worst].trials} networks"
        where = f"at p = {worst}, the worst of {len(found)} widths"
        if result is Result.SUPPORTED:
            jointly = f"at all of them, jointly with {self.confidence:.0%} confidence"
            says = f"{self.success}: {count} {where}, so P ≥ {1 - delta:g} {jointly}"
        elif result is Result.CONTRADICTED:
            says = f"{self.success}: only {count} {where}, which contradicts P ≥ {1 - self.delta:g}"
        else:
            says = f"{self.success}: {count} {where}; P ≥ {1 - delta:g} is shown at {len(shown)} of {len(found)} widths"
        if delta > self.delta:
            full = plan(self.delta, confidence=self.confidence, widths=len(self.widths)).trials
            says += f" (P ≥ {1 - self.delta:g} requires {full} networks at each width, hence a larger budget)"
        rows: list[list[Any]] = [
            [p, x.successes, x.trials, float(above(p_value(x, delta), 2)), float(below(x.lower, places=4)), p in shown]
            for p, x in found.items()
        ]
        return Evidence(
            procedure=self.name,
            method=self.method,
            result=result,
            settles=self.settles,
            says=says,
            n=sum(x.trials for x in found.values()),
            interval=(found[worst].lower, 1.0),
            confidence=self.confidence,
            quantity=f"P({self.success}) at p = {worst}, lower bound",
            # Holm's correction may show more at all widths than the Bonferroni intervals
            reached=max(found[worst].lower, 1 - delta if result is Result.SUPPORTED else 0.0),
            tables=[
                Table(
                    caption=f"{self.success}, by width. Null hypothesis: P < {1 - delta:g}. With Holm's correction "
                    f"the statements shown hold jointly at {self.confidence:.0%}, and so do the lower bounds of P",
                    columns=["width p", "successes", "trials", "p-value", "lower", f"P ≥ {1 - delta:g} shown"],
                    rows=rows,
                )
            ],
        )
