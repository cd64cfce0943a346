"""Tables as data."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

Cell: TypeAlias = str | int | float | bool | None


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table of evidence."""

    caption: str
    columns: list[str]
    rows: list[list[Cell]]
