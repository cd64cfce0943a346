"""``fa-theory recheck``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import StepArithmetic


def recheck(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Certificates, counterexamples or proofs.")],
    arithmetic: Annotated[
        StepArithmetic,
        typer.Option(
            help="Of the steps of decay-from-start: arb, balls; binary64, floats with proved bounds, much faster."
        ),
    ] = StepArithmetic.arb,
) -> None:
    """Check documents again with the trusted kernel; exit 0 if all are valid, 1 if not, 2 if one is unreadable."""
    from fa_theory.checker.__main__ import main

    raise typer.Exit(main(["--arithmetic", arithmetic.value, "--", *map(str, files)]))
