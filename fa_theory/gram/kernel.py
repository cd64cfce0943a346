"""The result of all methods for infinite-width kernels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fa_theory.model.activations.kernels import UNIT
from fa_theory.model.ball import Array
from fa_theory.model.checks import Floats

__all__ = ["SLACK", "UNIT", "Kernel"]

SLACK = 1.01
"""For terms of second order in `UNIT`, and for the rounding of bounds that are themselves evaluated in floats."""


@dataclass(frozen=True, eq=False)
class Kernel:
    """A kernel and its error bounds.

    Attributes
    ----------
    value
        ``(n, n)``: balls for the method ``"enclosed"``, otherwise floats.
    error
        ``(n, n)``: the true entry lies within ``value ± error``, in the sense of ``confidence``.
    confidence
        1: proved; for balls unconditionally, for floats assuming IEEE 754 arithmetic with an arctangent within
        4 units in the last place. Below 1: the confidence level of each entry alone, by the central limit theorem.
    method
        ``"closed form"``, ``"arcsine mixture"``, ``"enclosed"`` or ``"sampled"``.
    """

    value: Array
    error: Floats
    confidence: float
    method: str

    @classmethod
    def of_balls(cls, value: Array) -> Kernel:
        """A kernel of balls, whose radii are the errors."""
        error = np.array([[np.nextafter(float(x.arb.rad()), np.inf) for x in row] for row in value])
        return cls(value, error, 1.0, "enclosed")

    @property
    def proved(self) -> bool:
        """Whether the intervals are proved; otherwise they hold with some confidence."""
        return self.confidence == 1
