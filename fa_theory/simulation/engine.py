"""The front door of simulation: one call, whatever the width and the number of networks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from fa_theory.errors import InputError
from fa_theory.model.law import Law
from fa_theory.model.problem import Problem
from fa_theory.model.rules import Rule
from fa_theory.model.schedules import Schedule

from . import weight_space
from .ensemble import Ensemble
from .trajectories import QUANTITIES, Trajectories


def simulate(
    problem: Problem | Sequence[Problem] | Law,
    steps: int,
    *,
    ensemble: int = 1,
    seed: int = 0,
    rule: Rule | None = None,
    schedule: Schedule | None = None,
    record: Collection[str] = ("loss", "alignment"),
    every: int = 1,
    states: Collection[int] = (),
) -> Trajectories:
    """Run networks for a number of steps and record what is asked for.

    Parameters
    ----------
    problem
        One problem, several of one shape, or a law to draw ``ensemble`` problems from.
    steps
        Number of steps.
    ensemble, seed
        For a law: how many networks, and the seed. Network i depends on the law, the seed and i only.
    rule, schedule
        In place of those of the problem.
    record
        Names from `fa_theory.simulation.trajectories.QUANTITIES`.
    every
        Record steps 0, every, 2·every, …, and the last one.
    states
        Steps whose whole states are kept.

    Returns
    -------
    Trajectories

    Raises
    ------
    InputError
        If a number, a name or the problem is unusable.

    Examples
    --------
    >>> from fa_theory.model.law import Law
    >>> found = simulate(Law("tanh", 4, 8, 60), 50, ensemble=3, record=("loss",), every=25)
    >>> found.t.tolist(), found["loss"].shape, bool((found["loss"][:, -1] < found["loss"][:, 0]).all())
    ([0, 25, 50], (3, 3), True)
    """
    if steps < 0 or every < 1:
        raise InputError(f"expected steps ≥ 0 and every ≥ 1 but got steps = {steps!r}, every = {every!r}")
    if unknown := sorted(set(record) - set(QUANTITIES)):
        raise InputError(f"cannot record {unknown[0]!r}; choose from {', '.join(QUANTITIES)}")
    if isinstance(problem, Law):
        runs = Ensemble.draw(problem, ensemble, seed=seed)
    else:
        runs = Ensemble.of([problem] if isinstance(problem, Problem) else problem)
    runs = replace(runs, rule=rule or runs.rule, schedule=schedule or runs.schedule)
    grid = sorted({*range(0, steps, every), steps})
    return weight_space.follow(runs, grid, record, states)
