"""Numbers as written: a literal 0.8 means 4/5, not the nearest float64."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

Number = int | float | Fraction | np.integer | np.floating


def rational(x: Number) -> Fraction:
    """The rational that a number stands for; for a float, the shortest decimal that rounds to this float.

    Python does not distinguish a literal from the result of a computation, so the latter is treated in the same way: as
    it is printed. ``0.1 + 0.2`` means 0.30000000000000004 and ``math.pi`` 3.141592653589793.

    Raises
    ------
    ValueError, OverflowError
        If it is not finite.

    Examples
    --------
    >>> rational(0.8), rational(np.float32(0.1)), rational(Fraction(1, 3))
    (Fraction(4, 5), Fraction(1, 10), Fraction(1, 3))
    """
    return (
        Fraction(str(x)) if isinstance(x, float | np.floating) else Fraction(int(x) if isinstance(x, np.integer) else x)
    )
