"""The loop of the linear law, for numba; see `fa_theory.simulation.linear_path`."""

from __future__ import annotations

from typing import Any

from .kernel import compiled


@compiled
def advance(first: int, last: int, M: Any, Lam: Any, keep: Any, row: Any, both: Any, states: Any, moves: Any) -> None:
    """Steps ``first, …, last`` of every network, those with ``row[t] ≥ 0`` recorded there.

    Every sum runs over columns in their order, so that the bits of a network are its own.
    """
    m, n = Lam.shape[:2]
    for i in range(m):
        x, s = both[0, i, :, 0], both[1, i, :, 0]
        columns, scale = M[i].T.copy(), Lam[i, :, 0]
        h, move = columns[0].copy(), scale.copy()
        for t in range(first, last + 1):
            h[:] = 0.0
            for k in range(n + 3):
                for j in range(n + 1):
                    h[j] += columns[k, j] * x[k]
            gain = 0.0
            for j in range(n):
                lean = scale[j] * s[j]
                move[j] = h[j] - h[n] * lean
                gain += lean * move[j]
            if row[t] >= 0:
                states[row[t], :, i] = both[:, i]
                moves[row[t], i, :, 0] = move
            for j in range(n + 2):
                x[j] *= keep[t, i]
            for j in range(n):
                x[j] += move[j]
                s[j] += move[j]
            x[n + 1] += gain
