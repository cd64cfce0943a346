"""A mean against its prediction: joint confidence intervals for several cases, tested for equivalence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fa_theory.checker.decimals import above, below
from fa_theory.checker.decimals import interval as outwards
from fa_theory.claims.claim import Check, CheckOutcome
from fa_theory.claims.procedure import Budget, Context, Procedure, Task, Trials
from fa_theory.errors import InputError
from fa_theory.record.evidence import Evidence, Method, Result
from fa_theory.record.figure import Axis, Curve, Figure
from fa_theory.record.table import Table
from fa_theory.work.ledger import Record

Trial = Callable[[str, np.random.Generator], float]
"""From a case and a random generator to the quantity."""


@dataclass(frozen=True)
class Predicted(Procedure):
    """Test that the mean of a quantity agrees with its prediction in every case.

    Student's interval of ``mean / prediction``, with the confidence divided among the cases (Bonferroni), must lie
    within ``1 ± tolerance`` in all cases; the claim is contradicted if it lies outside in some case. The interval
    assumes normal deviations.

    Parameters
    ----------
    trial
        The quantity for one network.
    quantity
        Its name in TeX, between dollars.
    predict
        The prediction for a case; not 0.
    tolerance
        Relative.

    Raises
    ------
    InputError
        If a budget has a single trial, which has no standard deviation.
    """

    trial: Trial = field(repr=False)
    quantity: str
    cases: tuple[str, ...]
    predict: Callable[[str], float] = field(repr=False)
    trials: Trials
    tolerance: float
    confidence: float = 0.99
    name: str = "mean against prediction"
    settles: bool = True
    method: Method = Method.SAMPLING
    block: int = 10

    def __post_init__(self) -> None:
        if max(self.block, self.trials.quick) < 2:
            raise InputError(
                f"expected at least 2 trials, to estimate their standard deviation, but got {self.trials.quick}"
            )

    def tasks(self, budget: Budget) -> list[Task]:
        return [
            Task(f"{case} block {i}", {"case": case, "first": i * self.block, "count": self.block})
            for case in self.cases
            for i in range(-(-self.trials[budget] // self.block))
        ]

    def run(self, task: Task, context: Context) -> Record:
        case, first, count = task.params["case"], int(task.params["first"]), int(task.params["count"])
        return {
            "case": case,
            "values": [float(self.trial(case, context.rng(case, i))) for i in range(first, first + count)],
        }

    def interval(self, records: Mapping[str, Record], case: str) -> tuple[float, float, int]:
        """Confidence interval of the mean in a case, and the number of trials."""
        from scipy.special import stdtrit

        values = [v for r in records.values() if r["case"] == case for v in r["values"]]
        mean, n = float(np.mean(values)), len(values)
        tail = (1 - self.confidence) / len(self.cases) / 2
        half = float(-stdtrit(n - 1, tail) * np.std(values, ddof=1) / np.sqrt(n))
        return mean - half, mean + half, n

    def judge(self, records: Mapping[str, Record], predict: Callable[[str], float]) -> dict[str, Result]:
        """The result for a prediction, case by case."""
        found = {}
        for case in self.cases:
            low, high = sorted(end / predict(case) for end in self.interval(records, case)[:2])
            if 1 - self.tolerance <= low and high <= 1 + self.tolerance:
                found[case] = Result.SUPPORTED
            elif high < 1 - self.tolerance or low > 1 + self.tolerance:
                found[case] = Result.CONTRADICTED
            else:
                found[case] = Result.UNDECIDED
        return found

    def mutant(self, name: str, says: str, predict: Callable[[str], float]) -> Check:
        """The mutant with another prediction; the same records must falsify it."""

        def run(context: Context) -> CheckOutcome:
            found = self.judge(context.records(self.name), predict)
            detail = "; ".join(f"{case}: {result.value}" for case, result in found.items())
            return CheckOutcome(Result.CONTRADICTED in found.values(), detail)

        return Check(name, says, run)

    def conclude(self, records: Mapping[str, Record]) -> Evidence:
        found = self.judge(records, self.predict)
        order = (Result.CONTRADICTED, Result.UNDECIDED, Result.SUPPORTED)
        result = min(found.values(), key=order.index)
        intervals = {case: self.interval(records, case) for case in self.cases}
        ratios = {
            case: sorted(end / self.predict(case) for end in (low, high)) for case, (low, high, _) in intervals.items()
        }
        worst = max(ratios, key=lambda case: max(abs(end - 1) for end in ratios[case]))
        rows: list[list[Any]] = [
            [case, float(f"{self.predict(case):.6g}"), float(below(low, 4)), float(above(high, 4)), n]
            for case, (low, high, n) in intervals.items()
        ]
        low, high = ratios[worst]
        return Evidence(
            procedure=self.name,
            method=self.method,
            result=result,
            settles=self.settles,
            says=(
                f"the mean of {self.quantity} over its prediction lies in {outwards(low, high, places=5)} in the "
                f"worst of {len(self.cases)} cases ({worst}); claimed: 1 ± {self.tolerance:g}"
            ),
            n=sum(n for _, _, n in intervals.values()),
            interval=(low, high),
            confidence=self.confidence,
            quantity=f"ratio of the mean of {self.quantity} to its prediction, {worst}",
            tables=[
                Table(
                    caption=f"{self.quantity}: prediction, and confidence interval of the mean, jointly at "
                    f"{self.confidence:.0%}",
                    columns=["case", "predicted", "lower", "upper", "trials"],
                    rows=rows,
                )
            ],
            figures=[self._figure(ratios)],
        )

    def _figure(self, ratios: Mapping[str, list[float]]) -> Figure:
        """The interval of the ratio of mean to prediction in each case, against the tolerance around 1."""
        rows, across = [float(k) for k in range(len(self.cases))], [-0.6, len(self.cases) - 0.4]
        return Figure(
            name=self.name.replace(" ", "-"),
            caption=(
                f"Ratio of the mean of {self.quantity} to its prediction, with joint {self.confidence:.0%} intervals; "
                f"shaded: the range allowed by the claim, 1 ± {self.tolerance:g}."
            ),
            x=Axis(label="", names=list(self.cases)),
            y=Axis(label="mean / prediction"),
            curves=[
                Curve(
                    label="claimed",
                    x=across,
                    y=[1.0, 1.0],
                    low=[1 - self.tolerance] * 2,
                    high=[1 + self.tolerance] * 2,
                    style="dashed",
                ),
                Curve(
                    label="observed",
                    x=rows,
                    y=[sum(ratios[case]) / 2 for case in self.cases],
                    low=[ratios[case][0] for case in self.cases],
                    high=[ratios[case][1] for case in self.cases],
                    style="points",
                ),
            ],
        )
