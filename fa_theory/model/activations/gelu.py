"""ψ(x) = x Φ(x), with Φ the distribution function of N(0, 1) (Hendrycks & Gimpel 2016); it decreases up to x = −0.7518.

**Kernels.** Let u, v be centred Gaussians with variances a, b and covariance k, and ``s² = (1+a)(1+b) − k²``. Gaussian
integration by parts, ``E u g = a E ∂_u g + k E ∂_v g``, gives with ``D = E φ(u)φ(v)``

    E u φ(u) Φ(v) = k D/(1+a),    E v φ(u) Φ(v) = b D − k E u φ(u) Φ(v) = (b − k²/(1+a)) D,
    E uv Φ(u)Φ(v) = a E v φ(u) Φ(v) + k E Φ(u)Φ(v) + k E v Φ(u) φ(v)
                  = k E Φ(u)Φ(v) + (ab − k² + k²/(1+a) + k²/(1+b)) D.

D is the density at 0 of ``(u + Z, v + Z')``, ``D = 1/(2πs)``, and ``E Φ(u)Φ(v) = P(u + Z > 0, v + Z' > 0)`` the mass of
a quadrant, ``¼ + arctan(k/s)/2π``. ``φ(u)φ(v)`` tilts the law of (u, v) to the covariance ``Σ(I + Σ)⁻¹`` with the entry
``k/s²``; hence ``E uv φφ = D k/s²``, so with ``ψ' = Φ + xφ``

    E ψ'(u)ψ'(v) = E ΦΦ + k D (1/(1+a) + 1/(1+b) + 1/s²).

(Tsuchida, Pearce, van der Heide, Roosta & Gallagher (2021), *Avoiding kernel fixed points*.)

**Rounding.** Assumptions and ``θ_m`` are as in `fa_theory.gram.arcsine`, ``σ² = a``, ``σ'² = b``. In floats k has the
error ``θ_d σσ'``, a and b have ``θ_d a``, ``θ_d b``, and ``ab − k²``, cut off at 0, has ``θ_{4d+3} ab``; and
``s ≥ t = √(1+a+b)``. The derivative of ψ's kernel V in ``ab − k²`` is ``(1/s − N/2s³ − k²/2s(s²+k²))/2π`` with
``N = ab − k² + k²/(1+a) + k²/(1+b) ≤ s²``, hence in ``[0, 1/(2πt)]``; ``|∂V/∂k| ≤ ½ + (2 + ½)/2π < 0.9``; and the
derivatives in a and b, at a given area, move V by at most ``0.4 θ_d σσ'`` each, as ``ab·a/s³ ≤ σσ'``. About 20
operations on terms no larger than ``σσ' + ab/t`` follow. Together less than

    V:  (2d + 24) u σσ' + (d + 6) u ab/t,        the slopes:  (2d + 24) u t.

For the slopes, each term is bounded by a multiple of t in the same way: k moves them by at most ``(½ + ¾)/2π``-fold
``σσ'/t ≤ t/2``, the area by ``0.8 t/2π``. ∎
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fa_theory.model.ball import Array, arctan2, namespace, root, special

from .activation import Activation, Span
from .kernels import UNIT, ClosedForm, Pairs
from .pointwise import Pointwise

FAR = 40.0
"""Beyond this, Φ and xφ equal their limits at infinity in float64."""


def _value(z: Array) -> Array:
    value: Array = namespace(z).maximum(z, -FAR) * special(z).ndtr(z)
    return value


def _slope(z: Array) -> Array:
    near = namespace(z).clip(z, -FAR, FAR)
    slope: Array = special(z).ndtr(z) + near * namespace(z).exp(-(near**2) / 2) / np.sqrt(2 * np.pi)
    return slope


def _fast_value(z: Array, out: Array) -> None:
    special(z).ndtr(z, out=out)
    out *= z


def _fast_slope(z: Array, f: Array, out: Array) -> None:
    np.clip(z, -FAR, FAR, out=out)
    out *= np.exp(-np.square(out) / 2)
    out /= np.sqrt(2 * np.pi)
    out += special(z).ndtr(z)


def _root(q: Pairs) -> Array:
    return root(q.area + q.a + q.b + 1)


def _quadrant(q: Pairs, s: Array) -> Array:
    share: Array = arctan2(q.k, s) / (2 * q.pi) + 0.25
    return share


def _value_kernel(q: Pairs) -> Array:
    s, square = _root(q), q.k * q.k
    kernel: Array = q.k * _quadrant(q, s) + (q.area + square / (q.a + 1) + square / (q.b + 1)) / (2 * q.pi * s)
    return kernel


def _slope_kernel(q: Pairs) -> Array:
    s = _root(q)
    kernel: Array = _quadrant(q, s) + q.k / (2 * q.pi * s) * (1 / (q.a + 1) + 1 / (q.b + 1) + 1 / (s * s))
    return kernel


def _value_rounding(q: Pairs, d: int) -> Array:
    product, t = q.a * q.b, np.sqrt(1 + q.a + q.b)
    return np.asarray(UNIT * ((2 * d + 24) * np.sqrt(product) + (d + 6) * product / t))


def _slope_rounding(q: Pairs, d: int) -> Array:
    return np.asarray(UNIT * (2 * d + 24) * np.sqrt(1 + q.a + q.b))


PSI = Activation(
    name="gelu",
    formula="x*erfc(-x/sqrt(2))/2",
    bounds=("oo", "(1 + erf(1))/2 + exp(-1)/sqrt(pi)", "sqrt(2/pi)"),
    _value=_value,
    _slope=_slope,
    values=Span(Fraction(-16998, 100000)),  # −0.169971…, at −0.7518
    slopes=Span(Fraction(-12891, 100000), Fraction(112891, 100000)),  # −0.128904… and 1.128904…, at ∓√2
    kernels=(ClosedForm(_value_kernel, _value_rounding), ClosedForm(_slope_kernel, _slope_rounding)),
    value_turns=(-0.7517915246935645,),
    slope_turns=(-np.sqrt(2), np.sqrt(2)),
    fixes_zero=True,
    fast=Pointwise(_fast_value, _fast_slope),
)
