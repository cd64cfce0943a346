"""From evidence and checks to the result document: computes the verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from fa_theory.record.evidence import CheckResult, Evidence, MutantResult
from fa_theory.work.provenance import machine, versions

from . import kernel, verdict
from .claim import Claim
from .procedure import Budget
from .result import SCHEMA, ClaimResult, ResultDocument


def claim_result(claim: Claim, evidence: Sequence[Evidence], checks: Mapping[str, CheckResult]) -> ClaimResult:
    """A claim with its verdict; completeness is set later, since it depends on other claims.

    Parameters
    ----------
    claim
        As declared.
    evidence
        One entry per procedure.
    checks
        By name: mutants (they hold when refuted), degenerate cases and the witness.
    """
    found = [checks[mutant.name] for mutant in claim.mutants]
    mutants = [MutantResult(name=c.name, says=c.says, refuted=c.holds, detail=c.detail) for c in found]
    degenerate, witness = [checks[case.name] for case in claim.degenerate], checks[claim.witness.name]
    decided, why = verdict.decide(
        evidence, mutants, [*degenerate, witness], expects_refutation=claim.erratum is not None
    )
    return ClaimResult(
        id=claim.id,
        title=claim.title,
        kind=claim.kind,
        bound=claim.bound,
        statement=claim.statement,
        summary=claim.summary,
        hypotheses=claim.hypotheses,
        source=claim.source,
        uses=claim.uses,
        erratum=claim.erratum,
        probability=claim.probability,
        reached=None if claim.probability is None else verdict.reached(evidence),
        reachable=_reachable(claim),
        verdict=decided,
        why=why,
        complete=False,
        evidence=list(evidence),
        mutants=mutants,
        degenerate=degenerate,
        witness=witness,
        proof=claim.proof,
        coq=kernel.stated(claim),
    )


def result_document(
    results: Sequence[ClaimResult],
    *,
    seed: int,
    budget: Budget | None,
    command: str,
    failures: Sequence[str],
    seconds: float | None = None,
) -> ResultDocument:
    """The document of a run: completeness over all claims, and the exit code."""
    settled = {
        r.id: verdict.established(r.verdict, expects_refutation=r.erratum is not None)
        and verdict.reaches(r.probability, r.reached)
        for r in results
    }
    complete = verdict.complete(settled, {r.id: r.uses for r in results})
    verdicts = [(r.verdict, r.erratum is not None) for r in results]
    return ResultDocument(
        schema=SCHEMA,
        seed=seed,
        budget=budget,
        command=command,
        versions=versions(),
        machine=machine(),
        claims=[msgspec.structs.replace(r, complete=complete[r.id]) for r in results],
        failures=sorted(failures),
        exit_code=verdict.exit_code(verdicts, crashed=bool(failures)),
        seconds=seconds,
    )


def _reachable(claim: Claim) -> Budget | None:
    """The smallest budget with enough trials for the probability that a claim states."""
    if claim.probability is None:
        return None
    for budget in Budget:
        found = [p.reachable(budget) for p in claim.procedures if p.settles]
        able = [probability for probability in found if probability is not None]
        if able and min(able) >= claim.probability:
            return budget
    return None
