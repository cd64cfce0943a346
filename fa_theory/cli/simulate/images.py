"""``fa-theory simulate song2021-mnist`` and ``song2021-digits``: classification by feedback alignment."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fa_theory.cli.options import DEFAULT_JOBS, DEFAULT_OUT, Jobs, Json, Out, Seed
from fa_theory.cli.terminal import console, table

from .work import Record, finite, listed, performed, shown, spread, write_results

if TYPE_CHECKING:
    from fa_theory.proofs.song2021.experiments.images import Images, Training

POINTS = 50
"""Steps that are recorded."""
TITLES = {
    "alignment": ("alignment of $\\beta$ with $b$", "cos(β, b)"),
    "signals": ("alignment of the error signals", "cos of signals"),
    "accuracy": ("test accuracy", "test accuracy"),
    "loss": ("training loss", "training loss"),
}
"""On the axis, and in the table."""

Job = tuple[str, "Training", int, int]
"""Folder of the data (empty: digits), what to train with, seed, and the number of the network."""

Lam = Annotated[
    str | None, typer.Option(metavar="λ,λ,…", help="Regularisations of the second layer; default: 0,0.1,0.3.")
]
Width = Annotated[int, typer.Option(min=1, help="Hidden neurons.")]
Steps = Annotated[int, typer.Option(min=1, help="Steps of stochastic gradient descent.")]
Batch = Annotated[int, typer.Option(min=1, help="Images in a batch.")]
StepSize = Annotated[float, typer.Option(help="Step size on the mean loss of a batch.")]
Repeats = Annotated[int, typer.Option(min=1, help="Networks for each λ.")]


def song2021_mnist(
    data: Annotated[Path, typer.Option(metavar="FOLDER", help="Folder with the IDX files of MNIST, plain or .gz.")],
    width: Width = 1000,
    steps: Steps = 3000,
    lam: Lam = None,
    repeats: Repeats = 1,
    batch: Batch = 600,
    step_size: StepSize = 1e-2,
    seed: Seed = 0,
    jobs: Jobs = DEFAULT_JOBS,
    json: Json = None,
    out: Out = DEFAULT_OUT,
) -> None:
    """MNIST (Song, Xu & Lafferty 2021): alignment of weights and of error signals, accuracy and loss against steps.

    ReLU network with cross-entropy, without dropout. If the folder has one of the two sets of images only, it is split.
    """
    training = {"p": width, "steps": steps, "batch": batch, "step_size": step_size}
    _experiment("song2021-mnist", str(data), training, lam, repeats, seed, jobs, json, out)


def song2021_digits(
    width: Width = 300,
    steps: Steps = 3000,
    lam: Lam = None,
    repeats: Repeats = 3,
    batch: Batch = 100,
    step_size: StepSize = 1e-2,
    seed: Seed = 0,
    jobs: Jobs = DEFAULT_JOBS,
    json: Json = None,
    out: Out = DEFAULT_OUT,
) -> None:
    """The same as song2021-mnist with the small digits that come with scikit-learn: no files needed, half a minute."""
    training = {"p": width, "steps": steps, "batch": batch, "step_size": step_size}
    _experiment("song2021-digits", "", training, lam, repeats, seed, jobs, json, out)


def _experiment(
    command: str,
    folder: str,
    training: dict[str, float],
    lam: str | None,
    repeats: int,
    seed: int,
    jobs: int,
    json: Path | None,
    out: Path,
) -> None:
    from fa_theory.proofs.song2021.experiments.images import LAMBDAS, Training
    from fa_theory.proofs.song2021.experiments.mnist import digest

    every = max(1, int(training["steps"]) // POINTS)
    settings = [Training(lam=x, every=every, **training) for x in listed("--lam", lam, float) or LAMBDAS]
    images = _images(folder)
    console(stderr=True).print(f"{images.provenance}", markup=False)
    everything: list[Job] = [(folder, each, seed, i) for each in settings for i in range(repeats)]
    results = out / f"{command}.json"
    with performed(command, everything, _train, _label, out=out, workers=jobs, about=[digest(images)]) as found:
        rows = [
            _row(each, images.provenance, [found[job] for job in everything if job[1] == each]) for each in settings
        ]
        write_results(rows, results, json)
        drawn = _draw(rows, results.with_suffix(""))
    _summarise(rows, repeats, seed, (results, *drawn))


@lru_cache(maxsize=1)
def _images(folder: str) -> Images:
    from fa_theory.proofs.song2021.experiments.mnist import from_digits, from_folder

    return from_folder(folder) if folder else from_digits()


def _train(job: Job) -> Record:
    from fa_theory.seeds import generator

    folder, training, seed, i = job
    # networks that differ in λ only begin alike and see the same batches
    rng = generator(seed, "song2021-images", training.p, training.batch, i)
    found = training.run(_images(folder), rng)
    return {name: [finite(value) for value in values] for name, values in found.items()}


def _label(job: Job) -> str:
    return f"λ = {job[1].lam:g}, network {job[3]}"


def _row(training: Training, provenance: str, records: list[Record]) -> Record:
    """Mean and standard deviation at every recorded step, over the networks that have not diverged."""
    row: Record = {
        "data": provenance,
        "lam": training.lam,
        "p": training.p,
        "batch": training.batch,
        "step_size": training.step_size,
        "steps": training.recorded,
    }
    for name in TITLES:
        columns = [spread(values) for values in zip(*(record[name] for record in records), strict=True)]
        row[name] = {"mean": [mean for mean, _, _ in columns], "sd": [sd for _, sd, _ in columns]}
        row["repeats"] = columns[-1][2]
    return row


def _draw(rows: list[Record], stem: Path) -> tuple[Path, Path]:
    from fa_theory.record.evidence import Figure

    from . import drawing

    panels = []
    for name, (title, _) in TITLES.items():
        curves = [
            drawing.curve(f"$\\lambda = {row['lam']:g}$", row["steps"], row[name]["mean"], row[name]["sd"])
            for row in rows
        ]
        axes = drawing.axis("step"), drawing.axis(title, "log" if name == "loss" else "linear")
        panels.append(Figure(name=f"{stem.name}-{name}", caption="", x=axes[0], y=axes[1], curves=curves))
    return drawing.save(panels, stem, size=(3.5, 2.4))


def _summarise(rows: list[Record], repeats: int, seed: int, files: tuple[Path, ...]) -> None:
    lines = []
    for row in rows:
        cells = []
        for name in TITLES:
            mean, sd = row[name]["mean"][-1], row[name]["sd"][-1]
            cells.append(shown(mean, ".4f") + (f" ± {sd:.4f}" if sd is not None else ""))
        lines.append((f"{row['lam']:g}", *cells, str(row["repeats"])))
    print(f"after {rows[0]['steps'][-1]} steps, width {rows[0]['p']}:")
    table(("λ", *(title for _, title in TITLES.values()), "networks"), lines)
    lost = sum(repeats - row["repeats"] for row in rows)
    if lost:
        console().print(f"\n{lost} of the networks diverged, and are left out from there on", style="yellow")
    console().print(f"\n{rows[0]['data']}; seed {seed}; written: {', '.join(map(str, files))}", markup=False)
