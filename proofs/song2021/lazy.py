"""How far the weights move: explicit constants over √p, proved; the exponent −½ at moderate widths, refuted."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
from flint import arb, ctx

from fa_theory.checker.linalg import spectral_norm
from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Erratum, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Instance, Instances, Proved, Scaling, wrong_proofs
from fa_theory.enclosure.start import certify_from_start
from fa_theory.gram.apriori import supremum
from fa_theory.gram.number import matrix
from fa_theory.model.activations import activation
from fa_theory.model.ball import Ball, balls
from fa_theory.model.law import Law
from fa_theory.model.network import Network, norm
from fa_theory.model.problem import Problem
from fa_theory.model.rules import advance
from fa_theory.simulation.run import run

from ..shared.hypotheses import DYNAMICS, GAUSSIAN, SPHERE, UNREGULARISED, met
from . import tube_bounds
from .theorems import lazy

LAW = Law("tanh", 2, 4, 8, eta=0.5)
WIDTHS, ACTIVATIONS = (8, 32), ("tanh", "erf")


def instance(problem: Problem, *, max_steps: int = 100) -> Instance:
    """The margins of the bounds over the certified limits, for the certificate's rate and the K that it proves."""
    certificate = certify_from_start(problem, max_steps=max_steps).certificate
    if certificate is None:
        return Instance(applies=False)
    psi, X, eta, T = problem.network.psi, balls(problem.X), Ball(problem.eta), certificate["step"]
    start = problem.network
    state = Network(balls(start.W), balls(start.beta), balls(start.b), psi)
    said, limits = certificate["conclusions"], certificate["conclusions"]["limits"]
    q, overshoot, last = (Ball(float.fromhex(x)) for x in (certificate["rate"], said["overshoot"], said["error"]))
    # the smallest K‖e(0)‖ with ‖e(t)‖ ≤ K q^t ‖e(0)‖: from the enclosed steps, and from the certificate for t ≥ T
    level, power = arb(0), Ball(1)
    for _ in range(T):
        state, e = advance(state, X, balls(problem.y), eta=eta)
        level, power = level.max((Ball(norm(e)) / power).upper), power * q
    level = level.max((overshoot * last / power).upper)
    S = eta * Ball(level) / (1 - q)
    B, L = (Ball(supremum(psi, order)) for order in range(2))
    reach = L * Ball(spectral_norm(matrix(X))) * S / state.root_p
    moved = [Ball(float.fromhex(x)) for x in limits["movement_w"]["high"]]
    neurons = [abs(b) * reach - most for b, most in zip(state.b, moved, strict=True)]
    all_outputs = B * Ball(problem.n).sqrt() * S
    turned = Ball(float.fromhex(limits["total_beta"]["high"]))
    return Instance(margins=(*neurons, all_outputs - turned))


def _trial(rng: np.random.Generator) -> Instance:
    law = replace(LAW, p=int(rng.choice(WIDTHS)), activation=str(rng.choice(ACTIVATIONS)))
    return instance(law.sample(rng))


CERTIFIED = Instances(_trial, Trials(24, 120, 600), name="certified limits", bits=192, block=8)


def _tight(name: str, says: str, bound: str, factor: float, *, w: float, b: float = 1.0, p: int = 1) -> Check:
    """A mutant: a bound times a factor, refuted by equal neurons that nearly attain it."""

    def run_(context: Context) -> CheckOutcome:
        neurons = Network(balls([[w]] * p), balls([0.1] * p), balls([b] * p), activation("erf"))
        with ctx.workprec(128):
            found = [
                tube_bounds.margins(neurons, balls([[1.0]]), balls([-1.0]), eta=Ball(1e-3), steps=3, factor=factors)
                for factors in ({}, {bound: factor})
            ]
        right, wrong = (tube_bounds.holds(margins) for margins in found)
        return CheckOutcome(
            right and not wrong, f"p = {p}: the correct bound holds, and this one is certainly violated"
        )

    return Check(name, says, run_)


def _case(name: str, says: str, law: Law) -> Check:
    def run_(context: Context) -> CheckOutcome:
        with ctx.workprec(192):
            tried = (instance(law.sample(context.rng(name, i))) for i in range(10))
            found = next((each for each in tried if each.applies), Instance(applies=False))
        return CheckOutcome(found.applies and found.shown(1.0), f"{len(found.margins)} margins, none negative")

    return Check(name, says, run_)


def _still(name: str, says: str, zero: tuple[str, ...], key: str) -> Check:
    """Where a bound is 0, so is the certified limit, up to the width of its interval."""

    def run_(context: Context) -> CheckOutcome:
        problem = replace(LAW, p=32).sample(context.rng(name))
        for array in zero:
            getattr(problem if array == "y" else problem.network, array)[:] = 0
        outcome = certify_from_start(problem)
        if outcome.certificate is None:
            return CheckOutcome(False, outcome.reason)
        most = float.fromhex(outcome.certificate["conclusions"]["limits"][key]["high"])
        return CheckOutcome(most < 1e-12, f"the certified displacement is at most {most:.0e}")

    return Check(name, says, run_)


def _singular(context: Context) -> CheckOutcome:
    problem = LAW.sample(context.rng("singular"))
    found = instance(replace(problem, X=problem.X[[0, 0]]))
    return CheckOutcome(not found.applies, "no certificate, so no decay is proved and nothing is claimed")


def _met(context: Context) -> CheckOutcome:
    records = context.records(CERTIFIED.name).values()
    applied, drawn = (sum(r[key] for r in records) for key in ("applied", "n"))
    return CheckOutcome(applied > 0, f"{applied} of {drawn} networks are certified from the start within 100 steps")


lazy_drift = Claim(
    id="song2021.lazy-drift",
    title="Weights stay within an explicit constant over $\\sqrt p$ of their initial values",
    kind=Kind.THEOREM,
    bound=Bound.UPPER,
    summary="If the error decays exponentially, each weight stays within an explicit constant over √p for all time.",
    statement=r"""Let $|\psi| \le B$, $|\psi'| \le L$, $\lambda = 0$ and $\|e(t)\|_2 \le K q^t \|e(0)\|_2$ for all $t$,
with $0 \le q < 1$. Then for all $n, d, p$, $t$ and $r$
\[ \|w_r(t) - w_r(0)\|_2 \le \frac{|b_r|\, L\, \|X\|_2}{\sqrt p} \cdot \frac{\eta K \|e(0)\|_2}{1 - q}, \qquad
   |\beta_r(t) - \beta_r(0)| \le \frac{B \sqrt n}{\sqrt p} \cdot \frac{\eta K \|e(0)\|_2}{1 - q} . \]
If every step contracts by $1 - \eta\kappa\gamma$ (song2021.explicit-width), the last factor is
$\|e(0)\|_2/(\kappa\gamma)$: then the drift is at most $c/\sqrt p$ with
$c = |b_r| L \|X\|_2 \|e(0)\|_2/(\kappa\gamma)$ and $c = B\sqrt n \|e(0)\|_2/(\kappa\gamma)$; this is proved for any
rate $1 - \eta g$ with $g > 0$. The largest of $p$
Gaussian $|b_r|$ is about $\sqrt{2\log p}$, which is the logarithm in the paper's bound. On networks
certified from initialisation, the certified limits satisfy the bounds.""",
    hypotheses=(
        DYNAMICS,
        UNREGULARISED,
        Hypothesis("bounded activation", r"$|\psi| \le B$ and $|\psi'| \le L$ (the first only for $\beta$)"),
        Hypothesis("exponential decay", r"$\|e(t)\|_2 \le K q^t \|e(0)\|_2$ for all $t$, with $0 \le q < 1$"),
    ),
    source=Source(
        "song2021",
        "Theorem 3.2, bounds on the distance moved by the weights",
        Fidelity.ADAPTED,
        "Deterministic, with explicit constants, given exponential decay; the paper states orders in n, γ and log p.",
    ),
    uses=("song2021.explicit-width", "song2021.decay-from-start"),
    procedures=(
        Proved(lazy.proof, name="proof for neurons"),
        Proved(lazy.output_weights, name="proof for output weights"),
        Proved(lazy.contracting, name="proof for neurons under contraction"),
        Proved(lazy.output_weights_contracting, name="proof for output weights under contraction"),
        CERTIFIED,
    ),
    mutants=(
        *wrong_proofs(lazy.proof, *lazy.MUTANTS),
        *wrong_proofs(lazy.output_weights, *lazy.MUTANTS_OF_BETA),
        *wrong_proofs(lazy.contracting, *lazy.MUTANTS_CONTRACTING),
        *wrong_proofs(lazy.output_weights_contracting, *lazy.MUTANTS_OF_BETA_CONTRACTING),
        _tight("1/p for neurons", "the drift of a neuron is of order 1/p", "first layer", 0.5, w=0.01, p=4),
        _tight(
            "1/p for output weights",
            "the drift of an output weight is of order 1/p",
            "one output weight",
            0.5,
            w=3.0,
            p=4,
        ),
        _tight("no feedback weight", "the drift does not depend on |b_r|", "first layer", 1 / 3, w=0.01, b=3.0),
    ),
    degenerate=(
        _case("n=1", "one sample: holds", replace(LAW, n=1)),
        _case("p=1", "one neuron: holds", replace(LAW, n=1, p=1)),
        _still("b=0", "no feedback: the first layer does not move", ("b",), "total_w"),
        _still("y=f", "zero error: no weight changes", ("y", "beta"), "total_beta"),
        Check("singular Gram", "equal samples with different targets: the error does not decay", _singular),
    ),
    witness=Check("non-vacuity", "the error of some networks is proved to decay", _met),
)

NET = Law("tanh", 4, 8, 1, eta=0.5)
STEPS = 200


def _drift(p: int, rng: np.random.Generator) -> float:
    problem = replace(NET, p=p).sample(rng)
    end = next(islice(run(problem.network, problem.X, problem.y, eta=problem.eta), STEPS, None))[0]
    return float(np.linalg.norm(end.W - problem.network.W, axis=1).max())


DRIFT = r"$\max_r \|w_r(t) - w_r(0)\|_2$"
EXPONENT = Scaling(_drift, DRIFT, (16, 64, 256, 1024), Trials(40, 200, 1000), alpha=-0.5, name="exponent of the drift")


def _no_feedback(context: Context) -> CheckOutcome:
    problem = replace(NET, p=64).sample(context.rng("b=0"))
    still = replace(problem.network, b=0 * problem.network.b)
    end = next(islice(run(still, problem.X, problem.y, eta=problem.eta), STEPS, None))[0]
    return CheckOutcome(bool(np.all(end.W == still.W)), "the first layer does not change, so there is no exponent")


lazy_exponent = Claim(
    id="song2021.lazy-drift-exponent",
    title="The largest drift of a neuron falls like $p^{-1/2}$ at moderate widths: a literal reading",
    kind=Kind.READING,
    bound=Bound.SCALING,
    summary="The lazy drift read as a power law p^(-1/2) at widths 16 to 1024.",
    statement=r"""Let $n = 4$, $d = 8$, $\psi = \tanh$, $\eta = 0.5$. The root mean square of
$\max_r \|w_r(t) - w_r(0)\|_2$ after $200$ steps falls with exponent $-\tfrac{1}{2}$ (within $0.1$) at the widths
$p = 16, 64, 256, 1024$.""",
    hypotheses=(GAUSSIAN, SPHERE, UNREGULARISED),
    source=Source(
        "song2021",
        "Theorem 3.2, bounds on the distance moved by the weights",
        Fidelity.ADAPTED,
        "The order of the upper bound, without its logarithm, is read as the exponent at widths that can be simulated.",
        proved=False,
    ),
    procedures=(EXPONENT,),
    mutants=(EXPONENT.mutant(0.0), EXPONENT.mutant(-1.0)),
    degenerate=(Check("b=0", "no feedback: the first layer does not move", _no_feedback),),
    witness=met(replace(NET, p=64)),
    erratum=Erratum(
        "the exponent measured at these widths, nearer to −0.3: they are pre-asymptotic, as the largest of p feedback "
        "weights still grows like √log p",
        "song2021.lazy-drift",
    ),
)
