"""Mutants of certificates: a true one with one false entry, which the checker must reject."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np

from fa_theory.checker.document import digest
from fa_theory.checker.recheck import recheck
from fa_theory.claims.claim import Check, CheckOutcome
from fa_theory.claims.procedure import Context
from fa_theory.enclosure.reading import Certificate

Change = Callable[[dict[str, Any]], None]


def tampered(
    name: str, says: str, certify: Callable[[np.random.Generator], Certificate | None], change: Change
) -> Check:
    """A mutant: a certificate of a random network with one false entry, and a digest that fits."""

    def run(context: Context) -> CheckOutcome:
        certificate = certify(context.rng("tampered"))
        if certificate is None or not recheck(certificate).valid:
            return CheckOutcome(False, "there is no valid certificate to tamper with")
        false = deepcopy(certificate.document)
        change(false)
        false["digest"] = digest(false)
        verdict = recheck(false)
        return CheckOutcome(not verdict.valid, verdict.reason)

    return Check(name, says, run)


def multiplied(*path: str, by: float) -> Change:
    """The change that multiplies an entry, or all numbers of an array, by a factor."""

    def change(document: dict[str, Any]) -> None:
        *parents, last = path
        for key in parents:
            document = document[key]
        document[last] = times(document[last], by)

    return change


def wider_gap(factor: float) -> Change:
    """The change that makes the gap ``1 − q`` larger by a factor."""

    def change(document: dict[str, Any]) -> None:
        document["rate"] = (1 - factor * (1 - float.fromhex(document["rate"]))).hex()

    return change


def times(value: Any, factor: float) -> Any:
    """An exact number, or all those of an array, times a factor."""
    if isinstance(value, str):
        return (float.fromhex(value) * factor).hex()
    return [times(x, factor) for x in value]
