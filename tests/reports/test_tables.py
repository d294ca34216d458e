"""reports.tables: findings.csv as spreadsheets and programs read it."""

from __future__ import annotations

import csv
import io

import sample

from reports.tables import COLUMNS, LONGEST_CELL, findings_csv


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))


def test_there_is_one_row_a_domain_and_rule() -> None:
    report = sample.report()
    table = rows(findings_csv(report))
    assert [(row["domain"], row["rule"]) for row in table] == [
        (d.domain, f.rule) for d in report.domains for f in d.findings
    ]


def test_it_begins_with_a_byte_order_mark_and_ends_lines_as_rfc_4180_says() -> None:
    data = findings_csv(sample.report())
    assert data.startswith(b"\xef\xbb\xbfdomain,")
    assert data.endswith(b"\r\n")
    assert data.count(b"\n") == data.count(b"\r\n")


def test_a_row_tells_status_reason_and_what_to_do() -> None:
    table = {row["rule"]: row for row in rows(findings_csv(sample.report(sample.result())))}
    assert set(table["SPF-002"]) == set(COLUMNS)
    assert table["SPF-002"]["status"] == "fail"
    assert table["SPF-002"]["observed"] == f"spf.authorises_m365: no; spf.record: {sample.SPF}"
    assert table["SPF-002"]["owner"] == "dns"
    assert table["SPF-005"]["blocked_by"] == "SPF-002"
    assert table["DKIM-002"]["observed"].endswith("could not be determined: SERVFAIL from 192.0.2.53")
    assert table["DMARC-003"]["waiver_owner"] == "ops@contoso.com"


def test_a_range_of_scores_has_both_ends_and_no_score_none() -> None:
    (first, *_), (open_, *_) = (
        rows(findings_csv(sample.report(make()))) for make in (sample.result, sample.unreadable)
    )
    assert (first["score_low"], first["score_high"], first["grade"]) == ("43", "51", "D")
    assert (open_["score_low"], open_["score_high"], open_["grade"]) == ("0", "100", "between F and A")
    bare = sample.result(score=sample.Score(low=None, high=None, reachable=None))
    assert rows(findings_csv(sample.report(bare)))[0]["score_low"] == ""


def test_a_cell_that_spreadsheets_would_cut_says_that_it_is_shortened() -> None:
    finding = sample.replace(sample.findings()[0], message="x" * 100_000)
    (row,) = rows(findings_csv(sample.report(sample.result(findings=(finding,)))))
    assert row["message"].endswith("… (shortened)")
    assert len(row["message"]) < LONGEST_CELL + 30
