"""A symbolic derivation, checked step by step in two independent ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fa_theory.claims.claim import Check, CheckOutcome
from fa_theory.claims.procedure import Budget, Context, Procedure, Task
from fa_theory.record.evidence import DerivationRow, Evidence, Given, Method, Result
from fa_theory.work.ledger import Record

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
            "ok": report.ok and bool(report.steps),
            "failed": "; ".join(f"{failure.reason}: {failure.detail}" for failure in report.failures)
            or "there is no step",
            "points": report.points * len(report.sizes),
            "error_probability": report.error_probability,
            "given": _only(("latex", "words"), derivation.given()),
            "rows": _only(("part", "latex", "reason", "checks"), derivation.rows(report)),
            "inductions": [induction.words for induction in derivation.inductions],
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
            given=[Given(**row) for row in record["given"]],
            derivation=rows,
            inductions=record["inductions"],
        )


def _only(keys: Sequence[str], rows: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    return [{key: row[key] for key in keys} for row in rows]


def rejected(name: str, says: str, derivation: Callable[[], Derivation]) -> Check:
    """A mutant: a wrong derivation, which both checks must reject."""

    def run(context: Context) -> CheckOutcome:
        refused = derivation().first_refused(context.seed)
        if refused is None:
            return CheckOutcome(False, "no step is rejected by both checks")
        return CheckOutcome(True, f"both checks reject the step “{refused.reason}”: {refused.detail}")

    return Check(name, says, run)
