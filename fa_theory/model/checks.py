"""Validation of data."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fa_theory.errors import InputError

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]


def size(name: str, value: Any) -> int:
    """Return a count as an int.

    Raises
    ------
    InputError
        Unless ``value`` is a whole number ≥ 1.
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer) or value < 1:
        raise InputError(f"expected a whole number {name} ≥ 1 but got {value!r}")
    return int(value)


def floats(array: Any, where: str) -> Floats:
    """Return a numeric array as finite float64; ``where`` names it in the message.

    Raises
    ------
    InputError
        If the elements are not real numbers, or one is not finite; the message names the first such position.
    """
    values = np.asarray(array)
    if values.dtype.kind not in "buif":
        raise InputError(f"{where} has elements of type {values.dtype}; expected real numbers")
    with np.errstate(over="ignore"):  # a long double too large for float64 becomes inf and is rejected below
        values = values.astype(np.float64)
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        place = ", ".join(map(str, bad[0]))
        raise InputError(
            f"{where}[{place}] is {values[tuple(bad[0])]} (and {len(bad) - 1} more are not finite); "
            "repair or remove these rows"
        )
    return values


def pair(X: Any, y: Any, where: str) -> tuple[Floats, Floats]:
    """Return inputs ``(n, d)`` and targets ``(n,)`` or ``(n, k)`` as finite float64.

    Raises
    ------
    InputError
        If a shape is wrong or empty, the lengths differ, or an element is not a finite real number.
    """
    X, y = floats(X, f"{where}: X"), floats(y, f"{where}: y")
    if X.ndim != 2 or 0 in X.shape:
        hint = "; flatten each input with X.reshape(len(X), -1)" if X.ndim > 2 else ""
        raise InputError(f"{where}: expected X of shape (n, d) with n, d ≥ 1 but got shape {X.shape}{hint}")
    if y.ndim not in (1, 2) or 0 in y.shape:
        raise InputError(f"{where}: expected y of shape (n,) or (n, k) with n, k ≥ 1 but got shape {y.shape}")
    if len(X) != len(y):
        raise InputError(f"{where}: X has {len(X)} rows but y has {len(y)}; they must be equal")
    return X, y
