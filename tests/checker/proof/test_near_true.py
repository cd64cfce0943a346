"""Documents near the proofs of this package: none proves anything false.

A document with one or two small changes (a sign, an index, an axis, a hypothesis, a relation, a number, a factor, a
fact, a time one step off) is offered to the kernel. What it accepts is evaluated, by the code that shares nothing with
it, at points that satisfy the hypotheses. ``HYPOTHESIS_PROFILE=thorough`` takes every proof of every claim and more
than ten thousand changes; ``-s`` shows the counts.
"""

from __future__ import annotations

import importlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import proof_documents
import pytest
from flow_documents import FLOWS
from near_documents import Near

from fa_theory.checker.proof import Proof, Refused, replay
from fa_theory.checker.proof.budget import UNITS, Allowance, working
from fa_theory.checker.proof.evaluate import evaluate
from fa_theory.checker.proof.language import Declarations
from fa_theory.checker.proof.normal import key
from fa_theory.checker.proof.terms import Formula

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
WHERE = (
    "conclusion",
    "conclusion",
    "conclusion",
    "hypotheses",
    "hypotheses",
    "steps",
    "steps",
    "declarations",
    "lemmas",
)
Json = Any


class Sequent(NamedTuple):
    """What a proof says, up to names."""

    hypotheses: frozenset[str]
    conclusion: str


def said(proof: Proof) -> Sequent:
    with working(Allowance(UNITS)):
        return Sequent(frozenset(proof.theorem.hypotheses), key(proof.theorem.formula))


def small() -> dict[str, Json]:
    """Documents that are written and replayed in no time."""
    found = {name: document for name, (document, _) in proof_documents.every().items() if name != "tube"}
    found |= {make.__name__: make()[0] for make in FLOWS}
    return found


def every() -> Iterator[tuple[str, Json]]:
    """The documents of all claims."""
    from fa_theory.claims.library import claims_of, proof_modules
    from fa_theory.claims.procedures.proved import Proved

    for name in proof_modules():
        for claim in claims_of(importlib.import_module(name)):
            for procedure in claim.procedures:
                if isinstance(procedure, Proved):
                    yield f"{claim.id}, {procedure.name}", procedure.proof().document


def offered(document: Json, proof: Proof) -> tuple[list[Formula], Formula] | None:
    """The statement that a changed document means to prove: its hypotheses, and the conclusion as it stands there."""
    names = Declarations(document)
    assumed = [names.formula(f) for name, f in document.get("hypotheses", {}).items() if name in proof.hypotheses]
    (last,) = [step for step in document["steps"] if step["as"] == document["concludes"]] or [{}]
    return assumed, names.formula(last["goal"]) if "goal" in last else proof.theorem.formula


def count(name: str, document: Json, number: int, seed: int, *, evaluating: bool) -> tuple[Counter[str], list[str]]:
    """Offer changed documents; what became of them, and those accepted that could not be evaluated."""
    proof = replay(document)
    right, counts, unknown = said(proof), Counter[str](), list[str]()
    near = Near(document, seed)
    seen = set()
    for k in range(3 * number):
        if counts["tried"] == number:
            break
        got = near.offer(WHERE[k % len(WHERE)])
        if got is None or (text := json.dumps(got[1])) in seen:
            continue
        seen.add(text)
        counts["tried"] += 1
        change, changed = got
        try:
            found = replay(text)
        except Refused:
            counts[_why_refused(changed, proof, evaluating)] += 1
            continue
        if said(found) == right:
            counts["accepted: the same statement"] += 1
            continue
        hypotheses = tuple(found.theorem.hypotheses.values())
        conclusion = found.theorem.formula
        looked = evaluate(hypotheses, conclusion, witness=found.witness, points=6, tries=60, seed=seed)
        assert not looked.refuted, f"{name}: {change}: proved, and false at {looked.refuted}\n{found.text}"
        counts["accepted: another statement, evaluated" if looked.points else "accepted: another, no point"] += 1
        if not looked.points:
            unknown.append(f"{name}: {change}\n{found.text}")
    return counts, unknown


def _why_refused(changed: Json, proof: Proof, evaluating: bool) -> str:
    try:
        with working(Allowance(UNITS)):
            statement = offered(changed, proof)
    except (Refused, KeyError):
        return "refused: says nothing"
    if not evaluating or statement is None:
        return "refused"
    looked = evaluate(*statement, witness=proof.witness, points=2, tries=6)
    return "refused: certainly false" if looked.refuted else "refused: not known to be false"


SMALL = sorted(small()) if not THOROUGH else []


@pytest.mark.skipif(THOROUGH, reason="the thorough test takes every document")
@pytest.mark.parametrize("name", SMALL)
def test_nothing_false_is_proved_near_a_proof(name: str) -> None:
    counts, _ = count(name, small()[name], 80, seed=1, evaluating=False)
    assert counts["tried"] == 80
    assert counts["refused"] + counts["refused: says nothing"] > 30
    print(name, dict(counts))


@pytest.mark.skipif(not THOROUGH, reason="HYPOTHESIS_PROFILE=thorough: some hours")
def test_nothing_false_is_proved_near_any_proof_of_a_claim() -> None:
    total, unknown = Counter[str](), list[str]()
    documents = [*small().items(), *every()]
    for k, (name, document) in enumerate(documents):
        length = len(json.dumps(document))
        number = next(n for longest, n in ((6000, 330), (20_000, 70), (10**9, 35)) if length < longest)
        counts, left = count(name, document, number, seed=k, evaluating=number > 50)
        total += counts
        unknown += left
        print(f"{k + 1} of {len(documents)}", name, dict(counts), flush=True)
    print("\n\n".join(unknown))
    print(dict(total))
    assert total["tried"] >= 10_000
    assert total["refused: certainly false"] >= 1_000
