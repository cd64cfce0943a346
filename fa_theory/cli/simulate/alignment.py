"""``fa-theory simulate song2021-alignment``: alignment at the end of training against width."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fa_theory.cli.options import DEFAULT_JOBS, DEFAULT_OUT, Jobs, Json, Out, Seed
from fa_theory.cli.terminal import console, table

from .work import ActivationName, Record, finite, listed, performed, shown, spread, write_results

if TYPE_CHECKING:
    from fa_theory.proofs.song2021.experiments.networks import AlignmentCell

COMMAND = "song2021-alignment"
BLOCK = 10
"""Linear networks in one unit of work, which are followed together; an interrupt loses no more."""

Job = tuple["AlignmentCell", int, int, int]
"""Cell, seed, first network, number of networks."""


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
    from fa_theory.proofs.song2021.experiments.networks import LAMBDAS, WIDTHS, AlignmentCell

    sizes = listed("--widths", widths, int) or WIDTHS
    cells = [AlignmentCell(activation.value, x, p) for x in listed("--lam", lam, float) or LAMBDAS for p in sizes]
    block = BLOCK if activation is ActivationName.LINEAR else 1
    blocks = [(first, min(block, repeats - first)) for first in range(0, repeats, block)]
    everything: list[Job] = [(cell, seed, first, count) for cell in cells for first, count in blocks]
    results = out / f"{COMMAND}-{activation.value}.json"
    with performed(COMMAND, everything, _block, _label, out=out, workers=jobs) as found:
        rows = [
            _row(cell, [x for job in everything if job[0] == cell for x in found[job]["alignments"]]) for cell in cells
        ]
        write_results(rows, results, json)
        drawn = _draw(rows, results.with_suffix(""))
    _summarise(rows, repeats, seed, (results, *drawn))


def _block(job: Job) -> Record:
    from fa_theory.seeds import generator

    cell, seed, first, count = job
    address = (COMMAND, cell.activation, repr(cell.lam), cell.p)
    values = cell.alignments([generator(seed, *address, i) for i in range(first, first + count)])
    return {"alignments": [finite(value) for value in values]}


def _label(job: Job) -> str:
    return f"p = {job[0].p}, λ = {job[0].lam:g}"


def _row(cell: AlignmentCell, alignments: list[float | None]) -> Record:
    """Mean and standard deviation over the networks that settled."""
    mean, sd, count = spread(alignments)
    return {"activation": cell.activation, "lam": cell.lam, "p": cell.p, "mean": mean, "sd": sd, "repeats": count}


def z_score(row: dict[str, Any]) -> float | None:
    """Our mean less the published one, over the standard error of their difference; both have our spread."""
    from fa_theory.proofs.song2021.experiments.networks import PUBLISHED_REPEATS, published

    theirs = published(row["activation"], row["lam"], row["p"])
    if theirs is None or not row["sd"]:
        return None
    error = row["sd"] * math.sqrt(1 / row["repeats"] + 1 / PUBLISHED_REPEATS)
    return float((row["mean"] - theirs) / error)


def _draw(rows: list[Record], stem: Path) -> tuple[Path, Path]:
    """Mean alignment against width, one line for each λ."""
    from fa_theory.proofs.song2021.experiments.networks import published
    from fa_theory.record.evidence import Figure

    from . import drawing

    curves, marks, activation = [], [], rows[0]["activation"]
    for lam in dict.fromkeys(row["lam"] for row in rows):
        ours = sorted((row for row in rows if row["lam"] == lam), key=lambda row: row["p"])
        p, name = [row["p"] for row in ours], f"$\\lambda = {lam:g}$"
        curves.append(drawing.curve(name, p, [row["mean"] for row in ours], [row["sd"] for row in ours]))
        marks.append(drawing.curve(name, p, [published(activation, lam, each) for each in p], style="points"))
    told = " Diamonds: published means." if any(mark.x for mark in marks) else ""
    panel = Figure(
        name=COMMAND,
        caption=f"{activation} networks: mean, and ± 1 sd of the networks.{told}",
        x=drawing.axis("width $p$", "log"),
        y=drawing.axis("alignment of $\\beta$ with $b$"),
        curves=[*curves, *marks],
    )
    return drawing.save([panel], stem, size=(5.4, 3.2))


def _summarise(rows: list[Record], repeats: int, seed: int, files: tuple[Path, ...]) -> None:
    from fa_theory.proofs.song2021.experiments.networks import published

    lines = [
        (
            f"{row['lam']:g}",
            str(row["p"]),
            shown(row["mean"], ".4f"),
            shown(row["sd"], ".4f"),
            str(row["repeats"]),
            shown(published(row["activation"], row["lam"], row["p"]), ".3f"),
            shown(z_score(row), "+.2f"),
        )
        for row in rows
    ]
    table(("λ", "width", "mean cos", "sd", "networks", "published", "z"), lines)
    screen = console()
    lost = sum(repeats - row["repeats"] for row in rows)
    if lost:
        left = "1 network is" if lost == 1 else f"{lost} networks are"
        screen.print(f"\n{left} left out, having diverged or not settled", style="yellow")
    screen.print(
        f"\n{rows[0]['activation']} networks, seed {seed}; written: {', '.join(map(str, files))}", markup=False
    )
