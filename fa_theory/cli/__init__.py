"""The command line: ``fa-theory --help`` lists its commands.

Heavy libraries are imported inside the commands, so that ``--help`` answers at once.
"""

from __future__ import annotations

import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from . import certify, check, discover, exits, export, new, recheck, report, review, show, simulate, sweep, verify
from .once import Once

app = typer.Typer(
    name="fa-theory",
    epilog=exits.EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("list")(show.list_claims)
app.command("show")(show.show)
app.command("verify")(verify.verify)
app.command("check")(check.check)
app.command("new")(new.new)
app.command("certify")(certify.certify)
app.command("recheck")(recheck.recheck)
app.add_typer(export.app, name="export")
app.command("report")(report.report)
app.command("review")(review.review)
app.add_typer(simulate.app, name="simulate")
app.command("sweep")(sweep.sweep)
app.add_typer(discover.app, name="discover")
for registered in [*app.registered_commands, *discover.app.registered_commands]:
    registered.cls = Once


def _version(wanted: bool) -> None:
    if wanted:
        from fa_theory import __version__

        print(f"fa-theory {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Prove, certify and test theorems and conjectures about feedback alignment, and print the results as a paper."""


def main() -> None:
    """Run the command line; errors end with one line and the exit codes that ``--help`` lists."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without Greek letters shows question marks
    exits.guarded(lambda: app(prog_name="fa-theory"))  # however Python was started
