"""``fa-theory simulate song2021-loss``: loss curves, with what is proved of them drawn on them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fa_theory.cli.options import DEFAULT_JOBS, DEFAULT_OUT, Jobs, Json, Out, Seed
from fa_theory.cli.terminal import console, table

from .work import ActivationName, Record, finite, listed, performed, shown, write_results

if TYPE_CHECKING:
    from fa_theory.proofs.song2021.experiments.networks import AlignmentCell
    from fa_theory.record.evidence import Figure

COMMAND = "song2021-loss"
POINTS = 100
"""Steps that are recorded."""
LOWEST = 1e-10
"""A loss this small relative to the largest is rounding, and is not drawn."""

Job = tuple["AlignmentCell", int, int, bool, str]
"""Cell, seed, steps, whether to prove, and the folder of the certificates."""


def song2021_loss(
    activation: Annotated[
        list[ActivationName] | None, typer.Option(help="May be given several times; default: all four.")
    ] = None,
    width: Annotated[int, typer.Option(min=1, help="Width; the paper has 3200.")] = 3200,
    steps: Annotated[int, typer.Option(min=1, help="Steps; the paper has 5000.")] = 5000,
    lam: Annotated[
        str | None, typer.Option(metavar="λ,λ,…", help="Regularisations as in the paper; default: 0,0.1,0.2,0.3.")
    ] = None,
    certify: Annotated[bool, typer.Option(help="Try to prove something about every curve.")] = True,
    seed: Seed = 0,
    jobs: Jobs = DEFAULT_JOBS,
    json: Json = None,
    out: Out = DEFAULT_OUT,
) -> None:
    """Loss curves of one network for each activation and λ (Song, Xu & Lafferty 2021), with certified envelopes.

    Linear networks: loss and alignment are enclosed at all steps shown. Others, for λ = 0: a bound for all later steps
    from the first state on where a certificate closes, which is written beside the results for fa-theory recheck.
    Networks of one activation differ in λ only.
    """
    from fa_theory.proofs.song2021.experiments.networks import LAMBDAS, AlignmentCell

    names = [each.value for each in dict.fromkeys(activation or ActivationName)]
    cells = [AlignmentCell(name, x, width) for name in names for x in listed("--lam", lam, float) or LAMBDAS]
    everything: list[Job] = [(cell, seed, steps, certify, str(out / "certificates")) for cell in cells]
    results = out / f"{COMMAND}.json"
    with performed(COMMAND, everything, _curve, _label, out=out, workers=jobs) as found:
        rows = [found[job] for job in everything]
        write_results(rows, results, json)
        drawn = _draw(rows, names, results.with_suffix(""))
    _summarise(rows, seed, (results, *drawn))


def _curve(job: Job) -> Record:
    from fa_theory.enclosure.certificate import write
    from fa_theory.enclosure.curves import envelope
    from fa_theory.proofs.song2021.experiments.loss import loss_curve
    from fa_theory.proofs.song2021.experiments.networks import SAMPLES
    from fa_theory.seeds import generator

    cell, seed, steps, certify, folder = job
    rng = generator(seed, COMMAND, cell.activation, cell.p)
    found = loss_curve(cell, rng, steps=steps, every=max(1, steps // POINTS), certify=certify)
    record: Record = {
        "activation": cell.activation,
        "lam": cell.lam,
        "p": cell.p,
        "steps": found.t.tolist(),
        "loss": [finite(x) for x in found.loss],
        "alignment": [finite(x) for x in found.alignment],
        "enclosed": None,
        "envelope": None,
        "proved": found.reason,
    }
    if found.enclosed is not None:
        both = {"loss": found.enclosed.loss, "alignment": found.enclosed.alignment}
        record["enclosed"] = {name: [list(ends) for ends in values] for name, values in both.items()}
    if found.certificate is not None:
        above = envelope(found.certificate, found.t) ** 2 / SAMPLES
        record["envelope"] = {
            "from": found.certificate["step"],
            "loss": [finite(x) for x in above],
            "certificate": write(found.certificate, folder).name,
        }
    return record


def _label(job: Job) -> str:
    return f"{job[0].activation}, λ = {job[0].lam:g}"


def _panel(name: str, rows: list[Record]) -> Figure:
    from fa_theory.record.evidence import Figure

    from . import drawing

    curves, bare = [], 0
    for row in rows:
        label, steps, losses = f"$\\lambda = {row['lam']:g}$", row["steps"], row["loss"]
        if row["enclosed"]:
            losses = [high for _, high in row["enclosed"]["loss"]]
        elif row["envelope"]:
            curves.append(drawing.curve(label, steps, row["envelope"]["loss"], style="dashed"))
        else:
            bare += 1
        curves.append(drawing.curve(label, steps, [x or None for x in losses]))
    told = [
        "Enclosed in ball arithmetic." if any(row["enclosed"] for row in rows) else "",
        "Dashed: proved bound." if any(row["envelope"] for row in rows) else "",
        "" if not bare else "Nothing proved." if bare == len(rows) else "Else nothing proved.",
    ]
    return Figure(
        name=f"{COMMAND}-{name}",
        caption=" ".join([f"{name}.", *filter(None, told)]),
        x=drawing.axis("step $t$"),
        y=drawing.axis("mean squared error", "log"),
        curves=curves,
    )


def _draw(rows: list[Record], names: list[str], stem: Path) -> tuple[Path, Path]:
    from . import drawing

    panels = [_panel(name, [row for row in rows if row["activation"] == name]) for name in names]
    return drawing.save(panels, stem, size=(3.7, 2.6), lowest=LOWEST)


def _summarise(rows: list[Record], seed: int, files: tuple[Path, ...]) -> None:
    lines = [
        (
            row["activation"],
            f"{row['lam']:g}",
            str(row["p"]),
            shown(row["loss"][0], ".4g"),
            shown(row["loss"][-1], ".4g") or "diverged",
            shown(row["alignment"][-1], ".4f"),
            row["proved"],
        )
        for row in rows
    ]
    table(("activation", "λ", "width", "loss at 0", "at the end", "cos", "proved"), lines)
    console().print(f"\nseed {seed}; written: {', '.join(map(str, files))}", markup=False)
    certificates = [row["envelope"]["certificate"] for row in rows if row["envelope"]]
    if certificates:
        console().print(f"certificates in {files[0].parent / 'certificates'}: fa-theory recheck FILE", markup=False)
