"""findings.csv: one row a domain and rule (RFC 4180, UTF-8 with BOM so that spreadsheets read it as UTF-8)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from reports.escape import csv_cell
from reports.words import grade_words, observed_text
from rules.results import Report, Result, RuleText

__all__ = ["COLUMNS", "LONGEST_CELL", "csv_head", "csv_lines", "csv_rows", "finding_rows", "findings_csv"]

COLUMNS: Final = (
    "domain",
    "client",
    "ticket",
    "profile",
    "grade",
    "score_low",
    "score_high",
    "rule",
    "title",
    "severity",
    "status",
    "message",
    "expected",
    "observed",
    "fix",
    "effort",
    "owner",
    "blocked_by",
    "waiver_reason",
    "waiver_owner",
    "waiver_expires",
)
"""Columns are only added, at the end."""

LONGEST_CELL: Final = 32_000
"""Spreadsheets cut cells at 32,767 characters; a longer one says that it was shortened."""


def csv_head() -> bytes:
    """The byte order mark and the header row."""
    return b"\xef\xbb\xbf" + csv_lines([COLUMNS])


def csv_rows(result: Result, rules: Mapping[str, RuleText]) -> bytes:
    """One domain's rows."""
    return csv_lines(finding_rows(result, rules))


def finding_rows(result: Result, rules: Mapping[str, RuleText]) -> Iterator[tuple[str, ...]]:
    """One domain's rows, as they are: not yet guarded for any program."""
    return (_row(result, index, rules) for index in range(len(result.findings)))


def findings_csv(report: Report) -> bytes:
    """The whole table."""
    return csv_head() + b"".join(csv_rows(result, report.rules) for result in report.results)


def _row(result: Result, index: int, rules: Mapping[str, RuleText]) -> tuple[str, ...]:
    finding = result.findings[index]
    fix, waiver, score = finding.fix, finding.waiver, result.score
    return (
        result.domain,
        result.client,
        result.ticket,
        result.profile,
        grade_words(result),
        "" if score.low is None else str(score.low),
        "" if score.high is None else str(score.high),
        finding.rule,
        rules[finding.rule].title if finding.rule in rules else "",
        finding.severity,
        finding.status,
        finding.message,
        finding.expected,
        "; ".join(f"{name}: {observed_text(value)}" for name, value in sorted(finding.observed.items())),
        fix.text if fix else "",
        fix.effort if fix else "",
        fix.owner if fix else "",
        finding.blocked_by,
        waiver.reason if waiver else "",
        waiver.owner if waiver else "",
        waiver.expires if waiver else "",
    )


def csv_lines(rows: Iterable[Iterable[str]]) -> bytes:
    """Rows as CSV, every cell guarded against being taken for a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8", "replace")


def _cell(value: str) -> str:
    cell = csv_cell(value[: LONGEST_CELL + 1])
    return cell if len(cell) <= LONGEST_CELL else cell[:LONGEST_CELL] + "… (shortened)"
