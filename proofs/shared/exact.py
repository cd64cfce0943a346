"""Checks in exact rational numbers."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from fa_theory.claims.claim import Check, CheckOutcome
from fa_theory.claims.procedure import Context
from fa_theory.model.ball import Array

Draw = Callable[..., Array]
"""From a shape to an array of rational numbers."""


def rationals(rng: np.random.Generator, *shape: int) -> Array:
    """An array of multiples of 1/4 between −2 and 2.

    Examples
    --------
    >>> rationals(np.random.default_rng(0), 2)
    array([Fraction(3, 2), Fraction(1, 2)], dtype=object)
    """
    drawn = rng.integers(-8, 9, shape)
    exact: Array = np.vectorize(lambda k: Fraction(int(k), 4), otypes=[object])(drawn)
    return exact


def holds(name: str, says: str, found: Callable[[Draw], bool], detail: str) -> Check:
    """A check by exact computation on arrays that are drawn with it."""

    def run(context: Context) -> CheckOutcome:
        rng = context.rng(name)
        return CheckOutcome(bool(found(lambda *shape: rationals(rng, *shape))), detail)

    return Check(name, says, run)


def vanishes(name: str, says: str, left: Callable[[Draw], Array], detail: str = "the residual is exactly 0") -> Check:
    """A check that all entries of an exact array are 0."""
    return holds(name, says, lambda draw: all(x == 0 for x in np.ravel(left(draw))), detail)
