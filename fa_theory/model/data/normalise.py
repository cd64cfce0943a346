"""The named normalisations of the inputs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.checks import Floats, Rows


def _lengths(X: Floats) -> tuple[Floats, Floats]:
    """Largest entry ``m_i`` of each row and ``‖x_i‖ / m_i``: these do not overflow, though their product may."""
    largest = np.abs(X).max(axis=1, keepdims=True)
    scaled = np.divide(X, largest, out=np.zeros_like(X), where=largest > 0)
    return largest, np.linalg.norm(scaled, axis=1, keepdims=True)


def _none(X: Floats, rows: Rows) -> Floats:
    return X


def _unit_rows(X: Floats, rows: Rows) -> Floats:
    largest, length = _lengths(X)
    dead = np.flatnonzero(largest == 0)
    if len(dead):
        raise InputError(
            f"row {rows[dead[0]]} (counted from 0) is zero (and {len(dead) - 1} more), so it has no direction; "
            "remove such rows or choose the normalisation 'unit-max-row'"
        )
    unit: Floats = X / largest / length
    return unit


def _unit_max_row(X: Floats, rows: Rows) -> Floats:
    largest, length = _lengths(X)
    top = largest.max()
    if top == 0:
        raise InputError("all rows are zero, so no scaling makes the largest norm 1; use the normalisation 'none'")
    longest = (largest / top * length).max()
    scaled: Floats = X / top / longest
    return scaled


def _standard(X: Floats, rows: Rows) -> Floats:
    top = max(np.abs(X).max(), np.finfo(float).tiny)
    varies = X.min(axis=0) < X.max(axis=0)
    if not varies.any():
        raise InputError(
            f"no feature varies over the {len(X)} chosen row(s), so 'standard' would make X zero; "
            "use more rows or another normalisation"
        )
    centred = X / top - (X / top).mean(axis=0)
    spread = centred.std(axis=0)
    usable = varies & (spread > 0)
    standard: Floats = np.divide(centred, spread, out=np.zeros_like(X), where=usable)
    return standard


NORMALISATIONS: dict[str, Callable[[Floats, Rows], Floats]] = {
    "none": _none,
    "unit-rows": _unit_rows,
    "unit-max-row": _unit_max_row,
    "standard": _standard,
}


def normalise(X: Floats, how: str, *, where: str, rows: Rows | None = None) -> Floats:
    """Normalise inputs.

    Parameters
    ----------
    X
        Inputs, ``(n, d)``, finite.
    how
        * ``"none"``: unchanged;
        * ``"unit-rows"``: every row scaled to ``‖x_i‖ = 1``;
        * ``"unit-max-row"``: all rows divided by the largest norm, so that ``‖x_i‖ ≤ 1`` up to rounding;
        * ``"standard"``: every feature shifted to mean 0 and scaled to variance 1 (divisor n) over these rows; a
          feature that is constant over them becomes 0.
    where, rows
        For messages: the source, and the position of each row in it.

    Raises
    ------
    InputError
        If the name is unknown, if a row is zero under ``"unit-rows"``, or all are under ``"unit-max-row"``, or if
        no feature varies under ``"standard"``.

    Examples
    --------
    >>> normalise(np.array([[3.0, 4.0]]), "unit-rows", where="example")
    array([[0.6, 0.8]])
    """
    if how not in NORMALISATIONS:
        raise InputError(f"unknown normalisation {how!r}; choose one of {', '.join(NORMALISATIONS)}")
    positions: Rows = np.arange(len(X)) if rows is None else rows
    try:
        return NORMALISATIONS[how](X, positions)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
