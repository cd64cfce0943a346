"""ψ and ψ' in mpmath, from the formulas that activations declare: what everything numerical is compared with."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import mpmath
import sympy

from fa_theory.model.activations import activation

Real = Callable[[Any], Any]
X = sympy.Symbol("x", real=True)
WITHOUT_CANCELLATION: dict[str, tuple[Real, Real]] = {
    # SymPy turns erfc(−z) into 2 − erfc(z)
    "gelu": (lambda x: x * mpmath.ncdf(x), lambda x: mpmath.ncdf(x) + x * mpmath.npdf(x)),
}


@cache
def reference(name: str) -> tuple[Real, Real]:
    """ψ and ψ' at the working precision of mpmath; ψ'(0) = 0 for ReLU."""
    if name in WITHOUT_CANCELLATION:
        return WITHOUT_CANCELLATION[name]
    formula = activation(name).expression()
    value, slope = (sympy.lambdify(X, f, "mpmath") for f in (formula, sympy.diff(formula, X)))
    return value, (lambda x: mpmath.mpf(x > 0)) if name == "relu" else slope


def in_floats(name: str) -> tuple[Callable[[float], float], Callable[[float], float]]:
    """The same, rounded to float64 from 30 digits."""
    value, slope = reference(name)

    def rounded(f: Real) -> Callable[[float], float]:
        def apply(x: float) -> float:
            with mpmath.workdps(30):
                return float(f(mpmath.mpf(x)))

        return apply

    return rounded(value), rounded(slope)
