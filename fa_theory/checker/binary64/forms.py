"""Quadratic forms compared in floats, by Cholesky factors that need not be trusted.

A matrix that is not known exactly stands for all that are near it (`NearMatrix`). A symmetric A is positive
semidefinite if ``‖A − σI − RRᵀ‖ ≤ σ`` for some R and σ ≥ 0; R is the Cholesky factor that NumPy finds, and the distance
is computed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from flint import arb

from .bounds import Array, U, above, gamma, norm, spectral_norm
from .products import OutOfRange

u = arb(U)
_SQUARINGS = 11
_SLACK = 2.0**-600
_SHIFT = 2.0**-500
"""σ is at least that: what is computed as the norm of 0 is not 0."""
_TRIES = 6


@dataclass(frozen=True)
class NearMatrix:
    """A matrix, and how far it is, at most, from the one it stands for, in the spectral norm."""

    x: Array
    off: arb

    def __add__(self, other: NearMatrix) -> NearMatrix:
        found = self.x + other.x
        return NearMatrix(found, self.off + other.off + u * norm(found))

    def __sub__(self, other: NearMatrix) -> NearMatrix:
        return self + NearMatrix(-other.x, other.off)

    def __matmul__(self, other: NearMatrix) -> NearMatrix:
        sizes = norm(self.x), norm(other.x)
        off = gamma(self.x.shape[1]) * sizes[0] * sizes[1] + _SLACK
        return NearMatrix(self.x @ other.x, off + self.off * (sizes[1] + other.off) + sizes[0] * other.off)

    def __getitem__(self, block: tuple[slice, slice]) -> NearMatrix:
        return NearMatrix(self.x[block], self.off)

    def times(self, factor: float) -> NearMatrix:
        """A multiple."""
        found = self.x * factor
        return NearMatrix(found, abs(arb(factor)) * self.off + u * norm(found) + _SLACK)

    @property
    def T(self) -> NearMatrix:
        """The transpose."""
        return NearMatrix(self.x.T, self.off)

    def size(self) -> arb:
        """Number ≥ the spectral norm."""
        return (spectral_norm(self.x, _SQUARINGS) + self.off).upper()


def exact(A: Array) -> NearMatrix:
    """These numbers."""
    return NearMatrix(A, arb(0))


def identity(n: int) -> NearMatrix:
    """The unit matrix."""
    return exact(np.eye(n))


def factor_above(A: NearMatrix) -> Array:
    """A matrix L with ``LLᵀ − A`` positive semidefinite, and not much larger than need be; A is symmetric.

    It is so if ``‖LLᵀ − A − σI‖ ≤ σ``.

    Raises
    ------
    OutOfRange
        If A has negative eigenvalues, or is not finite.

    Examples
    --------
    >>> L = factor_above(exact(np.array([[4.0, 2.0], [2.0, 1.0]])))
    >>> bool(np.abs(L @ L.T - [[4, 2], [2, 1]]).max() < 1e-13)
    True
    """
    n = len(A.x)
    shift = float(above(2 * A.off + (4 * gamma(n) + 2 * u) * norm(A.x) + _SHIFT).x)
    for _ in range(_TRIES):
        L = _cholesky(A.x + shift * np.eye(n))
        if L is not None:
            far = exact(L) @ exact(L.T) - A - identity(n).times(shift)
            if norm(far.x) + far.off <= shift:
                return L
        shift *= 4
    raise OutOfRange("a Gram matrix of maps is not positive, as far as floats can tell")


def positive(A: NearMatrix) -> bool:
    """Whether it is certain that A is positive semidefinite; A is symmetric."""
    n = len(A.x)
    shift = float(above(2 * A.off + (4 * gamma(n) + 4 * u) * norm(A.x) + _SHIFT).x)
    R = _cholesky(A.x - shift * np.eye(n))
    if R is None:
        return False
    far = A - identity(n).times(shift) - exact(R) @ exact(R.T)
    return bool(norm(far.x) + far.off <= shift)


def least_multiple(A: NearMatrix, B: NearMatrix, floor: float) -> float:
    """A number ``g ≥ floor``, near the least, with ``A + gB`` positive semidefinite; both are symmetric, B positive.

    Raises
    ------
    OutOfRange
        If none is found: B may not be positive definite.

    Examples
    --------
    >>> g = least_multiple(exact(np.diag([1.0, -3.0])), exact(np.diag([1.0, 2.0])), 0.0)
    >>> 1.5 <= g < 1.5 + 1e-9
    True
    """
    H = _cholesky(B.x)
    if H is None:
        raise OutOfRange("a quadratic form is not positive")
    try:
        inverse: Array = np.linalg.inv(H).astype(np.float64)
        lowest = float(np.linalg.eigvalsh(inverse @ A.x @ inverse.T)[0])
    except np.linalg.LinAlgError:
        raise OutOfRange("the eigenvalues of a quadratic form are not found") from None
    n, g = len(A.x), max(-lowest, floor)
    noise = A.off + abs(g) * B.off + (16 * gamma(n) + 16 * u) * (norm(A.x) + abs(g) * norm(B.x))
    step = float(above(noise * norm(inverse) ** 2).x)  # B is at least 1/‖H⁻¹‖², nearly
    for _ in range(_TRIES):
        g += step
        if not np.isfinite(g):
            break
        if positive(A + B.times(g)):
            return g
        step *= 4
    raise OutOfRange("no multiple of a quadratic form is certain to be above another")


def _cholesky(A: Array) -> Array | None:
    """A factor, or None if there is none."""
    try:
        found: Array = np.linalg.cholesky(A).astype(np.float64)
    except np.linalg.LinAlgError:
        return None
    return found if np.isfinite(found).all() else None
