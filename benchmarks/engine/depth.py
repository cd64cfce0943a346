"""Three hidden layers of 256 against a PyTorch loop by hand: ``python benchmarks/engine/depth.py [--rounds R]``.

Batches of 64 out of 1024 samples, 64 seeds, feedback alignment and backpropagation, float32 on both sides. The peer
runs one network at a time, as people do, on one thread and on two, of which the faster counts; ours runs all of them.
Each round takes every way once, one after the other. The least time is that of the products of each layer at the rate
of NumPy's product of matrices in float32. Needs ``pip install 'fa-theory[bench]'``.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from itertools import pairwise
from statistics import median
from typing import Any

import numpy as np
import torch

from fa_theory.model.deep_problem import DeepLaw, DeepProblem
from fa_theory.simulation.engine import simulate

SIZE = 64
LAW = DeepLaw("tanh", 1024, 64, (256, 256, 256), k=10, eta=0.01, batch=SIZE, data="gaussian")


def by_hand(problem: DeepProblem, steps: int, threads: int) -> None:
    """The step written out in tensor operations, for one network."""
    torch.set_num_threads(threads)
    W, B = (
        [torch.tensor(A, dtype=torch.float32) for A in part]
        for part in (problem.network.weights.W, problem.network.weights.B)
    )
    X, y = (torch.tensor(A, dtype=torch.float32) for A in (problem.X, problem.y))
    s, size, bp = [problem.network.scale(layer) for layer in range(1, 5)], SIZE, problem.learning.rule.name == "bp"
    for t in range(steps):
        first = t * size % len(X)
        h = [X[first : first + size]]
        for layer in range(3):
            h.append(torch.tanh(s[layer] * (h[layer] @ W[layer].T)))
        signal = s[3] * (h[3] @ W[3].T) - y[first : first + size]
        for layer in range(3, -1, -1):
            move = problem.eta * s[layer] * (signal.T @ h[layer])
            if layer:
                signal = s[layer] * (signal @ (W[layer] if bp else B[layer - 1])) * (1 - h[layer] ** 2)
            W[layer] -= move


def rate() -> float:
    """Flops of a second in float32, on all threads."""
    A = np.ones((1024, 1024), dtype=np.float32)
    start = time.perf_counter()
    for _ in range(4):
        A @ A
    return 4 * 2 * 1024**3 / (time.perf_counter() - start)


def measure(rounds: int, networks: int = 64, steps: int = 64) -> list[dict[str, Any]]:
    """Milliseconds of a step of one network, by rule and way, and how many times faster than the peer."""
    flops = 6.0 * SIZE * sum(a * b for a, b in pairwise(LAW.widths)) - 2.0 * SIZE * LAW.widths[0] * LAW.widths[1]
    few, rows = 4 * steps, []  # the peer has one network only
    for rule in ("fa", "bp"):
        problems = [replace(LAW, rule=rule).sample(rng=i) for i in range(networks)]

        def ours(dtype: str, problems: list[DeepProblem] = problems) -> float:
            start = time.perf_counter()
            simulate(problems, steps, every=steps, record="loss", backend="jax", dtype=dtype)
            return (time.perf_counter() - start) / steps / len(problems)

        def peer(threads: int, alone: DeepProblem = problems[0]) -> float:
            start = time.perf_counter()
            by_hand(alone, few, threads)
            return (time.perf_counter() - start) / few

        found: dict[str, list[float]] = {}
        for turn in range(rounds + 1):
            seconds = {"PyTorch, by hand, float32": min(peer(1), peer(2))}
            seconds |= {f"JAX, {dtype}": ours(dtype) for dtype in ("float32", "float64")}
            seconds["the least time, float32"] = flops / rate()
            for name, value in seconds.items() if turn else ():  # the first turn compiles
                found.setdefault(name, []).append(value)
        peers = found["PyTorch, by hand, float32"]
        for name, times in found.items():
            ratio = median(a / b for a, b in zip(peers, times, strict=True))
            rows.append({"rule": rule, "way": name, "ms": 1e3 * median(times), "over by hand": ratio})
            print(f"  {rule} {name:<26} {rows[-1]['ms']:8.3f} ms a step and network  × {ratio:.3g}", flush=True)
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--networks", type=int, default=64)
    parser.add_argument("--steps", type=int, default=64)
    options = parser.parse_args()
    measure(options.rounds, options.networks, options.steps)
