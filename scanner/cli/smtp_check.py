"""`mailready smtp check`: checks what was given, tries the server, judges, reports."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from rules.results import QueryRecord
from scanner.cli.lines import print_lines, say, write_out
from scanner.cli.places import Place, place_of, refuse_overwriting
from scanner.cli.smtp_login import LoginOptions
from scanner.cli.submission_run import SubmissionOptions, SubmissionRun
from scanner.dns.source import Source
from scanner.errors import OutputError, UsageError
from scanner.secret import Secret
from scanner.sources import open_source
from scanner.submission.checking.check import Checked, check_endpoint
from scanner.submission.checking.explained import reply_explainer
from scanner.submission.checking.network import is_own_machine
from scanner.submission.checking.oauth import TokenError, TokenOrder, get_token, token_notes
from scanner.submission.checking.observed import Note
from scanner.submission.checking.plan import CheckPlan, HostPort, Seconds, parse_host, parse_host_port, parse_ports
from scanner.submission.checking.signin import Credentials, Errand
from scanner.submission.hosts import CLOUDS, Cloud, cloud_endpoint

__all__ = ["SmtpCheckCommand"]

_NO_CONTROL: Final = "none"
_NOTHING: Final = Secret("")
"""In the place of a token that is still to be got."""


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
    reporting: SubmissionOptions

    def run(self) -> int:
        """Runs the command; the exit code. Raises MailreadyError for what ends it."""
        plan = self._plan()
        options = replace(self.reporting, inputs=self._inputs())
        refuse_overwriting(place_of(options.output, options.formats), self.record, options.inputs)
        run = options.open("this network")
        errand, order = self.login.errand(), self.login.order(plan)
        source = open_source((), "unknown", self.resolvers, self.record)
        checked = asyncio.run(_check(plan, source, run, errand, order, self.login.user))
        self._keep(checked.answers)
        if run.place.path is not None or not run.place.formats:
            _show(checked, run.place)
        return run.write([run.judge.of(checked.facts, answers=checked.answers, evidence=checked.evidence)])

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

    def _inputs(self) -> tuple[Path, ...]:
        return tuple(path for path in (self.ca_file, *self.login.files) if path is not None)

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
    plan: CheckPlan, source: Source, run: SubmissionRun, errand: Errand, order: TokenOrder | None, user: str
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
                expectation=await expectation_of(domain, source, run.library, through_microsoft=plan.form.is_microsoft),
            )
        return ready, notes, ""

    titles = {rule.id: rule.title for rule in run.library.rules.values()}
    explain = reply_explainer(plan.host, run.today, titles)
    wanted = replace(errand, credentials=Credentials(user, _NOTHING, is_token=True)) if order is not None else errand
    try:
        return await check_endpoint(plan, source, wanted, prepare=prepare, explain=explain, now=_now)
    finally:
        await source.close()


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
