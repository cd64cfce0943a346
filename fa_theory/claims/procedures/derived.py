"""A symbolic derivation, checked step by step in two independent ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fa_theory.claims.claim import Check, Outcome
from fa_theory.claims.evidence import DerivationRow, Evidence, Method, Result
from fa_theory.claims.procedure import Budget, Context, Procedure, Record, Task

if TYPE_CHECKING:
    from fa_theory.symbolic.derivation import Derivation


@dataclass(frozen=True)
class Derived(Procedure):
    """Check a derivation; the result is ``derived`` only if both checks accept every step."""

    derivation: Callable[[], Derivation] = field(repr=False)
    name: str = "derivation"
    settles: bool = True
    method: Method = Method.SYMBOLIC

    def tasks(self, budget: Budget) -> list[Task]:
        return [Task("check", {})]

    def run(self, task: Task, context: Context) -> Record:
        derivation = self.derivation()
        report = derivation.check(context.seed)
        return {
            "ok": report.ok,
            "failed": next((s.reason + ": " + s.detail for s in report.steps if not s.ok), ""),
            "points": report.points,
            "error_probability": report.error_probability,
            "rows": [{key: row[key] for key in ("latex", "reason", "checks")} for row in derivation.rows(report)],
        }

    def conclude(self, records: Mapping[str, Record]) -> Evidence:
        (record,) = records.values()
        rows = [DerivationRow(**row) for row in record["rows"]]
        if record["ok"]:
            says = (
                f"all {len(rows)} steps hold for all n, d, p by normal form, and at {record['points']} random points "
                f"in exact rationals (error probability ≤ {record['error_probability']:.0e})"
            )
        else:
            says = f"a step does not hold: {record['failed']}"
        return Evidence(
            procedure=self.name,
            method=self.method,
            result=Result.DERIVED if record["ok"] else Result.UNDECIDED,
            settles=self.settles,
            says=says,
            n=record["points"],
            derivation=rows,
        )


def rejected(name: str, says: str, derivation: Callable[[], Derivation]) -> Check:
    """A mutant: a wrong derivation, which both checks must reject."""

    def run(context: Context) -> Outcome:
        failed = [step for step in derivation().check(context.seed).steps if not step.ok]
        by_form = any(not step.ok_normal_form for step in failed)
        by_points = any(not step.ok_exact for step in failed)
        return Outcome(by_form and by_points, f"rejected by normal form: {by_form}, by exact evaluation: {by_points}")

    return Check(name, says, run)
