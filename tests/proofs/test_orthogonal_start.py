"""The proved bounds of the alignment after a cutoff, against the limit and against runs in floats."""

from __future__ import annotations

import numpy as np
import pytest
from flint import ctx

from fa_theory.model.network import alignment
from fa_theory.model.schedules import Schedule
from fa_theory.proofs.song2021 import cutoff
from fa_theory.proofs.song2021.slow_bounds import SlowPlan, hadamard, instance, orthogonal
from fa_theory.simulation.run import run


@pytest.mark.parametrize("p", [10**4, 10**8, 10**12])
@pytest.mark.parametrize(("Y", "lam", "S"), [(2.0, 0.5, 0.5), (2.0, 2.0, 1.0), (0.5, 1.0, 3.0)])
def test_the_bounds_enclose_the_limit_and_close_like_the_root_of_the_width(
    p: int, Y: float, lam: float, S: float
) -> None:
    plan = SlowPlan.stable(p, Y, lam, S)
    low, high = plan.limit()
    assert plan.stability >= 0
    assert low < cutoff.limit(float(plan.S.mid()), lam, Y) < high
    assert high - low < 30 / p**0.5


def test_a_network_ends_within_the_bounds() -> None:
    rng = np.random.default_rng(0)
    plan, start = SlowPlan.stable(256, 1.0, 1.0, 0.5), orthogonal(rng, 3, 256)
    y = np.array([2.0, -1.0, 2.0]) / 3
    states = run(start, np.eye(3), y, eta=plan.eta, schedule=Schedule.with_cutoff(plan.lam, plan.T))
    end = [next(states) for _ in range(plan.T + 200)][-1]
    low, high = plan.limit()
    assert float(low) < float(alignment(end[0].b, end[0].beta)) < float(high)
    assert float(np.linalg.norm(end[1])) < 1e-9


def test_orthogonal_starts_are_orthogonal() -> None:
    assert np.array_equal(hadamard(8) @ hadamard(8).T, 8 * np.eye(8))
    network = orthogonal(np.random.default_rng(1), 3, 16)
    columns = np.column_stack([network.W, network.b])
    assert np.array_equal(columns.T @ columns, 16 * np.eye(4))


def test_unstable_steps_do_not_apply() -> None:
    with ctx.workprec(128):
        plan = SlowPlan.stable(16, 1.0, 1.0, 0.5)
        long = SlowPlan(plan.p, plan.Y, plan.lam, 3 * plan.eta, 2)
        assert not instance(long, np.random.default_rng(0), after=2).applies
        assert instance(plan, np.random.default_rng(0), after=2).shown(1e-9)
