"""Results that survive a crash: the rows of a window in a small database."""

from __future__ import annotations

import json
import math
import os
import sqlite3
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from spectragui.core.errors import ReadError, WriteError
from spectragui.core.results import COLUMN_NAMES, RESULT_COLUMNS, stored_row

_TABLE = "results (id INTEGER PRIMARY KEY AUTOINCREMENT, row TEXT NOT NULL)"
#: Of the file, of a row in it, and how many of them: more than that is no store of ours.
MOST_BYTES, MOST_ROW, MOST_ROWS = 1 << 28, 1 << 20, 1_000_000
#: What sqlite says of the place rather than of the file: locked, not writable, not readable, full.
_OF_THE_PLACE = frozenset((3, 5, 6, 7, 8, 10, 13, 14))


class ResultsStore:
    """Append rows, read them all, remove some.

    Parameters
    ----------
    path : path-like
        The database; made with its folder if it is not there. One that is damaged, holds anything else, is
        a link or a pipe, or larger than a store gets, is put aside as ``NAME.damaged`` and a new one begun:
        ``was_damaged`` says so. One that is locked, or cannot be written, stays as it is.

    Raises
    ------
    WriteError
        If nothing can be kept there.

    Notes
    -----
    Two windows may use one store: each write is its own transaction and waits up to five seconds
    for the other's.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.was_damaged = False
        self.n_damaged = 0
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = self._open()
        except sqlite3.DatabaseError as error:
            if (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _OF_THE_PLACE:
                raise self._not_kept(str(error)) from error
            self.was_damaged = True
            self._begin_anew()
        except OSError as error:
            raise self._not_kept(error.strerror) from error

    def add(self, row: Mapping[str, Any]) -> int:
        """Store a row; return its number, by which it can be removed."""
        content = _content(row)
        try:
            with self._connection:
                cursor = self._connection.execute("INSERT INTO results (row) VALUES (?)", (content,))
        except sqlite3.Error as error:
            raise WriteError(f"The result could not be stored in {self.path.name}: {error}.") from error
        return int(cursor.lastrowid or 0)

    def replace(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Store these rows in place of all others, in one transaction."""
        contents = [(_content(row),) for row in rows]
        try:
            with self._connection:
                self._connection.execute("DELETE FROM results")
                self._connection.executemany("INSERT INTO results (row) VALUES (?)", contents)
        except sqlite3.Error as error:
            raise WriteError(f"The results could not be stored in {self.path.name}: {error}.") from error

    def rows(self) -> list[tuple[int, Mapping[str, Any]]]:
        """Return (number, complete row) of everything stored, oldest first.

        A row that is damaged is left out: ``n_damaged`` says how many there were.
        """
        rows: list[tuple[int, Mapping[str, Any]]] = []
        self.n_damaged = 0
        for number in self._numbers():
            try:
                query = "SELECT row FROM results WHERE id = ?"
                (content,) = self._connection.execute(query, (number,)).fetchone()
                rows.append((number, stored_row(RESULT_COLUMNS, json.loads(content))))
            except (sqlite3.Error, ValueError, TypeError, OverflowError, RecursionError):
                self.n_damaged += 1
        return rows

    def _numbers(self) -> list[int]:
        """Return the numbers of the rows, as far as they can be had: what comes before a damaged page."""
        numbers: list[int] = []
        try:
            query = "SELECT id FROM results ORDER BY id LIMIT ?"
            numbers.extend(int(number) for (number,) in self._connection.execute(query, (MOST_ROWS,)))
        except sqlite3.Error as error:
            if not numbers:
                raise ReadError(f"The results in {self.path.name} cannot be read: {error}.") from error
            self.n_damaged += 1
        return numbers

    def remove(self, numbers: Iterable[int]) -> None:
        """Remove rows by their numbers."""
        with self._connection:
            self._connection.executemany("DELETE FROM results WHERE id = ?", [(n,) for n in numbers])

    def clear(self) -> None:
        """Remove all rows."""
        with self._connection:
            self._connection.execute("DELETE FROM results")

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def _begin_anew(self) -> None:
        try:
            os.replace(self.path, self.path.with_name(self.path.name + ".damaged"))
            self._connection = self._open()
        except OSError as error:
            raise self._not_kept(error.strerror) from error
        except sqlite3.Error as error:  # a full disk, a folder that may only be read
            raise self._not_kept(str(error)) from error

    def _not_kept(self, reason: str | None) -> WriteError:
        return WriteError(f"The results cannot be kept in {self.path.parent}: {reason}.")

    def _open(self) -> sqlite3.Connection:
        if not _may_be_a_store(self.path):
            raise sqlite3.DatabaseError("no store")
        connection = sqlite3.connect(self.path, timeout=5.0, check_same_thread=False)
        try:
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_ROW)
            _check_schema(connection)
            connection.execute("PRAGMA journal_mode=WAL")
            with connection:
                connection.execute(f"CREATE TABLE IF NOT EXISTS {_TABLE}")
        except sqlite3.DatabaseError:
            connection.close()
            raise
        return connection


def _may_be_a_store(path: Path) -> bool:
    """Return whether there is nothing yet, or an ordinary file of a size that a store may have."""
    try:
        facts = path.lstat()
    except FileNotFoundError:
        return True
    return stat.S_ISREG(facts.st_mode) and facts.st_size <= MOST_BYTES


def _check_schema(connection: sqlite3.Connection) -> None:
    """Raise where a database holds anything but our table: views and triggers can run for ever."""
    found = connection.execute("SELECT name, sql FROM sqlite_master LIMIT 3").fetchall()
    expected = f"CREATE TABLE {_TABLE}"
    if any(name != "sqlite_sequence" and (name, sql) != ("results", expected) for name, sql in found):
        raise sqlite3.DatabaseError("it holds something else")


def _content(row: Mapping[str, Any]) -> str:
    return json.dumps({name: _plain(value) for name, value in row.items() if name in COLUMN_NAMES})


def _plain(value: Any) -> Any:
    """Return a value that JSON keeps: NaN as None, numpy scalars as Python's."""
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value
