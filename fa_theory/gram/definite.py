"""``γ = λ_min(Ḡ)``, the constant of the convergence theorems: as a float, and between verified bounds."""

from __future__ import annotations

from math import inf

import numpy as np
from flint import arb, arb_mat, ctx

from fa_theory.checker.linalg import euclidean, identity, positive_definite
from fa_theory.errors import InputError
from fa_theory.model.activations import Activation
from fa_theory.model.ball import Array, Ball, balls, midpoints
from fa_theory.model.checks import Floats

from .enclosed import enclosed_gram
from .limit import limit_kernel
from .number import inputs


def gamma(X: Floats, psi: Activation) -> float:
    """``γ = λ_min(Ḡ)`` in float64.

    Returns
    -------
    float
        0.0 if it is no larger than its own error, that of the eigenvalues, about ``n · 2e-16 · λ_max``, and the
        proved one of Ḡ, about ``n d · 2e-16`` for unit rows: a singular Ḡ gives 0, not a positive speck.

    Raises
    ------
    InputError
        If X is not a finite float matrix.

    Examples
    --------
    >>> from fa_theory.model.activations import activation
    >>> round(gamma(np.eye(3), activation("tanh")), 6)
    0.394294
    >>> gamma(np.ones((2, 3)), activation("tanh"))
    0.0
    """
    X = inputs(X)
    if X.dtype == object:
        raise InputError("gamma takes X as floats; for a proof about balls use gamma_lower")
    gram = limit_kernel(X, psi)
    eigenvalues = np.linalg.eigvalsh(gram.value)
    smallest, largest = float(eigenvalues[0]), float(eigenvalues[-1])
    noise = len(X) * np.finfo(float).eps * largest + float(np.linalg.norm(gram.error))
    return smallest if smallest > noise else 0.0


def lambda_min_lower(M: arb_mat, guess: float) -> arb:
    """Exact number below the smallest eigenvalue of every symmetric matrix in M, as near to ``guess`` as can be proved.

    Proves ``M − cI ≻ 0`` for ``c = guess − margin``, with the margin grown eightfold until the proof succeeds.

    Parameters
    ----------
    M
        Symmetric matrix; only the lower triangle is read.
    guess
        What the smallest eigenvalue is believed to be (from floating point); not trusted.

    Returns
    -------
    arb
        The bound; ``-inf`` if none was found.

    Examples
    --------
    >>> bound = lambda_min_lower(arb_mat([[2, 1], [1, 2]]), 1.0)
    >>> bound < 1, bound > 1 - 1e-12
    (True, True)
    """
    n = M.nrows()
    largest = max([abs(guess), 1e-300, *(float(x.abs_upper()) for x in M.entries())])
    margin = largest * 2.0**-52
    while margin <= 64 * n * largest and largest < inf:
        bound = (arb(guess) - margin).lower()
        if positive_definite(M - identity(n) * bound):
            return bound
        margin *= 8
    return arb("-inf")


def smallest_eigenvalue(A: Array) -> tuple[arb, arb]:
    """Verified bounds of the smallest eigenvalue of a symmetric matrix of balls.

    From below by `lambda_min_lower` for the midpoints, at twice the precision, less the
    Frobenius norm of the radii (Weyl); so an elimination in balls does not blow the radii up. From above by
    ``vᵀAv / vᵀv``, which is no less for any ``v ≠ 0``, with an eigenvector in float64 for v.

    Returns
    -------
    tuple
        Exact numbers, for every symmetric matrix in A; the lower one is ``-inf`` if none could be proved.

    Examples
    --------
    >>> low, high = smallest_eigenvalue(balls([[2, 1], [1, 2]]))
    >>> low < 1 <= high, high - low < 1e-12
    (True, True)
    """
    values, vectors = np.linalg.eigh(midpoints(A))
    v = balls(vectors[:, 0])
    quotient: Ball = v @ A @ v / (v @ v)
    entries = [x.arb for x in A.flat]
    centre = arb_mat(len(A), len(A), [x.mid() for x in entries])
    spread = euclidean(x.rad() for x in entries)
    with ctx.workprec(2 * ctx.prec):
        lower = (lambda_min_lower(centre, float(values[0])) - spread).lower()
    return lower, quotient.upper


def gamma_lower(X: Array, psi: Activation, *, bits: int = 64) -> arb:
    """Verified lower bound of ``γ = λ_min(Ḡ)``, for exactly these inputs.

    Ḡ is enclosed, and ``Ḡ − cI ≻ 0`` is proved by an ``LDLᵀ`` in balls; see `smallest_eigenvalue`.

    Parameters
    ----------
    X
        Inputs, ``(n, d)``: floats (each an exact dyadic rational), rationals or balls.
    psi
        Any activation.
    bits
        Working precision; what cannot be told from 0 at this precision gives the bound 0.

    Returns
    -------
    arb
        An exact number ``c ≤ γ``, within about ``1e-15 λ_max`` of γ for exact inputs; 0, which always holds, if none
        larger was proved.

    Raises
    ------
    InputError
        If X is not a finite matrix.

    Examples
    --------
    >>> from fa_theory.model.activations import activation
    >>> bound = gamma_lower(np.eye(3), activation("relu"))  # γ = (1 − 1/π)/2
    >>> bound > 0.3408450569, bound < 0.3408450570
    (True, True)
    """
    with ctx.workprec(bits):
        bound, _ = smallest_eigenvalue(enclosed_gram(X, psi))
        return bound if bound > 0 else arb(0)


def gamma_upper(X: Array, psi: Activation, *, bits: int = 64) -> arb:
    """Verified upper bound of ``γ = λ_min(Ḡ)``, for exactly these inputs; parameters as in `gamma_lower`.

    Returns
    -------
    arb
        An exact number ``c ≥ γ``, within about ``1e-15 λ_max`` of γ for exact inputs.

    Raises
    ------
    InputError
        If X is not a finite matrix.

    Examples
    --------
    >>> from fa_theory.model.activations import activation
    >>> tanh = activation("tanh")
    >>> float(gamma_upper(np.eye(3), tanh) - gamma_lower(np.eye(3), tanh)) < 1e-14
    True
    """
    with ctx.workprec(bits):
        return smallest_eigenvalue(enclosed_gram(X, psi))[1]
