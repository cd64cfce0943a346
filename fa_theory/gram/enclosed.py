"""Infinite-width kernels of every activation, enclosed in balls.

All smooth activations come from one law: ``tanh x = E sign(x + κZ)`` with a random scale κ (see
`fa_theory.gram.mixture`). Given two scales, ``u + κZ`` and ``v + κ'Z'`` are jointly Gaussian again, with the covariance
of u and v plus ``κ²`` and ``κ'²`` on its diagonal. So with ``a = E u², b = E v², k = E uv`` and

    s² = (a + κ²)(b + κ'²) − k² = (ab − k²) + aκ'² + bκ² + κ²κ'²,

a sum of terms ≥ 0, their kernels are those of the modulus, the sign and the point mass at 0,

    E |U| |V| = (2/π) (s + k arctan(k/s)),   E sign U sign V = (2/π) arctan(k/s),   E 2δ(U) 2δ(V) = (2/π) / s,

(each the derivative of the one before with respect to k), averaged over the rule for κ. Nothing is singular, whatever
the norms and the angle of the rows. Then, with ``K/4`` the covariance of u/2 and v/2,

    tanh:      E sign sign (K)                       tanh' = sech²
    sigmoid:   ¼ + ¼ E sign sign (K/4)               as σ(x) = ½ + ½ tanh(x/2)
    softplus:  k/4 + E mod mod (K/4)                 as log(1 + e^x) = x/2 + log(2 cosh(x/2)), odd plus even
    erf:       E sign sign (K) with the scale 1/√2   as erf x = E sign(x + Z/√2)

**Error.** Let r and c bound the root mean squares of ``ψ − ψ_m`` and of ψ at u, with ``σ² = E u²``, and r', c' those at
v. Then ``|E ψψ − E ψ_mψ_m| ≤ r c' + (c + r) r'`` by Cauchy and Schwarz. With the bounds δ of the rule for the sign, δ'
for the point mass and δ₀ for the modulus at 0, these are

    tanh:            r = min(δ, δ'σ),   c = min(1, σ)       (both functions vanish at 0; their slopes differ by δ')
    sech²:           r = δ',            c = 1
    log(2 cosh x):   r = δ₀ + δσ,       c = log 2 + σ       (at most log 2 + |x|)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from flint import arb, ctx

from fa_theory.errors import InputError
from fa_theory.model.activations import ACTIVATIONS, Activation
from fa_theory.model.activations.kernels import ClosedForm, Recipe
from fa_theory.model.ball import Array, Ball, balls

from .closed_form import closed_gram
from .mixture import ERF, Mixture, logistic_mixture
from .number import covariance, inputs

_GUARD = 10


class Pair(NamedTuple):
    """``a, b, k`` of two rows, and the square ``ab − k² ≥ 0`` of their area."""

    a: arb
    b: arb
    k: arb
    area: arb

    def halved(self) -> Pair:
        """The same for half the rows."""
        return Pair(self.a / 4, self.b / 4, self.k / 4, self.area / 16)


class Form(NamedTuple):
    """A function of U in distribution: modulus, sign or point mass.

    ``kernel`` takes ``s²`` and k to ``E F(U) F(V)`` without its factor 2/π; ``deviation`` takes a rule and σ to the
    bounds r and c.
    """

    kernel: Callable[[arb, arb], arb]
    deviation: Callable[[Mixture, arb], tuple[arb, arb]]


def _modulus(square: arb, k: arb) -> arb:
    s = square.sqrt()
    return s + k * (k / s).atan()


MODULUS = Form(_modulus, lambda rule, sigma: (rule.modulus_error + rule.sign_error * sigma, arb(2).log() + sigma))
SIGN = Form(
    lambda square, k: (k * square.rsqrt()).atan(),
    lambda rule, sigma: (rule.sign_error.min(rule.point_error * sigma), sigma.min(arb(1))),
)
POINT = Form(lambda square, k: square.rsqrt(), lambda rule, sigma: (rule.point_error, arb(1)))


def enclose(form: Form, rule: Mixture, pair: Pair) -> arb:
    """Enclose ``E ψ(u) ψ(v)`` where ``ψ(x) = E F(x + κZ)``: the rule's average over both scales, and its error."""
    a, b, k, area = pair
    total = arb(0)
    for x, w in zip(rule.variances, rule.weights, strict=True):
        base, slope, inner = area + b * x, a + x, arb(0)
        for y, v in zip(rule.variances, rule.weights, strict=True):
            inner += v * form.kernel(base + slope * y, k)
        total += w * inner
    r, c = form.deviation(rule, a.upper().sqrt().upper())
    r_, c_ = form.deviation(rule, b.upper().sqrt().upper())
    return total * 2 / arb.pi() + arb(0, (r * c_ + (c + r) * r_).upper())


FORMS = {"modulus": MODULUS, "sign": SIGN, "point": POINT}
SCALES: dict[str, Callable[[int], Mixture]] = {"kolmogorov": logistic_mixture, "single": lambda bits: ERF}
"""By the names in a `Recipe`."""


def recipe_of(psi: Activation, slope: bool) -> Recipe:
    """The recipe for ψ or ψ'.

    Raises
    ------
    InputError
        If there is none.
    """
    recipe = psi.kernels[slope] if psi.kernels else None
    if not isinstance(recipe, Recipe):
        known = ", ".join(name for name, other in ACTIVATIONS.items() if other.kernels)
        raise InputError(f"no enclosure for {psi.name!r}, only for {known}")
    return recipe


def _nonnegative(x: arb) -> arb:
    """A number known to be ≥ 0: the part of the ball below 0 is cut off."""
    return x if x >= 0 else arb(0).union(x.upper().max(arb(0)))


def pairs(X: Array) -> dict[tuple[int, int], Pair]:
    """The pairs of rows ``i ≤ j`` of an array of balls."""
    K = covariance(X)
    squares = [_nonnegative(K[i, i].arb) for i in range(len(K))]
    return {
        (i, j): Pair(a, b, k := K[i, j].arb, _nonnegative(a * b - k * k)) if i < j else Pair(a, a, a, arb(0))
        for i, a in enumerate(squares)
        for j, b in enumerate(squares)
        if i <= j
    }


def enclosed_gram(X: Array, psi: Activation, *, slope: bool = False) -> Array:
    """``E ψ(w·x_i) ψ(w·x_j)``, or with ψ' in place of ψ, for ``w ~ N(0, I)``: enclosed, for every activation.

    Parameters
    ----------
    X
        Inputs, ``(n, d)``: floats (each an exact dyadic rational), rationals or balls.
    psi
        Any activation with kernels. Closed forms are used if available; erf, a mixture with a single scale, also has
        one.
    slope
        Whether to use ψ' instead of ψ.

    Returns
    -------
    Array
        Balls, ``(n, n)``, symmetric. At precision ``p = flint.ctx.prec`` their radius is about ``2^−p`` times
        ``(1 + ‖x_i‖)(1 + ‖x_j‖)`` for exact inputs, at any angle of the rows. The time grows with ``n² p²``.

    Raises
    ------
    InputError
        If X is not a finite matrix, or ψ is not an activation with kernels.

    Examples
    --------
    >>> from fa_theory.model.activations import activation
    >>> gram = enclosed_gram(np.array([[1.0, 0.0], [0.6, 0.8]]), activation("tanh"))
    >>> gram[0, 1].arb.str(10)
    '[0.2252221535 +/- 2.69e-11]'
    """
    X = balls(inputs(X))
    if psi.kernels and isinstance(psi.kernels[slope], ClosedForm):
        return closed_gram(X, psi, slope=slope).value
    recipe = recipe_of(psi, slope)
    form, rule = FORMS[recipe.form], SCALES[recipe.scales](ctx.prec)
    gram = np.empty((len(X), len(X)), dtype=object)
    with ctx.workprec(ctx.prec + _GUARD):
        for (i, j), pair in pairs(X).items():
            mixed = enclose(form, rule, pair.halved() if recipe.halved else pair)
            gram[i, j] = gram[j, i] = Ball(recipe.constant + recipe.share * pair.k + recipe.factor * mixed)
    return gram
