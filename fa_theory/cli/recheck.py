"""``fa-theory recheck``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fa_theory.errors import InputError

from .options import StepArithmetic

TIMEOUT, MEMORY = 300, 8192


def recheck(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="Certificates, counterexamples, enclosures or proofs.")
    ],
    arithmetic: Annotated[
        StepArithmetic | None,
        typer.Option(
            help="Of the steps of decay-from-start and curve-from-start: arb, balls [default]; binary64, floats with "
            "proved bounds, much faster."
        ),
    ] = None,
    coq: Annotated[
        bool,
        typer.Option(
            "--coq",
            help="Have the kernel of Coq check decay certificates and proofs: the theorem that follows from each "
            "document, and the exported FILE.v beside it, if there is one, word for word.",
        ),
    ] = False,
    timeout: Annotated[int | None, typer.Option(min=1, help=f"With --coq: seconds for a file [{TIMEOUT}].")] = None,
    memory: Annotated[int | None, typer.Option(min=64, help=f"With --coq: MiB for a file [{MEMORY}].")] = None,
) -> None:
    """Check documents again with the trusted kernel; exit 0 if all are valid, 1 if not, 2 if one is unreadable.

    With --coq a file is kernel-checked, with its axioms (0), rejected (1), or undecided (3): not covered by the
    theorems, timeout, out of memory, or coq-absent.
    """
    if coq:
        if arithmetic is not None:
            raise InputError(f"--arithmetic {arithmetic.value} is for the checker; omit it with --coq")
        raise typer.Exit(_recheck_in_coq(files, timeout or TIMEOUT, memory or MEMORY))
    for name, value in (("--timeout", timeout), ("--memory", memory)):
        if value is not None:
            raise InputError(f"{name} {value} limits coqc; add --coq, or omit it")
    from fa_theory.checker.__main__ import main

    raise typer.Exit(main(["--arithmetic", (arithmetic or StepArithmetic.arb).value, "--", *map(str, files)]))


def _recheck_in_coq(files: list[Path], timeout: int, memory: int) -> int:
    from fa_theory.checker.document import MalformedDocument
    from fa_theory.coq.compiler import CoqLimits
    from fa_theory.coq.recheck import Status, recheck

    from .terminal import console, progress

    worst = {0}
    for path in files:
        try:
            with progress("compiling the Coq library, once") as notify:
                verdict = recheck(path, CoqLimits(timeout, memory), notify)
            worst.add({Status.CHECKED: 0, Status.REJECTED: 1}.get(verdict.status, 3))
            line = verdict.text
        except MalformedDocument as error:
            worst.add(2)
            line = f"MALFORMED: {error}"
        except OSError as error:
            worst.add(2)
            line = f"UNREADABLE: {error.strerror or error}"
        console().print(f"{path}: {line}", markup=False, highlight=False, soft_wrap=True)
    return next(code for code in (2, 1, 3, 0) if code in worst)
