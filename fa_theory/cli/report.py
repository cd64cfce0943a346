"""``fa-theory report``."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from fa_theory.errors import InputError

from .options import DEFAULT_OUT, Out
from .terminal import console

FORMATS = ("tex", "html", "pdf")
LONGEST = 300
"""Largest number of characters in names or a date."""


def report(
    source: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="A result document; default: DIR/results.json.")
    ] = None,
    out: Out = DEFAULT_OUT,
    formats: Annotated[
        str, typer.Option("--format", help="Formats to write, separated by commas: tex, html, pdf.")
    ] = ",".join(FORMATS),
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Show only these claims; repeat the option or separate ids by commas."),
    ] = None,
    author: Annotated[
        str | None, typer.Option(metavar="NAMES", help="Authors; default: git's user.name, if set.")
    ] = None,
    date: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Date; default: that of SOURCE_DATE_EPOCH, or none."),
    ] = None,
) -> None:
    """Print a finished run as a paper: LaTeX, PDF and HTML from the result document, without recomputing anything."""
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
            f"{path} does not exist; run fa-theory verify --out {out} first, or give a result document with --from"
        )
    signed = signature() if author is None else author
    day = released() if date is None else date
    for name, value in (("--author", signed), ("--date", day)):
        if len(value) > LONGEST or not value.isprintable():
            raise InputError(f"{name} takes one line of at most {LONGEST} characters, not {value[:40]!r}")
    rendered = render(read(path), out / "report", formats=wanted, only=chosen, author=signed.strip(), date=day.strip())
    screen = console()
    for name in FORMATS:
        written = getattr(rendered, name)
        if written is not None:
            screen.print(f"{name:<4}  {written}", markup=False)
    for note in rendered.notes:
        screen.print(note, markup=False)


def signature() -> str:
    """The user name configured in git, or an empty string."""
    try:
        found = subprocess.run(
            ["git", "config", "user.name"], capture_output=True, timeout=5, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return found.stdout.decode(errors="replace").strip()


def released() -> str:
    """The date of ``SOURCE_DATE_EPOCH``, so that the same document gives the same bytes, or an empty string.

    Raises
    ------
    InputError
        If the variable is not a number of seconds.
    """
    seconds = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not seconds:
        return ""
    try:
        day = datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        raise InputError(f"SOURCE_DATE_EPOCH is {seconds!r}; set it to seconds since 1970, or give --date") from None
    return f"{day.day} {day:%B} {day.year}"
