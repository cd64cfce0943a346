"""Figures as data: axes and curves; `fa_theory.figures.draw` draws them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec


class Curve(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line, band or set of points in a figure."""

    label: str
    x: list[float]
    y: list[float]
    low: list[float] | None = None
    high: list[float] | None = None
    style: str = "line"
    """``line``, ``dashed``, ``marked`` (a line with a mark at every value), ``points`` or ``step``."""


class Axis(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An axis; the label may contain TeX mathematics between dollars."""

    label: str
    scale: str = "linear"
    names: list[str] = []
    """Names of the cases 0, 1, 2, … on the axis of ``x``, if it has cases instead of numbers; they become rows."""


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A figure as data; the report draws it."""

    name: str
    caption: str
    x: Axis
    y: Axis
    curves: list[Curve]


MARKED = 12
"""A curve with at most this many values shows each of them."""


def curve(
    label: str,
    x: Sequence[float],
    y: Sequence[float | None],
    sd: Sequence[float | None] = (),
    style: str | None = None,
) -> Curve:
    """A curve where it is defined, with a band of one standard deviation.

    Parameters
    ----------
    label
        Its name; may contain TeX mathematics between dollars.
    x, y
        As many of each; where ``y`` is None or not finite, the curve has no value.
    sd
        Standard deviations, if there are any; None where there is none.
    style
        Default: ``marked`` if it has at most `MARKED` values, else ``line``.

    Examples
    --------
    >>> found = curve("ours", [1, 2, 3], [0.5, None, 0.25], [0.25, None, None])
    >>> found.x, found.y, found.low, found.style
    ([1.0, 3.0], [0.5, 0.25], [0.25, 0.25], 'marked')
    """
    sd = sd or [None] * len(x)
    there = [(float(a), b, c) for a, b, c in zip(x, y, sd, strict=True) if b is not None and math.isfinite(b)]
    low, high = ([b + sign * (c or 0.0) for _, b, c in there] for sign in (-1, 1))
    banded = any(c for _, _, c in there)
    return Curve(
        label=label,
        x=[a for a, _, _ in there],
        y=[b for _, b, _ in there],
        low=low if banded else None,
        high=high if banded else None,
        style=style or ("marked" if len(there) <= MARKED else "line"),
    )
