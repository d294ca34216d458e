"""Replies as they arrive, each with the cause that it must be explained by (`replies.txt` beside this file)."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from scanner.submission.answering import answer_text
from scanner.submission.catalogue import catalogue
from scanner.submission.documents import Document
from scanner.submission.explaining import Explainer

TODAY = datetime.date(2026, 11, 21)
EXPLAINER = Explainer(catalogue(), TODAY, {})
VERDICTS = {"missing": "reply_missing", "class": "class_only", "accepted": "accepted"}


def cases() -> list[tuple[str, str, str]]:
    lines = (Path(__file__).parent / "replies.txt").read_text("utf-8").splitlines()
    parts = [tuple(part.strip() for part in line.split("|", 2)) for line in lines if line and not line.startswith("#")]
    return [(cause, host, text.replace("\\n", "\n")) for cause, host, text in parts]


def explained(text: str, host: str = "") -> Document:
    return answer_text(text, "text", Explainer(catalogue(), TODAY, {}, host), "0")


def test_there_are_at_least_150_of_them() -> None:
    assert len(cases()) >= 150


@pytest.mark.parametrize(("cause", "host", "text"), cases(), ids=[f"{c}-{n}" for n, (c, _, _) in enumerate(cases())])
def test_a_reply_has_its_cause(cause: str, host: str, text: str) -> None:
    answer = explained(text)
    if cause in VERDICTS:
        assert (answer.verdict, answer.cause) == (VERDICTS[cause], None)
        return
    assert (answer.verdict, answer.cause) == ("explained", cause)
    assert (answer.explanations[0].host or "-") == host


@pytest.mark.parametrize(
    ("host", "text", "cause"),
    [
        ("gmail", "550 5.7.26 refused", "unauthenticated"),
        ("microsoft365", "550 5.7.26 refused", "ipv6_requirements_unmet"),
        ("gmail", "550 5.7.30 refused", "dkim_failed"),
        ("microsoft365", "550 5.7.30 refused", "basic_auth_retired"),
        ("gmail", "550 5.7.25 refused", "reverse_dns_missing"),
        ("yahoo", "554 5.7.40 so be it", None),
    ],
)
def test_the_host_decides_what_a_number_means(host: str, text: str, cause: str | None) -> None:
    assert explained(text, host).cause == cause


def test_without_a_host_the_meanings_elsewhere_are_told_and_none_is_chosen() -> None:
    (told,) = explained("550 5.7.26 refused").explanations
    assert told.cause is None
    assert told.certainty == "class"
    assert {other.cause for other in told.elsewhere} == {"unauthenticated", "ipv6_requirements_unmet"}
    assert "Multiple authentication checks failed" in told.meaning


def test_an_address_at_gmail_does_not_make_the_reply_gmails() -> None:
    answer = explained("550 5.7.26 refused (to=<anna@gmail.com>)")
    assert answer.cause is None


def test_two_causes_in_one_text_are_told_apart_with_the_later_first() -> None:
    answer = explained("550 5.1.1 User unknown\n550 5.7.708 Access denied, traffic not accepted from this IP")
    assert [told.cause for told in answer.explanations] == ["new_tenant_restricted", "recipient_unknown"]


def test_the_verdicts_at_the_end_of_5_7_515_are_read() -> None:
    (told,) = explained(
        "550 5.7.515 Access denied, sending domain contoso.com does not meet the required authentication level. "
        "Spf= Fail , Dkim= Pass , DMARC= Fail"
    ).explanations
    assert told.details[:4] == ("SPF: fail.", "DKIM: pass.", "DMARC: fail.", "The domain is contoso.com.")


def test_who_may_not_send_as_whom_is_read() -> None:
    (told,) = explained(
        "554 5.2.252 SendAsDenied; scan@contoso.com not allowed to send as info@fabrikam.com; STOREDRV"
    ).explanations
    assert told.details[0] == "Signed in as scan@contoso.com, From is info@fabrikam.com."


@pytest.mark.parametrize(
    ("day", "passed", "days"), [("2026-12-21", False, "in 10 days"), ("2027-01-10", True, "(10 days ago)")]
)
def test_dated_facts_are_told_against_the_day_of_the_run(day: str, passed: bool, days: str) -> None:
    explainer = Explainer(catalogue(), datetime.date.fromisoformat(day), {})
    answer = answer_text(
        "535 5.7.139 Authentication unsuccessful, basic authentication is disabled.", "text", explainer, "0"
    )
    (note,) = answer.explanations[0].dated
    assert note.passed is passed
    assert days in note.text


@pytest.mark.parametrize(
    ("text", "program"),
    [
        ("SMTP Error: Could not authenticate.", "phpmailer"),
        ("WP Mail SMTP: could not send", "wordpress"),
        ("Outlook reported error 0x800CCC92", "outlook"),
        ("Our Ricoh printer cannot scan to email", "printer"),
        ("Error: Missing credentials for \"PLAIN\" code: 'EAUTH'", "nodemailer"),
        ("smtplib raised something", "smtplib"),
        ("it does not send", None),
    ],
)
def test_a_missing_reply_is_not_guessed_but_shown_how_to_get(text: str, program: str | None) -> None:
    answer = explained(text)
    assert answer.verdict == "reply_missing"
    assert answer.explanations == ()
    assert answer.missing is not None
    assert answer.missing.program == program
    assert answer.missing.how


def test_postfix_making_a_refusal_temporary_does_not_hide_the_cause() -> None:
    line = "dsn=4.7.139, status=deferred (SASL authentication failed; server smtp.office365.com[192.0.2.50] said: 535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.)"
    answer = explained(line)
    assert (answer.cause, len(answer.explanations)) == ("credentials_rejected", 1)
