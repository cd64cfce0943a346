"""Ball arithmetic on random instances: each shows a margin in a ball, but leaves no document that shows it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from flint import ctx

from fa_theory.claims.procedure import Budget, Context, Procedure, Task, Trials
from fa_theory.errors import InputError
from fa_theory.model.ball import Ball
from fa_theory.record.evidence import Evidence, Method, Result
from fa_theory.work.ledger import Record


@dataclass(frozen=True, slots=True)
class Instance:
    """The outcome of a trial: a quantity that should vanish, or a margin that should be non-negative.

    Attributes
    ----------
    vanishes
        Balls that contain 0 if the claim holds for this instance.
    margins
        Balls that are ≥ 0 if the claim holds for this instance.
    applies
        Whether the instance certainly satisfies the hypotheses; otherwise it is ignored.

    Raises
    ------
    InputError
        If an instance that applies has neither.
    """

    vanishes: tuple[Ball, ...] = ()
    margins: tuple[Ball, ...] = ()
    applies: bool = True

    def __post_init__(self) -> None:
        if self.applies and not self.vanishes and not self.margins:
            raise InputError("an instance that applies needs a quantity that should vanish or a margin; it has neither")

    def violated(self) -> bool:
        """Whether the instance certainly contradicts the claim."""
        return any(not ball.contains(0) for ball in self.vanishes) or any(ball.upper < 0 for ball in self.margins)

    def shown(self, width: float) -> bool:
        """Whether the instance certainly satisfies the claim (identities: within balls of radius ≤ ``width``)."""
        zero = all(ball.contains(0) and float(ball.arb.rad()) <= width for ball in self.vanishes)
        return zero and all(ball.lower >= 0 for ball in self.margins)

    def radius(self) -> float:
        """Largest radius of the balls."""
        return max((float(ball.arb.rad()) for ball in (*self.vanishes, *self.margins)), default=0.0)


@dataclass(frozen=True)
class Instances(Procedure):
    """Evaluate the claim in ball arithmetic on random networks: supported or contradicted, as by other trials.

    Parameters
    ----------
    trial
        From a random generator to an `Instance`.
    trials
        Number of instances.
    width
        For identities: the largest radius of a residual ball that still counts as shown.
    bits
        Working precision.
    block
        Number of trials in a task.
    """

    trial: Callable[[np.random.Generator], Instance] = field(repr=False)
    trials: Trials
    width: float = 1e-9
    name: str = "instances in ball arithmetic"
    settles: bool = False
    method: Method = Method.ENCLOSURE
    bits: int = 128
    block: int = 20

    def tasks(self, budget: Budget) -> list[Task]:
        count = -(-self.trials[budget] // self.block)
        return [Task(f"block {i}", {"first": i * self.block, "count": self.block}) for i in range(count)]

    def run(self, task: Task, context: Context) -> Record:
        violated, unshown, applied, radius = [], 0, 0, 0.0
        first, count = int(task.params["first"]), int(task.params["count"])
        for i in range(first, first + count):
            with ctx.workprec(self.bits):
                instance = self.trial(context.rng(i))
            if not instance.applies:
                continue
            applied += 1
            if instance.violated():
                violated.append(i)
            elif instance.shown(self.width):
                radius = max(radius, instance.radius())
            else:
                unshown += 1
        return {"n": count, "applied": applied, "violated": violated, "unshown": unshown, "radius": radius}

    def conclude(self, records: Mapping[str, Record]) -> Evidence:
        drawn, n = (sum(r[key] for r in records.values()) for key in ("n", "applied"))
        violated = [i for r in records.values() for i in r["violated"]]
        unshown = sum(r["unshown"] for r in records.values())
        radius = max(r["radius"] for r in records.values())
        if violated:
            result, says = Result.CONTRADICTED, f"instance {violated[0]} (of {n}) certainly contradicts the claim"
        elif n == 0:
            result, says = (
                Result.UNDECIDED,
                f"none of the {drawn} instances satisfies the hypotheses, so nothing was tested",
            )
        elif unshown:
            result, says = Result.UNDECIDED, f"{unshown} of {n} enclosures are too wide to decide; raise the precision"
        else:
            result = Result.SUPPORTED
            met = "" if n == drawn else f" (of {drawn} drawn) that satisfy the hypotheses"
            says = f"holds for all {n} random instances{met}, in ball arithmetic (largest radius {radius:.1e})"
        return Evidence(procedure=self.name, method=self.method, result=result, settles=self.settles, says=says, n=n)
