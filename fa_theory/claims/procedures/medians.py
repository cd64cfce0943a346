"""Medians of a quantity for several groups along an axis, compared by exact intervals that need no assumption."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, isfinite
from typing import Any, NamedTuple

import numpy as np

from fa_theory.checker.decimals import above, below
from fa_theory.claims.claim import Check, CheckOutcome
from fa_theory.claims.procedure import Budget, Context, Procedure, Task, Trials
from fa_theory.errors import InputError
from fa_theory.record.evidence import Evidence, Method, Result
from fa_theory.record.figure import Axis, Curve, Figure
from fa_theory.record.table import Table
from fa_theory.statistics.binomial import Proportion
from fa_theory.statistics.medians import median_interval
from fa_theory.work.ledger import Record

from .frequency import weakest

Sample = Callable[[str, int, Sequence[np.random.Generator]], Sequence[float]]
"""From a group, a position and one generator for each network to one value each; ``inf`` if there is none."""
Place = tuple[str, int]
"""A group and a position."""
MOST = 1e300
"""In the place of an infinite end."""


class Ratio(NamedTuple):
    """The median at ``upper`` is at least ``least`` times that at ``lower``."""

    upper: Place
    lower: Place
    least: float


class Spread(NamedTuple):
    """What the networks of one place show."""

    values: list[float]
    median: tuple[float, float]
    """Its confidence interval."""
    share: Proportion
    """Of networks with a value."""


@dataclass(frozen=True)
class Medians(Procedure):
    """Compare medians, and bound the share of networks that have a value.

    Intervals of the medians are from order statistics, those of the shares by Clopper and Pearson; the confidence is
    divided evenly among all that are used (Bonferroni). A ratio is supported if the lower end of the one median is at
    least ``least`` times the upper end of the other, and contradicted if it is impossible within the intervals. If the
    networks are too few to show ``share``, tested is what they show with half of the failures that the claim lets
    expect; the evidence states it.

    Parameters
    ----------
    sample
        The values of networks at a place; all groups get the same generators.
    quantity
        Its name, in words.
    axis
        Letter and name of the axis.
    places, later
        The places of the claim; the latter are left to the standard and the thorough budget.
    ratios
        What is claimed of medians.
    share
        What is claimed of the probability of a value, at every place; None for nothing.
    further
        Places that these budgets show as well; nothing is claimed of them.

    Raises
    ------
    InputError
        If nothing is claimed, or a ratio is of a place that is not among those of the claim.
    """

    sample: Sample = field(repr=False)
    quantity: str
    axis: tuple[str, str]
    places: tuple[Place, ...]
    trials: Trials
    ratios: tuple[Ratio, ...] = ()
    share: float | None = None
    later: tuple[Place, ...] = ()
    further: tuple[Place, ...] = ()
    confidence: float = 0.99
    name: str = "medians"
    settles: bool = True
    method: Method = Method.SAMPLING
    block: int = 20

    def __post_init__(self) -> None:
        if not self.ratios and self.share is None:
            raise InputError(f"the procedure {self.name!r} claims neither a ratio nor a share")
        for place in (place for ratio in self.ratios for place in ratio[:2]):
            if place not in self.places:
                raise InputError(f"a ratio is of {place}, which is none of the places of the claim")

    def tasks(self, budget: Budget) -> list[Task]:
        places = self.places if budget is Budget.QUICK else (*self.places, *self.later, *self.further)
        return [
            Task(f"{group} {at} block {i}", {"group": group, "at": at, "first": i * self.block, "count": self.block})
            for group, at in places
            for i in range(-(-self.trials[budget] // self.block))
        ]

    def run(self, task: Task, context: Context) -> Record:
        at, first, count = (int(task.params[key]) for key in ("at", "first", "count"))
        generators = [context.rng(at, i) for i in range(first, first + count)]
        values = self.sample(task.params["group"], at, generators)
        return {
            "group": task.params["group"],
            "at": at,
            "values": [float(x) if isfinite(x) else None for x in values],
        }

    def spreads(self, records: Mapping[str, Record]) -> dict[Place, Spread]:
        """The intervals at every place, jointly at the confidence."""
        values: dict[Place, list[float]] = {}
        for r in records.values():
            values.setdefault((r["group"], r["at"]), []).extend(inf if x is None else x for x in r["values"])
        each, groups = self.each(len(values)), [*dict.fromkeys(group for group, _ in values)]
        return {
            place: Spread(found, median_interval(found, each), Proportion(sum(map(isfinite, found)), len(found), each))
            for place, found in sorted(values.items(), key=lambda item: (groups.index(item[0][0]), item[0][1]))
        }

    def each(self, places: int) -> float:
        """The confidence of a single interval."""
        return 1 - (1 - self.confidence) / (places if self.share is None else 2 * places)

    def tested(self, trials: int, places: int) -> float:
        """The share that is tested with so many networks at each place."""
        if self.share is None:
            return 0.0
        failures = int((1 - self.share) / 2 * trials)
        return min(self.share, Proportion(trials - failures, trials, self.each(places)).interval[0])

    def reachable(self, budget: Budget) -> float | None:
        if self.share is None:
            return None
        tasks = self.tasks(budget)
        places = len({(task.params["group"], task.params["at"]) for task in tasks})
        return self.tested(len(tasks) // places * self.block, places)

    def compare(self, spreads: Mapping[Place, Spread], ratio: Ratio) -> Result:
        """The result for one ratio."""
        low, high = bounds(spreads, ratio)
        if low >= ratio.least:
            return Result.SUPPORTED
        return Result.CONTRADICTED if high < ratio.least else Result.UNDECIDED

    def claimed(self, spreads: Mapping[Place, Spread]) -> list[Place]:
        """The places of the claim that were run."""
        return [place for place in (*self.places, *self.later) if place in spreads]

    def shown(self, spreads: Mapping[Place, Spread], share: float) -> Result:
        """The result for a share at all places of the claim."""
        ends = [spreads[place].share.interval for place in self.claimed(spreads)]
        if any(high < share for _, high in ends):
            return Result.CONTRADICTED
        return Result.SUPPORTED if all(low >= share for low, _ in ends) else Result.UNDECIDED

    def mutant(self, name: str, says: str, *ratios: Ratio) -> Check:
        """The mutant with other ratios; the same records must contradict one of them."""

        def run(context: Context) -> CheckOutcome:
            spreads = self.spreads(context.records(self.name))
            found = [(self.compare(spreads, ratio), bounds(spreads, ratio)) for ratio in ratios]
            seen = "; ".join(
                f"{result.value}: the ratio is in [{low:.3g}, {high:.3g}]" for result, (low, high) in found
            )
            return CheckOutcome(any(result is Result.CONTRADICTED for result, _ in found), seen)

        return Check(name, says, run)

    def surer(self, name: str, says: str, share: float) -> Check:
        """The mutant that claims a larger share than the records show."""

        def run(context: Context) -> CheckOutcome:
            spreads = self.spreads(context.records(self.name))
            least = min(spreads[place].share.interval[0] for place in self.claimed(spreads))
            return CheckOutcome(
                self.shown(spreads, share) is not Result.SUPPORTED, f"shown is {below(least, 3)}, claimed {share:g}"
            )

        return Check(name, says, run)

    def elsewhere(self, name: str, says: str, sample: Sample, n: int) -> Check:
        """The mutant that claims the same share for other networks; n of them at one place must contradict it."""

        def run(context: Context) -> CheckOutcome:
            group, at = self.places[0]
            values = sample(group, at, [context.rng(name, i) for i in range(n)])
            found = Proportion(sum(map(isfinite, values)), n, self.confidence)
            return CheckOutcome(
                self.share is not None and found.interval[1] < self.share, f"{found.successes} of {n} have a value"
            )

        return Check(name, says, run)

    def conclude(self, records: Mapping[str, Record]) -> Evidence:
        spreads = self.spreads(records)
        results, says, reached = [], [], None
        if self.share is not None:
            result, reached, words = self._of_share(spreads, self.share)
            extent = reached, 1.0
            quantity = f"P({self.quantity}), lower bound over all places"
            results.append(result)
            says.append(words)
        if self.ratios:
            results += [self.compare(spreads, ratio) for ratio in self.ratios]
            closest = min(self.ratios, key=lambda ratio: bounds(spreads, ratio)[0] / ratio.least)
            low, high = bounds(spreads, closest)
            upper, lower = map(self.words, closest[:2])
            extent = 1 / high if high else MOST, 1 / low if low else MOST  # the inverse is finite where a median is not
            quantity = f"median of {self.quantity}: {lower} over {upper}"
            says.append(
                f"{results.count(Result.SUPPORTED)} of {len(self.ratios)} ratios of medians are as large as claimed; "
                f"the closest is {upper}, over {lower}: at least {below(low, 3)}, claimed {closest.least:g}"
            )
        return Evidence(
            procedure=self.name,
            method=self.method,
            result=weakest(results),
            settles=self.settles,
            says=f"{self.quantity}: " + "; ".join(says),
            n=sum(len(spread.values) for spread in spreads.values()),
            interval=extent,
            confidence=self.confidence,
            quantity=quantity,
            reached=reached,
            tables=[self._table(spreads)],
            figures=self._figures(spreads),
        )

    def _of_share(self, spreads: Mapping[Place, Spread], share: float) -> tuple[Result, float, str]:
        """The result, the probability that is shown, and words."""
        asked, result = share, self.shown(spreads, share)
        if result is Result.UNDECIDED:
            asked = self.tested(min(len(spread.values) for spread in spreads.values()), len(spreads))
            result = self.shown(spreads, asked)
        place = min(self.claimed(spreads), key=lambda place: spreads[place].share.interval[0])
        found = spreads[place].share
        words = (
            f"{found.successes} of {found.trials} networks at {self.words(place)}, the worst place, so P is at least "
            f"{below(found.interval[0], 3)} at all places"
        )
        if asked < share:
            words += f" (P ≥ {share:g} requires a larger budget)"
        return result, found.interval[0], words

    def words(self, place: Place) -> str:
        """A place in words."""
        return f"{place[0]}, {self.axis[0]} = {place[1]}"

    def _table(self, spreads: Mapping[Place, Spread]) -> Table:
        shares = self.share is not None
        rows: list[list[Any]] = []
        for (group, at), found in spreads.items():
            median = float(np.quantile(found.values, 0.5, method="lower"))
            row = [
                group,
                at,
                *map(_number, (median, *found.median)),
                f"{found.share.successes} of {found.share.trials}",
            ]
            low, high = found.share.interval
            rows.append([*row, float(below(low, places=4)), float(above(high, places=4))] if shares else row)
        return Table(
            caption=f"{self.quantity}: median with its interval, and number of networks with a value"
            f"{' with the interval of their share' if shares else ''}; exact, jointly at {self.confidence:.0%}",
            columns=[
                "group",
                self.axis[0],
                "median",
                "from",
                "to",
                "values",
                *(["share from", "to"] if shares else []),
            ],
            rows=rows,
        )

    def _figures(self, spreads: Mapping[Place, Spread]) -> list[Figure]:
        medians, shares = [], []
        for group in dict.fromkeys(group for group, _ in spreads):
            here = {at: found for (g, at), found in spreads.items() if g == group}
            finite = {at: found for at, found in here.items() if isfinite(found.median[1])}
            if finite:
                middle = {at: (float(np.median(found.values)), found.median) for at, found in finite.items()}
                medians.append(_curve(group, middle))
            shares.append(_curve(group, {at: (x.share.estimate, x.share.interval) for at, x in here.items()}))
        letter, label = self.axis
        x, jointly = Axis(label=f"{label} ${letter}$"), f"with exact intervals, jointly at {self.confidence:.0%}"
        of_shares = Figure(
            name=f"{self.name.replace(' ', '-')}-share",
            caption=f"Share of networks with a value: {self.quantity}, {jointly}.",
            x=x,
            y=Axis(label="share of networks"),
            curves=shares,
        )
        of_medians = Figure(
            name=f"{self.name.replace(' ', '-')}-median",
            caption=f"Median: {self.quantity}, {jointly}; places whose interval has no end are left out.",
            x=x,
            y=Axis(label="median", scale="log"),
            curves=medians,
        )
        return [*([of_medians] if medians else []), *([of_shares] if self.share is not None else [])]


def _curve(label: str, points: Mapping[int, tuple[float, tuple[float, float]]]) -> Curve:
    return Curve(
        label=label,
        x=[float(at) for at in points],
        y=[y for y, _ in points.values()],
        low=[low for _, (low, _) in points.values()],
        high=[high for _, (_, high) in points.values()],
        style="marked",
    )


def bounds(spreads: Mapping[Place, Spread], ratio: Ratio) -> tuple[float, float]:
    """The ends of a ratio of medians within their intervals."""
    (low, high), (least, most) = spreads[ratio.upper].median, spreads[ratio.lower].median
    return (low / most if low < inf else inf if most < inf else 0.0), (high / least if least else inf)


def _number(x: float) -> float | str:
    return float(f"{x:.4g}") if isfinite(x) else "none"
