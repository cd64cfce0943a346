"""Planned trials: what is tested with how many of them, and when it is shown or contradicted."""

import numpy as np
import pytest

from fa_theory.claims.claim import CHECKS
from fa_theory.claims.procedure import Budget, Context, Trials
from fa_theory.claims.procedures import Planned, Rehearsed
from fa_theory.proofs.song2021.probability import CERTIFIED, DELTA, WIDTHS
from fa_theory.record.evidence import Evidence, Result
from fa_theory.statistics.planner import plan
from fa_theory.work.ledger import Record


def planned(rate: dict[int, float], trials: int, delta: float = 0.1) -> Planned:
    def trial(p: int, rng: np.random.Generator) -> bool:
        return bool(rng.random() < rate[p])

    return Planned(trial, tuple(rate), Trials(trials, trials, trials), delta, "heads")


def records(procedure: Planned, tmp_path) -> dict[str, Record]:
    context = Context(1, "x.y", procedure.name, tmp_path)
    return {task.key: procedure.run(task, context) for task in procedure.tasks(Budget.QUICK)}


def conclude(procedure: Planned, tmp_path) -> Evidence:
    return procedure.conclude(records(procedure, tmp_path))


def test_without_failure_the_planned_number_is_enough(tmp_path):
    needed = plan(0.1, widths=2).trials
    assert needed % 5 == 1  # one fewer fills its last block exactly
    found = conclude(planned({4: 1.0, 8: 1.0}, needed), tmp_path)
    assert found.result is Result.SUPPORTED
    assert "P ≥ 0.9 at all of them" in found.says
    assert "larger budget" not in found.says


def test_with_fewer_trials_a_weaker_statement_is_tested_and_said(tmp_path):
    found = conclude(planned({4: 1.0, 8: 1.0}, 20), tmp_path)
    assert found.result is Result.SUPPORTED
    assert "P ≥ 0.767 at all of them" in found.says
    assert f"P ≥ 0.9 requires {plan(0.1, widths=2).trials} networks at each width" in found.says
    assert found.interval is not None
    assert 0.767 <= found.interval[0] < 0.768


def test_one_bad_width_contradicts(tmp_path):
    found = conclude(planned({4: 1.0, 8: 0.5}, 60), tmp_path)
    assert found.result is Result.CONTRADICTED
    assert "p = 8" in found.says


def test_a_weaker_test_still_falsifies_the_claim_itself(tmp_path):
    # 20 trials test P ≥ 0.767 only, but so many failures contradict P ≥ 0.999
    found = conclude(planned({4: 1.0, 8: 0.8}, 20, delta=0.001), tmp_path)
    assert found.result is Result.CONTRADICTED
    assert "contradicts P ≥ 0.999" in found.says


def test_on_the_verge_nothing_is_decided(tmp_path):
    found = conclude(planned({4: 1.0, 8: 0.93}, 100), tmp_path)
    assert found.result is Result.UNDECIDED
    assert "P ≥ 0.9 is shown at 1 of 2 widths" in found.says


def test_the_mutants(tmp_path):
    right = planned({4: 1.0, 8: 1.0}, 60)
    context = Context(1, "x.y", CHECKS, tmp_path, {right.name: records(right, tmp_path)})
    assert right.stronger("s", "", 0.01).run(context).holds
    assert not right.stronger("s", "", 0.1).run(context).holds
    assert right.elsewhere("e", "", lambda p, rng: p < 8, 20).run(context).holds
    assert not right.elsewhere("e", "", lambda p, rng: True, 20).run(context).holds


def test_the_claim_is_planned_for_its_probability():
    full = plan(DELTA, failures=1, widths=len(WIDTHS)).trials
    assert CERTIFIED.trials.standard >= full
    assert CERTIFIED.tested(CERTIFIED.trials.standard) == CERTIFIED.tested(CERTIFIED.trials.thorough) == DELTA
    assert CERTIFIED.tested(CERTIFIED.trials.quick) == pytest.approx(0.1, abs=0.002)


def rehearsed(rate: dict[int, float], needed: int) -> Rehearsed:
    def trial(p: int, rng: np.random.Generator) -> bool:
        return bool(rng.random() < rate[p])

    return Rehearsed(trial, (800,), Trials(4, 20, needed), 0.1, "heads", block=1, rehearsal=8)


def test_a_rehearsal_reaches_nothing(tmp_path):
    procedure = rehearsed({8: 1.0}, 44)
    found = conclude(procedure, tmp_path)
    assert found.result is Result.SUPPORTED
    assert found.reached == 0.0
    assert found.says.startswith("nothing was tried at p = 800, which takes 44 networks, in the thorough budget")
    assert "4 of 4 networks at p = 8" in found.says
    assert [procedure.reachable(budget) for budget in Budget] == [0.0, 0.0, 0.9]


def test_the_thorough_budget_concludes_from_the_stated_width_alone(tmp_path):
    for rate, result, reached in (({8: 0.0, 800: 1.0}, Result.SUPPORTED, 0.9), ({8: 1.0, 800: 0.5}, None, 0.0)):
        procedure = rehearsed(rate, 44)
        context = Context(1, "x.y", procedure.name, tmp_path)
        tasks = procedure.tasks(Budget.THOROUGH)
        assert [task.key for task in procedure.tasks(Budget.STANDARD)] == [task.key for task in tasks[:20]]
        assert sum(task.params["p"] == 800 for task in tasks) == 44
        found = procedure.conclude({task.key: procedure.run(task, context) for task in tasks})
        assert found.n == 44
        assert found.reached is not None
        if result is None:
            assert found.result is Result.CONTRADICTED
            assert found.reached < 0.8
        else:
            assert found.result is result
            assert found.reached >= reached


def test_a_rehearsal_that_fails_leaves_the_claim_open(tmp_path):
    found = conclude(rehearsed({8: 0.0}, 44), tmp_path)
    assert found.result is Result.UNDECIDED
    assert found.reached == 0.0
