"""Claims as declared, and their results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from markupsafe import Markup

from fa_theory.claims.claim import Claim, Erratum, Hypothesis
from fa_theory.claims.library import Located
from fa_theory.claims.result import ClaimResult, ResultDocument
from fa_theory.figures.verdicts import attribution
from fa_theory.record import text
from fa_theory.record.evidence import Evidence

from . import page
from .derivations import rows


def claim(shown: Claim) -> Markup:
    """The declaration: statement, hypotheses and procedures."""
    procedures = ", ".join(f"{p.name} ({p.method.value})" for p in shown.procedures)
    return page.page(
        _head(shown),
        page.statement(shown.statement),
        *_hypotheses(shown.hypotheses),
        page.paragraph(shown.summary),
        page.facts(
            {
                "settled by": procedures,
                "must refute": "; ".join(mutant.name for mutant in shown.mutants),
                "uses": _ids(shown.uses),
                "refuted by": _erratum(shown.erratum),
                "verify with": page.code(f"fa-theory verify {shown.id}"),
            }
        ),
    )


def located(shown: Located) -> Markup:
    """The located claim."""
    return claim(shown.claim)


def latex(shown: Claim | ClaimResult | Located) -> str:
    """Title and statement."""
    said = shown.claim if isinstance(shown, Located) else shown
    return rf"\textbf{{{said.kind.value.capitalize()}}} ({said.title}). {said.statement}"


def result(shown: ClaimResult) -> Markup:
    """The verdict on a claim, and everything it depends on."""
    refuted = sum(mutant.refuted for mutant in shown.mutants)
    return page.page(
        _head(shown),
        page.statement(shown.statement),
        *_hypotheses(shown.hypotheses),
        page.paragraph(
            page.verdict(shown.words), *([shown.level] if shown.level else []), page.small(text.sentence(shown.why))
        ),
        *map(_evidence, shown.evidence),
        page.facts(
            {
                "mutants": f"{refuted} of {len(shown.mutants)} refuted",
                "complete": "yes" if shown.complete else "no: it or a claim it uses is not settled in this run",
                "uses": _ids(shown.uses),
                "refuted by": _erratum(shown.erratum),
            }
        ),
    )


def document(shown: ResultDocument) -> Markup:
    """The table of verdicts."""
    found = [
        (
            _verdict(c),
            page.code(c.id),
            f"{sum(m.refuted for m in c.mutants)}/{len(c.mutants)}",
            c.complete,
            c.why,
        )
        for c in shown.claims
    ]
    settings = f"seed {shown.seed}, budget {shown.asked}, exit code {shown.exit_code}"
    return page.page(
        page.table(("verdict", "claim", "mutants refuted", "complete", "because"), found, most=200),
        *(page.paragraph(page.strong("crashed:"), failure) for failure in shown.failures),
        page.paragraph(page.small(settings)),
    )


def evidence(shown: Evidence) -> Markup:
    """The result of one procedure."""
    return page.page(_evidence(shown))


def _evidence(shown: Evidence) -> Markup:
    interval = None if shown.interval is None else text.interval(*shown.interval)
    if interval is not None and shown.confidence is not None:
        interval += f" at {text.percent(shown.confidence)} confidence"
    parts = [
        page.paragraph(
            page.verdict(shown.result.value),
            page.small(f"{shown.procedure} ({shown.method.value}, N = {shown.n}):"),
            page.small(text.sentence(shown.says)),
        ),
        *([page.facts({shown.quantity or "interval": interval})] if interval is not None else []),
        *map(page.plot, shown.figures[:1]),
        *(page.folded(found.caption, page.table(found.columns, found.rows)) for found in shown.tables),
        *([page.folded("all steps", *rows(shown.given, shown.derivation))] if shown.derivation else []),
    ]
    return Markup("\n").join(parts)


def _verdict(shown: ClaimResult) -> Markup:
    """The verdict, with the probability that it supports."""
    return page.verdict(shown.words) + (f" at {shown.level}" if shown.level else "")


def _head(shown: Claim | ClaimResult) -> Markup:
    source = f"{shown.source.key}, {shown.source.locator}; {attribution(shown.kind.value, shown.source.fidelity.value)}"
    kind = f"{shown.kind.value.capitalize()}."
    return page.paragraph(page.strong(f"{kind} {shown.title}"), page.small(f"({source})"), page.code(shown.id))


def _hypotheses(found: Iterable[Hypothesis]) -> Iterator[Markup]:
    named = {h.name: page.fragment(h.statement) for h in found}
    if named:
        yield page.facts(named)


def _ids(ids: tuple[str, ...]) -> Markup | None:
    return Markup(", ").join(map(page.code, ids)) if ids else None


def _erratum(erratum: Erratum | None) -> str | None:
    return None if erratum is None else f"{erratum.refuted_by}; repaired by {erratum.repaired_by}"
