"""What the report shows: some of the claims, the figures in order, the symbols, what would change a verdict."""

from __future__ import annotations

import platform
import re
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from matplotlib.text import Text
from report_documents import SCALING, claim, document, evidence

from fa_theory.claims.claim import Erratum
from fa_theory.claims.procedures.predicted import Predicted, Trials
from fa_theory.claims.result import read
from fa_theory.errors import InputError
from fa_theory.figures import draw as figures
from fa_theory.figures import labels
from fa_theory.record.evidence import Method, MutantResult, Result
from fa_theory.record.figure import Axis, Curve, Figure
from fa_theory.report import graph, render
from fa_theory.report.selection import select
from fa_theory.report.symbols import SYMBOLS, used
from fa_theory.report.view import report_view
from fa_theory.work.provenance import machine

SIGNS = {Result.DERIVED: Method.SYMBOLIC, Result.ENCLOSED: Method.ENCLOSURE}


def simple(id: str, verdict: Result = Result.ENCLOSED, **more: object) -> object:
    return claim(id, verdict, evidence(SIGNS.get(verdict, Method.SYMBOLIC), verdict), **more)


# ---------------------------------------------------------------------------------------------------------------------
# some of the claims


def test_claims_are_chosen_by_id_and_by_the_beginning_of_an_id() -> None:
    whole = document()
    assert select(whole, []) is whole
    assert [c.id for c in select(whole, ["song2021.probability", "song2021.decay"]).claims] == [
        "song2021.decay",
        "song2021.probability",
    ]
    assert {c.id.partition(".")[0] for c in select(whole, ["song2021"]).claims} == {"song2021"}
    assert select(whole, ["mine"]).exit_code == whole.exit_code


@pytest.mark.parametrize(
    ("id", "says"),
    [
        ("song2021.deccay", "has no claim 'song2021.deccay'; the nearest are song2021.decay"),
        ("song", "has no claim 'song'; the nearest are "),
        ("", "has no claim ''; the nearest are "),
        ("song2021.lazy-drift", "; settle it first: fa-theory verify song2021.lazy-drift --with-uses"),
    ],
)
def test_an_unknown_id_is_refused_with_the_nearest(id: str, says: str) -> None:
    with pytest.raises(InputError, match=re.escape(says)):
        select(document(), [id])
    empty = msgspec.structs.replace(document(), claims=[])
    with pytest.raises(InputError, match="it contains no claims"):
        select(empty, [id])


def test_a_part_of_a_run_says_so_and_has_no_loose_ends(tmp_path: Path) -> None:
    done = render(document(), tmp_path, formats=("tex", "html"), only=["song2021.probability"])
    assert done.tex is not None
    assert done.html is not None
    tex, html = done.tex.read_text(), done.html.read_text()
    for text in (tex, html):
        assert "1 claim out of 8 in the run" in text
        assert "not shown here" in text
        assert "or one that is not shown in this report." in text
    targets = set(re.findall(r"\{(x:[^}]*)\}", tex))
    named = re.findall(r"\\(?:[cC]ref|pageref|hyperref)[\[{]([^\]}]*)[\]}]", tex)
    assert set(named) <= targets
    ids = set(re.findall(r' id="([^"]+)"', html))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= ids


def test_figures_of_another_report_do_not_stay(tmp_path: Path) -> None:
    render(document(), tmp_path, formats=("tex",))
    (tmp_path / "figures" / "mine.pdf").touch()
    render(document(), tmp_path, formats=("tex",), only="song2021.error-recursion")
    assert [path.name for path in (tmp_path / "figures").iterdir()] == ["mine.pdf"]


# ---------------------------------------------------------------------------------------------------------------------
# figures


def test_figures_are_numbered_as_they_appear(tmp_path: Path) -> None:
    done = render(document(), tmp_path, formats=("tex", "html"))
    assert done.tex is not None
    assert done.html is not None
    numbers = [int(k) for k in re.findall(r"\{x:figure-(\d+)\}", done.tex.read_text())]
    assert numbers == sorted(numbers) == list(range(1, len(numbers) + 1))
    assert [int(k) for k in re.findall(r'<figure id="figure-(\d+)"', done.html.read_text())] == numbers


def test_cases_become_rows_with_the_tolerance_behind_them() -> None:
    found = Predicted(
        lambda case, rng: 0.0,
        quantity="$c$",
        cases=("small", "large"),
        predict={"small": 2.0, "large": -4.0}.__getitem__,
        trials=Trials(4, 4, 4),
        tolerance=0.1,
    ).conclude(
        {
            "a": {"case": "small", "values": [2.0, 2.01, 1.99, 2.0]},
            "b": {"case": "large", "values": [-4.0, -4.02, -3.98, -4.1]},
        }
    )
    assert found.result is Result.SUPPORTED
    (figure,) = found.figures
    claimed, points = figure.curves
    assert (claimed.low, claimed.high) == ([0.9, 0.9], [1.1, 1.1])
    assert points.low is not None
    assert points.high is not None
    assert all(low < y < high for low, y, high in zip(points.low, points.y, points.high, strict=True))
    axes = figures.draw(figure).axes[0]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["small", "large"]
    assert axes.get_xlabel() == "mean / prediction"
    assert axes.yaxis_inverted()


def test_names_stand_beside_the_ends_of_their_curves_and_apart() -> None:
    together = [Curve(label=f"curve {k}", x=[0.0, 1.0], y=[0.0, 1.0 + k / 1000]) for k in range(4)]
    figure = Figure(name="f", caption="", x=Axis(label="x"), y=Axis(label="y"), curves=together)
    drawing = figures.draw(figure)
    renderer = drawing._get_renderer()  # type: ignore[attr-defined]
    texts = drawing.axes[0].texts
    # without the lines that lead to the curves
    boxes = sorted((Text.get_window_extent(text, renderer) for text in texts), key=lambda box: box.y0)
    assert len(boxes) == 4
    assert all(below.y1 <= above.y0 + 1 for below, above in pairwise(boxes))
    assert all(box.x1 <= drawing.bbox.x1 for box in boxes)


def test_many_curves_get_a_legend_and_one_needs_no_name() -> None:
    many = [Curve(label=f"curve {k}", x=[0.0, 1.0], y=[0.0, k]) for k in range(9)]
    figure = Figure(name="f", caption="", x=Axis(label="x"), y=Axis(label="y"), curves=many)
    assert figures.draw(figure).axes[0].get_legend() is not None
    alone = figures.draw(msgspec.structs.replace(figure, curves=many[:1])).axes[0]
    assert alone.get_legend() is None
    assert not alone.texts


def test_places_within_the_axes() -> None:
    assert labels.spread([0.0, 1.0], [0.1, 0.1]) == [0.05, 0.95]
    crowded = labels.spread([0.99, 0.99, 1.0], [0.2, 0.2, 0.2])
    assert crowded == pytest.approx([0.5, 0.7, 0.9])


def test_widths_in_between_are_no_marks() -> None:
    line = Curve(label="bound", x=[1.0, 1000.0], y=[1.0, 2.0])
    figure = msgspec.structs.replace(SCALING, curves=[*SCALING.curves, line])
    assert "800" not in [tick.get_text() for tick in figures.draw(figure).axes[0].get_xticklabels()]


# ---------------------------------------------------------------------------------------------------------------------
# the graph


def test_arrows_that_follow_from_others_are_left_out_and_long_ones_pass_between() -> None:
    uses = {"a.x": [], "a.y": ["a.x"], "a.z": ["a.y", "a.x"], "a.v": ["a.x", "a.u"], "a.u": ["a.y"]}
    assert graph.links(uses) == [("a.u", "a.v"), ("a.x", "a.y"), ("a.y", "a.u"), ("a.y", "a.z")]
    long: dict[str, list[str]] = {"a.x": [], "b.x": [], "a.y": ["a.x"], "a.z": ["a.y", "b.x"]}
    found = graph.layout(long, {id: id for id in long})
    assert sorted(map(len, found.arrows)) == [2, 2, 3]


def test_forty_claims_stay_legible() -> None:
    ids = [f"song2021.a-rather-long-name-no-{k}" for k in range(44)]
    uses = {id: [ids[k % 4]] if k > 3 else [] for k, id in enumerate(ids)}
    found = graph.layout(uses, {id: f"Theorem 1\n{id.partition('.')[2]}" for id in ids})
    assert len(found.boxes) == 44
    assert found.size >= 6.5
    assert found.width <= graph.WIDTH


# ---------------------------------------------------------------------------------------------------------------------
# symbols and what would change a verdict


def test_symbols_are_those_used_with_their_first_use() -> None:
    uses = used(document().claims)
    assert [use.symbol for use in uses] == [symbol for symbol in SYMBOLS if symbol in {use.symbol for use in uses}]
    first = {use.symbol.latex: use.first for use in uses}
    assert first["e"] == "song2021.decay"
    assert first[r"\eta"] == "song2021.error-recursion"
    assert "b" in first
    assert r"\bar G" not in first


def test_every_symbol_has_a_meaning_and_its_own_letter() -> None:
    assert len({symbol.latex for symbol in SYMBOLS}) == len(SYMBOLS)
    assert all(symbol.meaning for symbol in SYMBOLS)


@pytest.mark.parametrize(
    ("verdict", "more", "says"),
    [
        (Result.DERIVED, {}, "a step of the proof that the checker rejects"),
        (Result.ENCLOSED, {}, "a certificate or an instance listed here that is rejected"),
        (Result.VACUOUS, {}, "an instance that satisfies the hypotheses"),
        (Result.UNDECIDED, {}, "more trials"),
        (Result.NOT_RUN, {}, "tasks that run to completion"),
    ],
)
def test_what_would_change_a_verdict(verdict: Result, more: dict[str, object], says: str) -> None:
    shown = simple("a.b", verdict, **more)
    assert report_view(msgspec.structs.replace(document(), claims=[shown])).changes(shown).startswith(says)  # type: ignore[arg-type]


def test_what_would_change_a_verdict_by_suite_or_erratum() -> None:
    survivor = MutantResult(name="m", says="s", refuted=False, detail="d")
    open_ = simple("a.b", Result.UNDECIDED, mutants=[survivor])
    literal = claim(
        "a.c",
        Result.FALSIFIED,
        evidence(Method.ENCLOSURE, Result.FALSIFIED),
        erratum=Erratum(refuted_by="x", repaired_by="a.b"),
    )
    shown = report_view(msgspec.structs.replace(document(), claims=[open_, literal]))
    assert shown.changes(open_) == "a suite that refutes all mutants"  # type: ignore[arg-type]
    assert "exit code 1" in shown.changes(literal)


def test_what_a_claim_stands_on_is_followed_down() -> None:
    shown = report_view(document())
    probability = next(c for c in document().claims if c.id == "song2021.probability")
    assert shown.would_fall_with(probability) == [
        "song2021.not-in-this-run",
        "song2021.error-recursion",
        "song2021.decay",
    ]


# ---------------------------------------------------------------------------------------------------------------------
# the machine


def test_the_machine_is_told_by_its_kind_and_not_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "node", lambda: "secret-host")
    found = machine()
    assert set(found) == {"processor", "cores", "system", "python", "arithmetic"}
    assert all(found.values())
    assert not any("secret" in value for value in found.values())


def test_a_document_of_a_time_without_machines_is_read(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    document().write(path)
    path.write_text(re.sub(r'"machine": \{[^}]*\}', '"x": 0', path.read_text()))
    assert read(path).machine == {}
    assert "not recorded" in (render(read(path), tmp_path, formats=("html",)).html or path).read_text()
