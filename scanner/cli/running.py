"""A run on its way: scans, counts, and hands results on until the list or somebody's patience ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, aclosing
from dataclasses import dataclass, field
from typing import Any

from rules.model import Waiver
from rules.results import Target
from scanner.bulk import Order, Stop, scan_targets, stop_on_signals
from scanner.cli.sinks import Sink
from scanner.dns.source import Source
from scanner.records import checkdmarc_adapter
from scanner.scan import ScanOptions
from scanner.tally import Tally, finish

__all__ = ["Running"]


@dataclass(slots=True)
class Running:
    """One run. `tally` begins with what an earlier run counted, and `begun` counts its domains too.

    `waiting` is what a person sees meanwhile, if anything.
    """

    options: ScanOptions
    waivers: tuple[Waiver, ...]
    sink: Sink
    tally: Tally
    order: Order
    concurrency: int
    waiting: Callable[[Source], AbstractContextManager[None]]
    begun: int = 0
    clock: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.begun = self.tally.done

    def counted(self) -> dict[str, Any]:
        """The counts for a checkpoint."""
        return self.tally.document(time.monotonic() - self.clock)

    async def scan(self, rows: Iterable[tuple[int, Target]], source: Source, *, live: bool) -> int:
        """Scans every row; the number of the signal that ended it, or 0."""
        if live:
            # A third of a second that can pass while the first answers travel; recorded ones have no way to go.
            threading.Thread(target=checkdmarc_adapter.warm, daemon=True).start()
        places = {waiver: place for place, waiver in enumerate(self.waivers)}
        stop = Stop()
        with stop_on_signals(stop), self.waiting(source):
            try:
                results = scan_targets(
                    rows,
                    source,
                    self.options,
                    concurrency=self.concurrency,
                    stop=stop,
                    order=self.order,
                    started=self._start,
                )
                async with aclosing(results):
                    async for row, scanned in results:
                        finished = finish(row, scanned, places)
                        self.sink.add(finished)
                        self.tally.add(finished.note)
                        self.sink.checkpoint(self.counted)
            finally:
                await source.close()
        return stop.signal

    def _start(self, _: Target) -> None:
        self.begun += 1
