"""How far the Gram matrices of one concrete network are from their infinite-width limits, enclosed.

Matrix products are those of python-flint, several times faster on wide networks than arrays of balls; the formulas are
those of `fa_theory.model.network`, and tests compare the two.
"""

from __future__ import annotations

import numpy as np
from flint import arb, arb_mat, ctx

from fa_theory.checker import ranges
from fa_theory.checker.linalg import spectral_norm
from fa_theory.errors import InputError
from fa_theory.model.ball import Array, Ball, as_arb, balls, midpoints
from fa_theory.model.network import Network, norm

from .enclosed import enclosed_gram
from .number import array, covariance, inputs, matrix


def _preactivations(network: Network, X: Array) -> list[list[arb]]:
    """The rows of ``Z = XWᵀ``."""
    if network.W.ndim != 2:
        raise InputError(f"expected one network but got a batch, W of shape {network.W.shape}; take one at a time")
    if X.shape[1] != network.d:
        raise InputError(f"expected X of shape (n, d) with d = {network.d} but got shape {X.shape}")
    rows: list[list[arb]] = (matrix(X) * matrix(network.W).transpose()).tolist()
    return rows


def _gram(network: Network, X: Array) -> Array:
    """``G = ΨΨᵀ/p``."""
    name = network.psi.name
    features = arb_mat([[ranges.value_range(name, z) for z in row] for row in _preactivations(network, X)])
    return array(features * features.transpose() / network.p)


def _feedback_gram(network: Network, X: Array) -> Array:
    """``H = XXᵀ ∘ (D diag(β ∘ b) Dᵀ) / p``."""
    if not network.single_output:
        raise InputError(f"H is an n×n matrix only for one output, but beta has shape {network.beta.shape}")
    name = network.psi.name
    slopes = [[ranges.slope_range(name, z) for z in row] for row in _preactivations(network, X)]
    weights = [as_arb(beta) * as_arb(b) for beta, b in zip(network.beta, network.b, strict=True)]
    weighted = arb_mat([[s * weight for s, weight in zip(row, weights, strict=True)] for row in slopes])
    kernel: Array = covariance(balls(X)) * array(weighted * arb_mat(slopes).transpose() / network.p)
    return kernel


def _norm(A: Array) -> arb:
    """``‖A‖₂``: from above by `spectral_norm`, from below by ``‖Av‖/‖v‖`` with a singular vector in float64 for v."""
    v = balls(np.linalg.svd(midpoints(A))[2][0])
    stretch = Ball(norm(A @ v)) / Ball(norm(v))
    return stretch.lower.union(spectral_norm(matrix(A)))


def gram_deviation(network: Network, X: Array, *, bits: int = 128) -> arb:
    """Enclose ``‖G − Ḡ‖₂`` for exactly this network and these inputs.

    Parameters
    ----------
    network
        Floats (each an exact dyadic rational) or balls.
    X
        Inputs, ``(n, d)``: floats, rationals or balls.
    bits
        Working precision.

    Returns
    -------
    arb
        A ball; for exact numbers its ends differ by a factor of about ``n^(1/16384)``.

    Raises
    ------
    InputError
        If the shapes do not fit, or a number is not finite.

    Notes
    -----
    Song, Xu & Lafferty (2021), Section 3, need it to be at most a fraction of γ.

    Examples
    --------
    >>> from fa_theory.model.activations import activation
    >>> from fa_theory.model.problem import gaussian_network
    >>> network = gaussian_network(np.random.default_rng(0), 100, 3, activation("tanh"))
    >>> round(float(gram_deviation(network, np.eye(3))), 3)
    0.052
    """
    with ctx.workprec(bits):
        X = balls(inputs(X))
        return _norm(_gram(network, X) - enclosed_gram(X, network.psi))


def feedback_deviation(network: Network, X: Array, *, bits: int = 128) -> arb:
    """Enclose ``‖H‖₂``, whose limit at initialisation is 0; parameters, result and errors as in `gram_deviation`.

    Examples
    --------
    >>> from fa_theory.model.activations import activation
    >>> from fa_theory.model.problem import gaussian_network
    >>> network = gaussian_network(np.random.default_rng(0), 100, 3, activation("tanh"))
    >>> feedback_deviation(network, np.eye(3)) < 0.5
    True
    """
    with ctx.workprec(bits):
        return _norm(_feedback_gram(network, inputs(X)))


def gram_deviation_upper(network: Network, X: Array, *, bits: int = 128) -> arb:
    """Verified upper bound of ``‖G − Ḡ‖₂``, an exact number; see `gram_deviation`."""
    return gram_deviation(network, X, bits=bits).upper()


def feedback_deviation_upper(network: Network, X: Array, *, bits: int = 128) -> arb:
    """Verified upper bound of ``‖H‖₂``, an exact number; see `feedback_deviation`."""
    return feedback_deviation(network, X, bits=bits).upper()
