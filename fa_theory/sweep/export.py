"""The values of a sweep as a table, one row for each network, for other programs."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

from fa_theory.errors import InputError
from fa_theory.work.files import write

from .cells import cells
from .spec import AXES, Spec
from .store import Store

FORMATS = (".csv", ".json", ".parquet")


def rows(spec: Spec, store: Store) -> Iterator[dict[str, Any]]:
    """One row for each network: the axes, its number in the cell, ``diverged`` (−1: it did not), and the values."""
    grid = cells(spec)
    for number, first, record in store.records():
        axes = {axis: getattr(grid[number], axis) for axis in AXES}
        for i, diverged in enumerate(record.diverged):
            values = {text: column[i] for text, column in record.values.items()}
            yield {**axes, "network": first + i, "diverged": diverged, **values}


def check_format(path: Path) -> None:
    """Check the format of an export file.

    Raises
    ------
    InputError
        If its suffix is not in `FORMATS`, or if it is Parquet and pyarrow is not installed.
    """
    if path.suffix not in FORMATS:
        raise InputError(f"cannot export to {str(path)!r}; the name must end in {', '.join(FORMATS)}")
    if path.suffix == ".parquet":
        try:
            import pyarrow.parquet  # noqa: F401
        except ImportError:
            raise InputError(f"{path}: Parquet needs pyarrow (pip install pyarrow); .csv and .json do not") from None


def export(spec: Spec, store: Store, path: Path) -> None:
    """Write all values to a CSV, JSON or Parquet file; a missing value is empty in CSV and null otherwise.

    Raises
    ------
    FATheoryError
        If the format is unknown or the file cannot be written.
    """
    check_format(path)
    table = list(rows(spec, store))
    if path.suffix == ".parquet":
        content = _parquet(table)
    elif path.suffix == ".json":
        content = (json.dumps(table, indent=0, allow_nan=False) + "\n").encode()
    else:
        text = StringIO(newline="")
        writer = csv.DictWriter(text, list(table[0]) if table else [*AXES, "network", "diverged"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
        content = text.getvalue().encode()
    write(path, content)


def _parquet(table: list[dict[str, Any]]) -> bytes:
    import pyarrow
    import pyarrow.parquet

    for row in table:
        row["cutoff"] = None if isinstance(row["cutoff"], str) else row["cutoff"]  # a column has one type
    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(table), sink)
    return bytes(sink.getvalue())
