"""``fa-theory simulate``: the simulations of the papers, resumable, as tables, JSON and figures."""

from __future__ import annotations

import typer

from . import alignment, images, loss

app = typer.Typer(help="Repeat the simulations of a paper.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def simulate() -> None:
    """Repeat the simulations of a paper."""


app.command("song2021-alignment")(alignment.song2021_alignment)
app.command("song2021-loss")(loss.song2021_loss)
app.command("song2021-mnist")(images.song2021_mnist)
app.command("song2021-digits")(images.song2021_digits)
