"""A real number enclosed in a ball, safe for use in NumPy object arrays.

`flint.arb` answers a comparison with ``True`` only when it is certain, and with ``False`` otherwise. So
``np.maximum``, ``np.where``, ``np.sort`` or an ``if`` on bare `arb` elements silently choose one side. A `Ball`
does not: a comparison of overlapping balls raises `UncertainComparison`.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from fractions import Fraction
from importlib import import_module
from typing import Any, TypeAlias

import numpy as np
from flint import arb, fmpq
from numpy.typing import NDArray

from fa_theory.errors import InputError, UncertainComparison

Array: TypeAlias = NDArray[Any]


def as_arb(value: object) -> arb:
    """Convert a number to a ball without loss of rigour: floats exactly, rationals enclosed."""
    match value:
        case Ball():
            return value.arb
        case arb():
            return value
        case bool() | np.bool_():
            raise InputError(f"expected a number but got {value!r}")
        case int() | np.integer():
            return arb(int(value))
        case float():
            return arb(value)
        case np.floating() if value.itemsize < 8:  # np.longdouble would be rounded, so it is rejected
            return arb(float(value))
        case Fraction():
            return arb(fmpq(value.numerator, value.denominator))
        case fmpq():
            return arb(value)
    raise InputError(f"expected an int, float, Fraction or ball but got {value!r} of type {type(value).__name__}")


def _unary(method: str) -> Callable[[Ball], Ball]:
    def apply(self: Ball) -> Ball:
        return Ball(getattr(self.arb, method)())

    apply.__name__ = method
    apply.__doc__ = f"{method} of the ball, enclosed; NumPy calls it for ``np.{method}`` on an array of balls."
    return apply


def _binary(apply: Callable[[Any, Any], Any]) -> tuple[Callable[..., Ball], Callable[..., Ball]]:
    """Return an operator and its reflection; arrays are left to NumPy, which calls it element by element."""

    def forward(self: Ball, other: object) -> Ball:
        return NotImplemented if isinstance(other, np.ndarray) else Ball(apply(self.arb, as_arb(other)))

    def reflected(self: Ball, other: object) -> Ball:
        return NotImplemented if isinstance(other, np.ndarray) else Ball(apply(as_arb(other), self.arb))

    return forward, reflected


class Ball:
    """A real number enclosed in a ball.

    Examples
    --------
    >>> Ball(0.1) == 0.1, bool(Ball(0.1) < 0.2)
    (True, True)
    >>> np.maximum(np.array([Ball(0).plus_minus(1)]), np.array([Ball(0)]))
    Traceback (most recent call last):
    ...
    fa_theory.errors.UncertainComparison: [+/- 1.01] and 0 overlap...
    """

    __slots__ = ("arb",)

    def __init__(self, value: object) -> None:
        self.arb = as_arb(value)

    def plus_minus(self, radius: object) -> Ball:
        """Widen by ``radius ≥ 0``."""
        return Ball(self.arb + arb(0, as_arb(radius).upper()))

    def contains(self, value: object) -> bool:
        """Whether the ball certainly contains ``value``."""
        return bool(self.arb.contains(as_arb(value)))

    def root_of_square(self) -> Ball:
        """Square root of a number known to be ≥ 0, such as a sum of squares, even if its ball reaches below 0."""
        low, high = self.arb.lower().max(arb(0)), self.arb.upper()
        return Ball(low.sqrt().union(high.sqrt()))

    @property
    def lower(self) -> arb:
        """Lower end, exactly."""
        return self.arb.lower()

    @property
    def upper(self) -> arb:
        """Upper end, exactly."""
        return self.arb.upper()

    __add__, __radd__ = _binary(operator.add)
    __sub__, __rsub__ = _binary(operator.sub)
    __mul__, __rmul__ = _binary(operator.mul)
    __truediv__, __rtruediv__ = _binary(operator.truediv)

    def __pow__(self, exponent: int) -> Ball:
        # not arb ** n, which is nan for some balls that contain 0
        if not isinstance(exponent, int | np.integer):
            raise InputError(f"a ball needs an integer exponent but got {exponent!r}; for a root use np.sqrt")
        power = math.prod([self.arb] * abs(int(exponent)), start=arb(1))
        return Ball(power if exponent >= 0 else 1 / power)

    def __neg__(self) -> Ball:
        return Ball(-self.arb)

    def __pos__(self) -> Ball:
        return self

    def __abs__(self) -> Ball:
        return Ball(abs(self.arb))

    def _ordered(self, other: object, yes: Callable[[arb, arb], bool], no: Callable[[arb, arb], bool]) -> bool:
        mine, theirs = self.arb, as_arb(other)
        if yes(mine, theirs):
            return True
        if no(mine, theirs):
            return False
        raise UncertainComparison(
            f"{mine} and {theirs} overlap, so their order is unknown; raise the precision (flint.ctx.prec) "
            "or use hulls instead of comparisons"
        )

    def __lt__(self, other: object) -> bool:
        return self._ordered(other, lambda a, b: a < b, lambda a, b: a >= b)

    def __le__(self, other: object) -> bool:
        return self._ordered(other, lambda a, b: a <= b, lambda a, b: a > b)

    def __gt__(self, other: object) -> bool:
        return self._ordered(other, lambda a, b: a > b, lambda a, b: a <= b)

    def __ge__(self, other: object) -> bool:
        return self._ordered(other, lambda a, b: a >= b, lambda a, b: a < b)

    def __eq__(self, other: object) -> bool:
        return self._ordered(other, lambda a, b: a == b, lambda a, b: a != b)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        return self != 0

    @property
    def midpoint(self) -> float:
        """A float near the midpoint of the ball: for plots and untrusted search, not rigorous."""
        return float(self.arb.mid())

    def __float__(self) -> float:
        # NumPy and `math` would call it implicitly: np.floor, np.linalg.qr, math.sqrt, A[i] = ball, …
        raise InputError(f"{self!r} is not a float; use .midpoint or midpoints(...) for a non-rigorous approximation")

    def __repr__(self) -> str:
        return f"Ball({self.arb})"

    # NumPy's ufuncs on object arrays call the method of the same name
    sqrt = _unary("sqrt")
    exp = _unary("exp")
    log = _unary("log")
    tanh = _unary("tanh")
    cosh = _unary("cosh")
    erf = _unary("erf")


_to_balls = np.frompyfunc(Ball, 1, 1)


def balls(values: object) -> Array:
    """Return an object array of exact balls from floats, integers or rationals.

    Examples
    --------
    >>> balls([[0.5, 1]]).shape
    (1, 2)
    """
    return np.asarray(_to_balls(np.asarray(values)), dtype=object)


_to_floats = np.frompyfunc(lambda x: Ball(x).midpoint, 1, 1)


def midpoints(values: Array) -> NDArray[np.float64]:
    """Return the midpoints of an array of balls as floats, without any guarantee; the reverse of `balls`.

    Examples
    --------
    >>> midpoints(balls([0.5, 1]))
    array([0.5, 1. ])
    """
    return np.asarray(_to_floats(values), dtype=np.float64)


#: functions that formulas need besides arithmetic, for arrays of any type


def namespace(A: Any) -> Any:
    """The functions for arrays like A: those of NumPy, or of the library that A is from, such as JAX.

    Examples
    --------
    >>> namespace(np.ones(2)).__name__
    'numpy'
    """
    return A.__array_namespace__() if hasattr(A, "__array_namespace__") else np


def special(A: Any) -> Any:
    """The special functions for arrays like A: those of SciPy, or of JAX."""
    return import_module("scipy.special" if namespace(A) is np else "jax.scipy.special")


def pi_like(A: Array) -> float | Ball:
    """π, as a ball if ``A`` is an object array."""
    return Ball(arb.pi()) if A.dtype == object else np.pi


def root(q: Array) -> Array:
    """``√q`` for a quantity that is ≥ 0 in exact arithmetic: the part below 0 can only be error and is cut off."""
    if q.dtype != object:
        return np.sqrt(np.maximum(q, 0))
    return np.asarray(_ball_root(q), dtype=object)


def arctan2(y: Array, x: Array) -> Array:
    """Angle of the point (x, y), where ``y ≥ 0`` or ``x > 0`` in exact arithmetic; 0 at the origin."""
    if y.dtype != object:
        return np.asarray(np.arctan2(y, x))
    return np.asarray(_ball_arctan2(y, x), dtype=object)


def _root(q: Ball) -> Ball:
    if q.arb > 0:
        return q.sqrt()
    return Ball(arb(0).union(q.arb.upper().max(arb(0)).sqrt()))


def _arctan2(y: Ball, x: Ball) -> Ball:
    up, right = y.arb, x.arb
    if right > 0:
        return Ball((up / right).atan())
    if up > 0:
        return Ball(arb.pi() / 2 - (right / up).atan())
    if right < 0:
        return Ball(arb.pi() + (up / right).atan())
    if up.is_zero() and right.is_zero():
        return Ball(0)
    return Ball((-arb.pi()).union(arb.pi()))  # the point may be anywhere near the origin


_ball_root = np.frompyfunc(_root, 1, 1)
_ball_arctan2 = np.frompyfunc(_arctan2, 2, 1)
