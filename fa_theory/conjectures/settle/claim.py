"""Outcomes of conjectures as claims of a result document, so that the one report prints them too."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from fa_theory.claims.assembly import result_document
from fa_theory.claims.claim import Fidelity, Kind, Source
from fa_theory.claims.result import ClaimResult, ResultDocument
from fa_theory.record.evidence import Artefact, CheckResult, DerivationRow, Evidence, Method, Result

from .outcome import ConjectureOutcome, ConjectureVerdict

PROOF_CHECKS = (
    "found by one program; inequalities used by the rules were multiplied out again; identities have no second "
    "derivation"
)
DOCUMENT_CHECKS = "found by one program, and accepted as a document by the checker"
_RESULTS = {
    ConjectureVerdict.FALSIFIED: Result.FALSIFIED,
    ConjectureVerdict.SUPPORTED: Result.SUPPORTED,
    ConjectureVerdict.UNDECIDED: Result.UNDECIDED,
    ConjectureVerdict.VACUOUS: Result.VACUOUS,
    ConjectureVerdict.ERROR: Result.NOT_RUN,
}


def conjectures_document(
    outcomes: Sequence[ConjectureOutcome], *, seed: int, command: str, out: Path
) -> ResultDocument:
    """The result document of a run of ``fa-theory check``; artefacts lie below ``out``."""
    claims = [_claim(outcome, out) for outcome in outcomes]
    failures = [f"{o.file}::{o.name}: {o.why}" for o in outcomes if o.verdict is ConjectureVerdict.ERROR]
    seconds = max((outcome.budget for outcome in outcomes), default=0.0)
    return result_document(claims, seed=seed, budget=None, command=command, failures=failures, seconds=seconds)


def identifier(outcome: ConjectureOutcome) -> str:
    """Dotted id of a conjecture: name of its file and its own name.

    Examples
    --------
    >>> where = {"file": "a/My_file.py", "line": 1}
    >>> identifier(ConjectureOutcome(name="error_grows", title="", verdict=ConjectureVerdict.ERROR, why="", **where))
    'my-file.error-grows'
    """
    parts = (Path(outcome.file).stem, outcome.name)
    return ".".join(re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") or "x" for part in parts)


def _result(outcome: ConjectureOutcome) -> Result:
    if outcome.verdict is ConjectureVerdict.PROVED:
        return Result.DERIVED if outcome.method is Method.SYMBOLIC else Result.ENCLOSED
    return _RESULTS[outcome.verdict]


def _claim(outcome: ConjectureOutcome, out: Path) -> ClaimResult:
    result = _result(outcome)
    evidence = Evidence(
        procedure="check",
        method=outcome.method,
        result=result,
        settles=True,
        says=outcome.why,
        n=max(outcome.n_trials, outcome.n_law),
        interval=outcome.interval,
        confidence=outcome.confidence,
        quantity=outcome.quantity,
        rerun=_rerun(outcome),
        tables=outcome.tables,
        figures=outcome.figures,
        derivation=_rows(outcome),
        artefacts=_artefacts(outcome, out),
    )
    refuted = outcome.counterexample is not None and outcome.verdict is ConjectureVerdict.FALSIFIED
    accepted = refuted or (outcome.acceptance is not None and outcome.acceptance > 0)
    drawn = "not measured" if outcome.acceptance is None else f"{outcome.acceptance:.3g} of the networks drawn"
    detail = "by the counterexample" if refuted else drawn
    return ClaimResult(
        id=identifier(outcome),
        title=outcome.title,
        kind=Kind.CONJECTURE,
        bound=None,
        statement=outcome.statement or rf"\texttt{{{outcome.name.replace('_', '-')}}}",
        summary=f"{outcome.quantifier}: {outcome.domain}." if outcome.quantifier else outcome.title,
        hypotheses=(),
        source=Source(Path(outcome.file).name, f"line {outcome.line}", Fidelity.OURS, proved=False),
        uses=(),
        erratum=None,
        verdict=result,
        why=outcome.why if outcome.verdict.value == result.value else f"{outcome.verdict.value}: {outcome.why}",
        complete=False,
        evidence=[evidence],
        mutants=[],
        degenerate=[CheckResult(name="linter", says=w, holds=False, detail="a warning") for w in outcome.warnings],
        witness=CheckResult(name="hypotheses", says="the hypotheses can be met", holds=accepted, detail=detail),
    )


def _rerun(outcome: ConjectureOutcome) -> str:
    options = ("--budget", f"{outcome.budget:g}", "--seed", str(outcome.seed))
    return shlex.join(["fa-theory", "check", f"{outcome.file}::{outcome.name}", *options])


def _rows(outcome: ConjectureOutcome) -> list[DerivationRow]:
    """The proof, or the counterexample with its margins."""
    if outcome.proof:
        steps = [(latex, reason) for latex, reason in outcome.proof if latex]
        checks = proof_checks(outcome)
        return [DerivationRow(part="Proof", latex=latex, reason=reason, checks=checks) for latex, reason in steps]
    margins = "; ".join(line for line in outcome.shown if "margin" in line)
    reasons = ["sizes and parameters", "the data", "the initial network and its feedback; " + margins]
    part = "The network, in exact numbers"
    return [
        DerivationRow(part=part, latex=latex, reason=reason, checks="")
        for latex, reason in zip(outcome.formulas, reasons, strict=False)
    ]


def proof_checks(outcome: ConjectureOutcome) -> str:
    """How the proof of an outcome was checked."""
    return PROOF_CHECKS if outcome.document is None else DOCUMENT_CHECKS


def _artefacts(outcome: ConjectureOutcome, out: Path) -> list[Artefact]:
    documents = {"counterexamples": outcome.counterexample, "proofs": outcome.document}
    return [_artefact(Path(path), kind, out) for kind, path in documents.items() if path is not None]


def _artefact(path: Path, kind: str, out: Path) -> Artefact:
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    inside = path.relative_to(out) if path.is_relative_to(out) else path
    return Artefact(path=inside.as_posix(), sha256=sha256, kind=kind)
