"""Many domains in one event loop: a bounded number under way, each handed on as it ends or in the order of the list."""

from __future__ import annotations

import asyncio
import signal
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal

from rules.results import Target
from scanner.dns.source import Source
from scanner.scan import Scanned, ScanOptions, scan_domain

__all__ = ["Order", "Stop", "scan_targets", "stop_on_signals"]

Order = Literal["finished", "list"]
"""As each ends, or in the order of the list: a slow domain then holds back what is finished behind it."""

LEAD: Final = 4
"""In the order of the list, how many times `concurrency` rows may be under way or held back behind the slowest."""


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


async def scan_targets(
    rows: Iterable[tuple[int, Target]],
    source: Source,
    options: ScanOptions,
    *,
    concurrency: int,
    stop: Stop,
    order: Order = "finished",
    started: Callable[[Target], None] = lambda _: None,
) -> AsyncGenerator[tuple[int, Scanned]]:
    """Scans targets, at most `concurrency` at a time, and yields each with its row's number, increasing along `rows`.

    Rows are taken from the iterable only as there is room, and no more are scanned than the caller takes, so a list of
    any length is never in memory. When `stop` is set, nothing new is started, what is finished is still yielded, and
    what is under way is given up. What a scan raises is raised here.
    """
    window = _Window(concurrency * LEAD if order == "list" else concurrency, ordered=order == "list")
    rest = iter(rows)

    async def scan_rows() -> None:
        while not stop:
            await window.room()
            row = None if stop else next(rest, None)
            if row is None:
                return
            number, target = row
            window.begun(number)
            started(target)
            window.ended(number, await scan_domain(target, source, options))

    lanes = [asyncio.create_task(scan_rows()) for _ in range(concurrency)]
    everything = asyncio.gather(*lanes)
    everything.add_done_callback(window.end)
    stopping = asyncio.create_task(stop.wait())
    stopping.add_done_callback(lambda _: window.wake())
    try:
        while True:
            for finished in window.ready():
                yield finished
                if stop:
                    break
            if stop or everything.done():
                break
            await window.news()
        for finished in window.rest():
            yield finished
        if everything.done() and not stop:
            everything.result()
    finally:
        stopping.cancel()
        for lane in lanes:
            lane.cancel()
        await asyncio.gather(stopping, *lanes, return_exceptions=True)


@dataclass(slots=True)
class _Held:
    number: int
    scanned: Scanned | None = None


class _Window:
    """What has begun and was not yet handed on: the ends in `ready`, and how many more may begin."""

    def __init__(self, most: int, *, ordered: bool) -> None:
        self._most = most
        self._ordered = ordered
        self._begun: dict[int, _Held] = {}
        self._ended: deque[_Held] = deque()
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

    def ended(self, number: int, scanned: Scanned) -> None:
        held = self._begun[number]
        held.scanned = scanned
        if not self._ordered:
            del self._begun[number]
            self._ended.append(held)
        self.wake()

    def wake(self) -> None:
        self._news.set()

    def end(self, everything: asyncio.Future[Any]) -> None:
        """All lanes have ended, or one broke."""
        if not everything.cancelled():
            everything.exception()  # asyncio complains of one that nobody looked at
        self.wake()

    async def news(self) -> None:
        """Returns once something has ended since the last time, or `wake` was called."""
        await self._news.wait()
        self._news.clear()

    def ready(self) -> Iterator[tuple[int, Scanned]]:
        """What can be handed on now; taking it makes room."""
        while True:
            if self._ordered:
                held = next(iter(self._begun.values()), None)
                if held is None or held.scanned is None:
                    return
                del self._begun[held.number]
            elif self._ended:
                held = self._ended.popleft()
            else:
                return
            self._make_room()
            assert held.scanned is not None
            yield held.number, held.scanned

    def rest(self) -> Iterator[tuple[int, Scanned]]:
        """Everything that has ended, gaps or not."""
        ended = [*self._ended, *(held for held in self._begun.values() if held.scanned is not None)]
        self._ended.clear()
        for held in ended:
            assert held.scanned is not None
            yield held.number, held.scanned

    def _make_room(self) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
