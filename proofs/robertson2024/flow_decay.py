"""Networks of any width with initially non-negative brackets: their error never grows along the flow."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, ctx

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Instance, Instances, Proved, wrong_proofs
from fa_theory.gram.definite import smallest_eigenvalue
from fa_theory.model.activations import activation
from fa_theory.model.ball import Array, Ball, balls
from fa_theory.model.network import Network
from fa_theory.model.problem import gaussian_network
from fa_theory.model.rules import step

from ..shared.hypotheses import FLOW, UNREGULARISED
from ..shared.instances import small
from .conservation import HOMOGENEITY, HOMOGENEOUS, brackets
from .theorems import aligned_flow as theorem


def with_brackets(network: Network, Q: Array) -> Network:
    """The same network with output weights such that ``b_rβ_r − ½‖w_r‖² = Q_r``."""
    return Network(network.W, (np.sum(network.W * network.W, axis=-1) / 2 + Q) / network.b, network.b, network.psi)


def data_floor(X: Array) -> Ball:
    """A proved lower bound of ``λ_min(XXᵀ)``, 0 if none is positive."""
    low, _ = smallest_eigenvalue(X @ X.T)
    return Ball(low if low > 0 else arb(0))


def instance(network: Network, X: Array, y: Array, *, rate: float = 1.0) -> Instance:
    """The rates of the brackets, which vanish, and the margins of the quadratic forms; ``rate`` is for mutants."""
    after, e = step(network, X, y, eta=Ball(1)), network.error(X, y)  # a step of size 1 adds the velocity
    W_rate, beta_rate = after.W - network.W, after.beta - network.beta
    feedback = e @ (network.feedback_gram(X) @ e)
    forms = [feedback, e @ (network.gram(X) @ e) + feedback]
    if network.psi.name == "linear":
        forms.append(forms[1] - rate * np.sum(brackets(network)) * data_floor(X) / network.p * (e @ e))
    return Instance(vanishes=tuple(network.b * beta_rate - np.sum(network.W * W_rate, axis=-1)), margins=tuple(forms))


def _trial(rng: np.random.Generator) -> Instance:
    network, X, y, _, _ = small(rng, str(rng.choice(HOMOGENEOUS)))
    return instance(with_brackets(network, balls(rng.exponential(size=network.p))), X, y)


def _case(name: str, says: str, **fixed: Any) -> Check:
    def run(context: Context) -> CheckOutcome:
        with ctx.workprec(128):
            network, X, y, _, _ = small(context.rng(name), "linear", **fixed)
            found = instance(with_brackets(network, balls(np.zeros(network.p))), X, y)
        return CheckOutcome(
            found.shown(1e-9), f"zero brackets: the smallest margin is {min(map(_mid, found.margins)):.3g}"
        )

    return Check(name, says, run)


def _mid(x: Ball) -> float:
    return x.midpoint


def _growing(name: str, says: str, Q: Callable[[Array], Array]) -> Check:
    """A mutant: with these brackets the error of some networks certainly grows."""

    def run(context: Context) -> CheckOutcome:
        grow = 0
        for i in range(20):
            with ctx.workprec(128):
                network, X, y, _, _ = small(context.rng(name, i), "relu")
                start = with_brackets(network, Q(network.W))
                e = start.error(X, y)
                grow += bool((e @ ((start.gram(X) + start.feedback_gram(X)) @ e)).arb < 0)
        return CheckOutcome(grow > 0, f"‖e‖ certainly grows initially for {grow} of 20 networks")

    return Check(name, says, run)


def _quarter(context: Context) -> CheckOutcome:
    """One linear neuron, x = b = 1: from ``bβ = ¼w²`` at w = 2 the flow, ``ẇ = −e``, leads to w = 0, where β = −1."""
    w, y = Fraction(2), Fraction(-10)
    Q = w**2 / 4 - w**2 / 2
    # for 0 ≤ w ≤ 2, e = (Q + w²/2)w − y ≥ −2|Q| − y, so w falls to 0 at no less than this speed
    speed = -2 * abs(Q) - y
    growth = -Q  # at w = 0: β = Q, G = 0 and H = β, so ė = −Q e
    return CheckOutcome(speed > 0 and growth > 0, f"w falls to 0 at a speed of at least {speed}; there ė = {growth} e")


def _fast(context: Context) -> CheckOutcome:
    """One neuron with a weight near 0 attains the rate to first order."""
    one = balls([[1.0]])
    with ctx.workprec(128):
        network = with_brackets(Network(one / 100, one[0], one[0], activation("linear")), balls([1.0]))
        right, wrong = (instance(network, one, balls([2.0]), rate=rate) for rate in (1.0, 1.1))
    return CheckOutcome(
        right.shown(1e-9) and wrong.violated(), "one neuron: the rate holds, 1.1 times the rate does not"
    )


def _no_feedback(context: Context) -> CheckOutcome:
    """With b = 0, a bracket is ≥ 0 only if W = 0; then no weight and no feature ever changes."""
    network, X, y, _, _ = small(context.rng("b=0"), "relu", zero=("b", "W"))
    after = step(network, X, y, eta=Ball(1))
    moved = [*(after.W - network.W).flat, *(after.beta - network.beta)]
    return CheckOutcome(all(x == 0 for x in moved), "W = b = 0: no weight changes and the error is constant")


def _met(context: Context) -> CheckOutcome:
    rng, psi = context.rng("Gaussian"), activation("relu")
    drawn = {p: [gaussian_network(rng, p, 1, psi) for _ in range(1000)] for p in (1, 4)}
    met = {p: sum(bool(np.all(brackets(network) >= 0)) for network in networks) for p, networks in drawn.items()}
    said = ", ".join(f"{count} of 1000 Gaussian networks at p = {p}, d = 1" for p, count in met.items())
    return CheckOutcome(met[1] > 0, f"satisfied by {said}, and by every network with b_r ≠ 0 for suitable β")


aligned_flow = Claim(
    id="robertson2024.aligned-flow",
    title="Initially non-negative brackets keep the flow aligned, at any width",
    kind=Kind.THEOREM,
    bound=Bound.UPPER,
    summary="If b_rβ_r ≥ ½‖w_r‖² initially, then H ⪰ 0 and the error never grows along the flow, at any width.",
    statement=r"""Let $\psi$ be 1-homogeneous and $b_r \beta_r(0) \ge \tfrac{1}{2} \|w_r(0)\|_2^2$ for all $r$. Along
the flow, for all $n, d, p$ and $t$: $b_r\beta_r(t) - \tfrac{1}{2}\|w_r(t)\|_2^2$ is constant, so
\[ b_r \beta_r(t) \ge 0, \qquad H(t) \succeq 0, \qquad \frac{d}{dt} \|e(t)\|_2 \le 0 . \]
For $\psi = \mathrm{id}$ it suffices that $C_0 = b\cdot\beta(0) - \tfrac{1}{2} \|W(0)\|_F^2 \ge 0$, and then
\[ \|e(t)\|_2 \le \exp\Bigl(-\frac{C_0\, \lambda_{\min}(XX^\top)}{p}\, t\Bigr) \|e(0)\|_2 . \]
Here $W$, $\beta$ and the features are differentiable in time, and the features obey the chain rule
$\frac{d}{dt} \psi(w_r\cdot x_i) = \psi'(w_r\cdot x_i)\, \frac{d}{dt}(w_r\cdot x_i)$. This holds for linear networks at
all times, and for ReLU networks until a pre-activation changes sign. The conclusions
$b_r\beta_r(t) \ge 0$ and $H(t) \succeq 0$ only need that $W$ and $\beta$ are differentiable.""",
    hypotheses=(
        FLOW,
        HOMOGENEITY,
        UNREGULARISED,
        Hypothesis("brackets", r"$b_r \beta_r(0) \ge \tfrac{1}{2} \|w_r(0)\|_2^2$ for all $r$ (linear: for the sum)"),
    ),
    source=Source("robertson2024", "Conservation law of the feedback-alignment flow", Fidelity.OURS, "A consequence."),
    uses=("song2021.error-flow", "robertson2024.neuron-bracket"),
    procedures=(
        Proved(theorem.bracket, name="proof for the brackets"),
        Proved(theorem.feedback, name="proof for the feedback kernel"),
        Proved(theorem.loss, name="proof for the rate of the loss"),
        Proved(theorem.monotone, name="proof for the error"),
        Proved(theorem.decay, name="proof for linear networks"),
        Instances(_trial, Trials(40, 400, 4000), name="rates in ball arithmetic"),
    ),
    mutants=(
        *wrong_proofs(theorem.bracket, *theorem.MUTANTS_OF_BRACKET),
        *wrong_proofs(theorem.feedback, *theorem.MUTANTS_OF_FEEDBACK),
        *wrong_proofs(theorem.loss, *theorem.MUTANTS_OF_LOSS),
        *wrong_proofs(theorem.decay, *theorem.MUTANTS_OF_DECAY),
        _growing(
            "sign flipped",
            "the error never grows if b_rβ_r ≤ −½‖w_r‖²",
            lambda W: -np.sum(W * W, axis=-1) - balls(np.ones(len(W))),
        ),
        _growing(
            "hypothesis dropped", "the error never grows for any brackets", lambda W: balls(np.full(len(W), -5.0))
        ),
        Check("¼ instead of ½", "b_rβ_r ≥ ¼‖w_r‖² initially suffices", _quarter),
        Check("faster", "decay at 1.1 times the rate", _fast),
    ),
    degenerate=(
        _case("n=1", "one sample: holds", n=1),
        _case("p=1", "one neuron: holds", p=1),
        _case("y=0", "zero targets: holds", zero=("y",)),
        _case("singular Gram", "all samples equal: the rate is 0, and the error does not grow", n=3, duplicate=True),
        Check("b=0", "no feedback: the hypothesis requires W = 0, which is a fixed point", _no_feedback),
    ),
    witness=Check("non-vacuity", "some networks satisfy the hypothesis", _met),
)
