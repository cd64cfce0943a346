"""Certificates that the claims about two layers tamper with, and degenerate networks."""

from __future__ import annotations

import numpy as np

from fa_theory.claims.claim import Check, CheckOutcome
from fa_theory.claims.procedure import Context
from fa_theory.enclosure.certify import certify_run
from fa_theory.enclosure.reading import Certificate
from fa_theory.enclosure.start import certify_from_start
from fa_theory.model.law import Law


def from_state(rng: np.random.Generator) -> Certificate | None:
    """A certificate of a random network from a recorded state on."""
    return certify_run(Law("tanh", 4, 6, 60).sample(rng)).certificate


def from_start(rng: np.random.Generator) -> Certificate | None:
    """A certificate of a random network from its start on, with a cutoff."""
    return certify_from_start(Law("tanh", 2, 6, 30, lam=0.3, cutoff=15).sample(rng)).certificate


def attempted(
    name: str, law: Law, says: str, *, certified: bool, zero: tuple[str, ...] = (), start: bool = False
) -> Check:
    """A degenerate case: whether a certificate is found."""

    def run(context: Context) -> CheckOutcome:
        problem = law.sample(context.rng(name))
        for array in zero:
            getattr(problem if array == "y" else problem.network, array)[:] = 0
        outcome = (certify_from_start if start else certify_run)(problem, max_steps=1500)
        return CheckOutcome(
            (outcome.certificate is not None) == certified, outcome.reason or f"from step {outcome.steps}"
        )

    return Check(name, says, run)
