"""The condition (4') of the checker (`decay.deep_kinks`) in floating point, for the search; not a proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fa_theory.checker.decay.deep_kinks import MAX_WIDE, WIDE
from fa_theory.model.ball import Array

from .deep_rows import FloatMap, FloatRows, inner, lengths, through

if TYPE_CHECKING:
    from .deep_search import FloatSweep, FloatTube


@dataclass(frozen=True)
class _Layer:
    owners: Array
    terms: Array
    first: Array
    rest: FloatRows


def smallest_rate(sweep: FloatSweep, tube: FloatTube, S: float, C: Array, Ci: Array) -> float:
    """About the smallest q for which (4') holds; infinite if there is none, or if too many slopes are wide."""
    m, eta = len(C), sweep.eta
    off = [(high - low) / 2 for low, high in tube.slopes]
    wide = [x >= WIDE for x in off]
    if sum(int(x.sum()) for x in wide) * m > MAX_WIDE:
        return np.inf
    J = _path(sweep, tube, S, tube.J, sweep.W[1:], off, wide, moves=True, direct=False)
    G = _path(sweep, tube, S, tube.G, sweep.feedback, off, wide, moves=sweep.follows, direct=sweep.direct)
    N, R = np.zeros((m, m)), np.zeros((m, m))
    sums = [np.zeros((len(side[0].owners), m)) for side in (J, G)]
    for at, (scale, H, g, j) in enumerate(zip(sweep.scales, tube.H, tube.G, tube.J, strict=True)):
        (x, dx), (y, dy) = inner(H, H), inner(j, g)
        N += scale**2 * x * y
        sizes = j.sizes + J[at].first
        left = np.minimum(J[at].rest.radius @ g.most.T, np.outer(J[at].rest.reach, g.longest))
        right = np.minimum(sizes @ G[at].rest.radius.T, np.outer(lengths(sizes), G[at].rest.reach))
        R += scale**2 * (abs(x) * (J[at].first @ G[at].first.T + left + right) + dx * (abs(y) + dy))
        for layer, other, total in ((J[at], g, sums[0]), (G[at], j, sums[1])):
            total[: len(layer.owners)] += scale**2 * x[layer.owners] * (layer.terms @ other.centre.T)
    unit = np.eye(m)
    A = C @ (unit - eta * N) @ Ci
    U = np.concatenate([unit[J[0].owners], sums[1]]) @ C.T
    V = np.concatenate([sums[0], unit[G[0].owners]]) @ Ci
    t = (lengths(V) + 1e-300) / lengths(U).clip(1e-300)
    mu, nu = np.linalg.norm(C, axis=0), np.linalg.norm(Ci, axis=1)
    E = eta * ((U.T * t) @ U + (C * (R @ nu / mu)) @ C.T)
    F = eta * ((V.T / t) @ V + (Ci.T * (mu @ R / nu)) @ Ci)
    bottom = unit - E
    if not np.isfinite(bottom).all() or np.linalg.eigvalsh(bottom)[0] <= 0:
        return np.inf
    return float(np.sqrt(np.linalg.eigvalsh(F + A.T @ np.linalg.solve(bottom, A))[-1]))


def _path(
    sweep: FloatSweep,
    tube: FloatTube,
    S: float,
    rows: list[FloatRows],
    maps: list[FloatMap],
    off: list[Array],
    wide: list[Array],
    *,
    moves: bool,
    direct: bool,
) -> list[_Layer]:
    """As in the checker."""
    nothing = np.zeros_like(sweep.units)
    owners, terms = np.zeros(0, dtype=int), np.zeros((0, nothing.shape[1]))
    rest = FloatRows(nothing)
    found = [_Layer(owners, terms, nothing, rest)]
    for at in range(len(sweep.z) - 1, -1, -1):
        scale, M, middle = sweep.scales[at + 1], maps[at], (tube.slopes[at][0] + tube.slopes[at][1]) / 2
        zero = np.zeros_like(middle)
        back = scale * (sweep.units if direct else rows[at + 1].centre) @ M.matrix
        terms = np.zeros((len(owners), zero.shape[1])) if direct else scale * terms @ M.matrix
        if direct:
            rest = FloatRows(zero)
        elif moves:
            push = sweep.pushed(inner(rows[at + 1], tube.G[at + 1]), tube.H[at + 1], scale * S)
            rest = through(rest, M, scale, *push)
        else:
            rest = through(rest, M, scale)
        carried = _by_owner(terms, owners, zero)
        moved = abs(back) * np.where(wide[at], 0, off[at]) + carried * off[at]
        steepest = abs(middle) + off[at]
        reach = lengths(moved) + steepest.max(axis=1) * rest.reach
        rest = FloatRows(zero, moved + rest.radius * steepest, reach)
        a, r = np.nonzero(wide[at])
        new = np.zeros((len(a), zero.shape[1]))
        new[np.arange(len(a)), r] = back[a, r] * off[at][a, r]
        terms = np.concatenate([terms * middle[owners], new])
        owners = np.concatenate([owners, a])
        found.insert(0, _Layer(owners, terms, _by_owner(terms, owners, zero), rest))
    return found


def _by_owner(terms: Array, owners: Array, zero: Array) -> Array:
    total = np.zeros_like(zero)
    np.add.at(total, owners, abs(terms))
    return total
