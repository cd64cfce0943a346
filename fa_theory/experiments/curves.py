"""Curves of figures that have gaps."""

from __future__ import annotations

import math
from collections.abc import Sequence

from fa_theory.record.evidence import Curve


def curve(
    label: str, x: Sequence[float], y: Sequence[float | None], sd: Sequence[float | None] = (), style: str = "line"
) -> Curve:
    """A curve, where it is defined, with the band of one standard deviation."""
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
        style=style,
    )
