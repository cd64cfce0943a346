"""Steps of an ensemble in blocks of neurons, with recording."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.activations import Activation
from fa_theory.model.ball import Array
from fa_theory.model.network import Network
from fa_theory.model.rules import Rule
from fa_theory.model.schedules import Schedule
from fa_theory.work.threads import allowed, shared_out, thread_map

from .neurons import FirstLayer, Neurons, Scratch
from .quantities import ERROR, NetworkState, Quantity, Record, quantities, recorded
from .stability import top_eigenvalue
from .trajectories import Trajectories

WORTH_THREADS = 2**22
"""The smallest ``n²p`` of all networks together at which a step is distributed over threads."""


@dataclass(frozen=True, eq=False)
class SteppingTask:
    """Everything that m runs need, except their first layers.

    Attributes
    ----------
    X, y
        Inputs ``(m, n, d)`` and targets, ``(m, n)`` or ``(m, n, k)``.
    beta, b
        Output weights at the start and feedback weights, ``(m, p)`` or ``(m, p, k)``.
    psi, eta, schedule, rule
        As in `fa_theory.simulation.ensemble.Ensemble`.
    """

    X: Array
    y: Array
    beta: Array
    b: Array
    psi: Activation
    eta: Array
    schedule: Schedule
    rule: Rule

    def neurons(self, layers: Sequence[FirstLayer], shares: int) -> list[list[Neurons]]:
        """Combine the two layers; the blocks are in order, distributed over threads."""
        m, p = self.beta.shape[:2]
        beta, b = self.beta.reshape(m, p, -1), self.b.reshape(m, p, -1)
        found: list[list[Neurons]] = []
        first, pointwise = 0, self.psi.pointwise()
        for share in shared_out(layers, shares):
            scratch = Scratch()
            found.append([])
            for layer in share:
                rows = slice(first, first := first + layer.Z.shape[2])
                found[-1].append(Neurons(layer, beta[:, rows], b[:, rows], pointwise, self.rule, scratch))
        return found

    def network(self, parts: Sequence[Neurons]) -> Network:
        """The present state of all neurons."""
        W = np.concatenate([part.layer.weights() for part in parts], axis=1)
        beta = np.concatenate([part.beta for part in parts], axis=1)
        learns = self.rule.learnt is not None
        b = np.concatenate([part.b for part in parts], axis=1).reshape(self.b.shape) if learns else self.b
        return Network(W, beta.reshape(self.beta.shape), b, self.psi)

    def at(self, t: int, network: Network, e: Array) -> list[NetworkState]:
        """Each network separately, for functions of the state."""
        each = zip(network.W, network.beta, network.b, self.X, self.y, e, strict=True)
        return [NetworkState(t, Network(W, beta, b, self.psi), X, y, e) for W, beta, b, X, y, e in each]


def follow(
    task: SteppingTask,
    layers: Sequence[FirstLayer],
    grid: Sequence[int],
    record: Record,
    states: Collection[int],
    *,
    path: str,
) -> Trajectories:
    """Run m networks together; ``path`` names the space the layers compute in."""
    y = task.y
    m, p, n = len(y), task.b.shape[1], y.shape[1]
    shares = task.neurons(layers, allowed() if m * n * n * p >= WORTH_THREADS else 1)
    parts = [part for share in shares for part in share]
    targets, root = y.reshape(m, n, -1), np.sqrt(p)
    rate = (task.eta / root)[:, None, None]
    stiffness = task.eta * (top_eigenvalue([part.features for part in parts]) / p + task.schedule(0))
    found: dict[str, tuple[Quantity, list[Array]]] = {one.name: (one, []) for one in quantities(record)}
    whole_states = any(one.of_state for one, _ in found.values())
    diverged, kept = np.full(m, -1), {}
    last, wanted = max([*grid, *states]), set(grid)

    def stepped(share: Sequence[Neurons]) -> list[Array]:
        with np.errstate(over="ignore", invalid="ignore"):
            return [part.step(e, rate, keep) for part in share]

    with np.errstate(over="ignore", invalid="ignore"), thread_map(len(shares)) as each:
        f = sum(part.output() for part in parts)
        for t in range(last + 1):
            e = f / root - targets
            if t in states:
                kept[t] = task.network(parts)
            if t in wanted:
                lost = ~np.isfinite(e).all(axis=(1, 2))
                diverged = np.where(lost & (diverged < 0), t, diverged)
                error = e.reshape(y.shape).copy()
                now = task.at(t, task.network(parts), error) if whole_states else []
                for one, column in found.values():
                    seen = recorded(one, now, column) if one.of_state else _observed(one, parts, e)
                    seen = seen.reshape(y.shape) if one is ERROR else seen
                    seen[lost] = np.nan
                    column.append(seen)
            if t < last:
                keep = (1 - task.eta * task.schedule(t))[:, None, None]
                f = sum(output for outputs in each(stepped, shares) for output in outputs)
    values = {name: np.stack(seen, axis=1) for name, (_, seen) in found.items()}
    return Trajectories(np.array(grid), values, diverged, path, "numpy", kept, stiffness)


def _observed(one: Quantity, parts: Sequence[Neurons], e: Array) -> Array:
    """A quantity of all parts, a new array."""
    if one.of_error is not None:
        return np.array(one.of_error(e))
    if one.of_neurons is None:
        raise InputError(f"the quantity {one.name!r} defines no computation from neurons or from the state")
    measured = [one.of_neurons.measure(part) for part in parts]
    return one.of_neurons.whole(np.asarray(np.max(measured, axis=0) if one.of_neurons.largest else sum(measured)))
