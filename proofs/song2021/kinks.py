"""ReLU neurons at their kinks: how a certificate treats slopes that may jump between 0 and 1 at every step."""

from __future__ import annotations

import numpy as np
from flint import arb, arb_mat

from fa_theory.checker.decay.kinks import contract
from fa_theory.checker.linalg import identity, inverse, spectral_norm
from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Certified, Instance, Instances, Proved, wrong_proofs
from fa_theory.enclosure.certify import certify_run
from fa_theory.model.ball import Array, Ball
from fa_theory.model.law import Law

from .theorems import kinks

ETA = arb(0.2)
RATES = [arb(0.5) * arb(1.01) ** k for k in range(400)]


def kernel(X: arb_mat, features: arb_mat, left: Array, right: Array, feedback: list[arb]) -> arb_mat:
    """``G̃ + H̃`` with slopes ``left`` after the secant and ``right`` before it."""
    n, p = left.shape
    S = arb_mat(n, p, [float(s) * feedback[k % p] for k, s in enumerate(left.flat)])
    H, XX = S * arb_mat(right.tolist()).transpose(), X * X.transpose()
    H = arb_mat(n, n, [x * h for x, h in zip(XX.entries(), H.entries(), strict=True)])
    return (features * features.transpose() + H) * (1 / arb(p))


def trial(rng: np.random.Generator) -> Instance:
    """A random tube, the smallest rate of a grid at which (3') holds, and twenty kernels, mostly from its corners."""
    n, p = int(rng.integers(1, 5)), int(rng.integers(1, 7))
    X, features = arb_mat(rng.normal(size=(n, 3)).tolist()), arb_mat(rng.normal(size=(n, p)).tolist())
    feedback = [arb(x) for x in rng.normal(size=p)]
    low = rng.integers(0, 2, size=(n, p)).astype(float)
    kink = rng.random(size=(n, p)) < 0.5
    low, high = np.where(kink, 0, low), np.where(kink, 1, low)
    slopes = arb_mat(n, p, [arb(a).union(arb(b)) for a, b in zip(low.flat, high.flat, strict=True)])
    C = arb_mat((np.eye(n) + 0.2 * rng.normal(size=(n, n))).tolist())
    Ci = inverse(C)
    if Ci is None:
        return Instance(applies=False)
    inputs, gram = X * X.transpose(), features * features.transpose()
    weights = arb_mat([feedback]), arb_mat([[1] * p])
    accepted = (q for q in RATES if contract(C, Ci, q, ETA, inputs, gram, slopes, weights))
    if (q := next(accepted, None)) is None:
        return Instance(applies=False)
    margins = []
    for _ in range(20):
        left, right = (low + rng.choice([0, 1, 0.5], p=[0.4, 0.4, 0.2], size=(n, p)) * (high - low) for _ in "12")
        step = identity(n) - kernel(X, features, left, right, feedback) * ETA
        margins.append(Ball(q - spectral_norm(C * step * Ci)))
    return Instance(margins=tuple(margins))


def one_neuron(q: float, slope: arb, c: float = -1.0) -> bool:
    """Whether (3') holds for one sample x = 1 and one neuron with value 1 and feedback c."""
    one = arb_mat([[1]])
    return contract(one, one, arb(q), ETA, one, one, arb_mat([[slope]]), (arb_mat([[c]]), one))


def _half(context: Context) -> CheckOutcome:
    """K = 1 − sd; at s = d = 1 the error does not change at all."""
    return CheckOutcome(
        one_neuron(0.96, arb(0.5, 0.25)),
        "half the radius gives q = 0.96, but the kernel with slopes 1 has |1 − ηK| = 1",
    )


def _attained(context: Context) -> CheckOutcome:
    kink = arb(0.5, 0.5)
    return CheckOutcome(one_neuron(1.0001, kink) and not one_neuron(1, kink), "q > 1 is accepted, q = 1 is not")


def _no_feedback(context: Context) -> CheckOutcome:
    kink = arb(0.5, 0.5)
    return CheckOutcome(
        one_neuron(0.8001, kink, 0.0) and not one_neuron(0.7999, kink, 0.0), "q = 1 − ηG, as without kinks"
    )


def _no_kink(context: Context) -> CheckOutcome:
    return CheckOutcome(not one_neuron(5.0, arb(1)), "(3') is not used; the entrywise condition decides")


def _certified(context: Context) -> CheckOutcome:
    outcome = certify_run(Law("relu", 4, 6, 60).sample(context.rng("witness")))
    return CheckOutcome(outcome.certified, outcome.reason)


relu_kinks = Claim(
    id="song2021.relu-kinks",
    title="Neurons at their kinks perturb a step by rank-one terms",
    kind=Kind.THEOREM,
    bound=Bound.UPPER,
    summary="One positive semi-definite matrix implies that steps contract for any slopes of neurons at their kinks.",
    statement=r"""Let slopes $s_{ir}, d_{ir} \in [l_{ir}, h_{ir}]$ with $l_{ir} \ge 0$ be chosen freely and
independently at every step where neuron $r$ is at a kink on sample $i$, and let all others be $D_{ir}$, with $D_{ir} =
0$ at kinks. With $c_r = b_r\beta_r$ and $\rho_{ir} = \tfrac12 (h_{ir} - l_{ir})$ every kernel $\tilde G + \tilde H$ is
$N + \sum_k \theta_k u_k v_k^\top$ with $|\theta_k| \le 1$. Here $N$ is its value at the midpoints of all products;
the terms are $e_i w^\top$ and $w\, e_i^\top$ for each kink $(i, r)$, with
$w_j = \tfrac1p \rho_{ir} c_r\, (x_i \cdot x_j) D_{jr}$, and $P_{ij}\, e_i e_j^\top$, with
$P_{ij} = \tfrac{1}{2p} |x_i \cdot x_j| \sum_r |c_r| (h_{ir} h_{jr} - l_{ir} l_{jr})$ over the neurons at kinks on both
samples. Let $N$ be known up to a matrix $\Delta$ with $\eta \|C \Delta C^{-1}\|_2 \le s$, let
$A = C (I - \eta N) C^{-1}$ and, for any $t_k > 0$, $E = \eta \sum_k t_k\, C u_k (C u_k)^\top$ and
$F = \eta \sum_k t_k^{-1}\, C^{-\top} v_k (C^{-\top} v_k)^\top$. If
\[ \begin{pmatrix} (q^2 - qs) I - F & A^\top \\ A & (1 - s/q) I - E \end{pmatrix} \succeq 0 \]
then $\|C e^+\|_2 \le q\, \|C e\|_2$ for every step without regularisation and all such slopes.""",
    hypotheses=(Hypothesis("rate", r"$q > 0$"), Hypothesis("no regularisation", r"$\lambda = 0$")),
    source=Source(
        "song2021",
        "Theorem 3.2, for activations with kinks",
        Fidelity.OURS,
        "The paper assumes a smooth activation. The proof kernel checks that the matrix inequality implies contraction "
        "for all sizes; that kernels have this form is argued in the checker and tested on kernels in ball arithmetic.",
    ),
    uses=("song2021.secant-kernel",),
    procedures=(
        Proved(kinks.proof),
        Instances(trial, Trials(20, 200, 1000), name="kernels in ball arithmetic", bits=64),
        Certified((Law("relu", 10, 20, 500),), Trials(2, 10, 100), settles=False),
    ),
    mutants=(
        *wrong_proofs(kinks.proof, *kinks.MUTANTS),
        Check("half the radius", "the slope at a kink stays in the middle half of [0, 1]", _half),
    ),
    degenerate=(
        Check("n=1, p=1", "a single free slope: the bound is attained", _attained),
        Check("b=0", "no feedback: kinks have no effect", _no_feedback),
        Check("no kink", "no slope is free", _no_kink),
    ),
    witness=Check("non-vacuity", "a ReLU network is certified", _certified),
)
