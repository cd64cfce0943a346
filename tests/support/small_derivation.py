"""A derivation of two steps, and wrong versions of it."""

from __future__ import annotations

from sympy import IndexedBase

from fa_theory.symbolic.derivation import Derivation, Part, Step
from fa_theory.symbolic.equation import Equation
from fa_theory.symbolic.notation import X, i, j, k, total, y

K = IndexedBase("K")
GRAM = Equation(K[i, j], total(X[i, k] * X[j, k], k), "Gram matrix of the inputs")
SQUARE = total(total(X[i, k] * y[i], i) ** 2, k)
FORM = total(K[i, j] * y[i] * y[j], i, j)


def derivation() -> Derivation:
    """A Gram matrix gives squares."""
    products = total(X[i, k] * X[j, k] * y[i] * y[j], i, j, k)
    steps = (Step(products, "insert the Gram matrix", (GRAM,)), Step(SQUARE, "collect the square"))
    return Derivation(
        "Gram", "Gram matrices are positive semi-definite.", (GRAM,), (Part("a form", FORM, SQUARE, steps),)
    )


def mutants() -> dict[str, Derivation]:
    """Wrong versions."""
    right = derivation()
    return {
        "a wrong sign": right.with_rule(Equation(K[i, j], -GRAM.right, "a wrong sign")),
        "twice as much": right.with_end(2 * SQUARE),
        "one sample": right.with_rule(Equation(K[i, j], total(X[i, k] * X[i, k], k), "one sample twice")),
    }
