"""The page of the documentation that says what was measured: ratios, shares of the machine's roof, growth."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import growth

INTRODUCTION = """# Performance

Written by `python benchmarks/engine/run.py --docs docs`, which measures everything side by side in one run and takes
ratios within a round; the medians of {rounds} rounds are shown. float64 throughout, except for the peers and where
float32 is named.

The peer is a plain PyTorch loop in float32, one network at a time, in two styles: **autograd** is that of the papers,
an `autograd.Function` that sends the error back through b; **by hand** writes the same step out in tensor operations,
without autograd. On the clock each is the faster of its versions with one and two threads. **compiled** is the step by
hand after `torch.compile`, the time of compiling left out.

*Processor time* compares the versions with one thread, and JAX on all of its. Unlike the time on the clock it hardly
depends on what else the machine is doing
({busy}): trust it first, and run the
benchmark on a quiet machine for the other columns.
*Share* is the least time in which the machine can do the work (`2n·min(n, 2d)·p` flops at its measured speed for
products of matrices, and one tanh for each entry of Z) over the time taken, on as many threads.
"""

BUSY = """**The machine was busy during this run:** the columns of the clock and the shares tell its load as much as the
paths. Quote figures of processor time only.
"""


def document(found: dict[str, Any], folder: Path, rounds: int) -> None:
    """Write ``performance.md`` and ``performance.svg``."""
    if found["growth"]:
        growth.plot(found["growth"], folder / "performance.svg")
    busy = f"{found['load']:.0f} processes wanted to run on {found['cores']} processors during this run"
    parts = [
        INTRODUCTION.format(rounds=rounds, busy=busy),
        *([BUSY] if found["load"] > 1.5 * found["cores"] else []),
        *ratios(found["rows"]),
        *deep(found["depth"]),
        *others(found),
        *(grown(found["growth"]) if found["growth"] else []),
    ]
    (folder / "performance.md").write_text("\n".join(parts), "utf-8")


def ratios(rows: list[dict[str, Any]]) -> Iterator[str]:
    """A table for each workload."""
    for workload in dict.fromkeys(row["workload"] for row in rows):
        yield f"## {workload}\n"
        yield "| path | threads | clock: × autograd | × by hand | processor time: × autograd | × by hand | share |"
        yield "|---|---|---|---|---|---|---|"
        for row in rows:
            if row["workload"] == workload:
                styles = ("over autograd", "over by hand")
                numbers = [f"{row[style]:.3g}" for style in styles]
                # XLA has no switch for the number of threads
                by_processor = row["threads"] == 1 or row["path"].startswith("JAX")
                numbers += [f"{row[f'cpu {style}']:.3g}" if by_processor else "" for style in styles]
                # the linear law does other, and less, work than the roof is for, which is that of float64
                share = "" if row["path"].endswith(("linear law", "float32")) else f"{row['share']:.0%}"
                yield f"| {row['path']} | {row['threads']} | {' | '.join(numbers)} | {share} |"
        yield ""


def deep(rows: list[dict[str, Any]]) -> Iterator[str]:
    """A table for networks that are deeper."""
    yield "## Three hidden layers of 256, batches of 64, 64 networks, tanh\n"
    yield "The peer runs one network at a time. The least time is that of the products of matrices.\n"
    yield "| rule | | ms of a step and network | × by hand |"
    yield "|---|---|---|---|"
    for row in rows:
        yield f"| {row['rule']} | {row['way']} | {row['ms']:.3g} | {row['over by hand']:.3g} |"
    yield ""


def others(found: dict[str, Any]) -> Iterator[str]:
    """Single numbers."""
    yield "## Other figures\n"
    yield f"- Linear law, width 10¹² over width 10³: {found['linear 10^12 over 10^3']:.2f} times the time."
    first = found["first call, seconds"]
    yield f"- First simulation in JAX in a new process, after the imports: {first[0]:.1f} s on the clock,"
    yield f"  {first[1]:.1f} s of processor time."
    (gemm, gemms), (tanh, tanhs) = found["roof"]["gemm"], found["roof"]["tanh"]
    large = found["large"]
    n, d, p, layer = large["n"], large["d"], large["p"], 8 * large["d"] * large["p"] / 2**20
    yield f"- A tanh network of (n, d, p) = ({n}, {d}, {p:,}) peaks at {large['whole MiB']:.0f} MiB, imports included;"
    yield f"  its first layer alone would take {layer:.0f} MiB."
    yield f"- Two threads against one: products ×{gemms / gemm:.2f}, tanh ×{tanhs / tanh:.2f}.\n"


def grown(points: list[dict[str, Any]]) -> Iterator[str]:
    """The plot, and the same as a table."""
    yield "## Growth\n"
    yield "![time and memory against width, samples and size of the ensemble](performance.svg)\n"
    yield "One thread. Time of a step, relative to that of the peer (by hand) in the first row; memory in MiB.\n"
    for axis in growth.AXES:
        here = [point for point in points if point["axis"] == axis]
        unit = next(point["step_us"] for point in here if point["path"] == "PyTorch, by hand")
        paths = list(dict.fromkeys(point["path"] for point in here))
        yield f"| {growth.NAMES[axis]} ({growth.HELD[axis]}) | {' | '.join(f'{path}: time | MiB' for path in paths)} |"
        yield "|---" * (1 + 2 * len(paths)) + "|"
        for value in dict.fromkeys(point[axis] for point in here):
            cells = [f"{p['step_us'] / unit:.3g} | {p['MiB']:.0f}" for p in here if p[axis] == value]
            yield f"| {value:,} | {' | '.join(cells)} |"
        yield ""
