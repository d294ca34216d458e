"""Transcripts, bounces, logs and tables as programs write them, and inputs that are none of these."""

from __future__ import annotations

import datetime
import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.errors import UsageError
from scanner.submission.answering import answer_input
from scanner.submission.catalogue import catalogue
from scanner.submission.documents import Document
from scanner.submission.explaining import Explainer
from scanner.submission.inputs import MAX_LINE, open_file

INPUTS = Path(__file__).parent / "inputs"
EXPLAINER = Explainer(catalogue(), datetime.date(2026, 11, 21), {})


def answered(octets: bytes) -> Document:
    return answer_input(open_file(io.BytesIO(octets), "input"), EXPLAINER, "0")


def of(name: str) -> Document:
    return answered((INPUTS / name).read_bytes())


class Endless(io.RawIOBase):
    """A stream that makes its octets as it is read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._left = pieces, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = piece
        given = self._left[: len(buffer)]
        buffer[: len(given)] = given
        self._left = self._left[len(given) :]
        return len(given)


# Transcripts


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("phpmailer.txt", "smtp_auth_disabled_mailbox"),
        ("swaks.txt", "not_signed_in"),
        ("smtplib.txt", "auth_mechanism_unsupported"),
        ("nodemailer.txt", "send_as_denied"),
        ("s_client.txt", "certificate_untrusted"),
    ],
)
def test_a_transcript_is_recognised_and_explained(name: str, cause: str) -> None:
    answer = of(name)
    assert answer.input.kind == "transcript"
    assert answer.cause == cause


def test_a_transcript_shows_what_the_replies_do_not_say() -> None:
    session = of("swaks.txt").session
    assert session is not None
    assert session.server == "AM0PR01CA0001.outlook.office365.com"
    assert session.encrypted is False
    assert session.signed_in is False
    assert any("STARTTLS" in note and "removes it" in note for note in session.notes)
    assert any("without signing in" in note for note in session.notes)


def test_a_method_that_is_not_offered_is_named() -> None:
    session = of("smtplib.txt").session
    assert session is not None
    assert "The program signs in by CRAM-MD5; the server offers LOGIN, XOAUTH2." in session.notes


# Bounces


def test_an_exchange_bounce_is_read_with_the_code_inside_the_expiry() -> None:
    answer = of("exchange-bounce.eml")
    assert answer.input.kind == "bounce"
    assert answer.cause == "remote_server_unreachable"
    assert answer.bounce is not None
    assert (answer.bounce.sender, answer.bounce.subject) == ("Shop <shop@contoso.com>", "Invoice 17")


def test_a_bounce_of_several_recipients_has_a_cause_for_each() -> None:
    answer = of("postfix-bounce.eml")
    assert answer.bounce is not None
    assert [(item.address, item.cause) for item in answer.bounce.recipients] == [
        ("anna@fabrikam.com", "unauthenticated"),
        ("bob@fabrikam.com", "connection_timed_out"),
    ]
    assert answer.bounce.subject == "Angebot für Anna"


def test_a_bounce_without_a_status_part_is_read_from_its_words() -> None:
    octets = b"From: postmaster@contoso.com\nTo: shop@contoso.com\nSubject: failure notice\nMessage-ID: <1@contoso.com>\nMIME-Version: 1.0\n\nRemote host said: 550 5.1.1 no such user\n"
    assert answered(octets).cause == "recipient_unknown"


def test_an_ordinary_message_is_told_to_be_no_bounce() -> None:
    octets = b"From: anna@fabrikam.com\nTo: shop@contoso.com\nSubject: hello\nMIME-Version: 1.0\nMessage-ID: <1@x.test>\n\nSee you at 550 Main Street.\n"
    answer = answered(octets)
    assert answer.verdict == "reply_missing"
    assert answer.missing is not None
    assert "no bounce" in answer.missing.how[0]


# Logs


def test_a_postfix_log_is_grouped_by_cause_and_sender() -> None:
    log = of("postfix.log").log
    assert log is not None
    assert (log.format, log.delivered, log.deferred, log.failed) == ("postfix", 1, 3, 3)
    groups = {(group.cause, group.sender): group for group in log.groups}
    disabled = groups[("smtp_auth_disabled_tenant", "shop@contoso.com")]
    assert (disabled.deferrals, disabled.first, disabled.last) == (2, "2026-11-20T09:00:03", "2026-11-20T10:00:03")
    assert ("unauthenticated", "info@contoso.com") in groups
    assert ("connection_timed_out", "") in groups
    assert ("recipient_domain_not_found", "") in groups


def test_an_account_that_sends_much_as_a_foreign_address_stands_out_and_comes_first() -> None:
    log = of("postfix.log").log
    assert log is not None
    (note,) = log.accounts
    assert (note.account, note.in_busiest_hour, note.foreign_from) == (
        "info@contoso.com",
        700,
        ("billing@bank.example",),
    )
    assert "info@contoso.com" in log.first_steps[0]


def test_a_sudden_rise_is_told_and_a_steady_amount_is_not() -> None:
    def hour(number: int, queue: str, user: str, count: int) -> str:
        at = f"2026-11-20T{number:02}:00:00"
        return (
            f"{at} relay postfix/smtpd[1]: {queue}: client=x[192.0.2.1], sasl_method=LOGIN, sasl_username={user}\n"
            f"{at} relay postfix/qmgr[2]: {queue}: from=<{user}>, size=1, nrcpt={count} (queue active)\n"
        )

    lines = "".join(
        hour(n, f"AAAAA{n:03}", "burst@contoso.com", 200 if n == 9 else 5)
        + hour(n, f"BBBBB{n:03}", "steady@contoso.com", 200)
        for n in range(12)
    )
    log = answered(lines.encode()).log
    assert log is not None
    assert [note.account for note in log.accounts] == ["burst@contoso.com"]


@pytest.mark.parametrize(
    ("name", "format_", "causes"),
    [
        ("exim.log", "exim", {"recipient_unknown", "ip_throttled", "connection_timed_out"}),
        ("message-trace.csv", "exchange", {"recipient_unknown", "remote_server_unreachable", None}),
        ("message-tracking.csv", "exchange", {"connector_mismatch"}),
        ("protocol.csv", "exchange", {"recipient_rejected_at_edge"}),
        ("application.log", "lines", {"basic_auth_disabled", "recipient_unknown"}),
    ],
)
def test_logs_of_other_programs_are_read(name: str, format_: str, causes: set[str | None]) -> None:
    log = of(name).log
    assert log is not None
    assert log.format == format_
    assert {group.cause for group in log.groups} == causes
    assert all(group.first for group in log.groups)


def test_a_trace_in_utf_16_as_the_admin_center_exports_it_is_read() -> None:
    text = (INPUTS / "message-trace.csv").read_text("utf-8")
    log = answered(text.encode("utf-16")).log
    assert log is not None
    assert log.failed == 2


def test_a_row_that_cannot_be_read_is_counted_and_the_rest_is_read() -> None:
    rows = (INPUTS / "message-trace.csv").read_text("utf-8") + '"2026-11-20T09:40:00","' + "x" * 200_000 + '"\n'
    rows += '"2026-11-20T09:50:00","it@contoso.com","anna@fabrikam.com","Hi","Failed","550 5.1.1 user unknown"\n'
    log = answered(rows.encode()).log
    assert log is not None
    assert "it@contoso.com" in {group.sender for group in log.groups}


def test_a_long_log_streams_in_flat_memory() -> None:
    line = (INPUTS / "postfix.log").read_bytes()
    stream = io.BufferedReader(Endless(iter([line] * 500)))
    tracemalloc.start()
    log = answer_input(open_file(stream, "log"), EXPLAINER, "0").log
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert log is not None
    assert log.failed == 3 * 500
    assert peak < 3_000_000


def test_a_line_of_100_mb_costs_no_more_than_its_beginning() -> None:
    stream = io.BufferedReader(Endless(iter([b"535 5.7.139 x ", *[b"y" * 1_000_000] * 100])))
    tracemalloc.start()
    answer = answer_input(open_file(stream, "log"), EXPLAINER, "0")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.log is not None
    assert peak < 30_000_000
    assert max(len(group.example) for group in answer.log.groups) < MAX_LINE


# What cannot be read


@pytest.mark.parametrize(
    ("octets", "says"),
    [
        (b"\x1f\x8b\x08\x00", "zcat"),
        (b"\xd0\xcf\x11\xe0", ".eml"),
        (b"\x89PNG\r\n", "picture"),
        (b"PK\x03\x04", "ZIP"),
        (b"abc\x00def", "octet 4 is a zero"),
        (bytes(range(1, 32)) * 400, "no text"),
    ],
)
def test_what_is_no_text_is_refused_with_what_to_do(octets: bytes, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        open_file(io.BytesIO(octets), "thing")


def test_octets_that_are_no_utf_8_do_not_stop_it() -> None:
    assert answered(b"550 5.1.1 Benutzer unbekannt \xfc\xe4 user unknown").cause == "recipient_unknown"


def test_an_empty_input_is_a_missing_reply() -> None:
    assert answered(b"").verdict == "reply_missing"


def test_a_text_of_nothing_but_line_ends_is_read_like_any_other() -> None:
    assert answered(b"\n" * 200_000 + b"550 5.1.1 user unknown").cause == "recipient_unknown"
