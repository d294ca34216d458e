"""reports.causes: unknown checks by what went wrong with the questions, each with something to try."""

from __future__ import annotations

import pytest
import sample
from sample import replace

from reports.causes import KNOWN, TRY_WORDS, causes
from reports.words import ANSWER_WORDS
from rules.results import DomainResult, Finding, QueryRecord


def unknown(rule: str, *evidence: int, blocked_by: str = "", **given: object) -> Finding:
    return Finding(  # type: ignore[arg-type]
        rule=rule,
        severity="high",
        status="unknown",
        message="m",
        expected="e",
        evidence=evidence,
        blocked_by=blocked_by,
        **given,
    )


def answer(name: str, status: str, reason: str = "", server: str = "192.0.2.53") -> QueryRecord:
    return QueryRecord(name=name, type="TXT", status=status, reason=reason, server=server)


def of(findings: list[Finding], *answers: QueryRecord) -> DomainResult:
    return sample.result(findings=tuple(findings), answers=answers)


def test_checks_with_the_same_failing_server_are_one_cause() -> None:
    found = causes(
        of(
            [unknown("A-1", 0), unknown("A-2", 1), unknown("A-3", 2)],
            answer("a.test", "TIMEOUT"),
            answer("b.test", "TIMEOUT"),
            answer("c.test", "REFUSED"),
        )
    )
    assert [(cause.status, len(cause.questions), [f.rule for f in cause.findings]) for cause in found] == [
        ("TIMEOUT", 2, ["A-1", "A-2"]),
        ("REFUSED", 1, ["A-3"]),
    ]


def test_a_check_that_waits_for_an_unknown_one_has_its_cause() -> None:
    (cause,) = causes(
        of(
            [unknown("A-1", 0), unknown("A-2", blocked_by="A-1"), unknown("A-3", blocked_by="A-2")],
            answer("a.test", "SERVFAIL"),
        )
    )
    assert [f.rule for f in cause.findings] == ["A-1", "A-2", "A-3"]


def test_checks_that_wait_for_each_other_end() -> None:
    (cause,) = causes(of([unknown("A-1", blocked_by="A-2"), unknown("A-2", blocked_by="A-1")]))
    assert len(cause.findings) == 2
    assert cause.title == "What is needed could not be determined"


def test_without_a_failing_question_the_reason_is_that_of_the_facts() -> None:
    (cause,) = causes(of([unknown("A-1", observed={"x.y": [{"z": {"unknown": "because"}}]})]))
    assert cause.reason == "because"


def test_answered_questions_are_no_cause() -> None:
    (cause,) = causes(of([unknown("A-1", 0, 1, 99)], answer("a.test", "NOERROR"), answer("b.test", "MALFORMED")))
    assert [query.name for _, query in cause.questions] == ["b.test"]


@pytest.mark.parametrize("status", sorted(set(ANSWER_WORDS) - KNOWN))
def test_every_open_status_has_something_of_its_own_to_try(status: str) -> None:
    (cause,) = causes(of([unknown("A-1", 0)], answer("a.test", status)))
    assert cause.advice == TRY_WORDS[status]
    assert len(set(TRY_WORDS.values())) == len(TRY_WORDS)


@pytest.mark.parametrize("reason", ["EDE 6: DNSSEC Bogus", "validation failure: signature expired", "EDE: 7"])
def test_a_bogus_zone_is_told_to_mend_its_signatures(reason: str) -> None:
    (cause,) = causes(of([unknown("A-1", 0)], answer("a.test", "SERVFAIL", reason)))
    assert "DS record" in cause.advice


@pytest.mark.parametrize(
    ("status", "reason", "words"),
    [
        ("SERVFAIL", "the resolver reached no name server of the zone", "lame delegation"),
        ("REFUSED", "blocked by the resolver", "without a filter"),
        ("TIMEOUT", "cannot be reached: connection refused", "Nothing listens"),
        ("TIMEOUT", "not answered within 15 s", "--timeout"),
        ("TIMEOUT", "too long for UDP, and over TCP: no answer in time", "TCP port 53"),
        ("MALFORMED", "the resolver answers alike for names that cannot exist", "Sign in"),
        ("MALFORMED", "a referral: the server does not resolve for us", "no resolver"),
        ("MALFORMED", "CNAME loop at b.test", "circle"),
        ("MALFORMED", "2 CNAME records at one name", "circle"),
    ],
)
def test_a_reason_that_tells_more_has_something_of_its_own_to_try(status: str, reason: str, words: str) -> None:
    (cause,) = causes(of([unknown("A-1", 0)], answer("a.test", status, reason)))
    assert words in cause.advice


@pytest.mark.parametrize("name", ["a.test; rm -rf", "$(x).test", "-x.test", "a b", "`id`"])
def test_no_command_is_made_of_a_name_that_a_shell_could_take_otherwise(name: str) -> None:
    (cause,) = causes(of([unknown("A-1", 0)], answer(name, "TIMEOUT")))
    assert cause.command == ""


def test_a_plain_name_comes_with_the_command_that_asks_for_it() -> None:
    (cause,) = causes(of([unknown("A-1", 0)], answer("_dmarc.a.test", "TIMEOUT")))
    assert cause.command == "dig TXT _dmarc.a.test"


def test_nothing_unknown_has_no_cause() -> None:
    assert causes(sample.good()) == ()
    assert causes(replace(sample.result(), findings=())) == ()
