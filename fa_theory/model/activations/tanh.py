"""ψ(x) = tanh x."""

from __future__ import annotations

import numpy as np

from fa_theory.model.ball import Array, namespace

from .activation import Activation, Span
from .kernels import Recipe
from .pointwise import Pointwise


def _fast_slope(z: Array, f: Array, out: Array) -> None:
    np.multiply(f, f, out=out)
    np.subtract(1, out, out=out)


PSI = Activation(
    name="tanh",
    formula="tanh(x)",
    bounds=("1", "1", "4/(3*sqrt(3))"),
    _value=lambda z: namespace(z).tanh(z),
    _slope=lambda z: 1 - namespace(z).tanh(z) ** 2,
    values=Span(-1, 1, strict_low=True, strict_high=True),
    slopes=Span(0, 1, strict_low=True),
    kernels=(Recipe("sign"), Recipe("point")),
    slope_turns=(0.0,),
    odd=True,
    fixes_zero=True,
    fast=Pointwise(lambda z, out: np.tanh(z, out=out), _fast_slope),
)
