"""The alignment simulations of Song, Xu & Lafferty (2021): one network, or a block of linear ones, trained to the end.

Data and weights: 50 inputs ``x_i ~ N(0, I)`` in dimension 150, all weights i.i.d. N(0, 1). Targets are ``y = Xθ`` with
``θ ~ N(0, I)`` for linear networks, otherwise the output of an independent network of the same kind and width.

The paper trains on the *mean* squared error with one step size per activation, and subtracts
``step·λ·β``; in the notation of this package, ``η = 2·step/n`` and ``λ_here = nλ/2``.

Stopping rule: the mean squared error is checked every 1000 steps (t = 999, 1999, …); the first change by less than
10⁻³ between two checks counts, even at a plateau of the loss. Training ends at that check, but not before
step ``rint(5000√p // 14)``. The results depend on this rule. A network whose error overflows has diverged; one that has
not converged after 20 times the minimum number of steps is abandoned. Neither has an alignment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.activations import activation
from fa_theory.model.network import Network, alignment
from fa_theory.model.problem import Problem
from fa_theory.model.rules import Rule
from fa_theory.model.schedules import Schedule
from fa_theory.simulation import linear_path
from fa_theory.simulation.arrays import arrays
from fa_theory.simulation.choice import backend_for
from fa_theory.simulation.engine import simulate
from fa_theory.simulation.linear_law import Start, stack

SAMPLES, DIMENSION = 50, 150
STEP_SIZES = {"linear": 1e-3, "relu": 1e-2, "tanh": 1e-1, "sigmoid": 1e-1}
LOOK_EVERY, CHANGE, PATIENCE = 1000, 1e-3, 20


def least_steps(p: int) -> int:
    """The minimum number of steps.

    Examples
    --------
    >>> least_steps(200), least_steps(12800)
    (5050, 40406)
    """
    return int(np.rint(5000 * np.sqrt(p) // 14))


@dataclass(frozen=True, slots=True)
class AlignmentCell:
    """One cell of the table: activation, λ as in the paper, width; and the learning rule, in the paper FA.

    Raises
    ------
    InputError
        If there is no such activation in the simulations, λ < 0 or p < 1.

    Examples
    --------
    >>> cell = AlignmentCell("linear", 0.3, 200)
    >>> cell.eta, cell.lam_here
    (4e-05, 7.5)
    """

    activation: str
    lam: float
    p: int
    rule: Rule = Rule.FA

    def __post_init__(self) -> None:
        if self.activation not in STEP_SIZES:
            raise InputError(f"the simulations cover {', '.join(STEP_SIZES)} networks but not {self.activation!r}")
        if not (np.isfinite(self.lam) and self.lam >= 0):
            raise InputError(f"expected a finite regularisation lam ≥ 0 but got {self.lam!r}")
        if self.p < 1:
            raise InputError(f"expected a width ≥ 1 but got {self.p!r}")

    @property
    def by_law(self) -> bool:
        """Whether the exact law of linear networks tells the alignment: it is that of constant feedback."""
        return self.activation == "linear" and self.rule.constant

    @property
    def eta(self) -> float:
        """The step size in the notation of this package."""
        return 2 * STEP_SIZES[self.activation] / SAMPLES

    @property
    def lam_here(self) -> float:
        """The regularisation in the notation of this package."""
        return SAMPLES * self.lam / 2

    def problem(self, rng: np.random.Generator) -> Problem:
        """Draw a network with its data.

        Examples
        --------
        >>> problem = AlignmentCell("tanh", 0.3, 7).problem(np.random.default_rng(0))
        >>> problem.network.W.shape, problem.X.shape, problem.y.shape
        ((7, 150), (50, 150), (50,))
        """
        psi, p = activation(self.activation), self.p
        X = rng.standard_normal((SAMPLES, DIMENSION))
        if self.activation == "linear":
            y = X @ rng.standard_normal(DIMENSION)
        else:
            features = psi.value(X @ rng.standard_normal((DIMENSION, p)))
            y = features @ rng.standard_normal(p) / np.sqrt(p)
        W = rng.standard_normal((DIMENSION, p)).T
        network = Network(W, rng.standard_normal(p), rng.standard_normal(p), psi)
        return Problem(X, y, network, self.eta, Schedule.constant(self.lam_here))

    def alignments(self, rngs: list[np.random.Generator]) -> list[float]:
        """The alignment at the end of training, one network per generator; nan for a network that does not converge."""
        with np.errstate(over="ignore", invalid="ignore"):
            return _by_law(self, rngs) if self.by_law else _by_steps(self, rngs)


def _by_law(cell: AlignmentCell, rngs: list[np.random.Generator]) -> list[float]:
    """By the exact law, as a batch; those that have not converged run again, and longer."""
    starts, targets = [], []
    for rng in rngs:
        X = rng.standard_normal((SAMPLES, DIMENSION))
        targets.append(X @ rng.standard_normal(DIMENSION))
        starts.append(Start.sample(X, cell.p, rng))
    y, found, left = np.stack(targets), np.full(len(rngs), np.nan), np.arange(len(rngs))
    schedule, least, last = Schedule.constant(cell.lam_here), least_steps(cell.p), 0
    while len(left) and last < most_steps(cell.p):
        last = min(max(2 * last, least, 2 * LOOK_EVERY), most_steps(cell.p))
        looks = np.arange(LOOK_EVERY - 1, last + 1, LOOK_EVERY)
        grid = np.unique([*looks, least])
        by = arrays(backend_for(1e-6 * len(left) * last), None, "float64")
        start, eta = stack([starts[i] for i in left]), np.full(len(left), cell.eta)
        runs = linear_path.follow_starts(start, y[left], eta, schedule, grid.tolist(), ("loss", "alignment"), by)
        losses = mean_squared(runs["loss"][:, np.isin(grid, looks)])
        latched = abs(np.diff(losses, axis=1)) < CHANGE
        ends = np.maximum(looks[1:][latched.argmax(axis=1)], least)
        done, going = latched.any(axis=1), runs.diverged < 0
        found[left[done]] = runs["alignment"][done, np.searchsorted(grid, ends[done])]
        left = left[going & ~done]
    return found.tolist()


def _by_steps(cell: AlignmentCell, rngs: list[np.random.Generator]) -> list[float]:
    """Train from check to check, then up to the minimum number of steps if the loss has converged earlier."""
    moving = {i: (cell.problem(rng), np.inf) for i, rng in enumerate(rngs)}
    found, t = [float("nan")] * len(rngs), 0
    for look in range(LOOK_EVERY - 1, most_steps(cell.p) + 1, LOOK_EVERY):
        stopped: dict[int, tuple[Problem, float]] = {}
        for i, (network, loss) in _after(moving, look - t, cell.rule):
            problem, before = moving.pop(i)
            if np.isfinite(loss):
                (stopped if abs(before - loss) < CHANGE else moving)[i] = replace(problem, network=network), loss
        for i, (network, _) in _after(stopped, max(least_steps(cell.p) - look, 0), cell.rule):
            found[i] = float(alignment(network.b, network.beta))
        t = look
    return found


def _after(
    some: dict[int, tuple[Problem, float]], steps: int, rule: Rule
) -> Iterator[tuple[int, tuple[Network, float]]]:
    """The networks after some steps, and their mean squared errors."""
    if some:
        problems = [problem for problem, _ in some.values()]
        runs = simulate(problems, steps, every=max(steps, 1), record=("loss",), states=(steps,), rule=rule)
        for at, i in enumerate(list(some)):
            yield i, (runs.network(steps, at), mean_squared(float(runs["loss"][at, -1])))


def mean_squared(loss: Any) -> Any:
    """The paper's loss, the mean of the squared errors, from ``½‖e‖²``."""
    return 2 * loss / SAMPLES


def most_steps(p: int) -> int:
    """Steps after which a network that has not converged is abandoned."""
    return PATIENCE * max(least_steps(p), LOOK_EVERY)
