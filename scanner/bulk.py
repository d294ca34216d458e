"""Many domains in one event loop: a bounded number under way, each handed on as it ends or in the order of the list."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Literal, TypeVar

from rules.results import Target
from scanner.dns.source import Source
from scanner.scan import Scanned, ScanOptions, scan_domain

__all__ = ["AT_FIRST", "Feed", "Order", "Stop", "each_row", "scan_targets", "stop_on_signals"]

Order = Literal["finished", "list"]
"""As each ends, or in the order of the list: a slow domain then holds back what is finished behind it."""

Row = TypeVar("Row")
Made = TypeVar("Made")

AT_FIRST: Final = 50
"""Rows under way at once at the beginning. More only take memory as long as these keep the processor busy: the data of
hundreds of domains are no more in its caches, which costs a tenth of its time.
"""
LEAD: Final = 4
"""In the order of the list, how many times `concurrency` rows may be under way or held back behind the slowest."""
_LOOK: Final = 0.05
"""Seconds between looks whether the processor has time for more rows."""
_BUSY: Final = 0.97
"""Of the time; where this thread used more, it has not."""
_HOLD: Final = 0.02
"""Seconds of work with results, such as making pages of them, after which the event loop has a turn: answers that nobody
fetches are lost, and their time runs.
"""


class Stop:
    """Tells a run to end early; `signal` is the number of the signal that asked for it, or 0."""

    def __init__(self) -> None:
        self.signal = 0
        self._event = asyncio.Event()

    def __bool__(self) -> bool:
        return self._event.is_set()

    def set(self, number: int = 0) -> None:
        self.signal = self.signal or number
        self._event.set()

    async def wait(self) -> None:
        await self._event.wait()


@contextmanager
def stop_on_signals(stop: Stop) -> Iterator[None]:
    """Ctrl-C and SIGTERM set `stop` while inside; a second one ends the program at once."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)

    def asked(number: int) -> None:
        stop.set(number)
        restore()

    def restore() -> None:
        for number in numbers:
            loop.remove_signal_handler(number)

    try:
        for number in numbers:
            loop.add_signal_handler(number, asked, number)
    except NotImplementedError:  # event loops without signal handlers (Windows): KeyboardInterrupt ends the run
        yield
        return
    try:
        yield
    finally:
        restore()


class Feed(Generic[Row]):
    """Rows that arrive by and by, in the event loop in which they are asked for."""

    def __init__(self) -> None:
        self._rows: deque[tuple[int, Row]] = deque()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._ended = False

    def put(self, rows: Sequence[tuple[int, Row]] | None) -> None:
        """Adds rows; None ends the feed."""
        self._ended = self._ended or rows is None
        self._rows.extend(rows or ())
        while self._waiting and (self._rows or self._ended):
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)

    async def get(self) -> tuple[int, Row] | None:
        """The next row, once there is one; None at the end."""
        while not self._rows and not self._ended:
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            await waiter
        return self._rows.popleft() if self._rows else None


def scan_targets(
    rows: Iterable[tuple[int, Target]],
    source: Source,
    options: ScanOptions,
    *,
    concurrency: int,
    stop: Stop,
    order: Order = "finished",
) -> AsyncGenerator[tuple[int, Scanned]]:
    """Scans targets; see `each_row`."""

    async def scan(target: Target) -> Scanned:
        return await scan_domain(target, source, options)

    return each_row(rows, scan, concurrency=concurrency, stop=stop, order=order)


async def each_row(
    rows: Iterable[tuple[int, Row]] | Feed[Row],
    work: Callable[[Row], Awaitable[Made]],
    *,
    concurrency: int,
    stop: Stop,
    order: Order = "finished",
) -> AsyncGenerator[tuple[int, Made]]:
    """Does the work of each row, at most `concurrency` at a time, and yields what it made with the row's number.

    Fewer are under way as long as these leave the thread no time to spare. Rows are taken from the iterable only as there is
    room, and no more work is done than the caller takes, so a list of any length is never in memory. When `stop` is set,
    nothing new is begun, what is finished is still yielded, and what is under way is given up. What the work raises is
    raised here.
    """
    window: _Window[Made] = _Window(concurrency * LEAD if order == "list" else concurrency, ordered=order == "list")
    rest = None if isinstance(rows, Feed) else iter(rows)

    async def next_row() -> tuple[int, Row] | None:
        if isinstance(rows, Feed):
            return await rows.get()
        return next(rest, None) if rest is not None else None

    async def work_on_rows() -> None:
        while not stop:
            await window.room()
            taken = None if stop else await next_row()
            if taken is None:
                return
            number, row = taken
            window.begun(number)
            window.ended(number, await work(row))

    lanes = _Lanes(work_on_rows, concurrency, window.wake)
    stopping = asyncio.create_task(stop.wait())
    stopping.add_done_callback(lambda _: window.wake())
    clock = asyncio.get_running_loop().time
    try:
        while True:
            turn = clock()
            for finished in window.ready():
                yield finished
                if clock() - turn > _HOLD:
                    await asyncio.sleep(0)
                    turn = clock()
                if stop:
                    break
            if stop or lanes.over:
                break
            await window.news()
        for finished in window.rest():
            yield finished
        if not stop:
            lanes.raise_error()
    finally:
        stopping.cancel()
        lanes.cancel()
        await asyncio.gather(stopping, *lanes.tasks, return_exceptions=True)


class _Lanes:
    """Tasks that each work on one row after the other: some at first, and up to `most` as long as they leave time to spare.

    `wake` is called when the last has ended, or one broke.
    """

    def __init__(self, work: Callable[[], Coroutine[Any, Any, None]], most: int, wake: Callable[[], None]) -> None:
        self._work, self._most, self._wake = work, most, wake
        self._open: set[asyncio.Task[None]] = set()
        self._error: BaseException | None = None
        self._add(min(AT_FIRST, most))
        self._widening = asyncio.create_task(self._widen())

    @property
    def over(self) -> bool:
        return self._error is not None or not self._open

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """All that have not ended."""
        return [self._widening, *self._open]

    def raise_error(self) -> None:
        """Raises what the first that broke raised."""
        if self._error is not None:
            raise self._error

    def cancel(self) -> None:
        for task in self.tasks:
            task.cancel()

    def _add(self, number: int) -> None:
        for _ in range(number):
            lane = asyncio.create_task(self._work())
            self._open.add(lane)
            lane.add_done_callback(self._ended)

    def _ended(self, lane: asyncio.Task[None]) -> None:
        self._open.discard(lane)
        error = None if lane.cancelled() else lane.exception()
        self._error = self._error or error
        if self.over:
            self._wake()

    async def _widen(self) -> None:
        clock = asyncio.get_running_loop().time
        number = len(self._open)
        while number < self._most:
            used, since = time.thread_time(), clock()
            await asyncio.sleep(_LOOK)
            if len(self._open) < number:  # there are no more rows
                return
            if time.thread_time() - used < _BUSY * (clock() - since):
                more = min(number // 2 + 1, self._most - number)
                self._add(more)
                number += more


@dataclass(slots=True)
class _Held(Generic[Made]):
    number: int
    made: list[Made] = field(default_factory=list)
    """One, once it is."""


class _Window(Generic[Made]):
    """What has begun and was not yet handed on: the ends in `ready`, and how many more may begin."""

    def __init__(self, most: int, *, ordered: bool) -> None:
        self._most = most
        self._ordered = ordered
        self._begun: dict[int, _Held[Made]] = {}
        self._ended: deque[_Held[Made]] = deque()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._news = asyncio.Event()

    async def room(self) -> None:
        """Returns once one more row may begin."""
        while (len(self._begun) if self._ordered else len(self._ended)) >= self._most:
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            await waiter

    def begun(self, number: int) -> None:
        self._begun[number] = _Held(number)

    def ended(self, number: int, made: Made) -> None:
        held = self._begun[number]
        held.made.append(made)
        if not self._ordered:
            del self._begun[number]
            self._ended.append(held)
        self.wake()

    def wake(self) -> None:
        self._news.set()

    async def news(self) -> None:
        """Returns once something has ended since the last time, or `wake` was called."""
        await self._news.wait()
        self._news.clear()

    def ready(self) -> Iterator[tuple[int, Made]]:
        """What can be handed on now; taking it makes room."""
        while True:
            if self._ordered:
                held = next(iter(self._begun.values()), None)
                if held is None or not held.made:
                    return
                del self._begun[held.number]
            elif self._ended:
                held = self._ended.popleft()
            else:
                return
            self._make_room()
            yield held.number, held.made[0]

    def rest(self) -> Iterator[tuple[int, Made]]:
        """Everything that has ended, gaps or not."""
        ended = [*self._ended, *(held for held in self._begun.values() if held.made)]
        self._ended.clear()
        for held in ended:
            yield held.number, held.made[0]

    def _make_room(self) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
