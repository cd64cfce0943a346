"""Plain float64 runs of the dynamics, one step at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import overload

from fa_theory.model.ball import Array
from fa_theory.model.network import Network
from fa_theory.model.problem import Problem, RunArguments, run_arguments
from fa_theory.model.rules import Rule, advance
from fa_theory.model.schedules import Schedule


@overload
def run(network: Problem) -> Iterator[tuple[Network, Array]]: ...
@overload
def run(
    network: Network, X: Array, y: Array, *, eta: float, schedule: Schedule | None = None, rule: str | Rule = Rule.FA
) -> Iterator[tuple[Network, Array]]: ...
def run(
    network: Network | Problem,
    X: Array | None = None,
    y: Array | None = None,
    *,
    eta: float | None = None,
    schedule: Schedule | None = None,
    rule: str | Rule | None = None,
) -> Iterator[tuple[Network, Array]]:
    """Yield the state and its error at steps 0, 1, 2, … endlessly.

    Parameters
    ----------
    network
        A problem, or the state at step 0 together with the other arguments.
    X, y, eta, schedule, rule
        As in `fa_theory.model.problem.Problem`.

    Raises
    ------
    InputError
        If an argument is invalid, missing, or given twice.

    Examples
    --------
    >>> from itertools import islice
    >>> problem = Problem([[1.0]], [1.0], Network([[1.0]], [0.0], [1.0], "linear"), eta=0.5)
    >>> [float(error[0]) for _, error in islice(run(problem), 3)]
    [-1.0, -0.25, 0.1171875]
    """
    return _run(run_arguments(network, X, y, eta=eta, schedule=schedule, rule=rule))


def _run(given: RunArguments) -> Iterator[tuple[Network, Array]]:
    state, t = given.network, 0
    while True:
        after, error = advance(state, given.X, given.y, eta=given.eta, lam=given.schedule(t), rule=given.rule)
        yield state, error
        state, t = after, t + 1


def states(
    network: Network, X: Array, y: Array, *, eta: float, schedule: Schedule | None = None, rule: str | Rule = Rule.FA
) -> Iterator[Network]:
    """Yield the state at steps 0, 1, 2, … endlessly."""
    return (state for state, _ in run(network, X, y, eta=eta, schedule=schedule, rule=rule))
