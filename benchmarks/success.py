"""How often, how late and how fast networks are certified from the start.

    python benchmarks/success.py [--networks 100] [--size 10,20,500] [ACTIVATION ...]

Unit rows, η = 0.2; the number of enclosed steps is what `certify_from_start` chooses by simulation. One row per
activation: networks certified, the probability of a certificate that this shows at 99 % confidence (Clopper and
Pearson, one-sided), enclosed steps (median and largest), seconds of CPU per network (median and largest, one thread),
how many needed balls because binary64 has too few bits, and the largest memory so far in MiB. Then one line for every
network that has no certificate.
"""

from __future__ import annotations

import argparse
import resource
from statistics import median
from time import process_time

from threadpoolctl import threadpool_limits

from fa_theory.checker.decimals import below
from fa_theory.enclosure.certify import CertificationOutcome
from fa_theory.enclosure.start import certify_from_start
from fa_theory.model.law import Law
from fa_theory.seeds import generator
from fa_theory.statistics.binomial import Proportion

ACTIVATIONS = ("linear", "tanh", "erf", "sigmoid", "softplus", "gelu", "relu")
CONFIDENCE = 0.99


def measured(law: Law, networks: int) -> tuple[list[CertificationOutcome], list[float]]:
    """The outcome for every network, and seconds of CPU."""
    outcomes, seconds = [], []
    for trial in range(networks):
        problem = law.sample(generator(0, "benchmark", str(law), trial))
        begin = process_time()
        outcomes.append(certify_from_start(problem))
        seconds.append(process_time() - begin)
    return outcomes, seconds


def row(law: Law, networks: int) -> str:
    outcomes, seconds = measured(law, networks)
    steps = [outcome.steps for outcome in outcomes if outcome.certified]
    balls = sum("binary64" not in outcome.trusted for outcome in outcomes if outcome.certified)
    least = below(Proportion(len(steps), networks, CONFIDENCE).lower, places=3)
    counted = f"{median(steps):>7.0f} {max(steps):>6}" if steps else f"{'–':>7} {'–':>6}"
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024  # in KiB, on Linux
    lines = [
        f"{law.activation:<11} {len(steps):>4}/{networks:<4} {least:>6} {counted} "
        f"{median(seconds):>6.2f} {max(seconds):>6.2f} {balls:>6} {memory:>6}"
    ]
    lines += [
        f"  network {trial}, step {outcome.steps}: {outcome.reason}"
        for trial, outcome in enumerate(outcomes)
        if not outcome.certified
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("activations", nargs="*", default=ACTIVATIONS)
    parser.add_argument("--networks", type=int, default=100)
    parser.add_argument("--size", default="10,20,500")
    options = parser.parse_args()
    n, d, p = map(int, options.size.split(","))
    heads = ("certified", 9), ("P ≥", 6), ("steps", 7), ("most", 6), ("CPU s", 6), ("most", 6), ("balls", 6), ("MiB", 6)
    print(" " * 11, *(f"{head:>{width}}" for head, width in heads))
    with threadpool_limits(1):
        for activation in options.activations:
            print(row(Law(activation, n, d, p), options.networks), flush=True)
