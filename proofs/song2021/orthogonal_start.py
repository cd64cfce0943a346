"""Alignment by regularisation with a cutoff, with explicit constants at every width, from an orthogonal start.

The derivations are by induction over steps of finite size, and no limit is taken in them. What is left to words: an
increasing cubic has one root; a bounded increasing sequence has a limit (c, ν, w after the cutoff); division.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from flint import arb, arb_mat, ctx

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Derived, Instance, Instances, Proved, wrong_proofs
from fa_theory.model.ball import Ball, balls
from fa_theory.model.rules import step

from ..shared.hypotheses import DYNAMICS, LINEAR
from ..shared.instances import refused
from .cutoff import limit
from .derivations import after_cutoff, slow_alignment
from .slow_bounds import SlowCoordinates, SlowPlan, cosine, hadamard, instance, orthogonal
from .theorems import orthogonal_start

ISOMETRIC = Hypothesis("isometric data", r"$XX^\top = I$")
ORTHOGONAL = Hypothesis(
    "orthogonal start", r"$X W(0)^\top W(0) X^\top = p I$, $X W(0)^\top b = 0$, $\|b\|_2^2 = p$, $\beta(0) = 0$"
)
STABLE = Hypothesis("stable steps", r"$\eta (1 + \lambda + Y^2 S^2 + Y^2 S/\sqrt p) \le 1$")
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
    """The recursion against the weights, in balls, n = 1."""
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
    return CheckOutcome(holds, f"after {plan.T} steps c, ν, w of recursion and weights agree to 20 digits")


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
    return CheckOutcome(not error.any(), "e = 0 at the start: nothing ever moves, and the alignment is not defined")


def _exists(context: Context) -> CheckOutcome:
    floats = orthogonal(context.rng("exists"), 3, 16)
    columns = np.column_stack([floats.W, floats.b])
    right = bool(np.array_equal(columns.T @ columns, 16 * np.eye(4))) and not floats.beta.any()
    return CheckOutcome(right, "rows of a Hadamard matrix: an orthogonal start for n = 3 and p = 16, exact in floats")


SOURCE = Source(
    "song2021",
    "Section 4, regularisation with cutoff for linear networks",
    Fidelity.OURS,
    "Wide Gaussian weights are an orthogonal start up to p^(-1/2), and up to an initial output that regularisation "
    "forgets; for the orthogonal start itself no limit of large width or small steps is needed.",
    proved=False,
)

start_claim = Claim(
    id="song2021.orthogonal-start",
    title="From an orthogonal start a linear network moves in three numbers",
    kind=Kind.LEMMA,
    bound=Bound.IDENTITY,
    summary="Isometric data, orthogonal start: e = −g y/‖y‖ at every step, and three numbers determine the network.",
    statement=COORDINATES
    + r""" Then at every step $e = -g\,h$, $b\cdot\beta = \sqrt p\, w$ and $\|\beta\|_2^2 = \nu^2 + w^2$, so that
$\cos\angle(b, \beta) = w/\sqrt{\nu^2 + w^2}$; and $\eta$, $\lambda$ may change from step to step.""",
    hypotheses=(DYNAMICS, LINEAR, ISOMETRIC, ORTHOGONAL),
    source=SOURCE,
    procedures=(
        Proved(orthogonal_start.proof, name="proof for the error"),
        Proved(orthogonal_start.alignment, name="proof for the alignment"),
        Proved(orthogonal_start.length, name="proof for the length"),
    ),
    mutants=(
        *wrong_proofs(orthogonal_start.proof, *orthogonal_start.MUTANTS),
        *wrong_proofs(orthogonal_start.alignment, *orthogonal_start.MUTANTS_OF_ALIGNMENT),
        *wrong_proofs(orthogonal_start.length, *orthogonal_start.MUTANTS_OF_LENGTH),
    ),
    degenerate=(
        Check("n=1", "one sample: the recursion is that of the weights", _reads_off),
        Check("p=n", "no orthogonal start", _too_narrow),
        Check("y=0", "targets 0", _no_targets),
    ),
    witness=Check("non-vacuity", "there are orthogonal starts", _exists),
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
    """Steps beyond 2/(1 + λ): the error about its target changes sign and grows."""
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
    """λ = 0: c gains at most Y/√p in all, so that nothing aligns."""
    with ctx.workprec(1024):  # nothing is forgotten, neither are roundings
        plan, c, nu, w = _scalars(10**4, 2.0, 0.0, 0.2)
        ratio = w / nu
    return CheckOutcome(bool(c <= plan.epsilon * plan.Y), f"c = {c.str(3)} ≤ Y/√p, and cos = {cosine(ratio).str(3)}")


slow_claim = Claim(
    id="song2021.slow-coordinate",
    title="While regularisation is on, a cubic holds up to $1/\\sqrt p$, at every step and width",
    kind=Kind.THEOREM,
    bound=Bound.TIGHT,
    summary="Orthogonal start, constant λ: c³/3 + (1+λ)c = λ‖y‖S up to explicit errors of order p^(-1/2), for all t.",
    statement=COORDINATES
    + r""" Let $\lambda > 0$ be constant and $S = \eta t/\sqrt p$. Then $c, \nu, w, g \ge 0$, and with no limit taken
\[ \lambda Y S - \frac{Y c^2}{2\sqrt p} \le \frac{c^3}{3} + (1+\lambda) c \le
   \lambda Y S + \frac{Y}{\sqrt p} + \frac{(\eta Y)^2 c}{3p}, \qquad
   c\nu - \frac{Y^2}{\lambda\sqrt p} \le w \le c\nu, \qquad c \le YS, \]
\[ \frac{\lambda Y}{1 + \lambda + c^2 + Yc/\sqrt p} \le g \le
   \frac{\lambda Y + \Lambda + (1-\eta(1+\lambda))^t\, Y}{1 + \lambda + c^2}, \qquad
   \Lambda = \frac{2 Y^3 S^+}{(1+\lambda)\sqrt p}, \]
where $S^+$ is the largest slow time looked at. The error never reaches 0, so $c$ grows for ever: there is no fixed
point. About its moving target it obeys, with $A = 1+\lambda+c^2+w^+/\sqrt p$,
$A g^+ - \lambda Y = (1 - \eta A)(A g - \lambda Y)$ exactly, which is unstable once $\eta A > 2$.
The machine checks every inequality at the start and from $t$ to $t+1$, where all of them are used at time $t$; that
they then hold together at all times is argued in words.""",
    hypotheses=(DYNAMICS, LINEAR, ISOMETRIC, ORTHOGONAL, STABLE),
    source=SOURCE,
    uses=("song2021.orthogonal-start",),
    procedures=(Derived(slow_alignment.derivation),),
    mutants=(
        *refused(slow_alignment),
        _violated(
            "the limit holds exactly",
            "the cubic is at most λYS at every width",
            lambda plan, c, nu, w: arb(plan.lam) * plan.Y * plan.S - plan.cubic(c),
        ),
        _violated("w follows c at once", "w = cν", lambda plan, c, nu, w: w - c * nu),
    ),
    degenerate=(
        Check("λ=0", "no regularisation: the upper bounds hold, and c stays below Y/√p", _unregularised),
        Check("long steps", "without stable steps the error grows", _unstable),
    ),
    witness=Check("non-vacuity", "a run at p = 10⁴ meets the hypotheses, and the bounds", _enclosed),
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
    """T fixed: the same bounds make the alignment vanish."""
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
    title="Regularisation with a cutoff aligns every wide network that starts orthogonal, and its error vanishes",
    kind=Kind.THEOREM,
    bound=Bound.TIGHT,
    summary="Orthogonal start, λ until ηT = S√p: e → 0 exponentially, cos∠(b, β) has its limit up to O(p^(-1/2)).",
    statement=r"""Let $\lambda(t) = \lambda > 0$ for $t < T$ and 0 after, $S = \eta T/\sqrt p$, $Y = \|y\|_2$. Then for
all $k \ge 0$
\[ \|e(T+k)\|_2 \le (1-\eta)^k\, Y, \]
and $\cos\angle(b, \beta(t))$ converges to some $\rho/\sqrt{1+\rho^2}$ with
\[ c - \frac{Y}{\sqrt p}\Bigl(1 + \frac{1}{\lambda}\Bigr)(1 + c^2) \le \rho \le c, \qquad
   c_- \le c \le c_+ + \frac{Y}{\sqrt p}, \]
where $c_\pm$ are the roots of $\frac{c^3}{3} + (1+\lambda)c + \frac{Yc^2}{2\sqrt p} = \lambda Y S$ and of
$\frac{c^3}{3} + (1+\lambda) c = \lambda Y S + \frac{Y}{\sqrt p} + \frac{(\eta Y)^2 Y S}{3p}$. So the limit is that of
$p \to \infty$ up to $O(p^{-1/2})$, and bounded below for all large $p$; while for all $t \le T$, and in the limit,
$\cos\angle(b,\beta) \le c \le Y(S + 1/\sqrt p)$: with $T = o(\sqrt p)$ the alignment vanishes.
The machine checks the inequalities that lead here. In words: an increasing function takes bounds of its value into
bounds of its argument (the cubics); $c, \nu, w$ increase after the cutoff and are bounded, so that they converge; one
may divide by $\nu > 0$.""",
    hypotheses=(DYNAMICS, LINEAR, ISOMETRIC, ORTHOGONAL, STABLE_AFTER),
    source=SOURCE,
    uses=("song2021.slow-coordinate",),
    procedures=(Derived(after_cutoff.derivation), NETWORKS),
    mutants=(
        *refused(after_cutoff),
        Check("half the time", "the limit is that of S/2", _half),
        Check("no cubic term", "(1+λ)c = λYS", _without_cubic),
    ),
    degenerate=(
        Check("S9′", "the limit for p → ∞ lies in the enclosure at every width", _proved),
        Check("T fixed", "a time that does not grow with √p does not align", _fixed_time),
        Check("n=1", "one sample: the recursion is that of the weights", _reads_off),
        Check("y=0", "targets 0", _no_targets),
    ),
    witness=Check("non-vacuity", "there are orthogonal starts", _exists),
)
