"""Untrusted search in float64 for a norm C and a rate q of a certificate at any depth.

It proves nothing. The formulas are those of the checker (`decay.deep`, `decay.rows`) in plain floating point; they show
quickly whether a proof by the checker is worth trying.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from fa_theory.checker.decay.backwards import BACKWARDS
from fa_theory.model.activations import Activation
from fa_theory.model.ball import Array
from fa_theory.model.deep_problem import DeepProblem

from .deep_kinks import smallest_rate
from .deep_rows import FloatMap, FloatRows, inner, through, times
from .search import INFLATION, MARGIN, largest, norm2, norms

SHARES = (0.2, 0.5, 0.8)
"""The values of q to try, between the contraction of the centre (0) and 1."""
_SWEEPS, _STABLE = 40, 1e-4


class FloatTube(NamedTuple):
    """As `fa_theory.checker.decay.deep.DeepTube`, with the ends of the slopes."""

    H: list[FloatRows]
    G: list[FloatRows]
    J: list[FloatRows]
    slopes: list[tuple[Array, Array]]

    @property
    def size(self) -> float:
        """The sum of all bounds in norm."""
        return float(sum(rows.reach.sum() for part in self[:3] for rows in part))


@dataclass
class FloatSweep:
    """As `fa_theory.checker.decay.deep.Sweep`, without the rounding."""

    psi: Activation
    eta: float
    scales: list[float]
    h: list[Array]
    z: list[Array]
    e: Array
    units: Array
    W: list[FloatMap]
    turned: list[FloatMap]
    feedback: list[FloatMap]
    direct: bool
    follows: bool
    rounding: float

    @classmethod
    def of(cls, problem: DeepProblem) -> FloatSweep:
        """From the state of a problem."""
        net, rule, k = problem.network, problem.learning.rule, problem.y.shape[1]
        seen = net.forward(problem.X)
        rows, e = seen.f.shape[0], (seen.f - problem.y).ravel()
        W, depth = net.weights.W, net.depth
        feedback = [FloatMap(np.asarray(net.feedback(layer, rule))) for layer in range(2, depth + 1)]
        # e is a difference of numbers of this size: its own rounding error counts once the network has converged
        size = net.scale(depth) * norm2(seen.h[-1]) * norm2(W[-1])
        return cls(
            psi=net.psi,
            eta=problem.eta,
            scales=[1.0, *(float(net.scale(layer)) for layer in range(2, depth + 1))],
            h=[np.repeat(h, k, axis=0) for h in seen.h],
            z=[np.repeat(z, k, axis=0) for z in seen.z[:-1]],
            e=e,
            units=np.tile(np.eye(k), (rows, 1)),
            W=[FloatMap(w) for w in W],
            turned=[FloatMap(w.T) for w in W],
            feedback=feedback,
            direct=rule.direct,
            follows=BACKWARDS[rule.name].moves,
            rounding=2.0**-48 * (float(np.linalg.norm(problem.y)) + size),
        )

    def slopes(self, z: Array, radius: Array | float) -> tuple[Array, Array]:
        """Ends of the slopes."""
        return self.psi.slope_bounds(z - radius, z + radius)

    def start(self) -> FloatTube:
        """The centres alone."""
        H = [FloatRows(h) for h in self.h]
        slopes = [self.slopes(z, 0.0) for z in self.z]
        return FloatTube(H, *self._backward(None, H, slopes, 0.0), slopes)

    def __call__(self, tube: FloatTube, S: float) -> FloatTube:
        """What follows from a tube."""
        H, slopes = [tube.H[0]], []
        for at, z in enumerate(self.z):
            push = self.pushed(inner(H[at], tube.H[at]), tube.G[at], self.scales[at] * S)
            dz = through(H[at], self.turned[at], self.scales[at], *push)
            low, high = self.psi.value_bounds(z - dz.radius, z + dz.radius)
            slopes.append(self.slopes(z, dz.radius))
            h = self.h[at + 1]
            H.append(FloatRows(h, np.maximum(high - h, h - low), largest(slopes[-1]).max(axis=1) * dz.reach))
        return FloatTube(H, *self._backward(tube, H, slopes, S), slopes)

    def _backward(
        self, tube: FloatTube | None, H: list[FloatRows], slopes: list[tuple[Array, Array]], S: float
    ) -> tuple[list[FloatRows], list[FloatRows]]:
        G, J = [FloatRows(self.units)], [FloatRows(self.units)]
        for at in range(len(self.z) - 1, -1, -1):
            scale = self.scales[at + 1]

            def behind(V: FloatRows, M: FloatMap, moves: bool, at: int = at, scale: float = scale) -> FloatRows:
                if not moves or tube is None:
                    return through(V, M, scale)
                push = self.pushed(inner(V, tube.G[at + 1]), tube.H[at + 1], scale * S)
                return through(V, M, scale, *push)

            J.insert(0, times(behind(J[0], self.W[at + 1], True), slopes[at]))
            above = FloatRows(self.units) if self.direct else G[0]
            G.insert(0, times(behind(above, self.feedback[at], self.follows), slopes[at]))
        return G, J

    def pushed(self, products: tuple[Array, Array], out: FloatRows, factor: float) -> tuple[Array, Array]:
        """Bounds on entries and on norms, before the scale of the layer."""
        sizes, factor = (abs(products[0]) + products[1]) ** 2, self.eta * factor
        return factor * np.sqrt(sizes @ out.most**2), factor * np.sqrt(sizes @ out.longest**2)

    def closed(self, S: float) -> FloatTube | None:
        """A tube that is about stable, or None."""
        tube = self.start()
        for _ in range(_SWEEPS):
            found = self(tube, S)
            if not found.size < 1e4 * self.units.size * len(self.W):
                return None
            if abs(found.size - tube.size) <= _STABLE * found.size:
                return found
            tube = found
        return None

    def kernel(self, tube: FloatTube) -> tuple[Array, Array]:
        """``K``, and its radius."""
        m = len(self.units)
        K, R = np.zeros((m, m)), np.zeros((m, m))
        for scale, H, G, J in zip(self.scales, tube.H, tube.G, tube.J, strict=True):
            (x, dx), (y, dy) = inner(H, H), inner(J, G)
            K += scale**2 * x * y
            R += scale**2 * (abs(x) * dy + dx * abs(y) + dx * dy)
        return K, R

    def turning(self, tube: FloatTube, S: float) -> int:
        """How many signs of W past the first layer may change."""
        layers = list(zip(self.W, self.scales, tube.H, tube.G, strict=True))[1:]
        return sum(
            int((W.sizes <= self.eta * scale * S * np.sqrt((G.most**2).T @ H.most**2)).sum())
            for W, scale, H, G in layers
        )


@dataclass(frozen=True)
class DeepCandidate:
    """A norm and a rate that satisfy the inequalities of the checker in floating point."""

    C: Array
    q: float


def search(problem: DeepProblem) -> DeepCandidate | str:
    """Look for a candidate certificate of the state of a problem; a string names the obstacle."""
    sweep, signs = FloatSweep.of(problem), BACKWARDS[problem.learning.rule.name].signs
    K, _ = sweep.kernel(sweep.start())
    unit = np.eye(len(K))
    M = unit - problem.eta * K
    size = float(np.linalg.norm(sweep.e))
    if not np.isfinite(M).all():
        return f"contraction: I − ηK overflows; ‖e‖ = {size:.3g}"
    radius = float(abs(np.linalg.eigvals(M)).max())
    if radius >= 1 - 1e-12:
        return f"contraction: I − ηK has spectral radius {radius:.6g}, not below 1; ‖e‖ = {size:.3g}"
    reason, found = f"norm: the Lyapunov equation is too ill-conditioned at spectral radius {radius:.12g}", []
    for C, Ci in norms(M, radius):
        centre, sigma = norm2(C @ M @ Ci), norm2(Ci)
        if centre >= 1:
            reason = f"contraction: the Lyapunov norm gives only {centre:.6g}, not below 1"
        for share in SHARES if centre < 1 else ():
            q = centre + share * (1 - centre)
            S = INFLATION * sigma * (float(np.linalg.norm(C @ sweep.e)) + sweep.rounding) / (1 - q)
            tube = sweep.closed(S)
            if tube is None:
                reason = f"tube: no tube closes for q = {q:.6g}; ‖e‖ = {size:.3g}"
                continue
            K, R = sweep.kernel(tube)
            rate, rest = norm2(C @ (unit - problem.eta * K) @ Ci), problem.eta * norm2(abs(C) @ R @ abs(Ci))
            turning = sweep.turning(tube, S) if signs else 0
            if rate + rest >= q - MARGIN * (1 - q) and rate < q:
                rate, rest = smallest_rate(sweep, tube, S, C, Ci), 0.0
            if rate + rest >= q - MARGIN * (1 - q):
                reason = f"tube: {rate:.6g} + {rest:.3g} is not below q = {q:.6g}; ‖e‖ = {size:.3g}"
            elif turning:
                reason = f"signs: {turning} weights may change their sign in the tube; ‖e‖ = {size:.3g}"
            else:
                found.append(DeepCandidate(C, q))
                break
    return min(found, key=lambda candidate: candidate.q) if found else reason
