"""``fa-theory review``."""

from __future__ import annotations

import re
from dataclasses import replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fa_theory.checker.ranges import ACTIVATIONS
from fa_theory.errors import InputError

from .options import DEFAULT_JOBS, DEFAULT_OUT, Jobs, Json, Out, Seed
from .terminal import console, progress, prose, table

if TYPE_CHECKING:
    from fa_theory.model.deep_problem import DeepLaw

PAGES = ("html", "tex", "pdf")


class CertificateKind(StrEnum):
    """Which certificates to look for."""

    late = "late"
    start = "start"
    none = "none"


def review(
    rule: Annotated[
        str, typer.Option(metavar="RULE", help="bp, fa, dfa, …, or FILE.py:NAME for a rule of your own.")
    ] = "fa",
    layers: Annotated[str, typer.Option(metavar="P,P,…", help="Widths of the hidden layers.")] = "100",
    data: Annotated[
        str, typer.Option(help="sphere, gaussian, isometric, teacher, digits, a file, or a folder of IDX files.")
    ] = "sphere",
    target: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Target column of a file, by name or number (from 1); default: the last."),
    ] = None,
    activation: Annotated[str, typer.Option(help=f"One of {', '.join(ACTIVATIONS)}.")] = "tanh",
    n: Annotated[
        int | None, typer.Option("-n", min=1, help="Number of samples; default: 10, or all rows of a file.")
    ] = None,
    d: Annotated[
        int | None, typer.Option("-d", min=1, help="Input dimension; default: 20, or that of the data.")
    ] = None,
    outputs: Annotated[int, typer.Option(min=1, help="Number of outputs; of classes, their number: one-hot.")] = 1,
    test: Annotated[int, typer.Option(min=0, help="Further samples that are never learnt from.")] = 0,
    eta: Annotated[float, typer.Option(help="Step size.")] = 0.1,
    lam: Annotated[float, typer.Option(help="Regularisation of the output weights.")] = 0.0,
    loss: Annotated[str, typer.Option(help="squares or cross-entropy.")] = "squares",
    scaling: Annotated[str, typer.Option(help="ntk, standard or mean-field.")] = "ntk",
    batch: Annotated[int | None, typer.Option(min=1, help="Samples of a step; default: all.")] = None,
    steps: Annotated[int, typer.Option(min=1, help="Steps of each network.")] = 1000,
    networks: Annotated[int, typer.Option(min=1, help="Independent networks.")] = 40,
    confidence: Annotated[float, typer.Option(help="Confidence of the intervals.")] = 0.95,
    certificates: Annotated[
        CertificateKind,
        typer.Option(help="Certificates of decay: of a state that the run reaches, of the start (slower), none."),
    ] = CertificateKind.late,
    formats: Annotated[
        str, typer.Option("--format", help="Pages to write, separated by commas: html, tex, pdf.")
    ] = "html",
    seed: Seed = 0,
    jobs: Jobs = DEFAULT_JOBS,
    out: Out = DEFAULT_OUT,
    json: Json = None,
) -> None:
    """Measure a learning rule on networks and data of yours, with the figures that reviewers ask for, and write a page.

    How often a step ascends the loss, or is obtuse to that of backpropagation; the least cos(B, J) of a run;
    alignment by layer, rate and accuracy, beside backpropagation; and certificates of decay where there are some.
    """
    import msgspec

    from fa_theory.review.measure import reviewed
    from fa_theory.review.page import render_review
    from fa_theory.review.plan import ReviewPlan
    from fa_theory.review.rules import file_of
    from fa_theory.review.summary import summarised
    from fa_theory.review.words import extent, heading, rows
    from fa_theory.work.files import write
    from fa_theory.work.provenance import file_digest, run_key
    from fa_theory.work.resumable import performed

    wanted, data = _formats(formats), _images(data)
    law, provenance = _law(
        data, n, d, outputs, test, target, seed, activation=activation, layers=layers, eta=eta, lam=lam, loss=loss,
        scaling=scaling, batch=batch,
    )  # fmt: skip
    plan = ReviewPlan(
        rule=rule,
        law=law,
        steps=steps,
        networks=networks,
        seed=seed,
        confidence=confidence,
        certificates=certificates.value,
    )
    first = reviewed(replace(plan, steps=1, certificates="none").jobs()[0], out)
    if "error" in first:
        raise InputError(first["error"])
    work = plan.jobs()
    files = [str(file) for file in (file_of(rule), Path(data)) if file is not None and file.is_file()]
    key = run_key("review", [repr(job) for job in work], str(out), *map(file_digest, files))
    screen = console(stderr=True)
    with (
        progress("reviewing") as notify,
        performed(
            out / "review.sqlite",
            key,
            work,
            partial(reviewed, out=out),
            workers=jobs,
            resumed=lambda count: screen.print(f"resuming: {count} of {networks} networks already finished"),
            notify=lambda count, job: notify(count, networks, f"network {job.number}"),
        ) as records,
    ):
        ordered = [records[job] for job in work]
        for record in ordered:
            if "error" in record:
                raise InputError(record["error"])
        found = summarised(plan, ordered, provenance, work[0].problem().network.widths)
        content = msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n"
        folder = out / "review" / _slug(f"{rule} {layers} {Path(data).name}")
        written = [write(folder / "review.json", content), *([write(json, content)] if json else [])]
        page = render_review(found, folder, command=_again(), formats=wanted) if wanted else None
    prose(heading(found), "bold")
    prose(extent(found))
    if provenance:
        prose(f"data: {provenance}")
    print()
    table(("figure", "value", f"{100 * confidence:g} % interval"), rows(found))
    print()
    if page is not None:
        written += [path for path in (page.html, page.tex, page.pdf) if path is not None]
        for note in page.notes:
            prose(note, "yellow", stderr=True)
    prose(f"written to {', '.join(map(str, written))}")


def _again() -> str:
    """The command as it can be given again."""
    import sys

    from fa_theory.review.page import command_line

    return command_line(sys.argv[2:])


def _law(
    data: str,
    n: int | None,
    d: int | None,
    outputs: int,
    test: int,
    target: str | None,
    seed: int,
    *,
    layers: str,
    **how: object,
) -> tuple[DeepLaw, str]:
    """The law, and where its data are from."""
    from fa_theory.model.data import dataset
    from fa_theory.model.data.synthetic import SYNTHETIC
    from fa_theory.model.deep_problem import DeepLaw

    provenance = ""
    if data in SYNTHETIC:
        n, d = 10 if n is None else n, 20 if d is None else d
    else:
        wanted = 10 if n is None and data == "digits" else n
        k = None if outputs == 1 else outputs
        read = dataset(data, rng=seed, n=None if wanted is None else wanted + test, d=d, k=k, target=target)
        n, d, outputs, provenance = read.n - test, read.d, read.k or 1, read.provenance
        if n < 1:
            raise InputError(f"{data} has {read.n} rows, which --test {test} leaves nothing of; choose fewer")
    hidden = _widths(layers)
    return DeepLaw(n=n, d=d, hidden=hidden, data=data, k=outputs, test=test, target=target, **how), provenance  # type: ignore[arg-type]


def _images(data: str) -> str:
    """The file of training images, if the data are a folder with the IDX files of MNIST."""
    if not Path(data).is_dir():
        return data
    files = sorted(path for path in Path(data).glob("train-images*idx3*") if path.is_file())
    if not files:
        raise InputError(f"the folder {data} has no training images: expected train-images-idx3-ubyte, plain or .gz")
    return str(files[0])


def _widths(layers: str) -> tuple[int, ...]:
    """Widths separated by commas."""
    try:
        found = tuple(int(part) for part in layers.split(","))
    except ValueError:
        raise InputError(f"--layers takes widths separated by commas, such as 100,100, but got {layers!r}") from None
    if min(found) < 1:
        raise InputError(f"--layers takes widths ≥ 1 but got {layers!r}")
    return found


def _formats(text: str) -> list[str]:
    found = [part for part in text.split(",") if part]
    for part in found:
        if part not in PAGES:
            raise InputError(f"--format takes {', '.join(PAGES)} but got {part!r}")
    return found


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")[:80].lower()
