"""What the machine can do at best: products of matrices, tanh, and moving numbers, on one thread and on all."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from threadpoolctl import threadpool_limits

from fa_theory.model.activations import activation
from fa_theory.simulation.arrays import ByJax

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Roof:
    """Of one thread, then of all together.

    Attributes
    ----------
    gemm
        GFlop/s of float64 products of 600×600 matrices.
    tanh
        Elements of 10⁹/s: the better of NumPy and of JAX, in a cache.
    stream
        GB/s of ``a += b`` in memory.
    """

    gemm: tuple[float, float]
    tanh: tuple[float, float]
    stream: tuple[float, float]

    def seconds(self, n: int, d: int, p: int, tanh: bool, threads: int) -> float:
        """The least a step can take: ``2 n min(n, 2d) p`` flops, and n·p activations."""
        which = 0 if threads == 1 else 1
        flops = 2 * n * min(n, 2 * d) * p
        return flops / self.gemm[which] / 1e9 + tanh * n * p / self.tanh[which] / 1e9


def best(work: Callable[[], object], threads: int, rounds: int = 7) -> float:
    """Seconds for a piece of work done by every thread at once, the best of some rounds."""
    with threadpool_limits(1), ThreadPoolExecutor(threads) as pool:
        seconds = []
        for _ in range(rounds):
            start = perf_counter()
            list(pool.map(lambda _: work(), range(threads)))
            seconds.append(perf_counter() - start)
    return min(seconds)


def measure() -> Roof:
    """Some seconds."""
    rng = np.random.default_rng(0)
    M, z, big = rng.standard_normal((600, 600)), rng.standard_normal(8192), np.zeros(10**7)

    by = ByJax("cpu")
    tanhs_of = by.compiled(lambda by, psi, x: by.loop(0, 200, lambda _, x: psi.value(x), x))

    def products() -> None:
        for _ in range(5):
            M @ M

    def numpy_tanh() -> None:
        out = np.empty_like(z)
        for _ in range(200):
            np.tanh(z, out=out)

    def jax_tanh() -> None:
        with by.ready():
            tanhs_of(by, activation("tanh"), by.array(z)).block_until_ready()

    def stream() -> None:
        a = np.zeros_like(big)
        start = perf_counter()
        for _ in range(5):
            a += big
        rates.append(5 * 24 * len(big) / (perf_counter() - start) / 1e9)

    found: dict[str, list[float]] = {"gemm": [], "tanh": [], "stream": []}
    for threads in (1, CORES):
        found["gemm"].append(threads * 5 * 2 * 600**3 / best(products, threads) / 1e9)
        tanhs = max(threads * 200 * len(z) / best(work, threads) / 1e9 for work in (numpy_tanh, jax_tanh))
        found["tanh"].append(tanhs)
        rates: list[float] = []
        best(stream, threads, 3)
        found["stream"].append(threads * max(rates))
    return Roof(*((one, every) for one, every in found.values()))
