"""One drawer for single figures and for panels."""

from __future__ import annotations

import pytest

from fa_theory.errors import InputError
from fa_theory.figures import draw
from fa_theory.figures.verdicts import PALETTE
from fa_theory.record.figure import MARKED, Axis, Curve, Figure, curve


def figure(*curves: Curve, name: str = "one", scale: str = "linear") -> Figure:
    return Figure(name=name, caption=f"panel {name}", x=Axis(label="step"), y=Axis(label="loss", scale=scale),
                  curves=list(curves))  # fmt: skip


def test_a_label_has_one_colour_in_all_panels() -> None:
    a, b = (curve(label, [1, 2], [1.0, 2.0]) for label in "ab")
    first, second = draw.panels([figure(a, b), figure(b)]).axes
    assert [line.get_color() for line in first.get_lines()] == list(PALETTE[:2])
    assert [line.get_color() for line in second.get_lines()] == [PALETTE[1]]
    assert [axes.get_title(loc="left") for axes in (first, second)] == ["panel one", "panel one"]


def test_points_beside_a_line_of_the_same_label_are_hollow_diamonds() -> None:
    ours, theirs = curve("a", [1, 2], [1.0, 2.0]), curve("a", [1, 2], [1.1, 2.1], style="points")
    (axes,) = draw.panels([figure(ours, theirs)]).axes
    line, points = axes.get_lines()
    assert (points.get_marker(), points.get_markerfacecolor()) == ("D", "none")
    assert line.get_color() == points.get_color()
    alone = draw.panels([figure(theirs)]).axes[0].get_lines()[0]
    assert alone.get_markerfacecolor() != "none"


def test_shared_panels_name_their_axes_once() -> None:
    drawing = draw.panels([figure(curve("", [1, 2], [1.0, 2.0]))] * 4, columns=2, shared=True)
    assert [axes.get_ylabel() for axes in drawing.axes] == ["loss", "", "loss", ""]
    assert [axes.get_xlabel() for axes in drawing.axes] == ["", "", "step", "step"]


def test_a_place_without_a_panel_is_empty_and_the_panel_above_it_is_labelled() -> None:
    drawing = draw.panels([figure(curve("", [1, 2], [1.0, 2.0]))] * 3, columns=2, shared=True)
    assert [axes.get_visible() for axes in drawing.axes] == [True, True, True, False]
    assert drawing.axes[1].get_xlabel() == "step"


def test_a_curve_that_leaves_the_axes_is_named_where_it_does() -> None:
    falling = curve("a", list(range(40)), [2.0**-k for k in range(40)])
    (axes,) = draw.panels([figure(falling, scale="log")], lowest=1e-6).axes
    assert axes.get_ylim()[0] == pytest.approx(1e-6)
    (name,) = axes.texts
    assert name.xy[1] >= 1e-6  # type: ignore[attr-defined]


def test_few_values_are_marked() -> None:
    few, many = (curve("a", list(range(n)), [0.5] * n) for n in (MARKED, MARKED + 1))
    assert (few.style, many.style) == ("marked", "line")


def test_the_same_bytes_for_the_same_data() -> None:
    shown = [figure(curve("a", [1, 2], [1.0, 2.0], [0.1, 0.1]), curve("b", [1, 2], [2.0, 1.0]))]
    for write in (draw.pdf, draw.svg_file):
        assert write(draw.panels(shown)) == write(draw.panels(shown))


@pytest.mark.parametrize(
    ("figures", "says"),
    [
        ([], "no figure"),
        ([figure(curve("a", [1], [1.0], style="dotted"), name="bad")], "'bad' has a curve of style 'dotted'"),
        ([figure(scale="logarithmic", name="bad")], "'bad' has an axis with scale 'logarithmic'"),
    ],
)
def test_what_does_not_fit_is_named(figures: list[Figure], says: str) -> None:
    with pytest.raises(InputError, match=says):
        draw.panels(figures)
