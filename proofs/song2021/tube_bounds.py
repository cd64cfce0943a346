"""The deterministic part of the explicit theorem, inequality by inequality, in ball arithmetic on whole trajectories.

Nothing here is random or needs a contraction: with ``U = η Σ_s ‖e(s)‖`` over the steps made, the bounds of
`fa_theory.gram.apriori` hold for every network, with its own ``b̂ = ‖b‖/√p``, ``m = p⁻¹ Σ|β_r|b_r²`` and spectrum of
G(0).
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, arb_mat

from fa_theory.checker.linalg import euclidean, spectral_norm, up
from fa_theory.enclosure.asserted import Asserted, State, WrittenTerm, number
from fa_theory.errors import InputError
from fa_theory.gram.apriori import supremum
from fa_theory.gram.definite import lambda_min_lower
from fa_theory.gram.number import matrix
from fa_theory.model.activations import activation
from fa_theory.model.ball import Array, Ball, midpoints
from fa_theory.model.network import Network, norm

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


def document(rng: np.random.Generator) -> Mapping[str, Any]:
    """All bounds for a small random network, after one to four steps of random size and one more."""
    psi, steps = str(rng.choice(BOUNDED)), int(rng.integers(1, 5))
    n, d, p = (int(rng.integers(1, 5)) for _ in range(3))
    network = Network(_short(rng, p, d), _short(rng, p), _short(rng, p), activation(psi))
    said = Asserted(320)
    inputs = _short(rng, n, d)
    X, y = said.let("X", inputs), said.let("y", _short(rng, n, 1))
    eta, start = said.let("eta", number(Fraction(int(rng.integers(1, 65)), 64))), State.of(said, network)
    states, moved = [start], []
    for t in range(steps + 1):
        moved.append(said.let(f"u{t}", eta * states[t].error(X, y).size()))
        states.append(states[t].named(said, *states[t].after(X, y, n, eta), str(t + 1)))
    state, after = states[-2:]
    before, now = said.let("before", sum(moved[1:-1], moved[0])), moved[-1]
    U = said.let("U", before + now)
    # no larger than the suprema, so that the bounds are no weaker
    B, L1, L2 = (number(-up(-supremum(network.psi, order))) for order in range(3))
    root, K = said.let("root", start.root), said.let("K", X @ X.T)
    norm_X = said.let("x", X.of("norm"))
    size = said.let("bhat", start.b.size() / root)
    m = said.let("m", (abs(start.beta) * start.b**2).of("total") / p)
    pull = said.let("pull", L1**2 * norm_X**2)
    G0, G = (said.let(name, _gram(each, X)) for name, each in (("Gstart", start), ("G", state)))
    top = said.let("top", G0.of("max_eigenvalue").of("sqrt"))
    # before this step, only the earlier errors have moved the features
    drift, drift_later = (said.let(name, size * pull * reach) for name, reach in (("D", before), ("Dlater", U)))
    top_later = said.let("later", top + drift / root)
    G_s = after.features(X) @ state.features(X).T / p
    rows = WrittenTerm(["ones", d, 1])
    lengths = ((after.W - start.W) ** 2 @ rows).of("sqrt")
    said.at_most(lengths, abs(start.b) * (L1 * norm_X * U / root))
    said.at_most((after.features(X) - start.features(X)).size(), drift_later)
    said.at_most((G_s - G).of("norm"), size * pull * now * top_later / root)
    said.at_most((after.beta - start.beta).size(), (top + drift_later / root) * U)
    said.at_most(abs(after.beta - start.beta), B * number(n).of("sqrt") * U / root)
    longest = ((X**2) @ rows).of("largest").of("sqrt")
    H = [_feedback(K, left, right, beta * start.b, n, p) for left, right, beta in _slopes(X, n, start, state, after)]
    said.at_most(
        (H[1] - H[0]).of("norm"), pull * U * (size * (top + drift_later / root) + 2 * L2 * norm_X * longest * m) / root
    )
    said.at_most(G.of("max_eigenvalue"), top_later**2)
    if np.linalg.eigvalsh(network.gram(inputs))[0] > 1e-6:  # or the bound is vacuous
        said.at_most(G0.of("min_eigenvalue").of("sqrt"), G.of("min_eigenvalue").of("sqrt") + drift / root)
    return said.document


def _short(rng: np.random.Generator, *shape: int) -> Array:
    """Normal numbers, to odd multiples of 1/128, so that none is 0."""
    found: Array = (np.floor(64 * rng.standard_normal(shape)) + 0.5) / 64
    return found


def _gram(state: State, X: WrittenTerm) -> WrittenTerm:
    return state.features(X) @ state.features(X).T / state.p


def _slopes(
    X: WrittenTerm, n: int, start: State, state: State, after: State
) -> tuple[tuple[WrittenTerm, WrittenTerm, WrittenTerm], ...]:
    """Slopes twice and β: at the start, and from one state to the next, where one factor has the secant slopes."""
    D0, D = start.slopes(X, n), state.slopes(X, n)
    secant = (after.features(X) - state.features(X)) / (X @ after.W.T - X @ state.W.T)
    return (D0, D0, start.beta), (secant, D, state.beta)


def _feedback(
    K: WrittenTerm, left: WrittenTerm, right: WrittenTerm, weights: WrittenTerm, n: int, p: int
) -> WrittenTerm:
    """``K ∘ (left diag(weights) rightᵀ)/p``."""
    return K * ((left * (WrittenTerm(["ones", n, 1]) @ weights.T)) @ right.T) / p


def holds(found: Mapping[str, tuple[Ball, ...]], *names: str) -> bool:
    """Whether no margin (of these names) is certainly negative."""
    return not any(margin.arb < arb(0) for name in names or found for margin in found[name])
