"""Proofs on the kernel replay, say what they should, and need what they assume."""

from __future__ import annotations

import json
from typing import Any

import proof_documents
import pytest

from fa_theory.checker.proof import Refused, replay
from fa_theory.symbolic.proof import Lemma, library

PROOFS = ("linear", "tube", "cutoff", "gram", "mean", "second")
ASSUMING = [
    (name, hypothesis) for name in PROOFS for hypothesis in proof_documents.every()[name][0].get("hypotheses", {})
]  # type: ignore[attr-defined]


@pytest.mark.parametrize("make", library.LEMMAS, ids=lambda make: make.__name__)
def test_the_lemmas_replay_and_assume_nothing(make: Any) -> None:
    lemma = make()
    assert isinstance(lemma, Lemma)
    proof = replay(json.dumps(lemma.document))
    assert not proof.hypotheses
    assert not proof.axioms
    assert not proof.theorem.formula.free


@pytest.mark.parametrize("name", PROOFS)
def test_the_proofs_replay_from_one_file(name: str) -> None:
    document, proof = proof_documents.every()[name]
    again = replay(json.dumps(document))
    assert again.text == proof.text
    assert again.theorem.hypotheses.keys() == proof.theorem.hypotheses.keys()
    assert not any(str(k).startswith("(") for k in proof.hypotheses), "every hypothesis has a name"


def test_the_statement_is_the_last_sequent() -> None:
    text = proof_documents.cutoff()[1].text
    assert text.splitlines()[-1] == "  ∀ t:time. g[t] ≤ (1 - eta)^t·g[0]"
    assert "  STABLE: eta·(1 + lam + Y^2·(S + 2·|p|^(-1/2))^2) ≤ 1" in text


@pytest.mark.parametrize(("name", "hypothesis"), ASSUMING)
def test_every_hypothesis_is_needed(name: str, hypothesis: str) -> None:
    """Induction hypotheses and signs among them."""
    document = json.loads(json.dumps(proof_documents.every()[name][0]))
    proof = proof_documents.every()[name][1]
    document["hypotheses"][hypothesis] = {"say": [0, "<=", 0]}
    try:
        replay(document)
    except Refused:
        return
    assert hypothesis not in proof.hypotheses, "the proof does without a hypothesis of its statement"
