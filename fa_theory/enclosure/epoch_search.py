"""Untrusted search in float64 for certificates of minibatches: the formulas of the checker (`decay.epochs`).

Three norms are tried: two of `search`, for an epoch if there is one order only, and that of K⁻¹, in which no step on a
batch increases the error if K is symmetric and η is small enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fa_theory.checker.decay.epochs import MAX_COST, products
from fa_theory.model.ball import Array
from fa_theory.model.network import Network

from .search import INFLATION, MARGIN, SHARES, Surroundings, norm2, norms, rounding, surroundings

SWEEPS = 6
"""Attempts to find a budget for a given rate."""


@dataclass(frozen=True)
class EpochCandidate:
    """A norm, a rate, a budget and a tube that satisfy the inequalities of the checker in floating point."""

    C: Array
    q: float
    S: float
    rho: Array
    tau: Array


@dataclass(frozen=True)
class Orders:
    """The batches, by their errors, and whether their order is always the same."""

    rows: tuple[tuple[int, ...], ...]
    cyclic: bool

    @classmethod
    def of(cls, batches: Sequence[Sequence[int]], k: int, *, cyclic: bool) -> Orders:
        """From batches of samples with k outputs."""
        return cls(tuple(tuple(i * k + c for i in batch for c in range(k)) for batch in batches), cyclic)


@dataclass(frozen=True)
class Bounds:
    """a, g and h of the checker, and the kernel N."""

    a: float
    g: float
    h: float
    N: Array


def kernel(around: Surroundings, p: int) -> tuple[Array, Array]:
    """The kernel on a tube: midpoint and radius."""
    return (around.gram + around.H) / p, (around.R_G + around.R_H) / p


def kernel_at(network: Network, X: Array, *, follows: bool) -> Array:
    """The kernel at a state."""
    return kernel(surroundings(network, X, 1.0, 0.0, follows=follows), network.p)[0]


def search_epochs(
    network: Network, X: Array, y: Array, eta: float, orders: Orders, *, follows: bool
) -> EpochCandidate | str:
    """Look for a candidate certificate of this state; a string names the obstacle."""
    K = kernel_at(network, X, follows=follows)
    e = network.error(X, y).ravel()
    reason, found = "norm: there is no norm to try", []
    for C, Ci in choices(K, eta, orders):
        bounds = [way(C, Ci, eta, K, orders) for way in (enumerated, closed)]
        for at in (bound for bound in bounds if bound is not None and bound.a < 1):
            outcome = _try(network, X, y, eta, orders, (C, Ci), at, e, follows=follows)
            if isinstance(outcome, EpochCandidate):
                found.append(outcome)
            else:
                reason = outcome
        if all(bound is None or bound.a >= 1 for bound in bounds):
            reason = "contraction: an epoch does not contract in the norms that were tried; use a smaller step size"
    return min(found, key=lambda candidate: candidate.q) if found else reason


def product_norm(X: Array, Y: Array) -> float:
    """``‖XY‖₂``, where X has few columns."""
    return float(np.sqrt(abs(np.linalg.eigvals(X.T @ X @ (Y @ Y.T))).max()))


def choices(K: Array, eta: float, orders: Orders) -> Iterator[tuple[Array, Array]]:
    """Matrices C and C⁻¹ to try."""
    M = np.eye(len(K))
    if orders.cyclic:
        for rows in map(list, orders.rows):
            M = M - eta * K[:, rows] @ M[rows]
    else:
        M = M - eta * K
    radius = float(abs(np.linalg.eigvals(M)).max())
    if radius < 1 - 1e-12:
        yield from norms(M, radius)
    values, Q = np.linalg.eigh((K + K.T) / 2)
    if values[0] > 0:
        yield (Q * values**-0.5) @ Q.T, (Q * values**0.5) @ Q.T


def _try(
    network: Network,
    X: Array,
    y: Array,
    eta: float,
    orders: Orders,
    norm: tuple[Array, Array],
    at: Bounds,
    e: Array,
    *,
    follows: bool,
) -> EpochCandidate | str:
    """The smallest rate for which a tube is found in this norm."""
    C, Ci = norm
    omega = float(np.sqrt(sum(norm2(Ci[list(rows)]) ** 2 for rows in orders.rows)))
    weighted = float(np.linalg.norm(C @ e)) + norm2(C) * rounding(network, X, y)
    reason = ""
    for share in SHARES:
        q = at.a + share * (1 - at.a)
        S = INFLATION * at.h * weighted / (1 - q)
        for _ in range(SWEEPS):
            around = surroundings(network, X, eta, S, follows=follows)
            K, R = kernel(around, network.p)
            spread, u = abs(C) @ (R + abs(K - at.N)), 1.0
            for rows in map(list, orders.rows):
                u *= 1 + at.g * eta * product_norm(spread[:, rows], abs(Ci)[rows])
            u = at.g * (u - 1)
            need = INFLATION * (at.h + omega * u) * weighted / (1 - q)
            if need <= S or at.a + u >= q:
                break
            S = 1.01 * need
        if need <= S and at.a + u < q - MARGIN * (1 - q):
            return EpochCandidate(C, q, S, around.rho, around.tau)
        size = float(np.linalg.norm(e))
        reason = f"tube: {at.a:.6g} + {u:.3g} is not below q = {q:.6g}; the tube is too wide, ‖e‖ = {size:.3g}"
    return reason


def enumerated(C: Array, Ci: Array, eta: float, K: Array, orders: Orders) -> Bounds | None:
    """The bounds from all products; None if they are too many."""
    m, count = len(K), len(orders.rows)
    if products(count, cyclic=orders.cyclic) * m**3 > MAX_COST:
        return None
    steps = [np.eye(m) - eta * (C @ K[:, list(rows)]) @ Ci[list(rows)] for rows in orders.rows]
    # all pieces with the same batches in them, one array after another
    level = [(frozenset[int](), np.eye(m)[None], np.zeros((1, m, m)))]
    starts = range(count) if orders.cyclic else range(1)
    g, a, h = 1.0, 0.0, 0.0
    for start in starts:
        level = [(frozenset[int](), np.eye(m)[None], np.zeros((1, m, m)))]
        while level:
            after: dict[frozenset[int], list[tuple[Array, Array]]] = {}
            for seen, M, stack in level:
                following = [start + len(seen)] if orders.cyclic else [k for k in range(count) if k not in seen]
                for k in (k for k in following if k < count):
                    rows, more = list(orders.rows[k]), stack.copy()
                    more[:, rows] = Ci[rows] @ M
                    after.setdefault(seen | {k}, []).append((steps[k] @ M, more))
            level = [(s, *(np.concatenate(part) for part in zip(*each, strict=True))) for s, each in after.items()]  # type: ignore[misc]
            for seen, M, stack in level:
                sizes = np.linalg.norm(M, 2, axis=(1, 2))
                g = max(g, float(sizes.max()))
                if len(seen) == count:
                    a = max(a, float(sizes.max()))
                    h = max(h, float(np.linalg.norm(stack, 2, axis=(1, 2)).max()))
    return Bounds(a, g, h, K)


def closed(C: Array, Ci: Array, eta: float, K: Array, orders: Orders) -> Bounds | None:
    """The bounds from the closed form; None if η is too large for it."""
    N = Ci @ Ci.T
    kappa = max(norm2(N[np.ix_(rows, rows)]) for rows in orders.rows)
    gain = eta * (2 - eta * kappa)
    if not gain > 0:
        return None
    place = np.empty(len(N), dtype=int)
    for k, rows in enumerate(orders.rows):
        place[list(rows)] = k
    if orders.cyclic:
        length = norm2(np.eye(len(N)) + eta * np.where(place[:, None] > place[None, :], N, 0))
    else:
        length = 1 + eta * norm2(np.where(place[:, None] == place[None, :], 0, abs(N)))
    a = float(np.sqrt(max(1 - gain / (norm2(C) * length) ** 2, 0.0)))
    return Bounds(a, 1.0, float(gain**-0.5), N)
