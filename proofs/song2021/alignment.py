"""Without regularisation, the output weights do not align with the feedback weights of a wide network."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Scaling
from fa_theory.model.law import Law
from fa_theory.model.network import alignment, norm
from fa_theory.model.problem import Problem
from fa_theory.simulation.run import run

from ..shared.hypotheses import GAUSSIAN, SPHERE, UNREGULARISED

LAW = Law("tanh", 4, 8, 1)
STEPS = 200


def final(problem: Problem) -> tuple[float, float]:
    """Alignment at the end of a run, and the remaining fraction of the error."""
    steps = run(problem.network, problem.X, problem.y, eta=problem.eta, schedule=problem.schedule)
    _, first = next(steps)
    end, last = next(islice(steps, STEPS - 1, None))
    return float(alignment(end.b, end.beta)), float(norm(last) / norm(first))


def unregularised(p: int, rng: np.random.Generator) -> float:
    return final(replace(LAW, p=p).sample(rng))[0]


EXPONENT = Scaling(
    unregularised,
    r"$\cos\angle(b, \beta(t))$",
    (100, 400, 1600),
    Trials(80, 400, 2000),
    alpha=-0.5,
    tolerance=0.15,
    at_most=True,
)


def _regularised(context: Context) -> CheckOutcome:
    """With λ > 0 for most of the run, the alignment does not vanish with width."""
    law = replace(LAW, lam=1.0, cutoff=STEPS - 50)
    means = [
        float(np.mean([final(replace(law, p=p).sample(context.rng("lam", p, i)))[0] for i in range(10)]))
        for p in (100, 1600)
    ]
    return CheckOutcome(
        means[1] > 0.5 * means[0] > 0.1, f"mean alignment {means[0]:.2f} at p=100, {means[1]:.2f} at p=1600"
    )


def _correlated(context: Context) -> CheckOutcome:
    """b = β(0): the weights are not independent, so they are aligned initially, at any width."""
    problem = replace(LAW, p=1600).sample(context.rng("correlated"))
    cosine, _ = final(replace(problem, network=replace(problem.network, b=problem.network.beta)))
    return CheckOutcome(abs(cosine) > 0.5, f"cos = {cosine:.2f} at p = 1600")


def _undefined(context: Context) -> CheckOutcome:
    problem = replace(LAW, p=50).sample(context.rng("b=0"))
    cosine, _ = final(replace(problem, network=replace(problem.network, b=0 * problem.network.b)))
    return CheckOutcome(bool(np.isnan(cosine)), "the cosine is undefined for b = 0")


def _single(context: Context) -> CheckOutcome:
    cosine, _ = final(replace(LAW, p=1).sample(context.rng("p=1")))
    return CheckOutcome(abs(abs(cosine) - 1) < 1e-12, f"cos = {cosine:+.0f}")


def _fitted(context: Context) -> CheckOutcome:
    left = [final(replace(LAW, p=400).sample(context.rng("fit", i)))[1] for i in range(20)]
    return CheckOutcome(
        max(left) < 0.5, f"after {STEPS} steps at most {max(left):.0%} of the error remains for 20 of 20 networks"
    )


alignment_vanishes = Claim(
    id="song2021.alignment-vanishes",
    title="Without regularisation the alignment vanishes with width",
    kind=Kind.THEOREM,
    bound=Bound.SCALING,
    summary="Without regularisation, cos∠(b, β(t)) of a trained network falls at least like p^(-1/2).",
    statement=r"""Without regularisation, $|\cos\angle(b, \beta(t))| = O_P(p^{-1/2})$ uniformly in $t$: the alignment of
the trained network vanishes as $p \to \infty$.""",
    hypotheses=(GAUSSIAN, SPHERE, UNREGULARISED),
    source=Source(
        "song2021",
        "Section 4, on the need for regularisation",
        Fidelity.ADAPTED,
        f"The root mean square of the cosine after {STEPS} steps, for n=4, d=8, tanh, at widths 100 to 1600; the "
        "exponent is only bounded from above, because the mean falls faster than the fluctuation.",
    ),
    uses=("song2021.gram-concentration",),
    procedures=(EXPONENT,),
    mutants=(
        Check("with regularisation", "the alignment also vanishes with width for λ = 1", _regularised),
        Check("correlated feedback", "the alignment vanishes even if b = β(0)", _correlated),
        EXPONENT.mutant(-1.0),
    ),
    degenerate=(
        Check("b=0", "the alignment is undefined", _undefined),
        Check("p=1", "a single neuron is always aligned or anti-aligned", _single),
    ),
    witness=Check("non-vacuity", "the networks are trained successfully", _fitted),
)
