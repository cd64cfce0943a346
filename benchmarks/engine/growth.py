"""How time and memory grow with the width, the number of samples and the size of the ensemble.

Each point is a process of its own on one thread: processor time of a step, less that of the start, and the peak of the
resident memory, less that after the imports.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

AXES = {
    "p": [{"n": 10, "d": 20, "p": 10**j, "m": 1} for j in range(2, 7)],
    "n": [{"n": n, "d": 50, "p": 1000, "m": 1} for n in (5, 10, 20, 50, 100, 200)],
    "m": [{"n": 8, "d": 8, "p": 128, "m": 10**j} for j in range(4)],
}
"""By the quantity that grows: the points."""
NAMES = {"p": "width p", "n": "samples n", "m": "networks"}
HELD = {"p": "n, d = 10, 20", "n": "d, p = 50, 1000", "m": "n, d, p = 8, 8, 128"}
PATHS = ("PyTorch, by hand", "NumPy", "JAX", "linear law")
LARGE = {"n": 50, "d": 150, "p": 10**6, "m": 1}
"""A network whose first layer alone has 1.1 GiB: it is never held."""


def measure() -> list[dict[str, Any]]:
    """All points."""
    found = []
    for axis, points in AXES.items():
        for point in points:
            for path in PATHS:
                if path == "linear law" and axis == "m":
                    continue
                found.append({"axis": axis, **point, "path": path, **in_a_process(path, point)})
                print(found[-1], flush=True)
    return found


def in_a_process(path: str, point: dict[str, int]) -> dict[str, float]:
    """Measure one point in a process of its own."""
    environment = {**os.environ, **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")}
    command = [sys.executable, __file__, path, json.dumps(point)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def one(path: str, n: int, d: int, p: int, m: int) -> dict[str, float]:
    """Measure one point in this process."""
    from fa_theory.model.law import Law
    from fa_theory.simulation.engine import simulate
    from fa_theory.simulation.ensemble import Ensemble

    law = Law("linear" if path == "linear law" else "tanh", n, d, p, eta=1 / n)
    if path == "PyTorch, by hand":
        import peer

        peer.by_hand(Ensemble.draw(Law("tanh", 2, 2, 2), 1, seed=0), 1, 1)
    elif path == "linear law":
        simulate(Law("linear", 2, 2, 2), 1)
    backend = "jax" if path == "JAX" else "numpy"
    before = peak()

    def run(steps: int) -> float:
        start = time.process_time()
        if path == "PyTorch, by hand":
            peer.by_hand(runs, steps, m)
        else:
            simulate(law, steps, ensemble=m, record=("loss",), every=max(steps, 1), backend=backend)
        return time.process_time() - start

    if path == "PyTorch, by hand":
        runs = Ensemble.draw(law, m, seed=0)
    run(1)  # what the first call of anything costs
    start, steps = min(run(0), run(0)), 2
    while (longer := run(steps)) < max(0.5, 2 * start) and steps < 10**5:
        steps *= 2
    seconds = (longer - start) / steps
    memory = peak() - before
    return {"step_us": 1e6 * seconds, "MiB": memory / 1024, "whole MiB": peak() / 1024}


def peak() -> int:
    """The peak of the resident memory of this process, KiB; `getrusage` would count that of its parent, too."""
    status = Path("/proc/self/status").read_text("ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))


def plot(found: list[dict[str, Any]], file: Path) -> None:
    """Time above memory, an axis in each column."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams |= {"svg.hashsalt": "growth", "svg.fonttype": "none"}
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(2, len(AXES), figsize=(10, 5.2), sharex="col", layout="constrained")
    for column, axis in enumerate(AXES):
        unit = next(point["step_us"] for point in found if (point["axis"], point["path"]) == (axis, PATHS[0]))
        rows = (("step_us", "time of a step (peer at the left: 1)", unit), ("MiB", "memory, MiB", 1))
        for row, (name, label, scale) in enumerate(rows):
            panel = axes[row, column]
            for path in PATHS:
                mine = [point for point in found if (point["axis"], point["path"]) == (axis, path)]
                if mine:
                    values = [point[name] / scale for point in mine]
                    panel.loglog([point[axis] for point in mine], values, marker="o", markersize=3, label=path)
            panel.minorticks_off()
            panel.grid(alpha=0.3)
            if column == 0:
                panel.set_ylabel(label)
            if row == 0:
                panel.set_title(HELD[axis], fontsize=10)
            else:
                panel.set_xlabel(NAMES[axis])
    axes[0, 0].legend(fontsize=8)
    figure.savefig(file, metadata={"Date": None})


if __name__ == "__main__":
    print(json.dumps(one(sys.argv[1], **json.loads(sys.argv[2]))))
