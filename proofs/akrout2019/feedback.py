"""Feedback that learns: by the steps of the weights (Kolen & Pollack), or from noise (weight mirror)."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Instance, Instances, Proved, wrong_proofs
from fa_theory.model.activations import activation
from fa_theory.model.ball import Array, Ball, balls
from fa_theory.model.deep import DeepNetwork, DeepWeights, Learning, advance
from fa_theory.model.rules import Rule

from .theorems import kolen_pollack, mirror

TRIALS = Trials(20, 200, 2000)
WIDTHS = (2, 3, 2, 2)


def drawn(rng: np.random.Generator, widths: tuple[int, ...] = WIDTHS) -> DeepNetwork:
    """A random tanh network in balls, with feedback weights of its own."""
    shapes = [(out, into) for into, out in pairwise(widths)]
    W = tuple(balls(rng.standard_normal(shape)) for shape in shapes)
    B = tuple(balls(rng.standard_normal(shape)) for shape in shapes[1:])
    return DeepNetwork(DeepWeights(W, B), activation("tanh"))


def differences(network: DeepNetwork) -> list[Array]:
    """``B_l − W_l`` of the layers 2 to L."""
    weights = network.weights
    return [B - W for B, W in zip(weights.B, weights.W[1:], strict=True)]


def left_over(
    rng: np.random.Generator, *, steps: int = 2, lam: float | None = None, widths: tuple[int, ...] = WIDTHS
) -> Instance:
    """What ``κ^t (B(0) − W(0))`` leaves of the difference after some steps of the rule of the package."""
    network, n = drawn(rng, widths), 2
    X, y = balls(rng.standard_normal((n, widths[0]))), balls(rng.standard_normal((n, widths[-1])))
    eta = Ball(float(rng.uniform(0.01, 0.1)))
    kappa = 1 - eta * Ball(float(rng.uniform(0, 1)) if lam is None else lam)
    first = differences(network)
    for _ in range(steps):
        network, _ = advance(
            network, X, y, eta=eta, keep=(kappa,) * network.depth, learning=Learning(Rule.KOLEN_POLLACK)
        )
    now = differences(network)
    return Instance(vanishes=tuple(x for a, b in zip(now, first, strict=True) for x in (a - kappa**steps * b).flat))


def _degenerate(name: str, says: str, steps: int = 2, **fixed: object) -> Check:
    def run(context: Context) -> CheckOutcome:
        found = left_over(context.rng(name), steps=steps, **fixed)  # type: ignore[arg-type]
        return CheckOutcome(found.shown(1e-9), f"residual 0 within {found.radius():.0e}")

    return Check(name, says, run)


def _closer(context: Context) -> CheckOutcome:
    rng = context.rng("closer")
    network, X, y = drawn(rng), balls(rng.standard_normal((2, 2))), balls(rng.standard_normal((2, 2)))
    before = differences(network)[0]
    network, _ = advance(network, X, y, eta=Ball(0.1), keep=(Ball(0.5),) * 3, learning=Learning(Rule.KOLEN_POLLACK))
    after = differences(network)[0]
    smaller = all(abs(a) < abs(b) for a, b in zip(after.flat, before.flat, strict=True))
    return CheckOutcome(bool(smaller), "with κ = ½ every entry of B − W is halved in one step, and none is 0")


kolen = Claim(
    id="akrout2019.kolen-pollack",
    title="Feedback that takes the steps of the weights becomes equal to them",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="Kolen–Pollack: B(t) − W(t) = κᵗ(B(0) − W(0)), κ = 1 − ηλ, whatever the network learns from, at any depth.",
    statement=r"""If weights and feedback weights of a layer take the same steps and decay alike,
\[ W(t{+}1) = \kappa\, W(t) - \Delta(t), \qquad B(t{+}1) = \kappa\, B(t) - \Delta(t), \]
then for all $t$, all sizes, and all $\Delta$: any data, loss, batches and depth,
\[ B(t) - W(t) = \kappa^t\, \bigl(B(0) - W(0)\bigr) . \]
So with decay, $0 < \kappa < 1$, feedback and weights become equal exponentially; without it, $\kappa = 1$, they keep
their distance for ever.""",
    hypotheses=(Hypothesis("common steps", r"$W(t{+}1) = \kappa W(t) - \Delta(t)$, and the same for $B$"),),
    source=Source(
        "akrout2019",
        "the Kolen–Pollack algorithm",
        Fidelity.ADAPTED,
        "B stands for the transposed feedback weights. Stated for steps of any origin.",
    ),
    procedures=(
        Proved(kolen_pollack.difference),
        Instances(left_over, TRIALS, name="the rule of the package in ball arithmetic"),
    ),
    mutants=wrong_proofs(kolen_pollack.difference, *kolen_pollack.MUTANTS),
    degenerate=(
        _degenerate("λ=0", "no decay: the difference stays", lam=0.0),
        _degenerate("t=0", "no step", steps=0),
        _degenerate("L=2", "two layers", widths=(2, 3, 1)),
    ),
    witness=Check("non-vacuity", "a network in which B and W approach each other", _closer),
)


def _mean_over_signs(W: Array, eta: Ball, sigma: Ball) -> Array:
    """The mean step over all noise of signs, ``ξ ∈ {−1, 1}^p``, which has the same second moments as normal noise."""
    p = W.shape[1]
    total: Array = 0 * W
    for code in range(2**p):
        xi = balls([1.0 if code >> r & 1 else -1.0 for r in range(p)])
        total = total + (eta * sigma**2) * np.outer(W @ xi, xi)
    mean: Array = total / 2**p
    return mean


def _mirror(rng: np.random.Generator) -> Instance:
    W = balls(rng.standard_normal((int(rng.integers(1, 4)), int(rng.integers(1, 4)))))
    eta, sigma = (Ball(float(x)) for x in rng.uniform(0.1, 1, 2))
    return Instance(vanishes=tuple((_mean_over_signs(W, eta, sigma) - (eta * sigma**2) * W).flat))


def _no_noise(context: Context) -> CheckOutcome:
    W = balls(context.rng("σ=0").standard_normal((2, 2)))
    still = all(x == 0 for x in _mean_over_signs(W, Ball(1), Ball(0)).flat)
    return CheckOutcome(still, "σ = 0: nothing is learnt")


def _no_leak(context: Context) -> CheckOutcome:
    rng = context.rng("ρ=1")
    W, eta, sigma = balls(rng.standard_normal((2, 2))), Ball(0.1), Ball(2.0)
    found = Instance(vanishes=tuple((_mean_over_signs(W, eta, sigma) - (eta * sigma**2) * W).flat))
    return CheckOutcome(found.shown(1e-9), "ρ = 1: all is forgotten, and the mean is ησ²W after one step")


def _approaches(context: Context) -> CheckOutcome:
    W, m = balls([[1.0, -2.0]]), balls([[3.0, 3.0]])
    for _ in range(60):
        m = (m + W) / 2
    left = max(float(abs(x).upper) for x in (m - W).flat)
    return CheckOutcome(left < 1e-9, f"ρ = ησ² = ½: after 60 steps the mean feedback is W within {left:.0e}")


mirroring = Claim(
    id="akrout2019.weight-mirror",
    title="A weight mirror turns the feedback into a multiple of the weights, on average",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="Weight mirror: noise moves B by ησ²W on average; with a leak ρ the mean tends to (ησ²/ρ)W exponentially.",
    statement=r"""Let a layer answer noise $\sigma\xi$, $\xi$ standard normal, by $\sigma W\xi$, and let
$\Delta B = \eta\, (\sigma W \xi)(\sigma\xi)^\top$. Then for all sizes
\[ E\, \Delta B = \eta\sigma^2\, W . \]
With a leak, $B^+ = (1 - \rho) B + \Delta B$, fresh noise in every step and constant $W$, the mean $m(t) = E B(t)$ obeys
\[ \rho\, m(t) - \eta\sigma^2 W = (1 - \rho)^t\, \bigl(\rho\, m(0) - \eta\sigma^2 W\bigr) ; \]
so for $0 < \rho < 1$ it tends to $(\eta\sigma^2/\rho)\, W$.""",
    hypotheses=(
        Hypothesis("mirror mode", r"noise $\sigma\xi$ enters the layer, which answers by $\sigma W \xi$"),
        Hypothesis("constant weights", r"$W$ does not change meanwhile"),
    ),
    source=Source(
        "akrout2019",
        "the weight mirror",
        Fidelity.ADAPTED,
        "For linear units; the paper has nonlinear ones whose biases are set so that they are roughly linear. B stands "
        "for the transposed feedback weights. The leak and the closed form of the mean are ours.",
    ),
    procedures=(
        Proved(mirror.mean_step, name="proof of the mean step"),
        Proved(mirror.limit, name="proof of the mean feedback"),
        Instances(_mirror, TRIALS, name="means over noise of signs in ball arithmetic"),
    ),
    mutants=(
        *wrong_proofs(mirror.mean_step, *mirror.MUTANTS_OF_MEAN),
        *wrong_proofs(mirror.limit, *mirror.MUTANTS_OF_LIMIT),
    ),
    degenerate=(Check("σ=0", "no noise", _no_noise), Check("ρ=1", "a leak of everything", _no_leak)),
    witness=Check("non-vacuity", "a mean that tends to the weights", _approaches),
)
