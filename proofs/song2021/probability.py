"""Theorem 3.2 as a frequency: how often random networks of a width converge exponentially for ever."""

from __future__ import annotations

import numpy as np

from fa_theory.claims.claim import Bound, Check, Claim, Fidelity, Kind, Outcome, Source
from fa_theory.claims.evidence import Result
from fa_theory.claims.procedure import Trials
from fa_theory.claims.procedures import FrequencyByWidth
from fa_theory.claims.procedures.frequency import judge
from fa_theory.enclosure.certify import certify_problem
from fa_theory.model.law import Law

from .certificates import attempted
from .hypotheses import GAUSSIAN, SPHERE, met


def _certified(p: int, rng: np.random.Generator) -> bool:
    return certify_problem(Law("tanh", 8, 12, p).sample(rng), max_steps=1500).certificate is not None


CERTIFIED_BY_WIDTH = FrequencyByWidth(
    _certified,
    widths=(1, 100),
    from_width=100,
    trials=Trials(75, 200, 1000),
    delta=0.1,
    success="certified exponential decay",
)


convergence_probability = Claim(
    id="song2021.convergence-probability",
    title="Random wide networks converge exponentially with high probability",
    kind=Kind.THEOREM,
    bound=Bound.PROBABILITY,
    summary="At width 100 (n=8, d=12, tanh), exponential convergence for ever has probability at least 0.9.",
    statement=r"""Let $n = 8$, $d = 12$, $\psi = \tanh$, $\eta = 0.2$. For $p = 100$, with probability
at least $1 - \delta = 0.9$ over data and initialisation, feedback alignment reaches within $1500$ steps a state from
which $\|e(t)\|_2$ decays exponentially for all later times.""",
    hypotheses=(GAUSSIAN, SPHERE),
    source=Source(
        "song2021",
        "Theorem 3.2",
        Fidelity.ADAPTED,
        "The probability is bounded from below by the frequency of certificates at one width, instead of "
        "asymptotically; a network that is not certified counts as a failure.",
    ),
    uses=("song2021.decay-certified",),
    procedures=(CERTIFIED_BY_WIDTH,),
    mutants=(
        CERTIFIED_BY_WIDTH.mutant("any width", "the same probability already at width 1", 1),
        Check(
            "δ ten times smaller than the data allow",
            "0.9999 instead of 0.9 is not supported by so few trials",
            lambda context: Outcome(
                judge(*CERTIFIED_BY_WIDTH.counts(context.records("frequency by width"))[100], 1e-4, 0.99)
                is not Result.SUPPORTED,
                "the exact interval is too wide for δ = 1e-4",
            ),
        ),
    ),
    degenerate=(
        attempted("singular Gram", Law("linear", 4, 2, 20), "γ = 0 (linear, n > d): never certified", certified=False),
    ),
    witness=met(Law("tanh", 8, 12, 100)),
)
