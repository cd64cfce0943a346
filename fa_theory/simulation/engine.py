"""The front door of simulation: one call, whatever the width and the number of networks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.activations import Activation, activation
from fa_theory.model.data import Dataset, checks
from fa_theory.model.law import Law
from fa_theory.model.problem import Problem
from fa_theory.model.rules import Rule
from fa_theory.model.schedules import Schedule
from fa_theory.work.threads import taken_from_blas

from . import infinite, linear_path, sample_space
from .choice import BACKENDS, PATHS, Choice, SimulationShape, choose, one_of
from .ensemble import Ensemble, alike, stream
from .stability import stiffness
from .trajectories import QUANTITIES, Trajectories, joined


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
    path: str = "auto",
    backend: str = "auto",
) -> Trajectories:
    """Run networks for a number of steps and record what is asked for.

    Parameters
    ----------
    problem
        One problem, several of one kind, or a law to draw ``ensemble`` problems from.
    steps
        Number of steps.
    ensemble, seed
        For a law: how many networks, and the seed. Network i depends on the law, the seed and i only; on the path of
        the linear law its weights (and those of a teacher) are others, of the same law.
    rule, schedule
        In place of those of the problem.
    record
        Names from `fa_theory.simulation.trajectories.QUANTITIES`.
    every
        Record steps 0, every, 2·every, …, and the last one.
    states
        Steps whose whole states are kept.
    path
        The formulas: one of `fa_theory.simulation.choice.PATHS`. ``"auto"`` takes the cheapest that can tell what is
        asked for: the exact law of linear networks under feedback alignment with one output, where weights that come
        from a law are drawn in law only, at any width; otherwise sample space for ``n < 2d``, and weight space.
        ``"infinite width"`` is the limit for the data of the problem, with outputs at the start drawn by the seed.
    backend
        What runs them: one of `fa_theory.simulation.choice.BACKENDS`. ``"auto"`` takes numba where it is installed;
        the environment variable ``FA_THEORY_BACKEND`` says what ``"auto"`` is.

    Returns
    -------
    Trajectories
        It names the path and the backend, and says in `notes` what went wrong, or is bound to. A network that
        diverges is reported and leaves the others alone.

    Raises
    ------
    InputError
        If a number, a name or the problem is unusable, or no path can tell what is asked for.

    Notes
    -----
    The bits of network i are the same alone and in any ensemble, whatever else is recorded, on any number of threads or
    worker processes. They depend on the path, the backend, the versions of NumPy, its BLAS and SciPy (or numba), and
    the kind of CPU. Meanwhile BLAS has one thread; large networks take as many as it had (``OMP_NUM_THREADS``).

    Examples
    --------
    >>> from fa_theory.model.law import Law
    >>> found = simulate(Law("tanh", 4, 8, 60), 50, ensemble=3, record=("loss",), every=25)
    >>> found.t.tolist(), found["loss"].shape, bool((found["loss"][:, -1] < found["loss"][:, 0]).all())
    ([0, 25, 50], (3, 3), True)
    >>> wide = simulate(Law("linear", 4, 8, 10**12), 100, record=("loss",), every=50)
    >>> wide.path, wide["loss"].round(3).tolist()
    ('linear law', [[1.419, 0.004, 0.0]])
    """
    steps, every, seed = _count("steps", steps, 0), _count("every", every, 1), _count("seed", seed, 0)
    record = (record,) if isinstance(record, str) else record
    one_of("path", path, PATHS)
    one_of("backend", backend, BACKENDS)
    for name in record:
        one_of("record", name, tuple(QUANTITIES))
    record, states = tuple(dict.fromkeys(record)), tuple(sorted({_count("states", t, 0) for t in states}))
    if states and states[-1] > steps:
        raise InputError(f"step {states[-1]} was asked for in states, but the run ends with step {steps}")
    options = SimulationOptions(sorted({*range(0, steps, every), steps}), record, states, seed, rule, schedule)
    if isinstance(problem, Law):
        size = checks.size("ensemble", ensemble)
        chosen = choose(SimulationShape.of_law(problem, rule or Rule.FA, seed), record, states, path, backend)
        parts = _of_law(problem, size, options, chosen)
    else:
        problems = [problem] if isinstance(problem, Problem) else list(problem)
        alike(problems)
        chosen = choose(
            SimulationShape.of_problem(problems[0], rule or problems[0].rule), record, states, path, backend
        )
        parts = _of_problems(problems, options, chosen)
    with taken_from_blas():
        return joined(list(parts))


class SimulationOptions(NamedTuple):
    """The arguments of `simulate`; None: as the problem has it."""

    grid: Sequence[int]
    record: Collection[str]
    states: Collection[int]
    seed: int
    rule: Rule | None
    schedule: Schedule | None

    def of(self, runs: Ensemble, chosen: Choice) -> Trajectories:
        """Run networks that are held."""
        runs = replace(runs, rule=self.rule or runs.rule, schedule=self.schedule or runs.schedule)
        found = chosen.follow(runs, self.grid, self.record, self.states)
        if found.stiffness is None:
            found = replace(found, stiffness=stiffness(runs.network, runs.X, runs.eta, runs.schedule(0)))
        return found

    def at_infinite_width(
        self, sources: Sequence[Problem | Dataset], psi: Activation, eta: float | list[float], schedule: Schedule
    ) -> Trajectories:
        """The limit for the data of each source, whose outputs at the start are drawn."""
        X, y = np.stack([source.X for source in sources]), np.stack([source.y for source in sources])
        return infinite.follow(
            X,
            y,
            psi,
            eta=eta,
            schedule=self.schedule or schedule,
            grid=self.grid,
            record=self.record,
            seed=self.seed,
        )


def _of_problems(problems: Sequence[Problem], options: SimulationOptions, chosen: Choice) -> Iterator[Trajectories]:
    """A batch at a time."""
    if chosen.path == infinite.PATH:
        eta = [problem.eta for problem in problems]
        yield options.at_infinite_width(problems, problems[0].network.psi, eta, problems[0].schedule)
        return
    for first in range(0, len(problems), chosen.batch):
        yield options.of(Ensemble.of(problems[first : first + chosen.batch]), chosen)


def _of_law(law: Law, size: int, options: SimulationOptions, chosen: Choice) -> Iterator[Trajectories]:
    """A batch at a time, drawn when it is needed."""
    grid, record, _, seed, rule, schedule = options
    lam = schedule or Schedule(law.lam, law.cutoff)
    if chosen.path == infinite.PATH:
        data = [law.sample_data(stream(law, seed, i)) for i in range(size)]
        yield options.at_infinite_width(data, activation(law.activation), law.eta, lam)
        return
    for first in range(0, size, chosen.batch):
        which = range(first, min(first + chosen.batch, size))
        if chosen.path == linear_path.PATH:
            yield linear_path.follow_drawn(law, which, grid, record, seed=seed, schedule=lam, backend=chosen.backend)
        elif chosen.unheld:
            yield sample_space.follow_drawn(law, first, grid, record, seed=seed, schedule=lam, rule=rule or Rule.FA)
        else:
            yield options.of(Ensemble.draw(law, len(which), seed=seed, first=first), chosen)


def _count(name: str, value: int, least: int) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__") or value < least:
        raise InputError(f"expected a whole number {name} ≥ {least} but got {value!r}")
    return int(value)
