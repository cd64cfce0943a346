"""Sweeps: work items, store, summary, figures and the command."""

from __future__ import annotations

import csv
import json
import math
import sqlite3
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from fa_theory.cli import app
from fa_theory.cli.sweep import _duration, _Eta
from fa_theory.errors import FATheoryError, InputError
from fa_theory.figures.draw import pdf
from fa_theory.model.law import Law
from fa_theory.simulation.engine import simulate
from fa_theory.sweep import cells, execute, work
from fa_theory.sweep.cells import Item, items
from fa_theory.sweep.export import check_format, export, rows
from fa_theory.sweep.figures import drawing
from fa_theory.sweep.functionals import functional
from fa_theory.sweep.reading import parse
from fa_theory.sweep.run import run_items
from fa_theory.sweep.spec import Spec
from fa_theory.sweep.store import Store, open_store
from fa_theory.sweep.summary import Summary, summarise
from fa_theory.sweep.work import Record, carry_out, environment
from fa_theory.work.pool import perform

SPEC = """
repeats = 3
steps = 10
block = 2
functionals = ["final alignment", "final loss"]
[grid]
activation = "tanh"
p = [4, 8, 16]
n = 2
d = 3
eta = 0.1
lam = [0.0, 0.5]
"""


def done(spec: Spec) -> Store:
    """A sweep in memory."""
    store = Store(sqlite3.connect(":memory:"), spec.identity(), {})
    run_items(list(items(spec)), store, execute.executor("local", jobs=1))
    return store


def filled(spec: Spec, **columns: dict[int, list[float | None]]) -> Summary:
    """A summary of given values: by functional and number of the cell."""
    store = Store(sqlite3.connect(":memory:"), spec.identity(), {})
    for item in items(spec):
        values = {name.replace("_", " "): column[item.number] for name, column in columns.items()}
        store.add(item, Record([-1] * item.count, values, "test", "test"))
    return summarise(spec, store)


# work items


def test_a_work_item_is_its_simulation() -> None:
    item = next(items(parse(SPEC)))
    record = carry_out(item)
    assert isinstance(record, Record)
    law = Law("tanh", 2, 3, 4, eta=0.1)
    found = simulate(law, 10, ensemble=2, seed=item.seed, record=("alignment", "loss"), every=10)
    assert record.values == {f"final {q}": found[q][:, -1].tolist() for q in ("alignment", "loss")}
    assert (record.diverged, record.path, record.backend) == ([-1, -1], found.path, found.backend)


def test_a_network_that_diverges_has_no_values() -> None:
    spec = parse(SPEC.replace('"tanh"', '"linear"').replace("eta = 0.1", "eta = 1e80"))
    record = carry_out(next(items(spec)))
    assert isinstance(record, Record)
    assert min(record.diverged) >= 0
    assert record.values["final loss"] == [None, None]


@pytest.fixture
def no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks of width 8 fail."""

    def failing(law: Law, *args: object, **kwargs: object) -> object:
        if law.p == 8:
            raise MemoryError("no\nroom")
        return simulate(law, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(work, "simulate", failing)


@pytest.mark.usefixtures("no_room")
def test_a_work_item_that_fails_is_a_line_and_the_others_are_kept() -> None:
    spec = parse(SPEC)
    store = Store(sqlite3.connect(":memory:"), spec.identity(), {})
    failures = run_items(list(items(spec)), store, execute.executor("local", jobs=1))
    assert len(failures) == 4
    assert failures[0] == "tanh, fa, sphere, n = 2, d = 3, η = 0.1, λ = 0, cutoff = never, p = 8: MemoryError: no room"
    assert len(store) == 8
    found = summarise(spec, store)
    assert [e.cell.p for e in found.estimates[:4]] == [4, 16, 4, 16]


@pytest.mark.usefixtures("no_room")
def test_the_command_summarises_what_did_not_fail(tmp_path: Path) -> None:
    with pytest.raises(
        FATheoryError, match=r"4 of 12 work items failed and are missing above; first error: tanh.*MemoryError"
    ):
        sweep(tmp_path)
    assert (tmp_path / "out" / "sweeps" / "spec" / "summary.json").exists()


def test_the_shortest_work_items_come_first() -> None:
    spec, order = parse(SPEC), []
    store = Store(sqlite3.connect(":memory:"), spec.identity(), {})
    run_items(list(items(spec)), store, execute.executor("local", jobs=1), notify=lambda item: order.append(item.cost))
    assert order == sorted(order)


def test_what_is_there_is_not_done_again() -> None:
    spec = parse(SPEC)
    store = done(spec)
    run_items(list(items(spec)), store, lambda left: perform(pytest.fail, left, workers=1))
    assert len(store) == 12


def test_the_environment_covers_all_that_computes() -> None:
    """Whatever a work item imports of this package is in the digest."""
    import subprocess
    import sys

    code = (
        "import sys\nfrom fa_theory.sweep import work\n"
        "from fa_theory.sweep.cells import items\nfrom fa_theory.sweep.reading import parse\n"
        f"[work.carry_out(item) for item in items(parse({SPEC!r}))]\n"
        "print('\\n'.join(name for name in sys.modules if name.startswith('fa_theory.')))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    parts = {name.split(".")[1] for name in answer.stdout.split()}
    assert parts <= {name.removesuffix(".py") for name in work.COMPUTING}
    arithmetic = {"architecture", "blas", "simd", "libm"}
    assert set(environment()) == {"fa-theory code", *arithmetic, "python", "numpy", "scipy", "jax", "jaxlib"}


# store


def test_a_record_comes_back_bit_for_bit(tmp_path: Path) -> None:
    spec = parse(SPEC)
    item = next(items(spec))
    values = {"final alignment": [0.1 + 0.2, None], "final loss": [5e-324, 1.7976931348623157e308]}
    record = Record([-1, 3], values, "weight space", "numpy")
    with open_store(tmp_path / "s", spec.identity(), {}) as store:
        store.add(item, record)
        store.add(item, Record([0, 0], values, "another", "answer"))
    with open_store(tmp_path / "s", spec.identity(), {}) as store:
        assert list(store.records()) == [(0, 0, record)]
        assert store.finished() == {item.key}
    with open_store(tmp_path / "s", spec.identity(), {}, fresh=True) as store:
        assert len(store) == 0


def test_another_spec_or_other_code_is_refused(tmp_path: Path) -> None:
    spec = parse(SPEC)
    path = tmp_path / "s"
    with open_store(path, spec.identity(), {"numpy": "1"}) as store:
        store.add(next(items(spec)), Record([], {}, "", ""))
    changed = parse(SPEC.replace("[4, 8, 16]", "[4, 8]").replace("steps = 10", "steps = 11"))
    words = (
        r"1 finished work item; the spec has changed: grid.p was \[4, 8, 16\] and is \[4, 8\], steps was 10 and is 11"
    )
    with pytest.raises(InputError, match=words), open_store(path, changed.identity(), {"numpy": "1"}):
        pass
    words = 'environment has changed: numpy was "1" and is "2"; keep it and choose another folder .* --fresh'
    with pytest.raises(InputError, match=words), open_store(path, spec.identity(), {"numpy": "2"}):
        pass
    title = parse('title = "new"\n' + SPEC)
    with open_store(path, title.identity(), {"numpy": "1"}) as store:
        assert len(store) == 1


def test_one_process_at_a_time(tmp_path: Path) -> None:
    with (
        open_store(tmp_path / "s", {}, {}),
        pytest.raises(FATheoryError, match="in use by another process"),
        open_store(tmp_path / "s", {}, {}),
    ):
        pass


def test_places_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no database " * 100)
    with (
        pytest.raises(FATheoryError, match="file is not a database; choose another"),
        open_store(tmp_path / "file", {}, {}),
    ):
        pass
    with pytest.raises(FATheoryError, match="cannot create"), open_store(tmp_path / "file" / "s", {}, {}):
        pass
    with pytest.raises(FATheoryError, match="cannot use the store"), open_store(tmp_path, {}, {}):
        pass


# summary


def test_estimates_and_exponents() -> None:
    spec = parse(SPEC.replace("repeats = 3", "repeats = 4").replace("block = 2", "block = 4"))
    noise = np.array([0.9, 1.1, 1.05, 0.95])
    values = {number: list(map(float, noise * p**-0.5)) for number, p in enumerate([4, 8, 16] * 2)}
    signed = {number: [x, -x, x, -x] for number, (x, *_) in values.items()}
    found = filled(spec, final_loss=values, final_alignment=signed)
    first = found.estimates[6]
    assert (first.functional, first.n, first.networks, first.diverged, first.undefined) == ("final loss", 4, 4, 0, 0)
    assert first.mean == pytest.approx(0.5)
    assert first.sd == pytest.approx(0.5 * np.std(noise, ddof=1))
    assert first.interval is not None
    assert first.interval[1] - 0.5 == pytest.approx(3.182446305 * first.sd / 2)
    assert [(fit.functional, fit.average) for fit in found.fits] == [("final alignment", "rms")] * 2 + [
        ("final loss", "mean")
    ] * 2
    assert found.fits[2].exponent is not None
    assert found.fits[2].exponent.estimate == pytest.approx(-0.5)
    assert not found.fits[2].exponent.excludes(-0.5)
    assert found.varying == ("lam", "p")
    json.dumps(found.document(), allow_nan=False)


def test_missing_values_are_counted_and_no_exponent_hides_them() -> None:
    spec = parse(SPEC.replace("block = 2", "block = 3"))
    store = Store(sqlite3.connect(":memory:"), spec.identity(), {})
    for item in items(spec):
        values = {"final alignment": [None, None, None], "final loss": [1.0, None, None]}
        store.add(item, Record([-1, -1, 5], values, "test", "test"))
    found = summarise(spec, store)
    alignment, loss = found.estimates[0], found.estimates[6]
    assert (loss.n, loss.diverged, loss.undefined, loss.mean, loss.sd, loss.interval) == (1, 1, 1, 1.0, None, None)
    assert (alignment.n, alignment.diverged, alignment.undefined, alignment.mean) == (0, 1, 2, None)
    assert {fit.why for fit in found.fits} == {"9 networks without a value", "6 networks without a value"}
    assert drawing(found, "final alignment") is None
    assert drawing(found, "final loss") is not None


def test_no_exponent_from_values_that_do_not_vary() -> None:
    spec = parse(SPEC.replace("block = 2", "block = 3"))
    found = filled(
        spec, final_loss=dict.fromkeys(range(6), [2.0] * 3), final_alignment=dict.fromkeys(range(6), [0.0] * 3)
    )
    assert all(fit.exponent is None and fit.why for fit in found.fits)


def test_huge_values_do_not_overflow() -> None:
    spec = parse(SPEC.replace("block = 2", "block = 3"))
    values = {i: [1e300, 1.5e300, 1.7e308] for i in range(6)}
    found = filled(spec, final_loss=values, final_alignment=values)
    assert all(e.mean is not None and math.isfinite(e.mean) for e in found.estimates)


@pytest.mark.parametrize("confidence", [0.0, 1.0, math.nan, -1.0])
def test_a_confidence_that_is_none(confidence: float) -> None:
    spec = parse(SPEC)
    with pytest.raises(InputError, match="between 0 and 1"):
        summarise(spec, Store(sqlite3.connect(":memory:"), {}, {}), confidence=confidence)


# figures and export


@pytest.mark.parametrize(
    "grid",
    [
        {},
        {"p": "4"},
        {"activation": '["tanh", "relu"]', "n": "[2, 3]", "k": "[1, 2]"},
        {"p": "4", "lam": "0.5", "cutoff": '[3, "never"]', "activation": '["tanh", "relu"]'},
        {"cutoff": '[3, "never"]', "data": '["sphere", "gaussian"]'},
    ],
)
def test_figures_are_vector_graphics_and_the_same_for_the_same_data(grid: dict[str, str]) -> None:
    axes = {"activation": '"tanh"', "p": "[4, 8]", "n": "2", "d": "3", "eta": "0.1", "lam": "[0.0, 0.5]"} | grid
    text = SPEC.partition("[grid]")[0] + "[grid]\n" + "\n".join(f"{axis} = {value}" for axis, value in axes.items())
    spec = parse(text)
    found = summarise(spec, done(spec))
    drawn = drawing(found, "final loss")
    if "lam" in grid:
        assert drawn is None  # nothing but names varies
    else:
        assert drawn is not None
        assert pdf(drawn).startswith(b"%PDF")
        again = drawing(found, "final loss")
        assert again is not None
        assert pdf(drawn) == pdf(again)


def test_too_many_curves_are_not_drawn() -> None:
    spec = parse(SPEC.replace("[0.0, 0.5]", "[0, 1, 2, 3, 4, 5, 6]"))
    assert drawing(summarise(spec, done(spec)), "final loss") is None


def test_the_table_has_a_row_for_each_network() -> None:
    spec = parse(SPEC)
    table = list(rows(spec, done(spec)))
    assert len(table) == 18
    assert [(row["lam"], row["p"], row["network"]) for row in table[:4]] == [(0, 4, 0), (0, 4, 1), (0, 4, 2), (0, 8, 0)]
    with pytest.raises(InputError, match=r"must end in .csv, .json, .parquet"):
        check_format(Path("values.xlsx"))


# the command


def sweep(folder: Path, *more: str, spec: str = SPEC) -> str:
    (folder / "spec.toml").write_text(spec)
    arguments = ["sweep", str(folder / "spec.toml"), "--out", str(folder / "out"), "--jobs", "1", *more]
    answer = CliRunner().invoke(app, arguments)
    if answer.exception is not None:
        raise answer.exception
    return answer.output


def test_the_command(tmp_path: Path) -> None:
    csv_file, json_file = tmp_path / "values.csv", tmp_path / "values.json"
    out = sweep(tmp_path, "--export", str(csv_file), "--export", str(json_file), "--confidence", "0.9")
    assert "6 cells × 3 networks in 12 work items\n" in out
    assert "90 % t interval" in out
    assert "λ = 0.5: mean ~ p^α, α = " in out
    folder = tmp_path / "out" / "sweeps" / "spec"
    assert {file.name for file in folder.iterdir()} == {
        "store.sqlite",
        "summary.json",
        "final-alignment.pdf",
        "final-alignment.svg",
        "final-loss.pdf",
        "final-loss.svg",
    }
    table = json.loads(json_file.read_text())
    with open(csv_file, newline="") as file:
        read = list(csv.DictReader(file))
    assert [float(row["final loss"]) for row in read] == [row["final loss"] for row in table]
    before = (folder / "summary.json").read_bytes()
    out = sweep(tmp_path, "--resume", "--confidence", "0.9")
    assert "12 work items; 12 already finished" in out
    assert (folder / "summary.json").read_bytes() == before
    with pytest.raises(InputError, match="steps was 10 and is 9"):
        sweep(tmp_path, spec=SPEC.replace("steps = 10", "steps = 9"))
    assert "work items\n" in sweep(tmp_path, "--fresh", spec=SPEC.replace("steps = 10", "steps = 9"))


def test_networks_that_diverged_are_shouted_about(tmp_path: Path) -> None:
    out = sweep(tmp_path, spec=SPEC.replace('"tanh"', '"linear"').replace("eta = 0.1", "eta = [0.1, 1e80]"))
    assert "18 networks diverged and are excluded from the means" in out
    assert "no exponent: 9 networks without a value" in out


def test_undefined_values_are_told(tmp_path: Path) -> None:
    out = sweep(tmp_path, spec=SPEC.replace("final alignment", "steps until loss <= 1e-300"))
    assert "18 values are undefined and excluded from the means" in out


def test_the_example_runs(tmp_path: Path) -> None:
    printed = CliRunner().invoke(app, ["sweep", "--example"]).output
    short = (
        printed.replace("repeats = 20", "repeats = 2")
        .replace("200, 400]", "200]")
        .replace("steps = 200", "steps = 100")
    )
    assert "contraction rate" in sweep(tmp_path, spec=short)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--resume"], "nothing to resume: the store"),
        (["--resume", "--fresh"], "choose one"),
        (["--executor", "slurm"], "unknown executor 'slurm'; expected local or dask://HOST:PORT"),
        (["--executor", "dask://here"], "unknown executor 'dask://here'"),
        (["--export", "x.xls"], "must end in"),
        (["--confidence", "nan"], "between 0 and 1"),
    ],
)
def test_wrong_options(tmp_path: Path, options: list[str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        sweep(tmp_path, *options)
    assert not (tmp_path / "out").exists()


def test_no_spec() -> None:
    answer = CliRunner().invoke(app, ["sweep"])
    assert isinstance(answer.exception, InputError)
    assert "--example" in str(answer.exception)


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(FATheoryError, match=r"cannot create the folder .*--out"):
        sweep(tmp_path)


def test_the_remaining_time_is_that_of_the_work_and_not_of_the_items(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 100.0, 110.0])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    told = []
    cell = cells.SweepCell("tanh", "fa", "sphere", 2, 3, None, 0.1, 0.0, "never", 1000)
    large, small = (Item(0, cell, 0, count, 0, 10, 1, ()) for count in (10, 1))
    monkeypatch.setattr(cells, "STEP", 0.0)
    notify = _Eta(0, 2, large.cost + small.cost, lambda *progress: told.append(progress))
    notify(large)
    notify(small)
    assert told == [(0, 2, ""), (1, 2, "about 10 s left"), (2, 2, "about 0 s left")]
    assert [_duration(x) for x in (99, 101, 6001)] == ["99 s", "2 min", "1.7 h"]


def test_a_functional_names_its_file() -> None:
    assert functional("steps until loss <= 0.5 of start").slug == "steps-until-loss-below-0.5-of-start"


def test_parquet_has_the_same_values(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    spec = parse(SPEC + 'cutoff = [3, "never"]')
    store = done(spec)
    export(spec, store, tmp_path / "values.parquet")
    read = parquet.read_table(tmp_path / "values.parquet").to_pylist()
    assert [row["final loss"] for row in read] == [row["final loss"] for row in rows(spec, store)]
    assert {row["cutoff"] for row in read} == {3, None}


def test_without_pyarrow_parquet_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(InputError, match="pip install pyarrow"):
        check_format(Path("values.parquet"))
