"""``fa-theory report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fa_theory.errors import InputError

from .options import DEFAULT_OUT, Out
from .terminal import console

FORMATS = ("tex", "html", "pdf")


def report(
    source: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="A result document; default: DIR/results.json.")
    ] = None,
    out: Out = DEFAULT_OUT,
    formats: Annotated[
        str, typer.Option("--format", help="Which of tex, html and pdf to write, with commas between.")
    ] = ",".join(FORMATS),
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Show these claims only; repeat it, or write ids with commas between."),
    ] = None,
) -> None:
    """Print a finished run as a paper: LaTeX, PDF and HTML from the result document, nothing recomputed."""
    from fa_theory.claims.result import read
    from fa_theory.report import render

    wanted = tuple(part.strip() for part in formats.split(","))
    unknown = sorted(set(wanted) - set(FORMATS))
    if unknown:
        raise InputError(f"unknown format {unknown[0]!r}; choose from {', '.join(FORMATS)}")
    chosen = [id for part in only or () for id in map(str.strip, part.split(",")) if id]
    path = source or out / "results.json"
    if source is None and not path.exists():
        raise InputError(
            f"there is no {path} to report on; run fa-theory verify --out {out} first, or name one with --from"
        )
    rendered = render(read(path), out / "report", formats=wanted, only=chosen)
    screen = console()
    for name in FORMATS:
        written = getattr(rendered, name)
        if written is not None:
            screen.print(f"{name:<4}  {written}", markup=False)
    for note in rendered.notes:
        screen.print(note, markup=False)
