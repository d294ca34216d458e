"""Many domains: a bounded number in flight, results handed on in the order of the list as soon as that order allows."""

from __future__ import annotations

import asyncio
import signal
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager

from rules.results import Target
from scanner.dns.source import Source
from scanner.scan import Scanned, ScanOptions, scan_domain

__all__ = ["Stop", "scan_targets", "stop_on_signals"]


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
    targets: Iterable[Target],
    source: Source,
    options: ScanOptions,
    *,
    concurrency: int,
    stop: Stop,
    started: Callable[[Target], None] = lambda _: None,
) -> AsyncIterator[Scanned]:
    """Scans targets, at most `concurrency` at a time, and yields each in the order of the list.

    Targets are taken from the iterable only as there is room, so a list of any length is never in memory. When `stop`
    is set, nothing new is started, what is finished is still yielded, and what is under way is given up.
    """
    running: deque[asyncio.Task[Scanned]] = deque()
    rest = iter(targets)
    stopping = asyncio.create_task(stop.wait())
    try:
        while True:
            while len(running) < concurrency and not stop:
                target = next(rest, None)
                if target is None:
                    break
                started(target)
                running.append(asyncio.create_task(scan_domain(target, source, options)))
            if not running:
                return
            await asyncio.wait({running[0], stopping}, return_when=asyncio.FIRST_COMPLETED)
            if stop:
                break
            yield running.popleft().result()
        for task in running:
            if task.done():
                yield task.result()
    finally:
        stopping.cancel()
        for task in running:
            task.cancel()
        await asyncio.gather(stopping, *running, return_exceptions=True)
