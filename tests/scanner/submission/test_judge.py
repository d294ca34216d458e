"""From facts to a submission's result; dates against the day of the run."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from rules.facts import NOT_ASKED, Submission, SubmissionPort, Unknown, catalogue_of
from rules.loader import load_library
from scanner.submission.basic_auth import basic_auth
from scanner.submission.judge import SubmissionJudge, complete_facts

TODAY = datetime.date(2026, 11, 21)
JUDGE = SubmissionJudge(load_library(), today=TODAY)


def settings(**facts: Any) -> Submission:
    base = {
        "name": "shop/.env (laravel)",
        "kind": "settings",
        "app": "laravel",
        "host": "smtp.office365.com",
        "host_kind": "client_submission",
        "cloud": "worldwide",
        "port": 587,
        "encryption": "starttls",
        "verification": "unset",
        "login_form": "address",
        "from_login": "match",
        "from_domain": "contoso.com",
        "auth_method": "basic",
        "app_password": "no",
    }
    return Submission(**(base | facts))


def failed(submission: Submission, today: datetime.date = TODAY) -> set[str]:
    judge = SubmissionJudge(load_library(), today=today)
    return {f.rule for f in judge.of(submission).result.findings if f.status == "fail"}


def test_settings_in_order_fail_only_where_basic_authentication_goes() -> None:
    assert failed(settings()) == {"AUTH-031"}
    assert failed(settings(auth_method="oauth")) == set()


def test_the_result_carries_name_kind_facts_and_no_rule_of_what_was_not_tried() -> None:
    result = JUDGE.of(settings()).result
    assert (result.submission, result.kind, result.profile) == ("shop/.env (laravel)", "settings", "submission")
    assert result.facts["submission"]["resolves"] == "not_tried"
    statuses = {f.rule: f.status for f in result.findings}
    assert statuses["NET-004"] == statuses["TLS-006"] == statuses["AUTH-003"] == "not_applicable"


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ({"port": 465, "encryption": "tls"}, "APP-001"),
        ({"encryption": "tls"}, "APP-003"),
        ({"encryption": "none"}, "APP-004"),
        ({"verification": "off"}, "APP-007"),
        ({"min_tls": "TLSv1"}, "APP-008"),
        ({"login_form": "not_address"}, "APP-010"),
        ({"from_login": "mismatch"}, "SEND-002"),
        ({"host_kind": "ip_literal", "host": "192.0.2.25"}, "HOST-002"),
        ({"from_domain": "contoso.onmicrosoft.com"}, "SEND-004"),
        ({"connections": 10}, "SEND-005"),
        ({"secrets_in_clear": (".env:7",)}, "APP-012"),
    ],
)
def test_a_fault_is_found(facts: dict[str, Any], rule: str) -> None:
    assert rule in failed(settings(**facts))


@pytest.mark.parametrize(
    ("day", "state", "words"),
    [
        ("2026-11-21", "allowed", "in 40 days"),
        ("2026-12-31", "allowed", "in 0 days"),
        ("2027-01-01", "off_by_default", "1 day ago"),
        ("2027-12-01", "off_by_default", "335 days ago"),
    ],
)
def test_basic_authentication_is_told_against_the_day_of_the_run(day: str, state: str, words: str) -> None:
    found, text = basic_auth(settings(), datetime.date.fromisoformat(day))
    assert found == state
    assert isinstance(text, str)
    assert words in text


def test_other_dates_hold_for_high_volume_email_and_none_for_other_clouds() -> None:
    hve = settings(host_kind="hve")
    assert basic_auth(hve, TODAY)[0] == "allowed"
    assert basic_auth(hve, datetime.date(2028, 10, 1))[0] == "removed"
    assert isinstance(basic_auth(settings(cloud="gcchigh"), TODAY)[0], Unknown)
    assert basic_auth(settings(host_kind="other", cloud=None), TODAY) == ("not_used", None)
    assert basic_auth(settings(auth_method="oauth"), TODAY) == ("not_used", None)
    assert basic_auth(settings(login_mechanism="LOGIN", auth_method=NOT_ASKED), TODAY)[0] == "allowed"


def test_after_the_day_an_application_with_a_password_fails() -> None:
    assert "AUTH-030" not in failed(settings())
    assert "AUTH-030" in failed(settings(), datetime.date(2027, 1, 2))


def test_what_nobody_looked_at_is_told_as_that_and_a_nameless_submission_is_refused() -> None:
    facts = complete_facts(settings(), TODAY)
    assert facts.keys() == catalogue_of("submissions").keys()
    assert NOT_ASKED not in facts.values()
    assert (facts["submission.ports"], facts["submission.send_as"], facts["submission.recipients"]) == (
        (),
        "not_tried",
        "unset",
    )
    with pytest.raises(ValueError, match="lacks host_kind"):
        complete_facts(Submission(name="x", kind="settings"), TODAY)


def port(number: int, **facts: Any) -> SubmissionPort:
    base: dict[str, Any] = {
        "mode": "starttls",
        "state": "open",
        "connect_ms": 30,
        "banner": "mail.example ESMTP",
        "starttls": "offered",
        "tls_version": "TLSv1.3",
        "cipher": "TLS_AES_256_GCM_SHA384",
        "certificate": "trusted",
        "issuer": "Example CA",
        "certificate_days": 90,
        "auth": ("LOGIN", "XOAUTH2"),
        "auth_before_tls": (),
        "size": 157_286_400,
    }
    return SubmissionPort(port=number, **(base | facts))


def endpoint(*ports: SubmissionPort, **facts: Any) -> Submission:
    base: dict[str, Any] = {
        "name": "smtp.office365.com",
        "kind": "endpoint",
        "host": "smtp.office365.com",
        "host_kind": "client_submission",
        "cloud": "worldwide",
        "resolves": "yes",
        "ports": ports,
        "best_port": 587,
        "outbound_25": "dropped",
        "control": "reachable",
        "network": "ok",
        "interception": "none",
        "legacy_tls": "refused",
    }
    return Submission(**(base | facts))


def dropped(number: int) -> SubmissionPort:
    return port(number, state="dropped", starttls="not_tried", certificate="not_tried", auth=(), tls_version=None)


def test_an_endpoint_whose_port_25_is_dropped_fails_only_for_information() -> None:
    result = JUDGE.of(endpoint(port(587), dropped(25), dropped(465))).result
    assert [(f.rule, f.severity) for f in result.findings if f.status == "fail"] == [("NET-007", "info")]
    assert result.grade == "A"


def test_an_unknown_part_of_an_endpoint_is_unknown_and_no_failure() -> None:
    result = JUDGE.of(endpoint(port(587, certificate=Unknown("the session broke off")), legacy_tls=Unknown("x"))).result
    statuses = {f.rule: f.status for f in result.findings}
    assert statuses["TLS-005"] == statuses["TLS-006"] == "unknown"
    assert "fail" not in {f.status for f in result.findings if f.severity != "info"}


def test_the_causes_of_a_refused_sign_in_are_told_by_their_own_rules() -> None:
    submission = endpoint(port(587), login="refused", login_mechanism="LOGIN", reply_cause="smtp_auth_disabled_mailbox")
    assert {"AUTH-003", "AUTH-011"} <= failed(submission)
    assert "AUTH-010" not in failed(submission)
