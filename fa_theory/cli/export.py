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
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Decay certificates or proofs.")],
) -> None:
    """Write a decay certificate or a proof as a Coq file beside it: a theorem with its proof.

    Certificates of linear networks from a state or from the start, and of tanh networks from a state: the theorem
    bounds the Euclidean norm of the error of the network, whose numbers it has exactly, for all time. Proofs without
    expected values: the theorem is the statement of the proof, for all sizes. Check a file with
    fa-theory recheck --coq FILE.
    """
    from fa_theory.checker import document as doc
    from fa_theory.checker.proof import Refused
    from fa_theory.coq.documents import exported
    from fa_theory.coq.exact import NotExportable
    from fa_theory.coq.recheck import certificate_and_text
    from fa_theory.errors import InputError
    from fa_theory.work.files import write

    from .terminal import console

    left_out = False
    for path in files:
        source, target = certificate_and_text(path)
        try:
            made = exported(doc.load(source))
        except (doc.MalformedDocument, Refused) as error:
            raise InputError(f"{source}: {error}") from None
        except NotExportable as why:
            left_out = True
            console().print(f"{source}: not exported: {why}", markup=False, highlight=False, soft_wrap=True)
            continue
        write(target, made.text)
        console().print(f"{source}: {target}", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(3 if left_out else 0)
