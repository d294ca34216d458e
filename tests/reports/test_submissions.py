"""Ways of sending in every format, by themselves and on the page of their domain."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import sample

from reports.jsondoc import decode_report, encode_domain, encode_ndjson, encode_report
from reports.page import domain_page
from reports.schemafile import PATH
from reports.senders import senders_of
from reports.stored import read_results, stored_submissions
from reports.streams import render_one
from reports.writers import DirectoryWriter
from rules.results import (
    Finding,
    Fix,
    QueryRecord,
    Report,
    RuleText,
    Score,
    SubmissionResult,
)

FIX = Fix(effort="minutes", owner="sender", text="Set port 587 with STARTTLS. Then try again.")


def sender(name: str = "shop/.env (laravel)", from_domain: Any = None, **fields: Any) -> SubmissionResult:
    failure = Finding(
        rule="APP-001",
        severity="critical",
        status="fail",
        message=f"{name} sends on port 465.",
        expected="submission.port is one of 587, 25",
        observed={"submission.port": 465},
        evidence=(0,),
        fix=FIX,
    )
    values: dict[str, Any] = {
        "submission": name,
        "kind": "settings",
        "profile": "submission",
        "profile_reason": "the profile of the run",
        "score": Score(low=50, high=50, reachable=100),
        "grade": "D",
        "grade_low": "D",
        "grade_high": "D",
        "findings": (failure,),
        "facts": {"submission": {"name": name, "from_domain": from_domain, "host": "smtp.office365.com", "port": 465}},
        "answers": (QueryRecord(name=".env:4", type="SETTING", status="NOERROR", values=("MAIL_PORT=465",)),),
    }
    return SubmissionResult(**(values | fields))


RULES = {"APP-001": RuleText(title="The port is one that Microsoft 365 offers", why="On 465 nobody answers.")}


@pytest.fixture
def report() -> Report:
    base = sample.report()
    (domain, *_) = base.domains
    submissions = (sender(from_domain=domain.domain), sender("crm.json (nodemailer)", from_domain="other.example"))
    return replace(base, rules={**base.rules, **RULES}, domains=(domain,), submissions=submissions)


def test_a_report_with_submissions_survives_json_and_ndjson_and_fits_the_schema(report: Report, tmp_path: Path) -> None:
    document = encode_report(report)
    assert decode_report(document) == report
    schema = json.loads(PATH.read_text("utf-8"))
    jsonschema.validate(json.loads(document), schema)
    lines = encode_ndjson(report)
    for line in lines.splitlines():
        jsonschema.validate(json.loads(line), schema)
    for name, data in (("report.json", document), ("results.ndjson", lines)):
        file = tmp_path / name
        file.write_bytes(data)
        found = read_results(file)
        assert (found.domains, found.submissions) == (report.domains, report.submissions)
        assert stored_submissions(file) == report.submissions


def test_a_report_without_submissions_has_no_such_key(report: Report) -> None:
    assert b'"submissions"' not in encode_report(replace(report, submissions=()))


def test_a_line_of_a_submission_begins_with_its_name() -> None:
    assert encode_domain(sender("x")).startswith(b'{"submission":"x","kind":"settings",')


def test_the_page_of_a_domain_shows_those_that_send_as_it(report: Report) -> None:
    (domain,) = report.domains
    assert [each.name for each in senders_of(domain, report)] == ["shop/.env (laravel)"]
    page = domain_page(domain, report).decode()
    assert "How its mail is sent" in page
    assert "shop/.env (laravel)" in page
    assert "Set port 587 with STARTTLS" in page
    assert "1 of its ways of sending needs mending" in page
    assert "crm.json" not in page
    assert "How its mail is sent" not in domain_page(domain, replace(report, submissions=())).decode()


def test_names_that_only_end_alike_are_not_the_domains_own(report: Report) -> None:
    (domain,) = report.domains
    for own, belongs in (
        (f"mail.{domain.domain}", True),
        (f"not{domain.domain}", False),
        (None, True),
        ({"unknown": "line 3 does not parse"}, True),
    ):
        held = replace(report, submissions=(sender(from_domain=own, client=domain.client),))
        assert bool(senders_of(domain, held)) is belongs, own
    elsewhere = replace(report, submissions=(sender(client="another client"),))
    assert senders_of(domain, elsewhere) == ()


def test_one_domain_with_its_senders_is_one_page_and_one_text(report: Report) -> None:
    held = replace(report, submissions=report.submissions[:1])
    assert "How its mail is sent" in render_one(held, "html").decode()
    text = render_one(held, "md").decode()
    assert "How its mail is sent" in text
    assert "Set port 587 with STARTTLS" in text
    assert b"SMTP" not in render_one(held, "csv").splitlines()[0]
    assert b"shop/.env (laravel)" in render_one(held, "csv")


def test_a_directory_has_a_page_for_each_and_the_index_lists_them_beside_domains(
    report: Report, tmp_path: Path
) -> None:
    writer = DirectoryWriter(tmp_path, ["html", "json", "csv", "md"], replace(report, domains=()))
    for result in report.results:
        writer.add(result)
    writer.close(report.run)
    index = (tmp_path / "index.html").read_text("utf-8")
    assert "crm.json (nodemailer)" in index
    assert "Mail readiness of 3 domains and ways of sending" in index
    pages = {path.name for path in (tmp_path / "domains").iterdir() if path.suffix == ".html"}
    assert len(pages) == 3
    assert all(f"domains/{name}" in index for name in pages)
    assert decode_report((tmp_path / "report.json").read_bytes()).submissions == report.submissions


def test_the_page_of_a_submission_speaks_of_no_records(report: Report) -> None:
    page = domain_page(report.submissions[0], report).decode()
    assert "What to do, step by step" in page
    assert "What to publish" not in page
    assert "Evidence: every session and setting" in page
    assert "MAIL_PORT=465" in page


def test_hostile_names_are_escaped(report: Report) -> None:
    bad = sender('<script>alert(1)</script>" (laravel)', from_domain=report.domains[0].domain)
    held = replace(report, submissions=(bad,))
    for page in (domain_page(bad, held), domain_page(held.domains[0], held), render_one(held, "html")):
        assert b"<script>alert(1)" not in page.split(b'<script type="application/json"')[0]
