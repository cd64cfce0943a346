"""A probability at a width where a single network is too much work for small budgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec

from fa_theory.claims.procedure import Budget, Task, by_width
from fa_theory.record.evidence import Evidence, Result
from fa_theory.statistics.planner import plan
from fa_theory.work.ledger import Record

from .planned import Planned


@dataclass(frozen=True)
class Rehearsed(Planned):
    """Show ``P(success) ≥ 1 − δ`` as `Planned` does, in the thorough budget only; smaller ones try another width.

    What happens at the other width shows that the work can be done, and is no evidence for the claim: the probability
    reached is 0 then, and the evidence says so. The thorough budget repeats the networks of the standard one, and
    concludes from those at the widths of the claim alone.

    Parameters
    ----------
    rehearsal
        The width of the smaller budgets.
    """

    rehearsal: int = 1

    def tasks(self, budget: Budget) -> list[Task]:
        before = min(budget, Budget.STANDARD, key=list(Budget).index)
        rehearsal = by_width((self.rehearsal,), self.trials[before], self.block)
        return rehearsal + (super().tasks(budget) if budget is Budget.THOROUGH else [])

    def reachable(self, budget: Budget) -> float:
        return super().reachable(budget) if budget is Budget.THOROUGH else 0.0

    def conclude(self, records: Mapping[str, Record]) -> Evidence:
        stated = {key: record for key, record in records.items() if record["p"] != self.rehearsal}
        if stated:
            return super().conclude(stated)
        found = Planned.conclude(replace(self, widths=(self.rehearsal,)), records)
        widths = ", ".join(map(str, self.widths))
        needed = plan(self.delta, confidence=self.confidence, widths=len(self.widths)).trials
        says = (
            f"nothing was tried at p = {widths}, which takes {needed} networks, in the thorough budget; a rehearsal: "
        )
        # networks of which the claim does not speak cannot contradict it
        result = Result.UNDECIDED if found.result is Result.CONTRADICTED else found.result
        return msgspec.structs.replace(found, result=result, says=says + found.says.partition(" (P ≥")[0], reached=0.0)
