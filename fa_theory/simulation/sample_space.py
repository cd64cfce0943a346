"""Simulation in sample space: the pre-activations are updated, not the weights; cheaper for ``n < 2d``.

The step of the first layer, ``W ← W − Sᵀ X`` with ``S = (η/√p) e cᵀ ∘ ψ'(Z)`` for the feedback c of the rule,
moves the pre-activations by ``Z ← Z − K S`` with ``K = XXᵀ``: ``2n²p`` flops instead of ``4ndp``, and W is not needed.
The sum A of all ``−S`` gives it back, ``W = W₀ + AᵀX``; it is computed only if needed, and does not change any bit of
the other results.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

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
from .path import Path, SimulationRequest, cached
from .quantities import Record, quantities
from .stepping import SteppingTask
from .trajectories import Trajectories

PATH = "sample space"


def follow(runs: Ensemble, grid: Sequence[int], record: Record, states: Collection[int]) -> Trajectories:
    """Run an ensemble and record it at the steps of the grid."""
    net, samples = runs.network, Samples.of(runs.X, record, states)
    layers = [Preactivations(net.W[:, rows], samples, keep=True) for rows in blocks(runs.X.shape[1], net.p)]
    return stepping.follow(runs.task, layers, grid, record, states, path=PATH)


def follow_drawn(
    law: Law,
    i: int,
    grid: Sequence[int],
    record: Record,
    *,
    seed: int,
    schedule: Schedule,
    rule: Rule,
) -> Trajectories:
    """Run network i of a law, the same that `Ensemble.draw` draws, without ever holding all of its first layer."""
    rng = stream(law, seed, i)
    data = law.sample_data(rng)
    samples, layers = Samples.of(data.X[None], record, ()), []
    for rows in blocks(data.n, law.p):
        W = rng.standard_normal((1, rows.stop - rows.start, data.d))
        layers.append(Preactivations(W, samples, keep=False))
    outputs = (1, law.p) if data.k is None else (1, law.p, data.k)
    beta, b = rng.standard_normal(outputs), rng.standard_normal(outputs)
    eta = np.array([step_size(law.eta)])
    task = SteppingTask(data.X[None], data.y[None], beta, b, activation(law.activation), eta, schedule, rule)
    return stepping.follow(task, layers, grid, record, (), path=PATH)


class Samples(NamedTuple):
    """The inputs of m networks, and data for their steps.

    Attributes
    ----------
    X, K
        Inputs ``(m, n, d)`` and ``XXᵀ``.
    R
        ``X = R Qᵀ`` with orthonormal columns in Q, ``(m, n, min(n, d))``.
    track
        Whether W is needed.
    """

    X: Array
    K: Array
    R: Array
    track: bool

    @classmethod
    def of(cls, X: Array, record: Record, states: Collection[int]) -> Samples:
        """The data needed for this request."""
        track = bool(states) or any(one.moved_weights or one.of_state for one in quantities(record))
        R: Array = np.linalg.qr(transpose(X))[1]
        return cls(X, X @ transpose(X), transpose(R), track)


class Preactivations:
    """The first layer of a block of neurons, as ``Z`` and, if tracked, A."""

    def __init__(self, W: Array, samples: Samples, *, keep: bool) -> None:
        self.Z = samples.X @ transpose(W)
        self._samples, self._start = samples, W if keep else None
        self._A = np.zeros_like(self.Z) if samples.track else None

    def move(self, slopes: Array, e: Array, back: Array, spare: Array) -> None:
        """Subtract the gradient."""
        K = self._samples.K
        if e.shape[2] == 1:
            # first multiply K by the error and last by the feedback: fewer passes over the long arrays
            np.matmul(K * transpose(e), slopes, out=spare)
            spare *= transpose(back)
            self.Z -= spare
            if self._A is not None:
                slopes *= outer(e, back, spare)
                self._A -= slopes
        else:
            slopes *= outer(e, back, spare)
            self.Z -= np.matmul(K, slopes, out=spare)
            if self._A is not None:
                self._A -= slopes

    def moved(self) -> Array:
        """``(W − W(0)) Q``."""
        return self._moved(self._samples.R)

    def weights(self) -> Array:
        """``W``."""
        if self._start is None:
            raise ValueError("W was not stored")
        return self._start + self._moved(self._samples.X)

    def _moved(self, inputs: Array) -> Array:
        if self._A is None:
            raise ValueError("the movement of W was not tracked")
        return transpose(self._A) @ inputs


class SampleSpace(Path):
    """Supports all quantities and rules."""

    name = PATH

    def refusal(self, asked: SimulationRequest) -> str:
        """Requests for `UnheldSampleSpace`."""
        return "these networks are too large for memory" if asked.unheld else asked.beyond_neurons()

    def cost(self, asked: SimulationRequest) -> float:
        """Flops of a step, in the large product."""
        return 2.0 * asked.n**2 * asked.p

    def batch(self, asked: SimulationRequest) -> int:
        """The number for which Z fits in a cache."""
        return cached(asked.n * asked.p)

    def follow(self, runs: Ensemble, asked: SimulationRequest) -> Trajectories:
        """See the function of this name."""
        return follow(runs, asked.grid, asked.record, asked.states)


class UnheldSampleSpace(SampleSpace):
    """The same for networks of a law, without storing the whole first layer."""

    def refusal(self, asked: SimulationRequest) -> str:
        """Only for networks that are too large for memory."""
        return asked.beyond_neurons() if asked.unheld else "these networks fit in memory"

    def check(self, asked: SimulationRequest) -> None:
        """Z and its sums must fit in memory."""
        asked.refuse_too_large(16 * asked.p * asked.n)

    def of_law(self, law: Law, size: int, asked: SimulationRequest) -> Iterator[Trajectories]:
        """One network after the other."""
        schedule = asked.schedule or Schedule(law.lam, law.cutoff)
        for i in range(size):
            yield follow_drawn(law, i, asked.grid, asked.record, seed=asked.seed, schedule=schedule, rule=asked.rule)
