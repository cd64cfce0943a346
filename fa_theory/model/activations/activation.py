"""The declaration of an activation: one object with everything the rest of the package needs to know of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from flint import arb

from fa_theory.checker import ranges
from fa_theory.errors import InputError
from fa_theory.model.ball import Array, Ball, as_arb

from .kernels import KernelForm
from .pointwise import Pointwise

if TYPE_CHECKING:
    import sympy

Elementwise = Callable[[Array], Array]


@dataclass(frozen=True, slots=True)
class Span:
    """An interval that contains all values of a function; ``strict``: the end is not attained.

    Attributes
    ----------
    low, high
        Its ends; None if unbounded.
    strict_low, strict_high
        Whether the end is never attained.
    """

    low: Fraction | int | None = None
    high: Fraction | int | None = None
    strict_low: bool = False
    strict_high: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Activation:
    """An activation function ψ with its derivative ψ' and all properties that other code relies on.

    Attributes
    ----------
    name
        One of `fa_theory.checker.ranges.ACTIVATIONS`.
    formula
        ψ(x) as a SymPy expression in ``x``, as text.
    bounds
        ``sup|ψ|, sup|ψ'|, sup|ψ''|`` over the real line as exact SymPy expressions, as text; ``"oo"`` where there
        is no bound. ReLU has no ψ'' at its kink, so its third entry is ``"oo"``.
    values, slopes
        Ranges of ψ and ψ' over the real line; rational ends, rounded outwards.
    kernels
        The infinite-width kernels of ψ and of ψ'; None where only Monte Carlo is available.
    value_turns, slope_turns
        Points where ψ, and ψ', change between increasing and decreasing, in increasing order; monotone in between.
    odd
        Whether ``ψ(−z) = −ψ(z)``.
    homogeneous
        Whether ``ψ(cz) = cψ(z)`` for c ≥ 0.
    steps
        Whether ψ' takes the values 0 and 1 only.
    fixes_zero
        Whether ``ψ(0) = 0``.
    above_identity
        Whether ``ψ(z) ≥ z``.
    piecewise_linear
        Whether ψ maps rationals to rationals.
    fast
        ψ and ψ' for the inner loop of simulations; None: those of the definition.

    Examples
    --------
    >>> from fa_theory.model.activations import activation
    >>> tanh = activation("tanh")
    >>> tanh.value(np.array([0.0, 1.0])), tanh.slope(np.array([0.0]))
    (array([0.        , 0.76159416]), array([1.]))
    >>> tanh.expression(), tanh.supremum(2)
    (tanh(x), 4*sqrt(3)/9)
    >>> tanh.monotone, tanh.odd, tanh.kinked
    (True, True, False)
    """

    name: str
    formula: str
    bounds: tuple[str, str, str]
    _value: Elementwise
    _slope: Elementwise
    values: Span
    slopes: Span
    kernels: tuple[KernelForm, KernelForm] | None
    value_turns: tuple[float, ...] = ()
    slope_turns: tuple[float, ...] = ()
    odd: bool = False
    homogeneous: bool = False
    steps: bool = False
    fixes_zero: bool = False
    above_identity: bool = False
    piecewise_linear: bool = False
    fast: Pointwise | None = None

    def __repr__(self) -> str:
        return f"activation({self.name!r})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        # IPython and Hypothesis would print a dataclass field by field
        printer.text(repr(self))

    def __reduce__(self) -> tuple[Callable[[str], Activation], tuple[str]]:
        from fa_theory.model.activations import activation

        return activation, (self.name,)

    @property
    def monotone(self) -> bool:
        """Whether ψ is non-decreasing."""
        return not self.value_turns

    @property
    def kinked(self) -> bool:
        """Whether ψ' jumps."""
        return self.bounds[2] == "oo"

    def pointwise(self) -> Pointwise:
        """ψ and ψ' as functions that write into buffers."""
        return self.fast or Pointwise.of(self._value, self._slope)

    def value(self, z: Array) -> Array:
        """ψ(z), elementwise, for floats, balls (their exact range) or, if ψ is piecewise linear, rationals."""
        return self._apply(self._value, ranges.value_range, z)

    def slope(self, z: Array) -> Array:
        """ψ'(z), elementwise, for the same kinds of number; ψ'(0) = 0 for ReLU, [0, 1] if a ball meets the kink."""
        return self._apply(self._slope, ranges.slope_range, z)

    def _apply(self, numeric: Elementwise, enclose: Callable[[str, Any], Any], z: Array) -> Array:
        if z.dtype != object:
            return numeric(z)
        if any(isinstance(x, Ball) for x in z.flat):
            each = np.frompyfunc(lambda x: Ball(enclose(self.name, as_arb(x))), 1, 1)
            return np.asarray(each(z), dtype=object)
        if not self.piecewise_linear:
            kinds = sorted({type(x).__name__ for x in z.flat})
            raise InputError(f"{self.name} needs floats or balls but got {', '.join(kinds)}; convert with balls(...)")
        return numeric(z)

    def both(self, z: Array) -> tuple[Array, Array]:
        """ψ(z) and ψ'(z), the slope from the value where that is possible."""
        if not isinstance(z, np.ndarray) or z.dtype == object:
            return self.value(z), self.slope(z)
        value, slope = np.empty(z.shape), np.empty(z.shape)
        self.pointwise().value(z, value)
        self.pointwise().slope(z, value, slope)
        return value, slope

    def value_bounds(self, low: Array, high: Array) -> tuple[Array, Array]:
        """Least and largest value of ψ on the intervals [low, high], elementwise, in floats; not rigorous."""
        return _extremes(self._value, self.value_turns, low, high)

    def slope_bounds(self, low: Array, high: Array) -> tuple[Array, Array]:
        """Least and largest value of ψ' on the intervals [low, high], elementwise, in floats; not rigorous.

        For ReLU, an interval that ends at the kink includes ``ψ'(0) = 0``.

        Examples
        --------
        >>> from fa_theory.model.activations import activation
        >>> activation("tanh").slope_bounds(np.array([-1.0]), np.array([2.0]))
        (array([0.07065082]), array([1.]))
        """
        return _extremes(self._slope, self.slope_turns, low, high)

    def value_range(self, low: float, high: float) -> Ball:
        """Enclose ψ over the interval [low, high]."""
        return Ball(ranges.value_range(self.name, self._interval(low, high)))

    def slope_range(self, low: float, high: float) -> Ball:
        """Enclose ψ', and all secant slopes of ψ, over the interval [low, high]."""
        return Ball(ranges.slope_range(self.name, self._interval(low, high)))

    @staticmethod
    def _interval(low: float, high: float) -> arb:
        if not low <= high:
            raise InputError(f"expected an interval with low ≤ high but got [{low!r}, {high!r}]")
        return ranges.hull(as_arb(low), as_arb(high))

    def expression(self) -> sympy.Expr:
        """ψ(x) in SymPy, in the real symbol ``x``."""
        import sympy

        return sympy.sympify(self.formula, locals={"x": sympy.Symbol("x", real=True)})

    def supremum(self, order: int) -> sympy.Expr:
        """``sup |ψ⁽ᵒʳᵈᵉʳ⁾|`` for order 0, 1 or 2, exactly."""
        import sympy

        return sympy.sympify(self.bounds[order])


def _extremes(f: Elementwise, turns: tuple[float, ...], low: Array, high: Array) -> tuple[Array, Array]:
    """Extrema of a function that is monotone between its turning points, on the intervals [low, high]."""
    ends = f(low), f(high)
    least, most = np.minimum(*ends), np.maximum(*ends)
    for turn in turns:
        inside, there = (low <= turn) & (turn <= high), f(np.full(1, turn))
        least = np.where(inside, np.minimum(least, there), least)
        most = np.where(inside, np.maximum(most, there), most)
    return least, most
