"""reports.compact: what a compact line keeps, that it never is over 2 KB, and that readers read it as a result."""

from __future__ import annotations

import json

import pytest
import sample
from jsonschema import Draft202012Validator
from sample import replace

from reports.compact import KEPT_OUT, MOST_OCTETS
from reports.jsondoc import decode_domain, decode_report, encode_domain, encode_header, encode_report
from reports.schemafile import COMPACT_PATH, compact_schema, schema_text
from reports.streams import FORMATS, render_one
from rules.results import COMPACT_SCHEMA, Change, DomainResult, Finding, Report

REPORT = sample.report()


def compact(result: DomainResult) -> DomainResult:
    return replace(result, left_out=KEPT_OUT)


COMPACT = replace(REPORT, schema=COMPACT_SCHEMA, domains=tuple(compact(result) for result in REPORT.domains))


def test_a_compact_line_keeps_where_a_domain_stands_and_what_to_publish() -> None:
    for result in REPORT.domains:
        line = encode_domain(compact(result))
        read = decode_domain(line, rules=REPORT.rules)
        for name in ("domain", "client", "ticket", "tags", "profile", "grade", "grade_low", "grade_high", "cap_by"):
            assert getattr(read, name) == getattr(result, name)
        assert (read.score.low, read.score.high) == (result.score.low, result.score.high)
        assert {(f.rule, f.status, f.severity) for f in read.findings} == {
            (f.rule, f.status, f.severity) for f in result.findings
        }
        assert read.changes == result.changes
        assert (read.answers, read.facts) == ((), {})
        assert encode_domain(read) == line


@pytest.mark.parametrize(
    "result",
    [
        sample.result(
            changes=tuple(_change for _change in [Change(action="add", name="a.test", type="TXT", value="v" * 400)] * 9)
        ),
        sample.result(client="c" * 5000, ticket="t" * 5000, tags=("x" * 3000,)),
        sample.result(client="é" * 5000, unicode="ü" * 240),
        sample.result(
            findings=tuple(
                Finding(rule=f"HOUSE-{number:04}", severity="low", status=status, message="m", expected="e")
                for number in range(900)
                for status in ("fail", "pass")
            )
        ),
    ],
    ids=["changes", "texts", "octets", "findings"],
)
def test_no_line_is_over_two_kilobytes_and_what_had_no_room_is_named(result: DomainResult) -> None:
    line = encode_domain(compact(result))
    assert len(line) + 1 <= MOST_OCTETS
    read = decode_domain(line)
    assert len(read.left_out) > len(KEPT_OUT)
    assert (read.domain, read.grade) == (result.domain, result.grade)
    assert encode_domain(read) == line


def test_changes_go_from_the_last_on() -> None:
    changes = tuple(Change(action="add", name=f"{number}.test", type="TXT", value="v" * 300) for number in range(9))
    read = decode_domain(encode_domain(compact(sample.result(changes=changes))))
    assert 0 < len(read.changes) < 9
    assert read.changes == changes[: len(read.changes)]
    assert f"{9 - len(read.changes)} changes" in read.left_out


def test_a_compact_report_is_valid_by_its_published_schema() -> None:
    assert COMPACT_PATH.read_text("utf-8") == schema_text(compact_schema()), "run: python -m reports.schemafile"
    validator = Draft202012Validator(compact_schema())
    validator.validate(json.loads(encode_report(COMPACT)))
    for line in (encode_header(COMPACT), *map(encode_domain, COMPACT.domains)):
        validator.validate(json.loads(line))
    with pytest.raises(Exception, match="required"):
        validator.validate(json.loads(encode_domain(REPORT.domains[0])))


def test_a_compact_report_reads_as_one() -> None:
    read = decode_report(encode_report(COMPACT))
    assert read.is_compact
    assert encode_report(read) == encode_report(COMPACT)


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_can_be_made_of_compact_results(format_: str) -> None:
    read = decode_report(encode_report(COMPACT))
    assert render_one(read, format_)
    assert render_one(replace(read, domains=read.domains[:1]), format_)


def _page(report: Report) -> str:
    return render_one(replace(report, domains=report.domains[:1]), "html").decode()


def test_a_page_of_a_compact_result_says_what_is_not_there() -> None:
    read = decode_report(encode_report(COMPACT))
    assert "compact result" in _page(read)
    assert "compact result" not in _page(REPORT)
    text = render_one(replace(read, domains=read.domains[:1]), "md").decode()
    assert "compact result" in text


def test_findings_of_compact_results_have_their_rules_titles_for_words() -> None:
    read = decode_report(encode_report(COMPACT))
    failed = next(finding for result in read.domains for finding in result.findings if finding.status == "fail")
    assert REPORT.rules[failed.rule].title in failed.message
