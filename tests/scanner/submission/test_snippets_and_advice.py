"""Right settings to start from, and which way of sending fits."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys

import pytest

from scanner.data import read_data
from scanner.library import open_library
from scanner.submission.advice import advise, questions
from scanner.submission.judge import SubmissionJudge
from scanner.submission.settings.diff import diff_of
from scanner.submission.settings.facts import facts_of
from scanner.submission.settings.reading import app_named, read_text
from scanner.submission.settings.recognise import APPS
from scanner.submission.snippets import snippets

TODAY = datetime.date(2026, 11, 21)


@pytest.fixture(scope="module")
def judge() -> SubmissionJudge:
    library, profile = open_library((), "submission")
    return SubmissionJudge(library, profile=profile, today=TODAY)


@pytest.mark.parametrize("snippet", snippets(), ids=lambda one: f"{one.app}-{one.way}")
def test_a_snippet_has_no_failure_but_that_a_password_is_used(judge, snippet):
    file = read_text(snippet.file, snippet.text)
    assert {settings.app for settings in file.senders} == {snippet.app}
    for facts in facts_of(file):
        result = judge.of(facts.submission, answers=facts.answers, evidence=facts.evidence).result
        failed = {finding.rule for finding in result.findings if finding.status == "fail"}
        assert failed == ({"AUTH-031"} if snippet.way == "password" else set())
    assert diff_of(file).patch == ""
    assert read_text("copy.txt", snippet.text, app_named(snippet.app)).senders


def test_every_application_has_a_snippet_and_the_first_needs_no_password():
    first = {snippet.app: snippet.way for snippet in reversed(snippets())}
    assert set(first) == {app.name for app in APPS}
    assert set(first.values()) == {"oauth", "relay"}


@pytest.mark.parametrize(
    ("answers", "ways"),
    [
        ({"oauth": "yes", "recipients": "external", "volume": 100}, ["client_submission_oauth"]),
        (
            {"oauth": "no", "static_address": "yes", "recipients": "both", "api": "no", "kind": "device", "volume": 50},
            ["relay_connector", "client_submission_password"],
        ),
        (
            {
                "oauth": "no",
                "static_address": "no",
                "recipients": "internal",
                "api": "no",
                "kind": "device",
                "volume": 50,
            },
            ["high_volume_email", "direct_send", "client_submission_password"],
        ),
        (
            {
                "oauth": "yes",
                "recipients": "external",
                "volume": 200_000,
                "kind": "app",
                "api": "no",
                "static_address": "no",
            },
            ["azure_communication_services"],
        ),
        (
            {"oauth": "no", "recipients": "both", "volume": 500, "kind": "app", "api": "yes", "static_address": "no"},
            ["graph", "client_submission_password"],
        ),
        (
            {
                "recipients": "internal",
                "volume": 1_000_000,
                "oauth": "yes",
                "api": "no",
                "static_address": "no",
                "kind": "app",
            },
            ["high_volume_email", "direct_send"],
        ),
    ],
)
def test_what_fits_follows_from_the_answers(answers, ways):
    assert [one.way.id for one in advise(answers, TODAY).ways if one.verdict == "fits"] == ways


def test_without_answers_nothing_is_said_to_fit_and_every_way_says_what_it_depends_on():
    for one in advise({}, TODAY).ways:
        assert one.verdict == "open"
        assert one.reasons


def test_every_reason_against_is_said():
    for entry in read_data("submission/advice.yaml")["ways"]:
        assert set(entry["fits"]) == set(entry["not"]) <= {question.name for question in questions()}
        assert entry["source"].startswith("https://")
        datetime.date.fromisoformat(entry["date"])


def test_dates_are_told_against_the_day():
    def password(day: datetime.date) -> str:
        return next(one for one in advise({}, day).ways if one.way.id == "client_submission_password").dates[0]

    assert "in 40 days" in password(TODAY)
    assert "off by default" in password(datetime.date(2027, 2, 1))
    assert password(TODAY) != password(datetime.date(2027, 2, 1))


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scanner", "smtp", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL)


def test_the_commands_answer_and_refuse():
    advised = _run("advise", "--oauth", "yes", "--volume", "10", "--format", "json")
    assert advised.returncode == 0
    assert json.loads(advised.stdout)["ways"][0]["id"] == "client_submission_oauth"
    assert _run("advise").returncode == 3
    assert _run("advise", "--kind", "fax").returncode == 2
    assert "--kind fax: give device, app" in _run("advise", "--kind", "fax").stderr
    assert "MAIL_PORT=25" in _run("snippet", "laravel").stdout
    assert "smtp.office365.com" in _run("snippet", "laravel", "--way", "password").stdout
    refused = _run("snippet", "lotus")
    assert refused.returncode == 2
    assert "alertmanager" in refused.stderr
