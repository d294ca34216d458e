"""What was met before, among any number of things, in memory that does not grow with them."""

from __future__ import annotations

import sqlite3
from collections.abc import Hashable
from typing import Final

from reports.errors import OutputFailed

__all__ = ["Seen"]

IN_MEMORY: Final = 25_000
"""Keys held as a set, two megabytes; further ones stand in a temporary file of SQLite's, which it removes itself."""


class Seen:
    """A set of hashes that only grows. Two things of 2**64 hashes look alike, which no list is long enough to meet."""

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        self._near: set[int] = set()
        self._in_memory = in_memory
        self._far: sqlite3.Connection | None = None

    def add(self, thing: Hashable) -> bool:
        """Whether the thing is new. Raises OutputFailed where the temporary file cannot grow."""
        key = hash(thing)
        if key in self._near:
            return False
        if len(self._near) < self._in_memory:
            self._near.add(key)
            return True
        try:
            if self._far is None:
                self._far = _table()
            return self._far.execute("INSERT OR IGNORE INTO seen VALUES (?)", (key,)).rowcount == 1
        except sqlite3.Error as error:
            raise _failed(error) from error

    def __contains__(self, thing: object) -> bool:
        key = hash(thing)
        if key in self._near:
            return True
        if self._far is None:
            return False
        try:
            return self._far.execute("SELECT 1 FROM seen WHERE key = ?", (key,)).fetchone() is not None
        except sqlite3.Error as error:
            raise _failed(error) from error


def _failed(error: sqlite3.Error) -> OutputFailed:
    return OutputFailed(f"The directory for temporary files: {error}. Make room there, or set TMPDIR.")


def _table() -> sqlite3.Connection:
    connection = sqlite3.connect("", isolation_level=None)
    connection.execute("PRAGMA journal_mode=OFF")
    connection.execute("PRAGMA cache_size=-2048")
    connection.execute("CREATE TABLE seen (key INTEGER PRIMARY KEY) WITHOUT ROWID")
    connection.execute("BEGIN")
    return connection
