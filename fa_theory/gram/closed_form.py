"""Infinite-width kernels in closed form: linear, ReLU and erf, one formula for floats and for balls.

With ``u = w·x_i, v = w·x_j, w ~ N(0, I)``, the kernels depend on ``K = XXᵀ`` only: on ``a = K_ii``, ``b = K_jj``,
``k = K_ij`` and the area ``s = √(ab − k²)`` of the parallelogram of the two rows. For ReLU, u and v are both positive
when w lies in a wedge of angle ``φ = arctan2(s, −k)``, the angle between ``x_i`` and ``−x_j``; unlike the usual
``π − arccos(k/√(ab))`` this is well conditioned at both ends and needs no division.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.activations import Activation
from fa_theory.model.ball import Array

from .number import arctan2, covariance, inputs, pi_like, root


@dataclass(frozen=True, slots=True)
class _Pairs:
    """The numbers of all pairs of rows, ``(n, n)`` each."""

    a: Array
    b: Array
    k: Array
    s: Array
    pi: Any


def _pairs(X: Array) -> _Pairs:
    k = covariance(inputs(X))
    a = np.broadcast_to(np.diagonal(k)[:, None], k.shape)
    area = a * a.T - k * k
    np.fill_diagonal(area, 0 * k[0, 0])  # exactly: a row is parallel to itself
    return _Pairs(a, a.T, k, root(area), pi_like(k))


def _linear_value(q: _Pairs) -> Array:
    return q.k


def _linear_slope(q: _Pairs) -> Array:
    return 0 * q.k + 1


def _relu_wedge(q: _Pairs) -> Array:
    # 0 − k, not −k: the angle of (0, −0.0) is π, but a zero row has wedge 0 by the convention ψ'(0) = 0
    return arctan2(q.s, 0 - q.k)


def _relu_value(q: _Pairs) -> Array:
    value: Array = (q.s + _relu_wedge(q) * q.k) / (2 * q.pi)
    return value


def _relu_slope(q: _Pairs) -> Array:
    slope: Array = _relu_wedge(q) / (2 * q.pi)
    return slope


def _erf_radius(q: _Pairs) -> Array:
    # √((1 + 2a)(1 + 2b) − 4k²), written as a sum of terms ≥ 0
    return root(1 + 2 * q.a + 2 * q.b + 4 * q.s * q.s)


def _erf_value(q: _Pairs) -> Array:
    value: Array = 2 * arctan2(2 * q.k, _erf_radius(q)) / q.pi
    return value


def _erf_slope(q: _Pairs) -> Array:
    slope: Array = 4 / (q.pi * _erf_radius(q))
    return slope


_VALUE: dict[str, Callable[[_Pairs], Array]] = {"linear": _linear_value, "relu": _relu_value, "erf": _erf_value}
_SLOPE: dict[str, Callable[[_Pairs], Array]] = {"linear": _linear_slope, "relu": _relu_slope, "erf": _erf_slope}
CLOSED_FORMS = tuple(_VALUE)


def closed_gram(X: Array, psi: Activation, *, slope: bool = False) -> Array:
    """``E ψ(w·x_i) ψ(w·x_j)``, or with ψ' in place of ψ, in closed form.

    Parameters
    ----------
    X
        Inputs, ``(n, d)``: floats, or balls or rationals for a rigorous enclosure (see `fa_theory.model.ball.balls`)
        at the current precision ``flint.ctx.prec``.
    psi
        linear, ReLU or erf.
    slope
        Whether to take the slopes ψ'.

    Returns
    -------
    Array
        ``(n, n)``, floats or balls. In floats the error is a few units in the last place of ``√(K_ii K_jj)``, but
        about 1e-8 for the slopes of ReLU at nearly parallel rows, where the area s loses half its digits.

    Raises
    ------
    InputError
        If there is no closed form for ψ, or X is not a finite matrix.

    Notes
    -----
    ReLU: Cho & Saul (2009), arc-cosine kernels of order 1 and 0, with the factor ½ of ``E ψψ``. erf: Williams (1997),
    here for ``w ~ N(0, I)`` and no bias. A row that is zero has ReLU slope 0, by the convention ψ'(0) = 0.

    Examples
    --------
    >>> from fa_theory.model.activations import activation
    >>> from fa_theory.model.ball import balls
    >>> closed_gram(np.eye(2), activation("erf")).round(3)
    array([[0.465, 0.   ],
           [0.   , 0.465]])
    >>> closed_gram(balls(np.eye(2)), activation("relu"))[0, 0].contains(0.5)
    True
    """
    formulas = _SLOPE if slope else _VALUE
    if psi.name not in formulas:
        raise InputError(f"no closed form for {psi.name!r}, only for {', '.join(CLOSED_FORMS)}; use quadrature")
    return formulas[psi.name](_pairs(X))
