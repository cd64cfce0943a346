"""Checks shared by all certificates: false certificates that the checker must reject, and degenerate networks."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from fa_theory.checker.document import digest
from fa_theory.checker.recheck import recheck
from fa_theory.claims.claim import Check, CheckOutcome
from fa_theory.claims.procedure import Context
from fa_theory.enclosure.certify import certify_run
from fa_theory.enclosure.start import certify_from_start
from fa_theory.model.law import Law


def tampered(name: str, says: str, change: Callable[[dict[str, Any]], None], *, from_start: bool = False) -> Check:
    """A mutant: a certificate with one false entry and a matching hash."""

    def run(context: Context) -> CheckOutcome:
        attempt = certify_from_start if from_start else certify_run
        law = Law("tanh", 2, 6, 30, lam=0.3, cutoff=15) if from_start else Law("tanh", 4, 6, 60)
        certificate = attempt(law.sample(context.rng("tampered"))).certificate
        if certificate is None or not recheck(certificate).valid:
            return CheckOutcome(False, "there is no valid certificate to tamper with")
        false = deepcopy(certificate.document)
        change(false)
        false["digest"] = digest(false)
        verdict = recheck(false)
        return CheckOutcome(not verdict.valid, verdict.reason)

    return Check(name, says, run)


def times(value: str, factor: float) -> str:
    return (float.fromhex(value) * factor).hex()


def attempted(
    name: str, law: Law, says: str, *, certified: bool, zero: tuple[str, ...] = (), from_start: bool = False
) -> Check:
    """A degenerate case: whether a certificate is found."""

    def run(context: Context) -> CheckOutcome:
        problem = law.sample(context.rng(name))
        for array in zero:
            getattr(problem if array == "y" else problem.network, array)[:] = 0
        outcome = (certify_from_start if from_start else certify_run)(problem, max_steps=1500)
        return CheckOutcome(
            (outcome.certificate is not None) == certified, outcome.reason or f"from step {outcome.steps}"
        )

    return Check(name, says, run)
