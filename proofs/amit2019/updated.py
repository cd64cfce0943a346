"""Feedback that takes the steps of the last weights, in a linear chain."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Instance, Instances, Proved, wrong_proofs
from fa_theory.model.ball import Array, Ball

from ..shared.exact import Draw, vanishes
from .theorems import updated

CHAIN = Hypothesis(
    "linear chain",
    r"one weight in each layer, white inputs: $\dot A = R E$, $\dot W = E A$ with $E = T - W A$",
)
CHANGES = "Stated from the abstract, for one weight in each layer. "


def _drift(draw: Draw, *, silent: bool = False, same: bool = False) -> Array:
    """What a small step changes of ``A² − R²``, beyond second order."""
    A, R, E, eta = *draw(3), Fraction(1, 64)
    E, R = Fraction(0) if silent else E, A if same else R
    after = (A + eta * R * E) ** 2 - (R + eta * E * A) ** 2
    return np.array([after - (A**2 - R**2) * (1 - eta**2 * E**2)])


conserves = Claim(
    id="amit2019.updated-conserves",
    title="What updated feedback conserves in a linear chain",
    kind=Kind.LEMMA,
    bound=Bound.IDENTITY,
    summary="Feedback R that takes the steps of W conserves A² − R², as backpropagation conserves A² − W².",
    statement=r"""Along $\dot A = R E$, $\dot R = E A$, for any error $E(t)$: $A(t)^2 - R(t)^2 = A(0)^2 - R(0)^2$. Since
$\dot W = E A$, too, $R - W$ is conserved as well. So from zero weights and $R(0) = r$,
\[ R = W + r, \qquad A^2 = (W + r)^2 - r^2 . \]""",
    hypotheses=(CHAIN, Hypothesis("updated feedback", r"$\dot R = E A$")),
    source=Source(
        "amit2019", "analysis of updated random feedback", Fidelity.ADAPTED, f"{CHANGES}The invariant is ours."
    ),
    procedures=(Proved(updated.kept),),
    mutants=wrong_proofs(updated.kept, *updated.MUTANTS_OF_KEPT),
    degenerate=(
        vanishes("E=0", "no error", lambda draw: _drift(draw, silent=True)),
        vanishes("A=R", "a number that is 0", lambda draw: _drift(draw, same=True)),
    ),
    witness=vanishes("non-vacuity", "a step drawn at random changes it in second order only", _drift),
)


def _instance(rng: np.random.Generator, *, r: float | None = None) -> Instance:
    """Both chains at the error ``T − w a``, from zero; in balls, as roots are irrational."""
    feedback, w = Ball(float(rng.uniform(0.1, 2)) if r is None else r), Ball(float(rng.uniform(0.1, 2)))
    a = ((feedback + w) ** 2 - feedback**2).sqrt()
    # A³ = 2r w a, W = A²/(2r)
    A = ((2 * feedback * w * a).log() / 3).exp()
    W = A**2 / (2 * feedback)
    slow, fast = A**2 + feedback * W, a**2 + (feedback + w) * w
    gap = w**4 * (9 * feedback + 4 * w) ** 2
    return Instance(vanishes=(W * A - w * a, 2 * (fast**3 - slow**3) - gap), margins=(fast - slow,))


def _faster(context: Context) -> CheckOutcome:
    found = _instance(context.rng("faster"), r=1.0)
    return CheckOutcome(found.shown(1e-9), "updated feedback is faster, in balls")


def _zero(draw: Draw) -> Array:
    r, w = draw(2)
    w, a, W, A = 0 * w, Fraction(0), Fraction(0), Fraction(0)
    fast, slow = a**2 + (r + w) * w, A**2 + r * W
    return np.array([2 * (fast**3 - slow**3) - w**4 * (9 * r + 4 * w) ** 2])


faster = Claim(
    id="amit2019.faster-at-equal-error",
    title="Updated feedback is faster than fixed feedback, whenever both have the same error",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="Linear chain from zero, at equal errors: 2(λ³ − λ₀³) = w⁴(9r + 4w)² for the rates of decay, so λ ≥ λ₀.",
    statement=r"""Two linear chains start from zero weights with feedback $r$. In one, with weights $A$, $W$, it
stays; in the other, with weights $a$, $w$, it takes the steps of the last weight. The error decays at the rates
$\lambda_0 = A^2 + rW$ and $\lambda = a^2 + (r + w)w$. When both have the same error, $WA = wa$,
\[ 2\,(\lambda^3 - \lambda_0^3) = w^4 (9r + 4w)^2 \ge 0 . \]
So $\lambda \ge \lambda_0$ at every level of the error. (For $r > 0$ it follows, by comparison of the two equations
$\dot E = -\lambda E$, that the error of the second chain is never the larger one; the proof ends before.)""",
    hypotheses=(
        CHAIN,
        Hypothesis("zero weights", r"$A^2 = 2rW$ and $a^2 = (r + w)^2 - r^2$, which both flows conserve from zero"),
        Hypothesis("equal errors", r"$WA = wa$"),
    ),
    source=Source(
        "amit2019",
        "convergence is accelerated by the update of the feedback",
        Fidelity.ADAPTED,
        f"{CHANGES}The exact gap of the rates is ours. What both conserve is proved in the claims it uses.",
    ),
    uses=("amit2019.updated-conserves", "lillicrap2016.conserved-bracket"),
    procedures=(Proved(updated.rates), Instances(_instance, Trials(20, 100, 1000), name="chains in ball arithmetic")),
    mutants=wrong_proofs(updated.rates, *updated.MUTANTS_OF_RATES),
    degenerate=(vanishes("w=0", "nothing has been learnt", _zero),),
    witness=Check("non-vacuity", "two chains with r = 1", _faster),
)
