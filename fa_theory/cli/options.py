"""Options that several commands share."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class StepArithmetic(StrEnum):
    """StepArithmetic of the checker for the steps of a run."""

    arb = "arb"
    binary64 = "binary64"


class CertifyArithmetic(StrEnum):
    """The same, or whatever is fastest."""

    fast = "fast"
    arb = "arb"
    binary64 = "binary64"


class EpochOrders(StrEnum):
    """The orders of batches that a certificate covers."""

    all = "all"
    cyclic = "cyclic"


Seed = Annotated[int, typer.Option(min=0, help="Seed of all random numbers.")]
Jobs = Annotated[int, typer.Option(min=1, show_default="all cores", help="Worker processes.")]
Json = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Also write the result here as JSON.")]
Out = Annotated[Path, typer.Option(metavar="DIR", help="Output folder.")]

DEFAULT_OUT = Path("out")
DEFAULT_JOBS = os.cpu_count() or 1
