"""Scaling of a quantity with width: an exponent with its confidence interval, tested for equivalence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from fa_theory.checker.decimals import interval
from fa_theory.claims.claim import Check, CheckOutcome
from fa_theory.claims.procedure import Budget, Context, Procedure, Task, Trials, by_width
from fa_theory.record.evidence import Evidence, Method, Result
from fa_theory.record.figure import Axis, Curve, Figure
from fa_theory.record.table import Table
from fa_theory.statistics.exponent import Exponent, fit
from fa_theory.work.ledger import Record

Trial = Callable[[int, np.random.Generator], float]
"""From a width and a random generator to the quantity."""


@dataclass(frozen=True)
class Scaling(Procedure):
    """Test that the root mean square of a quantity scales as ``p^α``.

    The exponent is supported if its whole interval lies within ``tolerance`` of α, contradicted if the whole interval
    lies outside, and otherwise undecided. With ``at_most`` only exponents above α count against the claim.

    Parameters
    ----------
    trial
        The quantity for one network.
    quantity
        Its name in TeX, between dollars.
    """

    trial: Trial = field(repr=False)
    quantity: str
    widths: tuple[int, ...]
    trials: Trials
    alpha: float
    tolerance: float = 0.1
    at_most: bool = False
    confidence: float = 0.99
    name: str = "scaling exponent"
    settles: bool = True
    method: Method = Method.SAMPLING
    block: int = 20

    def tasks(self, budget: Budget) -> list[Task]:
        return by_width(self.widths, self.trials[budget], self.block)

    def run(self, task: Task, context: Context) -> Record:
        p, first, count = (int(task.params[key]) for key in ("p", "first", "count"))
        return {"p": p, "values": [float(self.trial(p, context.rng(p, i))) for i in range(first, first + count)]}

    def samples(self, records: Mapping[str, Record]) -> dict[int, list[float]]:
        """The values by width."""
        return {p: [v for r in records.values() if r["p"] == p for v in r["values"]] for p in self.widths}

    def exponent(self, records: Mapping[str, Record]) -> Exponent:
        """The fitted exponent with its interval."""
        return fit(self.samples(records), confidence=self.confidence)

    def judge(self, exponent: Exponent, alpha: float) -> Result:
        """The result for ``p^α``."""
        low, high = exponent.interval
        if (self.at_most or low >= alpha - self.tolerance) and high <= alpha + self.tolerance:
            return Result.SUPPORTED
        if low > alpha + self.tolerance or (not self.at_most and high < alpha - self.tolerance):
            return Result.CONTRADICTED
        return Result.UNDECIDED

    def mutant(self, alpha: float) -> Check:
        """The mutant that claims another exponent; the same records must falsify it."""

        def run(context: Context) -> CheckOutcome:
            exponent = self.exponent(context.records(self.name))
            refuted = self.judge(exponent, alpha) is Result.CONTRADICTED
            return CheckOutcome(
                refuted, f"the exponent lies in {interval(*exponent.interval, places=3)} at {self.confidence:.0%}"
            )

        return Check(f"{self.name}: {alpha:g}", f"the exponent is {alpha:g} instead of {self.alpha:g}", run)

    def conclude(self, records: Mapping[str, Record]) -> Evidence:
        samples, exponent = self.samples(records), self.exponent(records)
        low, high = exponent.interval
        rms = {p: float(np.sqrt(np.mean(np.square(values)))) for p, values in samples.items()}
        relation = "at most " if self.at_most else ""
        x = [float(p) for p in self.widths]
        middle = float(np.exp(np.mean(np.log(list(rms.values())))))
        centre = float(np.exp(np.mean(np.log(x))))
        return Evidence(
            procedure=self.name,
            method=self.method,
            result=self.judge(exponent, self.alpha),
            settles=self.settles,
            says=(
                f"the root mean square of {self.quantity} has exponent {exponent.estimate:.3f}, with interval "
                f"{interval(low, high, places=3)}; claimed: {relation}{self.alpha:g} (tolerance {self.tolerance:g})"
            ),
            n=sum(map(len, samples.values())),
            interval=(low, high),
            confidence=self.confidence,
            quantity=f"exponent of the root mean square of {self.quantity}",
            tables=[
                Table(
                    caption=f"Root mean square of {self.quantity} by width",
                    columns=["width p", "root mean square", "trials"],
                    rows=[[p, float(f"{rms[p]:.4g}"), len(samples[p])] for p in self.widths],
                )
            ],
            figures=[
                Figure(
                    name=f"scaling-{self.name.replace(' ', '-')}",
                    caption=f"Root mean square of {self.quantity} against width.",
                    x=Axis(label="width $p$", scale="log"),
                    y=Axis(label=self.quantity, scale="log"),
                    curves=[
                        Curve(
                            label="observed, with two standard errors",
                            x=x,
                            y=[rms[p] for p in self.widths],
                            low=[rms[p] - 2 * _standard_error(samples[p]) for p in self.widths],
                            high=[rms[p] + 2 * _standard_error(samples[p]) for p in self.widths],
                            style="points",
                        ),
                        Curve(
                            label=f"$\\propto p^{{{self.alpha:g}}}$",
                            x=x,
                            y=[middle * (p / centre) ** self.alpha for p in x],
                            style="dashed",
                        ),
                    ],
                )
            ],
        )


def _standard_error(values: list[float]) -> float:
    """Standard error of the root mean square (delta method)."""
    squares = np.square(values)
    return float(np.std(squares, ddof=1) / np.sqrt(len(values)) / (2 * np.sqrt(np.mean(squares))))
