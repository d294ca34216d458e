"""`mailready scan`: checks everything that was given before the first question, runs, writes, and says how it ended."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast, get_args

from reports.stored import stored_files
from rules.model import Library, Waiver
from rules.results import COMPACT_SCHEMA, SCHEMA, BadRow, DomainResult, Report, Run, Target, Tool, UnusedWaiver
from scanner.bulk import Order
from scanner.cli.brand import open_brand
from scanner.cli.fail_under import grade_of
from scanner.cli.lines import say
from scanner.cli.places import STANDARD, Place, place_of, refuse_overwriting
from scanner.cli.progress import Progress, rows_of, summary_lines
from scanner.cli.resume import Earlier, asked_of, earlier_run, list_digest
from scanner.cli.retry import RetryRows
from scanner.cli.rows import Rows
from scanner.cli.running import Running
from scanner.cli.sinks import Sink, open_sink
from scanner.cli.wanted import Wanted
from scanner.dns.source import Source
from scanner.errors import UsageError
from scanner.library import domain_profiles, open_library, open_waivers
from scanner.plan import AUTO, Plan, make_plans
from scanner.scan import scan_options
from scanner.shard import ShardOptions
from scanner.sources import open_recorder, open_source
from scanner.tally import Tally
from scanner.version import version

if TYPE_CHECKING:
    from scanner.cli.scan_senders import Senders

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
    timeout: float
    output: str
    formats: str
    fail_under: str
    concurrency: int
    all_facts: bool
    explain: bool
    allow_bad_rows: bool
    brand: Path | None = None
    resume: bool = False
    order: str = ""
    compact: bool = False
    retry_unknown: Path | None = None
    workers: int = 1
    quiet: bool = False
    wanted: Wanted = Wanted()
    submissions: tuple[Path, ...] = ()

    def run(self) -> int:
        """Runs the command; the exit code. Raises MailreadyError for what ends it."""
        fail_under = grade_of(self.fail_under)
        if self.submissions and (self.resume or self.compact or self.retry_unknown):
            raise UsageError("--submission goes with no --resume, --compact or --retry-unknown.")
        library, profile = open_library(self.packs, self.profile)
        if profile != AUTO and library.profiles[profile].judges != "domains":
            raise UsageError(f"--profile {self.profile}: it judges submissions, not domains; see mailready smtp.")
        waivers = open_waivers(self.waivers, library)
        plans = self._plans(library, profile)
        if self.explain:
            from scanner.cli.explain import explain

            domains = rows_of(self.domains, self.lists) or None
            return explain(plans, library, profile, domains=domains, concurrency=self.concurrency, workers=self.workers)
        rows = self._rows(library)
        if rows.empty:
            raise UsageError(
                "nothing to scan. Give domains (mailready scan contoso.com) or a list (--file clients.csv)."
            )
        compact = rows.header.is_compact if isinstance(rows, RetryRows) else self.compact
        place = place_of(self.output, self.formats)
        brand = open_brand(self.brand)
        refuse_overwriting(place, self.record, [*self._inputs(), *(brand.files if brand else ())])
        started = datetime.datetime.now(datetime.UTC)
        header = self._header(library, profile, plans, started, compact=compact)
        if isinstance(rows, RetryRows):
            rows.refuse_another(header)
        earlier = self._earlier(place, header, library, waivers)
        goes_on, shared = earlier is not None, self.workers > 1
        source = open_source(
            self.evidence, self.missing, self.resolvers, None if shared else self.record, append=goes_on
        )
        recorder = open_recorder(self.record, self.evidence, append=goes_on) if self.record and shared else None
        header = earlier.header if earlier else replace(header, run=replace(header.run, source=source.name))
        senders = self._senders(library, waivers, started.date())
        header = senders.headed(header) if senders else header
        sink = open_sink(place, header, brand, earlier.journal(place.results) if earlier and place.results else None)
        tally = earlier.tally if earlier else Tally()
        run = Running(
            options=scan_options(
                plans,
                profile=profile,
                waivers=waivers,
                today=started.date(),
                timeout=self.timeout,
                abreast=not self.evidence,
            ),
            waivers=waivers,
            sink=sink,
            tally=tally,
            progress=Progress(tally, rows_of(self.domains, self.lists)),
            quiet=self.quiet,
            order=self._order(place),
            concurrency=self.concurrency,
            waiting=self._waiting,
            rules=header.rules,
            compact=compact,
            only_failing=self.wanted.only_failing,
        )
        left = _left(rows, earlier, sink)
        try:
            if shared:
                shard = self._shard(compact=compact, today=started.date())
                number, told = run.scan_in_workers(left, self.workers, shard, recorder)
            else:
                number = asyncio.run(run.scan(left, source, live=not self.evidence))
                told = source.told()
            if senders:
                senders.give(sink, run.tally, waivers)
        except BaseException:
            sink.leave(run.counted())
            raise
        finished = replace(
            header.run,
            resolvers=told.resolvers,
            doubts=told.doubts,
            finished=_instant(datetime.datetime.now(datetime.UTC)),
            bad_rows=(*rows.bad, *(senders.bad if senders else ())),
            more_bad_rows=rows.more_bad,
            unused_waivers=tuple(
                _unused(waiver)
                for place, waiver in enumerate(waivers)
                if place not in run.tally.waivers and (senders or waiver.domains)
            ),
        )
        sink.close(finished, run.counted(), complete=not number)
        return self._end(run, rows, finished, number, fail_under, senders.bad if senders else ())

    def _end(
        self,
        run: Running,
        rows: Rows | RetryRows,
        finished: Run,
        number: int,
        fail_under: str,
        unread: tuple[BadRow, ...] = (),
    ) -> int:
        """Says how the run ended; its exit code."""
        if not self.quiet and run.tally.done > 1:
            for line in summary_lines(run.progress, run.rules):
                say(line)
        for doubt in finished.doubts:
            say(f"doubtful: {doubt}")
        for waiver in finished.unused_waivers:
            say(f"{waiver.where}: the waiver of {waiver.rule} for {', '.join(waiver.domains)} met no finding")
        done = run.tally.done
        if number:
            say(f"interrupted: {done} of {run.begun} domains begun are finished and written{self._goes_on()}")
            return SIGNAL_EXIT + number
        if not done and not rows.bad_rows:
            say("no row of the list has the client and tag that --client and --tag ask for")
        if rows.bad_rows:
            say(f"{rows.bad_rows} bad row{'s' if rows.bad_rows != 1 else ''} skipped, {done} domains scanned")
            if not self.allow_bad_rows:
                return 2
        for bad in unread:
            say(f"{bad.source}:{bad.row}: {bad.error}" if bad.row else f"{bad.source}: {bad.error}")
        if unread and not self.allow_bad_rows:
            return 2
        return run.tally.exit_code(fail_under)

    def _shard(self, *, compact: bool, today: datetime.date) -> ShardOptions:
        return ShardOptions(
            profile=self.profile,
            today=today,
            packs=self.packs,
            waivers=self.waivers,
            all_facts=self.all_facts,
            compact=compact,
            evidence=self.evidence,
            missing=self.missing,
            resolvers=self.resolvers,
            timeout=self.timeout,
            concurrency=self.concurrency,
        )

    def _goes_on(self) -> str:
        return "; --resume goes on from there" if place_of(self.output, self.formats).results else ""

    def _inputs(self) -> list[Path]:
        """The files that the run reads."""
        named = [*self.lists, *map(str, self.evidence), self.profile]
        retried = stored_files(self.retry_unknown) if self.retry_unknown else ()
        further = [*self.packs, *self.submissions, *retried, *filter(None, [self.waivers])]
        return [Path(name) for name in named if name != STANDARD] + further

    def _rows(self, library: Library, *, tell: bool = True) -> Rows | RetryRows:
        if self.retry_unknown is not None:
            if self.domains or self.lists:
                raise UsageError("--retry-unknown takes its domains from that run; give no others.")
            if place_of(self.output, self.formats).results is None:
                raise UsageError("--retry-unknown needs a new directory or NDJSON file for the merged results: -o.")
            return RetryRows(self.retry_unknown)
        return Rows(self.domains, self.lists, domain_profiles(library) | {AUTO}, wanted=self.wanted.row, tell=tell)

    def _senders(self, library: Library, waivers: tuple[Waiver, ...], today: datetime.date) -> Senders | None:
        if not self.submissions:
            return None
        from scanner.cli.scan_senders import read_senders

        return read_senders(self.submissions, library, waivers, today)

    @property
    def _may_name_profiles(self) -> bool:
        return bool(self.lists) or STANDARD in self.domains or self.retry_unknown is not None

    def _plans(self, library: Library, profile: str) -> dict[str, Plan]:
        """Plans of every profile that a target may ask for; only a list can ask for others than the run's."""
        names = set(domain_profiles(library)) if self._may_name_profiles or profile == AUTO else {profile}
        return make_plans(library, sorted(names), all_facts=self.all_facts, auto=profile == AUTO)

    def _header(
        self,
        library: Library,
        profile: str,
        plans: Mapping[str, Plan],
        started: datetime.datetime,
        *,
        compact: bool,
    ) -> Report:
        """The header of a new run, all but where its answers come from."""
        options = {
            "waivers": list_digest(str(self.waivers)) if self.waivers else "",
            "facts": "all" if self.all_facts else "",
            "answers": ", ".join(path.name for path in self.evidence),
            "missing": self.missing if self.evidence else "",
            "results": "compact" if compact else "",
            "clients": ", ".join(self.wanted.clients),
            "tags": ", ".join(self.wanted.tags),
            "shown": "only failing" if self.wanted.only_failing else "",
            "retry": list_digest(str(stored_files(self.retry_unknown)[0])) if self.retry_unknown else "",
        }
        asked = asked_of(self.lists, self.domains, library, profile, options)
        return Report(
            schema=COMPACT_SCHEMA if compact else SCHEMA,
            tool=Tool(name="mailready", version=version(), packs=library.packs),
            run=Run(id=uuid.uuid4().hex, started=_instant(started), asked=asked),
            frameworks=library.frameworks,
            rules={rule.id: rule.text for plan in plans.values() for rule in plan.selection.rules},
        )

    def _earlier(self, place: Place, header: Report, library: Library, waivers: tuple[Waiver, ...]) -> Earlier | None:
        """The run to go on from, if that is wanted and there is one."""
        if not self.resume:
            return None
        if place.results is None:
            raise UsageError(
                "--resume needs the directory or the NDJSON file that the earlier run wrote: give it with -o."
            )
        found = earlier_run(place.results, header, lambda: self._rows(library, tell=False), waivers)
        if found is None:
            say(f"{place.results}: nothing to resume; the run begins")
        else:
            say(f"{place.results}: {found.tally.done} domains are finished; the run goes on")
        return found

    def _order(self, place: Place) -> Order:
        """As they end where that shows at once, and where the other reports are put in order at the end."""
        if self.order not in {"", *get_args(Order)}:
            raise UsageError(f"--order {self.order}: give finished or list.")
        streams = place.formats == ("ndjson",) or place.is_directory
        return cast(Order, self.order) or ("finished" if streams else "list")

    def _waiting(self, source: Source) -> contextlib.AbstractContextManager[None]:
        """One domain that is asked live is what people watch."""
        if self.lists or self.evidence or len(self.domains) != 1 or self.domains[0] == STANDARD:
            return contextlib.nullcontext()
        from scanner.cli.waiting import waiting_for

        return waiting_for(self.domains[0], source, self.timeout)


def _left(rows: Rows | RetryRows, earlier: Earlier | None, sink: Sink) -> Iterator[tuple[int, Target | DomainResult]]:
    """The rows that the earlier run has not finished; the sink is told the others."""
    for number, row in rows:
        if earlier is None or not earlier.has(number):
            yield number, row
        else:
            sink.keep(row.domain, earlier.name(number))


def _instant(moment: datetime.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _unused(waiver: Waiver) -> UnusedWaiver:
    return UnusedWaiver(rule=waiver.rule, domains=waiver.names, expires=waiver.expires.isoformat(), where=waiver.where)
