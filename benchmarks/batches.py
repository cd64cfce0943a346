"""Certificates of minibatches and of momentum: how many networks have one, when, and how long a check takes.

Networks of two layers with tanh; inputs on the unit sphere, y ~ N(0, 1), all weights N(0, 1). Minibatches: n = 10,
d = 20, batches of consecutive samples, in a new random order in every epoch; a certificate covers all orders. Momentum:
n = 5, d = 10, from rest. A network is tried every 10 epochs or steps, or 10 %.

    python benchmarks/batches.py [--seeds N] [--rule fa|bp]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace

from fa_theory.checker.recheck import recheck
from fa_theory.enclosure.certify import CertificationOutcome
from fa_theory.enclosure.epochs import certify_epochs
from fa_theory.enclosure.momentum import certify_momentum
from fa_theory.model.problem import Problem, sample
from fa_theory.model.rules import as_rule

MINIBATCHES = ((50, 5, 0.2), (50, 2, 0.2), (50, 2, 0.5), (50, 5, 1.0), (50, 2, 1.0))
"""Width, size of a batch and η."""
SINGLE = ((50, 1, 0.5), (200, 2, 0.5))
MOMENTUM = ((50, 0.2, 0.5), (50, 0.1, 0.9))
"""Width, η and μ."""


def row(name: str, problems: list[Problem], certify: Callable[[Problem], CertificationOutcome], steps: int) -> None:
    """Print what came of some networks; T in epochs or steps."""
    found, sizes, checks, spent = [], [], [0.0], time.process_time()
    for problem in problems:
        outcome = certify(problem)
        if outcome.certificate is None:
            continue
        start = time.process_time()
        assert recheck(outcome.certificate).valid
        checks.append(time.process_time() - start)
        found.append(outcome.steps // steps)
        sizes.append(float.fromhex(outcome.certificate["conclusions"]["error"]))
    spent = (time.process_time() - spent) / len(problems)
    found, sizes = sorted(found), sorted(sizes)
    middle = f"T {found[0]}/{found[len(found) // 2]}/{found[-1]}, ‖e‖ {sizes[0]:.0e}…{sizes[-1]:.0e}" if found else "–"
    print(
        f"{name}: {len(found)} of {len(problems)}; {middle}; {spent:.1f} s each, check {max(checks):.2f} s", flush=True
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--rule", choices=("fa", "bp"), default="fa")
    options = parser.parse_args()

    def drawn(n: int, d: int, p: int, eta: float, count: int) -> list[Problem]:
        plain = (sample(rng=seed, n=n, d=d, p=p, activation="tanh", eta=eta) for seed in range(count))
        return [replace(problem, rule=as_rule(options.rule)) for problem in plain]

    for p, m, eta in (*MINIBATCHES, *SINGLE):
        row(
            f"{options.rule} p = {p}, batches of {m}, η = {eta}",
            drawn(10, 20, p, eta, options.seeds),
            lambda problem, m=m: certify_epochs(problem, batch=m, max_steps=20_000),  # type: ignore[misc]
            -(-10 // m),
        )
    for p, eta, mu in MOMENTUM:
        row(
            f"{options.rule} p = {p}, η = {eta}, momentum {mu}",
            drawn(5, 10, p, eta, options.seeds + 2),
            lambda problem, mu=mu: certify_momentum(problem, mu=mu, max_steps=5000),  # type: ignore[misc]
            1,
        )


if __name__ == "__main__":
    main()
