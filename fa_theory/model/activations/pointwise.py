"""ψ and ψ' for the inner loop: the derivative from the value where possible, into existing buffers.

The functions of an `Activation` remain the definition; these are fast float64 versions. Values and derivatives are
accurate to a few units in the last place of 1, or of the value where that is larger.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from fa_theory.model.ball import Array

Value = Callable[[Array, Array], object]
Slope = Callable[[Array, Array, Array], object]


class Pointwise(NamedTuple):
    """ψ and ψ' into buffers.

    Attributes
    ----------
    value
        ``value(z, out)``.
    slope
        ``slope(z, f, out)`` with ``f = ψ(z)``.
    """

    value: Value
    slope: Slope

    @classmethod
    def of(cls, value: Callable[[Array], Array], slope: Callable[[Array], Array]) -> Pointwise:
        """Those of functions that make new arrays."""
        return cls(lambda z, out: np.copyto(out, value(z)), lambda z, f, out: np.copyto(out, slope(z)))
