"""Extreme eigenvalues of symmetric matrices of balls.

An orthogonal basis V that nearly diagonalises the midpoint is found by Jacobi rotations at the working precision, whose
rounding is ignored; it is not trusted. The eigenvalues of A are those of ``V⁻¹AV``, so none is below
``min_i (c_i − r_i)`` or above ``max_i (c_i + r_i)``, with c the diagonal and r the absolute row sums off the
diagonal (Gershgorin). The Rayleigh quotient of any column of V lies between the extreme eigenvalues, which bounds them
from the other side.
"""

from __future__ import annotations

from flint import arb, arb_mat

from .linalg import inverse

SWEEPS, QUICK = 30, 6


def extreme_eigenvalues(A: arb_mat) -> tuple[arb, arb]:
    """Balls around the smallest and the largest eigenvalue of every symmetric matrix in A; infinite where unknown.

    Examples
    --------
    >>> low, high = extreme_eigenvalues(arb_mat([[2, 1], [1, 2]]))
    >>> low.contains(1), high.contains(3), high.rad() < 1e-12
    (True, True, True)
    """
    n = A.nrows()
    V = _basis(A)
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


def all_eigenvalues(A: arb_mat) -> list[arb]:
    """Balls around the eigenvalues of every symmetric matrix in A, the smallest first; infinite where unknown.

    Each connected union of Gershgorin discs contains as many eigenvalues as it has discs.

    Examples
    --------
    >>> found = all_eigenvalues(arb_mat([[2, 1, 0], [1, 2, 0], [0, 0, 2]]))
    >>> [x.contains(i) and bool(x.rad() < 1e-12) for i, x in enumerate(found, 1)]
    [True, True, True]
    """
    n = A.nrows()
    V = _basis(A)
    Vi = inverse(V)
    if Vi is None:
        return [arb(0, "inf")] * n
    rows = (Vi * A * V).tolist()
    radii = [sum((abs(rows[i][j]) for j in range(n) if j != i), arb(0)) for i in range(n)]
    if not all(rows[i][i].is_finite() and radii[i].is_finite() for i in range(n)):
        return [arb(0, "inf")] * n
    discs = sorted(((rows[i][i] - radii[i]).lower(), (rows[i][i] + radii[i]).upper()) for i in range(n))
    unions: list[tuple[arb, arb, int]] = []
    for low, high in discs:
        if unions and not low > unions[-1][1]:
            first, end, count = unions.pop()
            unions.append((first, end.max(high), count + 1))
        else:
            unions.append((low, high, 1))
    return [low.union(high) for low, high, count in unions for _ in range(count)]


def _basis(A: arb_mat) -> arb_mat:
    """Columns that nearly diagonalise A, by cyclic Jacobi rotations while they improve it."""
    n = A.nrows()
    M = [[x.mid() for x in row] for row in A.tolist()]
    V = [[arb(i == j) for j in range(n)] for i in range(n)]
    least = arb("inf")
    for sweep in range(SWEEPS):
        beside = sum((M[i][j] * M[i][j] for i in range(n) for j in range(i)), arb(0)).mid()
        if sweep >= QUICK and not beside < least:  # only rounding is left
            break
        least = beside
        for i in range(n):
            for j in range(i + 1, n):
                if M[i][j] != 0:
                    _rotate(M, V, i, j)
    return arb_mat(V)


def _rotate(M: list[list[arb]], V: list[list[arb]], i: int, j: int) -> None:
    """Make entry (i, j) of M vanish; only the midpoints count."""
    theta = (M[j][j] - M[i][i]).mid() / (2 * M[i][j])
    tangent = (1 / (abs(theta) + (theta * theta + 1).sqrt())).mid() * (-1 if theta < 0 else 1)
    c = (1 / (tangent * tangent + 1).sqrt()).mid()
    s = (tangent * c).mid()
    for rows in (M, V):
        for row in rows:
            row[i], row[j] = (c * row[i] - s * row[j]).mid(), (s * row[i] + c * row[j]).mid()
    M[i], M[j] = (
        [(c * x - s * z).mid() for x, z in zip(M[i], M[j], strict=True)],
        [(s * x + c * z).mid() for x, z in zip(M[i], M[j], strict=True)],
    )
