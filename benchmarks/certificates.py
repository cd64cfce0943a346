"""How often, how late and how fast networks are certified: ``python benchmarks/certificates.py [TRIALS]``.

One row per law: networks certified, the step at which the certificate closes (median), seconds for run and search
(median), seconds for the check alone (median and largest), and the size of the certificate.
"""

from __future__ import annotations

import json
import sys
from statistics import median
from time import perf_counter

from threadpoolctl import threadpool_limits

from fa_theory.checker.recheck import recheck
from fa_theory.enclosure.certify import certify_run
from fa_theory.model.law import Law
from fa_theory.seeds import generator

LAWS = (
    *(Law(psi, 10, 20, 500) for psi in ("tanh", "erf", "linear", "softplus", "sigmoid")),
    *(Law(psi, 10, 20, 500, lam=0.3, cutoff=60) for psi in ("tanh", "erf", "linear")),
    Law("relu", 10, 20, 500),
    Law("relu", 10, 20, 2000),
    Law("tanh", 10, None, 500, data="digits"),
)


def measure(law: Law, trials: int) -> str:
    steps, searching, checking, size = [], [], [], 0
    for trial in range(trials):
        problem = law.sample(generator(0, "benchmark", str(law), trial))
        start = perf_counter()
        outcome = certify_run(problem)
        if outcome.certificate is None:
            continue
        searching.append(perf_counter() - start)
        steps.append(outcome.steps)
        start = perf_counter()
        assert recheck(outcome.certificate).valid
        checking.append(perf_counter() - start)
        size = len(json.dumps(outcome.certificate)) // 1024
    if not steps:
        return f"{law!s:<62} {0:>3}/{trials}"
    return (
        f"{law!s:<62} {len(steps):>3}/{trials} {median(steps):>7.0f} {median(searching):>7.2f} "
        f"{median(checking):>7.3f} {max(checking):>7.3f} {size:>6}"
    )


if __name__ == "__main__":
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    print(f"{'law':<62} {'certified':>6} {'step':>5} {'run s':>7} {'check s':>7} {'max s':>7} {'kB':>6}")
    with threadpool_limits(1):
        for law in LAWS:
            print(measure(law, trials), flush=True)
