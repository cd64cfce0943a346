"""Checking statements that are not about all networks: probabilities, exponents and best constants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.declare import Conjecture, Scales
from fa_theory.conjectures.language.networks import Networks
from fa_theory.conjectures.shrink.certify import certify_counterexample
from fa_theory.conjectures.shrink.shrink import shrink
from fa_theory.record.evidence import Method
from fa_theory.record.figure import Axis, Curve, Figure
from fa_theory.record.table import Cell, Table

from .constant import claimed, enclose
from .for_all import CONFIDENCE, CounterexampleSearch, attacked
from .for_all import settle_for_all as for_all
from .of_law import judged_law
from .outcome import ConjectureOutcome, ConjectureVerdict
from .probability import frequency
from .progress import CheckProgress
from .scaling import growth
from .there_is import existence
from .work import Work

SYMBOLS = {"eta": r"\eta", "lam": r"\lambda"}
SEARCH_SHARE = 0.6
"""Share of the budget for finding the largest value of a quantity."""


def settle_probability(conjecture: Conjecture, start: ConjectureOutcome, work: Work) -> ConjectureOutcome:
    """Check a statement that holds with some probability."""
    found = frequency(
        conjecture,
        rng=work.rng("law"),
        deadline=work.at(1),
        notify=lambda _: work.notify(CheckProgress("drawing networks")),
    )
    return msgspec.structs.replace(
        start,
        verdict=ConjectureVerdict(found.verdict),
        why=found.reason,
        margin=found.smallest,
        n_trials=found.proposed,
        n_law=found.trials,
        acceptance=found.trials / found.proposed if found.proposed else None,
        interval=found.interval,
        confidence=CONFIDENCE,
        quantity="probability that the conclusion holds, under the distribution of the domain",
    )


def settle_existence(conjecture: Conjecture, start: ConjectureOutcome, work: Work) -> ConjectureOutcome:
    """Check that something exists for every network."""
    found = existence(
        conjecture, rng=work.rng("law"), deadline=work.at(1), notify=lambda said: work.notify(CheckProgress(said))
    )
    return msgspec.structs.replace(
        start,
        verdict=ConjectureVerdict(found.verdict),
        why=found.reason,
        margin=found.hardest if found.draws else None,
        n_trials=found.tried,
        n_law=found.draws,
        acceptance=found.draws / found.proposed if found.proposed else None,
        interval=found.interval,
        confidence=CONFIDENCE,
        quantity="probability that there is a choice, under the distribution of the domain",
    )


def settle_law(conjecture: Conjecture, start: ConjectureOutcome, work: Work) -> ConjectureOutcome:
    """Check a statement about the distribution: means, variances, quantiles, probabilities."""
    found = judged_law(
        conjecture,
        rng=work.rng("law"),
        deadline=work.at(1),
        notify=lambda said: work.notify(CheckProgress(said)),
    )
    rows: list[list[Cell]] = [[name, low, high] for name, low, high in found.intervals]
    return msgspec.structs.replace(
        start,
        verdict=ConjectureVerdict(found.verdict),
        why=found.reason,
        n_trials=found.proposed,
        n_law=found.trials,
        acceptance=found.trials / found.proposed if found.proposed else None,
        confidence=CONFIDENCE,
        interval=None if found.verdict == "undecided" else found.margin,
        margin=None if found.verdict == "undecided" else found.margin[0],
        quantity="margin of the statement",
        tables=[Table(caption="Intervals", columns=["number", "from", "to"], rows=rows)] if rows else [],
    )


def settle_scaling(conjecture: Conjecture, start: ConjectureOutcome, work: Work) -> ConjectureOutcome:
    """Check a statement on the exponent with which a quantity grows with the width."""
    assert isinstance(conjecture.quantifier, Scales)
    found = growth(
        conjecture, rng=work.rng("law"), deadline=work.at(1), notify=lambda said: work.notify(CheckProgress(said))
    )
    medians = found.medians or {}
    fits = {"all widths": found.exponent, "the lower half": found.lower, "the upper half": found.upper}
    rows: list[list[Cell]] = [[name, fit.estimate, *fit.interval] for name, fit in fits.items() if fit is not None]
    return msgspec.structs.replace(
        start,
        verdict=ConjectureVerdict(found.verdict),
        why=found.reason,
        interval=found.exponent.interval if found.exponent else None,
        confidence=CONFIDENCE,
        quantity=f"exponent of {conjecture.quantifier.size}",
        tables=[Table(caption="Exponents fitted", columns=["widths", "exponent", "from", "to"], rows=rows)],
        figures=[_figure(conjecture.quantifier, medians)] if medians else [],
    )


def _figure(claim: Scales, medians: Mapping[float, float]) -> Figure:
    widths = [float(p) for p in medians]
    first = next(iter(medians.values()))
    claimed_line = [first * (p / widths[0]) ** claim.exponent for p in widths]
    return Figure(
        name="scaling",
        caption=f"The {claim.statistic} of the quantity against {claim.size}, and the claimed exponent",
        x=Axis(label=f"${SYMBOLS.get(claim.size, claim.size)}$", scale="log"),
        y=Axis(label=claim.statistic, scale="log"),
        curves=[
            Curve(label="found", x=widths, y=list(medians.values()), style="points"),
            Curve(
                label=f"${SYMBOLS.get(claim.size, claim.size)}^{{{claim.exponent:g}}}$",
                x=widths,
                y=claimed_line,
                style="dashed",
            ),
        ],
    )


def settle_constant(conjecture: Conjecture, start: ConjectureOutcome, work: Work) -> ConjectureOutcome:
    """Check the claim that a constant is valid, or find the best one."""
    statement = claimed(conjecture)
    if statement is not None:
        return for_all(statement, start, work)
    search = CounterexampleSearch(conjecture, work)
    search.until(work.at(SEARCH_SHARE))
    outcome = attacked(start, search.attack)
    if search.attack.where is None:
        return msgspec.structs.replace(
            outcome,
            verdict=ConjectureVerdict.VACUOUS,
            why=f"none of {outcome.n_trials:,} networks satisfies the hypotheses",
        )
    search.notify("bounding the constant")

    def certified(statement: Conjecture, worst: Networks) -> dict[str, Any] | None:
        document = certify_counterexample(statement, worst)
        if document is None:  # for example on the boundary of the domain: try an exact network near this one
            document = certify_counterexample(
                statement, shrink(statement, worst, deadline=effort.now() + 0.1 * work.budget)
            )
        return document

    found = enclose(conjecture, search.attack.where, certify=certified, rng=work.rng("law"))
    kept = None if found.certificate is None else str(work.keep(found.certificate, "counterexamples"))
    return msgspec.structs.replace(
        outcome,
        verdict=ConjectureVerdict.SUPPORTED if found.above is not None else ConjectureVerdict.UNDECIDED,
        method=Method.SAMPLING,
        why=str(found),
        margin=None,  # there is no claim that could hold or fail
        counterexample=kept,
        interval=found.exceeded,
        confidence=found.share.confidence,
        quantity=f"probability that the quantity exceeds {found.largest:.6g}",
    )
