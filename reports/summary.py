"""What a list of domains comes to: light rows and counts, gathered one result at a time in bounded memory.

Counts are of all domains. Of a very long list only the worst rows are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from reports.causes import causes
from reports.escape import visible
from reports.kinds import Kind, kind_of, kind_of_all
from reports.shared import Bounded, Failures
from reports.words import display_name, grade_words, order_of, score_words
from rules.results import Finding, Report, Result, RuleText

__all__ = [
    "LONGEST_CELL",
    "Row",
    "Summary",
    "Waiting",
    "first_to_fix",
    "grades_of",
    "row_of",
    "summary_of",
    "waits",
]

_GRADE_ORDER = {"F": 0, "D": 1, "C": 2, "?": 3, "B": 4, "A": 5, "-": 6}
_MOST_TAGS = 8
LONGEST_CELL: Final = 140
"""Characters of a cell in a list."""


@dataclass(frozen=True, slots=True)
class Row:
    """A domain in a list. `first` is the first thing to fix, "" if nothing failed; `link` is relative, "" if no page."""

    domain: str
    name: str
    client: str
    ticket: str
    grade: str
    grade_words: str
    score_words: str
    rank: tuple[int, int, str, str]
    failed: int
    unknown: int
    first: str
    link: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Waiting:
    """Why checks wait: what went wrong with the questions, who said so and why, and what to try."""

    title: str
    server: str
    reason: str
    advice: str


@dataclass(slots=True)
class Summary:
    """Counts and rows so far; results may come in any order."""

    most: int = 5000
    domains: int = 0
    failing: int = 0
    by_grade: Counter[str] = field(default_factory=Counter)
    by_client: dict[str, Counter[str]] = field(default_factory=dict)
    failures: Failures = field(default_factory=Failures)
    waiting: int = 0
    causes: Bounded[Waiting] = field(default_factory=Bounded)
    kept: list[Row] = field(default_factory=list)
    kinds: list[Kind] = field(default_factory=list)

    def add(self, result: Result, link: str = "") -> None:
        """Counts one domain; `link` is where its page is, relative to the index."""
        self.domains += 1
        if (kind := kind_of(result)) not in self.kinds:
            self.kinds.append(kind)
        self.failing += any(f.status == "fail" and f.severity != "info" for f in result.findings)
        self.by_grade[result.grade] += 1
        client = _short(result.client)
        if client in self.by_client or len(self.by_client) < self.most:
            self.by_client.setdefault(client, Counter())[result.grade] += 1
        self.failures.add(result)
        self.waiting += any(f.status == "unknown" for f in result.findings)
        for cause in waits(result):
            self.causes.add(cause)
        self.kept.append(row_of(result, link))
        if len(self.kept) >= 2 * self.most:
            self.kept = self.worst(self.most)

    @property
    def kind(self) -> Kind:
        """The words for what the list holds."""
        return kind_of_all(self.kinds)

    def worst(self, number: int) -> list[Row]:
        """At most `number` rows, worst first: F, D, C, what could not be graded, B, A, what had nothing to grade."""
        return sorted(self.kept, key=lambda row: row.rank)[: min(number, self.most)]

    def grades(self) -> list[tuple[str, int]]:
        """How many domains have which grade, best first; A to F always, "?" and "-" where there are any."""
        return grades_of(self.by_grade)

    def common_failures(self, rules: Mapping[str, RuleText], most: int = 10) -> list[tuple[str, str, int]]:
        """The rules that fail most often: id, title, number of domains."""
        return [(failure.rule, failure.title, failure.number) for failure in self.failures.common(rules, most)]


def grades_of(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Grades with their numbers, best first; A to F always, "?" and "-" where there are any."""
    found = [(grade, counts.get(grade, 0)) for grade in ("A", "B", "C", "D", "F", "?", "-")]
    return [(grade, number) for grade, number in found if number or grade in "ABCDF"]


def waits(result: Result) -> set[Waiting]:
    """Why checks of a domain could not be completed."""
    return {Waiting(of.title[:100], of.server[:100], of.reason[:300], of.advice) for of in causes(result)}


def row_of(result: Result, link: str = "") -> Row:
    """The light row of one domain."""
    low = result.score.low
    return Row(
        domain=result.domain,
        name=_short(display_name(result)),
        client=_short(result.client),
        ticket=_short(result.ticket),
        grade=result.grade,
        grade_words=grade_words(result),
        score_words=score_words(result),
        rank=(_GRADE_ORDER.get(result.grade, 3), 101 if low is None else low, result.domain, result.client),
        failed=sum(finding.status == "fail" and finding.severity != "info" for finding in result.findings),
        unknown=sum(finding.status == "unknown" for finding in result.findings),
        first=_short(first_to_fix(result)),
        link=link,
        tags=tuple(_short(tag) for tag in result.tags[:_MOST_TAGS]),
    )


def first_to_fix(result: Result) -> str:
    """The message of the failure to mend first; "" if nothing failed that counts."""
    failed: list[Finding] = sorted(
        (f for f in result.findings if f.status == "fail" and f.severity != "info"), key=order_of
    )
    return failed[0].message if failed else ""


def summary_of(report: Report) -> Summary:
    """The summary of a whole report, without links."""
    summary = Summary()
    for result in report.results:
        summary.add(result)
    return summary


def _short(text: str) -> str:
    shown = visible(text[: LONGEST_CELL + 1])
    return shown if len(shown) <= LONGEST_CELL else shown[: LONGEST_CELL - 1] + "…"
