"""Drawing: figures as data become drawings, alone or as panels of one drawing.

`draw` and `panels` arrange; `pdf`, `svg` and `svg_file` write the same bytes for the same data.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from fa_theory.errors import InputError
from fa_theory.record.figure import Curve, Figure
from fa_theory.record.raster import COLOURS, Raster

from .labels import label, name_curves, wrapped
from .verdicts import GREY, PALETTE, Drawn

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

LARGE, SMALL, PANEL = (5.2, 1.9), (2.95, 1.9), (3.3, 2.5)
"""Width and height in inches: full text width, two side by side, and a panel."""

_LETTERS = 16
"""Letters of a caption on an inch."""
_SCALES = ("linear", "log", "symlog", "logit")
_STYLES = ("line", "dashed", "marked", "points", "step")
_DASHES = ("-", (0, (6, 1.5)), "-.", (0, (1, 1)))
_MARKERS = "osD^vP"


def draw(figure: Figure, size: tuple[float, float] = LARGE) -> Drawing:
    """Draw a figure; if its axis has names, with one row for each.

    Raises
    ------
    InputError
        If the data are inconsistent (lengths, scale, style); the message names the figure.
    """
    from matplotlib.figure import Figure as Drawing

    _validate(figure)
    with style():
        rows = figure.x.names
        drawing = Drawing(figsize=(size[0], 0.75 + 0.3 * len(rows)) if rows else size, layout="constrained")
        axes, looks, large = drawing.add_subplot(), _looks(figure.curves), size == LARGE
        _fill(axes, figure, looks, wide=44 if large else 20)
        if not rows:
            name_curves(axes, figure.curves, looks, height=0.8 * size[1], large=large)
        _arrange(drawing)
    return drawing


def panels(
    figures: Sequence[Figure | Raster],
    *,
    columns: int = 2,
    size: tuple[float, float] = PANEL,
    shared: bool = False,
    lowest: float = 0.0,
) -> Drawing:
    """Draw figures side by side, each with its caption above it; a label has the same colour in all of them.

    Parameters
    ----------
    figures
        At least one; a row with rasters is as high as they need.
    columns
        Largest number of panels in a row.
    size
        Width and height of a panel in inches.
    shared
        Whether all panels share their axes, which are labelled only at the left and bottom.
    lowest
        Lower limit of a logarithmic vertical axis, as a fraction of its highest value.

    Raises
    ------
    InputError
        If there is no figure, or the data of one are inconsistent; the message names the figure.
    """
    from matplotlib.figure import Figure as Drawing

    if not figures:
        raise InputError("there is no figure to draw; give at least one")
    for figure in figures:
        _validate(figure)
    across = min(columns, len(figures))
    down = math.ceil(len(figures) / across)
    heights = [max(_height(each, size) for each in figures[k * across : (k + 1) * across]) for k in range(down)]
    looks = _looks(curve for figure in figures if isinstance(figure, Figure) for curve in figure.curves)
    with style():
        drawing = Drawing(figsize=(size[0] * across, sum(heights)), layout="constrained")
        grid = drawing.subplots(down, across, sharex=shared, sharey=shared, squeeze=False, height_ratios=heights)
        for axes in grid.flat[len(figures) :]:
            axes.set_visible(False)
        pairs = list(zip(grid.flat, figures, strict=False))
        for place, (axes, figure) in enumerate(pairs):
            axes.set_title(wrapped(figure.caption, int(_LETTERS * size[0])), loc="left", fontsize=8)
            if isinstance(figure, Raster):
                _paint(drawing, axes, figure)
                continue
            _fill(axes, figure, looks, wide=20)
            axes.margins(x=0.02)
            _limit(axes, figure, lowest)
            if shared:
                axes.tick_params(labelbottom=place + across >= len(figures))
                axes.set_xlabel(axes.get_xlabel() if place + across >= len(figures) else "")
                axes.set_ylabel(axes.get_ylabel() if place % across == 0 else "")
        for axes, figure in pairs:  # shared limits are known only now
            if isinstance(figure, Figure) and not figure.x.names:
                name_curves(axes, figure.curves, looks, height=0.7 * size[1], large=False, least=1)
        _arrange(drawing)
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
    return svg_element(svg_file(drawing), prefix, description)


def svg_element(file: bytes, prefix: str, description: str) -> str:
    """The ``<svg>`` element of a file that `svg_file` wrote, for a page with others; see `svg`."""
    from html import escape

    text = file.decode()
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text[text.index("<svg") :], flags=re.DOTALL)
    text = re.sub(r"[ \t]+\n", "\n", text)
    ids = set(re.findall(r' id="([^"]+)"', text))
    text = re.sub(r'( id="|"#|\(#)([^")]+)', lambda m: f"{m[1]}{prefix}-{m[2]}" if m[2] in ids else m[0], text)

    def in_rem(found: re.Match[str]) -> str:
        # A screen is read from farther away than paper: an inch of the drawing becomes 6.6 times the size of its text.
        return f'width="{6.6 * float(found[1]) / 72:.1f}rem"'

    text = re.sub(r'width="([\d.]+)pt" height="[\d.]+pt"', in_rem, text, count=1)
    return text.replace("<svg", f'<svg role="img" aria-label="{escape(description)}"', 1)


def svg_file(drawing: Drawing) -> bytes:
    """A file in SVG, without dates."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    out = BytesIO()
    with style():
        canvas: Any = FigureCanvasSVG(drawing)
        canvas.print_svg(out, metadata={"Creator": None, "Date": None, "Format": None, "Type": None})
    return out.getvalue()


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


def _validate(figure: Figure | Raster) -> None:
    if isinstance(figure, Raster):
        if figure.colours not in COLOURS:
            raise InputError(f"the raster {figure.name!r} has colours {figure.colours!r}; use one of {COLOURS}")
        if not figure.values or len({len(row) for row in figure.values}) != 1 or not figure.values[0]:
            raise InputError(f"the raster {figure.name!r} has rows of different lengths, or none; give a full array")
        return
    for axis in (figure.x, figure.y):
        if axis.scale not in _SCALES:
            raise InputError(f"the figure {figure.name!r} has an axis with scale {axis.scale!r}; use one of {_SCALES}")
    for curve in figure.curves:
        for name in ("y", "low", "high"):
            values = getattr(curve, name)
            if values is not None and len(values) != len(curve.x):
                raise InputError(
                    f"the figure {figure.name!r} has a curve {curve.label!r} with {len(curve.x)} x and "
                    f"{len(values)} {name}; the lengths must agree"
                )
        if curve.style not in _STYLES:
            raise InputError(f"the figure {figure.name!r} has a curve of style {curve.style!r}; use one of {_STYLES}")


def _height(figure: Figure | Raster, size: tuple[float, float]) -> float:
    """Height of a panel in inches; a raster without axes has square cells."""
    if isinstance(figure, Figure):
        return size[1]
    if figure.x or figure.y:
        return max(1.7, 0.27 * size[0])
    return size[0] * len(figure.values) / len(figure.values[0]) + 0.3


def _paint(drawing: Drawing, axes: Axes, raster: Raster) -> None:
    """Draw a raster into axes."""
    import numpy as np

    values = np.array([[np.nan if x is None else x for x in row] for row in raster.values])
    finite = values[np.isfinite(values)]
    high = float(np.max(np.abs(finite), initial=0.0)) or 1.0
    down, across = values.shape
    labelled = bool(raster.x or raster.y)
    placed: Any = {"interpolation": "nearest"}
    if labelled:
        placed |= {"aspect": "auto", "extent": (0, raster.width or across, raster.height or down, 0)}
    match raster.colours:
        case "signed":
            looks: Any = {"cmap": "RdBu_r", "vmin": -high, "vmax": high}
        case "pale":
            looks = {"cmap": "Blues", "vmin": 0.0, "vmax": 2 * high}
        case "cyclic":
            looks = {"cmap": "hsv", "vmin": 0.0, "vmax": 1.0}
        case "classes":
            from matplotlib.colors import ListedColormap

            count = min(len(PALETTE), int(high) + 1)
            looks = {"cmap": ListedColormap(PALETTE[:count]), "vmin": -0.5, "vmax": count - 0.5}
        case _:
            looks = {"cmap": "inferno", "vmin": min(0.0, float(np.min(finite, initial=0.0))), "vmax": high}
    drawn = axes.imshow(values, **placed, **looks)
    if labelled:
        axes.set(xlabel=label(raster.x), ylabel=label(raster.y))
    else:
        axes.set_axis_off()
    for column, row, sign in raster.marks:
        face: Any = "black" if sign > 0 else "white"
        axes.plot(column, row, "o", markersize=4.5, markerfacecolor=face, markeredgecolor="black", markeredgewidth=0.9)
    for column, row, text in raster.words:
        axes.text(column, row, text, ha="center", va="center", fontsize=5)
    if raster.scale:
        bar = drawing.colorbar(drawn, ax=axes, shrink=0.8, pad=0.02, aspect=24)
        bar.set_label(label(raster.scale), fontsize=8)
        bar.ax.tick_params(labelsize=7)


def _fill(axes: Axes, figure: Figure, looks: dict[str, Drawn], *, wide: int) -> None:
    """Draw a figure into axes; ``wide`` is the number of letters per line of a row's name."""
    rows, (across, up) = figure.x.names, (figure.x, figure.y)
    if rows:
        across, up = up, across
    axes.set(xlabel=label(across.label), ylabel=label(up.label), xscale=across.scale, yscale=up.scale)
    lines = {curve.label for curve in figure.curves if curve.style != "points"}
    for curve in figure.curves:
        compared = curve.style == "points" and curve.label in lines and curve.label != ""
        _plot(axes, curve, looks[curve.label], across=bool(rows), hollow=compared)
    if rows:
        axes.set_yticks(range(len(rows)), [wrapped(name, wide) for name in rows])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
    else:
        _widen(axes, figure)
        _mark_few(axes, figure)


def _arrange(drawing: Drawing) -> None:
    """Arrange once; every format is then written with this layout."""
    arrange = drawing.get_layout_engine()
    assert arrange is not None
    arrange.execute(drawing)
    drawing.set_layout_engine("none")


def _limit(axes: Axes, figure: Figure, lowest: float) -> None:
    values = [y for curve in figure.curves for y in curve.y if y > 0]
    if figure.y.scale == "log" and values and min(values) < lowest * max(values):
        axes.set_ylim(bottom=lowest * max(values))


def _looks(curves: Iterable[Curve]) -> dict[str, Drawn]:
    """Colour, dashes and marker by label; curves without a label are grey."""
    names = [name for name in dict.fromkeys(curve.label for curve in curves) if name]
    looks = {"": Drawn(GREY if names else PALETTE[0], "-", "o")}
    for k, name in enumerate(names):
        dashes = _DASHES[k // len(PALETTE) % len(_DASHES)]
        looks[name] = Drawn(PALETTE[k % len(PALETTE)], dashes, _MARKERS[k % len(_MARKERS)])
    return looks


def _plot(axes: Axes, curve: Curve, look: Drawn, *, across: bool, hollow: bool) -> None:
    """Draw a curve; ``across`` swaps the axes.

    Points with the same label as a line are drawn as hollow diamonds, for comparison.
    """
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
        if hollow:
            looks |= {"fmt": "D", "markersize": 5.0, "markerfacecolor": "none"}
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
    marked = curve.style == "marked" or len(curve.x) == 1
    alone: Any = {"marker": look.marker, "markersize": 3.5} if marked else {}
    axes.plot(x, y, color=look.colour, linestyle=line, **alone)


def _widen(axes: Axes, figure: Figure) -> None:
    """Add room around a single abscissa, which Matplotlib puts on the axis if the scale is logarithmic."""
    places = {x for curve in figure.curves for x in curve.x}
    if len(places) == 1:
        (x,) = places
        axes.set_xlim((x / 2, x * 2) if figure.x.scale == "log" and x > 0 else (x - 1, x + 1))


def _mark_few(axes: Axes, figure: Figure) -> None:
    """On a logarithmic axis, a few abscissae (such as the tested widths) are better ticks than powers of ten."""
    from matplotlib.ticker import NullLocator

    marks = sorted({x for curve in figure.curves if curve.style in ("points", "marked") for x in curve.x})
    if figure.x.scale != "log" or not 1 <= len(marks) <= 7 or not all(1e-3 <= x < 1e6 for x in marks):
        return
    apart = all(after > 1.3 * before for before, after in pairwise(marks))  # else they would overlap
    span = {end for curve in figure.curves if curve.x for end in (min(curve.x), max(curve.x))}
    if not apart or min(span) < marks[0] or max(span) > marks[-1]:
        return
    axes.set_xticks(marks, [f"{x:.4g}" if x < 1e4 else f"{x:,.0f}".replace(",", "\u202f") for x in marks])
    axes.xaxis.set_minor_locator(NullLocator())
