"""Certificates of decay at any depth: how many networks are certified, from which step on, and what a check takes.

    python benchmarks/deep_certificates.py [ROW ...] [--networks 20] [--from-start]
    python benchmarks/deep_certificates.py --against FOLDER [ROW ...]

The table of late certificates for each rule, or of those from the start: n = 5 inputs on the unit sphere in 10
dimensions, Gaussian targets and weights. Rows are numbers of the table below; by default all are run. The time of a
check from the start is that of the first two networks. With the folder of another checkout, a check from the start is
timed here and there in turn, three times each.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
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


CHECK = """
import json, sys, time
from fa_theory.checker.recheck import recheck
document = json.load(open(sys.argv[1]))
begun = time.process_time()
assert recheck(document).valid
print(time.process_time() - begun)
"""


def compared(row: Row, other: Path) -> str:
    """CPU times of a check from the start, by this checkout and by another."""
    law = DeepLaw(row.activation, 5, 10, row.hidden, rule=row.rule, eta=row.eta)
    outcome = certify_deep_from_start(law.sample(generator(0, "certify", str(law), 0)), max_steps=row.steps)
    if outcome.certificate is None:
        return f"{row.activation} {row.hidden} {row.rule}: {outcome.reason}"
    times: tuple[list[float], list[float]] = ([], [])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "document.json"
        file.write_text(json.dumps(outcome.certificate.document), encoding="utf-8")
        command = [sys.executable, "-c", CHECK, str(file)]  # from the folder it runs in
        for _ in range(3):
            for found, where in zip(times, (Path(__file__).parents[1], other), strict=True):
                answer = subprocess.run(command, cwd=where, capture_output=True, text=True, check=True)
                found.append(float(answer.stdout))
    here, there = map(min, times)
    name = f"{row.activation} {'-'.join(map(str, row.hidden))}, {row.rule}, {outcome.steps} steps"
    return f"{name}: {here:.2f} s here, {there:.2f} s there, ratio {there / here:.2f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", type=int, help="numbers of rows, from 0")
    parser.add_argument("--networks", type=int, default=20)
    parser.add_argument("--from-start", action="store_true")
    parser.add_argument("--against", type=Path, help="another checkout, to compare checks from the start with")
    options = parser.parse_args()
    if options.against:
        for at in options.rows or (0,):
            print(compared(ROWS[at], options.against), flush=True)
        return
    print("| network, η | rule | certified | from step: least/median/most | CPU time of a check |")
    print("|---|---|---|---|---|")
    for at in options.rows or range(len(ROWS)):
        print(measured(ROWS[at], options.networks, options.from_start), flush=True)


if __name__ == "__main__":
    main()
