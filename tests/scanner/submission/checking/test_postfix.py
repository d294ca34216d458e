"""Whole sessions with Postfix, by the command line: looking, signing in, sending."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from servers.postfix import OTHER, PASSWORD, USER, Postfix
from typer.testing import CliRunner, Result

from scanner.cli.app import app


def check(*arguments: str, env: dict[str, str] | None = None, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, ["smtp", "check", "localhost", *arguments], env=env, input=stdin)


def facts(result: Result) -> dict[str, Any]:
    assert result.exit_code in (0, 3), result.output
    (submission,) = json.loads(result.stdout)["submissions"]
    found: dict[str, Any] = submission["facts"]["submission"]
    return found


def secure(postfix: Postfix, *more: str) -> list[str]:
    return ["--ports", f"{postfix.starttls}/starttls", "--ca-file", str(postfix.ca_file), "--format", "json", *more]


def signed_in(postfix: Postfix, *more: str) -> dict[str, Any]:
    arguments = secure(postfix, "--user", USER, "--password-env", "SHOP_PASSWORD", *more)
    return facts(check(*arguments, env={"SHOP_PASSWORD": PASSWORD}))


def test_every_port_shows_what_it_is(postfix: Postfix) -> None:
    found = facts(
        check("--ports", postfix.ports, "--ca-file", str(postfix.ca_file), "--format", "json", "--legacy-tls")
    )
    starttls, tls, plain = found["ports"]
    assert [port["state"] for port in found["ports"]] == ["open"] * 3
    assert (starttls["starttls"], starttls["certificate"], starttls["tls_version"]) == ("offered", "trusted", "TLSv1.3")
    assert (tls["starttls"], tls["certificate"]) == ("not_tried", "trusted")
    assert (plain["starttls"], plain["certificate"]) == ("missing", "not_tried")
    assert starttls["auth"] == ["PLAIN", "LOGIN"] and starttls["auth_before_tls"] == []
    assert starttls["size"] == 36_700_160
    assert found["best_port"] == postfix.starttls
    assert found["interception"] == "none"
    assert found["legacy_tls"] == "refused" or "OpenSSL" in found["legacy_tls"]["unknown"]
    assert found["control"] == "not_tried"


def test_without_its_authority_the_chain_is_untrusted_and_no_password_is_sent(postfix: Postfix) -> None:
    arguments = [
        "--ports",
        f"{postfix.starttls}/starttls",
        "--format",
        "json",
        "--user",
        USER,
        "--password-env",
        "SHOP_PASSWORD",
    ]
    found = facts(check(*arguments, env={"SHOP_PASSWORD": PASSWORD}))
    (port,) = found["ports"]
    assert port["certificate"] == "untrusted" or "root certificates" in port["certificate"]["unknown"]
    assert port["auth"] == ["PLAIN", "LOGIN"]
    assert found["best_port"] is None or "unknown" in found["best_port"]
    assert "no port let a session inside verified encryption" in found["login"]["unknown"]


def test_a_certificate_for_another_name_is_told(postfix: Postfix) -> None:
    hosts = (
        "mail.localhost",
        "--ports",
        f"{postfix.starttls}/starttls",
        "--ca-file",
        str(postfix.ca_file),
        "--format",
        "json",
    )
    result = CliRunner().invoke(app, ["smtp", "check", *hosts])
    (port,) = facts(result)["ports"]
    assert port["certificate"] == "wrong_name"


@pytest.mark.parametrize("mechanism", ["login", "plain"])
def test_signing_in_works(postfix: Postfix, mechanism: str) -> None:
    found = signed_in(postfix, "--auth", mechanism)
    assert (found["login"], found["login_mechanism"]) == ("accepted", mechanism.upper())
    assert (found["send_as"], found["delivery"], found["from_login"]) == ("not_tried", "not_tried", "unset")


def test_implicit_tls_lets_sign_in_too(postfix: Postfix) -> None:
    arguments = ["--ports", f"{postfix.tls}/tls", "--ca-file", str(postfix.ca_file), "--format", "json"]
    found = facts(check(*arguments, "--user", USER, "--password-file", "-", stdin=f"{PASSWORD}\n"))
    assert found["login"] == "accepted"


def test_a_wrong_password_is_refused_once_and_explained(postfix: Postfix) -> None:
    arguments = secure(postfix, "--user", USER, "--password-env", "SHOP_PASSWORD")
    result = check(*arguments, env={"SHOP_PASSWORD": "wrong horse"})
    found = facts(result)
    assert (found["login"], found["reply_cause"]) == ("refused", "credentials_rejected")
    (submission,) = json.loads(result.stdout)["submissions"]
    (session,) = [answer for answer in submission["answers"] if answer["type"] == "SMTP-AUTH"]
    assert sum(line.startswith("C: AUTH") for line in session["values"]) == 1
    assert "wrong horse" not in result.output


def test_an_accepted_envelope_leaves_send_as_unknown_until_a_message_was_sent(postfix: Postfix) -> None:
    found = signed_in(postfix, "--from", USER)
    assert "SendAsDenied" in found["send_as"]["unknown"]
    assert (found["delivery"], found["from_login"]) == ("not_tried", "match")
    found = signed_in(postfix, "--from", USER, "--send-to", "someone@accepted.test")
    assert (found["send_as"], found["delivery"]) == ("allowed", "accepted")
    assert len(found["queue_id"]) >= 8


def test_sending_as_somebody_else_is_named_and_denied(postfix: Postfix) -> None:
    found = signed_in(postfix, "--from", OTHER)
    assert (found["from_login"], found["send_as"], found["reply_cause"]) == ("mismatch", "denied", "send_as_denied")
    assert "from_not_login" in {problem["code"] for problem in found["problems"]}


def test_nothing_is_signed_in_over_a_port_without_encryption(postfix: Postfix) -> None:
    arguments = [
        "--ports",
        f"{postfix.plain}/plain",
        "--format",
        "json",
        "--user",
        USER,
        "--password-env",
        "SHOP_PASSWORD",
    ]
    found = facts(check(*arguments, env={"SHOP_PASSWORD": PASSWORD}))
    assert "not encrypted" in found["login"]["unknown"]


def test_a_message_without_signing_in_is_relayed_or_refused(postfix: Postfix) -> None:
    arguments = ["--ports", f"{postfix.plain}/plain", "--format", "json", "--from", USER]
    assert facts(check(*arguments, "--send-to", "someone@accepted.test"))["delivery"] == "accepted"
    found = facts(check(*arguments, "--send-to", "someone@fabrikam.com"))
    assert (found["delivery"], found["reply_cause"]) == ("refused", "relay_denied")


def test_sessions_are_kept_as_evidence_that_reads_back(postfix: Postfix, tmp_path: Path) -> None:
    from scanner.dns.evidence import read_evidence

    record = tmp_path / "run.jsonl"
    signed_in(postfix, "--record", str(record))
    lines = [json.loads(line) for line in record.read_text("utf-8").splitlines()]
    assert {line["type"] for line in lines} == {"SMTP", "SMTP-AUTH"}
    assert PASSWORD not in record.read_text("utf-8")
    read_evidence([record])
