"""Regularisation with a cutoff aligns wide linear networks at an angle that does not depend on the width.

Derivation of the limit, for ``XXᵀ = I``, in the variables of `linear_closure` (``q, f₀ = O(1)``, ``G → I``, ``B → 1``).

1. The time is long, ``ηT = S√p``: let ``τ = ηt/√p ∈ [0, S]``. Since α, v and a relax at the rate λ, which is fast in τ,
   they follow e: ``α → 0``, ``v = e/λ`` (the fixed point of ``v⁺ = (1−ηλ)v + ηe``) and ``p a = sᵀe/λ``.
2. With ``s = √p σ`` the output is ``f = −v − (b·β/p) s``, and ``b·β/p → a``, so ``f = −(1/λ)(I + σσᵀ) e``.
3. From ``e = f − y``: ``((1+λ) I + σσᵀ) e = −λy``. As σ starts at 0 and ``dσ/dτ = e``, both stay parallel to y; with
   ``σ = −c y/‖y‖`` this is ``e = −λy/(1 + λ + c²)``.
4. So ``dc/dτ = λ‖y‖/(1 + λ + c²)``: ``d/dτ (c³/3 + (1+λ)c) = λ‖y‖``, and ``c³/3 + (1+λ)c = λ‖y‖S`` at the cutoff.
5. After the cutoff e decays in time O(1), in which σ is constant, while ``dv = ηe`` and ``d(√p a) = η σ·e``: the
   relation ``√p a = σ·v`` of step 1 is preserved. At ``e = 0``: ``−v − √p a σ = y``, so ``(I + σσᵀ) v = −y``.
6. ``β = −p^{-1/2} W₀Xᵀv + a b`` has ``‖β‖²/p → (‖v‖² + p a²)/p`` and ``b·β/p → a``, so the cosine is
   ``σ·v/√(‖v‖² + (σ·v)²) = c/√(1 + c²)``, as v is parallel to σ.

For an orthogonal start `theorems.slow_coordinate` and `theorems.after_cutoff` prove bounds at every width, without
limits. The step size does not matter: the fixed point is the same for every step size that keeps the fast
motion stable, ``η(1 + λ + c²) < 2``.
"""

from __future__ import annotations

from itertools import islice

import numpy as np
from flint import arb

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Instance, Instances, Predicted
from fa_theory.model.ball import Array, Ball
from fa_theory.model.schedules import Schedule
from fa_theory.simulation.linear_law import Start, continued, flow

from ..shared.hypotheses import DYNAMICS, GAUSSIAN, LINEAR

CASES = {"S=0.5, λ=0.5": (0.5, 0.5), "S=1, λ=2": (1.0, 2.0), "S=2, λ=2": (2.0, 2.0), "S=5, λ=2": (5.0, 2.0)}
FIGURES = {"S=0.5, λ=0.5": 0.310, "S=1, λ=2": 0.757, "S=2, λ=2": 0.885, "S=5, λ=2": 0.953}
"""The published digits of the limit."""
LENGTH = 2
"""‖y‖."""
AFTER = 25.0
"""Time after the cutoff: the slowest rate of decay is 1."""


def polynomial(c: arb, S: float, lam: float, length: float = LENGTH) -> arb:
    """``c³/3 + (1+λ)c − λ‖y‖S``, increasing in c."""
    return c**3 / 3 + (1 + arb(lam)) * c - arb(lam) * arb(length) * arb(S)


def root(S: float, lam: float, length: float = LENGTH) -> arb:
    """The c of the limit, enclosed: the polynomial increases, so a change of sign encloses its only root."""
    low, high = arb(0), arb(lam) * arb(length) * arb(S)  # the polynomial is ≤ 0 at 0, ≥ 0 at λ‖y‖S
    for _ in range(80):
        middle = ((low + high) / 2).mid()
        value = polynomial(middle, S, lam, length)
        if value > 0:
            high = middle
        elif value < 0:
            low = middle
        else:
            break
    return low.union(high)


def limit(S: float, lam: float, length: float = LENGTH) -> arb:
    """``c/√(1+c²)``, enclosed."""
    c = root(S, lam, length)
    return c / (1 + c**2).sqrt()


def predicted(case: str) -> float:
    return float(limit(*CASES[case]).mid())


def targets(n: int) -> Array:
    y: Array = LENGTH * np.ones(n) / np.sqrt(n)
    return y


def widest(case: str, rng: np.random.Generator) -> float:
    """The alignment of a network of width 10¹², in gradient flow."""
    (S, lam), p, y = CASES[case], 10**12, targets(2)
    cutoff = flow(Start.sample(np.eye(2), p, rng), y, time=S * p**0.5, lam=lam, tolerance=1e-6)
    return float(continued(cutoff, y, time=AFTER, tolerance=1e-6).alignment)


def stepped(case: str, rng: np.random.Generator, *, eta: float = 0.3, p: int = 10**6) -> float:
    """The alignment at width 10⁶, with steps that are not small."""
    (S, lam), y = CASES[case], targets(2)
    T = round(S * p**0.5 / eta)
    states = Start.sample(np.eye(2), p, rng).run(y, eta=eta, schedule=Schedule.with_cutoff(lam, T))
    return float(next(islice(states, T + round(AFTER / eta), None))[0].alignment)


WIDEST = Predicted(
    widest, r"$\cos\angle(b, \beta)$", tuple(CASES), predicted, Trials(3, 10, 50), tolerance=1e-3, block=3
)
STEPPED = Predicted(
    stepped,
    r"$\cos\angle(b, \beta)$",
    ("S=1, λ=2",),
    predicted,
    Trials(5, 20, 100),
    tolerance=0.02,
    block=5,
    name="steps of finite size",
    settles=False,
)


def enclosed(rng: np.random.Generator) -> Instance:
    """For random S, λ and ‖y‖: the sign changes across the enclosure, which is narrow, and c < λ‖y‖S."""
    S, lam, length = (float(x) for x in rng.uniform(0.1, 5, 3))
    c = root(S, lam, length)
    low, high = arb(c.lower()), arb(c.upper())
    step = arb(1e-12)
    margins = (polynomial(high + step, S, lam, length), -polynomial(low - step, S, lam, length), step - (high - low))
    return Instance(margins=tuple(map(Ball, margins)))


ROOT = Instances(enclosed, Trials(20, 100, 1000), name="root in ball arithmetic", settles=False)


def _wrong(c: float) -> float:
    return float(c / np.sqrt(1 + c * c))


def _linearised(case: str) -> float:
    S, lam = CASES[case]
    return _wrong(lam * LENGTH * S / (1 + lam))


def _without_first(case: str) -> float:
    S, lam = CASES[case]
    return _wrong((3 * lam * LENGTH * S) ** (1 / 3))


def _short(context: Context) -> CheckOutcome:
    """T ∝ log p instead of √p: the alignment vanishes."""
    start, y = Start.sample(np.eye(2), 10**12, context.rng("short")), targets(2)
    state = continued(flow(start, y, time=float(np.log(10**12)), lam=2.0), y, time=AFTER)
    return CheckOutcome(float(state.alignment) < 0.01, f"cos = {float(state.alignment):.1e} at p = 10¹² and ηT = log p")


def _figures(context: Context) -> CheckOutcome:
    """The published digits: each within half a unit of its last place of the enclosed limit."""
    found = {case: limit(*CASES[case]) for case in CASES}
    right = all(abs(found[case] - arb(f"{figure:.3f}")) < arb("0.0005") for case, figure in FIGURES.items())
    return CheckOutcome(right, ", ".join(f"{case}: {value.str(5, radius=False)}" for case, value in found.items()))


def _vanishing(name: str, says: str, *, lam: float, length: float) -> Check:
    def run(context: Context) -> CheckOutcome:
        start, y = Start.sample(np.eye(2), 10**12, context.rng(name)), targets(2) * length / LENGTH
        state = continued(flow(start, y, time=1e6, lam=lam), y, time=AFTER)
        size, cosine = float(state.size), abs(float(state.alignment))
        if lam and not length:  # all of β decays, and only rounding errors remain
            return CheckOutcome(
                size < 1e-9, f"‖β‖²/p = {size:.0e}: the weights vanish, so their direction is undefined"
            )
        return CheckOutcome(cosine < 1e-4, f"cos = {cosine:.0e} at p = 10¹²; c = {root(1.0, lam, length).str(3)}")

    return Check(name, says, run)


def _no_feedback(context: Context) -> CheckOutcome:
    start, y = Start.sample(np.eye(2), 10**12, context.rng("b=0")), targets(2)
    still = Start(start.p, start.K, start.G, start.f, 0 * start.q, 0 * start.B, start.N, 0 * start.r)
    cosine = flow(still, y, time=10.0, lam=1.0).alignment
    return CheckOutcome(bool(np.isnan(cosine)), "the cosine is undefined for b = 0")


def _single(context: Context) -> CheckOutcome:
    start, y = Start.sample(np.eye(1), 10**12, context.rng("n=1")), targets(1)
    state = continued(flow(start, y, time=1e6, lam=2.0), y, time=AFTER)
    value = predicted("S=1, λ=2")
    return CheckOutcome(
        abs(float(state.alignment) - value) < 1e-3, f"cos = {float(state.alignment):.4f}, limit {value:.4f}"
    )


def _narrow(context: Context) -> CheckOutcome:
    """p = 1: a single neuron is aligned or anti-aligned, whatever the limit for wide networks."""
    start, y = Start.sample(np.eye(1), 1, context.rng("p=1")), targets(1)
    cosine = float(flow(start, y, time=1.0, lam=0.5).alignment)
    return CheckOutcome(abs(abs(cosine) - 1) < 1e-6, f"cos = {cosine:+.6f}")


def _fitted(context: Context) -> CheckOutcome:
    start, y = Start.sample(np.eye(2), 10**12, context.rng("fitted")), targets(2)
    state = continued(flow(start, y, time=1e6, lam=2.0), y, time=AFTER)
    left = float(np.linalg.norm(state.error(y)))
    return CheckOutcome(left < 1e-6, f"‖e‖ = {left:.0e} at the end, ‖y‖ = {LENGTH}")


alignment_after_cutoff = Claim(
    id="song2021.alignment-after-cutoff",
    title="Regularisation for a time of order √p aligns wide linear networks at a known angle",
    kind=Kind.THEOREM,
    bound=Bound.TIGHT,
    summary="With λ > 0 until ηT = S√p, cos∠(b, β) → c/√(1+c²) as p → ∞, where c³/3 + (1+λ)c = λ‖y‖S.",
    statement=r"""Let $\psi = \mathrm{id}$, $XX^\top = I$, and $\lambda(t) = \lambda > 0$ until $\eta T = S\sqrt p$, and
0 afterwards. With steps small enough to be stable, as $p \to \infty$ the network fits the targets, and
\[ \cos\angle(b, \beta(\infty)) \to \frac{c}{\sqrt{1 + c^2}}, \qquad
   \frac{c^3}{3} + (1 + \lambda)\, c = \lambda \|y\|_2\, S . \]
So the alignment does not vanish with width, but this requires $T$ to grow like $\sqrt p$.
For an orthogonal start the same is derived with explicit errors of order $p^{-1/2}$. Not derived: that the inner
products of Gaussian weights, which are those of an orthogonal start up to $p^{-1/2}$, and their initial output, which
decays, change the limit by no more than that. So the exact law of Gaussian weights at width $10^{12}$ is simulated; the
root is enclosed.""",
    hypotheses=(
        DYNAMICS,
        LINEAR,
        GAUSSIAN,
        Hypothesis("isometric data", r"$XX^\top = I$"),
        Hypothesis("stable steps", r"$\eta (1 + \lambda + c^2) < 2$"),
    ),
    source=Source(
        "song2021",
        "Section 4, regularisation with cutoff for linear networks",
        Fidelity.OURS,
        "The paper shows cos ≥ c > 0 for suitable λ and T; this claim gives the value.",
        proved=False,
    ),
    uses=("song2021.linear-closure", "song2021.cutoff-orthogonal-start"),
    procedures=(WIDEST, STEPPED, ROOT),
    mutants=(
        WIDEST.mutant("no cubic term", "(1+λ)c = λ‖y‖S", _linearised),
        WIDEST.mutant("only the cubic term", "c³/3 = λ‖y‖S", _without_first),
        WIDEST.mutant(
            "twice the time", "S is replaced by 2S", lambda case: float(limit(2 * CASES[case][0], CASES[case][1]))
        ),
        Check("short time", "T ∝ log p is long enough", _short),
    ),
    degenerate=(
        _vanishing("λ=0", "no regularisation: c = 0, no alignment", lam=0.0, length=2.0),
        _vanishing("y=0", "zero targets: c = 0, and β vanishes while λ > 0", lam=2.0, length=0.0),
        Check("b=0", "no feedback: the alignment is undefined", _no_feedback),
        Check("n=1", "one sample: the same limit", _single),
        Check("p=1", "one neuron: always aligned or anti-aligned", _narrow),
        Check("published digits", "the limits of the published table", _figures),
    ),
    witness=Check("non-vacuity", "a network of width 10¹² fits its targets after the cutoff", _fitted),
)
