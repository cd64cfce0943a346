"""Records in an embedded database: each is committed when added, with its address and checksum.

One layer for the ledgers of commands and the stores of sweeps. Records are JSON in SQLite and not pickles in diskcache:
a damaged file or a stranger's must not be able to run code, records must never be evicted, and runs need transactions.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from fa_theory.errors import FATheoryError

Record: TypeAlias = dict[str, Any]
"""The result of a task, as JSON."""
Address: TypeAlias = tuple[str | int, ...]
"""The place of a record within its run."""

_FORMAT = 2
_TABLE = """
create table if not exists record (
    run integer not null, address text not null, content text not null, checksum text not null,
    primary key (run, address)
) without rowid;
"""
_ADVICE = "choose another folder with --out"


class Damaged(sqlite3.DatabaseError):
    """A record does not match its checksum."""


class Records:
    """Records of several runs.

    Whenever the process is killed, a record is stored once and completely, or not at all.

    Parameters
    ----------
    connection
        An open database.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        with self._db:
            self._db.execute(_TABLE)

    def add(self, run: int, address: Address, record: Record) -> None:
        """Keep a record; a second one for the same address is ignored.

        Raises
        ------
        ValueError
            If the record is not JSON: nan and infinity are not.
        """
        where, content = json.dumps(address), json.dumps(record, sort_keys=True, allow_nan=False)
        with self._db:
            row = (run, where, content, _checksum(where, content))
            self._db.execute("insert or ignore into record values (?, ?, ?, ?)", row)

    def read(self, run: int) -> Iterator[tuple[Address, Record]]:
        """All records of a run, in the order of their addresses.

        Raises
        ------
        Damaged
            If a checksum does not match.
        """
        rows = self._db.execute("select address, content, checksum from record where run = ?", (run,)).fetchall()
        yield from sorted((_verified(row) for row in rows), key=lambda pair: pair[0])

    def addresses(self, run: int) -> Iterator[Address]:
        """Addresses of the records of a run."""
        for (where,) in self._db.execute("select address from record where run = ?", (run,)).fetchall():
            yield _address(where)

    def count(self, run: int) -> int:
        """Number of records of a run."""
        return int(self._db.execute("select count(*) from record where run = ?", (run,)).fetchone()[0])

    def move(self, old: int, new: int) -> None:
        """Give the records of a run to another, within the transaction of the caller."""
        self._db.execute("update or ignore record set run = ? where run = ?", (new, old))
        self.drop(old)

    def drop(self, run: int) -> None:
        """Delete the records of a run, within the transaction of the caller."""
        self._db.execute("delete from record where run = ?", (run,))


def _checksum(where: str, content: str) -> str:
    return hashlib.sha256(f"{where}\n{content}".encode()).hexdigest()


def _verified(row: Sequence[Any]) -> tuple[Address, Record]:
    where, content, checksum = row
    if not isinstance(where, str) or not isinstance(content, str) or checksum != _checksum(where, content):
        raise Damaged(f"the record {where!r} is damaged: its checksum does not match")
    return _address(where), dict(json.loads(content))


def _address(where: Any) -> Address:
    try:
        return tuple(json.loads(where))
    except (TypeError, ValueError, RecursionError):
        raise Damaged(f"the record {where!r} is damaged: invalid address") from None


@contextmanager
def open_database(path: Path, what: str, *, alone: bool = False, fresh: bool = False) -> Iterator[sqlite3.Connection]:
    """Open a database, creating it and its folder if necessary.

    Parameters
    ----------
    path
        The file.
    what
        What it is called in messages.
    alone
        Whether only one process may use it. The lock ends with the process, even if it is killed.
    fresh
        Discard existing records.

    Raises
    ------
    FATheoryError
        If it cannot be created, read or written, is damaged, in use, or of another version; the message names the
        file and says what to do.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FATheoryError(f"cannot create the folder {path.parent}: {error.strerror}; {_ADVICE}") from None
    except ValueError as error:
        raise FATheoryError(f"cannot create the folder {str(path.parent)!r}: {error}; {_ADVICE}") from None
    try:
        with closing(sqlite3.connect(path, timeout=1 if alone else 30)) as connection:
            if alone:
                connection.execute("pragma locking_mode = exclusive")
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = normal")
            if fresh:
                _clear(connection)
            _check_format(connection)
            yield connection
    except Damaged as error:
        raise FATheoryError(f"cannot use the {what} {path}: {error}; delete the file, or {_ADVICE}") from None
    except sqlite3.Error as error:
        if alone and "locked" in str(error):
            raise FATheoryError(f"the {what} {path} is in use by another process; wait for it, or {_ADVICE}") from None
        malformed = "delete the file, or " if "malformed" in str(error) or "decode" in str(error) else ""
        raise FATheoryError(f"cannot use the {what} {path}: {error}; {malformed}{_ADVICE}") from None


def _clear(connection: sqlite3.Connection) -> None:
    with connection:
        for (name,) in connection.execute("select name from sqlite_master where type = 'table'").fetchall():
            connection.execute(f'drop table "{name}"')
        connection.execute("pragma user_version = 0")


def _check_format(connection: sqlite3.Connection) -> None:
    (found,) = connection.execute("pragma user_version").fetchone()
    if found == _FORMAT:
        return
    if connection.execute("select count(*) from sqlite_master").fetchone() != (0,):
        raise Damaged(f"it has format {found}, but this version of fa-theory uses format {_FORMAT}")
    with connection:
        connection.execute(f"pragma user_version = {_FORMAT}")
