"""Concentration of the two Gram matrices at initialisation."""

from __future__ import annotations

from functools import cache

import numpy as np

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Proved, Scaling, wrong_proofs
from fa_theory.gram.limit import limit_gram
from fa_theory.model.activations import activation
from fa_theory.model.ball import Array
from fa_theory.model.law import Law
from fa_theory.model.network import Network
from fa_theory.model.problem import gaussian_network

from ..shared.hypotheses import GAUSSIAN
from .theorems import random_gram

WIDTHS = (64, 256, 1024, 4096)
TRIALS = Trials(200, 1000, 5000)
# one data set for all networks: the limits are statements about fixed data
X = Law("tanh", 6, 12, 1).sample(np.random.default_rng(2021)).X
PSI = activation("tanh")


@cache
def limit() -> Array:
    return limit_gram(X, PSI)


def spectral(A: np.ndarray) -> float:
    return float(np.linalg.norm(A, 2))


def start(p: int, rng: np.random.Generator) -> Network:
    return gaussian_network(rng, p, X.shape[1], PSI)


def gram_deviation(p: int, rng: np.random.Generator) -> float:
    return spectral(start(p, rng).gram(X) - limit())


def feedback_size(p: int, rng: np.random.Generator) -> float:
    return spectral(start(p, rng).feedback_gram(X))


GRAM = Scaling(
    gram_deviation, r"$\|G(0) - \bar G\|_2$", WIDTHS, TRIALS, alpha=-0.5, tolerance=0.05, name="exponent of G"
)
FEEDBACK = Scaling(feedback_size, r"$\|H(0)\|_2$", WIDTHS, TRIALS, alpha=-0.5, tolerance=0.05, name="exponent of H")


def _one_neuron(context: Context) -> CheckOutcome:
    values = [gram_deviation(1, context.rng("p=1", i)) for i in range(50)]
    return CheckOutcome(max(values) < spectral(limit()) + len(X), f"mean deviation {np.mean(values):.2f}, of order 1")


def _no_feedback(context: Context) -> CheckOutcome:
    network = start(64, context.rng("b=0"))
    size = spectral(Network(network.W, network.beta, 0 * network.b, PSI).feedback_gram(X))
    return CheckOutcome(size == 0, f"‖H(0)‖ = {size:g}")


def _aligned(context: Context) -> CheckOutcome:
    """With b = β(0), H concentrates at a positive matrix instead of 0."""
    sizes = []
    for p in (WIDTHS[0], WIDTHS[-1]):
        network = start(p, context.rng("aligned", p))
        sizes.append(spectral(Network(network.W, network.beta, network.beta, PSI).feedback_gram(X)))
    return CheckOutcome(
        sizes[1] > 0.5 * sizes[0], f"‖H(0)‖ is {sizes[0]:.2f} at p={WIDTHS[0]}, {sizes[1]:.2f} at {WIDTHS[-1]}"
    )


def _same_variance(context: Context) -> CheckOutcome:
    """Estimates of V from two widths agree within four standard errors."""
    samples = [
        np.array([p * np.sum((start(p, context.rng("V", p, i)).gram(X) - limit()) ** 2) for i in range(200)])
        for p in (16, 256)
    ]
    means = [float(v.mean()) for v in samples]
    error = float(np.sqrt(sum(v.var(ddof=1) / len(v) for v in samples)))
    agree = abs(means[0] - means[1]) < 4 * error
    return CheckOutcome(
        agree and min(means) > 4 * error, f"V is about {means[0]:.2f} from p=16 and {means[1]:.2f} from p=256"
    )


gram_moments = Claim(
    id="song2021.gram-moments",
    title="The mean squares of the Gram matrices are exactly of order $1/p$",
    kind=Kind.LEMMA,
    bound=Bound.TIGHT,
    summary="E‖G(0) − Ḡ‖² = V/p exactly, E H(0) = 0 and E‖H(0)‖² ≤ L⁴‖XXᵀ‖²/p, in the Frobenius norm at any width.",
    statement=r"""For fixed data, all $n, d, p$ and any $\psi$ with $|\psi'| \le L$, in the Frobenius norm
\[ E\,\|G(0) - \bar G\|_F^2 = \frac{V}{p}, \qquad E\,H(0) = 0, \qquad
   E\,\|H(0)\|_F^2 \le \frac{L^4 \|XX^\top\|_F^2}{p} , \]
where $V = \sum_{ij} \mathrm{Var}\,[\psi(w\cdot x_i)\, \psi(w\cdot x_j)]$ is a property of a single neuron.""",
    hypotheses=(
        Hypothesis("independent neurons", r"$w_1, \dots, w_p$ are independent with one law"),
        Hypothesis("independent weights", r"$\beta(0)$ and $b$ are standard normal and independent of everything else"),
    ),
    source=Source(
        "song2021",
        "Lemmas on the concentration of G(0) and H(0)",
        Fidelity.OURS,
        "An exact second moment at every width, where the paper has a tail bound for large width.",
    ),
    procedures=(
        Proved(random_gram.gram, name="proof for the features"),
        Proved(random_gram.mean_of_feedback, name="proof for the mean of the feedback"),
        Proved(random_gram.feedback, name="proof for the feedback"),
    ),
    mutants=(
        *wrong_proofs(random_gram.gram, *random_gram.MUTANTS_OF_G),
        *wrong_proofs(random_gram.mean_of_feedback, *random_gram.MUTANTS_OF_MEAN),
        *wrong_proofs(random_gram.feedback, *random_gram.MUTANTS_OF_H),
    ),
    degenerate=(Check("b=0", "no feedback: H(0) = 0", _no_feedback),),
    witness=Check(
        "non-vacuity",
        "for Gaussian initialisation the mean square times the width is the same number V > 0 at two widths",
        _same_variance,
    ),
)

gram_concentration = Claim(
    id="song2021.gram-concentration",
    title="Both Gram matrices concentrate at rate $p^{-1/2}$",
    kind=Kind.LEMMA,
    bound=Bound.SCALING,
    summary="At initialisation G deviates from its limit, and H from 0, by order p^(-1/2).",
    statement=r"""For fixed data, $\|G(0) - \bar G\|_2$ and $\|H(0)\|_2$ are $\tilde O(p^{-1/2})$ as $p \to \infty$;
their root mean squares scale with exponent $-1/2$.""",
    hypotheses=(
        GAUSSIAN,
        Hypothesis("independent feedback", r"$b$ is independent of $\beta(0)$"),
        Hypothesis("bounded activation and slope", r"$|\psi| \le B$, $|\psi'| \le L_1$; here $\psi = \tanh$"),
    ),
    source=Source(
        "song2021",
        "Lemmas on the concentration of G(0) and H(0)",
        Fidelity.ADAPTED,
        "The exponent of the root mean square at widths 64 to 4096 replaces the bound, which has a logarithm.",
    ),
    uses=("song2021.gram-moments",),
    procedures=(GRAM, FEEDBACK),
    mutants=(
        GRAM.mutant(-1.0),
        GRAM.mutant(-0.25),
        FEEDBACK.mutant(-1.0),
        FEEDBACK.mutant(-0.25),
        Check("b = β(0)", "H vanishes even if the feedback weights equal the output weights", _aligned),
    ),
    degenerate=(
        Check("p=1", "a single neuron: the deviation is of order 1", _one_neuron),
        Check("b=0", "no feedback: H(0) = 0 exactly", _no_feedback),
    ),
    witness=Check(
        "non-vacuity",
        "tanh and its slope are bounded",
        lambda context: CheckOutcome(PSI.bounds[:2] == ("1", "1"), "sup|ψ| = sup|ψ'| = 1"),
    ),
)
