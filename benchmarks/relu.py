"""ReLU networks certified, by what the certificate makes of kinks: ``python benchmarks/relu.py [TRIALS] [WIDTH ...]``.

One row per width and treatment: networks certified within 3000 steps, the step at which the certificate closes
(median), the bound q on the rate (median), seconds for run, search and check (median) and for the check alone (median).

- Lyapunov, entrywise: the norm of a Lyapunov equation, every entry of the kernel in an interval of its own;
- Euclidean, entrywise: the Euclidean norm is tried as well;
- Euclidean, kinks: and wide slopes are kept apart, condition (3') of `fa_theory.checker.decay.kinks`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from math import inf
from statistics import median
from time import perf_counter
from unittest.mock import patch

from threadpoolctl import threadpool_limits

from fa_theory.checker.recheck import recheck
from fa_theory.enclosure import search
from fa_theory.enclosure.certify import certify_run
from fa_theory.model.ball import Array
from fa_theory.model.law import Law
from fa_theory.seeds import generator

TREATMENTS = {
    "Lyapunov, entrywise": (False, False),
    "Euclidean, entrywise": (True, False),
    "Euclidean, kinks": (True, True),
}
NORMS = search.norms


def lyapunov(M: Array, radius: float) -> Iterator[tuple[Array, Array]]:
    """Only the last norm the search would try."""
    return iter(list(NORMS(M, radius))[-1:])


def measure(law: Law, trials: int, euclidean: bool, kinks: bool) -> str:
    steps, rates, seconds, checking = [], [], [], []
    with ExitStack() as stack:
        if not euclidean:
            stack.enter_context(patch.object(search, "norms", lyapunov))
        if not kinks:
            stack.enter_context(patch.object(search, "smallest_rate", lambda *_: inf))
        for trial in range(trials):
            problem = law.sample(generator(0, "benchmark", str(law), trial))
            start = perf_counter()
            outcome = certify_run(problem)
            if outcome.certificate is None:
                continue
            seconds.append(perf_counter() - start)
            start = perf_counter()
            verdict = recheck(outcome.certificate)
            checking.append(perf_counter() - start)
            assert verdict.valid
            steps.append(outcome.steps)
            rates.append(verdict.bounds["rate"])
    row = f"{len(steps):>4}/{trials}"
    if not steps:
        return row
    return f"{row} {median(steps):>7.0f} {median(rates):>8.4f} {median(seconds):>7.2f} {median(checking):>8.3f}"


if __name__ == "__main__":
    trials, *widths = [int(x) for x in sys.argv[1:]] or [100]
    print(f"{'law':<34} {'treatment':<22} {'certified':>8} {'step':>6} {'q':>8} {'s':>7} {'check s':>8}")
    with threadpool_limits(1):
        for p in widths or (500, 2000):
            law = Law("relu", 10, 20, p)
            for name, treatment in TREATMENTS.items():
                print(f"{law!s:<34} {name:<22} {measure(law, trials, *treatment)}", flush=True)
