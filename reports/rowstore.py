"""The rows of a list of any length, to be had in order: few in memory, many in a temporary file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Final

import msgspec

from reports.errors import OutputFailed
from reports.summary import Row

__all__ = ["RowStore"]

IN_MEMORY: Final = 5_000


class RowStore:
    """Rows, added in any order. Methods raise OutputFailed where the temporary file cannot grow."""

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        self._near: list[Row] = []
        self._in_memory = in_memory
        self._far: sqlite3.Connection | None = None
        self._number = 0

    def __len__(self) -> int:
        return self._number

    def add(self, row: Row) -> None:
        """Keeps a row."""
        self._number += 1
        self._near.append(row)
        if len(self._near) > self._in_memory:
            self._spill()

    def worst_first(self) -> Iterator[Row]:
        """Every row by its rank."""
        if self._far is None:
            yield from sorted(self._near, key=lambda row: row.rank)
            return
        self._spill()
        decode = msgspec.msgpack.Decoder(Row).decode
        try:
            for (body,) in self._far.execute("SELECT body FROM rows ORDER BY grade, score, domain, client"):
                yield decode(body)
        except sqlite3.Error as error:
            raise _failed(error) from error

    def _spill(self) -> None:
        try:
            if self._far is None:
                self._far = _table()
            encode = msgspec.msgpack.Encoder().encode
            rows = ((*row.rank, encode(row)) for row in self._near)
            self._far.executemany("INSERT INTO rows VALUES (?, ?, ?, ?, ?)", rows)
        except sqlite3.Error as error:
            raise _failed(error) from error
        self._near = []


def _table() -> sqlite3.Connection:
    connection = sqlite3.connect("", isolation_level=None)
    connection.execute("PRAGMA journal_mode=OFF")
    connection.execute("PRAGMA cache_size=-8192")
    connection.execute("CREATE TABLE rows (grade INTEGER, score INTEGER, domain TEXT, client TEXT, body BLOB)")
    connection.execute("BEGIN")
    return connection


def _failed(error: sqlite3.Error) -> OutputFailed:
    return OutputFailed(f"The directory for temporary files: {error}. Make room there, or set TMPDIR.")
