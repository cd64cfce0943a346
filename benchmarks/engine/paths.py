"""What is compared, under one signature: ``path(runs, steps, networks)`` gives the losses at the end.

The peers and the plain step run one network after the other, so that few networks tell the time of many; ours run the
whole ensemble.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from types import ModuleType

import peer
import torch
from threadpoolctl import threadpool_limits

from fa_theory.model.network import Network
from fa_theory.simulation import as_layers, linear_path, sample_space, weight_space
from fa_theory.simulation.arrays import Arrays, ByJax, ByNumPy
from fa_theory.simulation.ensemble import Ensemble
from fa_theory.simulation.path import SimulationRequest
from fa_theory.simulation.quantities import quantities
from fa_theory.simulation.run import run
from fa_theory.work import threads

Path = Callable[[Ensemble, int, int], object]


def torch_path(loop: Callable[[Ensemble, int, int], list[float]], allowed: int) -> Path:
    """A PyTorch loop on so many threads."""

    def path(runs: Ensemble, steps: int, networks: int) -> object:
        torch.set_num_threads(allowed)
        return loop(runs, steps, networks)

    return path


def plain_step(runs: Ensemble, steps: int, networks: int) -> object:
    """The formula of the step as `fa_theory.model.rules` has it, on one thread."""
    net, losses = runs.network, []
    with threadpool_limits(1):
        for i in range(networks):
            start = Network(net.W[i], net.beta[i], net.b[i], net.psi)
            walk = run(start, runs.X[i], runs.y[i], eta=float(runs.eta[i]))
            _, e = next(islice(walk, steps, None))
            losses.append(0.5 * float(e @ e))
    return losses


def numpy_path(module: ModuleType, allowed: int) -> Path:
    """A path of NumPy on so many threads."""

    def path(runs: Ensemble, steps: int, networks: int) -> object:
        with threadpool_limits(allowed), threads.taken_from_blas():
            return module.follow(runs, [steps], ["loss"], [])["loss"][:, -1]

    return path


def linear_law(by: Arrays) -> Path:
    """The linear law on one thread; one network has no work for more."""

    def path(runs: Ensemble, steps: int, networks: int) -> object:
        with threadpool_limits(1):
            return linear_path.follow(runs, [steps], ["loss"], by)["loss"][:, -1]

    return path


def jax_path(space: str, dtype: str) -> Path:
    """JAX on all threads; XLA has no switch for their number."""
    way = as_layers.AsLayers(space, "jax")

    def path(runs: Ensemble, steps: int, networks: int) -> object:
        net, (n, d) = runs.network, runs.X.shape[1:]
        sizes, record = (n, d, net.p), quantities(("loss",))
        asked = SimulationRequest(
            *sizes, net.psi, net.single_output, runs.rule, False, [steps], record, [], dtype=dtype
        )
        return way.follow(runs, asked)["loss"][:, -1]

    return path


def every_path(law_is_linear: bool, n: int, d: int) -> dict[str, dict[int, Path]]:
    """Paths by name and number of threads."""
    both = (1, 2)
    space = sample_space if n < 2 * d else weight_space
    found: dict[str, dict[int, Path]] = {
        "PyTorch, autograd": {j: torch_path(peer.with_autograd, j) for j in both},
        "PyTorch, by hand": {j: torch_path(peer.by_hand, j) for j in both},
        "PyTorch, compiled": {j: torch_path(peer.compiled, j) for j in both},
        "NumPy, plain step": {1: plain_step},
        f"NumPy, {space.PATH}": {j: numpy_path(space, j) for j in both},
        f"JAX, {space.PATH}": {2: jax_path(space.PATH, "float64")},
        f"JAX, {space.PATH}, float32": {2: jax_path(space.PATH, "float32")},
    }
    if law_is_linear:
        found |= {"NumPy, linear law": {1: linear_law(ByNumPy())}, "JAX, linear law": {1: linear_law(ByJax())}}
    return found
