"""What a sweep costs over the bare simulations: ``python benchmarks/sweep_overhead.py [REPETITIONS]``.

The same networks are simulated side by side, turn and turn about in one run: by calls of `fa_theory.simulate` and
nothing else, and by a sweep with a store on disk; in one process, and on two (the peer: two plain processes with half
of the calls each). CPU seconds of all processes, so that other work on the machine disturbs little, and seconds on
the clock, which also count waiting. At the end, the cost of the bookkeeping alone: items of one network and one step.
"""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

from fa_theory import simulate
from fa_theory.sweep.cells import Item, items
from fa_theory.sweep.execute import executor
from fa_theory.sweep.functionals import functional
from fa_theory.sweep.reading import parse
from fa_theory.sweep.run import run_items
from fa_theory.sweep.spec import Spec
from fa_theory.sweep.store import open_store
from fa_theory.sweep.work import environment
from fa_theory.work.threads import one_thread

SPEC = """
repeats = {repeats}
steps = {steps}
functionals = ["final alignment", "steps until loss halves", "final farthest_W", "contraction rate"]
[grid]
activation = ["tanh", "relu"]
p = [64, 128, 256]
n = 8
d = 8
eta = 0.2
lam = [0.0, 0.1]
"""


def bare(todo: list[Item]) -> None:
    """The simulations, and nothing else."""
    record = sorted({functional(text).quantity for text in todo[0].functionals})
    with one_thread():
        for item in todo:
            law, rule = item.cell.law, item.cell.learning
            simulate(law, item.steps, ensemble=item.count, seed=item.seed, rule=rule, record=record, every=item.every)


def swept(spec: Spec, jobs: int) -> None:
    """The sweep."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(Path(folder) / "store.sqlite", spec.identity(), environment()) as store,
    ):
        run_items(list(items(spec)), store, executor("local", jobs=jobs))


def bare_on_two(todo: list[Item]) -> None:
    """The simulations, and nothing else, on two processes."""
    halves = [get_context("spawn").Process(target=bare, args=(todo[i::2],)) for i in range(2)]
    for process in halves:
        process.start()
    for process in halves:
        process.join()


def seconds(work: Callable[[], None]) -> tuple[float, float]:
    """CPU seconds of this process and its children, and seconds on the clock."""
    before = cpu(), time.monotonic()
    work()
    return cpu() - before[0], time.monotonic() - before[1]


def cpu() -> float:
    """CPU seconds of this process and of its children that have ended."""
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in usage)


def main(repetitions: int = 5) -> None:
    """Measure and print."""
    spec = parse(SPEC.format(repeats=40, steps=1200))
    todo = list(items(spec))
    swept(parse(SPEC.format(repeats=1, steps=1)), 1)  # imports, and the first touch of everything
    pairs = {
        "one process": (lambda: bare(todo), lambda: swept(spec, 1)),
        "two processes": (lambda: bare_on_two(todo), lambda: swept(spec, 2)),
    }
    print(f"{len(todo)} work items, {spec.cells * spec.repeats} networks; {repetitions} turns")
    for name, (peer, sweep) in pairs.items():
        turns = [(seconds(peer), seconds(sweep)) for _ in range(repetitions)]
        for what, clock in enumerate(("CPU", "clock")):
            alone, ours = (statistics.median(turn[who][what] for turn in turns) for who in range(2))
            ratios = sorted(100 * (turn[1][what] / turn[0][what] - 1) for turn in turns)
            each = ", ".join(f"{r:+.1f}" for r in ratios)
            print(
                f"{name:14} {clock:5} bare {alone:6.2f} s, sweep {ours:6.2f} s: "
                f"{statistics.median(ratios):+.1f} % (each turn: {each})",
                flush=True,
            )
    tiny = parse(SPEC.format(repeats=200, steps=1).replace("[grid]", "block = 1\n[grid]"))
    todo = list(items(tiny))
    for jobs in (1, 2):
        turns = [
            (seconds(lambda: bare(todo)), seconds(lambda jobs=jobs: swept(tiny, jobs))) for _ in range(repetitions)
        ]
        extra = statistics.median(sweep[0] - peer[0] for peer, sweep in turns)
        print(f"{1000 * extra / len(todo):.2f} ms of CPU for each work item, with {jobs} worker{'s' * (jobs > 1)}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
