"""The command line: ``fa-theory --help`` lists its commands.

Heavy libraries are imported inside the commands, so that ``--help`` answers at once.
"""

from __future__ import annotations

import sys
from io import TextIOWrapper

import typer

from fa_theory.errors import FATheoryError

from . import certify, check, new, recheck, report, show, simulate, sweep, verify
from .options import OnceCommand

INTERRUPTED = 130
"""Exit code that typer gives to an interrupt from the keyboard."""

app = typer.Typer(
    name="fa-theory",
    help="Theorems and conjectures on feedback alignment: derived, proved for concrete networks, attacked, printed.",
    epilog="Exit codes: 0 nothing falsified; 1 something falsified; 2 usage or input error; 3 something undecided.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("list", cls=OnceCommand)(show.list_claims)
app.command("show", cls=OnceCommand)(show.show)
app.command("verify", cls=OnceCommand)(verify.verify)
app.command("check", cls=OnceCommand)(check.check)
app.command("new", cls=OnceCommand)(new.new)
app.command("certify", cls=OnceCommand)(certify.certify)
app.command("recheck", cls=OnceCommand)(recheck.recheck)
app.command("report", cls=OnceCommand)(report.report)
app.add_typer(simulate.app, name="simulate")
app.command("sweep", cls=OnceCommand)(sweep.sweep)


def main() -> None:
    """Run the command line; errors of the user end with one line and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without Greek letters shows question marks
    try:
        app()
    except (FATheoryError, OSError) as error:
        print(f"fa-theory: {error}", file=sys.stderr)
        sys.exit(2)
    except SystemExit as stop:
        if stop.code == INTERRUPTED:
            print("\nfa-theory: interrupted; run the same command to resume", file=sys.stderr)
        raise
