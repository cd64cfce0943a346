"""Plain float64 runs of the dynamics, one step at a time."""

from __future__ import annotations

from collections.abc import Iterator

from fa_theory.model.ball import Array
from fa_theory.model.network import Network
from fa_theory.model.rules import Rule, step
from fa_theory.model.schedules import Schedule


def states(
    network: Network, X: Array, y: Array, *, eta: float, schedule: Schedule | None = None, rule: Rule = Rule.FA
) -> Iterator[Network]:
    """Yield the state at step 0, 1, 2, … without end."""
    lam = schedule or Schedule.none()
    t = 0
    while True:
        yield network
        network = step(network, X, y, eta=eta, lam=lam(t), rule=rule)
        t += 1
