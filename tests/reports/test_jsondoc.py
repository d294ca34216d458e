"""reports.jsondoc: what is written is what is read, whichever form it took."""

from __future__ import annotations

import io
import json

import pytest
import sample
from sample import replace

from reports.errors import NotAReport
from reports.jsondoc import (
    decode_domain,
    decode_header,
    decode_ndjson,
    decode_report,
    encode_domain,
    encode_header,
    encode_ndjson,
    encode_report,
    write_report,
)

DOMAIN_KEYS = (
    "domain client ticket profile profile_reason score grade grade_low grade_high cap_by findings changes facts answers"
)


def test_a_report_read_back_is_the_report_that_was_written() -> None:
    report = sample.report()
    assert decode_report(encode_report(report)) == report


def test_ndjson_read_back_is_the_report_that_was_written() -> None:
    report = sample.report()
    header, domains = decode_ndjson(io.BytesIO(encode_ndjson(report)))
    assert replace(header, domains=tuple(domains)) == report


def test_every_key_of_the_design_is_there_though_it_is_empty() -> None:
    bare = replace(
        sample.good(),
        client="",
        ticket="",
        findings=(),
        changes=(),
        facts={},
        answers=(),
        score=sample.Score(low=None, high=None, reachable=None),
    )
    document = json.loads(encode_report(sample.report(bare, frameworks={}, rules={})))
    assert list(document) == ["schema", "tool", "run", "frameworks", "rules", "domains"]
    assert set(document["run"]) >= {"id", "started", "finished", "source", "bad_rows", "unused_waivers"}
    assert set(document["domains"][0]) >= set(DOMAIN_KEYS.split())
    assert document["domains"][0]["score"] == {"low": None, "high": None, "reachable": None, "lost": []}


def test_findings_changes_and_answers_have_every_key_of_the_design() -> None:
    domain = json.loads(encode_domain(sample.result()))
    for finding in domain["findings"]:
        assert set(finding) >= {
            "rule",
            "severity",
            "status",
            "message",
            "expected",
            "observed",
            "evidence",
            "fix",
            "waiver",
        }
    for answer in domain["answers"]:
        assert set(answer) >= {"name", "type", "status", "values", "ttl", "ad", "server", "at"}


def test_the_first_line_of_ndjson_has_no_domains_and_the_others_are_domains() -> None:
    lines = [json.loads(line) for line in encode_ndjson(sample.report()).splitlines()]
    assert "domains" not in lines[0]
    assert [line["domain"] for line in lines[1:]] == ["contoso.com", "fabrikam.com", "silent.test"]


def test_a_domain_reads_the_same_to_the_byte_in_report_and_ndjson() -> None:
    report = sample.report()
    line = encode_domain(report.domains[0])
    assert line in encode_report(report)
    assert line in encode_ndjson(report)


def test_the_order_of_keys_in_maps_does_not_change_the_bytes() -> None:
    one, two = sample.good(), sample.good()
    one, two = replace(one, facts={"a": 1, "b": {"x": 1, "y": 2}}), replace(two, facts={"b": {"y": 2, "x": 1}, "a": 1})
    assert encode_domain(one) == encode_domain(two)


def test_a_report_written_piece_by_piece_is_the_one_written_whole() -> None:
    report, out = sample.report(), io.BytesIO()
    write_report(out, report, map(encode_domain, report.domains))
    assert out.getvalue() == encode_report(report)


def test_a_report_without_domains_is_valid_json() -> None:
    report = replace(sample.report(), domains=())
    assert json.loads(encode_report(report))["domains"] == []


def test_keys_of_a_later_version_are_passed_over() -> None:
    document = json.loads(encode_report(sample.report()))
    document["later"] = document["domains"][0]["later"] = {"x": 1}
    assert decode_report(json.dumps(document).encode()) == sample.report()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"schema":',
        b"[" * 100_000,
        b'{"schema":"x","tool":{},"run":{}}',
        b"domain,grade",
    ],
)
def test_what_is_no_report_is_refused_with_words(data: bytes) -> None:
    for read in (decode_report, decode_header, decode_domain):
        with pytest.raises(NotAReport, match=r"Not a (mailready )?report"):
            read(data)


def test_another_major_version_is_refused_by_name() -> None:
    other = encode_report(sample.report()).replace(b"report.v1.json", b"report.v2.json")
    with pytest.raises(NotAReport, match=r"v2\.json"):
        decode_report(other)


def test_lone_surrogates_and_giant_numbers_are_written_as_valid_json() -> None:
    odd = replace(sample.good(), client="\ud800", facts={"spf": {"lookups": 10**400, "addresses": 2**70}})
    document = json.loads(encode_domain(odd))
    assert document["client"] == "?"
    assert document["facts"]["spf"] == {"lookups": None, "addresses": float(2**70)}
    assert list(document) == list(json.loads(encode_domain(sample.good())))


def test_the_header_carries_no_domain() -> None:
    header = decode_header(encode_header(sample.report()))
    assert header.domains == ()
    assert header.rules == sample.RULES


@pytest.mark.parametrize(
    ("found", "put", "says"),
    [
        (b'"grade":"D"', b'"grade":"X"', r"domains\[0\].*no grade 'X'"),
        (b'"grade_low":"D"', b'"grade_low":""', "no grade ''"),
        (b'"low":43', b'"low":-1', "score -1"),
        (b'"reachable":100', b'"reachable":101', "score 101"),
        (b'"status":"fail"', b'"status":"\\u001b[31m"', r"Invalid enum value '\\x1b"),
    ],
)
def test_what_pages_rely_on_is_checked_and_told_harmlessly(found: bytes, put: bytes, says: str) -> None:
    data = encode_report(sample.report()).replace(found, put, 1)
    with pytest.raises(NotAReport, match=says):
        decode_report(data)
