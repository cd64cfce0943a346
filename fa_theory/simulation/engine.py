"""The front door of simulation: one call, whatever the width and the number of networks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from fa_theory.errors import InputError
from fa_theory.model.data import checks
from fa_theory.model.law import Law
from fa_theory.model.problem import Problem
from fa_theory.model.rules import Rule
from fa_theory.model.schedules import Schedule

from . import linear_path, sample_space
from .choice import BACKENDS, PATHS, Choice, Shape, choose, one_of
from .ensemble import Ensemble, alike
from .threads import taken_from_blas
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
        For a law: how many networks, and the seed. Network i depends on the law, the seed and i only; drawn in law
        (see below) it has the same data, but weights of its own.
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
    steps, every = _count("steps", steps, 0), _count("every", every, 1)
    one_of("path", path, PATHS)
    one_of("backend", backend, BACKENDS)
    for name in record:
        one_of("record", name, tuple(QUANTITIES))
    record, states = tuple(dict.fromkeys(record)), tuple(sorted({_count("states", t, 0) for t in states}))
    if states and states[-1] > steps:
        raise InputError(f"step {states[-1]} was asked for in states, but the run ends with step {steps}")
    grid = sorted({*range(0, steps, every), steps})
    if isinstance(problem, Law):
        shape = Shape.of_law(problem, rule or Rule.FA, seed)
        chosen = choose(shape, record, states, path, backend)
        parts = _of_law(problem, checks.size("ensemble", ensemble), seed, rule, schedule, chosen, grid, record, states)
    else:
        problems = [problem] if isinstance(problem, Problem) else list(problem)
        alike(problems)
        shape = Shape.of_problem(problems[0], rule or problems[0].rule)
        chosen = choose(shape, record, states, path, backend)
        parts = (
            chosen.follow(_replaced(Ensemble.of(problems[i : i + chosen.batch]), rule, schedule), grid, record, states)
            for i in range(0, len(problems), chosen.batch)
        )
    with taken_from_blas():
        return joined(list(parts))


def _of_law(
    law: Law,
    size: int,
    seed: int,
    rule: Rule | None,
    schedule: Schedule | None,
    chosen: Choice,
    grid: Sequence[int],
    record: Collection[str],
    states: Collection[int],
) -> Iterator[Trajectories]:
    """A batch at a time, drawn when it is needed."""
    lam = schedule or Schedule(law.lam, law.cutoff)
    for first in range(0, size, chosen.batch):
        which = range(first, min(first + chosen.batch, size))
        if chosen.path == linear_path.PATH:
            yield linear_path.follow_drawn(law, which, grid, record, seed=seed, schedule=lam)
        elif chosen.unheld:
            yield sample_space.follow_drawn(law, first, grid, record, seed=seed, schedule=lam, rule=rule or Rule.FA)
        else:
            runs = Ensemble.draw(law, len(which), seed=seed, first=first)
            yield chosen.follow(_replaced(runs, rule, schedule), grid, record, states)


def _replaced(runs: Ensemble, rule: Rule | None, schedule: Schedule | None) -> Ensemble:
    return replace(runs, rule=rule or runs.rule, schedule=schedule or runs.schedule)


def _count(name: str, value: int, least: int) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__") or value < least:
        raise InputError(f"expected a whole number {name} ≥ {least} but got {value!r}")
    return int(value)
