"""Figures as data become drawings: vector PDF for LaTeX and SVG for HTML, the same bytes for the same data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeAlias

from fa_theory.claims.evidence import Curve, Figure
from fa_theory.errors import InputError

from .text import pieces
from .words import GREY, INK, PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

LARGE, SMALL = (5.4, 2.6), (3.05, 2.2)
"""Width and height in inches: across the text, and two side by side."""

_SCALES = ("linear", "log", "symlog", "logit")
_STYLES = ("line", "dashed", "points", "step")
Look: TypeAlias = tuple[str, Any, str]
"""Colour, dashes and marker."""

_DASHES = ("-", (0, (6, 1.5)), "-.", (0, (1, 1)))
_MARKERS = "osD^vP"


def draw(figure: Figure, size: tuple[float, float] = LARGE) -> Drawing:
    """Draw a figure.

    Raises
    ------
    InputError
        If the data do not fit together (lengths, scale, style); the message names the figure.
    """
    from matplotlib.figure import Figure as Drawing

    _validate(figure)
    with style():
        drawing = Drawing(figsize=size, layout="constrained")
        axes = drawing.add_subplot()
        axes.set(
            xlabel=label(figure.x.label), ylabel=label(figure.y.label), xscale=figure.x.scale, yscale=figure.y.scale
        )
        looks = _looks(figure.curves)
        for curve in figure.curves:
            _plot(axes, curve, *looks[curve.label])
        _mark_few(axes, figure)
        _name(axes, figure.curves, size)
    return drawing


def pdf(drawing: Drawing) -> bytes:
    """Vector PDF without dates."""
    out = BytesIO()
    with style():
        drawing.savefig(out, format="pdf", metadata={"Creator": None, "Producer": None, "CreationDate": None})
    return out.getvalue()


def svg(drawing: Drawing, prefix: str, description: str) -> str:
    """An ``<svg>`` element for a page with others: ids begin with ``prefix``, and screen readers get a description."""
    from html import escape

    out = BytesIO()
    with style():
        drawing.savefig(out, format="svg", metadata={"Creator": None, "Date": None, "Format": None, "Type": None})
    text = out.getvalue().decode()
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text[text.index("<svg") :], flags=re.DOTALL)
    text = re.sub(r"[ \t]+\n", "\n", text)
    ids = set(re.findall(r' id="([^"]+)"', text))
    text = re.sub(r'( id="|"#|\(#)([^")]+)', lambda m: f"{m[1]}{prefix}-{m[2]}" if m[2] in ids else m[0], text)
    # A screen is read from farther away than paper: an inch of the drawing becomes 6.6 times the size of its text.
    width = f'width="{6.6 * drawing.get_figwidth():.1f}rem"'
    text = re.sub(r'width="[\d.]+pt" height="[\d.]+pt"', width, text, count=1)
    return text.replace("<svg", f'<svg role="img" aria-label="{escape(description)}"', 1)


@contextmanager
def style() -> Iterator[None]:
    """The settings of all drawings, independent of what the user has configured."""
    import logging
    import warnings

    import matplotlib as mpl

    settings: Any = {
        "font.family": ["DejaVu Serif", "DejaVu Sans", "STIXGeneral"],  # they come with Matplotlib
        "mathtext.fontset": "cm",
        "font.size": 9,
        "axes.labelsize": 9,
        "xtick.labelsize": 8,
        "ytick.labelsize": 8,
        "legend.fontsize": 8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.6,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "lines.linewidth": 1.4,
        "axes.unicode_minus": True,
        "svg.hashsalt": "fa-theory",
        "svg.fonttype": "path",
        "pdf.fonttype": 42,
    }
    fonts = logging.getLogger("fontTools")
    level = fonts.level
    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()
        mpl.rcParams.update(settings)
        warnings.filterwarnings("ignore", "Glyph .* missing")  # an empty box in a label is no reason to stop
        fonts.setLevel(logging.ERROR)
        try:
            yield
        finally:
            fonts.setLevel(level)


def label(text: str) -> str:
    """A label with formulas between dollars, as Matplotlib reads it; unknown LaTeX becomes plain signs."""
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


def _in_mathtext(latex: str) -> str:
    """Spell in Matplotlib's dialect what it lacks."""
    for command, known in (
        (r"\\[dt]frac", r"\\frac"),
        (r"\\[lr]Vert(?![A-Za-z])", r"\\Vert "),
        (r"\\tilde\s", r"\\tilde "),
    ):
        latex = re.sub(command, known, latex)
    return latex


def _validate(figure: Figure) -> None:
    for axis in (figure.x, figure.y):
        if axis.scale not in _SCALES:
            raise InputError(f"the figure {figure.name!r} has an axis with scale {axis.scale!r}; use one of {_SCALES}")
    for curve in figure.curves:
        for name in ("y", "low", "high"):
            values = getattr(curve, name)
            if values is not None and len(values) != len(curve.x):
                raise InputError(
                    f"the figure {figure.name!r} has a curve {curve.label!r} with {len(curve.x)} x and "
                    f"{len(values)} {name}; give as many"
                )
        if curve.style not in _STYLES:
            raise InputError(f"the figure {figure.name!r} has a curve of style {curve.style!r}; use one of {_STYLES}")


def _looks(curves: list[Curve]) -> dict[str, Look]:
    """Colour, dashes and marker by label; curves without a label are grey companions."""
    labels = [name for name in dict.fromkeys(curve.label for curve in curves) if name]
    looks: dict[str, Look] = {"": (GREY, "-", "o")}
    for k, name in enumerate(labels):
        looks[name] = (
            PALETTE[k % len(PALETTE)],
            _DASHES[k // len(PALETTE) % len(_DASHES)],
            _MARKERS[k % len(_MARKERS)],
        )
    return looks


def _plot(axes: Axes, curve: Curve, colour: str, dashes: Any, marker: str) -> None:
    low, high = curve.low, curve.high
    if curve.style == "points":
        bars = None
        if low is not None or high is not None:
            # Points on one side of the interval only would be an error of the data; Matplotlib wants lengths ≥ 0.
            down = [max(y - end, 0.0) for y, end in zip(curve.y, low or curve.y, strict=True)]
            up = [max(end - y, 0.0) for y, end in zip(curve.y, high or curve.y, strict=True)]
            bars = [down, up]
        axes.errorbar(
            curve.x, curve.y, yerr=bars, fmt=marker, color=colour, markersize=3.5, capsize=2, elinewidth=0.9, zorder=3
        )
        return
    if low is not None or high is not None:
        step: Any = "post" if curve.style == "step" else None
        axes.fill_between(
            curve.x, low or curve.y, high or curve.y, color=colour, alpha=0.22, linewidth=0, step=step, zorder=1
        )
    if curve.style == "step":
        axes.step(curve.x, curve.y, where="post", color=colour, linestyle=dashes)
    else:
        line = (0, (4, 2)) if curve.style == "dashed" else dashes
        alone: Any = {"marker": marker, "markersize": 3.5} if len(curve.x) == 1 else {}
        axes.plot(curve.x, curve.y, color=colour, linestyle=line, **alone)


def _mark_few(axes: Axes, figure: Figure) -> None:
    """On a logarithmic axis, few abscissae (the widths tried, say) are better marks than powers of ten."""
    from matplotlib.ticker import NullLocator

    marks = sorted({x for curve in figure.curves if curve.style == "points" for x in curve.x})
    if figure.x.scale == "log" and 2 <= len(marks) <= 7 and all(1e-3 <= x < 1e5 for x in marks):
        axes.set_xticks(marks, [f"{x:g}" for x in marks])
        axes.xaxis.set_minor_locator(NullLocator())


def _name(axes: Axes, curves: list[Curve], size: tuple[float, float]) -> None:
    """A legend above the axes, where it covers no data; one curve alone needs none."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    looks = _looks(curves)
    named = {curve.label: curve for curve in reversed(curves) if curve.label}
    handles = []
    for name in (name for name in looks if name):
        colour, dashes, marker = looks[name]
        curve = named[name]
        if curve.style == "points":
            handle = Line2D([], [], color=colour, linestyle="none", marker=marker, markersize=3.5)
        else:
            line = (0, (3, 1.5)) if curve.style == "dashed" else dashes
            handle = Line2D([], [], color=colour, linestyle=line)
        banded = curve.style != "points" and (curve.low is not None or curve.high is not None)
        handles.append((Patch(color=colour, alpha=0.22, linewidth=0), handle) if banded else handle)
    if len(handles) < 2:
        return
    names = [label(name) for name in looks if name]
    per_row = max(1, int(size[0] * 14 / (max(map(len, names)) + 5)))
    axes.legend(
        handles,
        names,
        loc="lower left",
        bbox_to_anchor=(0, 1.01),
        ncols=min(per_row, len(names)),
        frameon=False,
        borderaxespad=0,
        handlelength=1.8,
        columnspacing=1.4,
        labelcolor=INK,
    )
