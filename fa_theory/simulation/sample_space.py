"""Simulation in sample space: the pre-activations are moved, not the weights; cheaper where ``n < 2d``.

The step of the first layer, ``W ← W − Sᵀ X`` with ``S = (η/√p) e cᵀ ∘ ψ'(Z)`` for whatever feedback c the rule has,
moves the pre-activations by ``Z ← Z − K S`` with ``K = XXᵀ``: ``2n²p`` flops instead of ``4ndp``, and W is not needed.
The sum A of all ``−S`` gives it back, ``W = W₀ + AᵀX``; it is kept only if something asks for it, and changes no bit of
the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from fa_theory.model.activations import activation
from fa_theory.model.ball import Array
from fa_theory.model.law import Law
from fa_theory.model.network import transpose
from fa_theory.model.problem import step_size
from fa_theory.model.rules import Rule
from fa_theory.model.schedules import Schedule

from . import stepping
from .ensemble import Ensemble, stream
from .neurons import blocks, outer
from .stepping import Task
from .trajectories import Trajectories

PATH = "sample space"


def follow(runs: Ensemble, grid: Sequence[int], record: Collection[str], states: Collection[int]) -> Trajectories:
    """Run an ensemble and record it at the steps of the grid."""
    X, W = runs.X, runs.network.W
    K, track = X @ transpose(X), _tracked(record, states)
    layers = [
        Preactivations(X @ transpose(W[:, rows]), K, X, W[:, rows], track=track)
        for rows in blocks(X.shape[1], runs.network.p)
    ]
    return stepping.follow(runs.task, layers, grid, record, states, path=PATH)


def follow_drawn(
    law: Law,
    i: int,
    grid: Sequence[int],
    record: Collection[str],
    *,
    seed: int,
    schedule: Schedule,
    rule: Rule,
) -> Trajectories:
    """Run network i of a law, the same that `Ensemble.draw` draws, without ever holding all of its first layer."""
    rng = stream(law, seed, i)
    data = law.sample_data(rng)
    X = data.X[None]
    K, track = X @ transpose(X), _tracked(record, ())
    layers = []
    for rows in blocks(data.n, law.p):
        W = rng.standard_normal((1, rows.stop - rows.start, data.d))
        layers.append(Preactivations(X @ transpose(W), K, X, None, track=track))
    outputs = (1, law.p) if data.k is None else (1, law.p, data.k)
    beta, b = rng.standard_normal(outputs), rng.standard_normal(outputs)
    eta = np.array([step_size(law.eta)])
    task = Task(data.y[None], beta, b, activation(law.activation), eta, schedule, rule)
    return stepping.follow(task, layers, grid, record, (), path=PATH)


def _tracked(record: Collection[str], states: Collection[int]) -> bool:
    return bool({"movement_W", "farthest_W"} & {*record}) or bool(states)


class Preactivations:
    """The first layer of a block of neurons, as ``Z`` and, if tracked, A."""

    def __init__(self, Z: Array, K: Array, X: Array, W: Array | None, *, track: bool) -> None:
        self.Z, self._K, self._X, self._W = Z, K, X, W
        self._A = np.zeros_like(Z) if track else None

    def move(self, slopes: Array, e: Array, back: Array, spare: Array) -> None:
        """Subtract the gradient."""
        if e.shape[2] == 1:
            # the error goes into K and the feedback comes last: fewer passes over the long arrays
            np.matmul(self._K * transpose(e), slopes, out=spare)
            spare *= transpose(back)
            self.Z -= spare
            if self._A is not None:
                slopes *= outer(e, back, spare)
                self._A -= slopes
        else:
            slopes *= outer(e, back, spare)
            if self._A is not None:
                self._A -= slopes
            self.Z -= np.matmul(self._K, slopes, out=spare)

    def moved(self) -> Array:
        """``W − W(0)``."""
        if self._A is None:
            raise ValueError("the movement of W was not tracked")
        return transpose(self._A) @ self._X

    def weights(self) -> Array:
        """``W``."""
        if self._W is None:
            raise ValueError("W was not kept")
        return self._W + self.moved()
