"""`mailready smtp check`: checks what was given, tries the server, judges, reports."""

from __future__ import annotations

import asyncio
import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from reports.jsondoc import encode_domain
from rules.model import Library, Waiver
from rules.results import GRADES, QueryRecord, Report, Run, SubmissionResult, Tool, UnusedWaiver
from scanner.cli.brand import open_brand
from scanner.cli.lines import print_lines, say, write_out
from scanner.cli.places import Place, place_of, refuse_overwriting
from scanner.cli.sinks import open_sink
from scanner.cli.smtp_login import LoginOptions
from scanner.dns.source import Source
from scanner.errors import OutputError, UsageError
from scanner.library import open_library, open_waivers
from scanner.secret import Secret
from scanner.sources import open_source
from scanner.submission.checking.check import Checked, check_endpoint
from scanner.submission.checking.network import is_own_machine
from scanner.submission.checking.oauth import TokenError, TokenOrder, get_token, token_notes
from scanner.submission.checking.observed import Note
from scanner.submission.checking.plan import CheckPlan, HostPort, Seconds, parse_host, parse_host_port, parse_ports
from scanner.submission.checking.signin import Credentials, Errand
from scanner.submission.documents import Explanation
from scanner.submission.hosts import CLOUDS, Cloud, cloud_endpoint
from scanner.submission.judge import SubmissionJudge
from scanner.tally import Tally
from scanner.version import version

__all__ = ["SmtpCheckCommand"]

_NO_CONTROL: Final = "none"
_NOTHING: Final = Secret("")
"""In the place of a token that is still to be got."""


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
        fail_under = self._grade()
        plan = self._plan()
        place = place_of(self.output, self.formats)
        library, profile = open_library(self.packs, self.profile)
        if library.profiles[profile].judges != "submissions":
            raise UsageError(f"--profile {profile}: judges domains; give submission, or one that extends it.")
        waivers = open_waivers(self.waivers, library)
        brand = open_brand(self.brand)
        refuse_overwriting(place, self.record, [*self._inputs(), *(brand.files if brand else ())])
        errand, order = self.login.errand(), self.login.order(plan)
        source = open_source((), "unknown", self.resolvers, self.record)
        started = datetime.datetime.now(datetime.UTC)
        judge = SubmissionJudge(library, profile=profile, waivers=waivers, today=started.date())
        header = Report(
            tool=Tool(name="mailready", version=version(), packs=library.packs),
            run=Run(id=uuid.uuid4().hex, started=_instant(started), source=source.name),
            frameworks=library.frameworks,
            rules={rule.id: rule.text for rule in judge.selection.rules},
        )
        sink = open_sink(place, header, brand)
        try:
            checked = asyncio.run(_check(plan, source, library, errand, order, self.login.user, started.date()))
            self._keep(checked.answers)
            judged = judge.of(checked.facts, answers=checked.answers, evidence=checked.evidence)
            if place.path is not None or not place.formats:
                _show(checked, place)
            sink.add(_Item(judged.result))
        except BaseException:
            sink.abandon()
            raise
        unused = tuple(map(_unused, (waiver for waiver in waivers if waiver not in judged.used_waivers)))
        told = source.told()
        sink.close(
            replace(
                header.run,
                resolvers=told.resolvers,
                finished=_instant(datetime.datetime.now(datetime.UTC)),
                unused_waivers=unused,
            )
        )
        for waiver in unused:
            say(f"{waiver.where}: the waiver of {waiver.rule} for {', '.join(waiver.domains)} met no finding")
        tally = Tally()
        tally.ends[judged.result.grade_low, judged.result.grade_high] += 1
        return tally.exit_code(fail_under)

    def _grade(self) -> str:
        grade = self.fail_under.strip().upper()
        if grade and (len(grade) != 1 or grade not in GRADES):
            raise UsageError(f"--fail-under {self.fail_under}: no such grade. Give one of {', '.join(GRADES)}.")
        return grade

    def _plan(self) -> CheckPlan:
        cloud = self.cloud.strip().lower()
        named: Cloud | None = next((name for name in CLOUDS if name == cloud), None)
        if cloud and named is None:
            raise UsageError(f"--cloud {self.cloud}: give one of {', '.join(CLOUDS)}.")
        endpoint = cloud_endpoint(named or "worldwide")
        host = parse_host(self.host or endpoint.host)
        if self.ca_file is not None:
            _try_roots(self.ca_file)
        return CheckPlan(
            host=host,
            ports=parse_ports(self.ports),
            control=self._control(host, endpoint.control),
            cloud=named,
            ca_file=self.ca_file,
            legacy_tls=self.legacy_tls,
            ehlo=parse_host(self.ehlo, "--ehlo") if self.ehlo else "",
            seconds=Seconds(total=self.timeout, connect=min(5.0, self.timeout), lookup=min(3.0, self.timeout)),
        )

    def _control(self, host: str, default: str) -> HostPort | None:
        """To this machine no network leads, so nothing can be told of one."""
        if self.control:
            return None if self.control.lower() == _NO_CONTROL else parse_host_port(self.control, "--control")
        return None if is_own_machine(host) else parse_host_port(default, "--control")

    def _inputs(self) -> list[Path]:
        given = [self.ca_file, self.waivers, *self.packs, *self.login.files]
        return [path for path in given if path is not None]

    def _keep(self, records: Sequence[QueryRecord]) -> None:
        """Writes the sessions behind the answers of DNS, which the Source has recorded."""
        if self.record is None:
            return
        from scanner.dns.evidence import line_of

        try:
            with self.record.open("ab") as stream:
                stream.writelines(
                    line_of(record) for record in records if record.type.startswith(("SMTP", "CONTROL", "TLS"))
                )
        except OSError as error:
            raise OutputError(f"--record {self.record}: {error.strerror or error}") from error


async def _check(
    plan: CheckPlan,
    source: Source,
    library: Library,
    errand: Errand,
    order: TokenOrder | None,
    user: str,
    today: datetime.date,
) -> Checked:
    from scanner.submission.checking.expectation import expectation_of

    async def prepare(wanted: Errand) -> tuple[Errand, tuple[Note, ...], str]:
        notes: tuple[Note, ...] = ()
        ready = wanted
        if order is not None:
            try:
                token = await asyncio.to_thread(get_token, order, say)
            except TokenError as error:
                return ready, (Note("no_token", str(error), "OAuth"),), str(error)
            ready = replace(ready, credentials=Credentials(user, token, is_token=True))
        if ready.credentials is not None and ready.credentials.is_token:
            notes = token_notes(ready.credentials.secret, ready.credentials.user)
        if ready.recipient:
            domain = ready.from_address.rpartition("@")[2]
            ready = replace(
                ready,
                expectation=await expectation_of(domain, source, library, through_microsoft=plan.form.is_microsoft),
            )
        return ready, notes, ""

    explainer = _Explaining(plan, today, library)
    wanted = replace(errand, credentials=Credentials(user, _NOTHING, is_token=True)) if order is not None else errand
    try:
        return await check_endpoint(plan, source, wanted, prepare=prepare, explain=explainer.explain, now=_now)
    finally:
        await source.close()


class _Explaining:
    """Explains replies of one host; the catalogue is read when the first one is refused."""

    def __init__(self, plan: CheckPlan, today: datetime.date, library: Library) -> None:
        self._plan, self._today, self._library = plan, today, library

    def explain(self, reply: str) -> Explanation | None:
        """What a reply means, by the host's family where its name says it; None where nothing is known."""
        from scanner.submission.catalogue import catalogue
        from scanner.submission.explaining import Explainer
        from scanner.submission.replies import family_of

        known = catalogue()
        form = self._plan.form
        family = (
            "outlook.com"
            if form.kind == "consumer"
            else "microsoft365"
            if form.is_microsoft
            else family_of(self._plan.host, known)
        )
        titles = {rule.id: rule.title for rule in self._library.rules.values()}
        told = Explainer(known, self._today, titles, family).explain(reply)
        return told[0] if told else None


def _show(checked: Checked, place: Place) -> None:
    """What was seen, on standard output; and what a refusal means, in the words of `mailready explain`."""
    from scanner.cli.smtp_check_terminal import check_lines

    print_lines(check_lines(checked))
    if checked.signed.explanation is not None:
        from rich.console import Console

        from scanner.cli.explain_terminal import print_explanation

        console = Console(highlight=False, emoji=False, markup=False)
        with console.capture() as captured:
            print_explanation(console, checked.signed.explanation)
        write_out(captured.get().encode(console.encoding, "replace"))
    if not place.formats:
        print_lines([""])


def _try_roots(path: Path) -> None:
    """Raises UsageError for a file that holds no certificates."""
    import ssl

    try:
        ssl.create_default_context(cafile=path)
    except ssl.SSLError:
        raise UsageError(f"--ca-file {path}: holds no certificates in PEM form.") from None
    except OSError as error:
        raise UsageError(f"--ca-file {path}: cannot be read: {error.strerror or error}.") from None


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _instant(moment: datetime.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _unused(waiver: Waiver) -> UnusedWaiver:
    return UnusedWaiver(rule=waiver.rule, domains=waiver.names, expires=waiver.expires.isoformat(), where=waiver.where)
