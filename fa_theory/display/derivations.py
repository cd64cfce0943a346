"""Derivations: the chain of steps, each with its reason."""

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
    from fa_theory.symbolic.derivation import Derivation
    from fa_theory.symbolic.proof import ProofWriter

SHOWN = 4
"""Conclusions that a derivation shows unfolded."""


def derivation(shown: Derivation) -> Markup:
    """What is derived; the steps open on a click. Nothing is checked: that is what `Derivation.check` is for."""
    start, chain = steps_of(shown)
    return page.page(
        page.paragraph(page.strong(f"{shown.title}."), page.fragment(shown.statement)),
        *map(page.formula, shown.conclusions()[-SHOWN:]),
        page.folded(f"all {len(chain)} steps", *rows(start, chain)),
        *(page.paragraph(f"By induction: {text.sentence(induction.words)}") for induction in shown.inductions),
    )


def proof(shown: ProofWriter) -> Markup | None:
    """What a proof on the kernel proves; hypotheses and steps open on a click."""
    from fa_theory.symbolic.proof.render import latex as written

    if shown.finished is None:
        return None
    chain = steps(shown)
    return page.page(
        page.paragraph(page.strong(f"{shown.data['title']}.")),
        page.formula(written(shown.finished.theorem.formula)),
        page.folded(f"all {len(chain)} steps", *rows(given(shown), chain)),
    )


def latex(shown: Derivation) -> str:
    """The whole derivation."""
    return shown.to_latex()


def rows(start: Sequence[Given], chain: Sequence[DerivationRow]) -> Iterator[Markup]:
    """Definitions, and the steps part by part."""
    if start:
        yield page.paragraph(page.strong("Given"))
        yield page.steps((row.latex, row.words) for row in start)
    for part, of_part in groupby(chain, key=lambda row: row.part):
        yield page.paragraph(page.strong(text.heading(part)))
        yield page.steps((row.latex, row.reason) for row in of_part)


def steps_of(shown: Derivation) -> tuple[list[Given], list[DerivationRow]]:
    """What a derivation starts from, and its steps, unchecked."""
    from fa_theory.symbolic.derivation import LATEX_RELATION
    from fa_theory.symbolic.render import latex as written

    chain = [
        DerivationRow(
            part=part.words,
            latex=f"{written(before) if step is part.steps[0] else '{}'} {LATEX_RELATION[step.relation]} "
            f"{written(step.after)}",
            reason=step.reason,
            checks="",
        )
        for part in shown.parts
        for before, step in part.links()
    ]
    return [Given(latex=row["latex"], words=row["words"]) for row in shown.given()], chain
