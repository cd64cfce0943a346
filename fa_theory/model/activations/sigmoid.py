"""ψ(x) = 1/(1 + e^{−x}) = ½ + ½ tanh(x/2)."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fa_theory.model.ball import Array, special

from .activation import Activation, Span
from .kernels import Recipe
from .pointwise import Pointwise


def _fast_value(z: Array, out: Array) -> None:
    np.negative(z, out=out)
    np.exp(out, out=out)  # several times faster than scipy's expit; e^{−z} = ∞ gives 0, as it should
    out += 1
    np.reciprocal(out, out=out)


def _fast_slope(z: Array, f: Array, out: Array) -> None:
    np.subtract(1, f, out=out)
    out *= f


VALUE_KERNEL = Recipe("sign", halved=True, constant=0.25, factor=0.25)

PSI = Activation(
    name="sigmoid",
    formula="1/(1 + exp(-x))",
    bounds=("1", "1/4", "1/(6*sqrt(3))"),
    _value=lambda z: special(z).expit(z),
    _slope=lambda z: special(z).expit(z) * special(z).expit(-z),
    values=Span(0, 1, strict_low=True, strict_high=True),
    slopes=Span(0, Fraction(1, 4), strict_low=True),
    kernels=(VALUE_KERNEL, Recipe("point", halved=True, factor=1 / 16)),
    slope_turns=(0.0,),
    fast=Pointwise(_fast_value, _fast_slope),
)
