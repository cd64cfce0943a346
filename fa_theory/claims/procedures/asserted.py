"""Enclosures of concrete numbers: documents that hold an assertion, which the checker evaluates itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fa_theory.claims.procedure import Budget, Context, Procedure, Task, Trials
from fa_theory.record.evidence import Artefact, Evidence, Method, Result
from fa_theory.record.text import count
from fa_theory.work.ledger import Record

Writes = Callable[[np.random.Generator], Mapping[str, Any] | None]
"""From a random generator to a document of kind ``enclosure``, or None where the hypotheses are not met."""


@dataclass(frozen=True)
class Enclosures(Procedure):
    """Write documents for random instances; ``enclosed`` if the checker accepts all of them.

    Parameters
    ----------
    writes
        The document of an instance.
    trials
        Number of instances.
    shows
        What each document shows, in words.
    refutes
        Whether each document contradicts the claim: then one that the checker accepts makes it ``falsified``.
    """

    writes: Writes = field(repr=False)
    trials: Trials
    shows: str
    refutes: bool = False
    name: str = "enclosures"
    settles: bool = True
    method: Method = Method.ENCLOSURE

    def tasks(self, budget: Budget) -> list[Task]:
        return [Task(f"instance {i}", {"instance": i}) for i in range(self.trials[budget])]

    def run(self, task: Task, context: Context) -> Record:
        from fa_theory.checker.recheck import recheck

        document = self.writes(context.rng(int(task.params["instance"])))
        if document is None:
            return {}
        verdict = recheck(document)
        if not (verdict.valid and verdict.kind == "enclosure"):
            return {"refused": verdict.reason[:300]}
        artefact = context.keep(document, "enclosures")
        return {"artefact": {"path": artefact.path, "sha256": artefact.sha256, "kind": artefact.kind}}

    def conclude(self, records: Mapping[str, Record]) -> Evidence:
        accepted = {r["artefact"]["path"]: Artefact(**r["artefact"]) for r in records.values() if "artefact" in r}
        refused = [r["refused"] for r in records.values() if "refused" in r]
        tried = len(accepted) + len(refused)
        met = "" if all(records.values()) else f"; the hypotheses are met by {tried} of {len(records)} instances"
        said = f"{self.shows}: {count(len(accepted), 'document')} that the checker accepts{met}"
        if not accepted and not refused:
            result, says = Result.UNDECIDED, f"none of the {len(records)} instances satisfies the hypotheses"
        elif self.refutes:
            result = Result.FALSIFIED if accepted else Result.UNDECIDED
            says = said if accepted else f"the checker refuses every document: {refused[0]}"
        else:
            result = Result.UNDECIDED if refused else Result.ENCLOSED
            says = f"the checker refuses {len(refused)} of {len(records)} documents: {refused[0]}" if refused else said
        return Evidence(
            procedure=self.name,
            method=self.method,
            result=result,
            settles=self.settles,
            says=says,
            n=tried,
            artefacts=list(accepted.values()),
        )
