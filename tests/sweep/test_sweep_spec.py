"""Specs of sweeps: what is read, what is refused, and in which words; functionals and work items."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from fa_theory.errors import InputError
from fa_theory.model.deep_problem import DeepLaw
from fa_theory.model.law import Law
from fa_theory.simulation.engine import simulate
from fa_theory.simulation.quantities import QUANTITIES
from fa_theory.simulation.trajectories import Trajectories
from fa_theory.sweep.cells import SweepCell, cells, items, named
from fa_theory.sweep.functionals import NUMBERS, functional
from fa_theory.sweep.reading import parse, read
from fa_theory.sweep.spec import AXES, Spec
from fa_theory.sweep.work import carry_out

HEAD = 'repeats = 2\nsteps = 20\nfunctionals = ["final loss"]\n'
GRID = '[grid]\nactivation = "tanh"\np = [4, 8]\nn = 2\nd = 3\neta = 0.1\n'


def test_the_axes_are_those_of_a_cell() -> None:
    assert SweepCell.__slots__ == AXES


def test_the_examples_are_specs() -> None:
    root = Path(__file__).parents[2]
    files = [*(root / "examples" / "sweeps").glob("*.toml"), root / "fa_theory" / "sweep" / "example.toml"]
    assert len(files) == 3
    for file in files:
        assert read(file).cells > 2, file


def test_one_value_is_a_list_of_one() -> None:
    spec = parse(HEAD + GRID + "lam = [0, 0.5]\ncutoff = [3, 'never']")
    assert spec.grid.n == [2]
    assert spec.cells == len(cells(spec)) == 8
    assert [cell.p for cell in cells(spec)] == [4, 8] * 4
    assert cells(spec)[4].law == Law("tanh", 2, 3, 4, eta=0.1, lam=0.5, cutoff=3)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("seed = 1\n[grid", "spec is not TOML: .*end of document"),
        ("seed = ,\n", "spec is not TOML: .*line 1"),
        (HEAD, "spec: grid is missing; expected a table"),
        ('steps = 1\nfunctionals = ["final loss"]\n' + GRID, "repeats is missing; expected a whole number ≥ 1"),
        (HEAD + "grid = 3", r"line 4: grid = 3; expected a table \[grid\]"),
        (HEAD + "rpeats = 3\n" + GRID, "line 4: unknown key rpeats; did you mean repeats"),
        (HEAD + "eta = 3\n" + GRID, r"line 4: unknown key eta; eta is an axis and belongs under \[grid\]"),
        (HEAD + "zebra = 3\n" + GRID, "unknown key zebra; the keys are title, seed"),
        (HEAD + GRID + "colour = 3", "line 10: unknown key grid.colour; the keys are activation, rule"),
        (HEAD + GRID + "lam = [0, nan]", r"line 10: grid.lam\[1\] = nan; expected finite numbers ≥ 0"),
        (HEAD + GRID + "lam = inf", r"grid.lam\[0\] = inf; expected finite"),
        (HEAD + GRID + "lam = -0.5", r"grid.lam\[0\] = -0.5; expected finite numbers ≥ 0"),
        (HEAD + GRID + "lam = []", "line 10: grid.lam is empty; expected"),
        (HEAD + GRID + "lam = [0, 0.0]", "grid.lam lists 0.0 twice"),
        (HEAD + GRID + "rule = 'FA'", "grid.rule.*'FA'; expected one or more of fa, dfa, bp, sign"),
        (HEAD + GRID + "cutoff = 'ever'", 'grid.cutoff.*expected whole numbers ≥ 0, or "never"'),
        (HEAD + GRID + "k = true", "grid.k.* = True; expected whole numbers ≥ 1"),
        (HEAD + GRID + "data = 'sphere.csv'", "line 10: data 'sphere.csv' with n = 2.*neither a data source"),
        (
            HEAD + GRID.replace("tanh", "elu"),
            "line 5: grid.activation.* = 'elu'; expected one or more of linear, relu",
        ),
        (HEAD + GRID.replace("[4, 8]", "[4, 8.0]"), r"grid.p\[1\] = 8.0; expected whole numbers ≥ 1.*write 8"),
        (HEAD + GRID.replace("[4, 8]", "[0]"), r"grid.p\[0\] = 0; expected"),
        (HEAD + GRID.replace("eta = 0.1", "eta = 0"), r"grid.eta\[0\] = 0.0; expected finite numbers > 0"),
        (HEAD + GRID.replace("d = 3", ""), "with n = 2, d = None.*data need n and d"),
        (HEAD + GRID.replace("n = 2", "n = 4") + "data = 'isometric'", "data 'isometric' with n = 4, d = 3"),
        (
            HEAD + GRID.replace("d = 3", "d = 1000000000000"),
            r"d = 1000000000000, .* needs about .* GiB of memory, but the limit is",
        ),
        (HEAD.replace('["final loss"]', "[]") + GRID, "line 3: functionals is empty; expected"),
        (HEAD.replace("final loss", "last loss") + GRID, "line 3: unknown functional 'last loss'; the forms are"),
        (HEAD.replace("final loss", "final los") + GRID, "unknown quantity 'los' in 'final los'; choose from loss"),
        (HEAD.replace("final loss", "final error") + GRID, "unknown quantity 'error'"),
        (HEAD.replace("final loss", "loss at 21") + GRID, "'loss at 21' uses step 21 but steps = 20"),
        (HEAD.replace("final loss", "contraction rate 5..5") + GRID, "expected A < B"),
        (HEAD.replace("final loss", "steps until loss <= nan") + GRID, "finite number .* 'nan'"),
        (HEAD.replace('"final loss"', '"final loss", "final  loss"') + GRID, "lists 'final loss' twice"),
        ("every = 3\n" + HEAD.replace("final loss", "loss at 10") + GRID, "line 1: .* every = 3 does not record"),
        (HEAD.replace("steps = 20", "steps = 10000000").replace("final", "max") + GRID, "10,000,000 records"),
        (HEAD.replace("repeats = 2", "repeats = 100000000") + GRID, "2 cells × 100,000,000 repeats are 200,000,000"),
    ],
)
def test_what_is_refused(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse(text)


def test_a_billion_cells_are_refused_with_their_number() -> None:
    many = ", ".join(map(str, range(1, 1001)))
    grid = f'[grid]\nactivation = "tanh"\np = [{many}]\nn = [{many}]\nd = 3\neta = 0.1\nlam = [{many}]'
    with pytest.raises(InputError, match=r"the grid has 1,000,000,000 cells \(1000 n × 1000 lam × 1000 p\)"):
        parse(HEAD + grid)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read the spec .*no.toml.*--example"):
        read(tmp_path / "no.toml")
    with pytest.raises(InputError, match="cannot read the spec"):
        read(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b'title = "\xe9"')
    with pytest.raises(InputError, match="not UTF-8"):
        read(tmp_path / "latin.toml")


def test_a_data_file_belongs_to_the_identity(tmp_path: Path) -> None:
    file = tmp_path / "data.csv"
    file.write_text("a,b,y\n1,2,3\n2,3,4\n")
    spec = parse(HEAD + GRID.replace("d = 3", f"data = '{file}'"))
    before = spec.identity()
    file.write_text("a,b,y\n1,2,3\n2,3,5\n")
    assert spec.identity() != before
    file.unlink()
    with pytest.raises(InputError, match="cannot read the data file"):
        spec.identity()


# functionals


def trajectories(**values: list[list[float]]) -> Trajectories:
    arrays = {name: np.array(rows) for name, rows in values.items()}
    (m, r) = next(iter(arrays.values())).shape
    return Trajectories(np.arange(r) * 10, arrays, np.full(m, -1), "test", "test")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("final loss", [1, 8]),
        ("loss at 10", [2, 8]),
        ("max loss", [8, 8]),
        ("min loss", [1, 7]),
        ("steps until loss halves", [10, np.nan]),
        ("steps until loss <= 2", [10, np.nan]),
        ("steps until loss <= 0.125 of start", [20, np.nan]),
        ("steps until loss >= 8", [0, 0]),
        ("contraction rate", [1 - (1 / 8) ** (1 / 60), 0]),
        ("contraction rate 0..10", [1 - (2 / 8) ** (1 / 20), 0]),
    ],
)
def test_functionals(text: str, expected: list[float]) -> None:
    found = functional(text).values(trajectories(loss=[[8, 2, 1, 1], [8, 8, 7, 8]]))
    np.testing.assert_allclose(found, expected)


def test_an_undefined_value_makes_an_extreme_undefined() -> None:
    assert np.isnan(functional("max alignment").values(trajectories(alignment=[[0.5, np.nan, 1.0]]))[0])


def test_no_rate_is_read_from_rounding() -> None:
    paths = trajectories(loss=[[1, 1e-20, 1e-30], [0, 0, 0], [1, 1e-5, 0]])
    assert np.isnan(functional("contraction rate").values(paths)).all()
    assert functional("contraction rate 0..10").values(paths)[0] == pytest.approx(1 - 1e-20 ** (1 / 20))


def test_every_number_can_be_measured() -> None:
    found = simulate(DeepLaw("tanh", 3, 4, (5, 6), test=2), 3, ensemble=2, record=NUMBERS)
    for name in NUMBERS:
        layer = "[2]" if QUANTITIES[name].axes else ""
        assert functional(f"final {name}{layer}").values(found).shape == (2,)
        with pytest.raises(InputError, match="layers to choose from"):
            functional(f"final {name}[9]").values(found)
    with pytest.raises(InputError, match=r"has a number for each layer; write movement\[1\]"):
        functional("final movement")


@pytest.mark.parametrize(
    ("functionals", "interval"),
    [
        ('"final loss"', 20),
        ('"loss at 8", "loss at 12", "final loss"', 4),
        ('"loss at 8", "contraction rate 2..20"', 2),
        ('"loss at 0"', 20),
        ('"max loss", "loss at 8"', 1),
    ],
)
def test_records_are_as_rare_as_the_functionals_allow(functionals: str, interval: int) -> None:
    assert parse(HEAD.replace('"final loss"', functionals) + GRID).interval == interval


# work items


def spec(more: str = "", **grid: str) -> Spec:
    axes = {"activation": '"tanh"', "p": "[4, 8]", "n": "2", "d": "3", "eta": "0.1"} | grid
    return parse(HEAD + more + "\n[grid]\n" + "\n".join(f"{axis} = {value}" for axis, value in axes.items()))


def test_work_items_cover_every_network_once() -> None:
    found = list(items(spec("block = 1")))
    assert [(item.number, item.first, item.count) for item in found] == [(0, 0, 1), (0, 1, 1), (1, 0, 1), (1, 1, 1)]
    assert len({item.seed for item in found}) == 4
    assert len({item.key for item in found}) == 4


def test_a_network_that_takes_for_ever_is_refused() -> None:
    endless = msgspec.structs.replace(spec(p="[4, 1_000_000]"), steps=10**9, every=10**7)
    with pytest.raises(InputError, match=r"cell tanh, .* p = 1000000 takes about .* limit 1e\+15"):
        list(items(endless))
    with pytest.raises(InputError, match=r"cell tanh, .* p = 1000000000000000 needs about .* GiB of memory"):
        spec(p="[4, 1_000_000_000_000_000]")
    assert len(list(items(spec(p="[4, 1_000_000_000_000_000]", activation='"linear"')))) == 3


def test_blocks_are_small_where_networks_are_large() -> None:
    sizes = [
        SweepCell("tanh", "fa", "sphere", 8, 8, None, 0.2, 0.0, "never", p).block(1000, 1)
        for p in (1, 128, 10**4, 10**9)
    ]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == 1
    assert 16 <= sizes[1] <= 64


def test_a_seed_belongs_to_the_exact_cell() -> None:
    """Also where a cell and its neighbour look alike when printed with few digits."""
    seeds = {item.seed for item in items(spec(eta="[0.1, 0.1000000001]", p="4"))}
    assert len(seeds) == 2


def test_cells_in_words() -> None:
    assert str(cells(spec(p="4"))[0]) == "tanh, fa, sphere, n = 2, d = 3, η = 0.1, λ = 0, cutoff = never, p = 4"
    assert named({}) == ""


DEEP = """
repeats = 2
steps = 8
functionals = ["final loss", "final layer_alignment[1]", "final test_accuracy"]
[grid]
activation = "tanh"
rule = ["bp", "dfa"]
depth = [2, 4]
batch = 2
order = "shuffled"
momentum = [0.0, 0.5]
test = 5
n = 4
d = 3
k = 2
eta = 0.1
p = 6
"""


def test_cells_of_any_depth_are_run() -> None:
    spec = parse(DEEP)
    assert spec.cells == 8
    law = cells(spec)[-1].law
    assert law == DeepLaw(
        "tanh", 4, 3, (6, 6, 6), k=2, eta=0.1, rule="dfa", momentum=0.5, batch=2, order="shuffled", test=5
    )
    assert str(cells(spec)[-1]).endswith("depth = 4, momentum = 0.5, batch = 2, shuffled, test = 5, p = 6")
    for item in items(spec):
        record = carry_out(item)
        assert not isinstance(record, str), record
        assert record.backend == "numpy"
        assert all(None not in column for column in record.values.values())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("depth = 1", r"grid.depth\[0\] = 1; expected whole numbers ≥ 2"),
        ('order = "random"', r"grid.order\[0\] = 'random'; expected one or more of cyclic"),
        ('order = "online"', "the order 'online' needs a batch size"),
        ('loss = "cross-entropy"', "the loss 'cross-entropy' needs k ≥ 2 classes"),
        ("momentum = 1.0", r"grid.momentum\[0\] = 1.0; expected numbers ≥ 0 and < 1"),
    ],
)
def test_what_no_deep_law_can_be_is_refused(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse(HEAD + GRID + text)


def test_a_sweep_can_ask_for_jax() -> None:
    pytest.importorskip("jax")
    text = (HEAD + GRID).replace("p = [4, 8]", "p = 6")
    one, other = (
        [carry_out(item) for item in items(parse(extra + text))] for extra in ("", 'backend = "jax"\ndevice = "cpu"\n')
    )
    for ours, theirs in zip(one, other, strict=True):
        assert not isinstance(ours, str)
        assert not isinstance(theirs, str)
        assert (ours.backend, theirs.backend) == ("numpy", "jax")
        assert np.allclose(ours.values["final loss"], theirs.values["final loss"], rtol=1e-12)
    with pytest.raises(InputError, match="backend = 'gpu'; expected auto, numpy or jax"):
        parse('backend = "gpu"\n' + text)
