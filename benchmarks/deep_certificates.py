"""Certificates of decay at any depth: how many networks are certified, from which step on, and what a check takes.

    python benchmarks/deep_certificates.py [ROW ...] [--networks 20] [--from-start]

The table of late certificates for each rule, or of those from the start: n = 5 inputs on the unit sphere in 10
dimensions, Gaussian targets and weights. Rows are numbers of the table below; by default all are run. The time of a
check from the start is that of the first two networks.
"""

from __future__ import annotations

import argparse
import time
from typing import NamedTuple

import numpy as np

from fa_theory.checker.decay import deep_start
from fa_theory.checker.recheck import recheck
from fa_theory.enclosure.deep import certify_deep_from_start, certify_deep_run
from fa_theory.model.deep_problem import DeepLaw
from fa_theory.seeds import generator


class Row(NamedTuple):
    """A row of the table."""

    activation: str
    hidden: tuple[int, ...]
    rule: str
    eta: float
    steps: int


ROWS = (
    *(Row("tanh", (50, 50), rule, 0.2, 3000) for rule in ("fa", "dfa", "bp", "kolen-pollack", "usf", "sign")),
    *(Row("tanh", (100, 100, 100), rule, 0.1, 4000) for rule in ("fa", "dfa")),
    Row("softplus", (50, 50), "fa", 0.05, 6000),
    *(Row("linear", (20, 20, 20), rule, 0.1, 3000) for rule in ("fa", "dfa")),
    *(Row("relu", (50, 50), rule, 0.1, 3000) for rule in ("fa", "dfa", "bp")),
)


def measured(row: Row, networks: int, from_start: bool) -> str:
    """One line of the table."""
    steps, checks, reasons, started = [], [], [], time.process_time()
    for trial in range(networks):
        law = DeepLaw(row.activation, 5, 10, row.hidden, rule=row.rule, eta=row.eta)
        certify = certify_deep_from_start if from_start else certify_deep_run
        outcome = certify(law.sample(generator(0, "certify", str(law), trial)), max_steps=row.steps)
        if outcome.certificate is None:
            reasons.append(outcome.reason)
            continue
        steps.append(outcome.steps)
        if from_start and len(checks) == 2:
            continue
        deep_start._last.clear()  # so that the steps are enclosed again
        begun = time.process_time()
        assert recheck(outcome.certificate).valid
        checks.append(time.process_time() - begun)
    low, middle, high = (int(x) for x in np.quantile(steps, (0, 0.5, 1))) if steps else (0, 0, 0)
    hidden = "-".join(map(str, row.hidden))
    line = (
        f"| {row.activation} {hidden}, {row.eta:g} | {row.rule} | {len(steps)} of {networks} | {low}/{middle}/{high} "
    )
    line += f"| {np.median(checks or [0]):.2f} s, at most {max(checks, default=0):.2f} s |"
    total = time.process_time() - started
    return "\n".join([line, f"    ({total:.0f} s in all)", *(f"    open: {reason}" for reason in reasons)])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", type=int, help="numbers of rows, from 0")
    parser.add_argument("--networks", type=int, default=20)
    parser.add_argument("--from-start", action="store_true")
    options = parser.parse_args()
    print("| network, η | rule | certified | from step: least/median/most | CPU time of a check |")
    print("|---|---|---|---|---|")
    for at in options.rows or range(len(ROWS)):
        print(measured(ROWS[at], options.networks, options.from_start), flush=True)


if __name__ == "__main__":
    main()
