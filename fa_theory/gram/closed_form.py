r"""Infinite-width kernels in closed form: linear and ReLU, one formula for floats and for balls.

With ``u = w·x_i, v = w·x_j, w ~ N(0, I)``, the kernels depend on ``K = XXᵀ`` only: on ``a = K_ii``, ``b = K_jj``,
``k = K_ij`` and the area ``s = √(ab − k²)`` of the parallelogram of the two rows. For ReLU, u and v are both positive
when w lies in a wedge of angle ``φ = arctan2(s, −k)``, the angle between ``x_i`` and ``−x_j``; unlike the usual
``π − arccos(k/√(ab))`` this is well conditioned at both ends and needs no division. (erf has a closed form as well,
that of a mixture with one scale: `fa_theory.gram.enclosed`.)

**Rounding.** Assumptions and ``θ_m`` are those of `fa_theory.gram.arcsine`, and ``σ² = a, σ'² = b``. In floats k has
the error ``θ_d σσ'`` and ``s²`` has ``θ_{4d+3} ab``; so before its own rounding the root s has at most
``δ = min(√ε, ε σσ'/s) σσ'``, ``ε = (4d + 3) u``, as ``|√x − √y| ≤ min(√|x − y|, |x − y|/√x)``, and 0 on the diagonal,
where it is known to be 0. The kernels have at most the errors

    linear   d u σσ',             its slope   0,
    ReLU     (d + 8) u σσ',       its slope   (d u + δ/(σσ') + 32 u) / 2π.

*Proof for ReLU.* The value is ``F/2π`` with ``F = s + φk ≤ πσσ'``. F moves with k by ``φ ≤ π``, with ``s²`` by
``s/(2(s² + k²)) ≤ 1/(2σσ')`` and with s by ``s²/(s² + k²) ≤ 1``. So k and ``s²`` contribute ``θ_{πd + (4d+3)/2} σσ'``,
the rounding of the root ``θ_1``, of the angle ``θ_{8π}``, of product, sum and quotient ``θ_π``, ``θ_π`` and ``θ_{2π}``;
together, over 2π, less than ``(0.82 d + 7) u``. Seen from the origin, two points at the distance σσ' and
``θ_d σσ' + δ`` apart are, to first order, ``θ_d + δ/(σσ')`` apart in angle. Then the root contributes ``θ_{1/2}``
to the angle, the arctangent ``θ_{8π}``, the quotient ``θ_{2π}``. ∎
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.activations import Activation
from fa_theory.model.ball import Array
from fa_theory.model.checks import Floats

from .kernel import SLACK, UNIT, Kernel
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


def _linear_rounding(q: _Pairs, d: int) -> Floats:
    return np.asarray(d * UNIT * np.sqrt(q.a * q.b))


def _exact(q: _Pairs, d: int) -> Floats:
    return np.zeros(q.k.shape)


def _relu_rounding(q: _Pairs, d: int) -> Floats:
    return np.asarray((d + 8) * UNIT * np.sqrt(q.a * q.b))


def _relu_slope_rounding(q: _Pairs, d: int) -> Floats:
    size, epsilon = np.sqrt(q.a * q.b), (4 * d + 3) * UNIT
    ratio = np.divide(size, q.s, out=np.full(size.shape, np.inf), where=q.s > 0)
    delta = np.minimum(np.sqrt(epsilon), epsilon * ratio)
    np.fill_diagonal(delta, 0)
    return np.asarray((d * UNIT + delta + 32 * UNIT) / (2 * np.pi))


class _Form(NamedTuple):
    """``kernel`` for floats and balls, and ``rounding``, a bound of its error in floats for inputs of dimension d."""

    kernel: Callable[[_Pairs], Array]
    rounding: Callable[[_Pairs, int], Floats]


_FORMS: dict[str, tuple[_Form, _Form]] = {
    "linear": (_Form(_linear_value, _linear_rounding), _Form(_linear_slope, _exact)),
    "relu": (_Form(_relu_value, _relu_rounding), _Form(_relu_slope, _relu_slope_rounding)),
}
"""By activation, for ψ and for ψ'."""
CLOSED_FORMS = tuple(_FORMS)


def closed_gram(X: Array, psi: Activation, *, slope: bool = False) -> Kernel:
    """``E ψ(w·x_i) ψ(w·x_j)``, or with ψ' in place of ψ, in closed form.

    Parameters
    ----------
    X
        Inputs, ``(n, d)``: floats, or balls or rationals for a rigorous enclosure (see `fa_theory.model.ball.balls`)
        at the current precision ``flint.ctx.prec``.
    psi
        linear or ReLU.
    slope
        Whether to take the slopes ψ'.

    Returns
    -------
    Kernel
        Of floats or balls. In floats the error is about ``1e-16 (d + 8) √(K_ii K_jj)``, but up to ``1e-8 √d`` for the
        slopes of ReLU at nearly parallel rows, where the area s loses half its digits.

    Raises
    ------
    InputError
        If there is no closed form for ψ, or X is not a finite matrix.

    Notes
    -----
    ReLU: Cho & Saul (2009), arc-cosine kernels of order 1 and 0, with the factor ½ of ``E ψψ``. A row that is zero
    has ReLU slope 0, by the convention ψ'(0) = 0.

    Examples
    --------
    >>> from fa_theory.model.activations import activation
    >>> from fa_theory.model.ball import balls
    >>> closed_gram(np.eye(2), activation("relu")).value.round(3)
    array([[0.5  , 0.159],
           [0.159, 0.5  ]])
    >>> closed_gram(balls(np.eye(2)), activation("relu")).value[0, 0].contains(0.5)
    True
    """
    if psi.name not in _FORMS:
        raise InputError(f"no closed form for {psi.name!r}, only for {', '.join(CLOSED_FORMS)}; use another method")
    form = _FORMS[psi.name][slope]
    q = _pairs(X)
    value = form.kernel(q)
    if value.dtype == object:
        return Kernel.of_balls(value)
    return Kernel(value, SLACK * form.rounding(q, np.shape(X)[1]), 1.0, "closed form")
