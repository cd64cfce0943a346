"""The page of the command line: what the program itself says to ``--help``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generated import write
from sphinx.application import Sphinx
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from fa_theory.cli import app as program

WIDTH = {"COLUMNS": "96", "TERMINAL_WIDTH": "96"}


def commands(below: Any, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command."""
    for name in below.list_commands(None):
        command, words = below.get_command(None, name), (*before, name)
        if isinstance(command, TyperGroup):
            yield from commands(command, words)
        else:
            yield words


def page() -> str:
    """The page."""
    lines = [
        *("The command line", "================", ""),
        "What ``fa-theory COMMAND --help`` says.",
        "",
        f"{program.info.epilog} A message about a wrong input shows the value that caused it and says what to do.",
        "",
    ]
    for words in commands(get_command(program)):
        title = " ".join(("fa-theory", *words))
        said = CliRunner().invoke(program, [*words, "--help"], env=WIDTH, prog_name="fa-theory").output.strip()
        lines += [title, "-" * len(title), "", ".. code-block:: text", "", *(f"   {x}" for x in said.splitlines()), ""]
    return "\n".join(lines)


def build(app: Sphinx) -> None:
    """Write the page."""
    write({"command-line/index.rst": page()})


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("builder-inited", build)
    return {"parallel_read_safe": True}
