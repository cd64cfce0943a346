"""Infinite-width kernels of any activation by quadrature: an accurate float64 approximation, not a proof.

Mehler's expansion: for standard Gaussians with correlation ρ,

    E ψ(σ_i z) ψ(σ_j z') = Σ_k a_k(σ_i) a_k(σ_j) ρ^k,    a_k(σ) = E ψ(σz) h_k(z),

with the orthonormal Hermite polynomials h_k. So one-dimensional integrals of each row replace a two-dimensional one
of each pair. What the terms beyond the last degree can add is at most ``|ρ|^(degree+1) √(t_i t_j)`` with
``t = E ψ² − Σ a_k²``: the error is known, and refused when it is too large.

The integrals use Gauss–Legendre panels that become finer towards 0, where ψ(σz) has its kink or, for a long row, its
steep part. (Gauss–Hermite nodes converge slowly there: 1e-2 for tanh at σ = 10.)
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.activations import Activation
from fa_theory.model.data.checks import Floats

from .number import inputs

DEGREE = 400
TOLERANCE = 1e-8
"""Largest truncation error accepted, relative to the largest diagonal entry."""
_NODES = 20
_REACH = 13.0  # the Gaussian weight beyond it is below 1e-37


@lru_cache(maxsize=1)
def _basis() -> tuple[Floats, Floats, Floats]:
    """Nodes z, Gaussian weights, and ``h_k(z) · weight``, ``(DEGREE + 1, nodes)``."""
    edges = np.concatenate([[0.0], 2.0 ** np.arange(-10, 0), np.arange(1.0, _REACH + 0.5, 0.5)])
    x, w = np.polynomial.legendre.leggauss(_NODES)
    half = np.diff(edges)[:, None] / 2
    positive = (edges[:-1, None] + half * (1 + x)).ravel()
    z = np.concatenate([-positive[::-1], positive])
    measure = (half * w).ravel()
    weight = np.concatenate([measure[::-1], measure]) * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    # recurrence for h_k √weight, which stays of order 1 where h_k itself overflows
    h = np.empty((DEGREE + 1, len(z)))
    h[0] = np.sqrt(weight)
    h[1] = z * h[0]
    for k in range(1, DEGREE):
        h[k + 1] = (z * h[k] - np.sqrt(k) * h[k - 1]) / np.sqrt(k + 1)
    return z, weight, h * np.sqrt(weight)


def quadrature_gram(X: Floats, psi: Activation, *, slope: bool = False) -> tuple[Floats, float]:
    """``E ψ(w·x_i) ψ(w·x_j)``, or with ψ' in place of ψ, for ``w ~ N(0, I)``.

    Parameters
    ----------
    X
        Inputs, ``(n, d)``, floats.
    psi
        Any activation.
    slope
        Whether to take the slopes ψ'.

    Returns
    -------
    gram
        ``(n, n)``, positive semi-definite up to rounding.
    error
        Bound of the truncation error of any entry (evaluated in float64; rounding, about 1e-15 of the largest entry,
        comes on top).

    Raises
    ------
    InputError
        If X is not a finite float matrix, or the truncation error exceeds `TOLERANCE`: two rows are nearly parallel
        and too long (smooth ψ; for unit rows the error is below 1e-15 even for equal rows), or ψ has a kink.

    Examples
    --------
    >>> from fa_theory.model.activations import activation
    >>> gram, error = quadrature_gram(np.array([[1.0, 0.0], [0.6, 0.8]]), activation("tanh"))
    >>> gram.round(8), error < 1e-15
    (array([[0.39429449, 0.22522215],
           [0.22522215, 0.39429449]]), True)
    """
    X = inputs(X)
    if X.dtype == object:
        raise InputError(f"quadrature is a float approximation and proves nothing of balls; {psi.name} needs floats")
    sigma = np.linalg.norm(X, axis=1)
    units = np.divide(X, sigma[:, None], out=np.zeros_like(X), where=sigma[:, None] > 0)
    rho = np.clip(units @ units.T, -1, 1)

    z, weight, basis = _basis()
    values = (psi.slope if slope else psi.value)(sigma[:, None] * z)
    coefficients = basis @ values.T
    second = values**2 @ weight
    tail = np.maximum(second - np.sum(coefficients**2, axis=0), 0)

    missing = np.abs(rho) ** (DEGREE + 1) * np.sqrt(np.outer(tail, tail))
    np.fill_diagonal(missing, 0)  # the diagonal is integrated directly
    worst = np.unravel_index(np.argmax(missing), missing.shape)
    error = float(missing[worst])
    if error > TOLERANCE * max(float(second.max()), np.finfo(float).tiny):
        i, j = map(int, worst)
        raise InputError(
            f"quadrature for {psi.name} misses up to {error:.1e} at rows {i} and {j}, which have norms "
            f"{sigma[i]:.3g}, {sigma[j]:.3g} and correlation {rho[i, j]:.6g}; scale the rows down, or use a closed "
            "form or method='sampled'"
        )
    gram = np.zeros_like(rho)
    for a in coefficients[::-1]:
        gram = gram * rho + np.outer(a, a)
    np.fill_diagonal(gram, second)
    return gram, error
