"""``fa-theory sweep``."""

from __future__ import annotations

import json as json_library
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fa_theory.errors import FATheoryError, InputError

from .options import DEFAULT_JOBS, DEFAULT_OUT, Jobs, Out
from .terminal import console, progress, prose, table

if TYPE_CHECKING:
    from fa_theory.claims.runner import Progress
    from fa_theory.sweep.cells import Item
    from fa_theory.sweep.store import Store
    from fa_theory.sweep.summary import Fit, Summary


def sweep(
    spec: Annotated[
        Path | None, typer.Argument(metavar="SPEC.toml", help="Specification of the sweep.", show_default=False)
    ] = None,
    example: Annotated[bool, typer.Option("--example", help="Print a commented example of SPEC.toml.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Require an existing store to resume.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Discard the store and start again.")] = False,
    executor: Annotated[
        str, typer.Option(metavar="local|dask://HOST:PORT", help="Local processes, or the workers of a dask cluster.")
    ] = "local",
    export: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Also write all values (.csv, .json, .parquet).")
    ] = None,
    confidence: Annotated[float, typer.Option(help="Confidence level of the intervals.")] = 0.95,
    jobs: Jobs = DEFAULT_JOBS,
    out: Out = DEFAULT_OUT,
) -> None:
    """Simulate a grid of networks and measure them; an interrupted or killed sweep can be resumed.

    The same command resumes automatically; --resume refuses to start a new sweep, for instance if --out is misspelt.
    """
    from fa_theory.sweep import execute, summary
    from fa_theory.sweep.cells import items
    from fa_theory.sweep.export import check_format
    from fa_theory.sweep.export import export as write_table
    from fa_theory.sweep.reading import read
    from fa_theory.sweep.run import run_items
    from fa_theory.sweep.store import open_store
    from fa_theory.sweep.work import environment

    if example:
        print((Path(execute.__file__).with_name("example.toml")).read_text("utf-8"), end="")
        return
    if spec is None:
        raise InputError(
            "give a specification: fa-theory sweep SPEC.toml; print an example with: fa-theory sweep --example"
        )
    if resume and fresh:
        raise InputError("--resume keeps the stored records and --fresh discards them; choose one")
    if not 0 < confidence < 1:
        raise InputError(f"expected --confidence between 0 and 1 but got {confidence:g}")
    exports = export or []
    for file in exports:
        check_format(file)
    plan, chosen = read(spec), execute.executor(executor, jobs=jobs)
    folder = out / "sweeps" / spec.stem
    path = folder / "store.sqlite"
    if resume and not path.is_file():
        raise InputError(f"nothing to resume: the store {path} does not exist; check --out, or omit --resume")
    screen = console(stderr=True)
    todo = list(items(plan))
    again = shlex.join(["fa-theory", "sweep", str(spec), "--out", str(out)])
    with open_store(path, plan.identity(), environment(), fresh=fresh) as store:
        screen.print(
            f"{plan.cells:,} cells × {plan.repeats:,} networks in {len(todo):,} work items"
            + (f"; {len(store):,} already finished" if len(store) else ""),
            markup=False,
        )
        with _interruptible(store, len(todo), path, again), progress("sweeping") as bar:
            finished = store.finished()
            left = sum(item.cost for item in todo if item.key not in finished)
            failures = run_items(todo, store, chosen, notify=_Eta(len(finished), len(todo), left, bar))
        found = summary.summarise(plan, store, confidence=confidence)
        for file in exports:
            write_table(plan, store, file)
    written = _write(found, folder)
    _print(found)
    print()
    prose(f"written to {folder}: store.sqlite, {', '.join(written)}")
    if failures:
        raise FATheoryError(
            f"{len(failures)} of {len(todo)} work items failed and are missing above; first error: {min(failures)}; "
            "the others are kept, and the same command retries the failed ones"
        )


@contextmanager
def _interruptible(store: Store, total: int, path: Path, command: str) -> Iterator[None]:
    """On an interruption, report what is kept and how to resume."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        interrupt.add_note(f"{len(store)} of {total} work items are kept in {path}; resume with: {command}")
        raise


class _Eta:
    """Updates a progress bar with an estimate of the remaining time, by the cost of the items, not their number."""

    def __init__(self, done: int, total: int, cost: float, bar: Progress) -> None:
        self.done, self.total, self.cost, self.bar = done, total, cost, bar
        self.left, self.begun = cost, time.monotonic()
        bar(done, total, "")

    def __call__(self, item: Item) -> None:
        self.done, self.left = self.done + 1, self.left - item.cost
        seconds = (time.monotonic() - self.begun) * self.left / (self.cost - self.left)
        self.bar(self.done, self.total, f"about {_duration(seconds)} left")


def _duration(seconds: float) -> str:
    """A rough duration in words.

    Examples
    --------
    >>> _duration(40), _duration(150), _duration(9000)
    ('40 s', '2 min', '2.5 h')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def _write(found: Summary, folder: Path) -> list[str]:
    """Write the summary and the figures; return their names."""
    from fa_theory.figures.draw import pdf, svg_file
    from fa_theory.sweep.figures import drawing
    from fa_theory.work.files import write

    content = json_library.dumps(found.document(), indent=1, ensure_ascii=False) + "\n"
    files = {"summary.json": content.encode()}
    for f in found.spec.measured:
        drawn = drawing(found, f.text)
        if drawn is not None:
            files |= {f"{f.slug}.pdf": pdf(drawn), f"{f.slug}.svg": svg_file(drawn)}
    for name, data in files.items():
        write(folder / name, data)
    return list(files)


def _print(found: Summary) -> None:
    """Print a table for each functional, and warnings."""
    from fa_theory.checker.decimals import interval as outwards
    from fa_theory.sweep.cells import SYMBOLS, named, shown

    axes = found.varying or ("p",)
    percent = f"{100 * found.confidence:g} %"
    for text in (f.text for f in found.spec.measured):
        print(f"\n{text}")
        rows = [
            (
                *(shown(getattr(e.cell, axis)) for axis in axes),
                str(e.n),
                _digits(e.mean),
                _digits(e.sd),
                "" if e.interval is None else outwards(*e.interval, 4),
                str(e.diverged or ""),
                str(e.undefined or ""),
            )
            for e in found.estimates
            if e.functional == text
        ]
        names = (*(SYMBOLS[axis] for axis in axes), "N", "mean", "sd", f"{percent} t interval")
        table((*names, "diverged", "undefined"), rows)
        for fit in found.fits:
            if fit.functional == text:
                place = named({axis: fit.where[axis] for axis in axes if axis != "p"})
                prose(f"{place}{': ' if place else ''}{_law(fit)}", indent=2, hang=2)
    first = found.spec.measured[0].text
    diverged, undefined = (
        sum(e.diverged for e in found.estimates if e.functional == first),
        sum(e.undefined for e in found.estimates),
    )
    if diverged:
        are = "network diverged and is" if diverged == 1 else "networks diverged and are"
        prose(f"{diverged} {are} excluded from the means: see the column diverged", style="yellow")
    if undefined:
        are = "value is" if undefined == 1 else "values are"
        prose(f"{undefined} {are} undefined and excluded from the means: see the column undefined", style="yellow")


def _law(fit: Fit) -> str:
    average = "mean" if fit.average == "mean" else "root mean square"
    return f"{average} ~ p^α, α = {fit.exponent}" if fit.exponent else f"no exponent: {fit.why}"


def _digits(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
