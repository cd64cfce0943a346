"""The deterministic part of the explicit theorem, inequality by inequality, in ball arithmetic on whole trajectories.

Nothing here is random or needs a contraction: with ``U = η Σ_s ‖e(s)‖`` over the steps made, the bounds of
`fa_theory.gram.apriori` hold for every network, with its own ``b̂ = ‖b‖/√p``, ``m = p⁻¹ Σ|β_r|b_r²`` and spectrum of
G(0).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from flint import arb, arb_mat

from fa_theory.checker.linalg import euclidean, spectral_norm
from fa_theory.claims.procedures import Instance
from fa_theory.errors import InputError
from fa_theory.gram.apriori import supremum
from fa_theory.gram.definite import lambda_min_lower
from fa_theory.gram.number import matrix
from fa_theory.model.ball import Array, Ball, midpoints
from fa_theory.model.network import Network, norm

from ..shared.instances import small
from .residuals import secant_kernels

BOUNDED = ("tanh", "erf", "sigmoid")


def smallest_eigenvalue(A: Array) -> Ball:
    """``λ_min`` of a symmetric matrix of balls: proved from below, a Rayleigh quotient from above."""
    values, vectors = np.linalg.eigh(midpoints(A))
    v = arb_mat([[x] for x in vectors[:, 0].tolist()])
    M = matrix(A)
    above = (v.transpose() * M * v)[0, 0] / (v.transpose() * v)[0, 0]
    return Ball(lambda_min_lower(M, float(values[0])).union(above.upper()))


def operator_norm(A: Array) -> Ball:
    """``‖A‖₂`` of a matrix of balls: from above by repeated squaring, from below by one vector."""
    M = matrix(A)
    v = arb_mat([[x] for x in np.linalg.svd(midpoints(A))[2][0].tolist()])
    below = euclidean((M * v).mid().entries()) / euclidean(v.entries())
    error = euclidean([x.rad() for x in (M * v).entries()]) / euclidean(v.entries())
    return Ball((below - error).lower().min(spectral_norm(M)).union(spectral_norm(M)))


def margins(
    network: Network, X: Array, y: Array, *, eta: Ball, steps: int, factor: Mapping[str, float] | None = None
) -> dict[str, tuple[Ball, ...]]:
    """The margin of each bound after ``steps`` steps and one more; ``factor`` multiplies bounds by name, for mutants.

    Vacuous bounds of the smallest eigenvalue are omitted.
    """
    weaker = factor or {}
    state, total = network, Ball(0)
    for _ in range(steps):
        total = total + eta * norm(state.error(X, y))
        state = secant_kernels(state, X, y, eta=eta, lam=Ball(0))[2]
    now = eta * norm(state.error(X, y))
    G_s, H_s, after = secant_kernels(state, X, y, eta=eta, lam=Ball(0))
    U, root, psi, n, p = total + now, network.root_p, network.psi, len(y), network.p

    B, L1, L2 = (Ball(supremum(psi, order)) for order in range(3))
    norm_X = Ball(spectral_norm(matrix(X)))
    longest = Ball(max((euclidean(x.arb for x in row) for row in X), key=float))
    b_hat = norm(network.b) / root
    m = np.sum(abs(network.beta) * network.b * network.b) / p
    pull = L1 * L1 * norm_X * norm_X
    start = network.gram(X)
    top, bottom = (-smallest_eigenvalue(-start)).sqrt(), smallest_eigenvalue(start).root_of_square()

    # before this step, only the earlier errors have moved the features
    moved, moved_later = (b_hat * pull * reach * weaker.get("features", 1.0) for reach in (total, U))
    top_later = top + moved / root
    bounds: dict[str, list[tuple[Any, Any]]] = {
        "first layer": [
            (abs(b) * L1 * norm_X * U / root, norm(w)) for b, w in zip(network.b, after.W - network.W, strict=True)
        ],
        "features": [(moved_later, norm(_features(after, X) - _features(network, X)))],
        "one step": [(b_hat * pull * now * top_later / root, operator_norm(G_s - state.gram(X)))],
        "output weights": [((top + moved_later / root) * U, norm(after.beta - network.beta))],
        "one output weight": [(B * Ball(n).sqrt() * U / root, abs(change)) for change in after.beta - network.beta],
        "feedback kernel": [
            (
                pull * U * (b_hat * (top + moved_later / root) + 2 * L2 * norm_X * longest * m) / root,
                operator_norm(H_s - network.feedback_gram(X)),
            )
        ],
    }
    if unknown := weaker.keys() - bounds.keys():
        raise InputError(f"there is no bound named {min(unknown)!r} to weaken; choose from {', '.join(bounds)}")
    found = {
        name: tuple(bound * weaker.get(name, 1.0) - value for bound, value in pairs) for name, pairs in bounds.items()
    }
    gram = state.gram(X)
    found["largest eigenvalue"] = (top_later * top_later + smallest_eigenvalue(-gram),)
    left = bottom - moved / root
    if left.arb > 0:
        found["smallest eigenvalue"] = (smallest_eigenvalue(gram) - left * left,)
    return found


def _features(network: Network, X: Array) -> Array:
    features: Array = network.psi.value(network.preactivations(X)).ravel()
    return features


def trial(rng: np.random.Generator) -> Instance:
    """A small random network, one to four steps of random size."""
    network, X, y, eta, _ = small(rng, str(rng.choice(BOUNDED)))
    found = margins(network, X, y, eta=eta, steps=int(rng.integers(1, 5)))
    return Instance(margins=tuple(margin for group in found.values() for margin in group))


def holds(found: Mapping[str, tuple[Ball, ...]], *names: str) -> bool:
    """Whether no margin (of these names) is certainly negative."""
    return not any(margin.arb < arb(0) for name in names or found for margin in found[name])
