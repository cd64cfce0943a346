"""Minibatches with a constant symmetric kernel: each step, and each epoch in any order, contracts."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise, permutations

import numpy as np

from fa_theory.claims.claim import Bound, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedures import Proved, wrong_proofs
from fa_theory.model.ball import Array

from ..shared.exact import Draw, holds
from .theorems import minibatch

KERNEL = Hypothesis(
    "constant symmetric kernel",
    r"$e^+ = e - \eta K P_B e$, $K = K^\top$, $e = Ku$ at the start, $\|e\|_{K^{-1}}^2 = u^\top e$",
)
BLOCKS = Hypothesis("blocks", r"$\|K_{BB}\| \le \kappa$ for every batch $B$")


def _source() -> Source:
    changes = "The kernel is held constant, as in the limit of wide networks with two layers and one output."
    return Source("song2021", "training by minibatches, which the paper does not treat", Fidelity.OURS, changes)


def energy(K: Array, u: Array, batches: tuple[tuple[int, ...], ...], eta: Fraction) -> list[Fraction]:
    """``uᵀKu`` before and after each batch."""
    found: list[Fraction] = [np.sum(u * (K @ u))]
    for batch in batches:
        e = K @ u
        u = np.array([x - eta * e[k] if k in batch else x for k, x in enumerate(u)])
        found.append(np.sum(u * (K @ u)))
    return found


def _kernel() -> Array:
    """Diagonal 2, ones beside it: eigenvalues between 0.38 and 3.62."""
    return np.array([[Fraction(2 if i == j else int(abs(i - j) == 1)) for j in range(4)] for i in range(4)])


def _every_order(draw: Draw) -> bool:
    """All orders of three batches; no step raises the norm, at η = ¼ with κ = 4."""
    u = draw(4)
    orders = permutations(((0,), (1, 2), (3,)))
    return all(
        all(b <= a for a, b in pairwise(run))
        for run in (energy(_kernel(), u, order, Fraction(1, 4)) for order in orders)
    )


def _alone(draw: Draw) -> bool:
    first, last = energy(np.array([[Fraction(2)]]), np.array([Fraction(3)]), ((0,),), Fraction(1, 2))
    return first == 18 and last == 0


def _whole(draw: Draw) -> bool:
    found = energy(_kernel(), draw(4), ((0, 1, 2, 3),), Fraction(1, 4))
    return found[1] <= found[0]


steps = Claim(
    id="ours.minibatch-steps",
    title="A step on any minibatch contracts in the norm of the inverse kernel",
    kind=Kind.LEMMA,
    bound=Bound.UPPER,
    summary="With a constant symmetric kernel, a step on batch B lowers ‖e‖² in the K⁻¹ norm by η(2 − ηκ)‖P_B e‖².",
    statement=r"""For every batch $B$ at every time, in the norm $\|e\|_{K^{-1}}^2 = u^\top e$, $e = Ku$,
\[ \|e^+\|_{K^{-1}}^2 \le \|e\|_{K^{-1}}^2 - \eta (2 - \eta\kappa)\, \|P_B e\|^2 . \]
So no step raises it while $\eta\kappa \le 2$, whatever the order of the samples.""",
    hypotheses=(KERNEL, BLOCKS),
    source=_source(),
    procedures=(Proved(minibatch.step),),
    mutants=wrong_proofs(minibatch.step, *minibatch.MUTANTS_OF_STEP),
    degenerate=(
        holds("n=1", "one sample, η = 1/κ", _alone, "18 becomes 0: the bound is reached"),
        holds("B=all", "one batch of all samples", _whole, "it falls"),
    ),
    witness=holds("non-vacuity", "four samples in all orders of three batches", _every_order, "no step raises it"),
)

epochs = Claim(
    id="ours.minibatch-epochs",
    title="An epoch of minibatches contracts in every order, for every partition and batch size",
    kind=Kind.THEOREM,
    bound=Bound.UPPER,
    summary="An epoch in any order multiplies ‖e‖² in the K⁻¹ norm by at most 1 − η(2 − ηκ)λ/g, g = ‖1 + ηΛ‖².",
    statement=r"""Let every sample be seen exactly once up to time $T$, in batches of any sizes and in any order, and
let $\Lambda$ have the entries $K_{ij}$ for which $j$ was seen in an earlier batch than $i$, and 0 elsewhere. If
$K \succeq \lambda$, $\|K_{BB}\| \le \kappa$, $\eta(2 - \eta\kappa) \ge 0$ and $\|1 + \eta\Lambda\|^2 \le g$, then
\[ g\, \|e(T)\|_{K^{-1}}^2 \le \bigl(g - \eta (2 - \eta\kappa) \lambda\bigr)\, \|e(0)\|_{K^{-1}}^2 . \]
Here $g = (1 + \eta\omega)^2$ will do for every order, where $\omega$ is the norm of $|K|$ with the blocks of the
batches set to 0, as $|\Lambda|$ is at most that, entry by entry.""",
    hypotheses=(
        KERNEL,
        BLOCKS,
        Hypothesis("an epoch", r"every sample is in exactly one batch up to $T$"),
        Hypothesis("least eigenvalue", r"$K \succeq \lambda$"),
        Hypothesis("coupling", r"$\|1 + \eta\Lambda\|^2 \le g$ with $g \ge 0$, and $\eta(2 - \eta\kappa) \ge 0$"),
    ),
    source=_source(),
    procedures=(Proved(minibatch.epoch),),
    mutants=wrong_proofs(minibatch.epoch, *minibatch.MUTANTS_OF_EPOCH),
    degenerate=(
        holds("n=1", "one sample: Λ = 0, g = 1", _alone, "18 becomes 0: η(2 − ηκ)λ = 1 for η = 1/κ, λ = κ"),
        holds("B=all", "one batch of all samples: Λ = 0", _whole, "it falls"),
    ),
    witness=holds("non-vacuity", "four samples in all orders of three batches", _every_order, "no step raises it"),
    uses=("ours.minibatch-steps",),
)
