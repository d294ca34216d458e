"""Worker processes: each scans shards of the list in a loop of its own, and sends documents back.

A worker gets a bounded number of rows ahead, and more as its documents are taken, so that neither list nor results pile
up. What has come back counts; the rows that a worker had under way when it died are given to others, so none is lost
and none is there twice. Rows that go under with their worker again and again end the run.

A run that is recorded has one `Recorder`, here. Workers send it the answers of each round and go on with what it gives
back, so that all of them judge what the one file will replay.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from queue import SimpleQueue
from typing import Any, Final, NamedTuple

import msgspec

from rules.results import Target
from scanner import garbage
from scanner.bulk import LEAD, Feed, Order
from scanner.dns.answer import Answer
from scanner.dns.recording import RecordedElsewhere, Recorder
from scanner.dns.source import Source, Told
from scanner.errors import MailreadyError, UsageError, WorkerError
from scanner.shard import Document, ShardOptions, open_shard

__all__ = ["MOST_DEATHS", "Crew"]

MOST_DEATHS: Final = 3
"""How often a row may go under with its worker."""
AHEAD: Final = 2
"""How many times `concurrency` rows a worker has, under way or waiting."""
BATCH: Final = 16
"""Rows that are sent at a time."""
TELL_EVERY: Final = 1.0
"""Seconds between two times that a worker tells what its Source tells."""

_END: Final = None


class _Heard(NamedTuple):
    """Answers from a worker, to be kept; and back what became of them, None where nothing did.

    Packed, since that takes a tenth of the time of pickling them; b"" for nothing but Nones.
    """

    answers: bytes


_PACK: Final = msgspec.msgpack.Encoder()
_UNPACK: Final = msgspec.msgpack.Decoder(list[Answer | None])


@dataclass(slots=True, eq=False)
class _Worker:
    process: BaseProcess
    connection: Connection
    rows: dict[int, Target] = field(default_factory=dict)
    ending: bool = False
    told: Told = Told()
    _sending: threading.Lock = field(default_factory=threading.Lock)

    def send(self, *messages: object) -> None:
        """Messages for it, from any thread; one that died says so itself."""
        with self._sending, contextlib.suppress(OSError):
            for message in messages:
                self.connection.send(message)


class Crew:
    """Some workers with one task. Use as a context; leaving it ends the workers.

    `recorder` keeps their answers; it is not closed here. `said` is told what happens to workers, for people.
    """

    def __init__(
        self,
        number: int,
        options: ShardOptions,
        *,
        order: Order = "finished",
        recorder: Recorder | None = None,
        said: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._recorder = recorder
        self._order = _InOrder(number * options.concurrency * LEAD) if order == "list" else None
        self._dry = False
        self._number, self._options, self._said = number, options, said
        self._context = multiprocessing.get_context("spawn")
        self._events: SimpleQueue[tuple[_Worker | None, Any]] = SimpleQueue()
        self._workers: list[_Worker] = []
        self._hired: list[_Worker] = []
        self._deaths: Counter[int] = Counter()
        self._again: deque[tuple[int, Target]] = deque()
        self._stopped = False

    def __enter__(self) -> Crew:
        for _ in range(self._number):
            self._hire()
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.connection.close()
            worker.process.kill()
            worker.process.join()

    @property
    def told(self) -> list[Told]:
        """What the Source of each worker told last, those that ended early included."""
        return [worker.told for worker in self._hired]

    def stop(self) -> None:
        """Ends `scan` after what has come back already; may be called from a signal handler."""
        self._stopped = True
        self._events.put((None, None))

    def scan(self, rows: Iterable[tuple[int, Target]]) -> Generator[Document]:
        """Scans every row, and yields documents as they come, or in the order of the rows.

        Raises WorkerError, and what a worker could not do.
        """
        rest = iter(rows)
        for _ in range(0, AHEAD * self._options.concurrency, BATCH):  # in turn, so that a short list is shared too
            for worker in list(self._workers):
                self._feed(worker, rest, BATCH)
        while self._workers and not self._stopped:
            teller, message = self._events.get()
            if teller is None:
                break
            if isinstance(message, tuple):
                yield from self._documents(teller, message)
                for worker in list(self._workers) if self._order else [teller]:
                    self._feed(worker, rest)
            elif isinstance(message, Told):
                teller.told = message
            elif isinstance(message, BaseException):
                raise message
            else:
                self._ended(teller, rest)
        while self._stopped and not self._events.empty():
            teller, message = self._events.get()
            if teller is not None and isinstance(message, tuple):
                yield from self._documents(teller, message)
        if self._order:
            yield from self._order.rest()

    def _documents(self, worker: _Worker, document: Document) -> Iterator[Document]:
        if worker.rows.pop(document[0], None) is None:
            return
        if self._order:
            yield from self._order.ready(document)
        else:
            yield document

    def _hire(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=_work, args=(theirs, self._options, self._recorder is not None), daemon=True
        )
        process.start()
        theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        self._hired.append(worker)
        threading.Thread(target=self._listen, args=(worker,), daemon=True).start()
        return worker

    def _listen(self, worker: _Worker) -> None:
        while True:
            try:
                message = worker.connection.recv()
            except Exception:  # whatever breaks in the middle of a message ends the worker's word
                self._events.put((worker, _END))
                return
            if isinstance(message, _Heard):
                message = self._keep(worker, message)
            if message is not None:
                self._events.put((worker, message))

    def _keep(self, worker: _Worker, heard: _Heard) -> MailreadyError | None:
        """Has a round's answers recorded, and gives the worker what differs; the error that ends the run, if one does."""
        assert self._recorder is not None
        answers = [answer for answer in _UNPACK.decode(heard.answers) if answer is not None]
        try:
            kept = self._recorder.keep(answers)
        except MailreadyError as error:
            return error
        changed = [None if after == before else after for before, after in zip(answers, kept, strict=True)]
        worker.send(_Heard(_PACK.encode(changed) if any(changed) else b""))
        return None

    def _feed(self, worker: _Worker, rest: Iterator[tuple[int, Target]], most: int | None = None) -> None:
        room = AHEAD * self._options.concurrency - len(worker.rows)
        if worker.ending or room < min(BATCH, self._options.concurrency):
            return
        room = room if most is None else min(room, most)
        batch: list[tuple[int, Target]] = []
        while len(batch) < room and (row := self._next(rest)):
            batch.append(row)
        worker.rows.update(batch)
        worker.ending = self._dry and not worker.rows
        worker.send(*(batch[start : start + BATCH] for start in range(0, len(batch), BATCH)))
        if worker.ending:
            worker.send(_END)

    def _next(self, rest: Iterator[tuple[int, Target]]) -> tuple[int, Target] | None:
        if self._again:
            return self._again.popleft()
        if self._order and not self._order.has_room:
            return None
        row = next(rest, None)
        if row is None:
            self._dry = True
        elif self._order:
            self._order.begun(row[0])
        return row

    def _ended(self, worker: _Worker, rest: Iterator[tuple[int, Target]]) -> None:
        """A worker's connection broke: at the end of its task, or because it died."""
        self._workers.remove(worker)
        worker.connection.close()
        worker.process.join()
        if worker.ending and not worker.rows:
            return
        self._deaths.update(worker.rows.keys())
        self._said(
            f"a worker ended early ({_how(worker.process.exitcode)}); its {len(worker.rows)} domains are scanned again"
        )
        worst = [target for row, target in worker.rows.items() if self._deaths[row] >= MOST_DEATHS]
        if worst:
            names = ", ".join(target.domain for target in worst[:5])
            raise WorkerError(
                f"workers ended {MOST_DEATHS} times ({_how(worker.process.exitcode)}) with the same domains under way:"
                f" {names}. Is memory short? Give fewer --workers or a smaller --concurrency, and --resume."
            )
        self._again.extend(worker.rows.items())
        self._feed(self._hire(), rest)


class _InOrder:
    """Puts documents into the order in which their rows were begun; at most `most` are begun and not handed on."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._begun: deque[int] = deque()
        self._held: dict[int, Document] = {}

    @property
    def has_room(self) -> bool:
        return len(self._begun) < self._most

    def begun(self, row: int) -> None:
        self._begun.append(row)

    def ready(self, document: Document) -> Iterator[Document]:
        """What can be handed on with this one."""
        self._held[document[0]] = document
        while self._begun and self._begun[0] in self._held:
            yield self._held.pop(self._begun.popleft())

    def rest(self) -> Iterator[Document]:
        """What was held back to the end."""
        yield from self._held.values()
        self._held.clear()


def _how(code: int | None) -> str:
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit code {code}"


def _work(connection: Connection, options: ShardOptions, recorded: bool) -> None:
    """What a worker process does: it ends with its task, and when nobody is there any more who gave it."""
    for number in (signal.SIGINT, signal.SIGTERM):  # the process that hired it decides
        signal.signal(number, signal.SIG_IGN)
    garbage.seldom()
    try:
        asyncio.run(_Service(connection).scan(options, recorded=recorded))
    except (BrokenPipeError, EOFError, ConnectionResetError):
        os._exit(1)
    except MailreadyError as error:
        connection.send(UsageError(str(error)) if error.exit_code == UsageError.exit_code else WorkerError(str(error)))
    except BaseException as error:
        import traceback

        connection.send(RuntimeError(f"a worker failed: {error!r}\n{traceback.format_exc()}"))


_Round = tuple[Sequence[Answer], "asyncio.Future[list[Answer]]"]
"""Answers that are to be kept, and who waits for what becomes of them."""


class _Service:
    """A worker's side of the connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._feed: Feed[Target] = Feed()
        self._waiting: list[_Round] = []
        self._sent: list[_Round] = []
        self._tell_at = 0.0

    async def scan(self, options: ShardOptions, *, recorded: bool) -> None:
        """Scans what rows come until the end of them is said."""
        shard = open_shard(options)
        if recorded:
            shard.source = RecordedElsewhere(shard.source, self._keep)
        threading.Thread(target=self._receive, args=(asyncio.get_running_loop(),), daemon=True).start()
        try:
            await shard.scan(self._feed, lambda document: self._hand_on(document, shard.source))
            self._connection.send(shard.source.told())
        finally:
            await shard.source.close()

    def _receive(self, loop: asyncio.AbstractEventLoop) -> None:
        while True:
            try:
                message = self._connection.recv()
            except (EOFError, OSError):
                os._exit(1)  # whoever gave the task is gone
            if isinstance(message, _Heard):
                loop.call_soon_threadsafe(self._kept, message)
                continue
            loop.call_soon_threadsafe(self._feed.put, message)
            if message is _END:
                return

    def _hand_on(self, document: Document, source: Source) -> None:
        self._connection.send(document)
        now = asyncio.get_running_loop().time()
        if now >= self._tell_at:
            self._tell_at = now + TELL_EVERY
            self._connection.send(source.told())

    async def _keep(self, answers: Sequence[Answer]) -> list[Answer]:
        """The answers as they were recorded, where all workers' are.

        What comes while others are under way there goes together behind them: a message for each round would cost as much
        as the recording.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[Answer]] = loop.create_future()
        self._waiting.append((answers, future))
        if len(self._waiting) == 1 and not self._sent:
            loop.call_soon(self._send)
        return await future

    def _send(self) -> None:
        self._sent, self._waiting = self._waiting, []
        packed = _PACK.encode([answer for answers, _ in self._sent for answer in answers])
        with contextlib.suppress(OSError):  # whoever gave the task is gone, and so is this worker soon
            self._connection.send(_Heard(packed))

    def _kept(self, heard: _Heard) -> None:
        changed = iter(_UNPACK.decode(heard.answers)) if heard.answers else repeat(None)
        for answers, future in self._sent:
            kept = [after or before for before, after in zip(answers, changed, strict=False)]
            if not future.done():
                future.set_result(kept)
        self._sent = []
        if self._waiting:
            self._send()
