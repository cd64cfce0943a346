"""The infinite-width kernels by all methods."""

from __future__ import annotations

from typing import Literal

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.activations import Activation
from fa_theory.model.activations.kernels import ClosedForm
from fa_theory.model.ball import Array

from .arcsine import arcsine_gram
from .closed_form import closed_gram
from .enclosed import enclosed_gram
from .kernel import Kernel
from .sampled import sampled_gram

Method = Literal["auto", "floats", "enclosed", "sampled"]


def limit_kernel(
    X: Array,
    psi: Activation,
    method: Method = "auto",
    *,
    slope: bool = False,
    rng: np.random.Generator | None = None,
    draws: int = 100_000,
    confidence: float = 0.99,
) -> Kernel:
    """``E ψ(w·x_i) ψ(w·x_j)``, or with ψ' in place of ψ, for ``w ~ N(0, I)``, with its error.

    Parameters
    ----------
    X
        Inputs, ``(n, d)``; floats, or balls or rationals for an enclosure.
    psi
        Any activation.
    method
        ``"floats"`` (closed form or arcsine mixture, with a proved error), ``"enclosed"`` (balls at the precision
        ``flint.ctx.prec``), ``"sampled"`` (Monte Carlo, with confidence intervals), or ``"auto"``: floats for floats,
        otherwise enclosed.
    slope
        Whether to use ψ' instead of ψ.
    rng, draws, confidence
        For ``"sampled"`` only.

    Returns
    -------
    Kernel
        ``proved`` distinguishes proved intervals from confidence intervals.

    Raises
    ------
    InputError
        If X is not a finite matrix, or the method is unknown, does not support such numbers, or needs a generator.

    Notes
    -----
    Song, Xu & Lafferty (2021), Section 3.

    Examples
    --------
    >>> from fa_theory.model.activations import activation
    >>> X, tanh = np.array([[1.0, 0.0], [0.6, 0.8]]), activation("tanh")
    >>> for method in ("floats", "enclosed", "sampled"):
    ...     found = limit_kernel(X, tanh, method, rng=np.random.default_rng(0))
    ...     print(f"{found.method}: {found.error[0, 1]:.0e}, {'proved' if found.proved else found.confidence}")
    arcsine mixture: 7e-15, proved
    enclosed: 4e-16, proved
    sampled: 3e-03, 0.99
    """
    of_balls = np.asarray(X).dtype == object
    if method == "auto":
        method = "enclosed" if of_balls else "floats"
    match method:
        case "enclosed":
            return Kernel.of_balls(enclosed_gram(X, psi, slope=slope))
        case "floats":
            if of_balls:
                raise InputError(
                    "method='floats' is not rigorous for balls; use method='enclosed', or pass X as floats"
                )
            if psi.kernels is None:
                raise InputError(f"no formula for the kernels of {psi.name!r}; use method='sampled'")
            closed = isinstance(psi.kernels[slope], ClosedForm)
            return (closed_gram if closed else arcsine_gram)(X, psi, slope=slope)
        case "sampled":
            if rng is None:
                raise InputError("method='sampled' needs a generator: rng=np.random.default_rng(seed)")
            return sampled_gram(X, psi, rng=rng, draws=draws, slope=slope, confidence=confidence)
    raise InputError(f"unknown method {method!r}; choose auto, floats, enclosed or sampled")


def limit_gram(X: Array, psi: Activation, method: Method = "auto") -> Array:
    """``Ḡ_ij = E ψ(w·x_i) ψ(w·x_j)``, ``w ~ N(0, I)``: the limit of ``G = ΨΨᵀ/p`` as ``p → ∞``.

    Only the value of `limit_kernel`; parameters and errors as there.

    Examples
    --------
    >>> from fa_theory.model.activations import activation
    >>> limit_gram(np.eye(2), activation("relu")).round(6)
    array([[0.5     , 0.159155],
           [0.159155, 0.5     ]])
    """
    return limit_kernel(X, psi, method).value


def limit_slopes(X: Array, psi: Activation, method: Method = "auto") -> Array:
    """``E ψ'(w·x_i) ψ'(w·x_j)``; parameters as in `limit_gram`.

    ``Σ_ij = (x_i·x_j) E ψ'(w·x_i) ψ'(w·x_j)`` is this matrix times ``X @ X.T``, entry by entry.

    Examples
    --------
    >>> from fa_theory.model.activations import activation
    >>> limit_slopes(np.eye(2), activation("relu"))
    array([[0.5 , 0.25],
           [0.25, 0.5 ]])
    """
    return limit_kernel(X, psi, method, slope=True).value
