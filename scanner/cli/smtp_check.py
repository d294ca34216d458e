"""`mailready smtp check`: checks what was given, tries the server, judges, reports."""

from __future__ import annotations

import asyncio
import datetime
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast, get_args

from reports.jsondoc import encode_domain
from rules.model import Library, Waiver
from rules.results import GRADES, Report, Run, SubmissionResult, Tool
from scanner.cli.brand import open_brand
from scanner.cli.library import open_library, open_waivers
from scanner.cli.lines import say
from scanner.cli.places import Place, place_of, refuse_overwriting
from scanner.cli.sinks import open_sink
from scanner.cli.smtp_login import LoginOptions
from scanner.cli.sources import open_source
from scanner.dns.source import Source
from scanner.errors import UsageError
from scanner.submission.checking.network import is_own_machine
from scanner.submission.checking.plan import CheckPlan, HostPort, Seconds, parse_host, parse_host_port, parse_ports
from scanner.submission.hosts import CLOUDS, Cloud, cloud_endpoint
from scanner.submission.judge import JudgedSubmission, SubmissionJudge
from scanner.tally import Tally
from scanner.version import version

if TYPE_CHECKING:
    from scanner.submission.checking.check import Checked
    from scanner.submission.explaining import Explainer

__all__ = ["SmtpCheckCommand"]

NO_CONTROL: Final = "none"


@dataclass(frozen=True, slots=True)
class _Item:
    """A result as a sink takes it."""

    result: SubmissionResult
    row: int = 1

    @property
    def line(self) -> bytes:
        return encode_domain(self.result)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpCheckCommand:
    """The options of `mailready smtp check`, as `scanner.cli.smtp` documents them."""

    host: str
    ports: str
    cloud: str
    control: str
    legacy_tls: bool
    ca_file: Path | None
    ehlo: str
    login: LoginOptions
    timeout: float
    resolvers: tuple[str, ...]
    record: Path | None
    profile: str
    packs: tuple[Path, ...]
    waivers: Path | None
    output: str
    formats: str
    brand: Path | None
    fail_under: str

    def run(self) -> int:
        """Runs the command; the exit code. Raises MailreadyError for what ends it."""
        if self.fail_under and self.fail_under.upper() not in GRADES[:-1]:
            raise UsageError(f"--fail-under {self.fail_under}: give one of {', '.join(GRADES[:-1])}.")
        plan = self._plan()
        place = place_of(self.output, self.formats)
        library, profile = open_library(self.packs, self.profile)
        if library.profiles[profile].judges != "submissions":
            raise UsageError(f"--profile {profile}: judges domains; give submission, or one that extends it.")
        waivers = open_waivers(self.waivers, library)
        brand = open_brand(self.brand)
        refuse_overwriting(place, self.record, [*self._inputs(), *(brand.files if brand else ())])
        errand = self.login.errand(plan)
        source = open_source((), "unknown", self.resolvers, self.record)
        started = datetime.datetime.now(datetime.UTC)
        judge = SubmissionJudge(library, profile=profile, waivers=waivers, today=started.date())
        header = self._header(library, judge, source, started)
        sink = open_sink(place, header, brand)
        try:
            checked = asyncio.run(self._check(plan, source, library, errand))
            judged = judge.of(checked.facts, answers=checked.answers, evidence=checked.evidence)
            sink.add(_Item(judged.result))
        except BaseException:
            sink.abandon() if place.formats else None
            raise
        if not place.formats:
            self._print(checked)
        sink.close(_finished(header.run, source, waivers, judged))
        return _counted(judged).exit_code(self.fail_under.upper())
