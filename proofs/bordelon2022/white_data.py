"""Two linear layers on white data: feedback alignment, gradient descent and Hebb."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fa_theory.claims.claim import Bound, Claim, Hypothesis, Kind
from fa_theory.claims.procedures import Proved, wrong_proofs
from fa_theory.model.ball import Array

from ..shared.exact import Draw, holds, vanishes
from .rules import source
from .theorems import roots, whitened

WHITE = Hypothesis(
    "white data", r"$x_i \cdot x_j = \delta_{ij}$; $h_i$ are the hidden units of sample $i$, $p$ of them"
)
RICH = Hypothesis(
    "mean-field scaling", r"$\gamma_0 f_i = \tfrac1p w \cdot h_i$, $E = \gamma_0 (y - f)$; $\gamma_0$ is the richness"
)
HALF = Fraction(1, 2)


def _left(draw: Draw, *, zero: bool = False, silent: bool = False) -> Array:
    """What the formulas leave after the hidden units have moved by a, all three of them."""
    h0, w0, b, a, Y = draw(2, 3), draw(3), draw(3), draw(2), draw(2)
    if zero:
        a = 0 * a
    if silent:
        b = 0 * b
    h, w, p = h0 + np.outer(a, b), w0 + a @ h0 + HALF * (a @ a) * b, 3
    S, Q, R, T, B = h0 @ w0 / p, h0 @ h0.T / p, w0 @ b / p, h0 @ b / p, b @ b / p
    rate = Y - h @ w / p
    closed = Y - S - R * a - Q @ a - (a @ T) * a - HALF * (a @ a) * (T + B * a)
    features = h @ h.T / p - (Q + np.outer(a, T) + np.outer(T, a) + B * np.outer(a, a))
    signals = w @ b / p - (R + a @ T + HALF * (a @ a) * B)
    return np.concatenate([rate - closed, np.ravel(features), [signals]])


feedback_alignment = Claim(
    id="bordelon2022.white-data-equation",
    title="On white data, feedback alignment moves each sample along the feedback, by one number",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="White data, wide linear layers: a' = γ₀y − (1 + ρ)a − ½‖a‖²a, features 1 + a², signals ρ + ½a².",
    statement=r"""Along $\dot h_i = E_i b$, $\dot w = \sum_i E_i h_i$, at every width $p$, with $\dot a_i = E_i$ from 0,
$h_i = h_i(0) + a_i b$ and $w = w(0) + \sum_j a_j h_j(0) + \tfrac12 \|a\|^2 b$. So with the overlaps at the start
$S_i = \tfrac1p w \cdot h_i$, $Q_{ij} = \tfrac1p h_i \cdot h_j$, $R = \tfrac1p w \cdot b$,
$T_i = \tfrac1p h_i \cdot b$ and $B = \tfrac1p \|b\|^2$,
\[ \dot a_i = \gamma_0 y_i - S_i - R a_i - (Qa)_i - \langle a, T\rangle a_i - \tfrac12 \|a\|^2 (T_i + B a_i) , \]
\[ \tfrac1p h_i \cdot h_j = Q_{ij} + a_i T_j + a_j T_i + B a_i a_j , \qquad
   \tfrac1p w \cdot b = R + \langle a, T\rangle + \tfrac12 B \|a\|^2 . \]
At infinite width $S = T = 0$, $Q = I$, $B = 1$, $R = \rho$: $\dot a = \gamma_0 y - (1 + \rho) a - \tfrac12 \|a\|^2 a$,
features $I + aa^\top$, signals $\rho + \tfrac12 \|a\|^2$.""",
    hypotheses=(WHITE, RICH),
    source=source(
        "two-layer linear networks", "Exact at every width, for several samples; the limit is as in the paper."
    ),
    procedures=(
        Proved(whitened.closed, name="proof of the closed equation"),
        Proved(whitened.features, name="proof for the features"),
        Proved(whitened.signals, name="proof for the signals"),
    ),
    mutants=(
        *wrong_proofs(whitened.closed, *whitened.MUTANTS_OF_CLOSED),
        *wrong_proofs(whitened.features, *whitened.MUTANTS_OF_FEATURES),
        *wrong_proofs(whitened.signals, *whitened.MUTANTS_OF_SIGNALS),
    ),
    degenerate=(
        vanishes("a=0", "at the start", lambda draw: _left(draw, zero=True)),
        vanishes("b=0", "no feedback: the hidden units rest", lambda draw: _left(draw, silent=True)),
    ),
    witness=vanishes("non-vacuity", "three hidden units and two samples, moved by a", _left),
    uses=("bordelon2022.effective-kernel",),
)


def _gradient_left(draw: Draw, *, units: int = 3, silent: bool = False) -> Array:
    """The rate of the number, in exact numbers."""
    h, w, e = draw(units), draw(units), draw(1)[0]
    e = 0 * e if silent else e
    of_h, of_w = e * w, e * h
    of_sizes = 2 * (h @ of_h + w @ of_w)
    return np.array([2 * (h @ h + w @ w) * of_sizes - 8 * (w @ h) * (of_w @ h + w @ of_h)])


def _balanced(draw: Draw) -> bool:
    """In exact numbers: w = (1, 0), h = (0, 1) pushed along the other; (h + w) and (h − w) grow and shrink alike."""
    c, s = Fraction(5, 4), Fraction(3, 4)  # cosh and sinh of the summed error
    h, w = np.array([s, c]), np.array([c, s])
    return bool((h @ h + w @ w) ** 2 - 4 * (w @ h) ** 2 == 4)


gradient_descent = Claim(
    id="bordelon2022.gradient-features",
    title="On white data, gradient descent changes the features as √(1 + γ₀²f²)",
    kind=Kind.LEMMA,
    bound=Bound.IDENTITY,
    summary="One sample: (‖h‖² + ‖w‖²)² − 4(w·h)² is conserved, so features are √(1 + γ₀²f²) from a start of size 1.",
    statement=r"""Along $\dot h = E w$, $\dot w = E h$, for one sample, any width and any errors
\[ (\|h\|^2 + \|w\|^2)^2 - 4\, (w \cdot h)^2 \]
is conserved. As $\|h\|^2 - \|w\|^2$ is too, features and read-out of size $p$ at the start with $w \cdot h = 0$ have
$\tfrac1p \|h\|^2 = \sqrt{1 + (\gamma_0 f)^2}$: they grow as $\gamma_0 y$ in the rich regime, where feedback alignment
has the power $\tfrac23$.""",
    hypotheses=(WHITE, RICH, Hypothesis("one sample", r"$n = 1$, the direction of the targets")),
    source=source("comparison with gradient descent", "As a conserved number, at every width."),
    procedures=(Proved(whitened.gradient),),
    mutants=wrong_proofs(whitened.gradient, *whitened.MUTANTS_OF_GRADIENT),
    degenerate=(
        vanishes("p=1", "a single hidden unit", lambda draw: _gradient_left(draw, units=1)),
        vanishes("E=0", "no error: nothing moves", lambda draw: _gradient_left(draw, silent=True)),
    ),
    witness=holds("non-vacuity", "a flow in closed form", _balanced, "hyperbolic functions 5/4 and 3/4: still 4"),
)


def _rest(a: Fraction, kappa: Fraction) -> Fraction:
    return HALF * a**3 + kappa * a


def _scales(draw: Draw) -> bool:
    """Both bounds at a = 1, κ = 2: Y = 5/2."""
    a, k = Fraction(1), Fraction(2)
    Y = _rest(a, k)
    return bool(2 * k**3 * (Y - k * a) <= Y**3 and (2 * Y - a**3) ** 3 <= 16 * k**3 * Y)


feature_scaling = Claim(
    id="bordelon2022.feature-scaling",
    title="Features change as γ₀² at small richness, and as its power ⅔ at large",
    kind=Kind.THEOREM,
    bound=Bound.TIGHT,
    summary="Features change by a²; with κ = 1 + ρ, Y = γ₀y: a = Y/κ up to Y³/(2κ⁴), a³ = 2Y up to κ(16Y)^(1/3).",
    statement=r"""Let $a \ge 0$ be at rest, $\tfrac12 a^3 + \kappa a = Y$ with $\kappa = 1 + \rho \ge 0$ and
$Y = \gamma_0 y$. Then
\[ 0 \le 2\kappa^3 (Y - \kappa a) \le Y^3 , \qquad 0 \le (2Y - a^3)^3 \le 16\, \kappa^3\, Y . \]
So the change $a^2$ of the features is $(\gamma_0 y/\kappa)^2$ for $\gamma_0 \to 0$ and $(2\gamma_0 y)^{2/3}$ for
$\gamma_0 \to \infty$.""",
    hypotheses=(Hypothesis("rest", r"$\tfrac12 a^3 + (1+\rho) a = \gamma_0 y$, $a \ge 0$, $\rho \ge -1$"),),
    source=source("scaling of feature learning", "With both errors as explicit bounds."),
    procedures=(
        Proved(roots.lazy, name="proof at small richness"),
        Proved(roots.rich, name="proof at large richness"),
    ),
    mutants=(
        *wrong_proofs(roots.lazy, *roots.MUTANTS_OF_LAZY),
        *wrong_proofs(roots.rich, *roots.MUTANTS_OF_RICH),
    ),
    degenerate=(
        holds("Y=0", "no targets: a = 0", lambda draw: _rest(Fraction(0), Fraction(2)) == 0, "both bounds are 0 ≤ 0"),
        holds(
            "κ=0",
            "feedback opposed to the read-out",
            lambda draw: 2 * _rest(Fraction(2), Fraction(0)) == 2**3,
            "a³ = 2Y exactly",
        ),
    ),
    witness=holds("non-vacuity", "a root", _scales, "a = 1, κ = 2, Y = 5/2 satisfies both"),
    uses=("bordelon2022.white-data-equation",),
)


def _two(draw: Draw) -> bool:
    """ρ = 0, a = 2 and c = 1 with the same Y = 6: σ = 9/2."""
    Y, sigma = _rest(Fraction(2), Fraction(1)), Fraction(9, 2)
    return _rest(Fraction(1), 1 + sigma) == Y and sigma / 3 <= sigma + HALF - HALF * 4


def _same(draw: Draw) -> bool:
    """For one correlation the cubic increases between random points, so it has one root."""
    kappa, low = Fraction(3, 2), abs(draw(1)[0])
    return _rest(low, kappa) < _rest(low + abs(draw(1)[0]) + Fraction(1, 4), kappa)


correlation = Claim(
    id="bordelon2022.correlation-trade-off",
    title="Feedback that agrees more at the start changes features less, and ends with larger signals",
    kind=Kind.THEOREM,
    bound=Bound.LOWER,
    summary="From correlation ρ to σ ≥ ρ features 1 + a² do not grow; signals ρ + ½a² grow by ⅓(σ − ρ) or more.",
    statement=r"""Let $a$ and $c$ be the roots for correlations $-1 \le \rho \le \sigma$ and the same $\gamma_0 y$. Then
\[ 1 + c^2 \le 1 + a^2 , \qquad (\sigma + \tfrac12 c^2) - (\rho + \tfrac12 a^2) \ge \tfrac13 (\sigma - \rho) . \]
So features that are learned decrease with the correlation, while the final overlap of signals and gradients increases
at a rate of at least $\tfrac13$.""",
    hypotheses=(
        Hypothesis(
            "rest", r"$\tfrac12 a^3 + (1+\rho) a = \tfrac12 c^3 + (1+\sigma) c = \gamma_0 y$, $a \ge 0$, $c > 0$"
        ),
    ),
    source=source("less correlation, more feature learning", "Between any two correlations, in place of derivatives."),
    procedures=(
        Proved(roots.features, name="proof for the features"),
        Proved(roots.signals, name="proof for the signals"),
    ),
    mutants=(
        *wrong_proofs(roots.features, *roots.MUTANTS_OF_FEATURES),
        *wrong_proofs(roots.signals, *roots.MUTANTS_OF_SIGNALS),
    ),
    degenerate=(
        holds("σ=ρ", "the same correlation", _same, "½a³ + κa increases, so both have one root: nothing differs"),
    ),
    witness=holds("non-vacuity", "two roots", _two, "ρ = 0, a = 2 and σ = 9/2, c = 1 have Y = 6"),
    uses=("bordelon2022.white-data-equation",),
)


def _hebb(draw: Draw, *, silent: bool = False) -> Array:
    """What is left of the rate of ``m h``, for any error."""
    h, m, E = draw(2, 3), draw(2), draw(2)
    if silent:
        E = 0 * E
    found: Array = (-E * m)[:, None] * h + m[:, None] * (E[:, None] * h)
    return found


hebb = Claim(
    id="bordelon2022.hebb-keeps-directions",
    title="On white data, the Hebb rule only scales the features of each sample",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="Hebb: m_i m_j h_i·h_j is conserved, m scalar factors: the cosine of two samples never changes.",
    statement=r"""Let the signals be the features, $\dot h_i = \gamma_0 (y_i - f_i)^2 h_i$: error-modulated Hebb.
With $\dot m_i = -\gamma_0 (y_i - f_i)^2 m_i$ from 1, at all times, at every width and for any errors
\[ m_i m_j\, h_i \cdot h_j = h_i(0) \cdot h_j(0) . \]
So the cosine of two samples never changes: the features do not align with the task, as they do under feedback
alignment.""",
    hypotheses=(WHITE, Hypothesis("Hebb", r"$\tilde g_i = (y_i - f_i)\, h_i$ in place of a signal sent back")),
    source=source(
        "error-modulated Hebb rule",
        "The formula of the paper was not at hand; this is the rule as described, on linear units and white data.",
    ),
    procedures=(Proved(whitened.hebb),),
    mutants=wrong_proofs(whitened.hebb, *whitened.MUTANTS_OF_HEBB),
    degenerate=(vanishes("y=f", "zero errors: nothing moves", lambda draw: _hebb(draw, silent=True)),),
    witness=vanishes("non-vacuity", "two samples that are scaled", _hebb),
)
