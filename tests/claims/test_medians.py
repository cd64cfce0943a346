"""Medians compared by order statistics, and shares of networks that have a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf
from pathlib import Path

import numpy as np
import pytest

from fa_theory.claims.procedure import Budget, Context, Trials
from fa_theory.claims.procedures import Medians, Ratio
from fa_theory.errors import InputError
from fa_theory.record.evidence import Evidence, Result
from fa_theory.work.ledger import Record

FAST, SLOW = ("fast", 1), ("slow", 2)
LEVELS = {"fast": 10.0, "slow": 30.0, "never": inf}


def sample(group: str, at: int, rngs: Sequence[np.random.Generator]) -> list[float]:
    return [LEVELS[group] * (1 + 0.1 * float(rng.standard_normal())) for rng in rngs]


MEDIANS = Medians(sample, "steps", ("L", "layers"), (FAST, SLOW), Trials(20, 40, 80), ratios=(Ratio(SLOW, FAST, 2.0),))


def records(procedure: Medians, budget: Budget = Budget.QUICK) -> dict[str, Record]:
    context = Context(0, "mine.claim", procedure.name, Path())
    return {task.key: procedure.run(task, context) for task in procedure.tasks(budget)}


def concluded(procedure: Medians, budget: Budget = Budget.QUICK) -> Evidence:
    return procedure.conclude(records(procedure, budget))


@pytest.mark.parametrize(
    ("least", "result"), [(2.0, Result.SUPPORTED), (3.0, Result.UNDECIDED), (4.0, Result.CONTRADICTED)]
)
def test_a_ratio(least: float, result: Result) -> None:
    found = concluded(replace(MEDIANS, ratios=(Ratio(SLOW, FAST, least),)))
    assert found.result is result
    assert found.interval is not None
    assert found.interval[0] < 1 / 3 < found.interval[1]  # of the inverse
    assert found.n == 40
    assert found.reached is None
    assert [row[:2] for row in found.tables[0].rows] == [["fast", 1], ["slow", 2]]
    assert [figure.name for figure in found.figures] == ["medians-median"]


def test_the_weakest_ratio_counts() -> None:
    right, wrong, near = (Ratio(SLOW, FAST, x) for x in (2.0, 4.0, 3.0))
    assert concluded(replace(MEDIANS, ratios=(right, near))).result is Result.UNDECIDED
    assert concluded(replace(MEDIANS, ratios=(right, near, wrong))).result is Result.CONTRADICTED


def test_a_median_that_is_never_reached() -> None:
    never = ("never", 2)
    found = concluded(replace(MEDIANS, places=(FAST, never), ratios=(Ratio(never, FAST, 5.0),)))
    assert found.result is Result.SUPPORTED
    assert found.interval == (0.0, 0.0)
    assert found.tables[0].rows[1][2:] == ["none", "none", "none", "0 of 20"]
    assert [curve.label for curve in found.figures[0].curves] == ["fast"]
    both = replace(MEDIANS, places=(never, ("never", 3)), ratios=(Ratio(never, ("never", 3), 0.5),))
    assert concluded(both).result is Result.UNDECIDED
    assert concluded(replace(both, ratios=(Ratio(never, ("never", 3), 0.001),))).result is Result.UNDECIDED


def test_too_few_networks_decide_nothing() -> None:
    few = replace(MEDIANS, trials=Trials(3, 3, 3), block=3)
    assert concluded(few).result is Result.UNDECIDED


def test_mutants_are_judged_by_the_same_records() -> None:
    context = Context(0, "mine.claim", "checks", Path(), {MEDIANS.name: records(MEDIANS)})
    assert MEDIANS.mutant("other way", "", Ratio(FAST, SLOW, 1.0)).run(context).holds
    assert not MEDIANS.mutant("same", "", *MEDIANS.ratios).run(context).holds
    assert not MEDIANS.mutant("near", "", Ratio(SLOW, FAST, 3.0)).run(context).holds


# shares


def often(probability: float) -> Medians:
    def drawn(group: str, at: int, rngs: Sequence[np.random.Generator]) -> list[float]:
        return [1.0 if rng.random() < probability else inf for rng in rngs]

    return Medians(drawn, "proof", ("L", "layers"), (FAST,), Trials(20, 100, 400), share=0.7, later=(SLOW,))


def test_a_share() -> None:
    sure, half = often(1.0), often(0.5)
    quick, standard = concluded(sure), concluded(sure, Budget.STANDARD)
    assert (quick.result, standard.result) == (Result.SUPPORTED, Result.SUPPORTED)
    assert quick.reached is not None
    assert standard.reached is not None
    assert 0.7 <= quick.reached < standard.reached
    assert (quick.n, standard.n) == (20, 200)  # the quick budget leaves the later places
    able = [sure.reachable(budget) for budget in Budget]
    assert able[0] is not None
    assert able[0] < 0.7  # with half of the failures that the claim lets expect
    assert able[1:] == [0.7, 0.7]
    assert concluded(half, Budget.STANDARD).result is Result.CONTRADICTED
    assert {figure.name for figure in quick.figures} == {"medians-median", "medians-share"}


def test_fewer_networks_test_a_smaller_share() -> None:
    small = replace(often(1.0), trials=Trials(8, 8, 8), block=8)
    found = concluded(small)
    assert found.result is Result.SUPPORTED
    assert found.reached is not None
    assert found.reached < 0.7
    assert "(P ≥ 0.7 requires a larger budget)" in found.says
    one_failure = {"a": {"group": "fast", "at": 1, "values": [1.0] * 7 + [None]}}
    three = {"a": {"group": "fast", "at": 1, "values": [1.0] * 5 + [None] * 3}}
    none = {"a": {"group": "fast", "at": 1, "values": [None] * 8}}
    assert small.conclude(one_failure).result is Result.SUPPORTED
    assert small.conclude(three).result is Result.UNDECIDED
    assert small.conclude(none).result is Result.CONTRADICTED


def test_what_is_shown_besides_decides_nothing() -> None:
    def drawn(group: str, at: int, rngs: Sequence[np.random.Generator]) -> list[float]:
        return [inf if group == "slow" else 1.0 for _ in rngs]

    shown = replace(often(1.0), sample=drawn, later=(), further=(SLOW,))
    assert concluded(shown, Budget.STANDARD).result is Result.SUPPORTED
    assert len(concluded(shown, Budget.STANDARD).tables[0].rows) == 2
    claimed = replace(often(1.0), sample=drawn)
    assert concluded(claimed, Budget.STANDARD).result is Result.CONTRADICTED


def test_mutants_of_a_share() -> None:
    sure = often(1.0)
    context = Context(0, "mine.claim", "checks", Path(), {sure.name: records(sure)})
    assert sure.surer("surer", "", 0.9999).run(context).holds
    assert not sure.surer("same", "", 0.6).run(context).holds
    assert sure.elsewhere("elsewhere", "", often(0.0).sample, 8).run(context).holds
    assert not sure.elsewhere("the same", "", sure.sample, 8).run(context).holds


def test_places_are_shown_in_the_order_of_the_axis() -> None:
    places = (("slow", 2), ("fast", 6), ("fast", 2))
    procedure = replace(MEDIANS, places=places, ratios=(Ratio(places[0], places[1], 2.0),), further=(("slow", 1),))
    found = concluded(procedure, Budget.STANDARD)
    assert [row[:2] for row in found.tables[0].rows] == [["slow", 1], ["slow", 2], ["fast", 2], ["fast", 6]]
    assert [curve.x for curve in found.figures[0].curves] == [[1, 2], [2, 6]]


def test_larger_budgets_repeat_the_tasks_of_smaller_ones() -> None:
    keys = [{task.key for task in often(1.0).tasks(budget)} for budget in Budget]
    assert keys[0] < keys[1] < keys[2]


def test_declarations_that_claim_nothing_or_something_else_are_refused() -> None:
    with pytest.raises(InputError, match="claims neither a ratio nor a share"):
        replace(MEDIANS, ratios=())
    with pytest.raises(InputError, match=r"a ratio is of \('slow', 3\), which is none of the places"):
        replace(MEDIANS, ratios=(Ratio(("slow", 3), FAST, 1.0),))
