"""One component of a shallow linear network under spectral initialisation."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fa_theory.claims.claim import Bound, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedures import Proved, wrong_proofs
from fa_theory.model.ball import Array

from ..shared.exact import Draw, holds, vanishes
from .theorems import order as ordering
from .theorems import scalar, steps

HALF = Fraction(1, 2)
COMPONENT = Hypothesis(
    "one component", r"$\dot w_1 = m(\lambda - w_2 w_1)$, $\dot w_2 = (\lambda - w_2 w_1)\, w_1$; $m$ is the feedback"
)
CONSERVED = Hypothesis("conserved number", r"$C = m w_2(0) - \tfrac12 w_1(0)^2$")


def _source(place: str) -> Source:
    return Source("girotti2021", place, Fidelity.ADAPTED, "Re-derived from the abstract and a summary of the paper.")


def _equation(draw: Draw, *, m: Fraction | None = None, lam: Fraction | None = None) -> Array:
    """What the closed equation leaves of the rate of ``w₁``."""
    v, w, weight, target = (x for x in draw(4))
    m, lam = weight if m is None else m, target if lam is None else lam
    C = m * w - v**2 / 2
    return np.array([m * (lam - w * v) - (m * lam - v**3 / 2 - C * v)])


equation = Claim(
    id="girotti2021.component-equation",
    title="Under spectral initialisation a component obeys one cubic equation",
    kind=Kind.LEMMA,
    bound=Bound.IDENTITY,
    summary="C = mw₂ − ½w₁² is conserved, and w₁' = mλ − ½w₁³ − Cw₁: one equation per component.",
    statement=r"""Along the flow of one component, $C = m w_2 - \tfrac12 w_1^2$ is conserved, and
\[ \dot w_1 = m\lambda - \tfrac12 w_1^3 - C w_1 . \]""",
    hypotheses=(COMPONENT, CONSERVED),
    source=_source("spectral initialisation"),
    procedures=(Proved(scalar.closed),),
    mutants=wrong_proofs(scalar.closed, *scalar.MUTANTS_OF_CLOSED),
    degenerate=(
        vanishes("m=0", "no feedback: w₁ stays", lambda draw: _equation(draw, m=Fraction(0))),
        vanishes("λ=0", "a component without target", lambda draw: _equation(draw, lam=Fraction(0))),
    ),
    witness=vanishes("non-vacuity", "numbers drawn at random", _equation),
)


def _slopes(draw: Draw) -> bool:
    """½w³ − 2w has the roots −2, 0, 2 for C = −2, mλ = 0: slopes 4, −2, 4."""
    return [Fraction(3, 2) * r**2 - 2 for r in (-2, 0, 2)] == [4, -2, 4]


def _double(draw: Draw) -> bool:
    """C = −3/2, mλ = −1: ½w³ − (3/2)w + 1 = ½(w − 1)²(w + 2): at the bound two roots meet."""
    C, a = Fraction(-3, 2), Fraction(-1)
    return -8 * C**3 - 27 * a**2 == 0 and all(Fraction(r) ** 3 / 2 + C * r - a == 0 for r in (1, -2))


stable_roots = Claim(
    id="girotti2021.stable-roots",
    title="Fixed points of a component: their number, and which are stable",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="A root r is stable iff (3/2)r² + C > 0; there are three roots iff C < −(3/2)(mλ)^(2/3).",
    statement=r"""At a root $r$ of $\tfrac12 w^3 + Cw = m\lambda$,
\[ \tfrac12 (r + x)^3 + C (r + x) - m\lambda = \kappa x + \tfrac32 r x^2 + \tfrac12 x^3 , \qquad
   \kappa = \tfrac32 r^2 + C , \]
so the deviation $x = w_1 - r$ decays near $r$ if $\kappa > 0$ and grows if $\kappa < 0$. If $u, v, w$ are the three
roots, real or complex,
\[ -8C^3 - 27 (m\lambda)^2 = \tfrac14 (u-v)^2 (v-w)^2 (w-u)^2 , \]
so there are three different real roots iff $C < -\tfrac32 (m\lambda)^{2/3}$.""",
    hypotheses=(Hypothesis("roots", r"$\tfrac12 w^3 + Cw = m\lambda$ at $w = r$, and at $u, v, w$"),),
    source=_source("stability of fixed points"),
    procedures=(
        Proved(scalar.expansion, name="proof of the slope"),
        Proved(scalar.roots, name="proof of the discriminant"),
    ),
    mutants=(
        *wrong_proofs(scalar.expansion, *scalar.MUTANTS_OF_EXPANSION),
        *wrong_proofs(scalar.roots, *scalar.MUTANTS_OF_ROOTS),
    ),
    degenerate=(holds("double root", "at the bound two roots meet", _double, "½(w − 1)²(w + 2), exactly"),),
    witness=holds("non-vacuity", "three roots", _slopes, "C = −2, mλ = 0: the roots −2, 0, 2 have slopes 4, −2, 4"),
    uses=("girotti2021.component-equation",),
)


def _at_root(draw: Draw) -> bool:
    v = Fraction(1)  # m = 1, λ = ½, C = 0: the root is 1
    return Fraction(1, 2) - v**3 / 2 == 0


converges = Claim(
    id="girotti2021.component-converges",
    title="From a non-negative conserved number a component converges exponentially, from everywhere",
    kind=Kind.THEOREM,
    bound=Bound.UPPER,
    summary="At a root r, (w₁ − r)² falls at least at the rate 2C + ¾r²: convergence from everywhere if C ≥ 0.",
    statement=r"""Let $r$ be a root of $\tfrac12 w^3 + Cw = m\lambda$. Along the flow of a component, from every
start with this $C$,
\[ \tfrac{d}{dt} (w_1 - r)^2 \le -\bigl(2C + \tfrac34 r^2\bigr) (w_1 - r)^2 . \]
So if $C \ge 0$, as from zero, and $m\lambda \neq 0$, then $w_1$ converges exponentially to the one root.""",
    hypotheses=(COMPONENT, CONSERVED, Hypothesis("root", r"$\tfrac12 r^3 + Cr = m\lambda$")),
    source=_source("convergence of the flow"),
    procedures=(Proved(scalar.rate),),
    mutants=wrong_proofs(scalar.rate, *scalar.MUTANTS_OF_RATE),
    degenerate=(holds("w₁=r", "at the root nothing moves", _at_root, "mλ − ½r³ − Cr = 0 for m = 1, λ = ½, C = 0"),),
    witness=holds(
        "non-vacuity",
        "zero start with m = 1, λ = ½",
        lambda draw: bool(
            np.all(_equation(lambda *_: np.array([Fraction(0)] * 4), m=Fraction(1), lam=Fraction(1, 2)) == 0)
        ),
        "C = 0, and the root is 1",
    ),
    uses=("girotti2021.component-equation",),
)


def _overtakes(draw: Draw) -> bool:
    """Two components at time 1: λ = 1, m = 1/10 against λ = 1/100, m = 10⁶."""
    principal = Fraction(1, 2) * Fraction(1, 10) ** 2  # the fraction learned is w₁³/(2mλ), and w₁ ≤ mλ
    r = Fraction(27)  # below the root: r³ = 19683 < 2mλ = 20000
    behind = 1 / (1 + Fraction(3, 4) * r**2)  # of (1 − w₁/r)², at most
    return (
        principal == Fraction(1, 200) and behind < Fraction(1, 484) and (1 - Fraction(1, 22)) ** 3 > Fraction(86, 100)
    )


def _from_zero(m: Fraction, lam: Fraction) -> Fraction:
    """``w₁`` at time 1/10, in ten Euler steps from zero."""
    v, w = Fraction(0), Fraction(0)
    for _ in range(10):
        e = lam - w * v
        v, w = v + m * e / 100, w + e * v / 100
    return v


def _both_bounds(draw: Draw) -> bool:
    """Both bounds at time 1/10, for m = 1, λ = ½, r = 1."""
    w = _from_zero(Fraction(1), HALF)
    return w <= HALF / 10 and (1 + Fraction(3, 40)) * (w - 1) ** 2 <= 1


order = Claim(
    id="girotti2021.negligible-first",
    title="From zero, components are learned in the order of mλ, which may be the wrong one",
    kind=Kind.THEOREM,
    bound=Bound.TIGHT,
    summary="From zero w₁ ≤ mλt and (1 + ¾r²t)(w₁ − r)² ≤ r², r³ = 2mλ: a small λ with a large m is learned first.",
    statement=r"""Let a component start from zero, with $m\lambda > 0$ and $r^3 = 2m\lambda$. For all $t$
\[ w_1(t) \le m\lambda\, t , \qquad \bigl(1 + \tfrac34 r^2 t\bigr)\, (w_1(t) - r)^2 \le r^2 , \]
and the share of $\lambda$ that is learned is $w_2 w_1/\lambda = (w_1/r)^3$. So at time 1 a component with
$\lambda = 1$, $m = \tfrac{1}{10}$ is learned to at most $\tfrac12\, \%$, and a negligible one with
$\lambda = \tfrac{1}{100}$,
$m = 10^6$ to at least $86\, \%$: the feedback decides the order, not the importance.""",
    hypotheses=(
        COMPONENT,
        Hypothesis("from zero", r"$w_1(0) = 0$ and $C = 0$"),
        Hypothesis("root", r"$r^3 = 2m\lambda > 0$"),
    ),
    source=_source("implicit anti-regularisation"),
    procedures=(
        Proved(ordering.slow, name="proof that it is no faster"),
        Proved(ordering.fast, name="proof that it is no slower"),
    ),
    mutants=(
        *wrong_proofs(ordering.slow, *ordering.MUTANTS_OF_SLOW),
        *wrong_proofs(ordering.fast, *ordering.MUTANTS_OF_FAST),
    ),
    degenerate=(
        holds("m=0", "no feedback", lambda draw: _from_zero(Fraction(0), HALF) == 0, "w₁ stays at 0"),
        holds("early", "ten small steps, m = 1, λ = ½", _both_bounds, "both bounds hold at time 1/10"),
    ),
    witness=holds("non-vacuity", "two components at time 1", _overtakes, "½ % against at least 86 %, in exact numbers"),
    uses=("girotti2021.component-converges",),
)


def _stepped(steps: int, *, eta: Fraction = Fraction(1, 8), lam: Fraction = Fraction(1, 2)) -> list[Fraction]:
    """The errors of a component with m = 1 from w₁ = 0, w₂ = 2."""
    v, w, found = Fraction(0), Fraction(2), []
    for _ in range(steps + 1):
        e = lam - w * v
        found.append(e)
        v, w = v + eta * e, w + eta * e * v
    return found


def _falls(draw: Draw) -> bool:
    errors = _stepped(8)
    return all(0 <= e <= Fraction(7, 8) ** t * errors[0] for t, e in enumerate(errors))


in_steps = Claim(
    id="girotti2021.component-steps",
    title="In steps of finite size a component converges geometrically",
    kind=Kind.THEOREM,
    bound=Bound.UPPER,
    summary="In small steps |e(t)| ≤ (1 − ηκ)^t |e(0)|, if C = mw₂ − ½w₁² ≥ κ + γe² at the start, 2γκ ≥ ηm².",
    statement=r"""One component in steps of size $\eta$, with $m \ge 0$, errors $e = \lambda - w_2 w_1$ and
$C = m w_2 - \tfrac12 w_1^2$. Let $w_1(0) \ge 0$, $e(0) \ge 0$, and for some $\kappa > 0$, $\gamma \ge 0$ and $M$
\[ C(0) \ge \kappa + \gamma\, e(0)^2 , \qquad 2\gamma\kappa \ge \eta m^2 , \qquad
   \kappa w_1(0) + m e(0) \le \kappa M , \]
\[ \eta \bigl(C(0) + \tfrac32 M^2 + \eta\kappa M^2\bigr) \le 1 . \]
Then for all $t$
\[ |e(t)| \le (1 - \eta\kappa)^t\, |e(0)| . \]
$C$ is no longer conserved: each step lowers it by $\tfrac12 \eta^2 m^2 e^2$, which $\gamma$ pays for.""",
    hypotheses=(
        Hypothesis("steps", r"$w_1^+ = w_1 + \eta m e$, $w_2^+ = w_2 + \eta e w_1$"),
        Hypothesis("start", r"the four inequalities of the statement, at $t = 0$ only"),
    ),
    source=_source("rates of the discrete dynamics"),
    procedures=(Proved(steps.proof),),
    mutants=wrong_proofs(steps.proof, *steps.MUTANTS),
    degenerate=(
        holds(
            "e=0",
            "at rest",
            lambda draw: not any(_stepped(3, lam=Fraction(0))),
            "λ = 0 from w₁ = 0: no step moves",
        ),
        holds("η=0", "no step", lambda draw: len(set(_stepped(3, eta=Fraction(0)))) == 1, "the error stays"),
    ),
    witness=holds("non-vacuity", "m = 1, λ = ½ from (0, 2), η = ⅛, κ = 1", _falls, "eight steps below (7/8)^t e(0)"),
    uses=("girotti2021.component-equation",),
)
