"""A run of `mailready smtp` that judges: opened before anything is looked at, written when all is judged."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from reports.brand import Brand
from rules.errors import RulesError
from rules.model import Library, Waiver
from rules.results import BadRow, Report, Run, Tool, UnusedWaiver
from scanner.cli.brand import open_brand
from scanner.cli.fail_under import grade_of
from scanner.cli.lines import say
from scanner.cli.places import Place, place_of, refuse_overwriting
from scanner.cli.sinks import ResultItem, open_sink
from scanner.errors import UsageError
from scanner.library import open_library, open_waivers
from scanner.scan import unused
from scanner.submission.judge import DEFAULT_PROFILE, JudgedSubmission, SubmissionJudge
from scanner.tally import Tally, note_of
from scanner.version import version

__all__ = ["SubmissionOptions", "SubmissionRun"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionOptions:
    """The options that every judging command of `mailready smtp` shares. `inputs` are files that the run reads."""

    packs: tuple[Path, ...] = ()
    profile: str = DEFAULT_PROFILE
    waivers: Path | None = None
    output: str = ""
    formats: str = ""
    brand: Path | None = None
    fail_under: str = ""
    inputs: tuple[Path, ...] = ()

    def open(self, source: str) -> SubmissionRun:
        """Checks all that was given. `source` says what is looked at: "settings files", "this network". Raises UsageError."""
        fail_under = grade_of(self.fail_under)
        library, profile = open_library(self.packs, self.profile)
        if profile not in library.profiles or library.profiles[profile].judges != "submissions":
            raise UsageError(f"--profile {self.profile}: it judges domains, not submissions; give {DEFAULT_PROFILE}.")
        waivers = open_waivers(self.waivers, library)
        place = place_of(self.output, self.formats)
        brand = open_brand(self.brand)
        further = [*self.inputs, *self.packs, *filter(None, [self.waivers])]
        refuse_overwriting(place, None, [*further, *(brand.files if brand else ())])
        started = datetime.datetime.now(datetime.UTC)
        try:
            judge = SubmissionJudge(library, profile=profile, waivers=waivers, today=started.date())
        except RulesError as error:
            raise UsageError(str(error)) from None
        return SubmissionRun(judge, library, waivers, place, brand, fail_under, source, started)


@dataclass(slots=True)
class SubmissionRun:
    """`judge` judges; `write` ends the run."""

    judge: SubmissionJudge
    library: Library
    waivers: tuple[Waiver, ...]
    place: Place
    brand: Brand | None
    fail_under: str
    source: str
    started: datetime.datetime
    asked: Mapping[str, str] = field(default_factory=dict)
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def today(self) -> datetime.date:
        return self.started.date()

    def write(
        self, judged: Iterable[JudgedSubmission], bad_rows: Sequence[BadRow] = (), *, allow_bad_rows: bool = False
    ) -> int:
        """Writes the reports, the terminal's among them; the exit code, as of `mailready scan`. Raises MailreadyError.

        `bad_rows` are files and rows that could not be read: 2, unless they are allowed.
        """
        tally, used = Tally(), set[Waiver]()
        sink = open_sink(self.place, self._header(), self.brand)
        try:
            for row, each in enumerate(judged, 1):
                tally.add(note_of(each.result))
                used |= set(each.used_waivers)
                sink.add(ResultItem(row, each.result))
        except BaseException:
            sink.abandon()
            raise
        sink.close(self._finished(bad_rows, used))
        for bad in bad_rows:
            say(f"{bad.source}:{bad.row}: {bad.error}" if bad.row else f"{bad.source}: {bad.error}")
        if bad_rows and not allow_bad_rows:
            return 2
        return tally.exit_code(self.fail_under)

    def _header(self) -> Report:
        return Report(
            tool=Tool(name="mailready", version=version(), packs=self.library.packs),
            run=Run(id=self.id, started=_instant(self.started), source=self.source, asked=self.asked),
            rules={rule.id: rule.text for rule in self.judge.selection.rules},
        )

    def _finished(self, bad_rows: Sequence[BadRow], used: set[Waiver]) -> Run:
        told = [
            UnusedWaiver(rule=waiver.rule, domains=waiver.names, expires=waiver.expires.isoformat(), where=waiver.where)
            for waiver in unused(self._own_waivers(), used)
        ]
        run = self._header().run
        return replace(
            run,
            finished=_instant(datetime.datetime.now(datetime.UTC)),
            bad_rows=tuple(bad_rows),
            unused_waivers=tuple(told),
        )

    def _own_waivers(self) -> list[Waiver]:
        """Those of rules that judge submissions: a file of waivers may serve scans too."""
        own = {rule.id for rule in self.judge.selection.rules}
        return [waiver for waiver in self.waivers if waiver.rule in own]


def _instant(moment: datetime.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
