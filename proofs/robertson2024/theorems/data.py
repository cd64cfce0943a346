"""A lower bound of the smallest eigenvalue of XXᵀ, as a value for a witness."""

from __future__ import annotations

from fractions import Fraction

from fa_theory.symbolic.proof.notation import Expression, IndexName, Tensor, inv, size, total


def floor(X: Tensor, i: IndexName, j: IndexName, k: IndexName) -> Expression:
    """A lower bound of ``λ_min(K)``, ``K = XXᵀ``: exact for one sample, ``det K/tr K`` for two, else 0 or less."""
    trace = total(i, k, X(i, k) ** 2)
    squares = total(i, j, total(k, X(i, k) * X(j, k)) ** 2)
    minors = Fraction(1, 2) * (trace**2 - squares) * inv(trace)
    return (2 - size("n")) * trace + (size("n") - 1) * minors
