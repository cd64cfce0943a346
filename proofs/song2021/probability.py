"""Theorem 3.2 as a probability: how often random networks converge exponentially, counting certificates only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fa_theory.claims.claim import Bound, Claim, Fidelity, Kind, Source
from fa_theory.claims.procedure import Trials
from fa_theory.claims.procedures import Planned
from fa_theory.claims.procedures.frequency import Trial
from fa_theory.enclosure.certify import certify_run
from fa_theory.model.law import Law
from fa_theory.statistics.planner import plan

from ..shared.hypotheses import GAUSSIAN, SPHERE, met
from .certificates import attempted

LAW = Law("tanh", 4, 8, 64, eta=0.5)
WIDTHS = (16, 32, 64)
DELTA = 0.01
STEPS = 3000


def _certified(law: Law) -> Trial:
    def trial(p: int, rng: np.random.Generator) -> bool:
        return certify_run(replace(law, p=p).sample(rng), max_steps=STEPS).certified

    return trial


def _one_neuron(p: int, rng: np.random.Generator) -> bool:
    return _certified(LAW)(1, rng)


def _trials() -> Trials:
    """Quick: P ≥ 0.9 without failures; standard and thorough: the claim, with up to one and eight failures."""
    designs = [plan(delta, failures=k, widths=len(WIDTHS)) for delta, k in ((0.1, 0), (DELTA, 1), (DELTA, 8))]
    return Trials(*(design.trials for design in designs))


CERTIFIED = Planned(_certified(LAW), WIDTHS, _trials(), DELTA, "certified exponential decay")

convergence_probability = Claim(
    id="song2021.convergence-probability",
    title="Random networks converge exponentially with high probability",
    kind=Kind.THEOREM,
    bound=Bound.PROBABILITY,
    summary="At widths 16 to 64 (n=4, d=8, tanh), exponential decay for all time has probability ≥ 0.99 (quick: 0.9).",
    statement=r"""Let $n = 4$, $d = 8$, $\psi = \tanh$, $\eta = 0.5$. For each width $p \in \{16, 32, 64\}$, with
probability at least $1 - \delta = 0.99$ over data and initialisation, feedback alignment reaches within $3000$ steps a
state with a certificate, from which $\|e(t)\|_2$ decays exponentially for all later times.

The number of networks is planned in advance: if at most $k$ of $N$ fail at each of $m$ widths, with
$\sum_{j \le k} \binom Nj \delta^j (1-\delta)^{N-j} \le (1 - c)/m$, the probability is at least $1-\delta$ at all widths
jointly with confidence $c$ (here $99\,\%$; for $m = 1$ and $k = 0$, $N = 459$ networks suffice); Holm's correction is
at least as strong. \emph{A quick run uses fewer networks and tests $1-\delta = 0.9$ instead}; the standard and the
thorough budget test the statement itself.""",
    hypotheses=(GAUSSIAN, SPHERE),
    source=Source(
        "song2021",
        "Theorem 3.2",
        Fidelity.ADAPTED,
        "The probability is bounded from below by the frequency of certificates at fixed small widths, instead of "
        "asymptotically; a network that is not certified counts as a failure.",
    ),
    uses=("song2021.decay-certified",),
    probability=1 - DELTA,
    procedures=(CERTIFIED,),
    mutants=(
        CERTIFIED.elsewhere("one neuron", "the same probability at width 1", _one_neuron, 14),
        CERTIFIED.elsewhere("large steps", "the same probability for η = 8", _certified(replace(LAW, eta=8)), 14),
        CERTIFIED.stronger("more than the trials support", "failure probability 1e-4", 1e-4),
    ),
    degenerate=(
        attempted("n=1", Law("tanh", 1, 4, 16, eta=0.5), "one sample: certified", certified=True),
        attempted("b=0", LAW, "no feedback: G alone contracts, certified", certified=True, zero=("b",)),
        attempted("y=0", LAW, "zero targets: certified", certified=True, zero=("y",)),
        attempted("singular Gram", Law("linear", 4, 2, 20), "γ = 0 (linear, n > d): never certified", certified=False),
    ),
    witness=met(LAW),
)
