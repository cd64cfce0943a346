"""The contraction of every step in Theorem 3.2: the widths at which it holds, and its failure at small width."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice, pairwise

import numpy as np

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Erratum, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import FrequencyByWidth, Refuted
from fa_theory.claims.procedures.frequency import judge_frequency
from fa_theory.enclosure.certify import growth_counterexample
from fa_theory.enclosure.reading import Certificate
from fa_theory.gram.definite import gamma
from fa_theory.model.activations import activation
from fa_theory.model.law import Law
from fa_theory.model.network import norm
from fa_theory.model.problem import Problem
from fa_theory.record.evidence import Result
from fa_theory.simulation.run import run

from ..shared.hypotheses import GAUSSIAN, SPHERE, met

STEP = Law("tanh", 12, 24, 1)
STEPS = 100


def _contracts(problem: Problem, share: float = 0.25) -> bool:
    """Whether every step of a run contracts by ``1 − share·ηγ``, until the error has fallen to a millionth."""
    factor = 1 - share * problem.eta * gamma(problem.X, problem.network.psi)
    errors = [norm(e) for _, e in islice(run(problem.network, problem.X, problem.y, eta=problem.eta), STEPS + 1)]
    return all(b <= factor * a for a, b in pairwise(errors) if a > 1e-6 * errors[0])


def _contraction(p: int, rng: np.random.Generator) -> bool:
    return _contracts(replace(STEP, p=p).sample(rng))


CONTRACTION_BY_WIDTH = FrequencyByWidth(
    _contraction,
    widths=(4, 8, 16, 32, 64, 256),
    from_width=64,
    trials=Trials(100, 400, 2000),
    delta=0.1,
    success="every step contracts by 1 − ηγ/4",
)


def _too_fast(context: Context) -> CheckOutcome:
    runs = [replace(STEP, p=256).sample(context.rng("too fast", i)) for i in range(20)]
    held = sum(_contracts(problem, share=4) for problem in runs)
    return CheckOutcome(
        judge_frequency(held, 20, 0.1, 0.99) is Result.CONTRADICTED, f"holds for {held} of 20 networks at p = 256"
    )


def _equal_samples(context: Context) -> CheckOutcome:
    X = STEP.sample(context.rng("equal")).X[[0, 0]]
    value = gamma(X, activation("tanh"))
    return CheckOutcome(value == 0, f"γ = {value:g}")


def _gamma_positive(context: Context) -> CheckOutcome:
    values = [gamma(STEP.sample(context.rng("gamma", i)).X, activation("tanh")) for i in range(20)]
    return CheckOutcome(
        min(values) > 0, f"γ > 0 for 20 of 20 data sets, between {min(values):.3f} and {max(values):.3f}"
    )


contraction_rate = Claim(
    id="song2021.contraction-rate",
    title="Every step contracts at the rate of the theorem, at sufficient width",
    kind=Kind.THEOREM,
    bound=Bound.PROBABILITY,
    summary="At widths 64 and 256 (n=12, d=24), every step contracts by 1 − ηγ/4 with probability at least 0.9.",
    statement=r"""Let $n = 12$, $d = 24$, $\psi = \tanh$, $\eta = 0.2$, $\gamma = \lambda_{\min}(\bar G)$. For each
width $p \in \{64, 256\}$, with probability at least $1 - \delta = 0.9$,
\[ \|e(t+1)\|_2 \le \Bigl(1 - \frac{\eta\gamma}{4}\Bigr) \|e(t)\|_2 \]
for all $t < 100$ (while $\|e(t)\|_2 > 10^{-6} \|e(0)\|_2$).""",
    hypotheses=(GAUSSIAN, SPHERE, Hypothesis("width", r"$p \ge 64$ (the paper: $p = \Omega(n^4 \log p / \gamma^4)$)")),
    source=Source(
        "song2021",
        "Theorem 3.2, equation for the error",
        Fidelity.ADAPTED,
        "By sampling, at fixed sizes, over finitely many steps, at widths far below the one that the theorem requires.",
    ),
    uses=("song2021.secant-kernel",),
    probability=1 - CONTRACTION_BY_WIDTH.delta,
    procedures=(CONTRACTION_BY_WIDTH,),
    mutants=(
        CONTRACTION_BY_WIDTH.mutant("any width", "the same probability also at widths 4 to 32", 4),
        Check(
            "rate of the infinite width",
            "every step contracts by 1 − 4ηγ, sixteen times the rate of the theorem",
            _too_fast,
        ),
    ),
    degenerate=(
        Check(
            "γ=0",
            "two equal samples: the factor is 1, and the claim only states that the error never grows",
            _equal_samples,
        ),
    ),
    witness=Check(
        "non-vacuity",
        "γ > 0 for unit data",
        _gamma_positive,
    ),
)


def _growth(p: int, rng: np.random.Generator) -> Certificate | None:
    """A certified step in which the error grows, so that no factor below 1 bounds it."""
    problem = replace(STEP, p=p).sample(rng)
    steps = islice(run(problem.network, problem.X, problem.y, eta=problem.eta), STEPS)
    for (state, before), (_, after) in pairwise(steps):
        if norm(after) > norm(before):
            return growth_counterexample(state, problem.X, problem.y, eta=problem.eta, factor=1.0)
    return None


def _no_counterexample(context: Context) -> CheckOutcome:
    problem = replace(STEP, p=256).sample(context.rng("wide"))
    document = growth_counterexample(problem.network, problem.X, problem.y, eta=problem.eta, factor=1.0)
    return CheckOutcome(document is None, "the checker accepts no such counterexample")


def _no_growth_at_zero(context: Context) -> CheckOutcome:
    problem = replace(STEP, p=8).sample(context.rng("zero"))
    still = replace(problem.network, beta=0 * problem.network.beta)
    document = growth_counterexample(still, problem.X, 0 * problem.y, eta=problem.eta, factor=1.0)
    return CheckOutcome(document is None, "e = 0 stays 0")


contraction_any_width = Claim(
    id="song2021.contraction-any-width",
    title="Every step contracts, at any width",
    kind=Kind.VARIANT,
    bound=Bound.UPPER,
    summary="The contraction by 1 − ηγ/4 without the hypothesis on the width.",
    statement=r"""For every network with Gaussian initialisation, at any width $p \ge 1$,
$\|e(t+1)\|_2 \le (1 - \eta\gamma/4) \|e(t)\|_2$ for all $t \ge 0$.""",
    hypotheses=(GAUSSIAN, SPHERE),
    source=Source(
        "song2021",
        "Theorem 3.2, without its hypothesis on the width",
        Fidelity.ADAPTED,
        "The hypothesis p = Ω(n⁴ log p/γ⁴) is dropped. The authors do not claim this; it shows why the width matters.",
        proved=False,
    ),
    uses=("song2021.secant-kernel",),
    procedures=(Refuted(_growth, (2, 4, 8, 16), Trials(50, 200, 1000), "the error grows in a step"),),
    mutants=(
        Check(
            "counterexample with contraction",
            "a contracting step of a wide network is a counterexample",
            _no_counterexample,
        ),
    ),
    degenerate=(Check("y=f", "zero error: nothing grows, so there is no counterexample", _no_growth_at_zero),),
    witness=met(replace(STEP, p=8)),
    erratum=Erratum("certified steps of narrow networks in which the error grows", "song2021.contraction-rate"),
)
