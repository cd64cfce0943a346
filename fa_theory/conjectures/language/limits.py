"""Limits of a run as t → ∞, in floats: the run is continued until it hardly moves. Elsewhere they are NaN.

Nothing is proved here. A counterexample holds what the checker needs to enclose them (`shrink.settled`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from fa_theory.model.activations import activation
from fa_theory.model.ball import Array
from fa_theory.model.network import Network
from fa_theory.model.rules import step

from . import effort
from .networks import Networks, NetworkShape

if TYPE_CHECKING:
    from .declare import Conjecture

MOST_STEPS, WORK = 2000, 5e6
"""Steps in floats, fewer for large networks; and as a bound on steps × numbers of one network."""
STEP, NUMBER = 25.0, 0.005
"""Units of work (`effort`): for a step, and for every number in it."""
SMALL, HUGE = 1e-10, 1e8
"""What is still to be moved counts as 0 at this multiple of all numbers; they count as infinite at this multiple."""
VANISHED = 1e-8
"""A number that is smaller than this, relative to all numbers at the start, counts as 0 in the limit."""
LOOK, PATIENCE = 20, 4
"""Steps between two tests of the movement; slow runs are stopped after the second fraction of the steps."""
SLOWEST = 0.999
"""The largest ratio of the movements in two such intervals at which a run counts as settling."""
ROUNDING = 1e-7
"""Below this, relative to the numbers involved, a margin may be due to stopping a run early."""

Variables = dict[str, Array]
"""The variables of a run, by name, for a batch."""
Follow = Callable[[Networks, Variables, int], Variables]
"""From networks, their variables and the time to the variables one step later."""


def steps_on(shape: NetworkShape) -> int:
    """Number of steps for which a run is followed, in floats, until it hardly moves."""
    return int(min(MOST_STEPS, WORK / (shape.p * (shape.n + shape.d) + shape.n * shape.d)))


def priced(conjecture: Conjecture, shape: NetworkShape) -> NetworkShape:
    """The shape, with additional steps for the cost of its limits if the conjecture contains any; a rough estimate."""
    return replace(shape, steps=shape.steps + steps_on(shape) // 10) if conjecture.has_limits else shape


def network_step(networks: Networks, state: Variables, t: int) -> Variables:
    """One step of the networks themselves."""
    now = Network(state["W"], state["beta"], networks.b, activation(networks.shape.activation))
    lam = networks.lam[:, None, None] if networks.cutoff is None or t < networks.cutoff else 0
    after = step(now, networks.X, networks.y, eta=networks.eta[:, None, None], lam=lam, rule=networks.rule)
    return {"W": after.W, "beta": after.beta}


def settled(networks: Networks, first: Variables, follow: Follow) -> Variables:
    """Approximate limits of the runs that start with these variables; NaN where they do not settle soon enough.

    Examples
    --------
    >>> from fa_theory.conjectures import Domain
    >>> domain = Domain(n=1, d=1, p=4, eta=0.5, W_scale=1.0, beta_scale=0)
    >>> batch = domain.sample(domain.smallest(), np.random.default_rng(0), 3)
    >>> settled(batch, {"W": batch.W, "beta": batch.beta}, network_step)["W"].shape
    (3, 4, 1)
    """
    return lasting(networks, first, follow, networks.shape.steps)[0]


def lasting(networks: Networks, first: Variables, follow: Follow, since: int) -> tuple[Variables, Array]:
    """As `settled`, with the time at which each has settled; ``since`` is that of the first variables."""
    t = since
    last = t + steps_on(networks.shape)
    patience = t + (last - t) // PATIENCE
    found = {name: np.full(x.shape, np.nan) for name, x in first.items()}
    took = np.zeros(len(networks), int)
    left, on, state = np.arange(len(networks)), networks, first
    start, before = 1 + _size(first), np.full(len(networks), np.inf)
    while len(left) and t < last:
        effort.spend(LOOK * (STEP + NUMBER * (3 * on.X.size + 3 * sum(x.size for x in state.values()))))
        old = state
        with np.errstate(all="ignore"):
            for _ in range(LOOK):
                state = follow(on, state, t)
                t += 1
            moved = _size({name: x - old[name] for name, x in state.items()})
            size, ratio = _size(state), np.where(moved == 0, 0, moved / np.where(np.isinf(before), moved, before))
            decays = on.cutoff is not None and t < on.cutoff
            steady = (on.lam == 0) | (not decays)
            done = steady & (ratio < SLOWEST) & (moved * ratio / (1 - ratio) <= SMALL * (1 + size))
            # a slow one is skipped if even twice its present rate would not suffice
            hopeless = (t > patience) & ~(moved * ratio ** (2 * (last - t) / LOOK) <= SMALL * start)
            stays = ~done & (size <= HUGE * start) & ~(steady & hopeless)
        for name, x in state.items():
            ends = x[done]
            # what is left of a number that tends to 0 has no direction and no sign
            ends[abs(ends) <= VANISHED * start[done].reshape(-1, *[1] * (x.ndim - 1))] = 0
            found[name][left[done]] = ends
        took[left[done]] = t
        left, on, start, before = left[stays], on[stays], start[stays], moved[stays]
        state = {name: x[stays] for name, x in state.items()}
    return found, took


def _size(variables: Variables) -> Array:
    """The Euclidean norm of all variables of each network."""
    parts = [x.reshape(len(x), -1) for x in variables.values()]
    squares: Array = sum(np.sum(x * x, axis=1) for x in parts)
    return np.sqrt(squares)
