"""The ledger: finished tasks of runs, so that a killed run resumes without losing them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .records import Record, Records, open_database

__all__ = ["Ledger", "Record", "open_ledger"]

_RUNS = "create table if not exists run (id integer primary key, key text not null, finished integer not null)"


class Ledger:
    """Records of one run.

    A run owns its records: it takes over those of unfinished runs with its key when it begins, and keeps its records
    in memory. So other runs that write to the file in the meantime do not affect it.

    Parameters
    ----------
    connection
        An open database.
    key
        Identifies the run: see `fa_theory.work.provenance.run_key`. A run with the same key that did not finish is
        resumed; after a finished run, everything is done again.
    """

    def __init__(self, connection: sqlite3.Connection, key: str) -> None:
        self._db, self.finished = connection, False
        self._records = Records(connection)
        with self._db:
            self._db.execute(_RUNS)
        with self._db:
            self._db.execute("begin immediate")  # nobody else begins a run meanwhile
            self._run = self._begin(key)
        self._found = {
            (str(claim), str(procedure), str(task)): json.dumps(record)
            for (claim, procedure, task), record in self._records.read(self._run)
        }

    def _begin(self, key: str) -> int:
        runs = self._db.execute("select id, finished from run where key = ? order by id", (key,)).fetchall()
        last = max((run for run, finished in runs if finished), default=0)
        new = self._db.execute("insert into run (key, finished) values (?, 0)", (key,)).lastrowid
        assert new is not None  # an insertion has an id
        for run, _ in runs:
            if run <= last:
                self._records.drop(run)
            else:
                self._records.move(run, new)
        self._db.execute("delete from run where key = ? and id < ?", (key, last))
        return new

    def add(self, claim: str, procedure: str, task: str, record: Record) -> None:
        """Record a finished task; a second record of the same task is ignored.

        Raises
        ------
        ValueError
            If the record is not JSON: nan and infinity are not.
        """
        self._records.add(self._run, (claim, procedure, task), record)
        self._found.setdefault((claim, procedure, task), json.dumps(record))

    def get(self, claim: str, procedure: str, task: str) -> Record | None:
        """The record of a task, or None if it has not finished."""
        found = self._found.get((claim, procedure, task))
        return None if found is None else dict(json.loads(found))

    def __len__(self) -> int:
        return len(self._found)

    def finish(self) -> None:
        """Mark the run as finished."""
        with self._db:
            self._db.execute("update run set finished = 1 where id = ?", (self._run,))
        self.finished = True


@contextmanager
def open_ledger(path: Path, key: str) -> Iterator[Ledger]:
    """Open the ledger of a run, creating the file if necessary.

    An error or interruption that ends the block gets a note on how to resume, if any task is finished.

    Raises
    ------
    FATheoryError
        If the file is not a ledger, is damaged, or cannot be written.
    """
    with open_database(path, "ledger") as connection:
        ledger = Ledger(connection, key)
        try:
            yield ledger
        except BaseException as error:
            if len(ledger) and not ledger.finished:
                tasks = f"{len(ledger)} finished task{'s' if len(ledger) > 1 else ''}"
                error.add_note(f"run the same command to resume: {tasks} kept in {path}")
            raise
