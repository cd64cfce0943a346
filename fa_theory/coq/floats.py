"""Linear algebra in float64 without libraries: the same bits on every machine, so that an export can be repeated.

Only +, −, ×, ÷ and roots are used, which IEEE 754 rounds correctly. Nothing is trusted because of these numbers.
"""

from __future__ import annotations

from math import sqrt

Rows = list[list[float]]


def dot(u: list[float], v: list[float]) -> float:
    """The inner product, summed from left to right."""
    total = 0.0
    for a, b in zip(u, v, strict=True):
        total += a * b
    return total


def norm(v: list[float]) -> float:
    """The Euclidean norm."""
    return sqrt(dot(v, v))


def frobenius(A: Rows) -> float:
    """The Frobenius norm.

    Examples
    --------
    >>> frobenius([[3.0], [4.0]])
    5.0
    """
    return norm([x for row in A for x in row])


def times_transposed(A: Rows, B: Rows) -> Rows:
    """``A Bᵀ``."""
    return [[dot(a, b) for b in B] for a in A]


def transposed(A: Rows) -> Rows:
    """``Aᵀ``."""
    return [list(column) for column in zip(*A, strict=True)]


def eigenvalues(S: Rows) -> list[float]:
    """Eigenvalues of a symmetric matrix in ascending order, by Jacobi's rotations.

    Examples
    --------
    >>> [round(x, 12) for x in eigenvalues([[2.0, 1.0], [1.0, 2.0]])]
    [1.0, 3.0]
    """
    S, n = [list(row) for row in S], len(S)
    for _ in range(60):
        off = sum(S[i][j] ** 2 for i in range(n) for j in range(i))
        if off <= 1e-30 * sum(S[i][i] ** 2 for i in range(n)):
            break
        for i in range(n):
            for j in range(i):
                _rotate(S, i, j)
    return sorted(S[i][i] for i in range(n))


def _rotate(S: Rows, i: int, j: int) -> None:
    if S[i][j] == 0.0:
        return
    theta = (S[j][j] - S[i][i]) / (2 * S[i][j])
    t = (1.0 if theta >= 0 else -1.0) / (abs(theta) + sqrt(theta * theta + 1))
    c = 1 / sqrt(t * t + 1)
    s = t * c
    for k in range(len(S)):
        S[k][i], S[k][j] = c * S[k][i] - s * S[k][j], s * S[k][i] + c * S[k][j]
    for k in range(len(S)):
        S[i][k], S[j][k] = c * S[i][k] - s * S[j][k], s * S[i][k] + c * S[j][k]


def cholesky(S: Rows) -> Rows | None:
    """The lower factor of a positive definite matrix; None if it is not one.

    Examples
    --------
    >>> cholesky([[4.0, 2.0], [2.0, 5.0]]), cholesky([[-1.0]])
    ([[2.0, 0.0], [1.0, 2.0]], None)
    """
    n = len(S)
    L = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(i + 1):
            rest = S[i][j] - dot(L[i][:j], L[j][:j])
            if i == j and not rest > 0:
                return None
            L[i][j] = sqrt(rest) if i == j else rest / L[j][j]
    return L
