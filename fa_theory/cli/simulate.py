"""``fa-theory simulate``: the simulations of the papers, resumable."""

from __future__ import annotations

import hashlib
import json as json_library
import math
import statistics
from collections.abc import Callable, Iterable
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from fa_theory.errors import FATheoryError, InputError

from .options import DEFAULT_JOBS, DEFAULT_OUT, Jobs, Json, Out, Seed
from .terminal import console, progress, table

if TYPE_CHECKING:
    from fa_theory.simulation.song2021 import Cell

BLOCK = 10
"""Networks in one unit of work: what an interrupt can lose."""

Number = TypeVar("Number", int, float)

app = typer.Typer(help="Repeat the simulations of a paper.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def simulate() -> None:
    """Repeat the simulations of a paper."""


class ActivationName(StrEnum):
    """The networks of the paper."""

    LINEAR = "linear"
    RELU = "relu"
    TANH = "tanh"
    SIGMOID = "sigmoid"


@app.command("song2021-alignment")
def song2021_alignment(
    activation: Annotated[ActivationName, typer.Option(help="Linear networks are simulated by their exact law.")],
    widths: Annotated[
        str | None, typer.Option(metavar="P,P,…", help="Widths; default: those of the paper, 200 to 12800.")
    ] = None,
    lam: Annotated[
        str | None, typer.Option(metavar="λ,λ,…", help="Regularisations as in the paper; default: 0,0.1,0.2,0.3.")
    ] = None,
    repeats: Annotated[int, typer.Option(min=1, help="Networks in each cell; the paper has 50.")] = 50,
    seed: Seed = 0,
    jobs: Jobs = DEFAULT_JOBS,
    json: Json = None,
    out: Out = DEFAULT_OUT,
) -> None:
    """Alignment against width (Song, Xu & Lafferty 2021), with the paper's stopping rule.

    For tanh, sigmoid and ReLU networks the widths of the paper take hours; what is finished is kept.
    """
    from fa_theory.claims.ledger import open_ledger
    from fa_theory.claims.pool import perform
    from fa_theory.simulation.song2021 import LAMBDAS, WIDTHS, Cell

    sizes = _listed("--widths", widths, int) or WIDTHS
    cells = [Cell(activation.value, x, p) for x in _listed("--lam", lam, float) or LAMBDAS for p in sizes]
    blocks = [(first, min(BLOCK, repeats - first)) for first in range(0, repeats, BLOCK)]
    everything = [(cell, seed, first, count) for cell in cells for first, count in blocks]
    found: dict[Job, list[float | None]] = {}
    with open_ledger(out / "simulate.sqlite", _run_key(activation.value, cells, repeats, seed)) as ledger:
        for job in everything:
            record = ledger.get("song2021-alignment", str(job[0]), _name(job))
            if record is not None:
                found[job] = record["alignments"]
        if found:
            console(stderr=True).print(f"resuming: {len(found)} of {len(everything)} blocks were finished before")
        left = [job for job in everything if job not in found]
        with progress("simulating") as tell, closing(perform(_block, left, workers=jobs)) as running:
            for job, alignments in running:
                found[job] = alignments
                ledger.add("song2021-alignment", str(job[0]), _name(job), {"alignments": alignments})
                tell(len(found), len(everything), f"p = {job[0].p}, λ = {job[0].lam:g}")
        rows = [_row(cell, [x for job in everything if job[0] == cell for x in found[job]]) for cell in cells]
        content = json_library.dumps(rows, indent=1) + "\n"
        results = out / f"song2021-alignment-{activation.value}.json"
        for path in (results, *([json] if json else [])):
            _write(path, content)
        ledger.finish()
    _summarise(cells, rows, repeats, seed, results)


Job = tuple["Cell", int, int, int]
"""Cell, seed, first network, number of networks."""


def _block(job: Job) -> list[float | None]:
    from fa_theory.seeds import generator

    cell, seed, first, count = job
    address = ("song2021-alignment", cell.activation, repr(cell.lam), cell.p)
    values = cell.alignments([generator(seed, *address, i) for i in range(first, first + count)])
    return [value if math.isfinite(value) else None for value in values]


def _name(job: Job) -> str:
    return f"{job[2]}+{job[3]}"


def _run_key(activation: str, cells: Iterable[Cell], repeats: int, seed: int) -> str:
    from fa_theory.claims.assembly import versions
    from fa_theory.claims.runner import code_digest

    parts = [activation, [str(cell) for cell in cells], repeats, seed, code_digest(), versions()]
    return hashlib.sha256(json_library.dumps(parts).encode()).hexdigest()


def _listed(option: str, text: str | None, kind: Callable[[str], Number]) -> tuple[Number, ...]:
    """Numbers separated by commas, each once."""
    try:
        return tuple(dict.fromkeys(kind(part) for part in text.split(","))) if text is not None else ()
    except ValueError:
        raise InputError(f"{option} takes numbers separated by commas but got {text!r}") from None


def _row(cell: Cell, alignments: list[float | None]) -> dict[str, Any]:
    """Mean and standard deviation over the networks that did not diverge."""
    values = [value for value in alignments if value is not None]
    return {
        "activation": cell.activation,
        "lam": cell.lam,
        "p": cell.p,
        "mean": statistics.fmean(values) if values else None,
        "sd": statistics.stdev(values) if len(values) > 1 else None,
        "repeats": len(values),
    }


def z_score(row: dict[str, Any]) -> float | None:
    """Our mean less the published one, over the standard error of their difference; both have our spread."""
    from fa_theory.simulation.song2021 import PUBLISHED_REPEATS, published

    theirs = published(row["activation"], row["lam"], row["p"])
    if theirs is None or not row["sd"]:
        return None
    error = row["sd"] * math.sqrt(1 / row["repeats"] + 1 / PUBLISHED_REPEATS)
    return float((row["mean"] - theirs) / error)


def _summarise(cells: list[Cell], rows: list[dict[str, Any]], repeats: int, seed: int, results: Path) -> None:
    from fa_theory.simulation.song2021 import published

    def shown(value: float | None, digits: str) -> str:
        return "" if value is None else format(value, digits)

    lines = [
        (
            f"{cell.lam:g}",
            str(cell.p),
            shown(row["mean"], ".4f"),
            shown(row["sd"], ".4f"),
            str(row["repeats"]),
            shown(published(cell.activation, cell.lam, cell.p), ".3f"),
            shown(z_score(row), "+.2f"),
        )
        for cell, row in zip(cells, rows, strict=True)
    ]
    table(("λ", "width", "mean cos", "sd", "networks", "published", "z"), lines)
    screen = console()
    lost = sum(repeats - row["repeats"] for row in rows)
    if lost:
        screen.print(f"\n{lost} network{'s' if lost != 1 else ''} diverged, and are left out", style="yellow")
    screen.print(f"\n{cells[0].activation} networks, seed {seed}; written to {results}", markup=False)


def _write(path: Path, content: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    except OSError as error:
        raise FATheoryError(f"cannot write {path}: {error.strerror}; choose another place") from None
