"""Rasters as data: arrays of values that `fa_theory.figures.draw` colours, such as activity on a lattice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

COLOURS = ("activity", "pale", "signed", "cyclic", "classes")
"""Dark to bright; white to blue, to write words on; blue to red with white at 0; a closed circle of colours on [0, 1);
and a colour for each whole number."""


class Raster(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A picture of an array; a panel of a drawing.

    Attributes
    ----------
    name, caption
        As for a figure; the caption stands above the panel.
    values
        Rows from top to bottom, all of the same length; None is left white.
    colours
        One of `COLOURS`.
    scale
        What the colours mean; with it the panel has a colour bar.
    x, y
        Labels of the axes; without them the panel has no axes.
    width, height
        What the whole array measures along the labelled axes; default: its columns and rows.
    marks
        Places ``(column, row, sign)`` to mark with a filled (sign > 0) or an open circle.
    words
        Places ``(column, row, text)`` to write at.
    """

    name: str
    caption: str
    values: list[list[float | None]]
    colours: str = "activity"
    scale: str = ""
    x: str = ""
    y: str = ""
    width: float = 0.0
    height: float = 0.0
    marks: list[tuple[float, float, int]] = []
    words: list[tuple[float, float, str]] = []


def rows(values: Any, digits: int = 4) -> list[list[float | None]]:
    """The rows of an array, rounded; ``nan`` becomes None.

    Examples
    --------
    >>> rows([[0.12345, float("nan")]])
    [[0.1235, None]]
    """
    return [[None if x != x else round(float(x), digits) + 0.0 for x in row] for row in values]


def strip(frames: Sequence[Any], *, columns: int = 0, gap: int = 1) -> Any:
    """Arrays of one shape side by side, with ``nan`` between them, in rows of ``columns`` (default: one row).

    Examples
    --------
    >>> import numpy as np
    >>> strip([np.zeros((2, 2)), np.ones((2, 2))]).shape
    (2, 5)
    >>> strip([np.zeros((2, 2))] * 5, columns=2).shape
    (8, 5)
    """
    import numpy as np

    across = columns or len(frames)
    down = -(-len(frames) // across)
    height, width = np.shape(frames[0])
    found = np.full((down * (height + gap) - gap, across * (width + gap) - gap), np.nan)
    for place, frame in enumerate(frames):
        row, column = divmod(place, across)
        top, left = row * (height + gap), column * (width + gap)
        found[top : top + height, left : left + width] = frame
    return found
