"""Conjectures on exponents: the median of a quantity against the width, and whether the widths suffice to decide.

At every width the draws from the distribution of the domain are divided into groups. The medians of the groups are
independent replicates, from which `fa_theory.statistics.exponent.fit` takes the slope of the log of their mean and its
interval.

A slope over finitely many widths need not be the exponent: a correction ``p^α (1 + c p^{−γ})`` bends the line. So the
upper half of the widths is fitted separately, and the difference from the lower half, the drift, is used as follows:
if the halves differ significantly the verdict is ``undecided``, and a statement is contradicted only if even twice the
observed drift, in the direction of the claim, does not reach it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.declare import SCALED, Conjecture, Scales
from fa_theory.conjectures.language.domain import Domain
from fa_theory.conjectures.language.evaluate import Evaluator
from fa_theory.conjectures.language.expression import Expr
from fa_theory.errors import InputError
from fa_theory.model.ball import Array
from fa_theory.statistics.exponent import Exponent, fit

from .draws import accepted, batches

GROUPS = 40
SIZES = (101, 51, 21, 11, 5)
"""Draws in a group: the first number that the time permits."""
PROPOSED = 20
AHEAD = 2.0
"""Possible further drift, as a multiple of the observed one."""

Sampler = Callable[[Conjecture, int, np.random.Generator], Array]
"""From a conjecture at one width and a number N to at most N independent values of its quantity."""


@dataclass(frozen=True)
class Growth:
    """The growth of a quantity with the width.

    Attributes
    ----------
    verdict, reason
        ``supported``, ``contradicted``, ``undecided`` or ``vacuous``, and one sentence.
    exponent, lower, upper
        Fits over all widths, and over the lower and the upper half of them; None where there are no data.
    medians
        From width to the median.
    """

    verdict: Literal["supported", "contradicted", "undecided", "vacuous"]
    reason: str
    exponent: Exponent | None = None
    lower: Exponent | None = None
    upper: Exponent | None = None
    medians: Mapping[float, float] | None = None


def quantity(conjecture: Conjecture) -> Expr:
    """The quantity of a conjecture on an exponent or a constant.

    Raises
    ------
    InputError
        If the conclusion is not one number.
    """
    first, *more = conjecture.statements
    if more or not isinstance(first, Expr) or first.rank:
        raise InputError(
            f"{conjecture.file}, line {conjecture.line}: {conjecture.name} is about the size of a quantity, so it must "
            "return one number, not a statement, a vector or a list"
        )
    return first


def simulated(conjecture: Conjecture, count: int, rng: np.random.Generator) -> Array:
    """Absolute values of the quantity where the hypotheses hold; fewer than ``count`` if they hold rarely."""
    formula = quantity(conjecture)
    found: list[Array] = []
    have = proposed = 0
    while have < count and proposed < PROPOSED * count:
        for batch in batches(conjecture, count - have, rng):
            evaluation = Evaluator(batch)
            values = np.abs(evaluation(formula)[accepted(conjecture, evaluation)])
            found.append(values)
        proposed += count - have
        have = sum(len(values) for values in found)
    drawn: Array = np.concatenate(found)
    return rng.permutation(drawn)  # the groups must not be sorted by shape


def growth(
    conjecture: Conjecture,
    *,
    rng: np.random.Generator,
    deadline: float,
    notify: Callable[[str], None] = lambda _: None,
    sampler: Sampler = simulated,
    confidence: float = 0.99,
) -> Growth:
    """Estimate the exponent with which the median of ``|quantity|`` grows, and compare it with the claimed one.

    Parameters
    ----------
    conjecture
        With the quantifier `Scales`. The width of its domain is replaced by those of the quantifier.
    rng
        Generator of the draws.
    deadline
        On the clock of `effort.now`, which counts work. The number of draws is chosen from it before they are made.
    notify
        Called with one line of progress at a time.
    sampler
        Source of the values; for example an exact law.
    confidence
        Of each interval.

    Raises
    ------
    InputError
        If the conjecture has another quantifier, or its conclusion is not one number.
    """
    if not isinstance(conjecture.quantifier, Scales):
        raise InputError(f"{conjecture.name} is not a statement on an exponent but {conjecture.quantifier}")
    claim = conjecture.quantifier
    at = {v: replace(conjecture, domain=_resized(conjecture.domain, claim, v)) for v in claim.widths}
    size = _affordable(at, sampler, rng, deadline)
    samples: dict[float, Array] = {}
    for p, there in at.items():
        where = f"at {claim.size} = {p:g}"
        if effort.passed(math.inf):
            return Growth("undecided", f"the budget was used up before the draws {where}")
        values = sampler(there, GROUPS * size, rng)
        if len(values) < GROUPS:
            return Growth("vacuous", f"{where} only {len(values)} draws satisfy the hypotheses")
        diverged = int((~np.isfinite(values)).sum())
        values = np.where(np.isnan(values), np.inf, values)  # what overflows counts as infinite
        each = len(values) // GROUPS
        samples[p] = _typical(claim, values[: each * GROUPS].reshape(GROUPS, each))
        if not np.isfinite(samples[p]).all():
            why = f"{where} the {claim.statistic} is infinite: {diverged} of {len(values)} runs overflow"
            return Growth("undecided", why)
        notify(f"{claim.size} = {p:g}: {claim.statistic} {np.mean(samples[p]):.4g} of {len(values)} draws")
    return judge_exponent(samples, claim, confidence=confidence)


def _resized(domain: Domain, claim: Scales, value: float) -> Domain:
    """The domain with another size, or another parameter."""
    changes: dict[str, Any] = {SCALED[claim.size]: value if claim.size in ("eta", "lam") else int(value)}
    return replace(domain, **changes)


def _typical(claim: Scales, groups: Array) -> Array:
    """The statistic of each group."""
    match claim.of:
        case "median":
            return np.asarray(np.median(groups, axis=1))
        case "mean":
            return np.asarray(np.mean(groups, axis=1))
    return np.asarray(np.quantile(groups, float(claim.of), axis=1))


def judge_exponent(
    samples: Mapping[float, Sequence[float] | Array], claim: Scales, *, confidence: float = 0.99
) -> Growth:
    """The verdict on a claimed exponent, from replicates at each width.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> exact = {p: p**-0.5 * rng.normal(1, 0.02, 40) for p in (16, 32, 64, 128, 256, 512)}
    >>> judge_exponent(exact, Scales(-0.5)).verdict, judge_exponent(exact, Scales(-1.0)).verdict
    ('supported', 'contradicted')
    >>> bent = {p: x * (1 + 20 / p) for p, x in exact.items()}
    >>> judge_exponent(bent, Scales(-0.5)).verdict
    'undecided'
    """
    medians = {p: float(np.mean(values)) for p, values in samples.items()}
    widths = sorted(samples)
    if min(medians.values()) <= 0:
        return Growth(
            "undecided", f"the {claim.statistic} is 0 at some {claim.size}, so there is no exponent", medians=medians
        )
    half = max(3, (len(widths) + 1) // 2)
    data = {p: [float(x) for x in samples[p]] for p in widths}
    try:
        whole, lower, upper = (
            fit({p: data[p] for p in part}, average="mean", confidence=confidence)
            for part in (widths, widths[:half], widths[-half:])
        )
    except InputError as problem:
        return Growth("undecided", str(problem), medians=medians)
    low = -math.inf if claim.bound == "at most" else claim.exponent - claim.tolerance
    high = math.inf if claim.bound == "at least" else claim.exponent + claim.tolerance
    found = Growth("undecided", "", whole, lower, upper, medians)
    limit = "" if claim.bound == "equal" else f"{claim.bound} "
    text = f"exponent {whole} of the {claim.statistic}, claimed {limit}{claim.exponent:g} ± {claim.tolerance:g}"
    drifts = lower.interval[1] < upper.interval[0] or upper.interval[1] < lower.interval[0]
    ahead = _ahead(lower, upper)
    if drifts and not _outside(ahead, low, high):
        drift = f"it drifts from {lower.estimate:.3f} to {upper.estimate:.3f}"
        return replace(found, reason=f"{text}; but {drift}: the range of widths is too short to decide")
    if all(_outside(interval, low, high) for interval in (whole.interval, upper.interval, ahead)):
        return replace(found, verdict="contradicted", reason=text)
    if (
        not drifts
        and low <= whole.interval[0]
        and whole.interval[1] <= high
        and not _outside(upper.interval, low, high)
    ):
        return replace(found, verdict="supported", reason=text)
    return replace(found, reason=f"{text}: the range of widths is too short to decide")


def _ahead(lower: Exponent, upper: Exponent) -> tuple[float, float]:
    """Possible range of the slope: from the upper half to `AHEAD` times the drift further, with their errors."""
    goal = upper.estimate + AHEAD * (upper.estimate - lower.estimate)
    reach = math.hypot((1 + AHEAD) * _reach(upper), AHEAD * _reach(lower))
    return min(goal - reach, upper.interval[0]), max(goal + reach, upper.interval[1])


def _reach(exponent: Exponent) -> float:
    return (exponent.interval[1] - exponent.interval[0]) / 2


def _outside(interval: tuple[float, float], low: float, high: float) -> bool:
    return interval[1] < low or interval[0] > high


def _affordable(at: Mapping[float, Conjecture], sampler: Sampler, rng: np.random.Generator, deadline: float) -> int:
    """Draws in a group, from the time for a few draws, which are then discarded."""
    began, pilot = effort.now(), 2 * GROUPS
    for there in at.values():
        sampler(there, pilot, rng)
    each = (effort.now() - began) / pilot
    left = 0.7 * (deadline - effort.now())
    return next((size for size in SIZES if size * GROUPS * each < left), SIZES[-1])
