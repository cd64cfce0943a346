"""The mean alignment of a network without regularisation: of order 1/p, far below its fluctuation.

Proved along the flow (`theorems.feedback_drift`), exactly and at every width: ``b·β + s·q + ½ sᵀΣs`` changes only as Σ
does, with ``q_i = p^{-1/2} Σ_r b_r ψ(w_r·x_i)`` and s is the sum of the errors. So if Σ is constant,

    b·β(t) = b·β₀ − p^{-1/2} Σ_i s_i Σ_r b_r ψ(w_r(0)·x_i) + ½ sᵀΣs.

The first two terms are of order √p and odd in b; the third is of order 1 and even in b. The linearised network, in
which Σ and the features are constant, converges to ``s = Ḡ⁻¹(f₀ − y)``. It is proved (`theorems.mean_alignment`) that
at every width

    E b·β = ½ [tr(Ḡ⁻¹Σ) + yᵀḠ⁻¹ΣḠ⁻¹y] + V/(2p),

with a V that does not depend on p, which justifies exchanging limit and mean; for linear networks, where
``Σ = Ḡ = K``, the limit is ``½ (n + yᵀK⁻¹y)``. Measured, not proved: that a trained network, in which Σ and the Gram
matrix change a little, behaves in the same way, and that ``‖b‖‖β‖/p`` may be replaced by 1. With steps of finite size
every step subtracts ``½η² eᵀKe``, and the contribution of an eigenvector of K has a closed form (`theorems.accrual`).

Simulation draws a network together with its mirror image −b: their average is free of the fluctuation.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Erratum, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Predicted, Proved, Scaling, wrong_proofs
from fa_theory.gram.limit import limit_gram, limit_slopes
from fa_theory.model.activations import Activation, activation
from fa_theory.model.ball import Array
from fa_theory.model.network import Network, alignment
from fa_theory.model.problem import gaussian_network
from fa_theory.simulation.linear_law import Start, flow, stack
from fa_theory.simulation.run import run

from ..shared.hypotheses import DYNAMICS, GAUSSIAN, LINEAR, UNREGULARISED
from .theorems import accrual, feedback_drift, mean_alignment

WIDEST = 10**12
PAIRS = 50
"""Number of mirrored pairs whose average is one trial."""


def gram(cosine: float) -> Array:
    """Unit rows in R⁴ with the same cosine between any two of the three."""
    K = cosine * np.ones((3, 3)) + (1 - cosine) * np.eye(3)
    X: Array = np.hstack([np.linalg.cholesky(K), np.zeros((3, 1))])
    return X


CASES = {
    "isometric, η=0.05": (0.0, 0.05),
    "isometric, η=0.5": (0.0, 0.5),
    "correlated, η=0.1": (0.7, 0.1),
}
TARGETS = (1.0, -1.0, 2.0)


def flow_limit(X: Array, y: Array, psi: Activation) -> float:
    """``½ [tr(Ḡ⁻¹Σ) + yᵀḠ⁻¹ΣḠ⁻¹y]``."""
    G = np.asarray(limit_gram(X, psi), dtype=float)
    sigma = X @ X.T * np.asarray(limit_slopes(X, psi), dtype=float)
    s = np.linalg.solve(G, y)
    return float(np.trace(np.linalg.solve(G, sigma)) + s @ sigma @ s) / 2


def linear_limit(X: Array, y: Array, eta: float) -> float:
    """``Σ_k (1−ηk)/(2−ηk) (1 + y_k²/k)`` over the eigenvectors of K; ``½ (n + yᵀK⁻¹y)`` for η = 0."""
    k, U = np.linalg.eigh(X @ X.T)
    return float(np.sum((1 - eta * k) / (2 - eta * k) * (1 + (U.T @ y) ** 2 / k)))


def predicted(case: str) -> float:
    cosine, eta = CASES[case]
    return linear_limit(gram(cosine), np.array(TARGETS), eta)


def mirrored(X: Array, y: Array, p: int, eta: float, rng: np.random.Generator, pairs: int) -> float:
    """``p`` times the mean alignment of linear networks and their mirror images after training."""
    starts = [
        mirror for _ in range(pairs) for start in [Start.sample(X, p, rng)] for mirror in (start, start.reversed())
    ]
    length = round(15 / (eta * float(np.linalg.eigvalsh(X @ X.T)[0])))
    state, _ = next(islice(stack(starts).run(y, eta=eta), length, None))
    return p * float(np.mean(state.alignment))


def widest(case: str, rng: np.random.Generator) -> float:
    cosine, eta = CASES[case]
    return mirrored(gram(cosine), np.array(TARGETS), WIDEST, eta, rng, PAIRS)


MEAN = Predicted(
    widest,
    r"$p \cos\angle(b, \beta)$",
    tuple(CASES),
    predicted,
    Trials(20, 100, 1000),
    tolerance=0.15,
    block=10,
)


def lone(p: int, rng: np.random.Generator) -> float:
    y = np.array(TARGETS)
    start = Start.sample(gram(0.0), p, rng)
    return float(next(islice(start.run(y, eta=0.5), 40, None))[0].alignment)


FLUCTUATION = Scaling(
    lone,
    r"$\cos\angle(b, \beta)$",
    (10**3, 10**6, 10**9, 10**12),
    Trials(60, 200, 1000),
    alpha=-0.5,
    tolerance=0.05,
    name="fluctuation",
    settles=False,
)


def paired(p: int, rng: np.random.Generator) -> float:
    return mirrored(gram(0.0), np.array(TARGETS), p, 0.5, rng, 5) / p


LITERAL = Scaling(
    paired,
    r"$E \cos\angle(b, \beta)$",
    (10**3, 10**6, 10**9, 10**12),
    Trials(20, 60, 200),
    alpha=-0.5,
    tolerance=0.2,
    name="exponent of the mean",
)

TANH = {"tanh, n=3, p=400": "tanh"}


def smooth(case: str, rng: np.random.Generator) -> float:
    """The same in weight space: a nonlinear network and its mirror image, with small steps."""
    X, y, p, eta = gram(0.3), np.array(TARGETS) / 2, 400, 0.1
    network = gaussian_network(rng, p, X.shape[1], activation(TANH[case]))
    ends = []
    for sign in (1, -1):
        states = run(Network(network.W, network.beta, sign * network.b, network.psi), X, y, eta=eta)
        end, _ = next(islice(states, 250, None))
        ends.append(float(alignment(end.b, end.beta)))
    return p * float(np.mean(ends))


NONLINEAR = Predicted(
    smooth,
    r"$p \cos\angle(b, \beta)$",
    tuple(TANH),
    lambda case: flow_limit(gram(0.3), np.array(TARGETS) / 2, activation(TANH[case])),
    Trials(30, 400, 4000),
    tolerance=0.5,
    name="tanh networks",
    settles=False,
    block=10,
)


def _one_step(context: Context) -> CheckOutcome:
    """K = I and η = 1: a single step fits wide networks, so W contributes nothing later."""
    value = mirrored(np.eye(3), np.array(TARGETS), WIDEST, 1.0, context.rng("η=1"), 20)
    return CheckOutcome(
        abs(value) < 0.1,
        f"p · mean cos = {round(value, 4) + 0.0:g}; predicted {linear_limit(np.eye(3), np.ones(3), 1.0):g}",
    )


def _no_targets(context: Context) -> CheckOutcome:
    value = mirrored(np.eye(3), np.zeros(3), WIDEST, 0.05, context.rng("y=0"), 400)
    limit = linear_limit(np.eye(3), np.zeros(3), 0.05)
    return CheckOutcome(
        abs(value - limit) < 0.5, f"p · mean cos = {value:.2f}, limit {limit:.2f}: the contribution of f₀"
    )


def _single(context: Context) -> CheckOutcome:
    value = mirrored(np.eye(1), np.array([3.0]), WIDEST, 0.05, context.rng("n=1"), 400)
    limit = linear_limit(np.eye(1), np.array([3.0]), 0.05)
    return CheckOutcome(abs(value / limit - 1) < 0.2, f"p · mean cos = {value:.2f}, limit {limit:.2f}")


def _equal_samples(context: Context) -> CheckOutcome:
    K = np.ones((2, 2))
    return CheckOutcome(
        abs(np.linalg.det(K)) < 1e-12, "K is singular: Ḡ⁻¹ does not exist, and the claim does not apply"
    )


def _narrow(context: Context) -> CheckOutcome:
    start = Start.sample(np.eye(1), 1, context.rng("p=1"))
    cosine = float(flow(start, np.array([0.5]), time=1.0).alignment)
    return CheckOutcome(abs(abs(cosine) - 1) < 1e-6, f"cos = {cosine:+.6f}: ±1, whatever the limit for wide networks")


def _no_feedback(context: Context) -> CheckOutcome:
    start = Start.sample(np.eye(1), 10, context.rng("b=0"))
    still = replace(start, q=0 * start.q, B=0 * start.B, r=0 * start.r)
    cosine = float(flow(still, np.ones(1), time=1.0).alignment)
    return CheckOutcome(bool(np.isnan(cosine)), "the cosine is undefined for b = 0")


def _trained(context: Context) -> CheckOutcome:
    _, e = next(islice(Start.sample(gram(0.7), WIDEST, context.rng("fit")).run(np.array(TARGETS), eta=0.1), 1000, None))
    return CheckOutcome(
        float(np.linalg.norm(e)) < 1e-6, f"‖e‖ = {float(np.linalg.norm(e)):.0e} after 1000 steps, p = 10¹²"
    )


DEGENERATE = (
    Check(
        "η=1, K=I", "one step fits: the mean vanishes to this order, as the discretisation term cancels it", _one_step
    ),
    Check("y=0", "zero targets: only the initial error contributes", _no_targets),
    Check("n=1", "one sample", _single),
    Check("p=1", "one neuron: always aligned or anti-aligned", _narrow),
    Check("b=0", "no feedback: the alignment is undefined", _no_feedback),
    Check("singular Gram", "equal samples", _equal_samples),
)
MET = Check("non-vacuity", "a network of width 10¹² fits its targets", _trained)

alignment_mean = Claim(
    id="song2021.alignment-mean",
    title="Without regularisation the mean alignment is of order 1/p, with a known constant",
    kind=Kind.THEOREM,
    bound=Bound.TIGHT,
    summary="Without regularisation E b·β of the linearised network is a known constant plus a term of order 1/p; "
    "p·E cos∠(b, β) of trained networks is measured to tend to it.",
    statement=r"""Let $\lambda = 0$, $\bar\Sigma_{ij} = x_i\cdot x_j \, E[\psi'(w\cdot x_i)\, \psi'(w\cdot x_j)]$ and
$L = \tfrac{1}{2} \bigl[\operatorname{tr}(\bar G^{-1} \bar\Sigma) + y^\top \bar G^{-1} \bar\Sigma \bar G^{-1} y\bigr]$.
Proved, at every width: along the flow
$\frac{d}{dt}\bigl[b\cdot\beta + s\cdot q + \tfrac{1}{2} s^\top \Sigma s\bigr] = \tfrac{1}{2} s^\top \dot\Sigma s$,
where $s$ is the sum of the errors and $q = p^{-1/2}\, \psi(XW^\top) b$; so the linearised network, in which $\Sigma$
and the features are constant, converges to $b\cdot\beta = b\cdot\beta_0 - s\cdot q_0 + \tfrac{1}{2} s^\top \Sigma s$
for $s = \bar G^{-1}(f_0 - y)$, and
\[ E[b\cdot\beta] = L + \frac{V}{2p} \to L \quad (p \to \infty) \]
with a $V$ that does not depend on $p$. For linear networks $L = \tfrac{1}{2}(n + y^\top K^{-1} y)$; in steps of
size $\eta$, where $e + Ks$ is constant, the eigenvector of $K$ with eigenvalue $k$ and initial error $e_0$ contributes
\[ \tfrac{1}{2} (k s^2 - \eta^2 k \textstyle\sum e^2)
   = \frac{(2-\eta k)(1-q^t)^2 - \eta k (1-q^{2t})}{2k\,(2-\eta k)}\, e_0^2 , \qquad q = 1-\eta k . \]
Measured, not proved: for trained networks of finite width $p\, E\cos\angle(b, \beta) \to L$, while the standard
deviation of the cosine is $p^{-1/2}$; and for linear networks in steps
$p\, E\cos\angle(b, \beta) \to \sum_k \frac{1-\eta k}{2-\eta k} \bigl(1 + \frac{y_k^2}{k}\bigr)$.""",
    hypotheses=(
        DYNAMICS,
        GAUSSIAN,
        UNREGULARISED,
        Hypothesis("positive limit Gram matrix", r"$\lambda_{\min}(\bar G) > 0$"),
    ),
    source=Source(
        "song2021",
        "Section 4, on the need for regularisation",
        Fidelity.OURS,
        "The paper bounds the cosine by order p^(-1/2), which is its fluctuation; this is its mean. Proved for the "
        "linearised network; for trained networks it is measured with the exact law of linear networks; tanh "
        "networks are a consistency check.",
        proved=False,
    ),
    uses=("song2021.linear-closure",),
    procedures=(
        Proved(feedback_drift.alignment, name="proof for the alignment"),
        Proved(feedback_drift.drift, name="proof for the drift"),
        Proved(feedback_drift.balance, name="proof for the balance"),
        Proved(feedback_drift.frozen, name="proof for a constant kernel"),
        Proved(mean_alignment.mean, name="proof for the mean"),
        Proved(mean_alignment.linear, name="proof for the mean of linear networks"),
        Proved(accrual.weight, name="proof for steps: the weight"),
        Proved(accrual.error, name="proof for steps: the error"),
        Proved(accrual.eigenvector, name="proof for steps: an eigenvector"),
        MEAN,
        FLUCTUATION,
        NONLINEAR,
    ),
    mutants=(
        *wrong_proofs(feedback_drift.alignment, *feedback_drift.MUTANTS_OF_ALIGNMENT),
        *wrong_proofs(feedback_drift.drift, *feedback_drift.MUTANTS_OF_DRIFT),
        *wrong_proofs(feedback_drift.balance, *feedback_drift.MUTANTS_OF_BALANCE),
        *wrong_proofs(feedback_drift.frozen, *feedback_drift.MUTANTS_OF_FROZEN),
        *wrong_proofs(mean_alignment.mean, *mean_alignment.MUTANTS_OF_MEAN),
        *wrong_proofs(mean_alignment.linear, *mean_alignment.MUTANTS_OF_LINEAR),
        *wrong_proofs(accrual.weight, *accrual.MUTANTS_OF_WEIGHT),
        *wrong_proofs(accrual.error, *accrual.MUTANTS_OF_ERROR),
        *wrong_proofs(accrual.eigenvector, *accrual.MUTANTS_OF_EIGENVECTOR),
        MEAN.mutant("without ½", "p E cos → E[sᵀΣs]", lambda case: 2 * predicted(case)),
        MEAN.mutant(
            "limit of the flow for steps",
            "steps of any size have the limit of gradient flow",
            lambda case: linear_limit(gram(CASES[case][0]), np.array(TARGETS), 0.0),
        ),
        MEAN.mutant(
            "without f₀",
            "s = −Ḡ⁻¹y",
            lambda case: (
                float(np.array(TARGETS) @ np.linalg.solve(gram(CASES[case][0]) @ gram(CASES[case][0]).T, TARGETS)) / 2
            ),
        ),
        FLUCTUATION.mutant(-1.0),
    ),
    degenerate=DEGENERATE,
    witness=MET,
)

mean_of_root_order = Claim(
    id="song2021.alignment-mean-root-order",
    title="The mean alignment is of order $p^{-1/2}$: a literal reading",
    kind=Kind.READING,
    bound=Bound.SCALING,
    summary="Literal reading: without regularisation the mean of cos∠(b, β) falls like p^(-1/2). It falls like 1/p.",
    statement=r"""Without regularisation $E \cos\angle(b, \beta(t)) \sim p^{-1/2}$ as $p \to \infty$ (the order
$p^{-1/2}$ of the bound, read as the rate at which published averages over networks decrease).""",
    hypotheses=(DYNAMICS, LINEAR, GAUSSIAN, UNREGULARISED),
    source=Source(
        "song2021",
        "Section 4, on the need for regularisation",
        Fidelity.ADAPTED,
        "Reads the rate literally as that of the mean; each network is averaged with its mirror image −b.",
        proved=False,
    ),
    uses=("song2021.linear-closure",),
    procedures=(LITERAL,),
    mutants=(LITERAL.mutant(0.0),),
    degenerate=DEGENERATE[3:],
    witness=MET,
    erratum=Erratum("the exponent of the mean, which is −1", "song2021.alignment-mean"),
)
