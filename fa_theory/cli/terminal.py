"""What people see: rich tables and progress bars on a terminal, plain lines anywhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from fa_theory.claims.runner import Progress


def console(*, stderr: bool = False) -> Console:
    """A console that writes plain text when it is not a terminal."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=True)


def plain(latex: str) -> str:
    """LaTeX as text for the terminal: formulas in Unicode where there are signs for them."""
    from pylatexenc.latex2text import LatexNodes2Text

    text = latex.replace(r"\|", "‖")
    text = re.sub(r"\\[td]?frac\s*(\d)(\d)", r"\1/\2", text)
    # without its braces, a long exponent or a fraction would lose its extent
    text = re.sub(r"([_^])\{([^{}]{2,})\}", r"\1{(\2)}", text)
    text = re.sub(r"\\[td]?frac\{([^{}]*)\}\{([^{}]*)\}", lambda m: f"{_factor(m[1])}/{_factor(m[2])}", text)
    return str(LatexNodes2Text(math_mode="text").latex_to_text(text)).strip()


def _factor(latex: str) -> str:
    return latex if re.fullmatch(r"\\?\w+(\^.)?", latex) else f"({latex})"


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], styles: Sequence[str] = ()) -> None:
    """Print rows, as a table on a terminal and in aligned columns elsewhere."""
    screen = console()
    if not screen.is_terminal:
        widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
        for row in (columns, *rows):
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        return
    from rich.markup import escape
    from rich.table import Table

    grid = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        grid.add_column(name, overflow="fold")
    for k, row in enumerate(rows):
        grid.add_row(*map(escape, row), style=styles[k] if styles else None)
    screen.soft_wrap = False
    screen.print(grid)


@contextmanager
def progress(what: str) -> Iterator[Progress]:
    """A progress bar on a terminal; elsewhere a line at every tenth of the way."""
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
