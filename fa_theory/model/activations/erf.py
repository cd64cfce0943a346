"""ψ(x) = erf x."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fa_theory.model.ball import Array, namespace, special

from .activation import Activation, Span
from .kernels import Recipe
from .pointwise import Pointwise


def _fast_slope(z: Array, f: Array, out: Array) -> None:
    np.multiply(z, z, out=out)
    np.negative(out, out=out)
    np.exp(out, out=out)
    out *= 2 / np.sqrt(np.pi)


PSI = Activation(
    name="erf",
    formula="erf(x)",
    bounds=("1", "2/sqrt(pi)", "2*sqrt(2)*exp(-Rational(1,2))/sqrt(pi)"),
    _value=lambda z: special(z).erf(z),
    _slope=lambda z: 2 / np.sqrt(np.pi) * namespace(z).exp(-(z**2)),
    values=Span(-1, 1, strict_low=True, strict_high=True),
    slopes=Span(0, Fraction(11284, 10000), strict_low=True),  # 2/√π = 1.12837916…
    kernels=(Recipe("sign", scales="single"), Recipe("point", scales="single")),
    slope_turns=(0.0,),
    odd=True,
    fixes_zero=True,
    fast=Pointwise(lambda z, out: special(z).erf(z, out=out), _fast_slope),
)
