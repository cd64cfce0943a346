"""Figures of the simulations, as vector PDF and SVG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fa_theory.record.figure import Axis, Figure, curve
from fa_theory.work.files import write

__all__ = ["axis", "curve", "save"]

_SIZE = (3.3, 2.5)
"""Width and height of a panel in inches."""


def save(
    panels: Sequence[Figure], stem: Path, *, size: tuple[float, float] = _SIZE, lowest: float = 0.0
) -> tuple[Path, Path]:
    """Draw panels, two in a row, and write ``stem.pdf`` and ``stem.svg``; the same bytes for the same data."""
    from fa_theory.figures import draw

    drawing = draw.panels(panels, size=size, lowest=lowest)
    paths = stem.with_name(stem.name + ".pdf"), stem.with_name(stem.name + ".svg")
    for path, content in zip(paths, (draw.pdf(drawing), draw.svg_file(drawing)), strict=True):
        write(path, content)
    return paths


def axis(label: str, scale: str = "linear") -> Axis:
    """An axis."""
    return Axis(label=label, scale=scale)
