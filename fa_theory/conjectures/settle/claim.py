"""Outcomes of conjectures as claims of a result document, so that they can be printed in the report."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Sequence
from itertools import chain, count
from pathlib import Path

from fa_theory.claims.assembly import result_document
from fa_theory.claims.claim import Fidelity, Kind, Source
from fa_theory.claims.result import ClaimResult, Provenance, ResultDocument
from fa_theory.record.evidence import Artefact, CheckResult, DerivationRow, Evidence, Method, Result
from fa_theory.work.provenance import run_key

from .outcome import ConjectureOutcome, ConjectureVerdict

PROOF_CHECKS = "found by one program, and accepted as a document by the checker"
_RESULTS = {
    ConjectureVerdict.FALSIFIED: Result.FALSIFIED,
    ConjectureVerdict.CONTRADICTED: Result.CONTRADICTED,
    ConjectureVerdict.SUPPORTED: Result.SUPPORTED,
    ConjectureVerdict.UNDECIDED: Result.UNDECIDED,
    ConjectureVerdict.VACUOUS: Result.VACUOUS,
    ConjectureVerdict.ERROR: Result.NOT_RUN,
}


def conjectures_document(
    outcomes: Sequence[ConjectureOutcome], *, seed: int, command: str, out: Path
) -> ResultDocument:
    """The result document of a run of ``fa-theory check``; artefacts lie below ``out``."""
    code = run_key()[:16]
    claims = [
        _claim(outcome, id, out, Provenance(command=command, code=code, target=f"{outcome.file}::{outcome.name}"))
        for outcome, id in zip(outcomes, identifiers(outcomes), strict=True)
    ]
    failures = [
        f"{claim.id} / check / {claim.provenance.target}: {outcome.why}"
        for outcome, claim in zip(outcomes, claims, strict=True)
        if outcome.verdict is ConjectureVerdict.ERROR
    ]
    seconds = max((outcome.budget for outcome in outcomes), default=0.0)
    return result_document(claims, seed=seed, budget=None, command=command, failures=failures, seconds=seconds)


def identifiers(outcomes: Sequence[ConjectureOutcome]) -> list[str]:
    """Dotted ids of conjectures: names of file and function, with folders where files have the same name.

    Examples
    --------
    >>> def outcome(file, name):
    ...     return ConjectureOutcome(name=name, title="", file=file, line=1, verdict=ConjectureVerdict.ERROR, why="")
    >>> identifiers([outcome("a/My_file.py", "error_grows"), outcome("b/other.py", "it")])
    ['my-file.error-grows', 'other.it']
    >>> identifiers([outcome("a/one.py", "it"), outcome("b/one.py", "it"), outcome("b/one.py", "It")])
    ['a.one.it', 'b.one.it', 'b.one.it-2']
    """
    files = {outcome.file: Path(outcome.file).resolve().with_suffix("").parts for outcome in outcomes}
    found: list[str] = []
    for outcome in outcomes:
        id = _dotted(*_tail(files[outcome.file], set(files.values())), outcome.name)
        others = (f"{id}-{k}" for k in count(2))
        found.append(next(each for each in chain([id], others) if each not in found))
    return found


def _tail(path: tuple[str, ...], paths: set[tuple[str, ...]]) -> tuple[str, ...]:
    """The shortest tail of a path that no other path ends with."""
    return next(path[-k:] for k in range(1, len(path) + 1) if sum(each[-k:] == path[-k:] for each in paths) == 1)


def _dotted(*parts: str) -> str:
    return ".".join(re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") or "x" for part in parts)


def _result(outcome: ConjectureOutcome) -> Result:
    if outcome.verdict is ConjectureVerdict.PROVED:
        return Result.DERIVED if outcome.method is Method.SYMBOLIC else Result.ENCLOSED
    return _RESULTS[outcome.verdict]


def _claim(outcome: ConjectureOutcome, id: str, out: Path, provenance: Provenance) -> ClaimResult:
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
        id=id,
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
        witness=CheckResult(name="hypotheses", says="the hypotheses can be satisfied", holds=accepted, detail=detail),
        provenance=provenance,
    )


def _rerun(outcome: ConjectureOutcome) -> str:
    options = ("--budget", f"{outcome.budget:g}", "--seed", str(outcome.seed))
    return shlex.join(["fa-theory", "check", f"{outcome.file}::{outcome.name}", *options])


def _rows(outcome: ConjectureOutcome) -> list[DerivationRow]:
    """The proof, or the counterexample with its margins."""
    if outcome.proof:
        steps = [(latex, reason) for latex, reason in outcome.proof if latex]
        return [DerivationRow(part="Proof", latex=latex, reason=reason, checks=PROOF_CHECKS) for latex, reason in steps]
    margins = "; ".join(line for line in outcome.shown if "margin" in line)
    reasons = ["sizes and parameters", "the data", "the initial network and its feedback; " + margins]
    part = "The network, in exact numbers"
    return [
        DerivationRow(part=part, latex=latex, reason=reason, checks="")
        for latex, reason in zip(outcome.formulas, reasons, strict=False)
    ]


def _artefacts(outcome: ConjectureOutcome, out: Path) -> list[Artefact]:
    found = [("counterexamples", outcome.counterexample)] if outcome.counterexample else []
    return [_artefact(Path(path), kind, out) for kind, path in (*found, *(("proofs", d) for d in outcome.documents))]


def _artefact(path: Path, kind: str, out: Path) -> Artefact:
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    inside = path.relative_to(out) if path.is_relative_to(out) else path
    return Artefact(path=inside.as_posix(), sha256=sha256, kind=kind)
