"""From evidence and checks to the result document: where verdicts are computed."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from fa_theory.record.evidence import CheckResult, Evidence, MutantResult

from . import verdict
from .claim import Claim
from .procedure import Budget
from .result import SCHEMA, ClaimResult, ResultDocument


def claim_result(claim: Claim, evidence: Sequence[Evidence], checks: Mapping[str, CheckResult]) -> ClaimResult:
    """A claim with its verdict; whether it is complete is left open, since that depends on other claims.

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
        verdict=decided,
        why=why,
        complete=False,
        evidence=list(evidence),
        mutants=mutants,
        degenerate=degenerate,
        witness=witness,
        proof=claim.proof,
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
    settled = {r.id: verdict.established(r.verdict, expects_refutation=r.erratum is not None) for r in results}
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


def versions() -> dict[str, str]:
    """Versions of what a result depends on."""
    names = ("fa-theory", "numpy", "scipy", "sympy", "python-flint")
    return {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in names}}


def machine() -> dict[str, str]:
    """The kind of machine a run was made on; nothing that tells which one."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count() or "unknown"),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_implementation(),
    }


def _processor() -> str:
    """Model of the processor; on Linux Python knows no more than the architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    models = [value.strip() for line in lines if (value := line.partition(":")[2]) and line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine() or "unknown"
