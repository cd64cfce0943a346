"""Terminal output: rich tables and progress bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from fa_theory.claims.runner import Progress


GAP, INDENT, LEAST = "  ", 4, 30
"""Gap between columns; indent of a cell printed below its row; smallest width of a column of prose."""


def console(*, stderr: bool = False) -> Console:
    """A console that writes plain text when it is not a terminal."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=True)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], styles: Sequence[str] = ()) -> None:
    """Print rows in aligned columns, whose last may hold prose.

    On a terminal the last column is wrapped at words; if there is no room next to the others, it is printed below each
    row. Other cells are never wrapped. Elsewhere every row is one line.
    """
    screen = console()
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    room = screen.width - sum(widths[:-1]) - len(GAP) * (len(widths) - 1) if screen.is_terminal else widths[-1]
    below = room < min(widths[-1], LEAST)
    screen.print(_line(columns[:-1] if below else columns, widths), style="bold", markup=False)
    for k, row in enumerate(rows):
        style = styles[k] if styles else None
        parts = [row[-1]] if not screen.is_terminal else _wrapped(row[-1], screen.width - INDENT if below else room)
        if below:
            lines = [_line(row[:-1], widths), *(" " * INDENT + part for part in parts if part)]
        else:
            lines = [_line((*row[:-1], parts[0]), widths)]
            lines += [" " * (sum(widths[:-1]) + len(GAP) * (len(widths) - 1)) + part for part in parts[1:]]
        for line in lines:
            screen.print(line, style=style, markup=False)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return GAP.join(cell.ljust(width) for cell, width in zip(cells, widths, strict=False)).rstrip()


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]


def prose(text: str, style: str | None = None, *, indent: int = 0, hang: int = 0, stderr: bool = False) -> None:
    """Print a paragraph: wrapped at words on a terminal, in one line elsewhere.

    Parameters
    ----------
    text, style
        What to print, and how.
    indent, hang
        Columns left free before each line, and further ones before each but the first.
    stderr
        Whether it goes there.
    """
    screen = console(stderr=stderr)
    lines = _wrapped(text, screen.width - indent - hang) if screen.is_terminal else [text]
    for k, line in enumerate(lines):
        screen.print(" " * (indent + (hang if k else 0)) + line, style=style, markup=False)


@contextmanager
def progress(what: str) -> Iterator[Progress]:
    """A progress bar on a terminal; elsewhere a line for every tenth of the work."""
    screen = console(stderr=True)
    if not screen.is_terminal:
        printed = -1

        def line(done: int, total: int, label: str) -> None:
            nonlocal printed
            tenth = 10 * done // max(total, 1)
            if tenth > printed:
                printed = tenth
                screen.print(f"{what}: {done} of {total}")

        yield line
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[at]}"),
    )
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task(what, total=None, at="")
        yield lambda done, total, label: bar.update(task, completed=done, total=total, at=label)
