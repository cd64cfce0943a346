"""Extreme eigenvalues of symmetric matrices of balls.

An orthogonal basis V that nearly diagonalises the midpoint is found by Jacobi rotations in floating point; nothing is
believed of it. The eigenvalues of A are those of ``V⁻¹AV``, so none is below ``min_i (c_i − r_i)`` or above
``max_i (c_i + r_i)``, with c the diagonal and r the absolute row sums beside it (Gershgorin). The Rayleigh quotient of
any column of V lies between the extreme eigenvalues, which bounds them from the other side.
"""

from __future__ import annotations

from math import copysign, hypot, isfinite

from flint import arb, arb_mat

from .linalg import inverse

SWEEPS = 30


def extreme_eigenvalues(A: arb_mat) -> tuple[arb, arb]:
    """Balls around the smallest and the largest eigenvalue of every symmetric matrix in A; infinite where unknown.

    Examples
    --------
    >>> low, high = extreme_eigenvalues(arb_mat([[2, 1], [1, 2]]))
    >>> low.contains(1), high.contains(3), high.rad() < 1e-12
    (True, True, True)
    """
    n = A.nrows()
    V = _basis([[float(x.mid()) for x in row] for row in A.tolist()])
    Vi = inverse(V)
    if Vi is None:
        return arb(0, "inf"), arb(0, "inf")
    rows = (Vi * A * V).tolist()
    radii = [sum((abs(rows[i][j]) for j in range(n) if j != i), arb(0)) for i in range(n)]
    columns = [arb_mat(n, 1, [V[i, j] for i in range(n)]) for j in range(n)]
    quotients = [(v.transpose() * A * v)[0, 0] / (v.transpose() * v)[0, 0] for v in columns]
    below, above = rows[0][0] - radii[0], rows[0][0] + radii[0]
    least, most = quotients[0], quotients[0]
    for i in range(1, n):
        below, above = below.min(rows[i][i] - radii[i]), above.max(rows[i][i] + radii[i])
        least, most = least.min(quotients[i]), most.max(quotients[i])
    return below.lower().union(least.upper()), most.lower().union(above.upper())


def _basis(M: list[list[float]]) -> arb_mat:
    """Columns that nearly diagonalise M: cyclic Jacobi rotations."""
    n = len(M)
    V = [[float(i == j) for j in range(n)] for i in range(n)]
    for _ in range(SWEEPS if all(isfinite(x) for row in M for x in row) else 0):
        for i in range(n):
            for j in range(i + 1, n):
                if M[i][j] == 0:
                    continue
                theta = (M[j][j] - M[i][i]) / (2 * M[i][j])
                t = copysign(1, theta) / (abs(theta) + hypot(theta, 1))
                c = 1 / hypot(t, 1)
                for rows in (M, V):
                    for row in rows:
                        row[i], row[j] = c * row[i] - t * c * row[j], t * c * row[i] + c * row[j]
                M[i], M[j] = (
                    [c * x - t * c * z for x, z in zip(M[i], M[j], strict=True)],
                    [t * c * x + c * z for x, z in zip(M[i], M[j], strict=True)],
                )
    return arb_mat(V)
