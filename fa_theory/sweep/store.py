"""The store of a sweep: an embedded database of finished work items; a killed sweep goes on with nothing lost."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from fa_theory.errors import FATheoryError, InputError

from .cells import Item
from .work import Record

_TABLES = """
create table if not exists sweep (
    one integer primary key check (one = 1), spec text not null, environment text not null
);
create table if not exists item (
    cell integer not null, first integer not null, count integer not null, path text not null, backend text not null,
    diverged text not null, result text not null, primary key (cell, first)
) without rowid;
"""


class Store:
    """Records of the finished work items of one sweep.

    Every record is committed when it is added, under the place of its work item: whatever moment the process is killed
    at, a finished item is there once, and an unfinished one is not there.

    Parameters
    ----------
    connection
        An open database, empty or of the same sweep.
    spec, environment
        What the values depend on.

    Raises
    ------
    InputError
        If the database holds another sweep; the message says what differs.
    """

    def __init__(self, connection: sqlite3.Connection, spec: Mapping[str, Any], environment: Mapping[str, str]) -> None:
        self._db = connection
        self._db.executescript(_TABLES)
        with self._db:
            known = self._db.execute("select spec, environment from sweep").fetchone()
            if known is None:
                row = (1, _dump(spec), _dump(environment))
                self._db.execute("insert into sweep values (?, ?, ?)", row)
                return
        for what, ours, theirs in (("spec", spec, known[0]), ("environment", environment, known[1])):
            if changed := _differences(json.loads(theirs), json.loads(_dump(ours))):
                finished = f"{len(self)} finished work item{'s' if len(self) != 1 else ''}"
                raise InputError(f"belongs to another sweep, with {finished}; the {what} has changed: {changed}")

    def add(self, item: Item, record: Record) -> None:
        """Keep what a work item gave; a second record of the same item is ignored."""
        values = json.dumps(record.values, allow_nan=False)
        row = (*item.key, item.count, record.path, record.backend, json.dumps(record.diverged), values)
        with self._db:
            self._db.execute("insert or ignore into item values (?, ?, ?, ?, ?, ?, ?)", row)

    def finished(self) -> set[tuple[int, int]]:
        """Keys of the finished work items."""
        return set(self._db.execute("select cell, first from item"))

    def records(self) -> Iterator[tuple[int, int, Record]]:
        """Cell, number of the first network, and record, in the order of the grid."""
        rows = self._db.execute("select cell, first, diverged, result, path, backend from item order by cell, first")
        for cell, first, diverged, values, path, backend in rows:
            yield cell, first, Record(json.loads(diverged), json.loads(values), path, backend)

    def __len__(self) -> int:
        return int(self._db.execute("select count(*) from item").fetchone()[0])


@contextmanager
def open_store(
    path: Path, spec: Mapping[str, Any], environment: Mapping[str, str], *, fresh: bool = False
) -> Iterator[Store]:
    """Open the store of a sweep, creating it if need be.

    Parameters
    ----------
    path
        The file.
    spec, environment
        See `Store`.
    fresh
        Discard what is there.

    Raises
    ------
    FATheoryError
        If it belongs to another sweep, is in use by another process, is no database, or cannot be written.
    """
    advice = "choose another folder with --out"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FATheoryError(f"cannot create the folder {path.parent}: {error.strerror}; {advice}") from None
    try:
        with closing(sqlite3.connect(path, timeout=1)) as connection:
            # one process at a time; the lock goes with the process, also when it is killed
            connection.execute("pragma locking_mode = exclusive")
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = normal")
            if fresh:
                connection.executescript("drop table if exists item; drop table if exists sweep;")
            try:
                store = Store(connection, spec, environment)
            except InputError as error:
                raise InputError(
                    f"the store {path} {error}; keep it and {advice}, or discard it with --fresh"
                ) from None
            yield store
    except sqlite3.Error as error:
        if "locked" in str(error):
            raise FATheoryError(f"the store {path} is in use by another process; wait for it, or {advice}") from None
        raise FATheoryError(f"cannot use the store {path}: {error}; {advice}") from None


def _dump(content: Mapping[str, Any]) -> str:
    return json.dumps(content, sort_keys=True)


def _differences(before: Mapping[str, Any], now: Mapping[str, Any], prefix: str = "") -> str:
    """What differs between two nested tables, in words."""
    found = []
    for key in sorted({*before, *now}):
        old, new = before.get(key), now.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            found.append(_differences(old, new, f"{prefix}{key}."))
        elif old != new:
            found.append(f"{prefix}{key} was {json.dumps(old)} and is {json.dumps(new)}")
    return ", ".join(filter(None, found))
