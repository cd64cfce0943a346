r"""Linear networks with a positive sum of brackets converge exponentially, in steps and at any width.

With ``C₀ = b·β(0) − ½‖W(0)‖²``, ``0 < κ ≤ λ_min(XXᵀ)``, ``Λ ≥ λ_max(XXᵀ)``, ``B = ‖b‖²``, ``E(t) = ‖e(t)‖²`` and

    R = 4 √(p Λ B E(0)) / (C₀ κ),    ω = (‖W(0)‖_F + R)²,
    η ≤ C₀² κ / (2 Λ B E(0)),        η ≤ p / (2 Λ (ω + C₀)),

`theorems.any_width` proves for all t that ``E(t) ≤ q^t E(0)`` with ``q = 1 − ηC₀κ/(2p)``, that ``b·β(t) ≥ C₀/2``, and
that ``‖W(t) − W(0)‖_F ≤ R``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import ctx

from fa_theory.checker.linalg import spectral_norm
from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Instance, Instances, Proved, wrong_proofs
from fa_theory.enclosure.certify import growth_counterexample
from fa_theory.gram.number import matrix
from fa_theory.model.activations import activation
from fa_theory.model.ball import Array, Ball, balls
from fa_theory.model.network import Network, norm
from fa_theory.model.rules import step

from ..shared.hypotheses import DYNAMICS, LINEAR, UNREGULARISED
from ..shared.instances import small
from .conservation import brackets
from .flow_decay import data_floor
from .theorems import any_width

RUN = 20


@dataclass(frozen=True)
class Constants:
    """C₀, κ, E(0), R, and the largest step size of the theorem."""

    C: Ball
    kappa: Ball
    E: Ball
    R: Ball
    eta: Ball


def constants(network: Network, X: Array, y: Array) -> Constants | None:
    """The constants for a network in balls, or None if it does not certainly meet the hypotheses."""
    e, b = network.error(X, y), network.b
    C, kappa, E, B, p = Ball(np.sum(brackets(network))), data_floor(X), Ball(e @ e), b @ b, network.p
    if not all(x.arb > 0 for x in (C, kappa, E)):
        return None
    top = Ball(spectral_norm(matrix(X @ X.T)))
    R = 4 * (p * top * B * E).root_of_square() / (C * kappa)
    reach = norm(network.W.ravel()) + R
    slow = p / (2 * top * (reach * reach + C))
    lossy = C * C * kappa / (2 * top * B * E)
    return Constants(C, kappa, E, R, Ball(slow.lower.min(lossy.lower)))


def instance(
    network: Network, X: Array, y: Array, *, length: int = RUN, rate: float = 1.0, larger: float = 1.0
) -> Instance:
    """The margin of each conclusion after every step of a run with the largest step size (times ``larger``)."""
    given = constants(network, X, y)
    if given is None:
        return Instance(applies=False)
    eta = given.eta * larger
    q = 1 - eta * given.C * given.kappa / (2 * network.p) * rate
    state, bound, margins = network, given.E, []
    for _ in range(length):
        state, bound = step(state, X, y, eta=eta), bound * q
        e = state.error(X, y)
        moved = norm((state.W - network.W).ravel())
        margins += [bound - e @ e, 2 * (state.b @ state.beta) - given.C, given.R - moved]
    return Instance(margins=tuple(margins))


def start(rng: np.random.Generator, excess: float, **fixed: Any) -> tuple[Network, Array, Array]:
    """A small linear network with no more samples than inputs, and ``C₀ = excess``."""
    n = int(fixed.pop("n", rng.integers(1, 4)))
    network, X, y, _, _ = small(rng, "linear", n=n, d=n + int(rng.integers(0, 3)), **fixed)
    share = (np.sum(network.W * network.W) / 2 + excess) / (network.b @ network.b)
    return Network(network.W, share * network.b, network.b, network.psi), X, y


def _trial(rng: np.random.Generator) -> Instance:
    return instance(*start(rng, float(rng.uniform(0.5, 5))))


RUNS = Instances(_trial, Trials(30, 300, 3000), name="runs in ball arithmetic", block=10)


def _neuron(*, rate: float = 1.0, larger: float = 1.0) -> tuple[Instance, Instance]:
    """One neuron with a weight near 0: the correct conclusions and wrong ones."""
    one = balls([[1.0]])
    network = Network(one / 100, one[0], one[0], activation("linear"))
    with ctx.workprec(128):
        return instance(network, one, one[0]), instance(network, one, one[0], rate=rate, larger=larger)


def _too_fast(context: Context) -> CheckOutcome:
    right, wrong = _neuron(rate=5.0)
    return CheckOutcome(right.shown(1.0) and wrong.violated(), "one neuron: the rate holds, 5 times the rate does not")


def _too_large(context: Context) -> CheckOutcome:
    right, wrong = _neuron(larger=100.0)
    return CheckOutcome(right.shown(1.0) and wrong.violated(), "one neuron: the step size holds, 100 times it does not")


def _growing(context: Context) -> CheckOutcome:
    """``b·β = −½‖W‖² − 1``: the bound on η does not matter, the error grows in steps of any size."""
    rng = context.rng("growing")
    W, b, X, y = rng.standard_normal((4, 3)) / 10, rng.standard_normal(4), np.eye(3), rng.standard_normal(3)
    beta = -b * (np.sum(W**2) / 2 + 1) / (b @ b)
    network = Network(W, beta, b, activation("linear"))
    found = [growth_counterexample(network, X, y, eta=eta, factor=1.0) for eta in (1e-3, 1e-1)]
    return CheckOutcome(None not in found, "growth at η = 0.001 and η = 0.1, accepted by the checker")


def _case(name: str, says: str, **fixed: Any) -> Check:
    def run(context: Context) -> CheckOutcome:
        with ctx.workprec(128):
            found = instance(*start(context.rng(name), 1.0, **fixed))
        return CheckOutcome(found.applies and found.shown(1.0), f"{len(found.margins)} margins, none negative")

    return Check(name, says, run)


def _nothing(name: str, says: str, **fixed: Any) -> Check:
    def run(context: Context) -> CheckOutcome:
        with ctx.workprec(128):
            network, X, y, _, _ = small(context.rng(name), "linear", **fixed)
            found = instance(network, X, y)
        return CheckOutcome(not found.applies, "the hypotheses are not met")

    return Check(name, says, run)


def _fitted(context: Context) -> CheckOutcome:
    with ctx.workprec(128):
        network, X, _ = start(context.rng("fitted"), 1.0)
        after = step(network, X, network.output(X), eta=Ball(1))
        moved = [*(after.W - network.W).flat, *(after.beta - network.beta)]
    return CheckOutcome(all(x.contains(0) for x in moved), "E(0) = 0: no weight changes")


def _met(context: Context) -> CheckOutcome:
    records = context.records(RUNS.name).values()
    applied, drawn = (sum(r[key] for r in records) for key in ("applied", "n"))
    return CheckOutcome(applied > 0, f"{applied} of {drawn} networks with C₀ > 0 satisfy the hypotheses")


linear_any_width = Claim(
    id="robertson2024.linear-any-width",
    title="Linear networks with a positive bracket converge exponentially, at any width",
    kind=Kind.THEOREM,
    bound=Bound.UPPER,
    summary="If b·β > ½‖W‖² initially, the error of a linear network decays exponentially in small steps at any width.",
    statement=r"""Let $\psi = \mathrm{id}$, $C_0 = b\cdot\beta(0) - \tfrac{1}{2}\|W(0)\|_F^2 > 0$,
$0 < \kappa \le \lambda_{\min}(XX^\top)$, $\Lambda \ge \lambda_{\max}(XX^\top)$ and
\[ R \ge \frac{4 \sqrt{p\Lambda}\, \|b\|_2\, \|e(0)\|_2}{C_0\, \kappa}, \qquad
   2\eta \Lambda \|b\|_2^2 \|e(0)\|_2^2 \le C_0^2\, \kappa, \qquad
   2\eta \Lambda \bigl((\|W(0)\|_F + R)^2 + C_0\bigr) \le p . \]
Then, at any width $p$ and for all $t$,
\[ \|e(t)\|_2^2 \le \Bigl(1 - \frac{\eta\, C_0\, \kappa}{2p}\Bigr)^t \|e(0)\|_2^2, \qquad
   b\cdot\beta(t) \ge \tfrac{1}{2} C_0, \qquad \|W(t) - W(0)\|_F \le R . \]""",
    hypotheses=(
        DYNAMICS,
        LINEAR,
        UNREGULARISED,
        Hypothesis("bracket", r"$b\cdot\beta(0) > \tfrac{1}{2} \|W(0)\|_F^2$"),
        Hypothesis("independent samples", r"$\lambda_{\min}(XX^\top) > 0$"),
        Hypothesis("signs", r"$\eta \ge 0$ and $R \ge 0$"),
    ),
    source=Source(
        "robertson2024",
        "Conservation law of the feedback-alignment flow",
        Fidelity.OURS,
        "In steps of finite size the conserved quantity decreases by an exact amount, which gives convergence.",
    ),
    uses=("robertson2024.neuron-bracket",),
    procedures=(
        Proved(any_width.decay, name="proof of the decay"),
        Proved(any_width.alignment, name="proof of the alignment"),
        Proved(any_width.distance, name="proof of the distance"),
        Proved(any_width.loss, name="proof of the decrease in a step"),
        Proved(any_width.error, name="proof of the error after a step"),
        RUNS,
    ),
    mutants=(
        *wrong_proofs(any_width.decay, *any_width.MUTANTS_OF_DECAY),
        *wrong_proofs(any_width.alignment, *any_width.MUTANTS_OF_ALIGNMENT),
        *wrong_proofs(any_width.distance, *any_width.MUTANTS_OF_DISTANCE),
        *wrong_proofs(any_width.loss, *any_width.MUTANTS_OF_LOSS),
        *wrong_proofs(any_width.error, *any_width.MUTANTS_OF_STEP),
        Check("bracket below 0", "convergence without the hypothesis on the bracket", _growing),
        Check("five times the rate", "a factor of 1 − 5ηC₀κ/(2p) per step", _too_fast),
        Check("large steps", "a hundred times the step size", _too_large),
    ),
    degenerate=(
        _case("n=1", "one sample: holds", n=1),
        _case("p=1", "one neuron: holds", p=1),
        _case("y=0", "zero targets: holds", zero=("y",)),
        Check("y=f", "zero error: any step size is allowed, and no weight changes", _fitted),
        _nothing("b=0", "no feedback: C₀ ≤ 0, the theorem does not apply", zero=("b",)),
        _nothing("singular Gram", "all samples equal: κ = 0, the theorem does not apply", n=3, duplicate=True),
    ),
    witness=Check("non-vacuity", "some networks satisfy the hypotheses", _met),
)
