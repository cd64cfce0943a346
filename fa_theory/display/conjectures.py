"""Conjectures as declared, and their outcomes."""

from __future__ import annotations

from markupsafe import Markup

from fa_theory.conjectures.language.declare import Conjecture
from fa_theory.conjectures.settle.check import started
from fa_theory.conjectures.settle.claim import PROOF_CHECKS
from fa_theory.conjectures.settle.outcome import ConjectureOutcome
from fa_theory.record import text

from . import page


def conjecture(shown: Conjecture) -> Markup:
    """The parsed statement, and the networks it covers."""
    return page.page(*_statement(started(shown)))


def outcome(shown: ConjectureOutcome) -> Markup:
    """The verdict, with the counterexample or the proof."""
    interval = None if shown.interval is None else text.interval(*shown.interval)
    return page.page(
        *_statement(shown),
        page.paragraph(page.verdict(shown.verdict.value), page.small(text.sentence(shown.why))),
        *map(page.formula, shown.formulas),
        *([page.steps(shown.proof), page.paragraph(page.small(PROOF_CHECKS))] if shown.proof else []),
        page.facts(
            {
                "networks tested": f"{shown.n_trials:,}" if shown.n_trials else None,
                "least margin": None if shown.margin is None else text.number(shown.margin),
                shown.quantity or "interval": interval,
                "counterexample": None if shown.counterexample is None else page.code(shown.counterexample),
                "check it": page.code(f"fa-theory recheck {' '.join(shown.documents)}") if shown.documents else None,
                "rerun with": None if shown.snippet is None else page.code(f"python {shown.snippet}"),
            }
        ),
        *map(page.plot, shown.figures[:1]),
        *(page.folded(found.caption, page.table(found.columns, found.rows)) for found in shown.tables),
        *(page.paragraph(page.strong("Warning."), warning) for warning in shown.warnings),
    )


def latex(shown: Conjecture | ConjectureOutcome) -> str:
    """The statement."""
    return shown.statement if isinstance(shown, ConjectureOutcome) else started(shown).statement


def _statement(shown: ConjectureOutcome) -> list[Markup]:
    parts = [page.paragraph(page.strong("Conjecture."), shown.title, page.code(shown.name))]
    if shown.statement:
        parts.append(page.statement(shown.statement))
    if shown.quantifier:
        parts.append(page.paragraph(page.small(f"{shown.quantifier}: {shown.domain}")))
    return parts
