"""A proof that a statement fails: a document for the kernel whose conclusion contradicts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from fa_theory.record.evidence import Evidence, Result
from fa_theory.work.ledger import Record

from .proved import Proved


@dataclass(frozen=True)
class Disproved(Proved):
    """Replay a proof that the claim fails; ``falsified`` requires what `Proved` requires for ``derived``.

    Attributes
    ----------
    violation
        What the proof shows, in words.
    """

    name: str = "disproof"
    violation: str = "the claim fails"

    def conclude(self, records: Mapping[str, Record]) -> Evidence:
        shown = super().conclude(records)
        if shown.result is not Result.DERIVED:
            return shown
        return msgspec.structs.replace(shown, result=Result.FALSIFIED, says=f"{self.violation}: {shown.says}")
