"""Rows known up to errors, in floating point, for the search; not a proof. See `fa_theory.checker.decay.rows`."""

from __future__ import annotations

import numpy as np

from fa_theory.model.ball import Array

from .search import largest, norm2


def lengths(A: Array) -> Array:
    """Norms of rows."""
    found: Array = np.linalg.norm(A, axis=1)
    return found


class FloatRows:
    """As `fa_theory.checker.decay.rows.Rows`."""

    def __init__(self, centre: Array, radius: Array | None = None, reach: Array | None = None) -> None:
        self.centre, self.sizes, self.lengths = centre, abs(centre), lengths(centre)
        radius = np.zeros_like(centre) if radius is None else radius
        self.reach = lengths(radius) if reach is None else np.minimum(reach, lengths(radius))
        self.radius = np.minimum(radius, self.reach[:, None])
        self.most, self.longest = self.sizes + self.radius, self.lengths + self.reach


class FloatMap:
    """As `fa_theory.checker.decay.rows.Map`."""

    def __init__(self, matrix: Array) -> None:
        self.matrix, self.sizes, self.columns = matrix, abs(matrix), np.linalg.norm(matrix, axis=0)
        self.norm = norm2(matrix)


def inner(A: FloatRows, B: FloatRows) -> tuple[Array, Array]:
    """Products of rows, and their radii."""
    by_entry = A.radius @ B.most.T + A.sizes @ B.radius.T
    by_norm = np.outer(A.reach, B.longest) + np.outer(A.lengths, B.reach)
    return A.centre @ B.centre.T, np.minimum(by_entry, by_norm)


def through(
    A: FloatRows, M: FloatMap, scale: float, radius: Array | float = 0.0, reach: Array | float = 0.0
) -> FloatRows:
    """``scale`` times the rows times M, with further errors before the scale."""
    by_entry = np.minimum(A.radius @ M.sizes, np.outer(A.reach, M.columns))
    return FloatRows(scale * A.centre @ M.matrix, scale * (by_entry + radius), scale * (A.reach * M.norm + reach))


def times(A: FloatRows, slopes: tuple[Array, Array]) -> FloatRows:
    """Entrywise products with slopes between these ends."""
    middle, off = (slopes[0] + slopes[1]) / 2, (slopes[1] - slopes[0]) / 2
    steepest, moved = largest(slopes), A.sizes * off
    reach = steepest.max(axis=1) * A.reach + lengths(moved)
    return FloatRows(A.centre * middle, A.radius * steepest + moved, reach)
