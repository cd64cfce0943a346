"""Certified counterexamples: the first violation that the checker accepts refutes a statement for all networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fa_theory.claims.procedure import Budget, Context, Procedure, Task, Trials, by_width
from fa_theory.record.evidence import Artefact, Evidence, Method, Result
from fa_theory.record.table import Table
from fa_theory.work.ledger import Record

Search = Callable[[int, np.random.Generator], Mapping[str, Any] | None]
"""From a width and a random generator to a counterexample as a document for the checker, or None."""


@dataclass(frozen=True)
class Refuted(Procedure):
    """Search for counterexamples at several widths; falsified as soon as the checker accepts one."""

    search: Search = field(repr=False)
    widths: tuple[int, ...]
    trials: Trials
    violation: str
    """What a counterexample shows, in words."""
    factor: float = 1.0
    """A counterexample shows a step that multiplies the error by at least this."""
    name: str = "counterexamples"
    settles: bool = True
    method: Method = Method.ENCLOSURE
    block: int = 25

    def tasks(self, budget: Budget) -> list[Task]:
        return by_width(self.widths, self.trials[budget], self.block)

    def run(self, task: Task, context: Context) -> Record:
        p, first, count = (int(task.params[key]) for key in ("p", "first", "count"))
        found = [self.search(p, context.rng(p, i)) for i in range(first, first + count)]
        valid = [document for document in found if document is not None and self._refutes(document)]
        record: dict[str, Any] = {"p": p, "n": count, "violations": len(valid)}
        if valid:
            artefact = context.keep(valid[0], "counterexamples")
            record["artefact"] = {"path": artefact.path, "sha256": artefact.sha256, "kind": artefact.kind}
        return record

    def _refutes(self, document: Mapping[str, Any]) -> bool:
        """Whether the checker accepts the document, and it proves a violation of the claim."""
        from fa_theory.checker.recheck import recheck

        verdict = recheck(document)
        return verdict.valid and verdict.kind == "growth" and float.fromhex(document["factor"]) >= self.factor

    def conclude(self, records: Mapping[str, Record]) -> Evidence:
        rows: list[list[Any]] = [
            [
                p,
                sum(r["violations"] for r in records.values() if r["p"] == p),
                sum(r["n"] for r in records.values() if r["p"] == p),
            ]
            for p in self.widths
        ]
        violations, n = sum(row[1] for row in rows), sum(row[2] for row in rows)
        if violations:
            result, says = Result.FALSIFIED, f"{self.violation}: certified for {violations} of {n} networks"
        else:
            result, says = Result.UNDECIDED, f"no counterexample among {n} networks"
        return Evidence(
            procedure=self.name,
            method=self.method,
            result=result,
            settles=self.settles,
            says=says,
            n=n,
            tables=[
                Table(
                    caption=f"Certified counterexamples by width ({self.violation})",
                    columns=["width p", "certified counterexamples", "networks tested"],
                    rows=rows,
                )
            ],
            artefacts=[Artefact(**r["artefact"]) for r in records.values() if "artefact" in r],
        )
