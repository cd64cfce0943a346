"""Linear chains under random backpropagation."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fa_theory.claims.claim import Bound, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedures import Proved, wrong_proofs
from fa_theory.model.ball import Array

from ..shared.exact import Draw, holds, vanishes
from .theorems import autoencoder as bottleneck
from .theorems import chain, longer


def _equation(draw: Draw, *, c: Fraction | None = None, beta: Fraction | None = None) -> Array:
    """What the closed equation leaves of the rate of ``a₁``."""
    a, w, back, alpha, spread = draw(5)
    c, beta = back if c is None else c, spread**2 if beta is None else beta
    C = c * w - a**2 / 2
    return np.array([c * (alpha - beta * a * w) - (c * alpha - beta * (a**3 / 2 + C * a))])


two_weights = Claim(
    id="baldi2018.two-weight-chain",
    title="A linear chain of two weights converges under random backpropagation",
    kind=Kind.THEOREM,
    bound=Bound.UPPER,
    summary="Chain of two weights: (a₁ − r)² falls at least at the rate β(2C + ¾r²), C = ca₂ − ½a₁², r a root.",
    statement=r"""Along $\dot a_1 = c(\alpha - \beta a_1 a_2)$, $\dot a_2 = a_1 (\alpha - \beta a_1 a_2)$, with random
feedback $c$ and $\beta \ge 0$, $C = c a_2 - \tfrac12 a_1^2$ is conserved. At a root $r$ of
$\beta(\tfrac12 r^3 + Cr) = c\alpha$,
\[ \tfrac{d}{dt} (a_1 - r)^2 \le -\beta \bigl(2C + \tfrac34 r^2\bigr) (a_1 - r)^2 . \]
So if $\beta > 0$, $C \ge 0$ and $c\alpha \neq 0$, the chain converges to its fixed point exponentially.""",
    hypotheses=(
        Hypothesis(
            "chain", r"one input, one hidden and one output unit, linear; $\alpha = E[yx]$, $\beta = E[x^2] \ge 0$"
        ),
        Hypothesis("conserved number", r"$C = c a_2(0) - \tfrac12 a_1(0)^2$"),
        Hypothesis("root", r"$\beta(\tfrac12 r^3 + Cr) = c\alpha$"),
    ),
    source=Source(
        "baldi2018",
        "convergence of linear chains",
        Fidelity.ADAPTED,
        "Stated from a summary, for the shortest chain. The rate is ours; the paper has no condition on C.",
    ),
    procedures=(Proved(chain.proof),),
    mutants=wrong_proofs(chain.proof, *chain.MUTANTS),
    degenerate=(
        vanishes("c=0", "no feedback: a₁ stays", lambda draw: _equation(draw, c=Fraction(0))),
        vanishes("β=0", "no input", lambda draw: _equation(draw, beta=Fraction(0))),
    ),
    witness=vanishes("non-vacuity", "numbers drawn at random", _equation),
)


def _source(place: str, changes: str) -> Source:
    return Source("baldi2018", place, Fidelity.ADAPTED, changes)


def _potential(draw: Draw, *, silent: bool = False) -> Array:
    """What the formula leaves of the rate of ``½βw² − ατ`` for a chain of five weights."""
    weights, (alpha, root) = draw(5), draw(2)
    beta = root**2
    q, w = np.prod(weights[:-1]), weights[-1]
    e = 0 * alpha if silent else alpha - beta * q * w
    alpha = e + beta * q * w
    return np.array([beta * w * e * q - alpha * e + e**2])


any_length = Claim(
    id="baldi2018.chain-potential",
    title="A linear chain of any length descends a function of one number, from every start",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="Chain of any length: ½βw² − ατ falls at the rate ε², w the last weight, τ the summed error.",
    statement=r"""In a linear chain of any length with last weight $w$, $\dot w = \varepsilon q$, where $q$ is the
product of all weights before it, $\varepsilon = \alpha - \beta q w$ and $\dot\tau = \varepsilon$, from every start
\[ \tfrac{d}{dt} \bigl( \tfrac12 \beta w^2 - \alpha \tau \bigr) = -\varepsilon^2 . \]
Under random backpropagation $\dot a_l = c_l\, \varepsilon\, a_1 \cdots a_{l-1}$, so all weights are polynomials in
$\tau$, and so is this function. It also holds for a chain of non-linear units that ends in a linear one.""",
    hypotheses=(Hypothesis("chain", r"$\alpha = E[yx]$, $\beta = E[x^2]$; the last weight gets the error itself"),),
    source=_source(
        "convergence of linear chains",
        "A function that falls, in place of convergence: that a polynomial of even degree is bounded below is not part "
        "of the claim.",
    ),
    procedures=(Proved(longer.potential),),
    mutants=wrong_proofs(longer.potential, *longer.MUTANTS_OF_POTENTIAL),
    degenerate=(vanishes("ε=0", "no error: it rests", lambda draw: _potential(draw, silent=True)),),
    witness=vanishes("non-vacuity", "a chain of five weights", _potential),
)


def _three(draw: Draw, *, at_root: bool = False) -> bool:
    """The bound at some τ, for feedback 1 and 4: K = 1, r = 1."""
    tau = Fraction(1) if at_root else draw(1)[0]
    e, x = 1 - tau**7, tau - 1
    a, b, w = tau, 2 * tau**2, tau**4 / 2
    return bool(a * b * w == tau**7 and 2 * x * e <= -(x**2))


three_weights = Claim(
    id="baldi2018.three-weight-chain",
    title="A linear chain of three weights converges exponentially from zero",
    kind=Kind.THEOREM,
    bound=Bound.UPPER,
    summary="Three weights from zero: (τ − r)² falls at least at the rate βKr⁶, K = c₁⁴c₂²/16, βKr⁷ = α at the root.",
    statement=r"""Along $\dot a_1 = c_1 \varepsilon$, $\dot a_2 = c_2\, \varepsilon\, a_1$,
$\dot a_3 = \varepsilon\, a_1 a_2$ from zero, with $\dot\tau = \varepsilon = \alpha - \beta a_1 a_2 a_3$ and
$\beta \ge 0$: $a_1 = c_1 \tau$, $a_2 = \tfrac12 c_1 c_2 \tau^2$, $a_3 = \tfrac18 c_1^2 c_2 \tau^4$. With
$K = \tfrac{1}{16} c_1^4 c_2^2$ and the root $r$ of $\beta K r^7 = \alpha$
\[ \tfrac{d}{dt} (\tau - r)^2 \le -\beta K r^6\, (\tau - r)^2 . \]""",
    hypotheses=(
        Hypothesis("chain", r"one unit per layer, linear; $\alpha = E[yx]$, $\beta = E[x^2] \ge 0$"),
        Hypothesis("from zero", r"$a_1 = a_2 = a_3 = \tau = 0$ at time 0"),
    ),
    source=_source("convergence of linear chains", "For three weights from zero, with a rate that is ours."),
    procedures=(Proved(longer.three),),
    mutants=wrong_proofs(longer.three, *longer.MUTANTS_OF_THREE),
    degenerate=(
        holds("τ=r", "at the root nothing moves", lambda draw: _three(draw, at_root=True), "both sides are 0"),
    ),
    witness=holds("non-vacuity", "c₁ = 1, c₂ = 4, α = β = 1", _three, "K = r = 1, and the bound holds at some τ"),
    uses=("baldi2018.chain-potential",),
)


def _curved(draw: Draw, *, power: int = 3, silent: bool = False) -> Array:
    """What is left of the rate of ``cw − a²/(2m)`` for f(a) = a^m."""
    a, c, e = draw(3)
    e = 0 * e if silent else e
    slope = power * a ** (power - 1)
    return np.array([c * e * a**power - a / power * c * e * slope])


nonlinear = Claim(
    id="baldi2018.nonlinear-chain",
    title="A non-linear chain conserves a number, if the derivative is part of the rule",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="Hidden unit f(a), read out by w, feedback c times the slope: cw − Φ(a) is conserved, Φ' f' = f.",
    statement=r"""Along $\dot a = c\, \varepsilon\, f'(a)$, $\dot w = \varepsilon\, f(a)$, for any errors, with
a function $\Phi$ such that $\Phi' f' = f$,
\[ c w - \Phi(a) \quad\text{is conserved.} \]
For powers $f(a) = a^m$ it is $c w - \tfrac{1}{2m} a^2$. So the chain moves on a curve, along which it descends the
function of the chain of any length.""",
    hypotheses=(
        Hypothesis("chain", r"one input of size 1, one hidden unit $f(a)$, a linear output"),
        Hypothesis("integral", r"$\Phi' f' = f$ along the run; it exists where $f' \neq 0$"),
    ),
    source=_source(
        "non-linear chains, with the derivative of the activation",
        "What is conserved, for two weights and any activation; convergence follows where Φ is unbounded, which is "
        "not part of the claim.",
    ),
    procedures=(Proved(longer.curved),),
    mutants=wrong_proofs(longer.curved, *longer.MUTANTS_OF_CURVED),
    degenerate=(
        vanishes("m=1", "a linear unit: the number of the linear chain", lambda draw: _curved(draw, power=1)),
        vanishes("ε=0", "no error", lambda draw: _curved(draw, silent=True)),
    ),
    witness=vanishes("non-vacuity", "a cubic unit", _curved),
    uses=("baldi2018.chain-potential",),
)


def _adaptive(draw: Draw, *, silent: bool = False) -> Array:
    """What is left of the rate of ``ε²`` by ``−2β(a² + c²)ε²``, for w = c."""
    a, c, e, root = draw(4)
    e, beta = 0 * e if silent else e, root**2
    rate = -beta * (c * e * c + a * a * e)
    return np.array([2 * e * rate + 2 * beta * (a**2 + c**2) * e**2])


adaptive = Claim(
    id="baldi2018.adaptive-feedback",
    title="A chain whose feedback learns as well converges exponentially",
    kind=Kind.THEOREM,
    bound=Bound.UPPER,
    summary="Feedback c with the steps of w, equal at the start: ε² falls at least at the rate 2β|a² − c²|.",
    statement=r"""Along $\dot a = c\, \varepsilon$, $\dot w = a\, \varepsilon$, $\dot c = a\, \varepsilon$ with
$\varepsilon = \alpha - \beta a w$, $\beta \ge 0$ and $w = c$ at the start, $w = c$ at all times, $a^2 - c^2$ is
conserved, and
\[ \tfrac{d}{dt}\, \varepsilon^2 \le -2 \beta\, \bigl| a(0)^2 - c(0)^2 \bigr|\, \varepsilon^2 . \]
So the error vanishes exponentially unless $a^2 = c^2$ at the start.""",
    hypotheses=(
        Hypothesis(
            "both channels learn", r"$\dot c = \dot w$: the feedback weight takes the steps of the second weight"
        ),
        Hypothesis("symmetric start", r"$w(0) = c(0)$, as from small weights"),
    ),
    source=_source(
        "sequel on the symmetries of the learning channel: adaptation in both channels",
        "For two weights that agree with their feedback at the start; the rate is ours.",
    ),
    procedures=(Proved(longer.adaptive),),
    mutants=wrong_proofs(longer.adaptive, *longer.MUTANTS_OF_ADAPTIVE),
    degenerate=(vanishes("ε=0", "no error: nothing moves", lambda draw: _adaptive(draw, silent=True)),),
    witness=vanishes("non-vacuity", "three numbers with w = c", _adaptive),
)


def _encoder(draw: Draw, *, silent: bool = False) -> Array:
    """What is left of both formulas for an autoencoder of three inputs, in exact numbers."""
    a, b, c, v = draw(3), draw(3), draw(3), draw(3) ** 2
    if silent:
        c = 0 * c
    u = c @ b
    of_a, of_b = v * (c - u * a), v * a - b * np.sum(v * a**2)
    of_u = c @ of_b
    return np.array([u * of_u - c @ of_a + np.sum(v * (c - u * a) ** 2), of_u - a @ of_a])


def _convex(draw: Draw) -> bool:
    """``⟨x, ‖a‖²a − ‖z‖²z⟩ ≥ ½‖z‖²‖x‖²`` for x = a − z."""
    a, z = draw(3), draw(3)
    x = a - z
    return bool(x @ ((a @ a) * a - (z @ z) * z) >= (z @ z) * (x @ x) / 2)


autoencoder = Claim(
    id="baldi2018.autoencoder",
    title="A linear autoencoder with one hidden unit converges on decorrelated data",
    kind=Kind.THEOREM,
    bound=Bound.UPPER,
    summary="One hidden unit, decorrelated data: ½u² − c·a falls, u = c·b; from C = u − ½‖a‖² ≥ 0 exponentially.",
    statement=r"""Encoder $a$, decoder $b$ and feedback $c$ of a linear autoencoder with one hidden unit, on
decorrelated inputs of variances $v_i$: $\dot a_i = v_i (c_i - u a_i)$, $\dot b_i = v_i a_i - b_i \sum_j v_j a_j^2$,
$u = c \cdot b$. From every start
\[ \tfrac{d}{dt} \bigl(\tfrac12 u^2 - c \cdot a\bigr) = -\sum_i v_i (c_i - u a_i)^2 , \]
and $C = u - \tfrac12 \|a\|^2$ is conserved. At a root $a^*$ of $(C + \tfrac12 \|a^*\|^2)\, a^* = c$
\[ \tfrac{d}{dt} \sum_i \tfrac{1}{v_i} (a_i - a_i^*)^2 \le -\bigl(2C + \tfrac12 \|a^*\|^2\bigr) \|a - a^*\|^2 . \]
So from $C \ge 0$, as from zero, the encoder converges exponentially to a multiple of the feedback.""",
    hypotheses=(
        Hypothesis("decorrelated data", r"$E\, x x^\top = \mathrm{diag}(v)$, no $v_i = 0$"),
        Hypothesis("one hidden unit", r"the hidden unit is $a \cdot x$, the outputs are $b_i\, a \cdot x$"),
    ),
    source=_source(
        "convergence of linear autoencoders",
        "For one hidden unit; the function, the rate and the multiple of the feedback are ours.",
    ),
    procedures=(
        Proved(bottleneck.potential, name="proof of descent"),
        Proved(bottleneck.approach, name="proof of the rate"),
    ),
    mutants=(
        *wrong_proofs(bottleneck.potential, *bottleneck.MUTANTS_OF_POTENTIAL),
        *wrong_proofs(bottleneck.approach, *bottleneck.MUTANTS_OF_APPROACH),
    ),
    degenerate=(
        vanishes("c=0", "no feedback", lambda draw: _encoder(draw, silent=True)),
        holds("convexity", "random vectors", _convex, "the inequality behind the rate holds"),
    ),
    witness=vanishes("non-vacuity", "three inputs", _encoder),
)
