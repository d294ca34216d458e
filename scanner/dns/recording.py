"""Writes every answer of other Sources to an evidence file as it comes: what `--record` does."""

from __future__ import annotations

import contextlib
import io
import os
import threading
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from rules.results import QueryRecord
from scanner.dns.answer import Answer, Question
from scanner.dns.errors import RecordingError, RecordPathError
from scanner.dns.evidence import decompose, end_of, line_of, places_of
from scanner.dns.patience import Patience
from scanner.dns.presentation import BadFormError, canonical_name
from scanner.dns.recorded import answer_from
from scanner.dns.source import Source, Told
from scanner.dns.written import AT_HAND, Written

__all__ = ["RecordedElsewhere", "Recorder", "RecordingSource", "same_file"]

_PROVED = frozenset({"NOERROR", "NODATA", "NXDOMAIN"})
_MOST_REPLAYS = 5_000
"""Answers met more than once whose replay is remembered."""
_BATCH = 10_000
"""Lines of a file to be continued that are noted at a time."""


class Recorder:
    """An evidence file that is written. Each record set is written once, as it was first told.

    `keep` gives answers as the file will replay them: a record set that is asked for again has the values, TTL and time
    of its line, so that a scan and its replay agree for every domain. Only one that could not be determined gives way to
    a later one that could, in a line of its own. Answers are written as they are kept, so that a run that is cut off
    keeps what it asked. In memory are the `at_hand` names used last; what was written of others is read back from the
    file. Threads may share it.

    `inputs` are the evidence files of the same run. With `append` the file's lines are kept and count as written.
    Raises RecordPathError when made (EvidenceError for a file to be continued that holds none).
    """

    def __init__(
        self,
        path: Path,
        *,
        inputs: Sequence[Path] = (),
        append: bool = False,
        at_hand: int = AT_HAND,
    ) -> None:
        self._lock = threading.Lock()
        self._path = path
        self._written = Written(path, at_hand=at_hand)
        self._replays: dict[Question, tuple[Answer, Answer]] = {}
        for other in inputs:
            if same_file(path, other):
                raise RecordPathError(f"{path} is an evidence file of this run; record to another file")
        start = b""
        if append and path.exists():
            start = _continued(path, self._written)
        try:
            # Unbuffered: a buffer would keep what failed and fail again when it is closed.
            self._file: io.FileIO | None = io.FileIO(path, "ab" if append else "wb")
            if start:
                self._file.write(start)
            self._end = self._next = self._file.tell()
        except OSError as error:
            raise RecordPathError(f"{path} cannot be written: {error.strerror or error}") from error

    def keep(self, answers: Sequence[Answer]) -> list[Answer]:
        """The answers as they will be replayed, written. Raises RecordingError when writing fails."""
        with self._lock:
            lines: list[bytes] = []
            self._next = self._end
            kept = [self._keep(answer, lines) for answer in answers]
            if lines:
                self._write(b"".join(lines))
                self._written.put_away()
            return kept

    def close(self) -> None:
        """Ends the file; nothing is kept from then on. Safe to call twice."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None
            self._written.close()

    def _keep(self, answer: Answer, lines: list[bytes]) -> Answer:
        before = self._replays.get(answer.question)
        if before is not None and before[0] is answer:
            return before[1]  # many domains share it
        if answer.known and not answer.chain:
            types = self._written.get(answer.question.name)
            if types is None or answer.question.type not in types:
                self._add(end_of(answer), lines)
                if types is not None:
                    self._replays.clear()  # the file now says something else of the name
                return answer  # a line of the question's own name and type is all that a replay looks at
        records = decompose(answer)
        if answer.known and all(self._written.get(record.name) is None for record in records):
            for record in records:
                self._add(record, lines)
            return answer  # of names that are all new the lines say what the answer says
        try:
            canonical_name(answer.question.name)
        except BadFormError:
            return answer  # no line can hold such a name, and a replay says the same of it
        if not answer.known:
            replay = answer_from(self._written, answer.question)
            if replay.known:
                return replay  # a line at the question's name would hide the aliases that lead to what is known
        self._lay(records, lines, over_unknown=True)
        replay = answer_from(self._written, answer.question)
        if answer.known and not replay.known:
            # The zone changed in the middle of the run: the later state is a whole one, parts of both are none.
            self._lay(records, lines, over_unknown=False)
            replay = answer_from(self._written, answer.question)
        if answer.known:
            if len(self._replays) >= _MOST_REPLAYS:
                self._replays.clear()
            self._replays[answer.question] = answer, replay
        return replay

    def _lay(self, records: Sequence[QueryRecord], lines: list[bytes], *, over_unknown: bool) -> None:
        for record in records:
            types = self._written.get(record.name)
            first = types.get(record.type) if types is not None else None
            if first is not None and over_unknown and (first.status in _PROVED or record.status not in _PROVED):
                continue
            self._add(record, lines)
            self._replays.clear()  # the file now says something else of the name

    def _add(self, record: QueryRecord, lines: list[bytes]) -> None:
        line = line_of(record)
        self._written.lay(record, self._next, len(line))
        self._next += len(line)
        lines.append(line)

    def _write(self, data: bytes) -> None:
        if self._file is None:
            raise RecordingError(f"{self._path}: evidence can no longer be written")
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[self._file.write(rest) :]
            self._end += len(data)
        except OSError as error:
            # Half a line would make the whole file unreadable.
            with contextlib.suppress(OSError):
                self._file.truncate(self._end)
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None
            raise RecordingError(f"{self._path}: evidence cannot be written: {error.strerror or error}") from error


class RecordingSource:
    """A layer over a Source that records it into a file of its own; see `Recorder` for the arguments and errors."""

    def __init__(
        self,
        source: Source,
        path: Path,
        *,
        inputs: Sequence[Path] = (),
        append: bool = False,
        at_hand: int = AT_HAND,
    ) -> None:
        self.name = source.name
        self._source = source
        self._recorder = Recorder(path, inputs=inputs, append=append, at_hand=at_hand)

    def told(self) -> Told:
        return self._source.told()

    async def ask(self, questions: Sequence[Question], patience: Patience | None = None) -> list[Answer]:
        return self._recorder.keep(await self._source.ask(questions, patience))

    async def close(self) -> None:
        self._recorder.close()
        await self._source.close()


class RecordedElsewhere:
    """A layer over a Source whose answers go through `keep`, to whom they are written for several processes at once."""

    def __init__(self, source: Source, keep: Callable[[Sequence[Answer]], Awaitable[list[Answer]]]) -> None:
        self.name = source.name
        self._source = source
        self._keep = keep

    def told(self) -> Told:
        return self._source.told()

    async def ask(self, questions: Sequence[Question], patience: Patience | None = None) -> list[Answer]:
        return await self._keep(await self._source.ask(questions, patience))

    async def close(self) -> None:
        await self._source.close()


def same_file(path: Path, other: Path) -> bool:
    """Whether two paths lead to one file, there already or not."""
    try:
        return path.samefile(other)
    except OSError:
        return os.path.realpath(path) == os.path.realpath(other)


def _continued(path: Path, written: Written) -> bytes:
    """Takes what a file to be continued holds for written; the line feed that its last line may lack."""
    batch: list[tuple[str, int, int]] = []
    for record, start, length in places_of(path):
        batch.append((record.name, start, length))
        if len(batch) == _BATCH:
            written.index(batch)
            batch = []
    written.index(batch)
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return b""
        file.seek(-1, os.SEEK_END)
        return b"" if file.read() == b"\n" else b"\n"
