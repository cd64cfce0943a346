"""Whether regularisation is necessary for alignment depends on the size of the initial weights.

With ``W₀ = 0`` and ``β₀ = 0``, linear closure gives ``β = a b``: the alignment is perfect at every width from the
second step on, without any regularisation. The theorem that the alignment vanishes needs initial weights of size 1 and
p → ∞.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice, pairwise
from typing import Any

import numpy as np
from flint import ctx

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Erratum, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Enclosures, Instance
from fa_theory.enclosure.asserted import Asserted, State, WrittenTerm, number
from fa_theory.model.activations import activation
from fa_theory.model.ball import Ball, balls
from fa_theory.model.network import Network, norm
from fa_theory.model.rules import step
from fa_theory.simulation.linear_law import Start

from ..shared.hypotheses import DYNAMICS, LINEAR, UNREGULARISED

WIDTH, ETA, STEPS = 100, 0.5, 30
TARGETS = (1.0, -1.0)
BOUND = 5
"""The literal reading at this width: |cos| ≤ 5/√p."""


def trained(scale: float, rng: np.random.Generator, *, bound: float = BOUND / np.sqrt(WIDTH)) -> Instance:
    """Train in balls from weights of the given size; applies if the error is halved, margin ``bound − |cos|``."""
    X, y = balls(np.eye(2)), balls(np.array(TARGETS))
    W, beta, b = rng.standard_normal((WIDTH, 2)), rng.standard_normal(WIDTH), rng.standard_normal(WIDTH)
    state = Network(balls(scale * W), balls(scale * beta), balls(b), activation("linear"))
    first = norm(y)
    for _ in range(STEPS):
        state = step(state, X, y, eta=Ball(ETA))
    learnt = Ball(first / 2 - norm(state.error(X, y)))
    cosine = Ball(state.b @ state.beta) / Ball(norm(state.b) * norm(state.beta))
    return Instance(margins=(bound - abs(cosine),), applies=learnt.lower > 0)


def _from_zero(rng: np.random.Generator) -> Mapping[str, Any]:
    """A network from zero halves its error, and its cosine exceeds the bound."""
    said, zero = Asserted(), number(0)
    X, y = said.let("X", np.eye(2)), said.let("y", np.array(TARGETS)[:, None])
    b = said.let("b", np.round(64 * rng.standard_normal((WIDTH, 1))) / 64)
    state = State("linear", WrittenTerm("W"), WrittenTerm("beta"), b, WIDTH)
    W, beta = state.after(X, y, 2, number(ETA))
    first = WrittenTerm(["ones", WIDTH, 2]) * zero, WrittenTerm(["ones", WIDTH, 1]) * zero
    said.iterate(STEPS, W=(first[0], lambda: W), beta=(first[1], lambda: beta))
    said.at_most(state.error(X, y).size(), y.size() / 2)
    cosine = (b * state.beta).of("total") / (b.size() * state.beta.size())
    said.below(BOUND / state.root, abs(cosine))
    return said.document


FROM_ZERO = Enclosures(
    _from_zero,
    Trials(1, 10, 100),
    f"a network that starts from 0 halves its error and has |cos| > {BOUND}/√p",
    refutes=True,
    name="networks from zero",
)


def scaled(start: Start, scale: float) -> Start:
    """The same directions, with W₀ and β₀ multiplied by a factor."""
    return replace(
        start, G=scale**2 * start.G, f=scale**2 * start.f, q=scale * start.q, N=scale**2 * start.N, r=scale * start.r
    )


def _by_size(context: Context) -> CheckOutcome:
    """The alignment against the size of the initial weights, p = 1000, without regularisation."""
    start, y = Start.sample(np.eye(2), 1000, context.rng("size")), np.array(TARGETS)
    sizes = (0.0, 0.01, 0.1, 0.3, 1.0)
    found = [float(next(islice(scaled(start, size).run(y, eta=ETA), 600, None))[0].alignment) for size in sizes]
    falls = all(a > b for a, b in pairwise(found))
    shown = ", ".join(f"{size:g}: {value:.3f}" for size, value in zip(sizes, found, strict=True))
    return CheckOutcome(falls and found[0] > 0.999, f"cos by size of the initial weights: {shown}")


def _even_higher(context: Context) -> CheckOutcome:
    with ctx.workprec(128):
        found = trained(0.0, context.rng("higher"), bound=0.99)
    return CheckOutcome(found.applies and found.violated(), "the cosine even exceeds 0.99")


def _gaussian(context: Context) -> CheckOutcome:
    with ctx.workprec(128):
        found = trained(1.0, context.rng("gaussian"))
    return CheckOutcome(found.applies and found.shown(1.0), f"margin {found.margins[0].midpoint:.3f}: the bound holds")


def _met(context: Context) -> CheckOutcome:
    with ctx.workprec(128):
        found = trained(0.0, context.rng("met"))
    return CheckOutcome(found.applies, "a network that starts from 0 certainly halves its error")


regularisation_necessary = Claim(
    id="song2021.regularisation-necessary",
    title="Regularisation is necessary for alignment: a literal reading",
    kind=Kind.READING,
    bound=Bound.UPPER,
    summary="Literal reading: no wide trained network aligns without regularisation. Networks that start from 0 do.",
    statement=rf"""Let $\psi = \mathrm{{id}}$, $XX^\top = I$, $p = {WIDTH}$, $\lambda = 0$, and any initial weights that
do not depend on $b$. Once the error is at most $\frac12 \|y\|_2$, $|\cos\angle(b, \beta(t))| \le {BOUND}/\sqrt p$.""",
    hypotheses=(
        DYNAMICS,
        LINEAR,
        UNREGULARISED,
        Hypothesis("independent start", r"$W(0), \beta(0)$ do not depend on $b$"),
    ),
    source=Source(
        "song2021",
        "Section 4, on the need for regularisation",
        Fidelity.ADAPTED,
        "Read for initial weights of any size, with an explicit bound of the order p^(-1/2).",
        proved=False,
    ),
    uses=("song2021.linear-closure",),
    procedures=(FROM_ZERO,),
    mutants=(Check("bound 0.99", "the cosine is at most 0.99", _even_higher),),
    degenerate=(
        Check("size 1", "initial weights N(0, 1): the bound holds", _gaussian),
        Check("intermediate sizes", "the alignment falls as the initial weights grow", _by_size),
    ),
    witness=Check("non-vacuity", "networks that start from 0 are trained successfully", _met),
    erratum=Erratum(
        "networks that start from W = 0 and β = 0, trained in ball arithmetic", "song2021.alignment-vanishes"
    ),
)
