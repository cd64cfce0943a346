"""Simulation against a plain PyTorch loop: ``python benchmarks/engine/run.py [--rounds R] [--growth] [--docs DIR]``.

Everything is measured side by side in one run: in each round every path once, one after the other; ratios are taken
within a round, and their median is reported. Each peer is the faster of its one- and two-thread versions. The roof of
the machine (`machine`) is measured in every round; the *share* of a path is the least time the work can take on the
threads it was given, over the time it took. Needs ``pip install 'fa-theory[bench]'``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import depth
import growth
import machine
from document import document
from paths import Path as Runner
from paths import every_path
from threadpoolctl import threadpool_limits

from fa_theory.model.law import Law
from fa_theory.simulation.engine import simulate
from fa_theory.simulation.ensemble import Ensemble

PEERS = ("PyTorch, autograd", "PyTorch, by hand")
Seconds = tuple[float, float]
"""On the clock, and of processors."""


@dataclass(frozen=True)
class Workload:
    """Networks of a law for a number of steps; the paths of `few` take fewer steps and networks, and are scaled up."""

    law: Law
    size: int
    steps: int
    few_steps: int
    few_networks: int = 1

    @property
    def name(self) -> str:
        law = self.law
        networks = f"{self.size} networks" if self.size > 1 else "One network"
        return f"{networks} ({law.n}, {law.d}, {law.p}), {law.activation}, {self.steps} steps"

    def few(self, path: str) -> bool:
        """Whether a path takes the shorter run."""
        slow = path in (*PEERS, "PyTorch, compiled", "NumPy, plain step")
        return slow or (self.law.activation == "linear" and not path.endswith("linear law"))


WORKLOADS = (
    Workload(Law("tanh", 8, 8, 128, eta=0.1), 64, 1000, 1000, 2),
    Workload(Law("tanh", 50, 150, 500, eta=0.1), 1, 1000, 100),
    Workload(Law("tanh", 50, 150, 5000, eta=0.1), 1, 200, 20),
    Workload(Law("linear", 50, 150, 5000, eta=0.1), 1, 1000, 20),
    Workload(Law("linear", 50, 150, 5000, eta=0.1), 1, 5000, 20),  # as long as the loss curves of the paper
    Workload(Law("tanh", 100, 20, 20000, eta=0.01), 1, 40, 6),
)


def timed(path: Runner, runs: Ensemble, work: Workload, few: bool) -> Seconds:
    """For a step of a network."""
    steps, networks = (work.few_steps, work.few_networks) if few else (work.steps, work.size)
    wall, cpu = time.perf_counter(), time.process_time()
    path(runs, steps, networks)
    each = steps * networks
    return (time.perf_counter() - wall) / each, (time.process_time() - cpu) / each


def measure(work: Workload, rounds: int) -> list[dict[str, Any]]:
    """One row for each path and number of threads."""
    law, runs = work.law, Ensemble.draw(work.law, work.size, seed=0)
    ways = every_path(law.activation == "linear", law.n, law.d)
    paths = {(name, threads): path for name, versions in ways.items() for threads, path in versions.items()}
    alone: dict[str, float] = {}
    for (name, threads), path in list(paths.items()):  # warms up
        wall, _ = timed(path, runs, work, work.few(name))
        if threads == 1:
            alone[name] = wall
        elif name.startswith("PyTorch") and wall > 1.5 * alone[name]:
            del paths[name, threads]  # its threads are in each other's way, by far
    roofs, seen = [], []
    for _ in range(rounds):
        roofs.append(machine.measure())
        seen.append({key: timed(path, runs, work, work.few(key[0])) for key, path in paths.items()})
    rows = []
    for name, threads in paths:
        mine = [turn[name, threads] for turn in seen]
        least = [roof.seconds(law.n, law.d, law.p, law.activation == "tanh", threads) for roof in roofs]
        row: dict[str, Any] = {"workload": work.name, "path": name, "threads": threads}
        row["step_us"], row["step_cpu_us"] = (1e6 * median(turn[j] for turn in mine) for j in (0, 1))
        row["share"] = median(a / wall for a, (wall, _) in zip(least, mine, strict=True))
        for peer in PEERS:
            theirs = [min(turn[key][0] for key in paths if key[0] == peer) for turn in seen]
            style = f"over {peer.removeprefix('PyTorch, ')}"
            row[style] = median(a / wall for a, (wall, _) in zip(theirs, mine, strict=True))
            row[f"cpu {style}"] = median(turn[peer, 1][1] / cpu for turn, (_, cpu) in zip(seen, mine, strict=True))
        rows.append(row)
        print(
            f"  {name:<26} {threads} {row['step_us']:>10.2f} µs {row['share']:>6.0%}  × {row['over autograd']:<6.3g} "
            f"× {row['over by hand']:<6.3g} processors: × {row['cpu over autograd']:<6.3g} "
            f"× {row['cpu over by hand']:.3g}",
            flush=True,
        )
    return rows


def any_width(rounds: int) -> float:
    """Time of the linear law at p = 10¹² over that at p = 10³."""

    def seconds(p: int) -> float:
        start = time.process_time()
        simulate(Law("linear", 50, 150, p, eta=0.1), 500, record=("loss",), every=100)
        return time.process_time() - start

    with threadpool_limits(1):
        seconds(10**3)
        return median(seconds(10**12) / seconds(10**3) for _ in range(max(rounds, 5)))


def first_call() -> Seconds:
    """Of a first simulation in JAX, in a new process, after its imports."""
    code = (
        "import time, jax; from fa_theory.model.law import Law; from fa_theory.simulation.engine import simulate\n"
        "start = time.perf_counter(), time.process_time()\n"
        "simulate(Law('tanh', 8, 8, 128), 1000, ensemble=64, backend='jax')\n"
        "print(time.perf_counter() - start[0], time.process_time() - start[1])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    wall, cpu = map(float, done.stdout.split())
    return wall, cpu


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="workloads whose name contains this")
    parser.add_argument("--growth", action="store_true", help="measure growth, too: some minutes more")
    parser.add_argument("--json", type=Path, help="write all that was measured")
    parser.add_argument("--docs", type=Path, help="write performance.md and performance.svg into this folder")
    options = parser.parse_args()
    found: dict[str, Any] = {"cores": machine.CORES, "roof": asdict(machine.measure()), "rows": []}
    print("roof, on one thread and on all:", found["roof"], flush=True)
    for work in WORKLOADS:
        if options.only in work.name:
            print(work.name, flush=True)
            found["rows"] += measure(work, options.rounds)
    if options.only in "three hidden layers":
        print("three hidden layers of 256, batches of 64, 64 networks", flush=True)
        found["depth"] = depth.measure(options.rounds, steps=16)
    found["linear 10^12 over 10^3"] = any_width(options.rounds)
    found["first call, seconds"] = first_call()
    found["load"] = os.getloadavg()[2]
    print({key: value for key, value in found.items() if key != "rows"}, flush=True)
    found["large"] = {**growth.LARGE, **growth.in_a_process("NumPy", growth.LARGE)}
    found["growth"] = growth.measure() if options.growth else []
    if options.json:
        options.json.write_text(json.dumps(found, indent=1, ensure_ascii=False), "utf-8")
    if options.docs:
        document(found, options.docs, options.rounds)
