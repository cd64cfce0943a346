"""Linear networks of any width: the whole loss curve and the alignment in ball arithmetic.

Let ``ψ(x) = x``, and let X, y, the weights ``W₀, β₀, b``, η and λ be given floats, exact dyadic rationals. With

    K = XXᵀ,  Z = XW₀ᵀ,  G = ZZᵀ/p,  f₀ = Zβ₀/√p,  q = Zb/√p,  B = ‖b‖²/p,  N = ‖β₀‖²/p,  r = b·β₀/p

and ``s = v = 0, c = 0, α = 1`` at step 0, feedback alignment with λ(t) gives, in exact arithmetic,

    ρ = αr − q·v/p + cB/p,    e = αf₀ − Gv + (c/p) q − ρKs − y,    L = ‖e‖²/n,
    s⁺ = s + ηe,   v⁺ = (1−ηλ)v + ηe,   c⁺ = (1−ηλ)c + η (Ks)·e,   α⁺ = (1−ηλ)α,
    ‖β‖²/p = α²N + v·Gv/p + c²B/p² − 2αf₀·v/p + 2αcr/p − 2cq·v/p²,    cos∠(b, β) = ρ / √(B ‖β‖²/p).

Proof. `fa_theory.simulation.linear_law` derives these from the closed form ``W(t) = W₀ − p^{-1/2} b s(t)ᵀX`` and
``β(t) = α(t)β₀ − p^{-1/2} W₀Xᵀv(t) + (c(t)/p) b``, which is the claim `song2021.linear-closure` (there r is √p times
ours, and ρ, too). Every operation here is one on balls, which hold the exact result for all numbers of their operands;
by induction over the steps the balls s, v, c, α hold the exact values, and so do e, L and the cosine. ∎

So the intervals are a theorem about this network. The radii grow by a bounded factor in every step, and so the working
precision is doubled until the intervals are narrow.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from flint import arb, arb_mat, ctx

from fa_theory.checker.linalg import up
from fa_theory.errors import InputError
from fa_theory.model.ball import Array
from fa_theory.model.network import Network
from fa_theory.model.schedules import Schedule

from .certificate import checked_inputs

FIRST_BITS, MOST_BITS = 128, 4096
NARROW, TINY = 2.0**-40, 1e-300
"""Width of the intervals at which the precision suffices: relative to the loss, or, where float64 ends, absolute."""

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Enclosed:
    """The intervals proved for the run of one network.

    Attributes
    ----------
    t
        Steps.
    loss
        Intervals with the mean squared error ``‖e(t)‖²/n``.
    alignment
        Intervals with ``cos∠(b, β(t))``; [−1, 1] where b or β may be 0.
    bits
        The working precision that sufficed.
    """

    t: list[int]
    loss: list[Interval]
    alignment: list[Interval]
    bits: int

    @property
    def width(self) -> float:
        """The widest interval of the loss relative to its upper end; losses below 10⁻³⁰⁰ are ignored."""
        return max((high - low) / high if high > TINY else 0.0 for low, high in self.loss)


def enclose(
    network: Network, X: Array, y: Array, *, eta: float, steps: list[int], schedule: Schedule | None = None
) -> Enclosed | None:
    """Enclose loss and alignment of a linear network at the steps given; None if 4096 bits do not suffice.

    Parameters
    ----------
    network
        The linear network at step 0, in float64, with one output.
    X, y
        Inputs ``(n, d)`` and targets ``(n,)``.
    eta
        Step size, on the loss ``½‖e‖²``.
    steps
        In increasing order.
    schedule
        Regularisation; default none.

    Raises
    ------
    InputError
        If the network is not linear or has several outputs, if numbers are not finite or shapes do not match, or if the
        steps do not increase.

    Examples
    --------
    >>> from fa_theory.model.activations import activation
    >>> network = Network(np.eye(1), np.zeros(1), np.ones(1), activation("linear"))
    >>> found = enclose(network, np.eye(1), np.ones(1), eta=0.5, steps=[0, 1])
    >>> found.t, found.loss[1]  # (1 - 1/2 - 1/4)²
    ([0, 1], (0.0625, 0.0625))
    """
    checked_inputs(network, X, y, eta)
    if network.psi.name != "linear" or not network.single_output:
        raise InputError(f"expected a linear network with one output but got {network.psi.name}, beta of shape "
                         f"{network.beta.shape}; for others see fa_theory.enclosure.certify")  # fmt: skip
    if not steps or steps[0] < 0 or any(s >= t for s, t in pairwise(steps)):
        raise InputError(f"expected increasing steps ≥ 0 but got {steps!r}")
    bits = FIRST_BITS
    while bits <= MOST_BITS:
        with ctx.workprec(bits):
            found = _followed(network, X, y, eta, steps, schedule or Schedule.none(), bits)
        if found is not None:
            return found
        bits *= 2
    return None


def _followed(
    network: Network, X: Array, y: Array, eta: float, steps: list[int], schedule: Schedule, bits: int
) -> Enclosed | None:
    """One pass at the working precision; None as soon as an interval is too wide to be useful."""
    p, n = arb(network.p), len(y)
    x, targets, b, beta = (_exact(A) for A in (X, y[:, None], network.b[:, None], network.beta[:, None]))
    Z = x * _exact(network.W).transpose()
    K, G, root = x * x.transpose(), Z * Z.transpose() * (1 / p), 1 / p.sqrt()
    f, q = Z * beta * root, Z * b * root
    B, N, r = _dot(b, b) / p, _dot(beta, beta) / p, _dot(b, beta) / p
    s = v = arb_mat(n, 1)
    c, alpha, step_size = arb(0), arb(1), arb(eta)
    losses: list[Interval] = []
    cosines: list[Interval] = []
    wanted = set(steps)
    for t in range(steps[-1] + 1):
        Gv, Ks, qv = G * v, K * s, _dot(q, v)
        rho = alpha * r - qv / p + c * B / p
        e = f * alpha - Gv + q * (c / p) - Ks * rho - targets
        if t in wanted:
            losses.append(_outward(_dot(e, e) / n, 0.0, np.inf))
            size = alpha**2 * N + _dot(v, Gv) / p + c**2 * B / p**2
            size += 2 * (alpha * c * r / p - alpha * _dot(f, v) / p - c * qv / p**2)
            cosines.append(_outward(rho / (B * size).sqrt(), -1.0, 1.0))
            low, high = losses[-1]
            if not (np.isfinite(high) and high - low <= NARROW * high + TINY):
                return None
        keep, move = 1 - step_size * arb(schedule(t)), e * step_size
        s, v, c, alpha = s + move, v * keep + move, keep * c + step_size * _dot(Ks, e), keep * alpha
    return Enclosed(list(steps), losses, cosines, bits)


def _exact(A: Array) -> arb_mat:
    return arb_mat(np.asarray(A, dtype=np.float64).tolist())


def _dot(u: arb_mat, v: arb_mat) -> arb:
    return (u.transpose() * v)[0, 0]


def _outward(x: arb, least: float, most: float) -> Interval:
    """Floats around a ball; a ball without finite ends (a cosine where β may be 0) gives the whole possible range."""
    if not x.is_finite():
        return least, most
    return max(-up(-x), least), min(up(x), most)
