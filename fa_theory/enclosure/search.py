"""Untrusted search in float64 for the data of an a-posteriori certificate: a norm C, a rate q and the radii of a tube.

It proves nothing. The formulas are those of the checker (`decay.from_state`) in plain floating point; they show quickly
whether a proof by the checker is worth trying.

Two norms are tried. The Euclidean one (C = I) suits wide networks, whose kernel is nearly symmetric; it has the
narrowest tube. The other comes from the discrete Lyapunov equation of ``M/s``, ``M = I − ηK``, with s half-way between
the spectral radius of M and 1: its solution ``P = (M/s)ᵀP(M/s) + I`` makes M a contraction by less than s in ``‖C·‖₂``,
``CᵀC = P``, however far from symmetric M is. The larger q, the more room (3) or (3') leaves for the tube, but the wider
the tube, which grows like ``1/(1 − q)``: a few values of q are tried, and the smallest that works is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from fa_theory.model.ball import Array
from fa_theory.model.network import Network

from .kinks import products, smallest_rate

SHARES = (0.3, 0.5, 0.7, 0.85, 0.95)
"""The values of q to try, between the contraction of the centre (0) and 1."""
TYPICAL = 0.5
"""The value at which ``(q − centre)(1 − q)`` is largest: what a tube adds to the rate grows at least like 1/(1 − q)."""
HOPELESS = 4.0
"""If at this value a tube adds so many times what there is room for, the other values are not tried."""
MARGIN = 0.02
"""Part of ``1 − q`` that must be left over in (3), so that rounding does not decide."""
INFLATION = 1.001
"""Factor on S and on the radii: the checker's norms are upper bounds."""


@dataclass(frozen=True)
class Candidate:
    """A norm, a rate and a tube that satisfy the inequalities of the checker (`decay.from_state`) in floating point."""

    C: Array
    q: float
    rho: Array
    tau: Array


@dataclass(frozen=True)
class TooWide:
    """A tube that leaves the rate above q."""

    reason: str
    excess: float
    """What the tube adds to the contraction of the centre, over what there is room for."""


def norm2(A: Array) -> float:
    """Spectral norm."""
    return float(np.linalg.norm(A, 2))


def largest(ends: tuple[Array, Array]) -> Array:
    """The largest absolute value between two ends."""
    return np.maximum(-ends[0], ends[1])


def search(network: Network, X: Array, y: Array, eta: float) -> Candidate | str:
    """Look for a candidate certificate of this state; a string names the obstacle.

    Parameters
    ----------
    network
        State in float64.
    X, y
        Data, ``(n, d)`` and ``(n,)`` or ``(n, k)``.
    eta
        Step size.
    """
    gram, slope = network.gram(X), network.psi.slope(network.preactivations(X))
    beta, b = network.columns(network.beta), network.columns(network.b)
    k = b.shape[1]
    H = np.kron(X @ X.T, np.ones((k, k))) * products(slope, beta, b) / network.p
    M = np.eye(len(X) * k) - eta * (np.kron(gram, np.eye(k)) + H)
    radius = float(abs(np.linalg.eigvals(M)).max())
    if radius >= 1 - 1e-12:
        top = eta * norm2(gram)
        hint = f"; η·λ_max(G) = {top:.4g} exceeds 2, use a smaller step size" if top > 2 else ""
        return f"contraction: I − η(G+H) has spectral radius {radius:.6g}, not below 1{hint}"
    reason = f"norm: the Lyapunov equation is too ill-conditioned at spectral radius {radius:.12g}"
    found = []
    for C, Ci in norms(M, radius):
        centre = norm2(C @ M @ Ci)
        if centre >= 1:
            reason = f"contraction: the Lyapunov norm gives only {centre:.6g}, not below 1"
            continue
        attempt = partial(tube, network, X, y, eta, C, Ci)
        middle = attempt(centre + TYPICAL * (1 - centre))
        if isinstance(middle, TooWide) and middle.excess > HOPELESS and not network.psi.kinked:
            reason = middle.reason
            continue
        for share in SHARES:
            outcome = middle if share == TYPICAL else attempt(centre + share * (1 - centre))
            if isinstance(outcome, Candidate):
                found.append(outcome)
                break
            reason = outcome.reason
    return min(found, key=lambda candidate: candidate.q) if found else reason


def norms(M: Array, radius: float) -> Iterator[tuple[Array, Array]]:
    """Matrices C and C⁻¹ to try."""
    from scipy.linalg import LinAlgError, cholesky, inv, solve_discrete_lyapunov

    identity = np.eye(len(M))
    if norm2(M) < 1:
        yield identity, identity
    s = (1 + radius) / 2
    try:
        P = solve_discrete_lyapunov((M / s).T, identity)
        C = cholesky((P + P.T) / 2)
    except LinAlgError:
        return
    C /= norm2(C)
    yield C, inv(C)


def tube(network: Network, X: Array, y: Array, eta: float, C: Array, Ci: Array, q: float) -> Candidate | TooWide:
    """Radii that satisfy (1) and (2) for this C and q, provided that (3) holds too."""
    n, psi = len(X), network.psi
    e, sigma = network.error(X, y).ravel(), norm2(Ci)
    S = INFLATION * sigma * (float(np.linalg.norm(C @ e)) + rounding(network, X, y)) / (1 - q)
    around = surroundings(network, X, eta, S)
    rho, tau, p, k = around.rho, around.tau, network.p, around.b.shape[1]
    gram, R_G, H, R_H, inputs = around.gram, around.R_G, around.H, around.R_H, around.inputs
    low, high = around.slopes
    value, value_radius, slope, slope_radius = around.value, around.value_radius, (low + high) / 2, (high - low) / 2
    beta, b = network.columns(network.beta), around.b
    centre = norm2(C @ (np.eye(n * k) - eta / p * (gram + H)) @ Ci)
    rate = centre + eta / p * norm2(abs(C) @ (R_G + R_H) @ abs(Ci))
    if rate >= q - MARGIN * (1 - q) and psi.monotone:  # (3') needs slopes ≥ 0
        rate = min(rate, smallest_rate(C, Ci, eta, inputs, gram, R_G, (low, high), (beta, tau), b))
    if rate < q - MARGIN * (1 - q):
        return Candidate(C, q, rho, tau)
    neuron = int(
        np.argmax((value_radius * abs(value) + slope_radius * abs(slope) * abs(beta * b).sum(axis=1)).sum(axis=0))
    )
    kinks = f", {int((slope_radius > 0).sum())} pre-activations at the kink" if psi.kinked else ""
    return TooWide(
        f"tube: {centre:.6g} + {rate - centre:.3g} is not below q = {q:.6g}; the tube is too wide for "
        f"{'H' if norm2(R_H) > norm2(R_G) else 'G'}{kinks}, most at neuron {neuron}; ‖e‖ = {np.linalg.norm(e):.3g}",
        (rate - centre) / (q - centre) if q > centre else np.inf,
    )


@dataclass(frozen=True)
class Surroundings:
    """The checker's tube (`decay.from_state.tube`) in floating point; kernels are still to be divided by p."""

    rho: Array
    tau: Array
    b: Array
    inputs: Array
    value: Array
    value_radius: Array
    slopes: tuple[Array, Array]
    gram: Array
    R_G: Array
    H: Array
    R_H: Array


def rounding(network: Network, X: Array, y: Array) -> float:
    """Rounding error of ‖e‖: a difference of numbers of this size, which counts once the network has converged."""
    features = network.psi.value(network.preactivations(X))
    size = float(np.linalg.norm(y) + norm2(features) * np.linalg.norm(network.beta) / np.sqrt(network.p))
    return 2.0**-48 * size


def surroundings(
    network: Network,
    X: Array,
    eta: float,
    S: float,
    *,
    follows: bool = False,
    drift: tuple[Array, Array, Array] | None = None,
) -> Surroundings:
    """The tube for errors that sum to S; with more movement of w_r, z_ir and β_r where there is a drift."""
    psi, p = network.psi, network.p
    Z, XX = network.preactivations(X), X @ X.T
    beta = network.columns(network.beta)
    b = beta if follows else network.columns(network.b)
    k = b.shape[1]
    more_w, more_z, more_beta = (np.zeros(1), np.zeros((1, 1)), np.zeros(1)) if drift is None else drift
    lengths, sizes = np.linalg.norm(X, axis=1)[:, None], np.linalg.norm(b, axis=1)
    steepest = largest(psi.slope_bounds(np.full(1, -np.inf), np.full(1, np.inf)))
    for _ in range(3 if follows else 1):  # β moves, and with it the pull on W
        pull = eta / np.sqrt(p) * sizes * S
        rho = INFLATION * pull * norm2(X) * steepest + INFLATION * more_w
        for _ in range(2):  # a smaller tube has smaller slopes, which allow a smaller tube
            coarse = lengths * rho
            slope = largest(psi.slope_bounds(Z - coarse, Z + coarse))
            rho = INFLATION * pull * norm2(X) * slope.max(axis=0) + INFLATION * more_w
        delta = np.minimum(coarse, pull * np.sqrt((XX**2) @ (slope**2)) + more_z)
        low, high = psi.value_bounds(Z - delta, Z + delta)
        value, value_radius = (low + high) / 2, (high - low) / 2
        low, high = psi.slope_bounds(Z - delta, Z + delta)
        slope, slope_radius = (low + high) / 2, (high - low) / 2
        tau = INFLATION * eta / np.sqrt(p) * S * np.linalg.norm(abs(value) + value_radius, axis=0)
        tau = tau + INFLATION * more_beta
        if follows:
            sizes = np.linalg.norm(abs(beta) + INFLATION * tau[:, None], axis=1)
    inputs, same = np.kron(XX, np.ones((k, k))), np.eye(k)
    gram, H = np.kron(value @ value.T, same), inputs * products(slope, beta, b)
    most = abs(value) + value_radius
    R_G = np.kron(most @ most.T - abs(value) @ abs(value).T, same)
    most, most_beta = abs(slope) + slope_radius, abs(beta) + tau[:, None]
    most_b = most_beta if follows else abs(b)
    R_H = abs(inputs) * (products(most, most_beta, most_b) - products(abs(slope), abs(beta), abs(b)))
    return Surroundings(rho, tau, b, inputs, value, value_radius, (low, high), gram, R_G, H, R_H)
