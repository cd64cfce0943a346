"""ψ(x) = log(1 + eˣ) = x/2 + log(2 cosh(x/2)), whose slope is the sigmoid."""

from __future__ import annotations

import numpy as np

from fa_theory.model.ball import Array, namespace, special

from . import sigmoid
from .activation import Activation, Span
from .kernels import Recipe
from .pointwise import Pointwise


def _fast_value(z: Array, out: Array) -> None:
    np.abs(z, out=out)
    np.negative(out, out=out)
    np.exp(out, out=out)
    np.log1p(out, out=out)
    out += np.maximum(z, 0)


def _fast_slope(z: Array, f: Array, out: Array) -> None:
    np.negative(f, out=out)
    np.expm1(out, out=out)  # ψ' = 1 − e^{−ψ}
    np.negative(out, out=out)


PSI = Activation(
    name="softplus",
    formula="log(1 + exp(x))",
    bounds=("oo", "1", "1/4"),
    _value=lambda z: namespace(z).logaddexp(0, z),
    _slope=lambda z: special(z).expit(z),
    values=Span(0, strict_low=True),
    slopes=Span(0, 1, strict_low=True, strict_high=True),
    kernels=(Recipe("modulus", halved=True, share=0.25), sigmoid.VALUE_KERNEL),
    above_identity=True,
    fast=Pointwise(_fast_value, _fast_slope),
)
