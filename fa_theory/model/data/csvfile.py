"""Comma-separated files: one sample a line, one column of targets."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.checks import Floats

from .table import Choose, SourceRows


def _number(cell: str) -> float | None:
    # float() also takes 1_000, which in a data file is a damaged cell
    try:
        return None if "_" in cell else float(cell)
    except ValueError:
        return None


def _is_header(cells: list[str], path: Path) -> bool:
    """A first line without any number is a header; a mixture could be a damaged line of data, so it is refused."""
    text = [i for i, cell in enumerate(cells) if _number(cell) is None]
    if not text:
        return False
    if len(text) < len(cells):
        raise InputError(
            f"{path}: line 1 mixes numbers and text (column {text[0] + 1} is {cells[text[0]]!r}); "
            "if it is a header, no column name may be a number; if it is data, repair the cell"
        )
    unnamed = [i + 1 for i, cell in enumerate(cells) if not cell.strip()]
    if unnamed:
        raise InputError(f"{path}: column {unnamed[0]} has no name; remove it if it only counts the rows, else name it")
    return True


def _values(cells: list[str], line: int, names: list[str], path: Path) -> Floats:
    if len(cells) != len(names):
        raise InputError(f"{path}: line {line} has {len(cells)} cells but the first line has {len(names)}")
    numbers = [_number(cell) for cell in cells]
    for name, cell, number in zip(names, cells, numbers, strict=True):
        if number is None or not math.isfinite(number):
            raise InputError(
                f"{path}: line {line}, column {name}: {cell!r} is not a finite number; repair or remove it"
            )
    return np.array(numbers, dtype=np.float64)


def read(path: Path, choose: Choose, target: str | None) -> SourceRows:
    """Read a file with or without a header line; the targets are the column named ``target``, else the last one."""
    samples: list[Floats] = []
    names: list[str] = []
    header = False
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = csv.reader(file, strict=True)
            for cells in lines:
                if not cells:
                    continue
                if not names:
                    header = _is_header(cells, path)
                    names = [c.strip() for c in cells] if header else [str(i + 1) for i in range(len(cells))]
                    if header:
                        continue
                samples.append(_values(cells, lines.line_num, names, path))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read as comma-separated text ({error})") from None
    if not samples:
        raise InputError(f"{path}: has no line of numbers")
    if len(names) < 2:
        raise InputError(f"{path}: has one column; expected features and a target, separated by commas")
    column = _target_column(names, header, target, path)
    data = np.stack(samples)
    rows = choose(len(data))
    return SourceRows(np.delete(data, column, axis=1)[rows], data[rows, column], rows, len(data))


def _target_column(names: list[str], header: bool, target: str | None, path: Path) -> int:
    if target is None:
        return len(names) - 1
    if not header:
        raise InputError(f"{path}: has no header, so there is no column {target!r}; the last column is the target")
    if names.count(target) != 1:
        raise InputError(f"{path}: has {names.count(target)} columns {target!r}; the columns are {', '.join(names)}")
    return names.index(target)
