"""What a recording holds so far, in bounded memory: the names used last at hand, the others by their places in the file."""

from __future__ import annotations

import os
import sqlite3
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from rules.results import QueryRecord
from scanner.dns.evidence import record_of

__all__ = ["AT_HAND", "Written"]

AT_HAND: Final = 20_000
"""Names whose record sets are kept in memory, about a kilobyte each."""
_FORGOTTEN_AT_ONCE: Final = 2_000
"""Names put away at a time: sorted, they cost the index less."""

_Types = dict[str, QueryRecord]
_Place = tuple[int, int]
"""Where a line begins in the file, and its octets."""


class Written(Mapping[str, Mapping[str, QueryRecord]]):
    """Record sets by name, then type, as the lines of a file tell them; later lines win.

    An index of the lines whose names are not at hand is a temporary database on disk, which the system removes. A file
    that cannot be read back, such as a pipe, has none: what is put away is forgotten, and may be written again. To be used
    by one thread at a time.
    """

    def __init__(self, path: Path, *, at_hand: int = AT_HAND) -> None:
        self._path = path
        self._most = at_hand
        self._names: OrderedDict[str, _Types] = OrderedDict()
        self._places: dict[str, list[_Place]] = {}
        self._index: sqlite3.Connection | None = None
        self._file: int | None = None

    def __getitem__(self, name: str) -> Mapping[str, QueryRecord]:
        types = self._names.get(name)
        if types is None:
            types = self._recall(name)
            if types is None:
                raise KeyError(name)
        else:
            self._names.move_to_end(name)
        return types

    def get(self, name: str, default: object = None) -> Mapping[str, QueryRecord] | None:  # type: ignore[override]
        types = self._names.get(name)
        if types is None:
            return self._recall(name) if self._index is not None else None
        self._names.move_to_end(name)
        return types

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def lay(self, record: QueryRecord, start: int, length: int) -> None:
        """A record set of a line that is, or is about to be, in the file at `start`."""
        name = record.name
        if name in self._names or self.get(name) is not None:
            self._names[name][record.type] = record
        else:
            self._names[name] = {record.type: record}
        self._places.setdefault(name, []).append((start, length))

    def put_away(self) -> None:
        """Keeps no more at hand than is allowed. Only for when all that was laid is in the file."""
        if len(self._names) <= self._most:
            return
        number = len(self._names) - self._most + min(_FORGOTTEN_AT_ONCE, self._most // 2)
        names = [self._names.popitem(last=False)[0] for _ in range(number)]
        self.index([(name, *place) for name in names for place in self._places.pop(name, ())])

    def index(self, lines: Sequence[tuple[str, int, int]]) -> None:
        """Notes lines that are in the file by name, start and length."""
        if not self._path.is_file():
            return
        rows = sorted((hash(name), start, length) for name, start, length in lines)
        self._database().executemany("INSERT OR REPLACE INTO lines VALUES (?, ?, ?)", rows)

    def close(self) -> None:
        if self._index is not None:
            self._index.close()
            self._index = None
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _database(self) -> sqlite3.Connection:
        if self._index is None:
            # Without a name it is temporary: on disk as far as it does not fit into the cache, and gone when closed.
            self._index = sqlite3.connect("", isolation_level=None, check_same_thread=False)
            for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-8000", "locking_mode=EXCLUSIVE"):
                self._index.execute(f"PRAGMA {pragma}")
            self._index.execute(
                "CREATE TABLE lines (name INTEGER, start INTEGER, length INTEGER, PRIMARY KEY (name, start)) WITHOUT ROWID"
            )
        return self._index

    def _recall(self, name: str) -> _Types | None:
        if self._index is None:
            return None
        rows = self._index.execute("SELECT start, length FROM lines WHERE name = ? ORDER BY start", (hash(name),))
        types: _Types = {}
        for start, length in rows:
            if self._file is None:
                self._file = os.open(self._path, os.O_RDONLY)
            record = record_of(os.pread(self._file, length, start))
            if record.name == name:  # two names may have one hash
                types[record.type] = record
        if not types:
            return None
        self._names[name] = types
        return types
