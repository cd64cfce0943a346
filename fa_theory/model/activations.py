"""The activations ψ: one entry each, with everything the rest of the package asks of an activation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from flint import arb
from scipy import special

from fa_theory.checker import ranges
from fa_theory.errors import InputError

from .ball import Array, Ball, as_arb

if TYPE_CHECKING:
    import sympy

Elementwise = Callable[[Array], Array]


@dataclass(frozen=True, slots=True)
class Activation:
    """An activation function ψ with its slope ψ'.

    Attributes
    ----------
    name
        One of `fa_theory.checker.ranges.ACTIVATIONS`.
    formula
        ψ(x) as a SymPy expression in ``x``, as text.
    bounds
        ``sup|ψ|, sup|ψ'|, sup|ψ''|`` over the real line as exact SymPy expressions, as text; ``"oo"`` where there
        is no bound. ReLU has no ψ'' at its kink, so its third entry is ``"oo"``.
    piecewise_linear
        Whether ψ maps rationals to rationals.

    Examples
    --------
    >>> tanh = activation("tanh")
    >>> tanh.value(np.array([0.0, 1.0])), tanh.slope(np.array([0.0]))
    (array([0.        , 0.76159416]), array([1.]))
    >>> tanh.expression(), tanh.supremum(2)
    (tanh(x), 4*sqrt(3)/9)
    """

    name: str
    formula: str
    bounds: tuple[str, str, str]
    _value: Elementwise
    _slope: Elementwise
    piecewise_linear: bool = False

    def __repr__(self) -> str:
        return f"activation({self.name!r})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        # IPython and Hypothesis would print a dataclass field by field
        printer.text(repr(self))

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
            raise InputError(f"{self.name} takes floats or balls but got {', '.join(kinds)}; convert with balls(...)")
        return numeric(z)

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


def _step(z: Array) -> Array:
    return (z > 0) * np.ones_like(z)


_ALL = (
    Activation("linear", "x", ("oo", "1", "0"), lambda z: z, np.ones_like, piecewise_linear=True),
    Activation("relu", "Max(x, 0)", ("oo", "1", "oo"), lambda z: z * _step(z), _step, piecewise_linear=True),
    Activation("tanh", "tanh(x)", ("1", "1", "4/(3*sqrt(3))"), np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    Activation(
        "erf",
        "erf(x)",
        ("1", "2/sqrt(pi)", "2*sqrt(2)*exp(-Rational(1,2))/sqrt(pi)"),
        special.erf,
        lambda z: 2 / np.sqrt(np.pi) * np.exp(-(z**2)),
    ),
    Activation(
        "sigmoid",
        "1/(1 + exp(-x))",
        ("1", "1/4", "1/(6*sqrt(3))"),
        special.expit,
        lambda z: special.expit(z) * special.expit(-z),
    ),
    Activation("softplus", "log(1 + exp(x))", ("oo", "1", "1/4"), lambda z: np.logaddexp(0, z), special.expit),
)

ACTIVATIONS: dict[str, Activation] = {psi.name: psi for psi in _ALL}


def activation(name: str | Activation) -> Activation:
    """Look an activation up by name; an activation is returned as it is.

    Raises
    ------
    InputError
        If there is no activation of that name; the message lists those that exist.
    """
    if isinstance(name, Activation):
        return name
    try:
        return ACTIVATIONS[name]
    except (KeyError, TypeError):  # TypeError: no name at all, and not hashable
        raise InputError(f"unknown activation {name!r}; choose one of {', '.join(ACTIVATIONS)}") from None
