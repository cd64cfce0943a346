"""Names of curves: next to the end of each curve, in its colour; above the axes if there are too many."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fa_theory.record.figure import Curve
from fa_theory.record.text import pieces

from .verdicts import INK, Drawn

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST = 6
_POINTS = 8.0
"""Font size of a name."""
_WIDE = {True: 24, False: 15}
"""Letters per line of a name next to a large and next to a small drawing."""


def label(text: str) -> str:
    """A label with formulas between dollars, in Matplotlib's syntax; unknown LaTeX becomes plain text."""
    from matplotlib.mathtext import MathTextParser
    from pylatexenc.latex2text import LatexNodes2Text

    shown = ""
    for piece in pieces(text):
        plain = piece.text
        if piece.is_math:
            known = _in_mathtext(piece.text)
            try:
                MathTextParser("path").parse(f"${known}$")
            except ValueError:
                plain = LatexNodes2Text().latex_to_text(piece.text)
            else:
                shown += f"${known}$"
                continue
        shown += plain.replace("\\", "\\\\").replace("$", r"\$") if "$" in plain else plain
    return shown


def wrapped(text: str, width: int) -> str:
    """A label in lines of about this many letters; formulas and words are not broken, except words longer than a line.

    Examples
    --------
    >>> print(wrapped("certified with probability $1 - \\\\delta$", 16))
    certified with
    probability
    $1 - \\delta$
    """
    words = [
        word
        for piece in pieces(text)
        for word in ([f"${piece.text}$"] if piece.is_math else re.findall(rf"\s*\S{{1,{2 * width}}}|\s+", piece.text))
    ]
    lines = [""]
    for word in words:
        if lines[-1].strip() and _length(lines[-1] + word) > width and (word[0].isspace() or word[0] == "$"):
            lines.append("")
            word = word.lstrip()
        lines[-1] += word
    return "\n".join(label(line.strip()) for line in lines)


def name_curves(
    axes: Axes, curves: Sequence[Curve], looks: dict[str, Drawn], *, height: float, large: bool, least: int = 2
) -> None:
    """Write the names of curves next to their ends, or in a legend.

    Parameters
    ----------
    axes, curves
        The axes and the curves drawn in them; of curves with one label the first line is named.
    looks
        By label.
    height
        Approximate height of the axes, in inches.
    large
        Whether there is room for long lines next to the axes.
    least
        With fewer labels none is written: a single curve needs no name.
    """
    named: dict[str, Curve] = {}
    for curve in sorted(curves, key=lambda curve: curve.style in ("points", "dashed")):
        if curve.label and curve.x:
            named.setdefault(curve.label, curve)
    named = {label: named[label] for label in dict.fromkeys(curve.label for curve in curves) if label in named}
    if len(named) < least:
        return
    if len(named) > _MOST:
        _legend(axes, named, looks, large)
        return
    names = {name: wrapped(name, _WIDE[large]) for name in named}
    axes.autoscale_view()  # else the limits are those of an empty drawing
    to_axes = axes.transScale + axes.transLimits
    ends, heights = {}, {}
    for name, curve in named.items():
        points = [(float(to_axes.transform(point)[1]), point) for point in zip(curve.x, curve.y, strict=True)]
        inside = [(height, point) for height, point in points if 0 <= height <= 1] or points  # limits may cut a curve
        heights[name], ends[name] = max(inside, key=lambda pair: pair[1])
    line = 1.25 * _POINTS / (72 * height)
    order = sorted(named, key=lambda name: heights[name])
    places = spread([heights[name] for name in order], [line * (1 + names[name].count("\n")) for name in order])
    for name, place in zip(order, places, strict=True):
        axes.annotate(
            names[name],
            xy=ends[name],
            xytext=(1.04, place),
            textcoords="axes fraction",
            annotation_clip=False,
            color=looks[name].dark,
            size=_POINTS,
            va="center",
            linespacing=1.1,
            arrowprops={
                "arrowstyle": "-",
                "color": looks[name].colour,
                "linewidth": 0.5,
                "relpos": (0, 0.5),
                "shrinkA": 0,
                "shrinkB": 2,
            },
        )


def spread(places: Sequence[float], heights: Sequence[float]) -> list[float]:
    """Move ascending positions apart until boxes of these heights fit, between 0 and 1 if possible.

    Examples
    --------
    >>> spread([0.5, 0.5, 0.9], [0.25, 0.25, 0.25])
    [0.375, 0.625, 0.875]
    """
    groups: list[tuple[float, list[float]]] = []  # each a centre and the heights stacked about it
    for place, height in zip(places, heights, strict=True):
        groups.append((min(max(place, height / 2), 1 - height / 2), [height]))
        while len(groups) > 1 and _bottom(groups[-1]) < _top(groups[-2]) - 1e-12:
            (below, few), (above, more) = groups[-2:]
            both = few + more
            centre = (below * sum(few) + above * sum(more)) / sum(both)
            half = sum(both) / 2
            groups[-2:] = [(min(max(centre, half), max(1 - half, 0.5)), both)]
    found = []
    for group in groups:
        at = _bottom(group)
        for height in group[1]:
            found.append(at + height / 2)
            at += height
    return found


def _bottom(group: tuple[float, list[float]]) -> float:
    return group[0] - sum(group[1]) / 2


def _top(group: tuple[float, list[float]]) -> float:
    return group[0] + sum(group[1]) / 2


def _legend(axes: Axes, named: dict[str, Curve], looks: dict[str, Drawn], large: bool) -> None:
    """A legend above the axes, so that it covers no data."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=looks[name].colour, linestyle="none", marker=looks[name].marker, markersize=3.5)
        if curve.style == "points"
        else Line2D([], [], color=looks[name].colour, linestyle=looks[name].dashes)
        for name, curve in named.items()
    ]
    names = [wrapped(name, 40 if large else 30) for name in named]
    letters = max(_length(line) for name in names for line in name.split("\n"))
    axes.legend(
        handles,
        names,
        loc="lower left",
        bbox_to_anchor=(0, 1.01),
        ncols=max(1, int((75 if large else 42) / (letters + 5))),
        frameon=False,
        borderaxespad=0,
        handlelength=1.8,
        columnspacing=1.4,
        labelcolor=INK,
    )


def _length(text: str) -> int:
    """Approximate width of a label in letters."""
    return len(re.sub(r"\\[A-Za-z]+|[${}^_\\]", lambda m: "x" if len(m[0]) > 1 else "", text))


def _in_mathtext(latex: str) -> str:
    """Replace LaTeX commands that Matplotlib lacks."""
    for command, known in (
        (r"\\[dt]frac", r"\\frac"),
        (r"\\[lr]Vert(?![A-Za-z])", r"\\Vert "),
        (r"\\tilde\s", r"\\tilde "),
    ):
        latex = re.sub(command, known, latex)
    return latex
