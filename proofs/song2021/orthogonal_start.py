"""Alignment by regularisation with a cutoff, with explicit constants at every width, from an orthogonal start.

The proofs are by induction over steps of finite size and take no limit. Three arguments remain in prose, for
consequences that are no part of a verdict: an increasing cubic has one root; a bounded increasing sequence has a limit
(c, ν, w after the cutoff); division.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from flint import arb, arb_mat, ctx

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Instance, Instances, Proved, wrong_proofs
from fa_theory.model.ball import Ball, balls
from fa_theory.model.rules import step

from ..shared.hypotheses import DYNAMICS, LINEAR
from .cutoff import limit
from .slow_bounds import SlowCoordinates, SlowPlan, cosine, hadamard, instance, orthogonal
from .theorems import after_cutoff, orthogonal_start, slow_coordinate

ISOMETRIC = Hypothesis("isometric data", r"$XX^\top = I$")
ORTHOGONAL = Hypothesis(
    "orthogonal start", r"$X W(0)^\top W(0) X^\top = p I$, $X W(0)^\top b = 0$, $\|b\|_2^2 = p$, $\beta(0) = 0$"
)
SIZES = Hypothesis("signs", r"$\eta \ge 0$, $\lambda \ge 0$ (and $Y \ge 0$ as a norm)")
STABLE = Hypothesis("stable steps", r"$\eta (1 + \lambda + Y^2 \bar S^2 + Y^2 \bar S/\sqrt p) \le 1$")
STABLE_AFTER = Hypothesis("stable steps", r"$\eta (1 + \lambda + Y^2 (S + 2/\sqrt p)^2) \le 1$")
COORDINATES = r"""With $h = y/\|y\|_2$, $Y = \|y\|_2$ let $c(0) = \nu(0) = w(0) = 0$, $g = Y - \nu - wc$, and
\[ c^+ = c + \tfrac{\eta g}{\sqrt p}, \qquad \nu^+ = (1-\eta\lambda)\nu + \eta g, \qquad
   w^+ = (1-\eta\lambda) w + \eta c g . \]"""


def networks(rng: np.random.Generator) -> Instance:
    """A network of width 64 in balls, random lengths, λ and times."""
    Y, lam, S = (float(rng.uniform(*ends)) for ends in ((0.5, 1.5), (0.5, 2), (0.3, 0.8)))
    return instance(SlowPlan.stable(64, Y, lam, S), rng)


NETWORKS = Instances(networks, Trials(3, 30, 300), name="networks of width 64 in ball arithmetic", block=3)


def _reads_off(context: Context) -> CheckOutcome:
    """Compare the recursion with the weights, in balls, for n = 1."""
    with ctx.workprec(128):
        plan, y = SlowPlan.stable(16, 1.0, 1.0, 0.5), balls([1.0])
        floats = orthogonal(context.rng("n=1"), 1, plan.p)
        start = replace(floats, W=balls(floats.W), beta=balls(floats.beta), b=balls(floats.b))
        state, c, nu, w = start, Ball(0), Ball(0), Ball(0)
        eta, lam, keep = Ball(plan.eta), Ball(plan.lam), 1 - Ball(plan.eta) * Ball(plan.lam)
        for _ in range(plan.T):
            g = 1 - nu - w * c
            c, nu, w = c + Ball(plan.epsilon) * eta * g, keep * nu + eta * g, keep * w + eta * c * g
            state = step(state, balls(np.eye(1)), y, eta=eta, lam=lam)
        found = SlowCoordinates.of(state, start, y)
        away = [(a - b).arb for a, b in zip((c, nu, w), (found.c, found.nu, found.w), strict=True)]
    holds = all(x.contains(0) and float(x.rad()) < 1e-20 for x in away)
    return CheckOutcome(
        holds, f"after {plan.T} steps, c, ν, w from the recursion and from the weights agree to 20 digits"
    )


def _too_narrow(context: Context) -> CheckOutcome:
    """Width p = n: the features fill the space, and only b = 0 is orthogonal to them."""
    Z = hadamard(2)
    exact = arb_mat(2, 2, Z.ravel().tolist()).det()
    return CheckOutcome(
        bool(exact != 0), f"n = p = 2: the features have the determinant {exact}, so Z b = 0 only for b = 0"
    )


def _no_targets(context: Context) -> CheckOutcome:
    with ctx.workprec(128):
        floats = orthogonal(context.rng("y=0"), 2, 16)
        error = floats.error(np.eye(2), np.zeros(2))
    return CheckOutcome(not error.any(), "e = 0 initially: no weight ever changes, and the alignment is undefined")


def _exists(context: Context) -> CheckOutcome:
    floats = orthogonal(context.rng("exists"), 3, 16)
    columns = np.column_stack([floats.W, floats.b])
    right = bool(np.array_equal(columns.T @ columns, 16 * np.eye(4))) and not floats.beta.any()
    return CheckOutcome(right, "rows of a Hadamard matrix: an orthogonal start for n = 3 and p = 16, exact in floats")


SOURCE = Source(
    "song2021",
    "Section 4, regularisation with cutoff for linear networks",
    Fidelity.OURS,
    "Wide Gaussian weights are an orthogonal start up to p^(-1/2) and up to an initial output that regularisation "
    "damps; for the orthogonal start itself no limit of large width or small steps is needed.",
    proved=False,
)

start_claim = Claim(
    id="song2021.orthogonal-start",
    title="From an orthogonal start, three numbers describe a linear network",
    kind=Kind.LEMMA,
    bound=Bound.IDENTITY,
    summary="Isometric data, orthogonal start: e = −g y/‖y‖ at every step; three numbers determine the network.",
    statement=COORDINATES
    + r""" Then at every step $e = -g\,h$, $b\cdot\beta = \sqrt p\, w$ and $\|\beta\|_2^2 = \nu^2 + w^2$, so that
$\cos\angle(b, \beta) = w/\sqrt{\nu^2 + w^2}$; and $\eta$, $\lambda$ may change from step to step.""",
    hypotheses=(DYNAMICS, LINEAR, ISOMETRIC, ORTHOGONAL),
    source=SOURCE,
    procedures=(
        Proved(orthogonal_start.proof, name="proof for the error"),
        Proved(orthogonal_start.alignment, name="proof for the alignment"),
        Proved(orthogonal_start.length, name="proof for the norm"),
    ),
    mutants=(
        *wrong_proofs(orthogonal_start.proof, *orthogonal_start.MUTANTS),
        *wrong_proofs(orthogonal_start.alignment, *orthogonal_start.MUTANTS_OF_ALIGNMENT),
        *wrong_proofs(orthogonal_start.length, *orthogonal_start.MUTANTS_OF_LENGTH),
    ),
    degenerate=(
        Check("n=1", "one sample: the recursion agrees with the weights", _reads_off),
        Check("p=n", "no orthogonal start", _too_narrow),
        Check("y=0", "zero targets", _no_targets),
    ),
    witness=Check("non-vacuity", "orthogonal starts exist", _exists),
)


def _violated(name: str, says: str, margin: Callable[[SlowPlan, arb, arb, arb], arb]) -> Check:
    """A mutant that a network refutes in balls."""

    def run(context: Context) -> CheckOutcome:
        with ctx.workprec(128):
            plan, c, nu, w = _scalars(10**4, 2.0, 2.0, 1.0)
            value = margin(plan, c, nu, w)
        return CheckOutcome(bool(value < 0), f"the margin is {value.str(6)} at p = 10⁴, Y = 2, λ = 2, S = 1")

    return Check(name, says, run)


def _scalars(p: int, Y: float, lam: float, S: float) -> tuple[SlowPlan, arb, arb, arb]:
    """The recursion up to the cutoff, in balls."""
    plan = SlowPlan.stable(p, Y, lam, S)
    eta, keep, epsilon = arb(plan.eta), 1 - arb(plan.eta) * arb(plan.lam), plan.epsilon
    c, nu, w = arb(0), arb(0), arb(0)
    for _ in range(plan.T):
        g = plan.Y - nu - w * c
        c, nu, w = c + epsilon * eta * g, keep * nu + eta * g, keep * w + eta * c * g
    return plan, c, nu, w


def _enclosed(context: Context) -> CheckOutcome:
    """At p = 10⁴: the run lies within the bounds, which are narrow."""
    with ctx.workprec(128):
        plan, c, nu, w = _scalars(10**4, 2.0, 2.0, 1.0)
        bounds = plan.lower(c) > 0 and plan.upper(c) < 0 and w < c * nu
    return CheckOutcome(bool(bounds and plan.stability > 0), f"c = {c.str(6)} after {plan.T} steps, within the bounds")


def _unstable(context: Context) -> CheckOutcome:
    """Steps beyond 2/(1 + λ): the error relative to its target changes sign and grows."""
    with ctx.workprec(128):
        eta, lam, epsilon = arb(1), arb(2), arb(10) ** -6
        c, nu, w, found = arb(0), arb(0), arb(0), arb(1)
        for _ in range(20):
            g = 1 - nu - w * c
            c, nu, w = c + epsilon * eta * g, (1 - eta * lam) * nu + eta * g, (1 - eta * lam) * w + eta * c * g
            found = found.max(abs(g))
    return CheckOutcome(
        bool(found > 1000), f"with η(1 + λ) = 3 the error exceeds {found.str(3, radius=False)} in 20 steps"
    )


def _unregularised(context: Context) -> CheckOutcome:
    """λ = 0: c grows by at most Y/√p in total, so nothing aligns."""
    with ctx.workprec(1024):  # nothing is damped, and neither are rounding errors
        plan, c, nu, w = _scalars(10**4, 2.0, 0.0, 0.2)
        ratio = w / nu
    return CheckOutcome(bool(c <= plan.epsilon * plan.Y), f"c = {c.str(3)} ≤ Y/√p, and cos = {cosine(ratio).str(3)}")


SLOW_PROOFS = (
    *(
        Proved(partial(slow_coordinate.sign_of, name), name=f"proof that {sign} ≥ 0")
        for name, sign in {"c": "c", "nu": "ν", "w": "w", "g": "g"}.items()
    ),
    Proved(slow_coordinate.along, name="proof of w ≤ cν"),
    Proved(slow_coordinate.reached, name="proof of c ≤ YS"),
    Proved(slow_coordinate.behind, name="proof of the lower bound of w − cν"),
    Proved(slow_coordinate.cubic_from_below, name="proof of the cubic from below"),
    Proved(slow_coordinate.cubic_from_above, name="proof of the cubic from above"),
    Proved(slow_coordinate.error_from_below, name="proof of the error from below"),
    Proved(slow_coordinate.error_from_above, name="proof of the error from above"),
    Proved(slow_coordinate.target, name="proof for the moving target"),
)
SLOW_MUTANTS = (
    *(
        mutant
        for name, wrong in slow_coordinate.MUTANTS_OF_SIGNS.items()
        for mutant in wrong_proofs(partial(slow_coordinate.sign_of, name), *wrong)
    ),
    *wrong_proofs(slow_coordinate.along, *slow_coordinate.MUTANTS_OF_ALONG),
    *wrong_proofs(slow_coordinate.reached, *slow_coordinate.MUTANTS_OF_REACHED),
    *wrong_proofs(slow_coordinate.behind, *slow_coordinate.MUTANTS_OF_BEHIND),
    *wrong_proofs(slow_coordinate.cubic_from_below, *slow_coordinate.MUTANTS_OF_CUBIC_FROM_BELOW),
    *wrong_proofs(slow_coordinate.cubic_from_above, *slow_coordinate.MUTANTS_OF_CUBIC_FROM_ABOVE),
    *wrong_proofs(slow_coordinate.error_from_below, *slow_coordinate.MUTANTS_OF_ERROR_FROM_BELOW),
    *wrong_proofs(slow_coordinate.error_from_above, *slow_coordinate.MUTANTS_OF_ERROR_FROM_ABOVE),
    *wrong_proofs(slow_coordinate.target, *slow_coordinate.MUTANTS_OF_TARGET),
)

slow_claim = Claim(
    id="song2021.slow-coordinate",
    title="Under regularisation the cubic holds up to $1/\\sqrt p$, at every step and width",
    kind=Kind.THEOREM,
    bound=Bound.TIGHT,
    summary="Orthogonal start, constant λ: c³/3 + (1+λ)c = λ‖y‖S up to explicit errors of order p^(-1/2), for all t.",
    statement=COORDINATES
    + r""" Let $\lambda$ be constant, and $S = \eta t/\sqrt p$. For all $t$ with $S \le \bar S$, and without
any limit, $c, \nu, w, g \ge 0$, $w \le c\nu$, $c \le YS$, $\lambda (c\nu - w) \le Y^2/\sqrt p$,
\[ \lambda Y S + \frac{Y - g}{\sqrt p} - \frac{Y c^2}{2\sqrt p} \le \frac{c^3}{3} + (1+\lambda) c \le
   \lambda Y S + \frac{Y - g}{\sqrt p} + \frac{(\eta Y)^2 c}{3p}, \]
\[ \frac{\lambda Y}{1 + \lambda + c^2 + Yc/\sqrt p} \le g \le
   \frac{\lambda Y + \Lambda + (1-\eta(1+\lambda))^t\, Y}{1 + \lambda + c^2}, \qquad
   \Lambda = \frac{2 Y^3 \bar S}{(1+\lambda)\sqrt p}. \]
Relative to its moving target the error satisfies, with $A = 1+\lambda+c^2+w^+/\sqrt p$,
$A g^+ - \lambda Y = (1 - \eta A)(A g - \lambda Y)$ exactly, for steps of any size; this is unstable once $\eta A > 2$.
The proofs state the bounds of $g$ multiplied by their denominators, which are positive. If $\lambda Y > 0$, then
$g > 0$: the error does not reach 0 while the steps are stable.""",
    hypotheses=(DYNAMICS, LINEAR, ISOMETRIC, ORTHOGONAL, SIZES, STABLE),
    source=SOURCE,
    uses=("song2021.orthogonal-start",),
    procedures=SLOW_PROOFS,
    mutants=(
        *SLOW_MUTANTS,
        _violated(
            "the limit holds exactly",
            "the cubic is at most λYS at every width",
            lambda plan, c, nu, w: arb(plan.lam) * plan.Y * plan.S - plan.cubic(c),
        ),
        _violated("w follows c immediately", "w = cν", lambda plan, c, nu, w: w - c * nu),
    ),
    degenerate=(
        Check("λ=0", "no regularisation: the upper bounds hold, and c stays below Y/√p", _unregularised),
        Check("long steps", "if the steps are not stable, the error grows", _unstable),
    ),
    witness=Check("non-vacuity", "a run at p = 10⁴ satisfies the hypotheses and the bounds", _enclosed),
)

WIDTHS = (10**4, 10**6, 10**9, 10**12)


def _proved(context: Context) -> CheckOutcome:
    """The limit alignment at S ≈ 1, λ = 2, ‖y‖ = 2: enclosed at every width, around the value for p → ∞."""
    plans = [SlowPlan.stable(p, 2.0, 2.0, 1.0) for p in WIDTHS]
    found = {plan.p: plan.limit() for plan in plans}
    narrow = all(high - low < 3 / arb(p).sqrt() for p, (low, high) in found.items())
    values = {plan.p: limit(float(plan.S.mid()), 2.0) for plan in plans}
    around = all(low < values[p] < high for p, (low, high) in found.items())
    shown = ", ".join(f"p = {p:.0e}: {low.union(high).str(7)}" for p, (low, high) in found.items())
    return CheckOutcome(narrow and around, shown)


def _fixed_time(context: Context) -> CheckOutcome:
    """For fixed T the same bounds show that the alignment vanishes."""
    plan = replace(SlowPlan.stable(10**12, 2.0, 2.0, 1.0), T=100)
    _, high = plan.limit()
    return CheckOutcome(bool(high < arb("1e-4")), f"100 steps at p = 10¹²: cos ≤ {high.str(2)}")


def _half(context: Context) -> CheckOutcome:
    """The limit at half the time lies outside the enclosure."""
    low, high = SlowPlan.stable(10**6, 2.0, 2.0, 1.0).limit()
    other = limit(0.5, 2.0)
    return CheckOutcome(
        bool(other < low or other > high), f"{other.str(4)} is outside of [{low.str(4)}, {high.str(4)}]"
    )


def _without_cubic(context: Context) -> CheckOutcome:
    low, high = SlowPlan.stable(10**6, 2.0, 2.0, 1.0).limit()
    other = cosine(arb(4) / 3)  # (1+λ)c = λ‖y‖S
    return CheckOutcome(
        bool(other < low or other > high), f"{other.str(4)} is outside of [{low.str(4)}, {high.str(4)}]"
    )


cutoff_claim = Claim(
    id="song2021.cutoff-orthogonal-start",
    title="Regularisation with a cutoff aligns every wide network with an orthogonal start, and its error vanishes",
    kind=Kind.THEOREM,
    bound=Bound.TIGHT,
    summary="Orthogonal start, λ > 0 until ηT = S√p: e → 0 exponentially; bounds of c, ν, w give cos∠(b, β).",
    statement=r"""Let $\lambda(t) = \lambda > 0$ for $t < T$ and 0 afterwards, $S = \eta T/\sqrt p$, $Y = \|y\|_2$. Then
for all $k \ge 0$, with $C = c(T)$ and $g = \|e\|_2 \ge 0$,
\[ \|e(T+k)\|_2 \le (1-\eta)^k\, \|e(T)\|_2, \qquad c + \frac{g}{\sqrt p} \le C + \frac{g(T)}{\sqrt p}, \qquad
   w \le c\nu, \]
\[ c\nu - w + \frac{Yg}{\sqrt p} \le C\nu(T) - w(T) + \frac{Yg(T)}{\sqrt p}, \qquad
   \lambda (c\nu - w) \le (1+\lambda) \frac{Y}{\sqrt p} \bigl((1+c^2)\nu + g\bigr). \]
This is what the proof kernel replays, from the statements of song2021.slow-coordinate at time $T$: the signs,
$w \le c\nu$, $c \le YS$ and $\lambda(c\nu - w) \le Y^2/\sqrt p$. The verdict is about these inequalities, for all
finite $k$. The following is a consequence in prose, and not part of the verdict:
$\cos\angle(b, \beta(t))$ converges to some $\rho/\sqrt{1+\rho^2}$ with, for the limit $c$,
\[ c - \frac{Y}{\sqrt p}\Bigl(1 + \frac{1}{\lambda}\Bigr)(1 + c^2) \le \rho \le c, \qquad
   c_- \le c \le c_+ + \frac{Y}{\sqrt p}, \]
where $c_\pm$ are the roots of $\frac{c^3}{3} + (1+\lambda)c + \frac{Yc^2}{2\sqrt p} = \lambda Y S$ and of
$\frac{c^3}{3} + (1+\lambda) c = \lambda Y S + \frac{Y}{\sqrt p} + \frac{(\eta Y)^2 Y S}{3p}$. So the limit is that of
$p \to \infty$ up to $O(p^{-1/2})$, and bounded below for all large $p$; while for all $t \le T$, and in the limit,
$\cos\angle(b,\beta) \le c \le Y(S + 1/\sqrt p)$: with $T = o(\sqrt p)$ the alignment vanishes.
Indeed, an increasing function
turns bounds of its value into bounds of its argument (the cubics); $c, \nu, w$ increase after the cutoff and are
bounded, so they converge, and $g \to 0$ if $\eta > 0$; for $Y > 0$ one may divide by $\nu > 0$.""",
    hypotheses=(DYNAMICS, LINEAR, ISOMETRIC, ORTHOGONAL, SIZES, STABLE_AFTER),
    source=SOURCE,
    uses=("song2021.slow-coordinate",),
    procedures=(
        Proved(after_cutoff.proof, name="proof of the decay"),
        Proved(after_cutoff.sign, name="proof that g ≥ 0"),
        Proved(after_cutoff.along, name="proof of w ≤ cν"),
        Proved(after_cutoff.reached, name="proof for c"),
        Proved(after_cutoff.distance, name="proof for the distance"),
        Proved(after_cutoff.angle, name="proof for the angle"),
        NETWORKS,
    ),
    mutants=(
        *wrong_proofs(after_cutoff.proof, *after_cutoff.MUTANTS),
        *wrong_proofs(after_cutoff.sign, *after_cutoff.MUTANTS_OF_SIGN),
        *wrong_proofs(after_cutoff.along, *after_cutoff.MUTANTS_OF_ALONG),
        *wrong_proofs(after_cutoff.reached, *after_cutoff.MUTANTS_OF_REACHED),
        *wrong_proofs(after_cutoff.distance, *after_cutoff.MUTANTS_OF_DISTANCE),
        *wrong_proofs(after_cutoff.angle, *after_cutoff.MUTANTS_OF_ANGLE),
        Check("half the time", "the limit is that of S/2", _half),
        Check("no cubic term", "(1+λ)c = λYS", _without_cubic),
    ),
    degenerate=(
        Check("p → ∞", "the limit for p → ∞ lies in the enclosure at every width", _proved),
        Check("fixed T", "a time that does not grow with √p does not align the network", _fixed_time),
        Check("n=1", "one sample: the recursion agrees with the weights", _reads_off),
        Check("y=0", "zero targets", _no_targets),
    ),
    witness=Check("non-vacuity", "orthogonal starts exist", _exists),
)
