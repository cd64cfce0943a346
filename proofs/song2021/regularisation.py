"""The recursion of the error while the output weights are regularised."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from flint import arb

from fa_theory.checker.linalg import norm_below
from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Formalised, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Instance, Instances, Proved, wrong_proofs
from fa_theory.gram.definite import gamma_lower
from fa_theory.gram.number import matrix
from fa_theory.model.activations import ACTIVATIONS
from fa_theory.model.ball import Array, Ball, balls
from fa_theory.model.law import Law
from fa_theory.model.network import Network, norm

from ..shared.hypotheses import DYNAMICS
from .residuals import secant_kernels
from .theorems import regularised_decay

LAW = Law("erf", 3, 6, 150, eta=0.1)


def instance(network: Network, X: Array, y: Array, *, lam: float, drift: bool = True) -> Instance:
    """One step in balls: whether the hypothesis is met, and the margin of the conclusion.

    ``drift=False`` drops the term ``ηλ‖y‖`` from the conclusion.
    """
    gamma = gamma_lower(X, network.psi)
    state = Network(balls(network.W), balls(network.beta), balls(network.b), network.psi)
    X, y, eta = balls(X), balls(y), Ball(LAW.eta)
    G, H, after = secant_kernels(state, X, y, eta=eta, lam=Ball(lam))
    keep = 1 - eta * lam
    factor = 1 - eta * Ball(gamma) / 4 - eta * lam
    M = balls(np.eye(len(y))) * keep - eta * (G + keep * H)
    margin = factor * norm(state.error(X, y)) - norm(after.error(X, y))
    if drift:
        margin = margin + eta * lam * norm(y)
    applies = bool(gamma > 0) and norm_below(matrix(M), factor.arb)
    return Instance(margins=(margin,), applies=applies)


def trial(rng: np.random.Generator) -> Instance:
    problem = replace(LAW, activation=str(rng.choice(list(ACTIVATIONS)))).sample(rng)
    return instance(problem.network, problem.X, problem.y, lam=float(rng.choice([0.0, 0.01, 0.1, 1.0])))


STEPS = Instances(trial, Trials(20, 200, 1000), name="steps in ball arithmetic", block=10)


def _no_drift(context: Context) -> CheckOutcome:
    """From e = 0 the step leads to e⁺ = −ηλy, so the term with ‖y‖ cannot be dropped."""
    problem = LAW.sample(context.rng("no drift"))
    fitted = problem.network.output(problem.X)
    found = instance(problem.network, problem.X, fitted, lam=1.0, drift=False)
    return CheckOutcome(found.applies and found.violated(), f"from e = 0 the margin is {found.margins[0].midpoint:.4g}")


def _case(name: str, says: str, lam: float, *, feedback: int = 1, targets: int = 1) -> Check:
    def run(context: Context) -> CheckOutcome:
        problem = LAW.sample(context.rng(name))
        network, y = problem.network, problem.y
        if feedback != 1:
            network = Network(network.W, network.beta, feedback * network.b, network.psi)
        found = instance(network, problem.X, y * targets, lam=lam)
        return CheckOutcome(found.applies and found.shown(1.0), f"margin {found.margins[0].midpoint:.4g}")

    return Check(name, says, run)


def _singular(context: Context) -> CheckOutcome:
    problem = LAW.sample(context.rng("singular"))
    lower = gamma_lower(problem.X[[0, 0]], problem.network.psi)
    return CheckOutcome(not lower > arb(0), "γ = 0: the hypothesis requires γ > 0, so the claim does not apply")


def _met(context: Context) -> CheckOutcome:
    records = context.records(STEPS.name).values()
    applied, drawn = (sum(r[key] for r in records) for key in ("applied", "n"))
    return CheckOutcome(applied > 0, f"{applied} of {drawn} random steps satisfy the hypothesis")


regularised = Claim(
    id="song2021.regularised-recursion",
    title="The error under regularisation: contraction plus a drift towards −y",
    kind=Kind.LEMMA,
    bound=Bound.UPPER,
    summary="If the step matrix contracts, ‖e⁺‖ ≤ (1 − ηγ/4 − ηλ)‖e‖ + ηλ‖y‖, also iterated over any number of steps.",
    statement=r"""Let $\gamma > 0$ and
$\|(1-\eta\lambda) I - \eta [\tilde G + (1-\eta\lambda) \tilde H]\|_2 \le 1 - \tfrac{\eta\gamma}{4} - \eta\lambda$
at step $t$. Then
\[ \|e(t+1)\|_2 \le \Bigl(1 - \frac{\eta\gamma}{4} - \eta\lambda\Bigr) \|e(t)\|_2 + \eta\lambda \|y\|_2 . \]
If every step contracts in this way, iteration gives for constant $\lambda$, $q = 1 - \frac{\eta\gamma}{4} -
\eta\lambda$ and any $\kappa$ with $\lambda \|y\|_2 \le (\lambda + \frac\gamma4) \kappa$
\[ \|e(t)\|_2 \le q^t \|e(0)\|_2 + \kappa\, (1 - q^t), \]
and for any schedule $\lambda(t) \ge 0$
\[ \|e(t)\|_2 \le \Bigl(1 - \frac{\eta\gamma}{4}\Bigr)^t \|e(0)\|_2 + \eta \|y\|_2 \sum_{s<t} \lambda(s) . \]""",
    hypotheses=(
        DYNAMICS,
        Hypothesis(
            "contraction of the step",
            r"$\|(1-\eta\lambda) I - \eta [\tilde G + (1-\eta\lambda) \tilde H]\|_2 "
            r"\le 1-\tfrac{\eta\gamma}{4}-\eta\lambda$",
        ),
    ),
    source=Source(
        "song2021",
        "Theorem on convergence with regularisation",
        Fidelity.ADAPTED,
        "Deterministic: the high-probability event of the paper is a hypothesis here.",
    ),
    uses=("song2021.secant-kernel",),
    procedures=(
        Proved(regularised_decay.proof),
        Proved(regularised_decay.constant, name="proof for constant regularisation"),
        Proved(regularised_decay.schedule, name="proof for any schedule"),
        STEPS,
    ),
    mutants=(
        *wrong_proofs(regularised_decay.proof, *regularised_decay.MUTANTS),
        *wrong_proofs(regularised_decay.constant, *regularised_decay.MUTANTS_OF_CONSTANT),
        *wrong_proofs(regularised_decay.schedule, *regularised_decay.MUTANTS_OF_SCHEDULE),
        Check("no drift", "the term ηλ‖y‖ is dropped (concrete network)", _no_drift),
    ),
    degenerate=(
        _case("λ=0", "no regularisation: plain contraction", 0.0),
        _case("y=0", "zero targets: no drift", 0.1, targets=0),
        _case("b=0", "no feedback: H̃ = 0, and G̃ alone contracts", 0.1, feedback=0),
        Check("singular Gram", "two equal samples", _singular),
    ),
    witness=Check("non-vacuity", "random steps satisfy the hypothesis", _met),
    coq=Formalised(
        "regularised_recursion",
        "the iteration for constant λ, from the recursion of the norms: g is γ/4, a(t) is ‖e(t)‖ and Y is ‖y‖",
        whole=False,
    ),
)
