"""What the last ``fa-theory verify`` found, for the pages of the claims; nothing here is typed by hand.

Only results of the code that the site describes are shown. Where there are none, the pages say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fa_theory.claims.result import ClaimResult, ResultDocument, read
from fa_theory.report.view import View, report_view
from fa_theory.work.provenance import run_key

OUT = Path(__file__).parent.parent.parent / "out"


@dataclass(frozen=True)
class Settled:
    """Results by claim, and why there are no others.

    Attributes
    ----------
    view
        The run, as a report sees it; None if there is none.
    missing
        Why a claim has no verdict here.
    """

    view: View | None
    missing: str

    @property
    def results(self) -> dict[str, ClaimResult]:
        """By id."""
        return {} if self.view is None else self.view.by_id


@cache
def settled() -> Settled:
    """Read ``out/results.json``."""
    path = OUT / "results.json"
    if not path.is_file():
        return Settled(None, "this site was built without the results of a run")
    document = read(path)
    current = [claim for claim in document.claims if claim.provenance.code == run_key()[:16]]
    if not current:
        return Settled(None, "the results at hand when this site was built are those of other code")
    return Settled(report_view(_of(document, current)), "it was not part of the run from which this site was built")


def _of(document: ResultDocument, claims: list[ClaimResult]) -> ResultDocument:
    from msgspec.structs import replace

    return replace(document, claims=claims)
