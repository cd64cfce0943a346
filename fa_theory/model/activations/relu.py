"""ψ(x) = max(x, 0), with ψ'(0) = 0.

**Kernels.** With ``s = √(ab − k²)``, the area of the parallelogram of the two rows: u and v are both positive when w
lies in a wedge of angle ``φ = arctan2(s, −k)``, the angle between ``x_i`` and ``−x_j``; unlike the usual
``π − arccos(k/√(ab))`` this is well conditioned at both ends and needs no division. The kernels are
``(s + φk)/2π`` and ``φ/2π`` (Cho & Saul 2009, arc-cosine kernels of order 1 and 0, with the factor ½ of ``E ψψ``).

**Rounding.** Assumptions and ``θ_m`` are those of `fa_theory.gram.arcsine`, and ``σ² = a, σ'² = b``. In floats k has
the error ``θ_d σσ'`` and ``s²`` has ``θ_{4d+3} ab``; so before its own rounding the root s has at most
``δ = min(√ε, ε σσ'/s) σσ'``, ``ε = (4d + 3) u``, as ``|√x − √y| ≤ min(√|x − y|, |x − y|/√x)``, and 0 on the diagonal,
where it is known to be 0. The kernels have at most the errors

    ReLU (d + 8) u σσ',       its slope   (d u + δ/(σσ') + 32 u) / 2π.

*Proof.* The value is ``F/2π`` with ``F = s + φk ≤ πσσ'``. F moves with k by ``φ ≤ π``, with ``s²`` by
``s/(2(s² + k²)) ≤ 1/(2σσ')`` and with s by ``s²/(s² + k²) ≤ 1``. So k and ``s²`` contribute ``θ_{πd + (4d+3)/2} σσ'``,
the rounding of the root ``θ_1``, of the angle ``θ_{8π}``, of product, sum and quotient ``θ_π``, ``θ_π`` and ``θ_{2π}``;
together, over 2π, less than ``(0.82 d + 7) u``. Seen from the origin, two points at the distance σσ' and
``θ_d σσ' + δ`` apart are, to first order, ``θ_d + δ/(σσ')`` apart in angle. Then the root contributes ``θ_{1/2}``
to the angle, the arctangent ``θ_{8π}``, the quotient ``θ_{2π}``. ∎
"""

from __future__ import annotations

import numpy as np

from fa_theory.model.ball import Array, arctan2, namespace, root

from .activation import Activation, Span
from .kernels import UNIT, ClosedForm, Pairs
from .pointwise import Pointwise


def _step(z: Array) -> Array:
    step: Array = (z > 0) * namespace(z).ones_like(z)
    return step


def _wedge(q: Pairs, s: Array) -> Array:
    # 0 − k, not −k: the angle of (0, −0.0) is π, but a zero row has wedge 0 by the convention ψ'(0) = 0
    return arctan2(s, 0 - q.k)


def _value_kernel(q: Pairs) -> Array:
    s = root(q.area)
    kernel: Array = (s + _wedge(q, s) * q.k) / (2 * q.pi)
    return kernel


def _slope_kernel(q: Pairs) -> Array:
    kernel: Array = _wedge(q, root(q.area)) / (2 * q.pi)
    return kernel


def _slope_rounding(q: Pairs, d: int) -> Array:
    size, s, epsilon = np.sqrt(q.a * q.b), root(q.area), (4 * d + 3) * UNIT
    ratio = np.divide(size, s, out=np.full(size.shape, np.inf), where=s > 0)
    delta = np.minimum(np.sqrt(epsilon), epsilon * ratio)
    np.fill_diagonal(delta, 0)
    return np.asarray((d * UNIT + delta + 32 * UNIT) / (2 * np.pi))


PSI = Activation(
    name="relu",
    formula="Max(x, 0)",
    bounds=("oo", "1", "oo"),
    _value=lambda z: z * _step(z),
    _slope=_step,
    values=Span(0),
    slopes=Span(0, 1),
    kernels=(
        ClosedForm(_value_kernel, lambda q, d: (d + 8) * UNIT * np.sqrt(q.a * q.b)),
        ClosedForm(_slope_kernel, _slope_rounding),
    ),
    homogeneous=True,
    steps=True,
    fixes_zero=True,
    above_identity=True,
    piecewise_linear=True,
    fast=Pointwise(lambda z, out: np.maximum(z, 0, out=out), lambda z, f, out: np.greater(f, 0, out=out)),
)
