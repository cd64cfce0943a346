"""The limit Ḡ of the Gram matrix is positive definite, and concrete networks are near it, enclosed in balls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from flint import ctx

from fa_theory.checker import ranges
from fa_theory.checker.linalg import up
from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Enclosures, Instance
from fa_theory.enclosure.asserted import Asserted, State, WrittenTerm, gram, mean, number, table
from fa_theory.gram.definite import gamma_lower, smallest_eigenvalue
from fa_theory.gram.deviation import feedback_deviation, gram_deviation
from fa_theory.gram.limit import limit_gram, limit_slopes
from fa_theory.model.activations import ACTIVATIONS, Activation, activation
from fa_theory.model.ball import Array, Ball, balls
from fa_theory.model.data import dataset
from fa_theory.model.network import Network, norm
from fa_theory.model.problem import gaussian_network

from ..shared.hypotheses import GAUSSIAN

SAMPLES, DIMENSION = 6, 12
NONLINEAR = tuple(name for name in ACTIVATIONS if name != "linear")
BITS = 64
DEGREES = {"sphere": 12, "digits": 24}
"""Hermite coefficients of ψ that suffice for Ḡ: fewer for rows that are nearly orthogonal."""


def mean_slopes(X: Array, psi: Activation) -> Array:
    """``E ψ'(w·x_i)`` in balls: the slopes' kernel with a row of zeros is ``ψ'(0) E ψ'(w·x_i)``; ½ for ReLU."""
    if psi.name == "relu":
        return balls(np.full(len(X), 0.5))
    with_zero = np.vstack([X, 0 * X[:1]])
    kernel = limit_slopes(with_zero, psi, "enclosed")[-1]
    slopes: Array = kernel[:-1] / kernel[-1].root_of_square()
    return slopes


def _hull(bounds: tuple[object, object]) -> Ball:
    low, high = (Ball(bound).arb for bound in bounds)
    return Ball(low.union(high))


def positivity(X: Array, psi: Activation, factor: float = 1.0, *, steepest: bool = False) -> Instance:
    """Margins of ``Ḡ ⪰ c S XXᵀ S`` and of ``γ ≥ c min s² λ_min(XXᵀ)``.

    ``factor`` is c; ``steepest`` takes the largest slope in place of the mean slopes (wrong versions).
    """
    slopes = mean_slopes(X, psi)
    if steepest:
        slopes = balls(np.full(len(X), ranges.steepest(psi.name)))
    X = balls(X)
    K, gram = X @ X.T, limit_gram(X, psi, "enclosed")
    excess = gram - slopes[:, None] * K * slopes * factor
    kappa = _hull(smallest_eigenvalue(K))
    least = min(slopes, key=lambda s: s.midpoint)
    gap = _hull(smallest_eigenvalue(gram)) - least * least * kappa * factor
    return Instance(margins=(_hull(smallest_eigenvalue(excess)), gap), applies=bool(kappa.lower > 0))


def _positive(rng: np.random.Generator, source: str) -> Mapping[str, Any]:
    """``λ_min(Ḡ − S XXᵀ S) ≥ 0``, ``γ ≥ min s² λ_min(XXᵀ)`` and ``λ_min(XXᵀ) > 0``."""
    d = None if source == "digits" else DIMENSION
    data = dataset(source, rng=rng, n=SAMPLES, d=d).X
    psi, said = str(rng.choice(NONLINEAR)), Asserted(BITS)
    X = said.let("X", data)
    K = said.let("K", X @ X.T)
    slope = table(range(SAMPLES), range(1), lambda i, _: mean(lambda z: (K.at(i, i).of("sqrt") * z).of(f"{psi}'")))
    s = said.let("s", slope)
    G = said.let("G", gram(X, psi, DEGREES[source]))
    said.below(0, K.of("min_eigenvalue"))
    said.at_most(0, (G - K * (s @ s.T)).of("min_eigenvalue"))
    said.at_most((s * s).of("least") * K.of("min_eigenvalue"), G.of("min_eigenvalue"))
    return said.document


ON_SPHERE = Enclosures(
    partial(_positive, source="sphere"), Trials(8, 80, 800), "both inequalities for data on the sphere", name="sphere"
)
ON_DIGITS = Enclosures(
    partial(_positive, source="digits"), Trials(4, 40, 400), "both inequalities for handwritten digits", name="digits"
)


def _rows(context: Context, name: str, n: int = SAMPLES) -> Array:
    return dataset("sphere", rng=context.rng(name), n=n, d=DIMENSION).X


def _wrong(name: str, says: str, *, factor: float = 1.0, steepest: bool = False) -> Check:
    def run(context: Context) -> CheckOutcome:
        with ctx.workprec(BITS):
            found = positivity(_rows(context, name), activation("tanh"), factor, steepest=steepest)
        return CheckOutcome(found.violated(), f"λ_min of the difference is {found.margins[0].midpoint:.3f}")

    return Check(name, says, run)


def _never_certified(name: str, says: str, rows: Callable[[Array], Array]) -> Check:
    def run(context: Context) -> CheckOutcome:
        X = rows(_rows(context, name, 2))
        bounds = {psi: gamma_lower(X, activation(psi), bits=BITS) for psi in ("tanh", "erf", "relu", "linear")}
        return CheckOutcome(all(bound == 0 for bound in bounds.values()), "no positive lower bound of γ was proved")

    return Check(name, says, run)


def _linear(context: Context) -> CheckOutcome:
    with ctx.workprec(BITS):
        found = positivity(_rows(context, "linear"), activation("linear"))
    return CheckOutcome(all(m.contains(0) for m in found.margins), "both margins contain 0")


def _one_sample(context: Context) -> CheckOutcome:
    with ctx.workprec(BITS):
        found = [positivity(_rows(context, "n=1", 1), activation(name)) for name in NONLINEAR]
    return CheckOutcome(all(instance.shown(1.0) for instance in found), f"holds for {len(found)} activations")


def _met(context: Context) -> CheckOutcome:
    records = [r for p in (ON_SPHERE, ON_DIGITS) for r in context.records(p.name).values()]
    shown = sum("artefact" in r for r in records)
    return CheckOutcome(
        shown > 0, f"λ_min(XXᵀ) > 0 is part of what is enclosed, for {shown} of {len(records)} data sets"
    )


limit_gram_positive = Claim(
    id="song2021.limit-gram-positive",
    title="The limit Gram matrix dominates that of the data",
    kind=Kind.LEMMA,
    bound=Bound.LOWER,
    summary="Ḡ ⪰ S XXᵀ S with the mean slopes S, so γ > 0 whenever the samples are linearly independent.",
    statement=r"""Let $w \sim N(0, I)$ and $S = \mathrm{diag}(s_1, \dots, s_n)$ with $s_i = E\,\psi'(w\cdot x_i)$. For
any data and any absolutely continuous $\psi$ with bounded slope
\[ \bar G \succeq S X X^\top S , \qquad \gamma = \lambda_{\min}(\bar G) \ge \min_i s_i^2 \; \lambda_{\min}(XX^\top) . \]
(By Stein's lemma $E\,\psi(w\cdot x_i)\, w = s_i x_i$, so the functions $\psi(w\cdot x_i) - s_i\, x_i\cdot w$ have the
covariances $\bar G - S X X^\top S$, which is positive semi-definite.)""",
    hypotheses=(
        Hypothesis("Gaussian weights", r"$w \sim N(0, I)$"),
        Hypothesis("independent samples", r"$\lambda_{\min}(XX^\top) > 0$"),
    ),
    source=Source(
        "song2021",
        "Section 3, assumption that the limit Gram matrix is positive definite",
        Fidelity.OURS,
        "An explicit lower bound of γ; enclosed on concrete data for tanh, sigmoid, softplus, erf and ReLU.",
    ),
    procedures=(ON_SPHERE, ON_DIGITS),
    mutants=(
        _wrong("twice the bound", "Ḡ ⪰ 2 S XXᵀ S", factor=2.0),
        _wrong("largest slope", "sup|ψ'| in place of the mean slopes", steepest=True),
    ),
    degenerate=(
        Check("linear", "ψ = id: S = I, and the bound is an equality", _linear),
        Check("n=1", "a single sample", _one_sample),
        _never_certified("equal samples", "γ = 0: no positive bound is certified", lambda X: X[[0, 0]]),
        _never_certified(
            "zero sample", "ψ(0) = 0, so γ = 0: no positive bound is certified", lambda X: X * [[1.0], [0.0]]
        ),
    ),
    witness=Check("non-vacuity", "unit data and digits are linearly independent", _met),
)

WIDTHS = (64, 256)


def deviation(network: Network, X: Array, *, power: int = 1, factor: int = 4) -> Instance:
    """Margins of ``‖G − Ḡ‖₂ ≤ 4 tr Ḡ / √p`` and ``‖H‖₂ ≤ 4 L² ‖XXᵀ‖_F / √p``; ``power = 2`` replaces √p by p."""
    scale = factor / Ball(network.p).sqrt() ** power
    steepest = Ball(ranges.steepest(network.psi.name))
    K = balls(X) @ balls(X).T
    G_size, H_size = np.trace(limit_gram(X, network.psi, "enclosed")), steepest * steepest * norm(K.ravel())
    G_norm, H_norm = (Ball(f(network, X, bits=BITS)) for f in (gram_deviation, feedback_deviation))
    return Instance(margins=(scale * G_size - G_norm, scale * H_size - H_norm))


def start(rng: np.random.Generator, p: int, psi: str) -> tuple[Network, Array]:
    """A network at initialisation and data."""
    X = dataset("sphere", rng=rng, n=SAMPLES, d=DIMENSION).X
    return gaussian_network(rng, p, DIMENSION, activation(psi)), X


def _near_its_limit(rng: np.random.Generator) -> Mapping[str, Any]:
    """Both bounds for a network at initialisation."""
    p, psi, said = int(rng.choice(WIDTHS)), str(rng.choice(list(ACTIVATIONS))), Asserted(BITS)
    network, data = start(rng, p, psi)
    X = said.let("X", data)
    state = State.of(said, network)
    features, slopes = said.let("F", state.features(X)), said.let("D", state.slopes(X, SAMPLES))
    K = said.let("K", X @ X.T)
    limit = said.let("G", K if psi == "linear" else gram(X, psi, DEGREES["sphere"]))
    H = K * (slopes * (WrittenTerm(["ones", SAMPLES, 1]) @ (state.beta * state.b).T) @ slopes.T) / p
    said.at_most((features @ features.T / p - limit).of("norm"), limit.of("trace") * (4 / state.root))
    steepest = -up(-ranges.steepest(psi))  # no larger than L, and exact where that is rational
    said.at_most(H.of("norm"), K.size() * (4 * number(steepest) ** 2 / state.root))
    return said.document


STARTS = Enclosures(
    _near_its_limit,
    Trials(8, 80, 800),
    "both bounds for a network at initialisation",
    name="networks at initialisation",
)


def _too_near(context: Context) -> CheckOutcome:
    with ctx.workprec(BITS):
        found = deviation(*start(context.rng("rate"), 256, "tanh"), power=2)
    return CheckOutcome(found.violated(), f"the margins are {', '.join(f'{m.midpoint:.3f}' for m in found.margins)}")


def _aligned(context: Context) -> CheckOutcome:
    network, X = start(context.rng("aligned"), 256, "linear")
    with ctx.workprec(BITS):
        found = deviation(Network(network.W, network.beta, network.beta, network.psi), X)
    return CheckOutcome(found.violated(), f"the margin of H is {found.margins[1].midpoint:.3f}")


def _no_feedback(context: Context) -> CheckOutcome:
    network, X = start(context.rng("b=0"), 64, "tanh")
    size = feedback_deviation(Network(network.W, network.beta, 0 * network.b, network.psi), X, bits=BITS)
    return CheckOutcome(size == 0, f"‖H(0)‖ = {size}")


def _one_neuron(context: Context) -> CheckOutcome:
    with ctx.workprec(BITS):
        found = [deviation(*start(context.rng("p=1", i), 1, "tanh")) for i in range(3)]
    return CheckOutcome(all(instance.shown(1.0) for instance in found), "holds for 3 of 3 networks")


gram_deviation_enclosed = Claim(
    id="song2021.gram-deviation-enclosed",
    title="Concrete networks start within $4/\\sqrt p$ of their limit",
    kind=Kind.LEMMA,
    bound=Bound.UPPER,
    summary="For every network drawn, ‖G(0) − Ḡ‖ ≤ 4 tr Ḡ/√p and ‖H(0)‖ ≤ 4L²‖XXᵀ‖/√p, enclosed in ball arithmetic.",
    statement=r"""For the networks of widths 64 and 256 drawn here, of every activation, with $L = \sup|\psi'|$,
\[ \|G(0) - \bar G\|_2 \le \frac{4}{\sqrt p}\, \mathrm{tr}\, \bar G, \qquad
   \|H(0)\|_2 \le \frac{4}{\sqrt p}\, L^2\, \|XX^\top\|_F . \]
(For the second bound, the moments of $H(0)$ and Markov's inequality give probability at least $15/16$; every network
drawn is checked, without exception.)""",
    hypotheses=(GAUSSIAN, Hypothesis("unit data", r"$\|x_i\|_2 = 1$, with $x_i$ uniform on the sphere")),
    source=Source(
        "song2021",
        "Lemmas on the concentration of G(0) and H(0)",
        Fidelity.ADAPTED,
        "Explicit constants, verified on concrete networks; the paper states orders that hold with high probability.",
    ),
    uses=("song2021.gram-moments",),
    procedures=(STARTS,),
    mutants=(
        Check("rate 1/p", "p in place of √p", _too_near),
        Check("b = β(0)", "H is small even if the feedback weights equal the output weights", _aligned),
    ),
    degenerate=(
        Check("b=0", "no feedback: H(0) = 0", _no_feedback),
        Check("p=1", "a single neuron", _one_neuron),
    ),
    witness=Check(
        "non-vacuity",
        "networks can be drawn from the law",
        lambda context: CheckOutcome((n := len(context.records(STARTS.name))) > 0, f"{n} networks drawn"),
    ),
)
