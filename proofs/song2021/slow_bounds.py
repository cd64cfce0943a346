"""The bounds of the slow coordinate as numbers, and networks on which they are tested.

With ``ε = p^{-1/2}``, ``Y = ‖y‖``, ``S = εηT`` and ``P(c) = c³/3 + (1+λ)c``, the derivations give at the cutoff

    λYS − ½εYc² ≤ P(c) ≤ λYS + εY + ⅓(εηY)² YS,    cν − ε Y²/λ ≤ w ≤ cν,    0 ≤ g ≤ Y,

and at all later times, ``c`` between its value at the cutoff and that plus ``εY``, and ``cν − D ≤ w ≤ cν`` for
``D = ε Y² (1 + 1/λ)``. In the limit, where g = 0, ``c − D(1+c²)/Y ≤ w/ν ≤ c``, and the cosine is that of ``w/ν``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from flint import arb

from fa_theory.claims.procedures import Instance
from fa_theory.model.activations import activation
from fa_theory.model.ball import Array, Ball, balls
from fa_theory.model.network import Network, alignment, norm
from fa_theory.model.rules import step


@dataclass(frozen=True)
class SlowPlan:
    """Regularisation λ for T steps of size η, for targets of length Y, at width p."""

    p: int
    Y: arb
    lam: float
    eta: float
    T: int

    @classmethod
    def stable(cls, p: int, Y: float, lam: float, S: float) -> SlowPlan:
        """Steps of 95 % of the largest stable size, and the number of steps nearest to S."""
        eta = 0.95 / (1 + lam + Y**2 * (S + 2 / p**0.5) ** 2)
        return cls(p, arb(Y), lam, eta, round(S * p**0.5 / eta))

    @property
    def epsilon(self) -> arb:
        """``p^{-1/2}``."""
        return 1 / arb(self.p).sqrt()

    @property
    def S(self) -> arb:
        """The slow time at the cutoff."""
        return arb(self.eta) * self.T * self.epsilon

    @property
    def stability(self) -> arb:
        """``1 − η(1 + λ + Y²(S + 2ε)²)``, which must be ≥ 0."""
        return 1 - arb(self.eta) * (1 + arb(self.lam) + (self.Y * (self.S + 2 * self.epsilon)) ** 2)

    @property
    def distance(self) -> arb:
        """``D = ε Y² (1 + 1/λ)``."""
        return self.epsilon * self.Y**2 * (1 + 1 / arb(self.lam))

    def cubic(self, c: arb) -> arb:
        """``c³/3 + (1+λ)c``."""
        return c**3 / 3 + (1 + arb(self.lam)) * c

    def lower(self, c: arb) -> arb:
        """Non-negative at the cutoff; increasing in c."""
        return self.cubic(c) + self.epsilon * self.Y * c**2 / 2 - arb(self.lam) * self.Y * self.S

    def upper(self, c: arb) -> arb:
        """Non-positive at the cutoff; increasing in c."""
        room = self.epsilon * self.Y + (self.epsilon * arb(self.eta) * self.Y) ** 2 * self.Y * self.S / 3
        return self.cubic(c) - arb(self.lam) * self.Y * self.S - room

    def slow(self) -> tuple[arb, arb]:
        """Bounds of c in the limit."""
        low = _changes_sign(self.lower, self.Y * self.S, below=True)
        high = _changes_sign(self.upper, self.Y * (self.S + self.epsilon), below=False)
        return low, high + self.epsilon * self.Y

    def limit(self) -> tuple[arb, arb]:
        """Bounds of the limit alignment."""
        low, high = self.slow()
        ends = (c - self.distance * (1 + c**2) / self.Y for c in (low, high))
        least = arb.min(*ends)  # concave in c, so smallest at an end
        return cosine(least), cosine(high)


def cosine(ratio: arb) -> arb:
    """``ratio/√(1 + ratio²)``: the cosine of the angle between b and β for ``ratio = w/ν``."""
    return ratio / (1 + ratio**2).sqrt()


def _changes_sign(increasing: Callable[[arb], arb], high: arb, *, below: bool) -> arb:
    """A point certainly at most (``below``) or at least where an increasing function on [0, high] changes sign."""
    low, high = arb(0), arb(high.upper())
    for _ in range(60):
        middle = arb(((low + high) / 2).mid())
        value = increasing(middle)
        if value > 0:
            high = middle
        elif value < 0:
            low = middle
        else:
            break
    return low if below else high


def hadamard(p: int) -> Array:
    """An orthogonal matrix of entries ±1, for p a power of 2 (Sylvester)."""
    H: Array = np.ones((1, 1))
    while len(H) < p:
        H = np.block([[H, H], [H, -H]])
    return H


def orthogonal(rng: np.random.Generator, n: int, p: int) -> Network:
    """An orthogonal start for ``X = I``, exact in floats: rows of a Hadamard matrix with random signs."""
    rows = rng.permutation(p)[: n + 1]
    Z = (hadamard(p) * rng.choice([-1.0, 1.0], size=p))[rows]
    return Network(Z[:n].T, np.zeros(p), Z[n], activation("linear"))


@dataclass(frozen=True)
class SlowCoordinates:
    """The numbers c, ν, w, g of a network with an orthogonal start, from its weights, and the error not parallel to
    y."""

    c: Ball
    nu: Ball
    w: Ball
    g: Ball
    off: Array

    @classmethod
    def of(cls, network: Network, start: Network, y: Array) -> SlowCoordinates:
        """For ``X = I``."""
        h, e = y / norm(y), network.error(balls(np.eye(len(y))), y)
        epsilon: Any = 1 / Ball(arb(network.p).sqrt())
        sigma: Array = (start.W - network.W).T @ network.b / network.p
        v: Array = -epsilon * (start.W.T @ network.beta)
        c, nu, w, g = -(h @ sigma), -(h @ v), epsilon * (network.b @ network.beta), -(h @ e)
        return cls(Ball(c), Ball(nu), Ball(w), Ball(g), e + g * h)


def instance(plan: SlowPlan, rng: np.random.Generator, *, n: int = 2, after: int = 40) -> Instance:
    """Run a network in balls to the cutoff and beyond; return all margins and the error not parallel to y."""
    direction = rng.standard_normal(n)
    y = balls(direction / np.linalg.norm(direction)) * Ball(plan.Y)
    length = Ball(norm(y))
    plan = replace(plan, Y=length.arb)
    floats = orthogonal(rng, n, plan.p)
    start = Network(balls(floats.W), balls(floats.beta), balls(floats.b), floats.psi)
    state, X, eta, lam = start, balls(np.eye(n)), Ball(plan.eta), Ball(plan.lam)
    for _ in range(plan.T):
        state = step(state, X, y, eta=eta, lam=lam)
    cut = SlowCoordinates.of(state, start, y)
    for _ in range(after):
        state = step(state, X, y, eta=eta)
    end = SlowCoordinates.of(state, start, y)
    epsilon, D = Ball(plan.epsilon), Ball(plan.distance)
    C, stiff = cut.c + epsilon * cut.g, 1 + lam + cut.c**2
    margins = (
        Ball(plan.lower(cut.c.arb)),
        Ball(-plan.upper(cut.c.arb)),
        cut.c * cut.nu - cut.w,
        lam * (cut.w - cut.c * cut.nu) + epsilon * length**2,
        cut.g * (stiff + epsilon * length * cut.c) - lam * length,
        (1 - eta) ** after * cut.g - end.g,
        C - end.c - epsilon * end.g,
        length * end.w + D * ((1 + end.c**2) * end.nu + end.g) - length * end.c * end.nu,
        Ball(cosine(end.c.arb)) - alignment(state.b, state.beta),
    )
    return Instance(vanishes=tuple(end.off.flat), margins=margins, applies=bool(plan.stability >= 0))
