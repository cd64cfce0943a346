"""Topographic maps: sparse coding with lateral excitation and inhibition, and a local rule that adapts the fields.

Neurons stand on a torus. Their activities ``a ≥ 0`` come from proximal steps on the energy of `energy`, with the
lateral matrix ``L = −γ K/max k̂`` of a difference of Gaussians: the coupling of `patterns`, above its threshold, where
the input decides the pattern. Then every active neuron moves towards the input (Hebb), keeps its norm, and raises its
threshold if it is active more often than others. The radius of excitation shrinks during training.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.ball import Array

from .lattice import LateralKernel

Sample = Callable[[np.random.Generator, int], Array]
"""From a generator and a number to that many inputs, ``(count, d)``."""


@dataclass(frozen=True)
class MapPlan:
    """How a map is trained.

    Attributes
    ----------
    side
        Neurons along each side of the torus.
    steps, batch
        Number of updates, and inputs in each.
    lateral
        γ, the strength of lateral coupling over its threshold; 0 for none.
    sparsity
        Mean of the thresholds ``λ_i``.
    start, end
        Radius of excitation at first, and after 60 % of the steps; inhibition reaches twice as far.
    rate
        Step size of receptive fields.
    inference
        Proximal steps for each input.
    """

    side: int = 16
    steps: int = 400
    batch: int = 100
    lateral: float = 3.0
    sparsity: float = 0.1
    start: float = 1.5
    end: float = 1.0
    rate: float = 8.0
    inference: int = 30

    def __post_init__(self) -> None:
        if self.side < 4 or self.steps < 1 or self.batch < 1 or self.lateral < 0:
            raise InputError(
                f"expected a side ≥ 4, steps and a batch ≥ 1 and lateral coupling ≥ 0 but got {self.side}, "
                f"{self.steps}, {self.batch}, {self.lateral}"
            )

    @property
    def neurons(self) -> int:
        return self.side**2

    def radius(self, step: int) -> float:
        """Radius of excitation in a step."""
        share = min(1.0, step / (0.6 * self.steps))
        return float(self.start * (self.end / self.start) ** share)


class TopographicMap:
    """A map under training; `Phi` has the receptive fields as columns, ``(d, side²)``, of norm 1."""

    def __init__(self, plan: MapPlan, d: int, rng: np.random.Generator) -> None:
        self.plan = plan
        n = plan.neurons
        Phi = rng.standard_normal((d, n)).astype(np.float32)
        self.Phi: Array = Phi / np.linalg.norm(Phi, axis=0)
        self.thresholds: Array = np.full(n, plan.sparsity, np.float32)
        self.usage: Array = np.ones(n, np.float32)
        self.L: Array = np.zeros((n, n), np.float32)
        self._v: Array = rng.standard_normal(n).astype(np.float32)
        self._radius = 0.0
        self.step = 0

    def couple(self, radius: float) -> None:
        """Set the lateral coupling for a radius of excitation."""
        if self.plan.lateral == 0 or radius == self._radius:
            return
        self._radius = radius
        self.L = lateral(LateralKernel(near=radius, far=2 * radius), self.plan.side, self.plan.lateral)

    def infer(self, X: Array, steps: int | None = None) -> Array:
        """Activities ``(side², count)`` of inputs ``(count, d)``: proximal steps from 0 with η below 1/Λ."""
        M = self.Phi.T @ self.Phi + self.L
        for _ in range(4):
            self._v = M @ self._v
            bound = float(np.linalg.norm(self._v))
            self._v /= bound
        eta = np.float32(1 / (1.2 * bound))
        drive = self.Phi.T @ X.T.astype(np.float32) - self.thresholds[:, None]
        a = np.zeros_like(drive)
        for _ in range(steps or self.plan.inference):
            a = np.maximum(a - eta * (M @ a - drive), 0)
        found: Array = a
        return found

    def learn(self, X: Array) -> Array:
        """Adapt to inputs ``(count, d)``; their activities."""
        plan = self.plan
        if self.step % 10 == 0:
            self.couple(plan.radius(self.step))
        a = self.infer(X)
        Phi = self.Phi + np.float32(plan.rate / len(X)) * (X.T.astype(np.float32) @ a.T)
        self.Phi = Phi / np.linalg.norm(Phi, axis=0)
        mean = a.mean(axis=1)
        self.usage += 0.1 * (mean / max(float(mean.mean()), 1e-9) - self.usage)
        raised = np.clip(self.thresholds + 0.05 * plan.sparsity * (self.usage - 1), 0, None)
        self.thresholds = (raised * (plan.sparsity / max(float(raised.mean()), 1e-9))).astype(np.float32)
        self.step += 1
        return a


def trained(plan: MapPlan, sample: Sample, d: int, rng: np.random.Generator) -> TopographicMap:
    """A map trained from random receptive fields on inputs that are drawn afresh in each step."""
    found = TopographicMap(plan, d, rng)
    for _ in range(plan.steps):
        found.learn(sample(rng, plan.batch))
    return found


def lateral(kernel: LateralKernel, side: int, strength: float) -> Array:
    """``−γ K/max k̂`` as a matrix between the neurons of a torus, ``(side², side²)``."""
    symbols = kernel.on_torus(side)
    k = np.real(np.fft.ifft2(symbols / symbols.max()))
    rows, columns = np.divmod(np.arange(side**2), side)
    down = (rows[:, None] - rows) % side
    across = (columns[:, None] - columns) % side
    found: Array = (-strength * k[down, across]).astype(np.float32)
    return found
