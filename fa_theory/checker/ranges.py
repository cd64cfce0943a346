"""Enclosures of an activation and of its derivative over an interval, and other properties used by the checker.

An interval is a ball (`flint.arb`). Ball functions overestimate wildly on wide balls (``tanh`` of [-1, 1] comes
out as ±5.63), so every range here is taken from end points and monotone pieces, see `Psi`. This table belongs to the
checker: it shares no entry with `fa_theory.model.activations`, and the tests compare the two.

A secant slope ``(ψ(t) − ψ(s)) / (t − s)`` is an average of slopes between s and t (ψ is absolutely continuous), so an
interval that contains all slopes contains all secant slopes. At the kink of ReLU the slope is [0, 1],
which also contains the convention ``ψ'(0) = 0``.

No formula overflows for large arguments: exponentials are only taken where they are small. A ball that is not
finite gives a ball that is not finite, and no comparison with such a ball is ever true.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import mul

from flint import acb, arb, fmpq

Real = Callable[[arb], arb]
Pair = tuple[list[arb], list[arb]]
Complex = Callable[[acb, bool], acb]
"""From a complex ball, and whether the function must be holomorphic on it, to an enclosure."""

ZERO = arb(0)
ONE = arb(1)
HALF, QUARTER = ONE / 2, ONE / 4


def hull(low: arb, high: arb) -> arb:
    """Smallest ball (up to rounding) that contains both arguments."""
    return low.union(high)


# ranges of functions over intervals


def rising(f: Real) -> Real:
    """Range of a non-decreasing function: between the values at the end points."""
    return lambda x: hull(f(x.lower()), f(x.upper()))


def bump(f: Real) -> Real:
    """Range of an even function that does not increase with |x|; f is called for x ≥ 0 only."""
    # abs_lower and abs_upper bound |x| from outside, so the two values bracket the function
    return lambda x: hull(f(x.abs_upper()), f(x.abs_lower()))


def exactly(at: Real, over: Real) -> Real:
    """``at`` for a ball of radius 0, and ``over`` for the others."""
    return lambda x: at(x) if x.is_exact() else over(x)


def turning(f: Real, turns: Callable[[], tuple[arb, ...]]) -> Real:
    """Range of a function that is monotone between its extrema: between values at end points and at extrema inside."""

    def over(x: arb) -> arb:
        found = hull(f(x.lower()), f(x.upper()))
        for turn in turns():
            if x.overlaps(turn):
                found = hull(found, f(turn))
        return found

    return exactly(f, over)


@dataclass(frozen=True)
class Psi:
    """Properties of an activation, for the checker.

    Attributes
    ----------
    value, slope
        Enclosures of ψ and ψ' over an interval.
    narrow
        ψ and ψ' of narrow balls: formulas for tight balls, with one transcendental function per entry if possible.
    steepest
        ``sup |ψ'|``.
    curvature
        An upper bound on ``sup |ψ''|``; ``inf`` if ψ' jumps.
    second
        Enclosure of ψ'' over an interval; not finite where ψ' may jump.
    at_zero
        ψ(0) and ψ'(0) if they are rational, otherwise None.
    complex_value, complex_slope
        ψ and ψ' on a complex ball, holomorphic wherever the result is finite if that is asked for; elsewhere the hull
        over the parts of the ball on either side of a kink.
    falls_nowhere
        Whether ψ is non-decreasing, ``ψ' ≥ 0``.
    """

    value: Real
    slope: Real
    narrow: Callable[[list[arb]], Pair]
    steepest: Callable[[], arb]
    curvature: str
    second: Real
    at_zero: tuple[fmpq | None, fmpq | None]
    complex_value: Complex
    complex_slope: Complex
    falls_nowhere: bool = True


def _linear_pair(Z: list[arb]) -> Pair:
    return Z, [ONE] * len(Z)


def _step(x: arb) -> arb:
    if x > 0:
        return ONE
    return ZERO if x <= 0 else arb(HALF, HALF)


_relu = exactly(lambda x: x.max(ZERO), rising(lambda x: x.max(ZERO)))


def _relu_pair(Z: list[arb]) -> Pair:
    step = rising(_step)
    return [z if z > 0 else _relu(z) for z in Z], [step(z) for z in Z]


def _tanh_pair(Z: list[arb]) -> Pair:
    values = [z.tanh() for z in Z]
    return values, [ONE - square for square in map(mul, values, values)]


def _erf_pair(Z: list[arb]) -> Pair:
    top = 2 / arb.pi().sqrt()
    return [z.erf() for z in Z], [top * (-square).exp() for square in map(mul, Z, Z)]


def _sigmoid(x: arb) -> arb:
    if x > 0:
        return ONE / (ONE + (-x).exp())
    t = x.exp()
    return t / (ONE + t)


def _logistic_slope(x: arb) -> arb:
    t = (-x).exp()
    return t / (ONE + t) ** 2


def _sigmoid_pair(Z: list[arb]) -> Pair:
    values = [ONE / (ONE + (-z).exp()) for z in Z]
    shifted = [value - HALF for value in values]
    return values, [QUARTER - square for square in map(mul, shifted, shifted)]


def _softplus(x: arb) -> arb:
    return x + (-x).exp().log1p() if x > 0 else x.exp().log1p()


def _softplus_pair(Z: list[arb]) -> Pair:
    powers = [z.exp() for z in Z]
    return [power.log1p() for power in powers], [ONE - ONE / (ONE + power) for power in powers]


def _tanh_slope(x: arb) -> arb:
    return 4 * _logistic_slope(2 * x)


def _erf_slope(x: arb) -> arb:
    return (-(x * x)).exp() * 2 / arb.pi().sqrt()


def _phi(x: arb) -> arb:
    """``e^{−x²/2} / √(2π)``."""
    return (-(x * x) / 2).exp() / (2 * arb.pi()).sqrt()


def _gauss(x: arb) -> arb:
    """``Φ(x)``."""
    return (-x / arb(2).sqrt()).erfc() / 2


def _gelu(x: arb) -> arb:
    return x * _gauss(x)


def _gelu_slope(x: arb) -> arb:
    return _gauss(x) + x * _phi(x)


def _gelu_turn() -> tuple[arb, ...]:
    """Position of the minimum of ``ψ(x) = x Φ(x)``.

    ``ψ'' = (2 − x²) φ(x)``, so that ψ' decreases on ``(−∞, −√2]`` from its limit 0, increases on ``[−√2, √2]``, and
    decreases on ``[√2, ∞)`` to its limit 1. So ψ' < 0 up to a single zero in ``(−√2, √2)``, and ψ' > 0 after it: ψ
    decreases up to it, and increases from there. The ball below contains a zero, as ψ' changes sign in it, which the
    tests prove in balls.
    """
    return (arb("-0.7517915246935644574579049467795240397 +/- 1e-37"),)


def _gelu_pair(Z: list[arb]) -> Pair:
    shares = [_gauss(z) for z in Z]
    return list(map(mul, Z, shares)), [share + z * _phi(z) for z, share in zip(Z, shares, strict=True)]


def _complex_sigmoid(z: acb) -> acb:
    return 1 / (1 + (-z).exp())


def _complex_softplus(z: acb) -> acb:
    """``log(1 + e^z)``; not finite unless ``1 + e^z`` avoids the cut of the logarithm."""
    inner = 1 + z.exp()
    return inner.log() if inner.real > 0 or not inner.imag.contains(0) else acb("nan")


def _complex_gauss(z: acb) -> acb:
    return (1 + (z / arb(2).sqrt()).erf()) / 2


def _complex_phi(z: acb) -> acb:
    return (-z * z / 2).exp() / (2 * arb.pi()).sqrt()


_KNOWN: dict[str, Psi] = {
    "linear": Psi(
        value=exactly(lambda x: x, rising(lambda x: x)),
        slope=rising(lambda x: ONE),
        narrow=_linear_pair,
        steepest=lambda: ONE,
        curvature="0",
        second=lambda x: ZERO,
        at_zero=(fmpq(0), fmpq(1)),
        complex_value=lambda z, a: z,
        complex_slope=lambda z, a: acb(1),
    ),
    "relu": Psi(
        value=_relu,
        slope=rising(_step),
        narrow=_relu_pair,
        steepest=lambda: ONE,
        curvature="inf",
        second=lambda x: ZERO if x > 0 or x < 0 else arb("nan"),
        at_zero=(fmpq(0), fmpq(0)),
        complex_value=lambda z, a: z.real_max(acb(0), analytic=a),
        complex_slope=lambda z, a: z.real_heaviside(analytic=a),
    ),
    "tanh": Psi(
        value=exactly(arb.tanh, rising(arb.tanh)),
        slope=bump(_tanh_slope),
        narrow=_tanh_pair,
        steepest=lambda: _tanh_slope(ZERO),
        curvature="0.77",  # 4/(3√3)
        second=lambda x: -2 * rising(arb.tanh)(x) * bump(_tanh_slope)(x),
        at_zero=(fmpq(0), fmpq(1)),
        complex_value=lambda z, a: z.tanh(),
        complex_slope=lambda z, a: 1 - z.tanh() ** 2,
    ),
    "erf": Psi(
        value=exactly(arb.erf, rising(arb.erf)),
        slope=bump(_erf_slope),
        narrow=_erf_pair,
        steepest=lambda: _erf_slope(ZERO),
        curvature="0.968",  # √(8/(πe))
        second=lambda x: -2 * x * bump(_erf_slope)(x),
        at_zero=(fmpq(0), None),
        complex_value=lambda z, a: z.erf(),
        complex_slope=lambda z, a: 2 * (-z * z).exp() / arb.pi().sqrt(),
    ),
    "sigmoid": Psi(
        value=exactly(_sigmoid, rising(_sigmoid)),
        slope=bump(_logistic_slope),
        narrow=_sigmoid_pair,
        steepest=lambda: _logistic_slope(ZERO),
        curvature="0.0963",  # 1/(6√3)
        second=lambda x: bump(_logistic_slope)(x) * (1 - 2 * rising(_sigmoid)(x)),
        at_zero=(fmpq(1, 2), fmpq(1, 4)),
        complex_value=lambda z, a: _complex_sigmoid(z),
        complex_slope=lambda z, a: _complex_sigmoid(z) * (1 - _complex_sigmoid(z)),
    ),
    "softplus": Psi(
        value=exactly(_softplus, rising(_softplus)),
        slope=rising(_sigmoid),
        narrow=_softplus_pair,
        steepest=lambda: ONE,
        curvature="0.25",
        second=bump(_logistic_slope),
        at_zero=(None, fmpq(1, 2)),
        complex_value=lambda z, a: _complex_softplus(z),
        complex_slope=lambda z, a: _complex_sigmoid(z),
    ),
    "gelu": Psi(
        value=turning(_gelu, _gelu_turn),
        slope=turning(_gelu_slope, lambda: (-arb(2).sqrt(), arb(2).sqrt())),  # by the sign of ψ'', see `_gelu_turn`
        narrow=_gelu_pair,
        steepest=lambda: _gelu_slope(arb(2).sqrt()),  # ψ'(−√2) = 1 − ψ'(√2), so that ψ' lies in [−0.13, 1.13]
        curvature="0.798",  # √(2/π), at 0: the slope of ψ'' is x(x² − 4) φ, and |ψ''(±2)| = 2 φ(2) < 0.11
        second=lambda x: (2 - x * x) * (-x * x / 2).exp() / (2 * arb.pi()).sqrt(),
        at_zero=(fmpq(0), fmpq(1, 2)),
        complex_value=lambda z, a: z * _complex_gauss(z),
        complex_slope=lambda z, a: _complex_gauss(z) + z * _complex_phi(z),
        falls_nowhere=False,
    ),
}

ACTIVATIONS = tuple(_KNOWN)


def known(activation: str) -> Psi:
    """The entry of an activation.

    Raises
    ------
    ValueError
        If there is none of that name.

    Examples
    --------
    >>> known("tanh").falls_nowhere
    True
    """
    if activation not in _KNOWN:
        raise ValueError(f"unknown activation {activation!r}; choose one of {', '.join(ACTIVATIONS)}")
    return _KNOWN[activation]


def value_range(activation: str, x: arb) -> arb:
    """Enclose ``{ψ(t) : t in x}``.

    Examples
    --------
    >>> value_range("tanh", arb(0, 1)).abs_upper() < 0.7616
    True
    """
    return known(activation).value(x)


def slope_range(activation: str, x: arb) -> arb:
    """Enclose ``{ψ'(t) : t in x}``, and with it every secant slope of ψ between two points of ``x``.

    Examples
    --------
    >>> slope_range("relu", arb(2, 1)) == 1, slope_range("relu", arb(0, 1)).contains(0.3)
    (True, True)
    """
    return known(activation).slope(x)


def steepest(activation: str) -> arb:
    """Enclose ``sup |ψ'|`` over the real line."""
    return known(activation).steepest()


def curvature(activation: str) -> arb:
    """Upper bound on ``sup |ψ''|``; infinite if ψ' jumps."""
    return arb(known(activation).curvature).upper()


def non_decreasing(activation: str) -> bool:
    """Whether ψ is known to be non-decreasing."""
    return known(activation).falls_nowhere
