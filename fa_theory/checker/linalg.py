"""Rigorous linear algebra in balls: definiteness, spectral norms, inverses.

A matrix of balls stands for every real matrix inside it. A function that returns ``True``, or a bound, is correct for
all of them; if this is not certain it returns ``False``, or an infinite or undefined bound (no comparison with
an undefined bound is ever true).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import starmap
from math import inf, nextafter
from operator import mul

from flint import arb, arb_mat

_SQUARINGS = 12


def up(x: arb) -> float:
    """A float slightly above or equal to ``x``; NaN if ``x`` is undefined.

    Examples
    --------
    >>> up(arb(1) / 3) * 3 >= 1
    True
    """
    value = float(x.upper())
    return value if arb(value) >= x.upper() else nextafter(value, inf)


def elementwise(f: Callable[..., arb], *matrices: arb_mat) -> arb_mat:
    """Apply ``f`` to the corresponding entries of matrices of equal shape."""
    rows, columns = matrices[0].nrows(), matrices[0].ncols()
    entries = starmap(f, zip(*(M.entries() for M in matrices), strict=True))
    return arb_mat(rows, columns, list(entries))


def identity(n: int) -> arb_mat:
    """The n×n identity."""
    return arb_mat(n, n, [arb(i == j) for i in range(n) for j in range(n)])


def kron(A: arb_mat, B: arb_mat) -> arb_mat:
    """``A ⊗ B``."""
    return arb_mat([[x * y for x in row for y in other] for row in A.tolist() for other in B.tolist()])


def row_products(A: arb_mat, B: arb_mat) -> arb_mat:
    """All products of a row of A and a row of B, entry by entry; those of the first row of A come first.

    Examples
    --------
    >>> row_products(arb_mat([[1, 2]]), arb_mat([[3, 4], [5, 6]])) == arb_mat([[3, 8], [5, 12]])
    True
    """
    return arb_mat([list(map(mul, row, other)) for row in A.tolist() for other in B.tolist()])


def euclidean(entries: Iterable[arb]) -> arb:
    """Exact number ≥ the Euclidean norm of every vector in the balls.

    Examples
    --------
    >>> euclidean([arb(3), arb(4)]) >= 5
    True
    """
    sizes = [x.abs_upper() for x in entries]
    return sum(map(mul, sizes, sizes), arb(0)).sqrt().upper()


def least_norm(entries: Iterable[arb]) -> arb:
    """Exact number ≤ the Euclidean norm of every vector in the balls."""
    sizes = [x.abs_lower() for x in entries]
    return sum(map(mul, sizes, sizes), arb(0)).sqrt().lower()


def positive_definite(M: arb_mat) -> bool:
    """Whether every symmetric matrix in M is certainly positive definite. Only the lower triangle is read.

    The elimination ``M = L D Lᵀ`` in balls encloses the pivots of every symmetric matrix in M; it is positive definite
    exactly when its pivots are positive (Sylvester).

    Examples
    --------
    >>> positive_definite(arb_mat([[2, 1], [1, 2]])), positive_definite(arb_mat([[1, 1], [1, 1]]))
    (True, False)
    """
    A = M.tolist()
    n = len(A)
    for k in range(n):
        pivot = A[k][k]
        if not pivot > 0:
            return False
        for i in range(k + 1, n):
            factor = A[i][k] / pivot
            for j in range(k + 1, i + 1):
                A[i][j] -= factor * A[j][k]
    return True


def norm_below(A: arb_mat, bound: arb) -> bool:
    """Whether certainly ``‖A‖₂ < bound``: ``bound > 0`` and ``bound²·I − AᵀA ≻ 0``.

    Examples
    --------
    >>> norm_below(arb_mat([[0, 2]]), arb(2.001)), norm_below(arb_mat([[0, 2]]), arb(2))
    (True, False)
    """
    gap = identity(A.ncols()) * (bound * bound) - A.transpose() * A
    return bool(bound > 0) and positive_definite(gap)


def spectral_norm(A: arb_mat, squarings: int = _SQUARINGS) -> arb:
    """Exact number no less than ``‖A‖₂``, and at most a factor ``n^(1/16384)`` above it for a tight n-column matrix.

    ``B = (AᵀA)^N`` has ``‖A‖₂^{2N} = ‖B‖₂ ≤ ‖B‖_F``, so ``‖A‖₂ ≤ ‖B‖_F^{1/2N}``; N = 2^12 by repeated squaring, and
    ``2^squarings`` if fewer are wanted: a factor ``n^(1/4N)``. It
    needs no eigenvectors and applies to tight and wide, signed and non-negative matrices.

    Examples
    --------
    >>> bound = spectral_norm(arb_mat([[3, 0], [4, 5]]))
    >>> bound**2 > 45, bound**2 < 45.01
    (True, True)
    """
    if A.ncols() > A.nrows():
        A = A.transpose()
    B = A.transpose() * A
    for _ in range(squarings):
        B = B * B
    norm = euclidean(B.entries())
    for _ in range(squarings + 1):
        norm = norm.sqrt().upper()
    return norm


def inverse(C: arb_mat) -> arb_mat | None:
    """Enclosure of the inverses of all matrices in C, or None unless all are certainly invertible."""
    try:
        return C.inv()
    except ZeroDivisionError:
        return None
