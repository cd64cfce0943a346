"""``fa-theory simulate``: the simulations of the papers, resumable, as tables, JSON and figures.

Every experiment declared by a paper is a command, with the options that it declares.
"""

from __future__ import annotations

import json as json_library
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import MISSING
from enum import StrEnum
from inspect import Parameter, Signature, getdoc
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from fa_theory.cli.once import Once
from fa_theory.cli.options import DEFAULT_JOBS, DEFAULT_OUT, Jobs, Json, Out
from fa_theory.cli.terminal import console, progress, prose, table
from fa_theory.errors import InputError
from fa_theory.work.files import write

if TYPE_CHECKING:
    from fa_theory.experiments.experiment import Experiment, Findings
    from fa_theory.experiments.options import Option

ALONE = (5.4, 3.2)
"""Width and height in inches of a single figure."""


class Experiments(TyperGroup):
    """A group whose commands are the experiments of the papers, loaded on demand."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names of the experiments."""
        from fa_theory.experiments.library import experiments

        return list(experiments())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of an experiment, or None if there is no experiment of this name."""
        from fa_theory.experiments.library import experiments

        found = experiments()
        return command(found[cmd_name]) if cmd_name in found else None


app = typer.Typer(cls=Experiments, no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def simulate() -> None:
    """Reproduce the simulations of a paper."""


def command(experiment: type[Experiment[Any]]) -> Any:
    """The command of an experiment, built from its declaration."""
    from fa_theory.experiments.options import options

    own, common = options(experiment), {"jobs": (Jobs, DEFAULT_JOBS), "json": (Json, None), "out": (Out, DEFAULT_OUT)}

    def run(jobs: int, json: Path | None, out: Path, **given: Any) -> None:
        values = {one.name: _value(one, given[one.name]) for one in own if given[one.name] is not None}
        perform(experiment(**values), jobs, json, out)

    parameters = [_parameter(one) for one in own]
    parameters += [
        Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, (annotation, default) in common.items()
    ]
    _declare(run, parameters)
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command(experiment.name, cls=Once, help=getdoc(experiment), epilog=f"Source: {experiment.source}.")(run)
    return get_command(alone)


def _declare(function: Callable[..., None], parameters: Sequence[Parameter]) -> None:
    """Give a function the parameters that typer shows."""
    function.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    function.__annotations__ = {each.name: each.annotation for each in parameters}


def _parameter(one: Option) -> Parameter:
    """An option for typer; numbers are separated by commas, choices are given by repeating the option."""
    declared: dict[str, Any] = {"help": one.help, "metavar": one.metavar}
    kind: Any = one.kind
    default = one.default
    if one.several:
        kind = list[kind] if issubclass(one.kind, StrEnum) else str
        if default is not MISSING and default is not None:
            declared["show_default"] = ",".join(f"{value:g}" for value in default) if kind is str else False
            default = None
    elif one.least is not None:
        declared["min"] = one.least
    return Parameter(
        one.name,
        Parameter.KEYWORD_ONLY,
        default=Parameter.empty if default is MISSING else default,
        annotation=Annotated[kind | None if default is None else kind, typer.Option(**declared)],
    )


def _value(one: Option, given: Any) -> Any:
    """The value for the experiment from the value given by typer."""
    if not one.several:
        return given
    if issubclass(one.kind, StrEnum):
        return tuple(given)
    try:
        return tuple(one.kind(part) for part in given.split(","))
    except ValueError:
        name = one.name.replace("_", "-")
        raise InputError(f"--{name} takes numbers separated by commas but got {given!r}") from None


def perform(experiment: Experiment[Any], jobs: int, json: Path | None, out: Path) -> None:
    """Run an experiment, write its results, and print its tables."""
    from fa_theory.experiments.run import conducted

    screen = console(stderr=True)
    if experiment.preamble:
        prose(experiment.preamble, stderr=True)

    def resumed(done: int, total: int) -> None:
        screen.print(f"resuming: {done} of {total} jobs already finished")

    with ExitStack() as running:
        with progress("simulating") as notify:
            found = running.enter_context(conducted(experiment, out, workers=jobs, resumed=resumed, notify=notify))
        files = keep(found, out / experiment.stem, json, lowest=experiment.lowest, columns=experiment.columns)
    show(found, (*found.notes, f"seed {experiment.seed}", f"written to {', '.join(map(str, files))}"))


def keep(found: Findings, stem: Path, json: Path | None, *, lowest: float, columns: int) -> list[Path]:
    """Write the rows as JSON next to the figures and to the file the user names; return the files with this stem."""
    from fa_theory.figures.draw import PANEL, panels, pdf, svg_file

    results = stem.with_name(f"{stem.name}.json")
    for path in (results, *([json] if json else [])):
        write(path, json_library.dumps(found.rows, indent=1) + "\n")
    if not found.figures:
        return [results]
    size = ALONE if len(found.figures) == 1 else PANEL if columns > 1 else (2 * PANEL[0], PANEL[1])
    drawing = panels(found.figures, columns=columns, size=size, lowest=lowest)
    written = [results]
    for suffix, draw in (("pdf", pdf), ("svg", svg_file)):
        written.append(stem.with_name(f"{stem.name}.{suffix}"))
        write(written[-1], draw(drawing))
    return written


def show(found: Findings, notes: Sequence[str]) -> None:
    """Print tables, warnings and notes."""
    screen = console()
    for each in found.tables:
        if each.caption:
            screen.print(each.caption, markup=False)
        table(each.columns, [["" if cell is None else str(cell) for cell in row] for row in each.rows])
    for warning in found.warnings:
        screen.print()
        prose(warning, style="yellow")
    screen.print()
    prose("; ".join(notes))
