"""Activations for the inner loop: the value once, the slope from the value where that is possible, nothing allocated.

`fa_theory.model.activations` stays the definition; this is its fast float64 reading, into buffers that are there
already. Values and slopes are right to a few units in the last place of 1, or of the value where that is larger.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import special

from fa_theory.model.ball import Array

Value = Callable[[Array, Array], object]
Slope = Callable[[Array, Array, Array], object]


class Pointwise(NamedTuple):
    """ψ and ψ' into buffers.

    Attributes
    ----------
    value
        ``value(z, out)``.
    slope
        ``slope(z, f, out)`` with ``f = ψ(z)``.
    """

    value: Value
    slope: Slope


def _sigmoid(z: Array, out: Array) -> None:
    np.negative(z, out=out)
    np.exp(out, out=out)  # several times faster than scipy's expit; e^{−z} = ∞ gives 0, as it should
    out += 1
    np.reciprocal(out, out=out)


def _sigmoid_slope(z: Array, f: Array, out: Array) -> None:
    np.subtract(1, f, out=out)
    out *= f


def _tanh_slope(z: Array, f: Array, out: Array) -> None:
    np.multiply(f, f, out=out)
    np.subtract(1, out, out=out)


def _erf_slope(z: Array, f: Array, out: Array) -> None:
    np.multiply(z, z, out=out)
    np.negative(out, out=out)
    np.exp(out, out=out)
    out *= 2 / np.sqrt(np.pi)


def _softplus(z: Array, out: Array) -> None:
    np.abs(z, out=out)
    np.negative(out, out=out)
    np.exp(out, out=out)
    np.log1p(out, out=out)
    out += np.maximum(z, 0)


def _softplus_slope(z: Array, f: Array, out: Array) -> None:
    np.negative(f, out=out)
    np.expm1(out, out=out)  # ψ' = 1 − e^{−ψ}
    np.negative(out, out=out)


POINTWISE: dict[str, Pointwise] = {
    "linear": Pointwise(lambda z, out: np.copyto(out, z), lambda z, f, out: out.fill(1.0)),
    "relu": Pointwise(lambda z, out: np.maximum(z, 0, out=out), lambda z, f, out: np.greater(f, 0, out=out)),
    "tanh": Pointwise(lambda z, out: np.tanh(z, out=out), _tanh_slope),
    "erf": Pointwise(lambda z, out: special.erf(z, out=out), _erf_slope),
    "sigmoid": Pointwise(_sigmoid, _sigmoid_slope),
    "softplus": Pointwise(_softplus, _softplus_slope),
}
"""By the name of the activation."""
