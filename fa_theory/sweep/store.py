"""The store of a sweep: an embedded database of finished work items, from which a killed sweep resumes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from fa_theory.errors import InputError
from fa_theory.work.records import Damaged, Records, open_database

from .cells import Item
from .work import Record

_SWEEP = """
create table if not exists sweep (
    one integer primary key check (one = 1), spec text not null, environment text not null
);
"""
_RUN = 1
"""A store holds one sweep."""


class Store:
    """Records of the finished work items of one sweep.

    Parameters
    ----------
    connection
        An open database, empty or of the same sweep.
    spec, environment
        The inputs that the values depend on.

    Raises
    ------
    InputError
        If the database holds another sweep; the message states the differences.
    """

    def __init__(self, connection: sqlite3.Connection, spec: Mapping[str, Any], environment: Mapping[str, str]) -> None:
        self._db = connection
        self._records = Records(connection)
        with self._db:
            self._db.execute(_SWEEP)
            known = self._db.execute("select spec, environment from sweep").fetchone()
            if known is None:
                row = (1, _dump(spec), _dump(environment))
                self._db.execute("insert into sweep values (?, ?, ?)", row)
                return
        for what, ours, theirs in (("spec", spec, known[0]), ("environment", environment, known[1])):
            if changed := _differences(_load(theirs), _load(_dump(ours))):
                finished = f"{len(self)} finished work item{'s' if len(self) != 1 else ''}"
                raise InputError(f"belongs to another sweep, with {finished}; the {what} has changed: {changed}")

    def add(self, item: Item, record: Record) -> None:
        """Store the record of a work item; a second record of the same item is ignored."""
        self._records.add(_RUN, item.key, msgspec.to_builtins(record))

    def finished(self) -> set[tuple[int, int]]:
        """Keys of the finished work items."""
        return {_key(address) for address in self._records.addresses(_RUN)}

    def records(self) -> Iterator[tuple[int, int, Record]]:
        """Cell, number of the first network, and record, in the order of the grid."""
        for address, record in self._records.read(_RUN):
            yield *_key(address), Record(**record)

    def __len__(self) -> int:
        return self._records.count(_RUN)


@contextmanager
def open_store(
    path: Path, spec: Mapping[str, Any], environment: Mapping[str, str], *, fresh: bool = False
) -> Iterator[Store]:
    """Open the store of a sweep, creating it if necessary.

    Parameters
    ----------
    path
        The file.
    spec, environment
        See `Store`.
    fresh
        Discard existing records.

    Raises
    ------
    FATheoryError
        If it belongs to another sweep, is in use, is damaged, is not a database, or cannot be written.
    """
    with open_database(path, "store", alone=True, fresh=fresh) as connection:
        try:
            store = Store(connection, spec, environment)
        except InputError as error:
            raise InputError(
                f"the store {path} {error}; keep it and choose another folder with --out, or discard it with --fresh"
            ) from None
        yield store


def _key(address: tuple[str | int, ...]) -> tuple[int, int]:
    cell, first = address
    return int(cell), int(first)


def _dump(content: Mapping[str, Any]) -> str:
    return json.dumps(content, sort_keys=True)


def _load(text: Any) -> dict[str, Any]:
    try:
        return dict(json.loads(text))
    except (TypeError, ValueError, RecursionError):
        raise Damaged("the description of the sweep is damaged") from None


def _differences(before: Mapping[str, Any], now: Mapping[str, Any], prefix: str = "") -> str:
    """The differences between two nested tables, in words."""
    found = []
    for key in sorted({*before, *now}):
        old, new = before.get(key), now.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            found.append(_differences(old, new, f"{prefix}{key}."))
        elif old != new:
            found.append(f"{prefix}{key} was {json.dumps(old)} and is {json.dumps(new)}")
    return ", ".join(filter(None, found))
