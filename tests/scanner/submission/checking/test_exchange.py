"""Signing in and sending at a server that answers as Exchange Online does: every such reply of the catalogue."""

from __future__ import annotations

import asyncio
import datetime
import email
import email.policy
import email.utils
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from servers.daemon import LOOPBACK
from servers.exchange import HOST, Exchange, exchange
from servers.fixed_dns import FixedDns

from rules.facts import Unknown
from scanner.secret import Secret
from scanner.submission.catalogue import catalogue
from scanner.submission.checking.check import Checked, check_endpoint
from scanner.submission.checking.explained import reply_explainer
from scanner.submission.checking.observed import PROBLEMS, Note
from scanner.submission.checking.plan import CheckPlan, PortPlan, Seconds
from scanner.submission.checking.signin import Credentials, Errand

USER = "shop@contoso.com"
PASSWORD = Secret("planted-hunter2")
NOW = datetime.datetime(2026, 11, 21, 9, 0, tzinfo=datetime.UTC)
REPLIES = Path(__file__).parent.parent / "replies.txt"


@pytest.fixture(scope="module")
def server(authority: trustme.CA) -> Iterator[Exchange]:
    with exchange(authority) as running:
        yield running


@pytest.fixture(autouse=True)
def friendly(server: Exchange) -> None:
    fresh = Exchange()
    for name in ("auth", "mail", "rcpt", "data"):
        setattr(server, name, getattr(fresh, name))
    for seen in (server.logins, server.tokens, server.messages):
        seen.clear()


def checked(server: Exchange, ca_file: Path | None, errand: Errand, host: str = HOST) -> Checked:
    plan = CheckPlan(
        host=host,
        ports=(PortPlan(server.port, "starttls"),),
        control=None,
        ca_file=ca_file,
        seconds=Seconds(total=8, signing_in=8),
    )

    async def ready(wanted: Errand) -> tuple[Errand, tuple[Note, ...], str]:
        return wanted, (), ""

    explain = reply_explainer(host, NOW.date(), {})
    done = asyncio.run(
        check_endpoint(plan, FixedDns({host: [LOOPBACK]}), errand, prepare=ready, explain=explain, now=lambda: NOW)
    )
    assert {problem.code for problem in done.facts.problems} <= PROBLEMS.keys()
    return done


def password(mechanism: str | None = None) -> Credentials:
    return Credentials(USER, PASSWORD, is_token=False, mechanism=mechanism)  # type: ignore[arg-type]


def replies() -> list[tuple[str, str]]:
    """Cause and text of every reply of Microsoft 365 that stands by itself, as it is on the wire."""
    found = []
    for line in REPLIES.read_text("utf-8").splitlines():
        cause, host, text = [*(part.strip() for part in line.split("|", 2)), "", ""][:3]
        if host == "microsoft365" and re.match(r"[45]\d\d [45]\.\d", text) and "\\n" not in text and len(text) < 480:
            found.append((cause, text))
    return found


def test_there_are_replies_to_try() -> None:
    assert len(replies()) > 40


@pytest.mark.parametrize(("cause", "text"), replies(), ids=[text[:40] for _, text in replies()])
def test_a_reply_of_microsoft_has_its_cause(server: Exchange, ca_file: Path, cause: str, text: str) -> None:
    signs_in = (
        catalogue().causes[cause].group == "signing_in" and cause != "not_signed_in"
        if cause in catalogue().causes
        else False
    )
    server.auth, server.data = (text, server.data) if signs_in else ("", text)
    done = checked(server, ca_file, Errand(password(), recipient="info@fabrikam.com"))
    facts = done.facts
    assert facts.reply_cause == cause if cause in catalogue().causes else isinstance(facts.reply_cause, Unknown)
    if signs_in:
        assert facts.login == "refused" if text.startswith("5") else isinstance(facts.login, Unknown)
        assert not server.messages
    else:
        assert (facts.login, facts.delivery) == ("accepted", "refused")
        assert facts.send_as == "denied" if cause == "send_as_denied" else isinstance(facts.send_as, Unknown)
    assert len(server.logins) == 1


def test_a_password_goes_by_login_and_a_token_by_xoauth2(server: Exchange, ca_file: Path) -> None:
    assert checked(server, ca_file, Errand(password())).facts.login_mechanism == "LOGIN"
    assert server.logins == [(USER, PASSWORD.reveal())]
    token = Credentials(USER, Secret("planted-token"), is_token=True)
    facts = checked(server, ca_file, Errand(token)).facts
    assert (facts.login, facts.login_mechanism, facts.auth_method) == ("accepted", "XOAUTH2", "oauth")
    assert server.tokens == [f"user={USER}\x01auth=Bearer planted-token\x01\x01"]


def test_a_refused_token_is_told_with_the_reply_behind_its_error_document(server: Exchange, ca_file: Path) -> None:
    server.auth = "535 5.7.3 Authentication unsuccessful [AM0PR01CA0001.eurprd01.prod.outlook.com]"
    done = checked(server, ca_file, Errand(Credentials(USER, Secret("planted-token"), is_token=True)))
    assert (done.facts.login, done.facts.reply_cause) == ("refused", "sign_in_refused")
    assert any('"status":"400"' in line for line in done.signed.lines)


def test_a_mechanism_that_is_not_offered_sends_nothing(server: Exchange, ca_file: Path) -> None:
    done = checked(server, ca_file, Errand(password("PLAIN")))
    assert isinstance(done.facts.login, Unknown) and "none of PLAIN" in done.facts.login.reason
    assert not server.logins


def test_a_sent_message_is_whole_and_tells_its_id(server: Exchange, ca_file: Path) -> None:
    expectation = ("SPF: passes for contoso.com.",)
    facts = checked(server, ca_file, Errand(password(), recipient="info@fabrikam.com", expectation=expectation)).facts
    assert (facts.send_as, facts.delivery) == ("allowed", "accepted")
    assert facts.queue_id == "<0123456789abcdef@contoso.com>"
    (octets,) = server.messages
    message = email.message_from_bytes(octets, policy=email.policy.default)
    assert (message["From"], message["To"]) == (USER, "info@fabrikam.com")
    assert message["Message-ID"].endswith("@contoso.com>")
    assert email.utils.parsedate_to_datetime(message["Date"]) == NOW
    assert "SPF: passes for contoso.com." in message.get_content()
    assert b"\n" not in octets.replace(b"\r\n", b"")


def test_an_address_that_is_not_the_login_is_denied_only_behind_the_message(server: Exchange, ca_file: Path) -> None:
    server.data = "554 5.2.252 SendAsDenied; shop@contoso.com not allowed to send as info@contoso.com; STOREDRV.Submission.Exception"
    before = checked(server, ca_file, Errand(password(), sender="info@contoso.com")).facts
    assert isinstance(before.send_as, Unknown) and before.from_login == "mismatch"
    after = checked(server, ca_file, Errand(password(), sender="info@contoso.com", recipient="info@fabrikam.com")).facts
    assert (after.send_as, after.reply_cause, after.from_login) == ("denied", "send_as_denied", "mismatch")


@pytest.mark.parametrize(("names", "trusted"), [((HOST,), False), (("mail.contoso.test",), True)])
def test_a_password_never_leaves_where_the_certificate_does_not_verify(
    authority: trustme.CA, ca_file: Path, names: tuple[str, ...], trusted: bool
) -> None:
    with exchange(authority, *names) as wrong:
        done = checked(wrong, ca_file if trusted else None, Errand(password(), recipient="info@fabrikam.com"))
        assert not wrong.logins and not wrong.messages
    assert isinstance(done.facts.login, Unknown)
    (port,) = done.facts.ports
    assert port.certificate == ("wrong_name" if trusted else "untrusted") or isinstance(port.certificate, Unknown)
    assert port.auth == ("LOGIN", "XOAUTH2")


def test_a_server_that_repeats_the_secret_finds_it_masked(server: Exchange, ca_file: Path) -> None:
    coded = "cGxhbnRlZC1odW50ZXIy"
    server.auth = f"535 5.7.8 password {PASSWORD.reveal()} ({coded}) is wrong"
    done = checked(server, ca_file, Errand(password()))
    shown = repr(done)
    assert done.facts.login == "refused"
    assert PASSWORD.reveal() not in shown and coded not in shown


def test_two_lines_cannot_be_smuggled_into_a_command(server: Exchange, ca_file: Path) -> None:
    done = checked(server, ca_file, Errand(password(), sender="a@contoso.com>\r\nRCPT TO:<b@fabrikam.com"))
    assert "line break" in repr(done.facts.send_as)
    assert not server.messages
