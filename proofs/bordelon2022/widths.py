"""How far networks of finite width are from the limit, after training on white data and at the start in depth."""

from __future__ import annotations

import numpy as np

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Predicted, Scaling
from fa_theory.model.ball import Array

from ..shared.exact import holds
from .white_data import RICH, WHITE

TARGETS = np.array([0.6, 0.8])
TIME, STEP, BATCH = 6.0, 0.2, 10
CASES = {"ρ = 0, γ₀ = ½": (0.0, 0.5), "ρ = 0, γ₀ = 3": (0.0, 3.0), "ρ = ½, γ₀ = 3": (0.5, 3.0)}


def rest(rho: float, richness: float) -> float:
    """The root of ``½a³ + (1 + ρ)a = γ₀``.

    Examples
    --------
    >>> round(rest(0.0, 1.5), 6)
    1.0
    """
    a = 0.0
    for _ in range(60):
        a -= (a**3 / 2 + (1 + rho) * a - richness) / (1.5 * a**2 + 1 + rho)
    return float(a)


def features(rho: float, richness: float, p: int, rng: np.random.Generator) -> Array:
    """``yᵀHy`` of a batch of networks of p hidden units after training by feedback alignment.

    The flow is integrated by the Runge–Kutta method of order 4.
    """
    h, w = rng.standard_normal((BATCH, 2, p)), rng.standard_normal((BATCH, 1, p))
    b = rho * w + np.sqrt(1 - rho**2) * rng.standard_normal((BATCH, 1, p))

    def flow(h: Array, w: Array) -> tuple[Array, Array]:
        E = richness * TARGETS[:, None] - h @ w.swapaxes(1, 2) / p
        return E * b, E.swapaxes(1, 2) @ h

    for _ in range(round(TIME / STEP)):
        k = [flow(h, w)]
        for share in (0.5, 0.5, 1.0):
            k.append(flow(h + share * STEP * k[-1][0], w + share * STEP * k[-1][1]))
        h = h + STEP / 6 * (k[0][0] + 2 * k[1][0] + 2 * k[2][0] + k[3][0])
        w = w + STEP / 6 * (k[0][1] + 2 * k[1][1] + 2 * k[2][1] + k[3][1])
    found: Array = np.mean((TARGETS @ h) ** 2, axis=1)
    return found


def _predicted(case: str) -> float:
    return 1 + rest(*CASES[case]) ** 2


_WIDE = Predicted(
    lambda case, rng: float(np.mean(features(*CASES[case], 400, rng))),
    "$y^\\top H y$",
    tuple(CASES),
    _predicted,
    Trials(10, 50, 200),
    tolerance=0.05,
)


def _at_rest(context: Context) -> CheckOutcome:
    found = float(np.mean(features(0.0, 0.0, 400, context.rng("still"))))
    return CheckOutcome(abs(found - 1) < 0.1, f"γ₀ = 0: the features are {found:.3f} after training, as at the start")


white_features = Claim(
    id="bordelon2022.white-data-features",
    title="Networks of 400 hidden units end with the features of infinite width",
    kind=Kind.THEOREM,
    bound=Bound.TIGHT,
    summary="Trained by feedback alignment at width 400, yᵀHy is 1 + a² on average, ½a³ + (1 + ρ)a = γ₀.",
    statement=r"""Two linear layers of 400 hidden units with standard normal weights learn by feedback alignment on
white data with $\|y\| = 1$, until time 6. On average over starts the features $y^\top H y$,
$H_{ij} = \tfrac1p h_i \cdot h_j$, are $1 + a^2$ up to $5\, \%$, with $\tfrac12 a^3 + (1 + \rho) a = \gamma_0$.""",
    hypotheses=(WHITE, RICH, Hypothesis("start", r"standard normal, $b = \rho w + \sqrt{1 - \rho^2}\, \xi$")),
    source=Source(
        "bordelon2022",
        "simulations of two-layer linear networks",
        Fidelity.ADAPTED,
        "With width, richness and tolerance of our choice; the flow by a Runge–Kutta method.",
        proved=False,
    ),
    procedures=(_WIDE,),
    mutants=(
        _WIDE.mutant("gradient descent", "features of gradient descent", lambda case: np.hypot(1.0, CASES[case][1])),
        _WIDE.mutant("lazy", "no change of the features", lambda case: 1.0),
    ),
    degenerate=(Check("γ₀=0", "no richness: the features stay", _at_rest),),
    witness=holds("non-vacuity", "a root", lambda draw: abs(rest(0.0, 1.5) - 1) < 1e-12, "γ₀ = 3/2, ρ = 0: a = 1"),
    uses=("bordelon2022.white-data-equation",),
)


def _error(p: int, rng: np.random.Generator) -> float:
    """Root mean square over a batch of the relative error of the limit."""
    return float(np.sqrt(np.mean((features(0.0, 3.0, p, rng) / _predicted("ρ = 0, γ₀ = 3") - 1) ** 2)))


_ERROR = Scaling(
    _error,
    "$y^\\top H y / (1 + a^2) - 1$",
    (25, 50, 100, 200, 400),
    Trials(20, 200, 1000),
    alpha=-0.5,
    tolerance=0.15,
)

width_error = Claim(
    id="bordelon2022.width-error",
    title="The squared error of the limit is of order 1/p at width p",
    kind=Kind.THEOREM,
    bound=Bound.SCALING,
    summary="After training on white data, the features differ from those of infinite width by order p^(−1/2).",
    statement=r"""Two linear layers with standard normal weights learn by feedback alignment with $\gamma_0 = 3$,
$\rho = 0$ on white data. The root mean square of $y^\top H y/(1 + a^2) - 1$ after training scales as $p^{-1/2}$, so the
squared error as $1/p$.""",
    hypotheses=(WHITE, RICH),
    source=Source(
        "bordelon2022",
        "error of the limit against width",
        Fidelity.ADAPTED,
        "For feedback alignment of two linear layers; the paper has deep networks and other rules as well.",
        proved=False,
    ),
    procedures=(_ERROR,),
    mutants=(_ERROR.mutant(-1.0), _ERROR.mutant(0.0)),
    degenerate=(Check("γ₀=0", "no richness: only the start differs from the limit", _at_rest),),
    witness=holds("non-vacuity", "a root", lambda draw: abs(rest(0.0, 1.5) - 1) < 1e-12, "γ₀ = 3/2, ρ = 0: a = 1"),
    uses=("bordelon2022.white-data-features",),
)


def _deep(p: int, rng: np.random.Generator, rho: float = 0.5) -> float:
    """Two ReLU layers, ρ = ½: the overlap of signals and gradients minus its mean, root mean square over feedback."""
    d = 10
    X = rng.standard_normal((2, d))
    V, W, w = rng.standard_normal((p, d)), rng.standard_normal((p, p)), rng.standard_normal(p)
    below = np.maximum(X @ V.T / np.sqrt(d), 0) * np.sqrt(2)
    z = below @ W.T / np.sqrt(p)

    def sent(A: Array, a: Array) -> Array:
        top = np.sqrt(2) * (z > 0) * a
        found: Array = np.sqrt(2) * (below > 0) * (top @ A) / np.sqrt(p)
        return found

    noise, g = np.sqrt(1 - rho**2), sent(W, w)
    gaps = []
    for _ in range(BATCH // 2):
        other = sent(rho * W + noise * rng.standard_normal((p, p)), rho * w + noise * rng.standard_normal(p))
        gaps.append(g[0] @ other[1] - rho**2 * g[0] @ g[1])
    return float(np.sqrt(np.mean(np.square(gaps))) / np.linalg.norm(g[0]) / np.linalg.norm(g[1]))


_FLUCTUATION = Scaling(
    _deep,
    "$(\\tilde G_{12} - \\rho^2 G_{12})/\\sqrt{G_{11} G_{22}}$",
    (50, 100, 200, 400),
    Trials(40, 200, 1000),
    alpha=-0.5,
    tolerance=0.15,
)


def _agreeing(context: Context) -> CheckOutcome:
    """ρ = 1 is backpropagation: nothing is left, up to rounding."""
    left = _deep(50, context.rng("agree"), 1.0)
    return CheckOutcome(left < 1e-12, f"ρ = 1: signals are gradients, and the difference is {left:.0e}")


def _fluctuates(context: Context) -> CheckOutcome:
    left = _deep(50, context.rng("fluctuates"))
    return CheckOutcome(0 < left < 1, f"50 units: a deviation of {left:.3f}")


kernel_fluctuation = Claim(
    id="bordelon2022.lazy-kernel-width",
    title="At the start the kernel is its mean over feedback, up to order p^(−1/2)",
    kind=Kind.THEOREM,
    bound=Bound.SCALING,
    summary="Two ReLU layers: signals meet gradients as ρ² times backpropagation, up to deviations of order p^(−1/2).",
    statement=r"""In a network of two ReLU layers of $p$ units with standard normal weights and $\rho = \tfrac12$, the
root mean square of $(\tilde G_{12} - \rho^2 G_{12})/\sqrt{G_{11} G_{22}}$ for two inputs, two layers below the output,
scales as $p^{-1/2}$.""",
    hypotheses=(Hypothesis("start", r"standard normal weights, $\tilde W = \rho W + \sqrt{1 - \rho^2}\, Z$"),),
    source=Source(
        "bordelon2022",
        "lazy limit",
        Fidelity.ADAPTED,
        "The rate of convergence, measured; the limit itself follows from the mean.",
        proved=False,
    ),
    procedures=(_FLUCTUATION,),
    mutants=(_FLUCTUATION.mutant(-1.0), _FLUCTUATION.mutant(0.0)),
    degenerate=(Check("ρ=1", "feedback through the weights", _agreeing),),
    witness=Check("non-vacuity", "a network whose signals deviate from their mean", _fluctuates),
    uses=("bordelon2022.lazy-kernel-mean",),
)
