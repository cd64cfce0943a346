"""Steps in binary64 against steps in balls, in one run: ``python benchmarks/binary64.py [N,D,P ...]``.

For every size: milliseconds of CPU per enclosed step either way, their ratio, and the bits that the bounds lose in
binary64: log2 of the largest bound at the end over 2^-53. Balls take a few steps only; tanh, unit rows, η = 0.2.
"""

from __future__ import annotations

import os
import sys
from math import log2
from time import process_time

from flint import arb
from from_start import drawn, state
from threadpoolctl import threadpool_limits

from fa_theory.checker.binary64 import tables
from fa_theory.checker.decay import float_run, trajectory
from fa_theory.model.law import Law

SIZES = ((5, 10, 50), (10, 20, 500), (50, 150, 200), (50, 150, 800))
STEPS = 150


def row(n: int, d: int, p: int) -> str:
    network = state(drawn(Law("tanh", n, d, p)))
    spent = []
    for steps in (0, STEPS):
        begin = process_time()
        end = float_run.enclose(network, arb(0), None, steps)
        spent.append(process_time() - begin)
    fast = (spent[1] - spent[0]) / STEPS
    few = max(2, int(3e5 / (n * p)) if n * p < 10_000 else 2)
    begin = process_time()
    trajectory.enclose(network, arb(0), None, few, bits=128)
    slow = (process_time() - begin) / few
    if isinstance(end, tuple):
        bits = "lost"
    else:
        bits = f"{log2(max(float(x) for x in (*end.nu, *(x.rad() for x in end.beta)))) + 53:.1f}"
    return (
        f"({n},{d},{p}):  start {1e3 * spent[0]:7.0f} ms  binary64 {1e3 * fast:7.2f} ms  arb {1e3 * slow:8.1f} ms  "
        f"{slow / fast:6.1f} ×  {1e9 * fast / n / p:6.0f} ns per entry  bits lost in {STEPS} steps {bits}"
    )


if __name__ == "__main__":
    chosen = [tuple(map(int, size.split(","))) for size in sys.argv[1:]] or SIZES
    tables.tables("tanh")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; CPU times, one thread")
    with threadpool_limits(1):
        for n, d, p in chosen:
            print(row(n, d, p), flush=True)
