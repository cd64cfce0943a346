"""Nearly orthonormal inputs have a Gram matrix that is close to the identity."""

from __future__ import annotations

from functools import reduce

import numpy as np
from flint import arb

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Formalised, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Instance, Instances, Proved, wrong_proofs
from fa_theory.gram.definite import smallest_eigenvalue
from fa_theory.model.ball import Ball, balls

from .cutoff_probability import PLACE, design
from .theorems import near_isometry


def near(rng: np.random.Generator) -> Instance:
    """Both ends of the spectrum of random Gram matrices in balls against the row sums of the deviation."""
    n = int(rng.integers(2, 6))  # for n = 1 the bounds are attained
    X = balls(design(rng, n, int(rng.integers(n, 80))))
    K = X @ X.T
    R = K - balls(np.eye(n))
    room = Ball(reduce(arb.max, (sum((abs(x).arb for x in row), arb(0)) for row in R)))
    least, most = (Ball(low.union(high)) for low, high in map(smallest_eigenvalue, (K, -K)))
    return Instance(margins=(least - (1 - room), (1 + room) + most))


SPECTRA = Instances(near, Trials(10, 100, 1000), name="spectra in ball arithmetic")


def _orthonormal(context: Context) -> CheckOutcome:
    value, _ = smallest_eigenvalue(balls(np.eye(3)))
    return CheckOutcome(bool(value <= 1) and float(value) > 0.999, f"XXᵀ = I: Λ = 0 and λ_min = {value.str(5)}")


def _equal(context: Context) -> CheckOutcome:
    """Two equal unit rows: Λ = 1."""
    low, high = smallest_eigenvalue(balls(np.ones((2, 2))))
    return CheckOutcome(
        bool(abs(low) < 1e-9 and abs(high) < 1e-9), f"Λ = 1, and λ_min = {high.str(2)}: the bound 0 is attained"
    )


near_claim = Claim(
    id="song2021.near-isometry",
    title="Nearly orthonormal inputs have a nearly isometric Gram matrix",
    kind=Kind.LEMMA,
    bound=Bound.UPPER,
    summary="If |XXᵀ − I| ≤ A with row and column sums ≤ Λ, all eigenvalues of XXᵀ lie in [1−Λ, 1+Λ].",
    statement=r"""Let $|(XX^\top - I)_{ij}| \le A_{ij}$ with $\sum_j A_{ij} \le \Lambda$ and
$\sum_i A_{ij} \le \Lambda$. Then
$(1-\Lambda)\|v\|_2^2 \le \|X^\top v\|_2^2 \le (1+\Lambda)\|v\|_2^2$ for all $v$.""",
    hypotheses=(
        Hypothesis(
            "nearly orthonormal rows",
            r"$|(XX^\top - I)_{ij}| \le A_{ij}$, row and column sums of $A$ at most $\Lambda$",
        ),
    ),
    source=Source(
        "song2021",
        PLACE + ", Gaussian design",
        Fidelity.OURS,
        "Gershgorin's bound; the paper needs near-isometry of Gaussian inputs.",
        proved=False,
    ),
    procedures=(
        Proved(near_isometry.from_above, name="proof from above"),
        Proved(near_isometry.from_below, name="proof from below"),
        SPECTRA,
    ),
    mutants=(
        *wrong_proofs(near_isometry.from_above, *near_isometry.MUTANTS_FROM_ABOVE),
        *wrong_proofs(near_isometry.from_below, *near_isometry.MUTANTS_FROM_BELOW),
    ),
    degenerate=(
        Check("orthonormal rows", "Λ = 0: isometric", _orthonormal),
        Check("singular Gram", "equal rows", _equal),
    ),
    witness=Check(
        "non-vacuity",
        "Gaussian inputs are nearly orthonormal",
        lambda context: CheckOutcome(
            float(np.max(np.sum(abs((X := design(context.rng("near"), 4, 4000)) @ X.T - np.eye(4)), axis=1))) < 0.5,
            "n = 4, d = 4000: the row sums of the deviation are below 1/2",
        ),
    ),
    coq=Formalised("near_isometry", "L is Λ; v^T v is the square of the norm of v", whole=True),
)
