"""The infinite-width kernels, whichever way they are computed."""

from __future__ import annotations

from typing import Literal

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.activations import Activation
from fa_theory.model.ball import Array

from .closed_form import CLOSED_FORMS, closed_gram
from .enclosed import enclosed_gram
from .quadrature import quadrature_gram
from .sampled import sampled_gram

Method = Literal["auto", "closed", "enclosed", "quadrature", "sampled"]


def limit_gram(
    X: Array, psi: Activation, method: Method = "auto", *, rng: np.random.Generator | None = None, draws: int = 100_000
) -> Array:
    """``Ḡ_ij = E ψ(w·x_i) ψ(w·x_j)``, ``w ~ N(0, I)``: what ``G = ΨΨᵀ/p`` tends to as ``p → ∞``.

    Parameters
    ----------
    X
        Inputs, ``(n, d)``; floats, or balls or rationals for a closed form or an enclosure.
    psi
        The activation.
    method
        ``"closed"`` (linear, ReLU, erf; rigorous on balls), ``"enclosed"`` (any activation, always rigorous, at the
        precision ``flint.ctx.prec``), ``"quadrature"`` or ``"sampled"`` (floats, any activation, approximations), or
        ``"auto"``: closed if there is a closed form, else enclosed for balls and quadrature for floats.
    rng, draws
        For ``"sampled"`` only; `fa_theory.gram.sampled.sampled_gram` also gives its standard errors.

    Returns
    -------
    Array
        ``(n, n)``: balls if X is of balls or rationals or the method is ``"enclosed"``, otherwise floats.

    Raises
    ------
    InputError
        If X is not a finite matrix, or the method is unknown, cannot do this ψ, or lacks its generator.

    Notes
    -----
    Song, Xu & Lafferty (2021), Section 3.

    Examples
    --------
    >>> from fa_theory.model.activations import activation
    >>> limit_gram(np.eye(2), activation("relu")).round(6)
    array([[0.5     , 0.159155],
           [0.159155, 0.5     ]])
    """
    return _limit(X, psi, method, rng, draws, slope=False)


def limit_slopes(
    X: Array, psi: Activation, method: Method = "auto", *, rng: np.random.Generator | None = None, draws: int = 100_000
) -> Array:
    """``E ψ'(w·x_i) ψ'(w·x_j)``; parameters as in `limit_gram`.

    ``Σ_ij = (x_i·x_j) E ψ'(w·x_i) ψ'(w·x_j)`` is this matrix times ``X @ X.T``, entry by entry.

    Examples
    --------
    >>> from fa_theory.model.activations import activation
    >>> limit_slopes(np.eye(2), activation("relu"))
    array([[0.5 , 0.25],
           [0.25, 0.5 ]])
    """
    return _limit(X, psi, method, rng, draws, slope=True)


def _limit(
    X: Array, psi: Activation, method: Method, rng: np.random.Generator | None, draws: int, *, slope: bool
) -> Array:
    match method:
        case "auto" | "closed" if method == "closed" or psi.name in CLOSED_FORMS:
            return closed_gram(X, psi, slope=slope)
        case "auto" | "enclosed" if method == "enclosed" or np.asarray(X).dtype == object:
            return enclosed_gram(X, psi, slope=slope)
        case "auto" | "quadrature":
            return quadrature_gram(X, psi, slope=slope)[0]
        case "sampled":
            if rng is None:
                raise InputError("method='sampled' needs a generator: rng=np.random.default_rng(seed)")
            return sampled_gram(X, psi, rng=rng, draws=draws, slope=slope).mean
    raise InputError(f"unknown method {method!r}; choose auto, closed, enclosed, quadrature or sampled")
