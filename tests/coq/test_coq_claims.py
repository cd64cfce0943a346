"""Claims that name a Coq theorem: what is printed, and how it counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fa_theory.claims import kernel
from fa_theory.claims.claim import Formalised
from fa_theory.claims.library import library, select
from fa_theory.claims.procedure import Budget
from fa_theory.claims.runner import Settings, verify
from fa_theory.claims.verdict import decide
from fa_theory.cli import verify as command
from fa_theory.coq import compiler
from fa_theory.coq.theorems import theorems
from fa_theory.errors import InputError
from fa_theory.record.evidence import Artefact, Evidence, Method, Result
from fa_theory.report.render import render

CLAIMS = {located.claim.id: located.claim for located in library().values() if located.claim.coq is not None}


@pytest.mark.parametrize("id", CLAIMS)
def test_a_claim_names_a_theorem_of_the_core(id: str) -> None:
    found = kernel.stated(CLAIMS[id])
    assert found is not None
    assert found.axioms == []
    assert theorems()[found.theorem].statement == found.statement
    (evidence,) = kernel.evidence(CLAIMS[id])
    assert evidence.method is Method.KERNEL
    assert evidence.result is Result.KERNEL_CHECKED
    assert evidence.settles is found.whole
    assert "rests on no axioms" in evidence.says


def test_which_claims_have_a_theorem() -> None:
    whole = {id for id, claim in CLAIMS.items() if claim.coq and claim.coq.whole}
    assert whole >= {"song2021.linear-recursion", "song2021.secant-kernel", "song2021.near-isometry"}
    assert len(CLAIMS) > len(whole)


def test_an_unknown_theorem_is_an_error() -> None:
    claim = replace(CLAIMS["song2021.near-isometry"], coq=Formalised("no_such_theorem", "", whole=True))
    with pytest.raises(InputError, match=r"no headline theorem 'no_such_theorem'"):
        kernel.stated(claim)


def test_the_kernel_counts_only_where_it_was_asked(tmp_path: Path) -> None:
    located = select(["song2021.near-isometry"])
    plain, checked = (
        verify(located, Settings(0, Budget.QUICK, 1, tmp_path, coq=coq)).claims[0] for coq in (False, True)
    )
    assert plain.verdict is Result.DERIVED
    assert checked.verdict is Result.KERNEL_CHECKED
    assert plain.coq == checked.coq
    assert {e.procedure for e in checked.evidence} >= {e.procedure for e in plain.evidence}
    assert checked.evidence[-1].procedure == kernel.PROCEDURE


def test_the_report_prints_the_coq_statement(tmp_path: Path) -> None:
    document = verify(select(["song2021.near-isometry"]), Settings(0, Budget.QUICK, 1, tmp_path, coq=True))
    file = render(document, tmp_path / "report", formats="html").html
    assert file is not None
    html = file.read_text("utf-8")
    assert "<code>near_isometry</code> states this, where " in " ".join(html.split())
    assert "It rests on no axioms." in html
    assert "forall (R : realFieldType) (n d : nat)" in html


def test_without_coq_the_verdict_is_what_it_was(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setattr(compiler, "absence", lambda: "coqc is not on the path")
    assert command._audited() is False
    assert "coq-absent: coqc is not on the path; verdicts are those without Coq" in capsys.readouterr().out


@pytest.mark.usefixtures("coq")
def test_with_coq_the_library_is_audited_first() -> None:
    assert command._audited() is True


# ----------------------------------------------------------------------------------------------------------- proofs
FADING = library()["ours.fading-memory"].claim
ACCEPTED = {
    "status": "kernel-checked",
    "reason": "",
    "lemmas": 3,
    "axioms": [],
    "assumed": ["d_sum"],
    "artefact": {"path": "proofs/a.json", "sha256": "0", "kind": "proofs"},
}


def seen(status: str, reason: str = "why") -> list[Evidence]:
    """The evidence of a claim with one proof, if Coq answers this about it."""
    (coq,) = kernel.in_coq(FADING)
    replayed = Evidence(
        procedure=coq.proof.name,
        method=Method.SYMBOLIC,
        result=Result.DERIVED,
        settles=True,
        says="replayed",
        n=1,
        artefacts=[Artefact(path="proofs/a.json", sha256="0", kind="proofs")],
    )
    record = ACCEPTED if status == "kernel-checked" else {"status": status, "reason": reason}
    return kernel.witnessed([replayed, coq.conclude({"coqc": record})], FADING)


def test_a_proof_that_coq_accepts_settles_in_the_place_of_its_replay() -> None:
    replayed, coq = seen("kernel-checked")
    assert (replayed.settles, coq.settles) == (False, True)
    assert coq.recheck == "fa-theory recheck --coq proofs/a.json"
    assert decide([replayed, coq], [], []) == (
        Result.KERNEL_CHECKED,
        "Coq accepts the proof, of 3 lemmas, which rests on no axioms, assuming d_sum",
    )


def test_the_axioms_of_a_proof_are_named() -> None:
    (coq,) = kernel.in_coq(FADING)
    told = coq.conclude({"coqc": ACCEPTED | {"axioms": ["Classical_Prop.classic"]}})
    assert "which rests on the axiom classic" in told.says


@pytest.mark.parametrize("status", ["not covered", "timeout", "out of memory", "coq-absent"])
def test_a_proof_that_coq_cannot_judge_stays_derived(status: str) -> None:
    assert decide(seen(status), [], [])[0] is Result.DERIVED


def test_a_proof_that_coq_rejects_decides_nothing() -> None:
    assert decide(seen("rejected"), [], []) == (Result.UNDECIDED, "Coq rejects the proof: why")


def test_the_weakest_procedure_decides_beside_a_proof_in_coq() -> None:
    kept = [Artefact(path="c.json", sha256="0", kind="certificates")]
    other = Evidence(
        procedure="certificates",
        method=Method.ENCLOSURE,
        result=Result.ENCLOSED,
        settles=True,
        says="some",
        n=1,
        artefacts=kept,
    )
    assert decide([*seen("kernel-checked"), other], [], []) == (Result.ENCLOSED, "some")


@pytest.mark.usefixtures("coq")
def test_coq_checks_the_proof_of_a_claim(tmp_path: Path) -> None:
    settings = Settings(0, Budget.QUICK, 1, tmp_path, coq=True)
    (found,) = verify([library()["ours.fading-memory"]], settings).claims
    assert found.verdict is Result.KERNEL_CHECKED
    (coq,) = [e for e in found.evidence if e.method is Method.KERNEL]
    assert coq.says.startswith("Coq accepts the proof, of ")
    assert coq.rerun.endswith(" --coq")
    assert (tmp_path / coq.artefacts[0].path).exists()
