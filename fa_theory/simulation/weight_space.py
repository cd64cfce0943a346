"""Simulation in weight space: the plain formula of the step, for any rule and any number of outputs."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from fa_theory.model.ball import Array
from fa_theory.model.network import Network, alignment
from fa_theory.model.rules import advance

from .ensemble import Ensemble
from .trajectories import Trajectories


def follow(runs: Ensemble, grid: Sequence[int], record: Collection[str], states: Collection[int]) -> Trajectories:
    """Run an ensemble and record it at the steps of the grid."""
    network, eta = runs.network, runs.eta[:, None, None]
    found: dict[str, list[Array]] = {name: [] for name in record}
    diverged = np.full(len(runs), -1)
    kept = {}
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(max([*grid, *states]) + 1):
            after, error = advance(network, runs.X, runs.y, eta=eta, lam=runs.schedule(t), rule=runs.rule)
            if t in states:
                kept[t] = network
            if t in grid:
                lost = ~np.isfinite(error.reshape(len(runs), -1)).all(axis=1)
                diverged = np.where(lost & (diverged < 0), t, diverged)
                for name, column in found.items():
                    seen = observe(name, network, runs.network, error)
                    column.append(np.where(lost.reshape(-1, *[1] * (seen.ndim - 1)), np.nan, seen))
            network = after
    values = {name: np.stack(seen, axis=1) for name, seen in found.items()}
    return Trajectories(np.array(grid), values, diverged, "weight space", "numpy", kept)


def observe(name: str, network: Network, start: Network, error: Array) -> Array:
    """One quantity of a batch of states."""
    m = len(error)
    dW, dbeta = network.W - start.W, (network.beta - start.beta).reshape(m, network.p, -1)
    match name:
        case "error":
            return error
        case "loss":
            return np.asarray(0.5 * np.sum(error.reshape(m, -1) ** 2, axis=1))
        case "alignment":
            return alignment(network.b.reshape(m, -1), network.beta.reshape(m, -1))
        case "movement_W":
            return np.asarray(np.linalg.norm(dW, axis=(1, 2)))
        case "movement_beta":
            return np.asarray(np.linalg.norm(dbeta, axis=(1, 2)))
        case "farthest_W":
            return np.asarray(np.linalg.norm(dW, axis=2).max(axis=1))
        case "farthest_beta":
            return np.asarray(np.linalg.norm(dbeta, axis=2).max(axis=1))
    raise ValueError(name)
