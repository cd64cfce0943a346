"""The main function of simulation: one call for any width and number of networks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

from fa_theory.errors import InputError
from fa_theory.model import checks
from fa_theory.model.activations import activation
from fa_theory.model.deep_problem import DeepLaw, DeepProblem
from fa_theory.model.law import Law
from fa_theory.model.problem import Problem
from fa_theory.model.rules import Rule, as_rule
from fa_theory.model.schedules import Schedule, as_schedule
from fa_theory.work.threads import taken_from_blas

from . import deep
from .arrays import Arrays, arrays
from .choice import BACKENDS, PATHS, backend_for, choose, one_of
from .ensemble import alike
from .path import SimulationRequest, shape_of_law
from .quantities import Record, quantities
from .trajectories import Trajectories, joined


def simulate(
    problem: Problem | Sequence[Problem] | Law | DeepProblem | Sequence[DeepProblem] | DeepLaw,
    steps: int,
    *,
    ensemble: int = 1,
    seed: int = 0,
    rule: str | Rule | None = None,
    schedule: Schedule | None = None,
    record: Record = ("loss", "alignment"),
    every: int = 1,
    states: Collection[int] = (),
    path: str = "auto",
    backend: str = "auto",
    device: str | None = None,
    dtype: str = "float64",
) -> Trajectories:
    """Run networks for a number of steps and record the requested quantities.

    Parameters
    ----------
    problem
        One problem, several of one kind, or a law to draw ``ensemble`` problems from; of two layers or of any depth.
    steps
        Number of steps.
    ensemble, seed
        For a law: the number of networks, and the seed. Network i depends only on the law, the seed and i; on the path
        of the linear law its weights (and those of a teacher) are different ones with the same distribution. Of
        a `DeepLaw` it depends only on what the law says of data and weights, so rules and step sizes share networks.
    rule, schedule
        Instead of those of the problem: a rule or its name, a `Schedule`.
    record
        Names from `fa_theory.simulation.quantities.QUANTITIES`, and functions from a
        `fa_theory.simulation.quantities.NetworkState` to a number or an array, recorded under their own names.
        Quantities that the cheapest path cannot record are recorded on another, which the trajectories name.
    every
        Record steps 0, every, 2·every, …, and the last one.
    states
        Steps at which the whole state is stored.
    path
        The formulas: one of `fa_theory.simulation.choice.PATHS`. ``"auto"`` takes the cheapest that supports the
        request: the exact law of linear networks under feedback alignment with one output, for which weights that come
        from a law are drawn only in distribution, at any width; otherwise sample space for ``n < 2d``, and weight
        space. ``"infinite width"`` is the limit for the data of the problem, with initial outputs drawn by the seed.
    backend
        The implementation: one of `fa_theory.simulation.choice.BACKENDS`. ``"auto"`` uses JAX if it is installed
        (``pip install 'fa-theory[fast]'``) and NumPy would take more than some seconds; the environment variable
        ``FA_THEORY_BACKEND`` sets the meaning of ``"auto"``.
    device, dtype
        For JAX: the type of device, such as ``"cpu"`` or ``"gpu"`` (None: the default of JAX), and ``"float64"`` or
        ``"float32"``.

    Returns
    -------
    Trajectories
        It names the path and the backend, and reports problems, also expected ones, in `notes`. A network that
        diverges is reported and does not affect the others.

    Raises
    ------
    InputError
        If a number, a name or the problem is invalid, or no path supports the request.

    Notes
    -----
    With NumPy, the bits of network i are the same alone and in any ensemble, for all recorded quantities and any number
    of threads or worker processes. They depend on the path, the versions of NumPy, its BLAS and SciPy, and the type of
    CPU. During the run BLAS has one thread; large networks use as many as it had (``OMP_NUM_THREADS``).

    With JAX, the same call gives the same bits on one machine, in any process. On a CPU they did not depend on the
    ensemble in any case that was tried; they depend on the number of cores, and may depend on what else is recorded. On
    a GPU nothing is guaranteed.

    Examples
    --------
    >>> from fa_theory.model.deep_problem import DeepLaw
    >>> from fa_theory.model.law import Law
    >>> found = simulate(Law("tanh", 4, 8, 60), 50, ensemble=3, record=("loss",), every=25)
    >>> found.t.tolist(), found["loss"].shape, bool((found["loss"][:, -1] < found["loss"][:, 0]).all())
    ([0, 25, 50], (3, 3), True)
    >>> deep = simulate(DeepLaw("tanh", 10, 5, (20, 20), rule="dfa"), 50, record=("loss", "layer_alignment"), every=25)
    >>> deep["layer_alignment"].shape  # network, step, layer
    (1, 3, 2)
    >>> wide = simulate(Law("linear", 4, 8, 10**12), 100, record=("loss",), every=50)
    >>> wide.path, wide["loss"].round(3).tolist()
    ('linear law', [[1.419, 0.004, 0.0]])
    """
    steps, every, seed = _count("steps", steps, 0), _count("every", every, 1), _count("seed", seed, 0)
    rule = None if rule is None else as_rule(rule)
    schedule = None if schedule is None else as_schedule(schedule)
    one_of("path", path, PATHS)
    one_of("backend", backend, BACKENDS)
    columns, states = quantities(record), tuple(sorted({_count("states", t, 0) for t in states}))
    if states and states[-1] > steps:
        raise InputError(f"states contains step {states[-1]}, but the run ends with step {steps}")
    grid = sorted({*range(0, steps, every), steps})

    def by(widths: Sequence[int], n: int, size: int) -> Arrays:
        """What runs networks of any depth."""
        seconds = 1e-9 * size * n * steps * sum(a * b for a, b in pairwise(widths))
        if path != "auto":
            raise InputError(f"networks of any depth take the space that costs least; leave path={path!r} out")
        return arrays(backend_for(seconds, backend), device, dtype)

    if isinstance(problem, DeepLaw):
        law, size = deep.learning_by(problem, rule, schedule), checks.size("ensemble", ensemble)
        parts = deep.of_law(law, size, grid, columns, states, by(problem.widths, problem.n, size), seed)
    elif isinstance(problem, Law):
        size = checks.size("ensemble", ensemble)
        n, d, p, single = shape_of_law(problem, seed)
        psi, given = activation(problem.activation), rule or Rule.FA
        asked = SimulationRequest(
            n, d, p, psi, single, given, True, grid, columns, states, seed, schedule, device, dtype, size
        )
        parts = choose(asked, path, backend).of_law(problem, size, asked)
    else:
        problems = [problem] if isinstance(problem, Problem | DeepProblem) else list(problem)
        if ensemble != 1:
            raise InputError(f"ensemble = {ensemble!r} is for a Law; give a list of problems instead")
        of_two = [each for each in problems if isinstance(each, Problem)]
        of_any = [deep.learning_by(each, rule, schedule) for each in problems if isinstance(each, DeepProblem)]
        if len(problems) not in (len(of_two), len(of_any)):
            wrong = next((each for each in problems if not isinstance(each, Problem | DeepProblem)), problems[-1])
            raise InputError(f"expected a Problem, several in a list, or a Law but got {wrong!r:.60}")
        if of_any:
            widths, n = of_any[0].network.widths, len(of_any[0].X)
            parts = deep.of_problems(of_any, grid, columns, states, by(widths, n, len(of_any)), seed)
        else:
            alike(of_two)
            one, net = of_two[0], of_two[0].network
            sizes, given, size = (one.n, one.d, one.p, net.psi, net.single_output), rule or one.rule, len(of_two)
            asked = SimulationRequest(*sizes, given, False, grid, columns, states, seed, schedule, device, dtype, size)
            parts = choose(asked, path, backend).of_problems(of_two, asked)
    with taken_from_blas():
        return joined(list(parts))


def _count(name: str, value: int, least: int) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__") or value < least:
        raise InputError(f"expected a whole number {name} ≥ {least} but got {value!r}")
    return int(value)
