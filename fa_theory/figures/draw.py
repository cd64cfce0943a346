"""Figures as data become drawings: vector PDF for LaTeX and SVG for HTML, the same bytes for the same data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from fa_theory.errors import InputError
from fa_theory.record.evidence import Curve, Figure

from .labels import label, name_curves, wrapped
from .verdicts import GREY, PALETTE, Drawn

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

LARGE, SMALL = (5.2, 1.9), (2.95, 1.9)
"""Width and height in inches: across the text, and two side by side."""

_SCALES = ("linear", "log", "symlog", "logit")
_STYLES = ("line", "dashed", "points", "step")
_DASHES = ("-", (0, (6, 1.5)), "-.", (0, (1, 1)))
_MARKERS = "osD^vP"


def draw(figure: Figure, size: tuple[float, float] = LARGE) -> Drawing:
    """Draw a figure; one whose axis has names is drawn with a row for each.

    Raises
    ------
    InputError
        If the data do not fit together (lengths, scale, style); the message names the figure.
    """
    from matplotlib.figure import Figure as Drawing

    _validate(figure)
    with style():
        rows, large = figure.x.names, size == LARGE
        drawing = Drawing(figsize=(size[0], 0.75 + 0.3 * len(rows)) if rows else size, layout="constrained")
        axes = drawing.add_subplot()
        looks = _looks(figure.curves)
        axes.set(
            xlabel=label(figure.y.label if rows else figure.x.label),
            ylabel=label(figure.x.label if rows else figure.y.label),
            xscale=figure.y.scale if rows else figure.x.scale,
            yscale=figure.x.scale if rows else figure.y.scale,
        )
        for curve in figure.curves:
            _plot(axes, curve, looks[curve.label], across=bool(rows))
        if rows:
            axes.set_yticks(range(len(rows)), [wrapped(name, 44 if large else 20) for name in rows])
            axes.set_ylim(len(rows) - 0.4, -0.6)
            axes.tick_params(axis="y", length=0)
        else:
            _widen(axes, figure)
            _mark_few(axes, figure)
            name_curves(axes, figure.curves, looks, large=large)
        # Arranged once; every format is then written as it stands.
        arrange = drawing.get_layout_engine()
        assert arrange is not None
        arrange.execute(drawing)
        drawing.set_layout_engine("none")
    return drawing


def pdf(drawing: Drawing) -> bytes:
    """Vector PDF without dates."""
    from matplotlib.backends.backend_pdf import FigureCanvasPdf

    out = BytesIO()
    with style():  # savefig would draw everything twice
        canvas: Any = FigureCanvasPdf(drawing)
        canvas.print_pdf(out, metadata={"Creator": None, "Producer": None, "CreationDate": None})
    return out.getvalue()


def svg(drawing: Drawing, prefix: str, description: str) -> str:
    """An ``<svg>`` element for a page with others: ids begin with ``prefix``, and screen readers get a description."""
    from html import escape

    from matplotlib.backends.backend_svg import FigureCanvasSVG

    out = BytesIO()
    with style():
        canvas: Any = FigureCanvasSVG(drawing)
        canvas.print_svg(out, metadata={"Creator": None, "Date": None, "Format": None, "Type": None})
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
        "font.family": ["STIXGeneral", "DejaVu Serif", "DejaVu Sans"],  # they come with Matplotlib
        "mathtext.fontset": "stix",
        "font.size": 9.5,
        "axes.labelsize": 9.5,
        "xtick.labelsize": 8.5,
        "ytick.labelsize": 8.5,
        "legend.fontsize": 8.5,
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


def _looks(curves: list[Curve]) -> dict[str, Drawn]:
    """Colour, dashes and marker by label; curves without a label are grey companions."""
    looks = {"": Drawn(GREY, "-", "o")}
    for k, name in enumerate(dict.fromkeys(curve.label for curve in curves if curve.label)):
        dashes = _DASHES[k // len(PALETTE) % len(_DASHES)]
        looks[name] = Drawn(PALETTE[k % len(PALETTE)], dashes, _MARKERS[k % len(_MARKERS)])
    return looks


def _plot(axes: Axes, curve: Curve, look: Drawn, *, across: bool) -> None:
    """Draw a curve; ``across`` draws what belongs to x upwards and what belongs to y to the right."""
    low, high = curve.low or curve.y, curve.high or curve.y
    banded = curve.low is not None or curve.high is not None
    x, y = (curve.y, curve.x) if across else (curve.x, curve.y)
    if curve.style == "points":
        bars = None
        if banded:
            # Points on one side of the interval only would be an error of the data; Matplotlib wants lengths ≥ 0.
            down = [max(value - end, 0.0) for value, end in zip(curve.y, low, strict=True)]
            up = [max(end - value, 0.0) for value, end in zip(curve.y, high, strict=True)]
            bars = [down, up]
        errors: Any = {"xerr" if across else "yerr": bars}
        looks: Any = {"fmt": look.marker, "color": look.colour, "markersize": 3.5, "capsize": 2, "elinewidth": 0.9}
        axes.errorbar(x, y, zorder=3, **errors, **looks)
        return
    if banded:
        fill: Any = axes.fill_betweenx if across else axes.fill_between
        step = "post" if curve.style == "step" else None
        fill(curve.x, low, high, color=look.colour, alpha=0.22, linewidth=0, step=step, zorder=1)
    if curve.style == "step":
        axes.step(x, y, where="post", color=look.colour, linestyle=look.dashes)
        return
    line = (0, (4, 2)) if curve.style == "dashed" else look.dashes
    alone: Any = {"marker": look.marker, "markersize": 3.5} if len(curve.x) == 1 else {}
    axes.plot(x, y, color=look.colour, linestyle=line, **alone)


def _widen(axes: Axes, figure: Figure) -> None:
    """Room about a single abscissa, which Matplotlib puts on the axis where the scale is logarithmic."""
    places = {x for curve in figure.curves for x in curve.x}
    if len(places) == 1:
        (x,) = places
        axes.set_xlim((x / 2, x * 2) if figure.x.scale == "log" and x > 0 else (x - 1, x + 1))


def _mark_few(axes: Axes, figure: Figure) -> None:
    """On a logarithmic axis, few abscissae (the widths tried, say) are better marks than powers of ten."""
    from matplotlib.ticker import NullLocator

    marks = sorted({x for curve in figure.curves if curve.style == "points" for x in curve.x})
    if figure.x.scale != "log" or not 1 <= len(marks) <= 7 or not all(1e-3 <= x < 1e6 for x in marks):
        return
    apart = all(after > 1.3 * before for before, after in pairwise(marks))  # else they would stand upon each other
    span = {end for curve in figure.curves if curve.x for end in (min(curve.x), max(curve.x))}
    if not apart or min(span) < marks[0] or max(span) > marks[-1]:
        return
    axes.set_xticks(marks, [f"{x:.4g}" if x < 1e4 else f"{x:,.0f}".replace(",", "\u202f") for x in marks])
    axes.xaxis.set_minor_locator(NullLocator())
