"""A run on its way: scans, counts, and hands results on until the list or somebody's patience ends."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reports.jsondoc import encode_domain
from rules.model import Waiver
from rules.results import DomainResult, RuleText, Target
from scanner.bulk import AT_FIRST, Order, Stop, each_row, stop_on_signals
from scanner.cli.lines import say
from scanner.cli.progress import Progress, shown
from scanner.cli.sinks import Sink
from scanner.dns.source import Source, Told, together
from scanner.records import checkdmarc_adapter
from scanner.scan import ScanOptions, scan_domain
from scanner.shard import ShardOptions
from scanner.tally import Finished, Note, Tally, documents, note_of, used_waivers

if TYPE_CHECKING:
    from scanner.dns.recording import Recorder

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
    rules: Mapping[str, RuleText]
    progress: Progress
    quiet: bool = False
    compact: bool = False
    only_failing: bool = False
    begun: int = 0
    step: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.begun = self.tally.done

    def counted(self) -> dict[str, Any]:
        """The counts for a checkpoint."""
        return self.tally.document(self.progress.seconds)

    async def scan(self, rows: Iterable[tuple[int, Target | DomainResult]], source: Source, *, live: bool) -> int:
        """Scans every row that is a target, and passes on what is a result already; the number of the signal that ended
        it, or 0.
        """
        if live and 1 < (self.progress.total or 0) <= min(self.concurrency, AT_FIRST):
            # Few records are beyond the plain forms, but of a list one often is, and the third of a second can pass while
            # the answers to all of it travel. A domain alone waits for it only where its own record calls for it, and so
            # does a longer list, where something is always to be done meanwhile.
            threading.Thread(target=checkdmarc_adapter.warm, daemon=True).start()
        places = {waiver: place for place, waiver in enumerate(self.waivers)}

        async def work(row: Target | DomainResult) -> tuple[bytes, Note, DomainResult | None]:
            self.begun += 1
            if isinstance(row, DomainResult):
                return encode_domain(row), note_of(row, used_waivers(row, self.waivers)), row
            line, note = documents(await scan_domain(row, source, self.options), places, compact=self.compact)
            return line, note, None  # who needs the result reads the line, as hardly anyone does

        stop = Stop()
        self.progress.told = source.told
        with stop_on_signals(stop), self.waiting(source), shown(self.progress, quiet=self.quiet) as self.step:
            try:
                made = each_row(rows, work, concurrency=self.concurrency, stop=stop, order=self.order)
                async with aclosing(made):
                    async for row, (line, note, result) in made:
                        self._take(Finished(row, line, note, self.rules, result))
            finally:
                await source.close()
        return stop.signal

    def scan_in_workers(
        self,
        rows: Iterable[tuple[int, Target | DomainResult]],
        number: int,
        options: ShardOptions,
        recorder: Recorder | None = None,
    ) -> tuple[int, Told]:
        """As `scan`, in so many processes; and what their Sources tell. The recorder of their answers is closed."""
        from scanner.workers import Crew

        asked: list[int] = []
        with (
            contextlib.closing(recorder) if recorder else contextlib.nullcontext(),
            Crew(number, options, order=self.order, recorder=recorder, said=say) as crew,
            shown(self.progress, quiet=self.quiet) as self.step,
        ):
            self.progress.told = lambda: together(crew.told)

            def stop(signal_: int, _: object) -> None:
                asked.append(signal_)
                crew.stop()
                restore()

            before = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM)}

            def restore() -> None:
                for each, handler in before.items():
                    signal.signal(each, handler)

            try:
                for row, line, note in crew.scan(self._targets(rows)):
                    self._take(Finished(row, line, note, self.rules))
            finally:
                restore()
        return asked[0] if asked else 0, together(crew.told)

    def _targets(self, rows: Iterable[tuple[int, Target | DomainResult]]) -> Iterator[tuple[int, Target]]:
        for number, row in rows:
            self.begun += 1
            if isinstance(row, DomainResult):
                note = note_of(row, used_waivers(row, self.waivers))
                self._take(Finished(number, encode_domain(row), note, self.rules, row))
            else:
                yield number, row

    def _take(self, finished: Finished) -> None:
        if self.only_failing and not (finished.note.failed or finished.note.unknown):
            self.sink.pass_over(finished.row)
        else:
            self.sink.add(finished)
        self.tally.add(finished.note)
        self.sink.checkpoint(self.counted)
        self.step()
