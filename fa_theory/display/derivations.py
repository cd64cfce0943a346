"""Proofs for the kernel: their assumptions, and their steps with reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from markupsafe import Markup

from fa_theory.claims.procedures.proved import given, steps
from fa_theory.record import text
from fa_theory.record.evidence import DerivationRow, Given

from . import page

if TYPE_CHECKING:
    from fa_theory.symbolic.proof import ProofWriter


def proof(shown: ProofWriter) -> Markup | None:
    """The theorem of a proof for the kernel; hypotheses and steps are folded."""
    from fa_theory.symbolic.proof.render import latex as written

    if shown.finished is None:
        return None
    chain = steps(shown)
    return page.page(
        page.paragraph(page.strong(f"{shown.data['title']}.")),
        page.formula(written(shown.finished.theorem.formula)),
        page.folded(f"all {len(chain)} steps", *rows(given(shown), chain)),
    )


def rows(start: Sequence[Given], chain: Sequence[DerivationRow]) -> Iterator[Markup]:
    """Definitions, and the steps part by part."""
    if start:
        yield page.paragraph(page.strong("Given"))
        yield page.steps((row.latex, row.words) for row in start)
    for part, of_part in groupby(chain, key=lambda row: row.part):
        if part:
            yield page.paragraph(page.strong(text.heading(part)))
        yield page.steps((row.latex, f"{row.name}: {row.reason}" if row.name else row.reason) for row in of_part)
