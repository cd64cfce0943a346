"""Simulation in weight space: ``W ← W − (η/√p) (e cᵀ ∘ ψ'(Z))ᵀ X``, for any rule and any number of outputs."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from fa_theory.model.ball import Array
from fa_theory.model.network import transpose

from . import stepping
from .ensemble import Ensemble
from .neurons import blocks, outer
from .path import Path, SimulationRequest, cached
from .quantities import Record
from .trajectories import Trajectories

PATH = "weight space"


def follow(runs: Ensemble, grid: Sequence[int], record: Record, states: Collection[int]) -> Trajectories:
    """Run an ensemble and record it at the steps of the grid; ``4ndp`` flops a step."""
    layers = [Weights(runs.network.W[:, rows], runs.X) for rows in blocks(runs.X.shape[1], runs.network.p)]
    return stepping.follow(runs.task, layers, grid, record, states, path=PATH)


class Weights:
    """The first layer of a block of neurons, as W itself."""

    def __init__(self, W: Array, X: Array) -> None:
        self.W, self._start, self._X = W.copy(), W, X
        self._step = np.empty_like(self.W)
        self.Z: Array = X @ transpose(self.W)

    def move(self, slopes: Array, e: Array, back: Array, spare: Array) -> None:
        """Subtract the gradient."""
        slopes *= outer(e, back, spare)
        np.matmul(transpose(slopes), self._X, out=self._step)
        self.W -= self._step
        np.matmul(self._X, transpose(self.W), out=self.Z)

    def moved(self) -> Array:
        """``W − W(0)`` itself."""
        return self.W - self._start

    def weights(self) -> Array:
        """``W``."""
        return self.W.copy()


class WeightSpace(Path):
    """Supports all quantities and rules."""

    name = PATH

    def refusal(self, asked: SimulationRequest) -> str:
        """Quantities and rules that need whole layers."""
        return asked.beyond_neurons()

    def cost(self, asked: SimulationRequest) -> float:
        """Flops of a step, in the two large products."""
        return 4.0 * asked.n * asked.d * asked.p

    def batch(self, asked: SimulationRequest) -> int:
        """The number for which Z fits in a cache."""
        return cached(asked.n * asked.p)

    def follow(self, runs: Ensemble, asked: SimulationRequest) -> Trajectories:
        """See the function of this name."""
        return follow(runs, asked.grid, asked.record, asked.states)
