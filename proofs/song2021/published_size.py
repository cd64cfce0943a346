"""Theorem 3.2 as a probability at the sizes of the paper's simulations, from the initial network on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fa_theory.claims.claim import Bound, Claim, Fidelity, Kind, Source
from fa_theory.claims.procedure import Trials
from fa_theory.claims.procedures import Planned, Rehearsed
from fa_theory.claims.procedures.frequency import Trial
from fa_theory.enclosure.start import certify_from_start
from fa_theory.model.law import Law
from fa_theory.statistics.planner import plan

from ..shared.hypotheses import GAUSSIAN, SPHERE, met
from .certificates import attempted

LAW = Law("tanh", 50, 150, 800)
SMALL = Law("tanh", 5, 15, 80)
DELTA = 0.01
STEPS = 10_000
TRIALS = Trials(4, 44, plan(DELTA).trials)


def of_width(law: Law, p: int) -> Law:
    """The law with n and d in the same proportion to p."""
    return replace(law, n=LAW.n * p // LAW.p, d=150 * p // LAW.p, p=p)


def _certified(law: Law, steps: int = STEPS) -> Trial:
    def trial(p: int, rng: np.random.Generator) -> bool:
        problem = of_width(law, p).sample(rng)
        return certify_from_start(problem, max_steps=steps, arithmetic="binary64").certified

    return trial


CERTIFIED = Rehearsed(
    _certified(LAW), (LAW.p,), TRIALS, DELTA, "certified exponential decay", block=1, rehearsal=SMALL.p
)
REHEARSAL = Planned(_certified(LAW), (SMALL.p,), TRIALS, DELTA, CERTIFIED.success, name=CERTIFIED.name, block=1)

convergence_at_published_size = Claim(
    id="song2021.convergence-at-published-size",
    title="Networks of the size of the published simulations converge exponentially",
    kind=Kind.THEOREM,
    bound=Bound.PROBABILITY,
    summary="At (n,d,p) = (50,150,800), tanh, the error decays for all time with probability ≥ 0.99 (thorough budget).",
    statement=r"""Let $n = 50$, $d = 150$, $p = 800$, $\psi = \tanh$, $\eta = 0.2$. With probability at least
$1 - \delta = 0.99$ over data and initialisation, feedback alignment in exact arithmetic from the initial weights
$(W(0), \beta(0))$ satisfies, for some $T \le 10^4$, $\kappa$ and $q < 1$ that a certificate names,
\[ \|e(T+t)\|_2 \le \kappa\, q^t\, \|e(T)\|_2 \qquad \text{for all } t \ge 0. \]

If all of $N = 459$ networks are certified, the probability is at least $0.99$ at $99\,\%$ confidence, as
$0.99^{459} < 0.01$. \emph{Only the thorough budget draws such networks; the others try the same with a tenth of
$n$, $d$ and $p$, which shows nothing about this claim.}""",
    hypotheses=(GAUSSIAN, SPHERE),
    source=Source(
        "song2021",
        "Theorem 3.2",
        Fidelity.ADAPTED,
        "The probability is bounded from below by the frequency of certificates at one size, that of the paper's "
        "simulations, instead of asymptotically; a network that is not certified counts as a failure.",
    ),
    uses=("song2021.decay-from-start",),
    probability=1 - DELTA,
    procedures=(CERTIFIED,),
    mutants=(
        REHEARSAL.elsewhere(
            "large steps", "the same for η = 8, at a tenth of the size", _certified(replace(LAW, eta=8)), 14
        ),
        REHEARSAL.elsewhere("few steps", "the same with T ≤ 20, at a tenth of the size", _certified(LAW, 20), 14),
        REHEARSAL.stronger("more than the trials support", "failure probability 1e-4 at a tenth of the size", 1e-4),
    ),
    degenerate=(
        attempted("n=1", Law("tanh", 1, 4, 16), "one sample: certified", certified=True, start=True),
        attempted("b=0", SMALL, "no feedback: G alone contracts, certified", certified=True, zero=("b",), start=True),
        attempted("y=0", SMALL, "zero targets: certified", certified=True, zero=("y",), start=True),
        attempted("singular Gram", Law("linear", 4, 2, 20), "γ = 0 (linear, n > d): never certified", certified=False),
    ),
    witness=met(SMALL),
)
