"""`mailready scan`: checks everything that was given before the first question, runs, writes, and says how it ended."""

from __future__ import annotations

import asyncio
import datetime
import itertools
import threading
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, Final

from rules.model import Library, Waiver
from rules.results import GRADES, BadRow, Report, Run, Target, Tool, UnusedWaiver
from scanner.bulk import Stop, scan_targets, stop_on_signals
from scanner.cli.brand import open_brand
from scanner.cli.library import open_library, open_waivers
from scanner.cli.lines import say, standard_input
from scanner.cli.places import STANDARD, place_of, refuse_overwriting
from scanner.cli.sinks import Sink, open_sink
from scanner.cli.sources import open_source
from scanner.dns.source import Source
from scanner.errors import UsageError
from scanner.plan import AUTO, Plan, make_plans
from scanner.records import checkdmarc_adapter
from scanner.scan import ScanOptions, scan_options, unused
from scanner.targets import open_list, read_arguments, read_list, unique
from scanner.version import version

__all__ = ["ScanCommand"]

SIGNAL_EXIT: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanCommand:
    """The options of `mailready scan`, as `scanner.cli.app` documents them."""

    domains: tuple[str, ...]
    lists: tuple[str, ...]
    profile: str
    packs: tuple[Path, ...]
    waivers: Path | None
    evidence: tuple[Path, ...]
    missing: str
    record: Path | None
    resolvers: tuple[str, ...]
    output: str
    formats: str
    fail_under: str
    concurrency: int
    all_facts: bool
    explain: bool
    allow_bad_rows: bool
    brand: Path | None

    def run(self) -> int:
        """Runs the command; the exit code. Raises MailreadyError for what ends it."""
        fail_under = _grade(self.fail_under)
        library, profile = open_library(self.packs, self.profile)
        waivers = open_waivers(self.waivers, library)
        rows = unique(_rows(self.domains, self.lists, frozenset(library.profiles) | {AUTO}))
        plans = self._plans(library, profile)
        if self.explain:
            from scanner.cli.explain import explain

            return explain(plans, library, profile)
        first = next(rows, None)
        if first is None:
            raise UsageError(
                "nothing to scan. Give domains (mailready scan contoso.com) or a list (--file clients.csv)."
            )
        place = place_of(self.output, self.formats)
        brand = open_brand(self.brand)
        refuse_overwriting(place, self.record, [*self._inputs(), *(brand.files if brand else ())])
        source = open_source(self.evidence, self.missing, self.resolvers, self.record)
        tally = _Tally()
        started = datetime.datetime.now(datetime.UTC)
        run = Run(id=uuid.uuid4().hex, started=_instant(started), source=source.name)
        header = Report(
            tool=Tool(name="mailready", version=version(), packs=library.packs),
            run=run,
            frameworks=library.frameworks,
            rules={rule.id: rule.text for plan in plans.values() for rule in plan.selection.rules},
        )
        sink = open_sink(place, header, brand)
        options = scan_options(plans, profile=profile, waivers=waivers, today=started.date())
        targets = tally.targets(itertools.chain([first], rows))
        number = asyncio.run(self._scan(targets, source, options, sink, tally))
        finished = replace(
            run,
            finished=_instant(datetime.datetime.now(datetime.UTC)),
            bad_rows=tuple(tally.bad_rows),
            unused_waivers=tuple(_unused(waiver) for waiver in unused(waivers, tally.used_waivers)),
        )
        sink.close(finished)
        for waiver in finished.unused_waivers:
            say(f"{waiver.where}: the waiver of {waiver.rule} for {', '.join(waiver.domains)} met no finding")
        if number:
            say(f"interrupted: {tally.done} of {tally.started} domains begun are finished and written")
            return SIGNAL_EXIT + number
        if tally.bad_rows:
            say(
                f"{len(tally.bad_rows)} bad row{'s' if len(tally.bad_rows) != 1 else ''} skipped, {tally.done} domains scanned"
            )
            if not self.allow_bad_rows:
                return 2
        return tally.exit_code(fail_under)

    def _inputs(self) -> list[Path]:
        """The files that the run reads."""
        named = [*self.lists, *map(str, self.evidence), self.profile]
        return [Path(name) for name in named if name != STANDARD] + [*self.packs, *filter(None, [self.waivers])]

    def _plans(self, library: Library, profile: str) -> dict[str, Plan]:
        """Plans of every profile that a target may ask for; only a list can ask for others than the run's."""
        names = set(library.profiles) if self.lists or profile == AUTO or STANDARD in self.domains else {profile}
        return make_plans(library, sorted(names), all_facts=self.all_facts, auto=profile == AUTO)

    async def _scan(
        self, targets: Iterator[Target], source: Source, options: ScanOptions, sink: Sink, tally: _Tally
    ) -> int:
        """Scans and hands results on; the number of the signal that ended it, or 0."""
        if not self.evidence:
            # A third of a second that can pass while the first answers travel; recorded ones have no way to go.
            threading.Thread(target=checkdmarc_adapter.warm, daemon=True).start()
        stop = Stop()
        with stop_on_signals(stop):
            try:
                async for scanned in scan_targets(
                    targets, source, options, concurrency=self.concurrency, stop=stop, started=tally.start
                ):
                    tally.finish(scanned.result.grade_low, scanned.result.grade_high, scanned.used_waivers)
                    sink.add(scanned.result)
            finally:
                await source.close()
        return stop.signal


@dataclass(slots=True)
class _Tally:
    """What a run counts as it goes."""

    bad_rows: list[BadRow] = field(default_factory=list)
    used_waivers: set[Waiver] = field(default_factory=set)
    grades: set[tuple[str, str]] = field(default_factory=set)
    started: int = 0
    done: int = 0

    def targets(self, rows: Iterable[Target | BadRow]) -> Iterator[Target]:
        """The targets among the rows; a bad row is said as it is met."""
        for row in rows:
            if isinstance(row, Target):
                yield row
            else:
                self.bad_rows.append(row)
                say(f"{row.source}:{row.row}: {row.error}")

    def start(self, _: Target) -> None:
        self.started += 1

    def finish(self, low: str, high: str, waivers: Iterable[Waiver]) -> None:
        self.done += 1
        self.grades.add((low, high))
        self.used_waivers.update(waivers)

    def exit_code(self, fail_under: str) -> int:
        """1 if a best possible grade is below `fail_under`; 3 if only a worst possible one is, or if a grade is open."""
        if not fail_under:
            return 3 if any(low != high for low, high in self.grades) else 0
        if any(_below(high, fail_under) for _, high in self.grades):
            return 1
        return 3 if any(_below(low, fail_under) for low, _ in self.grades) else 0


def _below(grade: str, bound: str) -> bool:
    return grade in GRADES and GRADES.index(grade) > GRADES.index(bound)


def _grade(text: str) -> str:
    grade = text.strip().upper()
    if grade and (len(grade) != 1 or grade not in GRADES):
        raise UsageError(f"--fail-under {text}: no such grade. Give one of {', '.join(GRADES)}.")
    return grade


def _rows(domains: tuple[str, ...], lists: tuple[str, ...], profiles: frozenset[str]) -> Iterator[Target | BadRow]:
    """All rows of the command line and the lists; every list's header is read before the first row goes out."""
    arguments = tuple(domain for domain in domains if domain != STANDARD)
    names = [*lists, *(domain for domain in domains if domain == STANDARD)]
    if names.count(STANDARD) > 1:
        raise UsageError("standard input (-) was given twice; it can be read once.")
    readers = [_begun(read_list(_open_list(name), _list_name(name), profiles)) for name in names]
    return itertools.chain(read_arguments(arguments), *readers)


def _begun(rows: Iterator[Target | BadRow]) -> Iterator[Target | BadRow]:
    """The same rows, with the first one read now: a list that is none is refused before anything is scanned."""
    first = next(rows, None)
    return iter(()) if first is None else itertools.chain([first], rows)


def _open_list(name: str) -> BinaryIO:
    return standard_input() if name == STANDARD else open_list(name)


def _list_name(name: str) -> str:
    return "standard input" if name == STANDARD else name


def _instant(moment: datetime.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _unused(waiver: Waiver) -> UnusedWaiver:
    return UnusedWaiver(
        rule=waiver.rule, domains=waiver.domains, expires=waiver.expires.isoformat(), where=waiver.where
    )
