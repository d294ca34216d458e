"""What a recording holds so far, in bounded memory: the names used last at hand, the others by their places in the file."""

from __future__ import annotations

import os
import sqlite3
import struct
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from rules.results import QueryRecord
from scanner.dns.evidence import record_of

__all__ = ["AT_HAND", "Written"]

AT_HAND: Final = 20_000
"""Names whose record sets are kept in memory, about a kilobyte each."""
_FORGOTTEN_AT_ONCE: Final = 5_000
"""Names put away at a time, so that the index has few and long rows."""
_BUCKETS: Final = 256
_BATCH_BITS: Final = 40
_SIEVE_BITS: Final = 1 << 26
"""Of the sieve in front of the index: with 8 million names put away one new name in twenty is looked up for nothing."""
_PLACE: Final = struct.Struct("<qqI")
"""A name's hash, where its line begins, and the line's octets."""

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
        self._sieve = _Sieve()
        self._batches = 0
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
        """A record set of a line that is, or is about to be, in the file at `start`.

        Its name must have been looked up since the last `put_away`, so that it is at hand or new.
        """
        name = record.name
        types = self._names.get(name)
        if types is None:
            self._names[name] = {record.type: record}
        else:
            types[record.type] = record
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
        rows: defaultdict[int, bytearray] = defaultdict(bytearray)
        for name, start, length in lines:
            key = hash(name)
            self._sieve.add(key)
            rows[key % _BUCKETS] += _PLACE.pack(key, start, length)
        self._batches += 1
        numbered = [(bucket << _BATCH_BITS | self._batches, places) for bucket, places in rows.items()]
        self._database().executemany("INSERT INTO buckets VALUES (?, ?)", numbered)

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
            # A batch of places a row, by bucket of their names' hashes: a row a line would cost as much as writing the line.
            self._index.execute("CREATE TABLE buckets (id INTEGER PRIMARY KEY, places BLOB)")
        return self._index

    def _recall(self, name: str) -> _Types | None:
        key = hash(name)
        if self._index is None or key not in self._sieve:
            return None
        types: _Types = {}
        for start, length in self._places_of(key):
            if self._file is None:
                self._file = os.open(self._path, os.O_RDONLY)
            record = record_of(os.pread(self._file, length, start))
            if record.name == name:  # two names may have one hash
                types[record.type] = record
        if not types:
            return None
        self._names[name] = types
        return types

    def _places_of(self, key: int) -> Iterator[_Place]:
        """The places of lines whose names have this hash, as they were put away."""
        first = key % _BUCKETS << _BATCH_BITS
        sought = key.to_bytes(8, "little", signed=True)
        asked = "SELECT places FROM buckets WHERE id BETWEEN ? AND ? ORDER BY id"
        for (places,) in self._database().execute(asked, (first, first + (1 << _BATCH_BITS) - 1)):
            at = places.find(sought)
            while at >= 0:
                if at % _PLACE.size == 0:
                    _, start, length = _PLACE.unpack_from(places, at)
                    yield start, length
                at = places.find(sought, at + 1)


class _Sieve:
    """Tells most keys that were never added, without asking the index: a Bloom filter. Nearly every name is new."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def add(self, key: int) -> None:
        if not self._bits:
            self._bits = bytearray(_SIEVE_BITS // 8)
        for bit in (key % _SIEVE_BITS, (key >> 32) % _SIEVE_BITS):
            self._bits[bit >> 3] |= 1 << (bit & 7)

    def __contains__(self, key: int) -> bool:
        bits = self._bits
        first, second = key % _SIEVE_BITS, (key >> 32) % _SIEVE_BITS
        return bool(bits and bits[first >> 3] >> (first & 7) & 1 and bits[second >> 3] >> (second & 7) & 1)
