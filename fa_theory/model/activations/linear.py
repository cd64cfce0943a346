"""ψ(x) = x."""

from __future__ import annotations

import numpy as np

from fa_theory.model.ball import namespace

from .activation import Activation, Span
from .kernels import UNIT, ClosedForm
from .pointwise import Pointwise

PSI = Activation(
    name="linear",
    formula="x",
    bounds=("oo", "1", "0"),
    _value=lambda z: z,
    _slope=lambda z: namespace(z).ones_like(z),
    values=Span(),
    slopes=Span(1, 1),
    kernels=(
        ClosedForm(lambda q: q.k, lambda q, d: d * UNIT * np.sqrt(q.a * q.b)),
        ClosedForm(lambda q: 0 * q.k + 1, lambda q, d: np.zeros(q.k.shape)),
    ),
    odd=True,
    homogeneous=True,
    steps=True,
    fixes_zero=True,
    above_identity=True,
    piecewise_linear=True,
    fast=Pointwise(lambda z, out: np.copyto(out, z), lambda z, f, out: out.fill(1.0)),
)
