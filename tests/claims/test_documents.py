"""Every verdict above *supported* names a document that the checker accepts, and the command that checks it again."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import msgspec
import pytest

import fa_theory
from fa_theory.checker.recheck import recheck_file
from fa_theory.claims import procedures
from fa_theory.claims.claim import Claim
from fa_theory.claims.library import library
from fa_theory.claims.procedure import Budget, Context, Procedure
from fa_theory.claims.procedures import (
    Certified,
    Disproved,
    Enclosures,
    FrequencyByWidth,
    Instances,
    Medians,
    Planned,
    Predicted,
    Proved,
    Refuted,
    Rehearsed,
    Scaling,
)
from fa_theory.record.evidence import SHOWN, Evidence, Method, Result

CLAIMS = [item.claim for item in library().values()]
WITH_DOCUMENTS = (Certified, Disproved, Enclosures, Proved, Refuted)
WITHOUT = (FrequencyByWidth, Instances, Medians, Planned, Predicted, Rehearsed, Scaling)
ENCLOSED = [
    pytest.param(claim, procedure, id=f"{claim.id} {procedure.name}")
    for claim in CLAIMS
    for procedure in claim.procedures
    if isinstance(procedure, Enclosures)
]


def concluded(claim: Claim, procedure: Procedure, out: Path) -> Evidence:
    """The evidence from the first task of a procedure."""
    task = procedure.tasks(Budget.QUICK)[0]
    return procedure.conclude({task.key: procedure.run(task, Context(0, claim.id, procedure.name, out))})


@pytest.mark.parametrize(("claim", "procedure"), ENCLOSED)
def test_enclosures_leave_documents_that_the_checker_accepts(
    claim: Claim, procedure: Enclosures, tmp_path: Path
) -> None:
    evidence = concluded(claim, procedure, tmp_path)
    assert evidence.result is (Result.FALSIFIED if procedure.refutes else Result.ENCLOSED), evidence.says
    assert procedure.refutes == (claim.erratum is not None)
    (artefact,) = evidence.artefacts
    assert evidence.recheck == f"fa-theory recheck {artefact.path}"
    assert recheck_file(tmp_path / artefact.path).valid


def test_procedures_without_documents_are_never_above_supported() -> None:
    """A list of all procedures, so that a new one must say where it belongs."""
    kinds = {kind for kind in vars(procedures).values() if isinstance(kind, type) and issubclass(kind, Procedure)}
    assert kinds == {*WITH_DOCUMENTS, *WITHOUT}
    for claim in CLAIMS:
        for procedure in claim.procedures:
            if not isinstance(procedure, WITH_DOCUMENTS):
                assert procedure.method in (Method.SAMPLING, Method.ENCLOSURE), (claim.id, procedure.name)


@pytest.mark.parametrize("result", SHOWN)
def test_no_evidence_can_be_made_or_read_without_its_document(result: Result) -> None:
    method = {Result.DERIVED: Method.SYMBOLIC, Result.KERNEL_CHECKED: Method.KERNEL}
    fields: dict[str, Any] = {"procedure": "x", "result": result, "settles": True, "says": "", "n": 1}
    if result is Result.KERNEL_CHECKED:
        assert Evidence(**fields, method=method[result], rerun="the command").recheck == "the command"
        return
    with pytest.raises(ValueError, match="needs a document"):
        Evidence(**fields, method=method.get(result, Method.ENCLOSURE))


def test_evidence_is_made_by_its_own_class_alone() -> None:
    """``msgspec.structs.replace`` and reading run its checks as well; ``force_setattr`` would not."""
    fields: dict[str, Any] = {"procedure": "x", "settles": True, "says": "", "n": 1}
    open_ = Evidence(method=Method.SYMBOLIC, result=Result.UNDECIDED, **fields)
    with pytest.raises(ValueError, match="needs a document"):
        msgspec.structs.replace(open_, result=Result.DERIVED)
    with pytest.raises(msgspec.ValidationError, match="needs a document"):
        msgspec.json.decode(msgspec.json.encode(open_).replace(b"undecided", b"derived"), type=Evidence)
    for file in Path(fa_theory.__file__).parent.rglob("*.py"):
        names = {node.attr for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Attribute)}
        assert "force_setattr" not in names, file


def test_what_trials_refute_is_not_called_falsified() -> None:
    """The readings that rest on trials are contradicted; those with a document are falsified."""
    by_trials = {
        claim.id
        for claim in CLAIMS
        if claim.erratum and not any(isinstance(procedure, WITH_DOCUMENTS) for procedure in claim.procedures)
    }
    assert by_trials == {
        "moskovitz2018.plain-feedback-fails",
        "rahmansetayesh2021.normalised-accuracy",
        "song2021.alignment-mean-root-order",
        "song2021.lazy-drift-exponent",
    }
