"""``fa-theory export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Write documents for other programs.")


@app.callback()
def export() -> None:
    """Write documents for other programs."""


@app.command("coq")
def coq(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Decay certificates.")],
) -> None:
    """Write a decay certificate as a Coq file beside it: the network, exactly, and a theorem with its proof.

    Linear networks from a state or from the start, and tanh networks from a state. The theorem bounds the Euclidean
    norm of the error for all time, with constants found for it. Check it with fa-theory recheck --coq FILE.
    """
    from fa_theory.checker import document as doc
    from fa_theory.coq.exact import NotExportable
    from fa_theory.coq.export import export as written
    from fa_theory.coq.recheck import certificate_and_text
    from fa_theory.errors import InputError
    from fa_theory.work.files import write

    from .terminal import console

    left_out = False
    for path in files:
        source, target = certificate_and_text(path)
        try:
            certificate = written(doc.load(source))
        except doc.MalformedDocument as error:
            raise InputError(f"{source}: {error}") from None
        except NotExportable as why:
            left_out = True
            console().print(f"{source}: not exported: {why}", markup=False, highlight=False, soft_wrap=True)
            continue
        write(target, certificate.text)
        console().print(f"{source}: {target}", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(3 if left_out else 0)
