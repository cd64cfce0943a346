"""Comma-separated files: one sample per line, one column of targets. Ambiguous files are rejected."""

from __future__ import annotations

import csv
import math
import re
from pathlib import Path

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.checks import Floats, Rows

from .table import Choose, SourceRows

_ROW_NUMBERS = re.compile(r"(Unnamed: \d+|index|level_\d+)?")
"""Names that pandas gives to a column of row numbers."""
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_WHOLE = re.compile(r"\s*[+-]?\d+\s*")


def _number(cell: str) -> float | None:
    # float() also takes 1_000, which in a data file is a damaged cell
    try:
        return None if "_" in cell else float(cell)
    except ValueError:
        return None


def _refuse_separators(cells: list[str], path: Path) -> None:
    line = ",".join(cells)
    for separator, name in _SEPARATORS.items():
        if separator in line:
            raise InputError(f"{path}: line 1 is separated by {name} ({separator!r}); write the file with commas")
    if len(cells) == 1 and len(line.split()) > 1 and all(_number(cell) is not None for cell in line.split()):
        raise InputError(f"{path}: line 1 is separated by spaces; write the file with commas")


def _is_header(cells: list[str], path: Path) -> bool:
    """A first line without any number is a header; a mixture could be a damaged line of data, so it is rejected."""
    text = [i for i, cell in enumerate(cells) if _number(cell) is None]
    if not text:
        return False
    if len(text) < len(cells):
        raise InputError(
            f"{path}: line 1 mixes numbers and text (column {text[0] + 1} is {cells[text[0]]!r}); "
            "if it is a header, no column name may be a number; if it is data, repair the cell"
        )
    counting = [(i, cell.strip()) for i, cell in enumerate(cells, 1) if _ROW_NUMBERS.fullmatch(cell.strip())]
    if counting:
        i, name = counting[0]
        called = f"is named {name!r}, as pandas names row numbers" if name else "has no name"
        raise InputError(
            f"{path}: column {i} {called}; remove it if it only numbers the rows (to_csv(path, index=False)), "
            "otherwise name it"
        )
    return True


def _refuse_doubt(first: list[str], data: Floats, whole: list[bool], path: Path) -> None:
    """Reject a file without names whose first line may be a header, or whose first column may number the rows.

    ``whole``: for every column, whether it consists of whole numbers from line 2 on.
    """
    integers = all(_WHOLE.fullmatch(cell) for cell in first)
    steps = np.diff(data[0])
    if integers and len(first) > 1 and ((steps == 1).all() or (len(set(first)) == len(first) and not any(whole))):
        shown = ",".join(first[:5]) + (",…" if len(first) > 5 else "")
        raise InputError(
            f"{path}: line 1, {shown}, may be a header or data; remove it if it is a header (pandas: "
            "to_csv(path, header=False, index=False)), or add a line of names above it, such as x1,x2,…,y"
        )
    if len(data) > 2 and (np.diff(data[:, 0]) == 1).all() and data[0, 0] in (0, 1):
        raise InputError(
            f"{path}: column 1 numbers the rows ({data[0, 0]:g}, {data[1, 0]:g}, …); remove it (pandas: "
            "to_csv(path, header=False, index=False)), or add a line of names above if it is a feature"
        )


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


def read(path: Path, choose: Choose, target: str | int | None) -> SourceRows:
    """Read a file with or without a header line.

    The targets are the column ``target``, given by name or by number, counted from 1; by default the last one.
    """
    samples: list[Floats] = []
    first: list[str] = []
    names: list[str] = []
    header = False
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = csv.reader(file, strict=True)
            for cells in lines:
                if not cells:
                    continue
                if not first:
                    _refuse_separators(cells, path)
                    header, first = _is_header(cells, path), cells
                    names = [c.strip() for c in cells] if header else [str(i + 1) for i in range(len(cells))]
                    whole = [True] * len(cells)
                    if header:
                        continue
                elif len(cells) == len(whole):
                    whole = [w and _WHOLE.fullmatch(cell) is not None for w, cell in zip(whole, cells, strict=True)]
                samples.append(_values(cells, lines.line_num, names, path))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read as comma-separated text ({error})") from None
    if not samples:
        raise InputError(f"{path}: has no line of numbers")
    if len(names) < 2:
        raise InputError(f"{path}: has one column; expected features and a target, separated by commas")
    data = np.stack(samples)
    if not header:
        _refuse_doubt(first, data, whole, path)
    column = _target_column(names, header, target, path)
    if target is None and len(data) > 1 and np.ptp(data[:, column]) == 0:
        raise InputError(
            f"{path}: the last column is the target unless another is named, but it is {data[0, column]:g} in every "
            "row; name the target, for example target=1 (--target 1) for the first column"
        )
    return _chosen(data, column, names, header, choose)


def _chosen(data: Floats, column: int, names: list[str], header: bool, choose: Choose) -> SourceRows:
    rows: Rows = choose(len(data))
    called = f"column {column + 1} of {len(names)}" + (f" ({names[column]})" if header else "")
    return SourceRows(np.delete(data, column, axis=1)[rows], data[rows, column], rows, len(data), target=called)


def _target_column(names: list[str], header: bool, target: str | int | None, path: Path) -> int:
    if target is None:
        return len(names) - 1
    if header and isinstance(target, str) and target in names:
        if names.count(target) > 1:
            raise InputError(f"{path}: has {names.count(target)} columns {target!r}; the columns are {_listed(names)}")
        return names.index(target)
    number = int(target) if isinstance(target, int) or re.fullmatch(r"[+-]?\d+", target) else None
    if number is not None:
        if not 1 <= number <= len(names):
            raise InputError(f"{path}: has no column {number}; columns are counted from 1 to {len(names)}")
        return number - 1
    if not header:
        raise InputError(f"{path}: has no header, so no column is named {target!r}; give its number, counted from 1")
    raise InputError(f"{path}: has 0 columns {target!r}; the columns are {_listed(names)}")


def _listed(names: list[str]) -> str:
    return ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
