"""Enclosures of an activation and of its slope over an interval.

An interval is a ball (`flint.arb`). Ball functions overestimate wildly on wide balls (``tanh`` of [-1, 1] comes
out as ±5.63), so every range here is taken from end points and monotone pieces:

* all six activations are non-decreasing, so the range of a value lies between the values at the end points;
* every slope is either constant, non-decreasing (softplus, ReLU), or even and decreasing in ``|x|`` (tanh,
  sigmoid, erf).

A secant slope ``(ψ(t) − ψ(s)) / (t − s)`` is an average of slopes between s and t (ψ is absolutely continuous), so an
interval that contains all slopes contains all secant slopes. At the kink of ReLU the slope is taken from [0, 1],
which also contains the convention ``ψ'(0) = 0``.

No formula overflows for large arguments: exponentials are only taken where they are small. A ball that is not
finite gives a ball that is not finite, and no comparison with such a ball is ever true.
"""

from __future__ import annotations

from collections.abc import Callable

from flint import arb

Real = Callable[[arb], arb]

ZERO = arb(0)
ONE = arb(1)
HALF = ONE / 2


def hull(low: arb, high: arb) -> arb:
    """Smallest ball (up to rounding) that contains both arguments."""
    return low.union(high)


def _sigmoid(x: arb) -> arb:
    if x > 0:
        return ONE / (ONE + (-x).exp())
    t = x.exp()
    return t / (ONE + t)


def _softplus(x: arb) -> arb:
    return x + (-x).exp().log1p() if x > 0 else x.exp().log1p()


_VALUE: dict[str, Real] = {
    "linear": lambda x: x,
    "relu": lambda x: x.max(ZERO),
    "tanh": lambda x: x.tanh(),
    "erf": lambda x: x.erf(),
    "sigmoid": _sigmoid,
    "softplus": _softplus,
}


def _logistic_slope(x: arb) -> arb:
    t = (-x).exp()
    return t / (ONE + t) ** 2


def _step(x: arb) -> arb:
    if x > 0:
        return ONE
    return ZERO if x <= 0 else arb(HALF, HALF)


# non-decreasing slopes
_RISING: dict[str, Real] = {"linear": lambda x: ONE, "relu": _step, "softplus": _sigmoid}

# slopes that are even and decrease with |x|, for arguments x ≥ 0
_BUMP: dict[str, Real] = {
    "tanh": lambda x: 4 * _logistic_slope(2 * x),
    "sigmoid": _logistic_slope,
    "erf": lambda x: (-(x * x)).exp() * 2 / arb.pi().sqrt(),
}

ACTIVATIONS = tuple(_VALUE)


def value_range(activation: str, x: arb) -> arb:
    """Enclose ``{ψ(t) : t in x}``.

    Examples
    --------
    >>> value_range("tanh", arb(0, 1)).abs_upper() < 0.7616
    True
    """
    psi = _VALUE[activation]
    return psi(x) if x.is_exact() else hull(psi(x.lower()), psi(x.upper()))


def slope_range(activation: str, x: arb) -> arb:
    """Enclose ``{ψ'(t) : t in x}``, and with it every secant slope of ψ between two points of ``x``.

    Examples
    --------
    >>> slope_range("relu", arb(2, 1)) == 1, slope_range("relu", arb(0, 1)).contains(0.3)
    (True, True)
    """
    if activation in _RISING:
        slope = _RISING[activation]
        return hull(slope(x.lower()), slope(x.upper()))
    bump = _BUMP[activation]
    # abs_lower and abs_upper bound |x| from outside, so the two values bracket the slope
    return hull(bump(x.abs_upper()), bump(x.abs_lower()))


def steepest(activation: str) -> arb:
    """Enclose ``sup |ψ'|`` over the real line."""
    return _BUMP[activation](ZERO) if activation in _BUMP else ONE
