"""A results file that a run may be cut off from at any moment, and a small file beside it from which it goes on.

Each line of the results belongs to a row of the list. The file beside (`results.ndjson.resume`) is a log of
checkpoints, one a line: which rows the lines since the last one belong to, how long they are, and what the run had
counted by then. A checkpoint is written only once the lines that it speaks of are on disk, so whatever ends the
process or the machine, the results are never behind it; lines beyond it are cut off when the run goes on, and their
rows are done again. When the run is finished, the file beside goes.
"""

from __future__ import annotations

import os
import time
from array import array
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, Final

import msgspec

from reports.errors import OutputFailed

__all__ = ["CHECKPOINT_SECONDS", "Journal", "Progress", "journal_path", "progress_of", "write_log"]

CHECKPOINT_SECONDS: Final = 1.0
"""How much work at most is done again after a crash."""

_BINARY: Final = getattr(os, "O_BINARY", 0)  # Windows would change line ends


class _Start(msgspec.Struct):
    """The first line: which run this belongs to, and where the header of the results ends."""

    resume: str
    end: int


class _Checkpoint(msgspec.Struct, omit_defaults=True):
    rows: list[int]
    sizes: list[int]
    counted: dict[str, Any]
    names: dict[int, str] = {}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run came: for each line in the order of the file the row of the list and the size, where the first
    begins and the last ends, the names that were given with rows, and what the run had counted. `kept` is the length
    of the log that says so.
    """

    rows: array[int]
    sizes: array[int]
    names: Mapping[int, str]
    start: int
    end: int
    counted: Mapping[str, Any]
    kept: int

    def places(self) -> Iterator[tuple[int, int]]:
        """Each row that has a line with its offset, in the order of the list."""
        begins = array("Q", accumulate(self.sizes, initial=self.start))
        order: Iterable[int] = range(len(self.rows))
        if any(left > right for left, right in pairwise(self.rows)):
            order = sorted(order, key=self.rows.__getitem__)
        for index in order:
            if self.sizes[index]:
                yield self.rows[index], begins[index]


def journal_path(results: Path) -> Path:
    """The file beside."""
    return results.with_name(f"{results.name}.resume")


def progress_of(results: Path, run: str) -> Progress | None:
    """What the file beside the results says about `run`, as far as the results are there; None if it says nothing.

    Raises OutputFailed where one of the two cannot be read.
    """
    try:
        data = journal_path(results).read_bytes()
        size = results.stat().st_size
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _failed(results, error) from error
    lines = data.split(b"\n")[:-1]
    try:
        start = msgspec.json.decode(lines[0], type=_Start)
    except (IndexError, msgspec.DecodeError):
        return None
    if start.resume != run or start.end > size:
        return None
    rows, sizes, names = array("Q"), array("Q"), dict[int, str]()
    end, kept, counted = start.end, len(lines[0]) + 1, {}
    decoder = msgspec.json.Decoder(_Checkpoint)
    for line in lines[1:]:
        try:
            checkpoint = decoder.decode(line)
        except msgspec.DecodeError:
            break
        if end + sum(checkpoint.sizes) > size:
            break
        rows.extend(checkpoint.rows)
        sizes.extend(checkpoint.sizes)
        names.update(checkpoint.names)
        end += sum(checkpoint.sizes)
        counted = checkpoint.counted
        kept += len(line) + 1
    return Progress(rows, sizes, names, start.end, end, counted, kept)


def write_log(
    results: Path, run: str, start: int, lines: Iterable[tuple[int, int]], counted: Mapping[str, Any]
) -> None:
    """Writes the file beside anew, from (row, size) of each line after the header, which ends at `start`."""
    pairs = list(lines)
    checkpoint = _Checkpoint([row for row, _ in pairs], [size for _, size in pairs], dict(counted))
    try:
        journal_path(results).write_bytes(_line(_Start(run, start)) + _line(checkpoint))
    except OSError as error:
        raise _failed(results, error) from error


class Journal:
    """Appends lines to a results file and checkpoints beside it. Every method raises OutputFailed."""

    def __init__(self, results: Path, header: bytes, run: str, progress: Progress | None = None) -> None:
        """Begins the results with a header line, or goes on after the progress of an earlier run."""
        self.path, self._run = results, run
        self._fresh = _Checkpoint([], [], {})
        self._due = time.monotonic() + CHECKPOINT_SECONDS
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._writing: Future[None] | None = None
        beside = journal_path(results)
        try:
            if progress is None:
                # In this order: what is left of an older run is never taken for this one's.
                self._results = os.open(results, os.O_RDWR | os.O_CREAT | os.O_TRUNC | _BINARY, 0o666)
                self._end = 0
                self._log = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _BINARY, 0o666)
                _write(self._log, _line(_Start(run, len(header) + 1)))
                self._append(header + b"\n")
            else:
                self._results = os.open(results, os.O_RDWR | _BINARY)
                os.ftruncate(self._results, progress.end)
                self._end = os.lseek(self._results, 0, os.SEEK_END)
                self._log = os.open(beside, os.O_WRONLY | _BINARY)
                os.ftruncate(self._log, progress.kept)
                os.lseek(self._log, 0, os.SEEK_END)
        except OSError as error:
            raise _failed(results, error) from error

    def append(self, line: bytes, row: int, name: str = "") -> None:
        """One result's line, without its end, the row of the list that it belongs to, and a name to keep with it."""
        try:
            self._append(line + b"\n")
        except OSError as error:
            raise _failed(self.path, error) from error
        self._fresh.rows.append(row)
        self._fresh.sizes.append(len(line) + 1)
        if name:
            self._fresh.names[row] = name

    def pass_over(self, row: int) -> None:
        """A row that is done and leaves no line."""
        self._fresh.rows.append(row)
        self._fresh.sizes.append(0)

    @property
    def due(self) -> bool:
        """Whether it is time for a checkpoint."""
        return (
            bool(self._fresh.rows) and time.monotonic() >= self._due and (self._writing is None or self._writing.done())
        )

    def checkpoint(self, counted: Mapping[str, Any]) -> None:
        """Records every line so far as done, with what was counted by then; on a thread, since disks are slow."""
        self._settle()
        fresh, self._fresh = self._fresh, _Checkpoint([], [], {})
        fresh.counted = dict(counted)
        data = _line(fresh)
        self._due = time.monotonic() + CHECKPOINT_SECONDS
        self._writing = self._thread.submit(self._record, data)

    def leave(self, counted: Mapping[str, Any]) -> None:
        """Records every line so far and closes; the run can be resumed."""
        self.checkpoint(counted)
        self._settle()
        self._close()

    def finish(self) -> None:
        """The run is complete: nothing is left to resume."""
        try:
            self._settle()
            os.fsync(self._results)
            journal_path(self.path).unlink(missing_ok=True)
        except OSError as error:
            raise _failed(self.path, error) from error
        finally:
            self._close()

    def abandon(self) -> None:
        """Closes as things are, after a fault."""
        with suppress(OutputFailed):
            self._settle()
        self._close()

    def lines(self, counted: Mapping[str, Any]) -> Iterator[tuple[int, str, bytes]]:
        """Checkpoints, then gives every row with its name and its line, without its end, in the order of the list."""
        self.checkpoint(counted)
        self._settle()
        progress = progress_of(self.path, self._run)
        if progress is None:
            raise OutputFailed(
                f"{journal_path(self.path)}: was removed while the run went on. Scan again with --resume."
            )
        try:
            with self.path.open("rb") as stream:
                for row, offset in progress.places():
                    if stream.tell() != offset:
                        stream.seek(offset)
                    yield row, progress.names.get(row, ""), stream.readline()[:-1]
        except OSError as error:
            raise _failed(self.path, error) from error

    def _record(self, data: bytes) -> None:
        _to_disk(self._results)
        _write(self._log, data)
        _to_disk(self._log)

    def _settle(self) -> None:
        writing, self._writing = self._writing, None
        if writing is not None:
            try:
                writing.result()
            except OSError as error:
                raise _failed(self.path, error) from error

    def _append(self, data: bytes) -> None:
        try:
            _write(self._results, data)
        except OSError:
            with suppress(OSError):  # half a line would make the file unreadable
                os.ftruncate(self._results, self._end)
            raise
        self._end += len(data)

    def _close(self) -> None:
        self._thread.shutdown()
        for descriptor in (self._results, self._log):
            with suppress(OSError):
                os.close(descriptor)


def _line(value: msgspec.Struct) -> bytes:
    return msgspec.json.encode(value) + b"\n"


def _write(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _to_disk(descriptor: int) -> None:
    getattr(os, "fdatasync", os.fsync)(descriptor)


def _failed(path: Path, error: OSError) -> OutputFailed:
    return OutputFailed(
        f"{path}: {error.strerror or error}. Make room there, or give another place with -o;"
        " what was written stands, and --resume goes on from it."
    )
