"""Declaration of the infinite-width kernels of an activation, ``E ψ(u) ψ(v)`` and ``E ψ'(u) ψ'(v)``.

They are closed forms, or averages over a distribution of scales that `fa_theory.gram` can evaluate. u and v are
centred Gaussians with the variances a and b and the covariance k.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from fa_theory.model.ball import Array

UNIT = 2.0**-53
"""Relative error of one operation in float64, IEEE 754."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """The numbers of all pairs of rows, ``(n, n)`` each, floats or balls: a, b, k, ``ab − k² ≥ 0``, and π."""

    a: Array
    b: Array
    k: Array
    area: Array
    pi: Any


class ClosedForm(NamedTuple):
    """A kernel as a formula.

    Attributes
    ----------
    kernel
        The formula, for floats and for balls.
    rounding
        A bound on its error in float64 for inputs of dimension d.
    """

    kernel: Callable[[Pairs], Array]
    rounding: Callable[[Pairs, int], Array]


class Recipe(NamedTuple):
    """``E ψψ = constant + share · E uv + factor · E F(u + κZ) F(v + κ'Z')`` for one ψ or ψ'; of u/2, v/2 if halved.

    All numbers are powers of 2, or 0.

    Attributes
    ----------
    form
        F: the modulus, the sign, or the point mass at 0.
    scales
        The distribution of κ and κ': Kolmogorov's, which gives logistic functions, or ``1/√2``, which gives erf.
    """

    form: Literal["modulus", "sign", "point"]
    scales: Literal["kolmogorov", "single"] = "kolmogorov"
    halved: bool = False
    constant: float = 0.0
    share: float = 0.0
    factor: float = 1.0


KernelForm = ClosedForm | Recipe
