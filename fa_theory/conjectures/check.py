"""Checking one conjecture: try to prove it, attack it, shrink and certify what is found, and say what survives."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from fa_theory.seeds import generator

from .declare import Conjecture
from .evaluate import Evaluation
from .outcome import Outcome, Verdict
from .progress import Progress

Tell = Callable[[Progress], None]


def check(conjecture: Conjecture, *, budget: float, seed: int, out: Path, tell: Tell) -> Outcome:
    """Settle a conjecture within ``budget`` seconds."""
    started = time.monotonic()
    rng = generator(seed, "conjecture", conjecture.name)
    n = accepted = failing = 0
    least = np.inf
    while time.monotonic() < started + budget:
        networks = conjecture.domain.sample(conjecture.domain.random_shape(rng), rng, 64)
        evaluation = Evaluation(networks)
        ok = np.ones(len(networks), dtype=bool)
        for hypothesis in conjecture.hypothesis_margins.values():
            ok &= evaluation(hypothesis) >= 0
        margins = evaluation(conjecture.margin)[ok]
        n += len(networks)
        accepted += len(margins)
        failing += int((margins < 0).sum())
        least = min(least, margins.min(initial=np.inf))
        tell(Progress("attacking", n, float(least), (time.monotonic() - started) / budget))
    return Outcome(
        name=conjecture.name,
        title=conjecture.title,
        file=str(conjecture.file),
        line=conjecture.line,
        verdict=Verdict.UNDECIDED,
        why=f"{failing} of {accepted} networks violate it",
        margin=float(least),
        n_trials=n,
        acceptance=accepted / n,
        seed=seed,
        budget=budget,
        seconds=time.monotonic() - started,
    )


def unfinished(conjecture: Conjecture, why: str) -> Outcome:
    """The outcome of a conjecture that could not be evaluated."""
    return Outcome(
        name=conjecture.name,
        title=conjecture.title,
        file=str(conjecture.file),
        line=conjecture.line,
        verdict=Verdict.ERROR,
        why=why,
    )
