r"""Infinite-width kernels in float64 as sums of arctangents, with a proved error bound.

The formulas are those of `fa_theory.gram.enclosed`: with the covariance ``a, b, k`` of two pre-activations, for scales
with ``x = κ²`` and ``y = κ'²``,

    T = bx + ay + xy,   q = (ab − k²) + T,
    modulus  √q + k arctan(k/√q),    sign  arctan(k/√q),    point mass  1/√q,

averaged over both scales, times 2/π. Nothing is singular, so rounding errors are small for all norms and angles
of the rows, and the rule for the scales, exact to 2⁻⁵³, adds none. (Gauss–Hermite quadrature converges slowly where ψ
is steep: 100 nodes for each of u and v leave 4e-2 for tanh at norm 10.)

**What is assumed** of floating point: IEEE 754, so with ``u = 2⁻⁵³`` each of ``+ − × / √`` has a relative error of at
most u (rows that `fa_theory.gram.number.inputs` accepts lose nothing to overflow or underflow); sums in any order,
with or without fused operations; an arctangent within 4 units in the last place, relative error ``8u`` (NumPy's
promise). So the bound is a theorem about arithmetic that meets this specification; it is weaker than an enclosure in
balls, which needs no such assumption.

**Theorem.** Let σ² = a, σ'² = b, N the number of scales, and ``M_r = Σ_k w_k κ_k^r``. Besides the error of the rule
the computed averages have at most the errors (2/π) u times

    modulus     (4.1 d + 3.2 N + 37) (σ + M₁)(σ' + M₁),
    sign        (3.5 d + 2 N + 25) R,                      R = min(σσ' M₋₁², √(σσ'/2) M₋½²),
    point mass  (d/2 + 2 N + 14) P + (2 d + 3) S,          P = min(M₋₁², M₋½²/√(2σσ')),
                                                           S = min((σσ')² M₋₃², √(σσ'/8) M₋₃⸝₂²),

to first order in ``du``; terms of higher order are less than a hundredth of them for ``d ≤ 10⁹``.

**Proof.** Write ``θ_m`` for any number of size at most ``mu`` to first order.

* *Covariance.* A sum of d products in any order has an error of at most ``θ_d`` times the sum of their sizes, at most
  ``θ_d σσ'`` for k and ``θ_d a, θ_d b``. Hence ``ab`` and ``k²`` have errors ``θ_{2d+1} ab``, their difference
  ``A = ab − k²`` has ``θ_{4d+3} ab``; cutting it off at 0 brings it nearer to ``A ≥ 0``.
* *q.* κ² and w are rounded from balls, ``θ_2``. The terms of T are positive, so T has the relative error
  ``θ_{d+6}``; A passes through two more sums. So the error of q is ``θ_{d+6} q + θ_{4d+5} ab``. Computed or not,
  ``q ≥ T`` and ``q + k² = (a + x)(b + y) ≥ ab``, up to factors ``1 + θ``.
* *Sign.* The arctangent moves with k by at most ``1/√q ≤ 1/√T`` and with q by at most ``|k|/(2√q (q + k²))``, so by
  ``|k|/(2√T)`` of the relative error of q and of that of ``ab``, together
  ``θ_{d + (5d+11)/2} σσ'/√T``. The root, the quotient and the arctangent add ``θ_{10} σσ'/√T``; weights, products and
  two sums of N terms ``θ_{2N+4}``, and the factor 2/π ``θ_3``. Finally ``Σ Σ w w' σσ'/√T ≤ R``, since
  ``T ≥ xy`` and ``T ≥ bx + ay ≥ 2σσ'κκ'``.
* *Point mass.* ``1/√q`` moves by half the relative error of T, and of what A passes through, over ``√T``; and by
  at most ``½ θ_{4d+3} ab/T^{3/2}``. Root and quotient add ``θ_2``, the rest ``θ_{2N+7}``. The averages of ``1/√T`` and
  ``ab/T^{3/2}`` are at most P and S by the same two bounds of T.
* *Modulus.* Its derivative by k is the arctangent, at most π/2, and by q it is ``√q/(2(q + k²))``; so the errors
  so far move it by ``θ_{πd/2} σσ' + θ_{(5d+11)/2} √((a + x)(b + y))``. The root, the quotient, the arctangent, the
  product and the sum add ``θ_{1 + 1/2 + 4π + π/2 + π/2} √((a + x)(b + y))``, and ``θ_{2N+7}`` applies to a modulus of
  at most ``(π/2) √((a + x)(b + y))``. The mean of ``√((a + x)(b + y)) ≤ (σ + κ)(σ' + κ')`` is at most
  ``(σ + M₁)(σ' + M₁)``. ∎
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from flint import arb

from fa_theory.errors import InputError
from fa_theory.model.activations import Activation
from fa_theory.model.checks import Floats

from .enclosed import FORMS, MODULUS, POINT, SCALES, SIGN, Form, recipe_of
from .kernel import SLACK, UNIT, Kernel
from .mixture import Mixture
from .number import covariance, inputs

_BITS = 53
_CHUNK = 512  # pairs of rows at a time, so that their data stay in the cache


class FloatMixture(NamedTuple):
    """A mixture in floats: ``κ²`` and w."""

    variances: Floats
    weights: Floats

    @classmethod
    def of(cls, mixture: Mixture) -> FloatMixture:
        """Round the balls."""
        return cls(np.array([float(x) for x in mixture.variances]), np.array([float(w) for w in mixture.weights]))

    def moment(self, r: float) -> float:
        """``M_r``."""
        return float(self.weights @ self.variances ** (r / 2))


def _modulus(q: Floats, k: Floats) -> Floats:
    s = np.sqrt(q)
    return np.asarray(s + k * np.arctan(k / s))


def _sign(q: Floats, k: Floats) -> Floats:
    return np.asarray(np.arctan(k / np.sqrt(q)))


def _point(q: Floats, k: Floats) -> Floats:
    return np.asarray(1 / np.sqrt(q))


def _modulus_rounding(rule: FloatMixture, d: int, sigma: Floats) -> Floats:
    reach = sigma + rule.moment(1)
    return np.asarray((4.1 * d + 3.2 * len(rule.weights) + 37) * np.outer(reach, reach))


def _sign_rounding(rule: FloatMixture, d: int, sigma: Floats) -> Floats:
    product = np.outer(sigma, sigma)
    R = np.minimum(product * rule.moment(-1) ** 2, np.sqrt(product / 2) * rule.moment(-0.5) ** 2)
    return np.asarray((3.5 * d + 2 * len(rule.weights) + 25) * R)


def _point_rounding(rule: FloatMixture, d: int, sigma: Floats) -> Floats:
    product = np.outer(sigma, sigma)
    with np.errstate(divide="ignore"):
        P = np.minimum(rule.moment(-1) ** 2, rule.moment(-0.5) ** 2 / np.sqrt(2 * product))
    S = np.minimum(product**2 * rule.moment(-3) ** 2, np.sqrt(product / 8) * rule.moment(-1.5) ** 2)
    return np.asarray((d / 2 + 2 * len(rule.weights) + 14) * P + (2 * d + 3) * S)


class _Floats(NamedTuple):
    """A form in floats: ``kernel`` of q and k, and ``rounding``, the theorem's bound without its factor ``(2/π) u``."""

    kernel: Callable[[Floats, Floats], Floats]
    rounding: Callable[[FloatMixture, int, Floats], Floats]


_FLOATS: dict[Form, _Floats] = {
    MODULUS: _Floats(_modulus, _modulus_rounding),
    SIGN: _Floats(_sign, _sign_rounding),
    POINT: _Floats(_point, _point_rounding),
}


def arcsine_gram(X: Floats, psi: Activation, *, slope: bool = False) -> Kernel:
    """``E ψ(w·x_i) ψ(w·x_j)``, or with ψ' in place of ψ, for ``w ~ N(0, I)``, and a bound on its error.

    Parameters
    ----------
    X
        Inputs, ``(n, d)``, floats.
    psi
        tanh, sigmoid, softplus or erf.
    slope
        Whether to use ψ' instead of ψ.

    Returns
    -------
    Kernel
        With a proved error, for tanh about ``2e-16 (d + 30) min(2σσ', √(σσ'))`` for rows of norms σ and σ'. Observed
        errors are at most a tenth of it.

    Raises
    ------
    InputError
        If X is not a finite float matrix, or ψ is not a mixture.

    Examples
    --------
    >>> from fa_theory.model.activations import activation
    >>> gram = arcsine_gram(np.array([[1.0, 0.0], [0.6, 0.8]]), activation("tanh"))
    >>> gram.value.round(8), bool(gram.error.max() < 1.1e-14)
    (array([[0.39429449, 0.22522215],
           [0.22522215, 0.39429449]]), True)
    """
    X = inputs(X)
    if X.dtype == object:
        raise InputError(f"a sum in floats is not rigorous for balls; pass X as floats for {psi.name}")
    recipe = recipe_of(psi, slope)
    mixture, law = SCALES[recipe.scales](_BITS), FORMS[recipe.form]
    rule, form = FloatMixture.of(mixture), _FLOATS[law]
    K = covariance(X)
    scaled = K / 4 if recipe.halved else K
    gram = _average(form.kernel, rule, scaled)

    sigma = np.sqrt(np.diagonal(scaled))
    r, c = np.array([[float(x) for x in law.deviation(mixture, arb(s))] for s in sigma.tolist()]).T
    error = 2 / np.pi * UNIT * form.rounding(rule, X.shape[1], sigma) + np.outer(r, c) + np.outer(c + r, r)
    value = recipe.constant + recipe.share * K + recipe.factor * gram
    last = (X.shape[1] + 2) * UNIT * recipe.share * np.outer(sigma, sigma) * 4 + 2 * UNIT * abs(value)
    return Kernel(value, SLACK * (recipe.factor * error + last), 1.0, "arcsine mixture")


def _average(kernel: Callable[[Floats, Floats], Floats], rule: FloatMixture, K: Floats) -> Floats:
    """The average of a form over both scales, for all pairs of rows."""
    rows, columns = np.triu_indices(len(K))
    a, b, k = K[rows, rows], K[columns, columns], K[rows, columns]
    area = np.maximum(a * b - k * k, 0)
    area[rows == columns] = 0  # exactly: a row is parallel to itself
    found = np.empty(len(k))
    for start in range(0, len(k), _CHUNK):
        part = slice(start, start + _CHUNK)
        a_, b_, k_, area_ = (values[part, None] for values in (a, b, k, area))
        total = np.zeros(len(k_))
        for x, w in zip(rule.variances, rule.weights, strict=True):
            total += w * (kernel((area_ + b_ * x) + (a_ + x) * rule.variances, k_) @ rule.weights)
        found[part] = 2 / np.pi * total
    gram = np.empty_like(K)
    gram[rows, columns] = gram[columns, rows] = found
    return gram
