"""Networks of two layers as networks of depth 2: every rule, everything that is told at any depth, and JAX."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from fa_theory.model.deep import DeepNetwork, Learning, of_two_layers
from fa_theory.model.network import Network

from .arrays import arrays, missing
from .ensemble import Ensemble
from .layers import LayersEnsemble, by_products, follow
from .path import Path, SimulationRequest, cached
from .quantities import ERROR, DeepState, NetworkState
from .trajectories import Trajectories

WIDEST = 2**24
"""Numbers in Z from which a step would take more than a gigabyte on the way; NumPy takes it block by block."""
NUMBERS = 2**21
"""Numbers in Z of the networks that JAX runs together."""


class AsLayers(Path):
    """The formulas of `fa_theory.simulation.layers`, for two layers."""

    def __init__(self, name: str, backend: str) -> None:
        self.name, self.backend = name, backend

    def refusal(self, asked: SimulationRequest) -> str:
        """What is told in other formulas only, and what the other space does."""
        if asked.device in (None, "cpu") and (asked.unheld or asked.n * asked.p > WIDEST):
            return f"on the CPU networks of width {asked.p} run block by block; choose backend='numpy'"
        for one in asked.record:
            if one.of_error is None and one.of_layers is None and one.of_state is None:
                return f"networks of any depth do not tell {one.name}"
            if one.test:
                return f"{one.name} needs samples of a test, which a DeepLaw or a DeepProblem has"
        if self.name == "sample space" and (told := [one.name for one in asked.record if one.moved_weights]):
            return f"in JAX the sample space does not tell {', '.join(told)}; choose path='weight space'"
        return missing() if self.backend == "jax" else ""

    def cost(self, asked: SimulationRequest) -> float:
        """In JAX less than all others; in NumPy only for what they do not do."""
        spaces = {"sample space": 2.0 * asked.n**2 * asked.p, "weight space": 4.0 * asked.n * asked.d * asked.p}
        if self.backend == "jax":
            return 1 - 1 / (1 + spaces[self.name])
        return 10 * max(spaces.values())

    def batch(self, asked: SimulationRequest) -> int:
        """So many that Z takes little of the memory, or in NumPy fits in a cache."""
        entries = asked.n * asked.p
        return cached(entries) if self.backend == "numpy" else max(1, NUMBERS // entries)

    def follow(self, runs: Ensemble, asked: SimulationRequest) -> Trajectories:
        """Follow the same networks with depth 2, and give back two layers."""
        net, m = runs.network, len(runs)
        schedule, single = runs.schedule, net.single_output
        lam = np.tile([0.0, schedule.lam], (m, 1))
        y = runs.y.reshape(*runs.y.shape[:2], -1)
        deep = LayersEnsemble(
            runs.X, y, of_two_layers(net), runs.eta, lam, schedule.cutoff, Learning(runs.rule), seed=asked.seed
        )
        record = [replace(one, of_state=_of_two(one.of_state, single)) if one.of_state else one for one in asked.record]
        products = self.name == "sample space" or (self.backend == "numpy" and by_products(deep, record))
        by = arrays(self.backend, asked.device, asked.dtype)
        found = follow(deep, asked.grid, record, asked.states, by, products=products)
        values = dict(found.values)
        if single and ERROR.name in values:
            values[ERROR.name] = values[ERROR.name][..., 0]
        states = {t: _two(state, single) for t, state in found.states.items() if isinstance(state, DeepNetwork)}
        path = "layers" if self.name == "layers" else found.path
        return replace(found, values=values, states=states, path=path)


def _two(network: DeepNetwork, single: bool) -> Network:
    two = network.two_layers()
    return Network(two.W, two.beta[..., 0], two.b[..., 0], two.psi) if single else two


def _of_two(function: Callable[[Any], Any], single: bool) -> Callable[[DeepState], Any]:
    """A function of the state of two layers."""

    def of_state(now: DeepState) -> Any:
        y, error = (A[:, 0] if single else A for A in (now.y, now.error))
        return function(NetworkState(now.t, _two(now.network, single), now.X, y, error))

    return of_state
