"""The ledger: an embedded database of finished tasks, so that a killed run resumes with nothing lost."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from fa_theory.errors import FATheoryError

Record: TypeAlias = dict[str, Any]
"""What a task found, as JSON."""

_TABLES = """
create table if not exists run (key text primary key, finished integer not null);
create table if not exists record (
    run text not null references run, claim text not null, procedure text not null, task text not null,
    record text not null, primary key (run, claim, procedure, task)
);
"""


class Ledger:
    """Records of one run.

    Every record is committed when it is added, and its address is a primary key: whatever moment the process is
    killed at, a finished task is there once, and an unfinished one is not there.

    Parameters
    ----------
    connection
        An open database.
    key
        Identifies the run: seed, budget, selection and code. A run with the same key that did not finish is resumed;
        one that finished is begun anew.
    """

    def __init__(self, connection: sqlite3.Connection, key: str) -> None:
        self._db, self._key = connection, key
        self._db.executescript(_TABLES)
        with self._db:
            if self._db.execute("select finished from run where key = ?", (key,)).fetchone() == (1,):
                self._db.execute("delete from record where run = ?", (key,))
            self._db.execute("insert or replace into run values (?, 0)", (key,))

    def add(self, claim: str, procedure: str, task: str, record: Record) -> None:
        """Record a finished task; a second record of the same task is ignored."""
        row = (self._key, claim, procedure, task, json.dumps(record, sort_keys=True, allow_nan=False))
        with self._db:
            self._db.execute("insert or ignore into record values (?, ?, ?, ?, ?)", row)

    def get(self, claim: str, procedure: str, task: str) -> Record | None:
        """The record of a task, or None if it has not finished."""
        query = "select record from record where (run, claim, procedure, task) = (?, ?, ?, ?)"
        row = self._db.execute(query, (self._key, claim, procedure, task)).fetchone()
        return None if row is None else dict(json.loads(row[0]))

    def __len__(self) -> int:
        return int(self._db.execute("select count(*) from record where run = ?", (self._key,)).fetchone()[0])

    def finish(self) -> None:
        """Mark the run as finished."""
        with self._db:
            self._db.execute("update run set finished = 1 where key = ?", (self._key,))


@contextmanager
def open_ledger(path: Path, key: str) -> Iterator[Ledger]:
    """Open the ledger of a run, creating the file if need be.

    Raises
    ------
    FATheoryError
        If the file is not a ledger or cannot be written.
    """
    advice = "choose another folder with --out"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FATheoryError(f"cannot create the folder {path.parent}: {error.strerror}; {advice}") from None
    try:
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = normal")
            yield Ledger(connection, key)
    except sqlite3.Error as error:
        raise FATheoryError(f"cannot use the ledger {path}: {error}; {advice}") from None
