"""The kernel of Coq as a witness: the theorem that states a claim, and the evidence once Coq has accepted it."""

from __future__ import annotations

from fa_theory.coq.theorems import rests_on, theorems
from fa_theory.errors import InputError
from fa_theory.record.evidence import CoqStatement, Evidence, Method, Result

from .claim import Claim

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
