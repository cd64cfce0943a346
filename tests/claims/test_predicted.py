"""Means against predictions: what the intervals say of right and wrong ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fa_theory.claims.procedure import Budget, Context, Trials
from fa_theory.claims.procedures import Predicted
from fa_theory.errors import InputError
from fa_theory.record.evidence import Result
from fa_theory.work.ledger import Record

MEANS = {"one": 1.0, "minus two": -2.0}


def draw(case: str, rng: np.random.Generator) -> float:
    return MEANS[case] + 0.1 * float(rng.standard_normal())


PREDICTED = Predicted(draw, "$x$", tuple(MEANS), MEANS.__getitem__, Trials(20, 40, 80), tolerance=0.2)


def records(procedure: Predicted, budget: Budget = Budget.QUICK) -> dict[str, Record]:
    context = Context(0, "mine.claim", procedure.name, Path())
    return {task.key: procedure.run(task, context) for task in procedure.tasks(budget)}


@pytest.fixture(scope="module")
def quick() -> dict[str, Record]:
    return records(PREDICTED)


def test_a_right_prediction_is_supported(quick: dict[str, Record]) -> None:
    evidence = PREDICTED.conclude(quick)
    assert evidence.result is Result.SUPPORTED
    assert evidence.n == 40
    assert evidence.interval is not None
    assert evidence.interval[0] < 1 < evidence.interval[1]
    assert [row[0] for row in evidence.tables[0].rows] == list(MEANS)


@pytest.mark.parametrize("factor", [0.5, 1.5])
def test_a_wrong_prediction_is_falsified(quick: dict[str, Record], factor: float) -> None:
    judged = PREDICTED.judge(quick, lambda case: factor * MEANS[case])
    assert set(judged.values()) == {Result.CONTRADICTED}


def test_one_wrong_case_suffices(quick: dict[str, Record]) -> None:
    context = Context(0, "mine.claim", "checks", Path(), {PREDICTED.name: quick})
    mutant = PREDICTED.mutant("sign", "the second mean is positive", lambda case: abs(MEANS[case]))
    assert mutant.run(context).holds
    same = PREDICTED.mutant("none", "the same prediction", MEANS.__getitem__)
    assert not same.run(context).holds


def test_an_interval_that_is_too_wide_is_undecided(quick: dict[str, Record]) -> None:
    strict = Predicted(draw, "$x$", tuple(MEANS), MEANS.__getitem__, Trials(20, 40, 80), tolerance=1e-4)
    assert strict.conclude(quick).result is Result.UNDECIDED


def test_a_larger_budget_repeats_the_tasks_of_a_smaller_one() -> None:
    small, large = ([task.key for task in PREDICTED.tasks(budget)] for budget in (Budget.QUICK, Budget.STANDARD))
    assert set(small) < set(large)


def test_the_intervals_hold_together() -> None:
    """Of 200 runs at 90 % confidence about 20 miss in some case; more than 40 would be a defect."""
    procedure = Predicted(
        draw, "$x$", tuple(MEANS), MEANS.__getitem__, Trials(2, 2, 2), tolerance=9, confidence=0.9, block=2
    )
    missed = 0
    for seed in range(200):
        context = Context(seed, "mine.claim", procedure.name, Path())
        found = {task.key: procedure.run(task, context) for task in procedure.tasks(Budget.QUICK)}
        ends = {case: procedure.interval(found, case) for case in MEANS}
        missed += any(not low <= MEANS[case] <= high for case, (low, high, _) in ends.items())
    assert 5 < missed < 40


def test_a_single_trial_is_refused() -> None:
    with pytest.raises(InputError, match="at least 2 trials"):
        Predicted(draw, "$x$", ("one",), MEANS.__getitem__, Trials(1, 1, 1), tolerance=1, block=1)
