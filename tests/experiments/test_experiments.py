"""Experiments: options from fields, discovery, jobs done once, and the command made from a declaration."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import ModuleType

import pytest

from fa_theory.cli import main, simulate
from fa_theory.errors import InputError
from fa_theory.experiments.experiment import Experiment, Findings, Record
from fa_theory.experiments.library import experiments, experiments_of
from fa_theory.experiments.options import option, options
from fa_theory.experiments.run import conducted
from fa_theory.papers import papers
from fa_theory.record.figure import Axis, Curve, Figure
from fa_theory.record.table import Table


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, kw_only=True)
class Dice(Experiment[int]):
    """Throw dice."""

    name = "someone2025-dice"
    source = "someone2025, Figure 1"

    colours: tuple[Colour, ...] = option(tuple(Colour), help="Colours.")
    sides: tuple[int, ...] = option((4, 6), least=1, metavar="N,N,…", help="Numbers of sides.")
    weight: float | None = option(None, least=0, help="Weight; default: none.")
    loaded: bool = option(False, help="Whether they are.")
    colour: Colour = option(help="The one that counts.")

    @property
    def preamble(self) -> str:
        return "rolling"

    def jobs(self) -> Sequence[int]:
        return self.sides

    @staticmethod
    def work(job: int, out: Path) -> Record:
        return {"mean": (1 + job) / 2}

    def findings(self, records: Mapping[int, Record]) -> Findings:
        rows = [{"sides": job, "mean": record["mean"], "colour": self.colour} for job, record in records.items()]
        means = [row["mean"] for row in rows]
        lines = [[row["sides"], row["mean"]] for row in rows]
        axes = {"x": Axis(label="sides"), "y": Axis(label="mean")}
        curve = Curve(label="", x=[float(side) for side in self.sides], y=means)
        return Findings(
            rows=rows,
            tables=[Table(caption="means:", columns=["sides", "mean"], rows=lines)],
            figures=[Figure(name="dice", caption="", curves=[curve], **axes)],
            warnings=["a die was lost"],
            notes=["fair dice"],
        )


# options


def test_options_are_those_of_the_fields_and_the_seed() -> None:
    found = {one.name: one for one in options(Dice)}
    assert list(found) == ["colour", "colours", "sides", "weight", "loaded", "seed"]
    assert (found["sides"].kind, found["sides"].several, found["sides"].default) == (int, True, (4, 6))
    assert (found["weight"].kind, found["weight"].several, found["weight"].least) == (float, False, 0)
    assert (found["colours"].kind, found["colours"].several) == (Colour, True)


def test_choices_are_given_by_name() -> None:
    assert Dice(colour="red", colours=("blue",)) == Dice(colour=Colour.RED, colours=(Colour.BLUE,))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"sides": (4, 0)}, "expected sides ≥ 1 but got 0"),
        ({"sides": (4, 4)}, "sides contains 4 twice"),
        ({"sides": ()}, "sides is empty"),
        ({"weight": float("nan")}, "expected weight ≥ 0 but got nan"),
        ({"seed": -1}, "expected seed ≥ 0"),
        ({"colour": "green"}, "colour has no choice 'green'; choose from red, blue"),
        ({"colours": ("red", "red")}, "colours contains red twice"),
    ],
)
def test_values_that_are_refused(given: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Dice(**({"colour": "red"} | given))


# discovery


def test_the_experiments_of_all_papers_are_found() -> None:
    found = experiments()
    assert {"song2021-alignment", "song2021-loss", "song2021-mnist", "song2021-digits"} <= set(found)
    keys = {paper.rpartition(".")[2] for paper in papers()}
    for name, experiment in found.items():
        assert experiment.name == name
        assert name.partition("-")[0] in keys
        assert experiment.source.partition(",")[0] in keys
        assert experiment.__doc__


def test_a_module_without_an_experiment_is_refused() -> None:
    with pytest.raises(InputError, match="empty declares no experiment"):
        experiments_of(ModuleType("empty"))


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from fa_theory.cli import main\n"
        "for words in ([], ['song2021-alignment'], ['song2021-loss'], ['song2021-mnist'], ['song2021-digits']):\n"
        "    sys.argv = ['fa-theory', 'simulate', *words, '--help']\n"
        "    try: main()\n"
        "    except SystemExit as stop: assert stop.code == 0\n"
        "print('\\nloaded:', *sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(answer.stdout.partition("loaded:")[2].split())
    assert "fa_theory.proofs.song2021.experiments.alignment" in loaded
    assert loaded.isdisjoint({"numpy", "scipy", "sympy", "matplotlib", "sklearn"})


# running


def test_jobs_are_done_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []

    def work(job: int, out: Path) -> Record:
        if job == 6 and not done:
            done.append(job)
            raise RuntimeError("power cut")
        return {"mean": float(job)}

    monkeypatch.setattr(Dice, "work", staticmethod(work))
    dice, before, after = Dice(colour="red"), [], []
    with pytest.raises(RuntimeError, match="power cut"), conducted(dice, tmp_path):
        pass
    with conducted(
        dice,
        tmp_path,
        resumed=lambda *counts: before.append(counts),
        notify=lambda *progress: after.append(progress),
    ) as found:
        assert [row["mean"] for row in found.rows] == [4.0, 6.0]
    assert before == [(1, 2)]
    assert after == [(2, 2, "6")]
    with conducted(dice, tmp_path, resumed=lambda *counts: before.append(counts)):
        pass
    assert len(before) == 1  # a finished run begins anew


# the command


@pytest.fixture
def fa(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., tuple]:
    """``fa-theory simulate someone2025-dice``: exit code, output, errors."""
    monkeypatch.setattr("fa_theory.experiments.library.experiments", lambda: {Dice.name: Dice})
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["fa-theory", "simulate", *arguments])
        with pytest.raises(SystemExit) as stop:
            main()
        out, err = capsys.readouterr()
        return int(stop.value.code or 0), out, err

    return run


def test_a_declaration_is_a_command(fa: Callable[..., tuple], tmp_path: Path) -> None:
    code, out, err = fa(Dice.name, "--colour", "red", "--sides", "6,8", "--jobs", "1", "--json", "more.json")
    assert code == 0
    assert "rolling" in err
    for words in ("means:", "3.5", "a die was lost", "fair dice; seed 0; written to out/someone2025-dice.json"):
        assert words in out
    rows = json.loads((tmp_path / "out" / "someone2025-dice.json").read_text())
    assert rows == json.loads((tmp_path / "more.json").read_text())
    assert [row["sides"] for row in rows] == [6, 8]
    for suffix in ("pdf", "svg"):
        assert (tmp_path / "out" / f"someone2025-dice.{suffix}").stat().st_size > 1000


def test_the_help_says_what_is_declared(fa: Callable[..., tuple]) -> None:
    code, out, _ = fa(Dice.name, "--help")
    assert code == 0
    for words in (
        "Throw dice.",
        "--sides N,N,…",
        "(4,6)",
        "Numbers of sides.",
        "--loaded / --no-loaded",
        "Weight; default",
        "someone2025, Figure 1",
    ):
        assert words in out
    assert Dice.name in fa("--help")[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("--sides", "4", "--sides", "6"),
            "--sides': was given twice; give it once with its values separated by commas",
        ),
        (("--weight", "1", "--weight", "1"), "--weight': was given twice; give it once"),
        (("--colour", "blue"), "--colour': was given twice"),
        (("--seed", "1", "--seed", "2"), "--seed': was given twice"),
        (("--jobs", "1", "--jobs", "1"), "--jobs': was given twice"),
        (("--loaded", "--no-loaded"), "was given twice"),
        (("--colours", "red", "--colours", "red"), "colours contains red twice"),
        (("--sides", "4,4"), "sides contains 4 twice"),
        (("--sides", "4x"), "--sides takes numbers separated by commas but got '4x'"),
        (("--sides", ""), "--sides takes numbers"),
        (("--side", "4"), "No such option"),
        (("more",), "unexpected extra argument"),
    ],
)
def test_nothing_is_guessed_or_ignored(fa: Callable[..., tuple], arguments: tuple[str, ...], words: str) -> None:
    code, _, err = fa(Dice.name, "--colour", "red", *arguments)
    assert code == 2
    assert words in err


def test_several_choices_are_given_one_by_one(fa: Callable[..., tuple], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Dice] = []
    monkeypatch.setattr(simulate, "perform", lambda experiment, *rest: seen.append(experiment))
    assert fa(Dice.name, "--colour", "red", "--colours", "red", "--colours", "blue", "--loaded")[0] == 0
    assert fa(Dice.name, "--colour", "red")[0] == 0
    assert seen == [Dice(colour="red", colours=("red", "blue"), loaded=True), Dice(colour="red")]


def test_an_unknown_experiment(fa: Callable[..., tuple]) -> None:
    code, _, err = fa("someone2025-cards")
    assert code == 2
    assert "No such command 'someone2025-cards'" in err
