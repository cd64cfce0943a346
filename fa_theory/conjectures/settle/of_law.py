"""Statements about a distribution: means, variances, quantiles and probabilities, by intervals from independent draws.

The numbers of draws are planned in advance, `STAGES` of them, and each interval of each stage may err with an equal
share of 1 − confidence (Bonferroni). Probabilities have exact binomial intervals and quantiles exact ones from order
statistics. Means and variances have t-intervals from the values of independent groups of draws; these are valid as far
as the groups are large enough for the central limit theorem. They are not used where a few draws dominate a sum, or
where a run overflows. The statement is then evaluated on the intervals, in balls.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from flint import arb
from scipy import stats

from fa_theory.checker.decimals import interval as outwards
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.declare import Conjecture
from fa_theory.conjectures.language.evaluate import Evaluator, blame
from fa_theory.conjectures.language.expression import Expr, Statement, parts
from fa_theory.conjectures.language.latex import text
from fa_theory.conjectures.language.of_law import LawFunctional
from fa_theory.errors import InputError
from fa_theory.model.ball import Array, Ball, balls
from fa_theory.statistics.binomial import Proportion

from .draws import accepted, batches

STAGES = (400, 1600, 6400, 25_600, 102_400, 409_600)
GROUPS = 40
"""Of draws, for means and variances."""
DOMINANT = 0.05
"""Largest share of one draw in the sum of squares of all."""
LARGE = arb("1e1000000")
PROPOSED = 30
"""Most draws for each that satisfies the hypotheses."""


@dataclass(frozen=True)
class LawFindings:
    """The verdict on a statement about a distribution.

    Attributes
    ----------
    verdict, reason
        ``supported``, ``contradicted``, ``undecided`` or ``vacuous``, and one sentence.
    trials, proposed
        Draws that satisfy the hypotheses, of each distribution, and all draws.
    intervals
        Name and interval of every number.
    margin
        Interval of the smallest margin of the statement.
    """

    verdict: str
    reason: str
    trials: int = 0
    proposed: int = 0
    intervals: tuple[tuple[str, float, float], ...] = ()
    margin: tuple[float, float] = (-math.inf, math.inf)


def functionals(conjecture: Conjecture) -> list[Expr]:
    """The means, quantiles and probabilities that the conclusion contains.

    Raises
    ------
    InputError
        If a hypothesis contains one, or the conclusion also contains what differs from network to network.
    """
    for name, margin in conjecture.hypothesis_margins.items():
        if any(part.op == "of_law" for part in parts(margin)):
            raise InputError(f"{conjecture.file}: the hypothesis {name!r} must be about single networks")
    found = {id(part): part for part in parts(conjecture.margin) if part.op == "of_law"}
    _refuse_random(conjecture, conjecture.margin)
    return list(found.values())


def _refuse_random(conjecture: Conjecture, x: Expr) -> None:
    domain = conjecture.domain
    if x.op == "of_law":
        return
    fixed = {name for name in ("n", "d", "p") if len(set(domain.whole(name))) == 1}
    fixed |= {"T"} if len(set(domain.whole("steps"))) == 1 else set()
    fixed |= {name for name in ("eta", "lam") if len(set(domain.real(name))) == 1}
    if x.op in ("state", "previous") or (x.op == "leaf" and x.value not in fixed):
        raise InputError(
            f"{conjecture.file}, line {x.line or conjecture.line}: a statement about the distribution contains means, "
            f"quantiles, probabilities and fixed numbers only, not {x.value if x.op == 'leaf' else 'a state'} by itself"
        )
    for arg in x.args:
        _refuse_random(conjecture, arg)


def judged_law(
    conjecture: Conjecture,
    *,
    rng: np.random.Generator,
    deadline: float,
    notify: Callable[[str], None] = lambda _: None,
    confidence: float = 0.99,
) -> LawFindings:
    """Draw networks, stage by stage, until the statement certainly holds or fails on the intervals.

    Parameters
    ----------
    conjecture
        With means, quantiles or probabilities in its conclusion.
    rng
        Generator of the draws.
    deadline
        On the clock of `effort.now`, which counts work.
    notify
        Called with one line of progress at a time.
    confidence
        Of all intervals of all stages together.
    """
    wanted = functionals(conjecture)
    share = 1 - (1 - confidence) / len(STAGES) / len(wanted)
    values: dict[tuple[tuple[str, object], ...], _Draws] = {}
    for number in wanted:
        at = number.value.at
        there = replace(conjecture, domain=replace(conjecture.domain, **dict(at)))
        values.setdefault(at, _Draws(there)).formulas.append(number)
    done = LawFindings("undecided", f"no stage was finished in time; the first has {STAGES[0]} draws")
    for stage in STAGES:
        for draws in values.values():
            problem = draws.until(stage, rng, deadline)
            if problem is not None:
                found = LawFindings(*problem, draws.trials, draws.proposed)
                return done if done.trials and problem[0] != "vacuous" else found
        known: dict[int, tuple[float, float]] = {}
        names = []
        for draws in values.values():
            for number in draws.formulas:
                low, high = _interval(number.value, draws.values[id(number)], share)
                known[id(number)] = low, high
                names.append((text(number), low, high))
        verdict, margin = _verdict(conjecture, known)
        trials = min(draws.trials for draws in values.values())
        shown = "; ".join(f"{name} in {outwards(low, high, 4)}" for name, low, high in names)
        why = f"N = {trials:,}: {shown}, at {100 * confidence:g} % confidence"
        done = LawFindings(verdict, why, trials, sum(d.proposed for d in values.values()), tuple(names), margin)
        notify(why)
        if verdict != "undecided":
            return done
    return done


class _Draws:
    """Independent values of some numbers under one distribution."""

    def __init__(self, conjecture: Conjecture) -> None:
        self.conjecture = conjecture
        self.formulas: list[Expr] = []
        self.values: dict[int, Array] = {}
        self.trials = self.proposed = 0

    def until(self, count: int, rng: np.random.Generator, deadline: float) -> tuple[str, str] | None:
        """Draw until there are so many; otherwise the verdict and the reason why not."""
        while self.trials < count:
            if effort.passed(deadline):
                return "undecided", f"only {self.trials} draws were made in time"
            if self.proposed >= PROPOSED * STAGES[0] and self.trials * PROPOSED < self.proposed:
                why = f"only {self.trials} of {self.proposed} draws satisfy the hypotheses"
                return ("undecided" if self.trials else "vacuous"), why
            self._draw(count - self.trials, rng)
        return None

    def _draw(self, count: int, rng: np.random.Generator) -> None:
        found: dict[int, list[Array]] = {id(number): [] for number in self.formulas}
        kept = 0
        for batch in batches(self.conjecture, count, rng):
            evaluation = Evaluator(batch)
            holds = accepted(self.conjecture, evaluation)
            kept += int(holds.sum())
            for number in self.formulas:
                value = evaluation(number.args[0])
                unknown = np.isnan(value) & holds
                if unknown.any() and (line := blame(number.args[0], batch[np.flatnonzero(unknown)[:4]])):
                    raise InputError(
                        f"{self.conjecture.file}, line {line}: not defined (NaN) for a network drawn from its domain; "
                        "exclude it by a hypothesis"
                    )
                found[id(number)].append(value[holds])
        order = rng.permutation(kept)  # draws of one shape lie together
        for key, made in found.items():
            new = np.concatenate(made)[order]
            self.values[key] = np.concatenate([self.values.get(key, np.zeros(0)), new])
        self.trials += kept
        self.proposed += count


def _interval(of: LawFunctional, values: Array, confidence: float) -> tuple[float, float]:
    """A confidence interval; infinite where none is justified."""
    count = len(values)
    match of.kind:
        case "probability":
            holds = values > 0 if of.strict else values >= 0  # not where it is NaN, since the run diverged
            return Proportion(int(holds.sum()), count, confidence).interval
        case "quantile":
            ordered = np.sort(np.where(np.isnan(values), np.inf, values))
            tail = (1 - confidence) / 2
            low = int(stats.binom.ppf(tail, count, of.level)) - 1
            high = int(stats.binom.isf(tail, count, of.level)) + 1
            return (
                float(ordered[low]) if low >= 0 else -math.inf,
                float(ordered[high]) if high < count else math.inf,
            )
        case "mean" | "variance":
            return _of_groups(of.kind, values, confidence)
    raise ValueError(f"there is no functional {of.kind}")


def _of_groups(kind: str, values: Array, confidence: float) -> tuple[float, float]:
    if not np.isfinite(values).all():
        return -math.inf, math.inf
    centred = (values - values.mean()) ** 2
    squares = centred if kind == "mean" else (centred - centred.mean()) ** 2
    if squares.max() > DOMINANT * squares.sum() > 0:
        return -math.inf, math.inf
    groups = values[: len(values) // GROUPS * GROUPS].reshape(GROUPS, -1)
    each = groups.mean(axis=1) if kind == "mean" else groups.var(axis=1, ddof=1)
    reach = float(stats.t.isf((1 - confidence) / 2, GROUPS - 1)) * float(each.std(ddof=1)) / math.sqrt(GROUPS)
    return float(each.mean()) - reach, float(each.mean()) + reach


def _end(x: float) -> arb:
    """An end of an interval; an infinite one as a number larger than any that floats know."""
    return arb(x) if math.isfinite(x) else LARGE if x > 0 else -LARGE


def _verdict(conjecture: Conjecture, known: dict[int, tuple[float, float]]) -> tuple[str, tuple[float, float]]:
    """What the statement certainly is on the intervals, and the interval of its smallest margin."""
    domain = conjecture.domain
    drawn = domain.sample(domain.smallest(), np.random.default_rng(0), 1)
    evaluation = Evaluator(drawn.map(balls))
    for key, (low, high) in known.items():
        inside = arb(0, "inf") if (low, high) == (-math.inf, math.inf) else _end(low).union(_end(high))
        evaluation.assume(key, np.array([Ball(inside)], dtype=object))
    fails, holds = False, True
    low = high = math.inf
    for said in conjecture.statements:
        for each in (said.alternatives or (said,)) if isinstance(said, Statement) else (said,):
            margin = each.margin if isinstance(each, Statement) else each
            value = evaluation(margin)[0].arb
            low, high = min(low, _float(value.lower(), -math.inf)), min(high, _float(value.upper(), math.inf))
            strict = isinstance(each, Statement) and each.strict
            certain = value > 0 if strict else value >= 0
            failed = value <= 0 if strict else value < 0
            fails |= failed and not (isinstance(said, Statement) and said.alternatives)
            holds &= bool(certain)
    return "contradicted" if fails else "supported" if holds else "undecided", (low, high)


def _float(x: arb, unknown: float) -> float:
    """The nearest float; what is not known, or too large, is the largest there is."""
    most = sys.float_info.max
    return max(-most, min(most, float(x) if x.is_finite() else unknown))
