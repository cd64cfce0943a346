"""Plain float64 runs of the dynamics, one step at a time."""

from __future__ import annotations

from collections.abc import Iterator

from fa_theory.model.ball import Array
from fa_theory.model.network import Network
from fa_theory.model.rules import Rule, advance
from fa_theory.model.schedules import Schedule


def run(
    network: Network, X: Array, y: Array, *, eta: float, schedule: Schedule | None = None, rule: Rule | str = Rule.FA
) -> Iterator[tuple[Network, Array]]:
    """Yield the state and its error at step 0, 1, 2, … without end.

    Examples
    --------
    >>> import numpy as np
    >>> from itertools import islice
    >>> from fa_theory.model.activations import activation
    >>> network = Network(np.eye(1), np.zeros(1), np.ones(1), activation("linear"))
    >>> [float(error[0]) for _, error in islice(run(network, np.eye(1), np.ones(1), eta=0.5), 3)]
    [-1.0, -0.25, 0.1171875]
    """
    lam, rule = schedule or Schedule.none(), Rule.of(rule)
    t = 0
    while True:
        after, error = advance(network, X, y, eta=eta, lam=lam(t), rule=rule)
        yield network, error
        network = after
        t += 1


def states(
    network: Network, X: Array, y: Array, *, eta: float, schedule: Schedule | None = None, rule: Rule | str = Rule.FA
) -> Iterator[Network]:
    """Yield the state at step 0, 1, 2, … without end."""
    return (state for state, _ in run(network, X, y, eta=eta, schedule=schedule, rule=rule))
