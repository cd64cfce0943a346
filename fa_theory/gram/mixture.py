"""The logistic law as a mixture of centred Gaussians, by a quadrature rule with a proved error.

Let κ have Kolmogorov's law, with density f, and let Z be a standard Gaussian apart from it. Then κZ has the density
``s(x) = ½ sech² x`` (Andrews & Mallows 1974), so that

    tanh x = E sign(x + κZ),     sech² x = 2 E δ(x + κZ),     log(2 cosh x) = E |x + κZ| .

(Proof: ``f(κ) = 8κ Σ_j (−1)^(j−1) j² e^(−2j²κ²)``, and ``∫ e^(−A/κ² − Bκ²) dκ = ½ √(π/B) e^(−2√(AB))`` turn
``∫ φ(x/κ) f(κ) dκ/κ`` into ``2 Σ_j (−1)^(j−1) j e^(−2j|x|) = s(x)``; the first identity is s integrated, the third is
the first integrated, as both its sides tend to |x|.)

**The rule.** With ``κ = e^t``, ``s(x) = ∫ I(t) dt`` for ``I = φ(x/κ) f(κ)``. The trapezoidal rule of step h, over all
integers k, is ``s_∞(x) = Σ_k w_k φ(x/κ_k)/κ_k`` with ``κ_k = e^(kh)`` and weights ``w_k = h κ_k f(κ_k) ≥ 0``; ``s_m``
keeps some of its terms.

**Its error.** Both series of f, the one above and its Poisson dual

    f(κ) = √(2π) Σ_{j odd} (j²π²/(4κ⁴) − 1/κ²) e^(−j²π²/(8κ²)),

converge in the sector ``|arg κ| < π/4``, so I is analytic in the strip ``|Im t| < π/4`` and tends to 0 at its ends. In
``|Im t| ≤ a``, with ``C = cos 2a`` and now ``κ = e^(Re t)``, ``|I| ≤ e^(−Cx²/(2κ²)) B(κ)/√(2π)`` where B is the
series of f with all signs + and C in the exponents, the first for ``κ > 1``, the dual for ``κ ≤ 1``. Term by term,

    ∫_1^∞ B dκ/κ ≤ ∫_1^∞ B dκ = (2/C) Σ_j e^(−2j²C) ≤ (2/C) / (e^(2C) − 1),
    ∫_0^1 B dκ ≤ ∫_0^1 B dκ/κ = √(2π) Σ_{j odd} e^(−j²A) (1/(2j²A) + (1 + 1/(j²A))/C)       with A = π²C/8
                              ≤ √(2π) (1/(2A) + (1 + 1/A)/C) / (2 sinh A).

Call N the sum of the two bounds. The error of the trapezoidal rule is at most ``2M/(e^(2πa/h) − 1)`` where M bounds
``∫|I|`` on every line of the strip (Trefethen & Weideman 2014, Theorem 5.1). At every x, ``M ≤ N/√(2π)``; integrated
over x, ``M ≤ N/√C``. So with ``ε = 2N / (√C (e^(2πa/h) − 1))``

    sup |s − s_∞| ≤ ε     and     ∫ |s − s_∞| dx ≤ ε.

**The terms left out** are positive, so what the kept ones lack measures them: their integral is at most
``1 + ε − Σ w_k``, and they are largest at 0, at most ``½ + ε − s_m(0)``. Hence with
``tanh_m = Σ w_k E sign(x + κ_k Z)`` and the like

    |tanh − tanh_m| ≤ ∫ |s − s_m| dx ≤ 2ε + |1 − Σ w_k|,
    |sech² − 2s_m| ≤ 2 (2ε + |½ − s_m(0)|),
    |log(2 cosh x) − Σ w_k E|x + κ_k Z|| ≤ |log 2 − √(2/π) Σ w_k κ_k| + |x| sup|tanh − tanh_m| .

So only the formulas and the step have to be right; where the sum is cut off needs no proof.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from flint import arb, ctx

_STRIP = arb(45) / 64  # a, exactly, below π/4: close to it N is large, far from it the step is small


@dataclass(frozen=True, slots=True)
class Mixture:
    """Weights and scales of Gaussians, and error bounds for the resulting functions.

    Attributes
    ----------
    variances, weights
        ``κ_k²`` and ``w_k``.
    sign_error, point_error
        Bounds of ``|tanh − tanh_m|`` and of ``|sech² − sech²_m|``, everywhere.
    modulus_error
        Bound of ``|log(2 cosh x) − Σ w_k E|x + κ_k Z||`` at ``x = 0``.
    """

    variances: tuple[arb, ...]
    weights: tuple[arb, ...]
    sign_error: arb
    point_error: arb
    modulus_error: arb


def density(x: arb) -> arb:
    """``κ f(κ)`` for κ > 0, with Kolmogorov's density f: the density of log κ.

    Above 1 the terms alternate and decrease, as ``u e^(−2u)`` does for ``u = j²κ² ≥ ½``. Below, they are
    ``(2u − 1) e^(−u) √(2π)/κ > 0`` with ``u = j²π²/(8κ²)``, and from one to the next they fall at least by half:
    u grows at least by ``π²``, at most ninefold. In both cases the terms left out are together smaller than the last
    one taken.

    Examples
    --------
    >>> density(arb(1))
    [1.07194855835694 +/- 3.50e-15]
    """
    square = x * x
    total, term, j = arb(0), arb(1), 1
    tiny = arb(2) ** (-ctx.prec)
    while not abs(term) < tiny * abs(total):
        if x > 1:
            u = j * j * square
            term = 8 * u * (-2 * u).exp() * (-1) ** (j - 1)
            j += 1
        else:
            u = j * j * arb.pi() ** 2 / (8 * square)
            term = (2 * u - 1) * (-u).exp() * (2 * arb.pi()).sqrt() / x
            j += 2
        total += term
    return total + arb(0, abs(term).upper())


def _strip_bound() -> arb:
    """``2N/√C``."""
    C = (2 * _STRIP).cos()
    A = arb.pi() ** 2 * C / 8
    large = (2 / C) / ((2 * C).exp() - 1)
    small = (2 * arb.pi()).sqrt() * (1 / (2 * A) + (1 + 1 / A) / C) / (2 * A.sinh())
    return 2 * (large + small) / C.sqrt()


@lru_cache(maxsize=8)
def logistic_mixture(bits: int) -> Mixture:
    """A rule with errors of about ``2^−bits``.

    Examples
    --------
    >>> rule = logistic_mixture(53)
    >>> len(rule.weights), rule.sign_error < 1e-15
    (35, True)
    """
    with ctx.workprec(bits + 30):
        bound = _strip_bound()
        # untrusted floats: a step that gives ε ≈ 2^−bits, and a range beyond which κf(κ) is smaller still
        nats = bits * math.log(2)
        step = 2 * math.pi * float(_STRIP) / (nats + math.log(float(bound)))
        first = math.floor(-0.5 * math.log(8 * (nats + 5) / math.pi**2) / step)
        last = math.ceil(0.5 * math.log((nats + 5) / 2) / step)
        h = arb(step)
        error = bound / ((2 * arb.pi() * _STRIP / h).exp() - 1)

        scales = [(k * h).exp() for k in range(first, last + 1)]
        weights = [h * density(x) for x in scales]
        peak = sum((w / x for w, x in zip(weights, scales, strict=True)), arb(0)) / (2 * arb.pi()).sqrt()
        modulus = sum((w * x for w, x in zip(weights, scales, strict=True)), arb(0)) * (2 / arb.pi()).sqrt()
        return Mixture(
            variances=tuple(x * x for x in scales),
            weights=tuple(weights),
            sign_error=(2 * error + abs(1 - sum(weights, arb(0)))).upper(),
            point_error=(2 * (2 * error + abs(arb(1) / 2 - peak))).upper(),
            modulus_error=abs(arb(2).log() - modulus).upper(),
        )


# erf x = E sign(x + Z/√2) exactly
ERF = Mixture((arb(1) / 2,), (arb(1),), arb(0), arb(0), arb(0))
