"""Rasters: arrays as pictures."""

from __future__ import annotations

import numpy as np
import pytest

from fa_theory.errors import InputError
from fa_theory.figures.draw import panels, svg_file
from fa_theory.record.figure import Axis, Figure, curve
from fa_theory.record.raster import COLOURS, Raster, rows, strip


def raster(values: object = ((0.0, 1.0), (0.5, -1.0)), **more: object) -> Raster:
    return Raster(name="r", caption="a raster", values=[list(row) for row in values], **more)  # type: ignore[attr-defined, arg-type]


@pytest.mark.parametrize("colours", COLOURS)
def test_every_choice_of_colours_is_drawn(colours: str) -> None:
    drawn = svg_file(panels([raster(colours=colours, scale="value")]))
    assert b"<image" in drawn
    assert drawn == svg_file(panels([raster(colours=colours, scale="value")]))


def test_rasters_stand_beside_figures() -> None:
    figure = Figure(name="f", caption="", x=Axis(label="x"), y=Axis(label="y"), curves=[curve("c", [0, 1], [0.0, 1.0])])
    marked = raster(marks=[(0, 0, 1), (1, 1, -1)], words=[(0.5, 0.5, "word")])
    assert b"<image" in svg_file(panels([figure, marked, raster(x="time", y="place", width=3.0)]))


def test_missing_values_stay_white() -> None:
    assert b"<image" in svg_file(panels([raster(((None, 1.0),))]))


def test_a_row_of_rasters_is_as_high_as_its_cells() -> None:
    wide, high = (panels([raster(np.zeros(shape))], columns=1).get_size_inches() for shape in ((2, 20), (20, 20)))
    assert wide[1] < high[1]


def test_frames_side_by_side() -> None:
    found = strip([np.full((2, 3), k) for k in range(3)], columns=2)
    assert found.shape == (5, 7)
    assert found[0, 0] == 0
    assert found[0, 4] == 1
    assert found[3, 0] == 2
    assert np.isnan(found[2]).all()
    assert rows(found)[2] == [None] * 7


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"colours": "rainbow"}, "colours 'rainbow'"),
        ({"values": ((1.0,), (1.0, 2.0))}, "different lengths"),
        ({"values": ()}, "or none"),
    ],
)
def test_wrong_data_are_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        panels([raster(**wrong)])
