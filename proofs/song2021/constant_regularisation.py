"""Regularisation that is never switched off: no fixed point, slow decay, alignment 1, and eventual instability.

Derivation, for ``XXᵀ = I``, continuing that of `cutoff` (there: σ, c, τ). While λ > 0, ``e = −λy/(1 + λ + c²)`` in
size ``λ‖y‖/(1 + λ + c²)``, and ``c³/3 + (1+λ)c = λ‖y‖τ`` for all τ. So c grows without bound, like ``(3λ‖y‖τ)^{1/3}``:
``‖e‖ ~ τ^{-2/3}``, and the cosine ``c/√(1+c²)`` tends to 1.

In steps of size η, with s held fixed, the fast variables ``v`` and ``w = √p a`` obey, along σ,

    (v, w)⁺ = [(1 − ηλ) I − η M] (v, w) + const,   M = [[1, c], [c, c²]],

since ``e = −v − wσ − y``. M has the eigenvalues 0 and 1 + c², so the fast motion is stable exactly while
``η (1 + λ + c²) < 2``: it becomes unstable for every η > 0 eventually, because c grows. For an orthogonal start
`theorems.slow_coordinate` proves this as an exact identity, with bounds of c and e at every step.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

import numpy as np
from flint import arb, ctx

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Erratum, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Enclosures, Instance, Instances, Predicted
from fa_theory.enclosure.asserted import Asserted, State, WrittenTerm, number
from fa_theory.model.activations import activation
from fa_theory.model.ball import Ball, balls
from fa_theory.model.network import Network, norm
from fa_theory.model.problem import gaussian_network
from fa_theory.model.rules import step
from fa_theory.model.schedules import Schedule
from fa_theory.simulation.linear_law import LinearState, Start, flow
from fa_theory.simulation.run import run

from ..shared.hypotheses import DYNAMICS, GAUSSIAN, LINEAR
from .cutoff import LENGTH, limit, root, targets

LAM = 1.0
TIMES = {"τ=50": 50.0, "τ=200": 200.0}
ISOMETRIC = Hypothesis("isometric data", r"$XX^\top = I$")
CONSTANT = Hypothesis("constant regularisation", r"$\lambda(t) = \lambda > 0$ for all $t$")


def at(tau: float, rng: np.random.Generator, *, lam: float = LAM, p: int = 10**12) -> LinearState:
    """A network after the time ``τ√p``, in gradient flow."""
    return flow(Start.sample(np.eye(2), p, rng), targets(2), time=tau * p**0.5, lam=lam, tolerance=1e-7)


def predicted(tau: float) -> float:
    """``λ‖y‖/(1 + λ + c²)``."""
    c = root(tau, LAM)
    return float((arb(LAM) * LENGTH / (1 + arb(LAM) + c**2)).mid())


def size(case: str, rng: np.random.Generator) -> float:
    return float(np.linalg.norm(at(TIMES[case], rng).error(targets(2))))


def cosine(case: str, rng: np.random.Generator) -> float:
    return float(at(TIMES[case], rng).alignment)


ERROR = Predicted(
    size,
    r"$\|e\|_2$",
    tuple(TIMES),
    lambda case: predicted(TIMES[case]),
    Trials(3, 10, 50),
    tolerance=1e-2,
    block=3,
    name="size of the error",
)
COSINE = Predicted(
    cosine,
    r"$\cos\angle(b, \beta)$",
    ("τ=200",),
    lambda case: float(limit(TIMES[case], LAM).mid()),
    Trials(3, 10, 50),
    tolerance=1e-3,
    block=3,
    name="alignment",
)


def asymptotic(rng: np.random.Generator) -> Instance:
    """For τ from 10⁶ to 10⁷ the formula has an exponent within 0.001 of −2/3, enclosed, for random λ and ‖y‖."""
    lam, length = (float(x) for x in rng.uniform(0.5, 3, 2))
    first, last = (1 / (1 + arb(lam) + root(tau, lam, length) ** 2) for tau in (1e6, 1e7))
    exponent = (last / first).log() / arb(10).log()
    away = abs(exponent + arb(2) / 3)
    return Instance(margins=(Ball(arb("0.001") - away),))


EXPONENT = Instances(asymptotic, Trials(10, 50, 500), name="exponent of the formula", settles=False)


def _other_exponent(context: Context) -> CheckOutcome:
    with ctx.workprec(128):
        first, last = (1 / (1 + arb(LAM) + root(tau, LAM) ** 2) for tau in (1e6, 1e7))
        exponent = (last / first).log() / arb(10).log()
    return CheckOutcome(not abs(exponent + 1) < arb("0.1"), f"the exponent is {exponent.str(5, radius=False)}")


def _unregularised(context: Context) -> CheckOutcome:
    state = at(1.0, context.rng("λ=0"), lam=0.0)
    left = float(np.linalg.norm(state.error(targets(2))))
    return CheckOutcome(left < 1e-5 and abs(float(state.alignment)) < 1e-3, f"‖e‖ = {left:.0e}, no alignment")


def _no_targets(context: Context) -> CheckOutcome:
    start = Start.sample(np.eye(2), 10**12, context.rng("y=0"))
    left = float(np.linalg.norm(flow(start, np.zeros(2), time=1e3, lam=LAM).error(np.zeros(2))))
    return CheckOutcome(left < 1e-5, f"‖e‖ = {left:.0e}: c stays 0, and the error decays at once")


def _learns(context: Context) -> CheckOutcome:
    left = size("τ=50", context.rng("learns"))
    return CheckOutcome(0 < left < 0.1, f"‖e‖ = {left:.4f} at τ = 50, ‖y‖ = {LENGTH}")


constant_regularisation = Claim(
    id="song2021.constant-regularisation",
    title="Without a cutoff the error decays like $t^{-2/3}$, and the alignment tends to 1",
    kind=Kind.THEOREM,
    bound=Bound.TIGHT,
    summary="With constant λ the error is λ‖y‖/(1+λ+c²), where c³/3+(1+λ)c = λ‖y‖ηt/√p: it falls like t^(-2/3).",
    statement=r"""Let $\psi = \mathrm{id}$, $XX^\top = I$ and $\lambda > 0$ constant. In gradient flow, as
$p \to \infty$ with $\tau = \eta t/\sqrt p$ fixed, and $c^3/3 + (1+\lambda) c = \lambda \|y\|_2 \tau$,
\[ \|e\|_2 \to \frac{\lambda \|y\|_2}{1 + \lambda + c^2} \sim \tau^{-2/3}, \qquad
   \cos\angle(b, \beta) \to \frac{c}{\sqrt{1+c^2}} \to 1 . \]
There is no fixed point, and with steps of size $\eta$ the fast motion is unstable once
$\eta (1 + \lambda + c^2) > 2$. For an orthogonal start all of this is derived with explicit errors at every width. Not
derived: that the inner products of Gaussian weights change the limit by no more than $O(p^{-1/2})$.""",
    hypotheses=(DYNAMICS, LINEAR, GAUSSIAN, ISOMETRIC, CONSTANT),
    source=Source(
        "song2021",
        "Section 4, regularisation of linear networks",
        Fidelity.OURS,
        "The paper regularises up to a cutoff; this claim covers regularisation without one.",
        proved=False,
    ),
    uses=("song2021.linear-closure", "song2021.slow-coordinate"),
    procedures=(ERROR, COSINE, EXPONENT),
    mutants=(
        ERROR.mutant("constant error", "‖e‖ stays at λ‖y‖/(1+λ)", lambda case: LAM * LENGTH / (1 + LAM)),
        ERROR.mutant("twice the time", "τ is replaced by 2τ", lambda case: predicted(2 * TIMES[case])),
        Check("exponent −1", "‖e‖ ~ 1/t", _other_exponent),
    ),
    degenerate=(
        Check("λ=0", "no regularisation: exponential decay, no alignment", _unregularised),
        Check("y=0", "zero targets: c = 0", _no_targets),
    ),
    witness=Check("non-vacuity", "a network of width 10¹² learns under constant λ", _learns),
)

ETA, STEPS, FACTOR = 0.5, 400, 10


def bounded(network: Network, *, lam: float = LAM, steps: int = STEPS, eta: float = ETA) -> Instance:
    """Run in balls until the error exceeds ``10 (‖e(0)‖ + ‖y‖)``, or to the last step; the margin there."""
    X, y = balls(np.eye(1)), balls(np.full(1, float(LENGTH)))
    state = Network(balls(network.W), balls(network.beta), balls(network.b), network.psi)
    bound = FACTOR * (norm(state.error(X, y)) + norm(y))
    margin = Ball(bound)
    for _ in range(steps):
        state = step(state, X, y, eta=Ball(eta), lam=Ball(lam))
        margin = Ball(bound - norm(state.error(X, y)))
        if margin.upper < 0:
            break
    return Instance(margins=(margin,))


def exceeded(network: Network) -> int | None:
    """The first step at which a run in floating point exceeds the bound with room to spare."""
    X, y = np.eye(1), np.full(1, float(LENGTH))
    bound = 1.5 * FACTOR * float(norm(network.error(X, y)) + norm(y))
    states = run(network, X, y, eta=ETA, schedule=Schedule(LAM, STEPS))
    return next((t for t, (_, e) in enumerate(islice(states, STEPS)) if float(norm(e)) > bound), None)


def narrow(rng: np.random.Generator) -> Network:
    return gaussian_network(rng, 9, 1, activation("linear"))


def _exceeds(rng: np.random.Generator) -> Mapping[str, Any] | None:
    """A network whose error exceeds the bound, at the first step at which it does."""
    start = narrow(rng)
    steps = exceeded(start)
    if steps is None:
        return None
    said, network = Asserted(512), State("linear", WrittenTerm("W"), WrittenTerm("beta"), WrittenTerm("b"), 9)
    X, y = said.let("X", np.eye(1)), said.let("y", np.full((1, 1), float(LENGTH)))
    first = State.of(said, start)
    W, beta = network.after(X, y, 1, number(ETA), number(LAM))
    said.iterate(steps, W=(first.W, lambda: W), beta=(first.beta, lambda: beta))
    said.below(FACTOR * (first.error(X, y).size() + y.size()), network.error(X, y).size())
    return said.document


UNBOUNDED = Enclosures(
    _exceeds, Trials(2, 20, 200), "the error of a network exceeds the bound", refutes=True, name="runs"
)


def _any_network(context: Context) -> CheckOutcome:
    with ctx.workprec(512):
        found = [bounded(narrow(context.rng("any", i)), steps=STEPS).violated() for i in range(2)]
    return CheckOutcome(any(found), f"{sum(found)} of 2 networks exceed the bound within {STEPS} steps")


def _bounded_case(name: str, says: str, *, lam: float, eta: float, steps: int) -> Check:
    def run(context: Context) -> CheckOutcome:
        with ctx.workprec(512):
            found = bounded(narrow(context.rng(name)), lam=lam, eta=eta, steps=steps)
        return CheckOutcome(found.shown(1.0), f"margin {found.margins[0].midpoint:.3g} after {steps} steps")

    return Check(name, says, run)


constant_regularisation_bounded = Claim(
    id="song2021.constant-regularisation-bounded",
    title="Under constant regularisation the error stays bounded for all time: a literal reading",
    kind=Kind.READING,
    bound=Bound.UPPER,
    summary="Literal reading: with constant λ and a fixed step size the error stays bounded. It eventually diverges.",
    statement=rf"""Let $\psi = \mathrm{{id}}$, $XX^\top = I$, $\lambda = {LAM:g}$ constant, and $\eta = {ETA:g}$, which
is initially stable. Then $\|e(t)\|_2 \le {FACTOR}\, (\|e(0)\|_2 + \|y\|_2)$ for all $t$.""",
    hypotheses=(DYNAMICS, LINEAR, GAUSSIAN, ISOMETRIC, CONSTANT),
    source=Source(
        "song2021",
        "Section 4, boundedness of the error while λ > 0",
        Fidelity.ADAPTED,
        "Read for constant λ and all t, in discrete time, with an explicit bound.",
        proved=False,
    ),
    procedures=(UNBOUNDED,),
    mutants=(Check("some network", "no network exceeds the bound", _any_network),),
    degenerate=(
        _bounded_case("λ=0", "no regularisation: bounded here", lam=0.0, eta=0.1, steps=100),
        _bounded_case("small steps", "bounded as long as η(1+λ+c²) < 2", lam=LAM, eta=0.01, steps=100),
    ),
    witness=Check(
        "non-vacuity",
        "the steps are initially stable: η(1+λ) < 2",
        lambda context: CheckOutcome(ETA * (1 + LAM) < 2, f"η(1+λ) = {ETA * (1 + LAM):g}"),
    ),
    erratum=Erratum(
        "runs in ball arithmetic that exceed the bound once η(1+λ+c²) > 2", "song2021.constant-regularisation"
    ),
)
