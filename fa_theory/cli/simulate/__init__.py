"""``fa-theory simulate``: the simulations of the papers, resumable, as tables, JSON and figures."""

from __future__ import annotations

import typer

from fa_theory.cli.options import OnceCommand

from . import alignment, images, loss

app = typer.Typer(help="Repeat the simulations of a paper.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def simulate() -> None:
    """Repeat the simulations of a paper."""


app.command("song2021-alignment", cls=OnceCommand)(alignment.song2021_alignment)
app.command("song2021-loss", cls=OnceCommand)(loss.song2021_loss)
app.command("song2021-mnist", cls=OnceCommand)(images.song2021_mnist)
app.command("song2021-digits", cls=OnceCommand)(images.song2021_digits)
