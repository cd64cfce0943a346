"""The kernel of Coq as a witness: of the theorem that states a claim, and of the proofs that settle it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from fa_theory.coq.compiler import CoqLimits
from fa_theory.coq.theorems import rests_on, theorems
from fa_theory.errors import InputError
from fa_theory.record.evidence import Artefact, CoqStatement, Evidence, Method, Result
from fa_theory.record.text import count
from fa_theory.work.ledger import Record

from .claim import Claim
from .procedure import Budget, Context, Procedure, Provable, Task

PROCEDURE = "kernel of Coq"


def stated(claim: Claim) -> CoqStatement | None:
    """The Coq theorem that a claim names, as recorded in the library; None if it names none.

    Raises
    ------
    InputError
        If the library has no such theorem.
    """
    if claim.coq is None:
        return None
    found = theorems().get(claim.coq.theorem)
    if found is None:
        raise InputError(f"{claim.id}: the Coq library has no headline theorem {claim.coq.theorem!r}")
    return CoqStatement(
        theorem=found.name,
        statement=found.statement,
        axioms=list(found.axioms),
        whole=claim.coq.whole,
        says=claim.coq.says,
    )


def evidence(claim: Claim) -> list[Evidence]:
    """The evidence after a successful audit of the library; none for a claim without a theorem."""
    theorem = stated(claim)
    if theorem is None:
        return []
    extent = "states the claim" if theorem.whole else f"states a part of it: {theorem.says}"
    return [
        Evidence(
            procedure=PROCEDURE,
            method=Method.KERNEL,
            result=Result.KERNEL_CHECKED,
            settles=theorem.whole,
            says=f"Coq accepts {theorem.theorem}, which rests on {rests_on(tuple(theorem.axioms))} and {extent}",
            n=1,
            rerun=f"fa-theory verify {claim.id} --coq",
        )
    ]


@dataclass(frozen=True)
class InCoq(Procedure):
    """Export the document of a proof to Coq, rule by rule, and have the kernel of Coq check it.

    Attributes
    ----------
    proof
        The proof, which the checker of this package replays elsewhere.
    """

    proof: Provable
    method: Method = Method.KERNEL

    @property
    def name(self) -> str:  # type: ignore[override]
        """After the name of the proof."""
        return f"{self.proof.name}, in Coq"

    @property
    def settles(self) -> bool:  # type: ignore[override]
        """Whether the proof does."""
        return self.proof.settles

    def tasks(self, budget: Budget) -> list[Task]:
        return [Task("coqc", {})]

    def run(self, task: Task, context: Context) -> Record:
        from fa_theory.checker.proof import Refused
        from fa_theory.coq.derivation.export import export
        from fa_theory.coq.exact import NotExportable
        from fa_theory.coq.recheck import Status, checked

        document = self.proof.document()
        try:
            made = export(document)
        except (NotExportable, Refused) as why:
            return {"status": Status.NOT_COVERED, "reason": str(why)}
        verdict = checked(made, CoqLimits())
        kept: dict[str, Any] = msgspec.to_builtins(context.keep(document, "proofs"))
        return {
            "status": verdict.status,
            "reason": verdict.reason,
            "axioms": list(verdict.axioms),
            "lemmas": made.lemmas,
            "assumed": list(made.assumed),
            "artefact": kept,
        }

    def conclude(self, records: Mapping[str, Record]) -> Evidence:
        """The evidence; ``not run`` if the proof is not covered or Coq needed too long."""
        from fa_theory.coq.recheck import Status

        (record,) = records.values()
        common: dict[str, Any] = {"procedure": self.name, "method": self.method, "settles": self.settles}
        match Status(record["status"]):
            case Status.CHECKED:
                assumed = f", assuming {', '.join(record['assumed'])}" if record["assumed"] else ""
                rest = f"which rests on {rests_on(tuple(record['axioms']))}{assumed}"
                says = f"Coq accepts the proof, of {count(record['lemmas'], 'lemma')}, {rest}"
                kept = [Artefact(**record["artefact"])]
                return Evidence(result=Result.KERNEL_CHECKED, says=says, n=record["lemmas"], artefacts=kept, **common)
            case Status.REJECTED:
                says = f"Coq rejects the proof: {record['reason']}"
                return Evidence(result=Result.UNDECIDED, says=says, n=0, **common)
            case Status.TIMEOUT | Status.MEMORY | Status.ABSENT | Status.NOT_COVERED as status:
                return Evidence(result=Result.NOT_RUN, says=f"{status}: {record['reason']}", n=0, **common)


def in_coq(claim: Claim) -> tuple[InCoq, ...]:
    """The proofs of a claim, for Coq."""
    return tuple(InCoq(p) for p in claim.procedures if isinstance(p, Provable))


def witnessed(evidence: Sequence[Evidence], claim: Claim) -> list[Evidence]:
    """The evidence of a claim, where a proof that Coq accepts settles in the place of its replay.

    A proof that Coq does not cover, or did not finish, stays as it is.
    """
    found = {e.procedure: e for e in evidence}
    proofs = {p.proof.name: found.pop(p.name) for p in in_coq(claim)}
    kept = []
    for e in found.values():
        seen = proofs.get(e.procedure)
        if seen is None or seen.result is Result.NOT_RUN or e.result is not Result.DERIVED:
            kept.append(e)
            continue
        kept += [msgspec.structs.replace(e, settles=False), seen]
    return kept
